"""The posterior against one by hand; what is made of it; the same to the bit."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from scipy.special import ndtri

from calibration.fitting import (
    Likelihood,
    NotConvergedError,
    Sampling,
    collect_next,
    coverage,
    directions,
    draws_of,
    fit_emulators,
    identify,
    in_batches,
    monte_carlo_error,
    most_probable,
    predictive_table,
    read_draws,
    resampled,
    reweight,
    run,
    sample_posterior,
    space_filling,
    write_draws,
)
from calibration.fitting.convergence import convergence, r_hat
from calibration.fitting.likelihood import Likelihood as Emulated
from sim.parameters.errors import InputError
from tests.calibration.fitting.cheap import NAMES, SLOPES, straight, straight_posterior, straight_problem

SEEDS = range(4)
SAMPLING = Sampling(seed=2, block=200, ensembles=2, effective_draws=800, draws=2000)


@pytest.fixture(scope="module")
def likelihood():
    problem = straight_problem()
    runs = run(problem, in_batches(straight, NAMES), space_filling(2, 20, 1), SEEDS)
    chance = monte_carlo_error(runs)
    return Likelihood(problem=problem, emulators=fit_emulators(problem, runs, chance), chance=chance)


@pytest.fixture(scope="module")
def posterior(likelihood):
    return sample_posterior(likelihood, SAMPLING)


def test_the_posterior_is_the_one_by_hand(posterior):
    """Tolerances are five standard errors at 800 effective draws."""
    mean, covariance = straight_posterior(posterior.problem)
    deviation = np.sqrt(np.diag(covariance))
    assert np.abs(posterior.normal.mean(axis=0) - mean).max() < 5 * deviation.max() / np.sqrt(800) + 0.01
    assert posterior.normal.std(axis=0) == pytest.approx(deviation, rel=5 / np.sqrt(2 * 800))
    correlation = covariance[0, 1] / deviation.prod()
    assert np.corrcoef(posterior.normal.T)[0, 1] == pytest.approx(correlation, abs=5 / np.sqrt(800))


def test_twelve_parameters_are_sampled_as_widely_as_by_hand():
    """A wrong acceptance narrows all of them alike, more the more there are, and chains agree all the same.

    Of at least 2,000 effective draws a width has an error of 1.6%, their mean a smaller one; three of them.
    """
    parameters = 12
    random = np.random.default_rng(1)
    slopes = 3.0 * random.normal(size=(15, parameters)) * (random.random((15, parameters)) < 0.4)
    observed = slopes @ random.normal(size=parameters) / 2.0
    prior = straight_problem().priors[0]
    names = [f"p{k}" for k in range(parameters)]
    problem = replace(straight_problem(), priors=tuple(replace(prior, name=name) for name in names))

    class ByHand:
        def __init__(self):
            self.problem = problem

        def __call__(self, points):
            normal = ndtri(np.clip(points, 1e-12, 1.0 - 1e-12))
            return -0.5 * ((normal @ slopes.T - observed) ** 2).sum(axis=1)

    found = sample_posterior(ByHand(), replace(SAMPLING, effective_draws=2000, draws=4000))
    covariance = np.linalg.inv(np.eye(parameters) + slopes.T @ slopes)
    deviation = np.sqrt(np.diag(covariance))
    assert (found.normal.std(axis=0) / deviation).mean() == pytest.approx(1.0, abs=0.048)
    away = (found.normal.mean(axis=0) - covariance @ slopes.T @ observed) / deviation
    assert np.abs(away).max() < 5.0 / np.sqrt(2000)


def test_the_same_seed_gives_the_same_posterior_to_the_bit(likelihood, posterior, tmp_path):
    problem = likelihood.problem
    runs = run(problem, in_batches(straight, NAMES), space_filling(2, 20, 1), SEEDS)
    chance = monte_carlo_error(runs)
    anew = Likelihood(problem=problem, emulators=fit_emulators(problem, runs, chance), chance=chance)
    again = sample_posterior(anew, SAMPLING)
    assert again.points.tobytes() == posterior.points.tobytes()
    other = sample_posterior(anew, replace(SAMPLING, seed=3))
    assert other.points.tobytes() != posterior.points.tobytes()


def test_chains_that_have_not_converged_are_refused(likelihood):
    with pytest.raises(NotConvergedError, match="after 20 steps: R-hat"):
        sample_posterior(likelihood, replace(SAMPLING, block=20, longest=20))


def test_chains_apart_are_seen():
    random = np.random.default_rng(1)
    agreed = random.normal(size=(4, 200, 10))
    assert r_hat(agreed) < 1.01
    assert r_hat(agreed + np.array([0.0, 0.0, 0.0, 1.0])[:, None, None]) > 1.05
    wide = agreed * np.array([1.0, 1.0, 1.0, 3.0])[:, None, None]
    assert r_hat(wide) > 1.05  # alike in their middle, not in their width
    found = convergence(agreed[..., None], ("x",))
    assert found.effective[0] == pytest.approx(8000, rel=0.3)
    assert "x" in found.told()


def test_two_modes_are_both_found():
    """The square of a parameter is observed: its sign cannot be known."""
    problem = replace(straight_problem(observed=(1.0, 0.0, 0.0), error=0.2))

    def squared(point, seed):
        return {"first": point["a"] ** 2, "second": point["b"] + 0.01 * seed, "third": point["b"]}

    runs = run(problem, in_batches(squared, NAMES), space_filling(2, 40, 1), SEEDS)
    chance = monte_carlo_error(runs)
    emulated = Likelihood(problem=problem, emulators=fit_emulators(problem, runs, chance), chance=chance)
    found = sample_posterior(
        emulated, replace(SAMPLING, effective_draws=50, largest_r_hat=1.5, times_correlation=2)
    )
    assert 0.3 < (found.normal[:, 0] > 0).mean() < 0.7


def test_a_weight_of_a_quarter_is_twice_the_error(likelihood):
    problem = likelihood.problem
    lighter = replace(problem, targets=tuple(replace(one, weight=0.25) for one in problem.targets))
    mean = np.array([[0.1, 0.2, 0.3], [0.5, 0.1, 0.0]])
    nothing = np.zeros_like(mean)
    light = replace(likelihood, problem=lighter).of(mean, nothing)
    heavy = likelihood.of(mean, nothing)
    assert light[1] - light[0] == pytest.approx((heavy[1] - heavy[0]) / 4.0)


def test_the_likelihood_is_that_of_a_normal_distribution(likelihood):
    from scipy.stats import multivariate_normal

    point = np.array([[0.4, 0.7]])
    mean, variance = likelihood.emulators.predict(point)
    wanted = multivariate_normal(mean[0], likelihood.constant + np.diag(variance[0])).logpdf(
        likelihood.problem.observed
    )
    assert likelihood(point)[0] == pytest.approx(wanted)


def test_held_out_targets_do_not_move_the_posterior(likelihood):
    problem = likelihood.problem
    apart = replace(
        problem, targets=(*problem.targets[:2], replace(problem.targets[2], use="hold_out", value=99.0))
    )
    points = space_filling(2, 16, 3)
    one = Emulated(problem=apart, emulators=likelihood.emulators, chance=likelihood.chance)(points)
    moved = replace(apart, targets=(*apart.targets[:2], replace(apart.targets[2], value=-99.0)))
    other = Emulated(problem=moved, emulators=likelihood.emulators, chance=likelihood.chance)(points)
    assert np.array_equal(one, other)


def test_draws_come_back_from_their_file(posterior, tmp_path):
    draws = draws_of(posterior, name="lines", model_version="1.2.3", about={"seed": 2})
    back = read_draws(write_draws(draws, tmp_path / "lines.parquet"))
    assert np.array_equal(back.values, posterior.values)
    assert (back.parameter_names, back.model_version, back.about["seed"]) == (("a", "b"), "1.2.3", 2)
    assert back.content_hash == draws.content_hash
    assert replace(draws, model_version="1.2.4").content_hash != draws.content_hash


def test_a_file_of_draws_that_was_changed_is_refused(posterior, tmp_path):
    import pyarrow as pa
    import pyarrow.parquet as pq

    path = write_draws(draws_of(posterior, name="lines", model_version="1"), tmp_path / "lines.parquet")
    table = pq.read_table(path)
    changed = table.set_column(1, "a", pa.array(table["a"].to_numpy() + 1e-9))
    pq.write_table(changed, path)
    with pytest.raises(InputError, match="sha256"):
        read_draws(path)
    pq.write_table(table.replace_schema_metadata({}), path)
    with pytest.raises(InputError, match="layout"):
        read_draws(path)
    path.write_text("draw,a,b")
    with pytest.raises(InputError, match="no Parquet"):
        read_draws(path)
    with pytest.raises(InputError, match="no file"):
        read_draws(tmp_path / "none.parquet")


def test_what_was_learnt_is_told(posterior):
    found = identify(posterior)
    _, covariance = straight_posterior(posterior.problem)
    assert found.table["contraction"].tolist() == pytest.approx(1.0 - np.diag(covariance), abs=0.03)
    assert found.table["verdict"].tolist() == ["learnt", "learnt"]
    assert found.unidentifiable == ()
    table = directions(posterior)
    widest = np.sqrt(np.linalg.eigvalsh(covariance)[::-1])
    assert table["deviation"].tolist() == pytest.approx(widest, rel=0.15)


def test_what_to_measure_next_is_that_of_the_normal_distribution(posterior, likelihood):
    _, covariance = straight_posterior(posterior.problem)
    error = 0.2
    table = collect_next(posterior, likelihood.emulators, np.array([error, np.nan, error]))
    assert set(table["target"]) == {"first", "third"}
    for name, slope in (("first", SLOPES[0]), ("third", SLOPES[2])):
        taken = (covariance @ slope) ** 2 / (slope @ covariance @ slope + error**2)
        rows = table[table["target"] == name].set_index("parameter").loc[["a", "b"]]
        assert rows["reduction"].tolist() == pytest.approx(taken / np.diag(covariance), abs=0.08)


def test_predictions_hold_the_errors_that_were_stated(posterior, likelihood):
    table = predictive_table(posterior, likelihood, seed=1)
    mean, covariance = straight_posterior(posterior.problem)
    width = 2 * 1.2816 * np.sqrt(np.einsum("ij,jk,ik->i", SLOPES, covariance, SLOPES) + 0.3**2)
    assert (table["high_80"] - table["low_80"]).tolist() == pytest.approx(width, rel=0.1)
    assert table["predicted"].tolist() == pytest.approx(SLOPES @ mean, abs=0.07)
    shares = coverage(table)
    assert shares["targets"].tolist() == [3, 3, 3]
    assert shares["within"].is_monotonic_increasing


def test_weights_by_the_simulator_leave_a_good_posterior_as_it_is(posterior, likelihood):
    runs = run(posterior.problem, in_batches(straight, NAMES), posterior.points[:200], SEEDS)
    found = reweight(posterior, likelihood, runs)
    assert found.believed
    assert found.effective > 190
    again = resampled(replace(posterior), found.weights, 100, seed=1)
    assert again.points.shape == (100, 2)
    with pytest.raises(ValueError, match="first draws"):
        reweight(posterior, likelihood, runs.only(np.arange(5, 20)))


def test_weights_mend_an_emulator_that_is_wrong_and_say_when_they_cannot(posterior, likelihood):
    def moved(point, seed, by):
        return {name: value + by for name, value in straight(point, seed).items()}

    runs = {
        by: run(
            posterior.problem, in_batches(lambda p, s, by=by: moved(p, s, by), NAMES),
            posterior.points[:500], SEEDS,
        )
        for by in (0.1, 3.0)
    }  # fmt: skip
    mended = reweight(posterior, likelihood, runs[0.1])
    truth, _ = straight_posterior(posterior.problem.observing([0.5, 0.3, 0.1]))
    before, _ = straight_posterior(posterior.problem)
    weighted = mended.weights @ posterior.normal[:500]
    assert np.abs(weighted - truth).sum() < np.abs(before - truth).sum()
    assert not reweight(posterior, likelihood, runs[3.0]).believed


def test_the_most_probable_point_is_the_one_by_hand(likelihood):
    found = most_probable(likelihood, in_batches(straight, NAMES), SEEDS, seed=1)
    mean, _ = straight_posterior(likelihood.problem)
    assert [found.values["a"], found.values["b"]] == pytest.approx(mean, abs=0.02)
    assert np.abs(found.surprise).max() < 5.0
