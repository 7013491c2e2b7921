"""Point estimate: the most probable parameters, quickly; it says nothing of how sure they are.

scipy looks for the largest posterior density on the emulators (Nelder and Mead 1965, from the best of many
points), and the simulator is asked whether it agrees there.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from scipy.optimize import minimize
from scipy.special import ndtr, ndtri
from threadpoolctl import threadpool_limits

from calibration.fitting.design import space_filling
from calibration.fitting.likelihood import Likelihood
from calibration.fitting.priors import SMALLEST_LEVEL, Floats
from calibration.fitting.runs import Batch, Runs, run

START_POWER = 11
STARTS = 3
STEPS_PER_PARAMETER = 400


@dataclass(frozen=True, kw_only=True)
class PointEstimate:
    """The most probable parameters."""

    point: Floats
    """In the unit cube, (parameters,)."""
    values: dict[str, float]
    """By name, in their units."""
    log_posterior: float
    """Logarithm of the posterior's density there, on the normal scale, but for a constant."""
    runs: Runs
    """The simulator at the point."""
    surprise: Floats
    """How far the simulator is from the emulators there, in standard deviations, (targets,)."""


def most_probable(likelihood: Likelihood, batch: Batch, seeds: Sequence[int], seed: int) -> PointEstimate:
    """Return the most probable parameters.

    Args:
        likelihood: On the emulators.
        batch: The simulator, run once at the end.
        seeds: Of its replicates.
        seed: Of the points that are looked at first.
    """
    problem = likelihood.problem
    with threadpool_limits(limits=1):
        normal = ndtri(
            np.clip(
                space_filling(len(problem.priors), 2**START_POWER, seed), SMALLEST_LEVEL, 1.0 - SMALLEST_LEVEL
            )
        )

        def loss(at: Floats) -> Floats:
            points = np.atleast_2d(at)
            return np.asarray(0.5 * (points**2).sum(axis=1) - likelihood(ndtr(points)))

        first = np.argsort(loss(normal), kind="stable")[:STARTS]
        most = STEPS_PER_PARAMETER * len(problem.priors)
        found = [
            minimize(
                lambda at: float(loss(at)[0]), normal[start], method="Nelder-Mead",
                options={"maxiter": most, "maxfev": most, "adaptive": True},
            )
            for start in first
        ]  # fmt: skip
        best = min(found, key=lambda one: float(one.fun))
        point = np.asarray(ndtr(best.x), dtype=np.float64)
        mean, variance = likelihood.emulators.predict(point)
    made = run(problem, batch, point, seeds)
    apart = np.sqrt(variance[0] + likelihood.chance.between_points)
    return PointEstimate(
        point=point, values=problem.named(point)[0], log_posterior=-float(best.fun), runs=made,
        surprise=(made.means[0] - mean[0]) / apart,
    )  # fmt: skip
