"""Posterior prediction: what a fitted model says of every target, the held-out ones above all.

The variance of a prediction is that of the parameters' posterior, of the emulator, of the Monte-Carlo error,
of the discrepancy and of the observation, so that an interval of 80% should hold 80% of the observations.
"""

from __future__ import annotations

import numpy as np
import pandas as pd
from scipy import stats

from calibration.fitting.likelihood import Likelihood
from calibration.fitting.posterior import Posterior
from calibration.fitting.priors import Floats

COVERS = (0.5, 0.8, 0.95)


def predicted(posterior: Posterior, likelihood: Likelihood, seed: int) -> Floats:
    """Return predicted observations, (draws, targets): emulated, with every error drawn.

    Args:
        posterior: Draws of the parameters.
        likelihood: Of the same problem.
        seed: Of the errors.
    """
    mean, variance = likelihood.emulators.predict(posterior.points)
    random = np.random.default_rng(seed)
    values, vectors = np.linalg.eigh(likelihood.constant)
    common = (vectors * np.sqrt(np.maximum(values, 0.0))) @ random.normal(size=mean.T.shape)
    return np.asarray(mean + np.sqrt(variance) * random.normal(size=mean.shape) + common.T)


def predictive_table(posterior: Posterior, likelihood: Likelihood, seed: int) -> pd.DataFrame:
    """Return a row for each target.

    Columns target, use, unit, observed; model (mean over draws), ratio; predicted, the median of the
    predicted observations, with ends low_50, high_50 and so on; z, (model - observed) over the standard
    deviation of the predicted observations; within_50 and so on; tail, the smaller share of predictions on
    one side of the observed.
    """
    problem = posterior.problem
    mean, _ = likelihood.emulators.predict(posterior.points)
    drawn = predicted(posterior, likelihood, seed)
    model, observed = mean.mean(axis=0), problem.observed
    below = (drawn < observed).mean(axis=0)
    with np.errstate(divide="ignore", invalid="ignore"):
        ratio = np.where(observed != 0.0, model / observed, np.nan)
    table = pd.DataFrame(
        {
            "target": problem.target_names, "use": [one.use for one in problem.targets],
            "unit": [one.unit for one in problem.targets], "observed": observed, "model": model,
            "ratio": ratio, "predicted": np.median(drawn, axis=0),
            "z": (model - observed) / drawn.std(axis=0, ddof=1),
            "tail": np.minimum(below, 1.0 - below),
        }
    )  # fmt: skip
    for cover in COVERS:
        low, high = np.quantile(drawn, [(1.0 - cover) / 2.0, (1.0 + cover) / 2.0], axis=0)
        label = f"{100 * cover:.0f}"
        table[f"low_{label}"], table[f"high_{label}"] = low, high
        table[f"within_{label}"] = (observed >= low) & (observed <= high)
    return table


def coverage(table: pd.DataFrame) -> pd.DataFrame:
    """Return how many targets lie in their intervals, a row for each use and cover.

    Columns use, cover, targets, within, share and probability: that of as few or fewer were the intervals
    right and the targets independent (they are not quite: it is a guide).
    """
    rows = []
    for use, group in table.groupby("use", sort=True):
        for cover in COVERS:
            within = int(group[f"within_{100 * cover:.0f}"].sum())
            rows.append(
                {
                    "use": use, "cover": cover, "targets": len(group), "within": within,
                    "share": within / len(group),
                    "probability": float(stats.binom.cdf(within, len(group), cover)),
                }
            )  # fmt: skip
    return pd.DataFrame(rows)
