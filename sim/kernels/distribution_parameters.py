"""From the summaries that publications give (mean and sd, median and p90, ...) to native parameters.

Each function returns a `Native`: the family's code and its parameters as `sim.kernels.distributions.quantile`
takes them. A summary that no member of the family has raises ValueError with the reason.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from itertools import pairwise
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray
from scipy import special

from sim.kernels import distributions as d


class Native(NamedTuple):
    """One distribution in native parameters; `low` and `span` narrow its probabilities when truncated."""

    family: int
    a: float = 0.0
    b: float = 0.0
    c: float = 0.0
    low: float = 0.0
    span: float = 1.0


_Z90 = float(d.norm_ppf(0.9))


def _positive(name: str, value: float) -> float:
    if not (math.isfinite(value) and value > 0.0):
        raise ValueError(f"{name} must be above zero, not {value}")
    return value


def lognormal_from_mean_sd(mean: float, sd: float) -> Native:
    """Lognormal: sigma^2 = ln(1 + (sd / mean)^2), mu = ln(mean) - sigma^2 / 2."""
    variance = math.log1p((_positive("sd", sd) / _positive("mean", mean)) ** 2)
    return Native(d.LOGNORMAL, math.log(mean) - variance / 2.0, math.sqrt(variance))


def lognormal_from_mean_median(mean: float, median: float) -> Native:
    """Lognormal: mu = ln(median), sigma^2 = 2 ln(mean / median); the mean must exceed the median."""
    if _positive("mean", mean) <= _positive("median", median):
        raise ValueError(f"a lognormal's mean ({mean}) must exceed its median ({median})")
    return Native(d.LOGNORMAL, math.log(median), math.sqrt(2.0 * math.log(mean / median)))


def lognormal_from_median_p90(median: float, p90: float) -> Native:
    """Lognormal: mu = ln(median), sigma = ln(p90 / median) / z(0.9)."""
    if _positive("p90", p90) <= _positive("median", median):
        raise ValueError(f"the 90th percentile ({p90}) must exceed the median ({median})")
    return Native(d.LOGNORMAL, math.log(median), math.log(p90 / median) / _Z90)


def lognormal_from_mean_sigma(mean: float, sigma: float) -> Native:
    """Lognormal: mu = ln(mean) - sigma^2 / 2."""
    return Native(d.LOGNORMAL, math.log(_positive("mean", mean)) - sigma**2 / 2.0, _positive("sigma", sigma))


def gamma_from_mean_sd(mean: float, sd: float) -> Native:
    """Gamma: shape = (mean / sd)^2, scale = sd^2 / mean."""
    shape = (_positive("mean", mean) / _positive("sd", sd)) ** 2
    return Native(d.GAMMA, shape, sd * sd / mean)


def gamma_from_median_p90(median: float, p90: float) -> Native:
    """Gamma whose ratio of 90th percentile to median is the given one (root in the logarithm of shape)."""
    if _positive("p90", p90) <= _positive("median", median):
        raise ValueError(f"the 90th percentile ({p90}) must exceed the median ({median})")

    def miss(log_shape: float) -> float:
        shape = math.exp(log_shape)
        return float(math.log(d.gamma_ppf(shape, 0.9) / d.gamma_ppf(shape, 0.5)) - math.log(p90 / median))

    shape = math.exp(_root(miss, -4.0, 12.0, f"no gamma distribution has p90 / median = {p90 / median}"))
    return Native(d.GAMMA, shape, median / float(d.gamma_ppf(shape, 0.5)))


def weibull_from_mean_sd(mean: float, sd: float) -> Native:
    """Weibull whose coefficient of variation is sd / mean (root in the logarithm of shape)."""
    squared = (_positive("sd", sd) / _positive("mean", mean)) ** 2

    def miss(log_shape: float) -> float:
        k = math.exp(-log_shape)
        return float(special.gammaln(1 + 2 * k) - 2 * special.gammaln(1 + k) - math.log1p(squared))

    shape = math.exp(_root(miss, -2.0, 6.0, f"no Weibull distribution has sd / mean = {sd / mean}"))
    return Native(d.WEIBULL, shape, mean / math.gamma(1.0 + 1.0 / shape))


def weibull_from_median_p90(median: float, p90: float) -> Native:
    """Weibull: shape = ln(ln 10 / ln 2) / ln(p90 / median), scale = median / (ln 2)^(1 / shape)."""
    if _positive("p90", p90) <= _positive("median", median):
        raise ValueError(f"the 90th percentile ({p90}) must exceed the median ({median})")
    shape = math.log(math.log(10.0) / math.log(2.0)) / math.log(p90 / median)
    return Native(d.WEIBULL, shape, median / math.log(2.0) ** (1.0 / shape))


def _root(miss: Callable[[float], float], low: float, high: float, complaint: str) -> float:
    if miss(low) * miss(high) > 0.0:
        raise ValueError(complaint)
    from scipy import optimize

    return float(optimize.brentq(miss, low, high, xtol=1e-13))


def exponential(mean: float) -> Native:
    """Exponential with the given mean."""
    return Native(d.EXPONENTIAL, _positive("mean", mean))


def exponential_from_median(median: float) -> Native:
    """Exponential: mean = median / ln 2."""
    return Native(d.EXPONENTIAL, _positive("median", median) / math.log(2.0))


def deterministic(value: float) -> Native:
    """Always the same value, zero allowed."""
    if not (math.isfinite(value) and value >= 0.0):
        raise ValueError(f"value must not be negative, not {value}")
    return Native(d.DETERMINISTIC, value)


def uniform(low: float, high: float) -> Native:
    """Uniform between two values."""
    if not 0.0 <= low <= high < math.inf:
        raise ValueError(f"0 <= low <= high is needed, not low {low} and high {high}")
    return Native(d.UNIFORM, low, high)


def triangular(low: float, mode: float, high: float) -> Native:
    """Triangular between two values with its peak at the mode."""
    if not 0.0 <= low <= mode <= high < math.inf:
        raise ValueError(f"0 <= low <= mode <= high is needed, not {low}, {mode}, {high}")
    return Native(d.TRIANGULAR, low, mode, high)


def lognormal(mu: float, sigma: float) -> Native:
    """Lognormal by the mean and standard deviation of the logarithm."""
    if not (math.isfinite(mu) and 0.0 <= sigma < math.inf):
        raise ValueError(f"sigma must not be negative, not {sigma}")
    return Native(d.LOGNORMAL, mu, sigma)


def gamma(shape: float, scale: float) -> Native:
    """Gamma by shape and scale."""
    return Native(d.GAMMA, _positive("shape", shape), _positive("scale", scale))


def weibull(shape: float, scale: float) -> Native:
    """Weibull by shape and scale."""
    return Native(d.WEIBULL, _positive("shape", shape), _positive("scale", scale))


def check_quantiles(points: Sequence[tuple[float, float]]) -> None:
    """Refuse points of an empirical distribution that are no quantile function from 0 to 1."""
    probabilities = [p for p, _ in points]
    values = [v for _, v in points]
    if len(points) < 2 or probabilities[0] != 0.0 or probabilities[-1] != 1.0:
        raise ValueError("quantiles need at least two points, the first at probability 0 and the last at 1")
    if any(b <= a for a, b in pairwise(probabilities)):
        raise ValueError("the probabilities of quantiles must increase")
    if values[0] < 0.0 or any(b < a for a, b in pairwise(values)):
        raise ValueError("the values of quantiles must not be negative and must not fall")


# Which summaries each family accepts, in the order of the function's arguments.
ACCEPTED: Mapping[str, Mapping[tuple[str, ...], Callable[..., Native]]] = {
    "deterministic": {("value",): deterministic, ("mean",): deterministic},
    "exponential": {("mean",): exponential, ("median",): exponential_from_median},
    "lognormal": {
        ("mean", "sd"): lognormal_from_mean_sd,
        ("mean", "median"): lognormal_from_mean_median,
        ("median", "p90"): lognormal_from_median_p90,
        ("mean", "sigma"): lognormal_from_mean_sigma,
        ("mu", "sigma"): lognormal,
    },
    "uniform": {("low", "high"): uniform},
    "triangular": {("low", "mode", "high"): triangular},
    "weibull": {
        ("shape", "scale"): weibull,
        ("mean", "sd"): weibull_from_mean_sd,
        ("median", "p90"): weibull_from_median_p90,
    },
    "gamma": {
        ("shape", "scale"): gamma,
        ("mean", "sd"): gamma_from_mean_sd,
        ("median", "p90"): gamma_from_median_p90,
    },
}


def scaled(native: Native, factor: float) -> Native:
    """The same distribution in another unit: every value times `factor` (not for empirical)."""
    if native.family == d.EMPIRICAL:
        raise ValueError("the points of an empirical distribution lie in a table; scale them there")
    if native.family == d.LOGNORMAL:
        return native._replace(a=native.a + math.log(factor))
    if native.family in (d.WEIBULL, d.GAMMA):
        return native._replace(b=native.b * factor)
    return native._replace(a=native.a * factor, b=native.b * factor, c=native.c * factor)


NO_POINTS = np.zeros((1, 2))


def cumulative(native: Native, x: float) -> float:
    """Cumulative probability of an untruncated distribution at `x`, by bisection on its quantile."""
    low, high = 0.0, 1.0
    for _ in range(60):
        middle = 0.5 * (low + high)
        if not 0.0 < middle < 1.0 or d.quantile(*native[:4], middle, NO_POINTS) <= x:
            low = middle
        else:
            high = middle
    return low


def truncated(native: Native, minimum: float | None, maximum: float | None) -> Native:
    """The distribution given that its value lies between `minimum` and `maximum` (either may be None)."""
    low = 0.0 if minimum is None else cumulative(native, minimum)
    high = 1.0 if maximum is None else cumulative(native, maximum)
    if high - low < 1e-9:
        raise ValueError(f"nothing of the distribution lies between {minimum} and {maximum}")
    return native._replace(low=low, span=high - low)


def mean_of(native: Native, points: NDArray[np.float64] = NO_POINTS) -> float:
    """Mean of a distribution: in closed form, or by integrating the quantile where it is truncated."""
    closed: dict[int, Callable[[], float]] = {
        d.DETERMINISTIC: lambda: native.a,
        d.EXPONENTIAL: lambda: native.a,
        d.LOGNORMAL: lambda: math.exp(native.a + native.b**2 / 2.0),
        d.UNIFORM: lambda: (native.a + native.b) / 2.0,
        d.TRIANGULAR: lambda: (native.a + native.b + native.c) / 3.0,
        d.WEIBULL: lambda: native.b * math.gamma(1.0 + 1.0 / native.a),
        d.GAMMA: lambda: native.a * native.b,
    }
    if (native.low, native.span) == (0.0, 1.0) and native.family in closed:
        return closed[native.family]()
    if native.family == d.EMPIRICAL:
        rows = points[int(native.a) : int(native.a) + int(native.b)]
        return float(np.sum(np.diff(rows[:, 0]) * (rows[1:, 1] + rows[:-1, 1]) / 2.0))

    def value(u: float) -> float:
        return float(d.quantile(*native[:4], native.low + u * native.span, points))

    from scipy import integrate

    return float(integrate.quad(value, 0.0, 1.0, limit=200)[0])
