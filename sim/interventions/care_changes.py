"""What interventions change in the care network, month by month: service times, delays and routes.

The network is prepared once, with rows of its own for every edge whose delay a scenario may change, so that a
month's tables differ in numbers only. A change of nothing gives the baseline's tables to the bit.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np
import numpy.typing as npt

from sim.care.check import mean_of_row
from sim.care.dated import DatedNetwork
from sim.care.network import Network
from sim.health.calendar import month_start
from sim.interventions.specification import (
    CapacityChange,
    DelayChange,
    RoutingChange,
    ScenarioSpecification,
    ServiceTimeChange,
)
from sim.interventions.ways import (
    hours_inside,
    kinds_of,
    move_people,
    new_targets,
    share_of_way,
    targets_of,
    with_new_edges,
    with_own_times,
)
from sim.kernels import flow_layout as at
from sim.kernels.distribution_parameters import Native, scaled
from sim.kernels.flow import Stages
from sim.kernels.flow_layout import Tables

FloatArray = npt.NDArray[np.float64]
IntArray = npt.NDArray[np.int64]
MINUTES_A_DAY = 1440.0


class CareChanges:
    """The network's tables in each month of a scenario.

    Args:
        network: The baseline's network, in its versions where it has several.
        scenario: What is changed.
        calendar_start: Calendar month of month 0.
    """

    def __init__(
        self, network: Network | DatedNetwork, scenario: ScenarioSpecification, calendar_start: int
    ) -> None:
        kinds = (ServiceTimeChange, DelayChange, RoutingChange)
        self.changes = [change for change in scenario.interventions if isinstance(change, kinds)]
        self.calendar_start = calendar_start
        pressed = [
            item
            for item in scenario.interventions
            if isinstance(item, CapacityChange) and item.opens == "under_pressure"
        ]
        dated = network if isinstance(network, DatedNetwork) else DatedNetwork([(0, network)], calendar_start)
        routings = [change for change in self.changes if isinstance(change, RoutingChange)]
        self.networks = dated.map(lambda one: _own_rows(one, routings)) if self.changes else dated
        if pressed:
            self.networks = self.networks.map(lambda one: _with_levels(one, pressed))
        self.network = self.networks.first
        self._moved: tuple[int, dict[str, dict[int, FloatArray]]] = (-1, {})
        """The last month that was asked for, and whom each change of routing moved in it."""

    def tables(self, month: int, before: RoutingChange | None = None) -> Tables:
        """Return the tables in force in one month of the run (negative in the burn-in).

        Args:
            month: Month of the run.
            before: Stop before this change: the tables that it finds.
        """
        network = self.networks.at(month)
        base = network.flow.tables
        if month < 0 or not self.changes:
            return base
        found = base._replace(
            service_scale=base.service_scale.copy(), distribution=base.distribution.copy(),
            route_cumulative=base.route_cumulative.copy(),
        )  # fmt: skip
        for change in self.changes:
            if change is before:
                break
            share = change.acting(self.calendar_start + month)
            if share <= 0.0:
                continue
            if isinstance(change, ServiceTimeChange):
                _service(network, found, change, share)
            elif isinstance(change, DelayChange):
                _delay(network, found, change, share)
            else:
                move_people(network, found, change, share)
        return found

    def moved(self, change: RoutingChange, month: int, stages: Stages, kinds: int) -> dict[int, FloatArray]:
        """Return whom a change of routing moved in the month that ended (`route_shares`), found out once.

        Costs and induced demand both ask for it.
        """
        if self._moved[0] != month:
            self._moved = (month, {})
        found = self._moved[1]
        if change.key not in found:
            found[change.key] = route_shares(self, change, month, stages, kinds)
        return found[change.key]


def _own_rows(network: Network, routings: Sequence[RoutingChange]) -> Network:
    """Give every node and kind rows of their own, and every edge with a delay its own distribution.

    Times of the week that share a row go on sharing one, unless a change of routing acts at some of them.
    """
    network = with_own_times(network, routings)
    opened = new_targets(network, routings)
    split = {network.node(name) for change in routings if change.timed for name in change.nodes}
    tables = network.flow.tables
    row_of, owners = _rows_apart(tables.route_row, split)
    starts, cumulative, edges = [0], [], []
    distributions = [tables.distribution]
    added = len(tables.distribution)
    for node, old in owners:
        first, last = int(tables.route_start[old]), int(tables.route_start[old + 1])
        own_cumulative, own = tables.route_cumulative[first:last], tables.edge[first:last].copy()
        if node in opened:
            own_cumulative, own = with_new_edges(own_cumulative, own, opened[node])
        for edge in own:
            if edge[at.EDGE_DELAY] >= 0:
                distributions.append(tables.distribution[edge[at.EDGE_DELAY] : edge[at.EDGE_DELAY] + 1])
                edge[at.EDGE_DELAY] = added
                added += 1
        starts.append(starts[-1] + len(own))
        cumulative.append(own_cumulative)
        edges.append(own)
    changed = tables._replace(
        route_row=row_of, route_start=np.array(starts), route_cumulative=np.concatenate(cumulative),
        edge=np.concatenate(edges), distribution=np.concatenate(distributions),
    )  # fmt: skip
    return replace(network, flow=network.flow._replace(tables=changed))


def _rows_apart(route_row: IntArray, split: set[int]) -> tuple[IntArray, list[tuple[int, int]]]:
    """Return own rows by node, kind and time of the week, and of which node and old row each is.

    They are numbered as they are first met. Times of a node and kind that had one row have one again, unless
    the node is among those to `split`.
    """
    node, kind, time = np.indices(route_row.shape)
    own_time = np.where(np.isin(node, list(split)), time, -1)
    wanted = np.stack([node, kind, route_row, own_time]).reshape(4, -1)
    order = np.ravel_multi_index(
        (wanted[0], wanted[1], wanted[2], wanted[3] + 1),
        (*route_row.shape[:2], int(route_row.max()) + 1, route_row.shape[2] + 1),
    )
    _, first, which = np.unique(order, return_index=True, return_inverse=True)
    number = np.empty(first.size, np.int64)
    number[np.argsort(first)] = np.arange(first.size)
    owners = wanted[[0, 2]][:, np.sort(first)].T.tolist()
    return number[which].reshape(route_row.shape), [(int(node), int(old)) for node, old in owners]


def _with_levels(network: Network, changes: Sequence[CapacityChange]) -> Network:
    """Say from which pressure on places open at nodes that have no escalation of their own."""
    levels = network.flow.tables.escalation.copy()
    for change in changes:
        for name in change.nodes:
            if network.flow.nodes.escalation_places[network.node(name)] == 0:
                levels[network.node(name)] = change.open_above
    tables = network.flow.tables._replace(escalation=levels)
    return replace(network, flow=network.flow._replace(tables=tables))


def factor_of(mean: float, change: ServiceTimeChange | DelayChange, in_force: float) -> float:
    """Return the ratio by which a mean time in minutes changes; never below zero, 1 exactly for no change."""
    affected = change.share.value * in_force
    if change.change == "multiply":
        return max(0.0, 1.0 + (change.amount.value - 1.0) * affected)
    if mean <= 0.0:
        return 1.0
    return max(0.0, 1.0 + change.amount.value * MINUTES_A_DAY * affected / mean)


def _service(network: Network, tables: Tables, change: ServiceTimeChange, in_force: float) -> None:
    for name in change.nodes:
        node = network.node(name)
        for kind in range(tables.service.shape[1]):
            mean = mean_of_row(network.flow.tables, int(tables.service[node, kind]))
            tables.service_scale[node, kind] *= factor_of(mean, change, in_force)


def _delay(network: Network, tables: Tables, change: DelayChange, in_force: float) -> None:
    """Scale the delay of every way between the nodes named; a delay is a time that holds the place."""
    for first, last in _rows(network, change.from_nodes):
        for target in targets_of(network, change.to_nodes):
            for edge in range(first, last):
                row = int(tables.edge[edge, at.EDGE_DELAY])
                if tables.edge[edge, at.EDGE_TARGET] == target and row >= 0:
                    factor = factor_of(mean_of_row(network.flow.tables, row), change, in_force)
                    _scale_row(tables.distribution[row], factor)


def _scale_row(row: FloatArray, factor: float) -> None:
    """Multiply the values of one distribution by a factor, in place, without changing its shape."""
    if factor == 1.0:
        return
    changed = scaled(
        Native(int(row[at.D_FAMILY]), *(float(value) for value in row[at.D_A :])), max(factor, 1e-9)
    )
    row[:] = (changed.family, changed.a, changed.b, changed.c, changed.low, changed.span)


def route_shares(
    changes: CareChanges, change: RoutingChange, month: int, stages: Stages, kinds: int
) -> dict[int, FloatArray]:
    """Return who was moved in a month by a change of routing, by where they went, (K,) each.

    Of those who took a way, the part by which the change raised its share from what it found: exact in
    expectation, also where several changes act on one way, and it takes no draw. Targets are codes of nodes,
    or of exits where they are negative (`targets_of`).

    Args:
        changes: The scenario's network, month by month.
        change: The change.
        month: Month of the run.
        stages: Stages that ended in it.
        kinds: Kinds of people.
    """
    network = changes.networks.at(month)
    base, now = changes.tables(month, before=change), changes.tables(month)
    moved = base._replace(route_cumulative=base.route_cumulative.copy())
    move_people(network, moved, change, change.acting(changes.calendar_start + month))
    weekday = month_start(changes.calendar_start).weekday()
    found: dict[int, FloatArray] = {}
    for name in change.nodes:
        for target in targets_of(network, change.to_destinations):
            mine = np.flatnonzero((stages.node == network.node(name)) & (stages.next == target))
            hour = (stages.time_leave[mine] // 60.0).astype(np.int64) + weekday * 24
            who, count = np.unique(
                np.stack([stages.kind[mine], base.week_slot[hour % at.WEEK_HOURS]]),
                axis=1,
                return_counts=True,
            )
            for kind, slot, number in zip(*who.tolist(), count.tolist(), strict=True):
                way = (network.node(name), kind, slot, target)
                raised = share_of_way(moved, *way) - share_of_way(base, *way)
                part = max(0.0, raised) / max(share_of_way(now, *way), 1e-12)
                found.setdefault(target, np.zeros(kinds))[kind] += number * min(1.0, part)
    return found


def left_on_way(changes: CareChanges, change: RoutingChange, month: int, stages: Stages) -> float:
    """Return those of a month whom a change of routing found on their way and left there.

    Of those who took the way, of the kinds and at the times of the change; what later changes took from it is
    added back by the share of the way that this one left over the share in the end.

    Args:
        changes: The scenario's network, month by month.
        change: The change.
        month: Month of the run.
        stages: Stages that ended in it.
    """
    network = changes.networks.at(month)
    base, now = changes.tables(month, before=change), changes.tables(month)
    after = base._replace(route_cumulative=base.route_cumulative.copy())
    move_people(network, after, change, change.acting(changes.calendar_start + month))
    weekday = month_start(changes.calendar_start).weekday()
    hour = ((stages.time_leave // 60.0).astype(np.int64) + weekday * 24) % at.WEEK_HOURS
    there = np.isin(stages.kind, kinds_of(network, change)) & hours_inside(change)[hour]
    total = 0.0
    for name in change.nodes:
        for target in targets_of(network, change.from_destinations):
            mine = there & (stages.node == network.node(name)) & (stages.next == target)
            marks = np.stack([stages.kind[mine], base.week_slot[hour[mine]]])
            who, count = np.unique(marks, axis=1, return_counts=True)
            for kind, slot, number in zip(*who.tolist(), count.tolist(), strict=True):
                way = (network.node(name), kind, slot, target)
                total += number * share_of_way(after, *way) / max(share_of_way(now, *way), 1e-12)
    return total


def _rows(network: Network, names: Sequence[str]) -> list[tuple[int, int]]:
    tables = network.flow.tables
    found = set()
    for name in names:
        for row in tables.route_row[network.node(name)].ravel():
            found.add((int(tables.route_start[row]), int(tables.route_start[row + 1])))
    return sorted(found)
