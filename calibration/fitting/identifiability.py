"""Identifiability: what the targets taught of each parameter, what they could not, and what would teach more.

All on the scale on which every prior is standard normal, so that parameters of any unit compare. The
contraction is 1 less the posterior's variance over the prior's: 0 where nothing was learnt, 1 where all was.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd

from calibration.fitting.emulator import Emulators
from calibration.fitting.posterior import Posterior
from calibration.fitting.priors import Floats

LEARNT = 0.5
"""Contraction from which a parameter is called learnt: less than half of the prior's variance is left."""
UNIDENTIFIABLE = 0.2
"""Contraction below which it is called unidentifiable: 0.9 of the prior's width or more is left."""
TIED = 0.8
"""Correlation from which two parameters are called tied: a combination is known better than either."""


@dataclass(frozen=True, kw_only=True)
class Identifiability:
    """What was learnt."""

    table: pd.DataFrame
    """A row for each parameter: parameter, unit, contraction, verdict (learnt, partly, unidentifiable), prior
    and posterior median with 90% intervals in its unit, moved (posterior mean in the prior's standard
    deviations), and tied_to (parameters with which it is known together, joined by +)."""
    correlation: Floats
    """Correlation of the posterior on the normal scale, (parameters, parameters)."""

    @property
    def unidentifiable(self) -> tuple[str, ...]:
        """Parameters that the targets say next to nothing about."""
        return tuple(self.table.loc[self.table["verdict"] == "unidentifiable", "parameter"])


def identify(posterior: Posterior) -> Identifiability:
    """Return what a posterior learnt of each parameter."""
    problem, normal = posterior.problem, posterior.normal
    covariance = np.atleast_2d(np.cov(normal, rowvar=False))
    deviation = np.sqrt(np.diag(covariance))
    correlation = covariance / np.outer(deviation, deviation)
    rows = []
    for k, prior in enumerate(problem.priors):
        contraction = 1.0 - float(deviation[k]) ** 2
        before = prior.quantile([0.05, 0.5, 0.95])
        after = np.quantile(posterior.values[:, k], [0.05, 0.5, 0.95])
        tied = [
            name
            for j, name in enumerate(problem.parameter_names)
            if j != k and abs(correlation[k, j]) >= TIED
        ]
        rows.append(
            {
                "parameter": prior.name, "unit": prior.unit, "contraction": contraction,
                "verdict": verdict(contraction), "prior_low": before[0], "prior_median": before[1],
                "prior_high": before[2], "posterior_low": after[0], "posterior_median": after[1],
                "posterior_high": after[2], "moved": float(normal[:, k].mean()), "tied_to": " + ".join(tied),
            }
        )  # fmt: skip
    return Identifiability(table=pd.DataFrame(rows), correlation=correlation)


def verdict(contraction: float) -> str:
    """Return what a contraction is called."""
    if contraction >= LEARNT:
        return "learnt"
    return "partly" if contraction >= UNIDENTIFIABLE else "unidentifiable"


def directions(posterior: Posterior) -> pd.DataFrame:
    """Return the directions in which the posterior is widest and narrowest, widest first.

    Columns direction (from 1), deviation (1 is the prior's) and one for each parameter, its part of the
    direction. A wide direction with several large parts is a combination that the targets cannot tell apart.
    """
    values, vectors = np.linalg.eigh(np.atleast_2d(np.cov(posterior.normal, rowvar=False)))
    order = np.argsort(values)[::-1]
    signs = np.sign(vectors[np.abs(vectors).argmax(axis=0), np.arange(len(values))])
    table = pd.DataFrame((vectors * signs).T[order], columns=list(posterior.problem.parameter_names))
    table.insert(0, "deviation", np.sqrt(np.maximum(values[order], 0.0)))
    table.insert(0, "direction", np.arange(1, len(table) + 1))
    return table


def collect_next(posterior: Posterior, emulators: Emulators, errors: Floats) -> pd.DataFrame:
    """Return how much of the posterior's variance would go if a target were measured with a given error.

    Linear Bayes (Goldstein and Wooff 2007), exact where all is normal: measuring m with variance e takes
    cov(parameter, m)^2 / (var m + e) off a parameter's variance, whatever the measurement turns out to be.

    Args:
        posterior: As things stand.
        emulators: Of every target, held-out ones and others that were never observed included.
        errors: Standard deviation of each, observation, discrepancy and chance together, (targets,);
            NaN where it cannot be measured.

    Returns:
        A row for each target and parameter that can be measured, the target that teaches most first: target,
        parameter, error, reduction (share of the parameter's posterior variance), mean_reduction (over all
        parameters, each in shares of its prior's variance).
    """
    mean, variance = emulators.predict(posterior.points)
    normal = posterior.normal
    before = normal.var(axis=0, ddof=1)
    rows = []
    for k, target in enumerate(posterior.problem.target_names):
        if not np.isfinite(errors[k]):
            continue
        together = (normal - normal.mean(axis=0)).T @ (mean[:, k] - mean[:, k].mean()) / (len(mean) - 1)
        noise = float(errors[k]) ** 2 + float(variance[:, k].mean())
        taken = together**2 / (float(mean[:, k].var(ddof=1)) + noise)
        for name, share, all_of_it in zip(
            posterior.problem.parameter_names, taken / before, taken, strict=True
        ):
            rows.append(
                {
                    "target": target, "parameter": name, "error": float(errors[k]), "reduction": float(share),
                    "mean_reduction": float(taken.mean()), "_of_prior": float(all_of_it),
                }
            )  # fmt: skip
    table = pd.DataFrame(
        rows, columns=["target", "parameter", "error", "reduction", "mean_reduction", "_of_prior"]
    )
    ordered = table.sort_values(["mean_reduction", "target", "_of_prior"], ascending=[False, True, False])
    return ordered.drop(columns="_of_prior").reset_index(drop=True)
