"""The problem: which parameters may move, what is to be met, and how well anybody could expect to meet it.

A target is missed by a good model too, for four reasons, kept apart because each has its own remedy:

    observed = model(best parameters) + model discrepancy + error of observation
    model(parameters) = mean of its replicates + Monte-Carlo error

(Kennedy and O'Hagan 2001; Craig and others 1997.) The discrepancy is stated before fitting, with its reason,
for it cannot be told from the parameters by the data that they are fitted to.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Literal, TypeAlias

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.special import ndtri

from calibration.fitting.priors import Floats, Prior

Use: TypeAlias = Literal["fit", "hold_out"]


@dataclass(frozen=True, kw_only=True)
class Discrepancy:
    """How far the model at its best is expected to be from the truth."""

    amount: float
    """One standard deviation: a share of the target's value, or in its unit."""
    basis: Literal["share", "absolute"]
    """What `amount` is."""
    reason: str
    """Why this much; never blank."""
    group: str = ""
    """Targets that the model would miss in the same direction, such as the months of one series."""
    shared: float = 0.0
    """Share of its variance, 0 to 1, that is common to the group: 1 makes twelve months worth one."""

    def __post_init__(self) -> None:
        """Refuse a discrepancy that is none."""
        if not (math.isfinite(self.amount) and self.amount >= 0.0 and 0.0 <= self.shared <= 1.0):
            raise ValueError("a discrepancy is 0 or more, and its shared part from 0 to 1")
        if self.basis not in {"share", "absolute"} or not self.reason.strip():
            raise ValueError("a discrepancy needs its basis, share or absolute, and its reason")


@dataclass(frozen=True, kw_only=True)
class FitTarget:
    """One figure that the model is fitted to, or that is held out to judge it."""

    name: str
    """Name by which the simulator returns it."""
    value: float
    """What was observed."""
    discrepancy: Discrepancy
    """What is allowed for the model's form."""
    standard_error: float | None = None
    """Standard error of the observation, in the unit of the value; or an interval:"""
    low: float | None = None
    """Lower end of the observation's interval."""
    high: float | None = None
    """Upper end of the observation's interval."""
    interval_cover: float = 0.95
    """Probability that the interval stands for."""
    weight: float = 1.0
    """Above 0, at most 1: a weight of 0.5 counts as half an observation (twice the variance)."""
    use: Use = "fit"
    """`fit`, or `hold_out`: predicted, and never looked at while fitting."""
    unit: str = ""
    """Unit of the value."""

    def __post_init__(self) -> None:
        """Refuse a target that is none."""
        interval = self.low is not None and self.high is not None
        if interval == (self.standard_error is not None):
            raise ValueError(f"target {self.name}: give either a standard error, or low and high")
        if not (math.isfinite(self.value) and math.isfinite(self.error) and self.error >= 0.0):
            raise ValueError(f"target {self.name}: value and error must be finite, the error 0 or more")
        if not 0.0 < self.weight <= 1.0:
            raise ValueError(f"target {self.name}: weight {self.weight} must be above 0 and at most 1")
        if self.use not in {"fit", "hold_out"}:
            raise ValueError(f"target {self.name}: use {self.use!r} is neither fit nor hold_out")

    @property
    def error(self) -> float:
        """Standard error of the observation; an interval is read as that of a normal distribution."""
        if self.standard_error is not None:
            return self.standard_error
        assert self.low is not None and self.high is not None
        return (self.high - self.low) / (2.0 * float(ndtri((1.0 + self.interval_cover) / 2.0)))

    @property
    def discrepancy_deviation(self) -> float:
        """Standard deviation of the discrepancy, in the unit of the value."""
        scale = abs(self.value) if self.discrepancy.basis == "share" else 1.0
        return self.discrepancy.amount * scale


