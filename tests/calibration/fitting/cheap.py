"""Cheap simulators that stand in for the model: one that is solved by hand, one that counts people."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
from scipy.stats import poisson

from calibration.fitting import Discrepancy, FitTarget, Prior, Problem

NOTHING = Discrepancy(amount=0.0, basis="absolute", reason="the simulator made the data")
SLOPES = np.array([[1.0, 0.5], [-0.5, 1.0], [0.3, 0.3]])
NAMES = ("first", "second", "third")


def straight_problem(observed: tuple[float, ...] = (0.6, 0.4, 0.2), error: float = 0.3) -> Problem:
    """Three targets, straight lines of two parameters that are standard normal: solved by hand."""
    width = 1.959963984540054
    priors = tuple(
        Prior(name=name, distribution="normal", value=0.0, low=-width, high=width, unit="", interval="ci95")
        for name in ("a", "b")
    )
    targets = tuple(
        FitTarget(name=name, value=value, standard_error=error, discrepancy=NOTHING)
        for name, value in zip(NAMES, observed, strict=True)
    )
    return Problem(priors=priors, targets=targets)


def straight(point: Mapping[str, float], seed: int) -> Mapping[str, float]:
    """The lines, with a little chance that all points of a seed share."""
    luck = 0.01 * np.random.default_rng(seed).normal(size=len(NAMES))
    return dict(zip(NAMES, SLOPES @ [point["a"], point["b"]] + luck, strict=True))


def straight_posterior(problem: Problem) -> tuple[np.ndarray, np.ndarray]:
    """Mean and covariance of the posterior of the lines."""
    precision = np.eye(2) + SLOPES.T @ SLOPES / problem.targets[0].error ** 2
    covariance = np.linalg.inv(precision)
    return covariance @ SLOPES.T @ problem.observed / problem.targets[0].error ** 2, covariance


YEARS, FIFTHS, PEOPLE = 2, 2, 3000.0
TARGETS = tuple(f"year {year} fifth {fifth}" for year in range(YEARS) for fifth in range(FIFTHS))


def counting_problem(chance_share: float = 1.0) -> Problem:
    """Attendances by year and fifth: a rate, its growth, its gradient, and one that does nothing."""
    priors = (
        Prior(name="rate", distribution="triangular", value=0.25, low=0.15, high=0.4, unit="a year"),
        Prior(name="growth", distribution="normal", value=0.02, low=-0.1, high=0.15, unit="a year"),
        Prior(name="gradient", distribution="lognormal", value=1.4, low=1.0, high=2.0, unit="ratio"),
        Prior(name="inert", distribution="uniform", value=0.5, low=0.0, high=1.0, unit="share"),
    )
    observed = counting_means({prior.name: prior.value for prior in priors})
    discrepancy = Discrepancy(amount=0.01, basis="share", reason="rates are rounded")
    targets = tuple(
        FitTarget(name=name, value=value, standard_error=10.0, discrepancy=discrepancy)
        for name, value in zip(TARGETS, observed, strict=True)
    )
    return Problem(priors=priors, targets=targets, chance_share=chance_share)


def counting_means(point: Mapping[str, float]) -> np.ndarray:
    """Expected counts of the groups, (targets,)."""
    years, fifths = np.repeat(np.arange(YEARS), FIFTHS), np.tile(np.arange(FIFTHS), YEARS)
    return PEOPLE * point["rate"] * (1.0 + point["growth"]) ** years * point["gradient"] ** (0.5 - fifths)


def counting(point: Mapping[str, float], seed: int) -> Mapping[str, float]:
    """Counts of people, by one keyed number for each group: common random numbers."""
    luck = np.random.default_rng(seed).random(len(TARGETS))
    return dict(zip(TARGETS, poisson.ppf(luck, counting_means(point)).tolist(), strict=True))
