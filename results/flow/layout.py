"""Where the boxes of a network diagram stand: columns by distance from the arrivals, few crossings.

Layered drawing after K. Sugiyama, S. Tagawa and M. Toda, IEEE Transactions on Systems, Man, and Cybernetics
11,
1981: ways back are set aside, a node's column is its longest way from an arrival, long ways get a place of
    their
own in each column that they pass, and columns are ordered by the mean place of their neighbours.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from itertools import pairwise
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import networkx as nx

SWEEPS = 24
_PASSING = 0.45
"""Height of a passing line against that of a box."""
Waypoint = tuple[str, str, int]


@dataclass(frozen=True, kw_only=True)
class Layout:
    """Places in units of a column and of a box's height; y grows downwards.

    Attributes:
        at: Column and height of each node's middle.
        ways: Places that a way forward passes, its ends left out, by (from, to).
        back: Ways that run against the columns.
        columns: Number of columns.
        height: From the top of the highest box to the bottom of the lowest.
    """

    at: dict[str, tuple[float, float]]
    ways: dict[tuple[str, str], list[tuple[float, float]]]
    back: set[tuple[str, str]]
    columns: int
    height: float


def layered(graph: nx.DiGraph, sources: list[str], columns_of: Mapping[str, int] | None = None) -> Layout:
    """Lay a network out.

    Args:
        graph: Nodes and ways.
        sources: Nodes to which people come from outside.
        columns_of: The column of each node, where it is not to be found from the ways; all ways then
            lead to a later column.
    """
    back = _ways_back(graph, sources)
    column = dict(columns_of) if columns_of is not None else _columns(graph, back)
    columns: list[list[Any]] = [[] for _ in range(max(column.values(), default=0) + 1)]
    for node in graph:
        columns[column[node]].append(node)
    links: list[tuple[Any, Any]] = []
    passing: dict[tuple[str, str], list[Waypoint]] = {}
    for start, end in graph.edges:
        if (start, end) in back:
            continue
        chain: list[Waypoint] = []
        for between in range(column[start] + 1, column[end]):
            chain.append((start, end, between))
            columns[between].append(chain[-1])
        passing[start, end] = chain
        points = [start, *chain, end]
        links += list(pairwise(points))
    height = _settle(columns, links)
    heights = {item: y for items in columns for item, y in _stacked(items, height)}
    return Layout(
        at={node: (float(column[node]), heights[node]) for node in graph},
        ways={way: [(float(p[2]), heights[p]) for p in chain] for way, chain in passing.items()},
        back=back,
        columns=len(columns),
        height=max(height.values(), default=1.0),
    )


def _ways_back(graph: nx.DiGraph, sources: list[str]) -> set[tuple[str, str]]:
    """Ways that close a ring when one walks in depth from the sources."""
    back, done, open_now = set(), set(), set()

    def walk(node: str) -> None:
        stack = [(node, iter(graph.successors(node)))]
        open_now.add(node)
        while stack:
            here, following = stack[-1]
            for other in following:
                if other in open_now:
                    back.add((here, other))
                elif other not in done:
                    open_now.add(other)
                    stack.append((other, iter(graph.successors(other))))
                    break
            else:
                open_now.discard(here)
                done.add(here)
                stack.pop()

    for node in [*sources, *graph]:
        if node not in done:
            walk(node)
    return back


def _columns(graph: nx.DiGraph, back: set[tuple[str, str]]) -> dict[str, int]:
    """The longest way from an arrival to each node; sources move right, next to what they feed."""
    import networkx as nx

    forward = graph.edge_subgraph([way for way in graph.edges if way not in back]).copy()
    forward.add_nodes_from(graph)
    column: dict[str, int] = {}
    order = list(nx.topological_sort(forward))
    for node in order:
        column[node] = max((column[before] + 1 for before in forward.predecessors(node)), default=0)
    for node in reversed(order):
        after = [column[following] for following in forward.successors(node)]
        if after and not list(forward.predecessors(node)):
            column[node] = max(min(after) - 1, 0)
    return column


def _settle(columns: list[list[Any]], links: list[tuple[Any, Any]]) -> dict[Any, float]:
    """Order each column by the mean place of its neighbours, to and fro; return the wished heights."""
    near: dict[Any, list[Any]] = {item: [] for items in columns for item in items}
    left: dict[Any, list[Any]] = {item: [] for item in near}
    right: dict[Any, list[Any]] = {item: [] for item in near}
    for start, end in links:
        right[start].append(end)
        left[end].append(start)
        near[start].append(end)
        near[end].append(start)
    place = {item: y for items in columns for item, y in _stacked(items, {})}
    for sweep in range(SWEEPS):
        forward = sweep % 2 == 0
        for items in columns if forward else reversed(columns):
            sides = (left if forward else right) if sweep < SWEEPS - 4 else near
            wish = {
                item: sum(place[other] for other in sides[item]) / len(sides[item])
                if sides[item]
                else place[item]
                for item in items
            }
            items.sort(key=lambda item, wish=wish: wish[item])
            place.update(dict(_spread(items, wish)))
    low = min(place.values(), default=0.0)
    return {item: y - low for item, y in place.items()}


def _size(item: Any) -> float:
    return _PASSING if isinstance(item, tuple) else 1.0


def _stacked(items: list[Any], place: dict[Any, float]) -> list[tuple[Any, float]]:
    """The items of a column with their heights: those given, or one below the other."""
    if place:
        return [(item, place[item]) for item in items]
    heights, y = [], 0.0
    for item in items:
        heights.append((item, y + _size(item) / 2))
        y += _size(item)
    return heights


def _spread(items: list[Any], wish: dict[Any, float]) -> list[tuple[Any, float]]:
    """Heights nearest to the wished ones, in least squares, that keep the order and let nothing overlap.

    With gaps taken out the wished heights must not fall: pooling of adjacent violators.
    """
    offset, offsets = 0.0, []
    for index, item in enumerate(items):
        if index:
            offset += (_size(items[index - 1]) + _size(item)) / 2
        offsets.append(offset)
    pools: list[list[float]] = []  # sum, count
    for item, shift in zip(items, offsets, strict=True):
        pools.append([wish[item] - shift, 1.0])
        while len(pools) > 1 and pools[-2][0] / pools[-2][1] > pools[-1][0] / pools[-1][1]:
            total, count = pools.pop()
            pools[-1][0] += total
            pools[-1][1] += count
    levels = [total / count for total, count in pools for _ in range(int(count))]
    return [(item, level + shift) for item, level, shift in zip(items, levels, offsets, strict=True)]
