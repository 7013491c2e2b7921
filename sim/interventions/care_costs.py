"""What changes to the care network cost in a month, by payer: a year in force, an episode, a place-day.

A change of routing is paid by those whom it moved (an episode) or by all whom it put through it (handled).

Only the departure from the baseline costs more: what is `already_delivered` is in the baseline's own costs.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from sim.care.network import Network
from sim.interventions.added_places import added_places
from sim.interventions.care_changes import CareChanges, left_on_way
from sim.interventions.specification import (
    CapacityChange,
    Cost,
    DelayChange,
    RoutingChange,
    ScenarioSpecification,
    ServiceTimeChange,
)
from sim.kernels.flow import Stages, Totals

MONTHS_A_YEAR = 12
CareChange = CapacityChange | DelayChange | RoutingChange | ServiceTimeChange


@dataclass(frozen=True, kw_only=True)
class CareCost:
    """One intervention's month."""

    key: str
    episodes: float
    """Episodes that it touched; of a change of routing, people whom it moved."""
    pounds: dict[str, float]
    """By payer."""


class CareCosts:
    """Costs of the interventions of a scenario that act on the network.

    Args:
        scenario: What is changed.
        network: The network that it changes.
        calendar_start: Calendar month of month 0.
        tables: The network's tables month by month, which tell whom a change of routing moved.
    """

    def __init__(
        self, scenario: ScenarioSpecification, network: Network, calendar_start: int, tables: CareChanges
    ) -> None:
        self.changes = [item for item in scenario.interventions if isinstance(item, CareChange)]
        self.network = network
        self.tables = tables
        self.calendar_start = calendar_start

    def of_month(self, month: int, stages: Stages, totals: Totals, days: int) -> Iterator[CareCost]:
        """Yield what each intervention touched and cost in a month.

        Args:
            month: Month of the run.
            stages: Stages that ended in it.
            totals: Its integrals: which places were open.
            days: Days of the month.
        """
        for change in self.changes:
            share = change.acting(self.calendar_start + month)
            if share > 0.0:
                episodes = self._episodes(change, share, month, stages)
                pounds: dict[str, float] = {}
                for cost in change.costs:
                    units = (
                        self._handled(change, episodes, share, month, stages)
                        if cost.per == "handled"
                        else self._units(cost, change, episodes, share, days, month, totals)
                    )
                    amount = units * cost.amount.value
                    pounds[cost.payer] = pounds.get(cost.payer, 0.0) + amount
                yield CareCost(key=change.key, episodes=episodes, pounds=pounds)

    def _units(
        self, cost: Cost, change: CareChange, episodes: float, share: float, days: int, month: int,
        totals: Totals,
    ) -> float:  # fmt: skip
        if cost.per == "year":
            return share / MONTHS_A_YEAR
        if cost.per == "place_day":
            return days * self._places(change, share, month, totals)
        if isinstance(change, RoutingChange):  # who comes because there is somewhere to go costs as much
            return episodes * (1.0 + change.induced_share.value)
        return episodes

    def _handled(self, change: CareChange, moved: float, share: float, month: int, stages: Stages) -> float:
        """Return those put through a change of routing, moved or not: `share` of all who came to the way.

        Not those moved over `substitutes`: where that is small or nothing, so few are moved that they do not
        tell how many were tried. Those who come because it is there are handled too.
        """
        if not isinstance(change, RoutingChange):
            return 0.0
        found = moved + left_on_way(self.tables, change, month, stages)
        return found * change.share.value * share * (1.0 + change.induced_share.value)

    def _places(self, change: CareChange, share: float, month: int, totals: Totals) -> float:
        """Places open on average that a change of capacity adds, over its nodes; none for other changes."""
        if not isinstance(change, CapacityChange):
            return 0.0
        return sum(
            added_places(change, self.network, node, share, month, self.calendar_start, totals)
            for node in self._nodes(change.nodes)
        )

    def _episodes(self, change: CareChange, share: float, month: int, stages: Stages) -> float:
        """Stages of the month that the change acts on, by the share of it that is in force."""
        if isinstance(change, RoutingChange):  # the tables have the share in force in them
            moved = self.tables.moved(change, month, stages, len(self.network.kinds))
            return float(sum(kinds.sum() for kinds in moved.values()))
        if isinstance(change, CapacityChange):
            return share * float(np.isin(stages.node, self._nodes(change.nodes)).sum())
        if isinstance(change, ServiceTimeChange):
            return share * change.share.value * float(np.isin(stages.node, self._nodes(change.nodes)).sum())
        away, towards = self._nodes(change.from_nodes), self._targets(change.to_nodes)
        touched = np.isin(stages.node, away) & np.isin(stages.next, towards)
        return share * change.share.value * float(touched.sum())

    def _nodes(self, names: tuple[str, ...]) -> npt.NDArray[np.int64]:
        """Return the nodes named; pooled services are none."""
        known = [name for name in names if name in self.network.node_names]
        return np.array([self.network.node(name) for name in known], np.int64)

    def _targets(self, names: tuple[str, ...]) -> npt.NDArray[np.int64]:
        exits = self.network.exit_names
        return np.array(
            [-1 - exits.index(name) if name in exits else self.network.node(name) for name in names], np.int64
        )
