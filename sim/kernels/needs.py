"""The monthly loop that turns rates into needs: how many, when, where they enter, and under which key.

A need class gives each resident a Poisson number of needs a month at that resident's own rate. The number
is the inverse distribution function of one keyed uniform, so a lower rate removes needs and moves none.

The uniform of a class is a 32-bit word. Its leading byte comes from one block of random words that up to
sixteen classes share, the other three from a block of the class's own, drawn only where the byte leaves open
whether there is a need. So most residents cost one block a month, and most classes one comparison of a byte.
"""

from __future__ import annotations

import math
from typing import NamedTuple

import numpy as np
import numpy.typing as npt
from numba import njit

from sim.kernels.need_sieve import LEAD_SHIFT, fill_blocks, gates_of, packed_leads, sieve
from sim.kernels.randomness import philox4x32, uniform32, uniform53

MOST_A_MONTH = 60  # needs of one class; a Poisson mean of 20 exceeds it once in 10^12
COPY_STRIDE = np.uint32(1024)
DAY_STEPS = 4096
DAY_SHIFT = np.uint32(20)
REST_SHIFT = np.uint32(8)
HOURS_A_DAY = 24.0
_EDGE = 1.0 + 1e-9  # room for rounding
_CHUNK = 1024  # rows whose random words are made at once


class NeedClasses(NamedTuple):
    """Every need class, compiled for one month. J classes, S strata, N neighbourhoods, O entry options.

    gate, lane: (J,) stream and byte (0 to 15) that leads the uniform which decides the number; classes that
    share a gate stand together, so that one block of random words serves up to sixteen of them.
    recent: (J,) which recent events raise the class: 1 discharges, 2 attendances, 3 both, 0 neither.
    stream: (J,) random stream of the rest of that uniform, and of what the needs are like.
    flows: (J,) 1 when needs enter the network one by one, 0 when pooled.
    expected: (J, S) needs this month at programme multipliers of one, without recent use.
    lead: (S, J) leading byte of `threshold`: with a larger byte there is no need.
    threshold: (S, J) 32-bit word below which a resident may have a need, at the largest multiplier.
    second: (S, J) the same for a second need; between the two, without programmes, it is exactly one.
    programme_first, programme, programme_curve: as in the life course.
    profile: (J, hours + 1) share of the month's needs that arise before each hour.
    day: (J, 4096) day of the month by the leading 12 bits of a word, for pooled needs.
    entry_share: (J, N, O) cumulated share of entry options; entry_node: (J, O) their nodes.
    priority_share: (J, A, 8) cumulated share of priorities by age band.
    """

    gate: npt.NDArray[np.uint32]
    lane: npt.NDArray[np.uint8]
    recent: npt.NDArray[np.uint8]
    stream: npt.NDArray[np.uint32]
    flows: npt.NDArray[np.uint8]
    expected: npt.NDArray[np.float64]
    lead: npt.NDArray[np.uint8]
    threshold: npt.NDArray[np.uint32]
    second: npt.NDArray[np.uint32]
    programme_first: npt.NDArray[np.int64]
    programme: npt.NDArray[np.int64]
    programme_curve: npt.NDArray[np.float64]
    profile: npt.NDArray[np.float64]
    day: npt.NDArray[np.uint8]
    entry_share: npt.NDArray[np.float64]
    entry_node: npt.NDArray[np.int64]
    priority_share: npt.NDArray[np.float64]


class Thresholds(NamedTuple):
    """The fields of `NeedClasses` that are written anew each month, (S, J) each."""

    lead: npt.NDArray[np.uint8]
    threshold: npt.NDArray[np.uint32]
    second: npt.NDArray[np.uint32]

    @classmethod
    def of(cls, strata: int, classes: int) -> Thresholds:
        """Return empty tables."""
        shape = (strata, classes)
        return cls(np.zeros(shape, np.uint8), np.zeros(shape, np.uint32), np.zeros(shape, np.uint32))


class CellTables(NamedTuple):
    """What a cell says of its residents: neighbourhood, age band and patient kind, each (cells,)."""

    neighbourhood: npt.NDArray[np.int64]
    age_band: npt.NDArray[np.int64]
    kind: npt.NDArray[np.int64]


