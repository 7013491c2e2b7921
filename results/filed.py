"""Tables as files hold them: each number with its unit, blank for 'no limit', no empty sites.

The page prints thousands or millions of pounds; its files hold pounds, and say so. Which unit the numbers of
a table have is in `file_units.csv` for tables whose rows are not of measures of the registry.
"""

from __future__ import annotations

import csv
import re
from collections.abc import Mapping, Sequence
from dataclasses import replace
from fnmatch import fnmatch
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

import pandas as pd

from results.columns import UNIT, with_units
from results.pairing import VERDICTS
from results.report.sections.shared import fifth_name, node_name
from results.small_scale import MOST_PLACES

if TYPE_CHECKING:
    from results.report.blocks import Table

UNITS = Path(__file__).with_name("file_units.csv")
IN_CELLS = re.compile(r"in (?:thousands|millions) of pounds")
"""What a caption says of the page's cells, which round; the files do not."""
PLACES = "mean_places"
PLACES_NOTE = "; places are blank where there is no limit"
SITE, ACTIVITY = "site", "activity"
SITES_NOTE = "; sites at which nothing of a measure is done are left out"
CODES = {
    "run", "measure", "level", "dimension", "kind", "payer", "provider", "place", "programme", "setting",
    "quantity", "allocation", "activity", "group", "node", "verdict", "perspective", "quadrant", "cause",
    "site", "neighbourhood", "target", "material",
}  # fmt: skip
"""Columns that hold keys, which a sheet gives in words."""
RENAMED = {"allocations": {"percent": "percent_of_allocation"}, "ranks": {"first": "share_first"}}
"""Columns of tables whose names mean something else in the others."""
RUN = "run"
BESIDE = {RUN: "label", "programme": "part"}
"""Columns of keys, and the column that has the same in words: a sheet shows the words alone."""
KEY = re.compile(r"[a-z][a-z0-9]*(?:_[a-z0-9]+)+(?:[+@:][a-z0-9_@+]+)?")


@cache
def _units() -> tuple[dict[str, str], ...]:
    """Return the rows of `file_units.csv`."""
    with UNITS.open(encoding="utf-8", newline="") as file:
        return tuple(csv.DictReader(file))


@cache
def _activity_units() -> dict[str, str]:
    """Return what one of each activity is."""
    from results.economics.activities import activities

    return {name: found.unit for name, found in activities().items()}


def filed(tables: Sequence[Table]) -> list[Table]:
    """Return tables as their files hold them; what the page shows is left as it is.

    Args:
        tables: Of a report, with unrounded rows.

    Returns:
        The same tables, with units in a column where rows differ in it or the table is of money, places
        without limit blank, and of hospital sites those at which something is done; captions say so.
    """
    return [_filed(table) for table in tables]


def _filed(table: Table) -> Table:
    """Return one table as its file holds it."""
    frame, caption = table.frame, IN_CELLS.sub("in pounds", table.caption)
    limitless = _limitless(frame)
    if limitless is not None and limitless.any():
        frame, caption = frame.copy(), caption + PLACES_NOTE
        numbers = frame.select_dtypes("number").columns
        frame.loc[limitless, numbers] = float("nan")
    used = _used(frame)
    if used is not None and not used.all():
        frame, caption = frame[used].reset_index(drop=True), caption + SITES_NOTE
    made = _with_units(table.name, with_units(frame)).rename(columns=RENAMED.get(table.name, {}))
    return replace(table, caption=caption, frame=made)


def _limitless(frame: pd.DataFrame) -> pd.Series | None:
    """Return which rows are numbers of places without limit; None for a table of something else."""
    if not {"measure", "value"} <= set(frame.columns):
        return None
    return (frame["measure"] == PLACES) & (frame["value"].abs() > MOST_PLACES)


def _used(frame: pd.DataFrame) -> pd.Series | None:
    """Return which rows of a table by site are of sites at which any run does something; None for others."""
    if not {"dimension", "baseline", "scenario", "measure", "level"} <= set(frame.columns):
        return None
    sizes = frame[["baseline", "scenario"]].abs().max(axis=1)
    done = sizes.groupby([frame["measure"], frame["level"]]).transform("max") > 0
    return done | (frame["dimension"] != SITE) | sizes.isna()


def _with_units(name: str, frame: pd.DataFrame) -> pd.DataFrame:
    """Return a table with the units that `file_units.csv` has for it, where it has no other."""
    rules = [rule for rule in _units() if fnmatch(name, rule["table"])]
    rules = [rule for rule in rules if not rule["column"] or rule["column"] in frame.columns]
    if not rules:
        return frame
    whole = next((rule["unit"] for rule in rules if not rule["column"]), "")
    if whole:
        return frame if UNIT in frame.columns else _beside(frame, [whole] * len(frame), _first_number(frame))
    column = rules[0]["column"]
    own = _activity_units() if column == ACTIVITY else {}
    held = frame[UNIT].tolist() if UNIT in frame.columns else [""] * len(frame)
    units = [
        unit
        or own.get(str(key), "")
        or next((rule["unit"] for rule in rules if fnmatch(str(key), rule["name"])), "")
        for unit, key in zip(held, frame[column], strict=True)
    ]
    if not any(units) or units == held:
        return frame
    if UNIT in frame.columns:
        return frame.assign(**{UNIT: units})
    return _beside(frame, units, list(frame.columns).index(column) + 1)


def _first_number(frame: pd.DataFrame) -> int:
    """Return the place of the first column of numbers, before which a unit stands."""
    kinds = [pd.api.types.is_numeric_dtype(kind) for kind in frame.dtypes]
    return kinds.index(True) if True in kinds else len(kinds)


def _beside(frame: pd.DataFrame, units: Sequence[str], place: int) -> pd.DataFrame:
    """Return a table with a column of units at a place."""
    made = frame.copy()
    made.insert(place, UNIT, units)
    return made


def worded(tables: Sequence[Table], labels: Mapping[str, str], places: frozenset[str]) -> list[Table]:
    """Return tables for sheets, whose reader has no use for keys: words in their place.

    Args:
        tables: As `filed` returns them.
        labels: Of runs, by their names.
        places: Words that are names of places, in lower case.
    """
    return [replace(table, frame=_worded(table.frame, labels, places)) for table in tables]


def _worded(frame: pd.DataFrame, labels: Mapping[str, str], places: frozenset[str]) -> pd.DataFrame:
    """Return one table with words for keys."""
    drop = [key for key, words in BESIDE.items() if {key, words} <= set(frame.columns)]
    made = frame.drop(columns=drop).rename(columns=labels)
    for name in made.columns:
        if pd.api.types.is_numeric_dtype(made[name].dtype):
            continue
        by_fifth = "dimension" in made.columns and bool((made["dimension"] == "quintile").all())
        fifths = name == "level" and by_fifth
        known = {
            value: labels.get(value, value) if name == RUN else _words(value, str(name), places, fifths)
            for value in made[name].unique()
            if isinstance(value, str)
        }
        if any(value != words for value, words in known.items()):
            made[name] = [known.get(value, value) for value in made[name]]
    return made


def _words(value: str, column: str, places: frozenset[str], fifths: bool) -> str:
    """Return a key in words; a text that is none is left as it is."""
    from results.measures.registry import measures

    if fifths:
        return fifth_name(value)
    if column == "verdict":
        return VERDICTS.get(value, value)
    if not KEY.fullmatch(value) and not (column in CODES and value.isascii() and value.isalpha()):
        return value
    found = measures().get(value)
    return found.label if found else node_name(value, places)
