"""A gap in healthy life by cause and age: against published figures, the general algorithm, and by hand."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from results.measures import abridged_life_table, healthy_life_table
from results.measures.healthy_gap import healthy_gap, parts_of_tables
from tests.results.test_arriaga import AGES, RATES, US_1935, US_1995

SHARES = st.lists(st.floats(0.05, 1.0), min_size=len(AGES), max_size=len(AGES)).map(np.array)


def expectancy(rates: np.ndarray, health: np.ndarray) -> float:
    table = abridged_life_table(AGES, np.ones(len(AGES)), rates)
    return float(healthy_life_table(table, health, np.inf).at(0))


def test_us_women_1935_to_1995_in_full_health() -> None:
    """Where health is full it is the mean of both ways of Arriaga: published for US women, 63.32 to 79.00.

    Life tables of Ponnapalli KM, Demographic Research 2005;12(7):141-172, appendix 1; contributions by its
    third version of Arriaga's method, as printed in the documentation of decompositionLE (Hertfordshire
    County Council, 2024).
    """
    published = [
        2.8051081, 1.0399461, 0.4333348, 0.2976956, 0.4195021, 0.5990223, 0.6536626, 0.5999136, 0.6600597,
        0.6231166, 0.7428925, 0.8048068, 0.8333338, 0.9327126, 0.9383034, 1.0030556, 1.0389165, 0.6826590,
        0.5719583,
    ]  # fmt: skip
    full = np.ones(19)
    by_death, by_health = parts_of_tables((*US_1935, full), (*US_1995, full))
    np.testing.assert_allclose(by_death, published, atol=1e-6)
    assert (by_health == 0).all()


def test_two_bands_worked_by_hand() -> None:
    """No published table of inputs was found for healthy life, so by hand: two bands, the second open.

    Survivors 1 and 0.5 (first), 1 and 0.8 (second); years lived 10 a head in the first band, 20 and 25 a
    head in the second; health 0.9 and 0.5 against 1.0 and 0.6. Healthy years 9 + 5 = 14 and 10 + 12 = 22.
    """
    first = ([1.0, 0.5], [10.0, 10.0], [0.9, 0.5])
    second = ([1.0, 0.8], [10.0, 20.0], [1.0, 0.6])
    by_death, by_health = parts_of_tables(first, second)
    # first band: chance to reach the next 0.8 - 0.5, worth (10 x 1 + 15 x 1) / 2; its years are equal
    # second: (0.5 + 0.8) (25 - 20) (0.5 + 0.6) / 4
    assert by_death == pytest.approx([0.3 * (10 + 15) / 2, 1.3 * 5 * 1.1 / 4])
    assert by_health == pytest.approx([2 * 20 * 0.1 / 4, 1.3 * 45 * 0.1 / 4])
    assert by_death.sum() + by_health.sum() == pytest.approx(22 - 14)


def stepwise(rates: list[np.ndarray], health: list[np.ndarray]) -> np.ndarray:
    """Andreev, Shkolnikov and Begun's general algorithm.

    One age's figures replaced after another, youngest first.
    """
    values = [expectancy(rates[0], health[0])]
    for band in range(len(AGES)):
        place = np.arange(len(AGES)) <= band
        values.append(expectancy(np.where(place, rates[1], rates[0]), np.where(place, health[1], health[0])))
    return np.diff(values)


@given(RATES, RATES, SHARES, SHARES)
def test_each_age_is_the_mean_of_replacing_it_both_ways(
    one: np.ndarray, two: np.ndarray, first: np.ndarray, second: np.ndarray
) -> None:
    """Sections 2 and 3 of the paper.

    The formula is the stepwise replacement, averaged over both directions.
    """
    by_death, by_health = healthy_gap(AGES, (one, two), (first, second))
    rates, health = [one.sum(axis=0), two.sum(axis=0)], [first, second]
    both = (stepwise(rates, health) - stepwise(rates[::-1], health[::-1])) / 2
    np.testing.assert_allclose(by_death.sum(axis=0) + by_health, both, atol=1e-8)


@given(RATES, RATES, SHARES, SHARES)
def test_parts_add_up_and_turn_their_sign(
    one: np.ndarray, two: np.ndarray, first: np.ndarray, second: np.ndarray
) -> None:
    by_death, by_health = healthy_gap(AGES, (one, two), (first, second))
    gap = expectancy(two.sum(axis=0), second) - expectancy(one.sum(axis=0), first)
    assert by_death.sum() + by_health.sum() == pytest.approx(gap, abs=1e-8)
    turned = healthy_gap(AGES, (two, one), (second, first))
    np.testing.assert_allclose(turned[0], -by_death, atol=1e-8)
    np.testing.assert_allclose(turned[1], -by_health, atol=1e-8)


@given(RATES, SHARES)
def test_equal_populations_differ_in_nothing(rates: np.ndarray, health: np.ndarray) -> None:
    by_death, by_health = healthy_gap(AGES, (rates, rates), (health, health))
    assert np.abs(by_death).max() == 0
    assert np.abs(by_health).max() == 0


@given(RATES, SHARES, st.integers(0, 2), st.permutations(range(3)))
def test_causes_may_come_in_any_order(
    rates: np.ndarray, health: np.ndarray, cause: int, order: list[int]
) -> None:
    other = rates.copy()
    other[cause] *= 0.7
    found = healthy_gap(AGES, (rates, other), (health, health))[0]
    shuffled = healthy_gap(AGES, (rates[order], other[order]), (health, health))[0]
    np.testing.assert_allclose(found[order], shuffled, atol=1e-12)
