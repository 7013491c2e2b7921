"""The monthly loop over residents: which of their possible transitions happen, and when in the month.

Each transition of each resident has a keyed clock of *candidate* months, drawn from a dominating hazard
that depends on age and sex alone, never on the scenario. The clock of whoever is not at risk sleeps; it is
drawn anew, keyed by that month, when they come to be: a process without memory loses nothing by it, and few
are at risk of what follows an illness. A candidate month is tried once: it is accepted with probability
(1 - exp(-h)) / (1 - exp(-H)), where h is the hazard that the resident really has that month and H the
dominating one (Lewis and Shedler, "Simulation of nonhomogeneous Poisson processes by thinning", 1979, in
monthly steps). So a month without a candidate costs one comparison, monthly probabilities are exactly
1 - exp(-h), and lowering a hazard can only remove events, on the same dates.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
import numpy.typing as npt
from numba import njit

from sim.kernels.candidates import chance_of_none, chance_within, next_candidate
from sim.kernels.due import by_process, copy_clocks, copy_codes, due_processes, due_rows, keep_clocks
from sim.kernels.need_sieve import fill_blocks
from sim.kernels.randomness import philox4x32, uniform32
from sim.kernels.trying import accept, move_on, ratios_of

NEVER = np.int16(32767)
CODES = 16  # codes a column may take in a modifier table
MAX_ACCEPTED = 128  # transitions of one resident in one month; more than there are processes
AGES_A_GROUP = 5
AGE_GROUPS = 23  # 0-4 to 110+
_INITIAL_INDEX = np.uint32(1)
_ARMED_INDEX = np.uint32(2)
_CHUNK = 2048  # rows tried at once
_MANY = 10_000  # rows from which a table of chances pays
_MONTHS = 12
_LAST_AGE = 110


class Processes(NamedTuple):
    """Every transition, compiled. P processes, 2 sexes, ages 0..110, Q strata, M months.

    column, from_code, to_code: (P,) the column that changes, and its code before and after.
    stream: (P,) random stream.
    base: (P, 2, 111, Q) hazard a month at modifiers of one.
    bound: (P, 2, 111) dominating hazard a month; bound_sum: (P, 2, 112) its sum from birth to each birthday.
    calendar: (P, M) multiplier of the whole population by month.
    modifier_first: (P + 1,) where each process's modifiers start; modifier_column: column read;
    modifier_table: (n, 2, 23, CODES) the ratio by sex, five-year age group and code.
    ratio_most: (P, 2, 23) the largest product of modifiers that counts; what is above it is cut.
    programme_first: (P + 1,), programme: index of the programme; programme_curve: (n, months since reached).
    counting: (P,) for a process that adds one to its column, its place in `most` and `own`; -1 for one that
    sets `to_code`; empty when none counts. most: (C,) the count at which it stops. own: (C, 2, 111, Q, codes)
    ratio by the count itself.
    """

    column: npt.NDArray[np.int64]
    from_code: npt.NDArray[np.uint8]
    to_code: npt.NDArray[np.uint8]
    stream: npt.NDArray[np.uint32]
    base: npt.NDArray[np.float64]
    bound: npt.NDArray[np.float64]
    bound_sum: npt.NDArray[np.float64]
    calendar: npt.NDArray[np.float64]
    modifier_first: npt.NDArray[np.int64]
    modifier_column: npt.NDArray[np.int64]
    modifier_table: npt.NDArray[np.float32]
    ratio_most: npt.NDArray[np.float64]
    programme_first: npt.NDArray[np.int64]
    programme: npt.NDArray[np.int64]
    programme_curve: npt.NDArray[np.float64]
    counting: npt.NDArray[np.int64] = np.zeros(0, np.int64)
    most: npt.NDArray[np.uint8] = np.zeros(0, np.uint8)
    own: npt.NDArray[np.float32] = np.zeros((0, 2, _LAST_AGE + 1, 1, 1), np.float32)


class Events(NamedTuple):
    """Where a month's accepted transitions are written: row, process and fraction of the month, by row."""

    row: npt.NDArray[np.int64]
    process: npt.NDArray[np.int64]
    fraction: npt.NDArray[np.float64]


