"""Emulators: what the simulator would give at points where it was not run, and how unsure that is.

For each target a Gaussian process (Sacks and others 1989) with a linear trend whose slopes are unknown, a
Matern covariance of order 5/2 with a length scale for each parameter (on the scale of the parameter itself,
not of its levels: `Prior.coordinate`), the Monte-Carlo variance of the means as a known nugget, and a further
nugget for what is not smooth. Scales are the most probable under weak priors, which keep a length scale
finite where a parameter does nothing (Gu, Wang and Berger 2018 on why the likelihood alone is not enough).
The nugget holds only what differs between points; the luck that they share is counted once, by the likelihood
and the implausibility.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy import stats
from scipy.linalg import cho_solve, solve_triangular
from scipy.optimize import minimize
from scipy.spatial.distance import cdist
from threadpoolctl import threadpool_limits

from calibration.fitting.priors import Floats
from calibration.fitting.problem import Problem
from calibration.fitting.runs import MonteCarloError, Runs

TREND_VARIANCE = 10.0
"""Variance of the trend's slopes over a parameter's whole range, in variances of the target: a weak hold."""
SMALLEST_NUGGET = 1e-6
"""Least share of the target's variance that is noise, so that matrices can be inverted."""
WIDEST = (1e-12, 1e12)
"""Bounds of all scales: far beyond what their priors let them reach."""
LENGTH_PRIOR = (0.0, 1.5)
SIGNAL_PRIOR = (-1.0, 2.0)
NUGGET_PRIOR = (-9.0, 3.0)
"""Mean and standard deviation of the logarithms of length scales (a range is 1), of the variance about the
trend and of the nugget (the target's variance is 1)."""
STARTS = (0.0, -1.5)
"""Logarithms of the length scales from which the most probable are looked for."""


@dataclass(frozen=True, kw_only=True)
class Diagnostics:
    """How well an emulator foresees each run from all the others."""

    standardised: Floats
    """Leave-one-out errors in their own standard deviations, (runs,)."""
    errors: Floats
    """Leave-one-out errors, emulated less simulated, in the target's unit, (runs,)."""
    cover: float
    """Share of the runs within their 95% intervals."""
    explained: float
    """Share of the variance over the runs that is foreseen (1 less the mean squared error over it)."""
    doubts: tuple[str, ...]
    """Why the emulator is not to be trusted; empty when it may be."""

    @property
    def trusted(self) -> bool:
        """Whether nothing speaks against it."""
        return not self.doubts


@dataclass(frozen=True, kw_only=True)
class Emulator:
    """The emulator of one target."""

    target: str
    """Name of the target."""
    coordinates: Floats
    """Where it was made from, by `Problem.coordinates`, (runs, parameters)."""
    centre: float
    """Mean of the target over the runs."""
    scale: float
    """Standard deviation of the target over the runs."""
    length_scales: Floats
    """How far along each parameter's range the target stays alike, (parameters,)."""
    signal: float
    """Variance about the trend, in shares of the target's variance."""
    nugget: float
    """Variance found beyond the Monte-Carlo error, in shares of the target's variance."""
    factor: Floats
    """Lower Cholesky factor of the runs' covariance, (runs, runs)."""
    coefficients: Floats
    """That covariance's inverse times the scaled results, (runs,)."""
    diagnostics: Diagnostics
    """How well it does."""

    def predict(self, here: Floats) -> tuple[Floats, Floats]:
        """Return mean and variance, both (points,), at coordinates, (points, parameters)."""
        there = self.coordinates
        apart = np.sqrt(5.0) * cdist(here / self.length_scales, there / self.length_scales)
        across = self.signal * (1.0 + apart + apart**2 / 3.0) * np.exp(-apart)
        across += TREND_VARIANCE * (1.0 + here @ there.T)
        solved = solve_triangular(self.factor, across.T, lower=True, check_finite=False)
        itself = self.signal + self.nugget + TREND_VARIANCE * (1.0 + np.einsum("ij,ij->i", here, here))
        variance = itself - np.einsum("ij,ij->j", solved, solved)
        mean = self.centre + self.scale * (across @ self.coefficients)
        return mean, self.scale**2 * np.maximum(variance, SMALLEST_NUGGET)


@dataclass(frozen=True, kw_only=True)
class Emulators:
    """The emulators of all targets, in the order of the problem's."""

    problem: Problem
    """Its priors give the coordinates."""
    each: tuple[Emulator, ...]
    """One for each target."""

    @property
    def trusted(self) -> NDArray[np.bool_]:
        """Which may be trusted, (targets,)."""
        return np.array([one.diagnostics.trusted for one in self.each])

    @property
    def doubts(self) -> dict[str, tuple[str, ...]]:
        """Why some are not, by target."""
        return {one.target: one.diagnostics.doubts for one in self.each if one.diagnostics.doubts}

    def predict(self, points: Floats) -> tuple[Floats, Floats]:
        """Return means and variances at points of the unit cube, both (points, targets)."""
        here = self.problem.coordinates(points)
        found = [one.predict(here) for one in self.each]
        return np.stack([one[0] for one in found], axis=1), np.stack([one[1] for one in found], axis=1)


