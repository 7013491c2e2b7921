"""The figures of this folder that are measures of the registry: cost of care, staff needed, carbon."""

from __future__ import annotations

from collections.abc import Callable

import pandas as pd

from results.economics.activities import activities, lengths, share_of_year, weighted
from results.economics.workload import staff_needed, tonnes
from results.measures.registry import Measure
from results.measures.series import ALL_YEARS, COLUMNS, MONTHS
from results.runs import Run


def cost(run: Run, by: str = "year") -> pd.DataFrame:
    """Return pounds of care at full cost: unit, period, value."""
    return weighted(run, {one.name: one.pounds for one in activities().values() if one.full}, by)


FIGURES: dict[str, Callable[[Run, str], pd.DataFrame]] = {
    "cost": cost, "staff": staff_needed, "carbon": tonnes,
}  # fmt: skip
A_YEAR = ("staff",)
"""Figures that are a number at work and no amount: a month's is brought to a year."""


def registered(run: Run, found: Measure, dimension: str, by: str) -> pd.DataFrame:
    """Return a figure as `results.measures.values` does; the whole area alone, all years an average."""
    if dimension != "all":
        return pd.DataFrame(columns=COLUMNS).astype({"replicate": int})
    name = found.numerator[0]
    tidy = FIGURES[name](run, "month" if by == "month" else "year")
    if by == "all":
        tidy = tidy.groupby("unit", sort=False)["value"].sum().reset_index()
        tidy = tidy.assign(period=ALL_YEARS, value=tidy["value"] / share_of_year(run))
    value = tidy["value"] * found.multiplier
    if name in A_YEAR and by != "all":
        value = value * MONTHS if by == "month" else value / tidy["period"].map(lengths(run))
    named = tidy.assign(replicate=tidy["unit"], level="all", value=value)
    return named.sort_values(["replicate", "period"], kind="stable")[COLUMNS].reset_index(drop=True)
