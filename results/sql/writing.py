"""An answer, or whole tables, as one file: CSV, Parquet or a workbook; whole or not at all."""

from __future__ import annotations

import os
import re
import tempfile
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from results.columns import OF_MEASURE
from results.office import AUTHOR, LANGUAGE, STAMP
from results.sql.units import unit_of
from results.sql.views import ORDER, Store, meaning
from sim.parameters.errors import InputError

if TYPE_CHECKING:
    import pandas as pd

CSV, PARQUET, WORKBOOK = ".csv", ".parquet", ".xlsx"
SUFFIXES = (CSV, PARQUET, WORKBOOK)
SHEET_ROWS = 1_048_576 - 1
"""Rows of a sheet of Excel, less that of the headings."""
README = "README"
UNIT = "unit"
LOOKED_AT, WIDEST = 200, 60


def check_target(path: Path) -> None:
    """Refuse a file that cannot be written, before anything is asked; raises InputError."""
    if path.suffix.lower() not in SUFFIXES:
        raise InputError(
            file="command line", key="--out", found=path.name, allowed=f"a name in {', '.join(SUFFIXES)}"
        )
    if path.is_dir():
        raise InputError(file="command line", key="--out", found=f"{path}, a folder", allowed="a file")
    if not path.parent.is_dir():
        raise InputError(
            file="command line", key="--out", found=f"{path.parent}, no such folder",
            allowed="a file in a folder that is there",
        )  # fmt: skip


def write(path: Path, tables: Mapping[str, pd.DataFrame], store: Store, told: str) -> None:
    """Write tables as one file.

    Args:
        path: Its suffix says the form; CSV and Parquet hold one table.
        tables: Tables by name.
        store: Where they come from.
        told: What was asked, for the reader.

    Raises:
        InputError: A table has more rows than a sheet, or the file cannot be written.
    """
    check_target(path)
    whole = {name: with_units(frame, name) for name, frame in tables.items()}
    suffix = path.suffix.lower()
    if suffix == WORKBOOK:
        for name, frame in whole.items():
            check_rows(name, frame)
    elif len(whole) != 1:
        raise InputError(
            file="command line", key="--out", found=f"{len(whole)} tables in {path.name}",
            allowed=f"one table in {CSV} or {PARQUET}, or a workbook ({WORKBOOK})",
        )  # fmt: skip
    descriptor, name = tempfile.mkstemp(prefix=f".{path.name}.", dir=path.parent)
    os.close(descriptor)
    made = Path(name)
    try:
        frame = next(iter(whole.values()))
        if suffix == CSV:
            frame.to_csv(made, index=False, lineterminator="\n")
        elif suffix == PARQUET:
            _parquet(frame, made)
        else:
            _workbook(made, whole, store, told)
        umask = os.umask(0)
        os.umask(umask)
        made.chmod(0o666 & ~umask)
        made.replace(path)
    finally:
        made.unlink(missing_ok=True)


def with_units(frame: pd.DataFrame, table: str = "") -> pd.DataFrame:
    """Return a table with a column `unit` after `measure`, where it has measures and no units yet."""
    if "measure" not in frame.columns or UNIT in frame.columns:
        return frame
    known = {name: unit_of(table, str(name)) for name in frame["measure"].unique()}
    if not any(known.values()):
        return frame
    made = frame.copy()
    made.insert(list(frame.columns).index("measure") + 1, UNIT, frame["measure"].map(known))
    return made


def table_of(sql: str) -> str:
    """Return the one recorded table that a question is about; empty when there are several or none."""
    named = [name for name in ORDER if re.search(rf"\b{name}\b", sql)]
    return named[0] if len(named) == 1 else ""


def check_rows(name: str, frame: pd.DataFrame) -> None:
    """Refuse a table that does not fit a sheet, saying which parts of it would; raises InputError."""
    if len(frame) <= SHEET_ROWS:
        return
    fits = []
    for column in ("dimension", "scenario", "site", "period"):
        if column in frame.columns:
            counts = frame[column].value_counts()
            small = counts[counts <= SHEET_ROWS]
            if len(small):
                level = "all" if "all" in small.index else small.index[0]
                fits.append(f"where {column} = '{level}' ({small[level]:,} rows)")
    parts = f"; these fit: {'; '.join(fits)}" if fits else ""
    raise InputError(
        file="command line", key="--out", found=f"{name} with {len(frame):,} rows",
        allowed=f"at most {SHEET_ROWS:,} rows on a sheet{parts}; .csv and .parquet hold any number",
    )  # fmt: skip