@njit(cache=True)
def start_clocks(  # type: ignore[no-untyped-def]
    rows, entry_month, calendar_start, horizon, person, birth_month, columns, sex_column, processes,
    clock_row, clock, soonest, key,
):  # fmt: skip
    """Set the candidate clocks of residents who enter in `entry_month`; of what they are not at risk, asleep.

    Args:
        rows: Rows to set.
        entry_month: First month in which they are at risk (may be negative in a burn-in).
        calendar_start: Calendar month (year * 12 + month - 1) of month 0: the occasion of every draw.
        horizon: Months of the run; nothing is scheduled from there on.
        person: (N,) identity.
        birth_month: (N,) month of birth.
        columns: (N, K) codes.
        sex_column: Which column holds sex.
        processes: Compiled `Processes`.
        clock_row: (N,) which row of `clock` is a resident's.
        clock: (rows, P) next candidate month, or the horizon; one byte each when the horizon is short.
        soonest: (N,) the earliest of them, written.
        key: The two words of `replicate_key`.
    """
    occasion = np.uint32(calendar_start + entry_month)
    many = rows.size > _MANY
    none = (
        chance_of_none(processes.bound, processes.bound_sum, horizon - entry_month)
        if many
        else (np.zeros((0, 2, 0)))
    )
    # names of their own, as in `advance_month`, and `at_risk` written out
    column, from_code, stream = processes.column, processes.from_code, processes.stream
    bound, bound_sum = processes.bound, processes.bound_sum
    counting, most = processes.counting, processes.most
    some_count, key0, key1 = counting.size > 0, key[0], key[1]
    risky, streams = np.empty(column.size + 1, np.int64), np.empty(column.size + 1, np.uint32)
    word = np.empty(column.size, np.uint32)
    for row in rows:
        n = 0
        mine = clock_row[row]
        first = NEVER
        age_months = np.int64(entry_month) - birth_month[row]
        sex = columns[row, sex_column]
        for process in range(column.size):
            clock[mine, process] = horizon
            code = columns[row, column[process]]
            place = counting[process] if some_count else -1
            risky[n], streams[n] = process, stream[process]
            n += (code < most[place]) if place >= 0 else (code == from_code[process])
        for k in range(n):  # nothing else in the loop: so the compiler makes many words at once
            word[k] = philox4x32(person[row], occasion, streams[k], _INITIAL_INDEX, key0, key1)[3]
        for k in range(n):
            process = risky[k]
            if many and uniform32(word[k]) < none[process, sex, age_months]:
                continue
            month = next_candidate(bound, bound_sum, process, sex, age_months, entry_month, word[k], horizon)
            clock[mine, process] = month
            first = min(first, month)
        soonest[row] = first


@njit(cache=True, inline="always")
def at_risk(columns, row, process, processes):  # type: ignore[no-untyped-def]
    """Whether a resident may undergo a process: at its first code, or below the most that it counts to."""
    code = columns[row, processes.column[process]]
    if processes.counting.size > 0 and processes.counting[process] >= 0:
        return code < processes.most[processes.counting[process]]
    return code == processes.from_code[process]


@njit(cache=True, inline="always")
def product_of(columns, row, sex, group, first, end, modifier_column, modifier_table):  # type: ignore[no-untyped-def]
    """Return the product of a resident's modifiers from `first` to before `end`."""
    ratio = 1.0
    for modifier in range(first, end):
        code = min(columns[row, modifier_column[modifier]], CODES - 1)
        ratio *= modifier_table[modifier, sex, group, code]
    return ratio


@njit(cache=True, inline="always")
def ratio_of(columns, row, process, sex, group, processes):  # type: ignore[no-untyped-def]
    """Return the product of a resident's modifiers of one process, cut at the largest that counts."""
    ratio = product_of(
        columns, row, sex, group, processes.modifier_first[process], processes.modifier_first[process + 1],
        processes.modifier_column, processes.modifier_table,
    )  # fmt: skip
    return min(ratio, processes.ratio_most[process, sex, group])


@njit(cache=True, inline="always")
def with_programmes(rate, first, end, row, month, programme, curve, reached):  # type: ignore[no-untyped-def]
    """Return a hazard with the effects of the programmes that have reached a resident."""
    last = curve.shape[1] - 1
    for entry in range(first, end):
        since = month - reached[row, programme[entry]]
        if since >= 0:
            rate *= curve[entry, min(since, last)]
    return rate


