"""Shares of risk factors, conditions and frailty at the start, by sex, single year of age and quintile."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pandas as pd

from sim.health.ages import N_AGES, by_sex_and_age
from sim.health.columns import FRAILTY
from sim.parameters.errors import InputError
from sim.parameters.national import Condition, National, RiskFactor
from sim.population.fitting import Margin, fit_margins
from sim.population.strata import N_QUINTILES, N_SEXES, SEXES

FloatArray = npt.NDArray[np.float64]
IntArray = npt.NDArray[np.int64]

_OPEN_BAND_CENTRE = 5.0  # years into an open last band at which its value stands
_NOBODY = 1e-6  # stands for a cell without people, whose share must still be defined for in-migrants


@dataclass(frozen=True, kw_only=True)
class LevelShares:
    """A risk factor or frailty: the share at each of its L levels."""

    key: str
    """Its column."""
    levels: tuple[str, ...]
    """Names of the levels, in the order of their codes."""
    table: FloatArray
    """(L, 2, 111) share by sex and age as the table has it, constant within bands."""
    band: IntArray
    """(111,) age band of the table."""
    share: FloatArray
    """(2, 111, 5, L) share by sex, age and quintile, smooth in age, with the table's totals."""


@dataclass(frozen=True, kw_only=True)
class ConditionShares:
    """A condition: the share who have it."""

    key: str
    """Its column."""
    stream: str
    """Name that keys its draws."""
    table: FloatArray
    """(2, 111) share by sex and age as the table has it, constant within bands."""
    band: IntArray
    """(111,) age band of the table."""
    share: FloatArray
    """(2, 111, 5) share by sex, age and quintile, smooth in age, with the table's totals."""
    ratios: dict[str, FloatArray]
    """By risk factor: (L, 2, 111) ratio of having it at each level, against the reference level."""


def risk_factor_shares(factor: RiskFactor, counts: FloatArray) -> LevelShares:
    """Return the shares of a risk factor for a population of `counts` (2, 111, 5)."""
    return _level_shares(factor.key, factor.levels, factor.tables["prevalence"], factor.tables.get("gradient"), counts)


def frailty_shares(national: National, counts: FloatArray) -> LevelShares:
    """Return the shares of the classes of frailty for a population of `counts` (2, 111, 5)."""
    gradient = national.tables["frailty_gradient"]
    chosen = gradient[gradient["level"].isin(FRAILTY)]
    return _level_shares("frailty", FRAILTY, national.tables["frailty_prevalence"], chosen, counts)


def condition_shares(condition: Condition, factors: dict[str, RiskFactor], counts: FloatArray) -> ConditionShares:
    """Return the shares of a condition for a population of `counts` (2, 111, 5).

    The quintile ratios are renormalised to the population's mix at each sex and age: with m_q the ratio and
    w_q the share of people in the quintile, P(s, a, q) = P(s, a) m_q / sum_q(w_q m_q).
    """
    prevalence = condition.tables["prevalence"]
    table, band = by_sex_and_age(prevalence), age_band_index(prevalence)
    ratio = np.ones(N_QUINTILES)
    if "gradient" in condition.tables:
        rows = condition.tables["gradient"]
        rows = rows[rows["measure"] == "prevalence_ratio"]
        ratio[rows["quintile"].to_numpy() - 1] = rows["value"]
    people = np.maximum(counts, _NOBODY)
    mean = (people * ratio).sum(axis=2) / people.sum(axis=2)
    smooth = smooth_within_bands(table, band, counts.sum(axis=2))
    return ConditionShares(
        key=condition.key,
        stream=condition.stream,
        table=table,
        band=band,
        share=smooth[:, :, np.newaxis] * ratio / mean[:, :, np.newaxis],
        ratios=_ratios(condition, factors),
    )


def age_band_index(table: pd.DataFrame) -> IntArray:
    """Return the age band of each year of age: a new one starts wherever a row of the table starts or ends."""
    starts = {0, *(int(age) for age in table["age_from"]), *(int(age) + 1 for age in table["age_to"])}
    return np.searchsorted(np.array(sorted(starts)), np.arange(N_AGES), side="right") - 1


