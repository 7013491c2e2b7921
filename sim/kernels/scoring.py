"""A score for each row: a level by group, points for codes, points for how many codes count, two limits.

score = limit(level[group] + sum of points of counted and added codes + points by how many count
              + the lowest points among the rest)

All numbers are whole, so that sums over rows do not depend on their order.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
import numpy.typing as npt
from numba import njit

AGES_A_GROUP = 5
LAST_GROUP = 18
"""Groups are five years wide; the last, from 90, is open."""


class Scoring(NamedTuple):
    """What the loops need; K codes are scored, of which the first `counted` count and the next are added."""

    column: npt.NDArray[np.int64]
    """(K,) column of each code."""
    counted: int
    """How many of the first count towards their number."""
    added: int
    """How many, the counted ones included, are added up; of the others only the lowest is."""
    points: npt.NDArray[np.int32]
    """(K, codes) points of each code; nought for code 0 unless it has some."""
    by_number: npt.NDArray[np.int32]
    """(numbers,) points by how many of the counted codes are not 0; the last is open."""
    level: npt.NDArray[np.int32]
    """(2, groups) level by sex and age group."""
    threshold: npt.NDArray[np.int32]
    """(2, groups) score below which a row is under the line."""
    share_at: npt.NDArray[np.float64]
    """(2, groups) share of those exactly at the threshold who are above the line."""
    least: int
    greatest: int


@njit(cache=True)
def points_of(row, columns, column, counted, added, points, by_number):  # type: ignore[no-untyped-def]
    """Return the points of one row, without level and limits.

    What it reads comes as plain arrays: taken out of `Scoring` for each row they took three times as long.
    """
    total = 0
    number = 0
    for k in range(counted):
        code = columns[row, column[k]]
        number += code > 0
        total += points[k, code] if code else 0
    for k in range(counted, added):
        total += points[k, columns[row, column[k]]]
    lowest = 0
    for k in range(added, column.size):
        lowest = min(lowest, points[k, columns[row, column[k]]])
    return total + lowest + by_number[min(number, by_number.size - 1)]


@njit(cache=True)
def group_of(months):  # type: ignore[no-untyped-def]
    """Return the age group of an age in months."""
    return min(max(0, months // (12 * AGES_A_GROUP)), LAST_GROUP)


@njit(cache=True)
def add_points(columns, scoring, points):  # type: ignore[no-untyped-def]
    """Write the points of every row of `columns`, (N, K) codes, to `points`, (N,)."""
    column, counted, added = scoring.column, scoring.counted, scoring.added
    of_code, by_number = scoring.points, scoring.by_number
    for row in range(columns.shape[0]):
        points[row] = points_of(row, columns, column, counted, added, of_code, by_number)


@njit(cache=True)
def score_rows(rows, columns, sex, birth_month, month, scoring, score):  # type: ignore[no-untyped-def]
    """Write the score of some rows.

    Args:
        rows: (R,) rows.
        columns: (N, K) codes.
        sex: (N,) codes.
        birth_month: (N,) month of birth.
        month: Month of the run.
        scoring: What scores.
        score: (N,) written at `rows`.
    """
    column, counted, added, level = scoring.column, scoring.counted, scoring.added, scoring.level
    points, by_number, least, greatest = scoring.points, scoring.by_number, scoring.least, scoring.greatest
    for i in range(rows.size):
        row = rows[i]
        value = points_of(row, columns, column, counted, added, points, by_number)
        value += level[sex[row], group_of(month - birth_month[row])]
        score[row] = min(max(value, least), greatest)


@njit(cache=True)
def score_all(status, columns, sex, birth_month, month, scoring, score):  # type: ignore[no-untyped-def]
    """Write the score of every row whose status is 1; as `score_rows`."""
    column, counted, added, level = scoring.column, scoring.counted, scoring.added, scoring.level
    points, by_number, least, greatest = scoring.points, scoring.by_number, scoring.least, scoring.greatest
    for row in range(status.size):
        if status[row] == 1:
            value = points_of(row, columns, column, counted, added, points, by_number)
            value += level[sex[row], group_of(month - birth_month[row])]
            score[row] = min(max(value, least), greatest)


@njit(cache=True)
def share_above(score, sex, group, threshold, share_at):  # type: ignore[no-untyped-def]
    """Return how much of a row is above the line: 0, 1, or the share at the threshold itself."""
    line = threshold[sex, group]
    return share_at[sex, group] if score == line else np.float64(score > line)


@njit(cache=True)
def sum_scores(  # type: ignore[no-untyped-def]
    status, sex, quintile, part, cell, birth_month, month, band_of_age, score, scoring, by_cell, scored, above
):  # fmt: skip
    """Sum scores of those whose status is 1 by cell and by part, sex, quintile and band of age.

    Args:
        status: (N,) 1 for those who count.
        sex: (N,) codes.
        quintile: (N,) codes.
        part: (N,) codes.
        cell: (N,) cells.
        birth_month: (N,) month of birth.
        month: Month of the run.
        band_of_age: (ages,) band of each year of age.
        score: (N,) scores.
        scoring: What scores, for the line.
        by_cell: (cells,) whole sums, written.
        scored: (parts, 2, Q, bands) whole sums, written.
        above: (parts, 2, Q, bands) rows above the line, written.
    """
    by_cell[:] = 0
    scored[:] = 0
    above[:] = 0.0
    line, share_at = scoring.threshold, scoring.share_at
    for row in range(status.size):
        if status[row] == 1:
            age = month - birth_month[row]
            band = band_of_age[min(max(0, age // 12), band_of_age.size - 1)]
            s, q, p = sex[row], quintile[row], part[row]
            by_cell[cell[row]] += score[row]
            scored[p, s, q, band] += score[row]
            above[p, s, q, band] += share_above(score[row], s, group_of(age), line, share_at)
