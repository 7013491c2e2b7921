"""What change a neighbourhood team could see in its own monthly counts, and by which month.

A count of mean mu varies by phi mu, phi being its overdispersion (1 for a Poisson count). The square root of
a count has a variance of about phi / 4 whatever the mean, so k months before and m months after are told
apart, with the settings' false alarms and power, when

    |sqrt(mu before) - sqrt(mu after)| >= (z_alpha + z_power) sqrt(phi / 4 (1 / k + 1 / m)).

With phi = 1 and k = m = n this is n = 4 / (sqrt(mu1) - sqrt(mu2))^2, the rule for two Poisson means at 5% and
80%. `run_of` gives the other rule, that of the charts that teams are given: so many points in a row on one
side of the mean.

Overdispersion is that of repeat runs of one month, pooled over months and teams, and never less than 1. In a
sample each resident counts for 1 / scale, which multiplies the variance of a count of a given mean by as
much: that is taken out. It holds what the model holds of chance. Weather, coding and boundaries change real
counts beside it, so real monitoring sees less and later than this says.

Sources: van Belle G and Millard SP, STRUTS: Statistical Rules of Thumb, 1998, chapter 2 (two Poisson means);
Bartlett MS, J R Stat Soc Suppl 1936;3:68-78 (square roots); NHS England, Making Data Count (runs).
"""

from __future__ import annotations

import math
from statistics import NormalDist
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt
import pandas as pd

from results.measures.counted import counted, dimensions_of
from results.measures.registry import Measure, measure
from results.measures.series import added, month_labels
from results.statistics import mean_interval, over_replicates
from results.uncertainty.settings import setting

if TYPE_CHECKING:
    from results.comparison import Comparison
    from results.runs import Run

Array = npt.NDArray[np.float64]
NEIGHBOURHOOD = "neighbourhood"
MONTHS_AFTER = (6, 12, 24)
MONTHS_A_YEAR = 12
_NORMAL = NormalDist()
COLUMNS = [
    "neighbourhood", "measure", "a_month", "overdispersion", "fall_6", "fall_12", "fall_24", "run", "label",
    "change", "change_low", "change_high", "change_percent", "clear", "seen_in_month", "seen_by_run",
]  # fmt: skip


def _reach() -> float:
    """Return z of the false alarms, two-sided, plus z of the power."""
    return _NORMAL.inv_cdf(1 - setting("false_alarm") / 2) + _NORMAL.inv_cdf(setting("power"))


def smallest_fall(
    mean: npt.ArrayLike, after: float, before: float | None = None, overdispersion: float = 1.0
) -> Array:
    """Return the smallest fall that can be seen, as a share of the mean; 1 where not even nothing would be.

    Args:
        mean: Mean count of a month before.
        after: Months after.
        before: Months before; the setting where not given.
        overdispersion: Variance over mean of a month's count.
    """
    level = np.sqrt(np.asarray(mean, dtype=np.float64))
    months = setting("months_before") if before is None else before
    least = level - _reach() * math.sqrt(overdispersion / 4 * (1 / months + 1 / after))
    with np.errstate(divide="ignore", invalid="ignore"):
        return np.where(level > 0, 1 - (np.maximum(least, 0.0) / level) ** 2, np.nan)


def first_month_seen(
    before: npt.ArrayLike,
    after: npt.ArrayLike,
    months_before: float | None = None,
    overdispersion: float = 1.0,
) -> float:
    """Return the month, from 1, by which a change is seen in the mean of all months so far; NaN if it is not.

    Args:
        before: What each month would count without the change, (months,).
        after: What it counts with it, (months,).
        months_before: Months of counts before; the setting where not given.
        overdispersion: Variance over mean of a month's count.
    """
    without, along = np.asarray(before, dtype=np.float64), np.asarray(after, dtype=np.float64)
    number = np.arange(1, without.size + 1)
    means = [np.sqrt(np.maximum(np.cumsum(one) / number, 0.0)) for one in (without, along)]
    months = setting("months_before") if months_before is None else months_before
    needed = _reach() * np.sqrt(overdispersion / 4 * (1 / months + 1 / number))
    seen = np.flatnonzero(np.abs(means[0] - means[1]) >= needed)
    return float(seen[0] + 1) if seen.size else math.nan


def run_of(length: int, chances: npt.ArrayLike) -> Array:
    """Return the probability that a run of so many points on one side has been seen by each month, (months,).

    Args:
        length: Points in a row.
        chances: Chance that each month's point lies on that side, (months,); months independent of one
        another.
    """
    share = np.asarray(chances, dtype=np.float64)
    now = np.zeros(length)
    now[0], done = 1.0, 0.0
    seen = np.empty(share.size)
    for month, chance in enumerate(share):
        done += now[-1] * chance
        now = np.append(now.sum() * (1 - chance), now[:-1] * chance)
        seen[month] = done
    return seen


def month_of_run(before: npt.ArrayLike, after: npt.ArrayLike, overdispersion: float = 1.0) -> float:
    """Return the month by which a run on the side of the change has been seen with power; NaN if none.

    The mean of the chart is taken as known. By chance alone, months with a chance of a half on each side have
    a run of seven on a given side within a year in about one series of thirty-seven (`run_of(7, [0.5] *
    12)`).
    """
    without, along = np.asarray(before, dtype=np.float64), np.asarray(after, dtype=np.float64)
    shift = 2 * np.abs(np.sqrt(np.maximum(along, 0)) - np.sqrt(np.maximum(without, 0)))
    chances = np.array([_NORMAL.cdf(one / math.sqrt(overdispersion)) for one in shift])
    seen = np.flatnonzero(run_of(int(setting("run_length")), chances) >= setting("power"))
    return float(seen[0] + 1) if seen.size else math.nan


