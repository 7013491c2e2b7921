"""The flow kernel's face in Python: one network running in continuous time, in minutes.

    state = FlowState(network, entity_capacity=50_000, log_capacity=200_000, key=replicate_key(seed, 1))
    state.add_arrivals(time, node, kind, priority, person_slot, person_id, episode)
    for day in range(365):
        state.advance((day + 1) * 1440.0)
    stages = state.take_log()

The semantics are told in `docs/explanation/care_network.md`; the event loop is in `flow_events.py`, the
arrays in `flow_layout.py`.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from sim.kernels import flow_layout as at
from sim.kernels.flow_copying import columns, copy_holding, copy_moment, copy_present
from sim.kernels.flow_deadlock import deadlocked_nodes
from sim.kernels.flow_events import advance as _advance
from sim.kernels.flow_initial import place_people as _place_people
from sim.kernels.flow_layout import FlowNetwork, Tables, empty_like_rows, entity_rows
from sim.kernels.flow_opening import free_entities, opening_state, ways_by_time
from sim.kernels.flow_records import Holding, Occupancy, Present, Stages, Totals

_MANY = 65_536

__all__ = ["FlowNetwork", "FlowState", "Holding", "Occupancy", "Present", "Stages", "Totals"]

Arrivals = tuple[NDArray[Any], ...]
"""What `FlowState.add_arrivals` takes: time, node, kind, priority, row, person, episode, (n,) each."""


class FlowState:
    """One network with the people in it.

    Args:
        network: The compiled network.
        entity_capacity: How many people it first has room for; grows when needed.
        log_capacity: How many finished stages it first has room for between two `take_log`; grows too.
        key: The two words of `replicate_key`.
        start: The minute at which the clock starts.
        weekday: Day of the week of minute 0, Monday 0: what ways on by hour and weekday are read by.
    """

    BURNT_IN = ("_state", "_since")

    def __init__(
        self,
        network: FlowNetwork,
        entity_capacity: int = 4096,
        log_capacity: int = 65536,
        key: tuple[int, int] = (0, 0),
        start: float = 0.0,
        weekday: int = 0,
    ) -> None:
        self.network = network
        self._tables = network.tables
        capacity, rows = max(entity_capacity, 1), max(log_capacity, 1024)
        self._state = opening_state(network, capacity, rows, key, start, weekday)

    @property
    def tables(self) -> Tables:
        """What the network does at present; give others to change it."""
        return self._tables

    @tables.setter
    def tables(self, tables: Tables) -> None:
        if tables.route_row is not self._tables.route_row:
            self._replace(ways=ways_by_time(tables))
        self._tables = tables

    @property
    def time(self) -> float:
        """The minute up to which the network has run."""
        return float(self._state.clock[0])

    @property
    def live(self) -> int:
        """How many people are in the network."""
        return int(self._state.counters[at.LIVE])

    @property
    def left(self) -> int:
        """How many have left by an exit since the beginning."""
        return int(self._state.counters[at.LEFT])

    @property
    def events(self) -> int:
        """How many events have been processed since the beginning."""
        return int(self._state.counters[at.EVENTS])

    # ------------------------------------------------------------------------------------ what goes in
    def add_arrivals(
        self,
        time: ArrayLike,
        node: ArrayLike,
        kind: ArrayLike,
        priority: ArrayLike,
        person_slot: ArrayLike,
        person_id: ArrayLike,
        episode: ArrayLike,
    ) -> None:
        """Announce arrivals from outside; in any order, but none before the clock.

        People at the same instant come in the order of person id, then episode, then node, so the way in
        which a caller lists them cannot matter.

        Args:
            time: Minute, float64, shape (n,); every array below has this shape too or is a scalar.
            node: Index of the node.
            kind: Kind of person, 0 to kinds - 1.
            priority: 0 (first) to 7.
            person_slot: Row of the resident, or -1 for somebody who cannot be removed.
            person_id: Identity for the random draws, 32 bits.
            episode: Code of the episode for the random draws, 32 bits.

        Raises:
            ValueError: An arrival lies before the clock, or a node, kind or priority does not exist.
        """
        times = np.atleast_1d(np.asarray(time, dtype=np.float64))
        if not len(times):
            return
        given = (node, kind, priority, person_slot, person_id, episode)
        columns_of = [np.asarray(values, dtype=np.int64) for values in given]
        self._check_arrivals(times, columns_of)
        rows = np.empty((len(times), 6), dtype=np.int32)
        for column, values in enumerate(columns_of):
            rows[:, column] = values.astype(np.int32)  # identity and episode keep their bits
        old_time, old_rows = self._pending(self._state.arrival_time, self._state.arrival_int, at.ARRIVAL_AT)
        if len(old_time):
            times, rows = np.concatenate([old_time, times]), np.concatenate([old_rows, rows])
        order = in_order(times, rows)
        self._replace(arrival_time=times[order], arrival_int=rows[order])
        self._state.counters[at.ARRIVAL_AT] = 0
        last_slot = int(columns_of[at.ARRIVAL_SLOT].max())
        if last_slot >= len(self._state.slot_head):
            self._grow_slots(last_slot + 1)

    def _check_arrivals(self, times: NDArray[np.float64], rows: list[NDArray[np.int64]]) -> None:
        limits = (
            ("node", at.ARRIVAL_NODE, len(self.network.node_names)),
            ("kind", at.ARRIVAL_KIND, self.network.kinds),
            ("priority", at.ARRIVAL_PRIORITY, at.PRIORITIES),
        )
        for name, column, limit in limits:
            if rows[column].min() < 0 or rows[column].max() >= limit:
                raise ValueError(f"an arrival's {name} is not between 0 and {limit - 1}")
        if not times.min() >= self.time:
            raise ValueError(f"an arrival at {times.min()} is before the clock at {self.time}")

    def add_place_changes(self, time: ArrayLike, node: ArrayLike, places: ArrayLike) -> None:
        """Announce new numbers of places (UNLIMITED for no limit); a place in use closes when vacated."""
        times = np.atleast_1d(np.asarray(time, dtype=np.float64))
        rows = np.empty((len(times), 2), dtype=np.int64)
        rows[:, 0], rows[:, 1] = node, places
        if len(times) and (times.min() < self.time or rows.min() < 0):
            raise ValueError("a change of places is before the clock or negative")
        old_time, old_rows = self._pending(self._state.place_time, self._state.place_int, at.PLACE_AT)
        times, rows = np.concatenate([old_time, times]), np.concatenate([old_rows, rows])
        order = np.argsort(times, kind="stable")
        self._replace(place_time=times[order], place_int=rows[order])
        self._state.counters[at.PLACE_AT] = 0

    def set_escalation(self, node: int, places: int) -> None:
        """Say how many places a node opens under pressure from now on; none closes those that are open.

        To be called between two `advance`, right after `totals`, so that integrals are up to now.
        """
        counts = self._state.node_int
        counts[node, at.ESCALATION_PLACES] = places
        if places == 0:
            counts[node, at.ESCALATED] = 0

    def add_removals(self, time: ArrayLike, person_slot: ArrayLike, reason: ArrayLike = 0) -> None:
        """Announce deaths and departures: every episode of the person ends then, wherever it is.

        Only who is in the network at that minute is removed; a later arrival of the same slot is another
        matter, for the caller not to announce.
        """
        times = np.atleast_1d(np.asarray(time, dtype=np.float64))
        rows = np.empty((len(times), 2), dtype=np.int64)
        rows[:, 0], rows[:, 1] = person_slot, reason
        if len(times) and times.min() < self.time:
            raise ValueError("a removal is before the clock")
        old_time, old_rows = self._pending(self._state.removal_time, self._state.removal_int, at.REMOVAL_AT)
        times, rows = np.concatenate([old_time, times]), np.concatenate([old_rows, rows])
        order = np.lexsort((rows[:, 0], times))
        self._replace(removal_time=times[order], removal_int=rows[order])
        self._state.counters[at.REMOVAL_AT] = 0

    def place(
        self,
        node: int,
        kind: ArrayLike,
        priority: ArrayLike,
        person_id: NDArray[np.int64],
        episode: int,
        joined: NDArray[np.float64],
        started: NDArray[np.float64],
        ends: NDArray[np.float64],
    ) -> None:
        """Put people into the network at its clock, before anything has happened and arrivals are announced.

        Args:
            node: Index of the node at which they are.
            kind: Kind of each, shape (n,) as the arrays below, or a scalar.
            priority: 0 (first) to 7.
            person_id: Identity for the random draws.
            episode: Code of the episode for the random draws.
            joined: Minute at which each joined the queue.
            started: Minute at which service began, NaN for who still waits.
            ends: Minute at which service will end.
        """
        rows = np.empty((len(person_id), 6), dtype=np.int32)
        for column, values in enumerate((node, kind, priority, -1, person_id, episode)):
            rows[:, column] = np.asarray(values, dtype=np.int64).astype(np.int32)
        while int((self._state.entity_int[:, at.STATUS] == at.FREE).sum()) < len(rows):
            self._grow_entities()
        waiting_time, waiting_rows = self._state.arrival_time, self._state.arrival_int
        self._replace(arrival_int=rows)
        _place_people(self.tables, self._state, joined, started, ends)
        self._replace(arrival_time=waiting_time, arrival_int=waiting_rows)

    # ------------------------------------------------------------------------------------ running
    def advance(self, until: float) -> None:
        """Run every event before the minute `until`, which must be finite."""
        while True:
            code = _advance(self.tables, self._state, until)
            if code == at.DONE:
                return
            if code == at.ENTITIES_FULL:
                self._grow_entities()
            else:
                self._grow_log()

    # ------------------------------------------------------------------------------------ what comes out
    def take_log(self, lent: bool = False) -> Stages:
        """Hand over the finished stages since the last call, and forget them.

        Args:
            lent: Hand over the log itself, whose columns hold 32 bits and change with the next `advance`:
                a month of a region is 20 MB, and who looks at some stages only need not copy all.
        """
        rows = int(self._state.counters[at.LOG_SIZE])
        ints, floats = self._state.log_int[:rows], self._state.log_float[:rows]
        self._state.counters[at.LOG_SIZE] = 0
        if lent:
            bits = ints.view(np.uint32)
            signed = [bits[:, i] if i in (at.LOG_ID, at.LOG_EPISODE) else ints[:, i] for i in range(6)]
            return Stages._make([*signed, *(floats[:, i] for i in range(4))])
        found = [*(_whole(ints, i) for i in range(6)), *(floats[:, i].copy() for i in range(4))]
        return Stages._make(found)

    def occupancy(self) -> Occupancy:
        """Counts per node at this moment."""
        ints = self._state.node_int
        places = ints[:, at.PLACES] + ints[:, at.ESCALATED] * ints[:, at.ESCALATION_PLACES]
        columns = (at.OCCUPIED, at.QUEUE, at.BLOCKED_HERE, at.HELD, at.DELAYED)
        return Occupancy(places, *(ints[:, i].copy() for i in columns))

    def moment(self, nodes: NDArray[np.int64], out: NDArray[np.int32]) -> None:
        """Write counts of some nodes at this moment, (4, n).

        Places in use, people without one who seek it, people who keep one after service, and places open,
        -1 where there is no limit.
        """
        copy_moment(self._state.node_int, nodes, out)

    def totals(self) -> Totals:
        """Time integrals and counts per node since the last `reset_totals`."""
        floats, ints = self._state.node_float, self._state.node_int
        areas = (at.AREA_OCCUPIED, at.AREA_QUEUE, at.AREA_BLOCKED, at.AREA_HELD, at.AREA_DELAYED)
        counts = (at.N_ARRIVALS, at.N_STARTS, at.N_FINISHED, at.N_TURNED_AWAY, at.N_DIVERTED, at.N_REMOVED)
        sums = [floats[:, i].copy() for i in (*areas, at.AREA_PLACES, at.WAITED)]
        counts = (*counts, at.N_BALKED, *range(at.N_CLOCK, at.N_CLOCK + 4))
        escalated = floats[:, at.AREA_ESCALATED].copy()
        return Totals._make([self.time - self._since, *sums, *(ints[:, i].copy() for i in counts), escalated])

    def reset_totals(self) -> None:
        """Start the integrals and counts afresh: after a warm-up, or at the start of a month."""
        self._since = self.time
        self._state.node_float[:, at.LAST + 1 :] = 0.0
        self._state.node_int[:, at.N_ARRIVALS : at.COUNTS_END] = 0

    _since = 0.0

    def present(self, nodes: NDArray[np.bool_] | None = None, residents: bool = False) -> Present:
        """Everybody in the network at this moment, or at some nodes, (N,) marked, or residents alone."""
        state = self._state
        if nodes is None:
            nodes = np.ones(len(self.network.node_names), np.bool_)
        ints, floats = columns(7, self.live, np.int64), columns(2, self.live, np.float64)
        found = copy_present(state.entity_int, state.entity_float, nodes, residents, ints, floats)
        return Present._make(column[:found] for column in (*ints, *floats))

    def without_place(self) -> NDArray[np.int64]:
        """How many seek a place at each node now, (N,): in its queue, or blocked on the way to it."""
        ints = self._state.node_int
        return np.asarray(ints[:, at.QUEUE] + ints[:, at.BLOCKED_FOR])

    def holding(self) -> Holding:
        """Every place in use at this moment, in no particular order."""
        state = self._state
        upstream = state.node_int[:, at.HOLDS_UPSTREAM] == 1
        ints, floats = columns(4, 2 * self.live, np.int64), columns(2, 2 * self.live, np.float64)
        found = copy_holding(state.entity_int, state.entity_float, upstream, ints, floats)
        slot, episode, node, following, start, end = (column[:found] for column in (*ints, *floats))
        return Holding(slot, episode, node, start, end, following)

    def person_nodes(self, person_slot: int) -> list[tuple[int, int]]:
        """The (node, status) of each episode of a person, the latest to arrive first; empty when outside."""
        found: list[tuple[int, int]] = []
        ints = self._state.entity_int
        entity = int(self._state.slot_head[person_slot]) if person_slot < len(self._state.slot_head) else -1
        while entity >= 0:
            found.append((int(ints[entity, at.NODE]), int(ints[entity, at.STATUS])))
            entity = int(ints[entity, at.SLOT_NEXT])
        return found

    def find_deadlock(self) -> list[str]:
        """Names of the nodes in a cycle in which everybody waits for a place of the next; empty if none."""
        nodes = deadlocked_nodes(self._state)
        return [self.network.node_names[node] for node in nodes]

    # ------------------------------------------------------------------------------------ arrays
    def _replace(self, **arrays: NDArray[Any]) -> None:
        self._state = self._state._replace(**arrays)

    def _pending(
        self, times: NDArray[np.float64], rows: NDArray[Any], counter: int
    ) -> tuple[NDArray[np.float64], NDArray[Any]]:
        """The part of an input stream that has not happened yet."""
        done = int(self._state.counters[counter])
        return times[done:], rows[done:]

    def _grow_slots(self, size: int) -> None:
        head = np.full(max(size, 2 * len(self._state.slot_head)), -1, dtype=np.int32)
        head[: len(self._state.slot_head)] = self._state.slot_head
        self._replace(slot_head=head)

    def _grow_entities(self) -> None:
        state = self._state
        old = len(state.entity_int)
        size = 2 * old if old < _MANY else old + old // 4  # twice as many would be memory never used
        if size > at.ENTITY_MASK:
            raise MemoryError(f"more than {at.ENTITY_MASK:,} people in the network at once")
        entity_int, entity_float = entity_rows(size)
        entity_float[:old] = state.entity_float
        grown: dict[str, NDArray[Any]] = {"entity_int": entity_int, "entity_float": entity_float}
        for name in ("visits", "heap_time", "heap_key"):
            array = getattr(state, name)
            rows = size if name == "visits" else 3 * size + 16
            grown[name] = empty_like_rows(array, rows)
            grown[name][: len(array)] = array
        self._replace(**grown)
        free_entities(self._state, old, size)

    def _grow_log(self) -> None:
        state = self._state
        rows = 2 * len(state.log_int) + 2 * int(state.counters[at.ALL_BLOCKED])
        grown = {}
        for name in ("log_int", "log_float"):
            array = getattr(state, name)
            grown[name] = empty_like_rows(array, rows)
            grown[name][: len(array)] = array
        self._replace(**grown)


def in_order(times: NDArray[np.float64], rows: NDArray[np.int32]) -> NDArray[np.int64]:
    """Return the order in which arrivals happen: by time, then by person id, episode and node.

    Args:
        times: (n,) minutes.
        rows: (n, 6) arrivals; of identity and episode the highest bit is the sign.
    """
    order = np.argsort(times)  # six times as fast as a stable sort; ties come next, a few of many
    later = times[order]
    same = later[1:] == later[:-1]
    if same.any():
        tied = np.flatnonzero(np.append(same, False) | np.append(False, same))
        mine = np.sort(order[tied])
        bits = rows.view(np.uint32)
        episode, person = bits[mine, at.ARRIVAL_EPISODE], bits[mine, at.ARRIVAL_ID]
        order[tied] = mine[np.lexsort((rows[mine, at.ARRIVAL_NODE], episode, person, times[mine]))]
    return order


def _unsigned(values: NDArray[np.int32]) -> NDArray[np.int64]:
    """Numbers of 32 bits without sign, as they were before the entity's row kept their bits."""
    return values.view(np.uint32).astype(np.int64)


def _whole(rows: NDArray[np.int32], column: int) -> NDArray[np.int64]:
    """One column of the log."""
    values = np.ascontiguousarray(rows[:, column])
    return _unsigned(values) if column in (at.LOG_ID, at.LOG_EPISODE) else values.astype(np.int64)
