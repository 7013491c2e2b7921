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

import math
from typing import NamedTuple

import numpy as np
import numpy.typing as npt
from numba import njit

from sim.kernels.randomness import philox4x32, uniform32

NEVER = np.int16(32767)
CODES = 16  # codes a column may take in a modifier table
MAX_ACCEPTED = 128  # transitions of one resident in one month; more than there are processes
AGES_A_GROUP = 5
AGE_GROUPS = 23  # 0-4 to 110+
_INITIAL_INDEX = np.uint32(1)
_ARMED_INDEX = np.uint32(2)
_MANY = 10_000  # rows from which a table of chances pays
_EDGE = 1e-9
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


@njit(cache=True, inline="always")
def _cumulated(bound, bound_sum, process, sex, age_months):  # type: ignore[no-untyped-def]
    year = min(age_months // _MONTHS, _LAST_AGE)
    return bound_sum[process, sex, year] + (age_months - year * _MONTHS) * bound[process, sex, year]


@njit(cache=True)
def next_candidate(bound, bound_sum, process, sex, age_months, month, word, horizon):  # type: ignore[no-untyped-def]
    """Return the first month, from `month` on, that holds a candidate; `horizon` when none is before it.

    The gap is a unit exponential in the dominating hazard summed from `age_months`: the same months as
    one Bernoulli trial a month at 1 - exp(-H), in one draw.
    """
    target = _cumulated(bound, bound_sum, process, sex, age_months) - math.log(uniform32(word))
    if target > _cumulated(bound, bound_sum, process, sex, age_months + horizon - month):
        return np.int16(horizon)
    year = min(age_months // _MONTHS, _LAST_AGE)
    while year < _LAST_AGE and bound_sum[process, sex, year + 1] < target:
        year += 1
    within = math.ceil((target - bound_sum[process, sex, year]) / bound[process, sex, year]) - 1
    candidate = max(age_months, year * _MONTHS + within)
    found = month + candidate - age_months
    return np.int16(min(found, horizon))


@njit(cache=True)
def start_clocks(  # type: ignore[no-untyped-def]
    rows, entry_month, calendar_start, horizon, person, birth_month, columns, sex_column, processes, clock,
    soonest, key,
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
        clock: (N, P) next candidate month, or the horizon; one byte each when the horizon is short.
        soonest: (N,) the earliest of them, written.
        key: The two words of `replicate_key`.
    """
    occasion = np.uint32(calendar_start + entry_month)
    none = (
        _chance_of_none(processes.bound, processes.bound_sum, horizon - entry_month)
        if rows.size > _MANY
        else (np.zeros((0, 2, 0)))
    )
    for row in rows:
        first = NEVER
        age_months = np.int64(entry_month) - birth_month[row]
        sex = columns[row, sex_column]
        for process in range(processes.column.size):
            clock[row, process] = horizon
            if not at_risk(columns, row, process, processes):
                continue
            words = philox4x32(
                person[row], occasion, processes.stream[process], _INITIAL_INDEX, key[0], key[1]
            )
            if rows.size > _MANY and uniform32(words[3]) < none[process, sex, age_months]:
                continue
            month = next_candidate(
                processes.bound,
                processes.bound_sum,
                process,
                sex,
                age_months,
                entry_month,
                words[3],
                horizon,
            )
            clock[row, process] = month
            first = min(first, month)
        soonest[row] = first


@njit(cache=True)
def _chance_of_none(bound, bound_sum, months):  # type: ignore[no-untyped-def]
    """Return, a little below, the uniform under which no candidate comes in `months`, (P, 2, age in months).

    It only saves the logarithm of most residents; who is near the edge is decided by `next_candidate`.
    """
    out = np.empty((bound.shape[0], 2, (_LAST_AGE + 1) * _MONTHS + _MONTHS))
    for process in range(bound.shape[0]):
        for sex in range(2):
            for age_months in range(out.shape[2]):
                total = _cumulated(bound, bound_sum, process, sex, age_months + months) - _cumulated(
                    bound, bound_sum, process, sex, age_months
                )
                out[process, sex, age_months] = math.exp(-total) * (1.0 - _EDGE)
    return out


@njit(cache=True, inline="always")
def at_risk(columns, row, process, processes):  # type: ignore[no-untyped-def]
    """Whether a resident may undergo a process: at its first code, or below the most that it counts to."""
    code = columns[row, processes.column[process]]
    if processes.counting.size > 0 and processes.counting[process] >= 0:
        return code < processes.most[processes.counting[process]]
    return code == processes.from_code[process]


@njit(cache=True, inline="always")
def ratio_of(columns, row, process, sex, group, processes):  # type: ignore[no-untyped-def]
    """Return the product of a resident's modifiers of one process, cut at the largest that counts."""
    ratio = 1.0
    for modifier in range(processes.modifier_first[process], processes.modifier_first[process + 1]):
        code = min(columns[row, processes.modifier_column[modifier]], CODES - 1)
        ratio *= processes.modifier_table[modifier, sex, group, code]
    return min(ratio, processes.ratio_most[process, sex, group])


@njit(cache=True, inline="always")
def hazard(columns, row, process, sex, age, stratum, month, processes, reached):  # type: ignore[no-untyped-def]
    """Return the hazard a month of one process for one resident, never above the dominating one."""
    ratio = ratio_of(columns, row, process, sex, age // AGES_A_GROUP, processes)
    rate = processes.base[process, sex, age, stratum] * processes.calendar[process, month] * ratio
    if processes.counting.size > 0 and processes.counting[process] >= 0:
        count = columns[row, processes.column[process]]
        rate *= processes.own[processes.counting[process], sex, age, stratum, count]
    last = processes.programme_curve.shape[1] - 1
    for entry in range(processes.programme_first[process], processes.programme_first[process + 1]):
        since = month - reached[row, processes.programme[entry]]
        if since >= 0:
            rate *= processes.programme_curve[entry, min(since, last)]
    return min(rate, processes.bound[process, sex, age])


@njit(cache=True)
def advance_month(  # type: ignore[no-untyped-def]
    month, calendar_start, horizon, person, birth_month, columns, sex_column, stratum_column, status_column,
    processes, reached, clock, soonest, events, clipped, key,
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
        clock: (N, P) candidate clocks, moved on.
        soonest: (N,) the earliest of them, moved on.
        events: Output buffers.
        clipped: (P,) counter of tries whose hazard was cut to the dominating one.
        key: The two words of `replicate_key`.

    Returns:
        How many events were written.
    """
    found = 0
    occasion = np.uint32(calendar_start + month)
    accepted = np.empty(MAX_ACCEPTED, np.int64)
    stamp = np.empty(MAX_ACCEPTED, np.float64)
    for row in range(soonest.size):
        if soonest[row] != month:
            continue
        age_months = np.int64(month) - birth_month[row]
        age = min(age_months // _MONTHS, _LAST_AGE)
        sex = columns[row, sex_column]
        n = 0
        first = NEVER
        for process in range(processes.column.size):
            if clock[row, process] == month:
                if not at_risk(columns, row, process, processes):
                    clock[row, process] = horizon
                    continue
                words = philox4x32(
                    person[row], occasion, processes.stream[process], np.uint32(0), key[0], key[1]
                )
                rate = hazard(
                    columns,
                    row,
                    process,
                    sex,
                    age,
                    columns[row, stratum_column],
                    month,
                    processes,
                    reached,
                )
                bound = processes.bound[process, sex, age]
                clipped[process] += rate == bound
                chance = -math.expm1(-rate)
                if uniform32(words[0]) * -math.expm1(-bound) < chance:
                    accepted[n] = process
                    stamp[n] = uniform32(words[1])
                    n += 1
                clock[row, process] = next_candidate(
                    processes.bound,
                    processes.bound_sum,
                    process,
                    sex,
                    age_months + 1,
                    month + 1,
                    words[2],
                    horizon,
                )
            first = min(first, clock[row, process])
        soonest[row] = first
        found = _settle(row, n, accepted, stamp, processes.column, status_column, events, found)
    return found


@njit(cache=True)
def arm_clocks(  # type: ignore[no-untyped-def]
    rows, column, month, occasion_month, horizon, person, birth_month, columns, sex_column, processes, clock,
    soonest, key,
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
        clock: (N, P) candidate clocks, drawn anew.
        soonest: (N,) the earliest of them, brought forward.
        key: The two words of `replicate_key`.
    """
    occasion = np.uint32(occasion_month)
    for i in range(rows.size):
        row = rows[i]
        for process in range(processes.column.size):
            if processes.column[process] != column[i]:
                continue
            if processes.counting.size > 0 and processes.counting[process] >= 0:
                continue
            if columns[row, column[i]] != processes.from_code[process]:
                continue
            words = philox4x32(person[row], occasion, processes.stream[process], _ARMED_INDEX, key[0], key[1])
            clock[row, process] = next_candidate(
                processes.bound,
                processes.bound_sum,
                process,
                columns[row, sex_column],
                np.int64(month) - birth_month[row],
                month,
                words[3],
                horizon,
            )
            soonest[row] = min(soonest[row], clock[row, process])


@njit(cache=True)
def _settle(row, n, accepted, stamp, column, status_column, events, found):  # type: ignore[no-untyped-def]
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
