"""Section 1: use of services by year, and by care node."""

from __future__ import annotations

from collections.abc import Sequence

import pandas as pd

from results import charts
from results.charts import Naming
from results.measures.registry import measure, measures
from results.report.blocks import UNREAD, Context, Figure, Row, Section, Table, estimate
from results.report.sections.shared import node_name, place_words
from results.report.sentences import finding
from results.small_scale import WAITS

DEMAND_PANELS = (
    "gp_appointments",
    "community_contacts",
    "ed_attendances",
    "utc_attendances",
    "emergency_admissions",
    "outpatient_attendances",
)
NODE_MEASURES = {
    "arrivals": "Arrivals a year",
    "mean_wait_minutes": "Mean wait (minutes)",
    "p95_wait_minutes": "95% wait under (minutes)",
    "mean_occupied": "Mean occupied",
    "mean_queue": "Mean queue",
    "mean_blocked": "Mean blocked",
    "utilisation": "Places in use (share)",
}
BUSIEST = 10


def demand(context: Context) -> Section:
    """Return section 1: use of services by year, and by care node."""
    comparison, year = context.comparison, context.last_year
    panels = [(measure(name).label, comparison.levels(name)) for name in DEMAND_PANELS]
    panels = [(title, frame) for title, frame in panels if not frame.empty]
    rows = context.changes(["emergency_admissions"])
    naming = Naming(
        "demand_by_year",
        finding(rows, measure("emergency_admissions"), f"in {year}"),
        "Small panels: use of each service by year, a line for the baseline and for each scenario.",
    )
    names = [name for name, found in measures().items() if found.group == "demand" and found.kind == "sum"]
    section = Section(key="demand", title="Demand", lead=["How much of each service people use, by year."])
    note = (
        "Totals a year for registered people. Vertical axes do not start at zero; the table has the numbers."
    )
    chart = charts.year_lines(naming, panels, context.looks)
    section.blocks.append(Figure(chart=chart, table=_by_year(context, "demand_by_year", names), note=note))
    section.blocks += _nodes(context)
    return section


def _by_year(context: Context, name: str, wanted: Sequence[str]) -> Table:
    """Return a table of measures by year: a row for each measure and run, a column for each year."""
    frame = pd.concat([context.comparison.levels(key) for key in wanted], ignore_index=True)
    years = context.comparison.years
    rows = []
    for (key, run), part in frame.groupby(["measure", "run"], sort=False):
        cells = {row.period: estimate(row, "value").text() for row in part.itertuples()}
        label = f"{measure(str(key)).label} ({measure(str(key)).unit})"
        rows.append(
            Row([label, part["label"].iloc[0], *(cells.get(y, "not known") for y in years)], run=str(run))
        )
    caption = "Each measure by year, mean over repeat runs (95% interval)"
    return Table(
        name=name, caption=caption, head=["Measure", "Scenario", *years], rows=rows, frame=frame, headers=2
    )


def _nodes(context: Context) -> list[Figure | Table]:
    """Return the care nodes whose arrivals change most, arrivals by year, and last year's waits."""
    frame = context.comparison.nodes()
    if frame.empty:
        return []
    places = place_words(context)
    frame["key"] = [node_name(level, places) for level in frame["level"]]
    last = frame[frame["period"] == context.last_year]
    blocks: list[Figure | Table] = []
    changes = _node_changes(last[(last["measure"] == "arrivals") & (last["run"] != context.baseline_name)])
    # The page shows the nodes that change most; every other row is in the files only.
    told = set(changes["group"]) if not changes.empty else set(frame["key"])
    table = _node_years(frame[frame["measure"] == "arrivals"], context.comparison.years, told)
    if not changes.empty:
        clear = changes[changes["verdict"] == "change"]
        top = clear.loc[clear["mean"].abs().idxmax()] if len(clear) else None
        naming = Naming(
            "arrivals_by_node",
            "Arrivals change clearly at no care node"
            if top is None
            else f"Arrivals clearly change most at {top['group']}: {top['text']} with "
            f"{context.looks[top['run']].label}",
            "Dots with intervals: change in arrivals in per cent at the care nodes that change most, by "
            "scenario.",
        )
        chart = charts.dot_rows(
            naming, [("Change in arrivals from baseline, per cent", changes)], context.scenario_looks
        )
        count = changes["group"].nunique()
        note = f"{context.last_year}; the {count} care nodes that clearly change most. The table has all."
        blocks.append(Figure(chart=chart, table=table, note=note))
    else:
        blocks.append(table)
    blocks.append(_node_state(last, context.last_year, context.comparison.unreadable_nodes, told))
    return blocks


