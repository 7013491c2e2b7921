"""Places, queues and the log: what is counted, who holds which place, and how it is given back."""

from __future__ import annotations

from sim.kernels.flow_calendar import step
from sim.kernels.flow_layout import (
    AREA_BLOCKED,
    AREA_DELAYED,
    AREA_ESCALATED,
    AREA_HELD,
    AREA_OCCUPIED,
    AREA_PLACES,
    AREA_QUEUE,
    BLOCKED_HERE,
    DELAYED,
    END,
    EPISODE,
    ESCALATED,
    ESCALATION_PLACES,
    EVENT,
    FREE,
    FREE_HEAD,
    HELD,
    HOLD,
    HOLD_END,
    HOLD_JOIN,
    HOLD_NEXT,
    HOLD_START,
    HOLD_UNITS,
    HOLDS_UPSTREAM,
    JOIN,
    KIND,
    LAST,
    LIST_PRIORITY,
    LIVE,
    LOG_END,
    LOG_EPISODE,
    LOG_ID,
    LOG_JOIN,
    LOG_KIND,
    LOG_LEAVE,
    LOG_NEXT,
    LOG_NODE,
    LOG_SIZE,
    LOG_SLOT,
    LOG_START,
    MARKED,
    NEXT,
    NEXT_ORDER,
    NODE,
    OCCUPIED,
    OPEN,
    ORDER,
    PERSON_ID,
    PERSON_SLOT,
    PLACES,
    PREVIOUS,
    PRIORITY,
    QUEUE,
    QUEUE_HEAD,
    QUEUE_MASK,
    SLOT_NEXT,
    SLOT_PREVIOUS,
    START,
    STATUS,
    UNITS,
    WORK_FIRST,
    WORK_SIZE,
)  # fmt: skip
from sim.kernels.flow_prefetch import prefetch


@step
def places_open(state, node):  # type: ignore[no-untyped-def]
    """Places open now, those of an escalation in force included."""
    count = state.node_int
    return count[node, PLACES] + count[node, ESCALATED] * count[node, ESCALATION_PLACES]


@step
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
        value[node, AREA_PLACES] += dt * max(places_open(state, node), occupied)  # a closing place is open
        value[node, AREA_ESCALATED] += dt * count[node, ESCALATED] * count[node, ESCALATION_PLACES]
        value[node, AREA_HELD] += dt * count[node, HELD]
        value[node, AREA_DELAYED] += dt * count[node, DELAYED]


@step
def first_of(state, node, head, mask):  # type: ignore[no-untyped-def]
    """First entity of the most urgent non-empty list of a node, or -1."""
    bits = state.node_int[node, mask]
    if bits == 0:
        return -1
    priority = 0
    while (bits >> priority) & 1 == 0:
        priority += 1
    return state.node_int[node, head + priority]


@step
def mark(state, node):  # type: ignore[no-untyped-def]
    """Put the node on the ring of nodes to look at, unless it is on it already."""
    if state.node_int[node, MARKED] == 0:
        state.node_int[node, MARKED] = 1
        n_nodes = state.work.shape[0]
        at = state.counters[WORK_FIRST] + state.counters[WORK_SIZE]
        state.work[at if at < n_nodes else at - n_nodes] = node  # a ring, without a slow remainder
        state.counters[WORK_SIZE] += 1
        waiting = first_of(state, node, QUEUE_HEAD, QUEUE_MASK)
        if waiting >= 0:
            prefetch(state.entity_int, waiting)  # who is looked at when the event is over


@step
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


@step
def priority_at(tables, state, entity, node):  # type: ignore[no-untyped-def]
    """The entity's priority at a node: the node's own for its kind, or the one it arrived with."""
    own = tables.priority[node, state.entity_int[entity, KIND]]
    return own if own >= 0 else state.entity_int[entity, PRIORITY]


