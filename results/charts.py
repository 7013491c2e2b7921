"""The kinds of chart that the report uses; each takes tidy rows and returns a finished chart."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from results.figures import (
    GREY,
    INK,
    PALE,
    ROW_INCHES,
    Chart,
    Marker,
    Series,
    canvas,
    colour_of,
    finish,
    interval_mark,
    key_inches,
    key_row,
    lines_of,
    pad_for,
    spread_labels,
    styled,
    thousands,
    wrapped,
)

LEAST_RANGE = 0.05
# Height of a line of 12 points in rows of `ROW_INCHES`.
NAME_LINE = 0.78
# Width of a letter of 12 points, a little above the mean, to find where the longest name begins.
NAME_POINTS_A_LETTER = 6.6
END_LETTERS = 18
LABEL_INCHES = 0.21
WINTER = ("12", "01", "02")


@dataclass(frozen=True)
class Naming:
    """What a chart is called and what it says."""

    name: str
    title: str
    alt: str


def dot_rows(naming: Naming, panels: Sequence[tuple[str, pd.DataFrame]], looks: dict[str, Series]) -> Chart:
    """Draw dots with intervals: a block of rows for each group, a row for each scenario.

    Args:
        naming: Name, title and text alternative.
        panels: Axis label and rows with columns group, run, mean, low, high, verdict, text; the same groups
            and runs in each panel.
        looks: How each run is drawn.
    """
    first = panels[0][1]
    groups = list(dict.fromkeys(first["group"]))
    places, y = {}, 0.0
    for group in groups:
        y += 1.25
        for run in first.loc[first["group"] == group, "run"]:
            # A name on several lines takes as many; its dot is beside their middle.
            tall = max(1.0, NAME_LINE * lines_of(wrapped(looks[run].label)))
            places[group, run] = y + (tall - 1) / 2
            y += tall
    with styled():
        drawing, axes = canvas(ROW_INCHES * (y + 1) + 0.7, 1, len(panels), sharey=True)
        mark = Marker()
        for panel, (label, rows) in zip(axes[0], panels, strict=True):
            _draw_rows(panel, rows, places, looks, mark)
            panel.set_xlabel(label, loc="left")
            panel.set_ylim(y, -0.2)
            panel.patch.set_visible(False)
        _name_rows(axes[0, 0], groups, places, looks, mark)
        return finish(drawing, naming.name, naming.title, naming.alt)


def _draw_rows(
    panel: Any, rows: pd.DataFrame, places: dict[Any, float], looks: dict[str, Series], mark: Marker
) -> None:
    """Draw the dots of one panel, each with its number written at the right edge."""
    low, high = pad_for(rows, ["mean", "low", "high"])
    panel.set_xlim(low, high)
    panel.axvline(0, color=INK, lw=1, zorder=1)
    for row in rows.itertuples():
        series, y = looks[row.run], places[row.group, row.run]
        made = interval_mark(
            panel, (row.mean, y), (row.low, row.high), series, colour_of(series, row.verdict)
        )
        words = panel.annotate(row.text, (1.01, y), xycoords=("axes fraction", "data"), va="center")
        mark(*made, words, run=row.run)
    panel.spines["left"].set_visible(False)
    panel.tick_params(left=False)
    panel.grid(axis="x", color=PALE, zorder=0)
    panel.set_axisbelow(True)
    thousands(panel.xaxis)


def _name_rows(
    panel: Any, groups: list[str], places: dict[Any, float], looks: dict[str, Series], mark: Marker
) -> None:
    """Write group names in bold, from the left edge of the names, and the scenario's name beside each row."""
    panel.set_yticks([])
    names = {run: wrapped(looks[run].label) for _, run in places}
    reach = NAME_POINTS_A_LETTER * max(len(line) for name in names.values() for line in name.split("\n")) + 8
    for group in groups:
        mine = [(run, y) for (name, run), y in places.items() if name == group]
        head = min(y - NAME_LINE * (lines_of(names[run]) - 1) / 2 for run, y in mine) - 0.95
        # The name runs on over the drawing, where no dots are; white keeps the lines behind it apart.
        panel.annotate(
            group,
            (0, head),
            xycoords=("axes fraction", "data"),
            xytext=(-reach, 0),
            textcoords="offset points",
            ha="left",
            va="center",
            fontweight="bold",
            bbox={"facecolor": "white", "edgecolor": "none", "pad": 1},
            zorder=5,
        )
        for run, y in mine:
            lines = names[run].split("\n")
            for number, line in enumerate(lines):
                # A line at a time: every font then ends each at the same place.
                words = panel.annotate(
                    line,
                    (0, y + NAME_LINE * (number - (len(lines) - 1) / 2)),
                    xycoords=("axes fraction", "data"),
                    xytext=(-8, 0),
                    textcoords="offset points",
                    ha="right",
                    va="center",
                )
                mark(words, run=run)


