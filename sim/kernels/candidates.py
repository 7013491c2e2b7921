"""Candidate months: the months in which the dominating hazard of a process would have an event."""

from __future__ import annotations

import math

import numpy as np
from numba import njit

from sim.kernels.randomness import uniform32

_EDGE = 1e-9
_MONTHS = 12
_LAST_AGE = 110


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
def chance_of_none(bound, bound_sum, months):  # type: ignore[no-untyped-def]
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


@njit(cache=True)
def chance_within(bound):  # type: ignore[no-untyped-def]
    """Return the chance of a candidate in a month at the dominating hazard, (P, 2, 111)."""
    out = np.empty(bound.shape)
    for process in range(bound.shape[0]):
        for sex in range(bound.shape[1]):
            for age in range(bound.shape[2]):
                out[process, sex, age] = -math.expm1(-bound[process, sex, age])
    return out
