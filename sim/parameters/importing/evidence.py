"""Strict reading of the evidence files, and the small conversions that every group of tables shares."""

from __future__ import annotations

import csv
import re
from collections.abc import Collection, Iterable, Sequence
from pathlib import Path

from sim.parameters.columns import OLDEST
from sim.parameters.errors import TableError
from sim.parameters.tables import Row

GRADE_NAMES = {"plan": "G", "G": "G", "A": "A", "B": "B", "C": "C"}
SIGNIFICANT_DIGITS = 7
AGE_BANDS = re.compile(r"(\d+)(?:-(\d+)|(\+))?")


def read_evidence(path: Path, columns: Sequence[str], unit_group: Sequence[str] = ()) -> list[Row]:
    """The rows of an evidence file, as text.

    Refuses ragged rows, columns other than `columns`, and more than one unit among rows that agree on
    `unit_group` (no rule when that is empty).
    """
    with path.open(encoding="utf-8", newline="") as handle:
        lines = list(csv.reader(handle, strict=True))
    header = [name.strip() for name in lines[0]]
    if header != list(columns):
        odd = sorted(set(header) ^ set(columns))
        raise TableError(
            file=path.name, key="header", found=", ".join(odd) or "another order", allowed=", ".join(columns)
        )
    rows = []
    for number, line in enumerate(lines[1:], start=2):
        if len(line) != len(header):
            raise TableError(
                file=path.name,
                key=f"row {number}",
                found=f"{len(line)} cells",
                allowed=f"{len(header)} cells",
            )
        rows.append({name: cell.strip() for name, cell in zip(header, line, strict=True)})
    _check_units(path, rows, unit_group)
    return rows


def _check_units(path: Path, rows: Iterable[Row], unit_group: Sequence[str]) -> None:
    """Raise for the first row whose unit differs from its group's."""
    first: dict[tuple[str, ...], str] = {}
    for number, row in enumerate(rows, start=2):
        if not unit_group:
            return
        key = tuple(row[name] for name in unit_group)
        if first.setdefault(key, row["unit"]) != row["unit"]:
            raise TableError(
                file=path.name,
                key=f"row {number}, column unit",
                found=row["unit"],
                allowed=f"{first[key]!r}, as for the same {', '.join(unit_group)}",
            )


def only_known(path: str, column: str, rows: Iterable[Row], known: Collection[str]) -> None:
    """Raise for the first value of `column` that is neither imported nor named as left out."""
    for number, row in enumerate(rows, start=2):
        if row[column] not in known:
            raise TableError(
                file=path,
                key=f"row {number}, column {column}",
                found=row[column],
                allowed="a key that the importer knows",
                names=known,
            )


def citation(source: str, *more: str) -> str:
    """The source as a citation; how the compiler of the evidence kept its copy is no part of it."""
    text = "; ".join(part.strip() for part in (source, *more) if part and part.strip())
    text = re.sub(r",? ?\(given in the brief\)", "", text)
    text = text.replace("commissioning brief", "commissioning plan").replace("as brief", "as the plan's")
    text = re.sub(r"\bnot (stated )?in (stored )?excerpt", "not stated", text)
    text = re.sub(r"\b(read in )?stored ", "", text)
    text = re.sub(r" ?\(not shipped\)|, stored\b|\bstored\b", "", text)
    return re.sub(r"\s+", " ", text).strip(" ;,")


def grade(text: str) -> str:
    """The grade as one letter; plan figures are G."""
    letter = GRADE_NAMES.get(text.split(" ", maxsplit=1)[0])
    if letter is None:
        raise TableError(file="evidence", key="grade", found=text, allowed=", ".join(GRADE_NAMES))
    return letter


def worst(*grades: str) -> str:
    """The weakest of several grades (A best, then B, then G, then C)."""
    return max(grades, key="ABGC".index)


def ages(band: str) -> tuple[str, str]:
    """First and last year of an age band such as `5-9`, `90+`, `45` or `<65`; the open end is 110."""
    band = band.replace("\N{EN DASH}", "-").strip()
    if band.startswith("<"):
        return "0", str(int(band[1:]) - 1)
    if band in {"all", "all_adult"}:
        return "0", str(OLDEST)
    found = AGE_BANDS.fullmatch(band)
    if found is None:
        raise TableError(file="evidence", key="age band", found=band, allowed="5-9, 90+, 45, <65 or all")
    first, last, open_end = found.groups()
    return first, str(OLDEST) if open_end else last or first


def digits(number: float) -> str:
    """A derived number as text, to seven significant digits."""
    return f"{number:.{SIGNIFICANT_DIGITS}g}"


def carried(row: Row, *, value: str = "value", unit: str | None = None, note: str = "") -> Row:
    """The evidence columns of a row that is transcribed as it stands.

    An interval that does not hold its value (rounding at the source) is widened to hold it.
    """
    figure = row[value]
    low, high = row.get("low", ""), row.get("high", "")
    if low and high:
        low = figure if float(low) > float(figure) else low
        high = figure if float(high) < float(figure) else high
    else:
        low = high = ""
    out = {
        "value": figure,
        "unit": unit or row["unit"],
        "low": low,
        "high": high,
        "year": citation(row.get("year", "")) or "not stated",
        "source": citation(row["source"]),
        "grade": grade(row["grade"]),
    }
    notes = "; ".join(part for part in (row.get("note", ""), note) if part)
    if notes:
        out["note"] = citation(notes)
    return out


def derived(
    value: float,
    *,
    unit: str,
    source: str,
    year: str = "not stated",
    low: float | None = None,
    high: float | None = None,
    grade: str = "C",
    note: str = "",
) -> Row:
    """The evidence columns of a number that a rule made; `source` states the rule."""
    out = {
        "value": digits(value),
        "unit": unit,
        "low": "" if low is None else digits(min(low, value)),
        "high": "" if high is None else digits(max(high, value)),
        "year": year,
        "source": citation(source),
        "grade": grade,
    }
    if note:
        out["note"] = citation(note)
    return out
