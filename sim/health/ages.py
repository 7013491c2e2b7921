"""From tables by age band to arrays by single year of age, and the flows that keep a prevalence as it is."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
import pandas as pd

from sim.population.strata import N_SEXES, OLDEST_AGE, SEXES

FloatArray = npt.NDArray[np.float64]
N_AGES = OLDEST_AGE + 1


def by_sex_and_age(table: pd.DataFrame, default: float = 0.0) -> FloatArray:
    """Spread a table with columns age_from, age_to, value and perhaps sex over sex and age, shape (2, 111).

    A band holds its value throughout; ages in no band take `default`.
    """
    out = np.full((N_SEXES, N_AGES), default)
    sexes = table["sex"] if "sex" in table.columns else ["all"] * len(table)
    for sex, first, last, value in zip(
        sexes, table["age_from"], table["age_to"], table["value"], strict=True
    ):
        out[_sex(sex), int(first) : int(last) + 1] = value
    return out


def smooth_by_age(table: pd.DataFrame) -> FloatArray:
    """As `by_sex_and_age`, linear between the middles of bands: for prevalences whose slopes are used.

    Nobody has the state before the first band, so the line starts from nothing at its first age.
    """
    out = np.zeros((N_SEXES, N_AGES))
    ages = np.arange(N_AGES) + 0.5
    for index, sex in enumerate(SEXES):
        rows = table[table["sex"].isin([sex, "all"])] if "sex" in table.columns else table
        rows = rows.sort_values("age_from")
        last = np.minimum(
            rows["age_to"].to_numpy(), 95
        )  # an open band is centred a decade into it, not at 110
        first = float(rows["age_from"].min())
        middle = np.concatenate([[first], (rows["age_from"].to_numpy() + last + 1) / 2])
        out[index] = np.interp(ages, middle, np.concatenate([[0.0], rows["value"].to_numpy()]), left=0.0)
    return out


def _sex(sex: str) -> slice | int:
    return slice(None) if sex == "all" else SEXES.index(sex)


def net_flow(prevalence: FloatArray) -> FloatArray:
    """Return the net flow into a state per person-year that keeps its prevalence by age, shape (2, 111).

    In a steady state each birth cohort meets the cross-section's prevalence at every age, so the net flow
    is its slope by age. Differences in mortality between states are left out: they are small beside the
    uncertainty of the slope.
    """
    return np.gradient(prevalence, axis=1)


def rate(flow: FloatArray, source: FloatArray, most: float = 2.0) -> FloatArray:
    """Return the hazard per person-year that makes `flow` out of `source`, between 0 and `most`."""
    with np.errstate(divide="ignore", invalid="ignore"):
        found = np.where(source > 0, flow / source, 0.0)
    hazard: FloatArray = np.clip(np.nan_to_num(found), 0.0, most)
    return hazard
