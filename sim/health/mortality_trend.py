"""How mortality changes with the calendar, beyond who is ill: improvement rates of the national projections.

The published assumption is a yearly fall of death rates by age: 1.1% up to age 90, less and less until none
at 110 (principal variant; 1.9% and 0.5% in the high and low life-expectancy variants). It is the rate of the
long term; applied from the start it gives the published rise of period life expectancy in 25 years (a test
says so), which the projection reaches by way of rates that it does not print in the same place.

The tables of the area are taken to hold at the start of a run. It is the trend of all who die together: the
divisors of `sim/health/balance.py` keep the baseline on table times trend, so what falling smoking does in
the baseline is part of it and not on top of it. Limits: the same for both sexes, all quintiles and all
causes.
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from sim.health.ages import N_AGES
from sim.parameters.errors import InputError
from sim.parameters.national import National
from sim.population.strata import MONTHS_A_YEAR, N_SEXES

FloatArray = npt.NDArray[np.float64]
MONTHS_A_QUARTER = 3
PRINCIPAL = "principal"
FROZEN = "frozen"


def improvement(national: National, variant: str = PRINCIPAL) -> FloatArray:
    """Return the share by which death rates fall in a year, by age, (111,); linear between the bands given.

    Raises:
        InputError: No such variant.
    """
    table = national.tables["mortality_improvement"]
    rows = table[table["variant"] == variant].sort_values("age_from")
    if rows.empty:
        known = sorted(set(table["variant"]))
        raise InputError(
            file="mortality/improvement.csv", key="variant", found=variant, allowed=", ".join(known),
            names=known,
        )  # fmt: skip
    ages = np.concatenate([rows["age_from"], rows["age_to"]]).astype(np.float64)
    values = np.concatenate([rows["value"], rows["value"]])
    order = np.argsort(ages, kind="stable")
    return np.asarray(np.interp(np.arange(N_AGES), ages[order], values[order]))


def mortality_trend(
    national: National,
    choice: str,
    months: int,
    *,
    variant: str = PRINCIPAL,
    multiplier: FloatArray | None = None,
) -> FloatArray:
    """Return what mortality is multiplied by in each quarter of a run, (quarters, 2, 111); one in the first.

    Args:
        national: National tables; `mortality_improvement`.
        choice: `continued` or `frozen` (rates stay as they are at the start).
        months: Months of the run.
        variant: Variant of the projection whose rates are used.
        multiplier: (years,) or (years, 2, 111) one more multiplier by year of the run, such as that of a
            life-expectancy variant; its last year holds on. It acts whatever the choice.
    """
    quarters = -(-months // MONTHS_A_QUARTER)
    years = np.arange(quarters) * (MONTHS_A_QUARTER / MONTHS_A_YEAR)
    fall = np.zeros(N_AGES) if choice == FROZEN else improvement(national, variant)
    out = np.repeat(((1.0 - fall) ** years[:, None])[:, None, :], N_SEXES, axis=1)
    if multiplier is not None:
        by_year = np.asarray(multiplier, np.float64)
        of_quarter = by_year[np.minimum(years.astype(np.int64), len(by_year) - 1)]
        out = out * (of_quarter[:, None, None] if by_year.ndim == 1 else of_quarter)
    return np.asarray(out)
