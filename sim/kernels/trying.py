"""Tries of many candidates at once, process by process: so that what is read of a process stays near.

The hazard is that of `hazard` in `sim/kernels/life_course.py`, multiplied in the same order.
"""

from __future__ import annotations

import math

import numpy as np
from numba import njit

from sim.kernels.candidates import next_candidate
from sim.kernels.randomness import uniform32


@njit(cache=True)
def ratios_of(  # type: ignore[no-untyped-def]
    first, at, codes, line, modifier_first, modifier_column, modifier_table, most_code, ratio
):  # fmt: skip
    """Write the product of the modifiers of every try.

    Args:
        first: (P + 1,) where each process's tries start.
        at: Position of each try's resident.
        codes: (n, K) codes.
        line: (n,) where the codes of a resident's sex and age start among those of a modifier.
        modifier_first: As in `Processes`.
        modifier_column: As in `Processes`.
        modifier_table: As in `Processes`, (modifiers, sexes x groups x codes).
        most_code: The last code of a line; it stands for larger ones too.
        ratio: Written.
    """
    last = np.uint8(most_code)  # of the type of codes: else the loop makes one at a time
    for process in range(first.size - 1):
        here, end = first[process], first[process + 1]
        for s in range(here, end):
            ratio[s] = 1.0
        for modifier in range(modifier_first[process], modifier_first[process + 1]):
            column = modifier_column[modifier]
            for s in range(here, end):
                i = at[s]
                ratio[s] *= modifier_table[modifier, line[i] + min(codes[i, column], last)]


@njit(cache=True)
def accept(  # type: ignore[no-untyped-def]
    first, at, rows, order, month, codes, age, group, sex_column, stratum_column, ratio, ratio_most, base,
    calendar, bound, within, column, counting, own, programme_first, programme, curve, reached, word, clipped,
    happens,
):  # fmt: skip
    """Decide of every try whether it happens.

    Args:
        first: (P + 1,) where each process's tries start.
        at: Position in `rows` of each try.
        rows: (n,) rows.
        order: Where in `happens` each try stands.
        month: Month of the run.
        codes: (n, K) codes.
        age: (n,) age in years, at most the last.
        group: (n,) age group.
        sex_column: Which column holds sex.
        stratum_column: Which column holds the stratum of hazards.
        ratio: Product of the modifiers of each try.
        ratio_most: As in `Processes`.
        base: As in `Processes`.
        calendar: As in `Processes`.
        bound: As in `Processes`.
        within: (P, 2, 111) chance of a candidate.
        column: As in `Processes`.
        counting: (P,) as in `Processes`, -1 when none counts.
        own: As in `Processes`.
        programme_first: As in `Processes`.
        programme: As in `Processes`.
        curve: `programme_curve` of `Processes`.
        reached: (N, R) month in which each programme reached the resident.
        word: First random word of each try.
        clipped: (P,) counter of tries whose hazard was cut to the dominating one.
        happens: Written.
    """
    last = curve.shape[1] - 1
    for process in range(first.size - 1):
        place = counting[process]
        effects, end_of_effects = programme_first[process], programme_first[process + 1]
        for s in range(first[process], first[process + 1]):
            i = at[s]
            sex, stratum, years = codes[i, sex_column], codes[i, stratum_column], age[i]
            product = min(ratio[s], ratio_most[process, sex, group[i]])
            rate = base[process, sex, years, stratum] * calendar[process, month] * product
            if place >= 0:
                rate *= own[place, sex, years, stratum, codes[i, column[process]]]
            for effect in range(effects, end_of_effects):
                since = month - reached[rows[i], programme[effect]]
                if since >= 0:
                    rate *= curve[effect, min(since, last)]
            rate = min(rate, bound[process, sex, years])
            clipped[process] += rate == bound[process, sex, years]
            tried = uniform32(word[s]) * within[process, sex, years]
            happens[order[s]] = tried < rate and tried < -math.expm1(-rate)  # 1 - exp(-h) <= h


@njit(cache=True)
def move_on(first, at, month, horizon, codes, lived, sex_column, bound, bound_sum, word, clocks):  # type: ignore[no-untyped-def]
    """Set the clock of every try to its next candidate after this month.

    Args:
        first: (P + 1,) where each process's tries start.
        at: Position of each try's resident.
        month: Month of the run.
        horizon: Months of the run.
        codes: (n, K) codes.
        lived: (n,) months lived.
        sex_column: Which column holds sex.
        bound: As in `Processes`.
        bound_sum: As in `Processes`.
        word: Third random word of each try.
        clocks: (n, P) written.
    """
    for process in range(first.size - 1):
        for s in range(first[process], first[process + 1]):
            i = at[s]
            clocks[i, process] = next_candidate(
                bound, bound_sum, process, codes[i, sex_column], lived[i] + 1, month + 1, word[s], horizon
            )