@njit(cache=True, inline="always")
def hazard(columns, row, process, sex, age, stratum, month, processes, reached):  # type: ignore[no-untyped-def]
    """Return the hazard a month of one process for one resident, never above the dominating one."""
    ratio = ratio_of(columns, row, process, sex, age // AGES_A_GROUP, processes)
    rate = processes.base[process, sex, age, stratum] * processes.calendar[process, month] * ratio
    if processes.counting.size > 0 and processes.counting[process] >= 0:
        count = columns[row, processes.column[process]]
        rate *= processes.own[processes.counting[process], sex, age, stratum, count]
    rate = with_programmes(
        rate, processes.programme_first[process], processes.programme_first[process + 1], row, month,
        processes.programme, processes.programme_curve, reached,
    )  # fmt: skip
    return min(rate, processes.bound[process, sex, age])


@njit(cache=True)
def advance_month(  # type: ignore[no-untyped-def]
    month, calendar_start, horizon, person, birth_month, columns, sex_column, stratum_column, status_column,
    processes, reached, clock_row, clock, soonest, events, clipped, key,
):  # fmt: skip
    """Try the candidates of one month and write the transitions that happen; columns are not changed.

    All transitions are judged against the state at the month's start. Two that would change the same
    column compete: the earlier in the month wins. Stamps are uniform in the month and do not depend on the
    hazard, so that an event that remains in a scenario keeps its date to the minute. Nothing happens to a
    resident after the one that changes the status column (death, departure).

    Args:
        month: Month of the run, from 0.
        calendar_start: Calendar month of month 0.
        horizon: Months of the run.
        person: (N,) identity.
        birth_month: (N,) month of birth.
        columns: (N, K) codes.
        sex_column: Which column holds sex.
        stratum_column: Which column holds the stratum of hazards.
        status_column: Which column holds the status.
        processes: Compiled `Processes`.
        reached: (N, R) month in which each programme reached the resident, 32767 if it has not.
        clock_row: (N,) which row of `clock` is a resident's.
        clock: (rows, P) candidate clocks, moved on.
        soonest: (N,) the earliest of them, moved on.
        events: Output buffers.
        clipped: (P,) counter of tries whose hazard was cut to the dominating one.
        key: The two words of `replicate_key`.

    Returns:
        How many events were written.
    """
    found, seen = 0, 0
    occasion = np.uint32(calendar_start + month)
    of_clock = clock.dtype.type(month)
    column, modifier_table = processes.column, processes.modifier_table
    table = modifier_table.reshape(modifier_table.shape[0], -1)
    within = chance_within(processes.bound)
    counting = processes.counting if processes.counting.size > 0 else np.full(column.size, -1, np.int64)
    chunk = min(_CHUNK, soonest.size)
    rows, lived, age = np.empty(chunk, np.int64), np.empty(chunk, np.int64), np.empty(chunk, np.int64)
    codes = np.empty((chunk, columns.shape[1]), np.uint8)
    clocks = np.empty((chunk, column.size), clock.dtype)
    first, count = np.zeros(column.size + 1, np.int64), np.zeros(column.size, np.int64)
    room = chunk * column.size
    due_at, due = np.empty(room, np.int32), np.empty(room, np.int32)
    at, order = np.empty(room, np.int32), np.empty(room, np.int32)
    who, of_stream = np.empty(room, np.uint32), np.empty(room, np.uint32)
    words = np.empty((4, room), np.uint32)
    # not unpacked: lines of an array that are unpacked count as strided, and no loop over them is fast
    word0, word1, word2, word3 = words[0], words[1], words[2], words[3]
    ratio, happens = np.empty(room), np.empty(room, np.bool_)
    while seen < soonest.size:
        n, seen = due_rows(soonest, month, seen, rows)
        here = rows[:n]
        copy_codes(here, columns, birth_month, month, codes, lived, age)
        copy_clocks(here, clock_row, clock, clocks)
        tries = due_processes(
            n, of_clock, horizon, codes, clocks, column, processes.from_code, counting, processes.most,
            due_at, due, count,
        )  # fmt: skip
        by_process(
            tries, count, due_at, due, rows, person, processes.stream, first, at, order, who, of_stream
        )
        fill_blocks(who[:tries], occasion, of_stream, key[0], key[1], word0, word1, word2, word3)
        group = age // AGES_A_GROUP
        line = (codes[:, sex_column] * AGE_GROUPS + group) * CODES
        ratios_of(
            first, at, codes, line, processes.modifier_first, processes.modifier_column, table, CODES - 1,
            ratio,
        )  # fmt: skip
        accept(
            first, at, rows, order, month, codes, age, group, sex_column, stratum_column, ratio,
            processes.ratio_most, processes.base, processes.calendar, processes.bound, within, column,
            counting, processes.own, processes.programme_first, processes.programme,
            processes.programme_curve, reached, word0, clipped, happens,
        )  # fmt: skip
        move_on(
            first, at, month, horizon, codes, lived, sex_column, processes.bound, processes.bound_sum, word2,
            clocks,
        )  # fmt: skip
        keep_clocks(here, NEVER, clocks, clock_row, clock, soonest)
        found = _settle(here, tries, happens, due_at, due, order, word1, column, status_column, events, found)
    return found


@njit(cache=True)
def arm_clocks(  # type: ignore[no-untyped-def]
    rows, column, month, occasion_month, horizon, person, birth_month, columns, sex_column, processes,
    clock_row, clock, soonest, key,
):  # fmt: skip
    """Draw the clocks of what residents have come to be at risk of because a column of theirs has changed.

    Processes that count are at risk throughout and keep theirs.

    Args:
        rows: (n,) rows, all still at risk of something; their columns are as changed.
        column: (n,) which column of each has changed.
        month: First month in which they are at risk.
        occasion_month: Calendar month in which it changed: the occasion of the draw.
        horizon: Months of the run.
        person: (N,) identity.
        birth_month: (N,) month of birth.
        columns: (N, K) codes.
        sex_column: Which column holds sex.
        processes: Compiled `Processes`.
        clock_row: (N,) which row of `clock` is a resident's.
        clock: (rows, P) candidate clocks, drawn anew.
        soonest: (N,) the earliest of them, brought forward.
        key: The two words of `replicate_key`.
    """
    occasion = np.uint32(occasion_month)
    of_process, from_code, stream = processes.column, processes.from_code, processes.stream
    bound, bound_sum, counting = processes.bound, processes.bound_sum, processes.counting
    # the processes of each column, one after the other
    first = np.zeros(columns.shape[1] + 1, np.int64)
    those, n = np.empty(of_process.size, np.int64), 0
    for k in range(columns.shape[1]):
        for process in range(of_process.size):
            if of_process[process] == k and (counting.size == 0 or counting[process] < 0):
                those[n] = process
                n += 1
        first[k + 1] = n
    for i in range(rows.size):
        row = rows[i]
        changed = column[i]
        if first[changed] == first[changed + 1]:
            continue
        code, mine = columns[row, changed], clock_row[row]
        age_months = np.int64(month) - birth_month[row]
        for process in those[first[changed] : first[changed + 1]]:
            if code != from_code[process]:
                continue
            words = philox4x32(person[row], occasion, stream[process], _ARMED_INDEX, key[0], key[1])
            clock[mine, process] = next_candidate(
                bound, bound_sum, process, columns[row, sex_column], age_months, month, words[3], horizon
            )
            soonest[row] = min(soonest[row], clock[mine, process])


@njit(cache=True)
def _settle(rows, tries, happens, at, process, order, word, column, status_column, events, found):  # type: ignore[no-untyped-def]
    """Write the events of some rows, those of one row after the other; return how many there are by now."""
    accepted, stamp = np.empty(column.size, np.int64), np.empty(column.size)
    place = np.empty(tries, np.int64)  # where the words of a try stand
    for s in range(tries):
        place[order[s]] = s
    n = 0
    for k in range(tries):
        if happens[k]:
            accepted[n], stamp[n] = process[k], uniform32(word[place[k]])
            n += 1
        if n > 0 and (k + 1 == tries or at[k + 1] != at[k]):
            found = _settle_row(rows[at[k]], n, accepted, stamp, column, status_column, events, found)
            n = 0
    return found


@njit(cache=True)
def _settle_row(row, n, accepted, stamp, column, status_column, events, found):  # type: ignore[no-untyped-def]
    end = 1.0
    for i in range(n):
        if column[accepted[i]] == status_column:
            end = min(end, stamp[i])
    for i in range(n):
        wins = stamp[i] <= end
        for j in range(n):
            if j != i and column[accepted[j]] == column[accepted[i]] and stamp[j] < stamp[i]:
                wins = False
        if wins:
            events.row[found] = row
            events.process[found] = accepted[i]
            events.fraction[found] = stamp[i]
            found += 1
    return found
