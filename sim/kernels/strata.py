"""Passes over rows by age: whose birthday it is, where rows stand in tables, and who is drawn at a chance."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
import numpy.typing as npt
from numba import njit

from sim.kernels.randomness import philox4x32, uniform32

_MONTHS = 12
_BLOCK = 1024  # rows whose random words are made at once


class Axes(NamedTuple):
    """Where codes stand in the two tables by which rows are counted and by which they have rates.

    cell: (4,) columns of the axes of the cell that precede the age band, the slowest first.
    cell_size: (5,) lengths of the axes of the cell, the age band last.
    stratum: (4,) columns of the stratum: before the age band, after it, and the last but the count, the last.
    stratum_size: (6,) lengths: first column, age band, two columns, the number of codes above 0, last column.
    counted: (n,) columns of which those above 0 are counted.
    band: (ages,) age band of each year of age; the last is open.
    """

    cell: npt.NDArray[np.int64]
    cell_size: npt.NDArray[np.int64]
    stratum: npt.NDArray[np.int64]
    stratum_size: npt.NDArray[np.int64]
    counted: npt.NDArray[np.int64]
    band: npt.NDArray[np.uint8]


@njit(cache=True)
def place_rows(rows, month, birth_month, columns, axes, cell, stratum):  # type: ignore[no-untyped-def]
    """Write cell and stratum of some rows for their age in a month.

    Args:
        rows: (n,) rows.
        month: Month of the run.
        birth_month: (N,) month of birth.
        columns: (N, K) codes.
        axes: `Axes`.
        cell: (N,) written at `rows`.
        stratum: (N,) written at `rows`.
    """
    of_cell, cell_size, of_stratum, size = axes.cell, axes.cell_size, axes.stratum, axes.stratum_size
    counted, band_of = axes.counted, axes.band
    for row in rows:
        age = (np.int64(month) - birth_month[row]) // _MONTHS
        band = band_of[min(max(0, age), band_of.size - 1)]
        place = np.int64(columns[row, of_cell[0]])
        for axis in range(1, of_cell.size):
            place = place * cell_size[axis] + columns[row, of_cell[axis]]
        cell[row] = place * cell_size[of_cell.size] + band
        number = 0
        for column in counted:
            number += columns[row, column] > 0
        place = np.int64(columns[row, of_stratum[0]]) * size[1] + band
        place = place * size[2] + columns[row, of_stratum[1]]
        place = place * size[3] + columns[row, of_stratum[2]]
        place = place * size[4] + min(number, size[4] - 1)
        stratum[row] = place * size[5] + columns[row, of_stratum[3]]


@njit(cache=True)
def birthday_rows(birth_month, month):  # type: ignore[no-untyped-def]
    """Return the rows whose birthday falls in a month, from their months of birth, (N,)."""
    rows = np.empty(birth_month.size, np.int64)
    found = 0
    for row in range(birth_month.size):
        rows[found] = row
        found += (np.int64(month) - birth_month[row]) % _MONTHS == 0
    return rows[:found].copy()


@njit(cache=True)
def drawn_rows(  # type: ignore[no-untyped-def]
    status, person, birth_month, month, sex, quintile, code, chance, occasion, stream, key
):
    """Return rows drawn at a chance by sex, age and quintile, and a second uniform of each.

    Only those whose status is 1 and whose code is 0 are drawn from. The uniforms are the first two of
    `keyed_uniforms`; random words are made for many rows at once, which is seven times as fast.

    Args:
        status: (N,) 1 for those who count.
        person: (N,) identity.
        birth_month: (N,) month of birth.
        month: Month of the run.
        sex: (N,) codes.
        quintile: (N,) codes.
        code: (N,) codes.
        chance: (2, ages, Q) chances; the last age is open.
        occasion: Calendar month.
        stream: `stream_key` of the decision.
        key: The two words of `replicate_key`.
    """
    rows, second = np.empty(_BLOCK, np.int64), np.empty(_BLOCK)
    here, who, likely = np.empty(_BLOCK, np.int64), np.empty(_BLOCK, np.uint32), np.empty(_BLOCK)
    words = np.empty((2, _BLOCK), np.uint32)
    first_word, second_word = words[0], words[1]
    key0, key1, found = key[0], key[1], 0
    for start in range(0, status.size, _BLOCK):
        n = 0
        for row in range(start, min(start + _BLOCK, status.size)):
            if status[row] == 1 and code[row] == 0:
                age = min(max(0, (np.int64(month) - birth_month[row]) // _MONTHS), chance.shape[1] - 1)
                here[n], who[n], likely[n] = row, person[row], chance[sex[row], age, quintile[row]]
                n += 1
        for i in range(n):
            block = philox4x32(who[i], occasion, stream, np.uint32(0), key0, key1)
            first_word[i] = block[0]
            second_word[i] = block[1]
        if found + n > rows.size:
            rows, second = _doubled(rows), _doubled(second)
        for i in range(n):
            if uniform32(first_word[i]) < likely[i]:
                rows[found], second[found] = here[i], uniform32(second_word[i])
                found += 1
    return rows[:found].copy(), second[:found].copy()


@njit(cache=True)
def _doubled(values):  # type: ignore[no-untyped-def]
    out = np.empty(2 * values.size, values.dtype)
    out[: values.size] = values
    return out
