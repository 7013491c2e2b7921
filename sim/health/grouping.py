"""Cells of normalisation, and means by cell that borrow from their neighbours where people are few."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from sim.health.ages import N_AGES
from sim.kernels.life_course import AGE_GROUPS, AGES_A_GROUP
from sim.population.residents import Residents
from sim.population.strata import N_QUINTILES, N_SEXES

FloatArray = npt.NDArray[np.float64]
N_CELLS = N_SEXES * AGE_GROUPS * N_QUINTILES
_PRIOR_PEOPLE = 20.0  # a cell's mean ratio is drawn towards that of its neighbours with the weight of so many
_NEIGHBOURS = 2  # five-year groups on either side


def cell_of_rows(residents: Residents) -> npt.NDArray[np.int64]:
    """Return the cell of normalisation of each row: sex, five-year age group and quintile."""
    group = np.clip(residents.age_years, 0, N_AGES - 1) // AGES_A_GROUP
    sex = residents.column("sex").astype(np.int64)
    return np.asarray((sex * AGE_GROUPS + group) * N_QUINTILES + residents.column("quintile"))


def smoothed_mean(total: FloatArray, count: FloatArray) -> FloatArray:
    """Return total / count by cell, (2, 23, 5), drawn towards the mean of the sex and neighbouring ages.

    Small cells borrow from the same sex and quintile within ten years of age, with the weight of 20 people.
    """
    near_total, near_count = np.zeros_like(total), np.zeros_like(count)
    for shift in range(-_NEIGHBOURS, _NEIGHBOURS + 1):
        source = np.clip(np.arange(total.shape[1]) + shift, 0, total.shape[1] - 1)
        near_total += total[:, source]
        near_count += count[:, source]
    prior = np.where(near_count > 0, near_total / np.maximum(1.0, near_count), 1.0)
    prior = np.where(prior > 0, prior, 1.0)
    return (total + _PRIOR_PEOPLE * prior) / (count + _PRIOR_PEOPLE)


def mean_of_quintiles(total: FloatArray, count: FloatArray, weight: FloatArray) -> FloatArray:
    """Return means by cell as `smoothed_mean` has them, scaled so that the quintiles keep their sum.

    A quintile of the oldest has two dozen people, so that each borrows half of its mean from younger ages,
    whose mean is another: together they would be off by twentieths. All quintiles of an age are five times
    as many, and what they have together borrows with the weight of 20 people in all.

    Args:
        total: (2, 23, 5) sums of ratios.
        count: (2, 23, 5) residents at risk.
        weight: (2, 23, 5) what one person of a cell counts for in the sum, their hazard.
    """
    mean = smoothed_mean(total, count)
    found = (total * weight).sum(axis=2)
    borrowed = (mean * count * weight).sum(axis=2)
    # the prior: that what was borrowed is right, with the weight of so many people of that age
    people = count.sum(axis=2)
    prior = borrowed * _PRIOR_PEOPLE / np.maximum(people, 1.0)
    scale = np.divide(found + prior, borrowed + prior, out=np.ones_like(found), where=borrowed + prior > 0.0)
    return np.asarray(mean * scale[:, :, None])


def of_single_years(by_group: FloatArray) -> FloatArray:
    """Return values of five-year groups on axis 1, (2, 23, ...), for every single year, (2, 111, ...)."""
    return np.asarray(np.repeat(by_group, AGES_A_GROUP, axis=1)[:, :N_AGES])