def overdispersion(counts: npt.ArrayLike, scale: float) -> float:
    """Return variance over mean of a month's count, pooled over months and places, and not less than 1.

    Args:
        counts: Counts at full size, (places and months, replicates).
        scale: Share of residents kept.

    Returns:
        NaN with one replicate, or where nothing is counted.
    """
    table = np.asarray(counts, dtype=np.float64)
    if table.shape[-1] < 2 or not (table.mean(axis=-1) > 0).any():
        return math.nan
    kept = table[table.mean(axis=-1) > 0]
    # A ratio of sums: months of few events then weigh as little as they tell.
    return max(1.0, scale * float(kept.var(axis=-1, ddof=1).sum() / kept.mean(axis=-1).sum()))


def monthly_counts(comparison: Comparison, run: Run, found: Measure) -> pd.DataFrame:
    """Return a count by neighbourhood and month: index (neighbourhood, month), a column for each unit.

    Empty where the measure is no plain count, or is not recorded by neighbourhood.
    """
    if found.kind != "sum" or found.multiplier != 1 or NEIGHBOURHOOD not in dimensions_of(run):
        return pd.DataFrame()
    held = counted(run, NEIGHBOURHOOD, "month", found.numerator)
    kept = [one for one in (held.held(name) for name in found.numerator) if one is not None]
    if not kept:
        return pd.DataFrame()
    counts = added(kept)
    index = pd.MultiIndex.from_product([held.levels, held.periods], names=["level", "period"])
    wide = pd.DataFrame(counts.reshape(len(counts), -1).T, index=index, columns=list(run.replicates))
    own = comparison.own_units(run)
    return wide.dropna(how="all")[own].set_axis(list(comparison.units), axis=1).sort_index()


def detectable(comparison: Comparison, names: tuple[str, ...]) -> pd.DataFrame:
    """Return what each neighbourhood team could see in counts of its own, and by when.

    Args:
        comparison: The runs.
        names: Measures that are plain counts.

    Returns:
        Columns `COLUMNS`: mean of a month of the baseline, overdispersion, the smallest fall to be seen after
        6, 12 and 24 months (% of the mean); for each scenario its mean change a month in the run's last year
        with its 95% interval over replicates, and, where that leaves out nothing, the month of the run by
        which it is seen, by comparison and by a run on the chart (NaN: not within the run, or not clear in
        the model itself). Teams whose counts are not recorded have no rows.
    """
    rows: list[dict[str, object]] = []
    scale = float(comparison.baseline.manifest["scale"])
    for name in names:
        found = measure(name)
        before = monthly_counts(comparison, comparison.baseline, found)
        if before.empty:
            continue
        spread = overdispersion(before.to_numpy(), scale)
        afters = {run: monthly_counts(comparison, run, found) for run in comparison.scenarios}
        for team in before.index.get_level_values(0).unique():
            mine = before.loc[team]
            base = _of_team(name, str(team), mine.mean(axis=1), spread)
            changes = [
                base | _of_change(comparison, run, mine, after.loc[team], spread)
                for run, after in afters.items()
                if not after.empty
            ]
            rows += changes or [base]
    return pd.DataFrame(rows, columns=COLUMNS)


def _of_team(name: str, team: str, mine: pd.Series, spread: float) -> dict[str, object]:
    """Return what a team could see of any change."""
    level = float(mine.mean())
    known = 1.0 if math.isnan(spread) else spread
    falls = {f"fall_{m}": 100 * float(smallest_fall(level, m, overdispersion=known)) for m in MONTHS_AFTER}
    return {"neighbourhood": team, "measure": name, "a_month": level, "overdispersion": spread} | falls


def _of_change(
    comparison: Comparison, run: Run, before: pd.DataFrame, after: pd.DataFrame, spread: float
) -> dict[str, object]:
    """Return what a team would see of a scenario."""
    months = [month for month in month_labels(comparison.baseline) if month in before.index]
    without, along = before.loc[months].to_numpy(), after.reindex(months).to_numpy()
    last = slice(-min(len(months), MONTHS_A_YEAR), None)
    differences = (along - without)[last].mean(axis=0)
    mean, low, high, _ = mean_interval(over_replicates(differences[None, :], len(comparison.draw_numbers)))
    level = float(without[last].mean())
    # With one replicate nothing is known to be clear; what never differs is not seen at all.
    clear = bool(low[0] > 0 or high[0] < 0)
    known = 1.0 if math.isnan(spread) else spread
    series = without.mean(axis=1), along.mean(axis=1)
    return {
        "run": comparison.names[run], "label": comparison.labels[run], "change": float(mean[0]),
        "change_low": float(low[0]), "change_high": float(high[0]),
        "change_percent": 100 * float(mean[0]) / level if level else math.nan, "clear": clear,
        "seen_in_month": first_month_seen(*series, overdispersion=known) if clear else math.nan,
        "seen_by_run": month_of_run(*series, known) if clear else math.nan,
    }  # fmt: skip
