"""Ways on that interventions open or change: who goes elsewhere, at which times of the week, in what part.

A way that the network does not have is put beside the first way that it takes from, without width, so that
opening it moves nobody. Those moved come from next to it, so others keep the way that they had.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace

import numpy as np
import numpy.typing as npt

from sim.care.network import Network
from sim.health.calendar import HOURS_A_DAY
from sim.interventions.care_specification import RoutingChange
from sim.interventions.needs_named import within_hours
from sim.kernels import flow_layout as at
from sim.kernels.flow_layout import WEEK_HOURS, Tables

FloatArray = npt.NDArray[np.float64]
IntArray = npt.NDArray[np.int64]


def hours_inside(change: RoutingChange) -> npt.NDArray[np.bool_]:
    """Return in which hours of the week a change acts, (168,), Monday's first hour first."""
    hour = np.arange(WEEK_HOURS)
    return within_hours(
        (hour % HOURS_A_DAY).astype(np.float64), hour // HOURS_A_DAY, change.weekdays, change.hours
    )


def with_own_times(network: Network, changes: Sequence[RoutingChange]) -> Network:
    """Return the network with a time of the week of its own for the hours at which changes act."""
    timed = [change for change in changes if change.timed]
    if not timed:
        return network
    tables = network.flow.tables
    marks = np.stack([tables.week_slot, *(hours_inside(change).astype(np.int64) for change in timed)])
    times, slot = np.unique(marks, axis=1, return_inverse=True)
    changed = tables._replace(
        week_slot=slot.reshape(-1).astype(np.int64),
        route_row=np.ascontiguousarray(tables.route_row[:, :, times[0]]),
    )
    return replace(network, flow=network.flow._replace(tables=changed))


def new_targets(network: Network, changes: Sequence[RoutingChange]) -> dict[int, list[tuple[int, list[int]]]]:
    """Return by node the ways that changes open: the ways taken from, and the target, of each."""
    found: dict[int, list[tuple[int, list[int]]]] = {}
    for change in changes:
        for name in change.nodes:
            for target in targets_of(network, change.to_destinations):
                away = targets_of(network, change.from_destinations)
                found.setdefault(network.node(name), []).append((target, away))
    return found


def with_new_edges(
    cumulative: FloatArray, edges: IntArray, wanted: Sequence[tuple[int, list[int]]]
) -> tuple[FloatArray, IntArray]:
    """Return a row's cumulated shares and edges, with an edge of no width for each target it has not."""
    for target, away in wanted:
        taken = np.flatnonzero(np.isin(edges[:, at.EDGE_TARGET], away))
        if taken.size == 0 or target in edges[:, at.EDGE_TARGET]:
            continue
        before = float(cumulative[taken[0] - 1]) if taken[0] else 0.0
        cumulative = np.insert(cumulative, taken[0], before)
        edges = np.insert(edges, taken[0], [target, -1, 0], axis=0)
    return cumulative, edges


def kinds_of(network: Network, change: RoutingChange) -> list[int]:
    """Return the kinds of people that a change moves."""
    return [
        kind
        for kind, levels in enumerate(network.kinds)
        if (not change.age_bands or levels.get("age_band") in change.age_bands)
        and (not change.councils or levels.get("council") in change.councils)
    ]


def move_people(network: Network, tables: Tables, change: RoutingChange, in_force: float) -> None:
    """Move part of those who took some ways to others, in the tables of one month.

    The others share them in proportion to how they are taken now; where none is, as `shared_as` has them, or
    evenly.
    """
    moved = change.share.value * in_force * change.substitutes.value
    leaving, arriving = (
        targets_of(network, names) for names in (change.from_destinations, change.to_destinations)
    )
    for row, like in _rows(network, tables, change):
        first, last = int(tables.route_start[row]), int(tables.route_start[row + 1])
        shares = np.diff([0.0, *tables.route_cumulative[first:last]])
        targets = tables.edge[first:last, at.EDGE_TARGET]
        away, towards = np.isin(targets, leaving), np.isin(targets, arriving)
        if moved == 0.0 or not towards.any() or shares[away].sum() <= 0.0:
            continue
        weights = shares[towards]
        if weights.sum() <= 0.0 and like is not None:
            weights = _shares_to(tables, like, targets[towards])
        if weights.sum() <= 0.0:
            weights = np.ones(int(towards.sum()))
        shift = shares[away].sum() * moved
        shares[away] *= 1.0 - moved
        shares[towards] += shift * weights / weights.sum()
        tables.route_cumulative[first:last] = np.cumsum(shares)
        tables.route_cumulative[last - 1] = 1.0


def _rows(network: Network, tables: Tables, change: RoutingChange) -> Iterator[tuple[int, int | None]]:
    """Yield each routing row that a change acts on, once, and the row whose proportions it borrows."""
    inside = hours_inside(change)
    slots = [slot for slot in range(tables.route_row.shape[2]) if inside[tables.week_slot == slot].any()]
    like = network.node(change.shared_as) if change.shared_as else None
    for name in change.nodes:
        node, seen = network.node(name), set()
        for kind in kinds_of(network, change):
            for slot in slots:
                row = int(tables.route_row[node, kind, slot])
                if row not in seen:
                    seen.add(row)
                    yield row, None if like is None else int(tables.route_row[like, kind, slot])


def _shares_to(tables: Tables, row: int, targets: npt.NDArray[np.integer]) -> FloatArray:
    first, last = int(tables.route_start[row]), int(tables.route_start[row + 1])
    shares = np.diff([0.0, *tables.route_cumulative[first:last]])
    own = tables.edge[first:last, at.EDGE_TARGET]
    return np.array([float(shares[own == target].sum()) for target in targets])


def targets_of(network: Network, names: Sequence[str]) -> list[int]:
    """Return the codes of nodes and exits, as edges have them."""
    exits = network.exit_names
    return [-1 - exits.index(name) if name in exits else network.node(name) for name in names]


def share_of_way(tables: Tables, node: int, kind: int, slot: int, target: int) -> float:
    """Return the share of people who go from a node to a target."""
    return float(_shares_to(tables, int(tables.route_row[node, kind, slot]), np.array([target]))[0])


__all__ = [
    "hours_inside", "kinds_of", "move_people", "new_targets", "share_of_way", "targets_of", "with_new_edges",
    "with_own_times",
]  # fmt: skip
