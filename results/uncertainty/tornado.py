"""Which assumption matters most: how a result moves with each figure over the draws.

Figures are drawn independently of one another, so each is held against the result by itself:

- its rank correlation r with the result (Spearman), with the interval tanh(artanh r +- z sqrt((1 + r^2/2)/(n
  - 3))),
- a straight line through the draws, and what it says at the 2.5% and 97.5% quantiles of the values drawn,
  other figures
  as they fall: the bar of a tornado, with the line's t interval.

With several figures some look related by chance: intervals are widened so that all hold together at 95%
(Bonferroni), and only a figure whose widened interval leaves out nothing is called clear. How many draws it
takes to see a rank correlation r, with the settings' power and false alarms, is 3 + (1 + r^2/2) ((z_alpha +
z_power) / artanh r)^2.

Sources: Bonett DG and Wright TA, Psychometrika 2000;65:23-28 (interval and number); Saltelli A and others,
Global Sensitivity Analysis: the Primer, Wiley, 2008, section 1.2 (scatterplots, regression).
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from statistics import NormalDist
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt
import pandas as pd

from results.statistics import TWO_SIDED_95, Array
from results.uncertainty.figures import UncertainFigure, varied
from results.uncertainty.repeated import draw_means
from results.uncertainty.settings import setting

if TYPE_CHECKING:
    from results.comparison import Comparison
    from results.runs import Run

LEAST_DRAWS = 5
"""With fewer no interval of a rank correlation has a meaning."""
_NORMAL = NormalDist()
COLUMNS = [
    "run", "label", "measure", "period", "figure", "where", "grade", "source", "unit", "value", "low", "high",
    "draws", "draws_needed", "correlation", "correlation_low", "correlation_high", "at_low", "at_high",
    "swing", "swing_low", "swing_high", "share_of_variance", "clear",
]  # fmt: skip


def draws_needed(correlation: float, figures: int = 1) -> int:
    """Return how many draws it takes to see a rank correlation, with the settings' power and false alarms.

    Args:
        correlation: Size of the rank correlation, above 0 and below 1.
        figures: How many figures are looked at together.
    """
    z = _NORMAL.inv_cdf(1 - setting("false_alarm") / 2 / max(figures, 1)) + _NORMAL.inv_cdf(setting("power"))
    return math.ceil(3 + (1 + correlation**2 / 2) * (z / math.atanh(correlation)) ** 2)


def rank_correlation(x: npt.ArrayLike, y: npt.ArrayLike, figures: int = 1) -> tuple[float, float, float]:
    """Return Spearman's correlation of two series with its interval, at 95% for all figures together.

    Returns:
        Correlation, low, high; NaN ends with fewer than `LEAST_DRAWS` points, all NaN where a series is
        constant.
    """
    from scipy.stats import rankdata

    one, two = np.asarray(x, dtype=np.float64), np.asarray(y, dtype=np.float64)
    if np.ptp(one) == 0 or np.ptp(two) == 0:
        return math.nan, math.nan, math.nan
    r = float(np.corrcoef(rankdata(one), rankdata(two))[0, 1])
    if one.size < LEAST_DRAWS:
        return r, math.nan, math.nan
    inside = max(-1 + 1e-12, min(1 - 1e-12, r))
    z = _NORMAL.inv_cdf(1 - (1 - TWO_SIDED_95) / max(figures, 1))
    half = z * math.sqrt((1 + r**2 / 2) / (one.size - 3))
    return r, math.tanh(math.atanh(inside) - half), math.tanh(math.atanh(inside) + half)


def line(x: npt.ArrayLike, y: npt.ArrayLike) -> tuple[float, float, float, float]:
    """Return a straight line through points by least squares.

    Returns:
        Mean of x, fitted y there, slope, and the slope's standard error (NaN with two points).
    """
    one, two = np.asarray(x, dtype=np.float64), np.asarray(y, dtype=np.float64)
    middle, height = float(one.mean()), float(two.mean())
    squares = float(((one - middle) ** 2).sum())
    slope = float(((one - middle) * (two - height)).sum()) / squares
    rest = two - height - slope * (one - middle)
    free = one.size - 2
    error = math.sqrt(float((rest**2).sum()) / free / squares) if free > 0 else math.nan
    return middle, height, slope, error


def tornado(
    comparison: Comparison, run: Run, name: str, period: str, figures: Sequence[UncertainFigure] | None = None
) -> pd.DataFrame:
    """Return how a scenario's difference from baseline moves with each uncertain figure, the largest first.

    Args:
        comparison: The runs.
        run: A scenario of them.
        name: A measure.
        period: The year, or 'all years' of an expectancy.
        figures: Those to look at; all that differ between draws where not given.

    Returns:
        Columns `COLUMNS`. at_low and at_high are the difference from baseline where the line has the figure's
        2.5% and 97.5% values; swing is the second less the first, with its interval; share_of_variance is the
        part of the draws' variance that the line explains (adjusted for chance, not below nothing). Empty
        without draws, or where the difference does not vary.
    """
    looked = varied(comparison, run) if figures is None else tuple(figures)
    y = draw_differences(comparison, run, name, period)
    if not looked or y is None or not np.isfinite(y).all() or np.ptp(y) == 0:
        return pd.DataFrame(columns=COLUMNS)
    what = {"run": comparison.names[run], "label": comparison.labels[run], "measure": name, "period": period}
    rows = [what | _row(one, one.at(comparison.draw_numbers), y, len(looked)) for one in looked]
    found = pd.DataFrame(rows, columns=COLUMNS)
    order = found["correlation"].abs().sort_values(ascending=False, kind="stable").index
    return found.loc[order].reset_index(drop=True)


def draw_differences(comparison: Comparison, run: Run, name: str, period: str) -> Array | None:
    """Return each draw's difference from baseline, (draws,), means over replicates; None if not recorded."""
    wides = [comparison.draws(one, name) for one in (comparison.baseline, run)]
    if any((period, "all") not in wide.index for wide in wides):
        return None
    before, after = (wide.loc[(period, "all")].to_numpy(dtype=float) for wide in wides)
    return draw_means(after - before, len(comparison.draw_numbers))


