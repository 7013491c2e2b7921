"""Where care is given, and by which measure work is counted there (`settings.csv`)."""

from __future__ import annotations

import csv
from functools import cache
from pathlib import Path

TABLE = Path(__file__).with_name("settings.csv")


@cache
def settings() -> tuple[dict[str, str], ...]:
    """Return the rows of the table: setting, measure, panel, unit."""
    with TABLE.open(encoding="utf-8", newline="") as file:
        return tuple(csv.DictReader(file))
