"""The care network through time: each kind of care with who is there, who waits and who cannot go on.

Nodes are drawn together by kind (`results/report/names.csv`), in stages from home to home (`stages.csv`),
with the main ways between them (`links.csv`). A single node is one click away.
"""

from __future__ import annotations

import csv
from dataclasses import dataclass
from functools import cache, lru_cache
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from results.comparison import Comparison
from results.explore.explored import Explored
from results.explore.plain import interval, plain
from results.measures.series import days_in, month_labels
from results.report.sections.shared import node_name, node_words
from results.runs import Run
from results.small_scale import MOST_PLACES
from results.statistics import over_replicates

HERE = Path(__file__).parent
OTHER = "Other places"
RECORDED = (
    "arrivals", "starts", "mean_occupied", "mean_queue", "mean_blocked", "mean_places", "utilisation",
    "mean_wait_minutes", "left_waiting",
)  # fmt: skip
AMOUNTS = ("arrivals", "occupied", "queue", "blocked", "places", "wait")
"""What is told of a box: arrivals a day; people there, waiting, unable to go on; places; minutes waited."""
Array = npt.NDArray[np.float64]


@dataclass(frozen=True)
class NodeMonths:
    """Every node's months: `values[measure]` has shape (nodes, months, units)."""

    nodes: tuple[str, ...]
    values: dict[str, Array]


@lru_cache(maxsize=64)
def node_months(run: Run, units: tuple[int, ...]) -> NodeMonths:
    """Return what was recorded of each node and month, units (draws and replicates) in this order."""
    table = run.table("nodes")
    months = {month: place for place, month in enumerate(month_labels(run))}
    of_node, nodes = _codes(table["node"])
    of_month, found = _codes(table["period"])
    of_measure, measures = _codes(table["measure"])
    at = {unit: column for column, unit in enumerate(dict.fromkeys(units))}
    values = {name: np.full((len(nodes), len(months), len(at)), np.nan) for name in RECORDED}
    month = np.array([months.get(one, -1) for one in found] or [-1])[of_month]
    unit = table["replicate"].map(at).fillna(-1).to_numpy(dtype=int)
    numbers = table["value"].to_numpy(dtype=np.float64)
    known = (month >= 0) & (unit >= 0)
    for name in set(RECORDED) & set(measures):
        mine = np.flatnonzero(known & (of_measure == measures.index(name)))
        values[name][of_node[mine], month[mine], unit[mine]] = numbers[mine]
    order = [at[unit] for unit in units]  # a run without draws stands for itself in every draw
    return NodeMonths(nodes, {name: array[..., order] for name, array in values.items()})


def _codes(column: pd.Series) -> tuple[npt.NDArray[np.int64], tuple[str, ...]]:
    """Return a column of texts as places in its sorted levels, and these."""
    held = column.astype("category")
    levels = [str(one) for one in held.cat.categories]
    order = sorted(range(len(levels)), key=lambda place: levels[place])
    places = np.empty(len(levels) + 1, dtype=np.int64)
    places[order] = np.arange(len(levels))
    return places[held.cat.codes.to_numpy()], tuple(levels[place] for place in order)


@cache
def stages() -> dict[str, str]:
    """Return the stage of each kind of care, in the order of the drawing."""
    with (HERE / "stages.csv").open(encoding="utf-8", newline="") as file:
        return {row["node"]: row["stage"] for row in csv.DictReader(file)}


@cache
def in_slots() -> frozenset[str]:
    """Return the kinds of care that are given in slots of a day; their lists are worked at full use."""
    with (HERE / "stages.csv").open(encoding="utf-8", newline="") as file:
        return frozenset(row["node"] for row in csv.DictReader(file) if row["counted_in"] == "slots")


@cache
def links() -> tuple[tuple[str, str], ...]:
    """Return the main ways between kinds of care."""
    with (HERE / "links.csv").open(encoding="utf-8", newline="") as file:
        return tuple((row["from"], row["to"]) for row in csv.DictReader(file))


def kind_of(node: str) -> str:
    """Return the kind of a node: the longest known beginning of its key, else the key itself."""
    begins = [key for key in node_words() if node == key or node.startswith(f"{key}_")]
    return max(begins, key=len) if begins else node


def drawn(nodes: tuple[str, ...], site: str = "") -> dict[str, list[str]]:
    """Return the boxes of the drawing and their nodes: kinds with a stage, then what has no kind.

    Kinds that people only pass through have no stage and are left out.
    """
    named = node_words()
    boxes: dict[str, list[str]] = {kind: [] for kind in stages()}
    for node in nodes:
        kind = kind_of(node)
        if (kind in boxes or kind not in named) and (not site or node.endswith(f"_{site}")):
            boxes.setdefault(kind, []).append(node)
    return {kind: found for kind, found in boxes.items() if found}


