"""Fitting a joint table to margins, and turning it into whole people without losing a margin.

Two steps make a population out of published tables that each tell a part of it. *Iterative proportional
fitting* (Deming and Stephan 1940) finds the joint table nearest to a start table, in relative entropy, that
has all the margins asked for. *Controlled rounding* (Cox 1987) then replaces every cell of a two-way table
by its floor or its ceiling so that integer row and column totals are met exactly.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from numba import njit

FloatArray = npt.NDArray[np.float64]
IntArray = npt.NDArray[np.int64]

_SNAP = 1e-6  # a cell nearer than this to a whole number is one: the fit is no more exact than that
_SMALLEST_ODDS = 1e-12


class FittingError(ValueError):
    """Margins that no table can have; the message names the margin and the first cell at fault."""


@dataclass(frozen=True, kw_only=True)
class Margin:
    """One margin that a joint table has to have."""

    name: str
    """What it is, for reports and errors."""
    axes: tuple[int, ...]
    """Axes of the joint table that the margin keeps, ascending."""
    target: FloatArray
    """Totals, in the shape of those axes."""


@dataclass(frozen=True, kw_only=True)
class Fit:
    """A fitted joint table and how near it came to each margin."""

    table: FloatArray
    """The joint table, in the shape of the start table."""
    iterations: int
    """Sweeps over all margins."""
    largest_gap: float
    """Largest absolute difference between a fitted and an asked margin cell."""
    gaps: dict[str, float]
    """The same for each margin by name."""
    converged: bool
    """Whether the largest gap is within the tolerance."""


def margin_of(table: FloatArray, axes: tuple[int, ...]) -> FloatArray:
    """Return `table` summed over all axes but `axes`."""
    others = tuple(axis for axis in range(table.ndim) if axis not in axes)
    summed: FloatArray = np.asarray(table.sum(axis=others))
    return summed


def fit_margins(
    start: FloatArray, margins: list[Margin], *, tolerance: float = 1e-6, max_iterations: int = 2000
) -> Fit:
    """Fit `start` to `margins` by iterative proportional fitting.

    Each sweep scales the table to every margin in turn, the first of the list last, so that on return the
    first margin is exact whatever the others ask: the list is in order of precedence.

    Args:
        start: Non-negative start table; zeros stay zero.
        margins: Margins in order of precedence. Their totals should agree; where they do not, the sweeps
            settle into a cycle and `converged` is False.
        tolerance: Largest gap in people that counts as met.
        max_iterations: Sweeps after which to stop.

    Returns:
        The fitted table with its gaps.

    Raises:
        FittingError: A margin has the wrong shape, is negative, or is positive where the table
            has only zeros.
    """
    table = start.astype(np.float64, copy=True)
    for margin in margins:
        _check(table, margin)
    gap, sweep = np.inf, 0
    while gap > tolerance and sweep < max_iterations:
        sweep += 1
        for margin in reversed(margins):
            _scale(table, margin)
        gap = max((_gap(table, margin) for margin in margins), default=0.0)
    gaps = {margin.name: _gap(table, margin) for margin in margins}
    return Fit(table=table, iterations=sweep, largest_gap=gap, gaps=gaps, converged=gap <= tolerance)


def _check(table: FloatArray, margin: Margin) -> None:
    """Raise FittingError when a table like this cannot have the margin."""
    shape = tuple(table.shape[axis] for axis in margin.axes)
    if margin.target.shape != shape:
        raise FittingError(f"margin {margin.name}: shape {margin.target.shape}, the table has {shape}")
    if not np.all(margin.target >= 0):
        raise FittingError(f"margin {margin.name}: a total is negative or missing")
    empty = (margin_of(table, margin.axes) == 0) & (margin.target > 0)
    if empty.any():
        where = tuple(int(i) for i in np.argwhere(empty)[0])
        raise FittingError(
            f"margin {margin.name}: {margin.target[where]:g} people asked for at {where}, none can be there"
        )


def _scale(table: FloatArray, margin: Margin) -> None:
    """Scale the table in place to have the margin."""
    found = margin_of(table, margin.axes)
    ratio = np.divide(margin.target, found, out=np.zeros_like(found), where=found > 0)
    others = tuple(axis for axis in range(table.ndim) if axis not in margin.axes)
    table *= np.expand_dims(ratio, others)


def _gap(table: FloatArray, margin: Margin) -> float:
    """Return the largest absolute gap of the margin."""
    return float(np.abs(margin_of(table, margin.axes) - margin.target).max(initial=0.0))


def largest_remainder(values: FloatArray, total: int) -> IntArray:
    """Round `values`, scaled to `total`, to integers that sum to `total` exactly (Hamilton's method).

    Every result is the floor or the ceiling of its scaled value; ties go to the earlier cell.

    Raises:
        FittingError: No value is positive while the total is, or a value is negative.
    """
    flat = values.astype(np.float64).ravel()
    if (flat < 0).any() or (total > 0 and flat.sum() <= 0) or total < 0:
        raise FittingError(f"cannot share out {total} over values that sum to {flat.sum():g}")
    if total == 0:
        return np.zeros(values.shape, dtype=np.int64)
    relative = flat / flat.max()
    scaled = relative * (total / relative.sum())
    whole = np.floor(scaled + _SNAP).astype(np.int64)
    left = total - int(whole.sum())
    order = np.argsort(-(scaled - whole), kind="stable")
    whole[order[:left]] += 1
    rounded: IntArray = whole.reshape(values.shape)
    return rounded


def controlled_round(
    table: FloatArray,
    row_totals: IntArray,
    column_totals: IntArray,
    uniforms: FloatArray | None = None,
) -> IntArray:
    """Round a two-way table to integers with exactly these row and column totals.

    The table is first fitted to the totals; every cell then becomes the floor or the ceiling of its fitted
    value. Which of them are rounded up is drawn in proportion to their fractions when `uniforms` are given
    (weighted sampling without replacement, Efraimidis and Spirakis 2006), else the largest fractions are;
    alternating paths mend what that leaves unmet, so that the totals always hold.

    Args:
        table: (R, C) non-negative; zeros stay zero.
        row_totals: (R,) integers.
        column_totals: (C,) integers with the same sum.
        uniforms: (R, C) numbers in (0, 1), keyed by cell, or None.

    Returns:
        (R, C) integers.

    Raises:
        FittingError: The totals disagree or no table with these zeros has them.
    """
    if int(row_totals.sum()) != int(column_totals.sum()):
        raise FittingError(f"row totals sum to {row_totals.sum()}, column totals to {column_totals.sum()}")
    rows, columns = row_totals.astype(np.float64), column_totals.astype(np.float64)
    margins = [
        Margin(name="rows", axes=(0,), target=rows),
        Margin(name="columns", axes=(1,), target=columns),
    ]
    fitted = fit_margins(table, margins, tolerance=_SNAP / 10).table
    whole = np.floor(fitted + _SNAP).astype(np.int64)
    fraction = np.maximum(fitted - whole, 0.0)
    allowed = fraction > _SNAP
    added = _fill(
        _rounding_order(fraction, uniforms),
        allowed,
        row_totals - whole.sum(axis=1),
        column_totals - whole.sum(axis=0),
        table > 0,
    )
    rounded: IntArray = whole + added
    if (rounded.sum(axis=1) != row_totals).any() or (rounded.sum(axis=0) != column_totals).any():
        raise FittingError("no table with these zeros has the row and column totals asked for")
    return rounded


def _rounding_order(fraction: FloatArray, uniforms: FloatArray | None) -> IntArray:
    """Return flat cell indices in the order in which they are considered for rounding up."""
    if uniforms is None:
        return np.argsort(-fraction.ravel(), kind="stable")
    odds = np.maximum(fraction, _SMALLEST_ODDS) / np.maximum(1.0 - fraction, _SMALLEST_ODDS)
    return np.argsort(-(np.log(uniforms) / odds).ravel(), kind="stable")


def _fill(order: IntArray, allowed: npt.NDArray[np.bool_], row_need: IntArray, column_need: IntArray,
          possible: npt.NDArray[np.bool_]) -> IntArray:  # fmt: skip
    """Return 0/1 additions (rarely 2) that meet the needs, first within `allowed`, then within `possible`."""
    added = np.zeros(allowed.shape, dtype=np.int64)
    rows, columns = row_need.astype(np.int64), column_need.astype(np.int64)
    _greedy(order, allowed, rows, columns, added)
    _augment(allowed, rows, columns, added)
    if rows.any():
        _augment(possible, rows, columns, added)
    return added


@njit(cache=True)
def _greedy(order, allowed, row_need, column_need, added):  # type: ignore[no-untyped-def]
    """Add one to each allowed cell in `order` whose row and column still need one."""
    n_columns = allowed.shape[1]
    for flat in order:
        row, column = flat // n_columns, flat % n_columns
        if allowed[row, column] and row_need[row] > 0 and column_need[column] > 0:
            added[row, column] = 1
            row_need[row] -= 1
            column_need[column] -= 1


@njit(cache=True)
def _augment(allowed, row_need, column_need, added):  # type: ignore[no-untyped-def]
    """Meet the remaining needs along alternating paths: breadth-first, one unit a path, in row order."""
    for row in range(row_need.size):
        while row_need[row] > 0:
            if not _one_path(row, allowed, column_need, added):
                break
            row_need[row] -= 1


@njit(cache=True)
def _one_path(start, allowed, column_need, added):  # type: ignore[no-untyped-def]
    """Add one unit to row `start`, moving units of other rows between columns if that is needed."""
    n_rows, n_columns = allowed.shape
    row_before_column = np.full(n_columns, -1, np.int64)
    column_before_row = np.full(n_rows, -1, np.int64)
    queue = np.empty(n_rows, np.int64)
    queue[0], head, tail = start, 0, 1
    while head < tail:
        row = queue[head]
        head += 1
        for column in range(n_columns):
            if not allowed[row, column] or added[row, column] > 0 or row_before_column[column] >= 0:
                continue
            row_before_column[column] = row
            if column_need[column] > 0:
                column_need[column] -= 1
                _flip(start, column, row_before_column, column_before_row, added)
                return True
            for other in range(n_rows):
                if added[other, column] > 0 and other != start and column_before_row[other] < 0:
                    column_before_row[other] = column
                    queue[tail] = other
                    tail += 1
    return False


@njit(cache=True)
def _flip(start, column, row_before_column, column_before_row, added):  # type: ignore[no-untyped-def]
    """Apply one alternating path, from its last column back to the row where it began."""
    while True:
        row = row_before_column[column]
        added[row, column] += 1
        if row == start:
            return
        column = column_before_row[row]
        added[row, column] -= 1
