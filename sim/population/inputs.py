"""What the synthesis of residents needs of an area pack, as arrays by council, sex and single year of age."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from sim.parameters.errors import InputError
from sim.population.strata import MONTHS_A_YEAR, N_QUINTILES, OLDEST_AGE, SEXES

FloatArray = npt.NDArray[np.float64]

N_AGES = OLDEST_AGE + 1
FEMALE = SEXES.index("female")
_MID_YEAR = 0.5


@dataclass(frozen=True, kw_only=True)
class AreaTables:
    """The tables and scalars of one area pack that describe its people."""

    councils: tuple[str, ...]
    """Keys of the councils, in the order of their indices."""
    neighbourhoods: pd.DataFrame
    """One row for each neighbourhood, in the order of their indices."""
    list_size: int
    """People registered with the area's practices at the start."""
    start: float
    """Start of month 0 in years, 2026.25 for April 2026."""
    tables: Mapping[str, pd.DataFrame]
    """Tidy tables by name."""

    def table(self, name: str) -> pd.DataFrame:
        """Return the table called `name`; raises InputError when the pack has none."""
        if name not in self.tables:
            raise InputError(
                file="area pack",
                key=name,
                found="no such table",
                allowed="a table of the pack",
                names=self.tables,
            )
        return self.tables[name]


def as_area_tables(area: Any) -> AreaTables:
    """Return the part of an area pack that describes its people; an `AreaTables` is returned as it is."""
    if isinstance(area, AreaTables):
        return area
    return AreaTables(
        councils=tuple(area.council_keys),
        neighbourhoods=area.tables["neighbourhoods"],
        list_size=int(area.description.list_size),
        start=start_in_years(str(area.description.start)),
        tables=area.tables,
    )


def start_in_years(month: str) -> float:
    """Return the first instant of a month 'YYYY-MM' in years; raises InputError for another form."""
    found = re.fullmatch(r"(\d{4})-(\d{2})(-\d{2})?", month)
    if not found or not 1 <= int(found[2]) <= MONTHS_A_YEAR:
        raise InputError(file="area.yaml", key="start", found=month, allowed="a month as YYYY-MM")
    return int(found[1]) + (int(found[2]) - 1) / MONTHS_A_YEAR


def positions(column: pd.Series, names: Sequence[str], what: str) -> npt.NDArray[np.int64]:
    """Return the index of each cell of `column` in `names`; raises InputError for a name not among them."""
    index = {name: i for i, name in enumerate(names)}
    for found in column.unique():
        if found not in index:
            raise InputError(
                file=what, key=str(column.name), found=found, allowed=", ".join(names), names=names
            )
    return np.array([index[name] for name in column], dtype=np.int64)


def by_council_sex_age(table: pd.DataFrame, councils: Sequence[str], what: str) -> FloatArray:
    """Spread a table by council, sex and age band over single years, shape (C, 2, 111).

    Each year of a band gets the band's value: right for rates and shares, not for counts.
    """
    out = np.zeros((len(councils), len(SEXES), N_AGES))
    council = positions(table["council"], councils, what)
    sex = positions(table["sex"], SEXES, what)
    rows = zip(council, sex, table["age_from"], table["age_to"], table["value"], strict=True)
    for c, s, first, last, value in rows:
        out[c, s, first : last + 1] = value
    return out


def by_sex_age(table: pd.DataFrame, what: str) -> FloatArray:
    """Spread a table by sex (or all) and age band over single years, shape (2, 111); gaps are zero."""
    out = np.zeros((len(SEXES), N_AGES))
    for sex, first, last, value in table[["sex", "age_from", "age_to", "value"]].itertuples(index=False):
        if sex not in ("all", *SEXES):
            raise InputError(file=what, key="sex", found=sex, allowed="male, female, all", names=SEXES)
        rows = slice(None) if sex == "all" else SEXES.index(sex)
        out[rows, first : last + 1] = value
    return out


def residents_by_age(area: AreaTables) -> tuple[FloatArray, float]:
    """Return residents by council, sex and age 0..90 (the last 90 and over), and the year they are of."""
    table = area.table("population_by_age")
    out = np.zeros((len(area.councils), len(SEXES), int(table["age"].max()) + 1))
    council = positions(table["council"], area.councils, "population_by_age")
    out[council, positions(table["sex"], SEXES, "population_by_age"), table["age"]] = table["value"]
    return out, year_of(table["year"].iloc[0])


