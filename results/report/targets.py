"""Targets that the page's charts flag, with the probability of meeting each."""

from __future__ import annotations

from typing import Any

import pandas as pd

from results.report.blocks import Context
from results.uncertainty.targets import meeting
from results.wording import number

MANY_UNITS = 20
"""Runs from which on a share of them is given in per cent."""
WAYS = {"at_least": "at least", "at_most": "at most"}


def flags(context: Context) -> dict[str, list[dict[str, Any]]]:
    """Return the targets that fall within the run, by measure, for the page's script.

    Returns:
        For each: period ('2027-03', where it is flagged), value, label, way, source, and chance: for each
        run, by its label, the probability of meeting it, or why there is none.
    """
    found: dict[str, list[dict[str, Any]]] = {}
    units = len(context.comparison.units)
    for (measure, target), rows in meeting(context.comparison).groupby(["measure", "target"], sort=False):
        del target
        first = rows.iloc[0]
        found.setdefault(str(measure), []).append(
            {
                "period": _month(str(first["by"])), "value": float(first["aim"]),
                "label": str(first["words"]), "way": WAYS[str(first["limit"])],
                "source": f"{first['source']} (grade {first['grade']})",
                "chance": {str(row.label): _chance(row, units) for row in rows.itertuples()},
            }
        )  # fmt: skip
    return found


def _month(by: str) -> str:
    """Return the month at which a target is flagged: that of its name, or the last of its year."""
    return f"{int(by[:4]) + 1}-03" if "/" in by else by


def _chance(row: object, units: int) -> str:
    """Return how likely a target is met, in words: of few runs in how many, a per cent would say too much."""
    chance: float = row.probability  # type: ignore[attr-defined]
    if pd.isna(chance):
        return "not known"
    return f"{number(100 * chance)}%" if units >= MANY_UNITS else f"{round(chance * units)} of {units} runs"
