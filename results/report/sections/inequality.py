"""Section 4: measures by deprivation fifth, absolute and relative inequality together."""

from __future__ import annotations

import math

import pandas as pd

from results import charts
from results.charts import Naming
from results.inequality import QUANTITIES
from results.measures.registry import measure
from results.report.blocks import (
    Context,
    Figure,
    Section,
    Table,
    difference_table,
    estimate,
    is_clear,
    is_grey,
)
from results.report.sections.fairness import concentration_figure, group_tables, plane_figures
from results.report.sections.life_gaps import life_gap_blocks
from results.report.sections.shared import dots, fifth_name
from results.wording import Estimate, number

UNEQUAL = (
    "emergency_admission_rate",
    "ed_attendance_rate",
    "bed_day_rate",
    "nctr_day_rate",
    "four_hour_share",
    "death_rate",
    "gp_appointments_per_person",
    "community_contacts_per_person",
)
UNEQUAL_CHARTS = UNEQUAL[:6]
LIVES = ("life_expectancy_birth", "life_expectancy_65")
# A ratio closer to one than this is no gap to speak of, and per cents of it mean nothing.
LEAST_GAP = 0.02
CRUDE = (
    "Rates are per head of each fifth and are not adjusted for age. Where the most deprived fifths are "
    "younger than the "
    "least deprived, as in most areas, the gaps shown here are smaller than gaps between people of the "
    "same age."
)


def inequality(context: Context) -> Section:
    """Return section 4: the measures by fifth, with absolute and relative inequality together."""
    section = Section(
        key="inequality",
        title="Inequality",
        lead=[
            "People are grouped by the deprivation of the small area where they live (Index of Multiple "
            "Deprivation "
            "2019), from fifth 1, the most deprived in England, to fifth 5, the least.",
            "Absolute and relative gaps are shown together because they can move in opposite directions: "
            "the same "
            "per cent change in every fifth narrows the absolute gap and leaves the relative gap as it was.",
            CRUDE,
        ],
    )
    figures = [_gaps(context), *plane_figures(context), *(_fifths(context, name) for name in UNEQUAL_CHARTS)]
    figures += [concentration_figure(context), *group_tables(context), *life_gap_blocks(context)]
    section.blocks += [figure for figure in figures if figure is not None]
    return section


def _fifths(context: Context, name: str) -> Figure | None:
    """Return one measure by fifth."""
    comparison, year = context.comparison, context.last_year
    found = measure(name)
    levels = comparison.levels(name, "quintile").loc[lambda part: part["period"] == year]
    if levels.empty:
        return None
    changes = context.changes([name], "quintile")
    naming = Naming(
        f"{name}_by_fifth",
        f"{found.label}: {_ratio_finding(context, name)}; {_gap_finding(context, name)}",
        f"{found.label} by deprivation fifth in {year}, and each scenario's difference from baseline.",
    )
    chart = charts.by_fifth(naming, levels, changes, context.looks, found.unit)
    changes["key"] = changes["level"].map(fifth_name)
    table = difference_table(
        naming.name, f"{found.label} by fifth in {year} ({found.unit})", changes, "Fifth", fifths=True
    )
    return Figure(chart=chart, table=table, note=f"{year}. {found.definition}")


def _ratio_finding(context: Context, name: str) -> str:
    """Return how fifths differ in the baseline, or that they do not clearly."""
    ratio = _baseline_ratio(context, name)
    if ratio.has_interval and ratio.low <= 1 <= ratio.high:
        return "no clear difference between the most and least deprived fifths"
    # Every repeat of a sample keeps the same people: its interval does not hold who they happen to be.
    where = " in this sample" if context.comparison.scale < 1 else ""
    return f"most deprived fifth {number(ratio.mean, 2)} times the least deprived{where}"


def _baseline_ratio(context: Context, name: str) -> Estimate:
    """Return the ratio of the most to the least deprived fifth in the baseline's last year."""
    rows = context.comparison.levels(name, "inequality")
    rows = rows[(rows["run"] == context.baseline_name) & (rows["level"] == "relative_gap")]
    rows = rows[rows["period"] == context.last_year]
    return next((estimate(row, "value") for row in rows.itertuples()), Estimate(math.nan))


