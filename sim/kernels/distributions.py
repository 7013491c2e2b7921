"""Inverse distribution functions: one uniform in (0, 1) becomes one duration.

A draw is always `quantile(family, a, b, c, u, points)`: a pure function of its uniform, increasing in it, so
that common random numbers give comonotone durations. The functions that turn published summaries (mean and
standard deviation, median and ninetieth percentile) into native parameters are in
`sim/kernels/distribution_parameters.py`.

Families and their native parameters (times in whatever unit the caller uses):

    DETERMINISTIC  a = value
    EXPONENTIAL    a = mean
    LOGNORMAL      a = mu, b = sigma of the logarithm
    UNIFORM        a = low, b = high
    TRIANGULAR     a = low, b = mode, c = high
    WEIBULL        a = shape, b = scale
    GAMMA          a = shape, b = scale
    EMPIRICAL      a = first row, b = number of rows in the table of (probability, value) points
    MIXTURE        a = first row, b = number of rows of (cumulated share, row of the part's distribution): the
                   flow kernel's `draw` resolves it before it asks for a quantile
"""

from __future__ import annotations

import math

import numpy as np
from numba import njit

from sim.kernels.randomness import uniform32

DETERMINISTIC = 0
EXPONENTIAL = 1
LOGNORMAL = 2
UNIFORM = 3
TRIANGULAR = 4
WEIBULL = 5
GAMMA = 6
EMPIRICAL = 7
MIXTURE = 8

FAMILIES = {
    "deterministic": DETERMINISTIC,
    "exponential": EXPONENTIAL,
    "lognormal": LOGNORMAL,
    "uniform": UNIFORM,
    "triangular": TRIANGULAR,
    "weibull": WEIBULL,
    "gamma": GAMMA,
    "empirical": EMPIRICAL,
    "mixture": MIXTURE,
}

# Coefficients of algorithm AS 241, routine PPND16 (Wichura, "The percentage points of the normal
# distribution", Applied Statistics 37, 1988, 477-484): numerator and denominator of three rational
# approximations, highest power first; relative accuracy about 1 in 10^16.
_CENTRE = 0.425  # within this of one half the central approximation holds
_CENTRE_TOP = (
    2.5090809287301226727e3, 3.3430575583588128105e4, 6.7265770927008700853e4, 4.5921953931549871457e4,
    1.3731693765509461125e4, 1.9715909503065514427e3, 1.3314166789178437745e2, 3.3871328727963666080e0,
)  # fmt: skip
_CENTRE_BOTTOM = (
    5.2264952788528545610e3, 2.8729085735721942674e4, 3.9307895800092710610e4, 2.1213794301586595867e4,
    5.3941960214247511077e3, 6.8718700749205790830e2, 4.2313330701600911252e1, 1.0,
)  # fmt: skip
_MIDDLE_TOP = (
    7.74545014278341407640e-4, 2.27238449892691845833e-2, 2.41780725177450611770e-1,
    1.27045825245236838258e0, 3.64784832476320460504e0, 5.76949722146069140550e0,
    4.63033784615654529590e0, 1.42343711074968357734e0,
)  # fmt: skip
_MIDDLE_BOTTOM = (
    1.05075007164441684324e-9, 5.47593808499534494600e-4, 1.51986665636164571966e-2,
    1.48103976427480074590e-1, 6.89767334985100004550e-1, 1.67638483018380384940e0,
    2.05319162663775882187e0, 1.0,
)  # fmt: skip
_TAIL_TOP = (
    2.01033439929228813265e-7, 2.71155556874348757815e-5, 1.24266094738807843860e-3,
    2.65321895265761230930e-2, 2.96560571828504891230e-1, 1.78482653991729133580e0,
    5.46378491116411436990e0, 6.65790464350110377720e0,
)  # fmt: skip
_TAIL_BOTTOM = (
    2.04426310338993978564e-15, 1.42151175831644588870e-7, 1.84631831751005468180e-5,
    7.86869131145613259100e-4, 1.48753612908506148525e-2, 1.36929880922735805310e-1,
    5.99832206555887937690e-1, 1.0,
)  # fmt: skip


@njit(cache=True)
def _ratio(top, bottom, x):  # type: ignore[no-untyped-def]
    """Ratio of two polynomials of degree seven, by Horner's rule."""
    numerator = top[0]
    denominator = bottom[0]
    for i in range(1, 8):
        numerator = numerator * x + top[i]
        denominator = denominator * x + bottom[i]
    return numerator / denominator


@njit("float64(float64)", cache=True)
def norm_ppf(u):  # type: ignore[no-untyped-def]
    """Standard normal quantile of a probability strictly between 0 and 1 (algorithm AS 241, PPND16)."""
    q = u - 0.5
    if abs(q) <= _CENTRE:
        return q * _ratio(_CENTRE_TOP, _CENTRE_BOTTOM, 0.180625 - q * q)
    tail = u if q < 0.0 else 1.0 - u
    r = math.sqrt(-math.log(tail))
    if r <= 5.0:
        z = _ratio(_MIDDLE_TOP, _MIDDLE_BOTTOM, r - 1.6)
    else:
        z = _ratio(_TAIL_TOP, _TAIL_BOTTOM, r - 5.0)
    return -z if q < 0.0 else z


