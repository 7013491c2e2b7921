"""Tables of a generated pack: rows of one system once for each, numbers grown with the people."""

from __future__ import annotations

import csv
import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from sim.areas.generated.naming import Naming

HERE = Path(__file__).parent
KEYS = ("council", "site", "sites", "neighbourhood", "node", "name", "key", "share")
"""Columns whose text names what belongs to a system."""
NUMBERS = ("value", "low", "high")
OF_AREA = ("emergency_site_share_all_", "utc_share_all_", "elective_site_share_")
"""Names of shares of the whole area's use: a system's sites divide its share of the people."""
OUTSIDE = "_share_outside_"
COUNT, PLACES, PLACES_OF_A_SITE, SAME = "count", "places", "places_of_a_site", "same"
NOTE = "generated for tests of scale, never for results; grown with the people from: "
WHOLE = 1e-9

Row = dict[str, str]


@dataclass(frozen=True, kw_only=True)
class Growth:
    """How many times the people of the pattern each system has, and all together."""

    naming: Naming
    factors: Sequence[float]
    """Residents of each system over those of the pattern."""

    @property
    def total(self) -> float:
        """All residents over those of the pattern."""
        return float(sum(self.factors))

    def share(self, system: int) -> float:
        """Return a system's share of the residents."""
        return self.factors[system - 1] / self.total


@cache
def settings() -> Mapping[str, float]:
    """Return the numbers of `settings.csv` by name."""
    with (HERE / "settings.csv").open(encoding="utf-8", newline="") as file:
        return {row["name"]: float(row["value"]) for row in csv.DictReader(file)}


@cache
def rules() -> Mapping[tuple[str, str], str]:
    """Return how a number grows, by unit and name; a blank name stands for all others of the unit."""
    with (HERE / "units.csv").open(encoding="utf-8", newline="") as file:
        return {(row["unit"], row["name"]): row["rule"] for row in csv.DictReader(file)}


def places(number: float, factor: float) -> float:
    """Return the places that serve so many times the people as well.

    Of n places a share b is in use: n (b f + (1 - b) sqrt f), rounded up, for f up to 1 (the square-root rule
    of staffing: Whitt W, Management Science 1992;38:708-723); n f, rounded up, beyond.

    >>> places(100, 1.0), places(0, 0.1), places(15, 0.1)
    (100.0, 0.0, 2.0)
    """
    busy = settings()["busy_share"]
    spare = math.sqrt(factor) if factor < 1.0 else factor
    return float(math.ceil(number * (busy * factor + (1.0 - busy) * spare) - WHOLE))


def grown_rows(rows: Sequence[Row], growth: Growth) -> list[Row]:
    """Return the rows of a table for all systems."""
    made = []
    for row in rows:
        if not any(growth.naming.is_local(row.get(key)) for key in KEYS):
            made.append(_changed(row, growth, 0))
            continue
        made += [_changed(row, growth, number) for number in growth.naming.numbers]
        made += _across(row, growth)
    return made


def _across(row: Row, growth: Growth) -> list[Row]:
    """Return rows that say that nobody of one system uses a site of another, where names have both."""
    names = growth.naming.across(row["name"]) if "name" in row else []
    nothing = {key: "0" for key in NUMBERS if key in row}
    return [_marked(row) | nothing | {"name": name} for name in names]


def _changed(row: Row, growth: Growth, system: int) -> Row:
    """Return a row as one system has it, or with 0 the whole area."""
    made = _marked(row)
    if system:
        made |= {key: growth.naming.of(row[key], system) for key in KEYS if key in row}
    rule = rules().get((row.get("unit", ""), row.get("name", "")), rules().get((row.get("unit", ""), "")))
    factor = growth.factors[system - 1] if system else growth.total
    if rule == PLACES_OF_A_SITE:
        factor = max(growth.factors)
    of_area = system and _of_area(row.get("name", ""), growth.naming)
    for key in NUMBERS:
        if not row.get(key):
            continue
        number = float(row[key])
        if of_area:
            made[key] = repr(number * growth.share(system))
        elif rule == COUNT:
            made[key] = repr(number * factor)
        elif rule in {PLACES, PLACES_OF_A_SITE}:
            made[key] = f"{places(number, factor):.0f}"
    return made


def _of_area(name: str, naming: Naming) -> bool:
    """Whether a parameter is a site's share of the whole area's use, or of that of people from elsewhere."""
    return naming.count(name) == 1 and (name.startswith(OF_AREA) or OUTSIDE in name)


def _marked(row: Row) -> Row:
    """Return a copy of a row that says what it is; a generated number is of the weakest grade."""
    made = dict(row)
    if "source" in row:
        made["source"] = NOTE + row["source"]
    for key in ("grade", "list_grade", "age_grade", "quintile_grade"):
        if key in row:
            made[key] = "C"
    return made
