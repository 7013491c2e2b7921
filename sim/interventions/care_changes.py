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
from sim.interventions.specification import (
    DelayChange,
    RoutingChange,
    ScenarioSpecification,
    ServiceTimeChange,
)
from sim.kernels import flow_layout as at
from sim.kernels.distribution_parameters import Native, scaled
from sim.kernels.flow_layout import Tables

FloatArray = npt.NDArray[np.float64]
MINUTES_A_DAY = 1440.0
MONTHS_A_YEAR = 12


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
        self.calendar_start = calendar_start
        kinds = (ServiceTimeChange, DelayChange, RoutingChange)
        self.changes = [change for change in scenario.interventions if isinstance(change, kinds)]
        dated = network if isinstance(network, DatedNetwork) else DatedNetwork([(0, network)], calendar_start)
        self.networks = dated.map(_own_rows) if self.changes else dated
        self.network = self.networks.first

    def tables(self, month: int) -> Tables:
        """Return the tables in force in one month of the run (negative in the burn-in)."""
        network = self.networks.at(month)
        base = network.flow.tables
        if month < 0 or not self.changes:
            return base
        year, index = divmod(self.calendar_start + month, MONTHS_A_YEAR)
        label = f"{year:04d}-{index + 1:02d}"
        found = base._replace(
            service_scale=base.service_scale.copy(), distribution=base.distribution.copy(),
            route_cumulative=base.route_cumulative.copy(),
        )  # fmt: skip
        for change in self.changes:
            share = change.share_in_force(label) * (1.0 - change.already_delivered)
            if share <= 0.0:
                continue
            if isinstance(change, ServiceTimeChange):
                _service(network, found, change, share)
            elif isinstance(change, DelayChange):
                _delay(network, found, change, share)
            else:
                _route(network, found, change, share)
        return found


def _own_rows(network: Network) -> Network:
    """Give every node and kind rows of their own, and every edge with a delay its own distribution.

    Times of the week that share a row go on sharing one.
    """
    tables = network.flow.tables
    row_of = np.empty_like(tables.route_row)
    starts, cumulative, edges = [0], [], []
    distributions = [tables.distribution]
    added = len(tables.distribution)
    own_row: dict[tuple[int, int, int], int] = {}
    for index in np.ndindex(*row_of.shape):  # node, kind, time of the week
        old = int(tables.route_row[index])
        row_of[index] = own_row.setdefault((index[0], index[1], old), len(own_row))
        if row_of[index] < len(starts) - 1:
            continue
        first, last = int(tables.route_start[old]), int(tables.route_start[old + 1])
        own = tables.edge[first:last].copy()
        for edge in own:
            if edge[at.EDGE_DELAY] >= 0:
                distributions.append(tables.distribution[edge[at.EDGE_DELAY] : edge[at.EDGE_DELAY] + 1])
                edge[at.EDGE_DELAY] = added
                added += 1
        starts.append(starts[-1] + last - first)
        cumulative.append(tables.route_cumulative[first:last])
        edges.append(own)
    changed = tables._replace(
        route_row=row_of, route_start=np.array(starts), route_cumulative=np.concatenate(cumulative),
        edge=np.concatenate(edges), distribution=np.concatenate(distributions),
    )  # fmt: skip
    return replace(network, flow=network.flow._replace(tables=changed))


def _factor(mean: float, change: ServiceTimeChange | DelayChange, in_force: float) -> float:
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
            tables.service_scale[node, kind] *= _factor(mean, change, in_force)


def _delay(network: Network, tables: Tables, change: DelayChange, in_force: float) -> None:
    """Scale the delay of every way between the nodes named; a delay is a time that holds the place."""
    for first, last in _rows(network, change.from_nodes):
        for target in _targets(network, change.to_nodes):
            for edge in range(first, last):
                row = int(tables.edge[edge, at.EDGE_DELAY])
                if tables.edge[edge, at.EDGE_TARGET] == target and row >= 0:
                    factor = _factor(mean_of_row(network.flow.tables, row), change, in_force)
                    _scale_row(tables.distribution[row], factor)


def _scale_row(row: FloatArray, factor: float) -> None:
    """Multiply the values of one distribution by a factor, in place, without changing its shape."""
    if factor == 1.0:
        return
    changed = scaled(
        Native(int(row[at.D_FAMILY]), *(float(value) for value in row[at.D_A :])), max(factor, 1e-9)
    )
    row[:] = (changed.family, changed.a, changed.b, changed.c, changed.low, changed.span)


def _route(network: Network, tables: Tables, change: RoutingChange, in_force: float) -> None:
    """Move part of those who took some ways to others, in proportion to how the others are taken now."""
    chosen = [
        kind
        for kind, levels in enumerate(network.kinds)
        if (not change.age_bands or levels.get("age_band") in change.age_bands)
        and (not change.councils or levels.get("council") in change.councils)
    ]
    moved = change.share.value * in_force * change.substitutes.value
    leaving, arriving = (
        set(_targets(network, names)) for names in (change.from_destinations, change.to_destinations)
    )
    for name in change.nodes:
        for row in np.unique(tables.route_row[network.node(name), chosen]):
            first, last = int(tables.route_start[row]), int(tables.route_start[row + 1])
            shares = np.diff([0.0, *tables.route_cumulative[first:last]])
            targets = tables.edge[first:last, at.EDGE_TARGET]
            away, towards = np.isin(targets, list(leaving)), np.isin(targets, list(arriving))
            if not towards.any() or shares[towards].sum() <= 0.0:
                continue
            shift = shares[away].sum() * moved
            shares[away] *= 1.0 - moved
            shares[towards] += shift * shares[towards] / shares[towards].sum()
            tables.route_cumulative[first:last] = np.cumsum(shares)
            tables.route_cumulative[last - 1] = 1.0


def _rows(network: Network, names: Sequence[str]) -> list[tuple[int, int]]:
    tables = network.flow.tables
    found = set()
    for name in names:
        for row in tables.route_row[network.node(name)].ravel():
            found.add((int(tables.route_start[row]), int(tables.route_start[row + 1])))
    return sorted(found)


def _targets(network: Network, names: Sequence[str]) -> list[int]:
    exits = network.exit_names
    return [-1 - exits.index(name) if name in exits else network.node(name) for name in names]
