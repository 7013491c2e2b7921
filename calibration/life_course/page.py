"""The page `docs/validation/life_course.md`."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import numpy as np

from calibration.life_course.checks import Check, load_misses
from calibration.life_course.sections import Section
from calibration.targets import USES

_INTRODUCTION = """# The life course against the evidence

Written by `python -m calibration.life_course --page docs/validation`; do not edit. {run}.

The life course runs alone (`care=False`): care does to residents what it does on average in the baseline.
**Built-in** figures made a table of the model: agreement shows that the table works, and no more. **Fitted**
figures had a parameter chosen with them in view. Only **independent** ones can confirm the model. `ratio` is
model / target. What chance does is said beside each figure: an interval of 95%, lowest to highest over runs,
or how often a right model would miss (false alarm). Expected hazards and counts of the start have next to no
chance in them. Grades: A read in a stored copy, B recalled, C derived or assumed, G stated in a plan.
"""


def write_page(sections: Sequence[Section], run: str, folder: Path) -> Path:
    """Write the page and return its path; `run` says what was run."""
    path = folder / "life_course.md"
    path.write_text(page(sections, run), encoding="utf-8")
    return path


def page(sections: Sequence[Section], run: str) -> str:
    """Return the page's text."""
    every = [check for section in sections for check in section.checks]
    lines = [_INTRODUCTION.format(run=run), *_counts(sections), "", "## Missed", ""]
    lines += _missed(every)
    for section in sections:
        lines += ["", f"## {section.title}", ""]
        for sentence in section.said:
            lines += [sentence, ""]
        for figure in section.figures:
            lines += [f"![{figure.told}]({figure.path.name})", ""]
        if section.checks:
            lines += [*_rows(section.checks), "", *_notes(section.checks)]
    return "\n".join(lines) + "\n"


def _counts(sections: Sequence[Section]) -> list[str]:
    lines = [
        "| section | comparison | figures | met | missed | shown only |",
        "|---|---|---:|---:|---:|---:|",
    ]
    for section in sections:
        for use in USES:
            some = [check.met for check in section.checks if check.use == use]
            if some:
                yes, no = some.count(True), some.count(False)
                lines.append(f"| {section.title} | {use} | {len(some)} | {yes} | {no} | {some.count(None)} |")
    return lines


def _missed(checks: Sequence[Check]) -> list[str]:
    """Return the misses under the reason that is known for them (`life_course_misses.csv`)."""
    known = load_misses()
    told: dict[str, list[str]] = {}
    for check in checks:
        if check.met is False:
            why = next((miss.reason for miss in known if miss.names(check)), "No reason is known.")
            told.setdefault(why, []).append(
                f"- {check.label}, {check.stratum}: {number(check.model)} for {number(check.target)} "
                f"{check.unit} (asked: {check.allowed}; {check.use})"
            )
    lines = []
    for why, rows in told.items():
        lines += [*rows, "", f"  {why}", ""]
    return lines or ["None."]


def _rows(checks: Sequence[Check]) -> list[str]:
    lines = [
        "| figure | of | model | target | unit | ratio | chance | asked | met | kind | grade | note |",
        "|---|---|---:|---:|---|---:|---|---|---|---|---|---|",
    ]
    for check in checks:
        ratio = f"{check.ratio:.3f}" if np.isfinite(check.ratio) else "-"
        cells = (
            check.label, check.stratum, number(check.model), number(check.target), check.unit, ratio,
            check.chance, check.allowed, _word(check.met), check.use, check.grade, check.note,
        )  # fmt: skip
        lines.append("| " + " | ".join(str(cell).replace("|", "/") for cell in cells) + " |")
    return lines


def _notes(checks: Sequence[Check]) -> list[str]:
    """Return sources and reasons, each once, under the name of the figures that have it."""
    told: dict[tuple[str, str], list[str]] = {}
    for check in checks:
        label = check.label.split(":")[0]
        names = told.setdefault((check.source, check.reason), [])
        if label not in names:
            names.append(label)
    return [
        f"- {'; '.join(names)}: {source}." + (f" {reason}" if reason else "")
        for (source, reason), names in told.items()
        if source
    ]


def _word(met: bool | None) -> str:
    return "-" if met is None else ("yes" if met else "**no**")


def number(value: float) -> str:
    """Return a number with four figures or so; a dash when there is none."""
    if not np.isfinite(value):
        return "-"
    size = abs(value)
    return f"{value:,.0f}" if size >= 1000 else f"{value:.2f}" if size >= 10 else f"{value:.4g}"
