"""On what a conclusion rests: weakest grade, where it turns, what is due to weak figures, what settles it.

A conclusion is the direction of a difference from baseline, or that it is large enough to matter. It turns at
the value of a figure where the straight line of `results.uncertainty.tornado` meets nothing, or the decision
threshold. The value is the ratio of two uncertain numbers, so its interval is Fieller's: the values v at
which the line's height h(v) is not further from the level sought than its own error,

    (h(v) - level)^2 = t^2 (s^2 / n + error^2 (v - mean)^2),

which holds nothing finite where the slope itself is not clear: then no value is given. A value outside the
range in which the figure was drawn is named as that: the line is not known there.

Source: Fieller EC, J R Stat Soc B 1954;16:175-185; DESIGN section 15, rule 13.
"""

from __future__ import annotations

import csv
import math
from dataclasses import dataclass
from fnmatch import fnmatch
from functools import cache
from pathlib import Path
from statistics import NormalDist
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from results.statistics import TWO_SIDED_95, Array, components
from results.thresholds import threshold
from results.uncertainty.figures import WEAK, UncertainFigure, figures_of, varied, weakest
from results.uncertainty.tornado import LEAST_DRAWS, adjusted_share, draw_differences, line, tornado
from sim.parameters.errors import InputError

if TYPE_CHECKING:
    from results.comparison import Comparison
    from results.runs import Run

SETTLING = Path(__file__).with_name("settling.csv")
PRICE = "/costs/"
INSIDE, OUTSIDE, UNCLEAR = "inside its range", "outside its range", "not clear"
TURN_COLUMNS = [
    "run", "label", "measure", "period", "conclusion", "figure", "grade", "value", "unit", "low", "high",
    "turns_at", "turns_low", "turns_high", "state",
]  # fmt: skip
REST_COLUMNS = [
    "run", "label", "measure", "period", "difference", "weakest_grade", "material", "weak_share",
    "weak_share_low", "weak_share_high", "weak_figures", "figures", "draws", "settled_by", "why",
]  # fmt: skip


@dataclass(frozen=True, kw_only=True)
class Turn:
    """Where a line meets a level."""

    at: float
    low: float
    high: float
    """NaN where the slope is not clear."""


def turning_point(x: Array, y: Array, level: float, comparisons: int = 1) -> Turn:
    """Return the value of a figure at which a straight line through the draws meets a level.

    Args:
        x: The figure's values, (draws,).
        y: The result, (draws,).
        level: What is sought.
        comparisons: How many figures are looked at: the interval holds for all together at 95%.
    """
    from scipy.special import stdtrit

    middle, height, slope, error = line(x, y)
    unknown = Turn(at=math.nan, low=math.nan, high=math.nan)
    if x.size < 3 or slope == 0:
        return unknown
    t = float(stdtrit(x.size - 2, 1 - (1 - TWO_SIDED_95) / max(comparisons, 1)))
    # Fieller's equation in u = v - mean: (slope^2 - t^2 error^2) u^2 + 2 slope d u + d^2 - t^2 s^2 / n = 0.
    rest = y - height - slope * (x - middle)
    of_height = float((rest**2).sum()) / (x.size - 2) / x.size
    a, d = slope**2 - t**2 * error**2, height - level
    if a <= 0:
        return unknown
    inner = max((slope * d) ** 2 - a * (d**2 - t**2 * of_height), 0.0)
    ends = sorted((-slope * d + sign * math.sqrt(inner)) / a for sign in (-1, 1))
    return Turn(at=middle - d / slope, low=middle + ends[0], high=middle + ends[1])


def turns(comparison: Comparison, run: Run, name: str, period: str) -> pd.DataFrame:
    """Return where each figure turns the conclusion on a measure: its direction, and whether it matters.

    Returns:
        Columns `TURN_COLUMNS`; `state` says whether the value lies inside the range drawn, outside, or the
        slope is not clear. Empty without draws.
    """
    y = draw_differences(comparison, run, name, period)
    looked = varied(comparison, run)
    if y is None or not looked or not np.isfinite(y).all() or np.ptp(y) == 0:
        return pd.DataFrame(columns=TURN_COLUMNS)
    base = float(comparison.draws(comparison.baseline, name).loc[(period, "all")].mean())
    size = float(threshold(name).size(base)) * (1 if y.mean() >= 0 else -1)
    what = {"run": comparison.names[run], "label": comparison.labels[run], "measure": name, "period": period}
    rows = []
    for conclusion, level in (("direction", 0.0), ("large enough to matter", size)):
        for one in looked:
            x = one.at(comparison.draw_numbers)
            turn = turning_point(x, y, level, len(looked))
            inside = float(x.min()) <= turn.at <= float(x.max())
            state = UNCLEAR if math.isnan(turn.at) else INSIDE if inside else OUTSIDE
            rows.append(
                what | _figure_of(one)
                | {"conclusion": conclusion, "turns_at": turn.at, "turns_low": turn.low,
                   "turns_high": turn.high, "state": state}
            )  # fmt: skip
    return pd.DataFrame(rows, columns=TURN_COLUMNS)


