"""Births and in-migrants: an exogenous schedule, the same in every scenario.

Nobody in the schedule depends on what a scenario does, so a life saved displaces nobody: births and
in-migrants are those that make the expected population follow the chosen projection
(`sim.population.outlook`), never those of the women and departures that happen to be. Identities follow
those of the start population in order of month, births before in-migrants, so the first n months of a longer
schedule are the schedule of n months.

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
    draw_circumstances,
    fit_circumstances,
)
from sim.population.draws import uniforms
from sim.population.inputs import FEMALE, AreaTables, FloatArray, as_area_tables, fertility
from sim.population.outlook import Outlook, principal_outlook
from sim.population.strata import MONTHS_A_YEAR, N_SEXES

BIRTH, IN_MIGRANT = 0, 1
OPEN_AGE = 90
"""In-migrants of this age and over are one group: there are few to take their age from."""

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


def entrants(
    area: Any,
    population: Columns,
    months: int,
    seed: int,
    draw_health: DrawHealth | None = None,
    outlook: Outlook | None = None,
) -> Schedule:
    """Return who enters in each month 0 .. months - 1: a pure function of the area pack and the seed.

    Entrants of a month are there from its first instant, newborns with birth_month equal to it. In-migrants
    take month of age, neighbourhood and quintile of a keyed resident of the start population of their
    council, sex and year of age; newborns take neighbourhood and quintile of a keyed woman, weighted by
    fertility at her age.

    Args:
        area: Area pack.
        population: Start population of that area and seed.
        months: Months of the run.
        seed: Population seed.
        draw_health: Draws health; without it the schedule has no health columns.
        outlook: Births and in-migrants a year; by default those of the principal projection.
    """
    tables = as_area_tables(area)
    start_size = population["sex"].size
    expected = expected_entrants(outlook or principal_outlook(tables), months)
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


def expected_entrants(outlook: Outlook, months: int) -> FloatArray:
    """Return expected entrants by group and month.

    Groups are births by council and sex, then in-migrants by council, sex and year of age, the last open.
    """
    boys = outlook.boys[:, np.newaxis]
    by_month = []
    for month in range(months):
        year = outlook.year(month)
        births = outlook.births[year][:, np.newaxis] * np.concatenate([boys, 1.0 - boys], axis=1)
        arrivals = outlook.arrivals[year]
        oldest = arrivals[..., OPEN_AGE:].sum(axis=2, keepdims=True)
        grouped = np.concatenate([arrivals[..., :OPEN_AGE], oldest], axis=2)
        by_month.append(np.concatenate([births.reshape(-1), grouped.reshape(-1)]) / MONTHS_A_YEAR)
    return np.stack(by_month, axis=1)


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
    rates = fertility(area)
    groups = OPEN_AGE + 1
    key = (council * N_SEXES + sex) * groups + np.minimum(age, OPEN_AGE)
    by_age = np.argsort(key, kind="stable")
    women = [
        np.flatnonzero((council == c) & (sex == FEMALE) & (rates[c, age] > 0))
        for c in range(len(area.councils))
    ]
    mothers = [rows for rows in women for _ in range(N_SEXES)]
    weights = [rates[c, age[rows]] for c, rows in enumerate(women) for _ in range(N_SEXES)]
    sizes = [rows.size for rows in mothers]
    sizes += list(np.bincount(key, minlength=len(area.councils) * N_SEXES * groups))
    cumulated = np.cumsum(np.concatenate([*weights, np.ones(by_age.size)]))
    return np.concatenate([*mothers, by_age]), np.cumsum(np.array(sizes, dtype=np.int64)), cumulated
