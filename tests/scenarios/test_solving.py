"""The value that meets a target: of a model whose answer is known."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest

from scenarios.solving import Goal, solve
from scenarios.varying import find_field
from sim.interventions.specification import Limit, month_number
from sim.parameters.errors import InputError
from tests.scenarios.fake_effects import change, number, scenario
from tests.scenarios.test_attribution import experiment
from tests.scenarios.test_execution import Here

YEAR = "2027/28"


def goal(**wanted: Any) -> Goal:
    """Return what is wanted of attendances in the second year."""
    return Goal(measure="ed_attendances", periods=(YEAR,), **wanted)


def test_a_number_is_found_with_its_interval(tmp_path: Path) -> None:
    """12 places x 12 months; replicates' luck of -0.1, 0, 0.1 gives their own roots and the interval."""
    varied = find_field(scenario(change("a", 1.0, change="multiply")), "a.places")
    assert varied.steps == "any"
    found = solve(varied, 0.0, 40.0, goal(change=-144.0), experiment(tmp_path), 0.001)
    assert found.value == pytest.approx(12.0, abs=0.01)
    half = 4.302653 * 0.1 * 12 / np.sqrt(3)
    assert found.interval.high - found.value == pytest.approx(half, rel=0.01)
    np.testing.assert_allclose(found.own_roots, 12 / np.array([0.9, 1.0, 1.1]), rtol=0.01)
    assert found.straight


def test_places_are_whole(tmp_path: Path) -> None:
    """The fewest places whose effect is at least what is wanted; few values are tried, none twice."""
    counted = Here()
    varied = find_field(scenario(change("a", 1.0)), "a.places")
    assert varied.steps == "whole"
    found = solve(varied, 0.0, 100.0, goal(change=-150.0), experiment(tmp_path, counted))
    assert found.value == 13.0
    assert counted.ran == 3 * (len(found.points) + 1)  # and the baseline
    assert len(found.points) <= 10


def test_a_date_is_found(tmp_path: Path) -> None:
    """The last month in which it may start: 10 a month, 85 wanted of the second year, nine months."""
    varied = find_field(scenario(change("a", 10.0)), "a.start")
    low, high = varied.read("2026-04"), varied.read("2028-04")
    found = solve(varied, low, high, goal(change=-85.0), experiment(tmp_path))
    assert varied.told(found.value) == "2027-07"
    assert varied.now == month_number("2026-04")


def test_a_level_and_a_share_of_baseline(tmp_path: Path) -> None:
    """Of a level of 12,168 a year (luck and noise average out), and 1% of it."""
    varied = find_field(scenario(change("a", 1.0, change="multiply")), "a.places")
    level = 12 * 1014.0
    found = solve(varied, 0.0, 40.0, goal(target=level - 240.0), experiment(tmp_path), 0.001)
    assert found.value == pytest.approx(20.0, abs=0.01)
    found = solve(varied, 0.0, 40.0, goal(percent=-1.0), experiment(tmp_path), 0.001)
    assert found.value == pytest.approx(10.14, abs=0.01)


def test_what_cannot_be_reached_is_refused_with_what_the_ends_give(tmp_path: Path) -> None:
    """Both ends are told, with intervals."""
    varied = find_field(scenario(change("a", 1.0)), "a.places")
    with pytest.raises(InputError) as refused:
        solve(varied, 0.0, 10.0, goal(change=-500.0), experiment(tmp_path))
    text = refused.value.message()
    assert "0 gives 12,168" in text
    assert "10 gives 12,048" in text
    assert "-120 (-149.8 to -90.19) from baseline" in text


def test_draws_give_a_spread_of_their_own(tmp_path: Path) -> None:
    """What else is uncertain moves the root; the number varied is certain."""
    whole = scenario(change("a", 10.0, change="multiply", half=9.0), change("b", 5.0, half=4.0))
    varied = find_field(whole, "a.places")
    found = solve(varied, 0.0, 60.0, goal(change=-240.0), experiment(tmp_path, draws=8), 0.01)
    assert found.interval.drawn_low < found.value < found.interval.drawn_high
    assert found.interval.drawn_high - found.interval.drawn_low < 10.0


PATHS = [
    ("b.places", "one of a"),
    ("a.place", "did you mean 'places'"),
    ("a.label", "INTERVENTION.FIELD"),
    ("a.end", "nothing to vary"),
    ("a.costs", "more than a number"),
    ("a", "more than a number"),
    ("a.change", "words"),
]


@pytest.mark.parametrize(("path", "told"), PATHS)
def test_paths_that_lead_nowhere_are_refused(path: str, told: str) -> None:
    """With what is there."""
    with pytest.raises(InputError) as refused:
        find_field(scenario(change("a", 1.0, 5.0)), path)
    assert told in refused.value.message()


def test_costs_ramps_and_limits_are_found_and_set() -> None:
    """Places in a list count from nought."""
    from dataclasses import replace

    limit = Limit(
        key="pot", kind="budget", of="nhs", per_year=number(100.0, unit="GBP"), interventions=("a",)
    )
    made = replace(scenario(change("a", 1.0, 5.0)), limits=(limit,))
    cost = find_field(made, "a.costs.0.amount")
    assert cost.at(7.0).interventions[0].costs[0].amount.value == 7.0
    ramp = find_field(made, "a.ramp_months")
    assert ramp.steps == "whole"
    assert ramp.at(6.0).interventions[0].ramp_months == 6
    assert find_field(made, "limits.pot.per_year").at(50.0).limits[0].per_year.value == 50.0
    with pytest.raises(InputError, match="whole number"):
        ramp.read("2.5")
