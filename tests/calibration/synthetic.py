"""Tables of a replicate whose readings can be told by hand."""

from __future__ import annotations

import pandas as pd

MONTHS = [f"2026-{month:02d}" for month in range(4, 13)] + ["2027-01", "2027-02", "2027-03"]
BANDS = (0, 1, *range(5, 95, 5))


def tables(**by_month: float) -> dict[str, pd.DataFrame]:
    """Return tables in which every measure named has this value in every month of a year.

    There are 1,000 people, 40% of them 65 to 74 and the rest 18 to 44; measures divide alike, and site
    `poole` has a quarter of each.
    """
    measures = {"population_start": 1000.0, "population_end": 1000.0, "person_months": 1000.0} | by_month
    shares = {
        ("all", "all"): 1.0,
        ("age_band", "65-74"): 0.4,
        ("age_band", "18-44"): 0.6,
        ("site", "poole"): 0.25,
    }
    rows = [
        (period, dimension, level, name, value * share)
        for period in MONTHS
        for name, value in measures.items()
        for (dimension, level), share in shares.items()
    ]
    return {
        "measures": pd.DataFrame(rows, columns=["period", "dimension", "level", "measure", "value"]),
        "nodes": _nodes(),
        "conditions": _conditions(),
        "mortality": _mortality(),
    }


def _nodes() -> pd.DataFrame:
    values = {"mean_occupied": 8.0, "mean_places": 10.0, "mean_blocked": 2.0}
    rows = [
        (period, f"beds_{site}", name, value)
        for period in MONTHS
        for site in "ab"
        for name, value in values.items()
    ]
    return pd.DataFrame(rows, columns=["period", "node", "measure", "value"])


def _conditions() -> pd.DataFrame:
    rows = [(period, "all", "all", "asthma", "new_cases", 2.0) for period in MONTHS]
    rows += [
        (period, "all", "all", "asthma", "cases", value)
        for period, value in ((MONTHS[0], 50.0), ("2027-04", 60.0))
    ]
    return pd.DataFrame(rows, columns=["period", "dimension", "level", "condition", "measure", "value"])


def _mortality() -> pd.DataFrame:
    """Return one death a year in fifty person-years at every age, two in the most deprived fifth."""
    rows = [
        (0, sex, quintile, first, 100.0, 4.0 if quintile == "1" else 2.0)
        for sex in ("male", "female")
        for quintile in "12345"
        for first in BANDS
    ]
    return pd.DataFrame(rows, columns=["year", "sex", "quintile", "age_from", "person_years", "deaths"])
