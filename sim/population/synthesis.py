"""The start population: one resident for each person on the list, with the published joint totals.

The joint table age x sex x council x neighbourhood x quintile is the iterative proportional fit of

1. ONS residents by council, sex and single year of age, rolled to the start date and scaled to the list;
2. the share in each quintile by council, sex and five-year band;
3. list sizes by neighbourhood, with their shares by council, by broad age and by quintile.

Neighbourhood enters only through council, broad age group and quintile, so the fit of the whole table is the
product of (1, 2) with the neighbourhood's share in each council x quintile x age group: a small table is
fitted instead of a large one, with the same result. Controlled rounding then makes whole people of it in
four steps from coarse to fine, each keeping every total of the step before.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numba import njit

from sim.population.circumstances import Columns, draw_circumstances, fit_circumstances
from sim.population.draws import uniforms
from sim.population.fitting import Fit, IntArray, Margin, controlled_round, fit_margins, largest_remainder
from sim.population.inputs import N_AGES, AreaTables, FloatArray, age_bands, as_area_tables
from sim.population.margins import LIST_AGE_GROUPS, Margins, list_age_group, margins
from sim.population.strata import MONTHS_A_YEAR, N_QUINTILES, N_SEXES, age_band_of_year

ROUNDING = "population.rounding"
BIRTH_MONTH = "population.birth_month"

_PERSON = 1.0  # the fit stops when no margin is a whole person off
_SWEEPS = 1000  # or here: measured for Dorset, gaps of 73 people at 300 sweeps, 54 at 1,000, 53 at 5,000


@dataclass(frozen=True, kw_only=True)
class Joint:
    """The fitted joint table in whole people, with what it was fitted to."""

    counts: IntArray
    """(N, C, 5, 2, 111) residents by neighbourhood, council, quintile, sex and age."""
    margins: Margins
    """What it was fitted to."""
    fit: Fit
    """The fit of neighbourhood by council, quintile and list age group."""


def start_population(area: Any, seed: int) -> Columns:
    """Return the residents of `area` at the first instant of month 0.

    Residents are sorted by cell (neighbourhood, council, quintile, sex, age band) and then by age; the
    position is the identity. A resident's age in months is month - birth_month.

    Args:
        area: An area pack, or `AreaTables`.
        seed: Population seed: the same seed gives the same people, whatever else is run.

    Returns:
        Arrays of length list_size: birth_month (int16), sex, council, neighbourhood, quintile, decile,
        ethnic_group, inclusion_group, lives_alone, unpaid_carer, disabled, care_home (uint8).
    """
    tables = as_area_tables(area)
    people = residents_of(joint_table(tables, seed).counts, seed)
    person = np.arange(people["sex"].size, dtype=np.uint32)
    return {**people, **draw_circumstances(fit_circumstances(tables, people), people, person, seed)}


def joint_table(area: AreaTables, seed: int) -> Joint:
    """Fit the joint table of `area` and round it to whole people."""
    asked = margins(area)
    people = round_residents(area, asked.people)
    group = list_age_group()
    strata = np.stack(
        [people[:, :, group == g].sum(axis=(1, 2)) for g in range(len(LIST_AGE_GROUPS))], axis=2
    )
    fit = fit_neighbourhoods(asked, strata.astype(np.float64))
    lists = whole_lists(asked, people.sum(axis=(1, 2, 3)))
    return Joint(counts=round_neighbourhoods(people, fit.table, lists, seed), margins=asked, fit=fit)


def whole_lists(asked: Margins, people: IntArray) -> IntArray:
    """Round list sizes to whole people, (N,), by parts of the area between which nobody is registered.

    In each part, councils and the neighbourhoods in which their people are registered, lists add up to the
    residents: rounded over several systems at once, one would have a person whom no list of its own can take.

    Args:
        asked: Margins.
        people: (C,) whole residents by council.
    """
    n, councils = asked.list_council.shape
    shared = asked.list_council > 0.0
    part = np.arange(councils)
    for row in shared:
        mine = np.flatnonzero(row)
        part[np.isin(part, part[mine])] = part[mine].min()
    out = np.zeros(n, np.int64)
    for number in np.unique(part):
        rows = shared[:, part == number].any(axis=1)
        out[rows] = largest_remainder(asked.lists[rows], int(people[part == number].sum()))
    return out


def fit_neighbourhoods(asked: Margins, strata: FloatArray) -> Fit:
    """Fit neighbourhood x council x quintile x list age group, shape (N, C, 5, 4), to `strata` and the lists.

    `strata` (C, 5, 4) come first and are met exactly. The lists' shares are rounded estimates that need not
    have a common table; what is left of them after the sweeps is small and is published with the fit.
    """
    return fit_margins(
        np.ones((asked.lists.size, *strata.shape)),
        [
            Margin(name="residents by council, quintile and age group", axes=(1, 2, 3), target=strata),
            Margin(name="list by council", axes=(0, 1), target=asked.list_council),
            Margin(name="list by age group", axes=(0, 3), target=asked.list_age),
            Margin(name="list by quintile", axes=(0, 2), target=asked.list_quintile),
        ],
        tolerance=_PERSON,
        max_iterations=_SWEEPS,
    )


def round_residents(area: AreaTables, people: FloatArray) -> IntArray:
    """Round people by council, sex, age and quintile, (C, 2, 111, 5), to whole people.

    Totals by council and sex, by age, and by quintile are each the nearest whole numbers that sum to the
    list; council x sex x age, and quintile within each band, are the floor or the ceiling of their own.
    """
    shape = people.shape
    council_sex = people.sum(axis=(2, 3)).reshape(-1)
    by_age = controlled_round(
        people.sum(axis=3).reshape(-1, N_AGES),
        largest_remainder(council_sex, area.list_size),
        largest_remainder(people.sum(axis=(0, 1, 3)), area.list_size),
    ).reshape(shape[:3])
    bands = age_bands(area.table("population_by_quintile"))
    real = np.stack([people[:, :, a : b + 1].sum(axis=2) for a, b in bands], axis=2)
    whole = np.stack([by_age[:, :, a : b + 1].sum(axis=2) for a, b in bands], axis=2)
    by_band = controlled_round(
        real.reshape(-1, N_QUINTILES),
        whole.reshape(-1),
        largest_remainder(people.sum(axis=(0, 1, 2)), area.list_size),
    ).reshape(real.shape)
    out = np.zeros(shape, dtype=np.int64)
    for council in range(shape[0]):
        for sex in range(N_SEXES):
            for i, (first, last) in enumerate(bands):
                ages = slice(first, last + 1)
                out[council, sex, ages] = controlled_round(
                    people[council, sex, ages], by_age[council, sex, ages], by_band[council, sex, i]
                )
    return out


def round_neighbourhoods(people: IntArray, table: FloatArray, lists: IntArray, seed: int) -> IntArray:
    """Place whole people (C, 2, 111, 5) in neighbourhoods, shape (N, C, 5, 2, 111), keeping the list sizes.

    Args:
        people: Whole people by council, sex, age and quintile.
        table: (N, C, 5, 4) fitted neighbourhood counts by council, quintile and list age group.
        lists: (N,) whole list sizes.
        seed: Population seed; keys which fractions are rounded up.
    """
    n, councils, quintiles, groups = table.shape
    group = list_age_group()
    strata = np.stack([people[:, :, group == g].sum(axis=(1, 2)) for g in range(groups)], axis=2)
    placed = controlled_round(table.reshape(n, -1).T, strata.reshape(-1), lists).T.reshape(table.shape)
    out = np.zeros((n, councils, quintiles, N_SEXES, N_AGES), dtype=np.int64)
    chance = uniforms(np.arange(out.size), ROUNDING, seed).reshape(out.shape)
    for council, quintile, g in np.ndindex(councils, quintiles, groups):
        ages = group == g
        rows = people[council][:, ages, quintile]
        columns = placed[:, council, quintile, g]
        if rows.sum() == 0:
            continue
        block = controlled_round(
            np.outer(rows.reshape(-1), columns).astype(np.float64),
            rows.reshape(-1),
            columns,
            np.ascontiguousarray(chance[:, council, quintile][..., ages].reshape(n, -1).T),
        )
        out[:, council, quintile][..., ages] = block.T.reshape(n, N_SEXES, -1)
    return out


def residents_of(counts: IntArray, seed: int) -> Columns:
    """Return one row for each person of `counts` (N, C, 5, 2, 111), sorted by cell and then by age.

    Within each table cell birthdays are spread evenly over the twelve months from a keyed starting point.
    """
    band = age_band_of_year()
    neighbourhood, council, quintile, sex, age = np.nonzero(counts)
    order = np.lexsort((age, band[age], sex, quintile, council, neighbourhood))
    index = tuple(axis[order] for axis in (neighbourhood, council, quintile, sex, age))
    size = counts[index]
    phase = uniforms(np.ravel_multi_index(index, counts.shape), BIRTH_MONTH, seed)
    months = np.empty(int(size.sum()), dtype=np.int16)
    _spread_birthdays(index[4], size, phase, months)
    names = ("neighbourhood", "council", "quintile", "sex")
    columns: Columns = {
        name: np.repeat(axis.astype(np.uint8), size) for name, axis in zip(names, index, strict=False)
    }
    return {"birth_month": months, **columns}


@njit(cache=True)
def _spread_birthdays(age, size, phase, months):  # type: ignore[no-untyped-def]
    """Write birth months of each group of `size` people of one year of age, youngest first."""
    first = 0
    for g in range(age.size):
        for j in range(size[g]):
            month = int((j + phase[g]) * MONTHS_A_YEAR / size[g])
            months[first + j] = -(age[g] * MONTHS_A_YEAR + month)
        first += size[g]
