"""Money of a comparison: what programmes cost beside what care they free, by payer, year and in all.

Three kinds, never added to one another: what the programmes cost; cash released, by using less of what is
bought by the unit; and capacity freed, the worth at full unit prices of staff and beds that are paid for
either way (`activities.csv` says which is which). Each is a paired difference from the baseline, replicate by
replicate. Sums over the run are given as they are, and discounted (`discounting`).
"""

from __future__ import annotations

from functools import lru_cache

import pandas as pd

from results.comparison import Comparison
from results.economics.accounts import unreadable_activities
from results.economics.activities import activities
from results.economics.discounting import discount_factors
from results.economics.paired import SPREAD, every_year, side_by_side, spread, with_sums
from results.economics.sums import programme_pounds, sum_of_money
from results.economics.tables import payers
from results.runs import Run
from results.statistics import Array

COST, CASH, CAPACITY = "programme cost", "cash released", "capacity freed"
KINDS = (COST, CASH, CAPACITY)
COLUMNS = ["run", "label", "kind", "payer", "period", "value", *SPREAD, "readable"]
PROGRAMME_COLUMNS = ["run", "label", "programme", "payer", "period", "value", *SPREAD]


def has_costs(run: Run) -> bool:
    """Whether a run recorded what its programmes cost."""
    return run.optional_table("programmes") is not None


def money(comparison: Comparison) -> pd.DataFrame:
    """Return pounds of every kind, payer and period for each scenario, more than the baseline's.

    Returns:
        Columns `COLUMNS`. A cost is positive where the scenario costs more; cash released and capacity freed
        are positive where less care is used. `readable` is False where an activity that is priced is an
        accident of the sample. Payers of whom nothing is known to change are left out.
    """
    rows: list[dict[str, object]] = []
    for run in comparison.scenarios:
        for payer in payers():
            for kind, change in more_than_before(comparison, run, payer).items():
                if change.any():
                    named = {"run": comparison.names[run], "label": comparison.labels[run], "kind": kind}
                    known = {"payer": payer, "readable": _readable(comparison, kind, payer)}
                    rows += [named | known | row for row in _periods(comparison, change)]
    return pd.DataFrame(rows, columns=COLUMNS)


@lru_cache(maxsize=64)
def more_than_before(comparison: Comparison, run: Run, payer: str) -> dict[str, Array]:
    """Return pounds (years, units) of each kind that a payer pays more, or frees, in a scenario.

    A cost is positive where it costs more; cash and capacity are positive where care is not used.
    """
    before, after = (_of_payer(comparison, one, payer) for one in (comparison.baseline, run))
    return {
        COST: after["programme_cost"] - before["programme_cost"],
        CASH: before["care_cash"] - after["care_cash"],
        CAPACITY: (before["care_cost"] - before["care_cash"]) - (after["care_cost"] - after["care_cash"]),
    }


def _of_payer(comparison: Comparison, run: Run, payer: str) -> dict[str, Array]:
    """Return a run's sums of money (years, units) of one payer."""
    kinds = ("programme_cost", "care_cash", "care_cost")
    return {
        kind: every_year(comparison, side_by_side(comparison, run, sum_of_money(run, f"{kind}_{payer}"), []))
        for kind in kinds
    }


def programmes(comparison: Comparison) -> pd.DataFrame:
    """Return what each intervention of each scenario costs each payer, by period; columns as named above."""
    rows: list[dict[str, object]] = []
    for run in comparison.scenarios:
        pounds = programme_pounds(run)
        for (programme, payer), part in pounds.groupby(["programme", "payer"], sort=False):
            units = every_year(comparison, side_by_side(comparison, run, part, []))
            if units.any():
                named = {"run": comparison.names[run], "label": comparison.labels[run]}
                known = {"programme": str(programme), "payer": str(payer)}
                rows += [named | known | row for row in _periods(comparison, units)]
    return pd.DataFrame(rows, columns=PROGRAMME_COLUMNS)


def total_cost(comparison: Comparison) -> pd.DataFrame:
    """Return what a scenario's programmes cost all payers: run, label, period, value and its spread."""
    rows: list[dict[str, object]] = []
    for run in comparison.scenarios:
        pounds = side_by_side(comparison, run, programme_pounds(run), [])
        named = {"run": comparison.names[run], "label": comparison.labels[run]}
        rows += [named | row for row in _periods(comparison, every_year(comparison, pounds))]
    return pd.DataFrame(rows, columns=["run", "label", "period", "value", *SPREAD])


def _periods(comparison: Comparison, units: Array) -> list[dict[str, object]]:
    """Return each year, the whole run and the whole run discounted, means with their spread."""
    periods, every = with_sums(comparison, units, discount_factors(len(units)))
    found = spread(comparison, every)
    return [
        {"period": period} | {name: float(values[place]) for name, values in found.items()}
        for place, period in enumerate(periods)
    ]


def _readable(comparison: Comparison, kind: str, payer: str) -> bool:
    """Tell whether all activities priced for a kind and payer may be read at the scale of the runs."""
    priced = {
        one.name
        for one in activities().values()
        if one.in_sums and one.payer == payer and one.cash == (kind == CASH)
    }
    return kind == COST or not priced & unreadable_activities(comparison)
