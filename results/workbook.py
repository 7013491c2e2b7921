"""The workbook: a cover, contents with links, notes, and one named table on each sheet.

As the Government Analysis Function advises ("Releasing statistics in spreadsheets", and its checklist of the
basics): title in A1, what the sheet holds under it, tables marked up and named, one row of unique headings,
no merged cells, no blank rows or columns, no filters, text wrapped, blanks explained, units in headings or a
column of their own, Arial of 12 points, and title, author and language among the properties. In one thing it
differs: headings are frozen, because tables here have hundreds of rows; the guidance would leave that to the
reader, since frozen panes take room from those who magnify.
"""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Sequence
from fnmatch import fnmatch
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from results.columns import described, with_units
from results.office import AUTHOR, LANGUAGE, STAMP, fixed

if TYPE_CHECKING:
    from results.report.blocks import Table

SHEET_LETTERS = 31
WIDEST, NARROWEST = 60, 10
LOOKED_AT = 200
"""Known values by which the width of a column of words is chosen."""
MOST_ROWS = 4000
"""A longer table is in its own file alone: nobody reads it on a sheet, and the workbook opens at once."""
HEAD_ROW = 3
"""Row of the headings, from 0: under title, description and the way back."""
TITLES = Path(__file__).with_name("sheets.csv")
"""What the sheets of a report's tables are called; {} stands for the rest of a table's name."""
COVER, CONTENTS, NOTES = "Cover", "Contents", "Notes"
WHOLE, DECIMAL, YEAR = "#,##0", "[>=100]#,##0;[<=-100]-#,##0;0.0###", "0"
LARGE = 1e15
"""Beyond so much a number is no count."""


def write_workbook(path: Path, title: str, notes: Sequence[tuple[str, str]], tables: Sequence[Table]) -> None:
    """Write the workbook.

    Args:
        path: Where it goes.
        title: Its title.
        notes: What a reader must know: item and text.
        tables: Tables with unrounded data, one to a sheet.
    """
    import xlsxwriter

    options = {
        "strings_to_formulas": False, "strings_to_urls": False, "nan_inf_to_errors": False, "in_memory": True,
        "default_format_properties": {"font_name": "Arial", "font_size": 12},
    }  # fmt: skip
    made = io.BytesIO()
    with xlsxwriter.Workbook(made, options) as book:
        book.set_properties(
            {"title": title, "author": AUTHOR, "created": STAMP, "subject": "Comparison of scenarios",
             "comments": f"Language: {LANGUAGE}"}
        )  # fmt: skip
        sheets = _Sheets(book)
        short = [table for table in tables if len(table.frame) <= MOST_ROWS]
        names = _sheet_names([table.name for table in short])
        sheets.cover(title, notes)
        listed = [(NOTES, "What to know before reading")]
        listed += [(name, table.file_caption) for name, table in zip(names, short, strict=True)]
        listed += [
            (
                f"{table.name}.csv",
                f"{table.file_caption}: {len(table.frame):,} rows, in the folder of tables alone",
            )
            for table in tables
            if len(table.frame) > MOST_ROWS
        ]
        contents = pd.DataFrame(listed, columns=["Sheet", "What it holds"])
        sheets.table(CONTENTS, CONTENTS, "Contents", contents, links=[NOTES, *names])
        sheets.table(NOTES, NOTES, "Notes", pd.DataFrame(notes, columns=["Item", "Note"]))
        for table, name in zip(short, names, strict=True):
            sheets.table(name, table.name, table.file_caption, with_units(table.frame))
    path.write_bytes(fixed(made.getvalue()))


@cache
def _titles() -> tuple[tuple[str, str], ...]:
    """Return patterns of tables' names and what their sheets are called (`sheets.csv`)."""
    with TITLES.open(encoding="utf-8", newline="") as file:
        return tuple((row["table"], row["sheet"]) for row in csv.DictReader(file))


def _title(name: str) -> str:
    """Return what the sheet of a table is called: as `sheets.csv` has it, else the table's name in words."""
    for pattern, title in _titles():
        if fnmatch(name, pattern):
            return title.format(name[len(pattern.rstrip("*")) :])
    return name.replace("_", " ").capitalize()


def _sheet_names(names: Sequence[str]) -> list[str]:
    """Return distinct sheet names of at most 31 letters."""
    made: list[str] = []
    for name in names:
        base = _title(name)[:SHEET_LETTERS]
        taken = sum(other.lower() == base.lower() for other in made)
        made.append(base if not taken else f"{base[: SHEET_LETTERS - 2]} {taken + 1}")
    return made


