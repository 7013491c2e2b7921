"""What several sections share: rows of dots, names in words."""

from __future__ import annotations

import csv
import re
from functools import cache
from pathlib import Path

import pandas as pd

from results.measures.registry import measure
from results.report.blocks import UNREAD, Context, change_text
from results.report.sentences import effect_text


def dots(frame: pd.DataFrame, scale: str) -> pd.DataFrame:
    """Return rows for `charts.dot_rows` from differences with a column `key`."""
    columns = {
        "percent": ("percent", "percent_low", "percent_high"),
        "difference": ("difference", "low", "high"),
    }[scale]
    return pd.DataFrame(
        {
            "group": frame["key"],
            "run": frame["run"],
            "mean": frame[columns[0]],
            "low": frame[columns[1]],
            "high": frame[columns[2]],
            "verdict": frame["verdict"],
            "text": [
                UNREAD
                if row.verdict == "scale"
                else effect_text(row)
                if scale == "percent"
                else change_text(row, measure(row.measure))
                for row in frame.itertuples()
            ],
        }
    )


CAPITALS = {
    "ed",
    "gp",
    "utc",
    "miu",
    "sdec",
    "nhs",
    "int",
    "p0",
    "p1",
    "p2",
    "p3",
    "ucr",
    "bcp",
    "iuc",
    "copd",
    "tia",
    "ckd",
    "bmi",
}


def spoken(key: str, places: frozenset[str] = frozenset()) -> str:
    """Return a key in words: abbreviations in capitals, names of places with theirs.

    Args:
        key: A key such as `utc_poole` or `type2_diabetes`.
        places: Words that are names, in lower case.
    """
    parts = re.sub(r"([a-z]{3,})(\d)", r"\1 \2", key).split("_")
    words = [
        part.upper() if part in CAPITALS else part.capitalize() if part in places else part for part in parts
    ]
    text = " ".join(words)
    return text[0].upper() + text[1:]


@cache
def node_words() -> dict[str, str]:
    """Return what care nodes are called, by the beginning of their keys (`names.csv`)."""
    path = Path(__file__).parents[1] / "names.csv"
    with path.open(encoding="utf-8", newline="") as file:
        return {row["node"]: row["words"] for row in csv.DictReader(file)}


@cache
def node_name(node: str, places: frozenset[str] = frozenset()) -> str:
    """Return what a care node is called: 'Acute medical beds, Poole'.

    Args:
        node: Its key; the longest beginning in `names.csv` is taken, and what follows is where or of what.
        places: Words that are names, in lower case.
    """
    known = node_words()
    begins = [key for key in known if node == key or node.startswith(f"{key}_")]
    if not begins:
        return spoken(node, places)
    found = max(begins, key=len)
    rest = node[len(found) :].strip("_")
    if not rest:
        return known[found]
    named = spoken(rest, places)
    return f"{known[found]}, {named if rest.split('_')[0] in places | CAPITALS else named.lower()}"


def place_words(context: Context) -> frozenset[str]:
    """Return the words of which the area's sites, councils and neighbourhoods are named."""
    levels = [level for of in ("site", "council", "neighbourhood") for level in context.levels_of(of)]
    return frozenset(word for level in levels for word in level.split("_"))


def fifth_name(level: str) -> str:
    """Return a fifth's name, with which end it is."""
    return {"1": "1 (most deprived)", "5": "5 (least deprived)"}.get(level, level)
