"""What a run recorded of its care nodes: years of each replicate, months as means over replicates."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from results.dense import FloatArray, Rows
from results.measures.periods import MONTHS, days_in, month_labels, year_labels

if TYPE_CHECKING:
    from results.runs import Run

TABLE = "nodes"
OCCUPIED = "mean_occupied"
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
    occupied: FloatArray
    """Places in use, (replicates, nodes in the order of `means`, months); NaN where not recorded."""


@lru_cache(maxsize=64)
def care_nodes(run: Run) -> CareNodes:
    """Read a run's nodes once, one unit after the other.

    Arrivals, starts and departures of a year are summed; waits are weighted by who began, all else by days.
    """
    months = month_labels(run)
    rows, days = Rows(months), days_in(months)
    grids = [rows.grid(part) for part in run.parts(TABLE)]
    keys = rows.keys
    if keys.empty:
        return _nothing(run, months)
    nodes, measured = sorted(keys["node"].unique()), sorted(keys["measure"].unique())
    at = pd.Index(measured).get_indexer(keys["measure"]), pd.Index(nodes).get_indexer(keys["node"])
    shape = (len(measured), len(nodes), len(months))
    whole_years = np.empty((len(grids), len(nodes), len(year_labels(run)), len(measured)))
    occupied = np.full((len(grids), *shape[1:]), np.nan)
    sums, count = np.zeros(shape), np.zeros(shape, dtype=np.int64)
    for unit, grid in enumerate(grids):
        block = np.full(shape, np.nan)
        block[at[0][: len(grid)], at[1][: len(grid)]] = grid
        held = dict(zip(measured, block, strict=True))
        whole_years[unit] = np.stack([_years(held, name, days) for name in measured], axis=-1)
        occupied[unit] = held.get(OCCUPIED, np.nan)
        present = ~np.isnan(block)
        count += present
        np.add(sums, block, out=sums, where=present)
        grids[unit] = np.empty((0, 0))
    with np.errstate(invalid="ignore"):
        monthly = sums / np.where(count, count, np.nan)
        overall = sums.sum(axis=-1) / np.where(count.sum(axis=-1), count.sum(axis=-1), np.nan)
    index = pd.MultiIndex.from_product([nodes, measured], names=["node", "measure"])
    by_month = monthly.swapaxes(0, 1).reshape(-1, len(months))
    return CareNodes(
        years=_framed(run, whole_years, nodes, measured),
        months=pd.DataFrame(by_month, index=index, columns=months).dropna(how="all"),
        means=pd.DataFrame(overall.T, index=pd.Index(nodes, name="node"), columns=measured),
        occupied=occupied,
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
        occupied=np.empty((len(run.replicates), 0, len(months))),
    )