def _figure_of(one: UncertainFigure) -> dict[str, object]:
    """Return what a figure is called and stated at."""
    return {"figure": one.words, "grade": one.grade, "value": one.value, "unit": one.unit, "low": one.low} | {
        "high": one.high
    }


def weak_share(comparison: Comparison, run: Run, name: str, period: str) -> tuple[float, float, float]:
    """Return the share of the parameters' variance that is due to figures graded C, with a 95% interval.

    What straight lines in those figures explain of the variance over draws (adjusted R^2), over what of it is
    not chance. The interval is Olkin and Finn's for R^2, carried over; NaN where draws are too few.

    Source: Olkin I and Finn JD, Psychological Bulletin 1995;118:155-164.
    """
    y = draw_differences(comparison, run, name, period)
    looked = [one for one in varied(comparison, run) if one.grade == WEAK]
    unknown = (math.nan, math.nan, math.nan)
    if y is None or not varied(comparison, run) or not np.isfinite(y).all() or np.ptp(y) == 0:
        return unknown
    x = np.array([one.at(comparison.draw_numbers) for one in looked]).reshape(len(looked), y.size)
    share = adjusted_share(x, y)
    if math.isnan(share):
        return unknown
    wides = [comparison.draws(one, name).loc[(period, "all")] for one in (comparison.baseline, run)]
    units = wides[1].to_numpy(dtype=float) - wides[0].to_numpy(dtype=float)
    parameters = float(components(units, y.size).parameters)
    kept = parameters / float(y.var(ddof=1))
    if kept <= 0:
        return unknown
    number, figures = y.size, len(looked)
    error = math.sqrt(
        4 * share * (1 - share) ** 2 * (number - figures - 1) ** 2 / ((number**2 - 1) * (number + 3))
    )
    reach = NormalDist().inv_cdf(TWO_SIDED_95) * error
    found, low, high = (min(1.0, max(0.0, one / kept)) for one in (share, share - reach, share + reach))
    return found, low, high


@cache
def settling() -> tuple[dict[str, str], ...]:
    """Return the rows of `settling.csv`: for figures by pattern, the data set that would settle them.

    Raises:
        InputError: A row says no data set or no owner.
    """
    with SETTLING.open(encoding="utf-8", newline="") as file:
        rows = tuple(csv.DictReader(file))
    for row in rows:
        if not row["data_set"] or not row["owner"]:
            raise InputError(file=SETTLING, key=row["figure"], found="nothing", allowed="data set and owner")
    return rows


def settled_by(figure: UncertainFigure) -> str:
    """Return the local data set that would settle a figure: that of the first pattern that it fits."""
    for row in settling():
        if any(fnmatch(place, row["figure"]) for place in (*figure.where, figure.name)):
            return row["data_set"]
    return ""


def rests_on(comparison: Comparison, run: Run, name: str, period: str) -> pd.DataFrame:
    """Return on what a scenario's conclusion about a measure rests: one row of columns `REST_COLUMNS`.

    The weakest grade is that of the figures that clearly matter; where draws are too few to tell which do, of
    all uncertain figures of the scenario, and `material` says so. Empty where the scenario's figures are not
    known.
    """
    known = figures_of(run)
    if not known:
        return pd.DataFrame(columns=REST_COLUMNS)
    looked = tornado(comparison, run, name, period)
    clear = list(looked.loc[looked["clear"].astype(bool), "where"]) if len(looked) else []
    material = [one for one in known if "; ".join(one.where) in clear] or list(known)
    grade = weakest([one.grade for one in material])
    first = next((one for one in _in_order(material, looked) if one.grade == grade), material[0])
    share, low, high = weak_share(comparison, run, name, period)
    y = draw_differences(comparison, run, name, period)
    row = {
        "run": comparison.names[run], "label": comparison.labels[run], "measure": name, "period": period,
        "difference": math.nan if y is None else float(y.mean()), "weakest_grade": grade,
        "material": "figures that clearly matter" if clear else "all uncertain figures",
        "weak_share": share, "weak_share_low": low, "weak_share_high": high,
        "weak_figures": sum(one.grade == WEAK for one in known), "figures": len(known),
        "draws": len(comparison.draw_numbers) if comparison.drawn else 0,
        "settled_by": settled_by(first), "why": first.words,
    }  # fmt: skip
    return pd.DataFrame([row], columns=REST_COLUMNS)


def _in_order(material: list[UncertainFigure], looked: pd.DataFrame) -> list[UncertainFigure]:
    """Return figures, those that matter most first; where that is not known, what is paid comes last.

    A price moves no activity, and with few draws anything looks related to anything.
    """
    known = len(looked) > 0 and int(looked["draws"].iloc[0]) >= LEAST_DRAWS
    places = {where: place for place, where in enumerate(looked["where"])} if known else {}

    def key(one: UncertainFigure) -> tuple[bool, int]:
        price = all(PRICE in place for place in one.where)
        return price and not known, places.get("; ".join(one.where), len(places))

    return sorted(material, key=key)


__all__ = ["Turn", "rests_on", "settled_by", "settling", "turning_point", "turns", "weak_share"]
