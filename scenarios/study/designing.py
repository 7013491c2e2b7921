"""From what a study file says of its design to factors and points; every problem is noted."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from scenarios.study.design import (
    GRID_LEVELS,
    NO_DESIGN,
    Factor,
    Point,
    find_factor,
    levels_between,
    points_of,
    read_cells,
    read_points,
)
from scenarios.study.language import MOST_POINTS, DesignField, FactorField
from sim.interventions.specification import ScenarioSpecification
from sim.parameters.errors import InputError
from sim.parameters.named import NamedNumber

if TYPE_CHECKING:
    from scenarios.studies import Study
    from scenarios.study.checking import Complaints

FILE, HYPERCUBE, GRID = "file", "latin_hypercube", "grid"
Scenarios = Mapping[str, ScenarioSpecification]
Numbers = Mapping[str, NamedNumber]
Found = tuple[tuple[Factor, ...], tuple[Point, ...]]
NOTHING: Found = ((), (NO_DESIGN,))


def points_asked(
    study: Study, scenarios: Scenarios | None, numbers: Numbers, beside: Path | None, complaints: Complaints
) -> Found:
    """Return the factors and the points of a study's design.

    Args:
        study: The study.
        scenarios: Its scenarios by name; None where some cannot be read, so that only forms are checked.
        numbers: Named numbers of the tables.
        beside: Where files are looked for.
        complaints: Where problems are noted.
    """
    design = study.design
    assert design is not None
    _forms(design, complaints)
    if design.kind == FILE:
        return _of_file(study, scenarios, numbers, beside, complaints) if design.file else NOTHING
    factors = _factors(design, scenarios, numbers, complaints)
    values = [
        _values(design, at, asked, factors[at], complaints)
        for at, asked in enumerate(design.factors)
        if factors[at] is not None
    ]
    known = tuple(one for one in factors if one is not None)
    if not values or len(known) < len(factors) or not all(values):
        return known, (NO_DESIGN,)
    number = math.prod(len(each) for each in values) if design.kind == GRID else 0
    if number > MOST_POINTS:
        complaints.add(("design",), f"a grid of {number:,} points", f"at most {MOST_POINTS:,}")
        return known, (NO_DESIGN,)
    if design.kind == HYPERCUBE and design.points is None:
        return known, (NO_DESIGN,)
    return known, tuple(points_of(design.kind, known, values, design.points or 0, study.seed))


def _forms(design: DesignField, complaints: Complaints) -> None:
    """Note keys that a kind of design needs and has not, or has and cannot use."""
    kind = design.kind
    if kind == FILE and design.file is None:
        complaints.add(("design", "file"), "nothing", "the CSV file of the points")
    if kind != FILE and design.file is not None:
        complaints.add(("design", "file"), f"a file beside kind {kind}", "kind: file, or no file")
    if kind != FILE and not design.factors:
        complaints.add(("design", "factors"), "nothing", "at least one factor")
    if kind == HYPERCUBE and design.points is None:
        complaints.add(("design", "points"), "nothing", "how many points there are to be")
    if kind != HYPERCUBE and design.points is not None:
        allowed = "points for a latin_hypercube alone"
        complaints.add(("design", "points"), f"points beside kind {kind}", allowed)
    figures = [one.figure for one in design.factors]
    for number, one in enumerate(design.factors):
        key = ("design", "factors", number)
        if figures.count(one.figure) > 1:
            complaints.add((*key, "figure"), f"'{one.figure}' twice", "each figure once")
        ends = [name for name in ("low", "high", "levels") if getattr(one, name) is not None]
        if one.values is not None and ends:
            complaints.add(key, f"values beside {', '.join(ends)}", "values, or low and high")
        if one.values is not None and kind in {HYPERCUBE, FILE}:
            complaints.add((*key, "values"), f"values in a design of kind {kind}", "low and high" if kind ==
                           HYPERCUBE else "the figure alone: its values are in the file")  # fmt: skip
        if one.levels is not None and kind != GRID:
            complaints.add((*key, "levels"), f"levels in a design of kind {kind}", "levels in a grid alone")
        if one.values is not None and not one.values:
            complaints.add((*key, "values"), "no value", "at least one value")


def _factors(
    design: DesignField, scenarios: Scenarios | None, numbers: Numbers, complaints: Complaints
) -> list[Factor | None]:
    """Return the factor of each figure; None where there is none, which is noted."""
    return [
        _factor(one.figure, scenarios, numbers, ("design", "factors", number, "figure"), complaints)
        for number, one in enumerate(design.factors)
    ]


def _factor(
    figure: str, scenarios: Scenarios | None, numbers: Numbers, key: tuple[str | int, ...],
    complaints: Complaints,
) -> Factor | None:  # fmt: skip
    if scenarios is None and "." in figure:
        return None  # the scenario that has it may be one of those that cannot be read
    try:
        return find_factor(figure, scenarios or {}, numbers)
    except InputError as error:
        complaints.of_error(key, error)
        return None


def _values(
    design: DesignField, at: int, asked: FactorField, factor: Factor | None, complaints: Complaints
) -> list[float]:
    """Return the values of a factor (of a Latin hypercube its ends); none where that is noted."""
    if factor is None:
        return []
    key: tuple[str | int, ...] = ("design", "factors", at)
    if asked.values is not None:
        found = [
            _read(factor, value, (*key, "values", n), complaints) for n, value in enumerate(asked.values)
        ]
        known = [value for value in found if value is not None]
        for number, value in enumerate(found):
            if value is not None and known.count(value) > 1:
                told = f"{factor.told(value)} twice"
                complaints.add((*key, "values", number), told, "each value once")
        return known
    ends = _ends(factor, asked, key, complaints)
    if ends is None:
        return []
    if design.kind == GRID:
        return levels_between(factor, *ends, asked.levels or GRID_LEVELS)
    return list(ends)


def _ends(
    factor: Factor, asked: FactorField, key: tuple[str | int, ...], complaints: Complaints
) -> tuple[float, float] | None:
    """Return the least and the most of a factor: as it is asked, or as its figure says."""
    own = factor.interval
    if own is None and (asked.low is None or asked.high is None):
        allowed = "values, or low and high: the figure has no interval of its own"
        complaints.add(key, f"'{asked.figure}' without values", allowed)
        return None
    least = own[0] if asked.low is None and own else _read(factor, asked.low, (*key, "low"), complaints)
    most = own[1] if asked.high is None and own else _read(factor, asked.high, (*key, "high"), complaints)
    if least is None or most is None:
        return None
    if least >= most:
        told = f"{factor.told(least)} to {factor.told(most)}"
        complaints.add(key, told, "a low that is under the high")
        return None
    return least, most


def _read(
    factor: Factor, value: float | str | None, key: tuple[str | int, ...], complaints: Complaints
) -> float | None:
    assert value is not None
    try:
        return factor.read(value)
    except InputError as error:
        complaints.add(key, f"'{value}'", error.allowed)
        return None


def _of_file(
    study: Study, scenarios: Scenarios | None, numbers: Numbers, beside: Path | None, complaints: Complaints
) -> Found:
    """Return the factors and points of a CSV file."""
    design = study.design
    assert design is not None and design.file is not None
    path = (beside or Path()) / design.file
    header: Sequence[str] = read_cells(path, str(path))[0]
    factor_of: dict[str, Factor | None] = {}
    for column in dict.fromkeys(header):
        if column:
            factor_of[column] = _factor(column, scenarios, numbers, ("design", "file"), complaints)
    wanted = [one.figure for one in design.factors]
    points, problems = read_points(path, str(path), wanted, factor_of)
    complaints.found += problems
    known = tuple(one for one in factor_of.values() if one is not None)
    return known, tuple(points) or (NO_DESIGN,)
