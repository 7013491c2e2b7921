"""What people do when they have to wait, and how a node answers: clocks, balking, escalation, places used."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence

import numpy as np
from numpy.typing import NDArray

from sim.care.durations import Durations
from sim.care.schema import NetworkFile, Node
from sim.care.values import Kind, Values
from sim.kernels import flow_layout as at
from sim.kernels.flow_layout import FlowNetwork


class Conduct:
    """Compiles these keys of one file's nodes.

    Args:
        file: The file.
        durations: Takes the times of waiting.
        targets: Index of each node, and -1 - i of exit i, by name.
        kinds: Levels of each kind of person.
    """

    def __init__(
        self, file: NetworkFile, durations: Durations, targets: Mapping[str, int], kinds: Sequence[Kind]
    ) -> None:
        self.nodes = file.nodes
        self.durations = durations
        self.values: Values = durations.values
        self.targets = targets
        self.kinds = kinds

    def clocks(self) -> NDArray[np.int64]:
        """Row of the time until reneging, worsening, death and overflow, -1 without. Shape (N, K, 4)."""
        rows = np.full((len(self.nodes), len(self.kinds), 4), -1, dtype=np.int64)
        for n, (name, node) in enumerate(self.nodes.items()):
            for which, (word, rule) in enumerate(_rules(node)):
                if rule is not None:
                    for k, kind in enumerate(self.kinds):
                        rows[n, k, which] = self.durations.row(rule.after, f"nodes.{name}.{word}.after", kind)
        return rows

    def clock_to(self) -> NDArray[np.int64]:
        """Target of each of these, NOWHERE without. Shape (N, 4)."""
        targets = np.full((len(self.nodes), 4), at.NOWHERE, dtype=np.int64)
        for n, (name, node) in enumerate(self.nodes.items()):
            for which, (word, rule) in enumerate(_rules(node)):
                if rule is not None and rule.to is not None:
                    targets[n, which] = self._target(rule.to, name, f"nodes.{name}.{word}.to")
            if node.death is not None and targets[n, at.DIES] >= 0:
                self.values.complain(f"nodes.{name}.death.to", node.death.to, "an exit")
        return targets

    def _target(self, to: str, own: str, key: str) -> int:
        if to not in self.targets or to == own:
            self.values.complain(key, to, "another node or an exit", [n for n in self.targets if n != own])
        return self.targets.get(to, at.NOWHERE)

    def worsened_priority(self) -> NDArray[np.int64]:
        """Priority of those who have worsened. Shape (N,)."""
        found = np.zeros(len(self.nodes), dtype=np.int64)
        for n, (name, node) in enumerate(self.nodes.items()):
            rule = node.deterioration
            if rule is None:
                continue
            if (rule.priority is None) == (rule.to is None):
                self.values.complain(
                    f"nodes.{name}.deterioration", "both or neither", "either priority or to"
                )
            if rule.priority is not None:
                key = f"nodes.{name}.deterioration.priority"
                found[n] = self.values.priority(rule.priority, key, self.kinds[0])
        return found

    def balking(self) -> tuple[NDArray[np.float64], NDArray[np.int64]]:
        """Rows of (queue, probability), and each node's first row and end. Shapes (B, 2), (N, 2)."""
        rows: list[tuple[float, float]] = []
        bounds = np.zeros((len(self.nodes), 2), dtype=np.int64)
        for n, (name, node) in enumerate(self.nodes.items()):
            bounds[n, 0] = len(rows)
            steps = []
            for i, entry in enumerate(node.balking):
                key = f"nodes.{name}.balking[{i}]"
                queue = self.values.number(entry.queue, f"{key}.queue", self.kinds[0])
                chance = self.values.number(entry.probability, f"{key}.probability", self.kinds[0])
                if queue < 0 or not 0.0 <= chance <= 1.0:
                    self.values.complain(
                        key, [queue, chance], "a queue of 0 or more, a probability from 0 to 1"
                    )
                steps.append((queue, chance))
            rows += sorted(steps)
            bounds[n, 1] = len(rows)
        return np.array(rows or [(0.0, 0.0)]), bounds

    def escalation(self) -> tuple[NDArray[np.int64], NDArray[np.float64]]:
        """Escalation places, and the multiples at which they open and close. Shapes (N,), (N, 2)."""
        places = np.zeros(len(self.nodes), dtype=np.int64)
        levels = np.ones((len(self.nodes), 2))
        for n, (name, node) in enumerate(self.nodes.items()):
            if node.escalation is None:
                continue
            key = f"nodes.{name}.escalation"
            kind = self.kinds[0]
            places[n] = self.values.whole(node.escalation.places, f"{key}.places", kind)
            levels[n, 0] = self.values.number(node.escalation.open_above, f"{key}.open_above", kind)
            levels[n, 1] = self.values.number(node.escalation.close_below, f"{key}.close_below", kind)
            if not 0.0 <= levels[n, 1] <= levels[n, 0] and not np.isnan(levels[n]).any():
                self.values.complain(key, levels[n].tolist(), "0 <= close_below <= open_above")
        return places, levels

    def uses(self) -> NDArray[np.int64]:
        """Places that one person of a kind uses at first and at last. Shape (N, K, 2)."""
        found = np.ones((len(self.nodes), len(self.kinds), 2), dtype=np.int64)
        for n, (name, node) in enumerate(self.nodes.items()):
            if node.uses is None:
                continue
            for k, kind in enumerate(self.kinds):
                for i, word in enumerate(("initial", "final")):
                    key = f"nodes.{name}.uses.{word}"
                    number = self.values.number(getattr(node.uses, word), key, kind)
                    if math.isnan(number):
                        continue
                    if number < 1 or number != round(number):
                        self.values.complain(key, number, "a whole number, 1 or more")
                        number = 1.0
                    found[n, k, i] = round(number)
                if found[n, k, 0] < found[n, k, 1]:
                    self.values.complain(
                        f"nodes.{name}.uses", found[n, k].tolist(), "final not above initial"
                    )
        return found


def _rules(node: Node):  # type: ignore[no-untyped-def]
    """The node's rules by name, in the order of the kernel's clocks."""
    return (
        ("reneging", node.reneging),
        ("deterioration", node.deterioration),
        ("death", node.death),
        ("overflow", node.overflow),
    )


def returns_to_held_place(network: FlowNetwork) -> NDArray[np.bool_]:
    """Nodes to which somebody may come back while still keeping the place there. Shape (N,).

    A place is kept past service on ways that do not give it back, through nodes that hold upstream; who is
    blocked in front of a node may go to its substitute instead.
    """
    tables, nodes = network.tables, network.nodes
    n = len(network.node_names)
    ways = np.zeros((n, n), dtype=bool)
    for node in range(n):
        for row in np.unique(tables.route_row[node]):
            edges = tables.edge[tables.route_start[row] : tables.route_start[row + 1]]
            keeps = (edges[:, at.EDGE_DELAY] < 0) | (edges[:, at.EDGE_HOLDS] != 0)
            targets = edges[keeps, at.EDGE_TARGET]
            ways[node, targets[targets >= 0]] = True
    for _ in range(n):  # substitutes of substitutes
        for target in range(n):
            other = int(nodes.clock_to[target, at.OVERFLOWS])
            if other >= 0:
                ways[:, other] |= ways[:, target]
    reach = ways.copy()
    for middle in np.flatnonzero(nodes.holds_upstream):
        reach |= np.outer(reach[:, middle], reach[middle])
    return np.asarray(np.diagonal(reach).copy(), dtype=np.bool_)
