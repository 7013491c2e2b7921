"""Tables of a run in the shapes that accounts are checked in."""

from __future__ import annotations

import calendar

import pandas as pd

LASTING = ("all", "sex", "quintile", "council", "neighbourhood")
"""Dimensions in which a resident never changes level."""
STRATA = ("sex", "quintile", "council", "neighbourhood", "age_band")
"""Dimensions whose levels divide everybody."""


def wide(measures: pd.DataFrame) -> pd.DataFrame:
    """Return measures as columns, one row for each dimension, level and month of the run.

    The month after the last one, in which only stocks are counted, is left out.
    """
    table = measures.pivot_table(index=["dimension", "level", "period"], columns="measure", values="value")
    return table[table["population_start"].notna() | (table.index.get_level_values("dimension") == "site")]


def by_month(account: pd.DataFrame, measure: str) -> pd.DataFrame:
    """Return one measure of one dimension of `wide`, a row for each level and a column for each month."""
    return account.reset_index().pivot_table(index="level", columns="period", values=measure)


def totals(table: pd.DataFrame, *keys: str, elsewhere: bool = True) -> pd.Series:
    """Return the values of everybody by period and `keys`, with or without people from elsewhere."""
    rows = table[table["dimension"].isin(["all", "residence"] if elsewhere else ["all"])]
    return rows.groupby(["period", *keys])["value"].sum().sort_index()


def days(period: str) -> int:
    """Return how many days a month 'YYYY-MM' has."""
    year, month = map(int, period.split("-"))
    return calendar.monthrange(year, month)[1]


def of_nodes(nodes: pd.DataFrame, prefix: str, measure: str) -> pd.Series:
    """Return a measure summed over the nodes whose names begin with `prefix`, by period."""
    chosen = nodes[nodes["node"].str.startswith(prefix) & (nodes["measure"] == measure)]
    return chosen.groupby("period")["value"].sum()
