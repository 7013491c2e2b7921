"""Shares of deaths by cause, sex and age, from the demography evidence."""

from __future__ import annotations

from pathlib import Path

from sim.parameters.columns import SEXES
from sim.parameters.importing.evidence import ages, carried, read_evidence
from sim.parameters.schemas import BY_NAME
from sim.parameters.tables import Row, write_table

COLUMNS = (
    "measure",
    "geography",
    "sex",
    "age",
    "cause",
    "value",
    "unit",
    "low",
    "high",
    "year",
    "source",
    "grade",
    "note",
)


def import_causes(evidence: Path, national: Path) -> dict[str, int]:
    """Write mortality/causes.csv; rows written, by table."""
    out: list[Row] = []
    for row in read_evidence(evidence / "demography" / "cause_of_death.csv", COLUMNS):
        if row["measure"] == "share_by_age":
            first, last = ages(row["age"])
            figure = carried(row)
            figure["unit"] = "share of deaths"
            out.append(
                {"sex": row["sex"], "age_from": first, "age_to": last, "cause": row["cause"], **figure}
            )
    out.sort(key=lambda row: (SEXES.index(row["sex"]), int(row["age_from"])))
    return {"mortality/causes": write_table(national / "mortality/causes.csv", out, BY_NAME["causes"])}