class _Sheets:
    """Writes the sheets of one workbook."""

    def __init__(self, book: Any) -> None:
        self.book = book
        look = {"font_name": "Arial", "font_size": 12, "valign": "top"}
        self.title = book.add_format(look | {"bold": True, "font_size": 16})
        self.text = book.add_format(look | {"text_wrap": True})
        self.plain = book.add_format(look)
        self.link = book.add_format(look | {"font_color": "#0563C1", "underline": 1})
        self.head = book.add_format(look | {"bold": True, "text_wrap": True, "bottom": 1})
        self.numbers = {form: book.add_format(look | {"num_format": form}) for form in (WHOLE, DECIMAL, YEAR)}

    def cover(self, title: str, notes: Sequence[tuple[str, str]]) -> None:
        """Write the first sheet: lines of text in one column, no table."""
        sheet = self.book.add_worksheet(COVER)
        sheet.set_column(0, 0, 100)
        sheet.write_string(0, 0, title, self.title)
        lines = [
            "Results of Leftshift, an agent-based simulation of the health of a population and its care. "
            "They are estimates of a model, not statistics of what has happened.",
            *(f"{item}: {note}" for item, note in notes if item != "Warning"),
            *(f"Read first: {note}" for item, note in notes if item == "Warning"),
            "Each sheet after this one holds one table, which starts in column A under a title. Numbers are "
            "not rounded, they are only shown with fewer digits.",
        ]
        for row, line in enumerate(lines, start=1):
            sheet.write_string(row, 0, line, self.text)
        for row, name in ((len(lines) + 1, CONTENTS), (len(lines) + 2, NOTES)):
            sheet.write_url(row, 0, f"internal:'{name}'!A1", self.link, string=f"Go to: {name}")

    def table(self, name: str, key: str, title: str, frame: pd.DataFrame, links: Sequence[str] = ()) -> None:
        """Write a sheet with a title, what it holds, and one named table with frozen headings.

        Args:
            name: Name of the sheet.
            key: Name of the table.
            title: Its title.
            frame: Its rows.
            links: Sheets to which the cells of the first column lead.
        """
        sheet = self.book.add_worksheet(name)
        columns = [_cells(frame.iloc[:, place]) for place in range(frame.shape[1])]
        blank = any(value is None for column in columns for value in column)
        sheet.write_string(0, 0, title, self.title)
        sheet.write_string(
            1, 0, "This sheet holds one table."
            + (" Blank cells: not known, or not defined." if blank else ""), self.plain,
        )  # fmt: skip
        sheet.write_url(2, 0, f"internal:'{CONTENTS}'!A1", self.link, string=f"Back to: {CONTENTS}")
        heads = _distinct([described(str(column)).heading_with_unit for column in frame.columns])
        last = max(len(frame), 1)
        sheet.add_table(
            HEAD_ROW, 0, HEAD_ROW + last, max(len(heads) - 1, 0),
            {
                "name": "t_" + re.sub(r"\W", "_", key), "autofilter": False, "style": "Table Style Light 1",
                "columns": [{"header": head, "header_format": self.head} for head in heads],
            },
        )  # fmt: skip
        for place, (head, values) in enumerate(zip(heads, columns, strict=True)):
            form, width = self._look(str(frame.columns[place]), head, values)
            sheet.set_column(place, place, width)
            for row, value in enumerate(values):
                if place == 0 and value in links:
                    sheet.write_url(HEAD_ROW + 1 + row, 0, f"internal:'{value}'!A1", self.link, string=value)
                elif isinstance(value, float):
                    sheet.write_number(HEAD_ROW + 1 + row, place, value, form)
                elif value is not None:
                    sheet.write_string(HEAD_ROW + 1 + row, place, value, form)
        sheet.freeze_panes(HEAD_ROW + 1, 0)
        sheet.set_landscape()
        sheet.fit_to_pages(1, 0)
        sheet.repeat_rows(HEAD_ROW)

    def _look(self, name: str, head: str, values: list[str | float | None]) -> tuple[Any, int]:
        """Return the format of a column's cells, and its width in letters."""
        known = [value for value in values if value is not None]
        some = known[:LOOKED_AT]
        longest_word = max((len(word) for word in head.split()), default=NARROWEST)
        least = min(max(longest_word + 3, NARROWEST, len(head) // 2), WIDEST)
        if known and all(isinstance(value, float) for value in known):
            whole = all(float(value) == int(value) for value in known if abs(float(value)) < LARGE)
            form = YEAR if name == "year" else WHOLE if whole else DECIMAL
            return self.numbers[form], max(least, 14)
        return self.text, max(least, min(max((len(str(value)) for value in some), default=0) + 3, WIDEST))


def _distinct(heads: list[str]) -> list[str]:
    """Return headings of which no two are alike, as a table needs them."""
    made: list[str] = []
    for head in heads:
        taken = sum(other.lower() == head.lower() for other in made)
        made.append(f"{head} {taken + 1}" if taken else head)
    return made


def _cells(column: pd.Series) -> list[str | float | None]:
    """Return values that a workbook can hold; None for what is not known."""
    return [_cell(value) for value in column.tolist()]


def _cell(value: Any) -> str | float | None:
    """Return one value: a number, text, or None for what is not a number."""
    if isinstance(value, (bool, np.bool_)):
        return "yes" if value else "no"
    if isinstance(value, (int, float, np.number)):
        return float(value) if np.isfinite(value) else None
    return None if value is None or value is pd.NA or value == "" else str(value)
