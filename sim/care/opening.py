"""Who is in a network when its clock starts: so many in service and waiting at each node, as keyed people.

Somebody found in service has been there for a time, and the longer a service, the likelier it is to be found:
the whole time has density t f(t) / mean and the time so far is uniform within it (Cox, Renewal Theory, 1962,
section 5.4).
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from sim.kernels.draws import keyed_uniforms
from sim.kernels.flow import FlowState
from sim.kernels.flow_draws import draw
from sim.kernels.flow_layout import Tables
from sim.kernels.randomness import stream_key

if TYPE_CHECKING:
    from sim.care.network import Network

_GRID = 4096  # points at which the length-biased distribution is tabulated


def place_initial(network: Network, state: FlowState, key: tuple[int, int]) -> None:
    """Put the people of the file's `initial` into a network whose clock has not started.

    Their kinds follow the node's own arrivals, or are all the first kind where it has none; each is keyed by
    the node and a number, so a node added elsewhere moves nobody.

    Args:
        network: The network.
        state: Its state, before anything has happened.
        key: Replicate key.
    """
    for node, (occupied, waiting) in sorted(network.initial.items()):
        n = occupied + waiting
        if not n:
            continue
        code = stream_key(f"initial/{network.node_names[node]}")
        u = keyed_uniforms(np.arange(n), 0, code, np.array(key, np.uint32))
        kind = _kinds(network, node, u[:, 0])
        total = _found_in_service(network.flow.tables, node, kind, u[:, 1])
        elapsed = np.where(np.arange(n) < occupied, u[:, 2] * total, math.nan)
        started = state.time - elapsed
        joined = np.where(np.isnan(started), state.time, started)
        priority = np.minimum(network.flow.tables.priority[node, kind].clip(0), 7)
        state.place(node, kind, priority, np.arange(n), code, joined, started, started + total)


def _kinds(network: Network, node: int, u: NDArray[np.float64]) -> NDArray[np.int64]:
    weights = [stream.weights for stream in network.streams if stream.node == node]
    if not weights:
        return np.zeros(len(u), dtype=np.int64)
    ends = np.cumsum(weights[0])
    return np.minimum(np.searchsorted(ends, u, side="right"), len(ends) - 1).astype(np.int64)


def _found_in_service(
    tables: Tables, node: int, kind: NDArray[np.int64], u: NDArray[np.float64]
) -> NDArray[np.float64]:
    """Whole service times of people found in service: drawn in proportion to their length. Shape (n,)."""
    found = np.zeros(len(kind))
    middles = (np.arange(_GRID) + 0.5) / _GRID
    for k in np.unique(kind):
        row = int(tables.service[node, k])
        times = np.sort([draw.py_func(tables, row, float(p)) for p in middles])
        times = times * tables.service_scale[node, k]
        mass = np.cumsum(times)
        if mass[-1] > 0.0:
            at = np.searchsorted(mass, u[kind == k] * mass[-1], side="right")
            found[kind == k] = times[np.minimum(at, _GRID - 1)]
    return found