def monthly(
    naming: Naming, levels: pd.DataFrame, changes: pd.DataFrame, looks: dict[str, Series], unit: str
) -> Chart:
    """Draw a measure month by month: levels above, paired differences with intervals below, winters shaded.

    Args:
        naming: Name, title and text alternative.
        levels: Columns run, period, value.
        changes: Columns run, period, difference, low, high.
        looks: How each run is drawn.
        unit: Unit of the value.
    """
    months = list(dict.fromkeys(levels["period"]))
    with styled():
        names = [wrapped(look.label, END_LETTERS) for look in looks.values()]
        # Each panel is tall enough for every name at the end of its line.
        panel_inches = max(2.4, LABEL_INCHES * sum(map(lines_of, names)) + 0.4)
        tall = 0.8 + panel_inches * (2 if not changes.empty else 1)
        drawing, axes = canvas(tall, 2 if not changes.empty else 1, 1, sharex=True)
        mark = Marker()
        for panel in axes[:, 0]:
            shade_winters(panel, months)
        ends = _monthly_lines(axes[0, 0], levels, months, looks, mark)
        axes[0, 0].set_title(f"Level: {unit}", loc="left")
        _label_ends(axes[0, 0], ends, len(months), looks, mark)
        if not changes.empty:
            _monthly_changes(axes[1, 0], changes, months, looks, mark)
            axes[1, 0].set_title(f"Difference from baseline, with 95% interval: {unit}", loc="left")
        month_axis(axes[-1, 0], months)
        return finish(drawing, naming.name, naming.title, naming.alt)


def shade_winters(panel: Any, months: list[str]) -> None:
    """Shade December to February."""
    for index, month in enumerate(months):
        if month[-2:] in WINTER:
            panel.axvspan(index - 0.5, index + 0.5, color=PALE, lw=0, zorder=0)
    thousands(panel.yaxis)


def _monthly_lines(
    panel: Any, levels: pd.DataFrame, months: list[str], looks: dict[str, Series], mark: Marker
) -> dict[str, float]:
    """Draw a line a run; return the height at which each ends."""
    ends = {}
    for run, rows in levels.groupby("run", sort=False):
        series = looks[str(run)]
        y = rows.set_index("period")["value"].reindex(months).to_numpy()
        line = panel.plot(range(len(months)), y, color=series.colour, ls=series.dash, zorder=3)
        mark(*line, run=str(run))
        ends[str(run)] = float(y[-1])
    panel.set_xlim(-0.5, len(months) - 0.5)
    return ends


def _monthly_changes(
    panel: Any, changes: pd.DataFrame, months: list[str], looks: dict[str, Series], mark: Marker
) -> None:
    """Draw each scenario's monthly difference with its band."""
    panel.axhline(0, color=GREY, lw=1.5, zorder=1)
    ends = {}
    for run, rows in changes.groupby("run", sort=False):
        series = looks[str(run)]
        by_month = rows.set_index("period").reindex(months)
        x = np.arange(len(months))
        band = panel.fill_between(
            x, by_month["low"], by_month["high"], color=series.colour, alpha=0.18, lw=0, zorder=2
        )
        line = panel.plot(x, by_month["difference"], color=series.colour, ls=series.dash, zorder=3)
        mark(band, *line, run=str(run))
        ends[str(run)] = float(by_month["difference"].iloc[-1])
    _label_ends(panel, ends, len(months), looks, mark)


def _label_ends(
    panel: Any, ends: dict[str, float], count: int, looks: dict[str, Series], mark: Marker
) -> None:
    """Write each run's name at the end of its line, moved apart where they would overlap."""
    low, high = panel.get_ylim()
    names = {run: wrapped(looks[run].label, END_LETTERS) for run in ends}
    tall = panel.get_subplotspec().get_gridspec().nrows
    inches = (panel.figure.get_size_inches()[1] - 0.8) / tall - 0.3
    # All names are as far apart as the one with most lines asks.
    gap = LABEL_INCHES * max(map(lines_of, names.values())) / inches * (high - low)
    placed = spread_labels(list(ends.values()), gap)
    for (run, end), y in zip(ends.items(), placed, strict=True):
        words = panel.annotate(
            names[run],
            (count - 1, end),
            xytext=(count + 0.03 * count, y),
            va="center",
            linespacing=1.0,
            annotation_clip=False,
            arrowprops={
                "arrowstyle": "-",
                "color": looks[run].colour,
                "lw": 1.4,
                "shrinkA": 2,
                "shrinkB": 0,
                "relpos": (0, 0.5),
            },
        )
        mark(words, run=run)


