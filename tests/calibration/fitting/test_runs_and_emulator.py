"""Monte-Carlo error under common random numbers, designs, emulators."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from sklearn.gaussian_process import GaussianProcessRegressor

from calibration.fitting import fit_emulators, in_batches, monte_carlo_error, run, space_filling
from calibration.fitting.design import farthest
from calibration.fitting.emulator import _diagnostics
from calibration.fitting.runs import Runs
from tests.calibration.fitting.cheap import (
    counting,
    counting_means,
    counting_problem,
    straight,
    straight_problem,
)


def noisy(points: int, replicates: int, shared: np.ndarray, own: np.ndarray, seed: int) -> Runs:
    """Runs whose chance is known."""
    random = np.random.default_rng(seed)
    level = random.normal(size=(points, 1, len(shared))) * 5.0
    luck = random.multivariate_normal(np.zeros(len(shared)), shared, size=(1, replicates))
    left = random.multivariate_normal(np.zeros(len(own)), own, size=(points, replicates))
    return Runs(
        points=random.random((points, 2)), results=level + luck + left, seeds=tuple(range(replicates))
    )


def test_shared_luck_is_told_from_the_points_own():
    """Means over 400 sets; tolerances are five standard errors of them."""
    shared, own = np.array([[1.0, 0.6], [0.6, 2.0]]), np.array([[0.5, -0.2], [-0.2, 0.4]])
    found = [monte_carlo_error(noisy(20, 6, shared, own, seed)) for seed in range(400)]
    assert np.mean([one.own for one in found], axis=0) == pytest.approx(own, abs=0.02)
    assert np.mean([one.shared for one in found], axis=0) == pytest.approx(shared, abs=0.35)
    assert all(np.linalg.eigvalsh(one.shared).min() > -1e-9 for one in found)
    assert found[0].of_means == pytest.approx((found[0].shared + found[0].own) / 6)


def test_more_points_do_not_shrink_the_luck_that_they_share():
    shared, own = np.eye(1) * 4.0, np.eye(1) * 1e-6
    few, many = (
        np.mean([monte_carlo_error(noisy(n, 4, shared, own, s)).of_means[0, 0] for s in range(300)])
        for n in (5, 100)
    )
    assert few == pytest.approx(1.0, abs=0.25)  # 4 / 4 replicates; five standard errors
    assert many == pytest.approx(1.0, abs=0.25)


def test_one_replicate_tells_no_chance():
    with pytest.raises(ValueError, match="two replicates"):
        monte_carlo_error(noisy(5, 1, np.eye(1), np.eye(1), 1))


def test_a_simulator_that_returns_no_number_is_named():
    problem = straight_problem()
    with pytest.raises(ValueError, match="second is no number"):
        run(problem, lambda points, seeds: [[[1.0, np.nan, 1.0]]], [0.5, 0.5], [1])
    with pytest.raises(ValueError, match="shape"):
        run(problem, lambda points, seeds: [[[1.0]]], [0.5, 0.5], [1])


def test_a_longer_design_begins_with_the_shorter():
    long = space_filling(3, 50, 7)
    assert np.array_equal(long[:20], space_filling(3, 20, 7))
    assert np.array_equal(long[20:], space_filling(3, 30, 7, first=20))
    assert not np.array_equal(long, space_filling(3, 50, 8))


def test_later_points_are_far_from_those_that_were_run():
    candidates = np.linspace(0.0, 1.0, 11)[:, None]
    chosen = farthest(candidates, np.array([[0.0]]), 2)
    assert chosen.ravel().tolist() == [1.0, 0.5]
    with pytest.raises(ValueError, match="cannot be chosen"):
        farthest(candidates, candidates, 12)


@pytest.fixture(scope="module")
def counted():
    problem = counting_problem()
    runs = run(problem, in_batches(counting, problem.target_names), space_filling(4, 40, 1), range(6))
    return problem, runs, monte_carlo_error(runs)


def test_an_emulator_foresees_runs_that_it_has_not_seen(counted):
    problem, runs, chance = counted
    emulators = fit_emulators(problem, runs, chance)
    assert emulators.trusted.all(), emulators.doubts
    fresh = run(problem, in_batches(counting, problem.target_names), space_filling(4, 100, 99), range(6))
    mean, variance = emulators.predict(fresh.points)
    apart = (fresh.means - mean) / np.sqrt(variance + chance.between_points)
    assert np.sqrt((apart**2).mean()) < 1.5  # well below 1: chance of the same seeds changes smoothly
    truth = np.array([counting_means(point) for point in problem.named(fresh.points)])
    whole = (truth - mean) / np.sqrt(variance + np.diag(chance.of_means))
    assert np.sqrt((whole**2).mean()) < 2.2  # four targets' luck: chi-square of 4, false alarm 0.1%
    assert np.corrcoef(mean[:, 0], fresh.means[:, 0])[0, 1] > 0.99
    inert = [one.length_scales[3] / one.length_scales[0] for one in emulators.each]
    assert min(inert) > 1.0  # what does nothing has the longer scale


def test_left_out_runs_are_foreseen_as_if_they_had_been_left_out(counted):
    """The closed form against making the emulator again without the run, scales held."""
    problem, runs, chance = counted
    one = fit_emulators(problem, runs, chance).each[0]
    covariance = one.factor @ one.factor.T
    scaled = (runs.means[:, 0] - one.centre) / one.scale
    for k in (0, 17):
        others = np.arange(len(scaled)) != k
        solved = np.linalg.solve(covariance[np.ix_(others, others)], covariance[others, k])
        error = solved @ scaled[others] - scaled[k]
        deviation = np.sqrt(covariance[k, k] - solved @ covariance[others, k])
        assert one.diagnostics.errors[k] == pytest.approx(error * one.scale, rel=1e-5)
        assert one.diagnostics.standardised[k] == pytest.approx(error / deviation, rel=1e-5)


def test_prediction_is_that_of_the_library(counted):
    problem, runs, chance = counted
    one = fit_emulators(problem, runs, chance).each[1]
    from calibration.fitting.emulator import SMALLEST_NUGGET, _kernel

    kernel = _kernel(4)
    logs = np.log([one.signal, *one.length_scales, one.nugget])
    noise = chance.between_points[1] / one.scale**2 + SMALLEST_NUGGET
    library = GaussianProcessRegressor(kernel.clone_with_theta(logs), alpha=noise, optimizer=None)
    library.fit(problem.coordinates(runs.points), (runs.means[:, 1] - one.centre) / one.scale)
    points = problem.coordinates(space_filling(4, 10, 5))
    mean, deviation = library.predict(points, return_std=True)
    found = one.predict(points)
    assert found[0] == pytest.approx(one.centre + one.scale * mean, rel=1e-9)
    assert np.sqrt(found[1]) == pytest.approx(one.scale * deviation, rel=1e-5)


def test_an_emulator_that_is_too_sure_is_doubted():
    factor = np.eye(40)
    assert _diagnostics(factor, np.random.default_rng(1).normal(size=40), np.arange(40.0), 1.0).trusted
    doubted = _diagnostics(factor, 3.0 * np.random.default_rng(1).normal(size=40), np.arange(40.0), 1.0)
    assert len(doubted.doubts) == 2
    assert "times as large" in doubted.doubts[0]


def test_a_target_that_nothing_moves_is_emulated_too():
    problem = straight_problem()
    runs = run(problem, in_batches(straight, problem.target_names), space_filling(2, 12, 1), range(2))
    still = replace(runs, results=np.full_like(runs.results, 5.0))
    mean, variance = fit_emulators(problem, still, monte_carlo_error(still)).predict(np.full((1, 2), 0.3))
    assert mean == pytest.approx(np.full((1, 3), 5.0))
    assert (variance < 1.0).all()
    with pytest.raises(ValueError, match="too few"):
        fit_emulators(problem, runs.only([0, 1]), monte_carlo_error(runs))
