"""Arriaga's decomposition: contributions add up to the difference, and cases that can be done by hand."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from results.measures.arriaga import arriaga, contributions_by_age
from results.measures.life_table import abridged_life_table

AGES = (0, 1, *range(5, 95, 5))
# five years at a rate above 0.4 would kill everybody, and nobody would be left to compare
RATES = st.lists(st.floats(1e-5, 0.12), min_size=3 * len(AGES), max_size=3 * len(AGES)).map(
    lambda values: np.reshape(values, (3, len(AGES)))
)


def expectancy(by_cause):
    total = by_cause.sum(axis=0)
    return float(abridged_life_table(AGES, np.ones_like(total), total).at(0))


@given(RATES, RATES)
def test_contributions_add_up_to_the_difference(first, second):
    found = arriaga(AGES, first, second)
    assert found.sum() == pytest.approx(expectancy(second) - expectancy(first), abs=1e-9)


@given(RATES)
def test_equal_populations_differ_in_nothing(rates):
    assert np.abs(arriaga(AGES, rates, rates)).max() < 1e-12


@given(RATES, st.integers(0, 2), st.integers(0, len(AGES) - 1), st.floats(0.2, 0.9))
def test_a_change_in_one_cause_and_band_is_put_there(rates, cause, band, factor):
    second = rates.copy()
    second[cause, band] *= factor
    found = arriaga(AGES, rates, second)
    assert found[cause, band] == pytest.approx(found.sum(), abs=1e-9)
    assert found[cause, band] >= 0.0


def test_the_open_band_by_hand():
    """All survive to 90 and then live 1 / m years: 2.5 against 2 years are half a year more."""
    first, second = np.zeros(len(AGES)), np.zeros(len(AGES))
    first[-1], second[-1] = 0.5, 0.4
    assert contributions_by_age(AGES, first, second)[-1] == pytest.approx(0.5)


def test_infant_deaths_by_hand():
    """Nobody dies from 1 to 90, then for 2 years: each infant death saved is worth 91.9 years, by a = 0.1."""
    first, second = np.zeros(len(AGES)), np.zeros(len(AGES))
    first[-1] = second[-1] = 0.5
    first[0] = 0.01
    dead = 0.01 / (1 + 0.9 * 0.01)
    found = contributions_by_age(AGES, first, second)
    assert found[0] == pytest.approx(dead * (92.0 - 0.1))
    assert np.abs(found[1:]).max() < 1e-12
