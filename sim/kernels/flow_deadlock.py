"""Finding a deadlock: a ring of full nodes in which everybody has finished and waits for the next to move."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from sim.kernels import flow_layout as at
from sim.kernels.flow_layout import State


def deadlocked_nodes(state: State) -> list[int]:
    """Nodes of one ring of mutually blocked full nodes, in the order in which each waits for the next.

    A node can still give a place when it has a free one, when somebody who holds a place there is being
    served or is on the way, when more places are announced, or when somebody who holds one waits for a node
    that can give one. What is left is stuck; a ring among the stuck is a deadlock (a node that is merely
    closed starts no ring).

    Returns:
        Indices of the nodes, or an empty list.
    """
    waits = _waits(state)
    free = _can_move(state)
    changed = True
    while changed:
        changed = False
        for holder, wanted in waits:
            if free[wanted] and not free[holder]:
                free[holder] = changed = True
    stuck = [(holder, wanted) for holder, wanted in waits if not free[holder] and not free[wanted]]
    return _ring(stuck)


def _waits(state: State) -> list[tuple[int, int]]:
    """Pairs (node whose place is held after service, node waited for), each once, sorted."""
    ints = state.entity_int
    rows = ints[(ints[:, at.STATUS] == at.BLOCKED) | (ints[:, at.STATUS] == at.WAITING)]
    blocked = rows[:, at.STATUS] == at.BLOCKED
    own = (rows[:, at.OPEN] == 1) & (state.node_int[rows[:, at.NODE], at.HOLDS_UPSTREAM] == 0)
    holder = np.where(blocked & own, rows[:, at.NODE], rows[:, at.HOLD])
    wanted = np.where(blocked, rows[:, at.TARGET], rows[:, at.NODE])
    pairs = {(int(a), int(b)) for a, b in zip(holder, wanted, strict=True) if a >= 0}
    return sorted(pairs)


def _can_move(state: State) -> NDArray[np.bool_]:
    """Nodes that have a free place, expect one, or have somebody in service or on the way. Shape (N,)."""
    nodes, ints = state.node_int, state.entity_int
    free = nodes[:, at.OCCUPIED] < nodes[:, at.PLACES]
    moving = ints[(ints[:, at.STATUS] == at.IN_SERVICE) | (ints[:, at.STATUS] == at.IN_DELAY)]
    serving = moving[moving[:, at.STATUS] == at.IN_SERVICE]
    free[serving[:, at.NODE]] = True
    free[moving[moving[:, at.OPEN] == 1][:, at.NODE]] = True
    free[moving[moving[:, at.HOLD] >= 0][:, at.HOLD]] = True
    coming = state.place_int[state.counters[at.PLACE_AT] :]
    free[coming[coming[:, at.PLACE_COUNT] > 0][:, at.PLACE_NODE]] = True
    return np.asarray(free, dtype=np.bool_)


def _ring(edges: list[tuple[int, int]]) -> list[int]:
    """One ring of a directed graph, or an empty list: follow the graph until a node comes twice."""
    following: dict[int, list[int]] = {}
    for a, b in edges:
        following.setdefault(a, []).append(b)
    reached_end: set[int] = set()
    for start, first_steps in following.items():
        path = [start]
        stack = [(start, iter(first_steps))]
        while stack:
            node, ahead = stack[-1]
            step = next(ahead, None)
            if step is None:
                reached_end.add(node)
                stack.pop()
                path.pop()
            elif step in path:
                return path[path.index(step) :]
            elif step not in reached_end and step in following:
                stack.append((step, iter(following[step])))
                path.append(step)
    return []