def year_of(text: object) -> float:
    """Return the middle of the first year named in `text`; raises InputError when it names none."""
    found = re.search(r"\d{4}", str(text))
    if not found:
        raise InputError(file="population_by_age", key="year", found=text, allowed="a year such as mid-2022")
    return int(found[0]) + _MID_YEAR


def death_rates(area: AreaTables) -> FloatArray:
    """Return deaths per person-year by sex, quintile and age, shape (2, 5, 111); the oldest carried on."""
    table = area.table("life_table")
    column = "mx" if "mx" in table else "value"
    last = int(table["age"].max())
    out = np.zeros((len(SEXES), N_QUINTILES, N_AGES))
    sex = positions(table["sex"], SEXES, "life_table")
    out[sex, table["quintile"].to_numpy() - 1, table["age"]] = table[column]
    out[:, :, last:] = out[:, :, [last]]
    return out


def quintile_shares(area: AreaTables) -> FloatArray:
    """Return the share in each quintile by council, sex and single year of age, shape (C, 2, 111, 5)."""
    table = area.table("population_by_quintile")
    counts = np.zeros((len(area.councils), len(SEXES), N_AGES, N_QUINTILES))
    council = positions(table["council"], area.councils, "population_by_quintile")
    sex = positions(table["sex"], SEXES, "population_by_quintile")
    for c, s, first, last, quintile, value in zip(
        council, sex, table["age_from"], table["age_to"], table["quintile"], table["value"], strict=True
    ):
        counts[c, s, first : last + 1, quintile - 1] = value
    shares: FloatArray = counts / counts.sum(axis=-1, keepdims=True)
    return shares


def age_bands(table: pd.DataFrame) -> list[tuple[int, int]]:
    """Return the age bands of a table, first and last year, in order of age."""
    pairs = table[["age_from", "age_to"]].drop_duplicates().sort_values("age_from")
    return [(int(first), min(int(last), OLDEST_AGE)) for first, last in pairs.itertuples(index=False)]


def projected_residents(area: AreaTables, year: float) -> tuple[FloatArray, list[tuple[int, int]]]:
    """Return projected residents by council, sex and age band at `year`, linear between mid-years.

    Returns:
        Array (C, 2, bands) and the bands. Outside the projected years the nearest mid-year is returned.
    """
    return _at_year(area, "projections", "projection_year", year)


def estimated_residents(area: AreaTables, year: float) -> tuple[FloatArray, list[tuple[int, int]]]:
    """Return residents by council, sex and age band as estimated for `year`, linear between mid-years.

    Returns:
        Array (C, 2, bands) and the bands. Outside the estimated years the nearest mid-year is returned.
    """
    return _at_year(area, "population_series", "estimate_year", year)


def _at_year(
    area: AreaTables, name: str, column: str, year: float
) -> tuple[FloatArray, list[tuple[int, int]]]:
    table = area.table(name)
    bands = age_bands(table)
    years = np.sort(table[column].unique())
    grid = np.zeros((len(area.councils), len(SEXES), len(bands), years.size))
    council = positions(table["council"], area.councils, name)
    sex = positions(table["sex"], SEXES, name)
    band = table["age_from"].map({first: i for i, (first, _) in enumerate(bands)})
    grid[council, sex, band, np.searchsorted(years, table[column])] = table["value"]
    at = np.clip(year - _MID_YEAR, years[0], years[-1])
    below = np.clip(np.searchsorted(years, at, side="right") - 1, 0, years.size - 2)
    weight = (at - years[below]) / (years[below + 1] - years[below])
    between: FloatArray = (1 - weight) * grid[..., below] + weight * grid[..., below + 1]
    return between, bands


def fertility(area: AreaTables) -> FloatArray:
    """Return births per woman-year by council and year of age, shape (C, 111)."""
    table = area.table("births")
    rows = table[table["measure"] == "fertility_rate"]
    return by_council_sex_age(rows.assign(sex=SEXES[FEMALE]), area.councils, "births")[:, FEMALE]


def male_share(area: AreaTables) -> FloatArray:
    """Return the share of boys among births by council, shape (C,)."""
    table = area.table("births")
    rows = table[table["measure"] == "male_share"].set_index("council")["value"]
    return rows.loc[list(area.councils)].to_numpy(np.float64)