@step
def new_turn(state):  # type: ignore[no-untyped-def]
    """A number that rises with every request in the network: who asked first has the smaller one."""
    turn = state.counters[NEXT_ORDER]
    state.counters[NEXT_ORDER] = turn + 1
    return turn


@step
def insert(state, entity, node, priority, turn, head, tail, mask):  # type: ignore[no-untyped-def]
    """Put an entity into a node's list (waiting or blocked) of one priority, behind who asked before."""
    node_int, entity_int = state.node_int, state.entity_int
    state.entity_float[entity, ORDER] = turn
    entity_int[entity, LIST_PRIORITY] = priority
    before, after = node_int[node, tail + priority], -1
    while before >= 0 and state.entity_float[before, ORDER] > turn:
        before, after = entity_int[before, PREVIOUS], before
    entity_int[entity, PREVIOUS] = before
    entity_int[entity, NEXT] = after
    if before >= 0:
        entity_int[before, NEXT] = entity
    else:
        node_int[node, head + priority] = entity
        node_int[node, mask] |= 1 << priority
    if after >= 0:
        entity_int[after, PREVIOUS] = entity
    else:
        node_int[node, tail + priority] = entity


@step
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


@step
def free_places(state, node, units, now):  # type: ignore[no-untyped-def]
    """Give places of the node back."""
    touch(state, node, now)
    state.node_int[node, OCCUPIED] -= units
    mark(state, node)


@step
def drop_hold(state, entity, now):  # type: ignore[no-untyped-def]
    """Give back the place further up that the entity still held, and log that stage."""
    entity_int, value = state.entity_int, state.entity_float
    held = entity_int[entity, HOLD]
    if held < 0:
        return
    free_places(state, held, entity_int[entity, HOLD_UNITS], now)
    state.node_int[held, HELD] -= 1
    write_log(
        state, entity, held, value[entity, HOLD_JOIN], value[entity, HOLD_START], value[entity, HOLD_END],
        now, entity_int[entity, HOLD_NEXT],
    )  # fmt: skip
    entity_int[entity, HOLD] = -1


@step
def close_stage(state, entity, now, following):  # type: ignore[no-untyped-def]
    """Log the entity's finished stage, once."""
    entity_int, value = state.entity_int, state.entity_float
    if entity_int[entity, OPEN] == 1:
        entity_int[entity, OPEN] = 0
        write_log(
            state, entity, entity_int[entity, NODE], value[entity, JOIN], value[entity, START],
            value[entity, END], now, following,
        )  # fmt: skip


@step
def leave_stage(state, entity, now, following):  # type: ignore[no-untyped-def]
    """After service: log the stage and give back every place that the entity holds."""
    node = state.entity_int[entity, NODE]
    if state.entity_int[entity, OPEN] == 1 and state.node_int[node, HOLDS_UPSTREAM] == 0:
        free_places(state, node, state.entity_int[entity, UNITS], now)
    close_stage(state, entity, now, following)
    drop_hold(state, entity, now)


@step
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
    entity_int[entity, HOLD_UNITS] = entity_int[entity, UNITS]
    entity_int[entity, HOLD_NEXT] = target
    value[entity, HOLD_JOIN] = value[entity, JOIN]
    value[entity, HOLD_START] = value[entity, START]
    value[entity, HOLD_END] = value[entity, END]
    entity_int[entity, OPEN] = 0


@step
def place_held(state, entity):  # type: ignore[no-untyped-def]
    """The node whose place the entity holds after service, or -1."""
    node = state.entity_int[entity, NODE]
    if state.entity_int[entity, OPEN] == 1 and state.node_int[node, HOLDS_UPSTREAM] == 0:
        return node
    return state.entity_int[entity, HOLD]


@step
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
    state.entity_float[entity, EVENT] = -1.0
    entity_int[entity, NEXT] = counters[FREE_HEAD]
    counters[FREE_HEAD] = entity
    counters[LIVE] -= 1
