"""Targets: figures of the evidence that a run is held against, and how each is read from a run's tables."""

from __future__ import annotations

import csv
from dataclasses import dataclass, fields
from pathlib import Path

from sim.parameters.errors import InputError

FOLDER = Path(__file__).with_name("targets")
USES = {"built-in": "evidence", "fitted": "fit", "independent": "hold_out"}
"""What a comparison is worth, and the word of `validation.csv` for it.

`built-in`: the figure made a table of the model, so agreement shows only that the table works. `fitted`: a
parameter was chosen with the figure in view. `independent`: neither; only these can confirm the model.
"""
HOW = (
    "start", "year", "daily", "mean", "ratio", "mean_ratio", "node_share", "node_minutes", "cases",
    "new_cases", "incidence", "life_expectancy", "life_expectancy_gap",
)  # fmt: skip
_NUMBERS = ("factor", "value", "low", "high")


@dataclass(frozen=True, kw_only=True)
class Target:
    """One figure of the evidence."""

    measure: str
    """Key of the comparison; unique with `stratum` and `source`."""
    label: str
    """A few plain words."""
    stratum: str
    """`all` residents, `everybody` (people from elsewhere too), `age:65+`, `age:18-64`, or a dimension
    and its levels: `site:poole+dorset_county`."""
    period: str
    """`start` or `year 1`."""
    how: str
    """How a run's tables give it: one of `HOW`."""
    numerator: str
    """Measures or conditions added up (joined by +), or kinds of node (joined by ;)."""
    denominator: str
    """Measures added up, or `person_years`; blank when there is none."""
    factor: float
    """What the reading is multiplied by: 1,000 for a rate per thousand."""
    value: float
    """The figure, in `unit`."""
    low: float
    """Lower end of what the evidence bears."""
    high: float
    """Upper end of what the evidence bears."""
    unit: str
    """Unit of value, low and high."""
    use: str
    """One of `USES`."""
    source: str
    """The publication or rule that it comes from."""
    grade: str
    """A read in a stored copy, B recalled, C derived or assumed, G stated in a plan."""
    reason: str
    """Why `use` is what it is."""


def load_targets(path: Path | None = None) -> list[Target]:
    """Read a table of targets.

    Args:
        path: A CSV file; the Dorset baseline by default.

    Raises:
        InputError: A column is missing or unknown, a row is ragged or repeated, a number is none, a text is
            blank, a word is not allowed, or a figure lies outside its own range.
    """
    path = path or FOLDER / "dorset_baseline.csv"
    with path.open(encoding="utf-8", newline="") as file:
        reader = csv.DictReader(file)
        wanted = [field.name for field in fields(Target)]
        if reader.fieldnames is None or sorted(reader.fieldnames) != sorted(wanted):
            raise InputError(file=path, key="header", found=str(reader.fieldnames), allowed=", ".join(wanted))
        found = [_target(path, number, row) for number, row in enumerate(reader, start=2)]
    keys = [(target.measure, target.stratum, target.source) for target in found]
    for key in keys:
        if keys.count(key) > 1:
            raise InputError(file=path, key="measure", found=" ".join(key), allowed="each target once")
    return found


def _target(path: Path, number: int, row: dict[str | None, str | None]) -> Target:
    """Check one row and return it; errors name the line of the file."""
    if None in row or None in row.values():
        raise InputError(
            file=path, key=f"line {number}", found="a ragged row", allowed="a value in each column"
        )
    text = {str(name): str(value).strip() for name, value in row.items()}
    for name, value in text.items():
        if not value and name != "denominator":
            raise InputError(file=path, key=f"line {number}, {name}", found="nothing", allowed="a value")
    for name, allowed in (("use", tuple(USES)), ("how", HOW), ("grade", ("A", "B", "C", "G"))):
        if text[name] not in allowed:
            raise InputError(
                file=path,
                key=f"line {number}, {name}",
                found=text[name],
                allowed=", ".join(allowed),
                names=allowed,
            )
    numbers = {name: _number(path, number, name, text.pop(name)) for name in _NUMBERS}
    if not numbers["low"] <= numbers["value"] <= numbers["high"]:
        raise InputError(
            file=path, key=f"line {number}, value", found=numbers["value"],
            allowed=f"between low {numbers['low']} and high {numbers['high']}",
        )  # fmt: skip
    return Target(**text, **numbers)  # type: ignore[arg-type]


def _number(path: Path, line: int, name: str, text: str) -> float:
    try:
        return float(text)
    except ValueError:
        raise InputError(file=path, key=f"line {line}, {name}", found=text, allowed="a number") from None
