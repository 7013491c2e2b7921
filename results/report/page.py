"""Puts the sections together and renders the page."""

from __future__ import annotations

import base64
import hashlib
import re
from collections import Counter
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

from results.comparison import Comparison
from results.figures import Chart
from results.report.blocks import Context, Figure, Panel, Section, Table, page_key
from results.report.cards import Card, cards, variants
from results.report.certainty import NOT_FOR, certainty, definitions, glossary, provenance, warnings_of
from results.report.headline import net_cost_table
from results.report.page_data import as_json, neighbourhoods, page_data
from results.report.sections import COMPARED, MAIN, side_by_side
from results.report.sentences import main_finding
from results.runs import MANIFEST

HERE = Path(__file__).parent
STYLED = re.compile(r' style="((?:fill|stroke|text-anchor|font)[^"<>{}]*)"(?=[^<>]*>)')
"""A style as drawings have it."""
LEAST_REPEATED = 3
SCRIPTS = ("numbers.js", "drawing.js", "report.js")
"""The page's script, in one element: how numbers are written, how charts are drawn, what selectors do."""


@dataclass(kw_only=True)
class Report:
    """A finished report, in memory."""

    html: str
    """The page."""
    charts: list[Chart]
    """Charts in order of appearance."""
    tables: list[Table]
    """Tables in order of appearance, with unrounded data."""
    notes: list[tuple[str, str]]
    """Rows for the workbook's notes sheet."""


def build_report(comparison: Comparison) -> Report:
    """Build the report of a comparison.

    Args:
        comparison: Runs and their baseline.

    Returns:
        The page with its charts and tables.
    """
    context = Context.of(comparison)
    summary, made = _summary(context)
    numbered = [build(context) for build in MAIN]
    after = [build(context) for build in COMPARED if comparison.scenarios]
    sure, origin = certainty(context), provenance(context)
    sure.blocks += [glossary(), definitions()]
    sections = [*numbered, *after, sure, origin]
    warnings = warnings_of(context)
    charts, tables = _parts([*([summary] if summary else []), *sections])
    html = _render(
        context,
        {
            "cards": made,
            "summary": summary,
            "sections": sections,
            "warnings": warnings[:-1],
            "held": warnings[-1],
        },
    )
    return Report(
        html=html,
        charts=charts,
        tables=tables,
        notes=_notes(context, warnings),
    )


def _summary(context: Context) -> tuple[Section | None, list[Card]]:
    """Return the chart under the cards, and the cards; nothing where there is nothing to compare."""
    if not context.comparison.scenarios:
        return None, []
    section = Section(
        key="minute", title="In one minute", lead=[main_finding(context)],
        blocks=[side_by_side(context), net_cost_table(context)],
    )  # fmt: skip
    return section, cards(context)


def _parts(sections: list[Section]) -> tuple[list[Chart], list[Table]]:
    """Return every chart and every table of every section, in the order of the page."""
    charts: list[Chart] = []
    tables: list[Table] = []
    for block in (block for section in sections for block in section.blocks):
        if isinstance(block, Table):
            tables.append(block)
        elif isinstance(block, Figure):
            charts.append(block.chart)
            tables.append(block.table)
        else:
            charts += block.charts
            tables += block.tables
    return charts, tables


def _notes(context: Context, warnings: list[str]) -> list[tuple[str, str]]:
    """Return what a reader of the workbook must know."""
    comparison = context.comparison
    return [
        ("Area", area_name(comparison)),
        ("Period", period_words(comparison)),
        ("Scenarios", ", ".join(comparison.labels[run] for run in comparison.runs)),
        *((f"Short for: {short}", full) for short, full in short_names(comparison)),
        ("Baseline", comparison.labels[comparison.baseline]),
        ("Repeat runs (replicates) compared", str(len(comparison.replicates))),
        ("Draws of the parameters", str(len(comparison.draw_numbers)) if comparison.drawn else "none"),
        (
            "Intervals",
            "95% t intervals over replicates (paired differences): chance (computing error) only.",
        ),
        *(("Warning", text) for text in warnings),
        ("Units", "Values are not rounded. Sheet 'Measures' says what each measure means, and its unit."),
    ]


