"""How sure, on what, and where it all came from: the report's last sections, and its warnings."""

from __future__ import annotations

import csv
from pathlib import Path

import pandas as pd

from results.comparison import Comparison
from results.likeness import told_apart
from results.measures.registry import measure, measures
from results.report.assumptions import GRADES, assumptions_of
from results.report.blocks import Context, Row, Section, Table, page_key
from results.report.sections.capacity import shortages
from results.runs import A_DRAW, Run
from results.thresholds import thresholds
from results.trial import trial_notes
from results.uncertainty.tornado import tornado
from results.wording import Estimate

JUDGED = "emergency_admissions"
"""The measure in which the effect of an assumption is shown."""
EFFECT = "Effect on emergency admissions"
GLOSSARY = Path(__file__).with_name("glossary.csv")
NOT_FOR = (
    "forecasting what will happen to any one person, or choosing who is offered care;",
    "setting a budget, a contract or a staffing establishment without local review;",
    "judging one practice, ward or team, whose small numbers move by chance alone;",
    "claiming that a difference is certain because its interval is narrow: the interval holds chance only;",
    "any use where the figures graded C below decide the answer and nobody has checked them locally.",
)


def warnings_of(context: Context) -> list[str]:
    """Return what a reader must know before any number, what matters most first."""
    comparison = context.comparison
    found = [*_incomplete(comparison), *told_apart(comparison.runs, comparison.labels)]
    found += [*_trial(comparison), *shortages(context)]
    for run in comparison.runs:
        name = comparison.labels[run]
        stated = run.manifest.get("warnings") or []
        found += [f"{name}: {text}" for text in ([stated] if isinstance(stated, str) else stated)]
    used = len(comparison.replicates)
    if any(
        {unit % A_DRAW for unit in run.replicates} != set(comparison.replicates) for run in comparison.runs
    ):
        found.append(f"Only the {used} repeat runs that every scenario has finished are compared.")
    if used == 1:
        found.append("There is one replicate, so no interval can be given. Do not read small differences.")
    if not comparison.scenarios:
        found.append("There is one run only, so nothing is compared: levels are shown without differences.")
    found.append(_what_intervals_hold(comparison))
    return found


def _incomplete(comparison: Comparison) -> list[str]:
    """Return what of the runs, or of their study, is not finished; nothing where all is."""
    parts = [
        f"{comparison.labels[run]}: {len(run.replicates)} of {run.declared_replicates} replicates are in"
        for run in comparison.runs
        if run.unfinished
    ]
    absent = [name.replace("_", " ").capitalize() for name in comparison.absent]
    parts += [f"{name}: none is in, and it is left out" for name in absent]
    if not parts:
        return []
    return [f"These results are incomplete. {'. '.join(parts)}. Run it again: what is finished is kept."]


def _trial(comparison: Comparison) -> list[str]:
    """Return that runs are a trial, and what of a sample is not to be read; nothing for whole runs."""
    runs = comparison.scale, len(comparison.replicates)
    return trial_notes(*runs, comparison.unreadable_nodes, comparison.unreadable)


def _what_intervals_hold(comparison: Comparison) -> str:
    """Return what the intervals shown are of, and what they leave out."""
    draws, replicates = len(comparison.draw_numbers), len(comparison.replicates)
    if draws < 2:
        return (
            "Intervals hold chance (computing error) only. That the scenarios' own figures are not exactly "
            "known is not yet included, so real uncertainty is wider than shown; a study that asks for draws "
            "includes it."
        )
    words = (
        f"Figures are means over {draws} draws of the scenarios' uncertain figures. Intervals beside a "
        "difference hold chance (computing error) only; how far it varies over the draws is shown apart, as "
        "the range over parameters. Figures of the baseline are not drawn."
    )
    if replicates == 1:
        words += " With one repeat run a draw, the range over parameters has chance in it: too wide."
    return words


def certainty(context: Context) -> Section:
    """Return how sure the results are, and on what they rest."""
    section = Section(
        key="certainty",
        title="How sure, and on what",
        lead=[
            "Intervals tell of chance in the model, seen in how repeat runs differ (modellers call it "
            "computing error). More repeats make it smaller. It is not the uncertainty of the evidence, of "
            "figures chosen where evidence is thin, or of the model's form: that remains however many "
            "repeats are run. The range over parameters is how far a result moves over draws of the "
            "scenarios' uncertain figures, with chance taken out; it says nothing of the model's form.",
            "A difference is drawn grey when its interval holds zero, or when it is smaller than the "
            "smallest change that matters in the table below, which is a judgement (grade C).",
        ],
    )
    section.blocks += [_assumptions(context), _thresholds()]
    return section


