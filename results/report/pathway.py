"""The care network by kind of care: patients a day on each way, how full each kind is, and what changes."""

from __future__ import annotations

import csv
import re
from dataclasses import dataclass
from fnmatch import fnmatch
from functools import cache
from pathlib import Path

import numpy as np
import pandas as pd

from results.measures.care_nodes import care_nodes
from results.measures.registry import measures
from results.report.blocks import Context
from results.runs import Run
from results.statistics import Array, mean_interval, over_replicates
from results.thresholds import ANY, threshold

PLACES = Path(__file__).with_name("pathway_places.csv")
WAYS = Path(__file__).with_name("pathway_ways.csv")
DAYS = 365.25
OF_NODES = {"mean_occupied": "sum", "mean_places": "sum", "mean_blocked": "sum", "mean_wait_minutes": "wait"}
WAY_COLUMNS = ["start", "end", "words", "run", "baseline", "change", "low", "high", "percent", "verdict"]
MOST_PLACES = 1e9
"""More than so many places are places without limit."""


@dataclass(frozen=True, kw_only=True)
class Place:
    """One kind of care."""

    key: str
    label: str
    column: int
    """From home on the left, 0, to home again."""
    nodes: tuple[str, ...]
    """Patterns of the care nodes that it is made of."""


@cache
def places() -> dict[str, Place]:
    """Return the kinds of care by key."""
    with PLACES.open(encoding="utf-8", newline="") as file:
        return {
            row["place"]: Place(
                key=row["place"], label=row["label"], column=int(row["column"]),
                nodes=tuple(row["nodes"].split()),
            )
            for row in csv.DictReader(file)
        }  # fmt: skip


def ways(context: Context) -> pd.DataFrame:
    """Return patients a day on each way in the last year: the baseline, and each scenario's paired change.

    Returns:
        Columns `WAY_COLUMNS`; a row for each way and scenario (without scenarios one for each way, its change
        unknown). Ways that the runs do not record are left out.
    """
    with WAYS.open(encoding="utf-8", newline="") as file:
        known = list(csv.DictReader(file))
    rows = []
    for way in known:
        before = _counted(context, context.comparison.baseline, way["counted"])
        if before is None:
            continue
        base = float(before.mean())
        named = [way["from"], way["to"], way["words"]]
        if not context.comparison.scenarios:
            rows.append([*named, context.baseline_name, base, *[np.nan] * 4, "identical"])
        for run in context.comparison.scenarios:
            after = _counted(context, run, way["counted"])
            if after is not None:
                rows.append([*named, context.comparison.names[run], base, *_change(context, before, after)])
    return pd.DataFrame(rows, columns=WAY_COLUMNS)


def _change(context: Context, before: Array, after: Array) -> list[object]:
    """Return change with its interval, per cent and verdict."""
    units = over_replicates((after - before)[None, :], len(context.comparison.draw_numbers))
    mean, low, high, _ = (float(one[0]) for one in mean_interval(units))
    base = float(before.mean())
    percent = 100 * mean / base if base else np.nan
    verdict = "change"
    if (before == after).all():
        verdict = "identical"
    elif not np.isfinite(low):
        verdict = "no_interval"
    elif low <= 0 <= high:
        verdict = "noise"
    elif abs(mean) < float(threshold(ANY).size(base)):
        verdict = "below_threshold"
    return [mean, low, high, percent, verdict]


def _counted(context: Context, run: Run, text: str) -> Array | None:
    """Return 'a+b-c' of measures, or of `departures:NODES`, as people a day of the last year, by unit."""
    total = np.zeros(len(context.comparison.units))
    for sign, name in re.findall(r"([+-]?)([^+-]+)", text):
        kind, colon, pattern = name.partition(":")
        found = _of_nodes(context, run, kind, pattern) if colon else _of_measure(context, run, name)
        if found is None:
            return None
        total += (-1 if sign == "-" else 1) * found / DAYS
    return total


def _of_measure(context: Context, run: Run, name: str) -> Array | None:
    """Return a measure of the last year by unit; None where it is not recorded."""
    if name not in measures():
        return None
    wide = context.comparison.draws(run, name)
    if (context.last_year, "all") not in wide.index:
        return None
    values: Array = wide.loc[(context.last_year, "all")].to_numpy(dtype=float)
    return values


def _of_nodes(context: Context, run: Run, kind: str, pattern: str) -> Array | None:
    """Return the sum of what nodes recorded in the last year, by unit; None where no node fits."""
    wide = care_nodes(run).years
    if wide.empty:
        return None
    periods, nodes, measured = (wide.index.get_level_values(place) for place in range(3))
    rows = np.flatnonzero((periods == context.last_year) & (measured == kind))
    rows = rows[[fnmatch(str(node), pattern) for node in nodes[rows]]]
    if not rows.size:
        return None
    summed = pd.Series(np.nansum(wide.to_numpy()[rows], axis=0), index=wide.columns)
    found: Array = summed.reindex(context.comparison.own_units(run), fill_value=0.0).to_numpy(dtype=float)
    return found


def fullness(context: Context) -> pd.DataFrame:
    """Return how full each kind of care is in the last year.

    Columns run, label, place, occupied, places, blocked, wait: means over repeat runs. A wait is in hours,
    over who started, and unknown where it is an accident of the sample; places without limit are NaN.
    """
    frame = context.comparison.nodes()
    frame = frame[frame["period"] == context.last_year]
    rows = []
    for (run, label), part in frame.groupby(["run", "label"], sort=False):
        wide = part.pivot_table(index="level", columns="measure", values="value")
        for place in places().values():
            mine = wide[[any(fnmatch(str(node), one) for one in place.nodes) for node in wide.index]]
            if mine.empty:
                continue
            rows.append([run, label, place.key, *_full(mine, context.comparison.unreadable_nodes)])
    return pd.DataFrame(rows, columns=["run", "label", "place", "occupied", "places", "blocked", "wait"])


def _full(nodes: pd.DataFrame, unreadable: frozenset[str]) -> list[float]:
    """Return occupied, places, blocked and mean wait in hours of several nodes together."""

    def total(name: str) -> float:
        return float(nodes[name].sum(min_count=1)) if name in nodes else np.nan

    beds = total("mean_places")
    wait = np.nan
    if {"mean_wait_minutes", "starts"} <= set(nodes.columns) and not unreadable & set(map(str, nodes.index)):
        begun = nodes["starts"].where(nodes["mean_wait_minutes"].notna())
        if begun.sum() > 0:
            wait = float((nodes["mean_wait_minutes"] * begun).sum() / begun.sum() / 60)
    return [total("mean_occupied"), beds if beds < MOST_PLACES else np.nan, total("mean_blocked"), wait]
