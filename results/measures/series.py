"""Measures of one run as tidy series: by year or month, by any recorded stratum, for each replicate."""

from __future__ import annotations

import re
from functools import lru_cache
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from results.measures.life_table import abridged_life_table
from results.measures.registry import Measure, measure
from results.measures.sullivan import healthy_life_table
from results.runs import GROUPS
from sim.parameters.errors import InputError

if TYPE_CHECKING:
    from results.runs import Run

MONTHS = 12
APRIL = 4
ALL_YEARS = "all years"
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


def natural_key(level: str) -> tuple[int, str]:
    """Order levels such as '5-17' and '18-44' by their first number, then by name."""
    number = re.match(r"\d+", level)
    return (int(number.group()) if number else -1, level)


def month_labels(run: Run) -> list[str]:
    """Return the label 'YYYY-MM' of each month of the run."""
    year, month = run.start
    count = round(float(run.manifest["years"]) * MONTHS)
    numbers = range(year * MONTHS + month - 1, year * MONTHS + month - 1 + count)
    return [f"{number // MONTHS}-{number % MONTHS + 1:02d}" for number in numbers]


def year_labels(run: Run) -> list[str]:
    """Return the label of each year of the run: 2026/27 for one that starts in April, else its months."""
    months = month_labels(run)
    firsts = months[::MONTHS]
    return [
        _year_label(first, months[min(index * MONTHS + MONTHS, len(months)) - 1])
        for index, first in enumerate(firsts)
    ]


def _year_label(first: str, last: str) -> str:
    """Name the year between two months."""
    year, month = first.split("-")
    if int(month) == APRIL:
        return f"{year}/{(int(year) + 1) % 100:02d}"
    return year if int(month) == 1 else f"{first} to {last}"


def days_in(months: list[str]) -> np.ndarray:
    """Return the number of days of each month."""
    return pd.PeriodIndex(months, freq="M").days_in_month.to_numpy()


