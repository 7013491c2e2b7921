"""What programmes cost beside what care they free: by payer and intervention, cash apart from capacity."""

from __future__ import annotations

from typing import Any

import pandas as pd

from results import charts
from results.charts import Naming
from results.economics.discounting import discount_rate
from results.economics.money import CAPACITY, CASH, COST, has_costs, money, programmes, total_cost
from results.economics.paired import DISCOUNTED, WHOLE
from results.economics.prices import PRICE_YEAR
from results.economics.tables import payer_words
from results.report.blocks import NOT_READ, UNREAD, Context, Figure, Row, Section, Table, estimate
from results.stated import intervention_labels
from results.wording import THOUSAND, Estimate, joined, pounds

KIND_WORDS = {
    COST: "Programmes' cost", CASH: "Cash released", CAPACITY: "Capacity freed, at unit prices (no cash)",
}  # fmt: skip


def costs(context: Context) -> Section:
    """Return the section on money: programmes' cost, cash released and capacity freed, never added up."""
    section = Section(
        key="money",
        title="What it costs, and what care it frees",
        lead=[
            "What the programmes cost is real spending. Using less care saves cash only where care is bought "
            "by the unit. Elsewhere the staff and beds are paid for either way: what is freed is capacity, "
            "valued here at unit prices so that its size can be seen. Capacity freed is no cash, and the two "
            "are never added up.",
            f"Care is priced in pounds of {PRICE_YEAR}; what programmes cost is in the pounds of their own "
            "sources. Sums over the run are shown as they are, and discounted at "
            f"{100 * discount_rate():g}% a year as the Green Book has it (the first year in full). Figures "
            "are in thousands of pounds, more than the baseline's, with 95% intervals over repeat runs; a "
            "cost that is a fixed sum has none.",
        ],
    )
    comparison = context.comparison
    missing = [comparison.labels[run] for run in comparison.scenarios if not has_costs(run)]
    if missing:
        section.lead.append(f"Not recorded by an older version: what {joined(missing)} cost.")
    frame = money(comparison)
    if not frame.empty:
        section.blocks.append(_figure(context, frame))
    by_programme = programmes(comparison)
    if not by_programme.empty:
        section.blocks.append(_by_programme(context, by_programme))
    return section


def _thousands(row: Any) -> Estimate:
    """Return an estimate in thousands of pounds."""
    shown = estimate(row, "value")
    return Estimate(shown.mean / THOUSAND, shown.low / THOUSAND, shown.high / THOUSAND)


def _payer(payer: str) -> str:
    """Return a payer in words."""
    return payer_words().get(payer, payer.replace("_", " "))


def _verdict(row: Any) -> str:
    """Return how a sum is drawn: grey where it is an accident of the sample, or its interval holds zero."""
    if not row.readable:
        return "scale"
    shown = estimate(row, "value")
    return "noise" if shown.has_interval and shown.low <= 0 <= shown.high else "change"


def _figure(context: Context, frame: pd.DataFrame) -> Figure:
    """Return the chart of the last year, with the table of every year."""
    year = context.last_year
    last = frame[frame["period"] == year]
    rows = pd.DataFrame(
        [
            {
                "group": f"{KIND_WORDS[row.kind]}: {_payer(row.payer)}", "run": row.run,
                "mean": shown.mean, "low": shown.low, "high": shown.high, "verdict": _verdict(row),
                "text": shown.text() if row.readable else UNREAD,
                "order": list(KIND_WORDS).index(row.kind),
            }
            for row in last.itertuples()
            for shown in [_thousands(row)]
        ]
    )  # fmt: skip
    rows = rows.sort_values("order", kind="stable")
    naming = Naming(
        "costs",
        _finding(context, last),
        "Dots with intervals, in thousands of pounds: what the programmes cost, the cash that is released "
        "and the worth of the capacity that is freed, by payer and scenario.",
    )
    chart = charts.dot_rows(naming, [(f"Thousands of pounds in {year}", rows)], context.scenario_looks)
    note = (
        f"Over {context.year_words}, more than the baseline. Right of zero a programme costs, or care is "
        "freed. Never add the three: capacity freed is no cash. Hollow grey marks: may be chance, or not to "
        "be read at this scale."
    )
    return Figure(chart=chart, table=_by_payer(frame), note=note)


def _finding(context: Context, last: pd.DataFrame) -> str:
    """Return what programmes cost in the last year, the dearest first, and whether cash is released."""
    year = context.last_year
    total = total_cost(context.comparison)
    cost = total[(total["period"] == year) & (total["value"] != 0)].sort_values("value", ascending=False)
    cash = [row for row in last.itertuples() if row.kind == CASH and _verdict(row) == "change"]
    released = (
        "cash is clearly released"
        if any(float(row.value) > 0 for row in cash)
        else "no cash is clearly released"
    )
    if cost.empty:
        return f"No cost of a programme is recorded in {year}; {released}"
    told = [f"{pounds(estimate(row, 'value'))} for {row.label}" for row in cost.itertuples()]
    return f"Programmes cost in {year}: {'; '.join(told)}. In that year {released}"


def _periods(part: pd.DataFrame) -> list[str]:
    """Return the cells of one row of a table, a period each, as they come."""
    return [_thousands(row).text() for row in part.itertuples()]


def _heads(frame: pd.DataFrame) -> list[str]:
    """Return the headings of the periods."""
    words = {WHOLE: "Whole run", DISCOUNTED: "Whole run, discounted"}
    return [words.get(period, period) for period in dict.fromkeys(frame["period"])]


def _by_payer(frame: pd.DataFrame) -> Table:
    """Return pounds of each kind by scenario and payer, for every year and over the run."""
    rows = []
    for (run, kind, payer), part in frame.groupby(["run", "kind", "payer"], sort=False):
        readable = bool(part["readable"].all())
        what = KIND_WORDS[str(kind)] + ("" if readable else f" ({NOT_READ})")
        cells = [str(part["label"].iloc[0]), what, _payer(str(payer)), *_periods(part)]
        rows.append(Row(cells, run=str(run), grey=not readable))
    return Table(
        name="costs",
        caption="Programmes' cost beside cash released and capacity freed, in thousands of pounds",
        head=["Scenario", "What", "Whose", *_heads(frame)],
        rows=rows,
        frame=frame,
        headers=3,
    )


def _by_programme(context: Context, frame: pd.DataFrame) -> Table:
    """Return what each intervention costs each payer, for every year and over the run."""
    comparison = context.comparison
    labels = {comparison.names[run]: intervention_labels(run) for run in comparison.scenarios}
    rows = []
    for (run, programme, payer), part in frame.groupby(["run", "programme", "payer"], sort=False):
        plain = str(programme).replace("_", " ").capitalize()
        name = labels[str(run)].get(str(programme), plain)
        rows.append(
            Row([str(part["label"].iloc[0]), name, _payer(str(payer)), *_periods(part)], run=str(run))
        )
    return Table(
        name="programme_costs",
        caption="What each part of a programme costs, in thousands of pounds",
        head=["Scenario", "Part of the programme", "Who pays", *_heads(frame)],
        rows=rows,
        frame=frame,
        headers=3,
    )