@njit(cache=True, error_model="numpy")
def norm_scores(word, out):  # type: ignore[no-untyped-def]
    """Write `norm_ppf` of the uniform of each 32-bit word, in its order of operations.

    The compiler makes many at once where nothing else is in the loop, not even a check that a divisor is
    nought (it never is): six times as fast.
    """
    a0, a1, a2, a3, a4, a5, a6, a7 = _CENTRE_TOP
    b0, b1, b2, b3, b4, b5, b6, b7 = _CENTRE_BOTTOM
    for i in range(word.size):
        q = uniform32(word[i]) - 0.5
        x = 0.180625 - q * q
        top = ((((((a0 * x + a1) * x + a2) * x + a3) * x + a4) * x + a5) * x + a6) * x + a7
        bottom = ((((((b0 * x + b1) * x + b2) * x + b3) * x + b4) * x + b5) * x + b6) * x + b7
        out[i] = q * (top / bottom)
    far = np.empty(word.size, np.int64)
    n = 0
    for i in range(word.size):
        far[n] = i
        n += abs(uniform32(word[i]) - 0.5) > _CENTRE
    for k in range(n):
        out[far[k]] = norm_ppf(uniform32(word[far[k]]))


@njit("float64(float64, float64)", cache=True)
def gamma_cdf(shape, x):  # type: ignore[no-untyped-def]
    """Regularised lower incomplete gamma function P(shape, x).

    Series for x < shape + 1, otherwise Lentz's continued fraction for the upper tail (Press, Teukolsky,
    Vetterling and Flannery, Numerical Recipes, 3rd ed., section 6.2). Absolute error below 1e-14.
    """
    if x <= 0.0:
        return 0.0
    scale = math.exp(shape * math.log(x) - x - math.lgamma(shape))
    if x < shape + 1.0:
        term = 1.0 / shape
        total = term
        k = shape
        while abs(term) > abs(total) * 1e-17:
            k += 1.0
            term *= x / k
            total += term
        return total * scale
    b = x + 1.0 - shape
    c = 1.0 / 1e-300
    d = 1.0 / b
    h = d
    for i in range(1, 100000):
        an = -i * (i - shape)
        b += 2.0
        d = an * d + b
        d = 1.0 / (d if abs(d) > 1e-300 else 1e-300)
        c = b + an / c
        c = c if abs(c) > 1e-300 else 1e-300
        h *= d * c
        if abs(d * c - 1.0) < 1e-16:
            break
    return 1.0 - scale * h


@njit("float64(float64, float64)", cache=True)
def gamma_ppf(shape, u):  # type: ignore[no-untyped-def]
    """Quantile of the gamma distribution with unit scale.

    Wilson and Hilferty's cube starts a Newton search on log x, kept inside a bracket by bisection, so it
    converges for every shape; relative accuracy about 1e-12.
    """
    z = norm_ppf(u)
    start = 1.0 - 1.0 / (9.0 * shape) + z / (3.0 * math.sqrt(shape))
    log_x = math.log(shape) + 3.0 * math.log(start) if start > 0.3 else -1.0
    if start <= 0.3:
        log_x = (math.log(u) + math.lgamma(shape + 1.0)) / shape
    low, high = -750.0, 10.0 + math.log(shape + 100.0)
    log_x = min(max(log_x, low), high)
    for _ in range(200):
        x = math.exp(log_x)
        error = gamma_cdf(shape, x) - u
        if error > 0.0:
            high = log_x
        else:
            low = log_x
        slope = math.exp(shape * log_x - x - math.lgamma(shape))
        step = error / slope if slope > 0.0 else 0.0
        target = log_x - step
        if slope <= 0.0 or target <= low or target >= high:
            target = 0.5 * (low + high)
        if abs(target - log_x) < 1e-14 * max(1.0, abs(log_x)):
            return math.exp(target)
        log_x = target
    return math.exp(log_x)


@njit("float64(int64, int64, float64, float64[:, ::1])", cache=True)
def empirical_ppf(first, count, u, points):  # type: ignore[no-untyped-def]
    """Piecewise-linear quantile between `count` rows of (probability, value), the first at probability 0."""
    low = first
    high = first + count - 1
    while high - low > 1:
        middle = (low + high) // 2
        if points[middle, 0] <= u:
            low = middle
        else:
            high = middle
    width = points[high, 0] - points[low, 0]
    share = (u - points[low, 0]) / width if width > 0.0 else 0.0
    return points[low, 1] + share * (points[high, 1] - points[low, 1])


@njit("float64(float64, float64, float64, float64)", cache=True)
def triangular_ppf(low, mode, high, u):  # type: ignore[no-untyped-def]
    """Quantile of the triangular distribution; a span of zero gives its only value."""
    span = high - low
    if span <= 0.0:
        return low
    if u * span < mode - low:
        return low + math.sqrt(u * span * (mode - low))
    return high - math.sqrt((1.0 - u) * span * (high - mode))


@njit("float64(int64, float64, float64, float64, float64, float64[:, ::1])", cache=True)
def quantile(family, a, b, c, u, points):  # type: ignore[no-untyped-def]  # noqa: PLR0911
    """Value whose cumulative probability is `u` under one family.

    Args:
        family: One of the module's family codes.
        a: First native parameter (see the module's table).
        b: Second native parameter.
        c: Third native parameter.
        u: Uniform strictly between 0 and 1.
        points: (probability, value) rows for EMPIRICAL, shape (rows, 2); may have one unused row.

    Returns:
        The quantile, in the unit of the parameters.
    """
    if family == EXPONENTIAL:
        return -a * math.log1p(-u)
    if family == LOGNORMAL:
        return math.exp(a + b * norm_ppf(u))
    if family == DETERMINISTIC:
        return a
    if family == UNIFORM:
        return a + (b - a) * u
    if family == GAMMA:
        return b * gamma_ppf(a, u)
    if family == WEIBULL:
        return b * (-math.log1p(-u)) ** (1.0 / a)
    if family == TRIANGULAR:
        return triangular_ppf(a, b, c, u)
    return empirical_ppf(np.int64(a), np.int64(b), u, points)
