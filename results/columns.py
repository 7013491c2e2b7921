"""What the columns of a report's tables mean (`columns.csv`), and the units of their numbers."""

from __future__ import annotations

import csv
import re
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import pandas as pd

from results.measures.registry import measures

TABLE = Path(__file__).with_name("columns.csv")
OF_MEASURE = "as unit"
"""Unit of a column whose numbers are in the unit of the row's measure."""
UNIT = "unit"
MONTH = re.compile(r"\d{4}-\d{2}")
A_MONTH = "2026-04"
"""Any month."""


@dataclass(frozen=True, kw_only=True)
class Column:
    """A column of a table."""

    name: str
    """Name in the file."""
    heading: str
    """Name in words."""
    unit: str
    """Unit of its numbers; `OF_MEASURE` where the row says it; empty for words."""
    meaning: str
    """One sentence; empty where the heading says all."""

    @property
    def heading_with_unit(self) -> str:
        """The heading, and the unit where it is the same for all rows."""
        return f"{self.heading} ({self.unit})" if self.unit not in {"", OF_MEASURE} else self.heading


@cache
def columns() -> dict[str, Column]:
    """Return the described columns by name."""
    with TABLE.open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    return {
        row["column"]: Column(
            name=row["column"], heading=row["heading"], unit=row["unit"], meaning=row["meaning"]
        )
        for row in rows
    }


def described(name: str) -> Column:
    """Return what is known of a column; one that is not described has its name as heading."""
    words = name.replace("_", " ")
    plain = Column(name=name, heading=words[:1].upper() + words[1:], unit="", meaning="")
    return columns().get(name, plain)


def _unit(name: str, period: str) -> str:
    """Return the unit of a measure in a period; empty for what is no measure of the registry."""
    found = measures().get(name)
    if found is None:
        return ""
    return found.month_unit if MONTH.fullmatch(period) else found.unit


def with_units(frame: pd.DataFrame) -> pd.DataFrame:
    """Return a table with a column `unit` after `measure` where its rows are of measures of the registry."""
    if "measure" not in frame.columns or UNIT in frame.columns:
        return frame
    names = frame["measure"].astype(str)
    if not set(names.unique()) & set(measures()):
        return frame
    known = names.unique()
    units = names.map({name: _unit(name, "") for name in known})
    if "period" in frame.columns:
        monthly = frame["period"].astype(str).str.fullmatch(MONTH.pattern)
        units = units.mask(monthly, names.map({name: _unit(name, A_MONTH) for name in known}))
    made = frame.copy()
    made.insert(list(frame.columns).index("measure") + 1, UNIT, units.to_numpy(dtype=object))
    return made
