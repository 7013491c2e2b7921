"""The diagram of a network: boxes coloured by utilisation, ways as wide as the flow on them."""

from __future__ import annotations

import math
import textwrap
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

from results.figures import GREY, INK, Chart, finish, styled
from results.flow.layout import Layout, layered
from results.flow.tables import FlowTables
from results.wording import number

OUTSIDE = "(outside)"
# Lowest utilisation, fill, letters: the palette from light to dark (the last a
# darker shade of its plum), so that grey prints keep the order.
CLASSES = (
    (0.0, "#D9EFED", INK, "below 70%"),
    (0.70, "#28A197", INK, "70% to 85%"),
    (0.85, "#12436D", "#FFFFFF", "85% to 95%"),
    (0.95, "#5B0F39", "#FFFFFF", "95% and more"),
)
UNLIMITED = ("#FFFFFF", INK, "unlimited places")
MOST_WITH_EXITS = 14
"""Nodes up to which exits have boxes of their own; beyond, each box says how many leave there."""
_BOX, _GAP, _TALL, _ROW = 1.9, 0.8, 0.9, 1.12  # inches
_NAME_LETTERS = 22
_NAME_LINES = 3
_POINTS = 9.5
_LINE = 0.165


@dataclass(frozen=True)
class _Box:
    lines: Sequence[str]
    fill: str
    ink: str
    bold: int


def network_diagram(tables: FlowTables) -> Chart:
    """Draw the network with what went through it."""
    import networkx as nx

    names = list(tables.nodes["node"])
    with_exits = len(names) <= MOST_WITH_EXITS
    exits = list(tables.manifest["network"]["exits"])
    graph, leaving, arriving = nx.DiGraph(), dict.fromkeys(names, 0.0), dict.fromkeys(names, 0.0)
    graph.add_nodes_from(names)
    for row in tables.routes.itertuples(index=False):
        start, end, flow = row[0], row[1], float(row[2])
        if start == OUTSIDE:
            arriving[end] += flow
        elif end in exits and not with_exits:
            leaving[start] += flow
        elif end in names or end in exits:
            graph.add_edge(start, end, flow=flow)
    layout = layered(graph, [name for name in names if arriving[name] > 0])
    boxes = {name: _node_box(tables, name, arriving[name], leaving[name]) for name in names}
    for name in exits:
        if name in graph:
            boxes[name] = _Box([*_wrapped(name.replace("_", " ")), "way out"], "#FFFFFF", INK, 1)
    with styled():
        return _drawn(tables, graph, layout, boxes, arriving)


def _node_box(tables: FlowTables, name: str, arriving: float, leaving: float) -> _Box:
    row = tables.nodes.set_index("node").loc[name]
    share = float(row["utilisation"])
    places = tables.places(name).replace(" on average", "")
    lines = list(_wrapped(tables.label(name)))
    bold = len(lines)
    if math.isnan(share):
        fill, ink, _ = UNLIMITED
        lines.append(f"{number(row['mean_occupied'], 1)} there, unlimited")
    else:
        _, fill, ink, _ = next(one for one in reversed(CLASSES) if share >= one[0])
        lines.append(f"{places} places, {number(100 * share)}% used")
    if leaving > 0:
        lines.append(f"{_per_day(leaving)} a day leave here")
    return _Box(lines, fill, ink, bold)


def _wrapped(label: str) -> list[str]:
    lines = textwrap.wrap(label, _NAME_LETTERS)
    if len(lines) <= _NAME_LINES:
        return lines
    rest = " ".join(lines[_NAME_LINES - 1 :])
    return [*lines[: _NAME_LINES - 1], textwrap.shorten(rest, _NAME_LETTERS, placeholder="…")]


def _per_day(flow: float) -> str:
    return number(flow, 0 if flow >= 20 else 1 if flow >= 1 else 2)


def _drawn(
    tables: FlowTables, graph: Any, layout: Layout, boxes: dict[str, _Box], arriving: dict[str, float]
) -> Chart:
    """Draw boxes and ways."""
    from matplotlib.figure import Figure as Canvas

    lane = 0.28 * len(layout.back)
    width = layout.columns * (_BOX + _GAP) + 0.3
    height = (layout.height + 1.0) * _ROW + lane + 0.6
    width = max(width, 7.5)
    drawing = Canvas(figsize=(width, height))
    axes = drawing.add_axes((0, 0, 1, 1))
    axes.set_xlim(0, width)
    axes.set_ylim(height, 0)
    axes.axis("off")
    left = (width - layout.columns * (_BOX + _GAP) - 0.3) / 2 + _GAP + 0.05
    middle = {
        name: (left + x * (_BOX + _GAP) + _BOX / 2, 0.55 + _ROW / 2 + y * _ROW)
        for name, (x, y) in layout.at.items()
    }
    most = max([flow for *_, flow in graph.edges(data="flow")] + list(arriving.values()), default=1.0) or 1.0
    _draw_ways(axes, graph, layout, middle, most, left, height)
    for name, (x, y) in middle.items():
        _draw_box(axes, boxes[name], x, y)
        if arriving.get(name, 0.0) > 0:
            _draw_arrival(axes, x, y, arriving[name], most)
    _draw_key(axes)
    fullest = tables.nodes.dropna(subset=["utilisation"]).sort_values("utilisation").tail(1)
    title = "How full each node is, and how many people take each way"
    alt = f"{len(tables.nodes)} nodes from left to right by distance from the arrivals. "
    if len(fullest):
        row = fullest.iloc[0]
        alt += f"The fullest is {tables.label(row['node'])}, {100 * row['utilisation']:.0f}% used. "
    alt += "The tables of nodes and of routes hold every number."
    return finish(drawing, "drawn-network", title, alt)


