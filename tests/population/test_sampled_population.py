"""A run of the life course agrees with the expected population within what chance allows."""

import numpy as np
import pytest
from scipy.stats import norm

from sim.building import load_network
from sim.care import Network
from sim.health.compiling import compile_transitions
from sim.health.life import LifeCourse
from sim.health.start import yearly_fall
from sim.health.transitions import DEATH, DEATHS, DEPARTURE, Transition
from sim.health.transitions.exits import exits
from sim.kernels.randomness import replicate_key
from sim.population.expected import expected_population
from sim.population.inputs import as_area_tables
from sim.population.residents import DEAD, REGISTERED
from sim.settings import Settings
from sim.world import World, load_world, run_residents

YEARS = 10
FALSE_ALARM = 1e-6


@pytest.fixture(scope="module")
def world() -> World:
    return load_world(Settings(years=YEARS))


def exits_alone(world: World) -> list[Transition]:
    """Death at the life table, all as one cause and without the ratios of conditions; departure as it is."""
    hazard = world.area_hazards[DEATH]
    dying = [
        Transition(
            key=key, stream=key, attribute="status", from_code=REGISTERED, to_code=DEAD,
            hazard=hazard if key == DEATHS[0] else np.zeros_like(hazard), cap=1.0,
        )
        for key in DEATHS
    ]  # fmt: skip
    return [*dying, *(t for t in exits(world.national, world.area_hazards) if t.key == DEPARTURE)]


@pytest.mark.validation
def test_ten_years_of_the_life_course_are_as_expected(world):
    """Full scale, council x sex x ten-year age: false-alarm rate at most 1e-6 for the family.

    Deaths are those of the table throughout; births and migration are those that were matched to the
    projection under the trend of mortality, in the run as in what is expected.
    Entrants are known, so a count is a sum of independent draws whether each person is there: its variance
    is at most its expectation, and the test is on the safe side.
    """
    network: Network = load_network(world.area, world.national)
    transitions = exits_alone(world)
    months = 12 * YEARS
    residents, entrants, _ = run_residents(world, network, len(transitions), 0, 1.0, months)
    processes = compile_transitions(transitions, residents, months)
    key = np.array(replicate_key(7, 1), np.uint32)
    life = LifeCourse(residents, transitions, processes, 0, months, key)
    life.start(np.flatnonzero(residents.registered), 0)
    status = residents.column_of["status"]
    for month in range(months):
        residents.month = month
        rows = entrants[month]
        residents.columns[rows, status] = REGISTERED
        life.start(rows, month)
        life.advance(month)
    residents.month = months
    there = residents.registered
    age = np.clip(residents.age_years[there], 0, 110) // 10
    council, sex = (residents.column(name)[there].astype(int) for name in ("council", "sex"))
    found = np.zeros((2, 2, 12))
    np.add.at(found, (council, sex, age), 1)
    expected = expected_population(
        as_area_tables(world.area), YEARS, people=world.people.residents,
        planned_trend=yearly_fall(world.national),
    )  # fmt: skip
    by_age = expected.people(YEARS).sum(axis=3)
    grouped = np.stack([by_age[:, :, a : a + 10].sum(axis=2) for a in range(0, 120, 10)], axis=2)
    enough = grouped > 25
    z = ((found - grouped) / np.sqrt(np.maximum(grouped, 1)))[enough]
    assert np.abs(z).max() < norm.isf(FALSE_ALARM / 2 / z.size)
    assert found.sum() == pytest.approx(grouped.sum(), rel=0.003)
