"""The workbook: contents, notes, and one named table on each sheet."""

from __future__ import annotations

import datetime
import re
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

if TYPE_CHECKING:
    from results.report.blocks import Table

SHEET_LETTERS = 31
WIDEST = 60
# A fixed stamp: a workbook made twice from the same runs is the same file.
STAMP = datetime.datetime(2026, 1, 1)


def write_workbook(path: Path, title: str, notes: Sequence[tuple[str, str]], tables: Sequence[Table]) -> None:
    """Write the workbook.

    Args:
        path: Where it goes.
        title: Its title.
        notes: What a reader must know: item and text.
        tables: Tables with unrounded data, one to a sheet.
    """
    import xlsxwriter

    options = {"strings_to_formulas": False, "strings_to_urls": False, "nan_inf_to_errors": False}
    with xlsxwriter.Workbook(str(path), options) as book:
        book.set_properties({"title": title, "created": STAMP})
        names = _sheet_names([table.name for table in tables])
        front = book.add_worksheet("Contents")
        listed = pd.DataFrame({"Sheet": names, "What it holds": [table.caption for table in tables]})
        _fill(book, front, "Contents", title, listed)
        for row, name in enumerate(names):
            front.write_url(3 + row, 0, f"internal:'{name}'!A1", string=name)
        _fill(
            book, book.add_worksheet("Notes"), "Notes", "Notes", pd.DataFrame(notes, columns=["Item", "Note"])
        )
        for table, name in zip(tables, names, strict=True):
            _fill(book, book.add_worksheet(name), table.name, table.caption, table.frame)


def _sheet_names(names: Sequence[str]) -> list[str]:
    """Return distinct sheet names of at most 31 letters."""
    made: list[str] = []
    for name in names:
        base = name.replace("_", " ").capitalize()[:SHEET_LETTERS]
        taken = sum(other.lower() == base.lower() for other in made)
        made.append(base if not taken else f"{base[: SHEET_LETTERS - 2]} {taken + 1}")
    return made


def _fill(book: Any, sheet: Any, name: str, title: str, frame: pd.DataFrame) -> None:
    """Write a title and one named table with frozen headings."""
    sheet.write(0, 0, title, book.add_format({"bold": True, "font_size": 14}))
    sheet.write(1, 0, "This sheet holds one table. Blank cells: not known or not defined.")
    rows = [[_cell(value) for value in row] for row in frame.itertuples(index=False)]
    heads = [{"header": str(column).replace("_", " ").capitalize()} for column in frame.columns]
    last = max(len(rows), 1)
    sheet.add_table(
        2,
        0,
        2 + last,
        max(len(heads) - 1, 0),
        {
            "name": "t_" + re.sub(r"\W", "_", name),
            "columns": heads,
            "data": rows,
            "style": "Table Style Light 1",
        },
    )
    sheet.freeze_panes(3, 1)
    for index, column in enumerate(frame.columns):
        longest = max([len(str(column)), *(len(str(row[index])) for row in rows[:200])], default=8)
        sheet.set_column(index, index, min(longest + 3, WIDEST))


def _cell(value: Any) -> Any:
    """Return a value that a workbook can hold; blanks for what is not a number."""
    if isinstance(value, (bool, np.bool_)):
        return "yes" if value else "no"
    if isinstance(value, (int, float, np.number)):
        return float(value) if np.isfinite(value) else None
    return None if value is None else str(value)
