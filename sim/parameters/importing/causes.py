"""Deaths by cause, sex and age, and the mortality of smokers, from the evidence."""

from __future__ import annotations

from pathlib import Path

from sim.parameters.columns import SEXES
from sim.parameters.importing.conditions import MORTALITY
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


SMOKERS = {"current_smoker_vs_never": "current", "ex_smoker_vs_never": "ex"}
"""Factors of `ltc_mortality.csv` that are levels of smoking; published for adults of 35 and over."""
SMOKING_AGES = ("35", "110")


def import_causes(evidence: Path, national: Path) -> dict[str, int]:
    """Write mortality/causes.csv and mortality/smoking.csv; rows written, by table."""
    written = {"mortality/causes": _causes(evidence, national / "mortality/causes.csv")}
    return written | {"mortality/smoking": _smoking(evidence, national / "mortality/smoking.csv")}


def _smoking(evidence: Path, path: Path) -> int:
    rows = read_evidence(evidence / "epidemiology" / "ltc_mortality.csv", MORTALITY, ("measure",))
    first, last = SMOKING_AGES
    out: list[Row] = [
        {"level": level, "age_from": first, "age_to": last, **carried(row, unit="hazard ratio")}
        for factor, level in SMOKERS.items()
        for row in rows
        if row["factor"] == factor
    ]
    return write_table(path, out, BY_NAME["smoking_mortality"])


def _causes(evidence: Path, path: Path) -> int:
    """Write shares of deaths by cause, sex and age."""
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
    return write_table(path, out, BY_NAME["causes"])
