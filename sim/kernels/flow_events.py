"""The compiled event calendar: queues, places, blocking after service and edge delays, one event at a time.

Order of events at one instant: changes of places, removals, ends of service and of delays (in the order in
which they were scheduled), arrivals from outside. After each event every node that it touched is looked at
once more, first touched first, until no node can take anybody; nobody moves twice within one event.

When a place is free the node takes the waiting or blocked person of highest priority (0 first), and among
equals the one who asked first. `tests/twin/flow_twin.py` says the same slowly and must agree to the bit.
"""

from __future__ import annotations

import math

import numpy as np
from numba import njit

from sim.kernels.distributions import quantile
from sim.kernels.flow_layout import (
    ALL_BLOCKED, AREA_BLOCKED, AREA_DELAYED, AREA_HELD, AREA_OCCUPIED, AREA_PLACES, AREA_QUEUE, ARRIVAL_AT,
    ARRIVAL_EPISODE, ARRIVAL_ID, ARRIVAL_KIND, ARRIVAL_NODE, ARRIVAL_PRIORITY, ARRIVAL_SLOT, BLOCKED,
    BLOCKED_FOR, BLOCKED_HEAD, BLOCKED_HERE, BLOCKED_MASK, BLOCKED_TAIL, D_A, D_B, D_C, D_FAMILY, D_LOW,
    D_SPAN, DELAYED, DIVERT, DIVERTED, DONE, EDGE_DELAY, EDGE_HOLDS, EDGE_TARGET, END, ENTITIES_FULL, EPISODE,
    EVENT, EVENTS, EXTERNAL_LIMIT, FREE, FREE_HEAD, HEAP_SIZE, HELD, HOLD, HOLD_END, HOLD_JOIN, HOLD_NEXT,
    HOLD_START, HOLDS_UPSTREAM, IN_DELAY, IN_SERVICE, INTERNAL, INTERNAL_LIMIT, JOIN, KIND, LAST,
    LIST_PRIORITY, LIVE, LOG_END, LOG_EPISODE, LOG_FULL, LOG_ID, LOG_JOIN, LOG_KIND, LOG_LEAVE, LOG_NEXT,
    LOG_NODE, LOG_SIZE, LOG_SLOT, LOG_START, MARKED, N_ARRIVALS, N_DIVERTED, N_FINISHED, N_REMOVED, N_STARTS,
    N_TURNED_AWAY, NEXT, NEXT_ORDER, NODE, OCCUPIED, OPEN, ORDER, PERSON_ID, PERSON_SLOT, PLACE_AT,
    PLACE_COUNT, PLACE_NODE, PLACES, PREVIOUS, PRIORITY, QUEUE, QUEUE_HEAD, QUEUE_INTERNAL, QUEUE_MASK,
    QUEUE_TAIL, REMOVAL_AT, REMOVAL_REASON, REMOVAL_SLOT, REMOVED, REVISIT, SEQUENCE, SLOT_NEXT,
    SLOT_PREVIOUS, STALE, START, STATUS, STREAM, TARGET, TURNED_AWAY, WAITED, WAITING, WORD_DELAY, WORD_ROUTE,
    WORK_FIRST, WORK_SIZE,
)  # fmt: skip
from sim.kernels.randomness import philox4x32, uniform32, uniform53

_NAN = math.nan

# The kernel allocates nothing, so numba's reference counting is switched off (`_nrt`), and its small functions
# are put into `advance` whole (`forceinline`), because each takes the tuples of arrays by value. Measured on
# M/M/1, million events a second: neither 0.24, inlining alone 0.42, no counting alone 1.4, both 14.7.
_step = njit(forceinline=True, _nrt=False)


# ------------------------------------------------------------------------------------------------- calendar
@_step
def push_event(state, time, entity):  # type: ignore[no-untyped-def]
    """Schedule the entity's next event and remember its sequence number, by which a stale one is known."""
    counters, times, keys = state.counters, state.heap_time, state.heap_key
    sequence = counters[SEQUENCE]
    counters[SEQUENCE] = sequence + 1
    at = counters[HEAP_SIZE]
    counters[HEAP_SIZE] = at + 1
    while at > 0:
        parent = (at - 1) >> 1
        if times[parent] <= time:  # equal times keep the earlier sequence on top
            break
        times[at] = times[parent]
        keys[at, 0] = keys[parent, 0]
        keys[at, 1] = keys[parent, 1]
        at = parent
    times[at] = time
    keys[at, 0] = sequence
    keys[at, 1] = entity
    state.entity_int[entity, EVENT] = sequence


