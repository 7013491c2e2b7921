"""What runs spend against what the plans allocate (`allocations.csv`), where the two can be held together."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pandas as pd

from results.comparison import Comparison
from results.economics.accounts import ledger
from results.economics.activities import activities, lengths
from results.economics.paired import WHOLE, every_year, side_by_side, spread
from results.economics.prices import in_price_year
from results.economics.sums import programme_pounds
from results.economics.tables import table
from results.runs import Run
from results.statistics import Array

MILLION = 1e6
NHS = "nhs"
TOTAL, SCHEME, COMMITTED = "icb_total", "early_supported_discharge", "out_of_hospital"
COUNCIL_OF_THE_SCHEME = "bcp"
A_YEAR = "mean of a year"
COLUMNS = [
    "run", "label", "allocation", "words", "period", "allocated", "value", "low", "high", "parameter_low",
    "parameter_high", "percent", "holds",
]  # fmt: skip


@dataclass(frozen=True, kw_only=True)
class Allocation:
    """A sum that a plan allocates, in pounds of the price year, of all its payers."""

    key: str
    words: str
    year: str
    pounds: float
    source: str


def allocations(area: str) -> list[Allocation]:
    """Return what the plans of an area allocate; the parts of several payers added up."""
    found: dict[tuple[str, str], Allocation] = {}
    for row in table("allocations"):
        if row["area"] != area:
            continue
        key = (row["allocation"], row["year"])
        before = found[key].pounds if key in found else 0.0
        found[key] = Allocation(
            key=row["allocation"], words=row["label"], year=row["year"],
            pounds=before + in_price_year(float(row["value"]), row["year"]) * MILLION,
            source=f"{row['source']}, {row['where']}",
        )  # fmt: skip
    return list(found.values())


def against_allocations(comparison: Comparison) -> pd.DataFrame:
    """Return what each run spends against what is allocated, in pounds of the price year.

    Three comparisons: care of the NHS that has a price against the board's planned spend of the same year;
    what programmes cost the NHS in all years against what is committed to care out of hospital; and support
    after hospital in one council, a mean year, against its scheme in the Better Care Fund's plan.

    Returns:
        Columns `COLUMNS`; percent is value as a share of what is allocated; holds says what value covers.
    """
    ways: dict[str, tuple[Callable[[Run], pd.DataFrame], str]] = {
        TOTAL: (_nhs_care, "care that is counted and priced: no medicines, dentistry or running costs"),
        COMMITTED: (_programmes, "what the programmes cost the NHS, all years of the run together"),
        SCHEME: (_after_hospital, "days on pathways 1 to 3 and of reablement at unit prices, one council"),
    }  # fmt: skip
    made: list[dict[str, object]] = []
    area = str(comparison.baseline.manifest["area"])
    for one in allocations(area):
        if one.key not in ways:
            continue
        of, holds = ways[one.key]
        for run in comparison.runs:
            chosen = _period(
                comparison, one, every_year(comparison, side_by_side(comparison, run, of(run), []))
            )
            if chosen is not None:
                period, units = chosen
                found = {name: float(value[0]) for name, value in spread(comparison, units).items()}
                percent = 100 * found["value"] / one.pounds
                made.append(
                    {"run": comparison.names[run], "label": comparison.labels[run], "allocation": one.key,
                     "words": f"{one.words} ({one.year})", "period": period, "allocated": one.pounds,
                     **found, "percent": percent, "holds": holds}
                )  # fmt: skip
    return pd.DataFrame(made, columns=COLUMNS)


def whole_years(comparison: Comparison) -> npt.NDArray[np.bool_]:
    """Return which years of the runs have twelve months."""
    return np.array([length == 1.0 for length in lengths(comparison.baseline).values()])


def _period(comparison: Comparison, one: Allocation, years: Array) -> tuple[str, Array] | None:
    """Return the period of a run that an allocation is held against, and its amounts (1, units)."""
    if one.key == COMMITTED:
        return WHOLE, years.sum(axis=0, keepdims=True)
    whole = whole_years(comparison)
    if one.year in comparison.years:
        place = comparison.years.index(one.year)
        return (one.year, years[place : place + 1]) if whole[place] else None
    if one.key == SCHEME and whole.any():
        return A_YEAR, np.mean(years[whole], axis=0, keepdims=True)
    return None


def _nhs_care(run: Run) -> pd.DataFrame:
    """Return care that the NHS pays for."""
    found = ledger(run)
    return found[found["payer"] == NHS]


def _after_hospital(run: Run) -> pd.DataFrame:
    """Return support after hospital in the council whose plan is in the table."""
    scheme = {name for name, one in activities().items() if one.scheme == SCHEME}
    found = ledger(run)
    return found[found["activity"].isin(scheme) & (found["place"] == COUNCIL_OF_THE_SCHEME)]


def _programmes(run: Run) -> pd.DataFrame:
    """Return what programmes cost the NHS."""
    found = programme_pounds(run)
    return found[found["payer"] == NHS]
