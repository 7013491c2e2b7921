"""Concentration curves and indices of a comparison, with standard errors from its repeat runs.

The standard error is that of the mean over replicates, each a mean over draws: spread / sqrt(replicates). It
is computing error alone; grouped data of a survey would have the survey's instead.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from results.inequality.ordered import concentration_curve, concentration_index
from results.measures.series import weights
from results.statistics import mean_interval, over_replicates

if TYPE_CHECKING:
    from results.comparison import Comparison
    from results.runs import Run

Units = tuple[list[str], np.ndarray, np.ndarray]

INDEX = "index"
"""Level of the concentration index, beside those of the curve's points."""
COLUMNS = [
    "run", "label", "measure", "period", "level", "people", "value", "low", "high", "standard_error",
    "difference", "difference_low", "difference_high", "difference_standard_error",
]  # fmt: skip


def concentration(comparison: Comparison, name: str, period: str) -> pd.DataFrame:
    """Return the concentration curve over fifths and its index, for every run, against the baseline.

    Args:
        comparison: The runs.
        name: A measure that is recorded by fifth.
        period: The year.

    Returns:
        Columns `COLUMNS`. Levels '1' to '5' are points of the curve: `people`, the share of people in this
        fifth and those more deprived (mean over replicates), and `value`, the share of the measure's total
        that is theirs; level 'index' is the concentration index. Empty where the measure is not recorded by
        fifth.
    """
    units: dict[Run, Units] = {}
    for run in comparison.runs:
        found = _units(comparison, run, name, period)
        if found is None:
            return pd.DataFrame(columns=COLUMNS)
        units[run] = found
    before = units[comparison.baseline]
    parts = []
    for run, (levels, people, value) in units.items():
        mean, low, high, error = _with_error(comparison, value)
        change = _with_error(comparison, value - before[2])
        frame = pd.DataFrame(
            {"run": comparison.names[run], "label": comparison.labels[run]}, index=range(len(levels))
        )
        frame = frame.assign(measure=name, period=period, level=levels, people=people)
        frame = frame.assign(value=mean, low=low, high=high, standard_error=error)
        frame = frame.assign(difference=change[0], difference_low=change[1], difference_high=change[2])
        parts.append(frame.assign(difference_standard_error=change[3]))
    return pd.concat(parts, ignore_index=True)[COLUMNS]


def _units(comparison: Comparison, run: Run, name: str, period: str) -> Units | None:
    """Return levels, mean share of people (6,), and curve points and index in each unit, (6, units)."""
    wide = comparison.draws(run, name, "quintile")
    if wide.empty or period not in wide.index.get_level_values("period"):
        return None
    fifths = sorted(wide.loc[period].index)
    block = wide.loc[period].loc[fifths].to_numpy(dtype=float).T
    people = weights(run, name, "quintile").loc[period]
    weight = people.loc[fifths, comparison.own_units(run)].to_numpy(dtype=float).T
    along, held = concentration_curve(block, weight)
    index = concentration_index(block, weight)
    share = np.append(along[:, 1:].mean(axis=0), np.nan)
    return [*fifths, INDEX], share, np.vstack([held[:, 1:].T, index])


def _with_error(comparison: Comparison, units: np.ndarray) -> tuple[np.ndarray, ...]:
    """Return mean, interval and standard error over replicates of rows (rows, units)."""
    means = over_replicates(units, len(comparison.draw_numbers))
    mean, low, high, spread = mean_interval(means)
    return mean, low, high, spread / np.sqrt(means.shape[-1])