def _assumptions(context: Context) -> Table:
    """Return every figure of each scenario with its source, its grade and its effect on the result."""
    rows, records = [], []
    columns = ["scenario", "figure", "value", "interval", "grade", "effect", "source"]
    for run in context.comparison.runs:
        name = context.comparison.names[run]
        effects = effects_of(context, run)
        for place, found in enumerate(assumptions_of(run)):
            grade = (
                f"{found.grade}: {GRADES[found.grade.upper()]}"
                if found.grade.upper() in GRADES
                else found.grade
            )
            cells = [
                context.comparison.labels[run],
                found.where,
                found.value,
                found.interval,
                grade,
                effects.get((found.source, found.number), effects["", ""]),
                found.source,
            ]
            # Cards lead to the first figure of their scenario.
            key = page_key("assumptions", name) if place == 0 else ""
            links = {0: page_key("scenario", name)}
            rows.append(
                Row(cells, run="" if run is context.comparison.baseline else name, key=key, links=links)
            )
            records.append(dict(zip(columns, cells, strict=True)))
        if run is not context.comparison.baseline and not assumptions_of(run):
            cells = [context.comparison.labels[run], "none stated with a source", "", "", "", "", ""]
            rows.append(Row(cells, run=name, key=page_key("assumptions", name)))
    head = ["Scenario", "Figure", "Value", "Low to high", "Grade", EFFECT, "Source"]
    return Table(
        name="assumptions",
        caption="Figures on which each scenario rests, as its file states them",
        head=head,
        rows=rows,
        frame=pd.DataFrame(records, columns=columns),
        headers=2,
        words=frozenset(range(2, 7)),
    )


def effects_of(context: Context, run: Run) -> dict[tuple[str, str], str]:
    """Return how far emergency admissions move over the range of each drawn figure, by its source and value.

    Under two empty words is what is to be said of every other figure.
    """
    if not context.comparison.drawn or run is context.comparison.baseline:
        return {("", ""): "not measured: no draws"}
    found = {("", ""): "not drawn, or without effect"}
    for row in tornado(context.comparison, run, JUDGED, context.last_year).itertuples():
        shown = Estimate(row.swing, row.swing_low, row.swing_high).text(signed=True)
        words = (
            f"{shown} {measure(JUDGED).unit} from its low to its high end"
            if row.clear
            else f"not clear: {shown}"
        )
        found[" ".join(str(row.source).split()), f"{row.value:g}"] = words
    return found


def _thresholds() -> Table:
    """Return the decision thresholds."""
    rows, records = [], []
    for (name, quantity), found in thresholds().items():
        who = "any measure" if name == "*" else measures()[name].label
        cells = [
            who,
            quantity.replace("_", " "),
            f"{found.value:g} {found.unit}",
            found.grade,
            found.source,
            found.reason,
        ]
        rows.append(Row(cells))
        records.append(cells)
    head = ["Measure", "Of what", "Smallest change that matters", "Grade", "Source", "Reason"]
    return Table(
        name="thresholds",
        caption="Smallest changes that matter (decision thresholds)",
        head=head,
        rows=rows,
        frame=pd.DataFrame(records, columns=head),
        headers=2,
        words=frozenset(range(2, 6)),
    )


def provenance(context: Context) -> Section:
    """Return what is needed to run it again."""
    keys = (
        "area",
        "start",
        "years",
        "scale",
        "seed",
        "replicates",
        "code_version",
        "inputs_sha256",
        "created",
    )
    runs = context.comparison.runs
    rows = [
        Row(["Label in full", *(run.label for run in runs)]),
        Row(["Scenario name", *(str(run.scenario["name"]) for run in runs)]),
        Row(["Variant", *(str(run.scenario.get("variant") or "none") for run in runs)]),
        *(
            Row(
                [
                    key.replace("_", " ").capitalize(),
                    *(str(run.manifest.get(key, "not recorded")) for run in runs),
                ]
            )
            for key in keys
        ),
        Row(["Versions", *(_pairs(run.manifest.get("versions")) for run in runs)]),
        Row(["Machine", *(_pairs(run.manifest.get("machine")) for run in runs)]),
    ]
    head = ["Item", *(context.comparison.labels[run] for run in runs)]
    frame = pd.DataFrame([row.cells for row in rows], columns=["item", *context.looks])
    table = Table(
        name="provenance",
        caption="Everything needed to run it again",
        head=head,
        rows=rows,
        frame=frame,
        words=frozenset(range(1, len(head))),
    )
    lead = [
        "Each run can be repeated from these entries: the same version, scenario text, seed and scale give "
        "the same tables."
    ]
    return Section(key="provenance", title="Provenance", lead=lead, blocks=[table])


def _pairs(found: object) -> str:
    """Return a mapping as 'key value, key value'."""
    if isinstance(found, dict):
        return ", ".join(f"{key} {value}" for key, value in found.items())
    return str(found or "not recorded")


def glossary() -> Table:
    """Return the words that a reader may not know."""
    with GLOSSARY.open(encoding="utf-8", newline="") as file:
        records = [(row["term"], row["meaning"]) for row in csv.DictReader(file)]
    return Table(
        name="words",
        caption="Words used in this report",
        head=["Word", "What it means"],
        rows=[Row(list(record)) for record in records],
        frame=pd.DataFrame(records, columns=["word", "meaning"]),
        words=frozenset({1}),
    )


def definitions() -> Table:
    """Return the registry of measures as a table."""
    rows = [
        Row([m.label, m.unit, m.definition, m.source], key=page_key("measure", m.name))
        for m in measures().values()
    ]
    head = ["Measure", "Unit", "Definition", "Source of the definition"]
    return Table(
        name="measures",
        caption="What each measure means",
        head=head,
        rows=rows,
        frame=pd.DataFrame([row.cells for row in rows], columns=head),
        words=frozenset(range(1, 4)),
    )
