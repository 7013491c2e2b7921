"""Targets that the page's charts flag, with the probability of meeting each."""

from __future__ import annotations

from typing import Any

import pandas as pd

from results.report.blocks import Context
from results.uncertainty.targets import meeting
from results.wording import number

WAYS = {"at_least": "at least", "at_most": "at most"}


def flags(context: Context) -> dict[str, list[dict[str, Any]]]:
    """Return the targets that fall within the run, by measure, for the page's script.

    Returns:
        For each: period ('2027-03', where it is flagged), value, label, way, source, and chance: for each
        run, by its label, the probability of meeting it, or why there is none.
    """
    found: dict[str, list[dict[str, Any]]] = {}
    for (measure, target), rows in meeting(context.comparison).groupby(["measure", "target"], sort=False):
        del target
        first = rows.iloc[0]
        found.setdefault(str(measure), []).append(
            {
                "period": _month(str(first["by"])), "value": float(first["aim"]),
                "label": str(first["words"]), "way": WAYS[str(first["limit"])],
                "source": f"{first['source']} (grade {first['grade']})",
                "chance": {str(row.label): _chance(row) for row in rows.itertuples()},
            }
        )  # fmt: skip
    return found


def _month(by: str) -> str:
    """Return the month at which a target is flagged: that of its name, or the last of its year."""
    return f"{int(by[:4]) + 1}-03" if "/" in by else by


def _chance(row: object) -> str:
    """Return the probability of meeting a target in words."""
    chance: float = row.probability  # type: ignore[attr-defined]
    return "not known" if pd.isna(chance) else f"{number(100 * chance)}%"
