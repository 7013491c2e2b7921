"""Runs of the simulator at points of the unit cube, and the Monte-Carlo error of their means.

Every point is run with the same seeds, so that under common random numbers points differ by their parameters
and hardly by chance. The error that is left is not independent between points. With replicate r at point x,

    y_r(x) = f(x) + a_r + b_r(x),

a_r is the luck of the seed, the same at every point, and b_r(x) the point's own. The mean over R replicates
misses f by mean(a), which no number of points can shrink, for it moves them all together, and by mean(b(x)).
Both are estimated by two-way analysis of variance, points by replicates, for all targets together: targets of
one replicate share its luck (more people ill: more attendances and more deaths).
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from typing import TypeAlias

import numpy as np
from numpy.typing import ArrayLike

from calibration.fitting.priors import Floats
from calibration.fitting.problem import Problem

Simulate: TypeAlias = Callable[[Mapping[str, float], int], Mapping[str, float]]
"""One run: parameters by name in their units, seed of the replicate; returns targets by name."""
Batch: TypeAlias = Callable[[Sequence[Mapping[str, float]], Sequence[int]], ArrayLike]
"""Many runs at once: points, seeds; returns (points, seeds, targets), targets in the problem's order."""


@dataclass(frozen=True, kw_only=True)
class Runs:
    """Results of the simulator."""

    points: Floats
    """Points of the unit cube, (points, parameters)."""
    results: Floats
    """What each replicate gave, (points, replicates, targets)."""
    seeds: tuple[int, ...]
    """Seed of each replicate, the same at every point."""

    @property
    def means(self) -> Floats:
        """Means over replicates, (points, targets)."""
        return np.asarray(self.results.mean(axis=1))

    def joined(self, other: Runs) -> Runs:
        """Return these runs and those of another, which has the same seeds."""
        if self.seeds != other.seeds:
            raise ValueError("runs are joined only where every point has the same seeds")
        return replace(
            self,
            points=np.concatenate([self.points, other.points]),
            results=np.concatenate([self.results, other.results]),
        )

    def only(self, kept: ArrayLike) -> Runs:
        """Return the runs of some points, by mask or index."""
        chosen = np.asarray(kept)
        return replace(self, points=self.points[chosen], results=self.results[chosen])


def in_batches(simulate: Simulate, target_names: Sequence[str]) -> Batch:
    """Return a simulator of many runs from one that makes a single run."""

    def batch(points: Sequence[Mapping[str, float]], seeds: Sequence[int]) -> Floats:
        made = [[simulate(point, seed) for seed in seeds] for point in points]
        return np.array([[[run[name] for name in target_names] for run in runs] for runs in made])

    return batch


def run(problem: Problem, batch: Batch, points: ArrayLike, seeds: Sequence[int]) -> Runs:
    """Run the simulator.

    Args:
        problem: Gives the parameters at each point.
        batch: The simulator.
        points: Points of the unit cube, (points, parameters).
        seeds: Seeds of the replicates: the same for all calls whose runs are to be joined.

    Raises:
        ValueError: The simulator returned another shape, or a number that is not finite.
    """
    cube = np.atleast_2d(np.asarray(points, dtype=np.float64))
    results = np.asarray(batch(problem.named(cube), list(seeds)), dtype=np.float64)
    wanted = (len(cube), len(seeds), len(problem.targets))
    if results.shape != wanted:
        raise ValueError(f"the simulator returned the shape {results.shape}, not {wanted}")
    wrong = np.argwhere(~np.isfinite(results))
    if wrong.size:
        point, replicate, target = wrong[0]
        raise ValueError(
            f"{problem.target_names[target]} is no number at {problem.named(cube[point])[0]}, "
            f"seed {seeds[replicate]} ({len(wrong)} such)"
        )
    return Runs(points=cube, results=results, seeds=tuple(seeds))


@dataclass(frozen=True, kw_only=True)
class MonteCarloError:
    """Covariances, over targets, of the chance in one replicate."""

    shared: Floats
    """Of the luck that all points with the same seed share, (targets, targets)."""
    own: Floats
    """Of what is left at each point, (targets, targets)."""
    replicates: int
    """How many replicates a mean is over."""

    @cached_property
    def of_one(self) -> Floats:
        """Covariance of one replicate, (targets, targets)."""
        return self.shared + self.own

    @property
    def of_means(self) -> Floats:
        """Covariance of means over the replicates, as they miss the truth, (targets, targets)."""
        return self.of_one / self.replicates

    def over(self, replicates: int) -> MonteCarloError:
        """Return the error of means over another number of replicates.

        A pilot with many replicates at few points tells the chance better than a design with few at many.
        """
        return replace(self, replicates=replicates)

    @property
    def between_points(self) -> Floats:
        """Half the variance with which means at two points differ by chance, (targets,)."""
        return np.diag(self.own) / self.replicates


def monte_carlo_error(runs: Runs) -> MonteCarloError:
    """Return the Monte-Carlo error, from the spread of replicates at the same points.

    The own part is the residual of points by replicates; the shared part is what the replicates' means differ
    by beyond it, its negative directions set to nothing. The variance is taken as the same at all points.

    Raises:
        ValueError: There is one replicate, or one point: their chance cannot be told apart.
    """
    points, replicates, targets = runs.results.shape
    if replicates < 2 or points < 2:
        raise ValueError("Monte-Carlo error needs at least two points and two replicates")
    by_point = runs.results.mean(axis=1, keepdims=True)
    by_replicate = runs.results.mean(axis=0, keepdims=True)
    everything = runs.results.mean(axis=(0, 1), keepdims=True)
    residual = (runs.results - by_point - by_replicate + everything).reshape(-1, targets)
    own = residual.T @ residual / ((points - 1) * (replicates - 1))
    luck = (by_replicate - everything)[0]
    shared = luck.T @ luck / (replicates - 1) - own / points
    return MonteCarloError(shared=_without_negative(shared), own=own, replicates=replicates)


def _without_negative(matrix: Floats) -> Floats:
    """Return the nearest symmetric matrix that is a covariance."""
    values, vectors = np.linalg.eigh((matrix + matrix.T) / 2.0)
    return np.asarray((vectors * np.maximum(values, 0.0)) @ vectors.T)
