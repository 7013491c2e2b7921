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

from sim.kernels.flow_arriving import arrive, await_arrival
from sim.kernels.flow_calendar import (
    compact_calendar,
    drop_first_event,
    entity_of,
    forget_event,
    is_stale,
    push_event,
    step,
)
from sim.kernels.flow_clock_events import overflow, ring
from sim.kernels.flow_draws import draw
from sim.kernels.flow_layout import (
    ALL_BLOCKED,
    ARRIVAL_AT,
    BLOCKED,
    DELAYED,
    DONE,
    EDGE_DELAY,
    EDGE_HOLDS,
    EDGE_TARGET,
    END,
    ENTITIES_FULL,
    EVENT,
    EVENTS,
    FREE_HEAD,
    HEAP_SIZE,
    HOLDS_UPSTREAM,
    HOUR,
    IN_DELAY,
    IN_SERVICE,
    KIND,
    LOG_FULL,
    LOG_SIZE,
    MARKED,
    N_FINISHED,
    N_REMOVED,
    NODE,
    PLACE_AT,
    PLACE_COUNT,
    PLACE_NODE,
    PLACES,
    REMOVAL_AT,
    REMOVAL_REASON,
    REMOVAL_SLOT,
    REMOVED,
    STALE,
    STATUS,
    TARGET,
    UNITS,
    WAITING,
    WEEK_HOURS,
    WEEK_SHIFT,
    WORD_DELAY,
    WORD_ROUTE,
    WORK_FIRST,
    WORK_SIZE,
)  # fmt: skip
from sim.kernels.flow_places import (
    close_stage,
    drop_hold,
    free_places,
    leave_stage,
    mark,
    release_entity,
    touch,
)
from sim.kernels.flow_prefetch import prefetch
from sim.kernels.flow_service import (
    ask,
    fall,
    fill,
    leave_queue,
    unblock,
)
from sim.kernels.randomness import uniform32

_NAN = math.nan
_MODULES = (
    "distributions", "randomness", "flow_layout", "flow_calendar", "flow_draws", "flow_places",
    "flow_waiting", "flow_service", "flow_clock_events", "flow_arriving", "flow_prefetch", "flow_events",
)  # fmt: skip


@step
def week_slot(tables, state, now):  # type: ignore[no-untyped-def]
    """Which of the times of the week, at which ways on differ, it is now."""
    if state.ways.shape[0] == 1:
        return 0
    hour = np.int64(math.floor(now / HOUR)) + state.counters[WEEK_SHIFT]
    return tables.week_slot[hour % WEEK_HOURS]


@step
def finish_service(tables, state, entity, now):  # type: ignore[no-untyped-def]
    """Service ends: choose the route; return True when the entity may ask for its target at once."""
    entity_int, node_int = state.entity_int, state.node_int
    node = entity_int[entity, NODE]
    node_int[node, N_FINISHED] += 1
    row = state.ways[week_slot(tables, state, now), node, entity_int[entity, KIND]]
    u = uniform32(np.uint32(entity_int[entity, WORD_ROUTE]))
    edge = tables.route_start[row]
    while tables.route_cumulative[edge] <= u:
        edge += 1
    entity_int[entity, TARGET] = tables.edge[edge, EDGE_TARGET]
    if node_int[node, HOLDS_UPSTREAM] == 1:
        free_places(state, node, entity_int[entity, UNITS], now)
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
        forget_event(state, entity)
        state.entity_float[entity, END] = _NAN
        free_places(state, node, entity_int[entity, UNITS], now)
        close_stage(state, entity, now, code)
        drop_hold(state, entity, now)
    elif status == BLOCKED:
        unblock(state, entity, now)
        leave_stage(state, entity, now, code)
    else:
        forget_event(state, entity)
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
    """What the calendar held for an entity: a service or delay ends, needs fall, or a clock rings."""
    status = state.entity_int[entity, STATUS]
    asks = True
    if status == IN_SERVICE:
        if now < state.entity_float[entity, END]:
            fall(tables, state, entity, now)
            asks = False
        else:
            asks = finish_service(tables, state, entity, now)
    elif status == WAITING:
        asks = ring(state, entity, now)
    elif status == BLOCKED:
        overflow(state, entity, now)
    else:
        end_delay(state, entity, now)
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
    key = state.heap_key[0]
    drop_first_event(state)
    prefetch(state.entity_int, entity_of(state.heap_key[0]))  # who is next, unless somebody comes before
    if is_stale(state, key):
        state.counters[STALE] -= 1
    else:
        entity = entity_of(key)
        state.entity_float[entity, EVENT] = -1.0
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
                await_arrival(state, counters[ARRIVAL_AT] + 1)
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
