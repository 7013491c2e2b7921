"""A finished run as one number a measure, year and replicate: what attribution and solving work from.

Beside the measures of the registry there are sums of money (`sums.csv`), of each payer: `net_cost_nhs`,
`care_cash_council` and so on.

Prices are central ones of `sim/parameters/unit_costs.csv`, in the prices of their source, not discounted.
"""

from __future__ import annotations

import csv
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import pandas as pd

from results.measures.registry import measures
from results.measures.series import ALL_YEARS, month_labels, values, year_labels
from results.runs import Run
from sim.parameters.errors import InputError

PAYERS = ("nhs", "council", "self_funder", "carer", "society")
SUMS_TABLE = Path(__file__).with_name("sums.csv")
WORTH = Path(__file__).with_name("worth.csv")
UNIT_COSTS = Path(__file__).resolve().parent.parent / "sim" / "parameters" / "unit_costs.csv"
MONTHS = 12
COST_PREFIX = "cost_"
COLUMNS = ["unit", "measure", "period", "value"]


@dataclass(frozen=True, kw_only=True)
class Price:
    """What a year's care of one kind is worth to a payer: a measure times pounds.

    Attributes:
        measure: A measure of the registry.
        pounds: For one unit of the measure kept up for a year.
        payer: Who pays.
        cash: Whether using less of it saves cash, or frees capacity only.
    """

    measure: str
    pounds: float
    payer: str
    cash: bool


@cache
def sums() -> tuple[str, ...]:
    """Return the kinds of sums of money, the rows of `sums.csv`."""
    with SUMS_TABLE.open(encoding="utf-8", newline="") as file:
        return tuple(row["kind"] for row in csv.DictReader(file))


@cache
def prices() -> tuple[Price, ...]:
    """Return the rows of `worth.csv` with the pounds of the rows that price them."""
    with UNIT_COSTS.open(encoding="utf-8", newline="") as file:
        costs = {f"{row['service']}/{row['measure']}": float(row["value"]) for row in csv.DictReader(file)}
    with WORTH.open(encoding="utf-8", newline="") as file:
        return tuple(
            Price(
                measure=row["measure"],
                pounds=float(row["units_a_year"]) * (costs[row["priced_by"]] if row["priced_by"] else 1.0),
                payer=row["payer"],
                cash=row["releases"] == "cash",
            )
            for row in csv.DictReader(file)
        )


def directions() -> dict[str, str]:
    """Return every name that can be read, with which way is better: lower, higher or neutral."""
    known = {name: found.direction for name, found in measures().items()}
    return known | {f"{kind}_{payer}": "lower" for kind in sums() for payer in PAYERS}


def by_year(folder: Path, names: tuple[str, ...]) -> pd.DataFrame:
    """Return measures of a run by year, and over all years.

    Args:
        folder: The run's.
        names: Measures of the registry, or sums of money.

    Returns:
        Columns unit (draw x 100,000 + replicate), measure, period ('2029/30', or 'all years': there totals
        are averages a year), value. An expectancy has all years alone.

    Raises:
        InputError: When a name is unknown.
    """
    run = Run(folder)
    known = directions()
    parts = []
    for name in names:
        if name not in known:
            raise InputError(
                file=folder, key="measure", found=name, allowed="a measure of results", names=known
            )
        parts.append(_read(run, name).assign(measure=name))
    return pd.concat(parts, ignore_index=True)[COLUMNS]


def money_of(run: Run, name: str) -> pd.DataFrame:
    """Return one sum of money, such as `care_cash_nhs`, by year and over all years: unit, period, value."""
    return _read(run, name)


def programme_pounds(run: Run) -> pd.DataFrame:
    """Return what each intervention costs each payer by year: unit, programme, payer, period, value."""
    columns = ["unit", "programme", "payer", "period", "value"]
    table = run.optional_table("programmes")
    if table is None or table.empty:
        return pd.DataFrame(columns=columns)
    rows = table[table["measure"].astype(str).str.startswith(COST_PREFIX)]
    payer = rows["measure"].astype(str).str.removeprefix(COST_PREFIX)
    named = rows.assign(unit=rows["replicate"], payer=payer, period=_years_of(run, rows))
    return named.groupby(columns[:-1], sort=False)["value"].sum().reset_index()


def _years_of(run: Run, rows: pd.DataFrame) -> pd.Series:
    """Return the year label of each row's month."""
    years = year_labels(run)
    year_of = {month: years[number // MONTHS] for number, month in enumerate(month_labels(run))}
    return rows["period"].astype(str).map(year_of)


def _read(run: Run, name: str) -> pd.DataFrame:
    """Return one measure or sum of money: unit, period, value."""
    kind, payer = _sum_of(name)
    if not kind:
        return _measure(run, name)
    parts = []
    if kind in {"programme_cost", "net_cost", "net_cash"}:
        parts.append(_programmes(run, payer))
    if kind != "programme_cost":
        chosen = [
            price
            for price in prices()
            if price.payer == payer and (price.cash or kind in {"care_cost", "net_cost"})
        ]
        for price in chosen:
            found = _measure(run, price.measure)
            parts.append(found.assign(value=found["value"] * price.pounds))
        parts.append(_nothing(run))
    return pd.concat(parts).groupby(["unit", "period"], sort=False)["value"].sum().reset_index()


def _sum_of(name: str) -> tuple[str, str]:
    """Return kind and payer of a sum of money, or two empty words."""
    for kind in sums():
        if name.startswith(f"{kind}_") and name[len(kind) + 1 :] in PAYERS:
            return kind, name[len(kind) + 1 :]
    return "", ""


def _measure(run: Run, name: str) -> pd.DataFrame:
    """Return a measure of the registry by year and over all years."""
    parts = [values(run, name, "all", "all")]
    if not measures()[name].is_expectancy:
        parts.insert(0, values(run, name, "all", "year"))
    found = pd.concat(parts, ignore_index=True).rename(columns={"replicate": "unit"})
    return found[["unit", "period", "value"]]


def _nothing(run: Run) -> pd.DataFrame:
    """Return nought for every unit and period, so that a run without costs has rows."""
    rows = [(unit, period, 0.0) for unit in run.replicates for period in (*year_labels(run), ALL_YEARS)]
    return pd.DataFrame(rows, columns=["unit", "period", "value"])


def _programmes(run: Run, payer: str) -> pd.DataFrame:
    """Return what the interventions cost a payer: a year's pounds, and the average a year over the run."""
    nothing = _nothing(run)
    table = run.optional_table("programmes")
    if table is None or table.empty:
        return nothing
    rows = table[table["measure"].astype(str) == f"{COST_PREFIX}{payer}"]
    each = rows.assign(unit=rows["replicate"], period=_years_of(run, rows))
    whole = each.assign(period=ALL_YEARS, value=each["value"] * (MONTHS / len(month_labels(run))))
    stacked = pd.concat([each, whole, nothing])
    return stacked.groupby(["unit", "period"], sort=False)["value"].sum().reset_index()
