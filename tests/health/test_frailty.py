"""Frailty: a count of deficits whose classes keep their published shares by age."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from sim.building import Replicate, World, build_replicate, load_world
from sim.health.balance import MONTHS_A_QUARTER, set_divisor
from sim.health.counting import LARGEST_RATE
from sim.health.feedback import people_at_start
from sim.health.frailty_score import (
    HeldCount,
    class_moves,
    class_of_score,
    class_starts,
    score_survivors,
)
from sim.health.ranked import relevel
from sim.health.starting_tables import LevelShares, frailty_shares
from sim.health.transitions.frailty import DEFICIT
from sim.interventions.specification import BASELINE
from sim.kernels.life_course import hazard
from sim.parameters.national import load_national
from sim.population.draws import population_key
from sim.population.residents import REGISTERED
from sim.settings import Settings

NATIONAL = load_national()
MOST = 36
FALSE_ALARMS = 3.3
"""Standard errors allowed: one false alarm in a thousand for a comparison."""
BANDS = ((50, 64), (65, 74), (75, 84), (85, 110))


@pytest.fixture(scope="module")
def world() -> World:
    """Tables and people."""
    return load_world(Settings(years=10))


@pytest.fixture(scope="module")
def parts(world: World) -> Replicate:
    """A replicate that has not run."""
    return build_replicate(world, Settings(years=1), BASELINE)


def shares_of(frail: tuple[float, float, float]) -> LevelShares:
    """Return shares of the classes that are the same for everybody of 50 and over."""
    mild, moderate, severe = frail
    share = np.zeros((2, 111, 5, 4))
    share[:, 50:] = [1.0 - mild - moderate - severe, mild, moderate, severe]
    share[:, :50, :, 0] = 1.0
    band = np.searchsorted([50, 55, 60, 65], np.arange(111), side="right")
    return LevelShares(
        key="frailty", levels=("fit", "mild", "moderate", "severe"), table=np.moveaxis(share[:, :, 0], -1, 0),
        band=band, share=share,
    )  # fmt: skip


# ---------------------------------------------------------------------------------------- the score
def test_classes_are_those_of_the_published_cut_points() -> None:
    """Fit up to 0.12, mild up to 0.24, moderate up to 0.36, severe above, of 36 deficits."""
    index = np.arange(MOST + 1) / MOST
    expected = (index > 0.12).astype(int) + (index > 0.24) + (index > 0.36)
    np.testing.assert_array_equal(class_of_score(NATIONAL), expected)


@given(st.integers(0, 3), st.integers(0, 3))
def test_a_moved_class_and_its_count_agree(before: int, after: int) -> None:
    """A programme that moves a class moves the count to the nearest of the new class."""
    if before != after:
        ((attribute, count),) = class_moves(NATIONAL)["frailty", before, after]
        assert attribute == "frailty_score"
        assert class_of_score(NATIONAL)[count] == after
        nearer = count - 1 if after > before else count + 1
        assert class_of_score(NATIONAL)[nearer] != after


@given(st.lists(st.floats(0.01, 1.0), min_size=4, max_size=4))
def test_survivors_fall_and_meet_the_classes(weights: list[float]) -> None:
    """Whatever the shares of the classes, the spread within them has their totals and is a distribution."""
    fit, mild, moderate, severe = np.array(weights) / np.sum(weights)
    found = score_survivors(NATIONAL, shares_of((mild, moderate, severe)))
    assert (np.diff(found, axis=-1) <= 1e-12).all()
    assert (found[..., 0] == 1.0).all() and (found[..., -1] == 0.0).all()
    for start, above in zip(class_starts(NATIONAL)[1:], (1.0 - fit, moderate + severe, severe), strict=True):
        np.testing.assert_allclose(found[:, 60, :, start], above, atol=1e-9)
        assert (found[:, :50, :, start] == 0.0).all(), "nobody below the table's first age is frail"


def test_the_spread_within_classes_has_the_published_mean_and_deviation() -> None:
    """Independent: Clegg 2016 at 65 to 95 has 50, 35, 12 and 3%, mean 0.14 and standard deviation 0.09."""
    found = score_survivors(NATIONAL, shares_of((0.35, 0.12, 0.03)))[0, 60, 0]
    share, index = found[:-1] - found[1:], np.arange(MOST + 1) / MOST
    mean = float(share @ index)
    assert mean == pytest.approx(0.14, abs=0.005)
    assert np.sqrt(share @ index**2 - mean**2) == pytest.approx(0.09, abs=0.005)


# ---------------------------------------------------------------------------------------- the start
def test_class_follows_score_at_the_start_and_among_entrants(parts: Replicate) -> None:
    residents = parts.residents
    score, frailty = residents.column("frailty_score"), residents.column("frailty")
    np.testing.assert_array_equal(frailty, class_of_score(NATIONAL)[score])
    young = residents.registered & (residents.age_years < 50)
    assert score[young].max() < class_starts(NATIONAL)[1] <= score.max()


def test_those_held_are_given_the_count_of_their_age(world: World, parts: Replicate) -> None:
    """Held at four until 50: then the share with at least k is the table's at exactly 50."""
    people = people_at_start(world.people.residents)
    held = HeldCount.of(NATIONAL, people)
    share = score_survivors(NATIONAL, frailty_shares(NATIONAL, people))
    first = held.age_months // 12
    there = 1.5 * share[:, first] - 0.5 * share[:, first + 1]
    given_at_least = 1.0 - held.upto
    np.testing.assert_allclose(
        given_at_least[..., held.held_at :] * there[..., held.held_at, None], there[..., held.held_at + 1 :],
        atol=1e-12,
    )  # fmt: skip
    assert (held.upto[..., : held.held_at] == 0.0).all(), "nobody loses a deficit"


