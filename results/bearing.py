"""Whether runs can bear a decision at all: enough residents, enough repeats (`bearing.csv`)."""

from __future__ import annotations

import csv
from functools import cache
from pathlib import Path

TABLE = Path(__file__).with_name("bearing.csv")


@cache
def least() -> dict[str, float]:
    """Return the least scale and the least number of replicates that can bear a decision."""
    with TABLE.open(encoding="utf-8", newline="") as file:
        return {row["quantity"]: float(row["least"]) for row in csv.DictReader(file)}


def shortcomings(scale: float, replicates: int) -> list[str]:
    """Return why runs cannot bear a decision, in words; empty where they can.

    Args:
        scale: Share of residents kept.
        replicates: Repeat runs compared.
    """
    found = []
    if scale < least()["scale"]:
        found.append(f"{scale:.3g} of residents" if scale < 0.001 else f"{100 * scale:.3g}% of residents")
    if replicates < least()["replicates"]:
        found.append(f"{replicates} repeat run{'s' if replicates > 1 else ''}")
    return found
