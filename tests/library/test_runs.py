"""Every file of the library runs: one year at 1% scale."""

from __future__ import annotations

import pytest

from scenarios import Scenario
from scenarios.scenario import library_names
from sim import HealthSystem
from sim.settings import Settings
from sim.world import World, load_world

SMALL = 0.01
DEPARTURES = {"deaths_from_delay"}
"""Measures less what the baseline has, which may lie below nothing."""


@pytest.fixture(scope="module")
def world() -> World:
    """The area's people and tables, once for all runs."""
    return load_world(Settings(years=1, scale=SMALL))


@pytest.mark.slow
@pytest.mark.parametrize("name", library_names())
def test_a_file_runs_a_year_at_one_per_cent(name: str, world: World) -> None:
    """Every month to the end, with the tables that a run leaves."""
    scenario = Scenario.load(name).to_specification()
    model = HealthSystem(scenario=scenario, years=1, scale=SMALL, world=world)
    model.run_model()
    tables = model.tables()
    assert tables["measures"]["period"].nunique() == 12
    below = tables["measures"].loc[tables["measures"]["value"] < 0, "measure"]
    assert set(below) <= DEPARTURES
