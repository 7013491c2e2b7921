"""A whole taken to parts: the values of a game that can be worked by hand, and no subset run twice."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

from scenarios.attribution import attribute, sampled_orders, shapley, shapley_sampled, subsets_needed
from scenarios.execution import Settings
from scenarios.experiment import ALL_YEARS, Experiment, summary
from scenarios.parts import Whole, whole
from sim.interventions.specification import BASELINE, Limit
from sim.parameters.errors import InputError
from tests.scenarios.fake_effects import STOLEN, change, luck, number, scenario
from tests.scenarios.test_execution import Here

SETTINGS = Settings(area="dorset", start="2026-04", years=2, scale=0.1, seed=3)
MEASURE = ("ed_attendances",)
STRENGTHS = {"a": 10.0, "b": 20.0, "c": 5.0}


def experiment(out: Path, executor: Any = None, **more: Any) -> Experiment:
    """Return where the light model is run in this process."""
    given = {"settings": SETTINGS, "replicates": 3, "out": out, "executor": executor or Here()} | more
    return Experiment(simulate="tests.scenarios.fake_effects:simulate", **given)


def parts(strengths: dict[str, float]) -> Whole:
    """Return a scenario with one part a change."""
    made = scenario(*(change(key, size) for key, size in strengths.items()))
    return Whole(scenario=made, parts={key: frozenset([key]) for key in strengths})


def units(found: pd.DataFrame, part: str, quantity: str) -> np.ndarray:
    """Return the replicates of one number, all years."""
    rows = found[(found["part"] == part) & (found["quantity"] == quantity) & (found["period"] == ALL_YEARS)]
    return rows.sort_values("unit")["value"].to_numpy()


def test_three_parts_by_hand(tmp_path: Path) -> None:
    """Each pair's theft is shared in halves; alone has none of it, left out all."""
    found = attribute(parts(STRENGTHS), experiment(tmp_path), MEASURE)
    assert found.subsets == 8
    for key, size in STRENGTHS.items():
        own = np.array([-12 * size * (1 + luck(replicate)) for replicate in (1, 2, 3)])
        theft = 12 * STOLEN * size * sum(other for name, other in STRENGTHS.items() if name != key)
        np.testing.assert_allclose(units(found.units, key, "alone"), own)
        np.testing.assert_allclose(units(found.units, key, "left_out"), own + theft)
        np.testing.assert_allclose(units(found.units, key, "shapley"), own + theft / 2)
    theft = 12 * STOLEN * (10 * 20 + 10 * 5 + 20 * 5)
    np.testing.assert_allclose(units(found.units, "all", "interaction"), [theft] * 3)


@pytest.mark.parametrize("orders", [None, 4])
def test_the_values_add_up_to_the_whole_in_every_replicate(tmp_path: Path, orders: int | None) -> None:
    """Exact or sampled, in every year."""
    found = attribute(parts(STRENGTHS), experiment(tmp_path), MEASURE, orders)
    shares = found.units[found.units["quantity"] == "shapley"]
    total = shares.groupby(["measure", "period", "unit"])["value"].sum()
    held = found.units[found.units["quantity"] == "whole"].set_index(["measure", "period", "unit"])["value"]
    pd.testing.assert_series_equal(total.sort_index(), held.sort_index(), check_exact=False, rtol=1e-12)
    assert set(total.index.get_level_values("period")) == {"2026/27", "2027/28", ALL_YEARS}


def test_exact_values_are_those_of_every_order() -> None:
    """The weights of subsets are the shares of orders: a game of random values."""
    names, generator = tuple("abcd"), np.random.default_rng(1)
    value = {one: generator.normal(size=(2, 5)) for one in subsets_needed(names, [])}
    from itertools import permutations

    every = list(permutations(names))
    by_orders, _ = shapley_sampled(names, value, every)
    for name, numbers in shapley(names, value).items():
        np.testing.assert_allclose(numbers, by_orders[name], atol=1e-12)


def test_sampling_error_covers_the_exact_value() -> None:
    """Of 200 games of six parts, each sampled value lies within three of its errors in all but a few.

    With 15 degrees of freedom |t| > 3 has probability 0.9%; more than 4% of 1,200 would be a fault of ours
    (false alarm under one in a million if they were independent).
    """
    names, outside = tuple("abcdef"), 0
    generator = np.random.default_rng(2)
    for game in range(200):
        value = {one: generator.normal(size=(1, 3)) for one in subsets_needed(names, [])}
        exact = shapley(names, value)
        found, errors = shapley_sampled(names, value, sampled_orders(names, 32, game))
        outside += sum(abs(found[name].mean() - exact[name].mean()) > 3 * errors[name][0] for name in names)
    assert outside <= 0.04 * 1200


