"""Abridged life tables with Chiang's method.

With deaths D and person-years P in an age band of width n, m = D / P and

    q = n m / (1 + n (1 - a) m),   l' = l (1 - q),   L = n (l' + a n-share of deaths),   e = T / l

where a is the share of the band that those who die in it live on average: 0.1 for infants and 0.5
elsewhere, as in the template of the Office for National Statistics. The last band is open: q = 1 and
L = l / m. Variance of e is Chiang's, with a term for the open band as in Silcocks and others (2001).

Sources: Chiang CL, The Life Table and its Applications, Malabar: Krieger, 1984; Eayres D and Williams ES,
J Epidemiol Community Health 2004;58:243-249; Silcocks PBS, Jenner DA, Reza R, J Epidemiol Community Health
2001;55:38-43.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

INFANT_SHARE_LIVED = 0.1
SHARE_LIVED = 0.5

Array = npt.NDArray[np.float64]


@dataclass(frozen=True, kw_only=True)
class LifeTable:
    """A life table for one or many groups; arrays have shape (..., bands)."""

    age_from: Array
    """First year of age of each band, shape (bands,)."""
    survivors: Array
    """Share of a birth cohort alive at the start of each band."""
    died: Array
    """Share of a birth cohort that dies in each band; sums to one."""
    years_lived: Array
    """Years lived in each band by the cohort, per newborn."""
    expectancy: Array
    """Further years of life expected at the start of each band."""
    variance: Array
    """Chiang's variance of the expectancy, from the number of deaths alone."""
    hazard_variance: Array
    """Variance of the chance of dying in each band; of the expectancy itself in the open band."""
    years_lost: Array
    """Years of its band that somebody who dies in it does not live on average, shape (bands,); 0 if open."""

    def at(self, age: int) -> Array:
        """Return the life expectancy at an age that starts a band, shape (...)."""
        band = np.flatnonzero(self.age_from == age)
        if band.size != 1:
            raise ValueError(f"no age band starts at {age}")
        chosen: Array = self.expectancy[..., band[0]]
        return chosen


def abridged_life_table(
    age_from: npt.ArrayLike, person_years: npt.ArrayLike, deaths: npt.ArrayLike
) -> LifeTable:
    """Return the life table of one or many groups.

    Args:
        age_from: First year of age of each band, ascending from 0, shape (bands,); the last is open.
        person_years: Years lived, shape (..., bands).
        deaths: Deaths, shape (..., bands).

    Returns:
        The life table. A group with a band that nobody lived in, or with no death in the open band, has
        no defined expectancy and holds NaN.
    """
    start = np.asarray(age_from, dtype=np.float64)
    lived = np.asarray(person_years, dtype=np.float64)
    died = np.asarray(deaths, dtype=np.float64)
    width = np.append(np.diff(start), np.inf)
    share_lived = np.where(start == 0, INFANT_SHARE_LIVED, SHARE_LIVED)
    years_lost = (1 - share_lived) * np.where(np.isinf(width), 0.0, width)
    with np.errstate(divide="ignore", invalid="ignore"):
        rate = died / lived
        probability = _probability_of_death(rate, width, share_lived)
        survivors = np.concatenate(
            [np.ones_like(rate[..., :1]), np.cumprod(1 - probability, axis=-1)[..., :-1]], -1
        )
        lost = survivors * probability
        years = np.where(np.isinf(width), survivors / rate, 0.0)
        closed = width[:-1] * (survivors[..., :-1] - (1 - share_lived[:-1]) * lost[..., :-1])
        years[..., :-1] = closed
        remaining = np.cumsum(years[..., ::-1], axis=-1)[..., ::-1]
        expectancy = remaining / survivors
        hazard_variance = _hazard_variance(probability, died, rate)
        variance = variance_of_expectancy(survivors, expectancy, years_lost, hazard_variance)
    undefined = ~np.isfinite(rate).all(-1) | (rate[..., -1] <= 0)
    expectancy[undefined] = np.nan
    return LifeTable(
        age_from=start,
        survivors=survivors,
        died=lost,
        years_lived=years,
        expectancy=expectancy,
        variance=variance,
        hazard_variance=hazard_variance,
        years_lost=years_lost,
    )


def _probability_of_death(rate: Array, width: Array, share_lived: Array) -> Array:
    """Return the chance of dying within each band, at most one, and one in the open band."""
    finite = np.where(np.isinf(width), 0.0, width)
    probability = np.minimum(finite * rate / (1 + finite * (1 - share_lived) * rate), 1.0)
    probability[..., -1] = 1.0
    return probability


def _hazard_variance(probability: Array, deaths: Array, rate: Array) -> Array:
    """Return the binomial variance of the chance of dying in each band, and of e = 1 / m in the open one."""
    variance: Array = np.where(deaths > 0, probability**2 * (1 - probability) / deaths, 0.0)
    # In the open band e = 1 / m; with a binomial rate its variance is (1 - m) / (D m^2).
    open_deaths, open_rate = deaths[..., -1], rate[..., -1]
    of_rate = np.maximum(1 - open_rate, 0) / (open_deaths * open_rate**2)
    variance[..., -1] = np.where(open_deaths > 0, of_rate, 0.0)
    return variance


def variance_of_expectancy(
    survivors: Array, expectancy: Array, lost: Array, hazard_variance: Array, weight: Array | float = 1.0
) -> Array:
    """Return the variance at the start of each band of an expectancy that counts years by a weight.

    A death in a band loses `lost` years of it, each of that band's weight, and the expectancy of those who
    reach the next.

    Args:
        survivors: Share of a birth cohort alive at the start of each band, shape (..., bands).
        expectancy: Weighted years expected at the start of each band, shape (..., bands).
        lost: Years of its band that a death loses, shape (bands,).
        hazard_variance: As in `LifeTable`.
        weight: What a year in each band counts, shape (..., bands).
    """
    share = np.broadcast_to(np.asarray(weight, dtype=np.float64), survivors.shape)
    ahead = np.concatenate([expectancy[..., 1:], np.zeros_like(expectancy[..., :1])], axis=-1)
    terms = hazard_variance * survivors**2 * (share * lost + ahead) ** 2
    terms[..., -1] = survivors[..., -1] ** 2 * share[..., -1] ** 2 * hazard_variance[..., -1]
    variance: Array = np.cumsum(terms[..., ::-1], axis=-1)[..., ::-1] / survivors**2
    return variance
