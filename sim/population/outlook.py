"""The people of an area to come: births and migration that make the expected population follow a projection.

*Future.* From the last mid-year estimates by single year of age the expected population (`cohort`) is carried
along the principal projection. Year by year one solves for the in-migration of each council, sex and
five-year band, and for the births, that give the projected residents at the year's end: what is not birth,
death or departure is in-migration. Since a projection's migration hardly changes from year to year while the
solution takes up every unevenness of a birth cohort, its mean over all projected years is used, with a pull
of a fixed share of the remaining gap each year. The share is an assumption (`projection_pull_per_year`), so
the agreement with the projection is fitted, not predicted.

*Past.* For a start before the last estimates nothing later than the start is used: net migration is the mean
that the estimates of the ten years before imply, births follow the fertility of the five years before, and
mortality is that of the time (`mortality_history.csv`). Estimates after the start are held out.

Where people leave on balance faster than departures allow, departures are raised until arrivals are a stated
share of them. Nothing here depends on a scenario.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import cached_property

import numpy as np

from sim.parameters.errors import InputError
from sim.population.cohort import (
    YearFlows,
    after_year,
    by_year_of_age,
    spread_oldest,
    spread_over_months,
)
from sim.population.inputs import (
    FEMALE,
    N_AGES,
    AreaTables,
    FloatArray,
    age_bands,
    death_rates,
    estimated_residents,
    fertility,
    male_share,
    positions,
    projected_residents,
    quintile_shares,
    residents_by_age,
    start_in_years,
)
from sim.population.moves import STUDENT_AGES, Moves, in_bands, moves, over_ages
from sim.population.past import death_ratio
from sim.population.strata import MONTHS_A_YEAR, N_SEXES, OLDEST_AGE, SEXES

YEARS_OF_MIGRATION, YEARS_OF_FERTILITY = 10, 5
"""How many years before a past start its migration and fertility are taken from."""
_ROUNDS = 6  # of the yearly solution; each cuts the gap about tenfold
MIGRATION_SCALARS = ("projection_pull_per_year", "in_migration_floor_share_of_out")
"""Scalars of the area's parameters.csv that are used here."""
_STEP = 1.05  # in-migrants for one more resident at the year's end: some leave, die or grow out of the band


@dataclass(frozen=True, kw_only=True)
class Parts:
    """What the arithmetic needs of an area, the same in every year."""

    area: AreaTables
    moves: Moves
    deaths: FloatArray
    """(2, 111, 5) deaths per person-year of the area's life table."""
    quintiles: FloatArray
    """(C, 2, 111, 5) share of in-migrants in each quintile, as of residents."""
    fertility: FloatArray
    """(C, 111) births per woman-year."""
    boys: FloatArray
    """(C,) share of boys among births."""
    infants: FloatArray
    """(C, 2) net in-migrants a year in the youngest band."""
    fall: FloatArray
    """(111,) share by which death rates fall each year from the area's start on."""

    @classmethod
    def of(cls, area: AreaTables, trend: float | FloatArray = 0.0) -> Parts:
        """Read the parts of an area; mortality falls by `trend` a year from its start on, not in the past."""
        fall = np.zeros(N_AGES) + (0.0 if before_estimates(area) else trend)
        return cls(
            area=area, moves=moves(area), deaths=death_rates(area).transpose(0, 2, 1),
            quintiles=quintile_shares(area), fertility=fertility(area), boys=male_share(area),
            infants=_infants(area), fall=fall,
        )  # fmt: skip

    def mothers(self, people: FloatArray) -> FloatArray:
        """Return births a year by quintile of the mother at the area's rates, (C, 5), of (C, 2, 1332, 5)."""
        women = by_year_of_age(people)[:, FEMALE]
        return np.asarray((self.fertility[..., None] * women).sum(axis=1))

    def leaving(self, people: FloatArray) -> FloatArray:
        """Return departures a year by band of the people (C, 2, 1332, 5), shape (C, 2, B)."""
        return self.moves.in_bands(by_year_of_age(people).sum(axis=3) * self.moves.departures)

    def flows(self, people: FloatArray, level: FloatArray, births: FloatArray, time: float) -> YearFlows:
        """Return a year's flows from in-migrants by band (C, 2, B) and births by council (C,)."""
        arrivals = over_ages(level, self.moves.bands) * self.moves.arrivals
        mothers = self.mothers(people)
        mothers /= mothers.sum(axis=1, keepdims=True)
        by_sex = np.stack([births * self.boys, births * (1.0 - self.boys)], axis=1)
        return YearFlows(
            arrivals=arrivals[..., None] * self.quintiles,
            births=by_sex[..., None] * mothers[:, None],
            deaths=self.deaths * self.mortality(time)[..., None],
            departures=self.moves.departures,
        )

    def mortality(self, time: float) -> FloatArray:
        """Return death rates at a time relative to those of the life table, (2, 111)."""
        passed = max(0.0, time - self.area.start)
        return death_ratio(self.area, time) * (1.0 - self.fall) ** passed

    def in_year_bands(self, people: FloatArray) -> FloatArray:
        """Return people of (C, 2, 1332, 5) by council, sex and band."""
        return self.moves.in_bands(by_year_of_age(people).sum(axis=3))


