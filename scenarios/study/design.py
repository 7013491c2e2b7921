"""Designs: sets of values of named figures that are tried together, each set a point.

A figure is a number or date of an intervention, found as `scenario solve` finds it, or a parameter of the
tables. At a point it is certain: it has its value in every draw.
"""

from __future__ import annotations

import csv
import hashlib
import io
import itertools
import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

import numpy as np

from scenarios.problems import Problem
from scenarios.study.language import MOST_POINTS, DesignField
from scenarios.varying import Field, find_field
from sim.interventions.specification import ScenarioSpecification
from sim.parameters.errors import InputError
from sim.parameters.named import NamedNumber, problem_of_name, problem_of_value

GRID_LEVELS = 3
"""Values of a figure in a grid for which none are given: its least, its middle and its most."""
Value = float | str


@dataclass(frozen=True, kw_only=True)
class Factor:
    """One figure that a design varies.

    Attributes:
        figure: As it is written.
        number: The parameter of the tables that it is; None for one of interventions.
        fields: The field in each scenario that has it, by the scenario's name.
        path: Of the field, without a scenario before it.
    """

    figure: str
    number: NamedNumber | None = None
    fields: Mapping[str, Field]
    path: str = ""

    @cached_property
    def _field(self) -> Field:
        return next(iter(self.fields.values()))

    @property
    def interval(self) -> tuple[float, float] | None:
        """Return where it lies by its scenario or table; None where that is not said."""
        if self.number is not None:
            found = self.number.bounds if self.number.has_range else None
        else:
            found = self._field.interval
        if found is None or not self.whole:
            return found
        return float(math.ceil(found[0])), float(math.floor(found[1]))

    @property
    def now(self) -> float:
        """Return its value before anything is changed; of several scenarios that of the first."""
        return self.number.value if self.number is not None else self._field.now

    @property
    def whole(self) -> bool:
        """Whether it takes whole numbers, or months, only."""
        return self.number.is_whole if self.number is not None else self._field.steps != "any"

    def read(self, value: Value) -> float:
        """Return a value as a number; raises InputError for what it cannot be."""
        if self.number is None:
            found = self._field.read(str(value))
            for one in self.fields.values():
                one.at(found)
            return found
        try:
            found = float(value)
        except ValueError:
            found = math.nan
        problem = problem_of_value(self.number, found, "")
        if problem is not None:
            problem.found = str(value)
            raise problem
        return found

    def told(self, value: float) -> str:
        """Return a value as a scenario or table has it."""
        return f"{value:.12g}" if self.number is not None else self._field.told(value)


@dataclass(frozen=True, kw_only=True)
class Point:
    """One set of values.

    Attributes:
        number: From 1; 0 where a study has no design.
        values: By the figure as it is written; those left out stay as they are.
    """

    number: int
    values: Mapping[str, float]


NO_DESIGN = Point(number=0, values={})


def find_factor(
    figure: str, scenarios: Mapping[str, ScenarioSpecification], numbers: Mapping[str, NamedNumber]
) -> Factor:
    """Return the factor that a figure names.

    Args:
        figure: INTERVENTION.FIELD, SCENARIO:INTERVENTION.FIELD, or the name of a parameter.
        scenarios: Those of the study, by name.
        numbers: Named numbers of the tables.

    Raises:
        InputError: When there is none, with the nearest name.
    """
    if "." not in figure:
        problem = problem_of_name(figure, numbers, "")
        if problem is not None:
            raise problem
        return Factor(figure=figure, number=numbers[figure], fields={}, path=figure)
    before, colon, after = figure.partition(":")
    path = after if colon else figure
    within = {before: scenarios[before]} if colon and before in scenarios else dict(scenarios)
    if colon and before not in scenarios:
        allowed = f"a scenario of the study: {', '.join(scenarios)}"
        raise InputError(file="", key="figure", found=before, allowed=allowed, names=scenarios)
    fields: dict[str, Field] = {}
    refused: list[InputError] = []
    for name, one in within.items():
        try:
            fields[name] = find_field(one, path)
        except InputError as error:
            refused.append(error)
    if not fields:
        keys = [item.key for one in within.values() for item in one.interventions]
        first = path.partition(".")[0]
        nearer = [e for e, one in zip(refused, within.values(), strict=True)
                  if first in {item.key for item in one.interventions}]  # fmt: skip
        if nearer:
            raise nearer[0]
        allowed = "INTERVENTION.FIELD of a scenario of the study, or the name of a parameter"
        raise InputError(file="", key="figure", found=figure, allowed=allowed, names=keys)
    if len({one.steps for one in fields.values()}) > 1:
        allowed = f"one kind of figure; write SCENARIO:{path} for that of one scenario"
        raise InputError(file="", key="figure", found=f"{figure}, of several kinds", allowed=allowed)
    return Factor(figure=figure, fields=fields, path=path)


def scenario_at(
    scenario: ScenarioSpecification, name: str, point: Point, factors: Sequence[Factor]
) -> ScenarioSpecification:
    """Return a scenario with the figures that it has at their values in a point; raises InputError."""
    for one in factors:
        if name in one.fields and one.figure in point.values:
            scenario = find_field(scenario, one.path).at(point.values[one.figure])
    return scenario


def parameters_at(point: Point, factors: Sequence[Factor]) -> dict[str, float]:
    """Return the parameters of the tables at a point."""
    return {
        one.number.name: point.values[one.figure]
        for one in factors
        if one.number is not None and one.figure in point.values
    }


