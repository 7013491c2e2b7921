"""Priors: what is held of a parameter before any target is looked at.

A prior is drawn from as a scenario's figures are (`scenarios/drawing.py`): the same names of distributions,
the same meaning of the ends (`scenarios/intervals.csv`), the same quantiles. Fitting works with quantile
levels, numbers from 0 to 1 that are uniform under every prior: the unit cube.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from functools import cached_property
from typing import Any, Literal, TypeAlias, get_args

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy import stats
from scipy.special import ndtri

from scenarios.drawing import Cover, covers

Floats: TypeAlias = NDArray[np.float64]
DistributionName: TypeAlias = Literal["normal", "lognormal", "triangular", "uniform", "beta"]
DISTRIBUTIONS: tuple[str, ...] = get_args(DistributionName)
SMALLEST_LEVEL = 2.0**-40
"""Levels nearer to 0 or 1 than this are taken as this, so that no quantile is infinite."""


@dataclass(frozen=True, kw_only=True)
class Prior:
    """What is held of one parameter before fitting."""

    name: str
    """Name of the parameter, as the model asks for it."""
    distribution: DistributionName
    """Name of the distribution, as parameter tables have it."""
    value: float
    """Central figure, in `unit`: median (normal, lognormal), mean (beta) or mode (triangular)."""
    low: float
    """Lower end of its range, in `unit`."""
    high: float
    """Upper end of its range, in `unit`."""
    unit: str
    """Unit of value, low, high and limits."""
    interval: str = "judgement"
    """What the ends are: a row of `scenarios/intervals.csv`. A judged range is never left."""
    least: float = -math.inf
    """Smallest value that the parameter may have, in `unit`; the distribution is cut there."""
    most: float = math.inf
    """Largest value that the parameter may have, in `unit`."""

    def __post_init__(self) -> None:
        """Refuse a prior that is none."""
        fault = self._fault()
        if fault:
            raise ValueError(f"prior of {self.name}: {fault}")

    def _fault(self) -> str:
        """Return what is wrong with the prior; empty when nothing is."""
        if self.distribution not in DISTRIBUTIONS:
            return f"distribution {self.distribution!r} is none of {', '.join(DISTRIBUTIONS)}"
        usable = [name for name, cover in covers().items() if 0.0 < cover.lower < cover.upper < 1.0]
        if self.interval not in usable:
            return f"interval {self.interval!r} is none of {', '.join(usable)}"
        low, value, high = self.low, self.value, self.high
        name = self.distribution
        rules = (
            (all(map(math.isfinite, (low, value, high))), "value, low and high must be finite numbers"),
            (low < high and low <= value <= high, f"{low} to {high} must be a range that holds {value}"),
            (self.least <= low and high <= self.most, f"{low} to {high} leaves {self.least} to {self.most}"),
            (name != "lognormal" or low > 0.0, "a lognormal's low end must be above 0"),
            (name != "beta" or 0.0 < low < high < 1.0, "a beta's ends must lie between 0 and 1"),
            (
                name not in {"normal", "lognormal"} or low < value < high,
                f"a {name} has its value between its ends; a triangular may have it at one",
            ),
        )
        return next((said for holds, said in rules if not holds), "")

    @property
    def _cover(self) -> Cover:
        return covers()[self.interval]

    @cached_property
    def _shape(self) -> _TwoPiece | _Named:
        """The distribution before it is cut."""
        low, value, high, cover = self.low, self.value, self.high, self._cover
        if self.distribution in {"normal", "lognormal"}:
            return _TwoPiece(low, value, high, cover, logs=self.distribution == "lognormal")
        if self.distribution == "uniform":
            width = (high - low) / (1.0 if cover.cut else cover.upper - cover.lower)
            start = low if cover.cut else low - cover.lower * width
            return _Named(stats.uniform(start, width))
        if self.distribution == "beta":
            spread = (high - low) / float(ndtri(cover.upper) - ndtri(cover.lower))
            size = value * (1.0 - value) / spread**2 - 1.0
            if size > 0.0:
                return _Named(stats.beta(value * size, (1.0 - value) * size))
        return _Named(stats.triang((value - low) / (high - low), low, high - low))

    @cached_property
    def _cut(self) -> tuple[float, float]:
        """The levels of the uncut distribution at which it is cut."""
        inside = self._cover.cut
        first = max(self.least, self.low) if inside else self.least
        last = min(self.most, self.high) if inside else self.most
        return float(self._shape.cdf(first)), float(self._shape.cdf(last))

    def quantile(self, level: ArrayLike) -> Floats:
        """Return the value, in `unit`, at levels from 0 to 1; the shape is that of `level`."""
        first, last = self._cut
        inside = np.clip(np.asarray(level, dtype=np.float64), SMALLEST_LEVEL, 1.0 - SMALLEST_LEVEL)
        return np.clip(self._shape.quantile(first + (last - first) * inside), self.least, self.most)

    def level(self, value: ArrayLike) -> Floats:
        """Return the level from 0 to 1 of values: the inverse of `quantile`."""
        first, last = self._cut
        return np.clip((self._shape.cdf(value) - first) / (last - first), 0.0, 1.0)

    def coordinate(self, level: ArrayLike) -> Floats:
        """Return values at levels on the scale on which targets are taken to be smooth.

        That is the parameter's own, its logarithm where the prior is lognormal, moved and shrunk so that the
        middle 95% of the prior reaches from -1/2 to 1/2. Levels would not do: near the ends of an unbounded
        prior they stretch without limit.
        """
        ends, values = self.quantile([0.025, 0.975]), self.quantile(level)
        if self.distribution == "lognormal":
            ends, values = np.log(ends), np.log(values)
        return np.asarray((values - ends.mean()) / (ends[1] - ends[0]), dtype=np.float64)

    def log_density(self, value: ArrayLike) -> Floats:
        """Return the logarithm of the density per `unit`; minus infinity outside the distribution."""
        first, last = self._cut
        values = np.asarray(value, dtype=np.float64)
        levels = self._shape.cdf(values)
        inside = (levels >= first) & (levels <= last) & (values >= self.least) & (values <= self.most)
        with np.errstate(divide="ignore"):
            density = self._shape.log_density(values) - math.log(last - first)
        return np.where(inside, density, -np.inf)


@dataclass(frozen=True)
class _Named:
    """A distribution of scipy."""

    frozen: Any

    def quantile(self, level: ArrayLike) -> Floats:
        return np.asarray(self.frozen.ppf(level), dtype=np.float64)

    def cdf(self, value: ArrayLike) -> Floats:
        return np.asarray(self.frozen.cdf(value), dtype=np.float64)

    def log_density(self, value: ArrayLike) -> Floats:
        return np.asarray(self.frozen.logpdf(value), dtype=np.float64)


class _TwoPiece:
    """Normal (or lognormal) whose sides have each their own width, so that both ends are at their levels."""

    def __init__(self, low: float, middle: float, high: float, cover: Cover, *, logs: bool) -> None:
        self.logs = logs
        low, self.middle, high = (math.log(one) if logs else one for one in (low, middle, high))
        self.below = (self.middle - low) / -float(ndtri(cover.lower))
        self.above = (high - self.middle) / float(ndtri(cover.upper))

    def _width(self, side: Floats) -> Floats:
        return np.where(side < 0.0, self.below, self.above)

    def quantile(self, level: ArrayLike) -> Floats:
        z = np.asarray(ndtri(level), dtype=np.float64)
        found = self.middle + z * self._width(z)
        return np.exp(found) if self.logs else found

    def _z(self, value: ArrayLike) -> Floats:
        values = np.asarray(value, dtype=np.float64)
        if self.logs:
            with np.errstate(divide="ignore"):
                values = np.log(np.maximum(values, 0.0))
        return (values - self.middle) / self._width(values - self.middle)

    def cdf(self, value: ArrayLike) -> Floats:
        return np.asarray(stats.norm.cdf(self._z(value)), dtype=np.float64)

    def log_density(self, value: ArrayLike) -> Floats:
        values = np.asarray(value, dtype=np.float64)
        z = self._z(values)
        found = stats.norm.logpdf(z) - np.log(self._width(z))
        if self.logs:
            with np.errstate(divide="ignore", invalid="ignore"):
                found = np.where(values > 0.0, found - np.log(values), -np.inf)
        return np.asarray(found, dtype=np.float64)
