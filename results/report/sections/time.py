"""Through time: any measure the reader chooses, month by month, by neighbourhood or by fifth."""

from __future__ import annotations

import pandas as pd

from results import charts
from results.charts import Naming
from results.measures.registry import measure
from results.report.blocks import Context, Panel, Row, Section, Table, estimate
from results.report.page_data import DIMENSIONS, recorded, shown
from results.report.sentences import finding


def through_time(context: Context) -> Section:
    """Return the chart that the page's selectors act on; without script it shows the first measure."""
    section = Section(
        key="time",
        title="Through time, for any measure",
        lead=[
            "Choose a scenario, a neighbourhood, a deprivation fifth and a measure at the top of the page. "
            "The whole area is shown month by month; a neighbourhood or a fifth year by year. The bands are "
            "95% intervals over repeat runs; winters (December to February) are shaded."
        ],
    )
    names = recorded(context)
    if names:
        section.blocks.append(_explorer(context, names))
    return section


def _explorer(context: Context, names: list[str]) -> Panel:
    """Return the panel, drawn for the first measure."""
    first = next((name for name in names if shown()[name] == "month"), names[0])
    found = measure(first)
    naming = Naming(
        "through_time", finding(context.changes([first]), found, f"in {context.last_year}"),
        f"{found.label} by month: above, the level for each run; below, each scenario's difference from "
        "baseline.",
    )  # fmt: skip
    levels = context.comparison.levels(first, by="month")
    changes = context.comparison.differences(first, by="month")
    chart = charts.monthly(naming, levels, changes, context.looks, found.month_unit)
    note = f"{found.definition} Unit: {found.unit}. Source of the definition: {found.source}."
    data = {"chart": chart, "table": _first_table(context, first), "note": note}
    tables = [_monthly(context, names), *_by_stratum(context, names)]
    return Panel(template="explorer.html.j2", data=data, tables=tables, charts=[chart])


def _first_table(context: Context, name: str) -> Table:
    """Return the first measure by year, for who has no script."""
    frame = context.comparison.levels(name)
    rows = [
        Row([str(label), *(estimate(row, "value").text() for row in part.itertuples())])
        for label, part in frame.groupby("label", sort=False)
    ]
    caption = f"{measure(name).label} ({measure(name).unit}), mean over repeat runs (95% interval)"
    years = list(dict.fromkeys(frame["period"]))
    return Table(name="chosen", caption=caption, head=["Scenario", *years], rows=rows, frame=frame)


def _both(context: Context, name: str, dimension: str, by: str) -> pd.DataFrame:
    """Return levels of every run with the differences of the scenarios beside them."""
    levels = context.comparison.levels(name, dimension, by)
    keys = ["run", "label", "measure", "dimension", "period", "level"]
    changes = context.comparison.differences(name, dimension, by)
    wanted = [*keys, "difference", "low", "high", "verdict"]
    renamed = {"low": "difference_low", "high": "difference_high"}
    return levels.merge(changes[wanted].rename(columns=renamed), on=keys, how="left")


def _monthly(context: Context, names: list[str]) -> Table:
    """Return what the page holds month by month."""
    parts = [_both(context, name, "all", "month") for name in names if shown()[name] == "month"]
    return _data("chosen_by_month", "Measures that can be chosen, by month, whole area", parts)


def _by_stratum(context: Context, names: list[str]) -> list[Table]:
    """Return what the page holds by year for neighbourhoods and fifths; none where neither is recorded."""
    wanted = [one for one in DIMENSIONS if one in context.dimensions]
    parts = [_both(context, name, dimension, "year") for name in names for dimension in ("all", *wanted)]
    caption = "Measures that can be chosen, by year, neighbourhood and deprivation fifth"
    return [_data("chosen_by_stratum", caption, parts)]


def _data(name: str, caption: str, parts: list[pd.DataFrame]) -> Table:
    """Return a table that is for files only."""
    kept = [part for part in parts if not part.empty]
    frame = pd.concat(kept, ignore_index=True) if kept else pd.DataFrame()
    return Table(name=name, caption=caption, head=[], rows=[], frame=frame)
