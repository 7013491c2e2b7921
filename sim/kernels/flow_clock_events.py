"""A clock rings: somebody who waits leaves, worsens or dies, or somebody blocked goes elsewhere."""

from __future__ import annotations

import math

from sim.kernels.flow_calendar import step
from sim.kernels.flow_layout import (
    CLOCK,
    CLOCK_TO,
    LEFT,
    LIST_PRIORITY,
    N_CLOCK,
    NODE,
    NOWHERE,
    OVERFLOWS,
    PRIORITY,
    QUEUE_HEAD,
    QUEUE_MASK,
    QUEUE_TAIL,
    TARGET,
    WORSENED_PRIORITY,
    WORSENS,
)  # fmt: skip
from sim.kernels.flow_places import (
    close_stage,
    drop_hold,
    insert,
    mark,
    new_turn,
    release_entity,
    touch,
    unlink,
)
from sim.kernels.flow_service import leave_queue, unblock
from sim.kernels.flow_waiting import first_clock, push_first_clock


@step
def ring(state, entity, now):  # type: ignore[no-untyped-def]
    """The first clock of somebody who waits has rung; return True when they ask for another node."""
    entity_int, node_int = state.entity_int, state.node_int
    node = entity_int[entity, NODE]
    which = first_clock(state, entity)
    node_int[node, N_CLOCK + which] += 1
    target = node_int[node, CLOCK_TO + which]
    if which == WORSENS and target == NOWHERE:
        state.entity_float[entity, CLOCK + which] = math.inf
        worsen(state, entity, node, now)
        push_first_clock(state, entity)
        return False
    leave_queue(state, entity, node, now)
    mark(state, node)  # its queue has room again
    close_stage(state, entity, now, target)
    entity_int[entity, TARGET] = target
    if target < 0:
        drop_hold(state, entity, now)
        release_entity(state, entity)
        state.counters[LEFT] += 1
    return target >= 0


@step
def worsen(state, entity, node, now):  # type: ignore[no-untyped-def]
    """More urgent from now on: behind those who are already as urgent; nobody becomes less urgent."""
    entity_int = state.entity_int
    priority = state.node_int[node, WORSENED_PRIORITY]
    entity_int[entity, PRIORITY] = min(priority, entity_int[entity, PRIORITY])
    if priority < entity_int[entity, LIST_PRIORITY]:
        touch(state, node, now)
        unlink(state, entity, node, QUEUE_HEAD, QUEUE_TAIL, QUEUE_MASK)
        insert(state, entity, node, priority, new_turn(state), QUEUE_HEAD, QUEUE_TAIL, QUEUE_MASK)
        mark(state, node)


@step
def overflow(state, entity, now):  # type: ignore[no-untyped-def]
    """Blocked too long on the way to a full node: it is the declared substitute that is asked for now."""
    target = state.entity_int[entity, TARGET]
    state.node_int[target, N_CLOCK + OVERFLOWS] += 1
    unblock(state, entity, now)
    mark(state, target)  # whoever is first now may need fewer places
    state.entity_int[entity, TARGET] = state.node_int[target, CLOCK_TO + OVERFLOWS]