def _infants(area: AreaTables) -> FloatArray:
    """Return the net in-migrants of the youngest band of `net_migration.csv`, (C, 2)."""
    table = area.table("net_migration")
    rows = table[table["age_from"] == table["age_from"].min()]
    out = np.zeros((len(area.councils), N_SEXES))
    council = positions(rows["council"], area.councils, "net_migration")
    out[council, positions(rows["sex"], SEXES, "net_migration")] = rows["value"]
    return out


@dataclass(frozen=True, kw_only=True)
class Solution:
    """Net migration and births a year that bring the people of one mid-year to those of the next."""

    net: FloatArray
    """(years, C, 2, B)."""
    births: FloatArray
    """(years, C)."""
    births_at_rates: FloatArray
    """(years, C) births that the area's fertility rates give to the women of the time."""
    people: list[FloatArray]
    """(C, 2, 1332, 5) at the beginning and after each year."""


def solve(
    parts: Parts, people: FloatArray, time: float, targets: list[FloatArray], years: list[float]
) -> Solution:
    """Solve for net migration and births so that residents by band are those of `targets` after each step.

    Args:
        parts: The area.
        people: (C, 2, 1332, 5) at `time`.
        time: In years.
        targets: Residents (C, 2, B) at the end of each step.
        years: Length of each step: one, or less for the last.

    In the youngest band births are what is solved for, since net migration of infants is small and known.
    """
    births = parts.mothers(people).sum(axis=1)
    level = parts.leaving(people)
    net, born, at_rates, states = [], [], [], [people]
    for target, length in zip(targets, years, strict=True):
        leaving = parts.leaving(people)
        level[:, :, 0] = leaving[:, :, 0] + parts.infants
        months = round(length * MONTHS_A_YEAR)
        for turn in range(_ROUNDS):
            flows = parts.flows(people, level, births, time + length / 2)
            after = after_year(people, flows, months)
            gap = (target - parts.in_year_bands(after)) / length
            if turn + 1 < _ROUNDS:
                level[:, :, 1:] += gap[:, :, 1:] * _STEP
                births = births + gap[:, :, 0].sum(axis=1)
        net.append(level - leaving)
        born.append(births)
        at_rates.append(parts.mothers(people).sum(axis=1))
        people, time = after, time + length
        states.append(people)
    return Solution(
        net=np.stack(net), births=np.stack(born), births_at_rates=np.stack(at_rates), people=states
    )