def amounts(held: NodeMonths, nodes: list[str], days: Array) -> dict[str, Array]:
    """Return the amounts of some nodes together, each (months, units); what was not recorded is NaN.

    Places without limit are NaN. Of services counted in slots a day, people there are the slots used.
    """
    rows = [held.nodes.index(node) for node in nodes if node in held.nodes]
    of = {name: held.values[name][rows] for name in RECORDED}
    places = np.where(of["mean_places"] < MOST_PLACES, of["mean_places"], np.nan)
    there = np.where(np.isnan(of["mean_occupied"]), places * of["utilisation"], of["mean_occupied"])
    queue = np.where(np.isnan(of["mean_queue"]), of["left_waiting"], of["mean_queue"])
    waits = of["mean_wait_minutes"] * of["starts"]
    starts = np.where(np.isnan(waits), np.nan, of["starts"])
    served = _total(starts)
    return {
        "arrivals": _total(of["arrivals"]) / days[:, None],
        "occupied": _total(there),
        "queue": _total(queue),
        "blocked": _total(of["mean_blocked"]),
        "places": np.where(np.isnan(places).any(axis=0), np.nan, places.sum(axis=0)),
        "wait": np.divide(_total(waits), served, out=np.full_like(served, np.nan), where=served > 0),
    }


def _total(values: Array) -> Array:
    """Return the sum over nodes; NaN where no node has a value."""
    return np.where(np.isnan(values).all(axis=0), np.nan, np.nansum(values, axis=0))


def network(explored: Explored, run: str, against: str, site: str = "") -> dict[str, Any]:
    """Return the boxes of the care network, month by month, of one run and of what it is held against.

    Args:
        explored: The runs.
        run: Name of the run that is shown.
        against: Name of the run that it is held against.
        site: A site, to show what is there alone; empty for all.

    Returns:
        `stages` in order; `boxes` with key, label, stage, `slots`, `unreadable`, and for each of `AMOUNTS`
        `mean`, `low`, `high` by month; `before`, the means of what it is held against, and `change`, the
        paired difference, by month; `links` between boxes that are there; `sites` that may be chosen.
    """
    comparison = explored.against(against)
    shown, held = explored.run(run), explored.run(against)
    mine, other = (_of(comparison, one) for one in (shown, held))
    order = [*dict.fromkeys(stages().values()), OTHER]
    found = drawn(mine.nodes, site)
    series = _series(explored, comparison, (mine, other), list(found.values()))
    boxes = [
        {
            "key": kind,
            "label": node_name(kind, explored.words),
            "stage": order.index(stages().get(kind, OTHER)),
            "slots": kind in in_slots(),
            "unreadable": any(node in comparison.unreadable_nodes for node in nodes),
            **held,
        }
        for (kind, nodes), held in zip(found.items(), series, strict=True)
    ]
    there = {box["key"] for box in boxes}
    return {
        "stages": order,
        "boxes": boxes,
        "links": [[one, other] for one, other in links() if one in there and other in there],
        "sites": [
            {"key": one, "label": explored.level_name("site", one)}
            for one in explored.levels.get("site", [])
            if drawn(mine.nodes, one)
        ],
    }


def node_table(explored: Explored, run: str, against: str, kind: str, site: str = "") -> dict[str, Any]:
    """Return the nodes of one box, each with the amounts that `network` has of the box."""
    comparison = explored.against(against)
    mine, other = (_of(comparison, explored.run(name)) for name in (run, against))
    nodes = drawn(mine.nodes, site).get(kind, [])
    series = _series(explored, comparison, (mine, other), [[node] for node in nodes])
    found = [
        {
            "key": node, "label": node_name(node, explored.words),
            "unreadable": node in comparison.unreadable_nodes, **held,
        }
        for node, held in zip(nodes, series, strict=True)
    ]  # fmt: skip
    return {"kind": kind, "label": node_name(kind, explored.words), "nodes": found}


def _of(comparison: Comparison, run: Run) -> NodeMonths:
    return node_months(run, tuple(comparison.own_units(run)))


def _series(
    explored: Explored, comparison: Comparison, pair: tuple[NodeMonths, NodeMonths], groups: list[list[str]]
) -> list[dict[str, Any]]:
    """Return amounts of groups of nodes with intervals, the means before, and paired differences.

    All groups are summarised in one pass: one at a time takes several times as long.
    """
    if not groups:
        return []
    draws = len(comparison.draw_numbers)
    days = days_in(explored.months).astype(float)
    after, before = (
        np.stack([np.stack(list(amounts(held, nodes, days).values())) for nodes in groups]) for held in pair
    )
    now, change = interval(after, draws, least=0.0), interval(after - before, draws)
    then = plain(over_replicates(before, draws).mean(axis=-1))
    return [
        {
            "now": _by_amount(now, group),
            "before": {name: then[group][place] for place, name in enumerate(AMOUNTS)},
            "change": _by_amount(change, group),
        }
        for group in range(len(groups))
    ]


def _by_amount(found: dict[str, Any], group: int) -> dict[str, dict[str, Any]]:
    """Return one group's mean, low and high by the name of the amount."""
    return {
        name: {end: values[group][place] for end, values in found.items()}
        for place, name in enumerate(AMOUNTS)
    }
