"""A small baseline year, and half a year of a scenario with programmes, after the model's own burn-in."""

from __future__ import annotations

import pytest

from scenarios import Scenario
from sim.building import World
from sim.parameters.national import load_national
from tests.metamorphic import watching
from tests.metamorphic.watching import Watched, watch


@pytest.fixture(scope="session")
def world() -> World:
    """Tables and people."""
    return watching.world(int(load_national().scalar("burn_in_months")))


@pytest.fixture(scope="session")
def year(world: World) -> Watched:
    """The baseline's first year."""
    return watch(world=world)


@pytest.fixture(scope="session")
def programmes_year(world: World) -> Watched:
    """Half a year of the neighbourhood teams, which reach residents and cost money."""
    return watch(Scenario.load("neighbourhood_teams").to_specification(), months=6, world=world)
