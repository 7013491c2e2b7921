"""A scenario of each family of the library gives the same tables from a shared burn-in as from its own."""

from __future__ import annotations

from pathlib import Path

import pytest

from scenarios import Scenario
from scenarios.drawing import drawn
from sim.building import prepare
from sim.burnt_in import BurntIn
from sim.model import HealthSystem
from sim.settings import Settings
from sim.world import load_world

SCALE = 0.01
FAMILIES = (
    "neighbourhood_teams", "air_quality", "home_first", "see_and_treat", "minor_injury_units_longer_hours",
    "timely_handover", "single_point_of_access", "hospital_at_home", "productivity", "pandemic",
    "acute_reconfiguration", "primary_care_access",
)  # fmt: skip
"""Programmes, effects on everybody, delays, routes, windows, pressure, diversions, growth, pooled slots."""


@pytest.mark.validation
def test_each_family_starts_from_the_baseline_s_burn_in(tmp_path: Path) -> None:
    """Exact: there is no false alarm. The model's own burn-in and pilots; half a year, some with a draw."""
    settings = Settings(scale=SCALE, years=1)
    world = load_world(settings)
    made, kept = prepare(world, settings), BurntIn(tmp_path / "kept")

    def model(**more: object) -> HealthSystem:
        return HealthSystem(scale=SCALE, years=1, world=world, prepared=made, **more)  # type: ignore[arg-type]

    model(burnt_in=kept)
    for number, name in enumerate(FAMILIES):
        scenario = drawn(Scenario.load(name).to_specification(), number % 2, seed=1)
        shared, own = model(scenario=scenario, burnt_in=kept), model(scenario=scenario)
        for one in (shared, own):
            while one.month < 6:
                one.step()
        tables, expected = shared.tables(), own.tables()
        assert [key for key in expected if not tables[key].equals(expected[key])] == [], name
    assert len(list(kept.folder.glob("*.npz"))) == 1
