"""Mortality of the start population, from expected hazards: what is built in, fitted and predicted.

Nothing is drawn in the first three tests, so they have no false alarms; the closed cohort states its own.
"""

import numpy as np
import pytest

from calibration.life_course.checks import load_misses
from calibration.life_table_checks import (
    cause_shares_of_gap,
    expected_rates,
    life_expectancy,
    premature_ratio,
    start_hazards,
)
from calibration.mortality_ratios import marginal_ratios, published
from sim.health.ages import N_AGES
from sim.health.transitions import CAUSES, DEATH
from sim.health.transitions.mortality import cause_shares
from sim.kernels import life_course as kernel
from sim.kernels.randomness import stream_key
from sim.population.strata import MONTHS_A_YEAR, SEXES
from sim.settings import Settings
from sim.world import load_world

pytestmark = pytest.mark.validation
TARGET = published()["value"]


@pytest.fixture(scope="module")
def world():
    return load_world(Settings())


@pytest.fixture(scope="module")
def found(world):
    return start_hazards(world)


@pytest.fixture(scope="module")
def rates(found):
    return expected_rates(found)


def test_life_expectancy_by_sex_and_quintile_is_the_tables(found, rates):
    """Built-in: tables were made to these; what is tested is that ratios of risk leave them as they are."""
    at_birth = life_expectancy(rates.sum(axis=0))
    at_65, by_table = (life_expectancy(r, 65) for r in (rates.sum(axis=0), found.table))
    for s, sex in enumerate(SEXES):
        for q in range(5):
            assert at_birth[s, q] == pytest.approx(TARGET["life_expectancy_0", sex, str(q + 1)], abs=0.3)
        gap = TARGET["life_expectancy_gap_0", sex, "5 less 1"]
        assert at_birth[s, 4] - at_birth[s, 0] == pytest.approx(gap, abs=0.3)
    assert np.abs(at_65 - by_table).max() < 0.1


def test_deaths_by_cause_are_those_of_the_table(world, found):
    """Built-in: by sex and age over all quintiles, within 1.5% of deaths where a group has 50 or more."""
    deaths = found.deaths.sum(axis=3)
    by_age = np.add.reduceat(deaths, np.arange(0, N_AGES, kernel.AGES_A_GROUP), axis=2)
    wanted = cause_shares(world.national) * (found.table * found.people).sum(axis=2)
    wanted = np.add.reduceat(wanted, np.arange(0, N_AGES, kernel.AGES_A_GROUP), axis=2)
    many = by_age.sum(axis=0) > 50
    assert np.abs((by_age - wanted)[:, many] / by_age.sum(axis=0)[many]).max() < 0.015
    assert deaths.sum() == pytest.approx(float((found.table * found.people).sum()), rel=0.005)


def test_the_exponents_fit_the_published_ratios(found):
    """Fitted, within 3%, but for those that the page of the exponents says are not met."""
    implied = marginal_ratios(found)
    off = {key: value / TARGET[key] for key, value in implied.items()}
    assert off["ratio_per_condition", "all", "65+"] == pytest.approx(1.0, abs=0.03)
    assert off["ratio_smoking", "all", "current"] == pytest.approx(1.0, abs=0.03)
    for measure in ("ratio_frailty", "ratio_cancer"):
        mean = np.mean([np.log(value) for key, value in off.items() if key[0] == measure])
        assert np.exp(mean) == pytest.approx(1.0, abs=0.03)
    # not met: no ratio is made stronger than published, and below 65 that leaves 1.47 per condition for 1.60
    assert 0.85 < off["ratio_per_condition", "all", "18-64"] < 1.05
    assert 0.75 < min(off.values())
    assert max(off.values()) < 1.40


def test_causes_of_the_gap_are_predicted(found, rates):
    """Independent: who has which risks predicts the cause mix by fifth; published shares of the gap by OHID.

    Circulatory, cancer and respiratory deaths within 8 points of the gap, or missed as documented.
    """
    share = cause_shares_of_gap(rates, found.people)
    known = {miss.stratum: miss for miss in load_misses() if miss.label.startswith("Contribution of a cause")}
    for sex in SEXES:
        for cause in ("circulatory", "cancer", "respiratory"):
            target = TARGET["share_of_gap_recalled", sex, cause]
            miss = known.get(f"{sex} {cause}")
            documented = miss is not None and miss.low <= share[sex][cause] <= miss.high
            assert documented or share[sex][cause] == pytest.approx(target, abs=0.08), (sex, cause)
        assert sum(share[sex].values()) == pytest.approx(1.0)


