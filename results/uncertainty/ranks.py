"""How often each scenario ranks first, the baseline among them, measure by measure.

In every unit (a replicate of a draw) all scenarios have the same random numbers; the best is first, and ties
share the place.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt
import pandas as pd

from results.measures.registry import measure
from results.uncertainty.repeated import of_what, share_interval

if TYPE_CHECKING:
    from results.comparison import Comparison

Array = npt.NDArray[np.float64]
COLUMNS = ["run", "label", "measure", "period", "of", "first", "low", "high", "mean_rank"]


def first_places(numbers: npt.ArrayLike) -> Array:
    """Return for each row its part of the first place in each column: 1, or a part where several tie.

    Args:
        numbers: The more the better, (rows, columns).
    """
    table = np.asarray(numbers, dtype=np.float64)
    top = table == table.max(axis=0)
    return np.asarray(top / top.sum(axis=0))


def first_shares(numbers: npt.ArrayLike) -> Array:
    """Return for each row the share of columns in which it is largest, (rows,); ties are shared."""
    return np.asarray(first_places(numbers).mean(axis=1))


def mean_ranks(numbers: npt.ArrayLike) -> Array:
    """Return each row's mean rank over columns, 1 the largest; ties have the mean of their ranks."""
    from scipy.stats import rankdata

    table = np.asarray(numbers, dtype=np.float64)
    return np.asarray(rankdata(-table, axis=0).mean(axis=1))


def ranks(comparison: Comparison, name: str, period: str) -> pd.DataFrame:
    """Return how often each run is first in a measure, and its mean rank.

    Args:
        comparison: The runs; the baseline takes part.
        name: A measure with a better direction.
        period: The year, or 'all years' of an expectancy.

    Returns:
        Columns `COLUMNS`; `of` says what the shares are of, low and high are their 95% intervals. Empty where
        no direction is better or nothing is compared.
    """
    sign = {"higher": 1.0, "lower": -1.0}.get(measure(name).direction)
    wides = [comparison.draws(run, name) for run in comparison.runs]
    held = all(not wide.empty and (period, "all") in wide.index for wide in wides)
    if sign is None or not held or not comparison.scenarios:
        return pd.DataFrame(columns=COLUMNS)
    units = sign * np.stack([wide.loc[(period, "all")].to_numpy(dtype=float) for wide in wides])
    if not np.isfinite(units).all():
        return pd.DataFrame(columns=COLUMNS)
    shares = [share_interval(row, len(comparison.draw_numbers)) for row in first_places(units)]
    of = of_what(comparison)
    names, labels = comparison.names, comparison.labels
    rows = [
        (names[run], labels[run], name, period, of, *share, rank)
        for run, share, rank in zip(comparison.runs, shares, mean_ranks(units), strict=True)
    ]
    return pd.DataFrame(rows, columns=COLUMNS)
