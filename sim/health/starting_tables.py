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
from sim.population.circumstances import population_parameters
from sim.population.fitting import Margin, fit_margins
from sim.population.strata import N_QUINTILES, N_SEXES, SEXES

FloatArray = npt.NDArray[np.float64]
IntArray = npt.NDArray[np.int64]

_OPEN_BAND_CENTRE = 5.0  # years into an open last band at which its value stands
_SWEEPS = 200
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
    states: FloatArray
    """(S, 2, 111) share of those with it who are in each of its S states, smooth in age."""
    excludes: tuple[str, ...]
    """Conditions that nobody has beside it; they are drawn first, from the same uniform."""
    ratios: dict[str, FloatArray]
    """By risk factor: (L, 2, 111) ratio of having it at each level, against the reference level."""


def risk_factor_shares(factor: RiskFactor, counts: FloatArray) -> LevelShares:
    """Return the shares of a risk factor for a population of `counts` (2, 111, 5)."""
    return _level_shares(
        factor.key, factor.levels, factor.tables["prevalence"], factor.tables.get("gradient"), counts
    )


def frailty_shares(national: National, counts: FloatArray) -> LevelShares:
    """Return the shares of the classes of frailty for a population of `counts` (2, 111, 5)."""
    gradient = national.tables["frailty_gradient"]
    chosen = gradient[gradient["level"].isin(FRAILTY)]
    return _level_shares("frailty", FRAILTY, national.tables["frailty_prevalence"], chosen, counts)


def condition_shares(
    condition: Condition, factors: dict[str, RiskFactor], counts: FloatArray
) -> ConditionShares:
    """Return the shares of a condition for a population of `counts` (2, 111, 5).

    The quintile ratios are renormalised to the population's mix at each sex and age: with m_q the ratio and
    w_q the share of people in the quintile, P(s, a, q) = P(s, a) m_q / sum_q(w_q m_q).
    """
    table = by_sex_and_age(condition.tables["prevalence"])
    among = state_shares(condition)
    bands = [condition.tables[name] for name in ("prevalence", "state_shares") if name in condition.tables]
    band = age_band_index(*bands)
    ratio = np.ones(N_QUINTILES)
    if "gradient" in condition.tables:
        rows = condition.tables["gradient"]
        rows = rows[rows["measure"] == "prevalence_ratio"]
        ratio[rows["quintile"].to_numpy() - 1] = rows["value"]
    people = np.maximum(counts, _NOBODY)
    mean = (people * ratio).sum(axis=2) / people.sum(axis=2)
    by_age = counts.sum(axis=2)
    by_state = np.stack([smooth_within_bands(table * share, band, by_age) for share in among])
    smooth = by_state.sum(axis=0)
    return ConditionShares(
        key=condition.key,
        stream=condition.stream,
        table=table,
        band=band,
        share=smooth[:, :, np.newaxis] * ratio / mean[:, :, np.newaxis],
        states=np.divide(by_state, smooth, out=among.copy(), where=smooth > 0),
        excludes=condition.excludes,
        ratios=_ratios(condition, factors),
    )


def state_shares(condition: Condition) -> FloatArray:
    """Return the share in each state of those with a condition, as its table has it, (S, 2, 111)."""
    names = condition.states[1:]
    if "state_shares" not in condition.tables:
        return np.ones((len(names), N_SEXES, N_AGES))
    table = condition.tables["state_shares"]
    return np.stack([by_sex_and_age(table[table["state"] == name]) for name in names])


def age_band_index(*tables: pd.DataFrame) -> IntArray:
    """Return the age band of each year of age: one starts wherever a row of a table starts or ends."""
    starts = {0}
    for table in tables:
        starts |= {int(age) for age in table["age_from"]} | {int(age) + 1 for age in table["age_to"]}
    return np.searchsorted(np.array(sorted(starts)), np.arange(N_AGES), side="right") - 1


def smooth_within_bands(share: FloatArray, band: IntArray, counts: FloatArray) -> FloatArray:
    """Return `share` (2, 111) made smooth in age, with as many people in each band of `counts` (2, 111).

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
    key: str,
    names: Sequence[str],
    prevalence: pd.DataFrame,
    gradient: pd.DataFrame | None,
    counts: FloatArray,
) -> LevelShares:
    """Spread levels over sex, age and quintile with the table's totals and its ratios of quintiles.

    Levels above the first follow their ratios, renormalised to the population's mix at each sex and age; the
    share of level 0 is what the others leave, whatever the tables say of it. Where nearly everyone is above
    it, ratios would ask for more people than a quintile has: they are cut, and a fit gives what was cut to
    the other quintiles, so that totals hold.
    """
    table = np.zeros((len(names), N_SEXES, N_AGES))
    for name, rows in prevalence.groupby("level", sort=False):
        table[_code(names, name, key)] = by_sex_and_age(rows)
    above = float(table[1:].sum(axis=0).max())
    if above > 1:
        raise InputError(
            file=f"tables of {key}",
            key="value",
            found=f"levels that sum to {above:.3f}",
            allowed="levels above the first that sum to at most 1",
        )
    band = age_band_index(prevalence)
    smooth = np.stack([smooth_within_bands(level, band, counts.sum(axis=2)) for level in table])
    ratio = _quintile_ratios(names, gradient, key)
    people = np.maximum(counts, _NOBODY)
    mean = np.einsum("saq,lq->lsa", people, ratio) / people.sum(axis=2)
    share = smooth[..., np.newaxis] * ratio[:, np.newaxis, np.newaxis, :] / mean[..., np.newaxis]
    most = population_parameters()["largest_initial_probability"]
    fit = fit_margins(
        _filled_up(share, most) * people,
        [
            Margin(name="people", axes=(1, 2, 3), target=people),
            Margin(name="levels", axes=(0, 1, 2), target=_filled_up(smooth, 1.0) * people.sum(axis=2)),
        ],
        tolerance=_NOBODY,
        max_iterations=_SWEEPS,
    )
    return LevelShares(
        key=key,
        levels=tuple(names),
        table=_filled_up(table, 1.0),
        band=band,
        share=np.moveaxis(fit.table / people, 0, -1),
    )


def _quintile_ratios(names: Sequence[str], gradient: pd.DataFrame | None, key: str) -> FloatArray:
    """Return the ratio of each level in each quintile to all, (L, 5); one where the table is silent."""
    ratio = np.ones((len(names), N_QUINTILES))
    if gradient is not None:
        for level, quintile, value in gradient[["level", "quintile", "value"]].itertuples(index=False):
            ratio[_code(names, level, key), quintile - 1] = value
    return ratio


def _filled_up(shares: FloatArray, most: float) -> FloatArray:
    """Return shares with level 0 as what the others leave; the others are scaled where they exceed `most`."""
    out: FloatArray = shares * np.minimum(1.0, most / np.maximum(shares[1:].sum(axis=0), _NOBODY))
    out[0] = 1.0 - out[1:].sum(axis=0)
    return out


def _code(names: Sequence[str], found: object, key: str) -> int:
    """Return the code of a level; raises InputError for one not among `names`."""
    if found not in names:
        raise InputError(
            file=f"tables of {key}", key="level", found=found, allowed=", ".join(names), names=names
        )
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
        columns = rows[["level", "sex", "age_from", "age_to", "value"]]
        for level, sex, first, last, value in columns.itertuples(index=False):
            sexes = slice(None) if sex == "all" else SEXES.index(sex)
            ratio[_code(levels, level, condition.key), sexes, first : last + 1] = value
        out[str(factor)] = ratio
    return out