def way_width(flow: float, most: float) -> float:
    """Return how wide a way is drawn, in points: it grows with the square root of the flow."""
    return 0.7 + 5.0 * math.sqrt(max(flow, 0.0) / most)


def _draw_ways(
    axes: Any, graph: Any, layout: Layout, middle: dict[str, Any], most: float, left: float, height: float
) -> None:
    label = graph.number_of_edges() <= 22
    lanes = 0
    for start, end, flow in sorted(graph.edges(data="flow"), key=lambda way: -way[2]):
        (x0, y0), (x1, y1) = middle[start], middle[end]
        if (start, end) in layout.back:
            lanes += 1
            base = height - 0.2 - 0.28 * (lanes - 1)
            right, before = x0 + _BOX / 2, x1 - _BOX / 2
            points = [
                (right, y0), (right + 0.3, y0), (right + 0.3, base),
                (before - 0.4, base), (before - 0.4, y1), (before, y1),
            ]  # fmt: skip
            draw_path(axes, points, way_width(flow, most), straight=True)
            at = ((x0 + x1) / 2, base)
        else:
            passes = [
                (left + x * (_BOX + _GAP) + side, 0.55 + _ROW / 2 + y * _ROW)
                for x, y in layout.ways[start, end]
                for side in (0.0, _BOX)
            ]
            points = [(x0 + _BOX / 2, y0), *passes, (x1 - _BOX / 2, y1)]
            draw_path(axes, points, way_width(flow, most))
            first, second = points[0], points[1]
            at = (first[0] + 0.5 * (second[0] - first[0]), first[1] + 0.5 * (second[1] - first[1]))
        if label:
            axes.annotate(
                _per_day(flow), at, ha="center", va="center", fontsize=_POINTS,
                bbox={"facecolor": "white", "edgecolor": "none", "pad": 0.8}, zorder=4,
            )  # fmt: skip


def draw_path(
    axes: Any, points: list[tuple[float, float]], width: float, straight: bool = False, colour: str = GREY,
    dash: Any = "-",
) -> Any:  # fmt: skip
    """Draw a way from left to right through points, with a head; return the line."""
    from matplotlib.patches import PathPatch, Polygon
    from matplotlib.path import Path as Curve

    vertices, codes = [points[0]], [Curve.MOVETO]
    tip = points[-1]
    points = [*points[:-1], (tip[0] - 0.1, tip[1])]
    for (x0, y0), (x1, y1) in pairwise(points):
        if straight or abs(y1 - y0) < 1e-6:
            vertices.append((x1, y1))
            codes.append(Curve.LINETO)
        else:
            half = (x1 - x0) / 2
            vertices += [(x0 + half, y0), (x1 - half, y1), (x1, y1)]
            codes += [Curve.CURVE4] * 3
    line = PathPatch(
        Curve(vertices, codes), fill=False, lw=width, edgecolor=colour,
        alpha=0.55 if colour == GREY else 0.9, capstyle="butt", joinstyle="round",
        ls=(0, (4, 1.5)) if straight else dash, zorder=1,
    )  # fmt: skip
    axes.add_patch(line)
    head = 0.045 + width * 0.012
    corners = [(tip[0] - 0.13, tip[1] - head), tip, (tip[0] - 0.13, tip[1] + head)]
    axes.add_patch(Polygon(corners, closed=True, facecolor=colour, edgecolor="none", zorder=2))
    return line


def _draw_box(axes: Any, box: _Box, x: float, y: float) -> None:
    from matplotlib.patches import FancyBboxPatch

    out = box.lines[-1] == "way out"
    style = f"round,pad=0,rounding_size={0.3 if out else 0.06}"
    axes.add_patch(
        FancyBboxPatch(
            (x - _BOX / 2, y - _TALL / 2), _BOX, _TALL, boxstyle=style, facecolor=box.fill,
            edgecolor=GREY if out else INK, lw=1.0, ls="--" if out else "-", zorder=3,
        )
    )  # fmt: skip
    top = y - _LINE * (len(box.lines) - 1) / 2
    for index, line in enumerate(box.lines):
        weight = "bold" if index < box.bold else "normal"
        axes.text(x, top + index * _LINE, line, ha="center", va="center", fontsize=_POINTS, color=box.ink,
                  fontweight=weight, zorder=5)  # fmt: skip


def _draw_arrival(axes: Any, x: float, y: float, flow: float, most: float) -> None:
    """A short arrow into the box's upper left, with the number who come from outside in a day."""
    high = y - _TALL * 0.36
    edge = x - _BOX / 2
    draw_path(axes, [(edge - 0.42, high), (edge, high)], way_width(flow, most))
    axes.text(edge - 0.2, high - 0.12, _per_day(flow), ha="center", va="bottom", fontsize=_POINTS, zorder=5,
              bbox={"facecolor": "white", "edgecolor": "none", "pad": 0.5})  # fmt: skip


def _draw_key(axes: Any) -> None:
    """What the colours and the numbers mean."""
    from matplotlib.patches import Rectangle

    axes.text(0.1, 0.16, "Places used:", va="center", fontsize=_POINTS, fontweight="bold")
    x = 1.15
    for fill, words in [*((fill, words) for _, fill, _, words in CLASSES), (UNLIMITED[0], UNLIMITED[2])]:
        axes.add_patch(Rectangle((x, 0.08), 0.2, 0.16, facecolor=fill, edgecolor=INK, lw=0.8))
        axes.text(x + 0.27, 0.16, words, va="center", fontsize=_POINTS)
        x += 0.45 + 0.085 * len(words)
    axes.text(0.1, 0.42, "Numbers on arrows: people a day. Width grows with the square root of the flow.",
              va="center", fontsize=_POINTS)  # fmt: skip
