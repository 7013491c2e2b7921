"""Targets that charts of the report flag: national standards, each with its month, source and grade."""

from __future__ import annotations

import csv
from functools import cache
from pathlib import Path
from typing import Any

from results.measures.series import month_labels
from results.report.blocks import Context
from sim.parameters.errors import InputError

TABLE = Path(__file__).with_name("targets.csv")


@cache
def targets() -> tuple[dict[str, str], ...]:
    """Return the rows of the table; raises InputError for one without a source."""
    with TABLE.open(encoding="utf-8", newline="") as file:
        rows = tuple(csv.DictReader(file))
    for row in rows:
        if not row["source"] or not row["grade"]:
            raise InputError(file=TABLE, key=row["measure"], found="nothing", allowed="a source and a grade")
    return rows


def targets_of(context: Context, name: str) -> list[dict[str, Any]]:
    """Return the targets of a measure that fall within the run, for the page's script.

    Returns:
        period ('2027-03'), value, label, way ('at least' or 'at most'), source, and chance: for each run the
        probability of meeting it in words, where it is known.
    """
    months = set(month_labels(context.comparison.baseline))
    return [
        {
            "period": row["period"], "value": float(row["value"]), "label": row["label"], "way": row["way"],
            "source": f"{row['source']} (grade {row['grade']})",
            "chance": chance_of_meeting(context, name, row),
        }
        for row in targets()
        if row["measure"] == name and row["period"] in months
    ]  # fmt: skip


def chance_of_meeting(context: Context, name: str, target: dict[str, str]) -> dict[str, str]:
    """Return for each run the probability of meeting a target, in words; empty where nobody works it out.

    The place for what `results/uncertainty` finds over draws and replicates.
    """
    del context, name, target
    return {}
