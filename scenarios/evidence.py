"""The evidence rows and the default shares that scenarios rest on, each number with its one home."""

from __future__ import annotations

import csv
from collections.abc import Iterable
from functools import cache
from pathlib import Path

FOLDER = Path(__file__).resolve().parent
ANY_CARE = "any"
"""Kind of a default that suits nodes of several kinds, or of none that is named."""


@cache
def evidence() -> dict[str, dict[str, str]]:
    """Return the rows of evidence.csv by their id."""
    return _by_key(FOLDER / "evidence.csv", "id")


@cache
def default_shares() -> tuple[dict[str, str], ...]:
    """Return the rows of default_shares.csv: what new capacity induces, freed time backfills."""
    with (FOLDER / "default_shares.csv").open(encoding="utf-8", newline="") as file:
        return tuple(csv.DictReader(file))


def default_share_row(name: str, cares: Iterable[str] = ()) -> dict[str, str]:
    """Return the row of a default share for kinds of care; that of any care where they are several.

    Args:
        name: 'induced_share' or 'backfill_share'.
        cares: Kinds of care of the nodes that an intervention names.
    """
    rows = [row for row in default_shares() if row["name"] == name]
    found = {
        next((row["kind"] for row in rows if care in row["cares"].split(";")), ANY_CARE) for care in cares
    }
    kind = found.pop() if len(found) == 1 else ANY_CARE
    return next(row for row in rows if row["kind"] == kind)


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
