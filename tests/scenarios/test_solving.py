"""The value that meets a target: of a model whose answer is known."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from scenarios.analysis_pages import solution_page
from scenarios.solving import Goal, most_steps, solve
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
    # Fieller's ends: the mean shortfall of value v is 12 (12 - v), its half-width t x 0.1 x 12 v / sqrt(3).
    half = 4.302653 * 0.1 / np.sqrt(3)
    assert found.interval.low == pytest.approx(12 / (1 + half), rel=0.001)
    assert found.interval.high == pytest.approx(12 / (1 - half), rel=0.001)
    assert found.open_ends == (False, False)
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
    assert len(found.points) <= 2 + most_steps(varied, 0.0, 100.0) == 9


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
    assert "-120 (-149.8 to -90.19; of 3 replicates only) from baseline" in text
    assert "out of reach" in text
    assert "10 comes nearest; a wider --between may reach it" in text


def test_an_interval_has_no_end_that_the_number_cannot_be(tmp_path: Path) -> None:
    """Places multiplied by none or more: where chance hides the target down to none, that is said."""
    varied = find_field(scenario(change("a", 1.0, change="multiply")), "a.places")
    assert varied.bounds == (0.0, float("inf"))
    found = solve(varied, 0.0, 40.0, goal(target=12 * 1014.0 - 12.0), experiment(tmp_path), 0.001)
    assert found.value == pytest.approx(1.0, abs=0.01)
    assert found.interval.low == 0.0
    assert found.open_ends == (True, False)
    page = solution_page(found, experiment(tmp_path))
    assert "0, the least it can be, to" in page
    assert "It can be 0 or more only." in page


def test_a_target_beyond_what_the_number_can_be_is_told_so(tmp_path: Path) -> None:
    """At the end of what a share can be, a wider range is no remedy."""
    varied = replace(
        find_field(scenario(change("a", 1.0, change="multiply")), "a.places"), bounds=(0.0, 10.0)
    )
    with pytest.raises(InputError, match="it can be no more, so this number alone does not reach it"):
        solve(varied, 0.0, 10.0, goal(change=-500.0), experiment(tmp_path))
    with pytest.raises(InputError, match="0 or more and 10 or less"):
        varied.at(11.0)


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
