"""What a network has in it, without its room to grow: kept as arrays, put back into a network that opens."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from sim.kernels import flow_layout as at
from sim.kernels.flow_layout import State, empty_like_rows, entity_rows
from sim.kernels.flow_opening import free_entities

_STREAMS = (
    ("arrival", at.ARRIVAL_AT), ("place", at.PLACE_AT), ("removal", at.REMOVAL_AT),
)  # fmt: skip
_WHOLE = ("slot_head", "node_int", "node_float", "work", "clock", "key")


def kept(state: State) -> dict[str, NDArray[Any]]:
    """Return all that a network has in it: rows in use, and of what was announced that which is to come.

    `Tables` and what follows from them (`ways`) are not among it. Many of the arrays are views.
    """
    counters = state.counters.copy()
    used = _entities_used(state)
    events, logged = int(counters[at.HEAP_SIZE]), int(counters[at.LOG_SIZE])
    found: dict[str, NDArray[Any]] = {name: getattr(state, name) for name in _WHOLE}
    found |= {
        "entity": state.entity_float[:used].view(np.uint64), "visits": state.visits[:used],
        "heap_time": state.heap_time[:events], "heap_key": state.heap_key[:events],
        "log_int": state.log_int[:logged], "log_float": state.log_float[:logged],
        "rooms": np.array([len(state.entity_int), len(state.log_int)]),
    }  # fmt: skip
    for name, counter in _STREAMS:
        done = int(counters[counter])
        found |= {f"{name}_{kind}": getattr(state, f"{name}_{kind}")[done:] for kind in ("time", "int")}
        counters[counter] = 0
    return found | {"counters": counters}


def put_back(state: State, found: dict[str, NDArray[Any]]) -> State:
    """Return a network just opened with what `kept` found in one of the same nodes."""
    capacity, log_rows = (int(rows) for rows in found["rooms"])
    ints, floats = entity_rows(capacity)
    used = len(found["entity"])
    visits = np.zeros((capacity, state.visits.shape[1]), state.visits.dtype)
    visits[:used] = found["visits"]
    arrays: dict[str, NDArray[Any]] = {name: found[name].copy() for name in (*_WHOLE, "counters")}
    for name, rows in (
        ("heap_time", 3 * capacity + 16), ("heap_key", 3 * capacity + 16),
        ("log_int", log_rows), ("log_float", log_rows),
    ):  # fmt: skip
        arrays[name] = empty_like_rows(getattr(state, name), rows)
        arrays[name][: len(found[name])] = found[name]
    for name, _ in _STREAMS:
        arrays |= {f"{name}_{kind}": found[f"{name}_{kind}"].copy() for kind in ("time", "int")}
    opened = state._replace(entity_int=ints, entity_float=floats, visits=visits, **arrays)
    first_free = int(opened.counters[at.FREE_HEAD])
    if used < capacity:
        free_entities(opened, used, capacity)
        ints[capacity - 1, at.NEXT] = -1
        opened.counters[at.FREE_HEAD] = first_free
    floats[:used] = found["entity"].view(np.float64)
    return opened


def _entities_used(state: State) -> int:
    """Return up to which row entities were ever used: those after it are as they were freed at first."""
    ints = state.entity_int
    rows = len(ints)
    fresh_ints, fresh_floats = entity_rows(1)
    fresh_ints[:, at.INT_COLUMNS] = -1
    fresh_ints[:, at.STATUS] = at.FREE
    fresh_floats[:, at.EVENT] = -1.0
    others = np.delete(np.arange(at.ENTITY_INTS), at.NEXT)
    following = np.append(np.arange(1, rows), -1)
    touched = (ints[:, others] != fresh_ints[0, others]).any(axis=1) | (ints[:, at.NEXT] != following)
    return int(np.flatnonzero(touched)[-1]) + 1 if touched.any() else 0
