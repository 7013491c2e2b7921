"""Named numbers that a run may replace: scalars of the national tables and of an area, each within its range.

A run is told `parameters: {name: value}`; a calibration, a study's design and its draws all go this way. A
number may be replaced when its row has a range (`low` below `high`) or the status `calibrated`. Cells of
tables by age, sex or stratum are not named numbers: what is to move them is a scalar that multiplies them.
Values replaced enter no random key, so that runs with other values are of the same residents under the same
draws; every cache of what they change is found by content.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

from sim.parameters.errors import InputError

AREA_SCALARS = ("parameters", "network_parameters")
"""Tables of scalars of an area pack."""
CALIBRATED = "calibrated"
FIXED = "fixed"
WHOLE_UNITS = frozenset({
    "assessors at work", "beds", "call handlers", "clinicians", "concurrent places",
    "double-crewed ambulances", "nurses", "people on the caseload", "places", "slots per weekday", "spaces",
    "staff", "staff by site", "visits a day",
})  # fmt: skip
"""Units of what the network takes in whole numbers only: there is no half a bed."""


@dataclass(frozen=True, kw_only=True)
class NamedNumber:
    """One row of a table of scalars.

    Attributes:
        name: By which the model asks for it.
        value: The central figure, in `unit`.
        unit: What it is a number of.
        low: Least that it can be; minus infinity where the table says nothing.
        high: Most that it can be; infinity where the table says nothing.
        distribution: How it is drawn between them; `fixed` is never drawn.
        status: fixed, calibrated, scenario or assumption.
        grade: Of its source.
        source: Where it is from.
        file: Its table.
    """

    name: str
    value: float
    unit: str
    low: float
    high: float
    distribution: str
    status: str
    grade: str
    source: str
    file: Path

    @property
    def has_range(self) -> bool:
        """Whether the table gives a range in which it may lie."""
        return math.isfinite(self.low) and math.isfinite(self.high) and self.low < self.high

    @property
    def is_whole(self) -> bool:
        """Whether it can be a whole number only."""
        return self.unit in WHOLE_UNITS

    @property
    def may_vary(self) -> bool:
        """Whether a run may have another value."""
        return self.has_range or self.status == CALIBRATED

    @property
    def is_drawn(self) -> bool:
        """Whether the table says how it is drawn."""
        return self.has_range and self.distribution != FIXED

    @property
    def bounds(self) -> tuple[float, float]:
        """Return the least and the most that a run may set it to."""
        return (self.low, self.high) if self.has_range else (-math.inf, math.inf)


def named_numbers(area: Path) -> Mapping[str, NamedNumber]:
    """Return every named number of the national tables and of an area pack, by name; raises InputError.

    Args:
        area: Folder of the area pack.
    """
    from sim.parameters.national import PARAMETERS, SCALAR_FILES  # pandas: most runs replace nothing

    files = [PARAMETERS / name for name in SCALAR_FILES] + [area / f"{name}.csv" for name in AREA_SCALARS]
    files = [file for file in files if file.is_file()]
    return _read(tuple(files), tuple(file.stat().st_mtime_ns for file in files))


@lru_cache(maxsize=8)
def _read(files: tuple[Path, ...], _: tuple[int, ...]) -> Mapping[str, NamedNumber]:
    from sim.parameters.schemas import SCALARS
    from sim.parameters.tables import read_table

    found: dict[str, NamedNumber] = {}
    for file in files:
        for row in read_table(file, SCALARS).to_dict("records"):
            low, high = float(row["low"]), float(row["high"])
            name = str(row["name"])
            if name in found:
                told = f"{name}, which {found[name].file.name} has too"
                raise InputError(file=file, key="name", found=told, allowed="each name once in all tables")
            found[name] = NamedNumber(
                name=name, value=float(row["value"]), unit=str(row["unit"]), file=file,
                low=-math.inf if math.isnan(low) else low, high=math.inf if math.isnan(high) else high,
                distribution=str(row["distribution"]), status=str(row["status"]), grade=str(row["grade"]),
                source=str(row["source"]),
            )  # fmt: skip
    return found


def problems_of(
    values: Mapping[str, float], numbers: Mapping[str, NamedNumber], file: object = "settings"
) -> list[InputError]:
    """Return everything that is wrong with values given to named numbers.

    Args:
        values: Value by name.
        numbers: What there is, from `named_numbers`.
        file: Where the values come from, for the message.
    """
    found = [problem_of_name(name, numbers, file) for name in values]
    found += [
        problem_of_value(numbers[name], value, file)
        for name, value in values.items()
        if name in numbers and numbers[name].may_vary
    ]
    return [one for one in found if one is not None]


def problem_of_name(name: str, numbers: Mapping[str, NamedNumber], file: object) -> InputError | None:
    """Return what is wrong with a name: there is none like it, or it may not be changed; None if nothing."""
    if name not in numbers:
        allowed = "a named number of the national tables or of the area's (docs/reference/parameters.md)"
        return InputError(file=file, key="parameters", found=name, allowed=allowed, names=numbers)
    if not numbers[name].may_vary:
        allowed = f"a number that has a range or is calibrated; {numbers[name].file.name} fixes this one"
        return InputError(file=file, key="parameters", found=name, allowed=allowed)
    return None


def problem_of_value(number: NamedNumber, value: float, file: object) -> InputError | None:
    """Return what is wrong with a value: outside the range of its table, or no number; None if nothing."""
    low, high = number.bounds
    fits = math.isfinite(value) and low <= value <= high
    if fits and not (number.is_whole and value != round(value)):
        return None
    told = f"{low:g} to {high:g} {number.unit}" if number.has_range else "a finite number"
    told = f"whole numbers, {told}" if number.is_whole else told
    allowed = f"{told} ({number.file.name})"
    return InputError(file=file, key=f"parameters.{number.name}", found=value, allowed=allowed)
