"""Risk factors that follow a moving rank: as people age, they drift among people like them.

Body mass index, cholesterol, activity and alcohol have no published transition rates by age, sex and
quintile, but published prevalences of levels. Each resident has, for each factor and year of age, a rank

    z(age) = sqrt(w) z_lasting + sqrt(1 - w) e_n,  n = floor((age + phase) / c),

with standard normal z_lasting and e_n keyed by the resident, and a keyed phase of 0 to c - 1 years. It is
standard normal at every age, and its correlation over k years is w + (1 - w) max(0, 1 - k / c). The level
is read from the prevalences of the age at that rank on every birthday. The rank is a pure function of the
keyed numbers, so it needs no memory, the start population is drawn with it as everyone else is, and nothing
jumps at the start. A national trend moves every rank by the same amount a year, from birthday to birthday.

A sum of several parts renewed in turn has the same correlations in smaller steps. It was tried with four: it
took twice the time, and one in 1,500 of the obese reached normal weight in a year, where 1 in 160 is
published; with one part it is 1 in 200.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple

import numpy as np
import numpy.typing as npt
from numba import njit
from scipy.special import ndtri

from sim.health.starting_tables import LevelShares
from sim.kernels.distributions import norm_ppf, norm_scores
from sim.kernels.randomness import philox4x32, stream_key, uniform32
from sim.parameters.national import National

FloatArray = npt.NDArray[np.float64]
TRENDS: Mapping[str, tuple[str, str]] = {"bmi": ("obesity_trend_per_year", "obese")}
"""By factor with a trend: the scalar that says points a year, and the lowest level of those counted."""
_ADULT = 16
_BLOCK = 1024  # rows whose random words are made at once
_MONTHS = 12
_MIDDLE = (_MONTHS - 1) / 2  # mean months since the last birthday


class Ranked(NamedTuple):
    """F factors.

    column, stream, step_years: (F,); lasting: (F,) share of variance that never changes; drift: (F,) normal
    score a month by which the trend moves ranks; edge: (F, 2, 111, 5, L) normal score under which somebody
    of that sex, age and quintile is at that level or a lower one.
    """

    column: npt.NDArray[np.int64]
    stream: npt.NDArray[np.uint32]
    lasting: FloatArray
    step_years: npt.NDArray[np.int64]
    drift: FloatArray
    edge: FloatArray


def ranked_names(national: National) -> tuple[str, ...]:
    """Return the factors that follow a rank: those whose lasting share is a scalar."""
    return tuple(key for key in national.risk_factors if f"{key}_rank_lasting_share" in national.scalars)


def compile_ranked(
    national: National, shares: Mapping[str, LevelShares], counts: FloatArray, continued: bool
) -> Ranked:
    """Return the ranked factors of a population of `counts` (2, 111, 5), columns in their order.

    Args:
        national: National tables.
        shares: Shares of levels by factor.
        counts: People at the start by sex, age and quintile.
        continued: Whether past trends go on.
    """
    names = ranked_names(national)
    most = max(len(shares[name].levels) for name in names)
    edge = np.full((len(names), *counts.shape, most), np.inf)
    for f, name in enumerate(names):
        upto = np.clip(shares[name].share.cumsum(axis=-1), 0.0, 1.0)
        edge[f, ..., : upto.shape[-1] - 1] = ndtri(upto[..., :-1])
    drift = np.array([_drift(national, shares[name], edge[f], counts) for f, name in enumerate(names)])
    return Ranked(
        column=np.arange(len(names)),
        stream=np.array([stream_key(f"initial.{name}") for name in names], np.uint32),
        lasting=np.array([national.scalar(f"{name}_rank_lasting_share") for name in names]),
        step_years=np.array([int(national.scalar(f"{name}_rank_step_years")) for name in names], np.int64),
        drift=drift * continued,
        edge=edge,
    )


def _drift(national: National, shares: LevelShares, edge: FloatArray, counts: FloatArray) -> float:
    """Return the normal score a month that makes the trend in points a year, at the start's mix of adults.

    With d the drift and x the edge of a cell, the share above it grows by d phi(x) a year.
    """
    if shares.key not in TRENDS:
        return 0.0
    scalar, level = TRENDS[shares.key]
    below = edge[:, _ADULT:, :, shares.levels.index(level) - 1]
    adults = counts[:, _ADULT:]
    density = np.exp(-0.5 * below**2) / np.sqrt(2.0 * np.pi)
    mean_density = float((adults * density).sum() / adults.sum())
    return national.scalar(scalar) / mean_density / _MONTHS


@njit(cache=True)
def rank_score(person, age, stream, lasting, step_years, key):  # type: ignore[no-untyped-def]
    """Return the rank of one resident at one year of age as a normal score.

    Args:
        person: Identity.
        age: Completed years.
        stream: Random stream of the factor.
        lasting: Share of the variance that never changes.
        step_years: Years between renewals of the moving part.
        key: Key of the synthetic population: replicates share ranks.
    """
    words = philox4x32(person, np.uint32(0), stream, np.uint32(0), key[0], key[1])
    score = np.sqrt(lasting) * norm_ppf(uniform32(words[0]))
    if lasting >= 1.0:
        return score
    step = (age + np.int64(words[1]) % step_years) // step_years
    words = philox4x32(person, np.uint32(1 + step), stream, np.uint32(0), key[0], key[1])
    return score + np.sqrt(1.0 - lasting) * norm_ppf(uniform32(words[0]))


@njit(cache=True)
def relevel(rows, person, birth_month, month, columns, sex_column, quintile_column, ranked, key):  # type: ignore[no-untyped-def]
    """Set the levels of ranked factors of these rows as their last birthday by `month` left them.

    Birthdays spread over the year, so the trend at the last birthday, counted from `_MIDDLE` months before
    the start, has moved the mean rank by nothing at month 0 and by the same amount every month after.

    Args:
        rows: Rows to set.
        person: (N,) identity.
        birth_month: (N,) month of birth.
        month: Month of the run.
        columns: (N, K) codes, written.
        sex_column: Which column holds sex.
        quintile_column: Which column holds the quintile.
        ranked: `Ranked`.
        key: Key of the synthetic population.
    """
    edge, drift, of_factor = ranked.edge, ranked.drift, ranked.column
    last = edge.shape[4] - 1
    lived, age = np.empty(_BLOCK, np.int64), np.empty(_BLOCK, np.int64)
    who, words = np.empty(_BLOCK, np.uint32), np.empty((2, _BLOCK), np.uint32)
    score, moving = np.empty(_BLOCK), np.empty(_BLOCK)
    for first in range(0, rows.size, _BLOCK):
        here = rows[first : first + _BLOCK]
        n = here.size
        for i in range(n):
            lived[i] = max(np.int64(0), np.int64(month) - birth_month[here[i]])
            age[i], who[i] = min(lived[i] // _MONTHS, 110), person[here[i]]
        for f in range(of_factor.size):
            _rank_scores(
                who[:n], age, ranked.stream[f], ranked.lasting[f], ranked.step_years[f], key[0], key[1],
                words[0], words[1], moving[:n], score[:n],
            )  # fmt: skip
            _write_levels(
                here, lived, age, month, sex_column, quintile_column, edge[f], last, drift[f], score, columns,
                of_factor[f],
            )  # fmt: skip


@njit(cache=True, error_model="numpy")
def _rank_scores(  # type: ignore[no-untyped-def]
    who, age, stream, lasting, step_years, key0, key1, word, phase, moving, score
):  # fmt: skip
    """Write `rank_score` of many residents; loops with random words alone make many at once."""
    for i in range(who.size):
        block = philox4x32(who[i], np.uint32(0), stream, np.uint32(0), key0, key1)
        word[i], phase[i] = block[0], block[1]
    norm_scores(word[: who.size], score)
    share = np.sqrt(lasting)
    for i in range(who.size):
        score[i] *= share
    if lasting >= 1.0:
        return
    step = np.uint32(step_years)
    for i in range(who.size):
        phase[i] = np.uint32(1) + (np.uint32(age[i]) + phase[i] % step) // step
    for i in range(who.size):
        word[i] = philox4x32(who[i], phase[i], stream, np.uint32(0), key0, key1)[0]
    norm_scores(word[: who.size], moving)
    share = np.sqrt(1.0 - lasting)
    for i in range(who.size):
        score[i] += share * moving[i]


@njit(cache=True)
def _write_levels(  # type: ignore[no-untyped-def]
    rows, lived, age, month, sex_column, quintile_column, edge, last, drift, score, columns, column
):  # fmt: skip
    """Write the level of each row at its score and the drift until its last birthday."""
    for i in range(rows.size):
        row = rows[i]
        sex, quintile = columns[row, sex_column], columns[row, quintile_column]
        read = month - lived[i] % _MONTHS + _MIDDLE
        level = 0
        if edge[sex, age[i], quintile, 0] < np.inf:
            moved = drift * read + score[i]
            while level < last and moved >= edge[sex, age[i], quintile, level]:
                level += 1
        columns[row, column] = level


@njit(cache=True)
def rank_level(person, birth_month, month, sex, quintile, ranked, factor, key):  # type: ignore[no-untyped-def]
    """Return the level of one ranked factor for one resident, as their last birthday by `month` left it.

    The rule of `relevel`, which writes it out because its loop is half as fast through a function (measured).

    Args:
        person: Identity.
        birth_month: Month of birth.
        month: Month of the run.
        sex: 0 male, 1 female.
        quintile: 0 to 4.
        ranked: `Ranked`.
        factor: Which factor.
        key: Key of the synthetic population.
    """
    lived = max(np.int64(0), np.int64(month) - np.int64(birth_month))
    age = min(lived // _MONTHS, 110)
    edge = ranked.edge
    level = 0
    if edge[factor, sex, age, quintile, 0] < np.inf:
        read = month - lived % _MONTHS + _MIDDLE
        score = ranked.drift[factor] * read + rank_score(
            person, age, ranked.stream[factor], ranked.lasting[factor], ranked.step_years[factor], key
        )
        while level < edge.shape[4] - 1 and score >= edge[factor, sex, age, quintile, level]:
            level += 1
    return level


@njit(cache=True)
def starting_levels(person, age, sex, quintile, ranked, factor, key, out):  # type: ignore[no-untyped-def]
    """Write the level of one ranked factor for each resident, without any trend."""
    edge = ranked.edge
    last = edge.shape[4] - 1
    for i in range(person.size):
        level = 0
        if edge[factor, sex[i], age[i], quintile[i], 0] < np.inf:
            score = rank_score(
                person[i], age[i], ranked.stream[factor], ranked.lasting[factor], ranked.step_years[factor],
                key,
            )  # fmt: skip
            while level < last and score >= edge[factor, sex[i], age[i], quintile[i], level]:
                level += 1
        out[i] = level


def rank_correlation(lasting: float, step_years: float, years: FloatArray) -> FloatArray:
    """Return the correlation of ranks so many years apart: w + (1 - w) max(0, 1 - k / c)."""
    near = np.maximum(0.0, 1.0 - np.asarray(years) / step_years)
    return np.asarray(lasting + (1.0 - lasting) * near)
