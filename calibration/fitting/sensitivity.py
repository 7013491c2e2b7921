"""Sensitivity: which parameters the targets can say anything about.

Morris's elementary effects (1991; Campolongo, Cariboni and Saltelli 2007) on the simulator itself, some runs
for each parameter, choose which are worth fitting; Sobol's indices (Saltelli and others 2010) on the
emulators then say how much of each target's variance each parameter makes, alone and with others. Both by
SALib.

A parameter is kept where moving it over its range moves some fitted target by more than a share of the error
with which that target is compared, and by more than chance moves it. The others keep their priors and are
reported as not to be learnt from these targets: to fix them at a value would claim knowledge that nobody has.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from threadpoolctl import threadpool_limits

from calibration.fitting.emulator import Emulators
from calibration.fitting.priors import Floats
from calibration.fitting.problem import Problem
from calibration.fitting.runs import MonteCarloError, Runs

LEVELS = 4
"""Levels of Morris's grid, as usual."""
WITHIN = (0.025, 0.975)
"""Levels of the priors that the grid spans: no quantile at its ends is infinite."""
LEAST_EFFECT = 0.5
"""A parameter is kept that moves a fitted target by this share of the error it is compared with."""
CHANCE_DEVIATIONS = 2.0
"""... and by more than chance would, plus this many of its standard errors."""
RESAMPLES = 100


def _described(problem: Problem) -> dict[str, Any]:
    """Return the unit cube as SALib describes it."""
    names = list(problem.parameter_names)
    return {"num_vars": len(names), "names": names, "bounds": [[0.0, 1.0]] * len(names)}


@dataclass(frozen=True, kw_only=True)
class MorrisDesign:
    """Points at which elementary effects are measured."""

    grid: Floats
    """Levels on Morris's grid, 0 to 1, (trajectories x (parameters + 1), parameters)."""
    trajectories: int

    @property
    def points(self) -> Floats:
        """The points of the unit cube to run, of the same shape."""
        return WITHIN[0] + (WITHIN[1] - WITHIN[0]) * self.grid


def morris_design(problem: Problem, trajectories: int, seed: int) -> MorrisDesign:
    """Return a design of trajectories, each changing one parameter at a time.

    Args:
        problem: Its parameters are varied.
        trajectories: How many; ten is usual. Each needs one point more than there are parameters.
        seed: Of the trajectories.
    """
    from SALib.sample import morris

    grid = morris.sample(_described(problem), trajectories, num_levels=LEVELS, seed=seed)
    return MorrisDesign(grid=np.asarray(grid, dtype=np.float64), trajectories=trajectories)


def morris_effects(
    problem: Problem, design: MorrisDesign, runs: Runs, chance: MonteCarloError
) -> pd.DataFrame:
    """Return the elementary effects, a row for each parameter and target.

    Columns parameter, target, use; mean_effect, mean_size (mu*) and spread (sigma) of the target's change, in
    its unit, when the parameter goes over its range; chance_size, what mean_size would reach by chance alone;
    error, the standard deviation with which the target is compared; matters (mean_size is at least half of
    the error and above chance).

    Args:
        problem: What was varied and compared.
        design: Where.
        runs: Made at `design.points`, in their order.
        chance: Monte-Carlo error of the runs.
    """
    from SALib.analyze import morris

    error = np.sqrt(np.diag(problem.stated_covariance + chance.of_means))
    step = LEVELS / (2.0 * (LEVELS - 1.0))
    noise = np.sqrt(2.0 * chance.between_points) / step
    limit = noise * (
        np.sqrt(2.0 / np.pi) + CHANCE_DEVIATIONS * np.sqrt((1.0 - 2.0 / np.pi) / design.trajectories)
    )
    tables = []
    for k, target in enumerate(problem.targets):
        found = morris.analyze(
            _described(problem),
            design.grid,
            runs.means[:, k],
            num_levels=LEVELS,
            num_resamples=RESAMPLES,
            seed=0,
        )
        size = np.asarray(found["mu_star"], dtype=np.float64)
        tables.append(
            pd.DataFrame(
                {
                    "parameter": problem.parameter_names, "target": target.name, "use": target.use,
                    "mean_effect": np.asarray(found["mu"], dtype=np.float64), "mean_size": size,
                    "spread": np.asarray(found["sigma"], dtype=np.float64), "chance_size": limit[k],
                    "error": error[k], "matters": (size >= LEAST_EFFECT * error[k]) & (size > limit[k]),
                }
            )
        )  # fmt: skip
    return pd.concat(tables, ignore_index=True)


def kept_parameters(effects: pd.DataFrame) -> tuple[str, ...]:
    """Return the parameters that matter to some fitted target, those that matter most first."""
    rows = effects[(effects["use"] == "fit") & effects["matters"]]
    ratio = (rows["mean_size"] / rows["error"]).groupby(rows["parameter"]).max()
    return tuple(ratio.sort_values(ascending=False, kind="stable").index)


def ranking(effects: pd.DataFrame) -> pd.DataFrame:
    """Return a row for each parameter: its largest effect in errors of a fitted target, on which, if kept."""
    rows = effects[effects["use"] == "fit"]
    table = rows.assign(errors=rows["mean_size"] / rows["error"])
    first = table.loc[table.groupby("parameter")["errors"].idxmax(), ["parameter", "errors", "target"]]
    kept = kept_parameters(effects)
    named = first.rename(columns={"target": "most_on"})
    named["kept"] = named["parameter"].isin(kept)
    return named.sort_values("errors", ascending=False, kind="stable").reset_index(drop=True)


def sobol_indices(problem: Problem, emulators: Emulators, seed: int, points: int = 1024) -> pd.DataFrame:
    """Return Sobol's indices of the emulators, a row for each parameter and target.

    Columns parameter, target, use, trusted (the emulator); first_order and total, the shares of the target's
    variance over the priors that the parameter makes alone and with all others, with the half widths of their
    95% intervals (of the sampling of the emulator alone: its own error is told by its diagnostics).

    Args:
        problem: Whose priors are varied.
        emulators: Of its targets.
        seed: Of the points.
        points: A power of 2; the emulators are asked at this many times two more than parameters.
    """
    from SALib.analyze import sobol as analysis
    from SALib.sample import sobol as sample

    described = _described(problem)
    with threadpool_limits(limits=1):
        cube = np.asarray(sample.sample(described, points, calc_second_order=False, seed=seed))
        means, _ = emulators.predict(cube)
    tables = []
    for k, target in enumerate(problem.targets):
        found = _indices(analysis, described, means[:, k])
        tables.append(
            pd.DataFrame(
                {
                    "parameter": problem.parameter_names, "target": target.name, "use": target.use,
                    "trusted": bool(emulators.trusted[k]), "first_order": found["S1"],
                    "first_order_half_width": found["S1_conf"], "total": found["ST"],
                    "total_half_width": found["ST_conf"],
                }
            )
        )  # fmt: skip
    return pd.concat(tables, ignore_index=True)


def _indices(analysis: Any, described: dict[str, Any], results: NDArray[np.float64]) -> dict[str, Floats]:
    """Return SALib's indices of one target; nil where nothing moves it."""
    names = ("S1", "S1_conf", "ST", "ST_conf")
    if float(results.std()) <= 1e-12 * max(1.0, float(np.abs(results).max())):
        return {name: np.zeros(described["num_vars"]) for name in names}
    found = analysis.analyze(
        described, results, calc_second_order=False, num_resamples=RESAMPLES, conf_level=0.95, seed=0
    )
    return {name: np.asarray(found[name], dtype=np.float64) for name in names}
