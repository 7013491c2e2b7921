"""Keeps baseline mortality on the life table while those at highest risk die first.

Relative risks of death are divided by their mean so that the life table holds. That mean falls in the first
years: people with several grave conditions die faster than others come to have as many, until selection and
onset balance (measured for Dorset: deaths would fall to 0.88 of the table within a year, most at 85 and
over). So the mean is followed through one pilot of the baseline's life course, quarter by quarter, and each
quarter's base hazard is divided by its own mean. The pilot has its own key and no scenario, so the divisors
are the same in every scenario and replicate: they are part of the baseline, fixed before any comparison.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

from sim.health.ages import N_AGES
from sim.health.compiling import N_CELLS, cell_of_rows, smoothed_mean
from sim.health.life import LifeCourse
from sim.health.transitions import DEATH
from sim.kernels.life_course import AGE_GROUPS, AGES_A_GROUP, mean_ratio
from sim.population.residents import REGISTERED, Residents
from sim.population.strata import N_QUINTILES, N_SEXES

FloatArray = npt.NDArray[np.float64]
MONTHS_A_QUARTER = 3


def follow_divisors(
    life: LifeCourse, residents: Residents, enter: Sequence[npt.NDArray[np.int64]], months: int
) -> FloatArray:
    """Run the pilot and return the mean ratio of death at the start of each quarter, (quarters, 2, 111, 5).

    Args:
        life: A life course of `residents` at the start, its clocks set; it is used up.
        residents: The pilot's residents, used up; entrants are already in the table, not yet registered.
        enter: Rows that enter in each month.
        months: Months to follow.
    """
    process = life.index[DEATH]
    found = []
    status = residents.column_of["status"]
    for month in range(months):
        residents.month = month
        rows = enter[month]
        residents.columns[rows, status] = REGISTERED
        life.start(rows, month)
        if month % MONTHS_A_QUARTER == 0:
            found.append(_mean(life, residents, process))
            set_divisor(life, found[0], found[-1])
        life.advance(month)
    set_divisor(life, found[0], found[0])
    return np.stack(found)


def _mean(life: LifeCourse, residents: Residents, process: int) -> FloatArray:
    age = np.clip(residents.age_years, 0, N_AGES - 1)
    total, count = mean_ratio(
        residents.columns[: residents.size], residents.column("sex"), age, cell_of_rows(residents), N_CELLS,
        life.processes, process,
    )  # fmt: skip
    shape = (N_SEXES, AGE_GROUPS, N_QUINTILES)
    return np.repeat(smoothed_mean(total.reshape(shape), count.reshape(shape)), AGES_A_GROUP, axis=1)[
        :, :N_AGES
    ]


def set_divisor(life: LifeCourse, first: FloatArray, now: FloatArray) -> None:
    """Let base hazards of death be divided by `now`, given that they were compiled with `first`."""
    process = life.index[DEATH]
    life.processes.base[process] = life.compiled_base(DEATH) * (first / now)
