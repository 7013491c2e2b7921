"""Draws of the model's own parameters: from the distributions of their rows, or from a posterior, jointly."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from math import ceil, floor
from typing import Any

from scenarios.drawing import quantile, uniform
from scenarios.study.posterior import Posterior
from sim.interventions.specification import Estimate
from sim.parameters.named import NamedNumber

WEAKEST = "C"


@dataclass(frozen=True, kw_only=True)
class ParameterDraws:
    """What is drawn of the tables.

    Attributes:
        drawn: Parameters drawn from the distribution of their row, each by itself.
        posterior: A calibration's draws of others; None without one.
        numbers: Named numbers of the tables.
        seed: Seed of the study; it and the draw's number alone decide a value, never the replicate.
    """

    drawn: tuple[str, ...] = ()
    posterior: Posterior | None = None
    numbers: Mapping[str, NamedNumber] = field(default_factory=dict)
    seed: int = 0

    @property
    def names(self) -> tuple[str, ...]:
        """Return the names of all that is drawn."""
        return (*self.drawn, *(self.posterior.draws if self.posterior else ()))

    def at(self, draw: int) -> dict[str, float]:
        """Return the parameters of a draw; none of draw 0, the central figures."""
        if draw == 0:
            return {}
        found = {name: drawn_value(self.numbers[name], draw, self.seed) for name in self.drawn}
        return found | (self.posterior.at(draw) if self.posterior else {})

    def figures(self, draws: Sequence[int]) -> list[dict[str, Any]]:
        """Return what a manifest says of them, as `scenarios.drawing.figures` does of a scenario's."""
        values = {draw: self.at(draw) for draw in draws}
        return [
            {
                "name": place(name), "where": [place(name)], "value": one.value, "low": one.low,
                "high": one.high, "unit": one.unit, "grade": one.grade, "source": one.source,
                "drawn": {str(draw): values[draw][name] for draw in draws},
            }
            for name, one in ((name, self.numbers[name]) for name in self.names)
        ]  # fmt: skip


def place(name: str) -> str:
    """Return what keys a parameter's draws, and where a reader finds it."""
    return f"parameters/{name}"


def drawn_value(number: NamedNumber, draw: int, seed: int) -> float:
    """Return a parameter's value in a draw: a quantile of its row's distribution, within its range."""
    value = quantile(as_estimate(number), uniform(place(number.name), draw, seed))
    if number.is_whole:
        value = float(min(floor(number.high), max(ceil(number.low), round(value))))
    return min(number.high, max(number.low, value))


def as_estimate(number: NamedNumber) -> Estimate:
    """Return a named number as the figures of scenarios are; its range is one that somebody judged."""
    return Estimate(
        value=number.value, low=number.low, high=number.high, unit=number.unit, source=number.source,
        grade=number.grade if number.grade in {"A", "B"} else WEAKEST,  # type: ignore[arg-type]
        interval="judgement", distribution=number.distribution,  # type: ignore[arg-type]
    )  # fmt: skip
