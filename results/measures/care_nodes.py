"""What a run recorded of its care nodes: years of each replicate, months as means over replicates."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from results.dense import FloatArray, dense
from results.measures.periods import MONTHS, days_in, month_labels, year_labels

if TYPE_CHECKING:
    from results.runs import Run

FLOWS = ("arrivals", "starts", "departures")
"""What is summed over a year; all else is averaged."""
INDEX = ["period", "level", "measure"]


@dataclass(frozen=True, kw_only=True)
class CareNodes:
    """The table of a run's nodes in three ways."""

    years: pd.DataFrame
    """Index period (year label), level (node), measure, sorted; a column for each replicate."""
    months: pd.DataFrame
    """Means over replicates: index node, measure, sorted; a column for each month."""
    means: pd.DataFrame
    """Means over months and replicates: a row a node, a column a measure."""


@lru_cache(maxsize=64)
def care_nodes(run: Run) -> CareNodes:
    """Read a run's nodes once.

    Arrivals, starts and departures of a year are summed; waits are weighted by who began, all else by days.
    """
    months = month_labels(run)
    whole = dense(run, "nodes", months)
    if whole.keys.empty:
        return _nothing(run, months)
    nodes, measured = sorted(whole.keys["node"].unique()), sorted(whole.keys["measure"].unique())
    block = np.full((len(measured), whole.values.shape[0], len(nodes), len(months)), np.nan)
    measure, node = whole.keys["measure"], whole.keys["node"]
    row, column = pd.Index(measured).get_indexer(measure), pd.Index(nodes).get_indexer(node)
    block[row, :, column] = whole.values.swapaxes(0, 1)
    held = {name: block[number] for number, name in enumerate(measured)}
    years = [_years(held, name, days_in(months)) for name in measured]
    whole_years = np.stack(years, axis=-1)  # units, nodes, years, measures
    count = _counts(block)
    sums = np.nansum(block, axis=1)
    with np.errstate(invalid="ignore"):
        monthly = sums / np.where(count, count, np.nan)
        overall = np.nansum(sums, axis=-1) / np.where(count.sum(axis=-1), count.sum(axis=-1), np.nan)
    index = pd.MultiIndex.from_product([nodes, measured], names=["node", "measure"])
    by_month = monthly.swapaxes(0, 1).reshape(-1, len(months))
    return CareNodes(
        years=_framed(run, whole_years, nodes, measured),
        months=pd.DataFrame(by_month, index=index, columns=months).dropna(how="all"),
        means=pd.DataFrame(overall.T, index=pd.Index(nodes, name="node"), columns=measured),
    )


def node_values(run: Run) -> pd.DataFrame:
    """Return each care node's year.

    Returns:
        Columns replicate, period (year label), level (node), measure, value; in that order.
    """
    wide = care_nodes(run).years
    tidy = wide.melt(ignore_index=False, var_name="replicate", value_name="value").dropna().reset_index()
    return tidy[["replicate", *INDEX, "value"]].astype({"replicate": int})


def _years(held: dict[str, FloatArray], name: str, days: FloatArray) -> FloatArray:
    """Bring one measure (units, nodes, months) to years with the weight that suits it."""
    value = held[name]
    absent = np.isnan(value)
    firsts = np.arange(0, value.shape[-1], MONTHS)
    nothing = np.logical_and.reduceat(absent, firsts, axis=-1)
    if name in FLOWS:
        found = np.add.reduceat(np.where(absent, 0.0, value), firsts, axis=-1)
    else:
        weight = held["starts"] if "wait" in name and "starts" in held else np.broadcast_to(days, value.shape)
        weight = np.where(absent | np.isnan(weight), 0.0, weight)
        total = np.add.reduceat(weight, firsts, axis=-1)
        summed = np.add.reduceat(np.where(absent, 0.0, value) * weight, firsts, axis=-1)
        found = summed / np.where(total > 0, total, np.nan)
    found[nothing] = np.nan
    return found


def _counts(block: FloatArray) -> np.ndarray:
    """Return how many units recorded a value: (measures, nodes, months)."""
    return (~np.isnan(block)).sum(axis=1)


def _framed(run: Run, years: FloatArray, nodes: list[str], measured: list[str]) -> pd.DataFrame:
    """Return (units, nodes, years, measures) with the units side by side."""
    index = pd.MultiIndex.from_product([year_labels(run), nodes, measured], names=INDEX)
    wide = years.swapaxes(1, 2).reshape(len(years), -1).T
    return pd.DataFrame(wide, index=index, columns=list(run.replicates)).dropna(how="all")


def _nothing(run: Run, months: list[str]) -> CareNodes:
    """Return what a run without nodes has."""
    none = pd.MultiIndex.from_arrays([[], []], names=["node", "measure"])
    return CareNodes(
        years=_framed(run, np.empty((len(run.replicates), 0, len(year_labels(run)), 0)), [], []),
        months=pd.DataFrame(index=none, columns=months, dtype=float),
        means=pd.DataFrame(index=pd.Index([], name="node"), dtype=float),
    )