def _parquet(frame: pd.DataFrame, path: Path) -> None:
    import pyarrow as pa
    import pyarrow.parquet as pq

    arrow = pa.Table.from_pandas(frame, preserve_index=False).replace_schema_metadata(None)
    pq.write_table(arrow, path, compression="zstd")


def _workbook(path: Path, tables: Mapping[str, pd.DataFrame], store: Store, told: str) -> None:
    """Write a sheet that says what this is, and one for each table; rows go to disk as they come."""
    import xlsxwriter

    options = {
        "constant_memory": True, "strings_to_formulas": False, "strings_to_urls": False,
        "nan_inf_to_errors": False, "default_format_properties": {"font_name": "Arial", "font_size": 12},
    }  # fmt: skip
    with xlsxwriter.Workbook(str(path), options) as book:
        book.set_properties(
            {
                "title": "Tables of Leftshift",
                "author": AUTHOR,
                "created": STAMP,
                "comments": f"Language: {LANGUAGE}",
            }
        )
        _readme(book, tables, store, told)
        for name, frame in tables.items():
            _sheet(book, name, frame)


def _readme(book: Any, tables: Mapping[str, pd.DataFrame], store: Store, told: str) -> None:
    """Write the first sheet: what was asked of which runs, and what each column is."""
    sheet = book.add_worksheet(README)
    bold = book.add_format({"bold": True})
    sheet.set_column(0, 0, 28)
    sheet.set_column(1, 1, 22)
    sheet.set_column(2, 2, 100)
    lines: list[Sequence[str]] = [
        ("Tables of Leftshift",),
        ("What it is", "", "Results of an agent-based simulation: estimates of a model, not statistics of "
         "what has happened. One row is one number of one unit (scenario, draw, replicate)."),
        ("Asked", "", told),
        *(("Run", name, _run(run)) for run, name in zip(store.runs, store.names, strict=True)),
        *(("Not there", name, "no unit of this scenario is finished") for name in store.absent),
        *(("Sheet", name, f"{len(frame):,} rows") for name, frame in tables.items()),
        ("Column", "Unit", "Meaning"),
    ]  # fmt: skip
    for column in dict.fromkeys(str(column) for frame in tables.values() for column in frame.columns):
        unit, text = meaning(column)
        lines.append((column, "in the column unit" if unit == OF_MEASURE else unit, text))
    for row, line in enumerate(lines):
        for place, text in enumerate(line):
            sheet.write_string(row, place, text, *([bold] if row == 0 or line[0] == "Column" else []))


def _run(run: Any) -> str:
    """Return what a run is of, in a line."""
    keys = ("area", "start", "years", "scale", "seed", "code_version")
    return f"{run.label}: " + ", ".join(f"{key} {run.manifest[key]}" for key in keys if key in run.manifest)


def _sheet(book: Any, name: str, frame: pd.DataFrame) -> None:
    """Write one table: a row of headings, then its rows."""
    import pandas as pd

    sheet = book.add_worksheet(name.replace("_", " ").capitalize()[:31])
    bold = book.add_format({"bold": True, "bottom": 1})
    sheet.freeze_panes(1, 0)
    for place, column in enumerate(frame.columns):
        widest = frame.iloc[:LOOKED_AT, place].astype(str).str.len().max() if len(frame) else 0
        sheet.set_column(place, place, min(max(len(str(column)), int(widest or 0)) + 3, WIDEST))
        sheet.write_string(0, place, str(column), bold)
    for row, values in enumerate(frame.itertuples(index=False, name=None), start=1):
        for place, value in enumerate(values):
            if value is None or value is pd.NA or value != value:  # noqa: PLR0124
                continue
            if isinstance(value, bool):
                sheet.write_boolean(row, place, value)
            elif hasattr(value, "__float__") and not isinstance(value, str):
                sheet.write_number(row, place, float(value))
            else:
                sheet.write_string(row, place, str(value))
    if len(frame):
        sheet.autofilter(0, 0, len(frame), max(len(frame.columns) - 1, 0))
