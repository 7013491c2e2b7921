"""Who gives the care and what it costs them, what the plans allocate, and the gap if nothing is done."""

from __future__ import annotations

import pandas as pd

from results import charts
from results.charts import Naming
from results.economics.accounts import accounts, activity_and_cost
from results.economics.activities import activities, not_recorded, place_words, provider_words
from results.economics.allocations import against_allocations
from results.economics.gap import gap
from results.economics.paired import DISCOUNTED
from results.economics.prices import PRICE_YEAR
from results.report.blocks import Context, Figure, Row, Section, Table, estimate
from results.report.sections.sums import beside, dots_of, payer_name, scaled, verdict
from results.wording import MILLION, Estimate, joined, number, pounds

GAPS = {
    "cost": "What care and programmes cost", "affordable": "What the allocation pays for",
    "gap": "Gap if the allocation is all there is",
    "productivity": "What the plan's 2% productivity a year would take off",
    "closed": "Closed by the scenario", "closed_percent": "Closed, per cent of the baseline's gap",
}  # fmt: skip
NAMED = 3
COST = "cost_of_care"
"""Whose decision threshold serves every part of it."""


def who_pays(context: Context) -> Section:
    """Return activity and cost by provider and payer, against allocations, and the do-nothing gap."""
    section = Section(
        key="accounts",
        title="Who gives the care, who pays, and the gap",
        lead=[
            f"Care that has a price, at full unit cost in pounds of {PRICE_YEAR}: what a provider does, and "
            "would be paid were each unit paid for. Most of a full cost is staff and buildings that are "
            "there either way: the marginal cost is what one unit more or fewer changes within a year, and "
            "cash what is really paid or not paid. More care given (operations done sooner, say) shows as a "
            "cost.",
            "Not counted: medicines, dentistry, unpaid care, weeks lived in care homes, and care in "
            "hospitals outside the area.",
        ],
    )
    missing = not_recorded(context.comparison.baseline)
    if missing:
        section.lead.append(f"Not recorded by these runs, so not counted either: {joined(missing)}.")
    by_provider = accounts(context.comparison, "provider", "place")
    if not by_provider.empty:
        section.blocks += [_providers(context, by_provider), _activity(context), _payers(context)]
    held = against_allocations(context.comparison)
    if not held.empty:
        section.blocks.append(_allocations(held))
    frame = gap(context.comparison)
    if not frame.empty:
        section.lead.append(_gap_sentence(context, frame))
        section.blocks.append(_gap(context, frame))
    return section


def _named(context: Context, frame: pd.DataFrame) -> pd.Series:
    """Return a provider with its place, in words."""
    run = context.comparison.baseline
    providers, places = provider_words(run), place_words(run)
    whole = [providers.get(name, str(name).replace("_", " ")) for name in frame["provider"]]
    where = [places.get(name, str(name).replace("_", " ")) for name in frame["place"]]
    joined_up = [
        f"{one}, {at}" if at and at not in one else one for one, at in zip(whole, where, strict=True)
    ]
    return pd.Series(joined_up, index=frame.index)


def _providers(context: Context, frame: pd.DataFrame) -> Figure:
    """Return the change in each provider's cost in the last year, those that clearly change first."""
    year = context.last_year
    frame = frame.assign(key=_named(context, frame))
    last = frame[frame["period"] == year].copy()
    last["clear"] = [verdict(row, "difference", COST) == "change" for row in last.itertuples()]
    size = last.assign(size=last["difference"].abs()).groupby("key")["size"].max()
    kept = [key for key in size.sort_values(ascending=False).index if (last["key"] == key).any()]
    shown = last[last["key"].isin(kept[:8])].assign(order=lambda part: part["key"].map(kept.index))
    shown = shown.sort_values("order", kind="stable")
    naming = Naming(
        "providers",
        _provider_finding(last, year),
        "Dots with intervals: change in the full cost of care at each provider, by scenario; the eight that "
        "change most.",
    )
    rows = dots_of(shown, MILLION, of=COST)
    chart = charts.dot_rows(naming, [(f"Millions of pounds in {year}", rows)], context.scenario_looks)
    note = (
        f"Over {context.year_words}, more than the baseline, at full cost. The eight providers that change "
        "most are drawn; all are in the table. Hollow grey marks: may be chance, or not to be read at this "
        "scale."
    )
    return Figure(chart=chart, table=_provider_table(frame, year), note=note)


