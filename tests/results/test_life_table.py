"""Life tables against published values, by hand, and their invariants."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from results.measures import abridged_life_table

AGES = [0, 1, *range(5, 95, 5)]
PEOPLE = [
    7060,
    35059,
    46974,
    48489,
    43219,
    38561,
    46009,
    57208,
    61435,
    55601,
    50209,
    56416,
    46411,
    39820,
    37978,
    37039,
    33288,
    23306,
    11936,
    11936,
]
DEATHS = [17, 9, 4, 8, 20, 15, 24, 33, 50, 71, 100, 163, 263, 304, 536, 872, 1390, 1605, 1936, 1937]


def test_published_life_table() -> None:
    """Public Health England's life expectancy template, as published with its test data (20 age bands).

    Expected values and 95% limits as that organisation's public indicator package prints them.
    """
    table = abridged_life_table(AGES, PEOPLE, DEATHS)
    assert table.at(0) == pytest.approx(80.16960813, abs=1e-7)
    assert table.at(65) == pytest.approx(18.76856852, abs=1e-7)
    assert table.at(90) == pytest.approx(6.16210635, abs=1e-7)
    half = 1.959964 * np.sqrt(table.variance)
    assert table.expectancy[0] - half[0] == pytest.approx(79.88336642, abs=1e-5)
    assert table.expectancy[14] + half[14] == pytest.approx(18.96015373, abs=1e-5)
    assert table.expectancy[-1] - half[-1] == pytest.approx(5.910935446, abs=1e-5)


def test_two_bands_by_hand() -> None:
    """Rate 0.1 for 5 years, then 0.2: q = 0.5 / (1 + 0.5 x 0.9), e = 5 (1 - 0.9 q) + 5 (1 - q)."""
    q = 0.5 / 1.45
    table = abridged_life_table([0, 5], [100, 100], [10, 20])
    assert table.at(5) == pytest.approx(5)
    assert table.at(0) == pytest.approx(5 * (1 - 0.9 * q) + 5 * (1 - q))


def test_nobody_in_a_band_or_no_death_in_the_open_one_is_not_a_number() -> None:
    assert np.isnan(abridged_life_table([0, 5], [0, 100], [0, 20]).at(0))
    assert np.isnan(abridged_life_table([0, 5], [100, 100], [10, 0]).at(0))
    with pytest.raises(ValueError, match="no age band"):
        abridged_life_table([0, 5], [100, 100], [10, 20]).at(65)


rates = st.lists(st.floats(min_value=1e-5, max_value=0.9), min_size=20, max_size=20)


@given(rate=rates)
def test_everyone_dies_once_and_years_add_up(rate: list[float]) -> None:
    lived = np.full(20, 1000.0)
    table = abridged_life_table(AGES, lived, lived * np.array(rate))
    assert table.died.sum() == pytest.approx(1)
    assert (np.diff(table.survivors) <= 0).all()
    assert table.years_lived.sum() == pytest.approx(float(table.at(0)))


@given(rate=rates, factor=st.floats(min_value=0.1, max_value=0.99))
def test_fewer_deaths_never_shorten_lives(rate: list[float], factor: float) -> None:
    lived = np.full((2, 20), 1000.0)
    deaths = lived * np.array(rate) * np.array([[1.0], [factor]])
    before, after = abridged_life_table(AGES, lived, deaths).at(0)
    assert after > before
