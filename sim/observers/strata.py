"""From cells to the one-way strata that tables hold, and the bands of the mortality table."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np
import numpy.typing as npt

from sim.kernels.tally import add_margins
from sim.population.strata import AGE_BANDS, N_AGE_BANDS, OLDEST_AGE, QUINTILES, SEXES, cell_shape

FloatArray = npt.NDArray[np.float64]
MORTALITY_STARTS = (0, 1, *range(5, 95, 5))
"""First age of each band of the mortality table: 0, 1-4, 5-9, ..., 85-89, 90 and over."""


@dataclass(frozen=True, kw_only=True)
class Strata:
    """The cells of an area, and the names of their margins."""

    neighbourhoods: Sequence[str]
    councils: Sequence[str]

    @property
    def shape(self) -> tuple[int, int, int, int, int]:
        """(neighbourhood, council, quintile, sex, age band)."""
        return cell_shape(len(self.neighbourhoods), len(self.councils))

    @property
    def n_cells(self) -> int:
        """How many cells there are."""
        return int(np.prod(self.shape))

    @property
    def dimensions(self) -> tuple[tuple[str, Sequence[str]], ...]:
        """Name and levels of each axis of `shape`."""
        return (
            ("neighbourhood", self.neighbourhoods),
            ("council", self.councils),
            ("quintile", QUINTILES),
            ("sex", SEXES),
            ("age_band", AGE_BANDS),
        )

    @cached_property
    def labels(self) -> tuple[tuple[str, ...], tuple[str, ...]]:
        """Dimension and level of `all` and of every one-way stratum, in the order of `totals`."""
        pairs = [("all", "all")]
        pairs += [(dimension, level) for dimension, levels in self.dimensions for level in levels]
        dimensions, levels = zip(*pairs, strict=True)
        return tuple(dimensions), tuple(levels)

    def totals(self, by_cell: npt.NDArray[np.generic]) -> FloatArray:
        """Return the total of `all` and of every one-way stratum, in the order of `labels`.

        Args:
            by_cell: (cells,) counts.
        """
        table = np.asarray(by_cell, dtype=np.float64).reshape(self.shape)
        margins = np.zeros(1 + sum(self.shape))
        if add_margins(table, margins):
            return margins
        axes = range(table.ndim)
        by_axis = [table.sum(axis=tuple(other for other in axes if other != axis)) for axis in axes]
        return np.concatenate([[table.sum()], *by_axis])


class Bands:
    """Age band of residents by row: worked out for some of a million."""

    def __init__(self, cell: npt.NDArray[np.uint16]) -> None:
        self._cell = cell

    def __getitem__(self, rows: npt.NDArray[np.int64]) -> npt.NDArray[np.uint16]:
        """Return the age band of each row: the last attribute of its cell."""
        return self._cell[rows] % np.uint16(N_AGE_BANDS)


def mortality_band_of_age() -> npt.NDArray[np.int64]:
    """Return the mortality band of each single year of age, (111,)."""
    ages = np.arange(OLDEST_AGE + 1)
    return np.searchsorted(np.array(MORTALITY_STARTS), ages, side="right") - 1


def mortality_bands() -> list[tuple[int, int]]:
    """Return first and last age of each mortality band."""
    ends = [start - 1 for start in MORTALITY_STARTS[1:]] + [OLDEST_AGE]
    return list(zip(MORTALITY_STARTS, ends, strict=True))
