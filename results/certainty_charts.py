"""Charts of certainty and fairness: points on a plane, bars, concentration curves."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd

from results.charts import Naming
from results.figures import (
    GREY,
    INK,
    PALE,
    PALETTE,
    ROW_INCHES,
    Chart,
    Marker,
    Series,
    canvas,
    finish,
    key_inches,
    key_row,
    pad_for,
    styled,
    thousands,
    wrapped,
)

BAR_LETTERS = 34
SQUARE_INCHES = 4.6


def plane(
    naming: Naming,
    points: pd.DataFrame,
    middles: pd.DataFrame,
    looks: dict[str, Series],
    axes_words: tuple[str, str],
) -> Chart:
    """Draw the equity-efficiency plane: a cloud for each scenario, and its middle with both intervals.

    Args:
        naming: Name, title and text alternative.
        points: Columns run, gain, narrowing.
        middles: Columns run, gain, gain_low, gain_high, narrowing, narrowing_low, narrowing_high.
        looks: How each run is drawn.
        axes_words: What gain and narrowing are, with units.
    """
    drawn = [looks[run] for run in dict.fromkeys(middles["run"])]
    with styled():
        drawing, axes = canvas(SQUARE_INCHES + key_inches(drawn))
        panel, mark = axes[0, 0], Marker()
        for row in middles.itertuples():
            series = looks[row.run]
            mine = points[points["run"] == row.run]
            look: dict[str, Any] = {"color": series.colour, "marker": series.marker, "ls": ""}
            made = panel.plot(mine["gain"], mine["narrowing"], ms=4, mfc="white", mew=0.8, alpha=0.8, **look)
            made += panel.plot([row.gain], [row.narrowing], ms=10, mew=1.6, zorder=4, **look)
            made += panel.plot([row.gain_low, row.gain_high], [row.narrowing] * 2, color=series.colour, lw=2)
            upright = [row.narrowing_low, row.narrowing_high]
            made += panel.plot([row.gain] * 2, upright, color=series.colour, lw=2)
            mark(*made, run=row.run)
        both = pd.concat([points, middles])
        panel.set_xlim(*pad_for(both, ["gain", "gain_low", "gain_high"]))
        panel.set_ylim(*pad_for(both, ["narrowing", "narrowing_low", "narrowing_high"]))
        _quadrants(panel)
        panel.set_xlabel(axes_words[0], loc="left")
        panel.set_ylabel(axes_words[1])
        key_row(drawing, drawn, lines=False)
        return finish(drawing, naming.name, naming.title, naming.alt)


def _quadrants(panel: Any) -> None:
    """Draw the lines of no change and name the corners."""
    panel.axhline(0, color=INK, lw=1, zorder=1)
    panel.axvline(0, color=INK, lw=1, zorder=1)
    for x, y, words in (
        (0.99, 0.98, "better, smaller gap"), (0.99, 0.02, "better, larger gap"),
        (0.01, 0.98, "worse, smaller gap"), (0.01, 0.02, "worse, larger gap"),
    ):  # fmt: skip
        panel.text(
            x, y, words, transform=panel.transAxes, color=GREY, ha="right" if x > 0.5 else "left",
            va="top" if y > 0.5 else "bottom",
        )  # fmt: skip
    thousands(panel.xaxis)
    thousands(panel.yaxis)


def bars(naming: Naming, rows: pd.DataFrame, unit: str, middle: float = 0.0, run: str = "") -> Chart:
    """Draw a bar for each row about a middle, with its words beside it: a tornado, or contributions.

    Args:
        naming: Name, title and text alternative.
        rows: Columns name, start, end, low, high (NaN: no interval of the end), grey, text; from the top.
        unit: Of the values.
        middle: Where the line stands.
        run: The scenario that it is of, for the page's selectors.
    """
    names = [wrapped(str(name), BAR_LETTERS) for name in rows["name"]]
    tall = max(name.count("\n") for name in names) + 1 if names else 1
    with styled():
        drawing, axes = canvas(ROW_INCHES * (0.75 + 0.65 * tall) * max(len(rows), 2) + 0.8)
        panel, mark = axes[0, 0], Marker()
        for place, row in enumerate(rows.itertuples()):
            fill, edge = ("white", GREY) if row.grey else (PALETTE[0], INK)
            look: dict[str, Any] = {"color": fill, "edgecolor": edge, "height": 0.6}
            made = list(panel.barh([place], [row.end - row.start], left=[row.start], **look))
            if np.isfinite([row.low, row.high]).all():
                made += panel.plot([row.low, row.high], [place, place], color=INK, lw=1.6)
            beside = {"xycoords": ("axes fraction", "data"), "va": "center"}
            made.append(panel.annotate(row.text, (1.01, place), **beside))
            mark(*made, run=run)
        panel.axvline(middle, color=INK, lw=1)
        panel.set_yticks(range(len(names)), names)
        panel.set_ylim(len(names) - 0.4, -0.6)
        panel.tick_params(axis="y", length=0)
        panel.grid(axis="x", color=PALE, zorder=0)
        panel.set_axisbelow(True)
        thousands(panel.xaxis)
        panel.set_xlabel(unit, loc="left")
        return finish(drawing, naming.name, naming.title, naming.alt)


def curves(naming: Naming, rows: pd.DataFrame, looks: dict[str, Series]) -> Chart:
    """Draw concentration curves against the line of equality.

    Args:
        naming: Name, title and text alternative.
        rows: Columns run, people, value: shares from 0 to 1, in order.
        looks: How each run is drawn.
    """
    runs = list(dict.fromkeys(rows["run"]))
    drawn = [looks[run] for run in runs]
    with styled():
        drawing, axes = canvas(SQUARE_INCHES + key_inches(drawn))
        panel, mark = axes[0, 0], Marker()
        panel.plot([0, 100], [0, 100], color=INK, lw=1)
        panel.annotate("equal shares", (60, 57), color=INK, rotation=0)
        for run in runs:
            mine, series = rows[rows["run"] == run], looks[run]
            x, y = [0.0, *(100 * mine["people"])], [0.0, *(100 * mine["value"])]
            mark(*panel.plot(x, y, color=series.colour, ls=series.dash, marker=series.marker, ms=5), run=run)
        panel.set_xlim(0, 100)
        panel.set_ylim(0, 100)
        panel.set_xlabel("People, % from the most deprived on", loc="left")
        panel.set_ylabel("Share of the total, %")
        key_row(drawing, drawn, lines=True)
        return finish(drawing, naming.name, naming.title, naming.alt)
