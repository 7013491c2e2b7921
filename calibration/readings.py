"""What the tables of one replicate say of a target.

A reading is NaN when the run does not record what it needs, or when it is not defined (a life table without
deaths in its open band, as happens in very small runs).
"""

from __future__ import annotations

import calendar
from collections.abc import Callable, Mapping

import numpy as np
import pandas as pd

from calibration.targets import Target
from results.measures import abridged_life_table

Tables = Mapping[str, pd.DataFrame]
MONTHS_A_YEAR = 12
MINUTES_A_DAY = 1440
_AGES = {
    "65+": ("65-74", "75-84", "85+"),
    "18+": ("18-44", "45-64", "65-74", "75-84", "85+"),
    "18-64": ("18-44", "45-64"),
    "0-17": ("0-4", "5-17"),
    "18-44": ("18-44",),
    "45-64": ("45-64",),
    "65-74": ("65-74",),
    "75-84": ("75-84",),
    "75+": ("75-84", "85+"),
    "85+": ("85+",),
}
_MOST_DEPRIVED, _LEAST_DEPRIVED = "1", "5"  # quintiles


def reading(target: Target, tables: Tables) -> float:
    """Return what one replicate says of a target, in the target's unit, or NaN."""
    return _READ[target.how](target, tables) * target.factor


def periods_of(tables: Tables) -> list[str]:
    """Return the months of the first year."""
    measures = tables["measures"]
    counted = measures[measures["measure"] == "population_end"]
    return sorted(counted["period"].astype(str).unique())[:MONTHS_A_YEAR]


def days_of(periods: list[str]) -> int:
    """Return how many days these months have."""
    return sum(calendar.monthrange(*map(int, period.split("-")))[1] for period in periods)


def _chosen(table: pd.DataFrame, stratum: str) -> pd.DataFrame:
    """Return the rows of a stratum."""
    if stratum == "all":
        return table[table["dimension"] == "all"]
    if stratum == "everybody":
        return table[table["dimension"].isin(["all", "residence"])]
    if stratum == "everybody":
        return table[table["dimension"].isin(["all", "residence"])]
    dimension, _, levels = stratum.partition(":")
    if dimension == "age":
        return table[(table["dimension"] == "age_band") & table["level"].isin(_AGES[levels])]
    return table[(table["dimension"] == dimension) & table["level"].isin(levels.split("+"))]


def _monthly(names: str, stratum: str, tables: Tables) -> pd.Series:
    """Return measures added up, by month of the first year; NaN where one is not recorded."""
    periods = periods_of(tables)
    table = _chosen(tables["measures"], stratum)
    if names == "person_years":
        return _monthly("person_months", stratum, tables) / MONTHS_A_YEAR
    total = pd.Series(0.0, index=periods)
    for name in names.split("+"):
        rows = table[table["measure"] == name]
        total += rows.groupby(rows["period"].astype(str))["value"].sum().reindex(periods)
    return total


def _start(target: Target, tables: Tables) -> float:
    return float(_monthly(target.numerator, target.stratum, tables).iloc[0])


def _year(target: Target, tables: Tables) -> float:
    return float(_monthly(target.numerator, target.stratum, tables).sum(skipna=False))


def _daily(target: Target, tables: Tables) -> float:
    return _year(target, tables) / days_of(periods_of(tables))


def _mean(target: Target, tables: Tables) -> float:
    return float(_monthly(target.numerator, target.stratum, tables).mean(skipna=False))


def _ratio(target: Target, tables: Tables) -> float:
    below = _monthly(target.denominator, target.stratum, tables).sum(skipna=False)
    return _year(target, tables) / float(below)


def _node_share(target: Target, tables: Tables) -> float:
    """Places in use / places, over the nodes of some kinds, minute by minute."""
    occupied, places = (_nodes(tables, target.numerator, name) for name in ("mean_occupied", "mean_places"))
    return float(occupied.sum() / places.sum()) if len(places) else np.nan


def _node_minutes(target: Target, tables: Tables) -> float:
    """Minutes for which places of some nodes are kept after service, per event of the denominator."""
    blocked = _nodes(tables, target.numerator, "mean_blocked")
    minutes = sum(days_of([period]) * MINUTES_A_DAY * value for period, value in blocked.items())
    return float(minutes / _monthly(target.denominator, target.stratum, tables).sum(skipna=False))


def _nodes(tables: Tables, kinds: str, measure: str) -> pd.Series:
    nodes = tables["nodes"]
    named = nodes["node"].astype(str).str.startswith(tuple(kinds.split(";")))
    rows = nodes[named & (nodes["measure"] == measure) & nodes["period"].isin(periods_of(tables))]
    return rows.groupby(rows["period"].astype(str))["value"].sum()


def _conditions(target: Target, tables: Tables, measure: str, periods: list[str]) -> float:
    table = _chosen(tables["conditions"], target.stratum)
    rows = table[table["condition"].isin(target.numerator.split("+")) & (table["measure"] == measure)]
    rows = rows[rows["period"].astype(str).isin(periods)]
    return float(rows["value"].sum()) if len(rows) else np.nan


def _cases(target: Target, tables: Tables) -> float:
    return _conditions(target, tables, "cases", periods_of(tables)[:1])


def _new_cases(target: Target, tables: Tables) -> float:
    """New cases on the register: diagnoses, where a condition has cases that are not diagnosed."""
    diagnosed = _conditions(target, tables, "diagnosed", periods_of(tables))
    if np.isnan(diagnosed):
        return _conditions(target, tables, "new_cases", periods_of(tables))
    return diagnosed


def _incidence(target: Target, tables: Tables) -> float:
    people = _monthly(target.denominator, target.stratum, tables).sum(skipna=False)
    return _new_cases(target, tables) / float(people)


def _life_expectancy(target: Target, tables: Tables, quintiles: tuple[str, ...] = ()) -> float:
    table = tables["mortality"]
    rows = table[(table["year"] == 0) & (table["sex"] == target.stratum.partition(":")[2])]
    if quintiles:
        rows = rows[rows["quintile"].astype(str).isin(quintiles)]
    by_age = rows.groupby("age_from")[["person_years", "deaths"]].sum()
    return float(abridged_life_table(by_age.index, by_age["person_years"], by_age["deaths"]).at(0))


def _life_expectancy_gap(target: Target, tables: Tables) -> float:
    return _life_expectancy(target, tables, (_LEAST_DEPRIVED,)) - _life_expectancy(
        target, tables, (_MOST_DEPRIVED,)
    )


_READ: Mapping[str, Callable[[Target, Tables], float]] = {
    "start": _start,
    "year": _year,
    "daily": _daily,
    "mean": _mean,
    "ratio": _ratio,
    "mean_ratio": _ratio,
    "node_share": _node_share,
    "node_minutes": _node_minutes,
    "cases": _cases,
    "new_cases": _new_cases,
    "incidence": _incidence,
    "life_expectancy": _life_expectancy,
    "life_expectancy_gap": _life_expectancy_gap,
}
