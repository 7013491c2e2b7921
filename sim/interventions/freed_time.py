"""How much bed time the changes of a scenario freed in a month, where, and what part of it is filled again.

Time is freed where a place is held: at the node itself, or, where people keep the place they came from
(a transfer-of-care hub, the sourcing of a package), at the beds upstream, in proportion to where those came
from. Per change of a service time or delay: stages that ended in the month, times what each was shortened by.
Per change of capacity: people who no longer wait blocked in front of the node, E[(N - c0)+] - E[(N - c1)+]
with c0 places without the change, c1 with it, and N who have or want a place, taken as normal with the
variance of a Poisson number. Where a wait for the next place takes up part of what was saved, less is freed
than counted here: the refilling is then too large, and the gain told too small, never the other way.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from scipy.special import ndtr

from sim.care.check import mean_of_row
from sim.care.network import Network
from sim.interventions.care_changes import factor_of
from sim.interventions.specification import CapacityChange, DelayChange, ServiceTimeChange
from sim.kernels import flow_layout as at
from sim.kernels.flow import Stages, Totals

FloatArray = npt.NDArray[np.float64]
TimeChange = ServiceTimeChange | DelayChange
_DEEPEST = 6  # nodes that hold upstream, one after the other


@dataclass(frozen=True, kw_only=True)
class Freed:
    """Time of places that one change freed at one node in one month."""

    key: str
    node: int
    minutes: float
    share: float
    """Part of it that others fill."""


def freed_by_time(
    changes: list[tuple[TimeChange, float]], network: Network, stages: Stages
) -> Iterator[Freed]:
    """Yield what shorter services and delays freed.

    Args:
        changes: Changes with the share of each that is in force.
        network: The baseline's network in that month.
        stages: Stages that ended in the month.
    """
    before: dict[tuple[int, ...], float] = {}
    kept: dict[int, dict[int, float]] = {}
    flows = flows_between(network, stages) if changes else np.zeros((0, 0))
    for change, in_force in changes:
        if isinstance(change, ServiceTimeChange):
            ways = _services(change, network, stages)
        else:
            ways = _delays(change, network, stages)
        for way, base, mean, node in ways:
            factor = factor_of(mean, change, in_force)
            minutes = base * before.get(way, 1.0) * (1.0 - factor)
            before[way] = before.get(way, 1.0) * factor
            if minutes > 0.0 and change.backfill_share.value > 0.0:
                if node not in kept:
                    kept[node] = holders(node, network, flows)
                for holder, part in kept[node].items():
                    yield Freed(
                        key=change.key, node=holder, minutes=minutes * part, share=change.backfill_share.value
                    )


def _services(
    change: ServiceTimeChange, network: Network, stages: Stages
) -> Iterator[tuple[tuple[int, ...], float, float, int]]:
    """Yield (which way, minutes without changes, mean of one, node) for each node and kind of people."""
    tables = network.flow.tables
    for name in change.nodes:
        node = network.node(name)
        mine = (stages.node == node) & ~np.isnan(stages.time_service_end)
        count = np.bincount(stages.kind[mine], minlength=tables.service.shape[1])
        for kind in np.flatnonzero(count):
            mean = mean_of_row(tables, int(tables.service[node, kind]))
            mean *= float(tables.service_scale[node, kind])
            yield (node, int(kind)), float(count[kind]) * mean, mean, node


def _delays(
    change: DelayChange, network: Network, stages: Stages
) -> Iterator[tuple[tuple[int, ...], float, float, int]]:
    """Yield the same for each way and kind, where the place is kept during the delay."""
    tables, exits = network.flow.tables, network.exit_names
    for name in change.from_nodes:
        node = network.node(name)
        for end in change.to_nodes:
            target = -1 - exits.index(end) if end in exits else network.node(end)
            mine = (stages.node == node) & (stages.next == target)
            count = np.bincount(stages.kind[mine], minlength=tables.service.shape[1])
            for kind in np.flatnonzero(count):
                row = int(tables.route_row[node, kind, 0])
                edges = tables.edge[tables.route_start[row] : tables.route_start[row + 1]]
                there = (edges[:, at.EDGE_TARGET] == target) & (edges[:, at.EDGE_DELAY] >= 0)
                there &= edges[:, at.EDGE_HOLDS] == 1
                for edge in edges[there]:
                    mean = mean_of_row(tables, int(edge[at.EDGE_DELAY]))
                    yield (node, target, int(kind)), float(count[kind]) * mean, mean, node


def together(freed: Iterable[Freed]) -> list[Freed]:
    """Return the time that each change freed at each node, once."""
    found: dict[tuple[str, int, float], float] = {}
    for one in freed:
        key = (one.key, one.node, one.share)
        found[key] = found.get(key, 0.0) + one.minutes
    return [Freed(key=k, node=n, minutes=m, share=s) for (k, n, s), m in found.items()]


def freed_by_places(
    change: CapacityChange, node: int, added: float, network: Network, stages: Stages, totals: Totals
) -> Iterator[Freed]:
    """Yield what places added at a node freed upstream, where a full node blocks those before it."""
    flow = network.flow
    if added <= 0.0 or flow.nodes.internal_limit[node] >= at.UNLIMITED or change.backfill_share.value <= 0.0:
        return
    units = float(flow.tables.uses[node].mean())
    coming = (stages.next == node) & ~np.isnan(stages.time_service_end)
    blocked = (stages.time_leave[coming] - stages.time_service_end[coming]).sum() / totals.minutes
    wanted = float(totals.occupied[node]) / totals.minutes + float(blocked) * units
    places = float(totals.places[node]) / totals.minutes
    spread = float(np.sqrt(max(wanted * units, 1e-9)))
    fewer = _beyond(places - added, wanted, spread) - _beyond(places, wanted, spread)
    minutes = fewer / units * totals.minutes
    for holder, part in holders(node, network, flows_between(network, stages), upstream=True).items():
        yield Freed(key=change.key, node=holder, minutes=minutes * part, share=change.backfill_share.value)


def _beyond(places: float, mean: float, spread: float) -> float:
    """Return E[(N - places)+] of a normal N."""
    z = (places - mean) / spread
    density = float(np.exp(-0.5 * z * z) / np.sqrt(2.0 * np.pi))
    return spread * (density - z * float(ndtr(-z)))


def flows_between(network: Network, stages: Stages) -> FloatArray:
    """Return how many went from each node to each other, (N, N), of the stages of a month."""
    n = len(network.node_names)
    onward = stages.next >= 0
    ways = stages.node[onward].astype(np.int64) * n + stages.next[onward]
    return np.bincount(ways, minlength=n * n).reshape(n, n).astype(np.float64)


def holders(
    node: int, network: Network, flows: FloatArray, upstream: bool = False, depth: int = 0
) -> dict[int, float]:
    """Return at which nodes the places are held of those at a node, with the part of each.

    Args:
        node: The node.
        network: The network.
        flows: Where people came from, as `flows_between` has it.
        upstream: Whether to look before the node even where people there hold places of its own.
        depth: How many nodes lie behind already.
    """
    if not upstream and not network.flow.nodes.holds_upstream[node]:
        return {node: 1.0}
    came = flows[:, node]
    found: dict[int, float] = {}
    for before in np.flatnonzero(came) if depth < _DEEPEST else ():
        for holder, part in holders(int(before), network, flows, depth=depth + 1).items():
            found[holder] = found.get(holder, 0.0) + part * float(came[before] / came.sum())
    return found


__all__ = ["Freed", "flows_between", "freed_by_places", "freed_by_time", "holders", "together"]
