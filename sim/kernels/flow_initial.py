"""People who are in the network when its clock starts: in service since some time, or waiting."""

from __future__ import annotations

import math

from numba import njit

from sim.kernels.flow_arriving import new_entity
from sim.kernels.flow_calendar import forget_event, push_event
from sim.kernels.flow_events import look_round
from sim.kernels.flow_layout import ARRIVAL_NODE, END, JOIN, OCCUPIED, START, UNITS, WAITED
from sim.kernels.flow_service import join, leave_queue, next_fall, start_service


@njit(cache=True, _nrt=False)
def place_people(tables, state, joined, started, ends):  # type: ignore[no-untyped-def]
    """Put the rows of the arrival stream into the network at its clock; rows in service come first in effect.

    Args:
        tables: The network's tables.
        state: The network before anything has happened; its arrival rows are the people.
        joined: Minute at which each joined the queue, (n,).
        started: Minute at which service began, NaN for who still waits, (n,).
        ends: Minute at which service will end, (n,).
    """
    now = state.clock[0]
    for row in range(joined.shape[0]):
        entity = new_entity(state, row)
        node = state.arrival_int[row, ARRIVAL_NODE]
        join(tables, state, entity, node, now, 0)
        state.entity_float[entity, JOIN] = joined[row]
        if math.isnan(started[row]):
            continue
        leave_queue(state, entity, node, now)
        start_service(tables, state, entity, node, now)
        state.node_float[node, WAITED] = 0.0
        forget_event(state, entity)
        state.entity_float[entity, START] = started[row]
        state.entity_float[entity, END] = ends[row]
        fall_at = next_fall(tables, state, entity, node)
        while fall_at <= now and fall_at < ends[row]:
            state.entity_int[entity, UNITS] -= 1
            state.node_int[node, OCCUPIED] -= 1
            fall_at = next_fall(tables, state, entity, node)
        push_event(state, max(fall_at, now), entity)
    look_round(tables, state, now)


__all__ = ["place_people"]
