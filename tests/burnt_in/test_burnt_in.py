"""A unit that starts from a burn-in made by another is, to the bit, the unit that burns in itself."""

from __future__ import annotations

from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Any
from unittest import mock

import numpy as np
import pytest

import sim.building
from scenarios import Scenario
from scenarios.drawing import drawn
from sim.building import Prepared, prepare
from sim.burn_in_key import burn_in_key
from sim.burnt_in import BurntIn
from sim.fingerprint import fingerprint
from sim.interventions.specification import BASELINE, ScenarioSpecification
from sim.model import HealthSystem
from sim.month import Month
from sim.observers.spells import Spells
from sim.settings import Settings
from tests.burnt_in.likeness import Likeness
from tests.metamorphic import watching
from tests.twin import twin_scenario

MONTHS = 2
SCALE = 0.01
SCRATCH = frozenset({
    "HealthSystem.rng", "HealthSystem._rng", "HealthSystem.random",  # of Mesa, read by nothing of ours
    "HealthSystem._agents", "HealthSystem._agents_by_type", "HealthSystem._all_agents",
    "HealthSystem.space",  # these are made after the burn-in
    "Residents.clock",  # rows are written when their resident's clocks start
    "LifeCourse._buffers", "Demand._tables", "Month._arrivals", "Month._sought",  # written, then read
    "CareSystem._of_kinds", "RecentUse.scale",  # found out once, always the same
})  # fmt: skip
"""What need not be alike, and why."""


@cache
def prepared() -> Prepared:
    """What is compiled for the small models here."""
    return prepare(watching.world(), Settings(years=1))


def model(scenario: ScenarioSpecification = BASELINE, kept: Path | None = None, **more: Any) -> HealthSystem:
    """Return a small model at month 0; its burn-in is a quarter of the real one."""
    settings: dict[str, Any] = {"scale": SCALE, "years": 1, "world": watching.world(), "prepared": prepared()}
    with mock.patch.object(sim.building, "check_load"):  # what it would refuse is no matter here
        return HealthSystem(
            scenario=scenario, burnt_in=None if kept is None else BurntIn(kept), **settings | more
        )


def key(scenario: ScenarioSpecification = BASELINE, **more: Any) -> str:
    """Return the key of the burn-in of a small model, which is not burnt in for it."""
    with mock.patch.object(Month, "burn_in"):
        return burn_in_key(model(scenario, **more))


@pytest.fixture(scope="module")
def kept(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder in which the baseline's burn-in is kept."""
    folder = tmp_path_factory.mktemp("burnt_in")
    model(kept=folder)
    return folder


def files(folder: Path) -> dict[str, tuple[int, int]]:
    """Return the files of a folder, which of them each is and how large."""
    return {file.name: (file.stat().st_ino, file.stat().st_size) for file in folder.glob("*.npz")}


def differences(one: Any, other: Any) -> list[str]:
    return list(Likeness(SCRATCH).differences(one, other))


def same_tables(one: HealthSystem, other: HealthSystem) -> bool:
    tables, expected = one.tables(), other.tables()
    return list(tables) == list(expected) and all(tables[name].equals(expected[name]) for name in tables)


def run(*models: HealthSystem, months: int = MONTHS) -> None:
    for one in models:
        while one.month < months:
            one.step()


def test_a_scenario_of_every_kind_starts_from_the_baseline_s_burn_in(kept: Path) -> None:
    """Programmes, routes, times, places with windows and under pressure, diversions, growth: all share one.

    Every part is alike: one whose state is forgotten would differ from that of a model that burnt in itself.
    What was compiled for others serves as well as what a model compiles for itself, and no run changes it.
    """
    before, compiled = files(kept), fingerprint(_figures(prepared()))
    shared = model(twin_scenario.everything(), kept)
    own = model(twin_scenario.everything(), prepared=None)
    assert files(kept) == before
    assert differences(own, shared) == []
    run(own, shared)
    assert same_tables(own, shared)
    assert differences(own.parts, shared.parts) == []
    assert fingerprint(_figures(prepared())) == compiled


def _figures(made: Prepared) -> list[Any]:
    """Return what is compiled, but how transitions are declared."""
    demand = {name: value for name, value in vars(made.demand).items() if name != "_tables"}
    return [
        made.feedback, made.processes, made.kept.divisors, made.kept.balance, made.kept.counts.means,
        made.held, made.ranked, made.smoking, demand, made.pooled, made.load, made.utilities,
        [version.flow for _, version in made.networks.versions],
    ]  # fmt: skip


def test_a_part_that_is_forgotten_is_seen(kept: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Spells, "BURNT_IN", ("_person", "_episode"))
    own, shared = (model(kept=kept / "forgetful") for _ in range(2))
    assert differences(own, shared) == ["model.care_observer._emergency._began"]


def test_draws_share_what_replicates_and_settings_do_not(kept: Path) -> None:
    """A hash too few would be a wrong result: whatever else differs has a burn-in of its own."""
    mine = key()
    uncertain = Scenario.load("home_first").to_specification()
    assert {key(drawn(uncertain, number, seed=1)) for number in (0, 1)} == {mine}
    others: list[dict[str, Any]] = [
        {"rng": 2}, {"replicate": 2}, {"scale": 0.011}, {"world": watching.world(4)},
        {"growth": False, "prepared": None},
    ]  # fmt: skip
    keys = [mine, *(key(**other) for other in others)]
    assert len(set(keys)) == len(keys)


def test_another_network_before_month_0_is_another_burn_in() -> None:
    """A way taken a little more often, a time a little longer, a place more: each is seen."""
    networks = prepared().networks

    def changed() -> Iterator[str]:
        network = networks.first
        nodes = network.flow.nodes
        for other in (
            network.with_scaled_service("ed_majors_poole", 1.0 + 1e-12),
            network.with_route_odds("ambulance_scene", "ambulance_conveyance", 1.0 + 1e-9),
            sim.building.replace(
                network, flow=network.flow._replace(nodes=nodes._replace(places=nodes.places + 1))
            ),
        ):
            versions = networks.map(lambda _, other=other: other)  # type: ignore[misc]
            yield key(prepared=sim.building.replace(prepared(), networks=versions))

    assert len({key(), *changed()}) == 4


@pytest.mark.parametrize("damage", ["truncated", "empty", "a byte"])
def test_a_damaged_file_is_made_anew(kept: Path, damage: str) -> None:
    (file,) = kept.glob("*.npz")
    content = file.read_bytes()
    half = len(content) // 2
    spoilt = {
        "truncated": content[:half], "empty": b"",
        "a byte": content[:half] + bytes([content[half] ^ 1]) + content[half + 1 :],
    }  # fmt: skip
    file.write_bytes(spoilt[damage])
    with mock.patch.object(Month, "_burn_in_care", autospec=True, side_effect=Month._burn_in_care) as burn_in:
        again = model(kept=kept)
    assert burn_in.call_count == 1
    assert file.read_bytes() == content
    assert again.minute == 0.0 and np.isfinite(again.care.state.time)
