"""Joining a node, being blocked on the way to it, being served, and who is taken next."""

from __future__ import annotations

import math

from sim.kernels.flow_calendar import forget_event, push_event, step
from sim.kernels.flow_draws import draw, this_visit, words
from sim.kernels.flow_layout import (
    ALL_BLOCKED,
    BLOCKED,
    BLOCKED_FOR,
    BLOCKED_HEAD,
    BLOCKED_HERE,
    BLOCKED_MASK,
    BLOCKED_TAIL,
    END,
    ESCALATED,
    ESCALATION_PLACES,
    HAS_CLOCKS,
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
    PLACES,
    QUEUE,
    QUEUE_HEAD,
    QUEUE_INTERNAL,
    QUEUE_MASK,
    QUEUE_TAIL,
    REVISIT,
    START,
    STATUS,
    TARGET,
    UNITS,
    WAITED,
    WAITING,
    WORD_DELAY,
    WORD_ROUTE,
)  # fmt: skip
from sim.kernels.flow_places import (
    carry_hold,
    first_of,
    free_places,
    insert,
    leave_stage,
    mark,
    new_turn,
    place_held,
    places_open,
    priority_at,
    release_entity,
    touch,
    unlink,
)
from sim.kernels.flow_waiting import set_clocks, set_patience
from sim.kernels.randomness import uniform53

_NAN = math.nan


@step
def begin(tables, state, entity, node, now, internal):  # type: ignore[no-untyped-def]
    """Join a node that has a place and be served at once: what `join` and the look round after it would do.

    Most people find a place, and this way they stand in no list (measured: 8% more events a second).
    """
    entity_int, node_int = state.entity_int, state.node_int
    touch(state, node, now)
    entity_int[entity, NODE] = node
    entity_int[entity, INTERNAL] = internal
    entity_int[entity, OPEN] = 1
    state.entity_float[entity, JOIN] = now
    node_int[node, N_ARRIVALS] += 1
    revisit = node_int[node, REVISIT]
    if revisit >= 0:
        state.visits[entity, revisit] += 1
    start_service(tables, state, entity, node, now)


@step
def join(tables, state, entity, node, now, internal, turn):  # type: ignore[no-untyped-def]
    """Put the entity into the node's queue; the look round after the event may take it out again.

    `turn` is when they asked for the node: those who were blocked on the way keep theirs.
    """
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
    priority = priority_at(tables, state, entity, node)
    insert(state, entity, node, priority, turn, QUEUE_HEAD, QUEUE_TAIL, QUEUE_MASK)
    revisit = node_int[node, REVISIT]
    if revisit >= 0:
        state.visits[entity, revisit] += 1
    if node_int[node, HAS_CLOCKS] == 1:
        set_clocks(tables, state, entity, node, now)
    mark(state, node)


@step
def move_on(state, entity, node, now):  # type: ignore[no-untyped-def]
    """On the way into another node: give back the place held so far, or carry it along."""
    if state.node_int[node, HOLDS_UPSTREAM] == 1:
        carry_hold(state, entity, now, node)
    else:
        leave_stage(state, entity, now, node)


@step
def leave_queue(state, entity, node, now):  # type: ignore[no-untyped-def]
    """Take a waiting entity out of the node's queue; its clocks are void."""
    touch(state, node, now)
    forget_event(state, entity)
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
    forget_event(state, entity)
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
    insert(state, entity, target, priority, new_turn(state), BLOCKED_HEAD, BLOCKED_TAIL, BLOCKED_MASK)
    set_patience(tables, state, entity, target, now)
    if node_int[target, ESCALATION_PLACES] > 0:
        mark(state, target)


@step
def start_service(tables, state, entity, node, now):  # type: ignore[no-untyped-def]
    """Take places and begin service: one keyed draw gives its time and the words for route and delay."""
    entity_int, value = state.entity_int, state.entity_float
    kind = entity_int[entity, KIND]
    w0, w1, w2, w3 = words(state, entity, node, this_visit(state, entity, node))
    entity_int[entity, WORD_ROUTE] = w2
    entity_int[entity, WORD_DELAY] = w3
    duration = draw(tables, tables.service[node, kind], uniform53(w0, w1)) * tables.service_scale[node, kind]
    value[entity, START] = now
    value[entity, END] = now + duration
    entity_int[entity, STATUS] = IN_SERVICE
    state.node_int[node, N_STARTS] += 1
    state.node_float[node, WAITED] += now - value[entity, JOIN]
    units = tables.uses[node, kind, 0]
    entity_int[entity, UNITS] = units
    state.node_int[node, OCCUPIED] += units
    push_event(state, next_fall(tables, state, entity, node), entity)


