"""Measures of one run as tidy series: by year or month, by any recorded stratum, for each replicate."""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from results.measures.counted import counted, dimensions_of
from results.measures.life_table import abridged_life_table
from results.measures.periods import ALL_YEARS, MONTHS, days_in, month_labels, natural_key, year_labels
from results.measures.registry import Measure, measure
from results.measures.sullivan import healthy_life_table
from sim.parameters.errors import InputError

if TYPE_CHECKING:
    from results.runs import Run

COLUMNS = ["replicate", "period", "level", "value"]
_AMOUNTS = ("person_years", "deaths", "quality_years", "disability_free_years")
BY_CAUSE = "deaths_"
"""How the columns of the mortality table begin that count deaths of one cause."""
CORE20 = "core20"
"""Dimension of two levels, itself and the rest: the fifth of England that is most deprived, and others."""
REST = "rest"
MOST_DEPRIVED = "1"
GROUP, OTHERS = "group", "others"
LIFE_DIMENSIONS = {
    "all": (None, "all"),
    "sex": (None, "sex"),
    "quintile": (None, "quintile"),
    "quintile_male": ("male", "quintile"),
    "quintile_female": ("female", "quintile"),
    "core20": (None, "core20"),
    "council": (None, "council"),
    "council_male": ("male", "council"),
    "council_female": ("female", "council"),
}


