"""The neighbourhoods: every one side by side, and a page for each integrated neighbourhood team (INT)."""

from __future__ import annotations

import pandas as pd

from results.measures.registry import measure
from results.report.blocks import Context, Panel, Row, Section, Table, estimate
from results.report.neighbourhood_page import Page, forecast_frame, pages, use_frame
from results.report.page_data import neighbourhoods, recorded
from results.report.reach import ABSENT, reach
from results.report.sections.shared import fifth_name, spoken
from results.stated import intervention_labels
from results.wording import number

BY = {"quintile": "Deprivation fifth", "ethnic_group": "Ethnic group"}


def by_neighbourhood(context: Context) -> Section:
    """Return the section of the neighbourhoods; its pages are chosen by the page's selector."""
    found = neighbourhoods(context)
    section = Section(
        key="neighbourhoods",
        title="Neighbourhoods (INTs)",
        lead=[
            f"{len(found)} integrated neighbourhood teams (INTs) side by side in the chosen measure, then a "
            "page for each. Sort the table by any column. Small numbers move by chance: hollow grey "
            "dots may be chance, or are too small to matter."
        ]
        if found
        else ["These runs do not tell neighbourhoods apart."],
    )
    if not found:
        return section
    made = pages(context)
    tables = [_use(context), _forecast(context)]
    data = {"side": _side_by_side(context, found), "pages": made, "months_words": _limits_words(context)}
    section.blocks.append(Panel(template="neighbourhoods.html.j2", data=data, tables=tables))
    section.blocks += _who(context)
    return section


def _side_by_side(context: Context, found: list[tuple[str, str]]) -> Table:
    """Return the table of every neighbourhood in the first measure, for who has no script."""
    first = recorded(context)[0]
    levels = context.comparison.levels(first, "neighbourhood")
    changes = context.comparison.differences(first, "neighbourhood")
    last = levels["period"] == context.last_year
    base = {
        row.level: estimate(row, "value").text()
        for row in levels[last & (levels["run"] == context.baseline_name)].itertuples()
    }
    moved = {
        (row.run, row.level): estimate(row, "difference").text(signed=True)
        for row in changes[changes["period"] == context.last_year].itertuples()
    }
    runs = list(context.scenario_looks)
    rows = [
        Row([name, base.get(key, "not known"), *(moved.get((run, key), "not known") for run in runs)])
        for key, name in found
    ]
    caption = (
        f"{measure(first).label} by neighbourhood in {context.last_year} ({measure(first).unit}); "
        "differences from baseline"
    )
    labels = [look.label for look in context.scenario_looks.values()]
    return Table(
        name="neighbourhoods", caption=caption, head=["Neighbourhood", "Baseline", *labels], rows=rows,
        frame=levels,
    )  # fmt: skip


def _limits_words(context: Context) -> str:
    """Return how the control charts are to be read."""
    words = (
        "Grey line: the baseline's mean of each month. Grey band: what a month may do by chance alone, three "
        "standard deviations either side, from the repeat runs. A scenario whose line stays within the band "
        "will not be seen in a single month of the team's own monitoring, however real it is."
    )
    if float(context.comparison.baseline.manifest["scale"]) < 1:
        words += " In a sample of residents the band is wider than it would be for everybody."
    return words


def _use(context: Context) -> Table:
    """Return use and differences of each neighbourhood, for files."""
    caption = f"Use of care by neighbourhood in {context.last_year}, and differences from baseline"
    return Table(name="neighbourhood_use", caption=caption, head=[], rows=[], frame=use_frame(context))


def _forecast(context: Context) -> Table:
    """Return the months of each neighbourhood with their limits, for files."""
    caption = "Neighbourhoods month by month with control limits"
    return Table(
        name="neighbourhood_forecast", caption=caption, head=[], rows=[], frame=forecast_frame(context)
    )


def _who(context: Context) -> list[Table]:
    """Return who is reached and missed by fifth and ethnic group, whole area; a sentence stands on pages."""
    frame = reach(context)
    parts = []
    for dimension, head in BY.items():
        mine = frame[frame["dimension"] == dimension]
        if not mine.empty:
            parts.append(_reach_table(context, mine, dimension, head))
    return parts


def _reach_table(context: Context, frame: pd.DataFrame, dimension: str, head: str) -> Table:
    """Return eligible, reached, followed and missed by level of one dimension."""
    words = {context.comparison.names[run]: intervention_labels(run) for run in context.comparison.scenarios}
    rows = [
        Row(
            [
                words[row.run].get(row.programme, spoken(row.programme)),
                fifth_name(row.level) if dimension == "quintile" else spoken(row.level),
                row.label, number(row.eligible), number(row.reached), number(row.following),
                f"{number(row.missed)}%",
            ],
            run=row.run, fifth=row.level if dimension == "quintile" else "",
        )
        for row in frame.itertuples()
    ]  # fmt: skip
    return Table(
        name=f"reach_by_{dimension}",
        caption=f"Who is reached and who is missed by {head.lower()}, whole area, {context.last_year}",
        head=["Programme", head, "Scenario", "Eligible", "Reached in the year", "On the caseload", "Missed"],
        rows=rows, frame=frame, headers=3,
    )  # fmt: skip


__all__ = ["ABSENT", "Page", "by_neighbourhood"]