def short_names(comparison: Comparison) -> list[tuple[str, str]]:
    """Return the short label and the full one of each run whose label is shortened."""
    found = [(comparison.labels[run], run.label) for run in comparison.runs]
    return [(short, full) for short, full in found if short != full]


def area_name(comparison: Comparison) -> str:
    """Return the area's name in words."""
    return str(comparison.baseline.manifest["area"]).replace("_", " ").title()


def period_words(comparison: Comparison) -> str:
    """Return 'April 2026 to March 2031'."""
    import calendar

    from results.measures.series import month_labels

    months = month_labels(comparison.baseline)
    ends = [f"{calendar.month_name[int(month[-2:])]} {month[:4]}" for month in (months[0], months[-1])]
    return " to ".join(ends)


def _study(comparison: Comparison) -> str:
    """Return the name of the study of which all runs are; empty where they are not of one."""
    import json

    folders = {run.folder.resolve().parent for run in comparison.runs}
    path = folders.pop() / MANIFEST
    if folders or not path.is_file():
        return ""
    manifest = json.loads(path.read_text(encoding="utf-8"))
    named = isinstance(manifest, dict) and manifest.get("kind") == "study"
    return str(manifest.get("name", "")).replace("_", " ") if named else ""


@cache
def _asset(name: str) -> str:
    """Return the text of a style or script."""
    return (HERE / name).read_text(encoding="utf-8")


def _render(context: Context, parts: dict[str, Any]) -> str:
    """Fill the template; everything from run files is escaped."""
    import jinja2

    environment = jinja2.Environment(
        loader=jinja2.FileSystemLoader(HERE), autoescape=True, trim_blocks=True, lstrip_blocks=True,
        undefined=jinja2.StrictUndefined,
    )  # fmt: skip
    environment.tests["figure"] = lambda block: isinstance(block, Figure)
    environment.tests["panel"] = lambda block: isinstance(block, Panel)
    comparison = context.comparison
    script = "".join(_asset(name) for name in SCRIPTS)
    data = page_data(context)
    digest = base64.b64encode(hashlib.sha256(script.encode()).digest()).decode()
    page = environment.get_template("template.html.j2").render(
        **parts,
        not_for=NOT_FOR,
        area=area_name(comparison),
        period=period_words(comparison),
        last_year=context.last_year,
        runs=comparison.runs,
        names=comparison.names,
        labels=comparison.labels,
        shortened=short_names(comparison),
        baseline=comparison.baseline,
        scenarios=[
            (comparison.names[run], comparison.labels[run], context.looks[comparison.names[run]])
            for run in comparison.scenarios
        ],
        keys={run: page_key("scenario", comparison.names[run]) for run in comparison.runs},
        variants=variants(parts["cards"]),
        neighbourhoods=neighbourhoods(context),
        measured=[(name, found["label"]) for name, found in data["measures"].items()],
        data=as_json(data),
        study=_study(comparison),
        draws=len(comparison.draw_numbers),
        replicates=len(comparison.replicates),
        version=comparison.baseline.manifest.get("code_version", "not recorded"),
        made=sorted(str(run.manifest.get("created", "")) for run in comparison.runs)[-1][:10],
        style=_asset("style.css"),
        script=script,
        script_digest=digest,
    )
    return with_classes(page)


def with_classes(page: str) -> str:
    """Give the styles that are repeated in the page's drawings a class each, to keep the page small."""
    found = Counter(STYLED.findall(page))
    often = [style for style, count in found.items() if count >= LEAST_REPEATED]
    names = {style: f"z{place}" for place, style in enumerate(often)}
    rules = "".join(
        f".{name}{{{style.replace(': ', ':').replace('; ', ';')}}}" for style, name in names.items()
    )
    page = STYLED.sub(
        lambda one: f' class="{names[one.group(1)]}"' if one.group(1) in names else one.group(), page
    )
    return page.replace("</style>", f"{rules}\n</style>", 1)
