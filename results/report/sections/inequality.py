"""Section 4: measures by deprivation fifth, absolute and relative inequality together."""

from __future__ import annotations

import pandas as pd

from results import charts
from results.charts import Naming
from results.inequality import QUANTITIES
from results.measures.registry import measure
from results.report.blocks import Context, Figure, Section, difference_table, is_grey
from results.report.sections.shared import dots, fifth_name
from results.wording import number

UNEQUAL = (
    "emergency_admission_rate", "ed_attendance_rate", "bed_day_rate", "nctr_day_rate", "four_hour_share", "death_rate",
    "gp_appointments_per_person", "community_contacts_per_person",
)  # fmt: skip
UNEQUAL_CHARTS = UNEQUAL[:6]
CRUDE = (
    "Rates are per head of each fifth and are not adjusted for age. Dorset's most deprived fifths are younger "
    "than its least deprived, so the gaps shown here are smaller than gaps between people of the same age."
)


def inequality(context: Context) -> Section:
    """Return section 4: the measures by fifth, with absolute and relative inequality together."""
    section = Section(
        key="inequality",
        title="Inequality",
        lead=[
            "People are grouped by the deprivation of the small area where they live (Index of Multiple Deprivation 2019), "
            "from fifth 1, the most deprived in England, to fifth 5, the least.",
            "Absolute and relative gaps are shown together because they can move in opposite directions: the same per cent "
            "change in every fifth narrows the absolute gap and leaves the relative gap as it was.",
            CRUDE,
        ],
    )
    section.blocks.append(_gaps(context))
    for name in UNEQUAL_CHARTS:
        figure = _fifths(context, name)
        if figure is not None:
            section.blocks.append(figure)
    return section


def _fifths(context: Context, name: str) -> Figure | None:
    """Return one measure by fifth."""
    comparison, year = context.comparison, context.last_year
    found = measure(name)
    levels = comparison.levels(name, "quintile").loc[lambda part: part["period"] == year]
    if levels.empty:
        return None
    changes = comparison.differences(name, "quintile").loc[lambda part: part["period"] == year].copy()
    base = levels[levels["run"] == context.baseline_name].set_index("level")["value"]
    ratio = base["1"] / base["5"] if base.get("5") else float("nan")
    naming = Naming(
        f"{name}_by_fifth",
        f"{found.label}: most deprived fifth {number(ratio, 2)} times the least deprived; {_gap_finding(context, name)}",
        f"{found.label} by deprivation fifth in {year}, and each scenario's difference from baseline.",
    )
    chart = charts.by_fifth(naming, levels, changes, context.looks, found.unit)
    changes["key"] = changes["level"].map(fifth_name)
    table = difference_table(
        naming.name, f"{found.label} by fifth in {year} ({found.unit})", changes, "Fifth", fifths=True
    )
    return Figure(chart=chart, table=table, note=f"{year}. {found.definition}")


def _gap_finding(context: Context, name: str) -> str:
    """Return which scenario changes a measure's absolute gap most, or that none clearly does."""
    rows = context.comparison.differences(name, "inequality")
    rows = rows[(rows["period"] == context.last_year) & (rows["level"] == "absolute_gap")]
    clear = rows[~rows["verdict"].map(is_grey)].sort_values("percent", key=abs, ascending=False)
    if clear.empty:
        return "no scenario changes the gap clearly enough to act on"
    top = next(clear.itertuples())
    size = number(abs(top.percent), 1 if abs(top.percent) < 10 else 0)
    return f"{top.label} {'narrows' if top.better else 'widens'} the gap by {size}%"


def _gaps(context: Context) -> Figure:
    """Return the changes of the absolute gap and of the ratio side by side, and the table of every index."""
    year = context.last_year
    parts = [
        context.comparison.differences(name, "inequality").loc[lambda part: part["period"] == year]
        for name in UNEQUAL
    ]
    parts += [
        context.comparison.differences(name, "inequality")
        for name in ("life_expectancy_birth", "life_expectancy_65")
    ]
    frame = pd.concat([part for part in parts if not part.empty], ignore_index=True)
    frame["key"] = frame["measure"].map(lambda name: measure(name).label)
    panels = []
    for quantity, label in (
        ("absolute_gap", "Absolute gap (per cent of it)"),
        ("relative_gap", "Ratio (per cent of it)"),
    ):
        rows = frame[(frame["level"] == quantity) & frame["measure"].isin(UNEQUAL_CHARTS)]
        panels.append((label, dots(rows, "percent").assign(text="")))
    clear = frame[(frame["level"] == "absolute_gap") & ~frame["verdict"].map(is_grey)]
    better = int(clear["better"].eq(True).sum())
    naming = Naming(
        "gaps",
        f"{better} absolute gaps narrow and {len(clear) - better} widen clearly, of {len(frame) // len(QUANTITIES)} examined",
        "Dots with intervals, two panels: change in the absolute gap between the most and least deprived fifths and in "
        "their ratio, in per cent, by measure and scenario. Left of zero is a narrowing where the gap is positive.",
    )
    chart = charts.dot_rows(naming, panels, context.scenario_looks)
    frame["key"] = [f"{row.key}: {QUANTITIES[row.level]}" for row in frame.itertuples()]
    caption = f"Every index of inequality, absolute and relative, in {year} (life expectancy: all years)"
    table = difference_table("inequality", caption, frame, "Measure and index")
    note = (
        "Gap: most deprived minus least deprived fifth. Slope and relative index: fitted over all five fifths, weighted by "
        "population, from the most to the least deprived end. Left of zero means a smaller gap."
    )
    return Figure(chart=chart, table=table, note=note)
