"""Units that differ in scenario and draw alone follow one another and share a folder of burn-ins."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import pyarrow as pa
import pytest

from scenarios.execution import Settings, Unit, run_units
from scenarios.sharing import FOLDER, starting_together
from sim.interventions.specification import BASELINE, ScenarioSpecification
from tests.scenarios.fake import simulate

SETTINGS = Settings(area="dorset", start="2026-04", years=1, scale=0.1, seed=1)
TOLD = "told.txt"


def units(out: Path, scenarios: int = 2, replicates: int = 2, settings: Settings = SETTINGS) -> list[Unit]:
    """Return units in the order of a study: scenario by scenario."""
    return [
        Unit(
            scenario=replace(BASELINE, name=f"scenario_{s}"), settings=settings, replicate=r,
            folder=out / f"scenario_{s}" / f"replicate_{r:04d}",
        )
        for s in range(scenarios)
        for r in range(1, replicates + 1)
    ]  # fmt: skip


def telling(settings: dict[str, Any], scenario: ScenarioSpecification) -> tuple[dict[str, pa.Table], Any]:
    """Note what a unit was told of burn-ins, and leave one."""
    folder = settings["burnt_in"]
    with (Path(folder).parent / TOLD if folder else Path()).open("a") as told:
        told.write(f"{settings['replicate']} {scenario.name}\n")
    folder.mkdir(exist_ok=True)
    (folder / "burnt_in-1.npz").write_bytes(b"")
    return simulate(settings, scenario)


def test_units_of_a_replicate_follow_one_another(tmp_path: Path) -> None:
    ordered = starting_together(units(tmp_path), tmp_path)
    assert [unit.replicate for unit in ordered] == [1, 1, 2, 2]
    assert {unit.burnt_in for unit in ordered} == {tmp_path / FOLDER}
    assert {unit.key for unit in ordered} == {unit.key for unit in units(tmp_path)}


@pytest.mark.parametrize("alone", [{"scenarios": 1}, {"settings": replace(SETTINGS, care=False)}])
def test_who_has_nobody_to_share_with_keeps_nothing(tmp_path: Path, alone: dict[str, Any]) -> None:
    given = units(tmp_path, **alone)
    assert starting_together(given, tmp_path) == given


def test_draws_of_a_scenario_share(tmp_path: Path) -> None:
    drawn = [unit for k in (1, 2) for unit in units(tmp_path / str(k), 1, settings=replace(SETTINGS, draw=k))]
    assert [u.settings.draw for u in starting_together(drawn, tmp_path) if u.burnt_in] == [1, 2, 1, 2]


def test_burn_ins_are_removed_when_all_is_finished(tmp_path: Path) -> None:
    records = run_units(
        units(tmp_path), workers=1, quiet=True, simulate="tests.burnt_in.test_sharing:telling"
    )
    assert [record["replicate"] for record in records] == [1, 2, 1, 2]  # as they were asked for
    assert len((tmp_path / TOLD).read_text().splitlines()) == len(records)
    assert not (tmp_path / FOLDER).exists()
