"""The chart under the cards: every headline measure for every scenario."""

from __future__ import annotations

import pandas as pd

from results import charts
from results.charts import Naming
from results.measures.registry import measure
from results.report.blocks import Context, Figure, difference_table, is_clear
from results.report.cards import HEADLINES
from results.report.sections.shared import dots


def side_by_side(context: Context) -> Figure:
    """Return the chart of every headline measure for every scenario, in the last year."""
    year = context.last_year
    frame = context.changes(HEADLINES)
    # What is clear comes first, the largest of it before all: chance makes the largest changes of any.
    clear = frame["verdict"].map(is_clear).astype(bool)
    sizes = pd.DataFrame({"measure": frame["measure"], "clear": clear, "size": frame["percent"].abs()})
    sizes["size"] = sizes["size"].where(~sizes.groupby("measure")["clear"].transform("any") | clear)
    order = sizes.groupby("measure")[["clear", "size"]].max().sort_values(["clear", "size"], ascending=False)
    frame = frame.set_index("measure").loc[list(order.index)].reset_index()
    frame["key"] = frame["measure"].map(lambda name: measure(name).label)
    rows = dots(frame, "percent")
    count = int(frame["verdict"].map(is_clear).sum())
    sure = (
        "stand out from chance; this is a trial run, and none is to be acted on"
        if context.comparison.shortcomings
        else "are large and sure enough to act on"
    )
    naming = Naming(
        "side_by_side",
        f"{count} of {len(frame)} changes over the year {year} {sure}",
        "Dots with intervals: change from baseline in per cent, by measure and scenario. Grey hollow "
        "marks may be chance, or are too small to change a decision.",
    )
    chart = charts.dot_rows(naming, [("Change from baseline, per cent", rows)], context.scenario_looks)
    table = difference_table("side_by_side", f"Changes from baseline in {year}", frame, "Measure")
    note = (
        f"Over {context.year_words}: per cent of baseline, with 95% intervals; for shares the number beside "
        "the dot is in percentage points. Hollow grey marks: may be chance, or too small to change a "
        "decision."
    )
    return Figure(chart=chart, table=table, note=note)
