"""Means, intervals and the number of replicates that would settle a sign.

Spread over replicates is *computing error*: it shrinks with more replicates and says nothing of whether
the model's parameters or its structure are right.
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

Array = npt.NDArray[np.float64]

TWO_SIDED_95 = 0.975
MOST_REPLICATES = 10_000


def t_quantile(degrees: npt.ArrayLike) -> Array:
    """Return the 97.5% point of Student's t; NaN for no degrees of freedom."""
    from scipy.special import stdtrit

    freedom = np.asarray(degrees, dtype=np.float64)
    return np.where(freedom > 0, stdtrit(np.maximum(freedom, 1), TWO_SIDED_95), np.nan)


def mean_interval(draws: npt.ArrayLike) -> tuple[Array, Array, Array, Array]:
    """Return mean, 95% t interval and standard deviation over replicates (the last axis).

    Missing replicates are left out. With one replicate there is no interval: NaN.
    """
    matrix = np.asarray(draws, dtype=np.float64)
    present = np.isfinite(matrix)
    count = present.sum(axis=-1)
    filled = np.where(present, matrix, 0.0)
    with np.errstate(divide="ignore", invalid="ignore"):
        mean = filled.sum(axis=-1) / count
        squares = (np.where(present, matrix - mean[..., None], 0.0) ** 2).sum(axis=-1)
        spread = np.where(count > 1, np.sqrt(squares / (count - 1)), np.nan)
        half = t_quantile(count - 1) * spread / np.sqrt(count)
    return mean, mean - half, mean + half, spread


def variance_reduction(scenario: npt.ArrayLike, baseline: npt.ArrayLike) -> Array:
    """Return how many times fewer replicates the pairing needs: unpaired over paired variance.

    Infinite where all paired differences are equal while the levels vary; NaN with one replicate.
    """
    one, two = np.asarray(scenario, dtype=np.float64), np.asarray(baseline, dtype=np.float64)
    if one.shape[-1] < 2:
        return np.full(one.shape[:-1], np.nan)
    with np.errstate(divide="ignore", invalid="ignore"):
        unpaired = one.var(axis=-1, ddof=1) + two.var(axis=-1, ddof=1)
        return unpaired / (one - two).var(axis=-1, ddof=1)


def further_replicates(mean: npt.ArrayLike, spread: npt.ArrayLike, done: npt.ArrayLike) -> Array:
    """Return how many more replicates would settle the sign, if mean and spread stay as they are.

    The least n with t(n - 1) x spread / sqrt(n) < |mean|, less those done; zero when settled already;
    infinite beyond `MOST_REPLICATES` or where the mean is zero; NaN where the spread is unknown.
    """
    ratio = np.abs(np.asarray(mean, dtype=np.float64))
    sd = np.asarray(spread, dtype=np.float64)
    have = np.asarray(done, dtype=np.float64)
    counts = np.arange(2, MOST_REPLICATES + 1)
    reach = t_quantile(counts - 1) / np.sqrt(counts)
    with np.errstate(divide="ignore", invalid="ignore"):
        wanted = np.where(sd > 0, ratio / sd, np.where(ratio > 0, np.inf, 0.0))
    # `reach` falls with n, so its negative is sorted and can be searched.
    index = np.searchsorted(-reach, -wanted, side="right")
    need = np.where(index < counts.size, counts[np.minimum(index, counts.size - 1)], np.inf)
    return np.where(np.isnan(sd), np.nan, np.maximum(need - have, 0.0))
