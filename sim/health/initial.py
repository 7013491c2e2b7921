"""Health at the start: risk-factor levels, conditions and frailty of each resident, tied together.

For each resident i and condition c the probability is P(sex, age, quintile) x r_i / mean(r), with r_i the
product of the published ratios for i's risk factors and the mean taken over the same sex, age band and
quintile, so that prevalences hold. Conditions, frailty, disability and care-home residence share one latent
tendency to ill health by a Gaussian copula, so that they cluster in the same people without any of their
totals moving. Prevalence ratios are taken to equal the published ratios of onset: the exposed also die
sooner and the exposures change, in opposite directions. Of the start population as many of each cell have a
condition as its table asks (`sim/health/placing.py`); in-migrants have it by chance.

Order of the draws: risk factors but blood pressure and statins; hypertension; blood pressure given the
hypertension register; the other conditions; statins given the conditions that indicate them; frailty.
"""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
import numpy.typing as npt
from numba import njit
from scipy.special import ndtr, ndtri

from sim.health.frailty_score import class_of_score, score_survivors
from sim.health.placing import limits, ranked_places
from sim.health.ranked import Ranked, compile_ranked, ranked_names, starting_levels
from sim.health.starting_tables import (
    ConditionShares,
    LevelShares,
    condition_shares,
    frailty_shares,
    risk_factor_shares,
)
from sim.health.starting_treatment import (
    PRESSURE,
    STATIN,
    chance_of,
    check_levels,
    fit_odds,
    odds_of_treatment,
    pressure_by_register,
)
from sim.health.transitions.statin import indication_ratios
from sim.parameters.national import National
from sim.population.circumstances import (
    Columns,
    age_at_start,
    copula_rho,
    correlated_uniform,
    count_residents,
    population_parameters,
)
from sim.population.draws import ill_health, population_key, uniforms
from sim.population.strata import N_QUINTILES, N_SEXES

FloatArray = npt.NDArray[np.float64]
IntArray = npt.NDArray[np.int64]
Codes = dict[str, npt.NDArray[np.uint8]]

REGISTER = "hypertension"
_ROUNDS_OF_SCALING = 30
_CLOSE = 0.5  # people in a cell of sex, age band and quintile


@dataclass(frozen=True, kw_only=True)
class StartingHealth:
    """What initial health is drawn from; fitted once to the start population and reused for in-migrants."""

    factors: dict[str, LevelShares]
    """Risk factors by key."""
    conditions: dict[str, ConditionShares]
    """Conditions by key."""
    frailty: LevelShares
    """Classes of frailty."""
    ranked: Ranked
    """Risk factors that follow a rank, in the order of `ranked_factors`."""
    ranked_factors: tuple[str, ...]
    """Their names."""
    indications: dict[str, FloatArray]
    """By condition: (2, 23) ratio of the odds of being on a statin."""
    registers: dict[str, tuple[bool, ...]]
    """By condition: whether each code of its column is diagnosed."""
    frailty_score: FloatArray
    """(2, 111, 5, 37) share with at most so many deficits of the frailty index."""
    frailty_class: npt.NDArray[np.uint8]
    """(37,) class of each count of deficits."""
    scales: dict[str, FloatArray] = field(default_factory=dict)
    """By condition: the multiplier of share x ratio, by sex, age band and quintile."""
    starting: int = 0
    """Residents of the start population: identities below it."""
    limits: dict[str, FloatArray] = field(default_factory=dict)
    """By condition: up to which rank the start population has it, by sex, age band and quintile."""


@dataclass(frozen=True, kw_only=True)
class People:
    """Those for whom health is drawn, with what every draw needs."""

    person: npt.NDArray[np.uint32]
    """Identities."""
    sex: npt.NDArray[np.uint8]
    """0 male, 1 female."""
    age: IntArray
    """Years."""
    quintile: npt.NDArray[np.uint8]
    """0 to 4."""
    factor: FloatArray
    """Latent tendency to ill health, standard normal."""
    seed: int
    """Population seed."""