@_step
def _sift_down(times, keys, at, size, time, sequence, entity):  # type: ignore[no-untyped-def]
    """Put one event into a heap of `size` whose position `at` is empty, moving smaller children up."""
    while True:
        child = 2 * at + 1
        if child >= size:
            break
        other = child + 1
        if other < size and (
            times[other] < times[child] or (times[other] == times[child] and keys[other, 0] < keys[child, 0])
        ):
            child = other
        if time < times[child] or (time == times[child] and sequence < keys[child, 0]):
            break
        times[at] = times[child]
        keys[at, 0] = keys[child, 0]
        keys[at, 1] = keys[child, 1]
        at = child
    times[at] = time
    keys[at, 0] = sequence
    keys[at, 1] = entity


@_step
def drop_first_event(state):  # type: ignore[no-untyped-def]
    """Take the earliest event off the calendar."""
    times, keys = state.heap_time, state.heap_key
    size = state.counters[HEAP_SIZE] - 1
    state.counters[HEAP_SIZE] = size
    if size > 0:
        _sift_down(times, keys, 0, size, times[size], keys[size, 0], keys[size, 1])


@_step
def compact_calendar(state):  # type: ignore[no-untyped-def]
    """Drop the events of people who were removed, and rebuild the heap; the order of the rest is kept."""
    times, keys, entity_int = state.heap_time, state.heap_key, state.entity_int
    kept = 0
    for i in range(state.counters[HEAP_SIZE]):
        if entity_int[keys[i, 1], EVENT] == keys[i, 0]:
            times[kept] = times[i]
            keys[kept, 0] = keys[i, 0]
            keys[kept, 1] = keys[i, 1]
            kept += 1
    state.counters[HEAP_SIZE] = kept
    state.counters[STALE] = 0
    for at in range(kept // 2 - 1, -1, -1):
        _sift_down(times, keys, at, kept, times[at], keys[at, 0], keys[at, 1])


# --------------------------------------------------------------------------------------------- bookkeeping
@_step
def touch(state, node, now):  # type: ignore[no-untyped-def]
    """Bring the node's time integrals up to `now`, before one of its counts changes."""
    value = state.node_float
    dt = now - value[node, LAST]
    if dt > 0.0:
        count = state.node_int
        value[node, LAST] = now
        occupied = count[node, OCCUPIED]
        value[node, AREA_OCCUPIED] += dt * occupied
        value[node, AREA_QUEUE] += dt * count[node, QUEUE]
        value[node, AREA_BLOCKED] += dt * count[node, BLOCKED_HERE]
        value[node, AREA_PLACES] += dt * max(count[node, PLACES], occupied)  # a closing place is still open
        value[node, AREA_HELD] += dt * count[node, HELD]
        value[node, AREA_DELAYED] += dt * count[node, DELAYED]


@_step
def mark(state, node):  # type: ignore[no-untyped-def]
    """Put the node on the ring of nodes to look at, unless it is on it already."""
    if state.node_int[node, MARKED] == 0:
        state.node_int[node, MARKED] = 1
        n_nodes = state.work.shape[0]
        at = (state.counters[WORK_FIRST] + state.counters[WORK_SIZE]) % n_nodes
        state.work[at] = node
        state.counters[WORK_SIZE] += 1


@_step
def write_log(state, entity, node, join, start, end, leave, following):  # type: ignore[no-untyped-def]
    """Add one finished stage to the log."""
    entity_int, ints, floats = state.entity_int, state.log_int, state.log_float
    row = state.counters[LOG_SIZE]
    state.counters[LOG_SIZE] = row + 1
    ints[row, LOG_SLOT] = entity_int[entity, PERSON_SLOT]
    ints[row, LOG_ID] = entity_int[entity, PERSON_ID]
    ints[row, LOG_EPISODE] = entity_int[entity, EPISODE]
    ints[row, LOG_KIND] = entity_int[entity, KIND]
    ints[row, LOG_NODE] = node
    ints[row, LOG_NEXT] = following
    floats[row, LOG_JOIN] = join
    floats[row, LOG_START] = start
    floats[row, LOG_END] = end
    floats[row, LOG_LEAVE] = leave


@_step
def priority_at(tables, state, entity, node):  # type: ignore[no-untyped-def]
    """The entity's priority at a node: the node's own for its kind, or the one it arrived with."""
    own = tables.priority[node, state.entity_int[entity, KIND]]
    return own if own >= 0 else state.entity_int[entity, PRIORITY]


@_step
def append(state, entity, node, priority, head, tail, mask):  # type: ignore[no-untyped-def]
    """Put an entity at the end of a node's list (waiting or blocked) of one priority."""
    node_int, entity_int = state.node_int, state.entity_int
    order = state.counters[NEXT_ORDER]
    state.counters[NEXT_ORDER] = order + 1
    entity_int[entity, ORDER] = order
    entity_int[entity, LIST_PRIORITY] = priority
    entity_int[entity, NEXT] = -1
    last = node_int[node, tail + priority]
    entity_int[entity, PREVIOUS] = last
    if last >= 0:
        entity_int[last, NEXT] = entity
    else:
        node_int[node, head + priority] = entity
        node_int[node, mask] |= 1 << priority
    node_int[node, tail + priority] = entity


@_step
def unlink(state, entity, node, head, tail, mask):  # type: ignore[no-untyped-def]
    """Take an entity out of a node's list, from whatever position."""
    node_int, entity_int = state.node_int, state.entity_int
    priority = entity_int[entity, LIST_PRIORITY]
    before = entity_int[entity, PREVIOUS]
    after = entity_int[entity, NEXT]
    if before >= 0:
        entity_int[before, NEXT] = after
    else:
        node_int[node, head + priority] = after
    if after >= 0:
        entity_int[after, PREVIOUS] = before
    else:
        node_int[node, tail + priority] = before
    if before < 0 and after < 0:
        node_int[node, mask] &= ~(1 << priority)


@_step
def first_of(state, node, head, mask):  # type: ignore[no-untyped-def]
    """First entity of the most urgent non-empty list of a node, or -1."""
    bits = state.node_int[node, mask]
    if bits == 0:
        return -1
    priority = 0
    while (bits >> priority) & 1 == 0:
        priority += 1
    return state.node_int[node, head + priority]


# ------------------------------------------------------------------------------------- holding and leaving
@_step
def free_place(state, node, now):  # type: ignore[no-untyped-def]
    """Give one place of the node back."""
    touch(state, node, now)
    state.node_int[node, OCCUPIED] -= 1
    mark(state, node)


@_step
def drop_hold(state, entity, now):  # type: ignore[no-untyped-def]
    """Give back the place further up that the entity still held, and log that stage."""
    entity_int, value = state.entity_int, state.entity_float
    held = entity_int[entity, HOLD]
    if held < 0:
        return
    free_place(state, held, now)
    state.node_int[held, HELD] -= 1
    write_log(
        state, entity, held, value[entity, HOLD_JOIN], value[entity, HOLD_START], value[entity, HOLD_END],
        now, entity_int[entity, HOLD_NEXT],
    )  # fmt: skip
    entity_int[entity, HOLD] = -1


@_step
def close_stage(state, entity, now, following):  # type: ignore[no-untyped-def]
    """Log the entity's finished stage, once."""
    entity_int, value = state.entity_int, state.entity_float
    if entity_int[entity, OPEN] == 1:
        entity_int[entity, OPEN] = 0
        write_log(
            state, entity, entity_int[entity, NODE], value[entity, JOIN], value[entity, START],
            value[entity, END], now, following,
        )  # fmt: skip


@_step
def leave_stage(state, entity, now, following):  # type: ignore[no-untyped-def]
    """After service: log the stage and give back every place that the entity holds."""
    node = state.entity_int[entity, NODE]
    if state.entity_int[entity, OPEN] == 1 and state.node_int[node, HOLDS_UPSTREAM] == 0:
        free_place(state, node, now)
    close_stage(state, entity, now, following)
    drop_hold(state, entity, now)


@_step
def carry_hold(state, entity, now, target):  # type: ignore[no-untyped-def]
    """After service, towards a node that holds upstream: keep the place, and the stage's times with it."""
    entity_int, value = state.entity_int, state.entity_float
    node = entity_int[entity, NODE]
    if entity_int[entity, OPEN] == 0:
        return
    if state.node_int[node, HOLDS_UPSTREAM] == 1:
        close_stage(state, entity, now, target)
        return
    touch(state, node, now)
    state.node_int[node, HELD] += 1
    entity_int[entity, HOLD] = node
    entity_int[entity, HOLD_NEXT] = target
    value[entity, HOLD_JOIN] = value[entity, JOIN]
    value[entity, HOLD_START] = value[entity, START]
    value[entity, HOLD_END] = value[entity, END]
    entity_int[entity, OPEN] = 0


@_step
def place_held(state, entity):  # type: ignore[no-untyped-def]
    """The node whose place the entity holds after service, or -1."""
    node = state.entity_int[entity, NODE]
    if state.entity_int[entity, OPEN] == 1 and state.node_int[node, HOLDS_UPSTREAM] == 0:
        return node
    return state.entity_int[entity, HOLD]


@_step
def release_entity(state, entity):  # type: ignore[no-untyped-def]
    """Put the entity back into the pool."""
    entity_int, counters = state.entity_int, state.counters
    slot = entity_int[entity, PERSON_SLOT]
    if slot >= 0:
        before = entity_int[entity, SLOT_PREVIOUS]
        after = entity_int[entity, SLOT_NEXT]
        if before >= 0:
            entity_int[before, SLOT_NEXT] = after
        else:
            state.slot_head[slot] = after
        if after >= 0:
            entity_int[after, SLOT_PREVIOUS] = before
    entity_int[entity, STATUS] = FREE
    entity_int[entity, EVENT] = -1
    entity_int[entity, NEXT] = counters[FREE_HEAD]
    counters[FREE_HEAD] = entity
    counters[LIVE] -= 1


# ---------------------------------------------------------------------------------------- joining a node
@_step
def join(tables, state, entity, node, now, internal):  # type: ignore[no-untyped-def]
    """Put the entity into the node's queue; the look round after the event gives it a place if one is free."""
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
    append(
        state, entity, node, priority_at(tables, state, entity, node), QUEUE_HEAD, QUEUE_TAIL, QUEUE_MASK
    )
    mark(state, node)


@_step
def enter(tables, state, entity, node, now):  # type: ignore[no-untyped-def]
    """From another node: give back (or carry) the place held so far, and join this node."""
    if state.node_int[node, HOLDS_UPSTREAM] == 1:
        carry_hold(state, entity, now, node)
    else:
        leave_stage(state, entity, now, node)
    join(tables, state, entity, node, now, 1)


@_step
def leave_queue(state, entity, node, now):  # type: ignore[no-untyped-def]
    """Take a waiting entity out of the node's queue."""
    touch(state, node, now)
    unlink(state, entity, node, QUEUE_HEAD, QUEUE_TAIL, QUEUE_MASK)
    state.node_int[node, QUEUE] -= 1
    state.node_int[node, QUEUE_INTERNAL] -= state.entity_int[entity, INTERNAL]


@_step
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


@_step
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


@_step
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


@_step
def draw(tables, row, u):  # type: ignore[no-untyped-def]
    """Value of one declared distribution at one uniform (truncation is a narrower span of probability)."""
    d = tables.distribution
    inside = d[row, D_LOW] + u * d[row, D_SPAN]
    return quantile(np.int64(d[row, D_FAMILY]), d[row, D_A], d[row, D_B], d[row, D_C], inside, tables.points)


@_step
def fill(tables, state, node, now):  # type: ignore[no-untyped-def]
    """Give free places to the most urgent of those waiting or blocked, then let the blocked into the queue."""
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
    while node_int[node, BLOCKED_MASK] != 0 and node_int[node, QUEUE_INTERNAL] < node_int[node, INTERNAL_LIMIT]:
        entity = first_of(state, node, BLOCKED_HEAD, BLOCKED_MASK)
        unblock(state, entity, now)
        enter(tables, state, entity, node, now)


@_step
def _before(entity_int, one, other):  # type: ignore[no-untyped-def]
    """Whether `one` comes before `other`: by priority, then by who asked first."""
    difference = entity_int[one, LIST_PRIORITY] - entity_int[other, LIST_PRIORITY]
    return difference < 0 or (difference == 0 and entity_int[one, ORDER] < entity_int[other, ORDER])


# ------------------------------------------------------------------------------------------------- events
@_step
def ask(tables, state, entity, now):  # type: ignore[no-untyped-def]
    """The entity asks for its target: it leaves, enters, or is blocked."""
    entity_int, node_int = state.entity_int, state.node_int
    target = entity_int[entity, TARGET]
    if target < 0:
        leave_stage(state, entity, now, target)
        release_entity(state, entity)
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


@_step
def take_own_place(tables, state, entity, node, now):  # type: ignore[no-untyped-def]
    """Return to the node whose place is still held: service starts again in that place, without a queue."""
    leave_stage(state, entity, now, node)
    join(tables, state, entity, node, now, 1)
    leave_queue(state, entity, node, now)
    state.node_int[node, OCCUPIED] += 1
    start_service(tables, state, entity, node, now)


@_step
def finish_service(tables, state, entity, now):  # type: ignore[no-untyped-def]
    """Service ends: choose the route; return True when the entity may ask for its target at once."""
    entity_int, node_int = state.entity_int, state.node_int
    node = entity_int[entity, NODE]
    node_int[node, N_FINISHED] += 1
    row = tables.route_row[node, entity_int[entity, KIND]]
    u = uniform32(np.uint32(entity_int[entity, WORD_ROUTE]))
    edge = tables.route_start[row]
    while tables.route_cumulative[edge] <= u:
        edge += 1
    entity_int[entity, TARGET] = tables.edge[edge, EDGE_TARGET]
    if node_int[node, HOLDS_UPSTREAM] == 1:
        free_place(state, node, now)
    delay = tables.edge[edge, EDGE_DELAY]
    if delay < 0:
        return True
    touch(state, node, now)
    entity_int[entity, STATUS] = IN_DELAY
    node_int[node, DELAYED] += 1
    if tables.edge[edge, EDGE_HOLDS] == 0:
        leave_stage(state, entity, now, tables.edge[edge, EDGE_TARGET])
    lasts = draw(tables, delay, uniform32(np.uint32(entity_int[entity, WORD_DELAY])))
    push_event(state, now + lasts, entity)
    return False


@_step
def end_delay(state, entity, now):  # type: ignore[no-untyped-def]
    """The entity arrives at the end of its edge."""
    node = state.entity_int[entity, NODE]
    touch(state, node, now)
    state.node_int[node, DELAYED] -= 1


@_step
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


@_step
def arrive(tables, state, row, now):  # type: ignore[no-untyped-def]
    """Somebody arrives from outside: joins, is diverted (perhaps again) or is turned away."""
    node_int = state.node_int
    entity = new_entity(state, row)
    node = state.arrival_int[row, ARRIVAL_NODE]
    while True:
        nobody_before = node_int[node, QUEUE_MASK] == 0 and node_int[node, BLOCKED_MASK] == 0
        has_place = node_int[node, OCCUPIED] < node_int[node, PLACES] and nobody_before
        external = node_int[node, QUEUE] - node_int[node, QUEUE_INTERNAL]
        if has_place or external < node_int[node, EXTERNAL_LIMIT]:
            join(tables, state, entity, node, now, 0)
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


@_step
def remove(state, entity, now, reason):  # type: ignore[no-untyped-def]
    """The entity leaves the network from wherever it is, and every place it holds comes free."""
    entity_int, node_int = state.entity_int, state.node_int
    status = entity_int[entity, STATUS]
    node = entity_int[entity, NODE]
    code = REMOVED - reason
    node_int[node, N_REMOVED] += 1
    if status == WAITING:
        leave_queue(state, entity, node, now)
        mark(state, node)
        close_stage(state, entity, now, code)
        drop_hold(state, entity, now)
    elif status == IN_SERVICE:
        state.counters[STALE] += 1
        state.entity_float[entity, END] = _NAN
        free_place(state, node, now)
        close_stage(state, entity, now, code)
        drop_hold(state, entity, now)
    elif status == BLOCKED:
        unblock(state, entity, now)
        leave_stage(state, entity, now, code)
    else:
        state.counters[STALE] += 1
        end_delay(state, entity, now)
        leave_stage(state, entity, now, code)
    release_entity(state, entity)


@_step
def look_round(tables, state, now):  # type: ignore[no-untyped-def]
    """Look at every marked node, first marked first, until nobody can be taken any more."""
    counters = state.counters
    n_nodes = state.work.shape[0]
    while counters[WORK_SIZE] > 0:
        node = state.work[counters[WORK_FIRST]]
        counters[WORK_FIRST] = (counters[WORK_FIRST] + 1) % n_nodes
        counters[WORK_SIZE] -= 1
        state.node_int[node, MARKED] = 0
        fill(tables, state, node, now)


@_step
def _time_at(times, at):  # type: ignore[no-untyped-def]
    """Time of the next row of an input stream, or infinity."""
    return times[at] if at < times.shape[0] else math.inf


@_step
def happen(tables, state, entity, now):  # type: ignore[no-untyped-def]
    """One end of service or of an edge delay."""
    if state.entity_int[entity, STATUS] == IN_SERVICE:
        asks = finish_service(tables, state, entity, now)
    else:
        end_delay(state, entity, now)
        asks = True
    if asks:
        ask(tables, state, entity, now)


@njit(cache=True, _nrt=False)
def advance(tables, state, until):  # type: ignore[no-untyped-def]
    """Run every event before `until` and bring all integrals to it.

    Stops early, before an event that might not fit, with ENTITIES_FULL or LOG_FULL; the caller enlarges the
    arrays and calls again. One event moves each blocked entity at most once and logs at most two stages for
    each, which bounds what it can need.
    """
    counters = state.counters
    log_rows = state.log_int.shape[0]
    entities = state.entity_int.shape[0]
    while True:
        places = _time_at(state.place_time, counters[PLACE_AT])
        removal = _time_at(state.removal_time, counters[REMOVAL_AT])
        arrival = _time_at(state.arrival_time, counters[ARRIVAL_AT])
        event = state.heap_time[0] if counters[HEAP_SIZE] > 0 else math.inf
        now = min(min(places, removal), min(event, arrival))
        if now >= until:
            break
        if counters[LOG_SIZE] + 2 * counters[ALL_BLOCKED] + state.work.shape[0] + 8 > log_rows:
            return LOG_FULL
        if counters[STALE] > entities:
            compact_calendar(state)
            continue
        if places == now:
            node = state.place_int[counters[PLACE_AT], PLACE_NODE]
            touch(state, node, now)
            state.node_int[node, PLACES] = state.place_int[counters[PLACE_AT], PLACE_COUNT]
            mark(state, node)
            counters[PLACE_AT] += 1
        elif removal == now:
            slot = state.removal_int[counters[REMOVAL_AT], REMOVAL_SLOT]
            entity = state.slot_head[slot] if 0 <= slot < state.slot_head.shape[0] else -1
            if entity < 0:
                counters[REMOVAL_AT] += 1
                continue
            remove(state, entity, now, state.removal_int[counters[REMOVAL_AT], REMOVAL_REASON])
        elif event == now:
            sequence, entity = state.heap_key[0, 0], state.heap_key[0, 1]
            drop_first_event(state)
            if state.entity_int[entity, EVENT] != sequence:
                counters[STALE] -= 1
                continue
            happen(tables, state, entity, now)
        else:
            if counters[FREE_HEAD] < 0:
                return ENTITIES_FULL
            arrive(tables, state, counters[ARRIVAL_AT], now)
            counters[ARRIVAL_AT] += 1
        counters[EVENTS] += 1
        look_round(tables, state, now)
    for node in range(state.work.shape[0]):
        touch(state, node, until)
    state.clock[0] = until
    return DONE
