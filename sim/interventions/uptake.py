"""Who accepts: the chance by group, whose mean over those eligible is the one stated.

logit(p) = a + log(ratio of the quintile) + log(ratio of the sex) + .. , with a solved so that the mean over
those eligible when a year of the programme begins is `mean`. The level a then holds for that year, and so do
answers: an offer repeated within the year meets the same answer.
"""

from __future__ import annotations

import math

import numpy as np
import numpy.typing as npt

from sim.interventions.eligibility import ETHNICITIES
from sim.interventions.specification import Uptake
from sim.population.residents import Residents
from sim.population.strata import AGE_BANDS, QUINTILES, SEXES, age_band_of_year

FloatArray = npt.NDArray[np.float64]
IntArray = npt.NDArray[np.int64]
GROUPS: dict[str, tuple[str, ...]] = {
    "quintile": tuple(QUINTILES),
    "sex": tuple(SEXES),
    "ethnicity": ETHNICITIES,
    "age_band": tuple(AGE_BANDS),
}
"""Groups between which uptake may differ, in the order of the axes of its tables and of their codes."""
COLUMNS = ("quintile", "sex", "ethnic_group")
"""Attributes of the first axes; the last, the age band, follows from age."""
SHAPE = tuple(len(groups) for groups in GROUPS.values())
_OLDEST = 110


def odds_ratios(uptake: Uptake) -> FloatArray:
    """Return the ratio of odds by quintile, sex, ethnic group and age band, (5, 2, 5, 7); not normalised."""
    found: FloatArray = np.ones(SHAPE) * np.reshape(uptake.ratio_by_quintile, (-1, 1, 1, 1))
    for by, ratios in uptake.ratio_by:
        axis = list(GROUPS).index(by)
        along = np.ones(SHAPE[axis])
        for group, ratio in ratios:
            along[GROUPS[by].index(group)] = ratio
        found *= along.reshape([-1 if k == axis else 1 for k in range(len(SHAPE))])
    return found


def count_groups(residents: Residents, rows: IntArray) -> IntArray:
    """Return residents by quintile, sex, ethnic group and age band, (5, 2, 5, 7)."""
    age = np.clip(residents.age_of(rows), 0, _OLDEST)
    parts = [residents.columns[rows, residents.column_of[name]].astype(np.int64) for name in COLUMNS]
    index = np.ravel_multi_index((*parts, age_band_of_year()[age].astype(np.int64)), SHAPE)
    return np.bincount(index, minlength=math.prod(SHAPE)).reshape(SHAPE).astype(np.int64)


def chance_of_accepting(mean: float, ratio: FloatArray, people: npt.NDArray[np.integer]) -> FloatArray:
    """Return the chance by group, with the mean over `people` as stated.

    Args:
        mean: Share of those offered who accept, 0 to 1.
        ratio: Ratio of odds by group, any shape.
        people: Those eligible by group, the same shape; nobody counts as one in each group.

    Returns:
        1 / (1 + exp(-a) / ratio) with a solved; `mean` everywhere where it is 0 or 1 or nothing differs.
    """
    if mean <= 0.0 or mean >= 1.0 or bool(np.all(ratio == 1.0)):
        return np.full(ratio.shape, mean)
    from scipy.optimize import brentq  # only where uptake differs: the module is large

    total = int(people.sum())
    weight = people / total if total else np.full(ratio.shape, 1.0 / ratio.size)
    used = weight > 0

    def gap(a: float) -> float:
        return float((weight[used] / (1.0 + math.exp(-a) / ratio[used])).sum() - mean)

    centre = math.log(mean / (1.0 - mean))
    reach = float(np.abs(np.log(ratio)).max()) + 1.0
    a = brentq(gap, centre - reach, centre + reach, xtol=1e-13)
    return np.asarray(1.0 / (1.0 + math.exp(-a) / ratio))
