"""Iterative proportional fitting and controlled rounding keep what they promise for any table."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sim.population.fitting import (
    FittingError,
    Margin,
    controlled_round,
    fit_margins,
    largest_remainder,
    margin_of,
)

SEEDS = st.integers(0, 2**32 - 1)


def tables(seed: int, shape: tuple[int, ...]) -> tuple[np.ndarray, np.ndarray]:
    random = np.random.default_rng(seed)
    return random.uniform(0.1, 10.0, shape), random.uniform(0.1, 100.0, shape)


@given(seed=SEEDS, shape=st.tuples(*[st.integers(1, 5)] * 3))
def test_fit_has_every_margin(seed, shape):
    start, wanted = tables(seed, shape)
    margins = [
        Margin(name=str(axes), axes=axes, target=margin_of(wanted, axes))
        for axes in ((0, 1), (1, 2), (0,), (2,))
    ]
    fit = fit_margins(start, margins, tolerance=1e-8, max_iterations=20_000)
    assert fit.converged
    for margin in margins:
        np.testing.assert_allclose(margin_of(fit.table, margin.axes), margin.target, atol=1e-7)
        assert fit.gaps[margin.name] <= 1e-8


@given(seed=SEEDS)
def test_fit_keeps_the_odds_ratios_of_its_start(seed):
    start, wanted = tables(seed, (2, 2))
    margins = [Margin(name=str(a), axes=(a,), target=wanted.sum(axis=1 - a)) for a in (0, 1)]
    table = fit_margins(start, margins, tolerance=1e-10, max_iterations=20_000).table
    odds = [t[0, 0] * t[1, 1] / (t[0, 1] * t[1, 0]) for t in (start, table)]
    assert odds[1] == pytest.approx(odds[0], rel=1e-9)


@given(seed=SEEDS)
def test_first_margin_has_precedence_when_margins_contradict(seed):
    start, wanted = tables(seed, (3, 4))
    first = Margin(name="first", axes=(0,), target=wanted.sum(axis=1))
    other = Margin(name="other", axes=(1,), target=1.5 * wanted.sum(axis=0))
    fit = fit_margins(start, [first, other], max_iterations=50)
    assert not fit.converged
    np.testing.assert_allclose(fit.table.sum(axis=1), first.target)


def test_zeros_of_the_start_stay_zero():
    start = np.array([[0.0, 1.0], [1.0, 1.0]])
    margins = [Margin(name=str(a), axes=(a,), target=np.array([3.0, 7.0])) for a in (0, 1)]
    assert fit_margins(start, margins).table[0, 0] == 0.0


@pytest.mark.parametrize(
    ("target", "message"),
    [
        (np.array([1.0, 2.0, 3.0]), "shape"),
        (np.array([-1.0, 2.0]), "negative"),
        (np.array([np.nan, 2.0]), "missing"),
        (np.array([1.0, 2.0]), "none can be there"),
    ],
)
def test_impossible_margins_are_named(target, message):
    start = np.array([[0.0, 0.0], [1.0, 1.0]])
    with pytest.raises(FittingError, match=message):
        fit_margins(start, [Margin(name="rows", axes=(0,), target=target)])


@given(values=st.lists(st.floats(0.0, 1e6), min_size=1, max_size=30), total=st.integers(0, 10**6))
def test_largest_remainder_is_exact_and_near(values, total):
    array = np.array(values)
    if total > 0 and array.sum() <= 0:
        with pytest.raises(FittingError):
            largest_remainder(array, total)
        return
    rounded = largest_remainder(array, total)
    assert rounded.sum() == total
    scaled = array / array.max() * (total / (array / array.max()).sum()) if total > 0 else 0 * array
    assert np.abs(rounded - scaled).max() < 1 + 1e-5


@settings(max_examples=200, deadline=None)
@given(seed=SEEDS, rows=st.integers(1, 12), columns=st.integers(1, 8), keyed=st.booleans())
def test_controlled_rounding_keeps_both_totals_and_rounds_each_cell_up_or_down(seed, rows, columns, keyed):
    random = np.random.default_rng(seed)
    table = random.gamma(0.7, 2.0, (rows, columns)) * (random.random((rows, columns)) > 0.3)
    table[random.integers(rows, size=columns), np.arange(columns)] += 0.5
    table[np.arange(rows), random.integers(columns, size=rows)] += 0.5
    total = int(np.ceil(table.sum()))
    row_totals = largest_remainder(table.sum(axis=1), total)
    column_totals = largest_remainder(table.sum(axis=0), total)
    chance = random.random(table.shape) if keyed else None
    try:
        rounded = controlled_round(table, row_totals, column_totals, chance)
    except FittingError:
        # Rounding the totals can make them impossible for a table with zeros; then no fit exists either.
        margins = [
            Margin(name="rows", axes=(0,), target=row_totals.astype(float)),
            Margin(name="columns", axes=(1,), target=column_totals.astype(float)),
        ]
        assert not fit_margins(table, margins, tolerance=1e-7).converged
        return
    np.testing.assert_array_equal(rounded.sum(axis=1), row_totals)
    np.testing.assert_array_equal(rounded.sum(axis=0), column_totals)
    assert (rounded >= 0).all()
    assert (rounded[table == 0] == 0).all()
    np.testing.assert_array_equal(rounded, controlled_round(table, row_totals, column_totals, chance))


@settings(deadline=None)
@given(
    rows=st.lists(st.integers(0, 40), min_size=1, max_size=9),
    columns=st.lists(st.integers(1, 40), min_size=1, max_size=9),
)
def test_controlled_rounding_is_within_one_of_a_table_that_has_the_totals(rows, columns):
    row_totals = np.array(rows, dtype=np.int64)
    column_totals = largest_remainder(np.array(columns, dtype=float), int(row_totals.sum()))
    table = np.outer(row_totals, column_totals) / max(1, row_totals.sum())
    rounded = controlled_round(table, row_totals, column_totals)
    assert np.abs(rounded - table).max() < 1 + 1e-5


def test_keyed_rounding_is_nearly_unbiased():
    """Mean of 2,000 roundings of fractions 0.1 to 0.5 against the fractions.

    Bounds are six standard errors, a false alarm in 500 million per cell, plus 0.03 for the bias that
    sampling in proportion without replacement has in so small a table.
    """
    table = np.outer(np.array([1.0, 2.0]), np.array([0.1, 0.2, 0.3, 0.4]))
    random = np.random.default_rng(7)
    rows, columns = np.array([1, 2]), np.array([1, 1, 0, 1])
    columns = largest_remainder(table.sum(axis=0), 3)
    fitted = fit_margins(
        table,
        [
            Margin(name="rows", axes=(0,), target=rows.astype(float)),
            Margin(name="columns", axes=(1,), target=columns.astype(float)),
        ],
    ).table
    draws = np.mean(
        [controlled_round(table, rows, columns, random.random(table.shape)) for _ in range(2000)], axis=0
    )
    assert np.abs(draws - fitted).max() < 6 * np.sqrt(0.25 / 2000) + 0.03


def test_totals_that_disagree_are_refused():
    with pytest.raises(FittingError, match="row totals sum to 3"):
        controlled_round(np.ones((2, 2)), np.array([1, 2]), np.array([2, 2]))