@lru_cache(maxsize=64)
def _wide(run: Run, dimension: str, by: str) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Return the recorded measures side by side: summed over each period, and at its last month.

    Index: replicate, period, level. The column `days` counts the days of the period.
    """
    table = run.table("measures")
    known = [str(name) for name in table["dimension"].cat.categories]
    if dimension not in known:
        allowed = ", ".join(known)
        if dimension in GROUPS:
            allowed += f" (the run is older than measures by {dimension}; run the scenario again)"
        raise InputError(file=run.folder, key="dimension", found=dimension, allowed=allowed, names=known)
    rows = table.loc[table["dimension"] == dimension, ["replicate", "period", "level", "measure", "value"]]
    monthly = rows.pivot_table(
        index=["replicate", "level", "period"],
        columns="measure",
        values="value",
        aggfunc="sum",
        observed=True,
    )
    monthly.columns = monthly.columns.astype(str)
    monthly = monthly.reset_index()
    months = month_labels(run)
    monthly["period"] = monthly["period"].astype(str)
    monthly["days"] = monthly["period"].map(dict(zip(months, days_in(months), strict=True))).astype(float)
    monthly = monthly.dropna(subset=["days"])
    labels = _period_names(run, by)
    order = monthly["period"].map(dict(zip(months, range(len(months)), strict=True)))
    levels = sorted((str(level) for level in monthly["level"].unique()), key=natural_key)
    monthly["level"] = monthly["level"].astype(str)
    monthly["period"] = monthly["period"].map(labels)
    place = monthly["level"].map(dict(zip(levels, range(len(levels)), strict=True)))
    sorted_rows = np.lexsort([place, order, monthly["replicate"]])
    groups = monthly.iloc[sorted_rows].groupby(["replicate", "period", "level"], sort=False)
    return groups.sum(min_count=1), groups.last()


def _period_names(run: Run, by: str) -> dict[str, str]:
    """Map each month to its period: itself, its year, or all years."""
    months = month_labels(run)
    if by == "month":
        return {month: month for month in months}
    if by == "year":
        years = year_labels(run)
        return {month: years[index // MONTHS] for index, month in enumerate(months)}
    if by == "all":
        return dict.fromkeys(months, ALL_YEARS)
    raise InputError(file="results.measures.values", key="by", found=by, allowed="month, year, all")


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
    if found.kind == "economics":
        from results.economics.registered import registered

        return registered(run, found, dimension, by)
    if found.is_daily:
        from results.measures.daily import daily  # which needs this module's periods

        return daily(run, found, dimension, by)
    summed, last = _wide(run, dimension, by)
    source = last if found.kind in {"last", "last_ratio"} else summed
    if not {*found.numerator, *filter(None, [found.denominator])} <= set(source.columns):
        return pd.DataFrame({"replicate": [], "period": [], "level": [], "value": []}).astype(
            {"replicate": int}
        )
    series = _derive(found, source)
    if by == "all" and found.kind == "sum":
        series = series * (MONTHS / len(month_labels(run)))
    return series.dropna().rename("value").reset_index()


def recorded(run: Run, counts: str, dimension: str = "all", by: str = "year") -> pd.DataFrame:
    """Return recorded counts, added and taken off: 'day_cases-day_cases_independent'.

    Returns:
        Columns as in `values`, sums over each period. Empty where a count that is added is not recorded for
        the dimension; one that is taken off and not recorded is nought.
    """
    plus, *minus = counts.split("-")
    run_dimensions = run.table("measures")["dimension"].cat.categories
    summed = _wide(run, dimension, by)[0] if dimension in run_dimensions else pd.DataFrame()
    if not set(plus.split("+")) <= set(summed.columns):
        return pd.DataFrame(columns=COLUMNS).astype({"replicate": int})
    series = summed[plus.split("+")].sum(axis=1, min_count=1)
    for name in minus:
        if name in summed.columns:
            series = series - summed[name].fillna(0.0)
    return series.dropna().rename("value").reset_index()


def _derive(found: Measure, source: pd.DataFrame) -> pd.Series:
    """Compute a measure from the recorded counts of each period."""
    numerator = source[list(found.numerator)].sum(axis=1, min_count=1)
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
    summed, _ = _wide(run, dimension, by)
    return (summed["person_months"] / MONTHS).rename("value").reset_index()


def node_values(run: Run) -> pd.DataFrame:
    """Return each care node's year: arrivals summed, waits weighted by arrivals, occupancies averaged.

    Returns:
        Columns replicate, period (year label), level (node), measure, value.
    """
    table = run.table("nodes")
    if table.empty:
        return pd.DataFrame(columns=["replicate", "period", "level", "measure", "value"])
    labels = _period_names(run, "year")
    months = month_labels(run)
    days = dict(zip(months, days_in(months), strict=True))
    wide = table.pivot_table(
        index=["replicate", "node", "period"], columns="measure", values="value", aggfunc="sum", observed=True
    ).reset_index()
    wide.columns = wide.columns.astype(str)
    wide["days"] = wide["period"].astype(str).map(days).astype(float)
    wide["period"] = wide["period"].astype(str).map(labels)
    wide = wide.dropna(subset=["days", "period"])
    keys = [wide["replicate"], wide["period"], wide["node"].astype(str).rename("level")]
    columns = [name for name in wide.columns if name not in {"replicate", "period", "node", "days"}]
    parts = {name: _node_year(wide, name, keys) for name in columns}
    by_year = pd.DataFrame(parts).reset_index()
    frame = by_year.melt(["replicate", "period", "level"], var_name="measure", value_name="value").dropna()
    return frame.sort_values(["replicate", "period", "level", "measure"], ignore_index=True)


def _node_year(wide: pd.DataFrame, name: str, keys: list[pd.Series]) -> pd.Series:
    """Bring one node measure from months to years with the weight that suits it."""
    if name in {"arrivals", "starts", "departures"}:
        return wide[name].groupby(keys).sum(min_count=1)
    weight = wide["starts"] if "wait" in name and "starts" in wide.columns else wide["days"]
    weight = weight.where(wide[name].notna())
    total = weight.groupby(keys).sum()
    return (wide[name] * weight).groupby(keys).sum(min_count=1) / total.where(total > 0)