def points_of(
    kind: str, factors: Sequence[Factor], values: Sequence[Sequence[float]], points: int, seed: int
) -> list[Point]:
    """Return the points of a design that is not a file.

    Args:
        kind: grid, latin_hypercube or one_at_a_time.
        factors: What is varied.
        values: Of each factor: its values, of a Latin hypercube its least and its most.
        points: Of a Latin hypercube.
        seed: Of the study; it decides a Latin hypercube.
    """
    names = [one.figure for one in factors]
    if kind == "grid":
        rows = [dict(zip(names, row, strict=True)) for row in itertools.product(*values)]
    elif kind == "one_at_a_time":
        rows = [{}, *({name: value} for name, each in zip(names, values, strict=True) for value in each)]
    else:
        rows = _latin_hypercube(factors, values, points, seed)
    return [Point(number=number, values=row) for number, row in enumerate(rows, 1)]


def _latin_hypercube(
    factors: Sequence[Factor], ends: Sequence[Sequence[float]], points: int, seed: int
) -> list[dict[str, float]]:
    """Return rows in which each figure's range, cut into `points` equal parts, has one value in each part.

    McKay, Beckman and Conover 1979, as scipy.stats.qmc.LatinHypercube draws it. What takes whole numbers is
    rounded down from a range that is one wider, so that each number is as likely as any other.
    """
    from scipy.stats.qmc import LatinHypercube

    hashed = hashlib.blake2b(f"design|{seed}".encode(), digest_size=8).digest()
    rng = np.random.default_rng(int.from_bytes(hashed, "big"))
    shares = LatinHypercube(len(factors), rng=rng).random(points)
    rows = []
    for share in shares:
        row = {}
        for one, (low, high), u in zip(factors, ends, share, strict=True):
            value = math.floor(low + (high - low + 1.0) * u) if one.whole else low + (high - low) * u
            row[one.figure] = float(min(high, max(low, value)))
        rows.append(row)
    return rows


def levels_between(one: Factor, low: float, high: float, levels: int) -> list[float]:
    """Return values evenly apart from low to high, both among them; whole numbers where it takes no other."""
    found = [float(value) for value in np.linspace(low, high, levels)]
    return sorted({float(round(value)) for value in found}) if one.whole else found


def read_points(
    path: Path, label: str, wanted: Sequence[str], factor_of: Mapping[str, Factor | None]
) -> tuple[list[Point], list[Problem]]:
    """Return the points of a CSV file, and all that is wrong with it.

    Args:
        path: The file.
        label: What messages call it.
        wanted: Columns that it must have.
        factor_of: The factor of each column of its header; None for one that is told elsewhere.
    """
    header, rows, problems = read_cells(path, label)
    problems += _of_header(label, header, wanted)
    points = []
    for number, (line, cells) in enumerate(rows, 1):
        values = {}
        for column, cell in zip(header, cells, strict=False):
            factor = factor_of.get(column)
            if factor is None:
                continue
            try:
                values[column] = factor.read(cell.strip())
            except InputError as error:
                found = f"'{cell.strip()}'"
                problems.append(
                    Problem(file=label, line=line, key=column, found=found, allowed=error.allowed)
                )
        points.append(Point(number=number, values=values))
    return points, problems


def read_cells(path: Path, label: str) -> tuple[list[str], list[tuple[int, list[str]]], list[Problem]]:
    """Return the header of a CSV file, its rows with their lines, and what is wrong with its form."""

    def problem(line: int, key: str, found: str, allowed: str) -> Problem:
        return Problem(file=label, line=line, key=key, found=found, allowed=allowed)

    allowed = "a CSV file: a header of figures, a row a point"
    try:
        text = path.read_text(encoding="utf-8-sig")
        lines = [(n, row) for n, row in enumerate(csv.reader(io.StringIO(text), strict=True), 1) if row]
    except (OSError, UnicodeDecodeError, csv.Error) as error:
        found = "no such file" if isinstance(error, FileNotFoundError) else f"what cannot be read ({error})"
        return [], [], [problem(1, "file", found, allowed)]
    if len(lines) < 2:
        return [], [], [problem(1, "file", "no header" if not lines else "no row", allowed)]
    header = [name.strip() for name in lines[0][1]]
    problems = [
        problem(line, "row", f"{len(cells)} cells", f"{len(header)}, as in the header")
        for line, cells in lines[1:]
        if len(cells) != len(header)
    ]
    if len(lines) - 1 > MOST_POINTS:
        problems.append(problem(1, "file", f"{len(lines) - 1:,} points", f"at most {MOST_POINTS:,}"))
    return header, lines[1:], problems


def _of_header(label: str, header: Sequence[str], wanted: Sequence[str]) -> list[Problem]:
    """Return the problems of blank, repeated and missing columns."""
    if not header:
        return []

    def problem(found: str, allowed: str) -> Problem:
        return Problem(file=label, line=1, key="header", found=found, allowed=allowed)

    twice = sorted({name for name in header if header.count(name) > 1 and name})
    found = [problem(f"the column '{name}' twice", "each figure once") for name in twice]
    if "" in header:
        found.append(problem("a column without a name", "a figure over every column"))
    found += [
        problem(f"no column '{name}'", "a column for every factor of the design")
        for name in wanted
        if name not in header
    ]
    return found


def table_of(points: Sequence[Point], factors: Sequence[Factor]) -> str:
    """Return the points as CSV: number, and each figure's value, blank where it stays as it is."""
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\n")
    writer.writerow(["point", *(one.figure for one in factors)])
    for point in points:
        cells = [one.told(point.values[one.figure]) if one.figure in point.values else "" for one in factors]
        writer.writerow([point.number, *cells])
    return out.getvalue()


__all__ = [
    "NO_DESIGN", "DesignField", "Factor", "Point", "find_factor", "levels_between", "parameters_at",
    "points_of", "read_cells", "read_points", "scenario_at", "table_of",
]  # fmt: skip
