"""Decision thresholds: changes smaller than these would not change a decision, however surely computed."""

from __future__ import annotations

import csv
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import numpy as np
import numpy.typing as npt

from sim.parameters.errors import InputError

TABLE = Path(__file__).with_name("thresholds.csv")
ANY = "*"


@dataclass(frozen=True, kw_only=True)
class Threshold:
    """The smallest change of a measure that would matter."""

    basis: str
    """percent (of the baseline value) or absolute (in the measure's unit)."""
    value: float
    """Size, in the unit that the basis implies."""
    unit: str
    """Unit in words."""
    source: str
    """Where it comes from."""
    grade: str
    """Grade of the evidence."""
    reason: str
    """Why this size."""

    def size(self, baseline: npt.ArrayLike) -> npt.NDArray[np.float64]:
        """Return the threshold in the measure's unit, given baseline values."""
        level = np.asarray(baseline, dtype=np.float64)
        if self.basis == "percent":
            return np.abs(level) * self.value / 100
        return np.full(level.shape, self.value)


@cache
def thresholds() -> dict[tuple[str, str], Threshold]:
    """Return every threshold by (measure or '*', quantity)."""
    with TABLE.open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    for row in rows:
        if not row["source"] or row["basis"] not in {"percent", "absolute"}:
            allowed = "a basis of percent or absolute, and a source"
            raise InputError(file=TABLE, key=row["measure"], found=row["basis"], allowed=allowed)
    return {
        (row["measure"], row["quantity"]): Threshold(
            basis=row["basis"],
            value=float(row["value"]),
            unit=row["unit"],
            source=row["source"],
            grade=row["grade"],
            reason=row["reason"],
        )
        for row in rows
    }


def threshold(measure: str, quantity: str = "level") -> Threshold:
    """Return the threshold of a measure, or the one that serves any measure."""
    table = thresholds()
    return table.get((measure, quantity)) or table[ANY, quantity]
