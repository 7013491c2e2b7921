"""Whose clocks come up in a month: their rows, copied together, and the processes that are to be tried.

The rows of a month lie far apart in memory. Copied a few hundred at a time, one is fetched while others are
copied, and what follows finds them in the nearest cache. Loops that read many arrays are functions of their
own with plain arrays as arguments: within a larger function they took twice the time (measured).
"""

from __future__ import annotations

import numpy as np
from numba import njit

_BYTES = 8
_MONTHS = 12
_LAST_AGE = 110
_ONE, _TOP = np.uint64(1), np.uint64(58)
_DE_BRUIJN = np.uint64(0x03F79D71B4CB0A89)  # its top six bits differ after every shift: finds a single bit
_BYTE_OF_BIT = np.zeros(64, np.int64)
for _bit in range(64):
    _BYTE_OF_BIT[((0x03F79D71B4CB0A89 << _bit) & 0xFFFFFFFFFFFFFFFF) >> 58] = _bit // _BYTES


@njit(cache=True)
def due_rows(soonest, month, seen, rows):  # type: ignore[no-untyped-def]
    """Write rows whose earliest clock is of this month, until `rows` is full.

    Args:
        soonest: (N,) month of the earliest clock.
        month: Month.
        seen: Rows that have been looked at.
        rows: Written.

    Returns:
        (how many were written, rows that have now been looked at).
    """
    n = 0
    while n < rows.size and seen < soonest.size:
        rows[n] = seen
        n += soonest[seen] == month
        seen += 1
    return n, seen


@njit(cache=True)
def copy_codes(rows, columns, birth_month, month, codes, lived, age):  # type: ignore[no-untyped-def]
    """Copy codes of some rows, (N, K), to the first of `codes`, and write months lived and age in years."""
    for i in range(rows.size):
        row = rows[i]
        for k in range(columns.shape[1]):
            codes[i, k] = columns[row, k]
        lived[i] = np.int64(month) - birth_month[row]
        age[i] = min(lived[i] // _MONTHS, _LAST_AGE)


@njit(cache=True)
def copy_clocks(rows, clock_row, clock, clocks):  # type: ignore[no-untyped-def]
    """Copy clocks of some rows, found at `clock_row`, (N,), to the first of `clocks`."""
    for i in range(rows.size):
        mine = clock_row[rows[i]]
        for process in range(clock.shape[1]):
            clocks[i, process] = clock[mine, process]


@njit(cache=True)
def due_processes(  # type: ignore[no-untyped-def]
    n, month, horizon, codes, clocks, column, from_code, counting, most, out_at, out_process, count
):  # fmt: skip
    """Write which processes of some residents are due and may happen; the clocks of what may not go to sleep.

    Args:
        n: How many residents.
        month: Month, of the type of `clocks`.
        horizon: What a sleeping clock shows.
        codes: (n, K) codes.
        clocks: (n, P) clocks; those of what may not happen are written.
        column: (P,) column of each process.
        from_code: (P,) code from which it starts.
        counting: (P,) for a process that counts its place in `most`, -1 for the others.
        most: Count at which each of these stops.
        out_at: Written: which resident, rising.
        out_process: Written: process, rising for a resident.
        count: (P,) written: how many are due of each process.

    Returns:
        How many were written.
    """
    count[:] = 0
    found = 0
    whole = np.zeros((column.size + _BYTES - 1) // _BYTES, np.uint64)
    is_due = whole.view(np.uint8)
    for i in range(n):
        for process in range(column.size):
            is_due[process] = clocks[i, process] == month
        for part in range(whole.size):
            left = whole[part]
            while left:
                process = _BYTES * part + _BYTE_OF_BIT[(left & (~left + _ONE)) * _DE_BRUIJN >> _TOP]
                left &= left - _ONE
                code = codes[i, column[process]]
                place = counting[process]
                if (code >= most[place]) if place >= 0 else (code != from_code[process]):
                    clocks[i, process] = horizon
                    continue
                out_at[found], out_process[found] = i, process
                count[process] += 1
                found += 1
    return found


@njit(cache=True)
def by_process(  # type: ignore[no-untyped-def]
    tries, count, due_at, due, rows, person, stream, first, at, order, who, of_stream
):  # fmt: skip
    """Put tries in the order of their processes, and write whose they are and their random streams.

    Args:
        tries: How many there are.
        count: (P,) how many of each process; used up.
        due_at: Position in `rows` of each try.
        due: Process of each try.
        rows: Rows.
        person: (N,) identity.
        stream: (P,) random stream.
        first: (P + 1,) written: where each process's tries start.
        at: Written: `due_at` in the new order.
        order: Written: place of each in the old order.
        who: Written: identity of each.
        of_stream: Written: random stream of each.
    """
    for process in range(count.size):
        first[process + 1] = first[process] + count[process]
        count[process] = first[process]
    for k in range(tries):
        process = due[k]
        s = count[process]
        at[s], order[s] = due_at[k], k
        who[s], of_stream[s] = person[rows[due_at[k]]], stream[process]
        count[process] = s + 1


@njit(cache=True)
def keep_clocks(rows, never, clocks, clock_row, clock, soonest):  # type: ignore[no-untyped-def]
    """Write the clocks of some rows back, and the earliest of each."""
    for i in range(rows.size):
        mine = clock_row[rows[i]]
        first = never
        for process in range(clock.shape[1]):
            clock[mine, process] = clocks[i, process]
            first = min(first, np.int16(clocks[i, process]))
        soonest[rows[i]] = first
