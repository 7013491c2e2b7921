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
    of_parameters, drawn_low, drawn_high = parameter_interval(units[1] - units[0], draws)
    before, after = (over_replicates(one, draws) for one in units)
    mean, low, high, spread = mean_interval(after - before)
    with np.errstate(divide="ignore", invalid="ignore"):
        percents = np.where(before != 0, 100 * (after - before) / np.abs(before), np.nan)
    # A gap whose sign differs between replicates is a gap of about nothing: per cents of it mean nothing.
    percents[(before > 0).any(axis=-1) & (before < 0).any(axis=-1)] = np.nan
    base, base_low, base_high, _ = mean_interval(before)
    quantity = frame["level"].where(frame["level"].isin(list(QUANTITIES)), "level")
    # Nor do they where the gap itself is not clear of nothing.
    percents[(quantity != "level").to_numpy() & (base_low <= 0) & (base_high >= 0)] = np.nan
    percent, percent_low, percent_high, _ = mean_interval(percents)
    size = np.empty(len(base))
    kinds, quantities = pd.factorize(quantity)
    one_of = dict.fromkeys([found] if isinstance(found, Measure) else found)
    for of in one_of:
        mine = True if isinstance(found, Measure) else np.array([one is of for one in found])
        for code, kind in enumerate(quantities):
            at = mine & (kinds == code)
            size[at] = threshold(of.name, str(kind)).size(base[at])
    done = np.isfinite(after - before).sum(axis=-1)
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
        further_replicates=further_replicates(mean, spread, done),
        further_to_threshold=further_replicates(np.abs(mean) - size, spread, done),
        threshold=size,
        verdict=verdict,
        better=_better(mean, base, found, quantity),
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
    mean: np.ndarray, base: np.ndarray, found: Measure | Sequence[Measure], quantity: pd.Series
) -> np.ndarray:
    """Say whether each change is for the better: fewer of the bad, more of the good, smaller gaps.

    True, False, or None where nothing changes or neither way is better.
    """
    signs = {"higher": 1, "lower": -1}
    each = [found] if isinstance(found, Measure) else found
    sign = np.broadcast_to(np.array([signs.get(one.direction, 0) for one in each]), mean.shape)
    neutral = np.where(quantity.isin(["relative_gap", "relative_index"]), 1.0, 0.0)
    gap = (quantity != "level").to_numpy()
    smaller = np.abs(base + mean - neutral) < np.abs(base - neutral)
    better = np.where(gap, smaller, sign * mean > 0).astype(object)
    better[(mean == 0) | (~gap & (sign == 0))] = None
    return better
