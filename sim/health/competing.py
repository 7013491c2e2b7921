"""Causes of death compete: their hazards add up to the life table, and the mix follows from who has what.

With T(sex, age, quintile) the life table, s_c(sex, age) the share of deaths from cause c and M_c the mean
ratio of the cause among those who live in a cell, the base hazard of a cause is

    b_c = T w_c / sum over k of w_k M_k,

so that the mean hazards b_c M_c of a cell add up to T whatever the ratios. The weights w_c depend on sex and
age alone and are solved so that, over the quintiles together, the causes have their shares s_c of deaths.
Within a quintile the mix is then a prediction: a cause is commoner where more people have what leads to it.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

from sim.health.ages import N_AGES
from sim.health.grouping import N_CELLS, cell_of_rows, mean_of_quintiles, of_single_years
from sim.health.transitions import Transition
from sim.kernels.life_course import AGE_GROUPS, AGES_A_GROUP, Processes
from sim.kernels.ratio_means import competing_ratios
from sim.population.residents import Residents
from sim.population.strata import N_QUINTILES, N_SEXES

FloatArray = npt.NDArray[np.float64]
IntArray = npt.NDArray[np.int64]
_ROUNDS = 40  # rounds of proportional fitting; shares then agree to 1e-9


def compete(transitions: Sequence[Transition]) -> IntArray:
    """Return which transitions are causes of death that share the hazard of a life table, (n,), by key.

    They stand in the order of their keys, that of `DEATHS_BY_CAUSE`, wherever the transitions have them.
    """
    found = [p for p, one in enumerate(transitions) if one.normalise == "causes"]
    return np.array(sorted(found, key=lambda p: transitions[p].key), np.int64)


def ratios_by_cell(
    residents: Residents, processes: Processes, causes: IntArray, table: FloatArray
) -> tuple[FloatArray, FloatArray, FloatArray]:
    """Return sums of ratios (n, 2, 23, 5), residents at risk (2, 23, 5) and largest ratios (n, 2, 23).

    Within a cell of five years people count by `table`, the hazard (2, 111, 5) of their single year, so that
    expected deaths of the cell are those of the table although the older of them have the larger ratios.
    """
    age = np.clip(residents.age_years, 0, N_AGES - 1)
    sex, cell = residents.column("sex"), cell_of_rows(residents)
    weight = np.maximum(table[sex, age, residents.column("quintile")], np.finfo(float).tiny)
    at_risk = residents.registered
    mean = np.bincount(cell[at_risk], weight[at_risk], N_CELLS) / np.maximum(
        1, np.bincount(cell[at_risk], minlength=N_CELLS)
    )
    total, count, largest = competing_ratios(
        residents.columns[: residents.size], sex, age, cell, N_CELLS, processes, causes,
        weight / np.where(mean > 0.0, mean, 1.0)[cell],
    )  # fmt: skip
    shape = (N_SEXES, AGE_GROUPS, N_QUINTILES)
    return total.reshape(causes.size, *shape), count.reshape(shape), largest


def joint_divisors(total: FloatArray, count: FloatArray, hazard: FloatArray) -> FloatArray:
    """Return what the hazards of the causes are divided by, (n, 2, 111, 5).

    Args:
        total: (n, 2, 23, 5) sums of ratios.
        count: (2, 23, 5) residents at risk.
        hazard: (n, 2, 111, 5) the life table times each cause's share of deaths.
    """
    table = hazard.sum(axis=0)
    weight = table[:, ::AGES_A_GROUP]
    mean = np.stack([of_single_years(mean_of_quintiles(one, count, weight)) for one in total])
    share = np.divide(hazard, table, out=np.zeros_like(hazard), where=table > 0.0)
    deaths = of_single_years(count + 1.0) * np.maximum(
        table, np.finfo(float).tiny
    )  # nobody: as if everywhere
    wanted = (share * deaths).sum(axis=3, keepdims=True)
    weight = share.mean(axis=3, keepdims=True)
    for _ in range(_ROUNDS):
        mixed = weight * mean
        mixed = mixed / mixed.sum(axis=0)
        met = (mixed * deaths).sum(axis=3, keepdims=True)
        weight = weight * np.divide(wanted, met, out=np.ones_like(met), where=met > 0.0)
    together = (weight * mean).sum(axis=0)
    died = (weight > 0.0) & (share > 0.0)
    return np.asarray(np.divide(share * together, weight, out=np.ones_like(hazard), where=died))


def reach(largest: FloatArray) -> FloatArray:
    """Return the largest ratio of the own five-year group or a neighbouring one, (n, 2, 111) from (n, 2, 23).

    It bounds the hazard for the whole run: people age into the next group with what they have.
    """
    padded = np.pad(largest, ((0, 0), (0, 0), (1, 1)), mode="edge")
    widest = np.max([padded[:, :, :-2], padded[:, :, 1:-1], padded[:, :, 2:]], axis=0)
    return np.stack([of_single_years(one) for one in widest])
