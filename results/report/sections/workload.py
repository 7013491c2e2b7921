"""Staff that the care takes, by group, and its carbon footprint."""

from __future__ import annotations

import pandas as pd

from results import charts
from results.charts import Naming
from results.economics.activities import activities
from results.economics.paired import WHOLE
from results.economics.workload import carbon, declared_hours, group_words, staff
from results.report.blocks import Context, Figure, Row, Section, Table, estimate
from results.report.sections.sums import beside, dots_of, scaled, verdict
from results.wording import joined, number

DRAWN, NAMED = 8, 2
STAFF, CARBON = "staff_needed", "carbon"
"""Measures whose decision thresholds serve every part of them."""


def workload(context: Context) -> Section:
    """Return staff needed by group, and carbon."""
    section = Section(
        key="staff_carbon",
        title="Staff and carbon",
        lead=[
            "Staff are whole-time equivalents that the activity takes: hours of work for each attendance, "
            "day or contact, over the hours that one person works in a year. They are not the staff in post: "
            "rotas round the clock, management and vacancies are not in them. Most hours are assumed (grade "
            "C), so read the direction and the order of size; the columns with all hours low and high show "
            "how far the assumptions reach.",
            "Carbon is activity times published or assumed kilograms of carbon dioxide equivalent, with "
            "today's factors. A bed that stands empty still has heating: part of what is saved here is saved "
            "only when the bed closes.",
        ],
    )
    found = staff(context.comparison)
    if not found.empty:
        section.blocks.append(_staff(context, found.assign(key=found["group"].map(group_words()))))
    declared = declared_hours(context.comparison)
    if not declared.empty:
        section.blocks.append(_declared(declared))
    footprint = carbon(context.comparison, "activity")
    if not footprint.empty:
        labels = {name: one.label for name, one in activities().items()}
        section.blocks.append(_carbon(context, footprint.assign(key=footprint["activity"].map(labels))))
    return section


def _largest(last: pd.DataFrame) -> pd.DataFrame:
    """Return the rows of the groups that change most, the largest first."""
    size = last.assign(size=last["difference"].abs()).groupby("key", sort=False)["size"].max()
    kept = list(size.sort_values(ascending=False, kind="stable").index[:DRAWN])
    shown = last[last["key"].isin(kept)].assign(order=lambda part: part["key"].map(kept.index))
    return shown.sort_values("order", kind="stable")


def _finding(last: pd.DataFrame, year: str) -> str:
    """Return of which staff clearly more and fewer are needed."""
    clear = last[[verdict(row, "difference", STAFF) == "change" for row in last.itertuples()]]
    order = clear.reindex(clear["difference"].abs().sort_values(ascending=False).index)
    said = [
        f"{estimate(row, 'difference').size().text()} "
        f"{'more' if float(str(row.difference)) > 0 else 'fewer'} "
        f"{str(row.key)[0].lower() + str(row.key)[1:]} ({row.label})"
        for row in order.head(NAMED).itertuples()
    ]
    return (
        f"Staff needed in {year}: {joined(said)}"
        if said
        else f"Staff needed in {year}: no change is clear and large enough to matter"
    )


def _staff(context: Context, frame: pd.DataFrame) -> Figure:
    """Return the change in staff needed by group in the last year."""
    year = context.last_year
    last = frame[frame["period"] == year]
    naming = Naming(
        "staff",
        _finding(last, year),
        "Dots with intervals: change in whole-time equivalents needed by group of staff and scenario; the "
        "eight groups that change most.",
    )
    rows = dots_of(_largest(last), 1.0, of=STAFF)
    chart = charts.dot_rows(naming, [(f"Whole-time equivalents in {year}", rows)], context.scenario_looks)
    note = (
        f"Over {context.year_words}, more than the baseline. The eight groups that change most are drawn; "
        "all are in the table. Hours for each activity, with source and grade, are in "
        "results/economics/staff_hours.csv."
    )
    caption = f"Staff needed by group in {year}, whole-time equivalents"
    table = _levels("staff", caption, "Group of staff", last, 1.0, "hours", frame, STAFF)
    return Figure(chart=chart, table=table, note=note)


def _carbon(context: Context, frame: pd.DataFrame) -> Figure:
    """Return the change in carbon by activity in the last year, and in all."""
    year = context.last_year
    every = carbon(context.comparison).assign(key="All activities", activity="all")
    both = pd.concat([every, frame], ignore_index=True)
    last = both[both["period"] == year]
    total = last[last["activity"] == "all"]
    parts = _largest(last[last["activity"] != "all"])
    naming = Naming(
        "carbon",
        _carbon_finding(total, year),
        "Dots with intervals: change in tonnes of carbon dioxide equivalent, in all and by activity, by "
        "scenario; the eight activities that change most.",
    )
    rows = dots_of(pd.concat([total, parts]), 1.0, of=CARBON)
    chart = charts.dot_rows(naming, [(f"Tonnes CO2e in {year}", rows)], context.scenario_looks)
    note = (
        f"Over {context.year_words}, more than the baseline. Factors with source and grade are in "
        "results/economics/carbon.csv; what programmes themselves emit beyond their contacts is not known."
    )
    caption = f"Carbon footprint of the care given in {year}, tonnes CO2e"
    table = _levels("carbon", caption, "Activity", last, 1.0, "factors", both, CARBON)
    return Figure(chart=chart, table=table, note=note)


def _carbon_finding(total: pd.DataFrame, year: str) -> str:
    """Return how each scenario's footprint clearly changes."""
    clear = [row for row in total.itertuples() if verdict(row, "difference", CARBON) == "change"]
    if not clear:
        return f"Carbon in {year}: no scenario's footprint changes clearly and by enough to matter"
    said = [
        f"{row.label} {estimate(row, 'difference').size().text()} tonnes "
        f"{'less' if float(str(row.difference)) < 0 else 'more'}"
        for row in clear
    ]
    return f"Carbon in {year}: {'; '.join(said)}"


def _levels(
    name: str, caption: str, first: str, last: pd.DataFrame, size: float, what: str, frame: pd.DataFrame,
    of: str,
) -> Table:  # fmt: skip
    """Return levels and differences, with the differences at both ends of the assumptions."""
    low, high = f"difference_low_{what}", f"difference_high_{what}"
    rows = [
        Row(
            [str(row.key), str(row.label), number(row.baseline / size),
             scaled(row, size, "difference").text(signed=True),
             *beside(row, size, (low, high))],
            run=str(row.run), grey=verdict(row, "difference", of) != "change",
        )
        for row in last.itertuples()
    ]  # fmt: skip
    head = [first, "Scenario", "Baseline", "Difference (95% interval)", f"With all {what} low",
            f"With all {what} high"]  # fmt: skip
    return Table(name=name, caption=caption, head=head, rows=rows, frame=frame, headers=2)


def _declared(frame: pd.DataFrame) -> Table:
    """Return the hours of staff that programmes state for themselves."""
    whole = frame[frame["period"] == WHOLE]
    rows = [
        Row([str(row.group).replace("_", " ").capitalize(), str(row.label),
             scaled(row, 1.0, "difference").text(signed=True)], run=str(row.run))
        for row in whole.itertuples()
    ]  # fmt: skip
    return Table(
        name="declared_hours",
        caption="Hours of staff that programmes state for themselves, whole run; they may overlap with the "
        "contacts counted above",
        head=["Group of staff", "Scenario", "Hours more than the baseline"], rows=rows, frame=frame,
        headers=2,
    )  # fmt: skip