def _wide(run: Run, dimension: str, by: str) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Return the recorded measures side by side: summed over each period, and at its last month."""
    found = counted(run, dimension, by)
    return found.summed, found.last


def values(run: Run, name: str, dimension: str = "all", by: str = "year") -> pd.DataFrame:
    """Return one measure of one run.

    Args:
        run: The run.
        name: Name of a measure in the registry.
        dimension: A recorded dimension (all, age_band, sex, quintile, council, neighbourhood, site); life
            expectancies also know quintile_male, quintile_female, council_male and council_female.
        by: month, year, or all (the run as one period: totals become averages a year).

    Returns:
        Columns replicate, period, level, value; in order of replicate, time and level. Empty where the
        measure's counts are not recorded for the dimension.

    Raises:
        InputError: Measure, dimension or period is unknown.
    """
    found = measure(name)
    if found.is_expectancy:
        return expectancy(run, found, dimension)[COLUMNS]
    if found.is_read_apart:
        return _read_apart(run, found, dimension, by)
    series = _series(run, found, dimension, by)
    if series is None:
        return pd.DataFrame({"replicate": [], "period": [], "level": [], "value": []}).astype(
            {"replicate": int}
        )
    return series.dropna().rename("value").reset_index()


def unit_values(run: Run, name: str, dimension: str = "all", by: str = "year") -> pd.DataFrame:
    """Return one measure as `values` does, the replicates side by side.

    Returns:
        Index period, level, in the order of time and level; a column for each replicate, NaN where it has no
        value. Rows that no replicate has are left out.
    """
    found = measure(name)
    if found.is_expectancy:
        return side_by_side(expectancy(run, found, dimension)[COLUMNS], run.replicates)
    if found.is_read_apart:
        return side_by_side(_read_apart(run, found, dimension, by), run.replicates)
    series = _series(run, found, dimension, by)
    if series is None:
        index = pd.MultiIndex.from_arrays([[], []], names=["period", "level"])
        return pd.DataFrame(index=index, columns=list(run.replicates), dtype=float)
    rows = counted(run, dimension, by, needed(found)).rows
    block = series.to_numpy(dtype=float).reshape(len(run.replicates), -1).T
    kept = ~np.isnan(block).all(axis=1)
    if not kept.all():
        block, rows = block[kept], rows[kept]
    return pd.DataFrame(block, index=rows, columns=list(run.replicates))


def _read_apart(run: Run, found: Measure, dimension: str, by: str) -> pd.DataFrame:
    """Return a measure that is not of the counts of `measures`; columns as in `values`."""
    if found.is_daily:
        from results.measures.daily import daily  # which needs this module's periods

        return daily(run, found, dimension, by)
    from results.economics.registered import registered  # which needs this module's counts

    return registered(run, found, dimension, by)


def _series(run: Run, found: Measure, dimension: str, by: str) -> pd.Series | None:
    """Return a measure of every level, period and replicate, NaN where not known; None where not recorded."""
    held = counted(run, dimension, by, needed(found))
    source = held.last if found.kind in {"last", "last_ratio"} else held.summed
    if not needed(found) <= set(source.columns):
        return None
    series = _derive(found, source)
    if by == "all" and found.kind == "sum":
        series = series * (MONTHS / len(month_labels(run)))
    return series


def needed(found: Measure) -> frozenset[str]:
    """Return the recorded measures that a measure is made of."""
    return frozenset(filter(None, (*found.numerator, found.denominator)))


def side_by_side(tidy: pd.DataFrame, units: tuple[int, ...]) -> pd.DataFrame:
    """Put the units of columns replicate, period, level, value side by side, keeping the rows' order."""
    if tuple(tidy["replicate"].unique()) != units:
        tidy = tidy[tidy["replicate"].isin(units)]
    count = len(units)
    if tidy.empty:
        index = pd.MultiIndex.from_arrays([[], []], names=["period", "level"])
        return pd.DataFrame(index=index, columns=list(units), dtype=float)
    first = tidy.iloc[: len(tidy) // count]
    index = pd.MultiIndex.from_arrays([first["period"], first["level"]])
    whole = len(first) * count == len(tidy)
    # Units nearly always hold the same rows in the same order: a reshape is then all it takes.
    if whole and all(
        (tidy[k].to_numpy().reshape(count, -1) == first[k].to_numpy()).all() for k in index.names
    ):
        return pd.DataFrame(tidy["value"].to_numpy().reshape(count, -1).T, index, list(units))
    order = pd.MultiIndex.from_frame(tidy[["period", "level"]]).unique()
    wide = tidy.pivot_table(index=["period", "level"], columns="replicate", values="value", observed=True)
    return wide.reindex(index=order, columns=list(units))


def recorded(run: Run, counts: str, dimension: str = "all", by: str = "year") -> pd.DataFrame:
    """Return recorded counts, added and taken off: 'day_cases-day_cases_independent'.

    Returns:
        Columns as in `values`, sums over each period. Empty where a count that is added is not recorded for
        the dimension; one that is taken off and not recorded is nought.
    """
    plus, *minus = counts.split("-")
    summed = counted(run, dimension, by).summed if dimension in dimensions_of(run) else pd.DataFrame()
    if not set(plus.split("+")) <= set(summed.columns):
        return pd.DataFrame(columns=COLUMNS).astype({"replicate": int})
    series = summed[plus.split("+")].sum(axis=1, min_count=1)
    for name in minus:
        if name in summed.columns:
            series = series - summed[name].fillna(0.0)
    return series.dropna().rename("value").reset_index()


def _derive(found: Measure, source: pd.DataFrame) -> pd.Series:
    """Compute a measure from the recorded counts of each period."""
    first, *others = found.numerator
    numerator = source[first] if not others else source[list(found.numerator)].sum(axis=1, min_count=1)
    if found.kind in {"ratio", "last_ratio"}:
        numerator = numerator / source[found.denominator].where(source[found.denominator] > 0)
    elif found.kind == "daily_mean":
        numerator = numerator / source["days"]
    return numerator * found.multiplier


def _ordered(frame: pd.DataFrame) -> pd.DataFrame:
    """Sort rows by replicate, time and the natural order of levels."""
    keys = pd.DataFrame(
        {
            "replicate": frame["replicate"],
            "period": frame["period"].astype(str),
            "level": frame["level"].map(natural_key),
        }
    )
    columns = [*COLUMNS, *(name for name in ("variance",) if name in frame.columns)]
    return frame.loc[keys.sort_values(["replicate", "period", "level"]).index, columns].reset_index(drop=True)


@lru_cache(maxsize=64)
def mortality(run: Run) -> pd.DataFrame:
    """Return the mortality table pooled over years.

    Returns:
        Index (replicate, council, sex, quintile, core20, age_from); columns person_years, deaths and, where a
        run recorded them, quality_years, disability_free_years and `deaths_<cause>`.
    """
    table = run.table("mortality").copy()
    table["sex"] = table["sex"].astype(str).replace({"0": "male", "1": "female"})
    for name in ("quintile", "council"):
        table[name] = table[name].astype(str) if name in table.columns else "all"
    table[CORE20] = np.where(table["quintile"] == MOST_DEPRIVED, CORE20, REST)
    amounts = [name for name in table.columns if name in _AMOUNTS or str(name).startswith(BY_CAUSE)]
    return table.groupby(["replicate", "council", "sex", "quintile", CORE20, "age_from"])[amounts].sum()


def expectancy(run: Run, found: Measure, dimension: str) -> pd.DataFrame:
    """Return years expected at an age for each replicate and level of the dimension.

    Returns:
        Columns replicate, period, level, value and variance (Chiang's, with Sullivan's for the share of years
        that counts; for one replicate, over residents). Empty where a run did not record what it takes.
    """
    if dimension not in LIFE_DIMENSIONS:
        allowed = ", ".join(LIFE_DIMENSIONS)
        names = LIFE_DIMENSIONS
        raise InputError(file=run.folder, key="dimension", found=dimension, allowed=allowed, names=names)
    sex, level = LIFE_DIMENSIONS[dimension]
    pooled = mortality(run)
    column, age = ("person_years", *found.numerator)[-2:]
    if column not in pooled.columns or (level == "council" and "council" not in run.table("mortality")):
        return pd.DataFrame(columns=[*COLUMNS, "variance"]).astype({"replicate": int})
    if sex is not None:
        pooled = pooled.xs(sex, level="sex", drop_level=False)
    keys = ["replicate"] + ([] if level == "all" else [level])
    shape = {"index": keys, "columns": "age_from", "aggfunc": "sum", "fill_value": 0.0}
    wide = {name: pooled.pivot_table(values=name, **shape) for name in ("person_years", "deaths", column)}
    lived, died, counted = (wide[name].to_numpy() for name in ("person_years", "deaths", column))
    index = wide["deaths"].index
    table = abridged_life_table(wide["deaths"].columns.to_numpy(), lived, died)
    if found.kind == "sullivan":
        people = lived / len(year_labels(run))
        table = healthy_life_table(table, counted / np.where(lived > 0, lived, np.nan), people)
    frame = index.to_frame(index=False).assign(period=ALL_YEARS, value=table.at(int(age)))
    frame["variance"] = table.variance[..., np.flatnonzero(table.age_from == int(age))[0]]
    frame["level"] = "all" if level == "all" else frame[level].astype(str)
    return _ordered(frame.dropna(subset=["value"]).reset_index(drop=True))


def against_others(run: Run, name: str, dimension: str, level: str, by: str = "year") -> pd.DataFrame:
    """Return a measure of one level of a recorded dimension and of everybody else among residents.

    Counts of others are those of all less the level's. Totals are not compared between groups of unlike size:
    only a measure that is divided by its own people or events, or an expectancy of Core20, has rows.

    Returns:
        Columns as in `values`; levels 'group' and 'others'. Empty where it cannot be told.
    """
    found = measure(name)
    empty = pd.DataFrame({"replicate": [], "period": [], "level": [], "value": []}).astype({"replicate": int})
    if found.is_expectancy:
        if (dimension, level) != ("quintile", MOST_DEPRIVED):
            return empty
        whole = expectancy(run, found, CORE20)[COLUMNS]
        return whole.assign(level=whole["level"].map({CORE20: GROUP, REST: OTHERS}))
    if found.kind not in {"ratio", "last_ratio"}:
        return empty
    place = int(found.kind == "last_ratio")
    everybody, within = _wide(run, "all", by)[place], _wide(run, dimension, by)[place]
    needed = [*found.numerator, found.denominator]
    if not {*needed} <= {*everybody.columns} & {*within.columns}:
        return empty
    own = within.xs(level, level="level")[needed]
    others = everybody.xs("all", level="level")[needed].loc[own.index] - own
    both = pd.concat({GROUP: own, OTHERS: others}, names=["level"]).reorder_levels([1, 2, 0])
    # Rows of both lie behind one another: side by side again, each period's group before its others.
    order = np.arange(len(both)).reshape(2, -1).T.ravel()
    series = _derive(found, both.iloc[order])
    return series.dropna().rename("value").reset_index()


def weights(run: Run, name: str, dimension: str = "quintile", by: str = "year") -> pd.DataFrame:
    """Return person-years by level, to weigh a measure's levels; columns as in `values`."""
    if measure(name).is_expectancy:
        sex, level = LIFE_DIMENSIONS[dimension]
        pooled = mortality(run)
        if sex is not None:
            pooled = pooled.xs(sex, level="sex", drop_level=False)
        frame = pooled["person_years"].groupby(["replicate", level]).sum().rename("value").reset_index()
        return _ordered(frame.rename(columns={level: "level"}).assign(period=ALL_YEARS))
    lived = counted(run, dimension, by).summed["person_months"] / MONTHS
    return lived.dropna().rename("value").reset_index()


__all__ = [
    "ALL_YEARS", "COLUMNS", "LIFE_DIMENSIONS", "MONTHS", "days_in", "expectancy", "month_labels",
    "natural_key", "side_by_side", "unit_values", "values", "weights", "year_labels",
]  # fmt: skip
