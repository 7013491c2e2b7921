"""An empty network at its opening: the first arrays of the flow kernel."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from sim.kernels import flow_layout as at
from sim.kernels.flow_layout import FlowNetwork, State, Tables, entity_rows


def free_entities(state: State, first: int, last: int) -> None:
    """Put the rows from `first` up to `last` on the free list, lowest on top."""
    ints = state.entity_int
    ints[first:last, at.INT_COLUMNS] = -1
    ints[first:last, at.STATUS] = at.FREE
    state.entity_float[first:last, at.EVENT] = -1.0
    ints[first:last, at.NEXT] = np.arange(first + 1, last + 1)
    ints[last - 1, at.NEXT] = state.counters[at.FREE_HEAD]
    state.counters[at.FREE_HEAD] = first


def opening_state(
    network: FlowNetwork, capacity: int, rows: int, key: tuple[int, int], start: float, weekday: int
) -> State:
    """An empty network at its opening; `weekday` (Monday 0) is that of minute 0."""
    nodes = network.nodes
    n = len(network.node_names)
    revisit = revisited_nodes(network)
    node_int = np.zeros((n, at.NODE_INTS), dtype=np.int64)
    node_int[:, at.PLACES] = nodes.places
    node_int[:, at.EXTERNAL_LIMIT] = nodes.external_limit
    node_int[:, at.INTERNAL_LIMIT] = nodes.internal_limit
    node_int[:, at.DIVERT] = nodes.divert
    node_int[:, at.HOLDS_UPSTREAM] = nodes.holds_upstream
    node_int[:, at.STREAM] = nodes.stream
    node_int[:, at.REVISIT] = np.where(revisit, np.cumsum(revisit) - 1, -1)
    node_int[:, at.CLOCK_TO : at.CLOCK_TO + 4] = nodes.clock_to
    node_int[:, at.WORSENED_PRIORITY] = nodes.worsened_priority
    waiting = network.tables.clocks[:, :, : at.WAITING_CLOCKS]
    node_int[:, at.HAS_CLOCKS] = (waiting >= 0).any(axis=(1, 2))
    node_int[:, at.BALK_FIRST : at.BALK_LAST + 1] = nodes.balk_rows
    node_int[:, at.ESCALATION_PLACES] = nodes.escalation_places
    node_int[:, at.QUEUE_HEAD :] = -1
    node_float = np.zeros((n, at.NODE_FLOATS))
    node_float[:, at.LAST] = start
    counters = np.zeros(at.COUNTERS, dtype=np.int64)
    counters[at.FREE_HEAD] = -1
    counters[at.WEEK_SHIFT] = 24 * weekday
    entity_int, entity_float = entity_rows(capacity)
    state = State(
        entity_int=entity_int,
        entity_float=entity_float,
        visits=np.zeros((capacity, max(int(revisit.sum()), 1)), dtype=np.uint16),
        slot_head=np.full(1, -1, dtype=np.int32),
        node_int=node_int,
        node_float=node_float,
        heap_time=np.zeros(3 * capacity + 16),
        heap_key=np.zeros(3 * capacity + 16, dtype=np.int64),
        ways=ways_by_time(network.tables),
        work=np.zeros(n, dtype=np.int64),
        log_int=np.zeros((rows, 6), dtype=np.int32),
        log_float=np.zeros((rows, 4)),
        arrival_time=np.zeros(0),
        arrival_int=np.zeros((0, 6), dtype=np.int32),
        place_time=np.zeros(0),
        place_int=np.zeros((0, 2), dtype=np.int64),
        removal_time=np.zeros(0),
        removal_int=np.zeros((0, 2), dtype=np.int64),
        counters=counters,
        clock=np.array([start]),
        key=np.array(key, dtype=np.uint32),
    )
    free_entities(state, 0, capacity)
    return state


def ways_by_time(tables: Tables) -> NDArray[np.int32]:
    """Return the routing rows with times of the week first, (W, N, K): an hour reads 15 kB of them."""
    return np.ascontiguousarray(tables.route_row.transpose(2, 0, 1), dtype=np.int32)


def revisited_nodes(network: FlowNetwork) -> NDArray[np.bool_]:
    """Nodes that lie on a cycle of routes: only there can one episode be seen twice. Shape (N,)."""
    tables = network.tables
    n = len(network.node_names)
    reach = np.zeros((n, n), dtype=bool)
    for node in range(n):
        for row in np.unique(tables.route_row[node]):
            targets = tables.edge[tables.route_start[row] : tables.route_start[row + 1], at.EDGE_TARGET]
            reach[node, targets[targets >= 0]] = True
        # somebody blocked on the way to a node comes from those before it and goes on to its substitute
        others = network.nodes.clock_to[node]
        reach[node, others[others >= 0]] = True
    for middle in range(n):  # Warshall's transitive closure
        reach |= np.outer(reach[:, middle], reach[middle])
    return np.asarray(np.diagonal(reach).copy(), dtype=np.bool_)