@dataclass(frozen=True, kw_only=True)
class Problem:
    """Parameters that may move, and targets."""

    priors: tuple[Prior, ...]
    """One for each parameter, in the order of the unit cube's axes."""
    targets: tuple[FitTarget, ...]
    """Fitted and held-out targets."""
    chance_share: float = 0.0
    """How much of the variance of one replicate the observation has too, because the world is lived once.

    1 where observed counts are one draw of a world as large as the simulated one; the scale of the run where
    the world is larger; 0 where each target's standard error already holds the chance of its counts.
    """

    def __post_init__(self) -> None:
        """Refuse a problem that is none."""
        for kind, names in (("parameter", self.parameter_names), ("target", self.target_names)):
            if not names or len(set(names)) < len(names):
                raise ValueError(f"a problem has at least one {kind}, each once: {', '.join(names)}")
        if not self.fitted.any():
            raise ValueError("a problem has at least one target to fit")
        if not (math.isfinite(self.chance_share) and self.chance_share >= 0.0):
            raise ValueError("the share of chance is 0 or more")
        exact = [one.name for one in self.targets if one.error == one.discrepancy_deviation == 0.0]
        if exact and not self.chance_share:
            raise ValueError(f"without error and discrepancy nothing meets {', '.join(exact)}")

    @property
    def parameter_names(self) -> tuple[str, ...]:
        """Names of the parameters, in the order of the axes."""
        return tuple(prior.name for prior in self.priors)

    @property
    def target_names(self) -> tuple[str, ...]:
        """Names of the targets, in their order."""
        return tuple(target.name for target in self.targets)

    @cached_property
    def fitted(self) -> NDArray[np.bool_]:
        """Which targets are fitted, (targets,)."""
        return np.array([target.use == "fit" for target in self.targets])

    @cached_property
    def observed(self) -> Floats:
        """Values of the targets, (targets,)."""
        return np.array([target.value for target in self.targets], dtype=np.float64)

    @cached_property
    def stated_covariance(self) -> Floats:
        """Covariance of observation error and discrepancy, (targets, targets), before weights."""
        deviation = np.array([target.discrepancy_deviation for target in self.targets])
        shared = np.array([math.sqrt(target.discrepancy.shared) for target in self.targets]) * deviation
        groups = np.array([target.discrepancy.group for target in self.targets])
        together = (groups[:, None] == groups[None, :]) & (groups != "")[:, None]
        covariance = np.where(together, np.outer(shared, shared), 0.0)
        np.fill_diagonal(covariance, deviation**2 + np.array([one.error for one in self.targets]) ** 2)
        return covariance

    @cached_property
    def loosening(self) -> Floats:
        """What weights multiply the covariance by, (targets, targets): 1 / sqrt(weight x weight)."""
        root = np.array([1.0 / math.sqrt(target.weight) for target in self.targets])
        return np.outer(root, root)

    def values(self, points: ArrayLike) -> Floats:
        """Return parameters in their units, (points, parameters), of points in the unit cube."""
        cube = np.atleast_2d(np.asarray(points, dtype=np.float64))
        return np.stack([prior.quantile(cube[:, k]) for k, prior in enumerate(self.priors)], axis=1)

    def points(self, values: ArrayLike) -> Floats:
        """Return points in the unit cube, (points, parameters), of parameters in their units."""
        given = np.atleast_2d(np.asarray(values, dtype=np.float64))
        return np.stack([prior.level(given[:, k]) for k, prior in enumerate(self.priors)], axis=1)

    def coordinates(self, points: ArrayLike) -> Floats:
        """Return points of the unit cube on the scales of `Prior.coordinate`, (points, parameters)."""
        cube = np.atleast_2d(np.asarray(points, dtype=np.float64))
        return np.stack([prior.coordinate(cube[:, k]) for k, prior in enumerate(self.priors)], axis=1)

    def named(self, points: ArrayLike) -> list[dict[str, float]]:
        """Return each point of the unit cube as parameters by name, in their units."""
        names = self.parameter_names
        return [dict(zip(names, row, strict=True)) for row in self.values(points).tolist()]

    def observing(self, values: Mapping[str, float] | Sequence[float]) -> Problem:
        """Return the same problem with other observed values; shares of discrepancy keep their amounts.

        Errors stay as stated: discrepancies that are shares are those of the values before.
        """
        from dataclasses import replace

        new = list(values.values()) if isinstance(values, Mapping) else list(values)
        targets = tuple(
            replace(
                target, value=float(value), standard_error=target.error, low=None, high=None,
                discrepancy=replace(
                    target.discrepancy, amount=target.discrepancy_deviation, basis="absolute"
                ),
            )
            for target, value in zip(self.targets, new, strict=True)
        )  # fmt: skip
        return replace(self, targets=targets)

    def of(self, parameters: Sequence[str]) -> Problem:
        """Return the same problem with these parameters alone, in the order that they have here."""
        from dataclasses import replace

        return replace(self, priors=tuple(prior for prior in self.priors if prior.name in set(parameters)))
