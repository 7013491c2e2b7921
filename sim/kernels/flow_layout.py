"""How the flow kernel lays its state out in arrays: names of columns, codes, and the two tuples of arrays.

A table of entities, nodes or counters is one two-dimensional array whose columns are named here, so that
what is used together lies together in memory, and the kernel is called with few arguments.
"""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

type_int = np.int64
type_float = np.float64

PRIORITIES = 8
MAX_KINDS = 4096
UNLIMITED = 1 << 40  # places or queue limit that never binds
DAY = 1440.0  # minutes

HOUR = 60.0
WEEK_HOURS = 168

# Codes in the log's column `next`. A node index is >= 0 and exit i is -1 - i.
NOWHERE = -9_000  # no such target: the node has no rule of that kind
TURNED_AWAY = -10_000  # arrived from outside and found the external queue full
BALKED = -15_000  # arrived from outside, found too many waiting and did not join
DIVERTED = -20_000  # the same, but sent on: DIVERTED - node
REMOVED = -30_000  # left by a removal: REMOVED - reason

# --- entities: one record of 192 bytes each, three lines of cache, seen as integers of 32 bits and as floats
# of 64; a float column F lies where the integer columns 2 F and 2 F + 1 would. The first line holds what
# every event reads, the second what queues and exits need, the third what few need.
EVENT, START, END = 0, 1, 2  # floats; EVENT: key of the coming event or -1
STATUS, NODE, KIND, PERSON_ID, EPISODE = 6, 7, 8, 9, 10  # the last two with their sign bit as the highest
WORD_ROUTE, WORD_DELAY, UNITS, OPEN, HOLD = 11, 12, 13, 14, 15  # UNITS: places used here
JOIN, ORDER = 8, 9  # floats; ORDER: who asked first has the smaller one
TARGET, PERSON_SLOT, SLOT_NEXT, SLOT_PREVIOUS, PRIORITY, INTERNAL = 20, 21, 22, 23, 24, 25
NEXT, PREVIOUS, LIST_PRIORITY, HOLD_NEXT, HOLD_UNITS = 26, 27, 28, 29, 30
HOLD_JOIN, HOLD_START, HOLD_END = 16, 17, 18  # floats, as the rest
CLOCK = 19  # three wide: when somebody who waits reneges, worsens, dies
# EVENT and ORDER count without end, which an integer of 32 bits would not hold and a float holds to 2^53
ENTITY_FLOATS = 24
ENTITY_INTS = 2 * ENTITY_FLOATS
INT_COLUMNS = (*range(6, 16), *range(20, 31))
LINE = 64  # bytes

# --- what may happen to somebody who waits (columns of `clocks`), and to somebody blocked on the way here
RENEGES, WORSENS, DIES, OVERFLOWS = 0, 1, 2, 3
WAITING_CLOCKS = 3

# --- status of an entity
FREE, WAITING, IN_SERVICE, BLOCKED, IN_DELAY = 0, 1, 2, 3, 4

# --- nodes, integer columns
PLACES, OCCUPIED, QUEUE, QUEUE_INTERNAL, BLOCKED_HERE, BLOCKED_FOR = 0, 1, 2, 3, 4, 5
DELAYED, HELD, MARKED, EXTERNAL_LIMIT, INTERNAL_LIMIT = 6, 7, 8, 9, 10
DIVERT, HOLDS_UPSTREAM, STREAM, REVISIT = 11, 12, 13, 14
N_ARRIVALS, N_STARTS, N_FINISHED, N_TURNED_AWAY, N_DIVERTED, N_REMOVED = 15, 16, 17, 18, 19, 20
N_BALKED, N_CLOCK = 21, 22  # N_CLOCK is four wide: reneged, worsened, died, overflowed
COUNTS_END = 26  # first column after the counts
QUEUE_MASK, BLOCKED_MASK = 26, 27
CLOCK_TO = 28  # four wide: where the reneging, the worsened, the dead and the overflowing go
WORSENED_PRIORITY, HAS_CLOCKS, BALK_FIRST, BALK_LAST = 32, 33, 34, 35
ESCALATION_PLACES, ESCALATED = 36, 37
QUEUE_HEAD, QUEUE_TAIL, BLOCKED_HEAD, BLOCKED_TAIL = 40, 48, 56, 64  # each PRIORITIES wide
NODE_INTS = 72

# --- nodes, float columns
LAST, AREA_OCCUPIED, AREA_QUEUE, AREA_BLOCKED, AREA_PLACES = 0, 1, 2, 3, 4
AREA_HELD, AREA_DELAYED, WAITED, AREA_ESCALATED = 5, 6, 7, 8
NODE_FLOATS = 9

# --- calendar: the key of an event holds its sequence above and its entity in the lowest bits
ENTITY_BITS = 24
ENTITY_MASK = (1 << ENTITY_BITS) - 1

# --- counters
HEAP_SIZE, STALE, FREE_HEAD, SEQUENCE, NEXT_ORDER = 0, 1, 2, 3, 4
ARRIVAL_AT, PLACE_AT, REMOVAL_AT, LOG_SIZE, ALL_BLOCKED = 5, 6, 7, 8, 9
LIVE, EVENTS, WORK_FIRST, WORK_SIZE, LEFT, WEEK_SHIFT = 10, 11, 12, 13, 14, 15
COUNTERS = 16

# --- what `advance` returns
DONE, ENTITIES_FULL, LOG_FULL = 0, 1, 2

# --- columns of the input streams
ARRIVAL_NODE, ARRIVAL_KIND, ARRIVAL_PRIORITY, ARRIVAL_SLOT, ARRIVAL_ID, ARRIVAL_EPISODE = 0, 1, 2, 3, 4, 5
PLACE_NODE, PLACE_COUNT = 0, 1
REMOVAL_SLOT, REMOVAL_REASON = 0, 1

