"""The registry of measures: one row a measure, in `registry.csv`."""

from __future__ import annotations

import csv
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from sim.parameters.errors import InputError

REGISTRY = Path(__file__).with_name("registry.csv")
KINDS = (
    "sum", "ratio", "daily_mean", "last", "last_ratio", "life_table", "sullivan", "winter_day",
    "midnight_share", "economics",
)  # fmt: skip
EXPECTANCIES = ("life_table", "sullivan")
DAILY = ("winter_day", "midnight_share")
"""Kinds that follow from the daily record, and are by site alone (`results/measures/daily.py`)."""
DIRECTIONS = ("lower", "higher", "neutral")


@dataclass(frozen=True, kw_only=True)
class Measure:
    """What one figure means and how it follows from the recorded counts."""

    name: str
    """Key in tables and on the command line."""
    label: str
    """Name in plain English."""
    unit: str
    """Unit of the value, per what."""
    direction: str
    """Which way is better: lower, higher, or neutral."""
    group: str
    """Section of the report to which it belongs."""
    kind: str
    """How it is computed: one of `KINDS`."""
    numerator: tuple[str, ...]
    """Recorded measures that are added; of an expectancy the starting age, before it for Sullivan's method
    the column of the mortality table with the years that count; of a daily measure kinds of places; of a
    figure of `results.economics`, which."""
    denominator: str
    """Recorded measure that divides; empty where there is none."""
    multiplier: float
    """Factor that turns the quotient into the unit."""
    definition: str
    """One sentence, per what and with what left out."""
    source: str
    """Who defines it."""

    @property
    def is_share(self) -> bool:
        """Whether differences are in percentage points."""
        return self.unit == "%"

    @property
    def month_unit(self) -> str:
        """Unit of a month's value: what is counted a year is counted a month there."""
        return self.unit.replace(" a year", " a month") if self.kind == "sum" else self.unit

    @property
    def is_expectancy(self) -> bool:
        """Whether it is years of life expected at an age, from death rates pooled over the run."""
        return self.kind in EXPECTANCIES

    @property
    def is_read_apart(self) -> bool:
        """Whether it comes of other tables than `measures`, or of several."""
        return self.is_daily or self.kind == "economics"

    @property
    def is_daily(self) -> bool:
        """Whether it follows from the daily record of beds and places."""
        return self.kind in DAILY


@cache
def measures() -> dict[str, Measure]:
    """Return every measure by name, in the order of the table."""
    with REGISTRY.open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    return {row["name"]: _parse(row) for row in rows}


def _parse(row: dict[str, str]) -> Measure:
    """Turn one row into a measure; a blank source or an unknown kind is an error."""
    for key, allowed in (("kind", KINDS), ("direction", DIRECTIONS)):
        if row[key] not in allowed:
            raise InputError(
                file=REGISTRY, key=key, found=row[key], allowed=", ".join(allowed), names=allowed
            )
    if not row["source"]:
        key = f"{row['name']}.source"
        raise InputError(file=REGISTRY, key=key, found="nothing", allowed="who defines the measure")
    return Measure(
        name=row["name"],
        label=row["label"],
        unit=row["unit"],
        direction=row["direction"],
        group=row["group"],
        kind=row["kind"],
        numerator=tuple(row["numerator"].split("+")),
        denominator=row["denominator"],
        multiplier=float(row["multiplier"]),
        definition=row["definition"],
        source=row["source"],
    )


def measure(name: str) -> Measure:
    """Return one measure.

    Raises:
        InputError: No measure has this name; the nearest is named.
    """
    known = measures()
    if name not in known:
        raise InputError(file=REGISTRY, key="measure", found=name, allowed=", ".join(known), names=known)
    return known[name]


def registry_page() -> str:
    """Return docs/reference/measures.md: the registry as a page."""
    lines = [
        "# Measures of the report",
        "",
        "Generated from `results/measures/registry.csv`; to add a measure, add a row there.",
        "",
        "| measure | in words | unit | better when | how | definition | source |",
        "|---|---|---|---|---|---|---|",
    ]
    for row in measures().values():
        cells = (f"`{row.name}`", row.label, row.unit, row.direction, row.kind, row.definition, row.source)
        lines.append("| " + " | ".join(cells) + " |")
    return "\n".join(lines) + "\n"
