"""Known parameters come back, ranks are uniform, and what cannot be learnt is said to be so."""

from __future__ import annotations

import numpy as np
import pytest

from calibration.fitting import (
    Likelihood,
    Problem,
    Sampling,
    fit_emulators,
    in_batches,
    monte_carlo_error,
    rank_plot,
    recover,
    recovery_table,
    run,
    sample_posterior,
    space_filling,
)
from calibration.fitting.checks import false_alarm, uniformity
from calibration.fitting.priors import Floats
from tests.calibration.fitting.cheap import (
    counting,
    counting_problem,
    straight,
    straight_posterior,
    straight_problem,
)

PILOT_REPLICATES, REPLICATES, POINTS = 20, 6, 40
DATA_SETS = 200
LEAST, MOST = 0.84, 0.95
FALSE_ALARM = 0.01
"""Of a right method, for each parameter: at most this, by the binomial distribution (see below)."""


def exact(widening: float):
    """The posterior of the lines by hand, its deviations multiplied."""
    from scipy.special import ndtr

    def method(problem: Problem, number: int) -> Floats:
        mean, covariance = straight_posterior(problem)
        random = np.random.default_rng([5, number])
        return ndtr(mean + widening * random.multivariate_normal(np.zeros(2), covariance, size=400))

    return method


@pytest.fixture(scope="module")
def by_hand():
    problem = straight_problem(error=0.8)
    batch = in_batches(straight, problem.target_names)
    return {w: recover(problem, batch, exact(w), 300, seed=1) for w in (1.0, 0.5)}


def test_a_right_method_passes(by_hand):
    """False alarms: 0.1% for each uniformity, under 0.1% for the covers."""
    table = recovery_table(by_hand[1.0])
    assert table["cover_90"].between(0.84, 0.95).all()
    assert table["cover_50"].between(0.40, 0.60).all()
    assert (table["chi_square_probability"] > 0.001).all()
    assert (table["largest_gap_probability"] > 0.001).all()


def test_a_method_that_is_too_sure_is_caught(by_hand):
    table = recovery_table(by_hand[0.5])
    assert (table["cover_90"] < 0.84).all()
    assert (table["chi_square_probability"] < 1e-6).all()
    plot = rank_plot(by_hand[0.5])
    ends = plot[plot["from_rank"].isin([0, 90])]
    assert (ends["data_sets"] > ends["high"]).all()
    assert plot.groupby("parameter")["data_sets"].sum().tolist() == [300, 300]


def test_false_alarms_are_those_of_the_binomial_distribution():
    assert false_alarm(100, 0.9, 0.84, 0.95) == pytest.approx(0.0206 + 0.0237, abs=5e-4)
    assert false_alarm(DATA_SETS, 0.9, LEAST, MOST) < FALSE_ALARM
    assert false_alarm(10, 0.5, 0.0, 1.0) == pytest.approx(0.0)


def test_ranks_fall_into_equal_bins():
    assert uniformity(np.arange(100), 99)["chi_square"] == 0.0
    with pytest.raises(ValueError, match="equal bins"):
        uniformity(np.arange(100), 98)


def whole_method(counting_seeds: int):
    """Everything anew for each data set: pilot, runs with seeds of their own, emulators, emcee."""
    batch = in_batches(counting, counting_problem().target_names)

    def method(problem: Problem, number: int) -> Floats:
        first = counting_seeds * (1 + number)
        pilot = run(problem, batch, space_filling(4, 8, number), range(first, first + PILOT_REPLICATES))
        design = space_filling(4, POINTS, number)
        runs = run(problem, batch, design, range(first, first + REPLICATES))
        chance = monte_carlo_error(pilot).over(REPLICATES)
        likelihood = Likelihood(
            problem=problem, emulators=fit_emulators(problem, runs, chance), chance=chance
        )
        sampling = Sampling(seed=number, ensembles=2, block=200, effective_draws=500, largest_r_hat=1.02)
        return sample_posterior(likelihood, sampling).points

    return method


@pytest.mark.validation
def test_known_parameters_come_back_and_ranks_are_uniform():
    """Recovery and simulation-based calibration of the whole method, 200 independent data sets.

    False alarms of a right method: 0.6% for each of four parameters' cover (binomial), 0.1% for each of eight
    tests of uniformity: 3.4% in all at most. Seeds are fixed, so it fails always or never.
    """
    problem = counting_problem()
    batch = in_batches(counting, problem.target_names)
    recovery = recover(problem, batch, whole_method(1000), DATA_SETS, seed=11)
    table = recovery_table(recovery).set_index("parameter")
    print("\n" + table.round(3).T.to_string())
    print(rank_plot(recovery).pivot(index="parameter", columns="from_rank", values="data_sets").to_string())
    assert table["cover_90"].between(LEAST, MOST).all()
    assert (table["chi_square_probability"] > 0.001).all()
    assert (table["largest_gap_probability"] > 0.001).all()
    assert table.loc["rate", "verdict"] == "learnt"
    assert table.loc["inert", "verdict"] == "unidentifiable"
    assert table.loc["inert", "called_unidentifiable"] == 1.0