@dataclass(frozen=True, kw_only=True)
class Outlook:
    """Births and in-migrants a year, on the scale of the list, and the departures that go with them."""

    arrivals: FloatArray
    """(years, C, 2, 111) in-migrants a year by council, sex and age in each year from the start."""
    births: FloatArray
    """(years, C) births a year."""
    boys: FloatArray
    """(C,) share of boys among births."""
    moves: Moves
    """Departures, raised where the projection asks for it."""
    lacking: FloatArray
    """(years, C, 2, B) departures that the projection asks for and nobody is left to make."""

    def year(self, month: int) -> int:
        """Return which year of the outlook a month of the run is in; the last holds for ever."""
        return int(min(month // MONTHS_A_YEAR, self.births.shape[0] - 1))

    @cached_property
    def departures(self) -> FloatArray:
        """Departures per person-year, (C, 2, 111)."""
        return self.moves.departures


def principal_outlook(area: AreaTables, trend: float | FloatArray = 0.0) -> Outlook:
    """Return the outlook from the area's start on, without variants.

    Args:
        area: Area tables; the start is theirs.
        trend: Share by which mortality falls each year from the start on, one or by age (111,). For a past
            start it is not used: history is.
    """
    parts = Parts.of(area, trend)
    people = spread_over_months(residents_at_start(area)[..., None] * parts.quintiles)
    inflation = area.list_size / people.sum()
    past = before_estimates(area)
    if past:
        net, level = _past(parts, area.start)
        years = YEARS_OF_MIGRATION
    else:
        solution = _along_projection(parts)
        net, level = solution.net.mean(axis=0), np.ones(len(area.councils))
        years = max(1, int(np.ceil(_last_projection(area) - area.start)))
    parts = replace(parts, moves=_raised(parts, people, net))
    arrivals, births, lacking = [], [], []
    for year in range(years):
        time = area.start + year
        leaving = parts.leaving(people)
        born = parts.mothers(people).sum(axis=1) * level
        wanted = leaving + net
        if not past:
            born = np.asarray([np.interp(time, solution_times(area), line) for line in solution.births.T])
            flows = parts.flows(people, np.maximum(wanted, 0.0), born, time + 1 / 2)
            gap = projected_residents(area, time + 1)[0] - parts.in_year_bands(after_year(people, flows))
            wanted[:, :, 1:] += gap[:, :, 1:] * area_scalar(area, "projection_pull_per_year")
        entering = np.maximum(wanted, 0.0)
        people = after_year(people, parts.flows(people, entering, born, time + 1 / 2))
        arrivals.append(over_ages(entering, parts.moves.bands) * parts.moves.arrivals * inflation)
        births.append(born * inflation)
        lacking.append((entering - wanted) * inflation)
    return Outlook(
        arrivals=np.stack(arrivals), births=np.stack(births), boys=parts.boys, moves=parts.moves,
        lacking=np.stack(lacking),
    )  # fmt: skip


def starting_at(area: AreaTables, start: str | None) -> AreaTables:
    """Return the area with another first month, its list changed as its residents are.

    Raises:
        InputError: The month is before there are estimates to fit migration to, or after the projection.
    """
    if start is None or start_in_years(start) == area.start:
        return area
    time = start_in_years(start)
    series = area.table("population_series")["estimate_year"]
    first, last = int(series.min()) + 1 + 1 / 2, _last_projection(area)
    if not first <= time < last:
        raise InputError(
            file="settings", key="start", found=start,
            allowed=f"a month from {int(first)}-07 to {int(last)}-06, for which there are residents",
        )  # fmt: skip
    moved = replace(area, start=time)
    ratio = residents_at_start(moved).sum() / residents_at_start(area).sum()
    return replace(moved, list_size=round(area.list_size * ratio))


def solution_times(area: AreaTables) -> FloatArray:
    """Return the beginning of each year of the solution along the projection, in years."""
    base = _last_estimate(area)
    return np.asarray(base + np.arange(round(_last_projection(area) - base)), np.float64)


def area_scalar(area: AreaTables, name: str) -> float:
    """Return a scalar of the area's parameters.csv."""
    table = area.table("parameters").set_index("name")["value"]
    return float(table.loc[name])


def before_estimates(area: AreaTables) -> bool:
    """Tell whether an area starts before the last estimates by single year of age."""
    return area.start < _last_estimate(area)


def _last_estimate(area: AreaTables) -> float:
    return residents_by_age(area)[1]


def _last_projection(area: AreaTables) -> float:
    return float(area.table("projections")["projection_year"].max()) + 1 / 2


def _along_projection(parts: Parts, until: float | None = None) -> Solution:
    """Solve along the principal projection from the last estimates to `until`, by default its end."""
    area = parts.area
    counts, time = residents_by_age(area)
    people = spread_oldest(counts, parts.deaths.mean(axis=2))
    end = _last_projection(area) if until is None else until
    steps = [1.0] * int(end - time)
    if end - time - len(steps) > 0:
        steps.append(end - time - len(steps))
    targets = [projected_residents(area, time + passed)[0] for passed in np.cumsum(steps)]
    return solve(parts, spread_over_months(people[..., None] * parts.quintiles), time, targets, steps)


def residents_at_start(area: AreaTables) -> FloatArray:
    """Return residents by council, sex and single year 0..110 at the area's start, shape (C, 2, 111).

    After the last estimates they have the projected totals of each council, sex and band; before, the
    estimated ones.
    """
    if before_estimates(area):
        return estimated_by_age(area, area.start)
    parts = Parts.of(area)
    if area.start == _last_estimate(area):
        return spread_oldest(residents_by_age(area)[0], parts.deaths.mean(axis=2))
    found = by_year_of_age(_along_projection(parts, area.start).people[-1]).sum(axis=3)
    target, bands = projected_residents(area, area.start)
    return np.asarray(found * over_ages(target / in_bands(found, bands), bands))


def estimated_by_age(area: AreaTables, time: float) -> FloatArray:
    """Return residents by council, sex and single year 0..110 at a time of the series, shape (C, 2, 111).

    Running totals over age are interpolated by a monotone cubic (Fritsch and Carlson 1980) between the ends
    of the five-year bands. At the ages of students, whose shape belongs to the place, each band has the shape
    of the last estimates by single year. The open band is spread as a stationary population.
    """
    totals, bands = estimated_residents(area, time)
    out = np.stack([_single_years(totals[:, sex], bands) for sex in range(N_SEXES)], axis=1)
    rates = death_rates(area).mean(axis=1)
    open_age = bands[-1][0]
    out = spread_oldest(np.concatenate([out[..., :open_age], totals[..., [-1]]], axis=2), rates)
    shape = spread_oldest(residents_by_age(area)[0], rates)
    for first, last in bands:
        if STUDENT_AGES.start <= first < STUDENT_AGES.stop:
            ages = slice(first, last + 1)
            out[..., ages] = (
                shape[..., ages] * (out[..., ages].sum(axis=2) / shape[..., ages].sum(axis=2))[..., None]
            )
    return out


def _single_years(totals: FloatArray, bands: list[tuple[int, int]]) -> FloatArray:
    """Return counts by year of age, (C, 111), with the totals (C, B) of bands."""
    from scipy.interpolate import PchipInterpolator

    ends = np.array([0, *(min(last, OLDEST_AGE) + 1 for _, last in bands)])
    upto = np.concatenate([np.zeros((totals.shape[0], 1)), totals.cumsum(axis=1)], axis=1)
    return np.asarray(np.diff(PchipInterpolator(ends, upto, axis=1)(np.arange(N_AGES + 1)), axis=1))


def fit_past(parts: Parts, until: float, years: int = YEARS_OF_MIGRATION) -> Solution:
    """Solve along the estimates of the `years` years before `until`: what a back-cast is fitted to."""
    area = parts.area
    time = until - years
    people = spread_over_months(estimated_by_age(area, time)[..., None] * parts.quintiles)
    targets = [estimated_residents(area, time + passed)[0] for passed in range(1, years + 1)]
    return solve(parts, people, time, targets, [1.0] * years)


def _past(parts: Parts, start: float) -> tuple[FloatArray, FloatArray]:
    """Return net migration (C, 2, B) and the level of fertility (C,) of the years before a past start."""
    table = parts.area.table("population_series")
    first = float(table["estimate_year"].min()) + 1 / 2
    found = fit_past(parts, start, min(YEARS_OF_MIGRATION, int(start - first)))
    recent = slice(-YEARS_OF_FERTILITY, None)
    level = found.births[recent].sum(axis=0) / found.births_at_rates[recent].sum(axis=0)
    return found.net.mean(axis=0), level


def _raised(parts: Parts, people: FloatArray, net: FloatArray) -> Moves:
    """Return the moves with departures raised where net loss leaves too few arrivals."""
    floor = area_scalar(parts.area, "in_migration_floor_share_of_out")
    least = -net / (1.0 - floor) / np.maximum(parts.in_year_bands(people), 1.0)
    return replace(parts.moves, level=np.maximum(parts.moves.level, least))


__all__ = [
    "Outlook",
    "Parts",
    "Solution",
    "age_bands",
    "estimated_by_age",
    "fit_past",
    "principal_outlook",
    "residents_at_start",
    "solve",
]
