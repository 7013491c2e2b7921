"""Conventions of the calculations of certainty (`settings.csv`): power, false alarms, months before."""

from __future__ import annotations

import csv
from functools import cache
from pathlib import Path

from sim.parameters.errors import InputError

TABLE = Path(__file__).with_name("settings.csv")


@cache
def setting(name: str) -> float:
    """Return a setting by name.

    Raises:
        InputError: It is not in the table.
    """
    with TABLE.open(encoding="utf-8", newline="") as file:
        found = {row["setting"]: float(row["value"]) for row in csv.DictReader(file)}
    if name not in found:
        allowed = ", ".join(found)
        raise InputError(file=TABLE, key="setting", found=name, allowed=allowed, names=list(found))
    return found[name]
