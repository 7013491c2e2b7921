"""Old results load, lacking what was not recorded then; what cannot be read is refused in a sentence."""

from __future__ import annotations

import json
import math
from pathlib import Path

import pytest

from results import Comparison, load_run
from results.capacity import beyond_capacity
from results.measures import node_values, prevalence, values
from sim.parameters.errors import InputError

OLD = Path(__file__).with_name("old_runs")
FOLDERS = sorted(path.parent for path in OLD.glob("*/manifest.json"))


@pytest.mark.parametrize("folder", FOLDERS, ids=lambda folder: folder.name)
def test_a_frozen_run_loads_with_its_numbers(folder: Path) -> None:
    run = load_run(folder)
    assert run.replicates == (1,) and not run.unfinished
    # 98,000 admissions a year: two months of them, of 30.4 days each, in spring, with the replicate's chance.
    admitted = values(run, "emergency_admissions")["value"].item()
    assert admitted == pytest.approx(98_000 / 6 * 0.98, rel=0.02)
    assert values(run, "life_expectancy_birth")["value"].between(60, 100).all()
    assert not prevalence(run).empty and not node_values(run).empty
    assert beyond_capacity(run).empty


def test_what_was_not_recorded_is_not_known() -> None:
    first, later = (load_run(OLD / name) for name in ("schema_1_first", "schema_1_november_2026"))
    name = "disability_free_life_expectancy_birth"
    assert values(first, name).empty and not values(later, name).empty
    found = Comparison([later, first]).differences("emergency_admissions")
    assert math.isnan(found["low"].iloc[0]) and found["verdict"].isin(["identical", "no_interval"]).all()


@pytest.mark.parametrize(("version", "said"), [(2, "newer version of Leftshift"), ("0.9", "cannot be read")])
def test_another_schema_is_refused_in_one_sentence(tmp_path: Path, version: object, said: str) -> None:
    for kind in ("run", "study"):
        held = json.loads((FOLDERS[0] / "manifest.json").read_text())
        held |= {"schema_version": version, "kind": kind, "scenario_sha256": {"baseline": "0"}}
        (tmp_path / "manifest.json").write_text(json.dumps(held))
        with pytest.raises(InputError, match=said) as refused:
            Comparison([tmp_path])
        assert refused.value.key == "schema_version" and "\n" not in str(refused.value)
