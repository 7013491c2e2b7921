"""The expected population, month by month: cohort-component arithmetic on the very hazards of the model.

A state is residents by council, sex, month of age and quintile, (C, 2, 1332, 5): 111 years of age in months,
the last month open. One month does what a month of the model does to the expectation: entrants come at its
first instant; everybody there survives death and departure with probability exp(-(d + m) / 12); everybody
grows a month older. So the expectation has no Monte-Carlo error, and a sampled run differs from it by chance
alone (and by what scenarios and feedback do). The method is that of Preston, Heuveline and Guillot,
"Demography" (2001), chapter 6, with exponential survival in steps of a month.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from sim.population.inputs import N_AGES, FloatArray
from sim.population.strata import MONTHS_A_YEAR, N_QUINTILES, N_SEXES

MONTHS_OF_AGE = N_AGES * MONTHS_A_YEAR


@dataclass(frozen=True, kw_only=True)
class YearFlows:
    """What enters and leaves in one year of the expected population."""

    arrivals: FloatArray
    """(C, 2, 111, 5) in-migrants a year, at even months of age within each year of age."""
    births: FloatArray
    """(C, 2, 5) births a year."""
    deaths: FloatArray
    """(2, 111, 5) deaths per person-year."""
    departures: FloatArray
    """(C, 2, 111) departures per person-year."""


@dataclass(frozen=True, kw_only=True)
class YearCounts:
    """What one year of the expected population did."""

    people: FloatArray
    """(C, 2, 1332, 5) residents at its end."""
    deaths: FloatArray
    """(C, 2, 111, 5) deaths in it, by age at death; those of a month are shared with departures by hazard."""
    departures: FloatArray
    """(C, 2, 111, 5) departures in it."""


def monthly_state(people: dict[str, npt.NDArray[Any]], n_councils: int) -> FloatArray:
    """Return people at month 0 by council, sex, month of age and quintile, (C, 2, 1332, 5)."""
    shape = (n_councils, N_SEXES, MONTHS_OF_AGE, N_QUINTILES)
    age = np.clip(-people["birth_month"].astype(np.int64), 0, MONTHS_OF_AGE - 1)
    index = np.ravel_multi_index((people["council"], people["sex"], age, people["quintile"]), shape)
    return np.bincount(index, minlength=int(np.prod(shape))).reshape(shape).astype(np.float64)


def spread_over_months(by_age: FloatArray) -> FloatArray:
    """Spread counts by year of age, (C, 2, 111, Q), evenly over months of age, (C, 2, 1332, Q)."""
    return np.repeat(by_age / MONTHS_A_YEAR, MONTHS_A_YEAR, axis=2)


def by_year_of_age(people: FloatArray) -> FloatArray:
    """Return people by year of age, (C, 2, 111, Q), from months of age."""
    shape = (*people.shape[:2], N_AGES, MONTHS_A_YEAR, people.shape[3])
    return np.asarray(people.reshape(shape).sum(axis=3))


def survival(flows: YearFlows) -> FloatArray:
    """Return the chance to stay through a month, (C, 2, 1332, 5), for those there at its first instant."""
    return np.repeat(np.exp(-_hazard(flows) / MONTHS_A_YEAR), MONTHS_A_YEAR, axis=2)


def _hazard(flows: YearFlows) -> FloatArray:
    return flows.deaths[None] + flows.departures[..., None]


def after_year(people: FloatArray, flows: YearFlows, months: int = MONTHS_A_YEAR) -> FloatArray:
    """Return the people of `people` and the entrants of `months` months who are there at their end."""
    stay = survival(flows)
    entering = _entering(flows)
    for _ in range(months):
        people = _older((people + entering) * stay)
    return people


def run_year(people: FloatArray, flows: YearFlows) -> YearCounts:
    """Return the people at the end of a year, and its deaths and departures by age."""
    stay, entering = survival(flows), _entering(flows)
    gone = np.zeros_like(people)
    for _ in range(MONTHS_A_YEAR):
        people = people + entering
        gone += people * (1.0 - stay)
        people = _older(people * stay)
    lost = by_year_of_age(gone)
    share = flows.deaths[None] / np.maximum(_hazard(flows), np.finfo(float).tiny)
    return YearCounts(people=people, deaths=lost * share, departures=lost * (1.0 - share))


def _entering(flows: YearFlows) -> FloatArray:
    """Return the entrants of one month by month of age."""
    entering = spread_over_months(flows.arrivals) / MONTHS_A_YEAR
    entering[:, :, 0] += flows.births / MONTHS_A_YEAR
    return entering


def _older(people: FloatArray) -> FloatArray:
    """Return people a month older; the last month of age keeps those who reach it."""
    older = np.empty_like(people)
    older[:, :, 0] = 0.0
    older[:, :, 1:] = people[:, :, :-1]
    older[:, :, -1] += people[:, :, -1]
    return older


def spread_oldest(counts: FloatArray, rates: FloatArray) -> FloatArray:
    """Spread the open last age of `counts` (C, 2, A) over A-1..110 as a stationary population would be.

    The person-years lived in the year of age x are l(x) (1 - exp(-m)) / m with l(x) survivors to x and m
    the death rate of `rates` (2, 111), constant in the year.
    """
    open_age = counts.shape[-1] - 1
    m = rates[:, open_age:]
    survivors = np.exp(-np.cumsum(np.pad(m[:, :-1], ((0, 0), (1, 0))), axis=1))
    lived = survivors * -np.expm1(-m) / m
    lived /= lived.sum(axis=1, keepdims=True)
    return np.concatenate([counts[..., :open_age], counts[..., [open_age]] * lived], axis=-1)
