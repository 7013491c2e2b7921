"""An answer as text: an aligned table, CSV or JSON."""

from __future__ import annotations

from enum import StrEnum
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import pandas as pd

SHOWN = 100
"""Rows of an aligned table; CSV and JSON have all."""
WIDEST = 60


class Format(StrEnum):
    """How an answer is printed."""

    TABLE = "table"
    CSV = "csv"
    JSON = "json"


def as_text(frame: pd.DataFrame, form: Format, shown: int = SHOWN) -> str:
    """Return an answer as text that ends with a line break.

    Args:
        frame: The answer.
        form: How.
        shown: Rows of an aligned table.
    """
    if form is Format.CSV:
        return frame.to_csv(index=False, lineterminator="\n")
    if form is Format.JSON:
        # pandas writes every slash with a backslash before it
        return frame.to_json(orient="records", date_format="iso", indent=1).replace("\\/", "/") + "\n"
    return _aligned(frame, shown)


def as_list(tables: pd.DataFrame) -> str:
    """Return what tables there are, each with its rows, what it holds and its columns."""
    lines = []
    for row in tables.itertuples(index=False):
        lines += [f"{row.table}: {row.rows:,} rows; {row.holds}", f"    {row.columns}"]
    return "\n".join(lines) + "\n"


def _aligned(frame: pd.DataFrame, shown: int) -> str:
    """Return a table with columns as wide as they need, numbers to the right."""
    import pandas as pd

    part = frame.head(shown)
    columns = []
    for place, name in enumerate(frame.columns):
        number = pd.api.types.is_numeric_dtype(part.iloc[:, place])
        cells = [_cell(value) for value in part.iloc[:, place].tolist()]
        width = max(len(text) for text in [str(name), *cells])
        columns.append([(text.rjust if number else text.ljust)(width) for text in [str(name), *cells]])
    lines = ["  ".join(row).rstrip() for row in zip(*columns, strict=True)]
    lines.insert(1, "  ".join("-" * len(column[0]) for column in columns))
    rows = "1 row" if len(frame) == 1 else f"{len(frame):,} rows"
    more = f", the first {shown:,} shown; --out FILE or --format csv has all" if len(frame) > shown else ""
    return "\n".join([*lines, f"({rows}{more})"]) + "\n"


def _cell(value: Any) -> str:
    """Return one value: whole numbers whole, others to six digits, nothing as nothing."""
    if value is None or value != value:  # noqa: PLR0124 - not a number is not itself
        return ""
    if isinstance(value, float):
        return f"{value:.0f}" if value == int(value) and abs(value) < 1e15 else f"{value:.6g}"
    text = str(value)
    return text if len(text) <= WIDEST else f"{text[: WIDEST - 3]}..."
