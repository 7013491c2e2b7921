"""Measures of inequality against published and hand-worked figures, and their invariants."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from results.inequality import (
    absolute_gap,
    all_quantities,
    concentration_curve,
    concentration_index,
    relative_gap,
    relative_index,
    ridits,
    slope_index,
)

positive = st.floats(min_value=0.5, max_value=1000)
fifths = st.lists(positive, min_size=5, max_size=5)


def test_concentration_index_of_the_world_bank_example() -> None:
    """Under-five deaths per 1,000 births in India by wealth, 1982-92.

    O'Donnell O and others, Analyzing Health Equity Using Household Survey Data, World Bank, 2008, chapter 8
    (and Quantitative Techniques for Health Equity Analysis, Technical Note 7): concentration index -0.1694.
    """
    births = [29939, 28776, 26528, 24689, 19739]
    deaths_per_1000 = [154.7, 152.9, 119.5, 86.9, 54.3]
    assert concentration_index(deaths_per_1000, births) == pytest.approx(-0.1694, abs=0.0001)


def test_concentration_curve_of_the_world_bank_example() -> None:
    """The same births and deaths: twice the area between diagonal and curve is the published -0.1694.

    Cumulative shares follow from the published births and rates (deaths 4632, 4400, 3170, 2145, 1072).
    """
    births = [29939, 28776, 26528, 24689, 19739]
    people, deaths = concentration_curve([154.7, 152.9, 119.5, 86.9, 54.3], births)
    assert people == pytest.approx([0, 0.231, 0.453, 0.657, 0.848, 1], abs=0.0005)
    assert deaths == pytest.approx([0, 0.300, 0.586, 0.791, 0.930, 1], abs=0.0005)
    assert 1 - 2 * np.trapezoid(deaths, people) == pytest.approx(-0.1694, abs=0.0001)


@pytest.mark.parametrize(
    ("values", "people", "slope", "ratio"),
    [
        (
            [75.9334590103081, 78.3442382727843, 83.8360631041654, 83.6375399664931, 80.4655031529559],
            [7291, 7997, 6105, 7666, 5790], 7.919334147100874, 1.1037116952527257,
        ),
        (
            [5.892220, 4.734504, 3.827634, 3.868138, 3.677157, 3.143626, 3.125871, 2.942568, 2.828800,
             2.764810],
            [279012, 255993, 236961, 214315, 192812, 183546, 168593, 164822, 154836, 138165],
            -3.2752012, 0.4060007,
        ),
    ],
    ids=["life_expectancy_by_fifth", "infant_mortality_by_tenth"],
)  # fmt: skip
def test_slope_and_relative_index_of_public_health_england(
    values: list[float], people: list[int], slope: float, ratio: float
) -> None:
    """Reference figures that Public Health England publishes with PHEindicatormethods (testdata_SII, area 1).

    Its index is least less most deprived, and least over most: the other way round from ours.
    """
    assert -slope_index(values, people) == pytest.approx(slope, rel=1e-6)
    assert 1 / relative_index(values, people) == pytest.approx(ratio, rel=1e-6)


def test_slope_and_relative_index_worked_by_hand() -> None:
    """Equal fifths with values 50, 40, 30, 20, 10 lie on value = 55 - 50 ridit."""
    values, people = [50, 40, 30, 20, 10], [1, 1, 1, 1, 1]
    assert ridits(people) == pytest.approx([0.1, 0.3, 0.5, 0.7, 0.9])
    assert slope_index(values, people) == pytest.approx(50)
    assert relative_index(values, people) == pytest.approx(55 / 5)
    assert absolute_gap(values) == 40
    assert relative_gap(values) == 5


def test_unequal_weights_worked_by_hand() -> None:
    """A quarter and three quarters: ridits 0.125 and 0.625, so the slope is twice the difference."""
    assert ridits([1, 3]) == pytest.approx([0.125, 0.625])
    assert slope_index([10, 6], [1, 3]) == pytest.approx(8)
    assert relative_index([10, 6], [1, 3]) == pytest.approx(11 / 3)
    assert concentration_index([10, 6], [1, 3]) == pytest.approx(
        2 * (0.25 * 10 * 0.125 + 0.75 * 6 * 0.625) / 7 - 1
    )


@given(value=positive, people=fifths)
def test_neutral_input_has_zero_slope(value: float, people: list[float]) -> None:
    found = all_quantities([value] * 5, people)
    assert found["slope_index"] == pytest.approx(0, abs=1e-9 * value)
    assert found["absolute_gap"] == 0
    assert found["relative_gap"] == 1
    assert found["relative_index"] == pytest.approx(1)
    assert found["concentration_index"] == pytest.approx(0, abs=1e-9)


@given(values=fifths, people=fifths, shift=positive, factor=st.floats(min_value=0.1, max_value=10))
def test_shift_and_scale(values: list[float], people: list[float], shift: float, factor: float) -> None:
    value = np.array(values)
    slope = slope_index(value, people)
    near = {"rel": 1e-6, "abs": 1e-6}
    assert slope_index(value + shift, people) == pytest.approx(slope, **near)
    assert slope_index(value * factor, people) == pytest.approx(slope * factor, **near)
    assert slope_index(value, np.array(people) * factor) == pytest.approx(slope, **near)
    assert relative_index(value * factor, people) == pytest.approx(relative_index(value, people), nan_ok=True)
    assert concentration_index(value * factor, people) == pytest.approx(
        concentration_index(value, people), **near
    )


@given(values=fifths, people=fifths)
def test_turning_the_order_round_turns_the_sign(values: list[float], people: list[float]) -> None:
    near = {"rel": 1e-6, "abs": 1e-6}
    assert slope_index(values[::-1], people[::-1]) == pytest.approx(-slope_index(values, people), **near)
    assert absolute_gap(values[::-1]) == -absolute_gap(values)
    turned = concentration_index(values[::-1], people[::-1])
    assert turned == pytest.approx(-concentration_index(values, people), **near)


@given(values=fifths, people=fifths)
def test_the_same_per_cent_everywhere_narrows_the_absolute_and_not_the_relative_gap(
    values: list[float], people: list[float]
) -> None:
    """DESIGN section 15, rule 7."""
    before, after = (all_quantities(np.array(values) * factor, people) for factor in (1.0, 0.9))
    assert abs(after["absolute_gap"]) <= abs(before["absolute_gap"])
    assert after["relative_gap"] == pytest.approx(before["relative_gap"])


def test_many_replicates_at_once() -> None:
    values = np.random.default_rng(1).uniform(1, 9, (4, 5))
    people = np.array([1, 2, 3, 4, 5])
    one_by_one = [slope_index(row, people) for row in values]
    assert slope_index(values, people) == pytest.approx(one_by_one)


@given(values=fifths, people=fifths)
def test_the_index_is_twice_the_area_beside_the_curve(values: list[float], people: list[float]) -> None:
    along, held = concentration_curve(values, people)
    assert concentration_index(values, people) == pytest.approx(1 - 2 * np.trapezoid(held, along), abs=1e-9)
    assert (np.diff(held) > 0).all()
    assert held[-1] == pytest.approx(1)


@given(value=positive, people=fifths)
def test_neutral_input_has_a_curve_on_the_diagonal(value: float, people: list[float]) -> None:
    along, held = concentration_curve([value] * 5, people)
    assert held == pytest.approx(along)


@given(values=fifths, people=fifths, order=st.permutations(range(5)))
def test_replicates_may_come_in_any_order(values: list[float], people: list[float], order: list[int]) -> None:
    """Each replicate's index is its own: shuffling replicates shuffles the indices."""
    table = np.array([np.roll(values, number) for number in range(5)])
    for found, shuffled in zip(
        all_quantities(table, people).values(), all_quantities(table[order], people).values(), strict=True
    ):
        np.testing.assert_allclose(np.asarray(found)[order], shuffled)
