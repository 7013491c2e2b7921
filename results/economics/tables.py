"""The tables of this folder as rows of text."""

from __future__ import annotations

import csv
from functools import cache
from pathlib import Path

HERE = Path(__file__).parent
ROOT = HERE.parent.parent
EVIDENCE_PRICES = ROOT / "sim" / "parameters" / "unit_costs.csv"
WORDS = ROOT / "scenarios" / "words.csv"


@cache
def rows(path: Path) -> tuple[dict[str, str], ...]:
    """Return the rows of a table by the names of its columns."""
    with path.open(encoding="utf-8", newline="") as file:
        return tuple(csv.DictReader(file))


def table(name: str) -> tuple[dict[str, str], ...]:
    """Return the rows of a table of this folder, such as 'activities'."""
    return rows(HERE / f"{name}.csv")


def payers() -> tuple[str, ...]:
    """Return who may pay, in the order of `scenarios/words.csv`, which a test holds to the scenarios' own."""
    return tuple(payer_words())


@cache
def payer_words() -> dict[str, str]:
    """Return what each payer is called: 'the NHS'."""
    return {row["key"]: row["words"] for row in rows(WORDS) if row["kind"] == "payer"}
