"""Section 2: beds, no criteria to reside and 4-hour performance."""

from __future__ import annotations

from results import charts
from results.charts import Naming
from results.measures.registry import measure
from results.report.blocks import Context, Figure, Section, Table, difference_table, level_table
from results.report.sections.shared import place_words, spoken
from results.report.sentences import finding

MONTHLY = ("occupied_beds", "nctr_daily", "four_hour_share")


def beds(context: Context) -> Section:
    """Return section 2: beds, no criteria to reside, and 4-hour performance, month by month and by site."""
    section = Section(
        key="beds",
        title="Beds, no criteria to reside and 4-hour performance",
        lead=[
            "A patient has no criteria to reside (NCTR) when they are well enough to leave but still in an "
            "acute "
            "bed. Shaded months are winters (December to February)."
        ],
    )
    for name in MONTHLY:
        figure = _monthly(context, name)
        if figure is not None:
            section.blocks.append(figure)
    if "site" in context.dimensions and context.comparison.scenarios:
        section.blocks.append(_by_site(context))
    return section


def _monthly(context: Context, name: str) -> Figure | None:
    """Return the chart of one measure month by month."""
    comparison = context.comparison
    found = measure(name)
    levels = comparison.levels(name, by="month")
    if levels.empty:
        return None
    changes = comparison.differences(name, by="month")
    naming = Naming(
        f"{name}_by_month",
        finding(context.changes([name]), found, f"in {context.last_year}"),
        f"{found.label} by month: above, the level for each run; below, each scenario's difference from "
        "baseline.",
    )
    chart = charts.monthly(naming, levels, changes, context.looks, found.unit)
    frame = levels.assign(key=levels["period"])
    table = level_table(f"{name}_by_month", f"{found.label} by month ({found.unit})", "Month", frame)
    return Figure(
        chart=chart, table=table, note=f"{found.definition} Source of the definition: {found.source}."
    )


def _by_site(context: Context) -> Table:
    """Return beds, NCTR and 4-hour performance by hospital site in the last year."""
    places = place_words(context)
    wanted = [*MONTHLY, "twelve_hour_share", "emergency_admissions"]
    frame = context.changes(wanted, "site")
    frame["key"] = [
        f"{spoken(row.level, places)}: {measure(row.measure).label}" for row in frame.itertuples()
    ]
    return difference_table("by_site", f"By hospital site in {context.last_year}", frame, "Site and measure")
