"""The best set under a budget against every set tried, and break-even by hand."""

from __future__ import annotations

from dataclasses import replace
from itertools import product
from pathlib import Path

import numpy as np
import pytest

from scenarios.break_even import BreakEven, break_even, ratio, refuse_no_cost
from scenarios.experiment import ALL_YEARS, Summary, summary
from scenarios.parts import Whole
from scenarios.portfolio import Portfolio, Programme, best_set, choose
from sim.parameters.errors import InputError
from tests.scenarios.fake_effects import STOLEN, change, scenario
from tests.scenarios.test_attribution import experiment


def test_the_best_set_is_the_best_of_all_sets() -> None:
    """Knapsacks of up to eight programmes, of which all 256 sets are tried; some save, some do harm."""
    generator = np.random.default_rng(5)
    for _ in range(40):
        n = int(generator.integers(2, 9))
        benefit, cost = generator.normal(1, 2, n), generator.normal(3, 2, n) * 1e6
        budget = float(generator.uniform(0, 8)) * 1e6
        sets = np.array(list(product([0, 1], repeat=n)))
        allowed = sets[sets @ cost <= budget + 1e-6]
        found = best_set(benefit, cost, budget)
        assert found @ cost <= budget * (1 + 1e-6) + 1e-6
        assert found @ benefit == pytest.approx((allowed @ benefit).max(), abs=1e-6)


def test_a_portfolio_is_chosen_and_run_whole(tmp_path: Path) -> None:
    """Two of three fit; together they give less than their sum; luck moves all alike, so all agree."""
    made = scenario(change("a", 10.0, 4e6), change("b", 8.0, 1e6), change("c", 7.0, 1e6))
    whole = Whole(scenario=made, parts={key: frozenset(key) for key in "abc"})
    found = choose(
        whole,
        experiment(tmp_path),
        measure="ed_attendances",
        payer="nhs",
        budget=5e6,
        period=ALL_YEARS,
        higher=False,
    )
    assert found.best == ("a", "b")
    assert found.as_often == 1.0
    assert found.added_up.mean == pytest.approx(12 * 18)
    assert found.interaction.mean == pytest.approx(-12 * STOLEN * 80)
    assert found.whole.mean == pytest.approx(12 * 18 - 12 * STOLEN * 80)
    assert found.whole_cost.mean == pytest.approx(5e6)
    by_name = {one.name: one for one in found.programmes}
    assert (by_name["a"].first, by_name["b"].first_for_money, by_name["c"].chosen) == (1.0, 1.0, 0.0)


def test_draws_make_the_ranking_uncertain(tmp_path: Path) -> None:
    """Two alike but for what is not known of them: neither always ranks first."""
    made = scenario(change("a", 10.0, 1e6, half=5.0), change("b", 10.0, 1e6, half=5.0))
    whole = Whole(scenario=made, parts={key: frozenset(key) for key in "ab"})
    found = choose(
        whole, experiment(tmp_path, replicates=1, draws=20),
        measure="ed_attendances", payer="nhs", budget=1.5e6, period="2026/27", higher=False,
    )  # fmt: skip
    first = [one.first for one in found.programmes]
    assert sum(first) == pytest.approx(1.0)
    assert 0.0 < first[0] < 1.0
    assert [one.chosen for one in found.programmes] == first


def told(low: float, high: float, replicates: int = 6, **drawn: float) -> Summary:
    """Return a number with an interval."""
    return Summary(mean=(low + high) / 2, low=low, high=high, replicates=replicates, **drawn)


def test_what_is_clear_of_nought() -> None:
    """By the interval from enough replicates, and by the draws where there are any."""
    assert told(1.0, 3.0).clear
    assert told(-3.0, -1.0).clear
    assert not told(-1.0, 3.0).clear
    assert not told(1.0, 3.0, replicates=2).clear
    assert not told(1.0, 3.0, drawn_low=-1.0, drawn_high=4.0).clear
    assert not summary([5.0], 0).clear


