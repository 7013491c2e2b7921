"""What is compared: targets with their source, and the verdict on one figure."""

from __future__ import annotations

import csv
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, fields, replace
from fnmatch import fnmatchcase
from pathlib import Path

import numpy as np

from calibration.targets import FOLDER, USES
from sim.parameters.errors import InputError

TARGETS = FOLDER / "life_course.csv"
SERIES = FOLDER / "life_course_population.csv"
PROJECTIONS = FOLDER / "life_course_projections.csv"
MISSES = FOLDER / "life_course_misses.csv"
STANDARD = FOLDER / "life_course_standard_population.csv"
SECTIONS = ("start", "mortality", "later", "risk", "arithmetic", "past", "needs", "health", "budgets")
RULES = ("ratio", "difference", "range", "none")
"""How a figure is judged: model / value within `tolerance` of one; model - value within it; from low to high;
or not at all: it is shown because the definitions differ."""
GRADES = ("A", "B", "C", "G")
FALSE_ALARM = 0.001
"""How often a right model would miss a check that is of draws."""
_NUMBERS = ("value", "low", "high", "tolerance")


@dataclass(frozen=True, kw_only=True)
class Target:
    """One published figure, or one limit that the model was asked to keep."""

    check: str
    """What is compared; unique with `stratum` and `source`."""
    section: str
    """One of `SECTIONS`."""
    stratum: str
    """Whom it is about, in the words of the check: `male`, `bcp`, `male 1`, `male circulatory`."""
    label: str
    """A few plain words."""
    value: float
    low: float
    """Lower end of what the evidence bears."""
    high: float
    """Upper end of what the evidence bears."""
    unit: str
    rule: str
    """One of `RULES`."""
    tolerance: float
    """By how much the model may differ under its rule."""
    use: str
    """built-in, fitted or independent, as `calibration.targets.USES` says."""
    year: str
    source: str
    grade: str
    """A read in a stored copy, B recalled, C derived or assumed, G stated in a plan."""
    reason: str
    """Why `use` is what it is, and what else limits the comparison."""


@dataclass(frozen=True, kw_only=True)
class Check:
    """One comparison: a figure of the model, what it is held against, and the verdict."""

    section: str
    label: str
    stratum: str
    model: float
    target: float
    unit: str
    use: str
    allowed: str
    """What was asked, in words: 'within 3%'."""
    met: bool | None
    """None where nothing was asked."""
    chance: str = ""
    """Interval of the model's figure, or how often a right model would miss."""
    source: str = ""
    grade: str = ""
    note: str = ""
    """What else belongs to this one figure."""
    reason: str = ""
    """Why `use` is what it is, and what limits the comparison."""

    @property
    def ratio(self) -> float:
        """Model over target, NaN where there is none."""
        return self.model / self.target if self.target else float("nan")

    def about(self, stratum: str) -> Check:
        """Return the same check under the name of one of those whom its target is about."""
        return replace(self, stratum=stratum)


def judged(target: Target, model: float, chance: str = "", note: str = "") -> Check:
    """Return the verdict on a figure of the model under the target's own rule."""
    difference = model - target.value
    asked = {
        "ratio": (
            f"within {100 * target.tolerance:g}%",
            abs(difference) <= target.tolerance * abs(target.value),
        ),
        "difference": (f"within {target.tolerance:g} {target.unit}", abs(difference) <= target.tolerance),
        "range": (f"{target.low:g} to {target.high:g}", target.low <= model <= target.high),
        "none": ("shown only", None),
    }  # fmt: skip
    allowed, met = asked[target.rule]
    if not np.isfinite(model):
        met = None
    return Check(
        section=target.section, label=target.label, stratum=target.stratum, model=model, target=target.value,
        unit=target.unit, use=target.use, allowed=allowed, met=None if met is None else bool(met),
        chance=chance, source=f"{target.source} ({target.year})", grade=target.grade,
        note=note, reason=target.reason,
    )  # fmt: skip


