"""Tables of a network in which ways on that are alike lie in one row, however many rows they had."""

from __future__ import annotations

from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from sim.kernels import flow_layout as at
from sim.kernels.flow_layout import Tables


def with_like_ways(tables: Tables) -> Tables:
    """Return tables that say the same, in which like delays are one row, and so are like rows of ways on.

    A scenario gives ways that it may change rows of their own; while they are alike, what is found out row by
    row need be found out once. Rows keep their places: those that nobody refers to any more stay.
    """
    delay = tables.edge[:, at.EDGE_DELAY]
    _, first, which = np.unique(tables.distribution, axis=0, return_index=True, return_inverse=True)
    edge = tables.edge.copy()
    edge[:, at.EDGE_DELAY] = np.where(delay >= 0, first[which.ravel()][delay], -1)
    return tables._replace(edge=edge, route_row=_like_rows(tables, edge)[tables.route_row])


def _like_rows(tables: Tables, edge: NDArray[np.int64]) -> NDArray[np.int64]:
    """Return for each routing row the first that says the same."""
    ends = tables.route_start.tolist()
    known: dict[bytes, int] = {}
    return np.array([
        known.setdefault(tables.route_cumulative[first:last].tobytes() + edge[first:last].tobytes(), row)
        for row, (first, last) in enumerate(pairwise(ends))
    ])  # fmt: skip


__all__ = ["with_like_ways"]
