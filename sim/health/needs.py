"""Rates of need: how often each kind of need arises, for whom, in which month.

A rate is the published one for sex and age, times ratios for quintile, frailty and the person's own
propensity, each divided by its mean over the residents of that sex and age band at the start, so that the
published totals hold. Ratios by multimorbidity segment overlap with those by frailty and are not used
(evidence README: one family per rate).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pandas as pd
from scipy.special import ndtr, ndtri

from sim.health.columns import FRAILTY, USE_PROPENSITY
from sim.parameters.national import National
from sim.population.residents import Residents
from sim.population.strata import AGE_BANDS, N_AGE_BANDS, N_QUINTILES, N_SEXES, SEXES, age_band_of_year

FloatArray = npt.NDArray[np.float64]
N_FRAILTY = len(FRAILTY)
N_PROPENSITY = len(USE_PROPENSITY)
N_STRATA = N_SEXES * N_AGE_BANDS * N_QUINTILES * N_FRAILTY * N_PROPENSITY
SHAPE = (N_SEXES, N_AGE_BANDS, N_QUINTILES, N_FRAILTY, N_PROPENSITY)


@dataclass(frozen=True, kw_only=True)
class NeedClass:
    """One kind of need."""

    key: str
    """How scenarios and tables name it."""
    label: str
    """A few plain words."""
    gate: str
    """Random stream whose word decides how many; shared by up to four classes."""
    lane: int
    """Which of the four words."""
    pooled: bool
    """True when contacts are counted against daily slots, False when each enters the care network."""
    clustered: bool
    """Whether the person's own propensity multiplies the rate."""
    rate_like: str
    """Class of use whose gradient by quintile, growth and profile it has."""
    frailty_like: str
    """Class of use whose ratios by frailty it has."""
    target: str
    """Published rate that it serves, together with what others send to the same care."""
    care: str
    """Kind of care by which it enters the network; `none` when pooled."""
    counted_at: tuple[str, ...]
    """Kinds of care whose arrivals the published rate counts."""
    measure: str
    """Measure that counts it."""
    answers: tuple[str, ...]
    """Classes of use of the tables whose effects act on it."""


def need_classes(national: National) -> list[NeedClass]:
    """Return the classes of `sim/parameters/use/need_classes.csv`, those that share a gate side by side."""
    table = national.tables["need_classes"].sort_values(["gate", "lane"], kind="stable")
    return [
        NeedClass(
            key=row["key"],
            label=row["label"],
            gate=row["gate"],
            lane=int(row["lane"]),
            pooled=row["pooled"] == "yes",
            clustered=row["clustered"] == "yes",
            rate_like=row["rate_like"],
            frailty_like=row["frailty_like"],
            target=row["target"],
            care=row["care"],
            counted_at=tuple(row["counted_at"].split(";")),
            measure=row["measure"],
            answers=tuple(row["answers"].split(";")),
        )
        for row in table.to_dict("records")
    ]


def stratum_index(residents: Residents, rows: npt.NDArray[np.int64]) -> npt.NDArray[np.uint16]:
    """Return the stratum of use of these rows: sex, age band, quintile, frailty and propensity."""
    columns = residents.columns[rows]
    column = residents.column_of
    age = np.clip((residents.month - residents.birth_month[rows].astype(np.int64)) // 12, 0, 110)
    parts = (
        columns[:, column["sex"]].astype(np.int64),
        age_band_of_year()[age].astype(np.int64),
        columns[:, column["quintile"]].astype(np.int64),
        columns[:, column["frailty"]].astype(np.int64),
        columns[:, column["use_propensity"]].astype(np.int64),
    )
    return np.ravel_multi_index(parts, SHAPE).astype(np.uint16)


def propensity_ratios(national: National) -> FloatArray:
    """Return the ratio of each propensity class, (4,), mean 1: quartile means of a lognormal."""
    spread = national.scalar("use_propensity_spread")
    edges = ndtri(np.linspace(0.0, 1.0, N_PROPENSITY + 1))
    # E[exp(s z); a < z < b] = exp(s^2 / 2) (Phi(b - s) - Phi(a - s)), and the mean is exp(s^2 / 2)
    return np.asarray(np.diff(ndtr(edges - spread)) * N_PROPENSITY)


def annual_rates(
    classes: Sequence[NeedClass],
    by_sex_age: Mapping[str, FloatArray],
    national: National,
    residents: Residents,
) -> FloatArray:
    """Return needs per person-year of each class and stratum, (J, S).

    Args:
        classes: The classes.
        by_sex_age: Rate of each class by sex and age band, (2, 7).
        national: National tables: gradients and frailty ratios.
        residents: The start population, on which ratios are normalised; its strata are set.
    """
    people = np.bincount(residents.stratum[: residents.size], minlength=N_STRATA).reshape(SHAPE).astype(float)
    out = np.empty((len(classes), N_STRATA))
    for j, need in enumerate(classes):
        relative = _quintile(national, need.rate_like)[None, None, :, None, None]
        relative = relative * _frailty(national, need.frailty_like)[None, None, None, :, None]
        if need.clustered:
            relative = relative * propensity_ratios(national)[None, None, None, None, :]
        relative = np.broadcast_to(relative, SHAPE)
        mean = (people * relative).sum(axis=(2, 3, 4)) / np.maximum(1.0, people.sum(axis=(2, 3, 4)))
        out[j] = ((by_sex_age[need.key] / mean)[:, :, None, None, None] * relative).ravel()
    return out


def rates_by_sex_and_band(table: pd.DataFrame, need_class: str) -> FloatArray:
    """Return the published rates of one class, (2, 7) per person-year."""
    rows = table[table["need_class"] == need_class]
    out = np.zeros((N_SEXES, N_AGE_BANDS))
    for sex, band, value in zip(rows["sex"], rows["age_band"], rows["value"], strict=True):
        out[SEXES.index(str(sex)), AGE_BANDS.index(str(band))] = value
    return out


def _quintile(national: National, need_class: str) -> FloatArray:
    table = national.tables["use_gradient"]
    rows = table[table["need_class"] == need_class].sort_values("quintile")
    return np.asarray(rows["value"], dtype=np.float64) if len(rows) == N_QUINTILES else np.ones(N_QUINTILES)


def _frailty(national: National, need_class: str) -> FloatArray:
    table = national.tables["frailty_use_ratio"]
    rows = table[table["need_class"] == need_class].set_index("level")["value"]
    return np.array([1.0 if level not in rows.index else float(rows[level]) for level in FRAILTY])
