"""Discounting as the Green Book has it: a rate that declines with time, the first year in full.

With r the rate of the year,

    factor(0) = 1,   factor(t) = factor(t - 1) / (1 + r(t)),   present value = sum of amount(t) factor(t).

Source: HM Treasury, The Green Book, annex 6, tables of discount factors; rates in `discounting.csv`.
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from results.economics.tables import table
from results.statistics import Array

COSTS, HEALTH = "costs", "health"


def discount_rate(what: str = COSTS, year: int = 1) -> float:
    """Return the rate of a year from 1, a share a year.

    Args:
        what: costs, or health, which is discounted less.
        year: Which year after the first.
    """
    steps = [row for row in table("discounting") if row["what"] == what and int(row["from_year"]) <= year]
    return float(max(steps, key=lambda row: int(row["from_year"]))["value"]) / 100


def discount_factors(years: int, what: str = COSTS) -> Array:
    """Return the factor of each year; the first is 1."""
    rates = [0.0, *(discount_rate(what, year) for year in range(1, years))][:years]
    return np.cumprod(1.0 / (1.0 + np.array(rates, dtype=np.float64)), dtype=np.float64)


def present_value(amounts: npt.ArrayLike, factors: npt.ArrayLike) -> Array:
    """Return the discounted sum of amounts (years, ...) over years."""
    return np.tensordot(np.asarray(factors, dtype=float), np.asarray(amounts, dtype=float), axes=1)
