"""Which queues of a sample are accidents of the sample, so that nobody reads them as results.

A run that keeps a share s of residents sends 1/s copies of each need into a network of full size. Its demand
has the right mean and more chance: n needs a month vary by 1 / sqrt(s n) of themselves, not by 1 / sqrt(n).
Where places are nearly all in use, a month's chance fills what is spare and people gather who would not at
full size, those whom the service sees last above all. A node's queue is not to be read when

    1 / sqrt(s n) > spare_share x (1 - load / places),

or, at a node whose people wait elsewhere or whose list is long, when s is under `least_scale`
(`small_scale.csv`). `queue_measures.csv` says which measures are waits at which nodes. At full scale nothing
is marked.
"""

from __future__ import annotations

import csv
from collections.abc import Collection
from dataclasses import dataclass
from fnmatch import fnmatch
from functools import cache, lru_cache
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from results.measures.care_nodes import care_nodes
from results.node_rules import rows_of, rule_for

if TYPE_CHECKING:
    import pandas as pd

    from results.runs import Run

RULES = Path(__file__).with_name("small_scale.csv")
MEASURES = Path(__file__).with_name("queue_measures.csv")
WAITS = ("mean_wait_minutes", "p95_wait_minutes", "mean_queue", "left_waiting")
"""What is recorded of a node that its queue decides."""
LOAD = ("arrivals", "offered_load", "mean_places", "utilisation")
"""What is recorded of how nearly full it is."""
MOST_PLACES = 1e9
"""More than so many places are places without limit."""


@dataclass(frozen=True, kw_only=True)
class Rule:
    """When the queue of a node is an accident of the sample."""

    node: str
    """Pattern of the nodes that it is for; the last one that fits holds."""
    spare_share: float | None
    """Share of its spare places that chance in a month's demand may take; None: its load is not looked at."""
    least_scale: float
    """Share of residents under which it is in any case."""


@cache
def rules() -> tuple[Rule, ...]:
    """Return the rules of `small_scale.csv`; raises InputError for one without a source or a reason."""
    return tuple(
        Rule(
            node=row["node"],
            spare_share=float(row["spare_share"]) if row["spare_share"] else None,
            least_scale=float(row["least_scale"]),
        )
        for row in rows_of(RULES)
    )


@cache
def queues_read() -> dict[str, tuple[str, ...]]:
    """Return the patterns of the nodes at whose queues each measure is a wait."""
    return {row["measure"]: tuple(row["nodes"].split()) for row in _of_measures()}


def called(names: Collection[str]) -> list[str]:
    """Return what measures are called together, such as 'waits for an acute bed'."""
    return list(dict.fromkeys(row["called"] for row in _of_measures() if row["measure"] in names))


@cache
def _of_measures() -> tuple[dict[str, str], ...]:
    """Return the rows of `queue_measures.csv`."""
    with MEASURES.open(encoding="utf-8", newline="") as file:
        return tuple(csv.DictReader(file))


@lru_cache(maxsize=64)
def unreadable_nodes(run: Run) -> frozenset[str]:
    """Return the nodes of a run whose queues are accidents of its sample; at full scale none."""
    return frozenset() if run.scale >= 1.0 else accidents(care_nodes(run).means, run.scale)


def accidents(a_month: pd.DataFrame, scale: float) -> frozenset[str]:
    """Return the nodes whose queues are accidents of a sample; of everybody none.

    Args:
        a_month: Means over months: a row a node, a column a measure, those of `LOAD` among them.
        scale: Share of residents kept.
    """
    if scale >= 1.0:
        return frozenset()
    return frozenset(
        str(row.Index)
        for row in a_month.reindex(columns=list(LOAD)).itertuples()
        if _accident(str(row.Index), scale, row.arrivals, _spare(row), row.mean_places)
    )


def _spare(row: object) -> float:
    """Return the share of a node's places that its load leaves."""
    offered, places, used = (getattr(row, name) for name in ("offered_load", "mean_places", "utilisation"))
    return 1.0 - (offered / places if np.isfinite(offered) and places > 0 else used)


def _accident(node: str, scale: float, needs: float, spare: float, places: float) -> bool:
    """Tell whether a node's queue is an accident of the sample; `needs` are a month's at full size."""
    rule = rule_for(node, rules())
    if not 0.0 < places < MOST_PLACES:
        return False
    if scale < rule.least_scale:
        return True
    if rule.spare_share is None:
        return False
    return needs > 0.0 and 1.0 / np.sqrt(scale * needs) > rule.spare_share * max(spare, 0.0)


def unreadable_measures(run: Run) -> frozenset[str]:
    """Return the measures of the registry that are waits at such nodes."""
    return waits_at(unreadable_nodes(run))


def waits_at(nodes: Collection[str]) -> frozenset[str]:
    """Return the measures of the registry that are waits at any of these nodes."""
    return frozenset(
        name
        for name, patterns in queues_read().items()
        if any(fnmatch(node, pattern) for node in nodes for pattern in patterns)
    )
