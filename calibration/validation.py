"""The table that holds a run against the evidence: ratios, how surely they differ, and what is missed."""

from __future__ import annotations

import csv
import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd

from calibration.readings import Tables, reading
from calibration.targets import USES, Target
from sim.parameters.errors import InputError

THRESHOLDS = Path(__file__).with_name("thresholds.csv")
ANY = "*"
WIDTH_95 = 2 * 1.959964
COLUMNS = (
    "measure", "stratum", "period", "target", "low", "high", "model", "ratio", "z", "use", "met", "kind",
    "label", "unit", "grade", "source", "reason",
)  # fmt: skip


@dataclass(frozen=True, kw_only=True)
class Threshold:
    """How far a reading may be from its target."""

    basis: str
    """`percent` of the target, or `absolute` in its unit."""
    value: float

    def met(self, target: float, model: float) -> bool:
        """Tell whether a reading is near enough."""
        allowed = abs(target) * self.value / 100 if self.basis == "percent" else self.value
        return bool(abs(model - target) <= allowed * (1 + 1e-12))


def load_thresholds(path: Path = THRESHOLDS) -> Mapping[str, Threshold]:
    """Read thresholds by measure; `*` serves any other.

    Raises:
        InputError: A basis that does not exist, a number that is none, a blank source, or no row `*`.
    """
    found = {}
    with path.open(encoding="utf-8", newline="") as file:
        for row in csv.DictReader(file):
            if row["basis"] not in {"percent", "absolute"} or not row["source"]:
                raise InputError(
                    file=path,
                    key=row["measure"],
                    found=row["basis"],
                    allowed="percent or absolute, and a source",
                )
            found[row["measure"]] = Threshold(basis=row["basis"], value=float(row["value"]))
    if ANY not in found:
        raise InputError(
            file=path, key="measure", found="no row *", allowed="a row * that serves any measure"
        )
    return found


def compare_with_evidence(
    targets: Sequence[Target], replicates: Sequence[Tables], thresholds: Mapping[str, Threshold] | None = None
) -> pd.DataFrame:
    """Return one row per target with the columns `COLUMNS`.

    `model` is the mean over replicates. `z` is (model - target) / s, with s from the range of the evidence
    read as a 95% interval and from the spread over replicates (computing error); empty when both are nil.
    `ratio` and `met` are empty where the run does not record what the target needs.

    Args:
        targets: What to compare with.
        replicates: Tables by name of each replicate of the baseline.
        thresholds: By measure; those of `thresholds.csv` by default.
    """
    allowed = load_thresholds() if thresholds is None else thresholds
    rows = [_row(target, replicates, allowed.get(target.measure, allowed[ANY])) for target in targets]
    return pd.DataFrame(rows, columns=list(COLUMNS))


def _row(target: Target, replicates: Sequence[Tables], threshold: Threshold) -> dict[str, object]:
    readings = np.array([reading(target, tables) for tables in replicates], dtype=np.float64)
    model = float(readings.mean())
    known = bool(np.isfinite(model))
    spread = (target.high - target.low) / WIDTH_95
    noise = float(readings.std(ddof=1) / np.sqrt(readings.size)) if known and readings.size > 1 else 0.0
    error = float(np.hypot(spread, noise))
    return {
        "measure": target.measure, "stratum": target.stratum, "period": target.period, "target": target.value,
        "low": target.low, "high": target.high, "model": model if known else None,
        "ratio": model / target.value if known and target.value else None,
        "z": (model - target.value) / error if known and error > 0 else None, "use": USES[target.use],
        "met": threshold.met(target.value, model) if known else None, "kind": target.use,
        "label": target.label, "unit": target.unit, "grade": target.grade,
        "source": target.source, "reason": target.reason,
    }  # fmt: skip


def missed(table: pd.DataFrame) -> pd.DataFrame:
    """Return the fitted targets missed by more than their threshold, for which `leftshift validate` fails."""
    return table[(table["use"] == USES["fitted"]) & (table["met"] == False)]  # noqa: E712 - empty is not missed


def write_validation(table: pd.DataFrame, folder: Path) -> Path:
    """Write `validation.csv`, whole or not at all, and return its path."""
    folder.mkdir(parents=True, exist_ok=True)
    path, unfinished = folder / "validation.csv", folder / f".validation.csv.{os.getpid()}"
    written = table.assign(met=table["met"].map({True: "yes", False: "no"}))
    written.to_csv(unfinished, index=False, float_format="%.6g", lineterminator="\n")
    os.replace(unfinished, path)
    return path
