"""What the names in a file alone say of its structure, for files of which something else is wrong already.

Misspelt names count as the names that are nearest to them, so that one slip is not told as many.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from sim.care.problems import Complaints
from sim.care.schema import NetworkFile, Route
from sim.parameters.errors import nearest_name


def check_outline(file: NetworkFile, complaints: Complaints) -> None:
    """Complain about nodes that nobody can reach, or from which no way leads to an exit.

    Args:
        file: The file, as far as it could be read.
        complaints: Takes the problems.
    """
    if not file.exits:
        complaints.add("exits", "none", "at least one exit")
    names = [*file.nodes, *file.exits]

    def meant(name: str) -> str | None:
        return name if name in names else nearest_name(name, names)

    ways: dict[str, set[str | None]] = {node: set() for node in file.nodes}
    for node, routes in file.routes.items():
        start = meant(node)
        if start in ways:
            ways[start] |= {meant(to) for to, route in routes.items() if not _closed(route)}
    for node, declared in file.nodes.items():
        ways[node] |= {meant(to) for to in _named_targets(declared.model_dump())}
    sources = {meant(name) for name in file.arrivals} & set(file.nodes) or set(file.nodes)
    seen = _reach(sources, ways)
    for node in file.nodes:
        if node not in seen:
            complaints.add(f"nodes.{node}", "no arrivals and no route to it", "a node that can be reached")
        elif ways[node] and None not in (found := _reach({node}, ways)) and not found & set(file.exits):
            complaints.add(f"routes.{node}", "no way to an exit", "a way to an exit from every node")


def _closed(route: Any) -> bool:
    """Whether a way is never taken."""
    return (route.probability if isinstance(route, Route) else route) == 0.0


def _named_targets(declared: Any) -> Iterator[str]:
    """Names to which a node's own rules send people: `divert_to`, and every `to`."""
    if isinstance(declared, dict):
        for key, value in declared.items():
            if key in ("to", "divert_to") and isinstance(value, str):
                yield value
            else:
                yield from _named_targets(value)
    elif isinstance(declared, list):
        for value in declared:
            yield from _named_targets(value)


def _reach(start: set[Any], ways: dict[str, set[str | None]]) -> set[Any]:
    seen, ahead = set(start), list(start)
    while ahead:
        for node in ways.get(ahead.pop(), set()) - seen:
            seen.add(node)
            ahead.append(node)
    return seen