def _provider_finding(last: pd.DataFrame, year: str) -> str:
    """Return at which providers costs clearly rise and fall most."""
    clear = last[last["clear"]]
    said = []
    for word, part in (("rise", clear[clear["difference"] > 0]), ("fall", clear[clear["difference"] < 0])):
        order = part.reindex(part["difference"].abs().sort_values(ascending=False).index)
        named = [
            f"{row.key} ({pounds(estimate(row, 'difference'))})"
            for row in order.drop_duplicates("key").head(NAMED).itertuples()
        ]
        if named:
            said.append(f"{word} most at {joined(named)}")
    return (
        f"In {year} costs {'; they '.join(said)}"
        if said
        else f"In {year} no provider's cost changes clearly and by enough to matter"
    )


def _provider_table(frame: pd.DataFrame, year: str) -> Table:
    """Return the last year by provider: levels, and the difference at full, marginal and cash cost."""
    rows = [
        Row(
            [
                str(row.key), str(row.label), number(row.baseline / MILLION, 1),
                scaled(row, MILLION, "difference").text(signed=True),
                *beside(row, MILLION, ("at_low_prices", "at_high_prices", "marginal", "cash")),
            ],
            run=str(row.run), grey=verdict(row, "difference", COST) != "change",
        )
        for row in frame[frame["period"] == year].itertuples()
    ]  # fmt: skip
    head = ["Provider", "Scenario", "Baseline", "Difference at full cost (95% interval)",
            "With all prices low",
            "With all prices high", "At marginal cost", "In cash"]  # fmt: skip
    caption = f"Cost of care by provider in {year}, in millions of pounds of {PRICE_YEAR}"
    return Table(name="providers", caption=caption, head=head, rows=rows, frame=frame, headers=2)


def _activity(context: Context) -> Table:
    """Return how much of each activity each provider gives in the baseline's last year."""
    every = activity_and_cost(context.comparison)
    every = every.assign(key=_named(context, every))
    frame = every[(every["period"] == context.last_year) & (every["run"] == context.baseline_name)]
    known = activities()
    rows = [
        Row(
            [known[row.activity].label, str(row.key), scaled(row).text(),
             known[row.activity].unit + "s" if known[row.activity].unit != "GBP" else "pounds",
             number(row.pounds / MILLION, 1) if known[row.activity].full else "in another price"],
        )
        for row in frame.itertuples()
    ]  # fmt: skip
    caption = f"Activity by provider in {context.last_year}, baseline; the file has every run and year"
    return Table(
        name="activity", caption=caption,
        head=["Activity", "Provider", "How much", "Of what", "Full cost (£ million)"], rows=rows,
        frame=every, headers=2, words=frozenset({3}),
    )  # fmt: skip


def _payers(context: Context) -> Table:
    """Return cost by payer and setting over the run."""
    frame = accounts(context.comparison, "payer", "setting")
    whole = frame[frame["period"] == DISCOUNTED]
    rows = [
        Row(
            [payer_name(str(row.payer)), str(row.setting).capitalize(), str(row.label),
             number(row.baseline / MILLION, 1), scaled(row, MILLION, "difference").text(signed=True),
             *beside(row, MILLION, ("marginal", "cash"))],
            run=str(row.run), grey=verdict(row, "difference", COST) != "change",
        )
        for row in whole.itertuples()
    ]  # fmt: skip
    head = ["Who pays", "Part of care", "Scenario", "Baseline", "Difference at full cost (95% interval)",
            "At marginal cost", "In cash"]  # fmt: skip
    caption = f"Cost of care by payer, whole run, discounted, in millions of pounds of {PRICE_YEAR}"
    return Table(name="payers", caption=caption, head=head, rows=rows, frame=frame, headers=3)


