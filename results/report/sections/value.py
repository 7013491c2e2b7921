"""What each pound brings: return, cost for a QALY, net benefit, and what those who live longer cost later."""

from __future__ import annotations

import math
from typing import Any

import pandas as pd

from results import charts
from results.charts import Naming
from results.economics.discounting import HEALTH, discount_rate
from results.economics.prices import PRICE_YEAR
from results.economics.value import perspectives, survivors, value
from results.report.blocks import Context, Figure, Row, Section, Table, estimate
from results.report.sections.sums import dots_of, scaled, verdict
from results.wording import MILLION, THOUSAND, joined, number, pounds

RATIOS = ("return", "cash_return", "return_with_health")
SURVIVORS = {
    "life_years": "Years of life gained",
    "care_of_survivors": "Care of those who live longer (£ thousand)",
    "other_care": "All other change in care (£ thousand)",
    "care": "All change in care (£ thousand)",
}


def worth(context: Context) -> Section:
    """Return what each pound brings to the NHS, to all payers and to society."""
    comparison = context.comparison
    section = Section(
        key="value",
        title="What each pound brings",
        lead=[
            "What programmes cost beside what they free and the health that they gain, over the years of the "
            f"run, in pounds of {PRICE_YEAR}, discounted at {100 * discount_rate():g}% a year; health at "
            f"{100 * discount_rate(HEALTH):g}% where society judges, as the Green Book has it, and as costs "
            "where the NHS does. Care that is not used is worth its full unit cost here, though little of it "
            "is cash: this is the most that a programme can claim.",
            "A run ends while prevention still works: later gains, and what people cost who live on, are not "
            "in it. Who treats more people costs more here, and what a planned operation gains in health is "
            "not in the model. A ratio is given only where what it is divided by is clear of nought.",
        ],
    )
    frame = value(comparison)
    if not frame.empty:
        section.blocks += [_benefit(context, frame), _table(frame)]
        section.blocks.append(_survivors(context))
    return section


def _benefit(context: Context, frame: pd.DataFrame) -> Figure:
    """Return net monetary benefit by perspective and scenario."""
    words = {view.name: f"{view.words}: £{number(view.pounds_a_qaly, -2)} a QALY" for view in perspectives()}
    mine = frame[frame["quantity"] == "net_monetary_benefit"]
    mine = mine.assign(key=mine["perspective"].map(words), order=mine["perspective"].map(list(words).index))
    mine = mine.sort_values("order", kind="stable")
    naming = Naming(
        "net_benefit",
        _finding(mine),
        "Dots with intervals: net monetary benefit of each scenario over the run, in millions of pounds, "
        "from the perspective of the NHS, of all payers and of society.",
    )
    rows = dots_of(mine, MILLION, "value")
    chart = charts.dot_rows(naming, [("Millions of pounds over the run", rows)], context.scenario_looks)
    note = (
        "Net monetary benefit: QALYs gained times what one is worth to the perspective, less net cost "
        "(programmes less care not used). Right of zero it is worth its cost. "
        f"Worth of a QALY: {joined([f'{view.words}, {view.source}' for view in perspectives()])}."
    )
    return Figure(chart=chart, table=_plane(frame), note=note)


def _finding(mine: pd.DataFrame) -> str:
    """Return whose net benefit is clear, from the last perspective, the widest."""
    view = perspectives()[-1]
    last = mine[mine["perspective"] == view.name]
    said = [
        f"{row.label} {pounds(estimate(row, 'value'))}"
        for row in last.itertuples()
        if verdict(row) == "change"
    ]
    start = f"Net benefit over the run, {view.words[0].lower()}{view.words[1:]}"
    return f"{start}: {'; '.join(said)}" if said else f"{start}: clear for no scenario"


def _plane(frame: pd.DataFrame) -> Table:
    """Return the cost-effectiveness plane as a table: net cost, QALYs, where they lie, price and benefit."""
    head = ["Scenario", "Perspective", "Net cost (£ thousand)", "QALYs gained", "Where it lies",
            "Cost for each QALY", "Net monetary benefit (£ thousand)",
            "Net benefit above nought in"]  # fmt: skip
    rows = []
    for (run, view), part in frame.groupby(["run", "perspective"], sort=False):
        named = {row.quantity: row for row in part.itertuples()}
        chance = float(str(named["probability"].value))
        cells = [
            str(part["label"].iloc[0]), _view(str(view)),
            scaled(named["net_cost"], THOUSAND).text(signed=True),
            scaled(named["qalys"]).text(signed=True), str(named["cost_per_qaly"].words),
            _ratio(named["cost_per_qaly"], "£"),
            scaled(named["net_monetary_benefit"], THOUSAND).text(signed=True),
            f"{number(100 * chance)}% of runs" if math.isfinite(chance) else "not known",
        ]  # fmt: skip
        rows.append(Row(cells, run=str(run), grey=verdict(named["net_monetary_benefit"]) != "change"))
    return Table(
        name="net_benefit", caption="Costs, health gained and net benefit over the run, discounted",
        head=head,
        rows=rows, frame=frame, headers=2, words=frozenset({4}),
    )  # fmt: skip


def _table(frame: pd.DataFrame) -> Table:
    """Return what comes back for each pound."""
    head = ["Scenario", "Perspective", "Programmes' cost (£ thousand)", "Cash released (£ thousand)",
            "Capacity freed (£ thousand)", "Back for each £1, at full cost", "Back for each £1, cash alone",
            "Back for each £1, with health"]  # fmt: skip
    rows = []
    for (run, view), part in frame.groupby(["run", "perspective"], sort=False):
        named = {row.quantity: row for row in part.itertuples()}
        sums = [scaled(named[name], THOUSAND).text() for name in ("cost", "cash", "capacity")]
        ratios = [_ratio(named[name], "£") for name in RATIOS]
        rows.append(Row([str(part["label"].iloc[0]), _view(str(view)), *sums, *ratios], run=str(run)))
    return Table(
        name="return", caption="What comes back for each pound, over the run, discounted", head=head,
        rows=rows, frame=frame[frame["quantity"].isin(["cost", "cash", "capacity", *RATIOS])], headers=2,
    )  # fmt: skip


def _view(name: str) -> str:
    """Return a perspective in words."""
    return next(view.words for view in perspectives() if view.name == name)


def _ratio(row: Any, sign: str) -> str:
    """Return a ratio with its interval; that it is not defined where it has none."""
    shown = estimate(row, "value")
    if not math.isfinite(shown.mean):
        return "not defined"
    text = shown.text()
    return f"\u2212{sign}{text[1:]}" if text.startswith("\u2212") else f"{sign}{text}"


def _survivors(context: Context) -> Table:
    """Return years of life gained beside the care of those who live longer."""
    frame = survivors(context.comparison)
    rows = []
    for run, part in frame.groupby("run", sort=False):
        cells = [
            scaled(row, 1.0 if row.quantity == "life_years" else THOUSAND).text(signed=True)
            for row in part.itertuples()
        ]
        rows.append(Row([str(part["label"].iloc[0]), *cells], run=str(run)))
    return Table(
        name="survivors",
        caption="Prevention postpones: years of life gained, and care used because people live, whole run, "
        "not discounted",
        head=["Scenario", *SURVIVORS.values()], rows=rows, frame=frame, headers=1,
    )  # fmt: skip