@dataclass(frozen=True, kw_only=True)
class Miss:
    """A miss that is known: where the model's figure lies, and why."""

    label: str
    """Label of the check."""
    stratum: str
    """Its stratum, or a pattern of several (`bcp *`)."""
    low: float
    high: float
    """From where to where the model's figure was found to lie, with its chance."""
    reason: str

    def holds(self, check: Check) -> bool:
        """Whether this is the miss of a check, with the figure that is documented."""
        return self.names(check) and self.low <= check.model <= self.high

    def names(self, check: Check) -> bool:
        """Whether this is about a check."""
        return self.label == check.label and fnmatchcase(check.stratum, self.stratum)


def load_misses(path: Path = MISSES) -> list[Miss]:
    """Read the known misses; raises InputError for a faulty header, a ragged row or a blank reason."""
    rows = read_rows(path, [field.name for field in fields(Miss)])
    blank = [row["label"] for row in rows if not row["reason"]]
    if blank:
        raise InputError(file=path, key="reason", found=f"nothing for {blank[0]}", allowed="a reason")
    return [Miss(**{**row, "low": float(row["low"]), "high": float(row["high"])}) for row in rows]  # type: ignore[arg-type]


def undocumented(checks: Iterable[Check], misses: Sequence[Miss]) -> list[Check]:
    """Return checks that miss and are not documented with such a figure."""
    return [c for c in checks if c.met is False and not any(miss.holds(c) for miss in misses)]


def load_targets(path: Path = TARGETS) -> list[Target]:
    """Read the table of targets.

    Raises:
        InputError: All faults of the table at once: columns missing or unknown, a blank, a number that is
            none, a word that is not allowed, a figure outside its own range, or a target told twice.
    """
    wanted = [field.name for field in fields(Target)]
    rows = read_rows(path, wanted)
    problems = [problem for line, row in enumerate(rows, start=2) for problem in _problems(line, row)]
    keys = [(row["check"], row["stratum"], row["source"]) for row in rows]
    problems += [f"{' / '.join(key)}: told twice" for key in sorted({k for k in keys if keys.count(k) > 1})]
    if problems:
        raise InputError(file=path, key="rows", found="; ".join(problems), allowed="a checked table")
    return [Target(**{**row, **{name: float(row[name]) for name in _NUMBERS}}) for row in rows]  # type: ignore[arg-type]


def _problems(line: int, row: dict[str, str]) -> Iterable[str]:
    for name, value in row.items():
        if not value:
            yield f"line {line}, {name}: nothing"
    words = {"section": SECTIONS, "rule": RULES, "use": tuple(USES), "grade": GRADES}
    for name, allowed in words.items():
        if row[name] not in allowed:
            yield f"line {line}, {name}: {row[name]}, not one of {', '.join(allowed)}"
    try:
        value, low, high, tolerance = (float(row[name]) for name in _NUMBERS)
    except ValueError:
        yield f"line {line}: one of {', '.join(_NUMBERS)} is no number"
        return
    if not low <= value <= high:
        yield f"line {line}: {value:g} is not between {low:g} and {high:g}"
    if tolerance < 0.0:
        yield f"line {line}: a negative tolerance"


def read_rows(path: Path, wanted: list[str]) -> list[dict[str, str]]:
    """Return the rows of a table with exactly these columns; raises InputError for others or a ragged row."""
    with path.open(encoding="utf-8", newline="") as file:
        reader = csv.DictReader(file)
        if reader.fieldnames is None or list(reader.fieldnames) != wanted:
            raise InputError(file=path, key="header", found=str(reader.fieldnames), allowed=", ".join(wanted))
        rows = list(reader)
    for line, row in enumerate(rows, start=2):
        if None in row or None in row.values():
            raise InputError(
                file=path, key=f"line {line}", found="a ragged row", allowed="a value in each column"
            )
    return [{name: value.strip() for name, value in row.items()} for row in rows]


def of_check(targets: Iterable[Target], check: str) -> list[Target]:
    """Return the targets of one check, in the order of the table."""
    return [target for target in targets if target.check == check]


def tolerance_of(targets: Iterable[Target], check: str) -> float:
    """Return the tolerance that all targets of a check share."""
    (tolerance,) = {target.tolerance for target in of_check(targets, check)}
    return tolerance