class Arrivals(NamedTuple):
    """Needs that enter the network this month, unsorted; time in hours since the month's start."""

    hour: npt.NDArray[np.float64]
    node: npt.NDArray[np.int32]
    kind: npt.NDArray[np.int16]
    priority: npt.NDArray[np.uint8]
    row: npt.NDArray[np.int32]
    episode: npt.NDArray[np.uint32]
    need_class: npt.NDArray[np.uint8]
    copy: npt.NDArray[np.uint16]


def first_of(arrivals: Arrivals, count: int) -> Arrivals:
    """Return views of the first `count` arrivals of the buffers."""
    return Arrivals(
        hour=arrivals.hour[:count],
        node=arrivals.node[:count],
        kind=arrivals.kind[:count],
        priority=arrivals.priority[:count],
        row=arrivals.row[:count],
        episode=arrivals.episode[:count],
        need_class=arrivals.need_class[:count],
        copy=arrivals.copy[:count],
    )


def room_for(n: int) -> Arrivals:
    """Return empty buffers for so many arrivals."""
    return Arrivals(
        hour=np.empty(n),
        node=np.empty(n, np.int32),
        kind=np.empty(n, np.int16),
        priority=np.empty(n, np.uint8),
        row=np.empty(n, np.int32),
        episode=np.empty(n, np.uint32),
        need_class=np.empty(n, np.uint8),
        copy=np.empty(n, np.uint16),
    )


@njit(cache=True, inline="always")
def threshold_of(chance):  # type: ignore[no-untyped-def]
    """Return the number of 32-bit words whose uniform lies below a probability."""
    return np.uint32(min(4294967295.0, math.floor(chance * 4294967296.0 + 0.5)))


@njit(cache=True)
def fill_thresholds(expected, largest_multiplier, lead, threshold, second):  # type: ignore[no-untyped-def]
    """Write the words below which a resident may have one need, and two, and the leading byte of the first.

    Shapes (J, S), (J,), (S, J), (S, J), (S, J).
    """
    for j in range(expected.shape[0]):
        for s in range(expected.shape[1]):
            mean = expected[j, s] * largest_multiplier[j]
            none = math.exp(-mean)
            one = -math.expm1(-mean)
            threshold[s, j] = threshold_of(one)
            lead[s, j] = threshold[s, j] >> LEAD_SHIFT
            second[s, j] = threshold_of(one - none * mean)


@njit(cache=True, inline="always")
def poisson_count(uniform, mean):  # type: ignore[no-untyped-def]
    """Return the number k with P(N > k) <= uniform < P(N >= k): falls with the mean, draw by draw."""
    square = mean * mean
    # m - m^2 / 2 <= P(N >= 1) <= m and P(N >= 2) <= m^2 / 2 decide most without an exponential
    if uniform > mean * _EDGE:
        return 0
    if square * 0.5 * _EDGE < uniform < mean - square * 0.5 * _EDGE:
        return 1
    term = math.exp(-mean)
    above = -math.expm1(-mean)  # P(N >= 1)
    count = 0
    while uniform < above and count < MOST_A_MONTH:
        count += 1
        term *= mean / count
        above -= term
    return count


@njit(cache=True, inline="always")
def hour_of(uniform, profile, need_class):  # type: ignore[no-untyped-def]
    """Return the hour of the month at which the profile's cumulated share reaches `uniform`."""
    hour = int(uniform * (profile.shape[1] - 1))  # profiles stay near the diagonal: walk from there
    while profile[need_class, hour] > uniform:
        hour -= 1
    while profile[need_class, hour + 1] <= uniform:
        hour += 1
    low, high = profile[need_class, hour], profile[need_class, hour + 1]
    return hour + (uniform - low) / (high - low)