@step
def next_fall(tables, state, entity, node):  # type: ignore[no-untyped-def]
    """When somebody in service next needs a place less, or when their service ends.

    Needs fall from the first to the last number in equal steps: after 1/(n+1), 2/(n+1), ... of the service
    for n steps.
    """
    kind = state.entity_int[entity, KIND]
    first, last = tables.uses[node, kind, 0], tables.uses[node, kind, 1]
    units = state.entity_int[entity, UNITS]
    start, end = state.entity_float[entity, START], state.entity_float[entity, END]
    if units <= last:
        return end
    return start + (end - start) * (first - units + 1) / (first - last + 1)


@step
def fall(tables, state, entity, now):  # type: ignore[no-untyped-def]
    """Somebody in service needs one place less from now on."""
    node = state.entity_int[entity, NODE]
    free_places(state, node, 1, now)
    state.entity_int[entity, UNITS] -= 1
    push_event(state, next_fall(tables, state, entity, node), entity)


@step
def escalate(tables, state, node, now):  # type: ignore[no-untyped-def]
    """Open or close the node's escalation places, by how many are there or want to be."""
    count = state.node_int
    present = count[node, OCCUPIED] + count[node, QUEUE] + count[node, BLOCKED_FOR]
    places = count[node, PLACES]
    if count[node, ESCALATED] == 0:
        if places > 0 and present > tables.escalation[node, 0] * places:
            touch(state, node, now)
            count[node, ESCALATED] = 1
    elif places == 0 or present <= tables.escalation[node, 1] * places:
        touch(state, node, now)
        count[node, ESCALATED] = 0


@step
def fill(tables, state, node, now):  # type: ignore[no-untyped-def]
    """Give free places to the most urgent of the waiting and blocked, then let the blocked queue."""
    node_int, entity_int = state.node_int, state.entity_int
    if node_int[node, ESCALATION_PLACES] > 0:
        escalate(tables, state, node, now)
    places = places_open(state, node)
    while node_int[node, OCCUPIED] < places:
        entity = first_of(state, node, QUEUE_HEAD, QUEUE_MASK)
        other = first_of(state, node, BLOCKED_HEAD, BLOCKED_MASK)
        is_blocked = other >= 0 and (entity < 0 or _before(state, other, entity))
        if is_blocked:
            entity = other
        if entity < 0:
            break
        if node_int[node, OCCUPIED] + tables.uses[node, entity_int[entity, KIND], 0] > places:
            break  # nobody overtakes who needs fewer places
        if is_blocked:
            unblock(state, entity, now)
            move_on(state, entity, node, now)
            begin(tables, state, entity, node, now, 1)
        else:
            leave_queue(state, entity, node, now)
            start_service(tables, state, entity, node, now)
    limit = node_int[node, INTERNAL_LIMIT]
    while node_int[node, BLOCKED_MASK] != 0 and node_int[node, QUEUE_INTERNAL] < limit:
        entity = first_of(state, node, BLOCKED_HEAD, BLOCKED_MASK)
        unblock(state, entity, now)
        turn = state.entity_float[entity, ORDER]
        move_on(state, entity, node, now)
        join(tables, state, entity, node, now, 1, turn)


@step
def _before(state, one, other):  # type: ignore[no-untyped-def]
    """Whether `one` comes before `other`: by priority, then by who asked first."""
    difference = state.entity_int[one, LIST_PRIORITY] - state.entity_int[other, LIST_PRIORITY]
    order = state.entity_float
    return difference < 0 or (difference == 0 and order[one, ORDER] < order[other, ORDER])


@step
def has_place(tables, state, entity, node):  # type: ignore[no-untyped-def]
    """Whether a newcomer gets a place at once: enough are free and nobody is before them."""
    count = state.node_int
    nobody_before = count[node, QUEUE_MASK] == 0 and count[node, BLOCKED_MASK] == 0
    needed = tables.uses[node, state.entity_int[entity, KIND], 0]
    return nobody_before and count[node, OCCUPIED] + needed <= places_open(state, node)


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
    returns = place_held(state, entity) == target
    if returns and (entity_int[entity, NODE] != target or not has_queue_room):
        # back to the node whose place is still held: served again in that place, without a queue
        leave_stage(state, entity, now, target)
    elif has_place(tables, state, entity, target):
        move_on(state, entity, target, now)
        returns = False
    elif has_queue_room:
        move_on(state, entity, target, now)
        join(tables, state, entity, target, now, 1, new_turn(state))
        return
    else:
        block(tables, state, entity, target, now)
        return
    begin(tables, state, entity, target, now, 1)  # once, since each mention is compiled anew
    if not returns and node_int[target, ESCALATION_PLACES] > 0:
        mark(state, target)
