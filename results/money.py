"""Money of a comparison: what programmes cost beside what care they free, by payer, year and in all.

Three kinds, never added to one another: what the programmes cost; cash released, by using less of what is
bought by the unit; and capacity freed, the worth at unit prices of staff and beds that are paid for either
way (`worth.csv` says which price is which). Each is a paired difference from the baseline, replicate by
replicate. Sums over the run are given as they are, and discounted at the rate of `discounting.csv`,

    sum over years t = 0, 1, ... of pounds(t) / (1 + rate)^t.
"""

from __future__ import annotations

import csv
from functools import cache
from pathlib import Path

import numpy as np
import pandas as pd

from results.annual import PAYERS, money_of, prices, programme_pounds
from results.comparison import Comparison
from results.runs import Run
from results.statistics import Array, mean_interval, over_replicates

DISCOUNTING = Path(__file__).with_name("discounting.csv")
COST, CASH, CAPACITY = "programme cost", "cash released", "capacity freed"
KINDS = (COST, CASH, CAPACITY)
WHOLE, DISCOUNTED = "whole run", "whole run, discounted"
COLUMNS = ["run", "label", "kind", "payer", "period", "value", "low", "high", "readable"]
PROGRAMME_COLUMNS = ["run", "label", "programme", "payer", "period", "value", "low", "high"]


@cache
def discount_rate() -> float:
    """Return the rate at which costs are discounted, a share a year."""
    with DISCOUNTING.open(encoding="utf-8", newline="") as file:
        rate = next(row for row in csv.DictReader(file) if row["what"] == "costs")
    return float(rate["value"]) / 100


def has_costs(run: Run) -> bool:
    """Whether a run recorded what its programmes cost."""
    return run.optional_table("programmes") is not None


def money(comparison: Comparison) -> pd.DataFrame:
    """Return pounds of every kind, payer and period for each scenario, more than the baseline's.

    Returns:
        Columns `COLUMNS`, in pounds of the prices' own years. A cost is positive where the scenario costs
        more; cash released and capacity freed are positive where less care is used. `readable` is False where
        a measure that is priced is an accident of the sample. Payers of whom nothing is known to change are
        left out.
    """
    rows: list[dict[str, object]] = []
    before = {
        (kind, payer): _of(comparison, comparison.baseline, kind, payer) for kind in KINDS for payer in PAYERS
    }
    for run in comparison.scenarios:
        for payer in PAYERS:
            for kind in KINDS:
                more = _of(comparison, run, kind, payer) - before[kind, payer]
                change = more if kind == COST else -more
                if change.any():
                    named = {"run": comparison.names[run], "label": comparison.labels[run], "kind": kind}
                    known = {"payer": payer, "readable": _readable(comparison, kind, payer)}
                    rows += [named | known | row for row in _periods(comparison, change)]
    return pd.DataFrame(rows, columns=COLUMNS)


def programmes(comparison: Comparison) -> pd.DataFrame:
    """Return what each intervention of each scenario costs each payer, by period; columns as named above."""
    rows: list[dict[str, object]] = []
    for run in comparison.scenarios:
        pounds = programme_pounds(run)
        for (programme, payer), part in pounds.groupby(["programme", "payer"], sort=False):
            units = _units(comparison, run, part)
            if units.any():
                named = {"run": comparison.names[run], "label": comparison.labels[run]}
                known = {"programme": str(programme), "payer": str(payer)}
                rows += [named | known | row for row in _periods(comparison, units)]
    return pd.DataFrame(rows, columns=PROGRAMME_COLUMNS)


def _of(comparison: Comparison, run: Run, kind: str, payer: str) -> Array:
    """Return pounds of one kind for a payer, (years, draws x replicates)."""
    if kind == COST:
        return _units(comparison, run, money_of(run, f"programme_cost_{payer}"))
    cash = _units(comparison, run, money_of(run, f"care_cash_{payer}"))
    if kind == CASH:
        return cash
    return _units(comparison, run, money_of(run, f"care_cost_{payer}")) - cash


def _units(comparison: Comparison, run: Run, tidy: pd.DataFrame) -> Array:
    """Return a year a row and a unit a column from unit, period, value; nought where nothing is recorded."""
    wide = tidy.pivot_table(index="period", columns="unit", values="value", aggfunc="sum")
    wide = wide.reindex(index=comparison.years, columns=comparison.own_units(run), fill_value=0.0)
    return wide.fillna(0.0).to_numpy(dtype=float)


def _periods(comparison: Comparison, units: Array) -> list[dict[str, object]]:
    """Return each year, the whole run and the whole run discounted, means with their intervals."""
    weights = (1.0 + discount_rate()) ** -np.arange(len(units))
    whole = np.vstack([units, units.sum(axis=0), weights @ units])
    mean, low, high, _ = mean_interval(over_replicates(whole, len(comparison.draw_numbers)))
    periods = [*comparison.years, WHOLE, DISCOUNTED]
    return [
        {"period": period, "value": mean[place], "low": low[place], "high": high[place]}
        for place, period in enumerate(periods)
    ]


def _readable(comparison: Comparison, kind: str, payer: str) -> bool:
    """Tell whether all measures priced for a kind and payer may be read at the scale of the runs."""
    priced = {price.measure for price in prices() if price.payer == payer and price.cash == (kind == CASH)}
    return kind == COST or not priced & comparison.unreadable