def month_axis(panel: Any, months: list[str]) -> None:
    """Name each January and the first month."""
    import calendar

    wanted = [index for index, month in enumerate(months) if month[-2:] == "01"] or [0]
    panel.set_xticks(wanted, [f"{calendar.month_abbr[int(months[i][-2:])]} {months[i][:4]}" for i in wanted])


def year_lines(naming: Naming, panels: Sequence[tuple[str, pd.DataFrame]], looks: dict[str, Series]) -> Chart:
    """Draw small multiples: one panel a measure, a line a run over the years.

    Args:
        naming: Name, title and text alternative.
        panels: Panel title and rows with columns run, period, value.
        looks: How each run is drawn.
    """
    columns = 2
    rows = -(-len(panels) // columns)
    with styled():
        drawing, axes = canvas(2.1 * rows + 0.6 + key_inches(list(looks.values())), rows, columns)
        mark = Marker()
        for panel in axes.flat[len(panels) :]:
            panel.set_visible(False)
        for panel, (title, frame) in zip(axes.flat, panels, strict=False):
            years = list(dict.fromkeys(frame["period"]))
            for run, part in frame.groupby("run", sort=False):
                series = looks[str(run)]
                y = part.set_index("period")["value"].reindex(years)
                drawn = panel.plot(years, y, color=series.colour, ls=series.dash, marker=series.marker, ms=6)
                mark(*drawn, run=str(run))
            panel.set_title(title, loc="left", fontweight="bold")
            thousands(panel.yaxis)
            shown = range(0, len(years), 2 if len(years) > 3 else 1)
            panel.set_xticks(list(shown), [years[index] for index in shown])
            panel.margins(x=0.08, y=0.15)
            _widen(panel, LEAST_RANGE)
        key_row(drawing, list(looks.values()), lines=True)
        return finish(drawing, naming.name, naming.title, naming.alt)


def _widen(panel: Any, share: float) -> None:
    """Make the vertical axis span at least a share of its middle, so that noise looks like noise."""
    low, high = panel.get_ylim()
    middle = (low + high) / 2
    half = max((high - low) / 2, abs(middle) * share / 2)
    panel.set_ylim(middle - half, middle + half)


def by_fifth(
    naming: Naming, levels: pd.DataFrame, changes: pd.DataFrame, looks: dict[str, Series], unit: str
) -> Chart:
    """Draw a measure by deprivation fifth: levels on the left, paired differences on the right.

    Args:
        naming: Name, title and text alternative.
        levels: Columns run, level ('1'..'5'), value, low, high.
        changes: Columns run, level, difference, low, high, verdict.
        looks: How each run is drawn.
        unit: Unit of the value.
    """
    runs = list(dict.fromkeys(levels["run"]))
    step = 0.8 / max(len(runs), 1)
    place = {run: (index - (len(runs) - 1) / 2) * step for index, run in enumerate(runs)}
    with styled():
        tall = ROW_INCHES * 5 * max(len(runs), 2) + 1.3 + key_inches([looks[run] for run in runs])
        drawing, axes = canvas(tall, 1, 2, sharey=True)
        mark = Marker()
        for row in levels.itertuples():
            series = looks[row.run]
            at = (row.value, int(row.level) + place[row.run])
            made = interval_mark(axes[0, 0], at, (row.low, row.high), series, series.colour)
            mark(*made, run=row.run, fifth=row.level)
        for row in changes.itertuples():
            series = looks[row.run]
            at = (row.difference, int(row.level) + place[row.run])
            made = interval_mark(axes[0, 1], at, (row.low, row.high), series, colour_of(series, row.verdict))
            mark(*made, run=row.run, fifth=row.level)
        _fifth_axes(axes[0], unit)
        key_row(drawing, [looks[run] for run in runs], lines=False)
        return finish(drawing, naming.name, naming.title, naming.alt)


def _fifth_axes(axes: Any, unit: str) -> None:
    """Name the fifths and both panels."""
    names = ["1: most\ndeprived", "2", "3", "4", "5: least\ndeprived"]
    axes[0].set_yticks(range(1, 6), names)
    axes[0].set_ylim(5.6, 0.4)
    axes[0].set_title("Level", loc="left", fontweight="bold")
    axes[1].set_title("Difference from baseline", loc="left", fontweight="bold")
    axes[1].axvline(0, color=INK, lw=1, zorder=1)
    for panel in axes:
        panel.set_xlabel(unit, loc="left")
        thousands(panel.xaxis)
        for fifth in range(1, 5):
            panel.axhline(fifth + 0.5, color=PALE, lw=1, zorder=0)
        panel.tick_params(axis="y", length=0)