def initial_health(population: Columns, national: National, seed: int) -> Codes:
    """Return the initial health of a start population.

    Args:
        population: Columns of `start_population`.
        national: National tables.
        seed: Population seed.

    Returns:
        One uint8 array per risk factor (level code), condition (0, or the code of its state),
        `frailty_score` (deficits) and `frailty` (0 fit to 3 severe).
    """
    person = np.arange(population["sex"].size, dtype=np.uint32)
    return draw_health(fit_starting_health(population, national), population, person, seed)


def fit_starting_health(population: Columns, national: National) -> StartingHealth:
    """Fit the shares to the sex, age and quintile mix of `population`; scales are set by the first draw."""
    counts = count_residents(population, int(population["council"].max()) + 1).sum(axis=0)
    check_levels(national.risk_factors[PRESSURE])
    factors = {key: risk_factor_shares(factor, counts) for key, factor in national.risk_factors.items()}
    frailty = frailty_shares(national, counts)
    return StartingHealth(
        factors=factors,
        conditions={
            key: condition_shares(condition, dict(national.risk_factors), counts)
            for key, condition in national.conditions.items()
        },
        frailty=frailty,
        ranked=compile_ranked(national, factors, counts, continued=False),
        ranked_factors=ranked_names(national),
        indications=indication_ratios(national, population_parameters()["largest_treatment_ratio"]),
        registers={key: condition.register for key, condition in national.conditions.items()},
        frailty_score=np.ascontiguousarray(1.0 - score_survivors(national, frailty)[..., 1:]),
        frailty_class=class_of_score(national),
        starting=int(population["sex"].size),
    )


def draw_health(
    health: StartingHealth, population: Columns, person: npt.NDArray[np.integer], seed: int
) -> Codes:
    """Draw the health of each resident by keyed numbers.

    The first call on a `StartingHealth` must be for the start population: it fixes the multipliers by
    which prevalences hold. Later calls, for in-migrants, use them as they are.
    """
    people = People(
        person=person.astype(np.uint32),
        sex=population["sex"].astype(np.uint8),
        age=age_at_start(population),
        quintile=population["quintile"].astype(np.uint8),
        factor=ill_health(person, seed),
        seed=seed,
    )
    codes: Codes = {}
    for key, factor in health.factors.items():
        if key in health.ranked_factors:
            codes[key] = _ranked_levels(health, key, people)
        elif key not in (PRESSURE, STATIN):
            codes[key] = _draw_levels(factor, people, uniforms(people.person, f"initial.{key}", seed))
    if REGISTER in health.conditions:
        codes[REGISTER] = _draw_condition(health, health.conditions[REGISTER], people, codes)
    if PRESSURE in health.factors:
        codes[PRESSURE] = _draw_pressure(health, people, codes.get(REGISTER))
    for key in sorted(health.conditions, key=lambda name: bool(health.conditions[name].excludes)):
        if key != REGISTER:
            codes[key] = _draw_condition(health, health.conditions[key], people, codes)
    if STATIN in health.factors:
        codes[STATIN] = _draw_statin(health, people, codes)
    frail = correlated_uniform(
        uniforms(people.person, "initial.frailty", seed),
        people.factor,
        population_parameters()["copula_rho_frailty"],
    )
    codes["frailty_score"] = np.empty(person.size, np.uint8)
    _levels(health.frailty_score, people.sex, people.age, people.quintile, frail, codes["frailty_score"])
    codes["frailty"] = health.frailty_class[codes["frailty_score"]]
    return codes


def _draw_levels(shares: LevelShares, people: People, uniform: FloatArray) -> npt.NDArray[np.uint8]:
    """Draw a level for each resident from one uniform, low levels first."""
    cumulated = np.ascontiguousarray(shares.share.cumsum(axis=-1))
    out = np.empty(people.person.size, dtype=np.uint8)
    _levels(cumulated, people.sex, people.age, people.quintile, uniform, out)
    return out


