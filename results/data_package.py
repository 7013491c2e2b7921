"""What lies in the folder of tables: a page for readers, and a description for programs.

`datapackage.json` follows the Data Package standard of Frictionless Data: a resource for each file, with the
name, title, type, unit and meaning of each of its columns.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pandas as pd

from results.columns import OF_MEASURE, Column, described

if TYPE_CHECKING:
    from results.report.blocks import Table

PACKAGE, README = "datapackage.json", "README.md"
_HEAD = """# Tables of this report

One file a table, comma-separated, UTF-8, one row of headings. Numbers are not rounded; an empty cell is not
known or not defined. `datapackage.json` says the same for programs. The table of measures (`measures.csv`)
says what each measure means.

| file | what it holds | rows |
|---|---|---:|
"""
_COLUMNS = """
## Columns

A column has the same meaning in every file. "As unit": the unit is that of the row's measure, in the column
`unit`, or in what the file holds.

| column | unit | meaning |
|---|---|---|
"""


def write_tables(folder: Path, tables: Sequence[Table]) -> None:
    """Write each table as CSV, and the two descriptions of all.

    Args:
        folder: Where they go.
        tables: Names, captions and rows, as `results.filed.filed` returns them.
    """
    frames = [table.frame for table in tables]
    for table, frame in zip(tables, frames, strict=True):
        frame.to_csv(folder / f"{table.name}.csv", index=False, lineterminator="\n")
    package = {
        "profile": "tabular-data-package",
        "name": "leftshift-report",
        "title": "Tables of a comparison of scenarios",
        "resources": [_resource(table, frame) for table, frame in zip(tables, frames, strict=True)],
    }
    text = json.dumps(package, indent=1, ensure_ascii=False) + "\n"
    (folder / PACKAGE).write_text(text, encoding="utf-8", newline="\n")
    (folder / README).write_text(_readme(tables, frames), encoding="utf-8", newline="\n")


def _resource(table: Table, frame: pd.DataFrame) -> dict[str, Any]:
    """Describe one file."""
    return {
        "profile": "tabular-data-resource",
        "name": table.name.replace("_", "-").lower(),
        "path": f"{table.name}.csv",
        "title": table.file_caption,
        "encoding": "utf-8",
        "dialect": {"delimiter": ",", "lineTerminator": "\n", "header": True},
        "schema": {
            "fields": [_field(described(str(name)), frame[name]) for name in frame.columns],
            "missingValues": [""],
        },
    }


def _field(column: Column, values: pd.Series) -> dict[str, str]:
    """Describe one column."""
    field = {"name": column.name, "title": column.heading, "type": _type(values)}
    if column.unit:
        field["unit"] = "that of the row's measure" if column.unit == OF_MEASURE else column.unit
    if column.meaning:
        field["description"] = column.meaning
    return field


def _type(values: pd.Series) -> str:
    """Return the type of a column as the standard names it."""
    if pd.api.types.is_bool_dtype(values):
        return "boolean"
    if pd.api.types.is_integer_dtype(values):
        return "integer"
    return "number" if pd.api.types.is_numeric_dtype(values) else "string"


def _readme(tables: Sequence[Table], frames: Sequence[pd.DataFrame]) -> str:
    """Return the page for readers."""
    files = [
        f"| `{table.name}.csv` | {_safe(table.file_caption)} | {len(frame):,} |\n"
        for table, frame in zip(tables, frames, strict=True)
    ]
    names = sorted({str(name) for frame in frames for name in frame.columns})
    known = [found for found in map(described, names) if found.meaning]
    rows = [f"| `{found.name}` | {found.unit} | {_safe(found.meaning)} |\n" for found in known]
    return "".join([_HEAD, *files, _COLUMNS, *rows])


def _safe(text: str) -> str:
    """Return text that cannot end a cell of a table or begin markup."""
    plain = " ".join(text.split())
    for sign, written in (("&", "&amp;"), ("<", "&lt;"), ("|", "\\|")):
        plain = plain.replace(sign, written)
    return plain
