"""Who accepts: the mean is the one stated for any ratios and any people; answers hold for a year."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from sim.interventions.specification import Uptake, UptakeBy
from sim.interventions.uptake import GROUPS, SHAPE, chance_of_accepting, odds_ratios
from sim.population.residents import NOT_REACHED
from tests.interventions.people import at_work, cohort, live, number, town

ratio = st.floats(min_value=0.05, max_value=20.0)
share = st.floats(min_value=0.001, max_value=0.999)


@st.composite
def uptakes(draw: st.DrawFn) -> Uptake:
    """An uptake with ratios by quintile and by any of the groups."""
    by: dict[UptakeBy, dict[str, float]] = {}
    for name, groups in GROUPS.items():
        by[name] = draw(st.dictionaries(st.sampled_from(groups), ratio))  # type: ignore[index]
    first, second, third, fourth, fifth = draw(st.lists(ratio, min_size=5, max_size=5))
    return Uptake(
        mean=number(draw(share)), ratio_by_quintile=(first, second, third, fourth, fifth),
        ratio_by=tuple((name, tuple(ratios.items())) for name, ratios in by.items()),
    )  # fmt: skip


@given(uptake=uptakes(), seed=st.integers(min_value=0, max_value=2**32 - 1))
def test_the_mean_over_those_eligible_is_the_stated_one(uptake: Uptake, seed: int) -> None:
    """For any ratios and any mix of people, and the odds of any two groups are as their ratios."""
    people = np.random.default_rng(seed).poisson(2.0, SHAPE)
    people[0, 0, 0, 0] += 1
    ratios = odds_ratios(uptake)
    chance = chance_of_accepting(uptake.mean.value, ratios, people)
    assert (chance * people).sum() / people.sum() == pytest.approx(uptake.mean.value, rel=1e-9)
    level = np.log(chance) - np.log1p(-chance) - np.log(ratios)
    settled = (chance > 1e-9) & (chance < 1 - 1e-9)  # the log odds of what is nearly certain are lost
    assert np.ptp(level[settled]) < 1e-5


def test_nobody_eligible_still_has_a_chance() -> None:
    """The mean over one in each group, then."""
    uptake = Uptake(mean=number(0.3), ratio_by_quintile=(0.5, 1, 1, 1, 2))
    chance = chance_of_accepting(0.3, odds_ratios(uptake), np.zeros(SHAPE, np.int64))
    assert chance.mean() == pytest.approx(0.3)


def test_equal_ratios_are_the_mean_to_the_bit() -> None:
    assert (chance_of_accepting(0.37, np.ones(SHAPE), np.ones(SHAPE, np.int64)) == 0.37).all()


def test_a_year_of_offers_to_everybody_reaches_the_stated_share() -> None:
    """Four in ten accept: within 5 standard errors after a year, and of those left again in the next."""
    size = 20_000
    people = town(size)
    programmes = at_work(people, [cohort(offered_per_year=number(1.0), uptake=Uptake(mean=number(0.4)))])
    live(programmes, 12)
    reached = (people.reached[:, 0] != NOT_REACHED).mean()
    assert abs(reached - 0.4) < 5 * math.sqrt(0.24 / size)
    for month in range(12, 24):
        people.month = month
        programmes.reach(month)
    again = (people.reached[:, 0] != NOT_REACHED).mean()
    assert abs(again - (1 - 0.6**2)) < 5 * math.sqrt(0.24 / size)


def test_a_gradient_is_met_by_those_reached() -> None:
    """Shares by quintile within 5 standard errors of logit(p) = a + log ratio, a solved by hand."""
    people = town(50_000)
    ratios = (0.5, 0.8, 1.0, 1.3, 2.0)
    live(at_work(people, [cohort(uptake=Uptake(mean=number(0.4), ratio_by_quintile=ratios))]), 1)
    quintile = people.column("quintile")
    count = np.bincount(quintile, minlength=5)
    low, high = -20.0, 20.0
    for _ in range(100):
        a = (low + high) / 2
        p = np.array([1 / (1 + math.exp(-a) / one) for one in ratios])
        low, high = (a, high) if (p * count).sum() < 0.4 * count.sum() else (low, a)
    found = np.bincount(quintile, people.reached[:, 0] != NOT_REACHED, minlength=5) / count
    assert (np.abs(found - p) < 5 * np.sqrt(p * (1 - p) / count)).all()
