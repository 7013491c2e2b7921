"""The care network of one run: the flow kernel, its calendar of places, and what interventions change."""

from __future__ import annotations

import datetime
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from sim.care.dated import DatedNetwork
from sim.care.network import Network
from sim.care.windows import Window, overlay
from sim.kernels.flow import FlowState, Stages, Totals
from sim.kernels.flow_layout import UNLIMITED

FloatArray = npt.NDArray[np.float64]
IntArray = npt.NDArray[np.int64]
DEATH, DEPARTURE = 1, 2
"""Reasons for which a resident is taken out of the network."""


@dataclass(frozen=True, kw_only=True)
class PlaceRule:
    """How the places of one node differ from its calendar, month by month."""

    node: int
    factor: FloatArray
    """(months + 1,) multiplier; index 0 is the burn-in."""
    added: FloatArray
    """(months + 1,) places added where any are open."""
    carries: bool = False
    """Whether what rounding leaves is carried to the next opening: slots, whose sum matters."""
    windows: tuple[Window, ...] = ()
    """Times of the week at which places differ further."""
    pressure: FloatArray | None = None
    """(months + 1,) places added under pressure, beyond those of the network's own escalation."""


class CareSystem:
    """One network at work.

    Args:
        network: The network, with the scenario's routes, times and delays, in its versions if it has several.
        key: The two words of `replicate_key`.
        start: Date of minute 0 (first day of month 0).
        opening: Minute at which the clock starts, negative.
        rules: How places differ from the calendar.
        unlimited: Whether every node has unlimited places and queues.
    """

    BURNT_IN = ("state",)

    def __init__(
        self,
        network: Network | DatedNetwork,
        key: tuple[int, int],
        start: datetime.date,
        opening: float,
        rules: Sequence[PlaceRule] = (),
        unlimited: bool = False,
    ) -> None:
        self.networks = network if isinstance(network, DatedNetwork) else DatedNetwork([(0, network)], 0)
        self.network = network = self.networks.first
        self._of_kinds: dict[tuple[str, ...], IntArray] = {}
        self.start = start
        self.unlimited = unlimited
        self.rules: Mapping[int, PlaceRule] = {rule.node: rule for rule in rules}
        flow = network.flow
        if unlimited:
            everywhere = np.full(len(network.node_names), UNLIMITED, np.int64)
            flow = flow._replace(
                nodes=flow.nodes._replace(
                    places=everywhere, external_limit=everywhere, internal_limit=everywhere
                )
            )
        self.state = FlowState(
            flow, entity_capacity=120_000, log_capacity=400_000, key=key, start=opening,
            weekday=start.weekday(),
        )  # fmt: skip

    @property
    def names(self) -> tuple[str, ...]:
        """Names of the nodes, by index."""
        return self.network.node_names

    def set_month(self, month: int, first: float, last: float) -> None:
        """Announce the places of a month: the calendar, changed by the rules.

        Args:
            month: Month of the run; negative in the burn-in.
            first: Minute at which it starts.
            last: Minute at which it ends.
        """
        if self.unlimited:
            return
        times, nodes, counts = self.networks.at(month).place_changes(first, last, self.start)
        for node, rule in self.rules.items():
            mine = (nodes == node) & (counts > 0) & (counts < UNLIMITED)
            index = min(max(0, month + 1), rule.factor.size - 1)
            exact = counts[mine] * rule.factor[index] + rule.added[index]
            changed = np.diff(np.rint(np.cumsum(exact)), prepend=0.0) if rule.carries else np.rint(exact)
            counts[mine] = np.maximum(0, changed).astype(np.int64)
            if rule.pressure is not None:
                own = int(self.network.flow.nodes.escalation_places[node])
                self.state.set_escalation(node, own + round(rule.pressure[index]))
        for node, rule in self.rules.items():
            if rule.windows and month >= 0:  # before, no scenario acts
                mine = nodes == node
                laid = overlay(times[mine], counts[mine], rule.windows, month, last, self.start)
                times, counts = (
                    np.concatenate([old[~mine], new]) for old, new in zip((times, counts), laid, strict=True)
                )
                nodes = np.concatenate([nodes[~mine], np.full(laid[0].size, node)])
        self.state.add_place_changes(times, nodes, counts)

    def close(self, nodes: Sequence[int]) -> None:
        """Close nodes from now until places are next announced: a waiting list fills before it is served."""
        if not self.unlimited:
            self.state.add_place_changes([self.state.time] * len(nodes), list(nodes), [0] * len(nodes))

    def take_month(self) -> tuple[Stages, Totals]:
        """Hand over the month's finished stages, lent until the network runs on, and its integrals."""
        stages, totals = self.state.take_log(lent=True), self.state.totals()
        self.state.reset_totals()
        return stages, totals

    def nodes_of(self, *kinds: str) -> IntArray:
        """Return the indices of the nodes of these kinds of care."""
        if kinds not in self._of_kinds:
            found = sorted(i for kind in kinds for i in self.network.nodes_where(kind))
            self._of_kinds[kinds] = np.array(found, np.int64)
        return self._of_kinds[kinds]
