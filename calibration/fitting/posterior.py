"""The posterior: draws of the parameters given the fitted targets, by emcee on the emulated likelihood.

emcee (Foreman-Mackey and others 2013) moves an ensemble of walkers with moves that are blind to how
parameters are scaled and correlated (Goodman and Weare 2010): here differential evolution (ter Braak 2006)
and, one time in five, their stretch move, whose steps are of all sizes. Walkers live on the normal
scale of the priors' levels, on which every prior is standard normal: what the targets say nothing about looks
normal, and there are no walls. Several ensembles, each with its own seed, start from points drawn by their
likelihood among many that fill the cube, so that a second mode is found if it is there. Their agreement is
the test of convergence; a posterior whose chains have not converged is refused. The same problem, emulators
and seed give the same draws to the bit on one machine.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import emcee
import numpy as np
import pandas as pd
from numpy.typing import NDArray
from scipy.special import ndtr, ndtri
from threadpoolctl import threadpool_limits

from calibration.fitting.convergence import Convergence, convergence
from calibration.fitting.design import space_filling
from calibration.fitting.likelihood import Likelihood
from calibration.fitting.priors import SMALLEST_LEVEL, Floats
from calibration.fitting.problem import Problem

MOVES = ((emcee.moves.DEMove, 0.8), (emcee.moves.StretchMove, 0.2))
"""Moves and how often each is made.

