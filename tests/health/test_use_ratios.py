"""Factors by frailty and by number of conditions meet both published ratios at once."""

from __future__ import annotations

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from sim.health import use_ratios
from sim.health.needs import PROPENSITY_UPTO, propensity_class, propensity_ratios
from sim.parameters.national import load_national
from sim.population.strata import AGE_BANDS

SHAPE = (2, len(AGE_BANDS), 5, 4, 4)


@settings(max_examples=25, deadline=None)
@given(seed=st.integers(0, 2**32 - 1))
def test_both_marginal_ratios_and_the_published_means_hold(seed: int) -> None:
    """For any population with people in every stratum and any rates and ratios from 1 up to 4."""
    rng = np.random.default_rng(seed)
    people = rng.uniform(1.0, 1000.0, SHAPE)
    rate, gradient = rng.uniform(0.05, 2.0, SHAPE[:2]), rng.uniform(0.8, 2.0, 5)
    frailty, conditions = (np.append(1.0, 1.0 + rng.uniform(0.0, 3.0, 3)) for _ in range(2))
    first, second = use_ratios.fit_factors(people, rate, gradient, frailty, conditions)
    mean = use_ratios.stratum_means(people, rate, gradient, first, second)
    assert np.allclose(use_ratios.frailty_marginal(people, mean), frailty, rtol=1e-6)
    assert np.allclose(use_ratios.conditions_marginal(people, mean), conditions, rtol=1e-6)
    by_sex_age = (people * mean).sum(axis=(2, 3, 4)) / people.sum(axis=(2, 3, 4))
    assert np.allclose(by_sex_age, rate)


def test_classes_without_a_published_ratio_have_none() -> None:
    """Factors stay one where nothing is asked."""
    people = np.random.default_rng(1).uniform(1.0, 9.0, SHAPE)
    first, second = use_ratios.fit_factors(people, np.ones(SHAPE[:2]), np.ones(5), np.ones(4), np.ones(4))
    assert (first == 1.0).all()
    assert (second == 1.0).all()


def test_ranked_segments_keep_the_mean_rate_of_adults() -> None:
    """Whatever the shares by number of conditions: the ranks are cut elsewhere, the adults are the same."""
    national = load_national()
    table = national.tables["segment_use_rates"]
    rate = table[table["need_class"] == "incident_999"].sort_values("segment")["value"].to_numpy(float)
    share = table[table["need_class"] == use_ratios.SHARE].sort_values("segment")["value"].to_numpy(float)
    for seed in range(5):
        people = np.random.default_rng(seed).uniform(0.0, 9.0, SHAPE)
        ratio = use_ratios.condition_ratios(national, "incident_999", people)
        adults = people[:, use_ratios.ADULT :].sum(axis=(0, 1, 2, 3))
        adults /= adults.sum()
        none = rate[0]  # all shares here leave those with no condition within the first segment
        assert np.isclose((adults * ratio * none).sum(), (share * rate).sum())
        assert (np.diff(ratio) >= 0.0).all()


def test_own_propensity_has_mean_one_and_rises() -> None:
    """Classes narrow towards the top, and each has the share of residents that it says."""
    ratio = propensity_ratios(load_national())
    size = np.diff([0.0, *PROPENSITY_UPTO])
    assert np.isclose((ratio * size).sum(), 1.0)
    assert (np.diff(ratio) > 0.0).all()
    found = np.bincount(propensity_class((np.arange(100_000) + 0.5) / 100_000)) / 100_000
    assert np.allclose(found, size)
