"""Sums of money of one run by payer: what `attribute`, `scenario solve` and the report count alike.

Prices are the central ones of `prices`, in pounds of `PRICE_YEAR`, not discounted. What programmes cost is in
the pounds of their own sources.
"""

from __future__ import annotations

from functools import cache, lru_cache

import pandas as pd

from results.economics.activities import activities, share_of_year, weighted, years_of
from results.economics.tables import payers, table
from results.measures.series import ALL_YEARS, year_labels
from results.runs import Run

COST_PREFIX = "cost_"
PROGRAMME_KINDS = ("programme_cost", "net_cost", "net_cash")
CASH_KINDS = ("care_cash", "net_cash")
PROGRAMME_COST = "programme_cost"


@cache
def kinds() -> tuple[str, ...]:
    """Return the kinds of sums of money, the rows of `sums.csv`."""
    return tuple(row["kind"] for row in table("sums"))


@cache
def names() -> dict[str, tuple[str, str]]:
    """Return kind and payer of every sum of money by its name, such as `net_cost_nhs`."""
    return {f"{kind}_{payer}": (kind, payer) for kind in kinds() for payer in payers()}


@lru_cache(maxsize=256)
def sum_of_money(run: Run, name: str) -> pd.DataFrame:
    """Return one sum of money, such as `care_cash_nhs`, by year and over all years: unit, period, value.

    All years are an average a year. A run without the payer's costs has nought.
    """
    kind, payer = names()[name]
    parts = [_nothing(run)]
    if kind in PROGRAMME_KINDS:
        own = programme_pounds(run)
        parts.append(own.loc[own["payer"] == payer, ["unit", "period", "value"]])
    if kind != PROGRAMME_COST:
        prices = {
            one.name: one.pounds
            for one in activities().values()
            if one.payer == payer and one.in_sums and (one.cash or kind not in CASH_KINDS)
        }
        parts.append(weighted(run, prices))
    yearly = pd.concat([part for part in parts if not part.empty])
    yearly = yearly.groupby(["unit", "period"], sort=False)["value"].sum().reset_index()
    whole = yearly.groupby("unit", sort=False)["value"].sum().reset_index()
    whole = whole.assign(period=ALL_YEARS, value=whole["value"] / share_of_year(run))
    return pd.concat([yearly, whole], ignore_index=True)


def programme_pounds(run: Run) -> pd.DataFrame:
    """Return what each intervention costs each payer by year: unit, programme, payer, period, value."""
    found = programme_rows(run)
    found = found[found["measure"].str.startswith(COST_PREFIX)]
    return found.assign(payer=found["measure"].str.removeprefix(COST_PREFIX))[
        ["unit", "programme", "payer", "period", "value"]
    ]


@lru_cache(maxsize=64)
def programme_rows(run: Run) -> pd.DataFrame:
    """Return the programmes table by year: unit, programme, measure, period, value; empty without one."""
    columns = ["unit", "programme", "measure", "period", "value"]
    table_of = run.optional_table("programmes")
    if table_of is None or table_of.empty:
        return pd.DataFrame(columns=columns).astype({"measure": str})
    yearly = table_of["period"].astype(str).map(years_of(run))
    named = table_of.assign(
        unit=table_of["replicate"], period=yearly, measure=table_of["measure"].astype(str),
        programme=table_of["programme"].astype(str),
    )  # fmt: skip
    return named.groupby(columns[:-1], sort=False, observed=True)["value"].sum().reset_index()


def _nothing(run: Run) -> pd.DataFrame:
    """Return nought for every unit and year, so that a run without costs has rows."""
    rows = [(unit, period, 0.0) for unit in run.replicates for period in year_labels(run)]
    return pd.DataFrame(rows, columns=["unit", "period", "value"])
