"""Arrivals from outside: they join, balk, are diverted or are turned away."""

from __future__ import annotations

import math

import numpy as np

from sim.kernels.flow_calendar import step
from sim.kernels.flow_draws import ARRIVAL_OCCASION, words
from sim.kernels.flow_layout import (
    ARRIVAL_EPISODE,
    ARRIVAL_ID,
    ARRIVAL_KIND,
    ARRIVAL_NODE,
    ARRIVAL_PRIORITY,
    ARRIVAL_SLOT,
    BALK_FIRST,
    BALK_LAST,
    BALKED,
    DIVERT,
    DIVERTED,
    EPISODE,
    ESCALATION_PLACES,
    EXTERNAL_LIMIT,
    FREE_HEAD,
    HOLD,
    KIND,
    LIVE,
    N_ARRIVALS,
    N_BALKED,
    N_DIVERTED,
    N_TURNED_AWAY,
    NEXT,
    OPEN,
    PERSON_ID,
    PERSON_SLOT,
    PRIORITY,
    QUEUE,
    QUEUE_INTERNAL,
    SLOT_NEXT,
    SLOT_PREVIOUS,
    TURNED_AWAY,
)  # fmt: skip
from sim.kernels.flow_places import mark, new_turn, release_entity, write_log
from sim.kernels.flow_prefetch import prefetch
from sim.kernels.flow_service import begin, has_place, join
from sim.kernels.randomness import uniform32

_NAN = math.nan


@step
def await_arrival(state, row):  # type: ignore[no-untyped-def]
    """Have at hand where the person of a coming arrival has their episodes: one line among megabytes."""
    if row < state.arrival_int.shape[0]:
        slot = state.arrival_int[row, ARRIVAL_SLOT]
        if slot >= 0:
            prefetch(state.slot_head, slot)


@step
def new_entity(state, row):  # type: ignore[no-untyped-def]
    """Take an entity from the pool for one arrival."""
    entity_int, counters, arrival = state.entity_int, state.counters, state.arrival_int
    entity = counters[FREE_HEAD]
    counters[FREE_HEAD] = entity_int[entity, NEXT]
    counters[LIVE] += 1
    slot = arrival[row, ARRIVAL_SLOT]
    entity_int[entity, PERSON_SLOT] = slot
    entity_int[entity, PERSON_ID] = arrival[row, ARRIVAL_ID]
    entity_int[entity, EPISODE] = arrival[row, ARRIVAL_EPISODE]
    entity_int[entity, KIND] = arrival[row, ARRIVAL_KIND]
    entity_int[entity, PRIORITY] = arrival[row, ARRIVAL_PRIORITY]
    entity_int[entity, HOLD] = -1
    entity_int[entity, OPEN] = 0
    for i in range(state.visits.shape[1]):
        state.visits[entity, i] = 0
    if slot >= 0:
        first = state.slot_head[slot]
        entity_int[entity, SLOT_PREVIOUS] = -1
        entity_int[entity, SLOT_NEXT] = first
        if first >= 0:
            entity_int[first, SLOT_PREVIOUS] = entity
        state.slot_head[slot] = entity
    return entity


@step
def balks(tables, state, entity, node):  # type: ignore[no-untyped-def]
    """Whether somebody from outside, seeing the queue, does not join it."""
    chance = 0.0
    for row in range(state.node_int[node, BALK_FIRST], state.node_int[node, BALK_LAST]):
        if state.node_int[node, QUEUE] >= tables.balking[row, 0]:
            chance = tables.balking[row, 1]
    if chance == 0.0:
        return False
    return uniform32(np.uint32(words(state, entity, node, ARRIVAL_OCCASION)[0])) < chance


@step
def arrive(tables, state, row, now):  # type: ignore[no-untyped-def]
    """Somebody arrives from outside: joins, balks, is diverted (perhaps again) or is turned away."""
    node_int = state.node_int
    entity = new_entity(state, row)
    node = state.arrival_int[row, ARRIVAL_NODE]
    while True:
        if has_place(tables, state, entity, node):
            begin(tables, state, entity, node, now, 0)
            if node_int[node, ESCALATION_PLACES] > 0:
                mark(state, node)
            return
        if balks(tables, state, entity, node):
            node_int[node, N_ARRIVALS] += 1
            node_int[node, N_BALKED] += 1
            write_log(state, entity, node, now, _NAN, _NAN, now, BALKED)
            release_entity(state, entity)
            return
        if node_int[node, QUEUE] - node_int[node, QUEUE_INTERNAL] < node_int[node, EXTERNAL_LIMIT]:
            join(tables, state, entity, node, now, 0, new_turn(state))
            return
        node_int[node, N_ARRIVALS] += 1
        other = node_int[node, DIVERT]
        if other < 0:
            node_int[node, N_TURNED_AWAY] += 1
            write_log(state, entity, node, now, _NAN, _NAN, now, TURNED_AWAY)
            release_entity(state, entity)
            return
        node_int[node, N_DIVERTED] += 1
        write_log(state, entity, node, now, _NAN, _NAN, now, DIVERTED - other)
        node = other
