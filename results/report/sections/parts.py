"""A combined scenario by its parts: the waterfall of an attribution that lies beside the runs."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pandas as pd

from results.charts import Naming
from results.economics.waterfall import INTERACTION, PART, WHOLE, attributions, read_attribution, waterfall
from results.figures import GREY, INK, PALE, PALETTE, ROW_INCHES, Chart, canvas, finish, styled, thousands
from results.measures.registry import measures
from results.report.blocks import Context, Figure, Row, Table, estimate
from results.report.sections.shared import spoken
from results.wording import Estimate

BAR = 0.6
WORDS = {INTERACTION: "Interaction of the parts", WHOLE: "The whole scenario"}


def by_parts(context: Context) -> list[Figure]:
    """Return a waterfall for each measure of each attribution that lies with the runs; none without one."""
    return [
        figure
        for folder in attributions(context.comparison)
        for figure in waterfalls(folder, read_attribution(folder))
    ]


def waterfalls(folder: Path, table: pd.DataFrame) -> list[Figure]:
    """Return the waterfall of each measure of an attribution."""
    bars = waterfall(table)
    return [_figure(folder.name, str(measure), mine) for measure, mine in bars.groupby("measure", sort=False)]


def _called(measure: str) -> tuple[str, str]:
    """Return what a measure is called, and its unit."""
    known = measures().get(measure)
    return (known.label, known.unit) if known else (spoken(measure), "pounds a year")


def _figure(folder: str, measure: str, bars: pd.DataFrame) -> Figure:
    """Return one measure's waterfall with its table."""
    label, unit = _called(measure)
    whole = next(row for row in bars.itertuples() if row.bar == WHOLE)
    parts = bars[bars["bar"] == PART]
    largest = parts.loc[parts["shapley"].abs().idxmax()]
    told = estimate(whole, "value").text(signed=True)
    share = Estimate(largest["shapley"], largest["shapley_low"], largest["shapley_high"]).text(signed=True)
    naming = Naming(
        f"parts_{folder}_{measure}",
        f"{label}: {told} {unit} in all; the largest part: {spoken(str(largest['part'])).lower()}, {share}",
        f"Bars one below the other: what each part changes alone in {label.lower()}, the interaction between "
        "parts, and the whole; a diamond beside each part is its Shapley share.",
    )
    note = (
        f"Differences from baseline, {unit}, an average year. Bars: each part alone, then the interaction, "
        "which takes their sum to the whole. Diamonds: Shapley shares (a part's mean contribution over all "
        "orders of adding the parts), which add up to the whole without it."
    )
    return Figure(
        chart=_draw(naming, bars, f"{label} ({unit})"), table=_table(naming.name, label, bars), note=note
    )


def _draw(naming: Naming, bars: pd.DataFrame, axis: str) -> Chart:
    """Draw the bars from top to bottom, each beginning where the one before ends."""
    with styled():
        drawing, axes = canvas(ROW_INCHES * (1.6 * len(bars) + 2) + 0.5)
        panel = axes[0, 0]
        for place, row in enumerate(bars.itertuples()):
            _bar(panel, place, row)
            if place + 1 < len(bars):
                panel.plot([row.end, row.end], [place, place + 1], color=GREY, lw=1, ls=":", zorder=1)
        panel.axvline(0, color=INK, lw=1)
        panel.set_yticks(range(len(bars)), [_name(row) for row in bars.itertuples()])
        panel.invert_yaxis()
        panel.set_xlabel(axis, loc="left")
        panel.grid(axis="x", color=PALE, zorder=0)
        panel.set_axisbelow(True)
        panel.tick_params(left=False)
        thousands(panel.xaxis)
        return finish(drawing, naming.name, naming.title, naming.alt)


def _bar(panel: Any, place: int, row: Any) -> None:
    """Draw one bar with its interval, its Shapley share and its figure."""
    colour = {PART: PALETTE[1], INTERACTION: "white", WHOLE: GREY}[row.bar]
    hatch = "///" if row.bar == INTERACTION else None
    panel.barh(place, row.end - row.start, left=row.start, height=BAR, color=colour, edgecolor=INK,
               hatch=hatch, zorder=2)  # fmt: skip
    if row.low == row.low:
        shift = row.end - row.value
        panel.plot([row.low + shift, row.high + shift], [place, place], color=INK, lw=1.6, zorder=3)
    if row.bar == PART:
        panel.plot([row.start + row.shapley], [place], marker="D", ms=6, color=INK, mfc="white", zorder=4)
    text = Estimate(row.value, row.low, row.high).text(signed=True)
    panel.annotate(text, (1.01, place), xycoords=("axes fraction", "data"), va="center")


def _name(row: Any) -> str:
    """Return what a bar is called."""
    return WORDS.get(row.bar, spoken(str(row.part)))


def _table(name: str, label: str, bars: pd.DataFrame) -> Table:
    """Return the bars as a table."""
    rows = [
        Row(
            [_name(row), Estimate(row.value, row.low, row.high).text(signed=True),
             Estimate(row.shapley, row.shapley_low, row.shapley_high).text(signed=True)
             if row.bar == PART else "not of one part"]
        )
        for row in bars.itertuples()
    ]  # fmt: skip
    return Table(
        name=name, caption=f"{label}: what each part contributes, an average year",
        head=["Part", "Alone (95% interval)", "Shapley share (95% interval)"], rows=rows, frame=bars,
        headers=1,
    )  # fmt: skip
