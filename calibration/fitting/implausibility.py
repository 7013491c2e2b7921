"""Implausibility: how many standard deviations a point is from each target, all errors counted.

    I_t(x) = |observed_t - emulated_t(x)| / sqrt(observation + discrepancy + emulator(x) + Monte Carlo)

(Craig and others 1997; Vernon, Goldstein and Bower 2010). A point is ruled out where I is above 3 for the
target that is farthest off, or for the second farthest: by Pukelsheim's rule (1994) any distribution with one
mode holds 95% within three standard deviations. Targets' weights play no part: implausible is implausible.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from itertools import combinations

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from calibration.fitting.emulator import Emulators
from calibration.fitting.likelihood import Likelihood
from calibration.fitting.priors import Floats
from calibration.fitting.problem import Problem
from calibration.fitting.runs import MonteCarloError

CUT_OFF = 3.0
"""Standard deviations beyond which a point is ruled out (Pukelsheim 1994)."""


@dataclass(frozen=True, kw_only=True)
class Implausibility:
    """The implausibility of points by the emulators of one wave."""

    problem: Problem
    emulators: Emulators
    chance: MonteCarloError

    @cached_property
    def judging(self) -> NDArray[np.bool_]:
        """Which targets judge, (targets,): those that are fitted and whose emulator is trusted."""
        return self.problem.fitted & self.emulators.trusted

    @property
    def target_names(self) -> tuple[str, ...]:
        """Names of the targets that judge."""
        names = zip(self.problem.target_names, self.judging, strict=True)
        return tuple(name for name, judges in names if judges)

    @cached_property
    def other_variance(self) -> Floats:
        """Variance of all but the emulator, (targets that judge,)."""
        every = Likelihood(problem=self.problem, emulators=self.emulators, chance=self.chance)
        return np.diag(every.constant)[self.judging]

    def of_each(self, points: Floats) -> Floats:
        """Return the implausibility by each target that judges, (points, targets that judge)."""
        mean, variance = self.emulators.predict(points)
        away = np.abs(self.problem.observed[self.judging] - mean[:, self.judging])
        return away / np.sqrt(self.other_variance + variance[:, self.judging])

    def __call__(self, points: Floats, rank: int = 1) -> Floats:
        """Return the largest (rank 1) or second largest (rank 2) implausibility of each point, (points,)."""
        return ranked(self.of_each(points), rank)


def ranked(of_each: Floats, rank: int) -> Floats:
    """Return the `rank`-th largest implausibility of each point, (points,); 0 where fewer targets judge."""
    if of_each.shape[1] < rank:
        return np.zeros(len(of_each))
    return np.sort(of_each, axis=1)[:, -rank]


@dataclass(frozen=True, kw_only=True)
class Conflict:
    """Why no space is left."""

    unreachable: tuple[str, ...]
    """Targets that no point meets, whatever becomes of the others."""
    pairs: tuple[tuple[str, str], ...]
    """Targets that can each be met and not both at once."""
    without: dict[str, float]
    """Share of the points that would be left if this target were put aside; only where there are some."""
    nearest: dict[str, float]
    """Implausibility by each target at the point that is least implausible."""

    def told(self) -> str:
        """Return the conflict in a sentence or two."""
        said = []
        if self.unreachable:
            said.append(f"no parameters reach {', '.join(self.unreachable)}")
        if self.pairs:
            said.append("never met at once: " + "; ".join(f"{one} and {other}" for one, other in self.pairs))
        if self.without:
            said.append("space is left without " + ", or without ".join(self.without))
        worst = max(self.nearest, key=lambda name: self.nearest[name])
        said.append(f"at the least implausible point {worst} is {self.nearest[worst]:.1f} deviations off")
        return "; ".join(said)


def conflict(of_each: Floats, target_names: tuple[str, ...], rank: int, cut_off: float) -> Conflict:
    """Return which targets conflict.

    Args:
        of_each: Implausibility of points by each target, (points, targets).
        target_names: Names of the targets.
        rank: 1 where the largest implausibility judges, 2 where the second.
        cut_off: Where it rules out.
    """
    met = of_each <= cut_off
    reached = np.asarray(met.any(axis=0))
    pairs = [
        (target_names[one], target_names[other])
        for one, other in combinations(np.flatnonzero(reached).tolist(), 2)
        if not (met[:, one] & met[:, other]).any()
    ]
    without = {}
    for k, name in enumerate(target_names):
        left = float((ranked(np.delete(of_each, k, axis=1), rank) <= cut_off).mean())
        if left > 0.0:
            without[name] = left
    best = of_each[int(ranked(of_each, 1).argmin())]
    return Conflict(
        unreachable=tuple(
            name for name, ever in zip(target_names, reached.tolist(), strict=True) if not ever
        ),
        pairs=tuple(pairs),
        without=without,
        nearest=dict(zip(target_names, best.tolist(), strict=True)),
    )


def pair_matrices(
    points: Floats, implausibility: Floats, parameter_names: tuple[str, ...], cut_off: float, cells: int = 12
) -> pd.DataFrame:
    """Return what plots of pairs of parameters show: least implausibility and optical depth of each cell.

    Columns: across, up (parameters), across_cell, up_cell (from 0), points, least_implausibility (over all
    other parameters) and optical_depth (share of the points of the cell that are not ruled out), both empty
    where no point fell.

    Args:
        points: Points that fill the cube, (points, parameters).
        implausibility: Of each, by the rule that judges, (points,).
        parameter_names: Names of the parameters.
        cut_off: Where it rules out.
        cells: Cells of each axis, alike in prior probability.
    """
    cell = np.minimum((points * cells).astype(int), cells - 1)
    tables = []
    grid = pd.MultiIndex.from_product([range(cells)] * 2, names=["across_cell", "up_cell"])
    for across, up in combinations(range(points.shape[1]), 2):
        rows = pd.DataFrame(
            {
                "across_cell": cell[:, across], "up_cell": cell[:, up],
                "least_implausibility": implausibility,
                "optical_depth": (implausibility <= cut_off).astype(float), "points": 1,
            }
        )  # fmt: skip
        found = rows.groupby(["across_cell", "up_cell"]).agg(
            {"points": "sum", "least_implausibility": "min", "optical_depth": "mean"}
        )
        table = found.reindex(grid).reset_index()
        table["points"] = table["points"].fillna(0).astype(int)
        table.insert(0, "up", parameter_names[up])
        table.insert(0, "across", parameter_names[across])
        tables.append(table)
    return pd.concat(tables, ignore_index=True) if tables else pd.DataFrame()
