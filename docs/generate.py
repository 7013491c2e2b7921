"""Write the pages that are made from tables and code: `make docs`. A test holds them current.

To add a page: a function that returns its text, and a line in `PAGES`.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from docs.library_pages import pages as library_pages
from docs.network_file import network_file, network_schema
from docs.scenario_words import choices, scenario_words
from docs.study_file import study_file, study_schema
from scenarios.cohorts import CohortDocument, cohort_schema
from scenarios.document import ScenarioDocument, VariantDocument, json_schema
from scenarios.evidence import evidence
from scenarios.expectations import ExpectField
from scenarios.fields import EstimateField, Strict
from scenarios.programmes import left_out, programmes
from scenarios.scenario import Scenario, library_names
from scenarios.types import PARTS, TYPES

ROOT = Path(__file__).resolve().parent.parent
TOP = {
    "The file": ScenarioDocument,
    "expects: what must rise, fall or stay": ExpectField,
    "variants: another reading of the same question": VariantDocument,
    "A cohort file: whom a run follows": CohortDocument,
    "A number": EstimateField,
}


def scenario_language() -> str:
    """Return the reference of the scenario language: every type, every key."""
    lines = [
        "# The scenario language",
        "",
        "Made from the code by `make docs`. The JSON Schema is `scenarios/schema.json`.",
        "`leftshift scenario new NAME` writes a commented example.",
        "",
    ]
    for name, top in TOP.items():
        lines += _keys(name, top)
    for name, model in TYPES.items():
        lines += _keys(f"type: {name}", model)
    for name, part in PARTS.items():
        lines += _keys(name, part)
    return "\n".join([*lines, *scenario_words(), ""])


def _keys(title: str, model: type[Strict]) -> list[str]:
    """Return the section of one part of the language: what it is and its keys."""
    lines = [f"## {title}", "", " ".join((model.__doc__ or "").split()), ""]
    lines += ["| key | required | meaning |", "|---|---|---|"]
    for key, field in model.model_fields.items():
        required = "yes" if field.is_required() else "no"
        said = field.description or _meaning(field.annotation)
        may_be = choices(model.__name__, key, field.annotation) if key != "family" else ""
        told = f"{said.rstrip('.')}. {may_be}" if said and may_be else said or may_be
        lines.append(f"| `{key}` | {required} | {told} |")
    return [*lines, ""]


def _meaning(annotation: Any) -> str:
    """Return the first sentence of the docstring of what a field holds, if it is ours."""
    for option in (annotation, *getattr(annotation, "__args__", ())):
        words = (getattr(option, "__doc__", "") or "").strip().splitlines()
        if getattr(option, "__module__", "").startswith("scenarios") and words:
            return words[0]
    return ""


def evidence_used() -> str:
    """Return the evidence rows that scenarios cite."""
    lines = ["# Evidence that scenarios cite", "", "Made from `scenarios/evidence.csv` by `make docs`.", ""]
    lines += [
        "| id | intervention | parameter | value | interval | unit | grade | source |",
        "|---|" + "---|" * 7,
    ]
    for row in evidence().values():
        cells = [
            row["id"],
            row["intervention"],
            row["parameter"],
            row["value"],
            f"{row['low']} to {row['high']}",
        ]
        cells += [row["unit"], row["grade"], row["source"]]
        lines.append("| " + " | ".join(cell.replace("|", "/") for cell in cells) + " |")
    return "\n".join([*lines, ""])


def programmes_covered() -> str:
    """Return every programme of the plans: its scope, the scenarios that cover it, or why none does."""
    entries: dict[str, list[str]] = {}
    for name in library_names():
        for one in Scenario.load(name).document.programmes:
            entries.setdefault(one, []).append(name)
    scopes = {"in": "in scope", "partly": "partly in scope", "out": "out of scope"}
    lines = ["# The plans' programmes", "", "Made from `scenarios/programmes.csv` by `make docs`.", ""]
    lines += ["| id | programme | plan | line | scope | scenarios, or the reason |", "|---|" + "---|" * 5]
    for one, row in programmes().items():
        told = ", ".join(entries.get(one, [])) or row["reason"] or left_out().get(one, "no entry yet")
        cells = [one, row["programme"], row["plan"], row["line"], scopes[row["scope"]], told]
        lines.append("| " + " | ".join(cell.replace("|", "/") for cell in cells) + " |")
    return "\n".join([*lines, ""])


PAGES: Mapping[str, Callable[[], str]] = {
    "scenarios/schema.json": json_schema,
    "scenarios/cohort_schema.json": cohort_schema,
    "docs/reference/scenario_language.md": scenario_language,
    **library_pages(),
    "docs/reference/scenario_evidence.md": evidence_used,
    "docs/reference/programmes.md": programmes_covered,
    "docs/reference/network_file.md": network_file,
    "docs/reference/network.schema.json": network_schema,
    "docs/reference/study_file.md": lambda: study_file(_keys),
    "docs/reference/study.schema.json": study_schema,
}


def main() -> None:
    """Write every page."""
    for name, text in PAGES.items():
        path = ROOT / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text(), encoding="utf-8")
        print(name)


if __name__ == "__main__":
    main()
