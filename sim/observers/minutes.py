"""A minute for some of the residents: when they died, left or were last in hospital."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

FloatArray = npt.NDArray[np.float64]
IntArray = npt.NDArray[np.int64]


class Minutes:
    """The minute of each row that has one; a number for every row would take four times the memory.

    Args:
        absent: What a row without a minute has.
    """

    BURNT_IN = ("_row", "_minute")

    def __init__(self, absent: float) -> None:
        self.absent = absent
        self._row = np.zeros(0, np.int32)  # rising
        self._minute = np.zeros(0)

    def of(self, rows: IntArray) -> FloatArray:
        """Return the minute of each row, (n,)."""
        found = np.full(rows.size, self.absent)
        if self._row.size:
            wanted = rows.astype(np.int32)
            at = np.minimum(np.searchsorted(self._row, wanted), self._row.size - 1)
            known = self._row[at] == wanted
            found[known] = self._minute[at[known]]
        return found

    def put(self, rows: IntArray, minutes: FloatArray) -> None:
        """Give rows their minutes; of a row that comes twice the last one stays."""
        row, last = np.unique(rows.astype(np.int32)[::-1], return_index=True)
        minute = minutes[::-1][last]
        at = np.searchsorted(self._row, row)
        known = np.zeros(row.size, np.bool_)
        inside = at < self._row.size
        known[inside] = self._row[at[inside]] == row[inside]
        self._minute[at[known]] = minute[known]
        self._row = np.insert(self._row, at[~known], row[~known])
        self._minute = np.insert(self._minute, at[~known], minute[~known])

    def put_sooner(self, rows: IntArray, minutes: FloatArray) -> None:
        """Give rows their minutes where these are sooner than what they have."""
        self.put(rows, np.minimum(self.of(rows), minutes))


__all__ = ["Minutes"]
