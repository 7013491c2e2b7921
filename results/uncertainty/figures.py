"""The uncertain figures of a run's scenario and the values that they were drawn at, from its manifest.

A figure is named by where it comes from (its row of evidence, or its place in a scenario): it has one
quantile in a draw wherever it is used. Runs of versions that did not write them have none.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

if TYPE_CHECKING:
    from results.comparison import Comparison
    from results.runs import Run

WEAK = "C"
ORDER = ("A", "B", "G", "PLAN", "C")
"""Grades from the strongest to the weakest."""
UNSAID = frozenset({"multiplier", "value"})
"""Parts of a place that say nothing beside those before them."""


@dataclass(frozen=True, kw_only=True, eq=False)
class UncertainFigure:
    """One figure with an interval."""

    name: str
    """What keys its draws: 'evidence/ROW', 'default_shares/NAME' or its place."""
    where: tuple[str, ...]
    """Places where the scenario uses it."""
    value: float
    low: float
    high: float
    unit: str
    grade: str
    source: str
    drawn: dict[int, float]
    """Its value in each draw."""

    @property
    def words(self) -> str:
        """What it is called: the parts of its first place, without the scenario; counted from 1."""
        words: list[str] = []
        for part in self.where[0].split("/")[1:]:
            if part.isdigit() and words:
                words[-1] += f" {int(part) + 1}"
            elif part not in UNSAID:
                words.append(part.replace("_", " "))
        return ": ".join(words) or self.name

    def at(self, draws: tuple[int, ...]) -> npt.NDArray[np.float64]:
        """Return its values in draws, (draws,); NaN where it was not drawn."""
        return np.array([self.drawn.get(draw, np.nan) for draw in draws])


def figures_of(run: Run) -> tuple[UncertainFigure, ...]:
    """Return the uncertain figures of a run's scenario; empty where the manifest holds none."""
    held = run.manifest.get("figures")
    return tuple(_parse(one) for one in held) if isinstance(held, list) else ()


def _parse(one: dict[str, Any]) -> UncertainFigure:
    """Turn a manifest's entry into a figure."""
    return UncertainFigure(
        name=str(one["name"]), where=tuple(str(place) for place in one["where"]), value=float(one["value"]),
        low=float(one["low"]), high=float(one["high"]), unit=str(one["unit"]),
        grade=str(one["grade"]).upper(), source=str(one["source"]), drawn={int(k): float(v) for k, v in
        dict(one["drawn"]).items()},
    )  # fmt: skip


def varied(comparison: Comparison, run: Run) -> tuple[UncertainFigure, ...]:
    """Return the figures of a scenario that differ between the draws of a comparison."""
    if not comparison.drawn:
        return ()
    values = {one: one.at(comparison.draw_numbers) for one in figures_of(run)}
    return tuple(one for one, at in values.items() if np.isfinite(at).all() and np.ptp(at) > 0)


def weakest(grades: list[str]) -> str:
    """Return the weakest of grades; an empty word where there is none that is known."""
    known = [grade for grade in ORDER if grade in grades]
    return known[-1] if known else ""