def _node_changes(rows: pd.DataFrame) -> pd.DataFrame:
    """Return dots for the nodes whose arrivals change most, in per cent of the baseline."""
    base = rows["value"] - rows["difference"]
    frame = rows.assign(base=base)[base > 0]
    for column in ("difference", "difference_low", "difference_high"):
        frame[column] = 100 * frame[column] / frame["base"]
    noise = (frame["difference_low"] <= 0) & (frame["difference_high"] >= 0)
    # Few arrivals change by much per cent through chance alone: what is clear somewhere comes first.
    size = frame["difference"].abs().where(~noise)
    order = size.groupby(frame["key"]).max().dropna().nlargest(BUSIEST)
    order = order[order > 0]
    if order.empty:
        order = frame["difference"].abs().groupby(frame["key"]).max().nlargest(BUSIEST)
        order = order[order > 0]
    frame = frame[frame["key"].isin(order.index)]
    frame = frame.set_index("key").loc[list(order.index)].reset_index()
    noise = (frame["difference_low"] <= 0) & (frame["difference_high"] >= 0)
    texts = [
        estimate(row, "difference", "difference_low", "difference_high").text(signed=True, suffix="%")
        for row in frame.itertuples()
    ]
    return pd.DataFrame(
        {
            "group": frame["key"],
            "run": frame["run"],
            "mean": frame["difference"],
            "low": frame["difference_low"],
            "high": frame["difference_high"],
            "verdict": noise.map({True: "noise", False: "change"}),
            "text": texts,
        }
    )


def _node_years(frame: pd.DataFrame, years: list[str], told: set[str]) -> Table:
    """Return arrivals at every node by year; the page shows those named in `told`."""
    rows = []
    mine = frame[frame["key"].isin(told)].sort_values("key", kind="stable")
    for (node, run), part in mine.groupby(["key", "run"], sort=False):
        cells = {row.period: estimate(row, "value").text() for row in part.itertuples()}
        rows.append(
            Row([str(node), part["label"].iloc[0], *(cells.get(y, "not known") for y in years)], run=str(run))
        )
    caption = "Arrivals by year at the care nodes that change most (the files have all), mean (95% interval)"
    head = ["Care node", "Scenario", *years]
    return Table(name="arrivals_by_node", caption=caption, head=head, rows=rows, frame=frame, headers=2)


def _node_state(last: pd.DataFrame, year: str, unreadable: frozenset[str], told: set[str]) -> Table:
    """Return waits, occupancy and blocking at every node in a year; `unreadable` queues are marked.

    The page shows the nodes named in `told`.
    """
    found = [name for name in NODE_MEASURES if name in set(last["measure"])]
    accident = last["measure"].isin(WAITS) & last["level"].isin(unreadable)
    last = last.assign(readable=~accident).sort_values("key", kind="stable")
    rows = []
    for (node, run), part in last[last["key"].isin(told)].groupby(["key", "run"], sort=False):
        cells = {
            row.measure: estimate(row, "value").text() if row.readable else UNREAD
            for row in part.itertuples()
        }
        rows.append(
            Row([str(node), part["label"].iloc[0], *(cells.get(n, "not known") for n in found)], run=str(run))
        )
    caption = (
        f"Waits, occupancy and blocking in {year} at the care nodes that change most (the files have all)"
    )
    head = ["Care node", "Scenario", *(NODE_MEASURES[name] for name in found)]
    return Table(name="care_nodes", caption=caption, head=head, rows=rows, frame=last, headers=2)
