"""What programmes cost beside what care they free: by payer and intervention, cash apart from capacity."""

from __future__ import annotations

import pandas as pd

from results import charts
from results.charts import Naming
from results.economics.added import ADDED, double_running, induced_and_backfill
from results.economics.discounting import discount_rate
from results.economics.money import CAPACITY, CASH, COST, has_costs, money, programmes, total_cost
from results.economics.prices import PRICE_YEAR
from results.report.blocks import Context, Figure, Section, Table, estimate
from results.report.sections.parts import by_parts
from results.report.sections.sums import by_period, dots_of, payer_name, verdict
from results.stated import intervention_labels
from results.wording import THOUSAND, joined, pounds

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
            "Double running is paid twice over: while programmes are paid, the staff and beds that they free "
            "are still paid as well, so it is each year the smaller of the two.",
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
    twice, added = double_running(comparison), induced_and_backfill(comparison)
    if not twice.empty:
        section.blocks.append(_paid_twice(twice))
    if (added["difference"] != 0).any():
        section.blocks.append(_added(context, added))
    section.blocks += by_parts(context)
    return section


def _figure(context: Context, frame: pd.DataFrame) -> Figure:
    """Return the chart of the last year, with the table of every year."""
    year = context.last_year
    last = frame[frame["period"] == year]
    keys = [
        f"{KIND_WORDS[kind]}: {payer_name(who)}"
        for kind, who in zip(last["kind"], last["payer"], strict=True)
    ]
    drawn = last.assign(key=keys, order=last["kind"].map(list(KIND_WORDS).index))
    rows = dots_of(drawn.sort_values("order", kind="stable"), THOUSAND, "value", signed=False)
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
    worded = frame.assign(what=frame["kind"].map(KIND_WORDS), whose=frame["payer"].map(payer_name))
    table = by_period(
        "costs", "Programmes' cost beside cash released and capacity freed, in thousands of pounds", worded,
        ["what", "whose"], ["What", "Whose"], THOUSAND,
    )  # fmt: skip
    return Figure(chart=chart, table=table, note=note)


def _finding(context: Context, last: pd.DataFrame) -> str:
    """Return what programmes cost in the last year, the dearest first, and whether cash is released."""
    year = context.last_year
    total = total_cost(context.comparison)
    cost = total[(total["period"] == year) & (total["value"] != 0)].sort_values("value", ascending=False)
    cash = [row for row in last.itertuples() if row.kind == CASH and verdict(row) == "change"]
    released = (
        "cash is clearly released"
        if any(float(row.value) > 0 for row in cash)
        else "no cash is clearly released"
    )
    if cost.empty:
        return f"No cost of a programme is recorded in {year}; {released}"
    told = [f"{pounds(estimate(row, 'value'))} for {row.label}" for row in cost.itertuples()]
    return f"Programmes cost in {year}: {'; '.join(told)}. In that year {released}"


def _by_programme(context: Context, frame: pd.DataFrame) -> Table:
    """Return what each intervention costs each payer, for every year and over the run."""
    worded = frame.assign(part=_parts(context, frame), whose=frame["payer"].map(payer_name))
    caption = "What each part of a programme costs, in thousands of pounds"
    head = ["Part of the programme", "Who pays"]
    return by_period("programme_costs", caption, worded, ["part", "whose"], head, THOUSAND)


def _parts(context: Context, frame: pd.DataFrame) -> list[str]:
    """Return what the interventions of each row's scenario are called."""
    comparison = context.comparison
    labels = {comparison.names[run]: intervention_labels(run) for run in comparison.scenarios}
    return [
        labels[str(run)].get(str(part), str(part).replace("_", " ").capitalize())
        for run, part in zip(frame["run"], frame["programme"], strict=True)
    ]


def _paid_twice(frame: pd.DataFrame) -> Table:
    """Return double running by scenario and year."""
    caption = "Double running: paid twice over, in thousands of pounds"
    worded = frame.assign(what="Paid twice over, all payers")
    return by_period("double_running", caption, worded, ["what"], ["What"], THOUSAND)


def _added(context: Context, frame: pd.DataFrame) -> Table:
    """Return beds freed, beds filled again and people whom capacity brings."""
    frame = frame[frame["difference"] != 0].copy()
    worded = frame.assign(part=_parts(context, frame), what=frame["measure"].map(ADDED))
    caption = (
        "What capacity draws in: beds freed, beds filled again (backfill) and demand induced, whole area"
    )
    head = ["Part of the programme", "What"]
    return by_period("added_demand", caption, worded, ["part", "what"], head, 1.0, "difference")
