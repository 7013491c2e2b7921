"""Kinds of need, and the stratum of a resident that decides how often each arises.

A stratum is sex, age band, quintile, frailty, number of conditions and class of own propensity. The rate of a
stratum is the published one for sex and age times ratios for the rest (`sim/health/use_ratios.py`); what
recent use adds is `sim/health/recent_use.py`.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pandas as pd
from scipy.special import ndtr, ndtri

from sim.health.columns import FRAILTY, USE_PROPENSITY
from sim.kernels.strata import Axes
from sim.parameters.national import National
from sim.population.residents import Residents
from sim.population.strata import AGE_BANDS, N_AGE_BANDS, N_QUINTILES, N_SEXES, SEXES, age_band_of_year

FloatArray = npt.NDArray[np.float64]
CONDITIONS = ("0", "1", "2", "3+")
"""Classes of the number of named conditions that a resident has, diagnosed or not."""
PROPENSITY_UPTO = (0.25, 0.5, 0.7, 0.85, 0.94, 0.98, 0.995, 1.0)
"""Share of residents up to each class of own propensity: narrower towards the top, where rates differ."""
RECENT = ("no", "discharge", "attendance", "both")
"""Which recent events may raise a class of need, by the code that the kernel reads."""
N_FRAILTY = len(FRAILTY)
N_CONDITIONS = len(CONDITIONS)
N_PROPENSITY = len(USE_PROPENSITY)
SHAPE = (N_SEXES, N_AGE_BANDS, N_QUINTILES, N_FRAILTY, N_CONDITIONS, N_PROPENSITY)
N_STRATA = int(np.prod(SHAPE))
assert len(PROPENSITY_UPTO) == N_PROPENSITY


@dataclass(frozen=True, kw_only=True)
class NeedClass:
    """One kind of need."""

    key: str
    """How scenarios and tables name it."""
    label: str
    """A few plain words."""
    gate: str
    """Random stream whose byte tells who may have one; shared by up to sixteen classes."""
    lane: int
    """Which of the sixteen bytes."""
    pooled: bool
    """True when contacts are counted against daily slots, False when each enters the care network."""
    clustered: bool
    """Whether the person's own propensity multiplies the rate."""
    recent: int
    """Position in `RECENT`: which recent events raise the rate."""
    rate_like: str
    """Class of use whose gradient by quintile, growth and profile it has."""
    frailty_like: str
    """Class of use whose ratios by frailty it has."""
    conditions_like: str
    """Class of use whose ratios by number of conditions it has."""
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
            recent=RECENT.index(row["recent"]),
            rate_like=row["rate_like"],
            frailty_like=row["frailty_like"],
            conditions_like=row["conditions_like"],
            target=row["target"],
            care=row["care"],
            counted_at=tuple(row["counted_at"].split(";")),
            measure=row["measure"],
            answers=tuple(row["answers"].split(";")),
        )
        for row in table.to_dict("records")
    ]


def axes_of(residents: Residents, n_councils: int) -> Axes:
    """Return where the codes of residents stand in their cell and in their stratum of use.

    The cell is neighbourhood, council, quintile, sex and age band (`cell_index`); the stratum sex, age band,
    quintile, frailty, number of conditions and propensity.
    """
    column = residents.column_of
    return Axes(
        cell=np.array([column[name] for name in ("neighbourhood", "council", "quintile", "sex")]),
        cell_size=np.array([0, n_councils, N_QUINTILES, N_SEXES, N_AGE_BANDS]),
        stratum=np.array([column[name] for name in ("sex", "quintile", "frailty", "use_propensity")]),
        stratum_size=np.array(SHAPE),
        counted=np.array([column[name] for name in residents.condition_names], np.int64),
        band=age_band_of_year(),
    )


def propensity_class(uniform: FloatArray) -> npt.NDArray[np.uint8]:
    """Return the class of own propensity at each uniform, 0 (lowest) to 7."""
    return np.searchsorted(PROPENSITY_UPTO[:-1], uniform, side="right").astype(np.uint8)


def propensity_ratios(national: National) -> FloatArray:
    """Return the ratio of each propensity class, (8,), mean 1: means of a lognormal within the classes."""
    spread = national.scalar("use_propensity_spread")
    upto = np.array([0.0, *PROPENSITY_UPTO])
    edges = ndtri(upto)
    # E[exp(s z); a < z < b] = exp(s^2 / 2) (Phi(b - s) - Phi(a - s)), and the mean is exp(s^2 / 2)
    return np.asarray(np.diff(ndtr(edges - spread)) / np.diff(upto))


def rates_by_sex_and_band(table: pd.DataFrame, need_class: str) -> FloatArray:
    """Return the published rates of one class, (2, 7) per person-year."""
    rows = table[table["need_class"] == need_class]
    out = np.zeros((N_SEXES, N_AGE_BANDS))
    for sex, band, value in zip(rows["sex"], rows["age_band"], rows["value"], strict=True):
        out[SEXES.index(str(sex)), AGE_BANDS.index(str(band))] = value
    return out
