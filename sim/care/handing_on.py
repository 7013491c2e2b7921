"""Rules under which people could be handed round a ring of nodes for ever without any time passing."""

from __future__ import annotations

import networkx as nx

from sim.care.problems import Complaints
from sim.care.schema import Distribution, DistributionBy, NetworkFile

RULES = ("reneging", "deterioration", "overflow")


def check_rings(file: NetworkFile, complaints: Complaints) -> None:
    """Complain about a ring of rules that send people on after a waiting time of nothing.

    Two full nodes whose patience is nothing would send somebody to and fro within one instant.

    Args:
        file: The file, all of whose names are right.
        complaints: Takes the problems.
    """
    graph = nx.DiGraph()
    rules: dict[tuple[str, str], str] = {}
    for name, node in file.nodes.items():
        for word in RULES:
            rule = getattr(node, word)
            to = getattr(rule, "to", None)
            if to in file.nodes and _may_be_nothing(rule.after):
                graph.add_edge(name, to)
                rules[name, to] = word
    for ring in nx.simple_cycles(graph):
        first, second = ring[0], ring[1 % len(ring)]
        way = " to ".join([*ring, first])
        complaints.add(
            f"nodes.{first}.{rules[first, second]}.after", "a time of 0",
            f"a time above 0 somewhere on the way {way}: people would go round it without time passing",
        )  # fmt: skip


def _may_be_nothing(after: Distribution | DistributionBy) -> bool:
    """Whether a fixed time of nothing is among the times."""
    if isinstance(after, DistributionBy):
        times = [*after.values.values(), *([after.default] if after.default else [])]
        return any(_may_be_nothing(one) for one in times)
    return after.value == 0.0 or any(_may_be_nothing(part) for part in after.of or ())
