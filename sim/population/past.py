"""Mortality of past years, relative to that of the area's life table."""

from __future__ import annotations

import numpy as np

from sim.population.inputs import N_AGES, AreaTables, FloatArray, positions
from sim.population.strata import N_SEXES, OLDEST_AGE, SEXES

_MIDDLE = 0.5


def death_ratio(area: AreaTables, time: float) -> FloatArray:
    """Return death rates at `time` over those of the life table by sex and year of age, shape (2, 111).

    National rates of three-year periods (`mortality_history.csv`), linear between their middles. The table
    ends with the period whose rates the area's life table is made of: from its middle on the ratio is one.
    What has changed since is a trend of the run, not history.
    """
    table = area.table("mortality_history")
    years = np.sort(table["history_year"].unique())
    grid = np.ones((years.size, N_SEXES, N_AGES))
    sex = positions(table["sex"], SEXES, "mortality_history")
    at = np.searchsorted(years, table["history_year"])
    ends = zip(table["age_from"], table["age_to"], strict=True)
    for s, year, (first, last), value in zip(sex, at, ends, table["value"], strict=True):
        grid[year, s, int(first) : min(int(last), OLDEST_AGE) + 1] = value
    middle = years + _MIDDLE
    position = float(np.interp(time, middle, np.arange(years.size)))
    below = min(int(position), years.size - 2)
    weight = position - below
    return np.asarray((1.0 - weight) * grid[below] + weight * grid[below + 1])
