"""Paired statistics of a scenario and its baseline, row by row, and what is to be made of each difference."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pandas as pd

from results.inequality import QUANTITIES
from results.measures.registry import Measure
from results.statistics import (
    further_replicates,
    mean_interval,
    over_replicates,
    parameter_interval,
    variance_reduction,
)
from results.thresholds import threshold

VERDICTS = {
    "change": "Clear, and large enough to matter",
    "below_threshold": "Clear, but too small to matter",
    "noise": "Not clear: may be chance",
    "uncertain": "Its direction depends on figures that are uncertain",
    "no_interval": "One run: cannot be judged",
    "identical": "No change at all",
    "scale": "Not to be read at this scale",
}
"""What is made of a difference, in words: the one wording, in tables, on cards and beside charts."""
GREY_VERDICTS = frozenset({"noise", "below_threshold", "uncertain", "identical", "scale"})
"""Verdicts on changes that are too small or too uncertain to act on: drawn and written in grey."""
DIFFERENCE_COLUMNS = [
    "run",
    "label",
    "measure",
    "dimension",
    "period",
    "level",
    "baseline",
    "scenario",
    "difference",
    "low",
    "high",
    "computing_error",
    "percent",
    "percent_low",
    "percent_high",
    "variance_reduction",
    "further_replicates",
    "further_to_threshold",
    "threshold",
    "verdict",
    "better",
    "parameter_spread",
    "parameter_low",
    "parameter_high",
]


def paired(
    frame: pd.DataFrame, units: tuple[np.ndarray, np.ndarray], found: Measure | Sequence[Measure], draws: int
) -> pd.DataFrame:
    """Add the paired statistics of baseline and scenario units (rows x draws and replicates) to the rows.

    The rows are of one measure, or each of its own. A row whose level is a quantity of inequality has that
    quantity's threshold, and is better the smaller.
    """
    each = [found] * len(frame) if isinstance(found, Measure) else list(found)
    of_parameters, drawn_low, drawn_high = parameter_interval(units[1] - units[0], draws)
    before, after = (over_replicates(one, draws) for one in units)
    mean, low, high, spread = mean_interval(after - before)
    with np.errstate(divide="ignore", invalid="ignore"):
        percents = np.where(before != 0, 100 * (after - before) / np.abs(before), np.nan)
    # A gap whose sign differs between replicates is a gap of about nothing: per cents of it mean nothing.
    percents[(before > 0).any(axis=-1) & (before < 0).any(axis=-1)] = np.nan
    percent, percent_low, percent_high, _ = mean_interval(percents)
    base = mean_interval(before)[0]
    quantity = frame["level"].where(frame["level"].isin(list(QUANTITIES)), "level")
    size = np.empty(len(base))
    named = pd.Series([one.name for one in each], index=frame.index, dtype=str)
    for (name, of), at in quantity.groupby([named, quantity], sort=False).indices.items():
        size[at] = threshold(name, of).size(base[at])
    verdict = _verdicts((mean, low, high, spread), size, (units[0] == units[1]).all(axis=-1))
    verdict[(verdict == "change") & (drawn_low <= 0) & (drawn_high >= 0)] = "uncertain"
    return frame.assign(
        baseline=base,
        scenario=mean_interval(after)[0],
        difference=mean,
        low=low,
        high=high,
        computing_error=spread,
        percent=percent,
        percent_low=percent_low,
        percent_high=percent_high,
        variance_reduction=variance_reduction(after, before),
        further_replicates=further_replicates(mean, spread, np.isfinite(after - before).sum(axis=-1)),
        further_to_threshold=further_replicates(
            np.abs(mean) - size, spread, np.isfinite(after - before).sum(axis=-1)
        ),
        threshold=size,
        verdict=verdict,
        better=_better(mean, base, each, quantity),
        parameter_spread=of_parameters,
        parameter_low=drawn_low,
        parameter_high=drawn_high,
    )


def _verdicts(summary: tuple[np.ndarray, ...], size: np.ndarray, same: np.ndarray) -> np.ndarray:
    """Return a key of `VERDICTS` for each row."""
    mean, low, high, spread = summary
    verdict = np.where(np.abs(mean) < size, "below_threshold", "change").astype(object)
    verdict[(low <= 0) & (high >= 0)] = "noise"
    verdict[np.isnan(spread)] = "no_interval"
    verdict[same] = "identical"
    return verdict


def _better(
    mean: np.ndarray, base: np.ndarray, each: Sequence[Measure], quantity: pd.Series
) -> list[bool | None]:
    """Say whether each change is for the better: fewer of the bad, more of the good, smaller gaps."""
    neutral = np.where(quantity.isin(["relative_gap", "relative_index"]), 1.0, 0.0)
    signs = [{"higher": 1, "lower": -1}.get(one.direction, 0) for one in each]
    better: list[bool | None] = []
    for m, b, n, q, sign in zip(mean, base, neutral, quantity, signs, strict=True):
        if q != "level":
            better.append(bool(abs(b + m - n) < abs(b - n)) if m else None)
        else:
            better.append(bool(sign * m > 0) if m and sign else None)
    return better
