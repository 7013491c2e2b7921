"""The unit of each recorded measure: `units.csv`, by table and pattern of names, the first that fits."""

from __future__ import annotations

import csv
import re
from functools import cache
from pathlib import Path

TABLE = Path(__file__).with_name("units.csv")


@cache
def _patterns() -> tuple[tuple[str, re.Pattern[str], str], ...]:
    with TABLE.open(encoding="utf-8", newline="") as file:
        return tuple((row["table"], re.compile(row["pattern"]), row["unit"]) for row in csv.DictReader(file))


def unit_of(table: str, measure: str) -> str:
    """Return the unit of a recorded measure; empty where none is known.

    >>> unit_of("measures", "bed_days"), unit_of("nodes", "mean_wait_minutes")
    ('days', 'minutes')
    """
    return next(
        (unit for of, pattern, unit in _patterns() if of in {table, "all"} and pattern.fullmatch(measure)), ""
    )
