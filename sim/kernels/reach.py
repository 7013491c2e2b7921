"""Loops over residents that find whom programmes may reach, and draw who is offered and accepts.

One pass over the residents serves every programme: a resident's row is read once, whatever is asked of it.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
import numpy.typing as npt
from numba import njit

from sim.kernels.life_course import AGES_A_GROUP, ratio_of
from sim.kernels.randomness import philox4x32, uniform32

CODES = 256
NOT_REACHED = 32767
_MONTHS = 12
_LAST_AGE = 110
_BLOCK = 4096


class Rules(NamedTuple):
    """Rules of eligibility, compiled: R rules, each of clauses that must all hold; a bit for each clause.

    W words of 64 bits hold all clauses. A resident's bits are those that any attribute of theirs sets.

    need: (R, W) bits of each rule's clauses, that of being registered among them.
    by_age: (111, W) bits set by completed years of age; the last stands for it and over.
    column: (C,) columns read; by_code: (C, 256, W) bits set by their codes.
    conditions_at_least: (R,) least number of conditions; condition: (K',) the columns to be counted.
    stratum: (R,) row of the lists of those at high risk, -1 for none.
    """

    need: npt.NDArray[np.uint64]
    by_age: npt.NDArray[np.uint64]
    column: npt.NDArray[np.int64]
    by_code: npt.NDArray[np.uint64]
    conditions_at_least: npt.NDArray[np.int64]
    condition: npt.NDArray[np.int64]
    stratum: npt.NDArray[np.int64]


@njit(cache=True)
def admit(chosen, month, columns, birth_month, rules, listed, admitted):  # type: ignore[no-untyped-def]
    """Write who meets each rule: residents are read once, and each rule then runs over their bits.

    Args:
        chosen: (k,) rules to judge.
        month: Month of the run.
        columns: (N, K) codes.
        birth_month: (N,) month of birth.
        rules: `Rules`.
        listed: (lists, N) who is on the lists of those at high risk.
        admitted: (R, N) written: 1 for who meets the rule.
    """
    bits = np.empty(_BLOCK, np.uint64)  # of so few residents that they stay at hand for every rule
    for first in range(0, admitted.shape[1], _BLOCK):
        size = min(_BLOCK, admitted.shape[1] - first)
        for word in range(rules.need.shape[1]):
            _read_bits(first, size, month, columns, birth_month, rules, word, bits)
            for rule in chosen:
                _hold(bits[:size], rules.need[rule, word], word == 0, admitted[rule, first : first + size])
    for rule in chosen:
        if rules.stratum[rule] >= 0:
            for row in range(admitted.shape[1]):
                admitted[rule, row] &= listed[rules.stratum[rule], row]
        if rules.conditions_at_least[rule] > 0:
            _count_conditions(columns, rules.condition, rules.conditions_at_least[rule], admitted[rule])


@njit(cache=True)
def _hold(bits, wanted, first, out):  # type: ignore[no-untyped-def]
    """Write, or take away after the first word, whose bits have all of those wanted."""
    if first:
        for k in range(bits.size):
            out[k] = bits[k] & wanted == wanted
    else:
        for k in range(bits.size):
            out[k] &= bits[k] & wanted == wanted


@njit(cache=True)
def _read_bits(first, size, month, columns, birth_month, rules, word, bits):  # type: ignore[no-untyped-def]
    """Write the bits of one word of clauses that each resident of a block sets."""
    by_age, column, by_code = rules.by_age, rules.column, rules.by_code
    for k in range(size):
        row = first + k
        months = np.uint32(max(month - np.int64(birth_month[row]), 0))
        found = by_age[min(months // np.uint32(_MONTHS), np.uint32(_LAST_AGE)), word]
        for c in range(column.size):
            found |= by_code[c, columns[row, column[c]], word]
        bits[k] = found


@njit(cache=True)
def _count_conditions(columns, condition, least, admitted):  # type: ignore[no-untyped-def]
    """Take away those with fewer conditions."""
    for row in range(admitted.size):
        if admitted[row]:
            number = 0
            for column in condition:
                number += columns[row, column] > 0
            admitted[row] = number >= least


@njit(cache=True)
def accept(  # type: ignore[no-untyped-def]
    admitted, person, columns, group_columns, band, birth_month, reached, again, month, offered, chance,
    occasion, year, streams, key, out, draws,
):  # fmt: skip
    """Write which of some residents are offered a programme this month and accept; returns how many.

    Args:
        admitted: (N,) who is eligible.
        person: (N,) identity.
        columns: (N, K) codes.
        group_columns: Columns of quintile, sex and ethnic group.
        band: (111,) age band by completed years.
        birth_month: (N,) month of birth.
        reached: (N,) month in which the programme reached the resident, 32767 if it has not.
        again: Months after which it may be offered to them again, -1 never.
        month: Month of the run.
        offered: Chance of being offered it this month.
        chance: (5, 2, 5, 7) chance of accepting by quintile, sex, ethnic group and age band.
        occasion: Calendar month: the occasion of the offer.
        year: First calendar month of the programme's year: the occasion of the answer, which holds for it.
        streams: Streams of the offer and of the answer.
        key: The two words of `replicate_key`.
        out: (N + 1,) written: the rows.
        draws: (N, 2) written: the turn and the number that decides on moves.
    """
    eligible = 0
    for row in range(admitted.size):  # without a branch, that nobody could foretell
        out[eligible] = row
        eligible += admitted[row]
    found = 0
    for k in range(eligible):
        row = out[k]  # read before anything is written at or after it
        then = np.int64(reached[row])
        if then != NOT_REACHED and (again < 0 or month - then < again):
            continue
        words = philox4x32(person[row], occasion, streams[0], np.uint32(0), key[0], key[1])
        if uniform32(words[0]) >= offered:
            continue
        age = min(max((month - np.int64(birth_month[row])) // _MONTHS, 0), _LAST_AGE)
        likely = chance[
            columns[row, group_columns[0]], columns[row, group_columns[1]], columns[row, group_columns[2]],
            band[age],
        ]  # fmt: skip
        answer = philox4x32(person[row], year, streams[1], np.uint32(0), key[0], key[1])
        if uniform32(answer[0]) < likely:
            out[found] = row
            draws[found, 0] = uniform32(words[2])
            draws[found, 1] = uniform32(words[3])
            found += 1
    return found


@njit(cache=True)
def count_followed(column, month, stays, columns, status, reached):  # type: ignore[no-untyped-def]
    """Return how many registered residents a programme follows: reached less than `stays` months ago."""
    found = 0
    for row in range(reached.shape[0]):
        if reached[row, column] == NOT_REACHED:
            continue
        if month - np.int64(reached[row, column]) < stays and columns[row, status] == 1:
            found += 1
    return found


@njit(cache=True)
def hazard_of_death(  # type: ignore[no-untyped-def]
    rows, month, dying, columns, sex_column, stratum_column, birth_month, processes, out
):
    """Write the hazard a month of death from any of the processes `dying`, without programmes; (n,)."""
    for i in range(rows.size):
        row = rows[i]
        age = min((month - np.int64(birth_month[row])) // _MONTHS, _LAST_AGE)
        sex, stratum = columns[row, sex_column], columns[row, stratum_column]
        total = 0.0
        for process in dying:
            rate = processes.base[process, sex, age, stratum] * processes.calendar[process, month]
            rate *= ratio_of(columns, row, process, sex, age // AGES_A_GROUP, processes)
            total += rate
        out[i] = total
