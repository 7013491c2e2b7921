"""The national trend of smoking, continued or frozen: hazards of starting and quitting by age and by month.

The prevalence by age of today is no steady state of today's rates: older cohorts smoked more, and quitting at
the published rate lowers prevalence year by year. So two sets of hazards are needed.

Starts, in both: what keeps the prevalence of the ages at which it still rises, given published quits.
Quits, `continued`: as published. Quits, `frozen`: what carries a cohort along today's prevalence by age.

Then a forecast without chance follows the start's shares by sex, age, quintile and level month by month at
the start's mix of people (deaths and moves left out), and finds for each month the one multiplier of quits
with which adult prevalence is the target: today's when frozen, today's x (1 + trend)^years but never under
the floor when continued; starts then fall by the trend. The multipliers are part of the baseline: the same in
every scenario and replicate. People who move in smoke less by the same trend, each by one keyed number: who
would have smoked at the start's prevalence and does not has stopped some years ago, or if young never began.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from sim.health.ages import N_AGES
from sim.health.transitions import Transition
from sim.kernels.draws import keyed_uniforms
from sim.kernels.life_course import Processes
from sim.kernels.randomness import stream_key
from sim.parameters.national import National
from sim.population.residents import Residents
from sim.population.strata import MONTHS_A_YEAR

FloatArray = npt.NDArray[np.float64]
FACTOR, NEVER, CURRENT = "smoking", 0, 1
START, QUIT = "smoking.never_to_current", "smoking.current_to_ex_under_1"
ADULT, NEVER_BEGAN_UNDER = 18, 35
ENTRANTS = "entrant.smoking"
STOPPED = "ex_3_5"
"""Level of those who move in and have stopped by the trend."""
_NOBODY = 1e-9
_MOST = 2.0  # hazard a year that no balance may exceed


class Forecast(NamedTuple):
    """Hazards and multipliers for M months.

    start, quit: (2, 111, 5) hazard a year; start_calendar, quit_calendar: (M,) multipliers; prevalence:
    (M + 1,) share of adults who smoke, at the start's mix; level: (2, 111, 5, L) shares at the end.
    """

    start: FloatArray
    quit: FloatArray
    start_calendar: FloatArray
    quit_calendar: FloatArray
    prevalence: FloatArray
    level: FloatArray


def target_prevalence(national: National, now: float, months: int, continued: bool) -> FloatArray:
    """Return the share of adults who smoke at the start of each month, (months + 1,)."""
    if not continued:
        return np.full(months + 1, now)
    fall = 1.0 + national.scalar("smoking_trend_relative_per_year")
    path = now * fall ** (np.arange(months + 1) / MONTHS_A_YEAR)
    return np.maximum(path, min(now, national.scalar("smoking_prevalence_floor")))


def forecast(
    national: National, transitions: Sequence[Transition], share: FloatArray, counts: FloatArray,
    months: int, continued: bool,
) -> Forecast:  # fmt: skip
    """Return hazards and multipliers that give the trend.

    Args:
        national: National tables.
        transitions: All transitions, of which those of smoking are used.
        share: (2, 111, 5, L) share at each level at the start.
        counts: (2, 111, 5) people at the start.
        months: Months to follow.
        continued: Whether the past trend goes on.
    """
    moves = {t.key: t for t in transitions if t.attribute == FACTOR}
    published = moves[QUIT].hazard * moves[QUIT].gradient
    others = [
        (t.from_code, t.to_code, t.hazard * t.gradient) for k, t in moves.items() if k not in (START, QUIT)
    ]
    start, balanced = _balanced(share, published, others)
    quits = published if continued else balanced
    cap = moves[QUIT].cap
    horizon = months + MONTHS_A_YEAR  # multipliers are means over a year around their month
    target = target_prevalence(national, _adults(share, counts, 0.0), horizon, continued)
    starts_by_month = target[:-1] / target[0]
    level = share.copy()
    multipliers, found = np.ones(horizon), [target[0]]
    for month in range(horizon):
        if month == months:
            last = level.copy()
        part = (month % MONTHS_A_YEAR) / MONTHS_A_YEAR
        if month and part == 0.0:
            level = _older(level)
        flows = [
            (source, into, _between(hazard, part) * level[..., source] / MONTHS_A_YEAR)
            for source, into, hazard in [(NEVER, CURRENT, start * starts_by_month[month]), *others]
        ]
        leaving = _between(quits, part) * level[..., CURRENT] / MONTHS_A_YEAR
        for source, into, flow in flows:
            level[..., source] -= flow
            level[..., into] += flow
        after = (month + 1) / MONTHS_A_YEAR % 1.0 or 1.0
        without = _adults(level, counts, after)
        weight = _adults_of(leaving, counts, after)
        multiplier = min(max((without - target[month + 1]) / max(weight, _NOBODY), 0.0), cap)
        level[..., CURRENT] -= multiplier * leaving
        level[..., moves[QUIT].to_code] += multiplier * leaving
        multipliers[month] = multiplier
        found.append(without - multiplier * weight)
    return Forecast(
        start=start, quit=quits, start_calendar=starts_by_month[:months],
        quit_calendar=_yearly_means(multipliers, months), prevalence=np.array(found[: months + 1]),
        level=last,
    )  # fmt: skip


def _yearly_means(values: FloatArray, months: int) -> FloatArray:
    """Return the mean over the year around each month; cohorts of whole years would leave a saw tooth."""
    first = np.maximum(0, np.arange(months) - MONTHS_A_YEAR // 2)
    upto = np.concatenate([[0.0], np.cumsum(values)])
    return np.asarray((upto[first + MONTHS_A_YEAR] - upto[first]) / MONTHS_A_YEAR)


def with_smoking_trend(processes: Processes, transitions: Sequence[Transition], found: Forecast) -> Processes:
    """Return processes whose starts and quits follow a forecast; the calendar of other rows stays."""
    base, bound = processes.base.copy(), processes.bound.copy()
    calendar = processes.calendar.copy()
    for key, hazard, months in (
        (START, found.start, found.start_calendar), (QUIT, found.quit, found.quit_calendar),
    ):  # fmt: skip
        row = next(p for p, t in enumerate(transitions) if t.key == key)
        base[row] = hazard / MONTHS_A_YEAR
        # of the first year alone: bounds set the clocks, which may not depend on the length of the run
        most = max(1.0, float(months[:MONTHS_A_YEAR].max()))
        bound[row] = base[row].max(axis=2) * transitions[row].cap * most
        calendar[row] = months[: calendar.shape[1]]
    first = np.zeros((*bound.shape[:2], 1))
    bound_sum = np.concatenate([first, np.cumsum(bound * MONTHS_A_YEAR, axis=2)], axis=2)
    return processes._replace(base=base, bound=bound, bound_sum=bound_sum, calendar=calendar)


def move_in(
    residents: Residents, rows: npt.NDArray[np.int64], ratio: float, key: npt.NDArray[np.uint32]
) -> None:
    """Let the trend act on smokers among those who move in.

    Args:
        residents: All residents; changed.
        rows: Rows that enter.
        ratio: Prevalence of the month against that of the start.
        key: Key of the synthetic population.
    """
    attribute = residents.attributes[FACTOR]
    column = residents.columns[:, residents.column_of[FACTOR]]
    smokers = rows[column[rows] == CURRENT]
    draw = keyed_uniforms(residents.person[smokers], 0, stream_key(ENTRANTS), key)[:, 0]
    changed = smokers[draw >= ratio]
    young = residents.age_years[changed] < NEVER_BEGAN_UNDER
    column[changed] = np.where(young, NEVER, attribute.labels.index(STOPPED))


def _balanced(
    share: FloatArray, quits: FloatArray, others: Sequence[tuple[int, int, FloatArray]]
) -> tuple[FloatArray, FloatArray]:
    """Return starts and quits a year by sex, age and quintile that carry a cohort along `share` by age.

    While prevalence rises with age (from the first age to that of its first peak), quits are as given and
    starts are what is then missing; after it nobody starts and quits are what is too much.
    """
    current = share[..., CURRENT]
    peak = _first_peak(current)
    level = np.zeros_like(share[:, 0])
    level[..., NEVER] = 1.0
    starts, stops = np.zeros_like(current), quits.copy()
    for age in range(N_AGES - 1):
        rising = (age < peak)[:, np.newaxis]
        missing = (current[:, age + 1] - current[:, age]) / MONTHS_A_YEAR
        for _ in range(MONTHS_A_YEAR):
            moved = [(a, b, hazard[:, age] * level[..., a] / MONTHS_A_YEAR) for a, b, hazard in others]
            relapse = sum(flow for _, into, flow in moved if into == CURRENT)
            given = quits[:, age] * level[..., CURRENT] / MONTHS_A_YEAR
            most = _MOST * level / MONTHS_A_YEAR
            begin = np.where(rising, np.clip(missing + given - relapse, 0.0, most[..., NEVER]), 0.0)
            left = np.clip(begin + relapse - missing, 0.0, most[..., CURRENT])
            left = np.where(rising & (begin > 0), given, left)
            for a, b, flow in [*moved, (NEVER, CURRENT, begin), (CURRENT, CURRENT + 1, left)]:
                level[..., a] -= flow
                level[..., b] += flow
            starts[:, age] += begin / np.maximum(level[..., NEVER] + begin, _NOBODY)
            if age >= ADULT:
                stops[:, age] += left / np.maximum(level[..., CURRENT] + left, _NOBODY)
        stops[:, age] -= quits[:, age] if age >= ADULT else 0.0
    return starts, stops


def _first_peak(current: FloatArray) -> npt.NDArray[np.int64]:
    """Return, by sex, the age after which prevalence over all quintiles first stops rising, (2,)."""
    mean = current.mean(axis=2)
    falling = (np.diff(mean, axis=1) <= 0) & (mean[:, 1:] > 0)
    return np.asarray(falling.argmax(axis=1))


def _between(by_age: FloatArray, part: float) -> FloatArray:
    """Return values for cohorts of an age at the year's start once a part of the year has passed."""
    return by_age if part == 0.0 else by_age * (1.0 - part) + _next_age(by_age) * part


def _next_age(by_age: FloatArray) -> FloatArray:
    return np.concatenate([by_age[:, 1:], by_age[:, -1:]], axis=1)


def _older(level: FloatArray) -> FloatArray:
    """Return shares by age once everybody is a year older; the newborn have never smoked."""
    young = np.zeros_like(level[:, :1])
    young[..., NEVER] = 1.0
    return np.concatenate([young, level[:, :-1]], axis=1)


def _adults(level: FloatArray, counts: FloatArray, part: float) -> float:
    """Return the share of adults who smoke at the mix of people of the start."""
    return _adults_of(level[..., CURRENT], counts, part)


def _adults_of(by_age: FloatArray, counts: FloatArray, part: float) -> float:
    """Return the mean over adults when cohorts of an age at the year's start have aged a part of a year."""
    weight = counts.copy()
    weight[:, :ADULT] = 0.0
    later = (by_age * (1.0 - part) * weight).sum() + (by_age[:, :-1] * part * weight[:, 1:]).sum()
    return float(later / weight.sum())