def test_under_75_mortality_of_the_fifths(found, rates):
    """The local gap in life expectancy is smaller than England's, and so is this ratio: 2.06 against 2.38."""
    ratio = premature_ratio(rates.sum(axis=0), found.people)
    assert 1.8 < ratio < TARGET["under_75_mortality_ratio", "all", "1 to 5"]


@pytest.mark.parametrize("sex", [0, 1])
def test_a_closed_cohort_lives_as_long_as_its_table(world, sex):
    """80,000 newborn, seven causes, to the last death; false alarm below 1 in 1,000 for each of four figures.

    The expectancy has a standard deviation of 16 years a person, 0.057 years for the mean; 0.1 + 3.3 x 0.057
    is allowed at birth and as much at 65.
    """
    people, years = 80_000, 120
    table = world.area_hazards[DEATH][:, :, 2]
    shares = cause_shares(world.national)
    hazard = shares * table / MONTHS_A_YEAR
    processes = cohort_processes(hazard, years * MONTHS_A_YEAR)
    months = lived_months(processes, people, sex, years * MONTHS_A_YEAR)
    slack = 0.1 + 3.3 * 16.0 / np.sqrt(people)
    wanted = life_expectancy(np.repeat(table[:, :, None], 1, axis=2))[sex, 0]
    assert months.mean() / MONTHS_A_YEAR == pytest.approx(wanted, abs=slack)
    old = months[months >= 65 * MONTHS_A_YEAR] / MONTHS_A_YEAR - 65
    wanted = life_expectancy(np.repeat(table[:, :, None], 1, axis=2), 65)[sex, 0]
    assert old.mean() == pytest.approx(wanted, abs=slack)


def cohort_processes(hazard, months):
    """Death by each cause at (causes, 2, 111) a month, nothing else."""
    n = len(CAUSES)
    bound = hazard * 1.5
    total = np.concatenate([np.zeros((n, 2, 1)), np.cumsum(bound * MONTHS_A_YEAR, axis=2)], axis=2)
    return kernel.Processes(
        column=np.zeros(n, np.int64), from_code=np.ones(n, np.uint8), to_code=np.full(n, 2, np.uint8),
        stream=np.array([stream_key(f"cohort.{cause}") for cause in CAUSES], np.uint32),
        base=np.repeat(hazard[:, :, :, None], 5, axis=3), bound=np.maximum(bound, 1e-12), bound_sum=total,
        calendar=np.ones((n, months)), modifier_first=np.zeros(n + 1, np.int64),
        modifier_column=np.zeros(0, np.int64),
        modifier_table=np.ones((0, 2, kernel.AGE_GROUPS, kernel.CODES), np.float32),
        ratio_most=np.full((n, 2, kernel.AGE_GROUPS), np.inf), programme_first=np.zeros(n + 1, np.int64),
        programme=np.zeros(0, np.int64), programme_curve=np.ones((0, 1)),
    )  # fmt: skip


def lived_months(processes, people, sex, months):
    """Months lived by each newborn, (people,)."""
    n = processes.column.size
    columns = np.zeros((people, 3), np.uint8)
    columns[:, 0], columns[:, 1], columns[:, 2] = 1, sex, 2
    person, born = np.arange(people, dtype=np.uint32), np.zeros(people, np.int16)
    clock, soonest = np.empty((people, n), np.int16), np.empty(people, np.int16)
    key = (np.uint32(5), np.uint32(sex))
    kernel.start_clocks(
        np.arange(people), 0, 0, months, person, born, columns, 1, processes, np.arange(people), clock,
        soonest, key,
    )  # fmt: skip
    events = kernel.Events(
        np.empty(people * n, np.int64), np.empty(people * n, np.int64), np.empty(people * n)
    )
    lived = np.full(people, float(months))
    for month in range(months):
        found = kernel.advance_month(
            month, 0, months, person, born, columns, 1, 2, 0, processes, np.zeros((people, 1), np.int16),
            np.arange(people), clock, soonest, events, np.zeros(n, np.int64), key,
        )  # fmt: skip
        rows = events.row[:found]
        lived[rows] = month + events.fraction[:found]
        columns[rows, 0] = 2
        soonest[rows] = kernel.NEVER
    return lived
