"""Whether a run was long and often enough: warm-up by Welch's plot, replicates by the t formula.

Sources: P. D. Welch, "The statistical analysis of simulation results", in S. Lavenberg (ed.), The Computer
Performance Modeling Handbook, 1983; A. M. Law, Simulation Modeling and Analysis, 5th edition, 2015, sections
9.5.1 (warm-up) and 9.4.1 (replicates for a relative error).
"""

from __future__ import annotations

import math
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from scipy.special import stdtrit

from sim.care.measures import CONFIDENCE, half_width, interval, mean_over

Floats = NDArray[np.float64]
FEWEST_FOR_VERDICT = 3
_BAND_CONFIDENCE = 0.99
_LEAST_BAND = 0.01  # of the level: closer than that is settled whatever the spread
_MOST_REPLICATES = 1_000_000


@dataclass(frozen=True, kw_only=True)
class WarmUp:
    """What Welch's plot says of a warm-up.

    Attributes:
        given_days: The warm-up of the run.
        suggested_days: First day on which the moving average reaches the level of the run's second half; None
            where it cannot be told.
        level: People in the system on average in the second half of the run.
        window_days: Days on each side of the moving average.
        verdict: `enough`, `too_short`, `still_changing` (the second half of the run is not level) or
            `unknown` (fewer than three replicates, or nobody in the system).
    """

    given_days: float
    suggested_days: float | None
    level: float
    window_days: float
    verdict: str

    def as_dict(self) -> dict[str, Any]:
        """For the manifest."""
        return asdict(self)


def moving_average(values: Floats, window: int) -> Floats:
    """Welch's moving average: over `window` values on each side, fewer near the beginning and the end."""
    sums = np.concatenate([[0.0], np.cumsum(values)])
    at = np.arange(len(values))
    reach = np.minimum(np.minimum(at, window), len(values) - 1 - at)
    return np.asarray((sums[at + reach + 1] - sums[at - reach]) / (2 * reach + 1))


def diagnose_warm_up(days: Floats, inside: Floats, given_days: float) -> tuple[pd.DataFrame, WarmUp]:
    """Welch's plot and what it says.

    The level is the mean over the second half of all simulated days. The moving average of the mean over
    replicates has arrived when it is first within the 99% t interval of that level, or within 1% of it. The
    level itself is doubted when the third and the fourth quarter of the run differ by more than their 99%
    paired
    interval and by more than 1%.

    Args:
        days: Ends of the cells, in days from the first instant, shape (T,).
        inside: People in the system at those moments, shape (replicates, T).
        given_days: The warm-up of the run.

    Returns:
        Table day, measured, in_system, low, high, moving_average; and the verdict.
    """
    mean, low, high = interval(inside)
    width = float(days[0]) if len(days) else 1.0
    window = max(1, min(len(days) // 8, math.ceil(7.0 / max(width, 1e-9))))
    average = moving_average(mean, window)
    table = pd.DataFrame(
        {
            "day": days,
            "measured": days > given_days + 1e-9,
            "in_system": mean,
            "low": low,
            "high": high,
            "moving_average": average,
        }
    )
    second = inside[:, len(days) // 2 :]
    level = float(second.mean()) if second.size else 0.0
    said = {"given_days": given_days, "level": level, "window_days": window * width}
    if len(inside) < FEWEST_FOR_VERDICT or len(days) < 8 or level <= 0.0:
        return table, WarmUp(suggested_days=None, verdict="unknown", **said)
    band = max(_half(second.mean(axis=1)), _LEAST_BAND * level)
    arrived = np.flatnonzero(np.abs(average - level) <= band)
    suggested = float(days[arrived[0]]) if len(arrived) else None
    halves = np.array_split(second, 2, axis=1)
    change = halves[1].mean(axis=1) - halves[0].mean(axis=1)
    if suggested is None or abs(change.mean()) > max(_half(change), _LEAST_BAND * level):
        return table, WarmUp(suggested_days=suggested, verdict="still_changing", **said)
    # Started from the first cell on: no warm-up is needed.
    suggested = 0.0 if arrived[0] == 0 else suggested
    verdict = "too_short" if suggested > given_days + 1e-9 else "enough"
    return table, WarmUp(suggested_days=suggested, verdict=verdict, **said)


def _half(values: Floats) -> float:
    """Half the 99% t interval of a mean."""
    t = stdtrit(len(values) - 1, 0.5 + _BAND_CONFIDENCE / 2.0)
    return float(t * values.std(ddof=1) / math.sqrt(len(values)))


def replicates_needed(mean: float, variance: float, precision: float) -> int | None:
    """Replicates for a 95% interval whose half-width is at most a share of the mean.

    The smallest n of 2 or more for which t(n - 1, 0.975) sqrt(variance / n) / |mean| is at most
    precision / (1 + precision), Law's correction for dividing by the estimated mean. It takes the
    variance seen so far as true: run so many and look again.

    Returns:
        The number, or None where the mean is unknown or more than a million would be needed.
    """
    if variance == 0.0:
        return 2
    if not (math.isfinite(mean) and math.isfinite(variance)) or mean == 0.0:
        return None
    wanted = precision / (1.0 + precision) * abs(mean)

    def enough(n: int) -> bool:
        t = float(stdtrit(n - 1, 0.5 + CONFIDENCE / 2.0))
        return t * math.sqrt(variance / n) <= wanted

    low, high = 1, 2
    while not enough(high):
        low, high = high, 2 * high
        if high > _MOST_REPLICATES:
            return None
    while high - low > 1:
        middle = (low + high) // 2
        low, high = (low, middle) if enough(middle) else (middle, high)
    return high


def precision_table(names: list[str], waits: Floats, precision: float) -> pd.DataFrame:
    """Precision of the mean wait at each node and of the last row, the whole network.

    Args:
        names: What each column of `waits` is.
        waits: Mean waits, shape (replicates, columns); NaN where nobody was served.
        precision: Relative half-width asked for.

    Returns:
        Table node, mean_wait, half_width, relative_half_width, precision, replicates_run, replicates_needed
        (empty where it cannot be told) and met.
    """
    mean, half = mean_over(waits), half_width(waits)
    n = np.isfinite(waits).sum(axis=0)
    variances = [
        float(np.var(column[np.isfinite(column)], ddof=1)) if count > 1 else math.nan
        for column, count in zip(waits.T, n, strict=True)
    ]
    needed = [replicates_needed(float(m), v, precision) for m, v in zip(mean, variances, strict=True)]
    with np.errstate(invalid="ignore", divide="ignore"):
        relative = half / np.abs(mean)
    return pd.DataFrame(
        {
            "node": names,
            "mean_wait": mean,
            "half_width": half,
            "relative_half_width": relative,
            "precision": precision,
            "replicates_run": len(waits),
            "replicates_needed": pd.array(needed, dtype="Int64"),
            "met": [k is not None and k <= len(waits) for k in needed],
        }
    )