Never emcee's snooker move: in release 3.1.6 its acceptance takes the square root of the factor that it should
(mended later, pull request 531): posteriors of twelve parameters came out a tenth too narrow, and every
sign of convergence was good.
"""
WALKERS_PER_PARAMETER = 4
FEWEST_WALKERS = 48
START_POWER = 11
"""Starts are drawn among 2 to this power points that fill the cube."""


class NotConvergedError(Exception):
    """The chains did not agree; the message says how far off they are."""


@dataclass(frozen=True, kw_only=True)
class Sampling:
    """How the posterior is sampled, and when it is good enough."""

    seed: int
    """Of starts and moves."""
    draws: int = 1000
    """How many draws are kept."""
    ensembles: int = 4
    """Independent ensembles of walkers."""
    block: int = 250
    """Steps between two looks at convergence."""
    longest: int = 20000
    """Steps after which it is given up."""
    largest_r_hat: float = 1.01
    """Largest potential scale reduction allowed (Vehtari and others 2021)."""
    effective_draws: float = 1000.0
    """Smallest effective number of draws allowed, of each parameter."""
    times_correlation: float = 50.0
    """All steps have to be this many times the autocorrelation time (emcee's documentation)."""

    def __post_init__(self) -> None:
        """Refuse what cannot be sampled."""
        if self.ensembles < 2 or self.draws < 1 or self.block < 2 or self.longest < self.block:
            raise ValueError("sampling needs two ensembles, a draw, and steps")


@dataclass(frozen=True, kw_only=True)
class Posterior:
    """Draws from the posterior."""

    problem: Problem
    """What was fitted."""
    points: Floats
    """Draws as points of the unit cube, (draws, parameters), in a random order."""
    log_likelihood: Floats
    """Logarithm of the emulated likelihood at each, (draws,)."""
    convergence: Convergence
    """How well the chains agreed."""

    @property
    def values(self) -> Floats:
        """Draws in the parameters' units, (draws, parameters)."""
        return self.problem.values(self.points)

    @property
    def normal(self) -> Floats:
        """Draws on the scale on which each prior is standard normal, (draws, parameters)."""
        return np.asarray(ndtri(np.clip(self.points, SMALLEST_LEVEL, 1.0 - SMALLEST_LEVEL)), dtype=np.float64)

    def to_frame(self) -> pd.DataFrame:
        """Return a row for each draw, with its number from 1 and the parameters in their units."""
        table = pd.DataFrame(self.values, columns=list(self.problem.parameter_names))
        table.insert(0, "draw", np.arange(1, len(table) + 1))
        return table


def sample_posterior(likelihood: Likelihood, sampling: Sampling) -> Posterior:
    """Return draws from the posterior.

    Chains run on in blocks until the later half of all steps has converged, and the draws are of that half.

    Raises:
        NotConvergedError: They had not after `sampling.longest` steps.
    """
    with threadpool_limits(limits=1):
        samplers = _started(likelihood, sampling)
        steps, found = 0, None
        while steps < sampling.longest:
            for sampler, state in samplers:
                sampler.run_mcmc(state if steps == 0 else None, sampling.block)
            steps += sampling.block
            chains = np.stack([sampler.get_chain(discard=steps // 2) for sampler, _ in samplers])
            found = convergence(chains, likelihood.problem.parameter_names)
            if _enough(found, sampling):
                return _posterior(likelihood, sampling, chains, found)
    told = "nothing was run" if found is None else found.told()
    raise NotConvergedError(f"the posterior has not converged after {steps} steps: {told}")


def _enough(found: Convergence, sampling: Sampling) -> bool:
    """Tell whether chains have converged."""
    return bool(
        found.r_hat.max() <= sampling.largest_r_hat
        and found.effective.min() >= max(sampling.effective_draws, 0.0)
        and 2 * found.steps >= sampling.times_correlation * found.correlation_time.max()
    )


def _log_posterior(likelihood: Likelihood) -> Callable[[Floats], Floats]:
    """Return the logarithm of the posterior's density on the normal scale, of points (points, parameters)."""

    def density(normal: Floats) -> Floats:
        return np.asarray(likelihood(ndtr(normal)) - 0.5 * (normal**2).sum(axis=1))

    return density


def _started(likelihood: Likelihood, sampling: Sampling) -> list[tuple[emcee.EnsembleSampler, emcee.State]]:
    """Return the ensembles with their starts."""
    parameters = len(likelihood.problem.priors)
    walkers = max(FEWEST_WALKERS, WALKERS_PER_PARAMETER * parameters)
    cube = space_filling(parameters, 2**START_POWER, sampling.seed)
    logs = likelihood(cube)
    made = []
    for number in range(sampling.ensembles):
        random = np.random.default_rng([sampling.seed, number])
        start = ndtri(cube[_chosen(logs, walkers, random)])
        mover = np.random.RandomState(random.integers(2**32))
        sampler = emcee.EnsembleSampler(
            walkers, parameters, _log_posterior(likelihood), vectorize=True,
            moves=[(move(), share) for move, share in MOVES],
        )  # fmt: skip
        made.append((sampler, emcee.State(start, random_state=mover.get_state())))
    return made


def _chosen(logs: Floats, walkers: int, random: np.random.Generator) -> NDArray[np.int64]:
    """Return which points walkers start from: drawn by likelihood, flattened until enough have a share."""
    power = 1.0
    while True:
        weights = np.exp(power * (logs - logs.max()))
        weights /= weights.sum()
        if 1.0 / (weights**2).sum() >= 2.0 * walkers or power < SMALLEST_LEVEL:
            break
        power /= 2.0
    keys = np.log(random.random(len(logs)))
    with np.errstate(divide="ignore"):
        return np.argsort(np.log(-keys) - np.log(weights), kind="stable")[:walkers]


def _posterior(likelihood: Likelihood, sampling: Sampling, chains: Floats, found: Convergence) -> Posterior:
    """Return the draws: evenly spaced steps of all walkers, in a random order."""
    ensembles, steps, walkers, parameters = chains.shape
    needed = min(steps, -(-sampling.draws // (ensembles * walkers)))
    spaced = np.linspace(0, steps - 1, needed).round().astype(int)
    kept = chains[:, spaced].reshape(-1, parameters)
    order = np.random.default_rng([sampling.seed, sampling.ensembles]).permutation(len(kept))
    points = np.asarray(ndtr(kept[order[: sampling.draws]]), dtype=np.float64)
    return Posterior(
        problem=likelihood.problem, points=points, log_likelihood=likelihood(points), convergence=found
    )