def fit_emulators(problem: Problem, runs: Runs, chance: MonteCarloError) -> Emulators:
    """Return an emulator of each target, hold-outs included.

    Args:
        problem: Its targets are emulated.
        runs: What they are made from; at least two more than parameters.
        chance: Monte-Carlo error of the runs.

    Raises:
        ValueError: There are too few runs.
    """
    if len(runs.points) < len(problem.priors) + 2:
        raise ValueError(f"{len(runs.points)} runs are too few for {len(problem.priors)} parameters")
    coordinates = problem.coordinates(runs.points)
    with threadpool_limits(limits=1):
        return Emulators(
            problem=problem,
            each=tuple(
                _fitted(name, coordinates, runs.means[:, k], float(chance.between_points[k]))
                for k, name in enumerate(problem.target_names)
            ),
        )


def _fitted(target: str, coordinates: Floats, results: Floats, noise: float) -> Emulator:
    """Return the emulator of one target, whose results have a variance of `noise` by chance."""
    from sklearn.gaussian_process import GaussianProcessRegressor

    spread = float(results.std())
    scale = spread if spread > abs(results.mean()) * SMALLEST_NUGGET else 1.0
    centre = float(results.mean())
    process = GaussianProcessRegressor(
        _kernel(coordinates.shape[1]), alpha=noise / scale**2 + SMALLEST_NUGGET, optimizer=_most_probable
    )
    process.fit(coordinates, (results - centre) / scale)
    smooth, nugget = process.kernel_.k1.k2, process.kernel_.k2.noise_level
    return Emulator(
        target=target, coordinates=coordinates, centre=centre, scale=scale,
        length_scales=np.atleast_1d(smooth.k2.length_scale).astype(np.float64),
        signal=float(smooth.k1.constant_value), nugget=float(nugget), factor=process.L_,
        coefficients=process.alpha_,
        diagnostics=_diagnostics(process.L_, process.alpha_, results, scale),
    )  # fmt: skip


def _kernel(parameters: int) -> Any:
    """Return the covariance before its scales are known: trend + smooth + nugget."""
    from sklearn.gaussian_process.kernels import ConstantKernel, DotProduct, Matern, WhiteKernel

    trend = ConstantKernel(TREND_VARIANCE, "fixed") * DotProduct(1.0, "fixed")
    smooth = ConstantKernel(1.0, WIDEST) * Matern(np.ones(parameters), WIDEST, nu=2.5)
    return trend + smooth + WhiteKernel(np.exp(NUGGET_PRIOR[0]), WIDEST)


def _most_probable(objective: Callable[..., Any], initial: Floats, bounds: Floats) -> tuple[Floats, float]:
    """Return the logarithms of the most probable scales (signal, lengths, nugget), and their loss."""
    lengths = len(initial) - 2
    middle = np.array([SIGNAL_PRIOR[0], *[LENGTH_PRIOR[0]] * lengths, NUGGET_PRIOR[0]])
    width = np.array([SIGNAL_PRIOR[1], *[LENGTH_PRIOR[1]] * lengths, NUGGET_PRIOR[1]])

    def loss(logs: Floats) -> tuple[float, Floats]:
        value, slope = objective(logs, eval_gradient=True)
        away = (logs - middle) / width
        return float(value) + float(away @ away) / 2.0, slope + away / width

    starts = [np.array([SIGNAL_PRIOR[0], *[start] * lengths, NUGGET_PRIOR[0]]) for start in STARTS]
    found = [minimize(loss, start, jac=True, bounds=bounds, method="L-BFGS-B") for start in starts]
    best = min(found, key=lambda one: float(one.fun))
    return best.x, float(best.fun)


COVER = 0.95
LARGEST_ROOT_MEAN_SQUARE = 1.5
"""Leave-one-out errors this many times as large as they should be are not to be trusted."""
FALSE_ALARM = 0.001
"""Probability with which a sound emulator is doubted for the cover of its intervals."""


def _diagnostics(factor: Floats, coefficients: Floats, results: Floats, scale: float) -> Diagnostics:
    """Return how well each run is foreseen from the others, with the scales held (Dubrule 1983)."""
    precision = np.diag(cho_solve((factor, True), np.eye(len(factor))))
    standardised = -coefficients / np.sqrt(precision)
    errors = -coefficients / precision * scale
    within = int((np.abs(standardised) <= stats.norm.ppf((1.0 + COVER) / 2.0)).sum())
    root = float(np.sqrt(np.mean(standardised**2)))
    variance = float(results.var())
    doubts = []
    if root > LARGEST_ROOT_MEAN_SQUARE:
        doubts.append(f"leave-one-out errors are {root:.1f} times as large as it says")
    if stats.binom.cdf(within, len(factor), COVER) < FALSE_ALARM:
        doubts.append(f"{within} of {len(factor)} runs lie in their 95% intervals")
    return Diagnostics(
        standardised=standardised, errors=errors, cover=within / len(factor),
        explained=1.0 - float(np.mean(errors**2)) / variance if variance > 0.0 else 1.0,
        doubts=tuple(doubts),
    )  # fmt: skip
