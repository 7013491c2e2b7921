"""Ranked risk factors: ranks are stationary, move as declared, and start without a jump."""

from __future__ import annotations

import numpy as np
import pytest
from numba import njit
from scipy.stats import chi2, norm

from sim.health.ranked import (
    TRENDS,
    Ranked,
    compile_ranked,
    rank_correlation,
    rank_level,
    rank_score,
    ranked_names,
    relevel,
    starting_levels,
)
from sim.health.starting_tables import risk_factor_shares
from sim.kernels.randomness import stream_key
from sim.parameters.national import load_national
from sim.population.draws import population_key

PEOPLE = 200_000
FALSE_ALARM = 1e-6
"""Chance that one test of this module fails although nothing is wrong."""
KEY = population_key(5)
FLAT = np.full((2, 111, 5), 100.0)
FLAT[:, 80:] = 30.0


@njit
def scores(people, age, stream, lasting, step_years, key, out):  # type: ignore[no-untyped-def]
    """Write the ranks of people 0, 1, ... at one age."""
    for person in range(people):
        out[person] = rank_score(np.uint32(person), age, stream, lasting, step_years, key)


def ranks(name: str, age: int) -> np.ndarray:
    """Return ranks of one factor at one age."""
    national = load_national()
    out = np.empty(PEOPLE)
    lasting, step = (national.scalar(f"{name}_rank_{what}") for what in ("lasting_share", "step_years"))
    scores(PEOPLE, age, np.uint32(stream_key(f"initial.{name}")), lasting, int(step), KEY, out)
    return out


@pytest.fixture(scope="module")
def shares():
    national = load_national()
    return {name: risk_factor_shares(national.risk_factors[name], FLAT) for name in ranked_names(national)}


@pytest.fixture(scope="module")
def frozen(shares) -> Ranked:
    return compile_ranked(load_national(), shares, FLAT, continued=False)


@pytest.fixture(scope="module")
def continued(shares) -> Ranked:
    return compile_ranked(load_national(), shares, FLAT, continued=True)


@pytest.mark.parametrize("name", ["bmi", "cholesterol", "activity", "alcohol"])
def test_ranks_are_standard_normal_at_every_age(name):
    """Chi-square over 50 equal classes at three ages."""
    for age in (0, 37, 90):
        seen = np.bincount((norm.cdf(ranks(name, age)) * 50).astype(int), minlength=50)
        expected = PEOPLE / 50
        assert ((seen - expected) ** 2 / expected).sum() < chi2.isf(FALSE_ALARM / 3, 49)


@pytest.mark.parametrize("name", ["bmi", "cholesterol", "activity", "alcohol"])
def test_ranks_have_the_declared_correlation(name):
    """Fisher's z at lags 1, 3, 10 and 30 years; linear in the lag and then the lasting share."""
    national = load_national()
    lasting, step = (national.scalar(f"{name}_rank_{what}") for what in ("lasting_share", "step_years"))
    first = ranks(name, 40)
    for lag in (1, 3, 10, 30):
        found = np.corrcoef(first, ranks(name, 40 + lag))[0, 1]
        asked = float(rank_correlation(lasting, step, np.array(lag)))
        # the phase makes mixtures, whose correlation spreads a little more than that of one normal pair
        limit = 1.5 * norm.isf(FALSE_ALARM / 8) / np.sqrt(PEOPLE - 3)
        assert abs(np.arctanh(found) - np.arctanh(asked)) < limit, (lag, found, asked)


def population(n: int = PEOPLE) -> tuple[np.ndarray, ...]:
    """Return identities, months of birth, and columns (sex, quintile, four factors)."""
    person = np.arange(n, dtype=np.uint32)
    born = (-((person.astype(np.int64) * 7919) % 1080)).astype(np.int16)
    columns = np.zeros((n, 6), np.uint8)
    columns[:, 0], columns[:, 1] = person % 2, person // 2 % 5
    return person, born, columns


