"""A small baseline year, and half a year of a scenario with programmes, after the model's own burn-in."""

from __future__ import annotations

import pytest

from scenarios import Scenario
from sim.building import World
from sim.interventions.specification import Eligibility
from sim.observers.cohort_specification import CohortSpecification
from sim.parameters.national import load_national
from tests.metamorphic import watching
from tests.metamorphic.watching import SCALE, Watched, watch

FOURTEEN_HUNDRED = 1_400
"""Residents of the cohort `fourteen_hundred`, counted one by one."""
_ADULTS = Eligibility(age_from=18)
COHORTS = (
    CohortSpecification(name="everybody", label="Everybody", eligible=Eligibility(), newcomers=True),
    CohortSpecification(
        name="fourteen_hundred", label="1,400 residents", eligible=_ADULTS, order="most_use",
        size=round(FOURTEEN_HUNDRED / SCALE),
    ),
    CohortSpecification(
        name="highest_risk", label="1,400 at highest risk", eligible=_ADULTS, order="highest_risk",
        size=FOURTEEN_HUNDRED,
    ),
)  # fmt: skip
"""Cohorts that the small runs follow; observers change nothing."""


@pytest.fixture(scope="session")
def world() -> World:
    """Tables and people."""
    return watching.world(int(load_national().scalar("burn_in_months")))


@pytest.fixture(scope="session")
def year(world: World) -> Watched:
    """The baseline's first year."""
    return watch(world=world, cohorts=COHORTS)


@pytest.fixture(scope="session")
def programmes_year(world: World) -> Watched:
    """Half a year of the neighbourhood teams, which reach residents and cost money."""
    scenario = Scenario.load("neighbourhood_teams").to_specification()
    return watch(scenario, months=6, world=world, cohorts=COHORTS)
