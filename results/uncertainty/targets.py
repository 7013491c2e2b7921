"""Plan targets, and the probability that a scenario meets each (`targets.csv`).

A target names a measure, a limit, and by when: a month ('2029-03') or a year of the run ('2028/29'). The
probability is the share of units (replicates of draws) that meet it: of chance alone where nothing is drawn.
It is of a world like the model; that the model's form may be wrong is not in it.
"""

from __future__ import annotations

import csv
import re
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt
import pandas as pd

from results.measures.registry import measures
from results.measures.series import month_labels
from results.statistics import mean_interval, over_replicates
from results.uncertainty.repeated import of_what, share_interval
from sim.parameters.errors import InputError

if TYPE_CHECKING:
    from results.comparison import Comparison
    from results.runs import Run

TABLE = Path(__file__).with_name("targets.csv")
LIMITS = ("at_most", "at_least")
_MONTH = re.compile(r"\d{4}-\d{2}")
_YEAR = re.compile(r"\d{4}/\d{2}")
JUDGED, AFTER, UNRECORDED, SCALE = (
    "judged",
    "after the run's end",
    "not recorded",
    "not to be read at this scale",
)
COLUMNS = [
    "run", "label", "target", "words", "measure", "limit", "aim", "unit", "by", "state", "value", "low",
    "high", "of", "probability", "probability_low", "probability_high", "source", "grade",
]  # fmt: skip


@dataclass(frozen=True, kw_only=True)
class Target:
    """What a plan says is to be reached."""

    key: str
    """Row of the evidence table that it is from."""
    label: str
    """In a few words."""
    area: str
    """Area whose plan it is."""
    measure: str
    """A measure of the registry."""
    dimension: str
    """Recorded dimension, or one that `Comparison.draws` makes."""
    level: str
    limit: str
    """at_most or at_least."""
    value: float
    unit: str
    by: str
    """Month 'YYYY-MM' or year 'YYYY/YY' in which it is judged."""
    source: str
    grade: str
    reason: str

    def met(self, values: npt.ArrayLike) -> npt.NDArray[np.bool_]:
        """Tell of each value whether it meets the target; what is not known does not."""
        found = np.asarray(values, dtype=np.float64)
        return np.asarray(found <= self.value if self.limit == "at_most" else found >= self.value)

    @property
    def last_month(self) -> str:
        """The month at whose end its time is over, 'YYYY-MM'."""
        return f"{int(self.by[:4]) + 1}-03" if "/" in self.by else self.by

    @property
    def by_month(self) -> bool:
        """Whether it is judged in a month."""
        return _MONTH.fullmatch(self.by) is not None


@cache
def targets(table: Path = TABLE) -> tuple[Target, ...]:
    """Return the targets of a table.

    Raises:
        InputError: A row names no measure of the registry, no time, no limit, no number or no source.
    """
    with table.open(encoding="utf-8", newline="") as file:
        return tuple(_parse(row, table) for row in csv.DictReader(file))


def _parse(row: dict[str, str], table: Path) -> Target:
    """Turn a row into a target."""
    key = row["id"]
    if row["measure"] not in measures():
        raise InputError(
            file=table, key=f"{key}.measure", found=row["measure"], allowed="a measure of results",
            names=list(measures()),
        )  # fmt: skip
    if row["limit"] not in LIMITS:
        raise InputError(
            file=table, key=f"{key}.limit", found=row["limit"], allowed=", ".join(LIMITS), names=LIMITS
        )
    if not (_MONTH.fullmatch(row["by"]) or _YEAR.fullmatch(row["by"])):
        allowed = "a month such as 2029-03 or a year such as 2028/29"
        raise InputError(file=table, key=f"{key}.by", found=row["by"] or "nothing", allowed=allowed)
    if not row["source"].strip():
        raise InputError(file=table, key=f"{key}.source", found="nothing", allowed="where it is said")
    try:
        value = float(row["value"])
    except ValueError as problem:
        found = row["value"] or "nothing"
        raise InputError(file=table, key=f"{key}.value", found=found, allowed="a number") from problem
    names = (
        "label",
        "area",
        "measure",
        "dimension",
        "level",
        "limit",
        "unit",
        "by",
        "source",
        "grade",
        "reason",
    )
    return Target(key=key, value=value, **{name: row[name] for name in names})


def meeting(comparison: Comparison, table: Path = TABLE) -> pd.DataFrame:
    """Return the probability that each run, the baseline among them, meets each target of its area.

    Args:
        comparison: The runs.
        table: The targets.

    Returns:
        Columns `COLUMNS`. `state` is 'judged', or why a target is not: the run ends before, did not record
        the measure, or is a sample whose waits are not to be read. Targets before the run's start are left
        out.
    """
    first = month_labels(comparison.baseline)[0]
    mine = [
        one for one in targets(table)
        if one.area == str(comparison.baseline.manifest["area"]) and one.last_month >= first
    ]  # fmt: skip
    rows = [_judged(comparison, run, target) for target in mine for run in comparison.runs]
    return pd.DataFrame(rows, columns=COLUMNS)


def _judged(comparison: Comparison, run: Run, target: Target) -> dict[str, object]:
    """Return one run's row for one target."""
    row: dict[str, object] = {
        "run": comparison.names[run], "label": comparison.labels[run], "target": target.key,
        "words": target.label, "measure": target.measure, "limit": target.limit, "aim": target.value,
        "unit": target.unit, "by": target.by, "source": target.source, "grade": target.grade,
    }  # fmt: skip
    if target.last_month > month_labels(run)[-1]:
        return row | {"state": AFTER}
    by = "month" if target.by_month else "year"
    wide = comparison.draws(run, target.measure, target.dimension, by)
    if (target.by, target.level) not in wide.index:
        return row | {"state": UNRECORDED}
    draws = len(comparison.draw_numbers)
    units = wide.loc[(target.by, target.level)].to_numpy(dtype=float)
    mean, low, high, _ = mean_interval(over_replicates(units, draws))
    row |= {"value": float(mean), "low": float(low), "high": float(high)}
    if target.measure in comparison.unreadable:
        return row | {"state": SCALE}
    share, share_low, share_high = share_interval(target.met(units), draws)
    return row | {
        "state": JUDGED, "of": of_what(comparison), "probability": share, "probability_low": share_low,
        "probability_high": share_high,
    }  # fmt: skip