def test_beyond_eight_parts_orders_are_sampled(tmp_path: Path) -> None:
    """Far fewer than 512 subsets, the same by the same seed, and the sampling error is told."""
    many = parts({f"p{n}": float(n) for n in range(1, 10)})
    found = attribute(many, experiment(tmp_path, replicates=1), MEASURE, 4)
    assert found.orders == 4
    assert found.subsets < 60
    shares = found.table[found.table["quantity"] == "shapley"]
    assert (shares["sampling_error"] >= 0).all()
    assert (
        shares["sampling_error"].max() < 1e-9
    )  # pairs share equally with an order and its reverse: no error
    assert sampled_orders(many.names, 4, 3) == sampled_orders(many.names, 4, 3)
    assert sampled_orders(many.names, 4, 3) != sampled_orders(many.names, 4, 4)


def test_no_set_of_parts_is_run_twice(tmp_path: Path) -> None:
    """Eight subsets of three parts, one of them the baseline; more replicates run only what is new."""
    first = Here()
    attribute(parts(STRENGTHS), experiment(tmp_path, first), MEASURE)
    assert first.ran == 8 * 3
    again = Here()
    attribute(parts(STRENGTHS), experiment(tmp_path, again), MEASURE)
    assert again.ran == 0
    more = Here()
    attribute(parts(STRENGTHS), experiment(tmp_path, more, replicates=4), MEASURE)
    assert more.ran == 8


def test_an_interrupted_attribution_is_resumed(tmp_path: Path) -> None:
    """What was finished is kept."""
    with pytest.raises(KeyboardInterrupt):
        attribute(parts(STRENGTHS), experiment(tmp_path, Here(fail_after=10)), MEASURE)
    rest = Here()
    attribute(parts(STRENGTHS), experiment(tmp_path, rest), MEASURE)
    assert rest.ran == 8 * 3 - 10


def test_draws_are_the_same_in_every_subset(tmp_path: Path) -> None:
    """A part alone has the figures that it has in the whole: no interaction is made up."""
    one = scenario(change("a", 10.0, half=4.0), change("b", 0.0))
    found = attribute(
        Whole(scenario=one, parts={"a": frozenset("a"), "b": frozenset("b")}),
        experiment(tmp_path, replicates=2, draws=3), MEASURE,
    )  # fmt: skip
    alone = units(found.units, "a", "alone")
    assert alone.size == 6
    assert len(set(np.round(alone, 6))) == 6
    np.testing.assert_allclose(units(found.units, "all", "interaction"), 0.0, atol=1e-9)


def test_a_subset_keeps_the_wholes_keys_and_its_limits_in_place() -> None:
    """No part is the baseline, all are the whole; a limit holds those who are there."""
    limits = tuple(
        Limit(key=key, kind="budget", of="nhs", per_year=number(1.0), interventions=held)
        for key, held in (("one", ("a",)), ("both", ("a", "b")))
    )
    from dataclasses import replace

    made = parts(STRENGTHS)
    made = replace(made, scenario=replace(made.scenario, limits=limits))
    assert made.subset([]) is BASELINE
    assert made.subset("abc") is made.scenario
    some = made.subset("bc")
    assert [one.key for one in some.interventions] == ["b", "c"]
    assert [one.interventions for one in some.limits] == [(), ("b",)]


def test_a_combination_has_its_scenarios_as_parts() -> None:
    """By where each intervention was first written, whatever its key has become."""
    found = whole("home_first@as_planned+winter_surge", "dorset")
    assert found.names == ("home_first@as_planned", "winter_surge")
    together = [key for keys in found.parts.values() for key in keys]
    assert sorted(together) == sorted(one.key for one in found.scenario.interventions)
    assert whole("home_first", "dorset").names == (
        "transfer_of_care_hubs", "brokerage", "home_care_capacity",
    )  # fmt: skip


def test_parts_that_need_each_other_go_together() -> None:
    """As one part, in the place of the first."""
    made = parts(STRENGTHS).together([["c", "a"]])
    assert made.parts == {"a&c": frozenset("ac"), "b": frozenset("b")}
    assert [one.key for one in made.subset(["a&c"]).interventions] == ["a", "c"]
    for groups in ([["a", "x"]], [["a", "b"], ["b", "c"]], [["a", "b", "c"]]):
        with pytest.raises(InputError, match="--together"):
            parts(STRENGTHS).together(groups)


def test_one_part_is_refused() -> None:
    """It would be all of it."""
    with pytest.raises(InputError, match="at least two scenarios"):
        whole("home_first", "dorset", "scenarios")


def test_intervals_are_students() -> None:
    """Three replicates: 4.303 times the standard error; draws apart."""
    found = summary([1.0, 2.0, 3.0], 0)
    assert (found.mean, round(found.high - 2.0, 3)) == (2.0, round(4.302653 / np.sqrt(3), 3))
    drawn = summary([1.0, 3.0, 5.0, 7.0], 2)
    assert drawn.mean == 4.0
    assert 2.0 <= drawn.drawn_low < drawn.drawn_high <= 6.0