def _allocations(frame: pd.DataFrame) -> Table:
    """Return what runs spend against what the plans allocate."""
    rows = [
        Row(
            [str(row.words), str(row.label), number(row.allocated / MILLION, 1), scaled(row, MILLION).text(),
             f"{number(row.percent)}%", str(row.period), str(row.holds)],
            run=str(row.run),
        )
        for row in frame.itertuples()
        if row.value
    ]  # fmt: skip
    head = ["What the plan allocates", "Run", "Allocated", "Counted in the run", "Share", "Of which period",
            "What is counted"]  # fmt: skip
    caption = f"Against the plans' allocations, in millions of pounds of {PRICE_YEAR}"
    return Table(name="allocations", caption=caption, head=head, rows=rows, frame=frame, headers=2,
                 words=frozenset({5, 6}))  # fmt: skip


def _baseline_gap(context: Context, frame: pd.DataFrame) -> Estimate:
    """Return the gap of the last year that has an allocation, if nothing is done."""
    mine = frame[(frame["run"] == context.baseline_name) & (frame["quantity"] == "gap")]
    return estimate(list(mine.itertuples())[-1], "value")


def _gap_sentence(context: Context, frame: pd.DataFrame) -> str:
    """Return how large the gap is if nothing is done, and what scenarios clearly close of it."""
    year = frame["period"].iloc[-1]
    last = frame[frame["period"] == year]
    found = _baseline_gap(context, frame)
    text = (
        "The gap if nothing is done (current service continued): the NHS's care that is priced here would in "
        f"{year} cost {pounds(found)} more than its share of the allocation of the plan, with no gain in "
        "productivity."
    )
    closed = [row for row in last[last["quantity"] == "closed"].itertuples() if verdict(row) == "change"]
    told = [
        f"{row.label} {'closes' if float(str(row.value)) > 0 else 'widens it by'} "
        f"{pounds(estimate(row, 'value').size())}{' of it' if float(str(row.value)) > 0 else ''}"
        for row in closed
    ]
    return f"{text} {'; '.join(told)}." if told else f"{text} No scenario clearly closes any of it."


def _gap(context: Context, frame: pd.DataFrame) -> Figure:
    """Return the gap of every run by year."""
    last = frame["period"].iloc[-1]
    shown = frame[(frame["quantity"] == "gap") & (frame["period"] != frame["period"].iloc[0])]
    naming = Naming(
        "gap",
        f"If nothing is done, care costs the NHS {pounds(_baseline_gap(context, frame))} more in {last} than "
        "its share of the allocation",
        "Dots with intervals: millions of pounds by which priced care of the NHS and its programmes cost "
        "more than their share of the allocation, by year and run.",
    )
    rows = dots_of(shown.assign(key=shown["period"]), MILLION, "value", signed=False)
    chart = charts.dot_rows(naming, [("Millions of pounds a year", rows)], context.looks)
    note = (
        "Current service continued is the baseline. The allocation is the plan's, in real terms, and care "
        "that is priced here is taken to keep the share of it that it has in the first year; unit costs stay "
        "as they are. What the plan expects of productivity is in the table and not taken off."
    )
    return Figure(chart=chart, table=_gap_table(frame), note=note)


def _gap_table(frame: pd.DataFrame) -> Table:
    """Return the gap by run and year."""
    rows = []
    for (run, quantity), part in frame.groupby(["run", "quantity"], sort=False):
        size = 1.0 if quantity == "closed_percent" else MILLION
        cells = []
        for row in part.itertuples():
            shown = scaled(row, size)
            cells.append("not defined" if quantity == "closed_percent" and shown.mean != shown.mean
                         else shown.text(suffix="%" if quantity == "closed_percent" else ""))  # fmt: skip
        rows.append(Row([str(part["label"].iloc[0]), GAPS[str(quantity)], *cells], run=str(run)))
    years = list(dict.fromkeys(frame["period"]))
    return Table(
        name="gap", caption=f"Do nothing against the allocation, in millions of pounds of {PRICE_YEAR}",
        head=["Run", "What", *years], rows=rows, frame=frame, headers=2,
    )  # fmt: skip
