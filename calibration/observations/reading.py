"""What a run says of an observed figure, replicate by replicate."""

from __future__ import annotations

import fnmatch
from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt
import pandas as pd

from calibration.observations.observation import EVERYBODY, Observation, months_of
from results.dense import dense
from results.measures.counted import Counted, counted, dimensions_of
from results.measures.periods import days_in, month_labels
from results.measures.registry import Measure, measure

if TYPE_CHECKING:
    from results.runs import Run

FloatArray = npt.NDArray[np.float64]
ELSEWHERE = "residence"
"""Dimension of people from elsewhere, who are recorded beside all residents."""
AT_THE_END = ("cases", "undiagnosed")


def readings(run: Run, observations: Sequence[Observation]) -> pd.DataFrame:
    """Return what a run says of figures.

    Returns:
        A row for each figure in their order, a column for each replicate; NaN where the run does not record
        what a figure needs.
    """
    rows = [read(run, one) for one in observations]
    return pd.DataFrame(np.array(rows).reshape(len(rows), -1), columns=list(run.replicates))


def read(run: Run, one: Observation) -> FloatArray:
    """Return what each replicate of a run says of a figure, in the figure's unit; shape (replicates,)."""
    wanted = [month for month in one.months if month in month_labels(run)]
    if len(wanted) < len(one.months):
        return np.full(len(run.replicates), np.nan)
    kind, colon, condition = one.measure.partition(":")
    if colon:
        return _of_condition(run, kind, condition, one)
    return _of_measure(run, measure(one.measure), one)


def _parts(stratum: str) -> list[tuple[str, tuple[str, ...] | None]]:
    """Return the dimensions and levels that a stratum adds up; None for every level."""
    if stratum == "all":
        return [("all", None)]
    if stratum == EVERYBODY:
        return [("all", None), (ELSEWHERE, None)]
    dimension, _, levels = stratum.partition(":")
    return [(dimension, tuple(levels.split("+")))]


def _of_measure(run: Run, found: Measure, one: Observation) -> FloatArray:
    """Return a measure of the registry over the months and levels of a figure."""
    names = [*found.numerator, *filter(None, [found.denominator])]
    over = one.months[-1:] if found.kind in {"last", "last_ratio"} else one.months
    totals = {name: np.zeros(len(run.replicates)) for name in names}
    for dimension, levels in _parts(one.stratum):
        if dimension not in dimensions_of(run):
            if dimension == ELSEWHERE:
                continue
            return np.full(len(run.replicates), np.nan)
        table = counted(run, dimension, "month")
        for name in names:
            held = table.held(name, last=found.kind in {"last", "last_ratio"})
            if held is not None:
                added = _total(table, held, over, levels)
                # months in which nobody from elsewhere was counted are not recorded
                totals[name] = totals[name] + (np.nan_to_num(added) if dimension == ELSEWHERE else added)
            elif dimension != ELSEWHERE:
                totals[name] = totals[name] * np.nan
    value: FloatArray = np.sum([totals[name] for name in found.numerator], axis=0)
    if found.kind in {"ratio", "last_ratio"}:
        with np.errstate(invalid="ignore", divide="ignore"):
            value = np.where(totals[found.denominator] > 0, value / totals[found.denominator], np.nan)
    elif found.kind == "daily_mean":
        value = value / float(days_in(list(over)).sum())
    return value * found.multiplier


def _total(
    table: Counted, held: FloatArray, months: Sequence[str], levels: tuple[str, ...] | None
) -> FloatArray:
    """Return the sum over months and levels, by replicate; what is not recorded at a level counts nothing."""
    wanted = [place for place, month in enumerate(table.periods) if month in months]
    chosen = [place for place, level in enumerate(table.levels) if levels is None or level in levels]
    part = held[:, chosen][:, :, wanted]
    nothing = np.isnan(part).all(axis=(1, 2))
    return np.where(nothing, np.nan, np.nansum(part, axis=(1, 2)))


def _of_condition(run: Run, kind: str, condition: str, one: Observation) -> FloatArray:
    """Return a count of a condition: at the last recorded month of the period, or new in its months."""
    (dimension, levels), *_ = _parts(one.stratum)
    # how many there are is counted as a month begins: the end of a month is the beginning of the next
    months = [*one.months[1:], _after(one.months[-1])] if kind in AT_THE_END else list(one.months)
    held = dense(run, "conditions", months, {"dimension": {dimension}, "measure": {kind}})
    if "condition" not in held.keys:
        return np.full(len(run.replicates), np.nan)
    keys = held.keys
    kept = [
        place
        for place in range(len(keys))
        if fnmatch.fnmatch(str(keys["condition"].iloc[place]), condition)
        and (levels is None or str(keys["level"].iloc[place]) in levels)
    ]
    values = held.values[:, kept]
    recorded = np.flatnonzero(~np.isnan(values).all(axis=(0, 1))) if kept else np.zeros(0, np.int64)
    if recorded.size == 0:
        return np.full(len(run.replicates), np.nan)
    chosen = values[..., recorded[-1:]] if kind in AT_THE_END else values
    return np.asarray(np.nansum(chosen, axis=(1, 2)), dtype=np.float64)


def _after(month: str) -> str:
    """Return the month after one."""
    number = months_of(month)[0] + 1
    return f"{number // 12}-{number % 12 + 1:02d}"