# --- columns of the log
LOG_SLOT, LOG_ID, LOG_EPISODE, LOG_KIND, LOG_NODE, LOG_NEXT = 0, 1, 2, 3, 4, 5
LOG_JOIN, LOG_START, LOG_END, LOG_LEAVE = 0, 1, 2, 3

# --- columns of an edge and of a distribution
EDGE_TARGET, EDGE_DELAY, EDGE_HOLDS = 0, 1, 2
D_FAMILY, D_A, D_B, D_C, D_LOW, D_SPAN = 0, 1, 2, 3, 4, 5


class Tables(NamedTuple):
    """What the network's declaration compiles to; read by the kernel, never written by it.

    N nodes, K kinds, D distributions, R routing rows, E edges, W times of the week at
    which ways on differ. A caller may change values between two calls of `advance` (an intervention that
    scales a service time); shapes and types stay, and other routing rows come with other `Tables`.
    """

    service: NDArray[np.int64]  # (N, K) row of `distribution`
    service_scale: NDArray[np.float64]  # (N, K) factor on the drawn service time
    priority: NDArray[np.int64]  # (N, K) priority at this node, -1: as on arrival
    route_row: NDArray[np.int64]  # (N, K, W) routing row
    week_slot: NDArray[np.int64]  # (168,) which of the W times each hour of the week is
    route_start: NDArray[np.int64]  # (R + 1,) first edge of each row
    route_cumulative: NDArray[np.float64]  # (E,) cumulative probability; the last of a row is 1
    edge: NDArray[np.int64]  # (E, 3) target (>= 0 node, -1 - i exit i), delay distribution or -1, holds place
    distribution: NDArray[np.float64]  # (D, 6) family, a, b, c, lowest probability, span of probabilities
    points: NDArray[np.float64]  # (P, 2) probability, value of empirical; cumulated share, row of mixtures
    clocks: NDArray[np.int64]  # (N, K, 4) distribution until reneging, worsening, death, overflow; -1: never
    uses: NDArray[np.int64]  # (N, K, 2) places that one person uses at first and at last
    balking: NDArray[np.float64]  # (B, 2) queue found, probability of not joining it; by node, rising
    escalation: NDArray[np.float64]  # (N, 2) opens above, closes at or below: multiples of the places open


class State(NamedTuple):
    """All that changes while the network runs."""

    entity_int: NDArray[np.int32]  # (capacity, ENTITY_INTS): the same memory as
    entity_float: NDArray[np.float64]  # (capacity, ENTITY_FLOATS)
    visits: NDArray[np.uint16]  # (capacity, nodes that can be visited twice; at least 1)
    slot_head: NDArray[np.int32]  # (slots,) first entity of each person slot, or -1
    node_int: NDArray[np.int64]  # (N, NODE_INTS)
    node_float: NDArray[np.float64]  # (N, NODE_FLOATS)
    heap_time: NDArray[np.float64]  # (3 capacity + 16,)
    heap_key: NDArray[np.int64]  # (3 capacity + 16,) sequence above, entity in the lowest ENTITY_BITS
    ways: NDArray[np.int32]  # (W, N, K) `Tables.route_row` with what one hour reads side by side
    work: NDArray[np.int64]  # (N,) ring of nodes whose places or queue have to be looked at
    log_int: NDArray[np.int32]  # (rows, 6)
    log_float: NDArray[np.float64]  # (rows, 4)
    arrival_time: NDArray[np.float64]
    arrival_int: NDArray[np.int32]  # (arrivals, 6), as entities have them
    place_time: NDArray[np.float64]
    place_int: NDArray[np.int64]  # (changes, 2)
    removal_time: NDArray[np.float64]
    removal_int: NDArray[np.int64]  # (removals, 2)
    counters: NDArray[np.int64]  # (COUNTERS,)
    clock: NDArray[np.float64]  # (1,) time up to which the network has run
    key: NDArray[np.uint32]  # (2,) replicate key


class NodeSpec(NamedTuple):
    """One node as the kernel needs it, one value per node; shape (N,) where nothing else is said."""

    places: NDArray[np.int64]
    external_limit: NDArray[np.int64]
    internal_limit: NDArray[np.int64]
    divert: NDArray[np.int64]
    holds_upstream: NDArray[np.bool_]
    stream: NDArray[np.uint32]
    clock_to: NDArray[np.int64]  # (N, 4) target of reneging, worsening, death and overflow; NOWHERE without
    worsened_priority: NDArray[np.int64]
    balk_rows: NDArray[np.int64]  # (N, 2) first row and end in `Tables.balking`
    escalation_places: NDArray[np.int64]


class FlowNetwork(NamedTuple):
    """A compiled network: names for people, arrays for the kernel."""

    node_names: tuple[str, ...]
    exit_names: tuple[str, ...]
    kinds: int
    nodes: NodeSpec
    tables: Tables


def entity_rows(rows: int) -> tuple[NDArray[np.int32], NDArray[np.float64]]:
    """Records of zeros for so many entities, as integers and as floats; each begins a line of cache."""
    whole = np.zeros(rows * ENTITY_FLOATS + LINE // 8)
    first = -whole.ctypes.data % LINE // 8
    floats = whole[first : first + rows * ENTITY_FLOATS].reshape(rows, ENTITY_FLOATS)
    return floats.view(np.int32), floats


def empty_like_rows(array: NDArray[Any], rows: int) -> NDArray[Any]:
    """An uninitialised array like `array` with another number of rows."""
    return np.empty((rows, *array.shape[1:]), dtype=array.dtype)