def read(ranked: Ranked, month: int, rows: np.ndarray | None = None) -> np.ndarray:
    """Return columns with levels as last birthdays by `month` left them."""
    person, born, columns = population()
    placed = ranked._replace(column=np.arange(2, 2 + ranked.column.size))
    chosen = np.arange(person.size) if rows is None else rows
    relevel(chosen, person, born, month, columns, 0, 1, placed, KEY)
    return columns


def test_the_start_level_is_the_one_read_again_at_month_0(frozen):
    """The draw of the start population and the rule of birthdays are one function."""
    person, born, columns = population()
    age = np.clip(-born.astype(np.int64) // 12, 0, 110)
    again = read(frozen, 0)
    for f in range(frozen.column.size):
        out = np.empty(person.size, np.uint8)
        starting_levels(person, age, columns[:, 0], columns[:, 1], frozen, f, KEY, out)
        np.testing.assert_array_equal(out, again[:, 2 + f])


def test_a_level_stays_between_birthdays(continued):
    """Reading again in a month without a birthday changes nothing, trend or no trend."""
    _, born, _ = population()
    rows = np.flatnonzero((6 - born.astype(np.int64)) % 12 == 5)
    np.testing.assert_array_equal(read(continued, 6, rows)[rows], read(continued, 1, rows)[rows])


def expected_above(ranked: Ranked, factor: int, level: int, months: float) -> float:
    """Return the share of adults at or above a level for the mix of `FLAT`."""
    below = ranked.edge[factor, :, 16:, :, level - 1]
    weight = FLAT[:, 16:]
    return float((norm.sf(below - ranked.drift[factor] * months) * weight).sum() / weight.sum())


def test_the_trend_of_obesity_is_the_published_points_a_year(shares, continued, frozen):
    """Exact from tables: 0.25 points in the first year; 2.5 in ten within a tenth (the tail is curved)."""
    national = load_national()
    for name, (scalar, level) in TRENDS.items():
        f, code = list(ranked_names(national)).index(name), shares[name].levels.index(level)
        now = expected_above(continued, f, code, 0)
        a_year = national.scalar(scalar)
        assert expected_above(continued, f, code, 12) - now == pytest.approx(a_year, rel=0.02)
        assert expected_above(continued, f, code, 120) - now == pytest.approx(10 * a_year, rel=0.1)
        assert expected_above(frozen, f, code, 120) == pytest.approx(now)


def test_a_continued_trend_starts_without_a_jump_and_goes_on_evenly(continued, frozen):
    """Obesity against frozen, same people, months 0 to 24: linear within 5 standard errors of the pairs."""
    f = ranked_names(load_national()).index("bmi")
    adults = population()[1] < -16 * 12
    now = expected_above(frozen, f, 2, 0)
    for month in range(0, 25, 4):
        more = (read(continued, month)[adults, 2 + f] >= 2).astype(int)
        less = (read(frozen, month)[adults, 2 + f] >= 2).astype(int)
        asked = expected_above(continued, f, 2, month) - now
        spread = np.sqrt(np.abs(more - less).mean() / adults.sum()) + 1e-4
        assert abs((more - less).mean() - asked) < 5 * spread + 0.1 * abs(asked), month


def test_few_of_the_obese_reach_normal_weight_within_a_year(frozen):
    """Published: 0.006 a year, 0.004 to 0.009 (Fildes 2015). Fitted: the renewal was chosen with it."""
    f = ranked_names(load_national()).index("bmi")
    born = population()[1].astype(np.int64)
    adults = (-born >= 240) & (-born < 840)
    before, after = read(frozen, 0)[adults, 2 + f], read(frozen, 12)[adults, 2 + f]
    found = (after[before >= 2] == 0).mean()
    assert 0.004 < found < 0.009, found


def test_a_level_read_alone_is_the_one_read_among_all(continued):
    """`rank_level`, which moves of programmes use, is the rule of `relevel`."""
    person, born, columns = population(3000)
    for month in (0, 7, 30):
        among = read(continued, month)[:3000]
        for f in range(continued.column.size):
            alone = [
                rank_level(person[i], born[i], month, columns[i, 0], columns[i, 1], continued, f, KEY)
                for i in range(3000)
            ]
            np.testing.assert_array_equal(alone, among[:, 2 + f])
