"""Pounds of care by who gives it, who pays and what it is: levels, and paired differences from baseline.

Every pound of care is a row of one ledger (activity x provider x place x payer), so that sums over providers,
payers, settings and activities are the same sum. Full cost, marginal cost and cash are kept apart: what an
activity costs on average, what one more or fewer changes, and what is really paid or not paid. What
programmes cost is in `money`.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import lru_cache

import numpy as np
import numpy.typing as npt
import pandas as pd

from results.comparison import Comparison
from results.economics.activities import Activity, activities, quantities
from results.economics.discounting import discount_factors
from results.economics.paired import changes, levels
from results.measures.registry import measures
from results.runs import Run

KEYS = ("activity", "setting", "provider", "place", "payer")
FULL, MARGINAL, CASH = "full cost", "marginal cost", "cash"


def _full(one: Activity) -> float:
    return one.pounds


def _marginal(one: Activity) -> float:
    return one.pounds * one.marginal.value


def _cash(one: Activity) -> float:
    return one.pounds if one.cash else 0.0


def _low(one: Activity) -> float:
    return one.full.low if one.full else 0.0


def _high(one: Activity) -> float:
    return one.full.high if one.full else 0.0


WEIGHTS: dict[str, Callable[[Activity], float]] = {
    FULL: _full, MARGINAL: _marginal, CASH: _cash, "at low prices": _low, "at high prices": _high,
}  # fmt: skip


@lru_cache(maxsize=64)
def ledger(run: Run, valued: str = FULL) -> pd.DataFrame:
    """Return a run's care in pounds of the price year by year.

    Args:
        run: The run.
        valued: A key of `WEIGHTS`.

    Returns:
        Columns unit, the `KEYS`, period, value. Activities without a price are left out.
    """
    found, codes, names = _priced(run)
    pounds = np.array([WEIGHTS[valued](activities()[name]) for name in names])
    return found.assign(value=found["value"].to_numpy(dtype=float) * pounds[codes])


@lru_cache(maxsize=64)
def _priced(run: Run) -> tuple[pd.DataFrame, npt.NDArray[np.intp], list[str]]:
    """Return how much of each activity that has a price a run holds, with whose it is; which, of which."""
    known = activities()
    found = quantities(run)
    found = found[found["activity"].isin([name for name, one in known.items() if one.full is not None])]
    named = found["activity"].map
    found = found.assign(
        setting=named({name: one.setting for name, one in known.items()}),
        payer=named({name: one.payer for name, one in known.items()}),
    )
    codes, names = pd.factorize(found["activity"])
    return found, codes, list(names)


def activity_and_cost(comparison: Comparison) -> pd.DataFrame:
    """Return how much of each activity each provider gives in each run, and what that costs at full cost.

    Income stands for cost: a provider is taken to be paid the full cost of what it does.

    Returns:
        Columns run, label, activity, provider, place, period, value (in the activity's unit) with its spread,
        pounds.
    """
    keys = ["activity", "provider", "place"]
    found = levels(comparison, quantities, keys)
    prices = {name: one.pounds for name, one in activities().items()}
    return found.assign(pounds=found["value"] * found["activity"].map(prices))


def accounts(comparison: Comparison, *keys: str) -> pd.DataFrame:
    """Return pounds of care of every scenario against the baseline.

    Args:
        comparison: Runs and their baseline.
        keys: By which of `KEYS`, such as 'provider', 'place'; the sums over rows agree whichever are taken.

    Returns:
        Columns of `paired.changes` at full cost, and of the difference marginal, cash, at_low_prices and
        at_high_prices (all prices at that end of their ranges together); readable is False where an activity
        in it is an accident of the sample.
    """
    found = _changes(comparison, FULL, keys)
    index = ["run", *keys, "period"]
    for valued in (MARGINAL, CASH, "at low prices", "at high prices"):
        other = _changes(comparison, valued, keys)
        name = valued.split(" cost")[0].replace(" ", "_")
        found = found.merge(other[[*index, "difference"]].rename(columns={"difference": name}), on=index)
    return found.assign(
        readable=[
            readable(comparison, dict(zip(keys, row, strict=True)))
            for row in found[list(keys)].itertuples(index=False, name=None)
        ]
    )


def _changes(comparison: Comparison, valued: str, keys: tuple[str, ...]) -> pd.DataFrame:
    """Return pounds valued in one way, every scenario against the baseline."""

    def of(run: Run) -> pd.DataFrame:
        return ledger(run, valued)

    return changes(comparison, of, keys, discount_factors(len(comparison.years)))


def readable(comparison: Comparison, of: dict[str, str]) -> bool:
    """Tell whether no activity with these keys is an accident of the sample."""
    bad = unreadable_activities(comparison)
    if not bad:
        return True
    rows = ledger(comparison.baseline)
    for key, value in of.items():
        rows = rows[rows[key] == value]
    return not bad & set(rows["activity"])


def unreadable_activities(comparison: Comparison) -> set[str]:
    """Return the activities whose counts a sample of residents may not show; occupancy of places it may."""
    counts = {part for name in comparison.unreadable for part in measures()[name].numerator}
    return {one.name for one in activities().values() if _terms(one.counts) & counts}


def _terms(counts: str) -> set[str]:
    """Return the recorded measures that an activity counts."""
    return set(counts.replace("-", "+").split("+"))
