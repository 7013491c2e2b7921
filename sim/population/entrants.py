"""Births and in-migrants: an exogenous schedule, the same in every scenario.

Nobody in the schedule depends on what a scenario does, so a life saved displaces nobody: births follow the
women of the start population and the projection of women of their ages, never the women who happen to be
alive; in-migrants are the net migration of the base years plus the departures expected of the start
population. Identities follow those of the start population in order of month, births before in-migrants,
so the first n months of a longer schedule are the schedule of n months.

Expected numbers become people by running totals rounded down from a keyed starting point for each group,
so that every group is within one person of what is expected at any month: the uncertainty of migration is
in its level, which is a parameter, and not in Poisson noise around it.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from sim.population.circumstances import (
    Columns,
    age_at_start,
    count_residents,
    draw_circumstances,
    fit_circumstances,
)
from sim.population.draws import uniforms
from sim.population.inputs import (
    N_AGES,
    AreaTables,
    FloatArray,
    age_bands,
    as_area_tables,
    by_council_sex_age,
    positions,
    projected_residents,
    residents_by_age,
)
from sim.population.margins import residents_at_start
from sim.population.strata import MONTHS_A_YEAR, N_SEXES, OLDEST_AGE, SEXES

BIRTH, IN_MIGRANT = 0, 1
FEMALE = SEXES.index("female")

DrawHealth = Callable[[Columns, npt.NDArray[np.uint32]], dict[str, npt.NDArray[np.uint8]]]
"""Draws health for columns as at arrival and identities."""


@dataclass(frozen=True, kw_only=True)
class Schedule:
    """Everyone who enters, in order of identity."""

    columns: Columns
    """One array per attribute of residents, with person (uint32) and kind (0 birth, 1 in-migrant)."""
    first: npt.NDArray[np.int64]
    """(months + 1,) where each month's entrants start in the columns."""

    def of(self, month: int) -> Columns:
        """Return the entrants of one month; IndexError outside the schedule."""
        if not 0 <= month < self.first.size - 1:
            raise IndexError(f"month {month} of a schedule of {self.first.size - 1}")
        return {
            name: values[self.first[month] : self.first[month + 1]] for name, values in self.columns.items()
        }

    @property
    def size(self) -> int:
        """How many enter in all months."""
        return int(self.first[-1])


def out_migration_hazard(area: Any) -> FloatArray:
    """Return departures per person-year by council, sex and year of age, shape (C, 2, 111)."""
    tables = as_area_tables(area)
    return by_council_sex_age(tables.table("out_migration"), tables.councils, "out_migration")


def departure_hazard(area: Any, population: Columns) -> FloatArray:
    """Return departures per person-year by sex, age and quintile, shape (2, 111, 5).

    It is the mean of the councils' hazards over the start population.
    """
    tables = as_area_tables(area)
    counts = count_residents(population, len(tables.councils))
    hazard = np.broadcast_to(out_migration_hazard(tables)[..., np.newaxis], counts.shape)
    people = counts.sum(axis=0)
    mean = (counts * hazard).sum(axis=0) / np.maximum(people, 1.0)
    filled: FloatArray = np.where(people > 0, mean, hazard.mean(axis=0))
    return filled


def in_migrants_per_year(
    area: AreaTables, population: Columns, hazard: FloatArray | None = None
) -> FloatArray:
    """Return in-migrants a year by council, sex and band of the out-migration table, shape (C, 2, B).

    They are net migration, on the scale of the list, plus the departures expected of the start population,
    and never negative.

    Args:
        area: Area tables.
        population: Start population.
        hazard: Departures per person-year that the model applies, broadcastable to (C, 2, 111, 5); by
            default those of `out_migration_hazard`.
    """
    counts = count_residents(population, len(area.councils))
    used = out_migration_hazard(area)[..., np.newaxis] if hazard is None else hazard
    leaving = (counts * used).sum(axis=3)
    bands = age_bands(area.table("out_migration"))
    net = np.zeros((len(area.councils), N_SEXES, len(bands)))
    table = area.table("net_migration")
    band = table["age_to"].clip(upper=OLDEST_AGE).map({last: i for i, (_, last) in enumerate(bands)})
    council = positions(table["council"], area.councils, "net_migration")
    net[council, positions(table["sex"], SEXES, "net_migration"), band.astype(int)] = table["value"]
    net *= counts.sum() / residents_at_start(area).sum()
    gross = np.stack([leaving[:, :, a : b + 1].sum(axis=2) for a, b in bands], axis=2)
    arriving: FloatArray = np.maximum(net + gross, 0.0)
    return arriving


