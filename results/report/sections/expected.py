"""What each scenario's file says should happen, and whether it was seen."""

from __future__ import annotations

import math
from dataclasses import dataclass
from fnmatch import fnmatch

import pandas as pd

from results.annual import directions
from results.expectations import CONTRARY, OF_CONDITIONS, OPEN, SETTLED, UNJUDGED, Finding, judge, yearly
from results.measures.registry import measure, measures
from results.report.blocks import NOT_READ, Context, Row, Section, Table
from results.report.sections.shared import node_name, place_words, spoken
from results.runs import Run
from results.small_scale import WAITS
from results.stated import DIRECTION_WORDS, Expected, Stated, stated
from results.statistics import Array, over_replicates
from results.wording import Estimate, number

KINDS = {
    "new_cases": "New cases of", "cases": "People with", "undiagnosed": "People with, but not known to have,",
    "deaths": "Deaths from", "arrivals": "Arrivals at", "starts": "People taken on at",
    "mean_occupied": "Places in use at", "mean_queue": "People waiting at",
    "mean_blocked": "People ready to move on from", "mean_places": "Places at",
}  # fmt: skip
COLUMNS = [
    "run", "label", "part", "measure", "direction", "year", "replicates", "baseline", "difference", "low",
    "high", "found", "why",
]  # fmt: skip


@dataclass(frozen=True, kw_only=True)
class _Held:
    """An expectation of one scenario, and what was found of it (None: not judged, for a reason)."""

    run: Run
    part: Stated
    expected: Expected
    found: Finding | None
    words: str


def expected(context: Context) -> Section:
    """Return each expectation of each scenario with what was found."""
    comparison = context.comparison
    count = len(comparison.replicates)
    section = Section(
        key="expected",
        title="Did what was expected happen?",
        lead=[
            "Every scenario's file says, before anything is run, which figures should fall, rise or stay, "
            "and why. Here each is held against these runs. Intervals are wider than elsewhere (each side "
            "holds all but a third of one per cent), so that luck alone rarely passes for a confirmation.",
            f"\u201cNot seen\u201d means that {count} repeat run{'s' if count > 1 else ''} at this scale "
            f"{'do' if count > 1 else 'does'} not settle it: the effect may be there and too small to show.",
        ],
    )
    held = [one for run in comparison.scenarios for one in _held(context, run)]
    if any(len(stated(run)) > 1 for run in comparison.scenarios):
        section.lead.append(
            "A combination is held to what each of its parts is expected to do alone; another part may "
            "strengthen it or work against it."
        )
    silent = [run for run in comparison.scenarios if not any(one.run is run for one in held)]
    section.lead += [f"{comparison.labels[run]} states no expectation that is recorded." for run in silent]
    if held:
        section.blocks.append(_table(context, held))
    return section


def _held(context: Context, run: Run) -> list[_Held]:
    """Return the expectations of one scenario, each judged where it can be."""
    return [_judged(context, run, part, one) for part in stated(run) for one in part.expects]


def _judged(context: Context, run: Run, part: Stated, one: Expected) -> _Held:
    """Hold one expectation against the runs."""
    comparison = context.comparison
    found, words = None, ""
    if one.years > len(comparison.years):
        words = f"Not judged: it is of year {one.years}, and these runs have {len(comparison.years)}"
    elif _unreadable(context, one.measure):
        words = f"Not judged: {NOT_READ}"
    else:
        pair = [_units(context, each, one) for each in (comparison.baseline, run)]
        if any(values is None for values in pair):
            words = "Not judged: it is not recorded"
        else:
            before, after = (values for values in pair if values is not None)
            found = judge(part.name, one, before, after)
            words = _outcome(found)
    return _Held(run=run, part=part, expected=one, found=found, words=words)


def _units(context: Context, run: Run, one: Expected) -> Array | None:
    """Return the measure by replicate, each a mean over the draws; None where it was not recorded."""
    comparison = context.comparison
    kind, _, _ = one.measure.partition(":")
    if kind not in directions() and kind not in KINDS:
        return None
    try:
        values = yearly(run, one.measure, one.years)
    except (IndexError, KeyError):
        return None
    if len(values) != len(run.replicates):
        return None
    by_unit = pd.Series(values, index=run.replicates).reindex(comparison.own_units(run))
    return over_replicates(by_unit.to_numpy(dtype=float), len(comparison.draw_numbers))


def _unreadable(context: Context, name: str) -> bool:
    """Tell whether a measure is an accident of the sample."""
    kind, colon, subject = name.partition(":")
    if not colon:
        return name in context.comparison.unreadable
    nodes = context.comparison.unreadable_nodes
    return kind in WAITS and any(fnmatch(node, subject) for node in nodes)


def _outcome(found: Finding) -> str:
    """Return what was found, in words."""
    return {
        SETTLED: "As expected",
        CONTRARY: "Contrary to what was expected",
        OPEN: f"Not seen with {found.replicates} repeat runs"
        if found.expected.direction != "stays"
        else f"Not settled with {found.replicates} repeat runs; nothing clear against it",
        UNJUDGED: "Not judged: one repeat run only",
    }[found.outcome]


def measure_words(name: str, places: frozenset[str] = frozenset()) -> str:
    """Return a measure of the registry, or KIND:NAME, in words."""
    kind, colon, subject = name.partition(":")
    if not colon:
        if name in measures():
            return f"{measure(name).label} ({measure(name).unit})"
        return f"{spoken(name)} (pounds a year)" if name in directions() else name
    if kind in OF_CONDITIONS or kind == "deaths":
        words = spoken(subject)
        return f"{KINDS[kind]} {words if words[:2].isupper() else words[0].lower() + words[1:]}"
    plain = subject.strip("*").strip("_").replace("_*", "")
    return f"{KINDS.get(kind, kind)} {node_name(plain, places)}"


def _table(context: Context, held: list[_Held]) -> Table:
    """Return the table of expectations."""
    comparison, places = context.comparison, place_words(context)
    rows, records = [], []
    for one in held:
        found, label = one.found, comparison.labels[one.run]
        several = len(stated(one.run)) > 1
        shown = Estimate(found.difference, found.low, found.high) if found else Estimate(math.nan)
        what = measure_words(one.expected.measure, places)
        cells = [
            label,
            what + (f" \u2014 of its part {one.part.label}" if several else ""),
            f"{DIRECTION_WORDS[one.expected.direction]} in year {one.expected.years}",
            one.words,
            shown.text(signed=True) if found else "\u2014",
            number(found.baseline, shown.places) if found else "\u2014",
            one.expected.why,
        ]
        grey = found is None or found.outcome not in {SETTLED, CONTRARY}
        rows.append(Row(cells, run=comparison.names[one.run], grey=grey))
        numbers = [found.baseline, found.difference, found.low, found.high] if found else [math.nan] * 4
        replicates = found.replicates if found else 0
        asked = [one.expected.measure, one.expected.direction, one.expected.years]
        records.append(
            [comparison.names[one.run], label, one.part.label, *asked, replicates, *numbers, one.words,
             one.expected.why]
        )  # fmt: skip
    return Table(
        name="expected",
        caption="What was expected, and what was found",
        head=["Scenario", "What", "Expected", "Found", "Difference (interval)", "Baseline", "Why expected"],
        rows=rows,
        frame=pd.DataFrame(records, columns=COLUMNS),
        headers=2,
        words=frozenset({2, 3, 6}),
    )
