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

import numpy as np
import numpy.typing as npt

from sim.health.competing import compete, joint_divisors, ratios_by_cell
from sim.health.life import LifeCourse
from sim.health.mortality_trend import MONTHS_A_QUARTER
from sim.health.transitions import DEATHS_BY_CAUSE
from sim.population.residents import REGISTERED, Residents

FloatArray = npt.NDArray[np.float64]


def follow_divisors(
    life: LifeCourse,
    residents: Residents,
    enter: Sequence[npt.NDArray[np.int64]],
    months: int,
    trend: FloatArray,
    keep: Callable[[LifeCourse, Residents], FloatArray],
) -> tuple[FloatArray, FloatArray]:
    """Run the pilot and return the divisors of each quarter, (quarters, causes, 2, 111, 5), and its balance.

    Args:
        life: A life course of `residents` at the start, its clocks set; it is used up.
        residents: The pilot's residents, used up; entrants are already in the table, not yet registered.
        enter: Rows that enter in each month.
        months: Months to follow.
        trend: (quarters, 2, 111) what the trend multiplies mortality by, one in the first quarter.
        keep: Sets what keeps prevalences on their trend for a quarter and returns it, (P, 2, 23).
    """
    causes = compete(life.transitions)
    hazard = np.stack([life.transitions[p].hazard for p in causes])
    found, kept = [], []
    status = residents.column_of["status"]
    for month in range(months):
        residents.month = month
        rows = enter[month]
        residents.columns[rows, status] = REGISTERED
        life.start(rows, month)
        if month % MONTHS_A_QUARTER == 0:
            total, count, _ = ratios_by_cell(residents, life.processes, causes, hazard.sum(axis=0))
            quarter = trend[month // MONTHS_A_QUARTER][None, :, :, None]
            found.append(joint_divisors(total, count, hazard) / quarter)
            set_divisor(life, found[0], found[-1])
            kept.append(keep(life, residents))
        life.advance(month)
    set_divisor(life, found[0], found[0])
    return np.stack(found), np.stack(kept)


def set_divisor(life: LifeCourse, first: FloatArray, now: FloatArray) -> None:
    """Let base hazards of death be divided by `now`, given that they were compiled with `first`.

    Args:
        life: Whose hazards are set.
        first: (causes, 2, 111, 5) divisors of the first quarter.
        now: (causes, 2, 111, 5) those of this quarter, the trend included.
    """
    for cause, key in enumerate(DEATHS_BY_CAUSE):
        life.processes.base[life.index[key]] = life.compiled_base(key) * (first[cause] / now[cause])
