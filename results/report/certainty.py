"""How sure, on what, and where it all came from: the report's last sections, and its warnings."""

from __future__ import annotations

import pandas as pd

from results.comparison import Comparison
from results.measures.registry import measures
from results.report.assumptions import GRADES, assumptions_of
from results.report.blocks import Context, Row, Section, Table
from results.report.sections.capacity import shortages
from results.runs import A_DRAW
from results.thresholds import thresholds

NOT_FOR = (
    "forecasting what will happen to any one person, or choosing who is offered care;",
    "setting a budget, a contract or a staffing establishment without local review;",
    "judging one practice, ward or team, whose small numbers move by chance alone;",
    "claiming that a difference is certain because its interval is narrow: the interval holds computing "
    "error only;",
    "any use where the figures graded C below decide the answer and nobody has checked them locally.",
)


def warnings_of(context: Context) -> list[str]:
    """Return what a reader must know before any number."""
    comparison = context.comparison
    found = []
    for run in comparison.runs:
        if run.unfinished:
            done = len(run.replicates)
            found.append(f"{run.label}: unfinished, {done} of {run.declared_replicates} replicates are in.")
        stated = run.manifest.get("warnings") or []
        found += [f"{run.label}: {text}" for text in ([stated] if isinstance(stated, str) else stated)]
    used = len(comparison.replicates)
    if any(
        {unit % A_DRAW for unit in run.replicates} != set(comparison.replicates) for run in comparison.runs
    ):
        found.append(f"Only the {used} replicates that every run has finished are compared.")
    if used == 1:
        found.append("There is one replicate, so no interval can be given. Do not read small differences.")
    scale = float(comparison.baseline.manifest["scale"])
    if scale != 1:
        found.append(
            f"These runs keep {scale:.1%} of residents: fit for trying things out, not for decisions."
        )
    found += shortages(context)
    if not comparison.scenarios:
        found.append("There is one run only, so nothing is compared: levels are shown without differences.")
    found.append(_what_intervals_hold(comparison))
    return found


def _what_intervals_hold(comparison: Comparison) -> str:
    """Return what the intervals shown are of, and what they leave out."""
    draws, replicates = len(comparison.draw_numbers), len(comparison.replicates)
    if draws < 2:
        return (
            "Intervals hold computing error only. Uncertainty in the scenarios' figures (parameters) is not "
            "yet included, so real uncertainty is wider than shown; a study with `draws` includes it."
        )
    words = (
        f"Figures are means over {draws} draws of the scenarios' uncertain figures. Intervals beside a "
        "difference hold computing error only; how far it varies over the draws is shown apart, as the range "
        "over parameters. Figures of the baseline are not drawn."
    )
    if replicates == 1:
        words += " With one replicate a draw, the range over parameters has computing error in it: too wide."
    return words


def certainty(context: Context) -> Section:
    """Return how sure the results are, and on what they rest."""
    section = Section(
        key="certainty",
        title="How sure, and on what",
        lead=[
            "Computing error is the spread over replicates: it comes from chance in the model and shrinks "
            "with more replicates. "
            "It is not the uncertainty of the evidence, of the figures chosen where evidence is thin, or "
            "of the model's form; "
            "those remain however many replicates are run. "
            "The range over parameters is the spread over draws of the scenarios' uncertain figures, with "
            "computing error taken out; it says nothing of the model's form.",
            "A difference is drawn grey when its interval holds zero, or when it is smaller than the "
            "decision threshold in the "
            "table below, which is a judgement (grade C).",
        ],
    )
    section.blocks += [_assumptions(context), _thresholds()]
    return section


def _assumptions(context: Context) -> Table:
    """Return every figure of each scenario with its source and grade."""
    rows, records = [], []
    for run in context.comparison.runs:
        name = context.comparison.names[run]
        for found in assumptions_of(run):
            grade = (
                f"{found.grade}: {GRADES[found.grade.upper()]}"
                if found.grade.upper() in GRADES
                else found.grade
            )
            cells = [run.label, found.where, found.value, found.interval, grade, found.source]
            rows.append(Row(cells, run="" if run is context.comparison.baseline else name))
            records.append(
                dict(zip(["scenario", "figure", "value", "interval", "grade", "source"], cells, strict=True))
            )
    head = ["Scenario", "Figure", "Value", "Low to high", "Grade", "Source"]
    return Table(
        name="assumptions",
        caption="Figures on which each scenario rests, as its file states them",
        head=head,
        rows=rows,
        frame=pd.DataFrame(records, columns=["scenario", "figure", "value", "interval", "grade", "source"]),
        headers=2,
        words=frozenset(range(2, 6)),
    )


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
        caption="Decision thresholds",
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
    head = ["Item", *(run.label for run in runs)]
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


def definitions() -> Table:
    """Return the registry of measures as a table."""
    rows = [Row([m.label, m.unit, m.definition, m.source]) for m in measures().values()]
    head = ["Measure", "Unit", "Definition", "Source of the definition"]
    return Table(
        name="measures",
        caption="What each measure means",
        head=head,
        rows=rows,
        frame=pd.DataFrame([row.cells for row in rows], columns=head),
        words=frozenset(range(1, 4)),
    )
