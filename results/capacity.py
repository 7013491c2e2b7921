"""Where the system is beyond its capacity: nodes whose load exceeded their places while people gathered.

The load that a month brings to a node is the places that all who sought it would have filled,

    offered = mean occupied x (starts + change of those left waiting) / starts,

people blocked elsewhere on the way to it included. A node is beyond its capacity in every month of a spell
of at least so many months together in which offered load is over the places, by more than a stated ratio,
and more people are left waiting at the end than before (`capacity.csv`). A queue is then not a result of the
model but of how long it ran: what is short are places.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt
import pandas as pd

from results.measures.care_nodes import care_nodes
from results.measures.series import month_labels
from results.node_rules import rows_of, rule_for

if TYPE_CHECKING:
    from results.runs import Run

RULES = Path(__file__).with_name("capacity.csv")
OFFERED, LEFT, PLACES = "offered_load", "left_waiting", "mean_places"
COLUMNS = ["node", "first", "last", "months", "ratio", "places_short", "left_before", "left_after"]
Mask = npt.NDArray[np.bool_]


@dataclass(frozen=True, kw_only=True)
class Rule:
    """When a node is beyond its capacity."""

    node: str
    """Pattern of the nodes that it is for; the last one that fits holds."""
    load_ratio: float
    """Offered load against places from which on it is."""
    months: int
    """For how many months together."""


@cache
def rules() -> tuple[Rule, ...]:
    """Return the rules of `capacity.csv`; raises InputError for one without a source or a reason."""
    return tuple(
        Rule(node=row["node"], load_ratio=float(row["load_ratio"]), months=int(row["months"]))
        for row in rows_of(RULES)
    )


def rule_of(node: str) -> Rule:
    """Return the rule of one node."""
    return rule_for(node, rules())


def recorded(run: Run) -> bool:
    """Whether a run holds what is needed: older ones do not."""
    return {OFFERED, LEFT, PLACES} <= set(care_nodes(run).means.columns)


def beyond_capacity(run: Run) -> pd.DataFrame:
    """Return every spell in which a node of a run is beyond its capacity, means over replicates.

    Args:
        run: A run.

    Returns:
        Columns `COLUMNS`: the node, first and last month, how many, offered load against places, places that
        are short on average, and people left waiting before and after the spell. Empty when there is none, or
        when the run does not hold what is needed.
    """
    if not recorded(run):
        return pd.DataFrame(columns=COLUMNS)
    found: list[dict[str, object]] = []
    months = month_labels(run)
    parts = [care_nodes(run).months.xs(name, level="measure") for name in (OFFERED, LEFT, PLACES)]
    for node in sorted(set.intersection(*(set(part.index) for part in parts))):
        offered, left, places = (part.loc[node].to_numpy(np.float64) for part in parts)
        found += _spells(str(node), months, offered, left, places)
    return pd.DataFrame(found, columns=COLUMNS)


def _spells(
    node: str,
    months: list[str],
    offered: npt.NDArray[np.float64],
    left: npt.NDArray[np.float64],
    places: npt.NDArray[np.float64],
) -> Iterator[dict[str, object]]:
    """Yield the spells of one node. Who waits before month 0 is taken to be as many as after it."""
    limit, least = rule_of(node).load_ratio, rule_of(node).months
    before = np.concatenate([left[:1], left[:-1]])
    over = np.zeros(len(months), np.bool_)
    for first in range(len(months) - least + 1):
        window = slice(first, first + least)
        grew = left[first + least - 1] > before[first]
        if grew and offered[window].sum() >= limit * places[window].sum() > 0.0:
            over[window] = True
    for begun, ended in _runs_of(over):
        beyond = begun + np.flatnonzero(offered[begun : ended + 1] >= places[begun : ended + 1])
        first, last = int(beyond[0]), int(beyond[-1])  # a slack month at either end is not part of it
        window = slice(first, last + 1)
        yield {
            "node": node, "first": months[first], "last": months[last], "months": last - first + 1,
            "ratio": offered[window].sum() / places[window].sum(),
            "places_short": float(np.mean(offered[window] - places[window])),
            "left_before": before[first], "left_after": left[last],
        }  # fmt: skip


def _runs_of(mask: Mask) -> list[tuple[int, int]]:
    """Return first and last position of every stretch that is true."""
    edges = np.flatnonzero(np.diff(np.concatenate([[0], mask.astype(np.int8), [0]])))
    return [(int(a), int(b) - 1) for a, b in zip(edges[::2], edges[1::2], strict=True)]
