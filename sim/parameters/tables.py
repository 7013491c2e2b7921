"""Strict reading and writing of evidence tables.

A table is a CSV file in UTF-8 with one header row. Its `Schema` says which columns it may have, what
they hold and which columns identify a row. Nothing is guessed: a ragged row, an unknown column, text
where a number belongs, a blank source, a repeated key or two units in one group of values is an error
that names the file, the row, the column, what was found and what is allowed.
"""

from __future__ import annotations

import csv
import io
import math
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

import pandas as pd

from sim.parameters.errors import TableError

NUMBER = re.compile(r"[+-]?(\d+(\.\d*)?|\.\d+)([eE][+-]?\d+)?")
INTEGER = re.compile(r"-?\d+")

Row = dict[str, str]


@dataclass(frozen=True, kw_only=True)
class Column:
    """One column of a table."""

    name: str
    """Header of the column."""
    description: str
    """What it holds, in a sentence, with its unit where it has one."""
    kind: Literal["text", "integer", "number"] = "text"
    """How a cell is read."""
    filled: bool = True
    """Whether a blank cell is an error."""
    optional: bool = False
    """Whether a file may leave the whole column out."""
    allowed: tuple[str, ...] = ()
    """The only texts allowed; empty for any."""
    minimum: float | None = None
    """Smallest number allowed."""
    maximum: float | None = None
    """Largest number allowed."""


@dataclass(frozen=True, kw_only=True)
class Schema:
    """What a table may hold."""

    name: str
    """Name of the kind of table."""
    pattern: str
    """Where such tables lie, as a glob below the folder of the parameters or of the area."""
    description: str
    """What the table says, in a sentence."""
    columns: tuple[Column, ...]
    """All columns a file may have."""
    key: tuple[str, ...]
    """Columns that together identify a row."""
    value: str | None = "value"
    """The column whose interval is `low` to `high`; None for a wide table."""
    unit_group: tuple[str, ...] | None = ()
    """Columns within whose values one unit is allowed: () for the whole table, None for no rule."""

    def column(self, name: str) -> Column:
        """The column called `name`; KeyError when the schema has none."""
        return {column.name: column for column in self.columns}[name]


def read_table(path: Path | str, schema: Schema) -> pd.DataFrame:
    """The table at `path`, checked against `schema`.

    Returns a frame with one column for each of the schema (text as str with "" for a blank; integers as
    int64; numbers as float64 with NaN for a blank), rows in the order of the file.
    Raises the first TableError found.
    """
    rows, problems = check_table(path, schema)
    if problems:
        raise problems[0]
    return frame(rows, schema)


def check_table(path: Path | str, schema: Schema) -> tuple[list[Row], list[TableError]]:
    """The rows of the table as text, and everything that is wrong with it."""
    path = Path(path)
    try:
        text = path.read_bytes().decode("utf-8")
    except FileNotFoundError:
        return [], [TableError(file=path, key="file", found="no file", allowed=schema.description)]
    except UnicodeDecodeError as error:
        return [], [TableError(file=path, key="encoding", found=error.reason, allowed="UTF-8 text")]
    header, lines, problems = _split(path, text)
    problems += _check_header(path, header, schema)
    if problems:
        return [], problems
    rows = [dict(zip(header, line, strict=True)) for line in lines]
    problems = check_rows(path, rows, schema)
    return rows, problems


def _split(path: Path, text: str) -> tuple[list[str], list[list[str]], list[TableError]]:
    """Header, rows, and a complaint for each row that is not as long as the header."""
    try:
        lines = list(csv.reader(io.StringIO(text, newline=""), strict=True))
    except csv.Error as error:
        return [], [], [TableError(file=path, key="CSV", found=str(error), allowed="well-formed CSV")]
    if not lines:
        return [], [], [TableError(file=path, key="header", found="an empty file", allowed="a header row")]
    header, body = lines[0], lines[1:]
    problems = [
        TableError(
            file=path,
            key=f"row {number}",
            found=f"{len(line)} cells",
            allowed=f"{len(header)} cells, as in the header",
        )
        for number, line in enumerate(body, start=2)
        if len(line) != len(header)
    ]
    return header, body, problems


def _check_header(path: Path, header: Sequence[str], schema: Schema) -> list[TableError]:
    """Complaints about unknown, repeated and missing columns."""
    if not header:
        return []
    known = [column.name for column in schema.columns]
    listed = "the columns " + ", ".join(known)
    problems = [
        TableError(file=path, key="header", found=name, allowed=listed, names=known)
        for name in header
        if name not in known
    ]
    problems += [
        TableError(file=path, key="header", found=f"{name} twice", allowed="each column once")
        for name in sorted(set(header))
        if header.count(name) > 1
    ]
    problems += [
        TableError(file=path, key="header", found=f"no column {column.name}", allowed=listed)
        for column in schema.columns
        if column.name not in header and not column.optional
    ]
    return problems


def check_rows(file: object, rows: Sequence[Mapping[str, str]], schema: Schema) -> list[TableError]:
    """Everything that is wrong with rows whose columns are already known to be right."""
    columns = {column.name: column for column in schema.columns}
    faults: dict[tuple[str, str], str | None] = {}  # by column and cell: most cells come again and again
    problems: list[TableError] = []
    for number, row in enumerate(rows, start=2):
        for item in row.items():
            if item not in faults:
                faults[item] = cell_fault(item[1], columns[item[0]])
            fault = faults[item]
            if fault:
                problems.append(_at(file, number, *item, fault, columns[item[0]].allowed))
    if problems:
        return problems
    checks = (_check_keys, _check_units, _check_order)
    return [problem for check in checks for problem in check(file, rows, schema)]


