"""The plans' programmes: which a scenario covers, and which are out of scope with the reason."""

from __future__ import annotations

import csv
from functools import cache
from pathlib import Path
from typing import Annotated, Literal, get_args

from pydantic import AfterValidator, Field

from scenarios.fields import not_allowed

TABLE = Path(__file__).resolve().parent / "programmes.csv"
LEFT_OUT = Path(__file__).resolve().parent / "programmes_left_out.csv"

Family = Literal[
    "prevention",
    "left_shift",
    "urgent_care",
    "discharge",
    "end_of_life",
    "planned_care",
    "mental_health",
    "children",
    "estate",
    "enablers",
    "shocks",
    "bundles",
]
FAMILIES: tuple[str, ...] = get_args(Family)


@cache
def programmes() -> dict[str, dict[str, str]]:
    """Return the rows of programmes.csv by id: programme, plan, line, scope (in, partly, out), reason."""
    return _by_id(TABLE)


@cache
def left_out() -> dict[str, str]:
    """Return the reason why a programme that is partly in scope has no entry in the library, by id."""
    return {key: row["reason"] for key, row in _by_id(LEFT_OUT).items()}


def _by_id(path: Path) -> dict[str, dict[str, str]]:
    with path.open(encoding="utf-8", newline="") as file:
        return {row["id"]: row for row in csv.DictReader(file)}


def _exists(value: str) -> str:
    """Refuse an id that the table has not, and one that is out of scope."""
    rows = programmes()
    if value not in rows:
        raise not_allowed(value, "an id in scenarios/programmes.csv, such as P028", rows)
    if rows[value]["scope"] == "out":
        raise not_allowed(
            f"{value}, which is out of scope ({rows[value]['reason']})", "a programme that is in scope"
        )
    return value


ProgrammeId = Annotated[str, AfterValidator(_exists), Field(description="An id in scenarios/programmes.csv")]