def _ranked_levels(health: StartingHealth, key: str, people: People) -> npt.NDArray[np.uint8]:
    """Read the level of a factor that follows a rank, as every birthday does."""
    out = np.empty(people.person.size, dtype=np.uint8)
    starting_levels(
        people.person, people.age, people.sex, people.quintile, health.ranked,
        health.ranked_factors.index(key), population_key(people.seed), out,
    )  # fmt: skip
    return out


def _draw_statin(health: StartingHealth, people: People, codes: Codes) -> npt.NDArray[np.uint8]:
    """Draw who takes a statin, more often with a condition that indicates it; shares hold by cell."""
    shares = health.factors[STATIN]
    base = np.empty(people.person.size)
    _shares(np.ascontiguousarray(shares.share[..., 1]), people.sex, people.age, people.quintile, base)
    diagnosed = {
        key: np.array(health.registers[key])[codes[key]] for key in health.indications if key in codes
    }
    odds = odds_of_treatment(base, health.indications, diagnosed, people.sex, people.age)
    cell, size = _cells(people, shares.band)
    if STATIN not in health.scales:
        health.scales[STATIN] = fit_odds(cell, base, odds, size)
    chance = chance_of(odds * health.scales[STATIN][cell])
    return (uniforms(people.person, f"initial.{STATIN}", people.seed) < chance).astype(np.uint8)


def _cells(people: People, band: IntArray) -> tuple[IntArray, int]:
    """Return the cell of sex, age band and quintile of each resident, and how many cells there are."""
    n_bands = int(band.max()) + 1
    cell = (people.sex.astype(np.int64) * n_bands + band[people.age]) * N_QUINTILES + people.quintile
    return cell, N_SEXES * n_bands * N_QUINTILES


def _draw_condition(
    health: StartingHealth, shares: ConditionShares, people: People, codes: Codes
) -> npt.NDArray[np.uint8]:
    """Draw who has a condition, given risk factors and the common factor, and in which of its states."""
    has = _draw_presence(health, shares, people, codes)
    if len(shares.states) == 1:
        return has.astype(np.uint8)
    rows = np.flatnonzero(has)
    uniform = uniforms(people.person[rows], f"initial.{shares.stream}.state", people.seed)
    upto = shares.states.cumsum(axis=0)[:-1, people.sex[rows], people.age[rows]]
    out = np.zeros(has.size, np.uint8)
    out[rows] = 1 + (uniform >= upto).sum(axis=0)
    return out


def _draw_presence(
    health: StartingHealth, shares: ConditionShares, people: People, codes: Codes
) -> npt.NDArray[np.bool_]:
    """Draw who has a condition; it and the one that it excludes are cut from one uniform.

    Of the start population as many of each cell have it as its table asks; in-migrants have it by chance.
    """
    probability, asked, cell = _probability(health, shares, people, codes)
    bar = next((key for key in shares.excludes if key in health.conditions), None)
    stream = health.conditions[bar].stream if bar else shares.stream
    uniform = uniforms(people.person, f"initial.{stream}", people.seed)
    place = 1.0 - correlated_uniform(uniform, people.factor, copula_rho(shares.key))
    if bar is not None:
        above, _, _ = _probability(health, health.conditions[bar], people, codes)
        place = np.where(codes[bar] > 0, np.inf, np.abs(place - above))
    rank = ranked_places(place, probability)
    if shares.key not in health.limits:
        health.limits[shares.key] = limits(rank, cell, asked)
    start = people.person < health.starting
    return np.asarray(np.where(start, rank <= health.limits[shares.key][cell], rank < 1.0))