def _at(
    file: object, number: int, name: str, found: str, allowed: str, names: Iterable[str] = ()
) -> TableError:
    """A complaint about one cell."""
    return TableError(
        file=file, key=f"row {number}, column {name}", found=found, allowed=allowed, names=names
    )


def cell_fault(cell: str, column: Column) -> str | None:
    """What is allowed in the cell, if it holds something else; None when it is right."""
    if cell != cell.strip():
        return "no space before or after"
    if cell == "":
        return f"not blank ({column.description})" if column.filled else None
    if column.allowed and cell not in column.allowed:
        return "one of " + ", ".join(column.allowed)
    return None if column.kind == "text" else _number_fault(cell, column)


def _number_fault(cell: str, column: Column) -> str | None:
    """What is allowed in a cell that has to hold a number, if it holds something else."""
    if column.kind == "integer" and not INTEGER.fullmatch(cell):
        return "a whole number"
    if not (NUMBER.fullmatch(cell) and math.isfinite(float(cell))):
        return "a number"
    if column.minimum is not None and float(cell) < column.minimum:
        return f"at least {column.minimum:g}"
    if column.maximum is not None and float(cell) > column.maximum:
        return f"at most {column.maximum:g}"
    return None


def _check_keys(file: object, rows: Sequence[Mapping[str, str]], schema: Schema) -> list[TableError]:
    """A complaint for each row whose key an earlier row has."""
    first: dict[tuple[str, ...], int] = {}
    problems = []
    for number, row in enumerate(rows, start=2):
        key = tuple(row.get(name, "") for name in schema.key)
        if key in first:
            problems.append(
                _at(
                    file,
                    number,
                    "+".join(schema.key),
                    ", ".join(key),
                    f"a key not used before (row {first[key]} has it)",
                )
            )
        first.setdefault(key, number)
    return problems


def _check_units(file: object, rows: Sequence[Mapping[str, str]], schema: Schema) -> list[TableError]:
    """A complaint for each row whose unit differs from that of the first row of its group."""
    if schema.unit_group is None:
        return []
    first: dict[tuple[str, ...], str] = {}
    problems = []
    for number, row in enumerate(rows, start=2):
        group = tuple(row.get(name, "") for name in schema.unit_group)
        unit = first.setdefault(group, row.get("unit", ""))
        if row.get("unit", "") != unit:
            problems.append(_at(file, number, "unit", row["unit"], f"{unit!r}, as in the rows before"))
    return problems


def _check_order(file: object, rows: Sequence[Mapping[str, str]], schema: Schema) -> list[TableError]:
    """Complaints about intervals that do not hold their value and ages that run backwards."""
    problems = []
    for number, row in enumerate(rows, start=2):
        low, high = row.get("low", ""), row.get("high", "")
        if (low == "") != (high == ""):
            problems.append(_at(file, number, "low and high", f"{low} to {high}", "both or neither"))
        elif low and schema.value and not float(low) <= float(row[schema.value]) <= float(high):
            problems.append(
                _at(
                    file,
                    number,
                    "low and high",
                    f"{low} to {high}",
                    f"an interval that holds {row[schema.value]}",
                )
            )
        if "age_from" in row and "age_to" in row and int(row["age_from"]) > int(row["age_to"]):
            problems.append(_at(file, number, "age_to", row["age_to"], f"at least {row['age_from']}"))
    return problems


def frame(rows: Sequence[Mapping[str, str]], schema: Schema) -> pd.DataFrame:
    """Rows of text as a frame with the types of the schema; absent optional columns come out blank."""
    columns: dict[str, pd.Series] = {}
    for column in schema.columns:
        cells = [row.get(column.name, "") for row in rows]
        if column.kind == "integer":
            columns[column.name] = pd.Series([int(cell) for cell in cells], dtype="int64")
        elif column.kind == "number":
            numbers = [float(cell) if cell else math.nan for cell in cells]
            columns[column.name] = pd.Series(numbers, dtype="float64")
        else:
            columns[column.name] = pd.Series(cells, dtype="object")
    return pd.DataFrame(columns)


def write_table(path: Path | str, rows: Sequence[Mapping[str, str]], schema: Schema) -> int:
    """Write rows of text to `path` after checking them, and return how many there are.

    Optional columns that no row fills are left out. Raises the first TableError found; a table that
    could not be read back is never written.
    """
    path = Path(path)
    used = [
        column.name
        for column in schema.columns
        if not column.optional or any(row.get(column.name) for row in rows)
    ]
    known = {column.name for column in schema.columns}
    full = []
    for row in rows:
        unknown = sorted(set(row) - known)
        if unknown:
            raise TableError(
                file=path, key="column", found=unknown[0], allowed="a column of the schema", names=known
            )
        full.append({name: row.get(name, "") for name in used})
    problems = check_rows(path, full, schema)
    if problems:
        raise problems[0]
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("w", encoding="utf-8", newline="") as handle:
        writer = csv.DictWriter(handle, fieldnames=used, lineterminator="\n")
        writer.writeheader()
        writer.writerows(full)
    return len(full)
