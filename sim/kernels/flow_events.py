"""The compiled event calendar: queues, places, blocking after service and edge delays, one event at a time.

Order of events at one instant: changes of places, removals, ends of service and of delays (in the order in
which they were scheduled), arrivals from outside. After each event every node that it touched is looked at
once more, first touched first, until no node can take anybody; nobody moves twice within one event.

When a place is free the node takes the waiting or blocked person of highest priority (0 first), and among
equals the one who asked first. `tests/twin/flow_twin.py` says the same slowly and must agree to the bit.
"""

from __future__ import annotations

import hashlib
import math
from pathlib import Path

import numpy as np
from numba import njit

from sim.kernels.flow_calendar import compact_calendar, drop_first_event, push_event, step
from sim.kernels.flow_layout import (
    ALL_BLOCKED,
    ARRIVAL_AT,
    ARRIVAL_EPISODE,
    ARRIVAL_ID,
    ARRIVAL_KIND,
    ARRIVAL_NODE,
    ARRIVAL_PRIORITY,
    ARRIVAL_SLOT,
    BLOCKED,
    BLOCKED_MASK,
    DELAYED,
    DIVERT,
    DIVERTED,
    DONE,
    EDGE_DELAY,
    EDGE_HOLDS,
    EDGE_TARGET,
    END,
    ENTITIES_FULL,
    EPISODE,
    EVENT,
    EVENTS,
    EXTERNAL_LIMIT,
    FREE_HEAD,
    HEAP_SIZE,
    HOLD,
    HOLDS_UPSTREAM,
    IN_DELAY,
    IN_SERVICE,
    KIND,
    LIVE,
    LOG_FULL,
    LOG_SIZE,
    MARKED,
    N_ARRIVALS,
    N_DIVERTED,
    N_FINISHED,
    N_REMOVED,
    N_TURNED_AWAY,
    NEXT,
    NODE,
    OCCUPIED,
    OPEN,
    PERSON_ID,
    PERSON_SLOT,
    PLACE_AT,
    PLACE_COUNT,
    PLACE_NODE,
    PLACES,
    PRIORITY,
    QUEUE,
    QUEUE_INTERNAL,
    QUEUE_MASK,
    REMOVAL_AT,
    REMOVAL_REASON,
    REMOVAL_SLOT,
    REMOVED,
    SLOT_NEXT,
    SLOT_PREVIOUS,
    STALE,
    STATUS,
    TARGET,
    TURNED_AWAY,
    WAITING,
    WORD_DELAY,
    WORD_ROUTE,
    WORK_FIRST,
    WORK_SIZE,
)  # fmt: skip
from sim.kernels.flow_places import (
    close_stage,
    drop_hold,
    free_place,
    leave_stage,
    mark,
    release_entity,
    touch,
    write_log,
)
from sim.kernels.flow_service import (
    ask,
    draw,
    fill,
    join,
    leave_queue,
    unblock,
)
from sim.kernels.randomness import uniform32

_NAN = math.nan
_MODULES = (
    "distributions", "randomness", "flow_layout", "flow_calendar", "flow_places", "flow_service",
    "flow_events",
)  # fmt: skip


@step
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


@step
def end_delay(state, entity, now):  # type: ignore[no-untyped-def]
    """The entity arrives at the end of its edge."""
    node = state.entity_int[entity, NODE]
    touch(state, node, now)
    state.node_int[node, DELAYED] -= 1


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


@step
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


@step
def look_round(tables, state, now):  # type: ignore[no-untyped-def]
    """Look at every marked node, first marked first, until nobody can be taken any more."""
    counters = state.counters
    n_nodes = state.work.shape[0]
    while counters[WORK_SIZE] > 0:
        node = state.work[counters[WORK_FIRST]]
        following = counters[WORK_FIRST] + 1
        counters[WORK_FIRST] = following if following < n_nodes else 0
        counters[WORK_SIZE] -= 1
        state.node_int[node, MARKED] = 0
        fill(tables, state, node, now)


@step
def _time_at(times, at):  # type: ignore[no-untyped-def]
    """Time of the next row of an input stream, or infinity."""
    return times[at] if at < times.shape[0] else math.inf


@step
def happen(tables, state, entity, now):  # type: ignore[no-untyped-def]
    """One end of service or of an edge delay."""
    if state.entity_int[entity, STATUS] == IN_SERVICE:
        asks = finish_service(tables, state, entity, now)
    else:
        end_delay(state, entity, now)
        asks = True
    if asks:
        ask(tables, state, entity, now)


