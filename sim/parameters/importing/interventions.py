"""Evidence on interventions, and the plans' programmes, as `scenarios/` reads them."""

from __future__ import annotations

import csv
import re
from collections.abc import Sequence
from pathlib import Path

from sim.parameters.errors import TableError
from sim.parameters.importing.evidence import citation, grade, only_known, read_evidence
from sim.parameters.tables import Row

EVIDENCE_COLUMNS = (
    "id", "intervention", "family", "plan_document_and_section", "target_population", "mechanism",
    "parameter", "effect", "low", "high", "unit", "time_to_effect", "uptake", "uptake_gradient_by_imd",
    "unit_cost_gbp", "evidence_strength", "caveat", "source", "grade", "interval_grade", "interval_type",
)  # fmt: skip
PROGRAMME_COLUMNS = (
    "id", "programme", "plan_document", "line", "text_location_quote", "model_construct", "scope",
    "intervention_ids", "note_or_reason",
)  # fmt: skip
WRITTEN_EVIDENCE = (
    "id", "intervention", "family", "plan", "population", "mechanism", "parameter", "value", "low", "high",
    "unit", "interval", "source", "grade", "interval_grade", "evidence_strength", "caveat", "time_to_effect",
    "uptake", "uptake_gradient", "unit_cost",
)  # fmt: skip
WRITTEN_PROGRAMMES = (
    "id", "programme", "plan", "line", "scope", "reason", "construct", "evidence", "note",
)  # fmt: skip
INTERVALS = {
    "95% CI": "ci95",
    "p10-p90 expert (20 y)": "p10_p90",
    "judgement range": "judgement",
    "range": "judgement",
    "none": "none",
}
SCOPES = {"in scope": "in", "partly / optional": "partly", "out of scope": "out"}
NO_NUMBER = "LS-INT-03"
"""The one row that states a target without a figure."""
PLANS = {f"00{number}": f"P{number}" for number in range(5)}
_DOCUMENT = re.compile(r"\b(00[0-4])\b")
_EXPERTS = "NHP National Elicitation Exercise (The-Strategy-Unit/nhp_inputs, data-raw/NEE_table.csv)"
REWORDED = (
    (re.compile(r"^NHP NEE table, .*"), _EXPERTS),
    (re.compile(r"^NEE_table\.csv( nhp_inputs)?"), _EXPERTS),
    (re.compile(r"\bNEE$"), "National Elicitation Exercise"),
    (re.compile(r"\b(pubmed|PubMed) (?=\d)"), "PubMed "),
    (re.compile(r", ?\(([^)]*)\)"), r" (\1)"),
    (re.compile(r", excerpts?( |$)"), r", abstract "),
    (re.compile(r" \(\)"), ""),
    (re.compile(r" ;"), ";"),
    (re.compile(r"\bin the store\b|\bin store\b|\bthere$"), "found"),
    (re.compile(r"programme fee not found"), "programme fee not published"),
    (re.compile(r"^excerpt cut before"), "the abstract read ends before"),
    (re.compile(r"^text confirms"), "the abstract confirms"),
)  # fmt: skip
"""What is left of how the evidence was kept, after `citation`: the sources themselves are named."""


def import_interventions(evidence: Path, scenarios: Path) -> dict[str, int]:
    """Write scenarios/evidence.csv and programmes.csv, every row of both; rows written, by table."""
    folder = evidence / "interventions"
    rows = [_evidence_row(row) for row in read_evidence(folder / "interventions.csv", EVIDENCE_COLUMNS)]
    programmes = read_evidence(folder / "programme_map.csv", PROGRAMME_COLUMNS)
    only_known("programme_map.csv", "scope", programmes, SCOPES)
    known = {row["id"] for row in rows}
    made = [_programme_row(row, known) for row in programmes]
    _write(scenarios / "evidence.csv", WRITTEN_EVIDENCE, rows)
    _write(scenarios / "programmes.csv", WRITTEN_PROGRAMMES, made)
    return {"scenarios/evidence.csv": len(rows), "scenarios/programmes.csv": len(made)}


def reworded(text: str) -> str:
    """Return a text that names sources, not where a copy of them was kept."""
    text = citation(text)
    for pattern, words in REWORDED:
        text = pattern.sub(words, text)
    return " ".join(text.split())


def _evidence_row(row: Row) -> Row:
    """One effect; a figure without an interval is its own; the one row without a figure stays blank."""
    value = row["effect"]
    if not value and row["id"] != NO_NUMBER:
        raise TableError(file="interventions.csv", key=row["id"], found="no effect", allowed="a figure")
    if row["interval_type"] not in INTERVALS:
        raise TableError(
            file="interventions.csv", key=f"{row['id']}, interval_type", found=row["interval_type"],
            allowed=", ".join(INTERVALS), names=INTERVALS,
        )  # fmt: skip
    remark = row["interval_grade"].partition("(")[2].rstrip(")")
    return {
        "id": row["id"],
        "intervention": row["intervention"],
        "family": row["family"],
        "plan": plan_words(row["plan_document_and_section"]),
        "population": row["target_population"],
        "mechanism": row["mechanism"],
        "parameter": row["parameter"],
        "value": value,
        "low": row["low"] or value,
        "high": row["high"] or value,
        "unit": row["unit"],
        "interval": INTERVALS[row["interval_type"]],
        "source": reworded(row["source"]),
        "grade": grade(row["grade"]),
        "interval_grade": grade(row["interval_grade"]) if row["interval_grade"] else "",
        "evidence_strength": row["evidence_strength"],
        "caveat": reworded("; ".join(part for part in (row["caveat"], remark) if part)),
        "time_to_effect": row["time_to_effect"],
        "uptake": row["uptake"],
        "uptake_gradient": row["uptake_gradient_by_imd"],
        "unit_cost": reworded(row["unit_cost_gbp"]),
    }


def _programme_row(row: Row, known: set[str]) -> Row:
    """One programme; a row out of scope has a reason, even where its note gives none."""
    ids = [one for one in row["intervention_ids"].split(";") if one]
    for one in ids:
        if one not in known:
            raise TableError(
                file="programme_map.csv", key=f"{row['id']}, intervention_ids", found=one,
                allowed="an id of interventions.csv", names=known,
            )  # fmt: skip
    scope = SCOPES[row["scope"]]
    construct, note = row["model_construct"], reworded(row["note_or_reason"])
    idle = construct.startswith("none") or not construct
    reason = "" if scope == "in" else note or (NO_LEVER if idle else construct)
    return {
        "id": row["id"].strip("\0"),  # the file has a run of null bytes before one row
        "programme": row["programme"],
        "plan": plan_words(row["plan_document"]),
        "line": row["line"],
        "scope": scope,
        "reason": reason if scope == "out" else "",
        "construct": construct,
        "evidence": ";".join(ids),
        "note": note,
    }


NO_LEVER = "no effect on demand, flow or outcomes that a model of this kind could show"


def plan_words(text: str) -> str:
    """Return a place in the plans with the documents as P0 to P4, as scenarios cite them."""
    return _DOCUMENT.sub(lambda found: PLANS[found[1]], text)


def _write(path: Path, columns: Sequence[str], rows: Sequence[Row]) -> None:
    """Write a table as the scenarios' tables are: plain CSV, one line a row."""
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, columns, lineterminator="\n")
        writer.writeheader()
        writer.writerows(rows)
