"""The evidence rows and the default shares that scenarios rest on, each number with its one home."""

from __future__ import annotations

import csv
from functools import cache
from pathlib import Path

FOLDER = Path(__file__).resolve().parent


@cache
def evidence() -> dict[str, dict[str, str]]:
    """Return the rows of evidence.csv by their id."""
    return _by_key(FOLDER / "evidence.csv", "id")


@cache
def default_shares() -> dict[str, dict[str, str]]:
    """Return the rows of default_shares.csv: what added capacity induces and freed beds backfill."""
    return _by_key(FOLDER / "default_shares.csv", "name")


def _by_key(path: Path, key: str) -> dict[str, dict[str, str]]:
    """Read a table as dictionaries by one column."""
    with path.open(encoding="utf-8", newline="") as file:
        return {row[key]: row for row in csv.DictReader(file)}


def estimate_fields(row: dict[str, str]) -> dict[str, object]:
    """Return the fields of an estimate from a row of either table; ValueError for one without a figure."""
    if not row["value"]:
        raise ValueError("the row states no figure")
    return {
        "value": float(row["value"]),
        "low": float(row["low"]),
        "high": float(row["high"]),
        "unit": row["unit"],
        "source": row["source"],
        "grade": row["grade"],
        "interval": row["interval"],
    }
