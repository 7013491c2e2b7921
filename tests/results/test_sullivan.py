"""Healthy life expectancy against a published worked example, and its invariants."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from results.measures import abridged_life_table, healthy_life_table

AGES = [0, 1, *range(5, 90, 5)]
# Belgium, women, 2004: mid-year population, deaths, share with disability, people asked in the survey.
PEOPLE = [
    54795.5, 222258.5, 290541, 310760, 297484.5, 315530, 319059.5, 357971, 393382.5, 403856.5, 377145,
    357821, 311235.5, 248213.5, 261119, 262491, 242973, 159424, 125152,
]  # fmt: skip
DEATHS = [
    202, 52, 36, 38, 79, 104, 121, 164, 313, 499, 764, 1264, 1323, 1610, 2600, 4390, 8743, 7488, 23298,
]  # fmt: skip
DISABLED = [
    0, 0.048, 0.03, 0.072, 0.098, 0.087, 0.096, 0.089, 0.142, 0.122, 0.195, 0.161, 0.298, 0.234, 0.257,
    0.345, 0.431, 0.431, 0.513,
]  # fmt: skip
ASKED = [
    52, 230, 257, 275, 281, 342, 402, 426, 437, 446, 438, 424, 407, 310, 398, 413, 310, 300, 647,
]  # fmt: skip


def test_published_worked_example() -> None:
    """EHEMU's practical guide to the Sullivan method, tables 3.3 and 4.2 (women, Belgium 2004).

    From age 1: the guide takes infant deaths from elsewhere. It closes the last band at 95 for its variance;
    ours is open, so variances due to deaths are compared as what the bands from 1 to 84 contribute.
    """
    table = abridged_life_table(AGES, PEOPLE, DEATHS)
    health = 1 - np.array(DISABLED)
    known = healthy_life_table(table, health, np.inf)
    assert table.at(1) == pytest.approx(80.66572, abs=2e-5)
    assert table.at(65) == pytest.approx(19.82798, abs=2e-5)
    for age, expected in ((1, 65.78242), (40, 30.61079), (65, 12.26949), (85, 2.61606)):
        assert known.at(age) == pytest.approx(expected, abs=2e-5)
    asked = healthy_life_table(table, health, ASKED)
    due_to_share = asked.variance - known.variance
    for age, error in ((1, 0.35646), (40, 0.29477), (65, 0.21914), (85, 0.10556)):
        assert np.sqrt(due_to_share[AGES.index(age)]) == pytest.approx(error, abs=2e-5)
    reached = (table.survivors[-1] / table.survivors[1]) ** 2
    under_85 = known.variance[1] - reached * known.variance[-1]
    assert under_85 == pytest.approx((10629984.79628 - 22910.04126) / 99639.3742**2, rel=1e-4)


def test_published_table_of_france_1991() -> None:
    """Hauet, The Sullivan indicator: a cookbook (Euro-REVES, 1997), table 1, from age 65.

    Printed to one decimal; its share in the last band is printed as that with disability.
    """
    survivors = np.array([89367, 84968, 78012, 66625, 48532])
    years = np.array([436589, 408793, 364013, 290533, 289068])
    free = np.array([0.804, 0.714, 0.630, 0.487, 1 - 0.710])
    table = abridged_life_table([0, 5], [100, 100], [10, 20])
    table = type(table)(
        age_from=np.array([65.0, 70, 75, 80, 85]), survivors=survivors, died=survivors, years_lived=years,
        expectancy=np.ones(5), variance=np.zeros(5), hazard_variance=np.zeros(5), years_lost=np.zeros(5),
    )  # fmt: skip
    found = healthy_life_table(table, free, np.inf).expectancy
    assert list(found) == pytest.approx([12.3, 8.8, 5.8, 3.4, 1.7], abs=0.05)


bands = st.lists(st.floats(min_value=1e-4, max_value=0.3), min_size=19, max_size=19)
shares = st.lists(st.floats(min_value=0, max_value=1), min_size=19, max_size=19)


@given(rate=bands, health=shares)
def test_healthy_years_are_at_most_all_years(rate: list[float], health: list[float]) -> None:
    lived = np.full(19, 1000.0)
    table = abridged_life_table(AGES, lived, lived * np.array(rate))
    healthy = healthy_life_table(table, health, 100)
    assert (healthy.expectancy <= table.expectancy + 1e-9).all()
    assert (healthy.expectancy >= 0).all()
    assert (healthy.variance >= 0).all()


@given(rate=bands, share=st.floats(min_value=0, max_value=1))
def test_one_share_at_all_ages_is_that_share_of_life(rate: list[float], share: float) -> None:
    lived = np.full(19, 1000.0)
    table = abridged_life_table(AGES, lived, lived * np.array(rate))
    healthy = healthy_life_table(table, share, np.inf)
    assert healthy.expectancy == pytest.approx(share * table.expectancy)
    assert healthy.variance == pytest.approx(share**2 * table.variance)


@given(rate=bands, health=shares, band=st.integers(min_value=0, max_value=18))
def test_better_health_in_a_band_is_never_fewer_healthy_years(
    rate: list[float], health: list[float], band: int
) -> None:
    lived = np.full(19, 1000.0)
    table = abridged_life_table(AGES, lived, lived * np.array(rate))
    better = np.array(health)
    better[band] = 1.0
    gained = (
        healthy_life_table(table, better, 100).expectancy - healthy_life_table(table, health, 100).expectancy
    )
    assert (gained >= -1e-9).all()


def test_a_share_over_one_is_refused() -> None:
    table = abridged_life_table([0, 5], [100, 100], [10, 20])
    with pytest.raises(ValueError, match="between 0 and 1"):
        healthy_life_table(table, [0.5, 1.1], 10)
