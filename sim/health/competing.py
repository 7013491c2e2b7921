"""Causes of death compete: their hazards add up to the life table, and the mix follows from who has what.

With T(sex, age, quintile) the life table, s_c(sex, age) the share of deaths from cause c and M_c the mean ratio
of the cause among those who live in a cell, the base hazard of a cause is

    b_c = T w_c / sum over k of w_k M_k,

so that the mean hazards b_c M_c of a cell add up to T whatever the ratios. The weights w_c depend on sex and age
alone and are solved so that, over the quintiles together, the causes have their shares s_c of deaths. Within a
quintile the mix is then a prediction: a cause is commoner where more people have what leads to it.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

from sim.health.ages import N_AGES
from sim.health.grouping import N_CELLS, cell_of_rows, of_single_years, smoothed_mean
from sim.health.transitions import Transition
from sim.kernels.life_course import AGE_GROUPS, Processes, spread_of_ratios
from sim.population.residents import Residents
from sim.population.strata import N_QUINTILES, N_SEXES

FloatArray = npt.NDArray[np.float64]
IntArray = npt.NDArray[np.int64]
_STEPS, _A_DOUBLING = 96, 8  # ratios are counted in steps of 9%, up to 4,000
_BEYOND = 0.001  # largest part of a cause's hazard, by sex and age group, that the bound may cut off
_ROUNDS = 40  # rounds of proportional fitting; shares then agree to 1e-9


def compete(transitions: Sequence[Transition]) -> IntArray:
    """Return which transitions are causes of death that share the hazard of a life table, (n,)."""
    return np.array([p for p, one in enumerate(transitions) if one.normalise == "causes"], np.int64)


def spread_by_cell(
    residents: Residents, processes: Processes, causes: IntArray
) -> tuple[FloatArray, FloatArray, FloatArray]:
    """Return sums of ratios (n, 2, 23, 5), residents at risk (2, 23, 5) and sums by size (n, 2, 23, steps)."""
    age = np.clip(residents.age_years, 0, N_AGES - 1)
    total, count, spread = spread_of_ratios(
        residents.columns[: residents.size], residents.column("sex"), age, cell_of_rows(residents), N_CELLS,
        processes, causes, _STEPS, _A_DOUBLING,
    )  # fmt: skip
    shape = (N_SEXES, AGE_GROUPS, N_QUINTILES)
    return total.reshape(causes.size, *shape), count.reshape(shape), spread


def joint_divisors(total: FloatArray, count: FloatArray, hazard: FloatArray) -> FloatArray:
    """Return what the hazards of the causes are divided by, (n, 2, 111, 5).

    Args:
        total: (n, 2, 23, 5) sums of ratios.
        count: (2, 23, 5) residents at risk.
        hazard: (n, 2, 111, 5) the life table times each cause's share of deaths.
    """
    mean = np.stack([of_single_years(smoothed_mean(one, count)) for one in total])
    table = hazard.sum(axis=0)
    share = np.divide(hazard, table, out=np.zeros_like(hazard), where=table > 0.0)
    deaths = of_single_years(count + 1.0) * np.maximum(table, np.finfo(float).tiny)  # nobody: as if everywhere
    wanted = (share * deaths).sum(axis=3, keepdims=True)
    weight = share.mean(axis=3, keepdims=True)
    for _ in range(_ROUNDS):
        mixed = weight * mean
        mixed = mixed / mixed.sum(axis=0)
        met = (mixed * deaths).sum(axis=3, keepdims=True)
        weight = weight * np.divide(wanted, met, out=np.ones_like(met), where=met > 0.0)
    together = (weight * mean).sum(axis=0)
    return np.divide(share * together, weight, out=np.ones_like(hazard), where=(weight > 0.0) & (share > 0.0))


def reach(spread: FloatArray) -> FloatArray:
    """Return a ratio above which next to nothing of a cause's hazard lies, by sex and age, (n, 2, 111).

    Of the own five-year group or a neighbouring one, whichever is larger, so that it lasts as people age.
    """
    beyond = np.cumsum(spread[..., ::-1], axis=3)[..., ::-1]  # sum of ratios in this step and those above
    whole = np.maximum(beyond[..., :1], np.finfo(float).tiny)
    step = (beyond > _BEYOND * whole).sum(axis=3) - 1
    own = 2.0 ** (np.maximum(step, 0) / _A_DOUBLING)
    padded = np.pad(own, ((0, 0), (0, 0), (1, 1)), mode="edge")
    widest = np.max([padded[:, :, :-2], padded[:, :, 1:-1], padded[:, :, 2:]], axis=0)
    return np.stack([of_single_years(one) for one in widest])