@step
def next_stream(state):  # type: ignore[no-untyped-def]
    """When the next event happens, and in which stream: 0 places, 1 removals, 2 calendar, 3 arrivals."""
    counters = state.counters
    now, stream = _time_at(state.place_time, counters[PLACE_AT]), 0
    time = _time_at(state.removal_time, counters[REMOVAL_AT])
    if time < now:
        now, stream = time, 1
    time = state.heap_time[0] if counters[HEAP_SIZE] > 0 else math.inf
    if time < now:
        now, stream = time, 2
    time = _time_at(state.arrival_time, counters[ARRIVAL_AT])
    if time < now:
        now, stream = time, 3
    return now, stream


@step
def change_places(state, now):  # type: ignore[no-untyped-def]
    """A node gets another number of places."""
    row = state.counters[PLACE_AT]
    state.counters[PLACE_AT] = row + 1
    node = state.place_int[row, PLACE_NODE]
    touch(state, node, now)
    state.node_int[node, PLACES] = state.place_int[row, PLACE_COUNT]
    mark(state, node)


@step
def remove_next(state, now):  # type: ignore[no-untyped-def]
    """Remove one episode of the person due to leave, or go on to the next removal when none is left."""
    row = state.counters[REMOVAL_AT]
    slot = state.removal_int[row, REMOVAL_SLOT]
    entity = state.slot_head[slot] if 0 <= slot < state.slot_head.shape[0] else -1
    if entity < 0:
        state.counters[REMOVAL_AT] = row + 1
    else:
        remove(state, entity, now, state.removal_int[row, REMOVAL_REASON])


@step
def take_event(tables, state, now):  # type: ignore[no-untyped-def]
    """Take the first event off the calendar and let it happen, unless its person was removed."""
    sequence, entity = state.heap_key[0, 0], state.heap_key[0, 1]
    drop_first_event(state)
    if state.entity_int[entity, EVENT] != sequence:
        state.counters[STALE] -= 1
    else:
        happen(tables, state, entity, now)


@step
def missing_room(state, stream):  # type: ignore[no-untyped-def]
    """DONE when one more event surely fits into the arrays, else the code of what has to grow.

    One event moves each blocked person at most once and logs at most two stages for each, and an arrival may
    be diverted once by every node.
    """
    counters = state.counters
    if counters[LOG_SIZE] + 2 * counters[ALL_BLOCKED] + state.work.shape[0] + 8 > state.log_int.shape[0]:
        return LOG_FULL
    if stream == 3 and counters[FREE_HEAD] < 0:
        return ENTITIES_FULL
    return DONE


def _compile_advance(stamp: int):  # type: ignore[no-untyped-def]
    """Compile `advance`; `stamp` becomes part of the key under which numba keeps it on disk.

    numba's disk cache looks at the text of this module only, not of the modules whose functions are put into
    it, so without the stamp a change in one of them would go unnoticed.
    """

    @njit(cache=True, _nrt=False)
    def advance(tables, state, until):  # type: ignore[no-untyped-def]
        """Run every event before `until` and bring all integrals to it.

        Stops early with ENTITIES_FULL or LOG_FULL before an event that might not fit; the caller enlarges the
        arrays and calls again.
        """
        counters = state.counters
        while stamp != 0:
            now, stream = next_stream(state)
            if now >= until:
                break
            missing = missing_room(state, stream)
            if missing != DONE:
                return missing
            if counters[STALE] > state.entity_int.shape[0]:
                compact_calendar(state)
            elif stream == 0:
                change_places(state, now)
            elif stream == 1:
                remove_next(state, now)
            elif stream == 2:
                take_event(tables, state, now)
            else:
                arrive(tables, state, counters[ARRIVAL_AT], now)
                counters[ARRIVAL_AT] += 1
            counters[EVENTS] += 1
            look_round(tables, state, now)
        for node in range(state.work.shape[0]):
            touch(state, node, until)
        state.clock[0] = until
        return DONE

    return advance


def _stamp() -> int:
    """A number that changes with the text of any module whose functions are compiled into `advance`."""
    folder = Path(__file__).parent
    text = b"".join((folder / f"{name}.py").read_bytes() for name in _MODULES)
    return int.from_bytes(hashlib.blake2b(text, digest_size=7).digest(), "little") | 1


advance = _compile_advance(_stamp())