def _row(figure: UncertainFigure, x: Array, y: Array, figures: int) -> dict[str, object]:
    """Return one figure's row."""
    from scipy.special import stdtrit

    r, low, high = rank_correlation(x, y, figures)
    middle, height, slope, error = line(x, y)
    ends = np.quantile(x, [1 - TWO_SIDED_95, TWO_SIDED_95])
    at = height + slope * (ends - middle)
    swing = float(at[1] - at[0])
    reach = math.nan
    if x.size > 2:
        quantile = 1 - (1 - TWO_SIDED_95) / max(figures, 1)
        reach = float(stdtrit(x.size - 2, quantile)) * error * float(ends[1] - ends[0])
    return {
        "figure": figure.words, "where": "; ".join(figure.where), "grade": figure.grade,
        "source": figure.source, "unit": figure.unit, "value": figure.value, "low": figure.low,
        "high": figure.high, "draws": x.size,
        "draws_needed": draws_needed(setting("material_correlation"), figures), "correlation": r,
        "correlation_low": low, "correlation_high": high, "at_low": float(at[0]), "at_high": float(at[1]),
        "swing": swing, "swing_low": swing - reach, "swing_high": swing + reach,
        "share_of_variance": adjusted_share(x[None, :], y), "clear": bool(low > 0 or high < 0),
    }  # fmt: skip


def adjusted_share(x: Array, y: Array) -> float:
    """Return the share of a result's variance that straight lines in figures explain, adjusted for chance.

    1 - (1 - R^2) (n - 1) / (n - k - 1), not below nothing; NaN where draws are no more than figures by two.

    Args:
        x: Values of the figures, (figures, draws).
        y: The result, (draws,).
    """
    number, figures = y.size, x.shape[0]
    free = number - figures - 1
    whole = float(((y - y.mean()) ** 2).sum())
    if free < 1 or whole == 0:
        return math.nan
    if figures == 0:
        return 0.0
    centred = (x - x.mean(axis=1, keepdims=True)).T
    scaled = centred / centred.std(axis=0)
    fitted = scaled @ np.linalg.lstsq(scaled, y - y.mean(), rcond=None)[0]
    rest = float(((y - y.mean() - fitted) ** 2).sum())
    return max(0.0, 1 - rest / whole * (number - 1) / free)
