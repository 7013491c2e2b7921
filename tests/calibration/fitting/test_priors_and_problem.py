"""Priors are drawn as scenarios' figures are; problems know what each target may be missed by."""

from __future__ import annotations

from dataclasses import replace
from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.integrate import quad

from calibration.fitting import Discrepancy, FitTarget, Prior, Problem
from scenarios.drawing import quantile
from sim.interventions.specification import Estimate
from tests.calibration.fitting.cheap import NOTHING, straight_problem

SHAPES = [
    (name, interval, numbers)
    for interval in ("ci95", "p10_p90", "judgement")
    for name, numbers in (
        ("normal", (2.0, 5.0, 6.0)),
        ("lognormal", (0.5, 0.8, 1.6)),
        ("triangular", (1.0, 1.0, 3.0)),
        ("uniform", (-1.0, 0.5, 1.0)),
        ("beta", (0.2, 0.3, 0.45)),
    )
]


def prior(name: str, interval: str, numbers: tuple[float, float, float]) -> Prior:
    low, value, high = numbers
    return Prior(name="x", distribution=name, value=value, low=low, high=high, unit="days", interval=interval)


@pytest.mark.parametrize(("name", "interval", "numbers"), SHAPES)
def test_a_prior_is_drawn_as_a_figure_of_a_scenario(name, interval, numbers):
    low, value, high = numbers
    figure = Estimate(
        value=value, low=low, high=high, unit="days", source="a test", grade="C", interval=interval,
        distribution=name,
    )  # fmt: skip
    levels = [0.01, 0.2, 0.5, 0.77, 0.995]
    found = prior(name, interval, numbers).quantile(levels)
    assert found == pytest.approx([quantile(figure, level) for level in levels], rel=1e-9)


@pytest.mark.parametrize(("name", "interval", "numbers"), SHAPES)
@given(level=st.floats(0.001, 0.999))
def test_levels_and_densities_belong_to_the_quantiles(name, interval, numbers, level):
    one = prior(name, interval, numbers)
    assert float(one.level(one.quantile(level))) == pytest.approx(level, abs=1e-9)


@pytest.mark.parametrize(("name", "interval", "numbers"), SHAPES)
def test_densities_add_up_to_one(name, interval, numbers):
    one = prior(name, interval, numbers)
    ends = one.quantile([0.0, 0.5, 1.0])
    total = sum(
        quad(lambda x: float(np.exp(one.log_density(x))), low, high, limit=200)[0]
        for low, high in pairwise(ends)
    )
    assert total == pytest.approx(1.0, abs=1e-4)


def test_a_prior_stays_within_what_the_parameter_may_be():
    share = replace(prior("normal", "ci95", (0.5, 0.8, 0.9)), least=0.0, most=1.0)
    assert share.quantile([0.0, 1.0]).tolist() == pytest.approx([share.quantile(0.0), 1.0])
    assert np.isneginf(share.log_density([1.01])[0])
    assert float(share.level(1.0)) == 1.0


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"distribution": "cauchy"}, "none of"),
        ({"interval": "none"}, "none of"),
        ({"low": float("nan")}, "finite"),
        ({"low": 7.0, "high": 8.0}, "holds"),
        ({"least": 3.0}, "leaves"),
        ({"distribution": "beta"}, "between 0 and 1"),
        ({"distribution": "lognormal", "low": -1.0}, "above 0"),
        ({"value": 2.0}, "between its ends"),
    ],
)
def test_a_prior_that_is_none_is_refused(change, said):
    with pytest.raises(ValueError, match=f"prior of x: .*{said}"):
        replace(prior("normal", "ci95", (2.0, 5.0, 6.0)), **change)


def test_an_interval_is_read_as_a_standard_error():
    target = FitTarget(name="x", value=10.0, low=8.04, high=11.96, discrepancy=NOTHING)
    assert target.error == pytest.approx(1.0, abs=1e-3)
    with pytest.raises(ValueError, match="either"):
        FitTarget(name="x", value=10.0, low=8.0, high=12.0, standard_error=1.0, discrepancy=NOTHING)
    with pytest.raises(ValueError, match="weight"):
        FitTarget(name="x", value=10.0, standard_error=1.0, weight=2.0, discrepancy=NOTHING)
    with pytest.raises(ValueError, match="reason"):
        Discrepancy(amount=0.1, basis="share", reason=" ")


def test_a_discrepancy_that_a_group_shares_makes_many_months_worth_few():
    months = 12
    of_a_series = Discrepancy(amount=0.1, basis="share", reason="one model", group="series", shared=1.0)
    series = tuple(
        FitTarget(name=f"month {k}", value=100.0, standard_error=1.0, discrepancy=of_a_series)
        for k in range(months)
    )
    problem = replace(straight_problem(), targets=series)
    of_the_mean = np.full(months, 1.0 / months)
    variance = of_the_mean @ problem.stated_covariance @ of_the_mean
    assert variance == pytest.approx(10.0**2 + 1.0 / months)


def test_a_problem_has_something_to_fit():
    problem = straight_problem()
    with pytest.raises(ValueError, match="each once"):
        replace(problem, priors=problem.priors * 2)
    with pytest.raises(ValueError, match="to fit"):
        Problem(priors=problem.priors, targets=tuple(replace(t, use="hold_out") for t in problem.targets))
    with pytest.raises(ValueError, match="nothing meets first"):
        replace(problem, targets=(replace(problem.targets[0], standard_error=0.0),))


def test_points_and_values_are_two_ways_to_say_the_same():
    problem = straight_problem()
    points = np.array([[0.1, 0.9], [0.5, 0.3]])
    assert problem.points(problem.values(points)) == pytest.approx(points)
    assert problem.named(points)[1] == pytest.approx({"a": 0.0, "b": -0.5244}, abs=1e-4)
