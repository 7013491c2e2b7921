"""Elementary effects and Sobol's indices, against what is known of straight lines and of counts."""

from __future__ import annotations

import numpy as np
import pytest

from calibration.fitting import (
    fit_emulators,
    in_batches,
    kept_parameters,
    monte_carlo_error,
    morris_design,
    morris_effects,
    ranking,
    run,
    sobol_indices,
    space_filling,
)
from tests.calibration.fitting.cheap import NAMES, counting, counting_problem, straight, straight_problem

SEEDS = range(6)


@pytest.fixture(scope="module")
def effects():
    problem = counting_problem()
    design = morris_design(problem, 8, seed=1)
    runs = run(problem, in_batches(counting, problem.target_names), design.points, SEEDS)
    return morris_effects(problem, design, runs, monte_carlo_error(runs))


def test_what_does_nothing_is_not_kept(effects):
    assert set(kept_parameters(effects)) == {"rate", "growth", "gradient"}
    table = ranking(effects).set_index("parameter")
    assert table.index[0] == "rate"
    assert not table.loc["inert", "kept"]
    assert table.loc["inert", "errors"] == 0.0  # common random numbers: not even chance moves it


def test_chance_alone_is_not_taken_for_an_effect():
    """Without common random numbers the inert parameter has an effect; it stays below chance's limit."""
    problem = counting_problem()
    design = morris_design(problem, 8, seed=1)

    def careless(point, seed):
        key = int(point["inert"] * 1e6) + int(point["rate"] * 1e6) * 7
        return counting(point, seed * 1_000_003 + key)

    runs = run(problem, in_batches(careless, problem.target_names), design.points, SEEDS)
    table = morris_effects(problem, design, runs, monte_carlo_error(runs))
    inert = table[table["parameter"] == "inert"]
    assert (inert["mean_size"] > 0).all()
    assert not inert["matters"].any()


def test_effects_of_straight_lines_are_their_slopes():
    problem = straight_problem()
    design = morris_design(problem, 6, seed=2)
    points = design.points
    assert points.min() == pytest.approx(0.025)
    runs = run(problem, in_batches(straight, NAMES), points, SEEDS)
    table = morris_effects(problem, design, runs, monte_carlo_error(runs))
    sizes = table.pivot(index="target", columns="parameter", values="mean_size")
    assert sizes.loc["first", "a"] / sizes.loc["first", "b"] == pytest.approx(2.0, rel=0.2)
    signs = table.pivot(index="target", columns="parameter", values="mean_effect")
    assert signs.loc["second", "a"] < 0 < signs.loc["second", "b"]


def test_shares_of_variance_of_straight_lines_are_those_of_their_slopes():
    problem = straight_problem()
    runs = run(problem, in_batches(straight, NAMES), space_filling(2, 30, 1), SEEDS)
    emulators = fit_emulators(problem, runs, monte_carlo_error(runs))
    table = sobol_indices(problem, emulators, seed=1, points=256).set_index(["target", "parameter"])
    assert table.loc[("first", "a"), "first_order"] == pytest.approx(0.8, abs=0.08)
    assert table.loc[("first", "b"), "total"] == pytest.approx(0.2, abs=0.05)
    assert np.allclose(table["first_order"], table["total"], atol=0.08)
    assert table["trusted"].all()
