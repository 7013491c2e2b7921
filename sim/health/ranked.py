"""Risk factors that follow a lasting rank: as people age, they keep their place among people like them.

Body mass index, cholesterol, activity and alcohol have no published transition rates by age, sex and
quintile, but published prevalences of levels. Each resident keeps one keyed rank per factor, and on every
birthday the level is read from the prevalences of the new age at that rank. The start population is drawn
with the same ranks, so nothing jumps at the start.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
import numpy.typing as npt
from numba import njit

from sim.kernels.randomness import philox4x32, uniform32


class Ranked(NamedTuple):
    """F factors. column: (F,); stream: (F,); upto: (F, 2, 111, 5, L) cumulated share of levels."""

    column: npt.NDArray[np.int64]
    stream: npt.NDArray[np.uint32]
    upto: npt.NDArray[np.float64]


@njit(cache=True)
def relevel(rows, person, birth_month, month, columns, sex_column, quintile_column, ranked, key):  # type: ignore[no-untyped-def]
    """Set the levels of ranked factors of these rows for their age in `month`.

    Args:
        rows: Rows whose birthday it is.
        person: (N,) identity.
        birth_month: (N,) month of birth.
        month: Month of the run.
        columns: (N, K) codes, written.
        sex_column: Which column holds sex.
        quintile_column: Which column holds the quintile.
        ranked: `Ranked`.
        key: Key of the synthetic population: the rank is the one of the start.
    """
    for row in rows:
        age = min(max(0, (np.int64(month) - birth_month[row]) // 12), 110)
        for f in range(ranked.column.size):
            words = philox4x32(person[row], np.uint32(0), ranked.stream[f], np.uint32(0), key[0], key[1])
            rank = uniform32(words[0])
            upto = ranked.upto[f, columns[row, sex_column], age, columns[row, quintile_column]]
            level = 0
            while level < upto.size - 1 and rank >= upto[level]:
                level += 1
            columns[row, ranked.column[f]] = level


def names(factors: Sequence[str], dynamic: Sequence[str]) -> tuple[str, ...]:
    """Return the factors that follow a rank: all that have no transitions of their own."""
    return tuple(factor for factor in factors if factor not in dynamic)