def fertility(area: AreaTables) -> FloatArray:
    """Return births per woman-year by council and year of age, shape (C, 111)."""
    table = area.table("births")
    rows = table[table["measure"] == "fertility_rate"]
    return by_council_sex_age(rows.assign(sex=SEXES[FEMALE]), area.councils, "births")[:, FEMALE]


def births_per_month(area: AreaTables, population: Columns, months: int) -> FloatArray:
    """Return expected births by council and month, shape (C, months).

    Rates by age of mother apply to the women of the start population; the total then follows the births
    that the same rates give to the projected women, relative to the start.
    """
    rates = fertility(area)
    women = count_residents(population, len(area.councils)).sum(axis=3)[:, FEMALE]
    at_start = (rates * women).sum(axis=1)
    years = area.start + np.arange(months // MONTHS_A_YEAR + 2)
    weights = _within_bands(area)
    trend = np.stack([_projected_births(area, rates, weights, year) for year in years])
    middle = area.start + (np.arange(months) + 0.5) / MONTHS_A_YEAR
    relative = np.stack([np.interp(middle, years, line / line[0]) for line in trend.T])
    expected: FloatArray = at_start[:, np.newaxis] * relative / MONTHS_A_YEAR
    return expected


def _within_bands(area: AreaTables) -> FloatArray:
    """Return residents by council, sex and year of age at the base year, padded to (C, 2, 111)."""
    counts, _ = residents_by_age(area)
    return np.pad(counts, ((0, 0), (0, 0), (0, N_AGES - counts.shape[2])))


def _projected_births(area: AreaTables, rates: FloatArray, weights: FloatArray, year: float) -> FloatArray:
    """Return births by council to the women projected for `year`, spread within bands as at the base year."""
    projected, bands = projected_residents(area, year)
    total = np.zeros(len(area.councils))
    for i, (first, last) in enumerate(bands):
        w = weights[:, FEMALE, first : last + 1]
        total += (
            projected[:, FEMALE, i]
            * (rates[:, first : last + 1] * w).sum(axis=1)
            / np.maximum(w.sum(axis=1), 1.0)
        )
    return total


def male_share(area: AreaTables) -> FloatArray:
    """Return the share of boys among births by council, shape (C,)."""
    table = area.table("births")
    rows = table[table["measure"] == "male_share"].set_index("council")["value"]
    return rows.loc[list(area.councils)].to_numpy(np.float64)


def entrants(
    area: Any,
    population: Columns,
    months: int,
    seed: int,
    draw_health: DrawHealth | None = None,
    hazard: FloatArray | None = None,
) -> Schedule:
    """Return who enters in each month 0 .. months - 1: a pure function of the area pack and the seed.

    Entrants of a month are there from its first instant, newborns with birth_month equal to it. In-migrants
    take age, neighbourhood and quintile of a keyed resident of the start population of their council, sex
    and age band; newborns take neighbourhood and quintile of a keyed woman, weighted by fertility at her age.

    Args:
        area: Area pack.
        population: Start population of that area and seed.
        months: Months of the run.
        seed: Population seed.
        draw_health: Draws health; without it the schedule has no health columns.
        hazard: Departures per person-year that the model applies (see `in_migrants_per_year`).
    """
    tables = as_area_tables(area)
    start_size = population["sex"].size
    expected = _expected(tables, population, months, hazard)
    phase = uniforms(np.arange(expected.shape[0]), "entrants.rounding", seed)
    running = np.floor(np.cumsum(expected, axis=1) + phase[:, np.newaxis]).astype(np.int64)
    counts = np.diff(running, axis=1, prepend=0)
    first = np.concatenate([[0], np.cumsum(counts.sum(axis=0))])
    group = np.repeat(np.tile(np.arange(expected.shape[0]), months), counts.T.reshape(-1))
    month = np.repeat(np.arange(months), counts.sum(axis=0))
    person = (start_size + np.arange(group.size)).astype(np.uint32)
    arrival = _arrivals(tables, population, group, person, seed)
    shares = fit_circumstances(tables, population)
    columns: Columns = {**arrival, **draw_circumstances(shares, arrival, person, seed)}
    if draw_health is not None:
        columns |= draw_health(arrival, person)
    columns["birth_month"] = (arrival["birth_month"].astype(np.int64) + month).astype(np.int16)
    return Schedule(columns={"person": person, **columns}, first=first)


def _expected(area: AreaTables, population: Columns, months: int, hazard: FloatArray | None) -> FloatArray:
    """Return expected entrants by group and month.

    Groups are births by council and sex, then in-migrants by council, sex and band.
    """
    births = births_per_month(area, population, months)
    boys = male_share(area)[:, np.newaxis]
    by_sex = np.stack([births * boys, births * (1 - boys)], axis=1).reshape(-1, months)
    arrivals = in_migrants_per_year(area, population, hazard).reshape(-1, 1) / MONTHS_A_YEAR
    return np.concatenate([by_sex, np.repeat(arrivals, months, axis=1)])


def _arrivals(
    area: AreaTables,
    population: Columns,
    group: npt.NDArray[np.int64],
    person: npt.NDArray[np.uint32],
    seed: int,
) -> Columns:
    """Return who the entrants of each group are, with birth_month as if all arrived in month 0."""
    donors, ends, cumulated = _donors(area, population)
    starts = np.concatenate([[0], ends[:-1]])
    before = np.concatenate([[0.0], cumulated])
    low, high = before[starts[group]], before[ends[group]]
    aim = low + uniforms(person, "entrants.donor", seed) * (high - low)
    chosen = np.clip(np.searchsorted(cumulated, aim, side="right"), starts[group], ends[group] - 1)
    donor = donors[chosen]
    newborn = group < len(area.councils) * N_SEXES
    columns: Columns = {
        name: population[name][donor] for name in ("neighbourhood", "council", "quintile", "sex")
    }
    columns["sex"] = np.where(newborn, group % N_SEXES, columns["sex"]).astype(np.uint8)
    columns["birth_month"] = np.where(newborn, 0, population["birth_month"][donor]).astype(np.int16)
    columns["kind"] = np.where(newborn, BIRTH, IN_MIGRANT).astype(np.uint8)
    return columns


def _donors(
    area: AreaTables, population: Columns
) -> tuple[npt.NDArray[np.int64], npt.NDArray[np.int64], FloatArray]:
    """Return rows of the start population by group, where each group ends, and their running weights.

    Groups of births (one for each sex of the child) hold the women of the council, weighted by fertility.
    """
    age, council, sex = age_at_start(population), population["council"].astype(np.int64), population["sex"]
    bands = age_bands(area.table("out_migration"))
    rates = fertility(area)
    band = np.searchsorted(np.array([first for first, _ in bands]), age, side="right") - 1
    key = (council * N_SEXES + sex) * len(bands) + band
    by_band = np.argsort(key, kind="stable")
    women = [
        np.flatnonzero((council == c) & (sex == FEMALE) & (rates[c, age] > 0))
        for c in range(len(area.councils))
    ]
    mothers = [rows for rows in women for _ in range(N_SEXES)]
    weights = [rates[c, age[rows]] for c, rows in enumerate(women) for _ in range(N_SEXES)]
    sizes = [rows.size for rows in mothers]
    sizes += list(np.bincount(key, minlength=len(area.councils) * N_SEXES * len(bands)))
    cumulated = np.cumsum(np.concatenate([*weights, np.ones(by_band.size)]))
    return np.concatenate([*mothers, by_band]), np.cumsum(np.array(sizes, dtype=np.int64)), cumulated