def smooth_within_bands(share: FloatArray, band: IntArray, counts: FloatArray) -> FloatArray:
    """Return `share` (2, 111) made smooth in age, with the same number of people in each band of `counts` (2, 111).

    The share is linear between the middles of bands and then scaled within each band. Without this, ageing
    over the edge of a band would be a jump in health. Bands without the state stay without it.
    """
    starts = np.flatnonzero(np.diff(band, prepend=-1))
    middles = np.append((starts[:-1] + starts[1:]) / 2, starts[-1] + _OPEN_BAND_CENTRE)
    people = np.maximum(counts, _NOBODY)
    out = np.zeros_like(share)
    for sex in range(N_SEXES):
        line = np.interp(np.arange(N_AGES) + 0.5, middles, share[sex, starts])
        line[share[sex] == 0] = 0.0
        asked = np.bincount(band, people[sex] * share[sex])
        found = np.bincount(band, people[sex] * line)
        out[sex] = line * np.divide(asked, found, out=np.zeros_like(asked), where=found > 0)[band]
    return out


def _level_shares(
    key: str, names: Sequence[str], prevalence: pd.DataFrame, gradient: pd.DataFrame | None, counts: FloatArray
) -> LevelShares:
    """Fit level x quintile at each sex and age to the table's shares and the population's mix.

    The start of the fit has the published ratios of quintiles, so their odds ratios are kept. The share of
    level 0 is what the others leave.
    """
    table = np.zeros((len(names), N_SEXES, N_AGES))
    for name, rows in prevalence.groupby("level", sort=False):
        table[_code(names, name, key)] = by_sex_and_age(rows)
    band = age_band_index(prevalence)
    smooth = np.stack([smooth_within_bands(level, band, counts.sum(axis=2)) for level in table])
    for shares in (table, smooth):
        above = shares[1:].sum(axis=0)
        if shares is table and above.max() > 1:
            raise InputError(file=f"{key}/prevalence.csv", key="value", found=f"levels that sum to {above.max():.3f}",
                             allowed="levels above the first that sum to at most 1")
        shares[1:] /= np.maximum(above, 1.0)
        shares[0] = 1.0 - shares[1:].sum(axis=0)
    ratio = np.ones((len(names), N_QUINTILES))
    if gradient is not None:
        for level, quintile, value in gradient[["level", "quintile", "value"]].itertuples(index=False):
            ratio[_code(names, level, key), quintile - 1] = value
    people = np.maximum(counts, _NOBODY)
    fit = fit_margins(
        smooth[..., np.newaxis] * ratio[:, np.newaxis, np.newaxis, :] * people[np.newaxis],
        [
            Margin(name="people", axes=(1, 2, 3), target=people),
            Margin(name="levels", axes=(0, 1, 2), target=smooth * people.sum(axis=2)),
        ],
        tolerance=_NOBODY,
    )
    share = np.moveaxis(fit.table / people[np.newaxis], 0, -1)
    return LevelShares(key=key, levels=tuple(names), table=table, band=band, share=share)


def _code(names: Sequence[str], found: object, key: str) -> int:
    if found not in names:
        raise InputError(file=f"tables of {key}", key="level", found=found, allowed=", ".join(names), names=names)
    return list(names).index(str(found))


def _ratios(condition: Condition, factors: dict[str, RiskFactor]) -> dict[str, FloatArray]:
    """Return the ratios of the risk factors; conditions depend on each other by the common factor instead."""
    table = condition.tables.get("relative_risks")
    out: dict[str, FloatArray] = {}
    if table is None:
        return out
    for factor, rows in table[table["factor"].isin(factors)].groupby("factor", sort=True):
        levels = factors[str(factor)].levels
        ratio = np.ones((len(levels), N_SEXES, N_AGES))
        for row in rows.itertuples():
            sexes = slice(None) if row.sex == "all" else SEXES.index(str(row.sex))
            ratio[_code(levels, row.level, condition.key), sexes, row.age_from : row.age_to + 1] = row.value
        out[str(factor)] = ratio
    return out
