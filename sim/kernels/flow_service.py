"""Joining a node, being blocked on the way to it, being served, and who is taken next."""

from __future__ import annotations

import math

import numpy as np

from sim.kernels.distributions import quantile
from sim.kernels.flow_calendar import push_event, step
from sim.kernels.flow_layout import (
    ALL_BLOCKED,
    BLOCKED,
    BLOCKED_FOR,
    BLOCKED_HEAD,
    BLOCKED_HERE,
    BLOCKED_MASK,
    BLOCKED_TAIL,
    D_A,
    D_B,
    D_C,
    D_FAMILY,
    D_LOW,
    D_SPAN,
    END,
    EPISODE,
    HOLDS_UPSTREAM,
    IN_SERVICE,
    INTERNAL,
    INTERNAL_LIMIT,
    JOIN,
    KIND,
    LEFT,
    LIST_PRIORITY,
    N_ARRIVALS,
    N_STARTS,
    NODE,
    OCCUPIED,
    OPEN,
    ORDER,
    PERSON_ID,
    PLACES,
    QUEUE,
    QUEUE_HEAD,
    QUEUE_INTERNAL,
    QUEUE_MASK,
    QUEUE_TAIL,
    REVISIT,
    START,
    STATUS,
    STREAM,
    TARGET,
    WAITED,
    WAITING,
    WORD_DELAY,
    WORD_ROUTE,
)  # fmt: skip
from sim.kernels.flow_places import (
    append,
    carry_hold,
    first_of,
    leave_stage,
    mark,
    place_held,
    priority_at,
    release_entity,
    touch,
    unlink,
)
from sim.kernels.randomness import philox4x32, uniform53

_NAN = math.nan


@step
def join(tables, state, entity, node, now, internal):  # type: ignore[no-untyped-def]
    """Put the entity into the node's queue; the look round after the event gives it a free place."""
    entity_int, node_int = state.entity_int, state.node_int
    touch(state, node, now)
    entity_int[entity, NODE] = node
    entity_int[entity, STATUS] = WAITING
    entity_int[entity, INTERNAL] = internal
    entity_int[entity, OPEN] = 1
    state.entity_float[entity, JOIN] = now
    state.entity_float[entity, START] = _NAN
    state.entity_float[entity, END] = _NAN
    node_int[node, N_ARRIVALS] += 1
    node_int[node, QUEUE] += 1
    node_int[node, QUEUE_INTERNAL] += internal
    append(state, entity, node, priority_at(tables, state, entity, node), QUEUE_HEAD, QUEUE_TAIL, QUEUE_MASK)
    mark(state, node)


@step
def enter(tables, state, entity, node, now):  # type: ignore[no-untyped-def]
    """From another node: give back (or carry) the place held so far, and join this node."""
    if state.node_int[node, HOLDS_UPSTREAM] == 1:
        carry_hold(state, entity, now, node)
    else:
        leave_stage(state, entity, now, node)
    join(tables, state, entity, node, now, 1)


@step
def leave_queue(state, entity, node, now):  # type: ignore[no-untyped-def]
    """Take a waiting entity out of the node's queue."""
    touch(state, node, now)
    unlink(state, entity, node, QUEUE_HEAD, QUEUE_TAIL, QUEUE_MASK)
    state.node_int[node, QUEUE] -= 1
    state.node_int[node, QUEUE_INTERNAL] -= state.entity_int[entity, INTERNAL]


@step
def unblock(state, entity, now):  # type: ignore[no-untyped-def]
    """Take a blocked entity out of its target's list of blocked."""
    entity_int, node_int = state.entity_int, state.node_int
    node = entity_int[entity, NODE]
    target = entity_int[entity, TARGET]
    touch(state, node, now)
    unlink(state, entity, target, BLOCKED_HEAD, BLOCKED_TAIL, BLOCKED_MASK)
    node_int[node, BLOCKED_HERE] -= 1
    node_int[target, BLOCKED_FOR] -= 1
    state.counters[ALL_BLOCKED] -= 1


@step
def block(tables, state, entity, target, now):  # type: ignore[no-untyped-def]
    """The target is full: the entity stays where it is."""
    entity_int, node_int = state.entity_int, state.node_int
    node = entity_int[entity, NODE]
    touch(state, node, now)
    entity_int[entity, STATUS] = BLOCKED
    node_int[node, BLOCKED_HERE] += 1
    node_int[target, BLOCKED_FOR] += 1
    state.counters[ALL_BLOCKED] += 1
    priority = priority_at(tables, state, entity, target)
    append(state, entity, target, priority, BLOCKED_HEAD, BLOCKED_TAIL, BLOCKED_MASK)


