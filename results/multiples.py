"""Small multiples: a row a measure, a panel a scenario, a dot with its interval in each."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

import numpy as np
import pandas as pd

from results.charts import Naming
from results.figures import (
    GREY,
    INK,
    PALE,
    Chart,
    Marker,
    Series,
    canvas,
    colour_of,
    finish,
    interval_mark,
    styled,
    thousands,
    wrapped,
)
from results.pairing import GREY_VERDICTS

MOST_PANELS = 3
ROW_INCHES = 0.5
HEAD_INCHES = 0.75
ROW_LETTERS = 20
HEAD_LETTERS = {1: 56, 2: 27, 3: 18}
"""Letters in a line of a heading, by how many panels stand side by side."""
BEYOND = 1.35
"""Room beyond the widest clear interval, as a ratio."""


def effect_grid(naming: Naming, rows: pd.DataFrame, looks: dict[str, Series], unit: str) -> Chart:
    """Draw the change of each measure in each scenario, on one scale; longer intervals are cut, with arrows.

    Args:
        naming: Name, title and text alternative.
        rows: Columns group (name of the measure), run, mean, low, high, verdict, text; in the order of rows.
        looks: How each scenario is drawn, in the order of panels.
        unit: Unit of the common axis.
    """
    groups = list(dict.fromkeys(rows["group"]))
    runs = [run for run in looks if (rows["run"] == run).any()]
    bands = math.ceil(len(runs) / MOST_PANELS)
    columns = math.ceil(len(runs) / bands)
    low, high = _limits(rows)
    with styled():
        height = bands * (ROW_INCHES * len(groups) + HEAD_INCHES)
        drawing, axes = canvas(height, bands, columns, sharex=True, sharey=True)
        mark = Marker()
        for panel in axes.flat[len(runs) :]:
            panel.set_visible(False)
        for panel, run in zip(axes.flat, runs, strict=False):
            _panel(panel, rows[rows["run"] == run], groups, looks[run], mark, HEAD_LETTERS[columns])
            panel.set_xlim(low, high)
        for band in axes[:, 0]:
            _names(band, groups)
        axes[-1, 0].set_xlabel(unit, loc="left")
        return finish(drawing, naming.name, naming.title, naming.alt)


def _limits(rows: pd.DataFrame) -> tuple[float, float]:
    """Return axis limits: every clear interval and every mean is in view, wide grey intervals are cut."""
    clear = rows[~rows["verdict"].isin(GREY_VERDICTS)]
    held = np.concatenate([clear[["low", "high"]].to_numpy(float).ravel(), rows["mean"].to_numpy(float)])
    held = held[np.isfinite(held)]
    reach = BEYOND * float(np.abs(held).max(initial=0.0)) or 1.0
    return -reach, reach


def _panel(
    panel: Any, rows: pd.DataFrame, groups: Sequence[str], series: Series, mark: Marker, letters: int
) -> None:
    """Draw one scenario: dots with intervals, the number under each."""
    panel.axvline(0, color=INK, lw=1, zorder=1)
    for row in rows.itertuples():
        y = groups.index(row.group)
        colour = colour_of(series, row.verdict)
        made = interval_mark(panel, (row.mean, y - 0.14), (row.low, row.high), series, colour, cut=True)
        words = panel.annotate(
            row.text, (0.5, y + 0.24), xycoords=("axes fraction", "data"), ha="center", va="center",
            color=INK if colour != GREY else "#4c5a64",
        )  # fmt: skip
        mark(*made, words, run=series.run)
    for y in range(1, len(groups)):
        panel.axhline(y - 0.5, color=PALE, lw=0.8, zorder=0)
    panel.set_ylim(len(groups) - 0.5, -0.5)
    panel.spines["left"].set_visible(False)
    panel.tick_params(axis="y", left=False)
    thousands(panel.xaxis)
    panel.margins(x=0)
    name = panel.set_title(wrapped(series.label, letters), loc="left", fontweight="bold")
    mark(name, run=series.run)


def _names(panel: Any, groups: Sequence[str]) -> None:
    """Write the measures' names beside the rows."""
    names = [wrapped(group, ROW_LETTERS) for group in groups]
    panel.set_yticks(range(len(groups)), names)
