"""Named sets of measures, in their order: what a plan or a fund asks to be shown together (`sets.csv`).

A member without a measure is one that the model cannot show; its note says why.
"""

from __future__ import annotations

import csv
from dataclasses import dataclass
from functools import cache
from itertools import groupby
from pathlib import Path

from results.measures.registry import measures
from sim.parameters.errors import InputError

SETS = Path(__file__).with_name("sets.csv")


@dataclass(frozen=True, kw_only=True)
class Member:
    """One place of a set."""

    label: str
    """What the set calls it."""
    measure: str
    """Its name in the registry; empty where the model cannot show it."""
    note: str
    """What differs from what the set asks for, or why it cannot be shown; may be empty."""


@dataclass(frozen=True, kw_only=True)
class MeasureSet:
    """Measures that are shown together."""

    name: str
    """Key of the set."""
    label: str
    """Name in plain English."""
    members: tuple[Member, ...]
    """Its members in order, those that cannot be shown among them."""

    @property
    def measures(self) -> tuple[str, ...]:
        """Names of the measures that can be shown, in order."""
        return tuple(member.measure for member in self.members if member.measure)


@cache
def measure_sets() -> dict[str, MeasureSet]:
    """Return every set by name, in the order of the table.

    Raises:
        InputError: A set names an unknown measure, or leaves one out without saying why.
    """
    with SETS.open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    return {name: _parse(name, list(mine)) for name, mine in groupby(rows, key=lambda row: row["set"])}


def _parse(name: str, rows: list[dict[str, str]]) -> MeasureSet:
    """Turn the rows of one set into it."""
    known = measures()
    for row in rows:
        key = f"{name}.{row['order']}"
        if row["measure"] and row["measure"] not in known:
            allowed = ", ".join(known)
            raise InputError(file=SETS, key=key, found=row["measure"], allowed=allowed, names=known)
        if not row["measure"] and not row["note"]:
            raise InputError(file=SETS, key=key, found="nothing", allowed="a measure, or why there is none")
    ordered = sorted(rows, key=lambda row: int(row["order"]))
    members = tuple(Member(label=row["member"], measure=row["measure"], note=row["note"]) for row in ordered)
    return MeasureSet(name=name, label=rows[0]["label"], members=members)


def measure_set(name: str) -> MeasureSet:
    """Return one set.

    Raises:
        InputError: No set has this name; the nearest is named.
    """
    known = measure_sets()
    if name not in known:
        raise InputError(file=SETS, key="set", found=name, allowed=", ".join(known), names=known)
    return known[name]


__all__ = ["MeasureSet", "Member", "measure_set", "measure_sets"]
