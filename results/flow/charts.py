"""The charts of a network run alone: places in use and queues through time, and Welch's plot."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from results.figures import GREY, INK, PALE, PALETTE, Chart, canvas, finish, styled, thousands
from results.flow.tables import FlowTables

if TYPE_CHECKING:
    import pandas as pd

MOST_PANELS = 8
_MOST_POINTS = 160
_PANEL_INCHES = 1.75
SERIES = ("occupied", "queue", "blocked")


def shown_nodes(tables: FlowTables) -> list[str]:
    """Nodes drawn through time: all of a small network, else those under most strain.

    Strain is counted as people waiting or blocked on average, then utilisation.
    """
    nodes = tables.nodes
    if len(nodes) <= MOST_PANELS:
        return list(nodes["node"])
    strain = (nodes["mean_queue"] + nodes["mean_blocked"]).round(1)
    order = nodes.assign(strain=strain).sort_values(["strain", "utilisation"], ascending=False)
    chosen = set(order["node"].head(MOST_PANELS))
    return [node for node in nodes["node"] if node in chosen]


def thinned(series: pd.DataFrame, most: int) -> pd.DataFrame:
    """One node's series with neighbouring cells averaged so that at most `most` are left."""
    block = -(-len(series) // most)
    groups = np.arange(len(series)) // block
    first = series.groupby(groups)["day"].first()
    numbers = series.drop(columns=["node", "measured"]).groupby(groups).mean()
    return numbers.assign(day=first, measured=series["measured"].groupby(groups).first())


def series_chart(tables: FlowTables) -> Chart:
    """Places in use on the left, people waiting and blocked on the right; a row per node."""
    nodes = shown_nodes(tables)
    warm_up = float(tables.settings["warm_up"])
    with styled():
        drawing, axes = canvas(_PANEL_INCHES * len(nodes) + 0.7, len(nodes), 2, sharex=True)
        for row, node in zip(axes, nodes, strict=True):
            part = thinned(tables.series[tables.series["node"] == node], _MOST_POINTS)
            _line(row[0], part, "occupied", PALETTE[0], "-")
            _line(row[1], part, "queue", PALETTE[2], "-")
            if part["blocked"].any():
                _line(row[1], part, "blocked", PALETTE[3], (0, (5, 1.5)))
            row[0].set_title(tables.label(node), loc="left", fontweight="bold")
            row[1].set_title(
                "Waiting" + (" (line), blocked (dashes)" if part["blocked"].any() else ""), loc="left"
            )
            for panel in row:
                _shade(panel, warm_up)
                panel.set_ylim(bottom=0.0, top=max(panel.get_ylim()[1], 1.0))
                thousands(panel.yaxis)
        for panel in axes[-1]:
            panel.set_xlabel("Day (grey: warm-up)", loc="left")
            panel.set_xlim(0.0, warm_up + float(tables.settings["days"]))
        title = "Places in use, and people waiting and blocked, through time"
        alt = (
            f"For each of {len(nodes)} nodes, the mean over {tables.settings['replicates']} "
            f"replicates with its 95% "
            "interval, from the first day on. The table below holds the numbers."
        )
        return finish(drawing, "drawn-series", title, alt)


def _line(panel: Any, part: pd.DataFrame, name: str, colour: str, dash: Any) -> None:
    """A mean with its interval."""
    if part[f"{name}_low"].notna().any():
        panel.fill_between(
            part["day"], part[f"{name}_low"], part[f"{name}_high"], color=colour, alpha=0.2, lw=0
        )
    panel.plot(part["day"], part[name], color=colour, lw=1.6, ls=dash)


def _shade(panel: Any, warm_up: float) -> None:
    if warm_up > 0:
        panel.axvspan(0.0, warm_up, color=PALE, lw=0, zorder=0)


def welch_chart(tables: FlowTables) -> Chart:
    """Welch's plot: people in the network, the moving average of their mean, given and suggested warm-up."""
    rows = tables.number_in_system
    block = -(-len(rows) // (2 * _MOST_POINTS))
    rows = rows.iloc[::block]
    found = tables.manifest["warm_up"]
    given, suggested = float(found["given_days"]), found["suggested_days"]
    with styled():
        drawing, axes = canvas(3.6)
        panel = axes[0, 0]
        if rows["low"].notna().any():
            panel.fill_between(rows["day"], rows["low"], rows["high"], color=PALETTE[0], alpha=0.15, lw=0)
        panel.plot(rows["day"], rows["in_system"], color=GREY, lw=0.9)
        panel.plot(rows["day"], rows["moving_average"], color=PALETTE[0], lw=2.4)
        panel.axhline(float(found["level"]), color=PALETTE[2], lw=1.2, ls=(0, (5, 2)))
        panel.set_xlim(0.0, float(tables.number_in_system["day"].iloc[-1]))
        panel.set_ylim(bottom=0.0, top=panel.get_ylim()[1] * 1.18)
        _upright(panel, given, "warm-up given", INK, 0.97)
        if suggested is not None and suggested > 0:
            _upright(panel, float(suggested), "suggested", PALETTE[2], 0.87)
        panel.set_xlabel("Day", loc="left")
        panel.set_title("People in the network", loc="left")
        thousands(panel.yaxis)
        title = "Warm-up: when the network has filled (Welch's plot)"
        alt = (
            f"The moving average of the people in the network, over replicates, against the day; "
            f"its later level is "
            f"{found['level']:.4g}. The warm-up given is {given:g} days"
            + (f", the one suggested {suggested:g} days." if suggested is not None else ".")
        )
        return finish(drawing, "drawn-warm-up", title, alt)


def _upright(panel: Any, day: float, words: str, colour: str, height: float) -> None:
    """An upright line with its words, on the side where there is room."""
    low, high = panel.get_xlim()
    right = day < low + 0.75 * (high - low)
    panel.axvline(day, color=colour, lw=1.4)
    panel.annotate(
        f"{words}: day {day:g}", (day, height), xycoords=("data", "axes fraction"),
        xytext=(6 if right else -6, 0), textcoords="offset points", ha="left" if right else "right", va="top",
        color=colour, bbox={"facecolor": "white", "edgecolor": "none", "pad": 1, "alpha": 0.85},
    )  # fmt: skip
