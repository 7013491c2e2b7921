"""Keeps baseline mortality on the life table, cause by cause, while those at highest risk die first.

Relative risks of death are divided by their mean so that the life table holds. That mean falls in the first
years: people with several grave conditions die faster than others come to have as many, until selection and
onset balance (measured for Dorset: deaths would fall to 0.88 of the table within a year, most at 85 and
over). So the means of all causes are followed through one pilot of the baseline's life course, quarter by
quarter, and each quarter's base hazards are divided by their own (`sim/health/competing.py`). The pilot has
its own key and no scenario, so the divisors are the same in every scenario and replicate: they are part of
the baseline, fixed before any comparison. It lives under the mortality trend of the run, so that the mean is
that of people who survive as the trend lets them.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from sim.health.competing import compete, joint_divisors, ratios_by_cell
from sim.health.count_balance import CountBalance, stacked
from sim.health.counting import Count, Means
from sim.health.frailty_score import HeldCount
from sim.health.life import LifeCourse
from sim.health.mortality_trend import MONTHS_A_QUARTER
from sim.health.ranked import Ranked, relevel
from sim.health.steady import set_balance
from sim.health.transitions import DEATHS_BY_CAUSE
from sim.kernels.strata import birthday_rows
from sim.population.residents import REGISTERED, Residents

FloatArray = npt.NDArray[np.float64]


@dataclass(frozen=True, kw_only=True)
class Kept:
    """What one pilot found, or was given, by quarter."""

    divisors: FloatArray
    """(quarters, causes, 2, 111, 5) what base hazards of death are divided by."""
    balance: FloatArray
    """(quarters, P, 2, 23) what multiplies hazards of conditions."""
    means: list[Means]
    """By count, the means by which it is balanced, with a first axis of quarters."""


def follow(
    life: LifeCourse,
    enter: Sequence[npt.NDArray[np.int64]],
    trend: FloatArray,
    counts: Sequence[Count],
    held: HeldCount,
    ranks: tuple[Ranked, npt.NDArray[np.uint32]],
    keep: Kept | Callable[[LifeCourse, Residents], FloatArray],
) -> Kept:
    """Run a pilot and return what keeps it on its tables at the start of each quarter.

    Args:
        life: A life course of the pilot's residents at the start, its clocks set; both are used up.
        enter: Rows that enter in each month; they are in the table, not yet registered.
        trend: (quarters, 2, 111) what the trend multiplies mortality by, one in the first quarter.
        counts: What is counted.
        held: The count of those too young to be frail.
        ranks: Risk factors that follow a rank, and the key of the ranks.
        keep: What sets a quarter's balance of conditions and returns it, (P, 2, 23); or what a pilot before
            found, whose balance and means are then used.
    """
    residents = life.residents
    causes = compete(life.transitions)
    hazard = np.stack([life.transitions[p].hazard for p in causes])
    divisors, balance = [], []
    means: list[list[Means]] = [[] for _ in counts]
    for month in range(len(enter)):
        residents.month = month
        _age(life, enter[month], held, ranks)
        if month % MONTHS_A_QUARTER == 0:
            quarter = month // MONTHS_A_QUARTER
            total, count, _ = ratios_by_cell(residents, life.processes, causes, hazard.sum(axis=0))
            divisors.append(joint_divisors(total, count, hazard) / trend[quarter][None, :, :, None])
            set_divisor(life, divisors[0], divisors[-1])
            if isinstance(keep, Kept):
                set_balance(life, keep.balance[quarter])
                CountBalance(counts=list(counts), means=keep.means).set_quarter(life.processes, quarter)
            else:
                balance.append(keep(life, residents))
                for one, found in zip(counts, means, strict=True):
                    found.append(one.measure(life.transitions, residents, life.processes))
                now = CountBalance(counts=list(counts), means=[stacked(found[-1:]) for found in means])
                now.set_quarter(life.processes, 0)
        life.advance(month)
    if isinstance(keep, Kept):
        return Kept(divisors=np.stack(divisors), balance=keep.balance, means=keep.means)
    return Kept(
        divisors=np.stack(divisors), balance=np.stack(balance), means=[stacked(found) for found in means]
    )


def _age(
    life: LifeCourse,
    entering: npt.NDArray[np.int64],
    held: HeldCount,
    ranks: tuple[Ranked, npt.NDArray[np.uint32]],
) -> None:
    """Let a month begin: birthdays, counts that are held no longer, and who enters."""
    residents, column = life.residents, life.residents.column_of
    month = residents.month
    if month > 0:
        held.let_go(residents, month, life.key)
    residents.columns[entering, column["status"]] = REGISTERED
    older = birthday_rows(residents.birth_month[: residents.size], month)
    relevel(
        np.union1d(older, entering), residents.person, residents.birth_month, month,
        residents.columns, column["sex"], column["quintile"], *ranks,
    )  # fmt: skip
    life.start(entering, month)


def set_divisor(life: LifeCourse, first: FloatArray, now: FloatArray) -> None:
    """Let base hazards of death be divided by `now`, given that they were compiled with `first`.

    Args:
        life: Whose hazards are set.
        first: (causes, 2, 111, 5) divisors of the first quarter.
        now: (causes, 2, 111, 5) those of this quarter, the trend included.
    """
    for cause, key in enumerate(DEATHS_BY_CAUSE):
        life.processes.base[life.index[key]] = life.compiled_base(key) * (first[cause] / now[cause])