def _gap_finding(context: Context, name: str) -> str:
    """Return which scenario changes a measure's absolute gap most, or that none clearly does."""
    if not context.comparison.scenarios:
        return f"in {context.last_year}"
    rows = context.changes([name], "inequality")
    rows = rows[rows["level"] == "absolute_gap"]
    clear = rows[rows["verdict"].map(is_clear)].sort_values("percent", key=abs, ascending=False)
    if clear.empty:
        return "no scenario clearly changes the gap"
    top = next(clear.itertuples())
    verb = "narrows" if top.better else "widens"
    if _sure_percent(rows).loc[top.Index]:
        return f"{top.label} {verb} the gap by {number(abs(top.percent), 1 if abs(top.percent) < 10 else 0)}%"
    return f"{top.label} {verb} the gap by {number(abs(top.difference), 1)} {_unit(name)}"


def _unit(name: str) -> str:
    """Return the unit of a difference: shares differ by percentage points."""
    return "percentage points" if measure(name).is_share else measure(name).unit


def _sure_percent(rows: pd.DataFrame) -> pd.Series:
    """Whether the per cent is sure; where a gap is about nothing it is not, however sure the change."""
    return (rows["percent_low"] > 0) | (rows["percent_high"] < 0)


def _gap_panels(context: Context, frame: pd.DataFrame) -> list[tuple[str, pd.DataFrame]]:
    """Return the dots of the absolute gap and of the ratio, for measures that have a gap to speak of."""
    ratios = frame[frame["level"] == "relative_gap"]
    spread = set(ratios[(ratios["baseline"] - 1).abs() > LEAST_GAP]["measure"])
    found = {name: _baseline_ratio(context, name) for name in UNEQUAL_CHARTS if name in spread}
    # Of a gap that may be nothing, per cents are anything.
    wanted = [name for name, one in found.items() if not (one.has_interval and one.low <= 1 <= one.high)]
    panels = []
    for quantity, label in (
        ("absolute_gap", "Absolute gap, change in %"),
        ("relative_gap", "Ratio, change in %"),
    ):
        rows = frame[(frame["level"] == quantity) & frame["measure"].isin(wanted)]
        unsure = ~_sure_percent(rows) & ~rows["verdict"].map(is_grey).astype(bool)
        rows = rows.assign(verdict=rows["verdict"].mask(unsure, "noise"))
        panels.append((label, dots(rows, "percent").assign(text="")))
    return panels


def _gaps(context: Context) -> Figure | Table | None:
    """Return the changes of the absolute gap and of the ratio side by side, and the table of every index."""
    year = context.last_year
    frame = context.changes([*UNEQUAL, *LIVES], "inequality")
    if frame.empty:
        return None
    frame["key"] = frame["measure"].map(lambda name: measure(name).label)
    panels = _gap_panels(context, frame)
    clear = frame[(frame["level"] == "absolute_gap") & frame["verdict"].map(is_clear)]
    better = int(clear["better"].eq(True).sum())
    naming = Naming(
        "gaps",
        f"Of {len(frame) // len(QUANTITIES)} absolute gaps examined, clearly narrower: {better}; "
        f"clearly wider: {len(clear) - better}",
        "Dots with intervals, two panels: change in the absolute gap between the most and least deprived "
        "fifths and "
        "in their ratio, in per cent, by measure and scenario.",
    )
    frame["key"] = [f"{row.key}: {QUANTITIES[row.level]}" for row in frame.itertuples()]
    caption = f"Every index of inequality, absolute and relative, in {year} (life expectancy: all years)"
    table = difference_table("inequality", caption, frame, "Measure and index")
    if panels[0][1].empty:
        return table
    chart = charts.dot_rows(naming, panels, context.scenario_looks)
    note = (
        "Gap: most deprived minus least deprived fifth. Slope and relative index: fitted over all five "
        "fifths, "
        "weighted by population, from the most to the least deprived end. Left of zero means a smaller gap "
        "where the "
        "most deprived have more. Hollow grey marks: may be chance or too small to matter, or a gap so near "
        "nothing that its change has no sure per cent. Measures whose fifths do not clearly differ in the "
        "baseline are in the table only."
    )
    return Figure(chart=chart, table=table, note=note)
