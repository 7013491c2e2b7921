"""Healthy life expectancy by Sullivan's method: years of a life table, weighted by the health in them.

    h = sum over bands ahead of (years lived in the band x share of health in it) / survivors

The share is of people who are in the state (free of disability), or their mean utility (quality-adjusted life
expectancy). It is that of people of each age now, so the figure is of a cohort that meets today's death rates
and today's health at every age. Its variance adds what is due to the share to what is due to deaths:

    var(h) = [ sum L^2 var(share) + sum l^2 var(q) (lost share + h ahead)^2 ] / l^2

Sources: Sullivan DF, HSMHA Health Reports 1971;86:347-354; Mathers CD, Health expectancies in Australia 1981
and 1988, Australian Institute of Health, 1991 (variance of the share); Jagger C, Van Oyen H, Robine JM,
Health Expectancy Calculation by the Sullivan Method: A Practical Guide, EHEMU, 2014 (both, worked example).
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt

from results.measures.life_table import Array, LifeTable, variance_of_expectancy


@dataclass(frozen=True, kw_only=True)
class HealthyLifeTable(LifeTable):
    """A life table whose expectancy and variance are of healthy years; arrays have shape (..., bands)."""

    health: Array
    """Share of health in each band, 0 to 1."""


def healthy_life_table(table: LifeTable, health: npt.ArrayLike, people: npt.ArrayLike) -> HealthyLifeTable:
    """Return a life table with the expectancy of healthy years.

    Args:
        table: The life table.
        health: Share of health in each band, 0 to 1, shape (..., bands).
        people: From how many people each share is known, shape (..., bands); infinite where it is known. The
            variance of the share is taken as p (1 - p) / people: exact for a share of people, and the most
            that it can be for a mean of utilities between 0 and 1.

    Returns:
        The table with `expectancy` and `variance` of healthy years.

    Raises:
        ValueError: A share is not between 0 and 1.
    """
    share = np.asarray(health, dtype=np.float64)
    if ((share < 0) | (share > 1 + 1e-9)).any():
        raise ValueError("shares of health lie between 0 and 1")
    share = np.broadcast_to(np.minimum(share, 1.0), table.survivors.shape)
    counted = np.broadcast_to(np.asarray(people, dtype=np.float64), share.shape)
    years = table.years_lived * share
    with np.errstate(divide="ignore", invalid="ignore"):
        healthy: Array = np.cumsum(years[..., ::-1], axis=-1)[..., ::-1] / table.survivors
        healthy[np.isnan(table.expectancy[..., 0])] = np.nan
        of_share = np.where(counted > 0, share * (1 - share) / counted, 0.0)
        terms = table.years_lived**2 * of_share
        due_to_share = np.cumsum(terms[..., ::-1], axis=-1)[..., ::-1] / table.survivors**2
        due_to_deaths = variance_of_expectancy(
            table.survivors, healthy, table.years_lost, table.hazard_variance, share
        )
    plain = {name: getattr(table, name) for name in LifeTable.__dataclass_fields__}
    made = HealthyLifeTable(**plain, health=share)
    return replace(made, expectancy=healthy, variance=due_to_share + due_to_deaths)
