"""Paired differences of every measure, and where the work lands."""

from __future__ import annotations

import math

import pandas as pd

from results import charts
from results.charts import Naming
from results.measures.registry import measure, measures
from results.report.blocks import Context, Figure, Section, difference_table, is_clear
from results.report.sections.shared import dots
from results.settings import settings
from results.wording import number


def differences(context: Context) -> Section:
    """Return the table of paired differences of every measure."""
    year = context.last_year
    names = [name for name, found in measures().items() if not found.is_expectancy]
    frame = context.changes(names)
    frame["key"] = [f"{measure(name).label} ({measure(name).unit})" for name in frame["measure"]]
    median = frame.loc[frame["verdict"] != "identical", "variance_reduction"].median()
    lead = [
        "Every resident is the same person in the baseline and in each scenario and meets the same luck, "
        "so each repeat run of a scenario is compared like with like: with the same repeat of the baseline.",
        "Grey rows are changes that may be chance, that are too small to matter, or that are not to be read "
        "at this scale.",
    ]
    if math.isfinite(median):
        lead.insert(
            1,
            f"That pays: without it, half of all measures would need at least {number(median)} times as "
            "many repeat runs for the same interval.",
        )
    table = difference_table("differences", f"Differences from the baseline in {year}", frame, "Measure")
    return Section(key="differences", title="Every difference from the baseline", lead=lead, blocks=[table])


def landing(context: Context) -> Section:
    """Return where the work lands: what leaves and what arrives in each setting."""
    section = Section(
        key="landing",
        title="Where the work lands",
        lead=[
            "Work that leaves one setting often arrives in another. Left of zero leaves a setting; right "
            "of zero "
            "arrives in it."
        ],
    )
    places = pd.DataFrame(list(settings()))
    for panel, words in (("contacts", "contacts and attendances"), ("stays", "stays, discharges and moves")):
        figure = _landing(context, places[places["panel"] == panel], panel, words)
        if figure is not None:
            section.blocks.append(figure)
    return section


def _landing(context: Context, places: pd.DataFrame, panel: str, words: str) -> Figure | None:
    """Return what leaves and arrives, for settings that are counted alike."""
    year = context.last_year
    names = {row.measure: f"{row.setting} ({row.unit})" for row in places.itertuples()}
    frame = context.changes(names)
    if frame.empty:
        return None
    frame["key"] = frame["measure"].map(names)
    clear = frame[frame["verdict"].map(is_clear)]
    leaves, arrives = clear[clear["difference"] < 0], clear[clear["difference"] > 0]
    falls, rises = leaves["key"].nunique(), arrives["key"].nunique()
    title = (
        f"In {year}, clear falls in {falls} setting{'' if falls == 1 else 's'} and clear rises in {rises} "
        f"({words})"
    )
    alt = f"Dots with intervals: change in {words} a year in each setting, by scenario."
    naming = Naming(f"landing_{panel}", title, alt)
    rows = dots(frame, "difference")
    chart = charts.dot_rows(naming, [(f"Change in {words} a year", rows)], context.scenario_looks)
    table = difference_table(
        naming.name, f"What leaves and what arrives in {year}: {words}", frame, "Setting"
    )
    note = (
        f"{year}. Contacts in different settings take different time and money; counts alone do not say "
        "what is "
        "saved."
    )
    return Figure(chart=chart, table=table, note=note)
