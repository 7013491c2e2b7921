"""How well points agree with what was observed, when the emulator stands in for the simulator.

The difference of observed and emulated has the covariance

    V(x) = observation + discrepancy                     stated, `Problem.stated_covariance`
         + emulator(x)                                   independent between targets
         + (shared + own) / replicates                   Monte-Carlo error of the means
         + chance_share (shared + own)                   the world is lived once

and is taken as normal. The Monte-Carlo error of the means is counted in full though the emulator's variance
holds a part of the points' own: chance that changes smoothly with the parameters, as it does under common
random numbers, looks like signal to an emulator. Where own chance is large and few replicates are run, this
errs towards wider posteriors.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np

from calibration.fitting.emulator import Emulators
from calibration.fitting.priors import Floats
from calibration.fitting.problem import Problem
from calibration.fitting.runs import MonteCarloError


@dataclass(frozen=True, kw_only=True)
class Likelihood:
    """The emulated likelihood of the fitted targets."""

    problem: Problem
    emulators: Emulators
    chance: MonteCarloError

    @cached_property
    def constant(self) -> Floats:
        """The part of the covariance that is the same at all points, (targets, targets), before weights."""
        luck = self.problem.chance_share * self.chance.of_one
        return self.problem.stated_covariance + self.chance.of_means + luck

    def __call__(self, points: Floats) -> Floats:
        """Return the logarithm of the likelihood at points of the unit cube, (points,)."""
        mean, variance = self.emulators.predict(points)
        return self.of(mean, variance)

    def of(self, mean: Floats, variance: Floats) -> Floats:
        """Return the logarithm of the likelihood of means that have a variance, both (points, targets)."""
        fitted = self.problem.fitted
        covariance = np.repeat(self.constant[np.ix_(fitted, fitted)][None], len(mean), axis=0)
        places = np.arange(int(fitted.sum()))
        covariance[:, places, places] += variance[:, fitted]
        covariance *= self.problem.loosening[np.ix_(fitted, fitted)]
        away = self.problem.observed[fitted] - mean[:, fitted]
        factor = np.linalg.cholesky(covariance)
        solved = np.linalg.solve(factor, away[:, :, None])[:, :, 0]
        logs = np.log(factor[:, places, places]).sum(axis=1)
        return np.asarray(-0.5 * (solved**2).sum(axis=1) - logs - 0.5 * len(places) * np.log(2.0 * np.pi))
