"""Arriaga's decomposition: contributions add up to the difference, and cases that can be done by hand."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from results.measures.arriaga import (
    arriaga,
    contributions_by_age,
    contributions_of_tables,
    shared_by_cause,
)
from results.measures.life_table import abridged_life_table

AGES = (0, 1, *range(5, 95, 5))
# five years at a rate above 0.4 would kill everybody, and nobody would be left to compare
RATES = st.lists(st.floats(1e-5, 0.12), min_size=3 * len(AGES), max_size=3 * len(AGES)).map(
    lambda values: np.reshape(values, (3, len(AGES)))
)


def table(survivors, expectancy):
    """Survivors and the years lived in each band, from survivors and the expectancy at each band's start."""
    ahead = np.array(survivors) * expectancy
    return np.array(survivors), ahead - np.append(ahead[1:], 0.0)


US_1935 = table(
    [1.0, 0.95458, 0.93887, 0.93174, 0.92613, 0.91681, 0.90341, 0.88746, 0.86997, 0.84847, 0.82368, 0.79012,
     0.74539, 0.68688, 0.60779, 0.50757, 0.38276, 0.23930, 0.12281],
    [63.32, 65.32, 62.39, 57.85, 53.19, 48.70, 44.38, 40.14, 35.89, 31.74, 27.61, 23.67, 19.94, 16.41, 13.21,
     10.31, 7.82, 6.03, 4.49],
)  # fmt: skip
US_1995 = table(
    [1.0, 0.99321, 0.99179, 0.99096, 0.98999, 0.98772, 0.98524, 0.98206, 0.97769, 0.97152, 0.96298, 0.95048,
     0.93085, 0.90071, 0.85504, 0.78775, 0.69655, 0.57275, 0.41424],
    [79.00, 78.54, 74.65, 69.71, 64.78, 59.92, 55.06, 50.23, 45.45, 40.72, 36.06, 31.49, 27.10, 22.92, 19.00,
     15.40, 12.07, 9.12, 6.62],
)  # fmt: skip


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


def test_us_women_1935_to_1995() -> None:
    """Life expectancy from 63.32 to 79.00: what Arriaga's formula gives from the published life tables.

    Tables of Bell, Wade and Goss (1992) as printed in Ponnapalli KM, Demographic Research 2005;12(7):141-172,
    appendix 1. The whole and, by hand, the first and the last band are compared: at 0 direct effect
    1 (L2/l2 - L1/l1) = 0.0265 and indirect T2(1) (1 - 0.95458 / 0.99321) = 78.0067 x 0.038894; at 85 and over
    0.12281 (6.62 - 4.49).
    """
    found = contributions_of_tables(*US_1935, *US_1995)
    assert found.sum() == pytest.approx(79.00 - 63.32, abs=1e-9)
    assert found[0] == pytest.approx(0.0265 + 78.0067 * 0.038894, abs=0.0005)
    assert found[-1] == pytest.approx(0.12281 * (6.62 - 4.49), abs=1e-9)
    assert (found > 0).all()


def test_india_and_china_1990_by_cause() -> None:
    """Preston, Heuveline and Guillot (2001), box 4.3: men, communicable, other, injuries; one decimal.

    From the printed rates, shares and contributions by age; a printed total is rounded to 0.05 and its parts
    with it, so that parts may differ from print by their share of that and their own rounding.
    """
    total = np.array([5.6, 0.8, 0.3, 0.6, 0.8, 0.3, -0.3])
    india = np.array([0.0267, 0.0025, 0.0021, 0.0043, 0.0139, 0.0388, 0.0929]) * [
        [0.882, 0.504, 0.382, 0.429, 0.304, 0.248, 0.247],
        [0.073, 0.188, 0.223, 0.315, 0.592, 0.722, 0.728],
        [0.046, 0.309, 0.394, 0.257, 0.104, 0.030, 0.025],
    ]
    china = np.array([0.0084, 0.0009, 0.0015, 0.0028, 0.0102, 0.0342, 0.1003]) * [
        [0.677, 0.174, 0.068, 0.101, 0.095, 0.070, 0.084],
        [0.174, 0.337, 0.380, 0.573, 0.796, 0.879, 0.877],
        [0.149, 0.488, 0.552, 0.326, 0.109, 0.051, 0.039],
    ]
    printed = [
        [5.5, 0.6, 0.4, 0.6, 0.7, 0.5, 0.7],
        [0.1, 0.1, -0.1, -0.1, 0.0, -0.1, -0.9],
        [0.0, 0.2, 0.0, 0.1, 0.1, 0.0, -0.1],
    ]
    found = shared_by_cause(total, india, china)
    np.testing.assert_allclose(found, printed, atol=0.12)
    np.testing.assert_allclose(found.sum(axis=0), total, atol=1e-9)