def test_a_set_that_may_gain_nothing_is_not_called_the_best() -> None:
    """The empty set takes part, with its share of units."""
    shares = {"first": 0.5, "first_for_money": 0.5, "chosen": 0.5}
    one = Programme(name="a", benefit=told(-1, 5), cost=told(1, 1), in_best=True, **shares)
    found = Portfolio(
        measure="deaths", payer="nhs", period=ALL_YEARS, budget=5.0, programmes=(one,), best=("a",),
        added_up=told(-1, 5), whole=told(-1, 5), whole_cost=told(1, 1), interaction=told(0, 0), as_often=0.5,
        sets=((("a",), 0.5), ((), 0.5)), nothing=(0.5, 0.5),
    )  # fmt: skip
    assert not found.told_apart
    assert found.chosen_nothing == 0.5
    assert replace(found, whole=told(1, 5)).told_apart
    assert not replace(found, best=()).told_apart


def test_a_programme_that_may_save_or_lose_cannot_be_told_to_repay_itself() -> None:
    """Neither by its net cost, nor at any multiple."""
    row = BreakEven(counted="cash alone", period="2026/27", cost=told(9, 11), saving=told(-5, 30),
                    net=told(-20, 15), price_factor=told(1, 2), effect_factor=told(1, 2))  # fmt: skip
    assert row.repays == "cannot be told"
    assert row.saves_or_not
    assert replace(row, net=told(-9, -5)).repays == "yes"
    assert not replace(row, saving=told(5, 30)).saves_or_not


def test_break_even_by_hand(tmp_path: Path) -> None:
    """100 attendances a month at 255 pounds against a million a year."""
    made = scenario(change("a", 100.0, 1e6))
    found = break_even(made, experiment(tmp_path), "nhs", ("2026/27", "2027/28"))
    last = {row.counted: row for row in found if row.period == "2027/28"}
    both = last["capacity and cash"]
    assert both.cost.mean == pytest.approx(2e6)
    assert both.saving.mean == pytest.approx(2 * 12 * 100 * 255)
    assert both.net.mean == pytest.approx(2e6 - 612_000)
    assert both.price_factor.mean == pytest.approx(0.306)
    assert both.effect_factor.mean == pytest.approx(1 / 0.306)
    assert both.price_factor.high - both.price_factor.mean == pytest.approx(
        4.302653 * 0.0306 / np.sqrt(3), rel=1e-3
    )
    cash = last["cash alone"]
    assert cash.saving.mean == 0.0
    assert np.isnan(cash.effect_factor.mean)


def test_who_pays_nothing_is_told() -> None:
    """With those who do."""
    with pytest.raises(InputError, match="a payer of tried: nhs"):
        refuse_no_cost(scenario(change("a", 1.0, 5.0)), "council")


def test_the_interval_of_a_ratio_is_where_the_difference_is_not_clear_of_nought() -> None:
    """Fieller's ends, each held against the t interval of above - r below; none where below is not clear."""
    above, below = np.array([3.0, 5.0, 4.0, 4.5]), np.array([9.0, 10.0, 12.0, 8.0])
    found = ratio(above, below, 0)
    assert 0 < found.low < found.mean < found.high
    for end in (found.low, found.high):
        one = summary(above - end * below, 0)
        assert min(abs(one.low), abs(one.high)) == pytest.approx(0.0, abs=1e-9)
    unclear = ratio(above, np.array([9.0, -10.0, 12.0, -8.0]), 0)
    assert np.isfinite(unclear.mean)
    assert np.isnan([unclear.low, unclear.high]).all()


def test_the_ratio_of_means_has_a_mean_that_is_the_ratio() -> None:
    """And no interval where all units are in proportion."""
    found = ratio(np.array([10.0, 11.0, 12.0]), np.array([20.0, 22.0, 24.0]), 0)
    assert (found.mean, found.low, found.high) == pytest.approx((0.5, 0.5, 0.5))
