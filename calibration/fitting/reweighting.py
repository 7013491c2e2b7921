"""Re-weighting: the posterior by the simulator itself, at some of the draws that the emulator gave.

The simulator is run at posterior draws, each draw is weighted by the likelihood of what the simulator gives
over that of what the emulator gave, and draws are taken again by weight (importance sampling; Gelman and
others 2013, section 10.4). Few effective draws mean that emulator and simulator disagree where it matters:
more runs are needed there, and the re-weighted posterior is not to be used.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from calibration.fitting.likelihood import Likelihood
from calibration.fitting.posterior import Posterior
from calibration.fitting.priors import Floats
from calibration.fitting.runs import Runs

LEAST_EFFECTIVE_SHARE = 0.3
"""Share of the draws that have to be effective for weights to be believed."""


@dataclass(frozen=True, kw_only=True)
class Reweighted:
    """Posterior draws with weights by true simulations."""

    weights: Floats
    """Weight of each draw that was run, (draws,); they sum to 1."""
    effective: float
    """Effective number of draws: 1 over the sum of squared weights."""
    shift: Floats
    """How far the means move, in posterior standard deviations on the normal scale, (parameters,)."""
    believed: bool
    """Whether enough of them are effective."""


def reweight(posterior: Posterior, likelihood: Likelihood, runs: Runs) -> Reweighted:
    """Return weights of the first posterior draws by runs of the simulator at them.

    Args:
        posterior: Draws.
        likelihood: With which they were drawn.
        runs: At the first draws of the posterior, in their order, by the seeds of the emulators' runs.

    Raises:
        ValueError: Runs are not at the first draws.
    """
    count = len(runs.points)
    if count > len(posterior.points) or not np.array_equal(runs.points, posterior.points[:count]):
        raise ValueError("runs to weight by are at the first draws of the posterior, in their order")
    simulated = likelihood.of(runs.means, np.zeros_like(runs.means))
    logs = simulated - posterior.log_likelihood[:count]
    weights = np.exp(logs - logs.max())
    weights /= weights.sum()
    normal = posterior.normal[:count]
    effective = float(1.0 / (weights**2).sum())
    shift = (weights @ normal - normal.mean(axis=0)) / normal.std(axis=0, ddof=1)
    return Reweighted(
        weights=weights, effective=effective, shift=shift,
        believed=effective >= LEAST_EFFECTIVE_SHARE * count,
    )  # fmt: skip


def resampled(posterior: Posterior, weights: Floats, draws: int, seed: int) -> Posterior:
    """Return draws taken again by weight, with equal steps through the weights (systematic resampling).

    Args:
        posterior: Whose first draws have weights.
        weights: Of them, summing to 1.
        draws: How many to take.
        seed: Of the start of the steps and the order of the draws.
    """
    random = np.random.default_rng(seed)
    steps = (np.arange(draws) + random.random()) / draws
    chosen = np.minimum(np.searchsorted(np.cumsum(weights), steps), len(weights) - 1)
    taken = random.permutation(chosen)
    return replace(posterior, points=posterior.points[taken], log_likelihood=posterior.log_likelihood[taken])
