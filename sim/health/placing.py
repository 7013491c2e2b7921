"""Who has a condition at the start: as many of each cell as its table asks, not as chance has it.

Independent draws scatter about the table (lung cancer: 1,516 cases, 39 by chance) and the dynamics then carry
a prevalence back to it: a transient that nothing causes. So the places that residents drew are ranked by how
far they lie within their probability, and the first of a cell have it (sequential Poisson sampling: Ohlsson
E, J Off Stat 1998;14:149-162). Who goes with whom, and who is likelier to have it, stays as it was.
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

FloatArray = npt.NDArray[np.float64]
IntArray = npt.NDArray[np.int64]
_NOBODY = -1.0


def ranked_places(place: FloatArray, probability: FloatArray) -> FloatArray:
    """Return places over probabilities, (N,): below one are those whom an independent draw would choose."""
    out = np.full(place.size, np.inf)
    np.divide(place, probability, out=out, where=probability > 0.0)
    return out


def limits(rank: FloatArray, cell: IntArray, asked: FloatArray) -> FloatArray:
    """Return the largest rank of each cell that is chosen, (cells,), below 0 where nobody is.

    Args:
        rank: (N,) ranks by `ranked_places`; infinite for those who cannot be chosen.
        cell: (N,) cell of each.
        asked: (cells,) how many of each cell are to be chosen; parts of persons are carried to the next cell,
            so that any cells in a row have what they ask together, within one.
    """
    number = np.diff(np.floor(np.cumsum(asked) + 0.5), prepend=0.0).astype(np.int64)
    order = np.lexsort((rank, cell))
    count = np.bincount(cell, minlength=asked.size)
    first = np.cumsum(count) - count
    chosen = np.minimum(number, np.bincount(cell, np.isfinite(rank), minlength=asked.size).astype(np.int64))
    last = np.clip(first + chosen - 1, 0, max(order.size - 1, 0))
    return np.where(chosen > 0, rank[order][last], _NOBODY)