@step
def start_service(tables, state, entity, node, now):  # type: ignore[no-untyped-def]
    """Begin service: one keyed draw gives the service time and the words for route and delay."""
    entity_int, value = state.entity_int, state.entity_float
    kind = entity_int[entity, KIND]
    revisit = state.node_int[node, REVISIT]
    ordinal = 0
    if revisit >= 0:
        ordinal = state.visits[entity, revisit]
        state.visits[entity, revisit] = ordinal + 1
    w0, w1, w2, w3 = philox4x32(
        np.uint32(entity_int[entity, PERSON_ID]),
        np.uint32(entity_int[entity, EPISODE]),
        np.uint32(state.node_int[node, STREAM]),
        np.uint32(ordinal),
        state.key[0],
        state.key[1],
    )
    entity_int[entity, WORD_ROUTE] = w2
    entity_int[entity, WORD_DELAY] = w3
    duration = draw(tables, tables.service[node, kind], uniform53(w0, w1)) * tables.service_scale[node, kind]
    value[entity, START] = now
    value[entity, END] = now + duration
    entity_int[entity, STATUS] = IN_SERVICE
    state.node_int[node, N_STARTS] += 1
    state.node_float[node, WAITED] += now - value[entity, JOIN]
    push_event(state, now + duration, entity)


@step
def draw(tables, row, u):  # type: ignore[no-untyped-def]
    """Value of one declared distribution at one uniform (truncation is a narrower span of probability)."""
    d = tables.distribution
    inside = d[row, D_LOW] + u * d[row, D_SPAN]
    return quantile(np.int64(d[row, D_FAMILY]), d[row, D_A], d[row, D_B], d[row, D_C], inside, tables.points)


@step
def fill(tables, state, node, now):  # type: ignore[no-untyped-def]
    """Give free places to the most urgent of the waiting and blocked, then let the blocked queue."""
    node_int, entity_int = state.node_int, state.entity_int
    while node_int[node, OCCUPIED] < node_int[node, PLACES]:
        entity = first_of(state, node, QUEUE_HEAD, QUEUE_MASK)
        other = first_of(state, node, BLOCKED_HEAD, BLOCKED_MASK)
        if other >= 0 and (entity < 0 or _before(entity_int, other, entity)):
            entity = other
            unblock(state, entity, now)
            enter(tables, state, entity, node, now)
        if entity < 0:
            break
        leave_queue(state, entity, node, now)
        node_int[node, OCCUPIED] += 1
        start_service(tables, state, entity, node, now)
    limit = node_int[node, INTERNAL_LIMIT]
    while node_int[node, BLOCKED_MASK] != 0 and node_int[node, QUEUE_INTERNAL] < limit:
        entity = first_of(state, node, BLOCKED_HEAD, BLOCKED_MASK)
        unblock(state, entity, now)
        enter(tables, state, entity, node, now)


@step
def _before(entity_int, one, other):  # type: ignore[no-untyped-def]
    """Whether `one` comes before `other`: by priority, then by who asked first."""
    difference = entity_int[one, LIST_PRIORITY] - entity_int[other, LIST_PRIORITY]
    return difference < 0 or (difference == 0 and entity_int[one, ORDER] < entity_int[other, ORDER])


@step
def ask(tables, state, entity, now):  # type: ignore[no-untyped-def]
    """The entity asks for its target: it leaves, enters, or is blocked."""
    entity_int, node_int = state.entity_int, state.node_int
    target = entity_int[entity, TARGET]
    if target < 0:
        leave_stage(state, entity, now, target)
        release_entity(state, entity)
        state.counters[LEFT] += 1
        return
    has_queue_room = node_int[target, QUEUE_INTERNAL] < node_int[target, INTERNAL_LIMIT]
    if place_held(state, entity) == target and (entity_int[entity, NODE] != target or not has_queue_room):
        take_own_place(tables, state, entity, target, now)
        return
    nobody_before = node_int[target, QUEUE_MASK] == 0 and node_int[target, BLOCKED_MASK] == 0
    has_place = node_int[target, OCCUPIED] < node_int[target, PLACES] and nobody_before
    if has_place or has_queue_room:
        enter(tables, state, entity, target, now)
    else:
        block(tables, state, entity, target, now)


@step
def take_own_place(tables, state, entity, node, now):  # type: ignore[no-untyped-def]
    """Return to the node whose place is still held: service starts again in that place, without a queue."""
    leave_stage(state, entity, now, node)
    join(tables, state, entity, node, now, 1)
    leave_queue(state, entity, node, now)
    state.node_int[node, OCCUPIED] += 1
    start_service(tables, state, entity, node, now)
