"""Section 5: where the system is beyond its capacity, by scenario, node and month."""

from __future__ import annotations

import calendar

import pandas as pd

from results.capacity import COLUMNS, beyond_capacity, recorded, rule_of, rules
from results.report.blocks import NOT_READ, Context, Row, Section, Table
from results.report.sections.shared import node_name, place_words
from results.wording import joined, number

NAMED = 3  # nodes named in a sentence


def capacity(context: Context) -> Section:
    """Return which care nodes are beyond their capacity, when, in which scenario, by how many places."""
    comparison, rule = context.comparison, rules()[0]
    frame = spells_of(context)
    lead = [
        f"A care node is beyond its capacity when, for {rule.months} months together (a waiting list: "
        f"{rule_of('elective_waiting_list').months}), those who need it would fill at least "
        f"{100 * rule.load_ratio - 100:.0f}% more places than it has, and more "
        "are left waiting at the end than before. A queue then says how long it has been so, and nothing "
        "else: read no wait, occupancy or delay of those months as what a scenario gives."
    ]
    if comparison.unreadable_nodes:
        lead.append(
            "In a sample of residents a shortage may be an accident of the sample: those so marked below are "
            "not to be taken for what the whole area would have."
        )
    missing = [comparison.labels[run] for run in comparison.runs if not recorded(run)]
    if missing:
        lead.append(f"Not recorded by an older version, so not judged: {joined(missing)}.")
    before = _nodes_of_baseline(context, frame)
    for run in comparison.runs:
        if comparison.labels[run] not in missing:
            own = frame[frame["run"] == comparison.names[run]]
            lead.append(
                _sentence(comparison.labels[run], own, set() if run is comparison.baseline else before)
            )
    frame = frame.assign(accident=frame["node"].isin(comparison.unreadable_nodes))
    section = Section(key="capacity", title="Beyond capacity", lead=lead)
    if not frame.empty:
        section.blocks.append(_table(frame))
    return section


def spells_of(context: Context) -> pd.DataFrame:
    """Return the spells of every run (`beyond_capacity`), with its name and label, and the node in words."""
    comparison = context.comparison
    frames = [
        beyond_capacity(run).assign(run=comparison.names[run], label=comparison.labels[run])
        for run in comparison.runs
    ]
    kept = [frame for frame in frames if not frame.empty]
    frame = pd.concat(kept, ignore_index=True) if kept else pd.DataFrame(columns=[*COLUMNS, "run", "label"])
    places = place_words(context)
    return frame.assign(key=[node_name(str(node), places) for node in frame["node"]])


def shortages(context: Context) -> list[str]:
    """Return one sentence for the baseline, and for each run that is beyond its capacity elsewhere."""
    frame = spells_of(context)
    baseline = context.comparison.names[context.comparison.baseline]
    before = _nodes_of_baseline(context, frame)
    found = []
    for (name, label), part in frame.groupby(["run", "label"], sort=False):
        known = set() if name == baseline else before
        if set(part["node"]) - known:
            found.append(_sentence(str(label), part, known))
    if found and context.comparison.unreadable_nodes:
        found.append("In a sample of residents these shortages may be accidents of the sample.")
    return found


def _nodes_of_baseline(context: Context, frame: pd.DataFrame) -> set[str]:
    """Return the nodes that are beyond their capacity whatever a scenario does."""
    baseline = context.comparison.names[context.comparison.baseline]
    return set(frame.loc[frame["run"] == baseline, "node"])


def _month(period: str) -> str:
    """Return 'April 2026' for '2026-04'."""
    return f"{calendar.month_name[int(period[-2:])]} {period[:4]}"


def _short(places: float) -> str:
    """Return how many places are short, in words."""
    if places < 1.0:
        return "less than one place short"
    told = number(places)
    return f"{told} {'place' if told == '1' else 'places'} short"


def _sentence(label: str, spells: pd.DataFrame, before: set[str]) -> str:
    """Return what is to be said of one run; nodes of the baseline (`before`) are told there."""
    if spells.empty:
        return f"{label}: no care node is beyond its capacity."
    spells = spells[~spells["node"].isin(before)]
    if spells.empty:
        return f"{label}: no care node is beyond its capacity that is not in the baseline as well."
    worst = spells.sort_values("places_short", ascending=False)
    named = worst.drop_duplicates("key").head(NAMED)
    said = [
        f"{row.key} from {_month(row.first)} to {_month(row.last)} ({_short(row.places_short)})"
        for row in named.itertuples()
    ]
    others = spells["key"].nunique() - len(named)
    more = f", and {others} more in the table" if others else ""
    beside = ", beside those of the baseline" if before else ""
    return f"{label} is beyond its capacity{beside}: {joined(said)}{more}."


def _table(frame: pd.DataFrame) -> Table:
    """Return every spell."""
    rows = [
        Row(
            [
                f"{row.key} ({NOT_READ})" if row.accident else str(row.key),
                str(row.label),
                f"{_month(row.first)} to {_month(row.last)}",
                number(row.months),
                number(100 * row.ratio) + "%",
                number(row.places_short, 1),
                number(row.left_before),
                number(row.left_after),
            ],
            run=str(row.run),
            grey=bool(row.accident),
        )
        for row in frame.itertuples()
    ]
    head = [
        "Care node", "Scenario", "Months", "How many", "Load against places", "Places short",
        "Left waiting before", "Left waiting after",
    ]  # fmt: skip
    return Table(
        name="capacity", caption="Care nodes beyond their capacity, means over repeat runs", head=head,
        rows=rows, frame=frame, headers=2, words=frozenset({2}),
    )  # fmt: skip
