"""Cohort-component arithmetic: nobody is lost, nobody is negative, hazards are exact."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sim.population.cohort import (
    MONTHS_OF_AGE,
    YearFlows,
    after_year,
    by_year_of_age,
    run_year,
    spread_over_months,
)

AGES, QUINTILES = 111, 5
rates = st.floats(0.0, 1.5)
numbers = st.floats(0.0, 1e4)


def flows(deaths=0.0, departures=0.0, arrivals=0.0, births=0.0):
    """Return flows that are the same at every age, for one council."""
    return YearFlows(
        arrivals=np.full((1, 2, AGES, QUINTILES), arrivals),
        births=np.full((1, 2, QUINTILES), births),
        deaths=np.full((2, AGES, QUINTILES), deaths),
        departures=np.full((1, 2, AGES), departures),
    )


@given(numbers, rates, rates, numbers, numbers)
@settings(max_examples=25, deadline=None)
def test_residents_are_conserved(people, deaths, departures, arrivals, births):
    start = np.full((1, 2, MONTHS_OF_AGE, QUINTILES), people)
    year = run_year(start, flows(deaths, departures, arrivals, births))
    entered = (arrivals * AGES + births) * 2 * QUINTILES
    left = year.deaths.sum() + year.departures.sum()
    assert year.people.sum() + left == pytest.approx(start.sum() + entered, rel=1e-9, abs=1e-6)
    assert min(year.people.min(), year.deaths.min(), year.departures.min()) >= 0.0


@given(rates, rates)
@settings(max_examples=25, deadline=None)
def test_a_closed_year_is_one_exponential(deaths, departures):
    start = np.ones((1, 2, MONTHS_OF_AGE, QUINTILES))
    after = after_year(start, flows(deaths, departures))
    assert after.sum() == pytest.approx(start.sum() * np.exp(-deaths - departures))


def test_two_half_years_are_one_year():
    rng = np.random.default_rng(1)
    start = rng.uniform(0, 9, (1, 2, MONTHS_OF_AGE, QUINTILES))
    one = flows(0.3, 0.1, 5.0, 7.0)
    np.testing.assert_allclose(after_year(after_year(start, one, 6), one, 6), after_year(start, one))
    np.testing.assert_allclose(run_year(start, one).people, after_year(start, one))


def test_everybody_grows_a_year_older():
    start = np.zeros((1, 2, AGES, QUINTILES))
    start[0, 1, 40, 2] = 12.0
    after = by_year_of_age(after_year(spread_over_months(start), flows()))
    assert after[0, 1, 41, 2] == pytest.approx(12.0)
    assert after.sum() == pytest.approx(12.0)
