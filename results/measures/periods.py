"""The months, years and levels of a run: their labels and their order."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from sim.parameters.errors import InputError

if TYPE_CHECKING:
    from results.runs import Run

MONTHS = 12
APRIL = 4
ALL_YEARS = "all years"


def natural_key(level: str) -> tuple[int, str]:
    """Order levels such as '5-17' and '18-44' by their first number, then by name."""
    number = re.match(r"\d+", level)
    return (int(number.group()) if number else -1, level)


def month_labels(run: Run) -> list[str]:
    """Return the label 'YYYY-MM' of each month of the run."""
    year, month = run.start
    count = round(float(run.manifest["years"]) * MONTHS)
    numbers = range(year * MONTHS + month - 1, year * MONTHS + month - 1 + count)
    return [f"{number // MONTHS}-{number % MONTHS + 1:02d}" for number in numbers]


def year_labels(run: Run) -> list[str]:
    """Return the label of each year of the run: 2026/27 for one that starts in April, else its months."""
    months = month_labels(run)
    firsts = months[::MONTHS]
    return [
        _year_label(first, months[min(index * MONTHS + MONTHS, len(months)) - 1])
        for index, first in enumerate(firsts)
    ]


def _year_label(first: str, last: str) -> str:
    """Name the year between two months."""
    year, month = first.split("-")
    if int(month) == APRIL:
        return f"{year}/{(int(year) + 1) % 100:02d}"
    return year if int(month) == 1 else f"{first} to {last}"


def days_in(months: list[str]) -> np.ndarray:
    """Return the number of days of each month."""
    return pd.PeriodIndex(months, freq="M").days_in_month.to_numpy()


def period_names(run: Run, by: str) -> dict[str, str]:
    """Map each month to its period: itself, its year, or all years."""
    months = month_labels(run)
    if by == "month":
        return {month: month for month in months}
    if by == "year":
        years = year_labels(run)
        return {month: years[index // MONTHS] for index, month in enumerate(months)}
    if by == "all":
        return dict.fromkeys(months, ALL_YEARS)
    raise InputError(file="results.measures.values", key="by", found=by, allowed="month, year, all")
