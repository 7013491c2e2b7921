"""Variants of the published projection: what each changes in births, migration and mortality.

Ten variants are published by broad age beside the principal. Six change one component; each is turned into
one change of that component, constant or growing since the projection's base year, that gives the published
difference from the principal in 2040:

- fertility: births times a factor, the ratio of residents under 18 (all born since the base year);
- migration: so many more or fewer in-migrants a year of each broad age, surviving and growing older to 2040;
- life expectancy: death rates times exp(-d t), t years on, with the d that gives the ratio of people of 65
  and over.

The other four combine them (an ageing population has low fertility, high life expectancy and low migration),
so that their published figures test the derivation and are not used in it. In a run births and migration
differ from the first month on; death rates part from the principal's as the run goes on.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt

from sim.parameters.errors import InputError
from sim.population.inputs import (
    FEMALE,
    N_AGES,
    AreaTables,
    FloatArray,
    age_bands,
    death_rates,
    fertility,
    positions,
    projected_residents,
)
from sim.population.moves import over_ages
from sim.population.outlook import Outlook, before_estimates, principal_outlook
from sim.population.past import death_ratio
from sim.population.strata import N_SEXES
from sim.population.variants import PRINCIPAL, components

BASE_TIME, JUDGED_YEAR = 2018.5, 2040
"""Middle of the base year of the projection, and the year at which variants are compared with it."""
_OLD = 65
_STEEPEST = 0.2  # largest change of death rates a year that is looked for
_HALVINGS = 60
_TINY = np.finfo(float).tiny


@dataclass(frozen=True, kw_only=True)
class Change:
    """What a variant changes from the principal. C councils; residents, not the list."""

    births: FloatArray
    """(C,) factor of births."""
    arrivals: FloatArray
    """(C, 4) more in-migrants a year by broad age."""
    death_fall_per_year: float
    """Share by which death rates fall each year below the principal's; negative when they rise."""


def change(area: AreaTables, variant: str, principal: Outlook) -> Change:
    """Return what a variant changes in the area's projection."""
    births = np.ones(len(area.councils))
    arrivals = np.zeros((len(area.councils), int(broad_age(area).max()) + 1))
    for name in components(variant):
        if name.endswith("fertility"):
            births = _births(area, name)
        elif name.endswith("migration"):
            arrivals = _arrivals(area, name, principal)
    return Change(births=births, arrivals=arrivals, death_fall_per_year=death_fall(area, variant))


def outlook(area: AreaTables, variant: str = PRINCIPAL, trend: float | FloatArray = 0.0) -> Outlook:
    """Return births, in-migrants and departures from the area's start on under a variant.

    Mortality under a variant changes deaths alone: in-migration is what the principal has, so that people
    who live longer displace nobody. For a start before the last estimates there is no variant.

    Args:
        area: Area tables.
        variant: Name of the variant.
        trend: Share by which mortality falls each year from the start on in the principal.
    """
    found = principal_outlook(area, trend)
    if not components(variant):
        return found
    if before_estimates(area):
        raise InputError(
            file="settings", key="projection", found=variant,
            allowed=f"{PRINCIPAL} for a start before the last estimates",
        )  # fmt: skip
    made = change(area, variant, found)
    by_sex = found.arrivals[0] / np.maximum(found.arrivals[0].sum(axis=1, keepdims=True), _TINY)
    extra = _over_ages(area, made.arrivals, found)
    more = np.stack([
        _followers(area, council, extra[council], found, found.births.shape[0])[1]
        for council in range(len(area.councils))
    ], axis=1)  # fmt: skip
    scale = area.list_size / projected_residents(area, area.start)[0].sum()
    arrivals = np.maximum(found.arrivals + scale * (extra[:, None] * by_sex), 0.0)
    return replace(found, births=found.births * made.births + scale * more, arrivals=arrivals)


def mortality_multipliers(
    area: AreaTables, variant: str, years: int, trend: float | FloatArray = 0.0
) -> FloatArray:
    """Return what death rates are multiplied by in each year of a run on top of its trend, (years, 2, 111).

    One at the start. Under a variant they part from the principal's by a fixed share each year. For a start
    before the last estimates they follow national rates since then in place of the trend, which is taken out.

    Args:
        area: Area tables; the start is theirs.
        variant: Name of the variant.
        years: Years of the run.
        trend: Share by which the run lets death rates fall each year, one or by age (111,).
    """
    passed = np.arange(years) + 0.5
    out = np.ones((years, N_SEXES, N_AGES)) * np.exp(-death_fall(area, variant) * passed)[:, None, None]
    if not before_estimates(area):
        return np.asarray(out)
    first = death_ratio(area, area.start)
    history = np.stack([death_ratio(area, area.start + time) / first for time in passed])
    fallen = (1.0 - (np.zeros(N_AGES) + trend)) ** passed[:, None]
    return np.asarray(out * history / fallen[:, None])


