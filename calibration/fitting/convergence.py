"""Whether chains have converged: potential scale reduction, autocorrelation time, effective draws."""

from __future__ import annotations

from dataclasses import dataclass

import emcee
import numpy as np
from scipy import stats
from scipy.special import ndtri

from calibration.fitting.priors import Floats


@dataclass(frozen=True, kw_only=True)
class Convergence:
    """How well independent ensembles of walkers agree."""

    parameter_names: tuple[str, ...]
    """Names, in the order of the arrays."""
    r_hat: Floats
    """Rank-normalised split potential scale reduction, (parameters,): 1 where halves of ensembles agree."""
    effective: Floats
    """Effective number of draws, (parameters,)."""
    correlation_time: Floats
    """Integrated autocorrelation time, the longest of the ensembles, in steps, (parameters,)."""
    steps: int
    """Steps of each ensemble that were kept."""

    def told(self) -> str:
        """Return the worst of it in words."""
        r_hat, few = int(self.r_hat.argmax()), int(self.effective.argmin())
        return (
            f"R-hat up to {self.r_hat[r_hat]:.3f} ({self.parameter_names[r_hat]}), at least "
            f"{self.effective[few]:.0f} effective draws ({self.parameter_names[few]}), "
            f"{self.steps} steps kept, autocorrelation time up to {self.correlation_time.max():.0f}"
        )


def convergence(chains: Floats, parameter_names: tuple[str, ...]) -> Convergence:
    """Return how well chains agree.

    Walkers of an ensemble depend on each other, so an ensemble counts as one chain for the scale reduction
    (each split in an earlier and a later half); the autocorrelation time is emcee's, over an ensemble's
    walkers.

    Args:
        chains: Positions, (ensembles, steps, walkers, parameters).
        parameter_names: Names of the parameters.
    """
    _, steps, walkers, _ = chains.shape
    with np.errstate(invalid="ignore"):  # a walker that never moved has no autocorrelation
        times = np.array([emcee.autocorr.integrated_time(one, tol=0, quiet=True) for one in chains])
    times = np.maximum(np.nan_to_num(times, nan=float(steps)), 1.0)
    return Convergence(
        parameter_names=parameter_names,
        r_hat=np.array([r_hat(chains[..., k]) for k in range(chains.shape[3])]),
        effective=(steps * walkers / times).sum(axis=0),
        correlation_time=times.max(axis=0),
        steps=steps,
    )


def r_hat(chains: Floats) -> float:
    """Return the rank-normalised split potential scale reduction of one parameter (Vehtari and others 2021).

    The larger of that of the ranks and that of the ranks of distances from the median, which sees chains that
    agree in their middle and not in their width.

    Args:
        chains: Positions, (ensembles, steps, walkers).
    """
    half = chains.shape[1] // 2
    split = np.concatenate([chains[:, :half], chains[:, -half:]]).reshape(2 * len(chains), -1)
    return max(_reduction(split), _reduction(np.abs(split - np.median(split))))


def _reduction(split: Floats) -> float:
    """Return the potential scale reduction of chains (chains, draws), after their ranks were made normal."""
    ranks = stats.rankdata(split, axis=None).reshape(split.shape)
    normal = ndtri((ranks - 0.375) / (split.size + 0.25))
    within = normal.var(axis=1, ddof=1).mean()
    between = normal.mean(axis=1).var(ddof=1)
    draws = split.shape[1]
    return float(np.sqrt((draws - 1) / draws + between / within))
