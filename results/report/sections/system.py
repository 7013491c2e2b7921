"""The system: the care network drawn once, how full each kind of care is, and the chain that blocks it."""

from __future__ import annotations

import math

import pandas as pd

from results.charts import Naming
from results.comparison import DIFFERENCE_COLUMNS
from results.measures.registry import measure
from results.measures.series import month_labels
from results.report.blocks import Context, Figure, Row, Section, Table, estimate, is_clear
from results.report.pathway import fullness, places, ways
from results.report.pathway_picture import chain_chart, pathway_picture
from results.wording import Estimate, number, seen

CHAIN = (
    ("Ready to leave, waiting for P1, P2 or P3: patients a day",
     ("nctr_daily_p1", "nctr_daily_p2", "nctr_daily_p3")),
    ("Acute beds occupied", ("occupied_beds",)),
    ("Patients boarding in emergency departments", ("boarders",)),
    ("Minutes from ambulance arrival to handover", ("handover_minutes",)),
    ("Category 2 ambulance response, minutes", ("response_category_2",)),
)  # fmt: skip
"""From the way out of hospital back to the street: each blocks the next."""


def system(context: Context) -> Section:
    """Return the pathway picture of each scenario with its table, and the blocking chain."""
    section = Section(
        key="system",
        title="The care network",
        lead=[
            "The whole network from home on the left to home again on the right, by kind of care. The wider "
            "a way, the more people take it in a day. Only ways that the model counts are drawn.",
        ],
    )
    frame = ways(context)
    if not frame.empty:
        section.blocks += [
            _picture(context, str(run), part) for run, part in frame.groupby("run", sort=False)
        ]
    full = fullness(context)
    if not full.empty:
        section.blocks.append(_fullness(context, full))
    chain = _chain(context)
    if chain is not None:
        section.blocks.append(chain)
    return section


def _picture(context: Context, run: str, frame: pd.DataFrame) -> Figure:
    """Return the picture of one scenario."""
    label, year = context.looks[run].label, context.last_year
    clear = frame[frame["verdict"].map(is_clear).astype(bool)]
    more, fewer = int((clear["change"] > 0).sum()), int((clear["change"] < 0).sum())
    counts = f"{more} clearly busier and {fewer} clearly quieter"
    title = f"{label}: of {len(frame)} ways through care, {counts} in {year}"
    if run == context.baseline_name:
        title = f"How people move through care in {year}"
    elif clear.empty:
        title = f"{label}: no way through care clearly becomes busier or quieter in {year}"
    else:
        top = clear.loc[clear["percent"].abs().idxmax()]
        title += f"; most of all {_way(top)} ({number(top['percent'], 1, signed=True)}%)"
    alt = (
        "The care network from left to right: home, neighbourhood care, urgent care, hospital, intermediate "
        "care, home again. Ways are as wide as the people who take them in a day. The table has every number."
    )
    chart = pathway_picture(Naming(f"pathway_{list(context.looks).index(run)}", title, alt), frame, places())
    note = (
        f"{year}, people a day, mean over repeat runs. Coloured and with a per cent: a change from the "
        "baseline that is clear and at least as large as the smallest that matters; dashed means fewer. "
        "Source: these runs."
    )
    return Figure(chart=chart, table=_ways_table(chart.name, label, frame, run), note=note, run=run)


def _way(row: pd.Series) -> str:
    """Return a way in words."""
    known = places()
    first, second = (known[row[key]].label for key in ("start", "end"))
    words = [text.lower() if text in {"Home", "Home again"} else text for text in (first, second)]
    return f"from {words[0]} to {words[1]}"


def _ways_table(name: str, label: str, frame: pd.DataFrame, run: str) -> Table:
    """Return every way with people a day and change."""
    rows = []
    for row in frame.itertuples():
        change = Estimate(row.change, row.low, row.high)
        percent = number(row.percent, seen(row.percent, 1), signed=True) + "%"
        words = _way(pd.Series(row._asdict()))
        grey = not is_clear(row.verdict)
        cells = [
            words[0].upper() + words[1:],
            row.words,
            Estimate(row.baseline).text(),
            change.text(signed=True),
            percent,
        ]
        rows.append(Row(cells, run=run, grey=grey))
    return Table(
        name=name, caption=f"{label}: people a day on each way",
        head=["Way", "What is counted", "Baseline, a day", "Change, a day (95% interval)", "Change, %"],
        rows=rows, frame=frame, headers=1, words=frozenset({1}),
    )  # fmt: skip


