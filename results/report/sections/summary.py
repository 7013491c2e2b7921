"""The chart under the cards: every headline measure for every scenario."""

from __future__ import annotations

from results import charts
from results.charts import Naming
from results.measures.registry import measure
from results.report.blocks import Context, Figure, difference_table, is_grey
from results.report.sections.shared import dots

HEADLINES = (
    "emergency_admissions", "ed_attendances", "occupied_beds", "nctr_daily", "four_hour_share", "deaths",
    "gp_appointments", "community_contacts",
)  # fmt: skip


def side_by_side(context: Context) -> Figure:
    """Return the chart of every headline measure for every scenario, in the last year."""
    year = context.last_year
    frame = context.changes(HEADLINES)
    order = (
        frame.groupby("measure")["percent"]
        .apply(lambda column: column.abs().max())
        .sort_values(ascending=False)
    )
    frame = frame.set_index("measure").loc[list(order.index)].reset_index()
    frame["key"] = frame["measure"].map(lambda name: measure(name).label)
    rows = dots(frame, "percent")
    clear = int((~frame["verdict"].map(is_grey)).sum())
    naming = Naming(
        "side_by_side",
        f"{clear} of {len(frame)} changes in {year} are large and sure enough to act on",
        "Dots with intervals: change from baseline in per cent, by measure and scenario. Grey hollow "
        "marks cannot be told from computing error or are below the decision threshold.",
    )
    chart = charts.dot_rows(naming, [("Change from baseline, per cent", rows)], context.scenario_looks)
    table = difference_table("side_by_side", f"Changes from baseline in {year}", frame, "Measure")
    note = (
        f"{year}, per cent of baseline with 95% interval over replicates; for shares the number beside the "
        "dot is in "
        "percentage points. Hollow grey marks: not told from computing error, or too small to change a "
        "decision."
    )
    return Figure(chart=chart, table=table, note=note)
