"""Means, intervals and the number of replicates that would settle a sign.

Spread over replicates is *computing error*: it shrinks with more replicates and says nothing of whether
the model's parameters or its structure are right. Spread over draws of the parameters is *parameter
uncertainty*: it stays however many replicates are run. The two are never added into one interval.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache

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


def fieller(above: Array, below: Array) -> tuple[float, float]:
    """Return the ends of the 95% interval of mean(above) / mean(below) from paired values (replicates,).

    They are the ratios r at which the mean of `above - r below` is not clear of nought (E. C. Fieller, Some
    problems in interval estimation, 1954). NaN with one replicate, or where `below` itself is not clear of
    nought: then no ratio is excluded.
    """
    if above.size < 2:
        return float("nan"), float("nan")
    squared = float(t_quantile(above.size - 1)) ** 2 / above.size
    spread = np.cov(above, below, ddof=1) * squared
    quadratic = below.mean() ** 2 - spread[1, 1]
    linear = above.mean() * below.mean() - spread[0, 1]
    if quadratic <= 0.0:
        return float("nan"), float("nan")
    root = linear**2 - quadratic * (above.mean() ** 2 - spread[0, 0])
    half = np.sqrt(max(0.0, root)) / quadratic
    return float(linear / quadratic - half), float(linear / quadratic + half)


def over_replicates(units: npt.ArrayLike, draws: int) -> Array:
    """Return the mean over draws for each replicate, from units in the order of draws, then replicates.

    Its spread is computing error: draws share their replicates' random numbers.
    """
    matrix = np.asarray(units, dtype=np.float64)
    return matrix.reshape(*matrix.shape[:-1], draws, matrix.shape[-1] // draws).mean(axis=-2)


@dataclass(frozen=True, kw_only=True)
class Components:
    """Where the spread of a table of draws and replicates comes from; variances, each of shape (rows,)."""

    parameters: Array
    """Of a draw's expected value over draws: what the parameters do. NaN with one draw."""
    replicates: Array
    """Of what a replicate does to every draw alike."""
    residual: Array
    """Of what is left: chance that differs between draws; with one replicate or draw unknown, NaN."""


def components(units: npt.ArrayLike, draws: int) -> Components:
    """Return the variance components of a table with two ways, draws and replicates, one value in each cell.

    Mean squares of rows, columns and the rest, set equal to what they are on average (analysis of variance,
    random effects without interaction):

        parameters = (MS draws - MS rest) / replicates,  replicates = (MS replicates - MS rest) / draws.

    A negative estimate is taken as none. With one replicate the rest is unknown and the spread of the draws
    is an upper bound of that of the parameters.

    Source: Searle SR, Casella G, McCulloch CE, Variance Components,
    Wiley, 1992, chapter 4.

    Args:
        units: Values (rows, draws x replicates), in the order of draws, then replicates.
        draws: How many draws.
    """
    matrix = np.asarray(units, dtype=np.float64)
    table = matrix.reshape(*matrix.shape[:-1], draws, matrix.shape[-1] // draws)
    repeats = table.shape[-1]
    by_draw, by_replicate = table.mean(axis=-1), table.mean(axis=-2)
    unknown = np.full(matrix.shape[:-1], np.nan)
    residual = unknown
    if draws > 1 and repeats > 1:
        centre = by_draw.mean(axis=-1)[..., None, None]
        rest = table - by_draw[..., None] - by_replicate[..., None, :] + centre
        residual = (rest**2).sum(axis=(-2, -1)) / ((draws - 1) * (repeats - 1))
    known = np.nan_to_num(residual)
    of_draws = np.maximum(by_draw.var(axis=-1, ddof=1) - known / repeats, 0.0) if draws > 1 else unknown
    of_replicates = (
        np.maximum(by_replicate.var(axis=-1, ddof=1) - known / draws, 0.0) if repeats > 1 else unknown
    )
    return Components(parameters=of_draws, replicates=of_replicates, residual=residual)


def total_variance(units: npt.ArrayLike, draws: int) -> tuple[Array, Array]:
    """Return the two parts of the law of total variance, each (rows,): they add up to the units' variance.

    Var(Y) = E[Var(Y | draw)] + Var(E[Y | draw]), over the units at hand (divided by their number).

    Args:
        units: Values (rows, draws x replicates), in the order of draws, then replicates.
        draws: How many draws.
    """
    matrix = np.asarray(units, dtype=np.float64)
    table = matrix.reshape(*matrix.shape[:-1], draws, matrix.shape[-1] // draws)
    return table.var(axis=-1).mean(axis=-1), table.mean(axis=-1).var(axis=-1)


def parameter_interval(units: npt.ArrayLike, draws: int) -> tuple[Array, Array, Array]:
    """Return standard deviation and 95% interval over draws, with computing error taken out.

    A draw's mean over R replicates varies by the parameters and by 1/R of the residual variance of a table
    with two ways, draws and replicates (replicates that move every draw alike move no draw against another).
    That part is subtracted; the interval is the 2.5 and 97.5 percentiles of the draws' means, drawn together
    about their own mean by as much. With one replicate the residual is unknown and nothing is subtracted:
    the spread is then an upper bound. With one draw there is none: NaN.

    Args:
        units: Values (rows, draws x replicates), in the order of draws, then replicates.
        draws: How many draws.
    """
    matrix = np.asarray(units, dtype=np.float64)
    shape = matrix.shape[:-1]
    if draws < 2:
        unknown = np.full(shape, np.nan)
        return unknown, unknown.copy(), unknown.copy()
    means = matrix.reshape(*shape, draws, matrix.shape[-1] // draws).mean(axis=-1)
    centre = means.mean(axis=-1, keepdims=True)
    between = means.var(axis=-1, ddof=1)
    of_parameters = components(matrix, draws).parameters
    with np.errstate(divide="ignore", invalid="ignore"):
        shrink = np.where(between > 0, np.sqrt(of_parameters / between), 0.0)
    ends = np.quantile(
        centre + (means - centre) * shrink[..., None], [1 - TWO_SIDED_95, TWO_SIDED_95], axis=-1
    )
    return np.sqrt(of_parameters), ends[0], ends[1]


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


@cache
def _reaches() -> tuple[npt.NDArray[np.int64], Array]:
    """Return numbers of replicates, and half the width of an interval of each in standard deviations."""
    counts = np.arange(2, MOST_REPLICATES + 1)
    return counts, t_quantile(counts - 1) / np.sqrt(counts)


def further_replicates(mean: npt.ArrayLike, spread: npt.ArrayLike, done: npt.ArrayLike) -> Array:
    """Return how many more replicates would settle the sign, if mean and spread stay as they are.

    The least n with t(n - 1) x spread / sqrt(n) < |mean|, less those done; zero when settled already;
    infinite beyond `MOST_REPLICATES` or where the mean is zero; NaN where the spread is unknown.
    """
    ratio = np.abs(np.asarray(mean, dtype=np.float64))
    sd = np.asarray(spread, dtype=np.float64)
    have = np.asarray(done, dtype=np.float64)
    counts, reach = _reaches()
    with np.errstate(divide="ignore", invalid="ignore"):
        wanted = np.where(sd > 0, ratio / sd, np.where(ratio > 0, np.inf, 0.0))
    # `reach` falls with n, so its negative is sorted and can be searched.
    index = np.searchsorted(-reach, -wanted, side="right")
    need = np.where(index < counts.size, counts[np.minimum(index, counts.size - 1)], np.inf)
    return np.where(np.isnan(sd), np.nan, np.maximum(need - have, 0.0))
