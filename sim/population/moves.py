"""Who moves at which age: departures per person-year, and how in-migrants are spread over the ages of a band.

Levels are those of `out_migration.csv` by council, sex and five-year band. Within the bands in which people
leave home, study and come back, moves are far from even: a council's estimates by single year of age show
them, since neighbours in age differ there by moves and hardly by deaths or births. The net move at age a is
taken as half the difference between the residents one year older and one year younger. Ages at which people
leave on balance have more departures, the same in all councils (the model's hazard has one shape of age);
ages at which they come on balance have more arrivals.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from sim.population.cohort import spread_oldest
from sim.population.inputs import (
    N_AGES,
    AreaTables,
    FloatArray,
    age_bands,
    by_council_sex_age,
    death_rates,
    residents_by_age,
)
from sim.population.strata import N_QUINTILES, N_SEXES

STUDENT_AGES = slice(15, 25)
"""Two five-year bands within which estimates by single year of age give the shape of moves."""
_LEAST_SHARE = 0.1  # arrivals at an age are at least this share of its departures: nowhere do all moves end


@dataclass(frozen=True, kw_only=True)
class Moves:
    """Moves by council, sex and single year of age."""

    bands: list[tuple[int, int]]
    """First and last year of each band."""
    level: FloatArray
    """(C, 2, B) departures per person-year by band."""
    shape: FloatArray
    """(2, 111) departures at an age relative to its band, alike in all councils."""
    arrivals: FloatArray
    """(C, 2, 111) how the in-migrants of a band are spread over its ages: sums to one in each band."""

    @property
    def departures(self) -> FloatArray:
        """Departures per person-year, (C, 2, 111)."""
        return over_ages(self.level, self.bands) * self.shape

    def in_bands(self, by_age: FloatArray) -> FloatArray:
        """Sum the third axis, years of age, over bands."""
        return in_bands(by_age, self.bands)


def over_ages(by_band: FloatArray, bands: list[tuple[int, int]]) -> FloatArray:
    """Give every year of age the value of its band: (C, 2, B) to (C, 2, 111)."""
    sizes = [last - first + 1 for first, last in bands]
    return np.repeat(by_band, sizes, axis=2)


def in_bands(by_age: FloatArray, bands: list[tuple[int, int]]) -> FloatArray:
    """Sum years of age, the third axis, over bands: (C, 2, 111, ...) to (C, 2, B, ...)."""
    return np.stack([by_age[:, :, first : last + 1].sum(axis=2) for first, last in bands], axis=2)


def moves(area: AreaTables) -> Moves:
    """Return the moves of an area by single year of age."""
    table = area.table("out_migration")
    bands = age_bands(table)
    rate = by_council_sex_age(table, area.councils, "out_migration")
    level = np.stack([rate[:, :, first] for first, _ in bands], axis=2)
    counts, _ = residents_by_age(area)
    people = spread_oldest(counts, death_rates(area).mean(axis=1))
    net = net_moves(people)
    shape = _shape(people, rate, net, bands)
    leaving = people * rate * shape
    coming = np.maximum(leaving + net, _LEAST_SHARE * leaving)
    total = over_ages(in_bands(coming, bands), bands)
    return Moves(bands=bands, level=level, shape=shape, arrivals=coming / total)


def net_moves(people: FloatArray) -> FloatArray:
    """Return the net moves a year that the shape of `people` (C, 2, 111) tells at student ages, else zero."""
    net = np.zeros_like(people)
    ages = np.arange(N_AGES)[STUDENT_AGES]
    net[:, :, ages] = (people[:, :, ages + 1] - people[:, :, ages - 1]) / 2.0
    return net


def _shape(people: FloatArray, rate: FloatArray, net: FloatArray, bands: list[tuple[int, int]]) -> FloatArray:
    """Return departures at an age relative to its band, (2, 111); the mean over a band's people is one."""
    everyone = people.sum(axis=0)
    leaving = (people * rate + np.maximum(-net, 0.0)).sum(axis=0) / everyone
    out = np.ones((N_SEXES, N_AGES))
    for first, last in bands:
        ages = slice(first, last + 1)
        mean = (leaving[:, ages] * everyone[:, ages]).sum(axis=1) / everyone[:, ages].sum(axis=1)
        out[:, ages] = leaving[:, ages] / mean[:, None]
    return out


@dataclass(frozen=True, kw_only=True)
class Departures:
    """Departures as one hazard of sex, age and quintile, and ratios of the councils to it."""

    hazard: FloatArray
    """(2, 111, 5) departures per person-year in the council where they are most frequent."""
    ratio: FloatArray
    """(C, 2, B) departures of a council relative to it, by five-year band; at most one."""

    @classmethod
    def of(cls, found: Moves) -> Departures:
        """Return the departures of some moves."""
        most = found.level.max(axis=0)
        hazard = over_ages(most[None], found.bands)[0] * found.shape
        ratio = found.level / np.maximum(most, np.finfo(float).tiny)
        return cls(hazard=np.repeat(hazard[:, :, None], N_QUINTILES, axis=2), ratio=ratio)
