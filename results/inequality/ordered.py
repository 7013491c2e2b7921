"""Measures of inequality between groups that are ordered from most to least deprived.

All functions take values and population weights in that order (fifth 1, the most deprived, first), over
the last axis, so that many replicates are done at once. Signs follow one rule: positive means that the
value is higher among the most deprived.

Sources: Mackenbach JP and Kunst AE, Soc Sci Med 1997;44:757-771 (slope and relative index); Wagstaff A,
Paci P and van Doorslaer E, Soc Sci Med 1991;33:545-557 (concentration index); O'Donnell O and others,
Analyzing Health Equity Using Household Survey Data, World Bank, 2008, chapter 8 (grouped data).
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

Array = npt.NDArray[np.float64]

QUANTITIES = {
    "absolute_gap": "Gap: most deprived minus least deprived fifth",
    "relative_gap": "Ratio: most deprived to least deprived fifth",
    "slope_index": "Slope index of inequality",
    "relative_index": "Relative index of inequality",
    "concentration_index": "Concentration index",
}


def ridits(weights: npt.ArrayLike) -> Array:
    """Return the middle of each group's span on the population ranked from 0 (most deprived) to 1."""
    weight = np.asarray(weights, dtype=np.float64)
    share = weight / weight.sum(axis=-1, keepdims=True)
    middle: Array = np.cumsum(share, axis=-1) - share / 2
    return middle


def absolute_gap(values: npt.ArrayLike) -> Array:
    """Return the first group's value minus the last group's."""
    value = np.asarray(values, dtype=np.float64)
    gap: Array = value[..., 0] - value[..., -1]
    return gap


def relative_gap(values: npt.ArrayLike) -> Array:
    """Return the first group's value divided by the last group's; NaN where the last is zero."""
    value = np.asarray(values, dtype=np.float64)
    with np.errstate(divide="ignore", invalid="ignore"):
        return np.where(value[..., -1] != 0, value[..., 0] / value[..., -1], np.nan)


def _fitted_line(values: npt.ArrayLike, weights: npt.ArrayLike) -> tuple[Array, Array]:
    """Return intercept and slope of the population-weighted regression of value on ridit."""
    value = np.asarray(values, dtype=np.float64)
    weight = np.broadcast_to(np.asarray(weights, dtype=np.float64), value.shape)
    share = weight / weight.sum(axis=-1, keepdims=True)
    rank = ridits(weight)
    mean_rank = (share * rank).sum(axis=-1, keepdims=True)
    mean_value = (share * value).sum(axis=-1, keepdims=True)
    covariance = (share * (rank - mean_rank) * (value - mean_value)).sum(axis=-1)
    slope = covariance / (share * (rank - mean_rank) ** 2).sum(axis=-1)
    return mean_value[..., 0] - slope * mean_rank[..., 0], slope


def slope_index(values: npt.ArrayLike, weights: npt.ArrayLike) -> Array:
    """Return the slope index of inequality: the fitted value at the most deprived end minus the least.

    value = a + b ridit, weighted by population; the index is -b, so it is positive where the deprived have
    more. (The sign of the published index varies; this one agrees with `absolute_gap`.)
    """
    _, slope = _fitted_line(values, weights)
    return -slope


def relative_index(values: npt.ArrayLike, weights: npt.ArrayLike) -> Array:
    """Return the relative index of inequality: fitted value at the most deprived end over the least.

    Returns:
        a / (a + b); one where there is no gradient, NaN where the line meets zero within the population.
    """
    intercept, slope = _fitted_line(values, weights)
    least = intercept + slope
    with np.errstate(divide="ignore", invalid="ignore"):
        return np.where((least > 0) & (intercept > 0), intercept / least, np.nan)


def concentration_index(values: npt.ArrayLike, weights: npt.ArrayLike) -> Array:
    """Return the concentration index of grouped data; negative where the deprived have more.

    C = (2 / mean) sum of share x value x ridit, minus one. Its sign follows the published index, the one
    exception to this module's rule.
    """
    value = np.asarray(values, dtype=np.float64)
    weight = np.broadcast_to(np.asarray(weights, dtype=np.float64), value.shape)
    share = weight / weight.sum(axis=-1, keepdims=True)
    mean = (share * value).sum(axis=-1)
    with np.errstate(divide="ignore", invalid="ignore"):
        return np.where(mean != 0, 2 * (share * value * ridits(weight)).sum(axis=-1) / mean - 1, np.nan)


def concentration_curve(values: npt.ArrayLike, weights: npt.ArrayLike) -> tuple[Array, Array]:
    """Return the concentration curve: shares of people and of what they have, from the most deprived on.

    The index is twice the area between the diagonal and the curve, so one from the points (with straight
    lines between them) is that of `concentration_index`.

    Returns:
        Cumulative share of people and of the total, each (..., groups + 1), from 0 to 1; the second is NaN
        where there is nothing to share.
    """
    value = np.asarray(values, dtype=np.float64)
    weight = np.broadcast_to(np.asarray(weights, dtype=np.float64), value.shape)
    with np.errstate(divide="ignore", invalid="ignore"):
        people, held = (
            np.cumsum(part, axis=-1) / part.sum(axis=-1, keepdims=True) for part in (weight, weight * value)
        )
    start = np.zeros((*value.shape[:-1], 1))
    return np.concatenate([start, people], axis=-1), np.concatenate([start, held], axis=-1)


def all_quantities(values: npt.ArrayLike, weights: npt.ArrayLike) -> dict[str, Array]:
    """Return every quantity of `QUANTITIES`, absolute and relative together."""
    return {
        "absolute_gap": absolute_gap(values),
        "relative_gap": relative_gap(values),
        "slope_index": slope_index(values, weights),
        "relative_index": relative_index(values, weights),
        "concentration_index": concentration_index(values, weights),
    }
