"""What one unit of an activity costs: full and marginal apart, in pounds of one price year.

The full cost is an average that holds staff, buildings and overheads; the marginal cost is what changes with
one unit more or fewer within a year (`marginal_shares.csv`). Prices of other years are brought to
`PRICE_YEAR` by the GDP deflator (`price_index.csv`), as the Green Book asks for real terms:

    pounds of PRICE_YEAR = pounds x index(PRICE_YEAR) / index(price year).
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache

from results.economics.tables import EVIDENCE_PRICES, rows, table
from sim.parameters.errors import InputError

PRICE_YEAR = "2024/25"


@dataclass(frozen=True, kw_only=True)
class Quantity:
    """A figure with its range and where it is from.

    Attributes:
        value: The central figure.
        low: Lower end of its range.
        high: Upper end.
        year: The price year as its source states it; empty where it is not money.
        source: Where it was read, recalled or how assumed.
        grade: A read, B recalled, C derived or assumed.
    """

    value: float
    low: float
    high: float
    year: str = ""
    source: str = ""
    grade: str = ""

    def times(self, factor: float) -> Quantity:
        """Return the figure and its range multiplied."""
        ends = (self.low * factor, self.high * factor)
        return Quantity(
            value=self.value * factor, low=ends[0], high=ends[1], year=self.year, source=self.source,
            grade=self.grade,
        )  # fmt: skip


def quantity(row: dict[str, str]) -> Quantity:
    """Return the figure that a table's row holds."""
    return Quantity(
        value=float(row["value"]), low=float(row["low"]), high=float(row["high"]),
        year=row.get("year", ""), source=row["source"], grade=row["grade"],
    )  # fmt: skip


@cache
def price_index() -> dict[str, float]:
    """Return the level of prices of each year that a source may state; `PRICE_YEAR` is 100."""
    return {row["year"]: float(row["value"]) for row in table("price_index")}


def in_price_year(pounds: float, year: str) -> float:
    """Return pounds of a year in those of `PRICE_YEAR`.

    Raises:
        InputError: The table of deflators has no such year.
    """
    index = price_index()
    if year not in index:
        raise InputError(
            file="results/economics/price_index.csv", key="year", found=year, allowed=", ".join(index),
            names=index,
        )  # fmt: skip
    return pounds * index[PRICE_YEAR] / index[year]


@cache
def unit_costs() -> dict[str, Quantity]:
    """Return each unit cost in pounds of `PRICE_YEAR` by 'service/measure'; its first row counts."""
    found: dict[str, Quantity] = {}
    for row in (*table("unit_costs"), *rows(EVIDENCE_PRICES)):
        stated = quantity(row)
        if row["year"] in price_index():
            found.setdefault(
                f"{row['service']}/{row['measure']}", stated.times(in_price_year(1.0, stated.year))
            )
    return found


@cache
def marginal_shares() -> dict[str, Quantity]:
    """Return the share of the full cost that one unit more or fewer changes, by setting."""
    return {row["setting"]: quantity(row) for row in table("marginal_shares")}