def _probability(
    health: StartingHealth, shares: ConditionShares, people: People, codes: Codes
) -> tuple[FloatArray, FloatArray, IntArray]:
    """Return each resident's probability, how many of each cell have it, and their cells.

    The multipliers are fitted on the first call for a condition.
    """
    weight = np.empty(people.person.size)
    _shares(np.ascontiguousarray(shares.share), people.sex, people.age, people.quintile, weight)
    cell, size = _cells(people, shares.band)
    asked = np.bincount(cell, weight, minlength=size).astype(np.float64)
    for factor, ratio in shares.ratios.items():
        if factor in codes:
            _multiply(ratio, codes[factor], people.sex, people.age, weight)
    most = population_parameters()["largest_initial_probability"]
    if shares.key not in health.scales:
        tied = PRESSURE in shares.ratios and PRESSURE in codes
        rho = copula_rho(shares.key) if tied else 0.0
        health.scales[shares.key] = _fit_scale(weight, cell, asked, most, people.factor, rho)
    probability: FloatArray = np.minimum(most, weight * health.scales[shares.key][cell])
    return probability, asked, cell


def _fit_scale(
    weight: FloatArray, cell: IntArray, asked: FloatArray, most: float, factor: FloatArray, rho: float
) -> FloatArray:
    """Return k by cell such that the expected number with p = min(most, k weight) is `asked` in every cell.

    Blood pressure follows the hypertension register and so the common factor; a condition that blood
    pressure raises would then be counted twice, by its ratio and by the factor. So the expectation is taken
    given the factor z: Phi((Phi^-1(p) + sqrt(rho) z) / sqrt(1 - rho)), which is p where `rho` is zero.
    """
    found = np.bincount(cell, weight, minlength=asked.size)
    scale = np.divide(asked, found, out=np.ones_like(asked), where=found > 0)
    for _ in range(_ROUNDS_OF_SCALING):
        chance = np.minimum(most, weight * scale[cell])
        if rho > 0:
            chance = ndtr((ndtri(chance) + np.sqrt(rho) * factor) / np.sqrt(1.0 - rho))
        found = np.bincount(cell, chance, minlength=asked.size)
        scale *= np.divide(asked, found, out=np.ones_like(asked), where=found > 0)
        if np.abs(found - asked).max() < _CLOSE:
            break
    return scale


def _draw_pressure(
    health: StartingHealth, people: People, register: npt.NDArray[np.uint8] | None
) -> npt.NDArray[np.uint8]:
    """Draw blood pressure so that all detected, and they alone of the raised, are on the register."""
    shares = health.factors[PRESSURE]
    uniform = uniforms(people.person, f"initial.{PRESSURE}", people.seed)
    if register is None:
        return _draw_levels(shares, people, uniform)
    on, off = pressure_by_register(shares.share, health.conditions[REGISTER].share)
    out = np.empty(people.person.size, dtype=np.uint8)
    for listed, table in ((0, off), (1, on)):
        rows = np.flatnonzero((register > 0) == listed)
        chosen = np.empty(rows.size, dtype=np.uint8)
        _levels(np.ascontiguousarray(table.cumsum(axis=-1)), people.sex[rows], people.age[rows],
                people.quintile[rows], uniform[rows], chosen)  # fmt: skip
        out[rows] = chosen
    return out


@njit(cache=True)
def _levels(cumulated, sex, age, quintile, uniform, out):  # type: ignore[no-untyped-def]
    """Write the level whose cumulated share first exceeds the uniform."""
    last = cumulated.shape[3] - 1
    for i in range(out.size):
        level = 0
        while level < last and uniform[i] >= cumulated[sex[i], age[i], quintile[i], level]:
            level += 1
        out[i] = level


@njit(cache=True)
def _shares(table, sex, age, quintile, out):  # type: ignore[no-untyped-def]
    """Look up a share for each resident."""
    for i in range(out.size):
        out[i] = table[sex[i], age[i], quintile[i]]


@njit(cache=True)
def _multiply(ratio, level, sex, age, out):  # type: ignore[no-untyped-def]
    """Multiply by the ratio of each resident's level."""
    for i in range(out.size):
        out[i] *= ratio[level[i], sex[i], age[i]]