def day_table(profile: npt.NDArray[np.float64]) -> npt.NDArray[np.uint8]:
    """Return the day that each of 4,096 equal parts of the unit interval falls in, (J, 4096).

    Pooled needs are counted by day only, so the inverse of the profile is tabulated: a day's share is exact
    to one part in 4,096 of the month.
    """
    middle = (np.arange(DAY_STEPS) + 0.5) / DAY_STEPS
    return np.stack([(np.searchsorted(line, middle, side="right") - 1) // 24 for line in profile]).astype(
        np.uint8
    )


@njit(cache=True, inline="always")
def option_of(uniform, shares, i, j):  # type: ignore[no-untyped-def]
    """Return the first option whose cumulated share, `shares[i, j]`, exceeds `uniform`."""
    option = 0
    while option < shares.shape[2] - 1 and uniform >= shares[i, j, option]:
        option += 1
    return option


@njit(cache=True, inline="always")
def lane_of(block, lane):  # type: ignore[no-untyped-def]
    """Return one of the four words of a block."""
    return block[0] if lane == 0 else block[1] if lane == 1 else block[2] if lane == 2 else block[3]


@njit(cache=True)
def episode_code(stream, occasion, index, copy):  # type: ignore[no-untyped-def]
    """Return the 32-bit code of an episode: class, calendar month, index in it, copy. No running count."""
    return philox4x32(stream, occasion, np.uint32(index), np.uint32(copy), np.uint32(0), np.uint32(0))[0]


@njit(cache=True)
def generate(  # type: ignore[no-untyped-def]  # noqa: PLR0912, PLR0915
    month, calendar_start, status, stratum, excess, cell, person, exits, copies, classes, reached,
    cells, arrivals, pooled, pooled_days, sought, key,
):  # fmt: skip
    """Draw the needs of one month.

    Args:
        month: Month of the run.
        calendar_start: Calendar month of month 0.
        status: (N,) 1 when registered.
        stratum: (N,) index into the second axis of `classes.expected`.
        excess: (N, 2) by how much discharges and attendances raise a resident's rates, 0 or more; 1 doubles.
        cell: (N,) cell.
        person: (N,) identity.
        exits: Rows of those who die or leave this month, ascending, and N after the last, and the hour of the
            month at which each does, (exits + 1,) both.
        copies: (N,) keyed copies of each need (1 at full scale).
        classes: Compiled `NeedClasses`.
        reached: (N, R) month each programme reached the resident.
        cells: `CellTables`.
        arrivals: Output buffers; the call stops before they overflow.
        pooled: (J, cells) counts of pooled needs, added to.
        pooled_days: (J, neighbourhoods, days) the same by day, added to.
        sought: (N, pooled classes) the same by row, classes in their order, added to.
        key: The two words of `replicate_key`.

    Returns:
        (number of arrivals written, whether the buffers were too small).
    """
    found = 0
    # whatever is read in the loop has a name of its own: a function given the named tuples, or an array taken
    # out of one in the loop, costs more than all the arithmetic
    occasion = np.uint32(calendar_start + month)
    threshold, expected = classes.threshold, classes.expected
    streams, days = classes.stream, classes.day
    firsts, flows, second = classes.programme_first, classes.flows, classes.second
    profile, entry_share, entry_node = classes.profile, classes.entry_share, classes.entry_node
    priority_share, curve, programme = classes.priority_share, classes.programme_curve, classes.programme
    of_cell, band_of_cell, kind_of_cell = cells.neighbourhood, cells.age_band, cells.kind
    out_hour, out_node, out_kind, out_priority, out_row, out_episode, out_class, out_copy = arrivals
    exit_row, exit_hour = exits
    kind_of = np.cumsum(flows == 0) - 1
    at_exit = 0
    last = curve.shape[1] - 1
    gate_first = gates_of(classes.gate)
    packed, class_at = packed_leads(classes.lead, classes.lane, gate_first)
    room = _CHUNK * streams.size + 1
    words = np.empty((gate_first.size - 1, 4, _CHUNK), np.uint32)
    rows, class_of, byte = np.empty(room, np.int64), np.empty(room, np.int64), np.empty(room, np.uint32)
    bounds, multiplier = np.empty(room, np.uint32), np.empty(room)
    who, of_stream = np.empty(room, np.uint32), np.empty(room, np.uint32)
    blocks = np.empty((4, room), np.uint32)
    # not unpacked: lines of an array that are unpacked count as strided, and no loop over them is fast
    own0, own1, own2, own3 = blocks[0], blocks[1], blocks[2], blocks[3]
    living, identity = np.empty(_CHUNK, np.int64), np.empty(_CHUNK, np.uint32)
    seen = 0
    while seen < status.size:
        n = 0
        while n < _CHUNK and seen < status.size:  # of all rows a third has not come yet or has gone
            living[n], identity[n] = seen, person[seen]
            n += status[seen] == 1
            seen += 1
        for g in range(gate_first.size - 1):
            of_stream[:n] = classes.gate[gate_first[g]]
            fill_blocks(
                identity[:n], occasion, of_stream, key[0], key[1], words[g, 0], words[g, 1],
                words[g, 2], words[g, 3],
            )  # fmt: skip
        n_open = sieve(
            living[:n], stratum, excess, words, gate_first, packed, class_at, classes.lane,
            classes.recent, threshold, rows, class_of, byte, bounds, multiplier,
        )  # fmt: skip
        for k in range(n_open):
            who[k], of_stream[k] = person[rows[k]], streams[class_of[k]]
        fill_blocks(who[:n_open], occasion, of_stream, key[0], key[1], own0, own1, own2, own3)
        for k in range(n_open):
            bound = bounds[k]
            word = byte[k] << LEAD_SHIFT | own0[k] >> REST_SHIFT
            if word >= bound:
                continue
            row, j, more = rows[k], class_of[k], multiplier[k]
            here, raised = stratum[row], more > 1.0
            while exit_row[at_exit] < row:  # rows come in their order
                at_exit += 1
            until = exit_hour[at_exit] if exit_row[at_exit] == row else np.inf
            own = own0[k], own1[k], own2[k], own3[k]
            if found + MOST_A_MONTH * copies[row] > out_hour.size:
                return found, True
            first, end = firsts[j], firsts[j + 1]
            if not raised and first == end and word >= second[here, j]:
                count = 1
            else:
                mean = expected[j, here]
                if raised:
                    mean *= more
                for entry in range(first, end):
                    since = month - reached[row, programme[entry]]
                    if since >= 0:
                        mean *= curve[entry, min(since, last)]
                count = poisson_count(uniform32(word), mean)
            if flows[j] == 0:
                neighbourhood = of_cell[cell[row]]
                last_day = until / HOURS_A_DAY
                block = own  # the first three contacts take what is left of the class's own block
                for index in range(count):
                    lane = np.uint8((index + 1) & 3)
                    if lane == 0:
                        block = philox4x32(
                            person[row], occasion, streams[j], np.uint32(1 + index), key[0], key[1]
                        )
                    word = lane_of(block, lane)
                    day = days[j, word >> DAY_SHIFT]
                    if day < last_day:
                        pooled[j, cell[row]] += 1
                        sought[row, kind_of[j]] += 1
                        pooled_days[j, neighbourhood, day] += 1
                continue
            for index in range(count):
                for copy in range(copies[row]):
                    draw = philox4x32(
                        person[row], occasion, streams[j],
                        np.uint32(1 + index) + COPY_STRIDE * np.uint32(copy), key[0], key[1],
                    )  # fmt: skip
                    hour = hour_of(uniform53(draw[0], draw[1]), profile, j)
                    if hour >= until:
                        continue
                    out_hour[found] = hour
                    option = option_of(uniform32(draw[2]), entry_share, j, of_cell[cell[row]])
                    out_node[found] = entry_node[j, option]
                    out_kind[found] = kind_of_cell[cell[row]]
                    out_priority[found] = option_of(
                        uniform32(draw[3]), priority_share, j, band_of_cell[cell[row]]
                    )
                    out_row[found] = row
                    out_episode[found] = episode_code(streams[j], occasion, index, copy)
                    out_class[found] = j
                    out_copy[found] = copy
                    found += 1
    return found, False


@njit(cache=True)
def episode_codes(stream, occasion, copy):  # type: ignore[no-untyped-def]
    """Return the episode code of each copy of the first need of a stream and occasion, (n,) uint32."""
    out = np.empty(copy.size, np.uint32)
    for i in range(copy.size):
        out[i] = episode_code(stream, occasion, 0, copy[i])
    return out
