"""Scalars: reading the constants that rules need, and renewing the ones that the importer makes."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from sim.parameters.errors import InputError
from sim.parameters.schemas import SCALARS
from sim.parameters.tables import Row, check_table, write_table


class Constants:
    """The named numbers of a `parameters.csv`, for the rules of the importer."""

    def __init__(self, path: Path) -> None:
        rows, problems = check_table(path, SCALARS)
        if problems:
            raise problems[0]
        self.path = path
        self.rows = {row["name"]: row for row in rows}

    def __getitem__(self, name: str) -> float:
        """The value called `name`; InputError when there is none."""
        if name not in self.rows:
            raise InputError(
                file=self.path, key="name", found=name, allowed="a scalar of this table", names=self.rows
            )
        return float(self.rows[name]["value"])

    def interval(self, name: str) -> tuple[float, float]:
        """Low and high of the scalar, or its value twice where none is given."""
        value = self[name]
        row = self.rows[name]
        return float(row["low"] or value), float(row["high"] or value)


def renew_scalars(path: Path, rows: Sequence[Row]) -> int:
    """Write `rows` into the table at `path`, keeping every row whose name is not among them.

    Scalars that people wrote by hand therefore survive a new import. Returns the number of all rows.
    """
    kept: list[Row] = []
    if path.exists():
        found, problems = check_table(path, SCALARS)
        if problems:
            raise problems[0]
        made = {row["name"] for row in rows}
        kept = [row for row in found if row["name"] not in made]
    return write_table(path, [*kept, *rows], SCALARS)
