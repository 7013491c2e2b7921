"""From a problem to a file of draws: all steps in a row, twice."""

from __future__ import annotations

import numpy as np
import pytest

from calibration.fitting import (
    Likelihood,
    Sampling,
    Waves,
    draws_of,
    fit_emulators,
    history_match,
    identify,
    in_batches,
    kept_parameters,
    monte_carlo_error,
    morris_design,
    morris_effects,
    run,
    sample_posterior,
    space_filling,
)
from calibration.fitting.checks import synthetic
from tests.calibration.fitting.cheap import counting, counting_problem

TRUTH = np.array([0.7, 0.4, 0.3, 0.5])
REPLICATES = 6


def calibrated():
    whole = counting_problem()
    batch = in_batches(counting, whole.target_names)
    whole = synthetic(whole, batch, TRUTH, number=3, seed=4)
    design = morris_design(whole, 6, seed=1)
    runs = run(whole, batch, design.points, range(REPLICATES))
    kept = kept_parameters(morris_effects(whole, design, runs, monte_carlo_error(runs)))
    problem = whole.of(kept)
    fixed = {prior.name: prior.value for prior in whole.priors if prior.name not in kept}

    def simulate(point, seed):
        return counting({**fixed, **point}, seed)

    batch = in_batches(simulate, problem.target_names)
    chance = monte_carlo_error(run(problem, batch, space_filling(3, 6, 9), range(20))).over(REPLICATES)
    match = history_match(problem, batch, range(REPLICATES), Waves(seed=2, most=2, candidates=512), chance)
    assert match.runs is not None
    likelihood = Likelihood(
        problem=problem, emulators=fit_emulators(problem, match.runs, chance), chance=chance
    )
    sampling = Sampling(seed=5, ensembles=2, block=150, effective_draws=400, largest_r_hat=1.03)
    return match, sample_posterior(likelihood, sampling)


@pytest.fixture(scope="module")
def once():
    return calibrated()


def test_known_parameters_come_back_through_all_steps(once):
    """One data set: the truth lies within 4 posterior deviations; false alarm under 0.1%."""
    match, posterior = once
    assert posterior.problem.parameter_names == ("rate", "growth", "gradient")
    assert match.waves[-1].share_left < 0.5
    truth = posterior.problem.points(counting_problem().values(TRUTH)[:, :3])
    assert match.implausibility(truth)[0] <= 3.5
    away = (posterior.points.mean(axis=0) - truth[0]) / posterior.points.std(axis=0)
    assert np.abs(away).max() < 4.0
    assert identify(posterior).unidentifiable == ()


def test_twice_the_same_is_the_same_to_the_bit(once):
    _, again = calibrated()
    hashes = {draws_of(one, name="x", model_version="1").content_hash for one in (once[1], again)}
    assert len(hashes) == 1
