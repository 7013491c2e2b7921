"""The picture of the care network by kind of care, and the chain by which one blocks the next."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import pandas as pd

from results.charts import Naming, month_axis, shade_winters
from results.figures import (
    GREY,
    INK,
    Chart,
    Marker,
    Series,
    canvas,
    finish,
    key_inches,
    key_row,
    styled,
    thousands,
    wrapped,
)
from results.flow.diagram import draw_path, way_width
from results.flow.layout import Layout, layered
from results.pairing import GREY_VERDICTS
from results.report.pathway import Place
from results.wording import number

BOX, STEP, TALL, ROW, BAR = 1.24, 1.84, 0.64, 0.8, 0.34  # inches
LETTERS = 13
MORE, LESS = "#801650", "#12436D"
"""Colours of more and of fewer people; fewer is dashed as well, so that a grey print tells them apart."""
DASHED = (0, (2.2, 1.1))
PANEL_INCHES = 1.35


def pathway_picture(naming: Naming, ways: pd.DataFrame, places: dict[str, Place]) -> Chart:
    """Draw the network once, from home on the left to home again on the right.

    Args:
        naming: Name, title and text alternative.
        ways: Rows of one scenario: start, end, baseline (people a day), percent, verdict.
        places: The kinds of care; those without a way are left out.
    """
    import networkx as nx

    graph = nx.DiGraph()
    used = set(ways["start"]) | set(ways["end"])
    graph.add_nodes_from(key for key in places if key in used)
    graph.add_edges_from(zip(ways["start"], ways["end"], strict=True))
    columns = {key: places[key].column for key in graph}
    layout = layered(graph, ["home"], columns)
    with styled():
        return finish(_drawn(ways, places, layout), naming.name, naming.title, naming.alt)


def _drawn(ways: pd.DataFrame, places: dict[str, Place], layout: Layout) -> Any:
    """Draw boxes, ways and the key."""
    from matplotlib.figure import Figure as Canvas
    from matplotlib.patches import FancyBboxPatch, Rectangle

    inner = {key: at for key, at in layout.at.items() if key not in {"home", "home_again"}}
    width = BAR * 2 + STEP * 5 + 1.05
    height = (layout.height + 1) * ROW + 0.45
    drawing = Canvas(figsize=(width, height))
    axes = drawing.add_axes((0, 0, 1, 1))
    axes.set_xlim(0, width)
    axes.set_ylim(height, 0)
    axes.axis("off")
    middle = {key: (BAR + 0.95 + BOX / 2 + (x - 1) * STEP, 0.8 + y * ROW) for key, (x, y) in inner.items()}
    bars = {"home": (0.05, "Home"), "home_again": (width - BAR - 0.05, "Home again")}
    for left, words in bars.values():
        axes.add_patch(Rectangle((left, 0.45), BAR, height - 0.55, facecolor="#F2F5F7", edgecolor=INK, lw=1))
        axes.text(left + BAR / 2, height / 2, words, rotation=90, ha="center", va="center", fontweight="bold")
    most = float(ways["baseline"].max())
    for row in ways.sort_values("baseline", ascending=False).itertuples():
        _draw_way(axes, row, layout, middle, most, width)
    for key, (x, y) in middle.items():
        style = "round,pad=0,rounding_size=0.06"
        axes.add_patch(
            FancyBboxPatch((x - BOX / 2, y - TALL / 2), BOX, TALL, boxstyle=style, facecolor="white",
                           edgecolor=INK, lw=1.1, zorder=3)
        )  # fmt: skip
        words = wrapped(places[key].label, LETTERS)
        axes.text(x, y, words, ha="center", va="center", zorder=5, linespacing=1.0, fontsize=12)
    _draw_key(axes, width)
    return drawing


def _draw_way(
    axes: Any, row: Any, layout: Layout, middle: dict[str, tuple[float, float]], most: float, width: float
) -> None:
    """Draw one way with people a day, and the change where it is clear."""
    passes = [
        (BAR + 0.95 + (x - 1) * STEP + side, 0.8 + y * ROW)
        for x, y in layout.ways[row.start, row.end]
        for side in (0.0, BOX)
    ]
    last = (middle[row.end][0] - BOX / 2, middle[row.end][1]) if row.end in middle else None
    first = (middle[row.start][0] + BOX / 2, middle[row.start][1]) if row.start in middle else None
    if first is None:
        first = (0.05 + BAR, (passes[0] if passes else last or (0.0, 0.0))[1])
    if last is None:
        last = (width - BAR - 0.05, (passes[-1] if passes else first)[1])
    grey = row.verdict in GREY_VERDICTS or row.verdict == "no_interval"
    colour = GREY if grey else MORE if row.change > 0 else LESS
    dash = "-" if grey or row.change > 0 else DASHED
    draw_path(axes, [first, *passes, last], way_width(row.baseline, most), colour=colour, dash=dash)
    text = _a_day(row.baseline)
    if not grey:
        text += f"\n{number(row.percent, 1 if abs(row.percent) < 10 else 0, signed=True)}%"
    before = passes[-1] if passes else first
    at = ((before[0] + last[0]) / 2, (before[1] + last[1]) / 2)
    if row.start == "home":
        at = (last[0] - 0.36, last[1]) if abs(before[1] - last[1]) < 0.2 else at
    axes.text(*at, text, ha="center", va="center", fontsize=12, zorder=6, linespacing=0.95,
              color=INK if grey else colour, fontweight="normal" if grey else "bold",
              bbox={"facecolor": "white", "edgecolor": "none", "pad": 0.6, "alpha": 0.85})  # fmt: skip


def _a_day(flow: float) -> str:
    """Return people a day."""
    return number(flow, 0 if flow >= 20 else 1)


def _draw_key(axes: Any, width: float) -> None:
    """What colours and numbers mean."""
    x = 0.05
    for words, colour, dash in (
        ("more than the baseline", MORE, "-"), ("fewer", LESS, DASHED), ("no clear change", GREY, "-"),
    ):  # fmt: skip
        axes.plot([x, x + 0.45], [0.2, 0.2], color=colour, ls=dash, lw=4)
        axes.text(x + 0.53, 0.2, words, va="center")
        x += 0.75 + 0.095 * len(words)
    axes.text(x + 0.1, 0.2, "numbers: people a day; per cent: change", va="center")


def chain_chart(
    naming: Naming,
    panels: Sequence[tuple[str, pd.DataFrame]],
    months: Sequence[str],
    looks: dict[str, Series],
) -> Chart:
    """Draw measures month by month one below the other on one time axis, a line a run, winters shaded.

    Args:
        naming: Name, title and text alternative.
        panels: Panel title, and rows with columns run, period, value.
        months: Labels 'YYYY-MM'.
        looks: How each run is drawn.
    """
    with styled():
        looked = list(looks.values())
        drawing, axes = canvas(
            PANEL_INCHES * len(panels) + 0.4 + key_inches(looked), len(panels), 1, sharex=True
        )
        mark = Marker()
        for place, (title, frame) in enumerate(panels):
            panel = axes[place, 0]
            shade_winters(panel, list(months))
            for run, rows in frame.groupby("run", sort=False):
                y = rows.set_index("period")["value"].reindex(list(months)).to_numpy(dtype=float)
                look = looks[str(run)]
                mark(
                    *panel.plot(np.arange(len(months)), y, color=look.colour, ls=look.dash, zorder=3),
                    run=str(run),
                )
            panel.set_title(f"{place + 1}. {title}", loc="left", fontweight="bold")
            panel.set_xlim(-0.5, len(months) - 0.5)
            thousands(panel.yaxis)
        month_axis(axes[-1, 0], list(months))
        key_row(drawing, looked, lines=True)
        return finish(drawing, naming.name, naming.title, naming.alt)