def broad_age(area: AreaTables) -> npt.NDArray[np.int64]:
    """Return the position of the broad age of each year of age, (111,)."""
    starts = [first for first, _ in age_bands(area.table("projection_variants"))]
    return np.searchsorted(np.array(starts), np.arange(N_AGES), side="right") - 1


def published(area: AreaTables, variant: str, year: int) -> FloatArray:
    """Return the published residents of a variant by council and broad age, (C, 4)."""
    table = area.table("projection_variants")
    rows = table[(table["variant"] == variant) & (table["projection_year"] == year)]
    starts = [first for first, _ in age_bands(table)]
    out = np.zeros((len(area.councils), len(starts)))
    council = positions(rows["council"], area.councils, "projection_variants")
    out[council, np.searchsorted(starts, rows["age_from"])] = rows["value"]
    return out


def _births(area: AreaTables, variant: str) -> FloatArray:
    """Return the ratio of residents under 18 at the judged year, who were all born since the base year."""
    mine, principal = (published(area, name, JUDGED_YEAR)[:, 0] for name in (variant, PRINCIPAL))
    return np.asarray(mine / principal)


def _over_ages(area: AreaTables, by_group: FloatArray, principal: Outlook) -> FloatArray:
    """Spread in-migrants by broad age, (C, 4), over ages as the principal's, (C, 111)."""
    ages = broad_age(area)
    weights = principal.arrivals[0].sum(axis=1)
    out = np.zeros_like(weights)
    for group in range(by_group.shape[1]):
        mine = np.where(ages == group, weights, 0.0)
        out += mine / mine.sum(axis=1, keepdims=True) * by_group[:, [group]]
    return np.asarray(out)


def _followers(
    area: AreaTables, council: int, coming: FloatArray, principal: Outlook, years: int
) -> tuple[FloatArray, FloatArray]:
    """Return people by age (111,) after `years` of `coming` (111,) a year, and births to them by year.

    They die at the area's mean rates, bear children at its fertility, and do not leave: `coming` is net.
    """
    stay = np.exp(-death_rates(area).mean(axis=(0, 1)))
    arrivals = principal.arrivals[0, council]
    women = arrivals[FEMALE] / np.maximum(arrivals.sum(axis=0), _TINY)
    bearing = fertility(area)[council] * women
    people, births = np.zeros(N_AGES), np.zeros(years)
    for year in range(years):
        people = people + coming
        births[year] = (people * bearing).sum()
        grown = people * stay
        people = np.concatenate([[births[year]], grown[:-1]])
        people[-1] += grown[-1]
    return people, births


def _arrivals(area: AreaTables, variant: str, principal: Outlook) -> FloatArray:
    """Return the yearly in-migrants by broad age that make the published difference, (C, 4)."""
    difference = published(area, variant, JUDGED_YEAR) - published(area, PRINCIPAL, JUDGED_YEAR)
    ages, years = broad_age(area), int(JUDGED_YEAR + 0.5 - BASE_TIME)
    groups = difference.shape[1]
    units = [np.eye(groups)[[group]].repeat(len(area.councils), axis=0) for group in range(groups)]
    one = [_over_ages(area, unit, principal) for unit in units]
    out = np.zeros_like(difference)
    for council in range(len(area.councils)):
        response = np.stack([
            np.bincount(ages, _followers(area, council, each[council], principal, years)[0], groups)
            for each in one
        ], axis=1)  # fmt: skip
        out[council] = np.linalg.solve(response, difference[council])
    return out


def death_fall(area: AreaTables, variant: str) -> float:
    """Return the share by which death rates fall each year below the principal's under a variant."""
    names = [name for name in components(variant) if name.endswith("life_expectancy")]
    return _death_fall(area, names[0]) if names else 0.0


def _death_fall(area: AreaTables, variant: str) -> float:
    """Return the yearly fall of death rates that gives the ratio of people of 65 and over, by bisection."""
    old = broad_age(area)[_OLD]
    mine, principal = (published(area, name, JUDGED_YEAR)[:, old:].sum() for name in (variant, PRINCIPAL))
    projected, bands = projected_residents(area, JUDGED_YEAR + 0.5)
    sizes = np.array([last - first + 1 for first, last in bands])
    people = over_ages(projected / sizes, bands).sum(axis=0)[:, _OLD:]
    rates = death_rates(area).mean(axis=1)

    def ratio(fall: float) -> float:
        spared = np.zeros_like(people)
        for passed in range(int(JUDGED_YEAR + 0.5 - BASE_TIME)):
            lower = 1.0 - np.exp(-fall * (passed + 0.5))
            before = np.arange(_OLD, N_AGES) - int(JUDGED_YEAR - BASE_TIME - passed)
            spared += rates[:, np.maximum(before, 0)] * lower
        return float((people * np.exp(spared)).sum() / people.sum())

    low, high = -_STEEPEST, _STEEPEST
    for _ in range(_HALVINGS):
        middle = (low + high) / 2
        low, high = (middle, high) if ratio(middle) < mine / principal else (low, middle)
    return (low + high) / 2
