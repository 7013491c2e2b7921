"""Keeps the distribution of a count, by age, while those who have most conditions die first.

The means by which a count is balanced (`sim/health/counting.py`) depend on who has which conditions, and that
changes. Measured for Dorset with the means of the start, the share severely frail would double within five
years: deaths among the frail are fewer once those with most conditions have died. So, as for the divisors of
death (`sim/health/balance.py`), one pilot of the baseline is followed, quarter by quarter, with its own key
and no scenario: each quarter's hazards are balanced by its means, the same in every scenario and replicate.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from sim.health.balance import MONTHS_A_QUARTER, set_divisor
from sim.health.counting import Count, Means
from sim.health.frailty_score import HeldCount
from sim.health.life import LifeCourse
from sim.kernels.life_course import Processes
from sim.population.residents import REGISTERED

FloatArray = npt.NDArray[np.float64]


@dataclass(frozen=True, kw_only=True)
class CountBalance:
    """The means of the baseline, quarter by quarter, by which counts are balanced in every scenario."""

    counts: list[Count]
    means: list[Means]
    """By count, with a first axis of quarters."""

    def set_quarter(self, processes: Processes, quarter: int) -> None:
        """Let the hazards of counts be those of a quarter."""
        for c, (count, means) in enumerate(zip(self.counts, self.means, strict=True)):
            now = Means(*(np.asarray(table[quarter], np.float64) for table in means))
            base, _, own = count.hazards(now)
            processes.base[count.place] = base
            processes.own[c, ..., : count.most + 1] = own


def follow_means(
    life: LifeCourse,
    enter: Sequence[npt.NDArray[np.int64]],
    months: int,
    counts: Sequence[Count],
    divisors: FloatArray,
    held: HeldCount,
) -> list[Means]:
    """Run a pilot and return the means at the start of each quarter, by count.

    Args:
        life: A life course of the pilot's residents at the start, its clocks set; both are used up.
        enter: Rows that enter in each month; they are in the table, not yet registered.
        months: Months to follow.
        counts: What is counted.
        divisors: Those of death, by quarter.
        held: The count of those too young to be frail.
    """
    residents = life.residents
    status = residents.column_of["status"]
    found: list[list[Means]] = [[] for _ in counts]
    for month in range(months):
        residents.month = month
        if month > 0:
            held.let_go(residents, month, life.key)
        residents.columns[enter[month], status] = REGISTERED
        life.start(enter[month], month)
        if month % MONTHS_A_QUARTER == 0:
            set_divisor(life, divisors[0], divisors[month // MONTHS_A_QUARTER])
            for count, means in zip(counts, found, strict=True):
                means.append(count.measure(life.transitions, residents, life.processes))
            now = CountBalance(counts=list(counts), means=[_stacked(means[-1:]) for means in found])
            now.set_quarter(life.processes, 0)
        life.advance(month)
    return [_stacked(means) for means in found]


def _stacked(means: Sequence[Means]) -> Means:
    """Return means with a first axis of quarters, in half the memory."""
    excess, ratio = (np.stack(tables) for tables in zip(*means, strict=True))
    return Means(excess.astype(np.float32), ratio.astype(np.float32))
