"""The margins that the start population has, brought into agreement in order of precedence.

Three sources disagree a little: ONS residents by council, sex and age; residents by deprivation quintile;
and practice lists by neighbourhood. ONS residents come first: they are rolled from their mid-year to the
start date and scaled to the list. Quintile shares are taken within council, sex and age band, so they cannot
contradict the residents. The lists' shares by council, age and quintile are each fitted to both the list
sizes and the totals that the first two sources fix, so that the joint fit has margins that can all be met.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from sim.population.fitting import FittingError, Margin, fit_margins
from sim.population.inputs import N_AGES, AreaTables, FloatArray, quintile_shares
from sim.population.outlook import residents_at_start

LIST_AGE_GROUPS: tuple[str, ...] = ("under 16", "16 to 49", "50 to 64", "65 and over")
LIST_AGE_STARTS: tuple[int, ...] = (0, 16, 50, 65)
"""The age groups by which practice lists are published here."""


@dataclass(frozen=True, kw_only=True)
class Margins:
    """Real-valued totals of the start population. C councils, N neighbourhoods, 4 list age groups."""

    residents: FloatArray
    """(C, 2, 111) ONS residents at the start date, before scaling to the list."""
    people: FloatArray
    """(C, 2, 111, 5) registered people by council, sex, age and quintile."""
    lists: FloatArray
    """(N,) registered people by neighbourhood."""
    list_council: FloatArray
    """(N, C) the same by council of residence."""
    list_age: FloatArray
    """(N, 4) the same by list age group."""
    list_quintile: FloatArray
    """(N, 5) the same by quintile."""
    list_inflation: float
    """Registered people per resident."""


def list_age_group() -> npt.NDArray[np.int64]:
    """Return the list age group of each year of age, shape (111,)."""
    return np.searchsorted(np.array(LIST_AGE_STARTS), np.arange(N_AGES), side="right") - 1


def margins(area: AreaTables) -> Margins:
    """Return the margins of the start population of `area`."""
    residents = residents_at_start(area)
    inflation = area.list_size / float(residents.sum())
    people = residents[..., np.newaxis] * quintile_shares(area) * inflation
    group = list_age_group()
    by_group = np.stack(
        [people[:, :, group == g].sum(axis=(0, 1, 2, 3)) for g in range(len(LIST_AGE_GROUPS))]
    )
    table = area.neighbourhoods
    lists = table["list_size_scaled"].to_numpy(np.float64)
    lists = lists * (area.list_size / lists.sum())
    council_shares = np.stack([table[f"share_{key}"].to_numpy(np.float64) for key in area.councils], axis=1)
    quintile = np.stack(
        [table[f"quintile_{q + 1}"].to_numpy(np.float64) for q in range(people.shape[-1])], axis=1
    )
    return Margins(
        residents=residents,
        people=people,
        lists=lists,
        list_council=_agree("council", council_shares, lists, people.sum(axis=(1, 2, 3))),
        list_age=_agree("age group", _age_shares(area), lists, by_group),
        list_quintile=_agree("quintile", quintile, lists, people.sum(axis=(0, 1, 2))),
        list_inflation=inflation,
    )


def _age_shares(area: AreaTables) -> FloatArray:
    """Return each neighbourhood's share in the list age groups, shape (N, 4), from its cumulative shares."""
    table = area.neighbourhoods
    young, fifty, old = (
        table[name].to_numpy(np.float64) for name in ("share_under_16", "share_50_plus", "share_65_plus")
    )
    return np.stack([young, 1 - young - fifty, fifty - old, old], axis=1)


def _agree(name: str, shares: FloatArray, lists: FloatArray, totals: FloatArray) -> FloatArray:
    """Return neighbourhood counts nearest to `shares` with row sums `lists` and column sums `totals`."""
    fit = fit_margins(
        shares * lists[:, np.newaxis],
        [Margin(name=name, axes=(1,), target=totals), Margin(name="list size", axes=(0,), target=lists)],
    )
    if not fit.converged:
        raise FittingError(
            f"neighbourhoods by {name}: the shares cannot add up to list sizes and area totals: {fit.gaps}"
        )
    return fit.table
