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


class Rules(NamedTuple):
    """Rules of eligibility, compiled: R rules, each of clauses that must all hold, each of choices.

    age_from, age_to: (R,) completed years, both included; the last age stands for it and over.
    conditions_at_least: (R,) least number of conditions.
    clause_first: (R + 1,) where each rule's clauses start; choice_first: (C + 1,) where each clause's choices
    start: one of them must hold. choice_column, choice_table: (L,) the column read, and which of `tables`.
    tables: (T, 256) codes admitted.
    condition: (K',) columns of conditions, to be counted.
    stratum: (R,) row of the lists of those at high risk, -1 for none.
    """

    age_from: npt.NDArray[np.int64]
    age_to: npt.NDArray[np.int64]
    conditions_at_least: npt.NDArray[np.int64]
    clause_first: npt.NDArray[np.int64]
    choice_first: npt.NDArray[np.int64]
    choice_column: npt.NDArray[np.int64]
    choice_table: npt.NDArray[np.int64]
    tables: npt.NDArray[np.bool_]
    condition: npt.NDArray[np.int64]
    stratum: npt.NDArray[np.int64]


@njit(cache=True)
def admit(  # type: ignore[no-untyped-def]
    chosen, month, columns, birth_month, status, rules, listed, reached, again, admitted,
):  # fmt: skip
    """Write who is registered and meets each rule.

    Args:
        chosen: (k,) rules to judge.
        month: Month of the run.
        columns: (N, K) codes.
        birth_month: (N,) month of birth.
        status: Which column holds the status; 1 is registered.
        rules: `Rules`.
        listed: (lists, N) who is on the lists of those at high risk.
        reached: (N, R) month in which each programme reached the resident, 32767 if it has not.
        again: (R,) months after which a resident may be reached again, -1 never, 0 whoever was reached.
        admitted: (R, N) written: 1 for who meets the rule, whoever may not be reached left out.
    """
    count = np.any(rules.conditions_at_least[chosen] > 0)
    for row in range(admitted.shape[1]):
        here = columns[row, status] == 1
        age = min((month - np.int64(birth_month[row])) // _MONTHS, _LAST_AGE)
        number = 0
        if here and count:
            for column in rules.condition:
                number += columns[row, column] > 0
        for rule in chosen:
            good = here and rules.age_from[rule] <= age <= rules.age_to[rule]
            good = good and number >= rules.conditions_at_least[rule]
            if good and again[rule] != 0 and reached[row, rule] != NOT_REACHED:
                good = again[rule] > 0 and month - np.int64(reached[row, rule]) >= again[rule]
            if good and rules.stratum[rule] >= 0:
                good = listed[rules.stratum[rule], row]
            clause = rules.clause_first[rule]
            while good and clause < rules.clause_first[rule + 1]:
                good = False
                for choice in range(rules.choice_first[clause], rules.choice_first[clause + 1]):
                    if rules.tables[rules.choice_table[choice], columns[row, rules.choice_column[choice]]]:
                        good = True
                        break
                clause += 1
            admitted[rule, row] = good


@njit(cache=True)
def accept(  # type: ignore[no-untyped-def]
    rows, person, columns, group_columns, band, birth_month, month, offered, chance, occasion, year,
    streams, key, out, draws,
):  # fmt: skip
    """Write which of some residents are offered a programme this month and accept; returns how many.

    Args:
        rows: (n,) rows of those who may be offered it.
        person: (N,) identity.
        columns: (N, K) codes.
        group_columns: Columns of quintile, sex and ethnic group.
        band: (111,) age band by completed years.
        birth_month: (N,) month of birth.
        month: Month of the run.
        offered: Chance of being offered it this month.
        chance: (5, 2, 5, 7) chance of accepting by quintile, sex, ethnic group and age band.
        occasion: Calendar month: the occasion of the offer.
        year: First calendar month of the programme's year: the occasion of the answer, which holds for it.
        streams: Streams of the offer and of the answer.
        key: The two words of `replicate_key`.
        out: (n,) written: the rows.
        draws: (n, 2) written: the turn and the number that decides on moves.
    """
    found = 0
    for row in rows:
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
