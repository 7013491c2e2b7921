"""The equity-efficiency plane: total gain across, change of the gap upwards, a point for each unit.

A unit is a replicate of a draw. Both are paired differences from baseline, so that points are of the same
residents with the same chance. Right is a better total, up a smaller gap. A share of points in a quadrant is
its probability as far as chance and the drawn figures go; without draws it is of chance alone.

Source: Cookson R, Griffin S, Norheim OF, Culyer AJ (eds), Distributional Cost-Effectiveness Analysis, Oxford
University Press, 2020, chapter 2 (the health equity impact plane).
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from results.measures.registry import measure
from results.statistics import mean_interval, over_replicates
from results.uncertainty.repeated import of_what, share_interval

if TYPE_CHECKING:
    from results.comparison import Comparison
    from results.runs import Run

QUADRANTS = {
    "better_fairer": "Better for all, smaller gap",
    "better_less_fair": "Better for all, larger gap",
    "worse_fairer": "Worse for all, smaller gap",
    "worse_less_fair": "Worse for all, larger gap",
    "no_change": "No change in one or the other",
}
RATIOS = ("relative_gap", "relative_index")
POINTS = ["run", "label", "measure", "period", "quantity", "point", "gain", "narrowing"]
SHARES = ["run", "label", "measure", "period", "quantity", "quadrant", "of", "share", "low", "high"]
MIDDLES = [
    "run", "label", "measure", "period", "quantity", "gain", "gain_low", "gain_high", "narrowing",
    "narrowing_low", "narrowing_high", "correlation",
]  # fmt: skip


def cloud(
    comparison: Comparison, name: str, period: str, quantity: str = "absolute_gap"
) -> tuple[pd.DataFrame, pd.DataFrame, pd.DataFrame]:
    """Return the points of every scenario, the middle of each cloud, and the share in each quadrant.

    Args:
        comparison: The runs.
        name: A measure with a better direction that is recorded by fifth.
        period: The year, or 'all years' of an expectancy.
        quantity: The gap, one of `results.inequality.QUANTITIES`.

    Returns:
        Points with columns `POINTS`; middles with columns `MIDDLES` (means with 95% intervals over
        replicates, and the points' correlation); shares with columns `SHARES`, with 95% intervals for the
        number of points. All empty where the measure has no better direction or no fifths.
    """
    clouds, middles, shares = [], [], []
    draws = len(comparison.draw_numbers)
    for run in comparison.scenarios:
        units = _units(comparison, run, name, period, quantity)
        if units is None:
            continue
        what = {"run": comparison.names[run], "label": comparison.labels[run], "measure": name}
        what |= {"period": period, "quantity": quantity}
        clouds.append(
            pd.DataFrame(
                {"point": range(1, units.shape[1] + 1), "gain": units[0], "narrowing": units[1]}
            ).assign(**what)
        )
        middles.append(what | _middle(units, draws))
        shares += [
            what | {"of": of_what(comparison)} | row for row in quadrant_shares(units[0], units[1], draws)
        ]
    whole = pd.concat(clouds, ignore_index=True)[POINTS] if clouds else pd.DataFrame(columns=POINTS)
    return whole, pd.DataFrame(middles, columns=MIDDLES), pd.DataFrame(shares, columns=SHARES)


def _units(comparison: Comparison, run: Run, name: str, period: str, quantity: str) -> np.ndarray | None:
    """Return gain and narrowing in each unit, (2, units); None where they cannot be told."""
    sign = {"higher": 1.0, "lower": -1.0}.get(measure(name).direction)
    wides = [
        (comparison.draws(one, name), comparison.draws(one, name, "inequality"))
        for one in (comparison.baseline, run)
    ]
    if sign is None or any(part.empty for pair in wides for part in pair):
        return None
    totals = [pair[0].loc[(period, "all")].to_numpy(dtype=float) for pair in wides]
    gaps = [pair[1].loc[(period, quantity)].to_numpy(dtype=float) for pair in wides]
    neutral = 1.0 if quantity in RATIOS else 0.0
    gain = sign * (totals[1] - totals[0])
    narrowing = np.abs(gaps[0] - neutral) - np.abs(gaps[1] - neutral)
    return np.stack([gain, narrowing])


def _middle(units: np.ndarray, draws: int) -> dict[str, float]:
    """Return means with intervals over replicates, and how gain and narrowing go together."""
    mean, low, high, _ = mean_interval(over_replicates(units, draws))
    spread = units.std(axis=1)
    together = np.corrcoef(units)[0, 1] if units.shape[1] > 1 and (spread > 0).all() else np.nan
    found = {"gain": mean[0], "gain_low": low[0], "gain_high": high[0], "narrowing": mean[1]}
    found |= {"narrowing_low": low[1], "narrowing_high": high[1], "correlation": together}
    return {key: float(value) for key, value in found.items()}


def quadrant_shares(gain: np.ndarray, narrowing: np.ndarray, draws: int = 1) -> list[dict[str, object]]:
    """Return the share of points in each quadrant with a 95% interval; they add up to one.

    Where a point cannot be told (NaN) there is no share.

    Args:
        gain: Better total of each point, (points,).
        narrowing: By how much its gap is smaller, (points,).
        draws: How many draws the points are of, in the order of draws, then replicates.
    """
    if not (np.isfinite(gain) & np.isfinite(narrowing)).all():
        return []
    here = {
        "better_fairer": (gain > 0) & (narrowing > 0),
        "better_less_fair": (gain > 0) & (narrowing < 0),
        "worse_fairer": (gain < 0) & (narrowing > 0),
        "worse_less_fair": (gain < 0) & (narrowing < 0),
    }
    here["no_change"] = ~np.logical_or.reduce(list(here.values()))
    rows: list[dict[str, object]] = []
    for quadrant, inside in here.items():
        share, low, high = share_interval(inside, draws)
        rows.append({"quadrant": quadrant, "share": share, "low": low, "high": high})
    return rows
