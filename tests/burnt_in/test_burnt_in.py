"""A unit that starts from a burn-in made by another is, to the bit, the unit that burns in itself."""

from __future__ import annotations

from pathlib import Path
from typing import Any
from unittest import mock

import pytest

import sim.building
from sim.burnt_in import BurntIn
from sim.interventions.specification import BASELINE, ScenarioSpecification
from sim.model import HealthSystem
from sim.observers.spells import Spells
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


def model(scenario: ScenarioSpecification = BASELINE, kept: Path | None = None, **more: Any) -> HealthSystem:
    """Return a small model at month 0; its burn-in is a quarter of the real one."""
    settings: dict[str, Any] = {"scale": SCALE, "years": 1, "world": watching.world()}
    with mock.patch.object(sim.building, "check_load"):  # what it would refuse is no matter here
        return HealthSystem(
            scenario=scenario, burnt_in=None if kept is None else BurntIn(kept), **settings | more
        )


@pytest.fixture(scope="module")
def kept(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder in which the baseline's burn-in is kept."""
    folder = tmp_path_factory.mktemp("burnt_in")
    model(kept=folder)
    return folder


def files(folder: Path) -> dict[str, int]:
    """Return the files of a folder and when each was last written."""
    return {file.name: file.stat().st_size for file in folder.glob("*.npz")}


def differences(one: Any, other: Any) -> list[str]:
    return list(Likeness(SCRATCH).differences(one, other))


def test_a_scenario_of_every_kind_starts_from_the_baseline_s_burn_in(kept: Path) -> None:
    """Programmes, routes, times, places with windows and under pressure, diversions, growth: all share one.

    Every part is alike: one whose state is forgotten would differ from that of a model that burnt in itself.
    """
    before = files(kept)
    shared, own = model(twin_scenario.everything(), kept), model(twin_scenario.everything())
    assert files(kept) == before
    assert differences(own, shared) == []
    for one in (own, shared):
        while one.month < MONTHS:
            one.step()
    tables, expected = shared.tables(), own.tables()
    assert list(tables) == list(expected)
    assert all(tables[name].equals(expected[name]) for name in tables)
    assert differences(own.parts, shared.parts) == []


def test_a_part_that_is_forgotten_is_seen(kept: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Spells, "BURNT_IN", ("_person", "_episode"))
    own, shared = (model(kept=kept / "forgetful") for _ in range(2))
    assert differences(own, shared) == ["model.care_observer._emergency._began"]