def _fullness(context: Context, frame: pd.DataFrame) -> Table:
    """Return how full each kind of care is, for every run."""
    rows = [
        Row(
            [
                places()[row.place].label, row.label, _one(row.occupied), _one(row.places, "no limit"),
                _one(row.blocked), _one(row.wait, "not to be read, or none"),
            ],
            run="" if row.run == context.baseline_name else row.run,
        )
        for row in frame.sort_values("place", key=lambda keys: keys.map(list(places()).index), kind="stable")
        .itertuples()
    ]  # fmt: skip
    return Table(
        name="kinds_of_care",
        caption=f"How full each kind of care is in {context.last_year}: means of the year over repeat runs",
        head=["Kind of care", "Scenario", "Occupied", "Places", "Finished, and keeping a place",
              "Mean wait (hours)"],
        rows=rows, frame=frame, headers=2,
    )  # fmt: skip


def _one(value: float, missing: str = "not known") -> str:
    """Return a number with as many figures as its size asks."""
    return number(value, 0 if abs(value) >= 100 else 1) if math.isfinite(value) else missing


def _chain(context: Context) -> Figure | None:
    """Return the blocking chain month by month."""
    panels, parts = [], []
    for title, names in CHAIN:
        found = [context.comparison.levels(name, by="month") for name in names]
        if any(frame.empty for frame in found):
            continue
        whole = found[0].copy()
        for other in found[1:]:
            whole["value"] = whole["value"] + other["value"]
        panels.append((title, whole))
        parts += [context.changes([name]) for name in names]
    if not panels:
        return None
    naming = Naming(
        "chain", _chain_title(context),
        f"{len(panels)} panels one below the other, month by month, a line a run: "
        + "; ".join(title for title, _ in panels) + ".",
    )  # fmt: skip
    chart = chain_chart(naming, panels, month_labels(context.comparison.baseline), context.looks)
    told = [part for part in parts if not part.empty]
    changes = pd.concat(told, ignore_index=True) if told else pd.DataFrame(columns=DIFFERENCE_COLUMNS)
    note = (
        "Who cannot leave keeps a bed; a full ward keeps patients in the emergency department; a full "
        "department keeps ambulances; and the next caller waits. Means of each month over repeat runs; "
        "shaded: December to February. Vertical axes do not start at zero. Source: these runs."
    )
    return Figure(chart=chart, table=_chain_table(context, changes), note=note)


def _chain_title(context: Context) -> str:
    """Return how far along the chain a clear change is seen."""
    names = [names for _, names in CHAIN]
    words = ("delays on leaving", "beds", "boarding", "handover", "ambulance response")
    said = []
    for place, of in enumerate(names):
        rows = context.changes(of)
        if not rows.empty and rows["verdict"].map(is_clear).any():
            said.append(words[place])
    if not context.comparison.scenarios:
        return "From beds that cannot be left to ambulances that cannot come, month by month"
    if not said:
        return (
            "No scenario clearly changes any link of the chain from discharge to ambulances in "
            f"{context.last_year}"
        )
    return (
        f"The chain from discharge to ambulances: clear changes in {context.last_year} in {', '.join(said)}"
    )


def _chain_table(context: Context, frame: pd.DataFrame) -> Table:
    """Return the last year's changes of every link."""
    rows = []
    for row in frame.itertuples():
        shown = estimate(row, "difference")
        base = number(row.baseline, shown.places)
        cells = [
            f"{measure(row.measure).label} ({measure(row.measure).unit})",
            row.label,
            base,
            shown.text(signed=True),
        ]
        rows.append(Row(cells, run=row.run, grey=not is_clear(row.verdict)))
    return Table(
        name="chain", caption=f"The links of the chain in {context.last_year}",
        head=["Measure", "Scenario", "Baseline", "Difference (95% interval)"], rows=rows, frame=frame,
        headers=2,
    )  # fmt: skip