# ---------------------------------------------------------------------------------------- progress
def chance(parts: Replicate, rows: np.ndarray) -> np.ndarray:
    """Return each row's hazard a month of one more deficit at the start."""
    residents, processes = parts.residents, parts.life.processes
    place = parts.life.index[DEFICIT]
    ages = np.clip(residents.age_years[rows], 0, 110)
    return np.array([
        hazard(
            residents.columns, row, place, residents.column("sex")[row], age,
            residents.column("quintile")[row], 0, processes, residents.reached,
        )
        for row, age in zip(rows, ages, strict=True)
    ])  # fmt: skip


def test_conditions_raise_the_growth_of_the_score(parts: Replicate) -> None:
    """One more condition multiplies the hazard of the next deficit by its ratio, whatever else is so."""
    residents = parts.residents
    rows = np.flatnonzero(residents.registered & (residents.age_years == 75))[:50]
    column = residents.columns[:, residents.column_of["copd"]]
    before, kept = chance(parts, rows), column[rows].copy()
    column[rows] = 1
    with_it = chance(parts, rows)
    column[rows] = 0
    without = chance(parts, rows)
    column[rows] = kept
    bound = parts.life.processes.bound[parts.life.index[DEFICIT], residents.column("sex")[rows], 75]
    free = with_it < 0.99 * bound
    assert free.mean() > 0.9
    ratio = NATIONAL.scalar("frailty_ratio_per_condition")
    np.testing.assert_allclose((with_it / without)[free & (with_it > 0)], ratio, rtol=1e-5)
    assert (before <= with_it + 1e-12).all()


def test_hazards_balance_at_the_start(world: World, parts: Replicate) -> None:
    """The expected flow over each cut point is the slope of its share plus the excess deaths beyond it."""
    (count,) = parts.counts.counts
    means = count.measure(parts.life.transitions, parts.residents, parts.life.processes)
    base, _, own = count.hazards(means)
    by_age = np.repeat(np.asarray(means.ratio), 5, axis=1)[:, :111]
    compiled = parts.life.processes
    np.testing.assert_allclose(compiled.base[count.place], base)
    np.testing.assert_allclose(compiled.own[0], own, rtol=1e-5)
    monthly = -np.expm1(-base[..., None] * own * by_age)
    held = count.share[..., :-1] - count.share[..., 1:]
    excess = np.repeat(np.asarray(means.excess), 5, axis=1)[:, :111] * count.deaths[..., None]
    for start in class_starts(NATIONAL)[1:]:
        flow = monthly[..., start - 1] * held[..., start - 1] * 12
        asked = np.gradient(count.share[:, 50:], axis=1) + (count.share * excess)[:, 50:]
        # what delayed discharges add in the baseline is left to them: nobody has had one yet at the start
        wanted = np.maximum(0.0, asked[..., start]) * count.factor[:, 50:]
        source = held[:, 50:, :, start - 1]
        settled = (source > 1e-3) & (wanted < 0.99 * LARGEST_RATE * source)
        assert settled.mean() > 0.4
        np.testing.assert_allclose(flow[:, 50:][settled], wanted[settled], rtol=1e-6, atol=1e-9)


def live(world: World, parts: Replicate, months: int) -> None:
    """Run the life course alone."""
    residents, life = parts.residents, parts.life
    column, key = residents.column_of, population_key(world.seed)

    def age(rows: np.ndarray) -> None:
        relevel(
            rows, residents.person, residents.birth_month, residents.month, residents.columns, column["sex"],
            column["quintile"], parts.ranked, key,
        )  # fmt: skip

    life.start(np.flatnonzero(residents.registered), 0)
    for month in range(months):
        residents.month = month
        if month % MONTHS_A_QUARTER == 0:
            set_divisor(life, parts.divisors[0], parts.divisors[month // MONTHS_A_QUARTER])
            parts.counts.set_quarter(life.processes, month // MONTHS_A_QUARTER)
        if month > 0:
            parts.held.let_go(residents, life.calendar_start + month, parts.key)
        born = residents.birth_month[: residents.size].astype(np.int64)
        age(np.flatnonzero((month - born) % 12 == 0))
        rows = parts.entrants[month]
        residents.columns[rows, column["status"]] = REGISTERED
        age(rows)
        life.start(rows, month)
        life.advance(month)


@pytest.mark.validation
def test_classes_keep_their_shares_over_ten_years(world: World) -> None:
    """Life course alone, full size: each class within 2% of what its ages and quintiles have, beyond chance.

    Chance: 3.3 standard errors of a binomial share (one false alarm in a thousand for each of 16 cells).
    """
    parts = build_replicate(world, Settings(years=10, feedback=False), BASELINE)
    live(world, parts, 120)
    residents = parts.residents
    np.testing.assert_array_equal(
        residents.column("frailty"), class_of_score(NATIONAL)[residents.column("frailty_score")]
    )
    share = frailty_shares(NATIONAL, people_at_start(world.people.residents)).share
    here = residents.registered
    age = np.clip(residents.age_years, 0, 110)
    wrong = []
    for first, last in BANDS:
        rows = np.flatnonzero(here & (age >= first) & (age <= last))
        expected = share[residents.column("sex")[rows], age[rows], residents.column("quintile")[rows]]
        for level in range(4):
            p = expected[:, level].mean()
            found = (residents.column("frailty")[rows] == level).mean()
            error = np.sqrt(p * (1.0 - p) / rows.size)
            print(f"{first}-{last} level {level}: {found:.4f} of {p:.4f}, ratio {found / p:.3f}")
            if abs(found - p) > 0.02 * p + FALSE_ALARMS * error:
                wrong.append((first, level, found / p))
    assert not wrong
