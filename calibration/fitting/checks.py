"""Checks of the method itself: known parameters recovered, and ranks that are uniform.

Parameters are drawn from the priors, the simulator makes data at them with a seed of its own, errors of
observation and discrepancy are added as the problem states them, and the method is asked for the posterior.
Over many such data sets an interval of 90% holds the truth nine times in ten (recovery), and the rank of the
truth among the draws is uniform (simulation-based calibration; Cook, Gelman and Rubin 2006; Talts and others
2018). Both fail when posteriors are too narrow, too wide or shifted, whatever the reason: emulator,
Monte-Carlo error, sampler.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TypeAlias

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from scipy import stats
from scipy.special import ndtri

from calibration.fitting.identifiability import verdict
from calibration.fitting.priors import SMALLEST_LEVEL, Floats
from calibration.fitting.problem import Problem
from calibration.fitting.runs import Batch, run

Method: TypeAlias = Callable[[Problem, int], Floats]
"""Data (as a problem that observes them) and the data set's number; returns draws of the unit cube, nearly
independent, (draws, parameters)."""
COVERS = (0.5, 0.9)
SEEDS_APART = 1_000_000_007
"""Added to the number of a data set for the seed of its world: far from those of any design."""


@dataclass(frozen=True, kw_only=True)
class Recovery:
    """What a method made of synthetic data."""

    parameter_names: tuple[str, ...]
    truths: Floats
    """True points of the unit cube, (data sets, parameters)."""
    ranks: NDArray[np.int64]
    """How many of the draws lie below the truth, (data sets, parameters)."""
    draws: int
    """Draws of each posterior that ranks are among."""
    levels: Floats
    """Share of all draws below the truth, (data sets, parameters)."""
    contraction: Floats
    """Of each posterior, (data sets, parameters)."""


def synthetic(problem: Problem, batch: Batch, truth: Floats, number: int, seed: int) -> Problem:
    """Return the problem with data made at a known point.

    Args:
        problem: Its errors and discrepancies are added; where it has a share of chance, the data come from
        one
            replicate as large as that share says (1); otherwise chance is as small as one replicate leaves
            it.
        batch: The simulator.
        truth: The point of the unit cube, (parameters,).
        number: Of the data set; gives the seed of its world.
        seed: Of the errors.
    """
    world = run(problem, batch, truth, [SEEDS_APART + number])
    random = np.random.default_rng([seed, number])
    values, vectors = np.linalg.eigh(problem.stated_covariance)
    errors = (vectors * np.sqrt(np.maximum(values, 0.0))) @ random.normal(size=len(values))
    return problem.observing((world.means[0] + errors).tolist())


def recover(
    problem: Problem, batch: Batch, method: Method, data_sets: int, seed: int, ranked_draws: int = 99
) -> Recovery:
    """Return what a method makes of data sets with known parameters, drawn from the priors.

    Args:
        problem: What is fitted; its observed values only give discrepancies their size.
        batch: The simulator.
        method: The method to check.
        data_sets: How many.
        seed: Of the truths and errors.
        ranked_draws: Draws that ranks are among; fewer than the method gives, and independent.
    """
    random = np.random.default_rng(seed)
    truths = random.random((data_sets, len(problem.priors)))
    ranks, levels, contraction = [], [], []
    for number, truth in enumerate(truths):
        draws = method(synthetic(problem, batch, truth, number, seed), number)
        if len(draws) < ranked_draws:
            raise ValueError(f"the method gave {len(draws)} draws; ranks need {ranked_draws}")
        normal = ndtri(np.clip(draws, SMALLEST_LEVEL, 1.0 - SMALLEST_LEVEL))
        ranks.append((draws[:ranked_draws] < truth).sum(axis=0))
        levels.append((draws < truth).mean(axis=0))
        contraction.append(1.0 - normal.var(axis=0, ddof=1))
    return Recovery(
        parameter_names=problem.parameter_names, truths=truths, ranks=np.array(ranks, dtype=np.int64),
        draws=ranked_draws, levels=np.array(levels), contraction=np.array(contraction),
    )  # fmt: skip


def false_alarm(data_sets: int, cover: float, least: float, most: float) -> float:
    """Return the probability that right intervals hold the truth in a share outside `least` to `most`."""
    fewest = int(np.ceil(least * data_sets - 1e-9))
    greatest = int(np.floor(most * data_sets + 1e-9))
    inside = stats.binom.cdf(greatest, data_sets, cover) - stats.binom.cdf(fewest - 1, data_sets, cover)
    return float(1.0 - inside)


def recovery_table(recovery: Recovery) -> pd.DataFrame:
    """Return a row for each parameter.

    Columns parameter; cover_50 and cover_90, shares of the data sets whose interval held the truth; low_50,
    high_50 and so on, the shares that right intervals stay within 95 times in 100; contraction, its median;
    verdict (learnt, partly, unidentifiable) by that; called_unidentifiable, the share of the data sets in
    which it was; chi_square and largest_gap with their probabilities, of uniform ranks.
    """
    sets = len(recovery.truths)
    rows = []
    for k, name in enumerate(recovery.parameter_names):
        row: dict[str, object] = {"parameter": name}
        for cover in COVERS:
            label, tail = f"{100 * cover:.0f}", (1.0 - cover) / 2.0
            level = recovery.levels[:, k]
            row[f"cover_{label}"] = float(((level >= tail) & (level <= 1.0 - tail)).mean())
            low, high = stats.binom.ppf([0.025, 0.975], sets, cover) / sets
            row[f"low_{label}"], row[f"high_{label}"] = float(low), float(high)
        contraction = recovery.contraction[:, k]
        row["contraction"] = float(np.median(contraction))
        row["verdict"] = verdict(float(np.median(contraction)))
        row["called_unidentifiable"] = float(
            np.mean([verdict(float(one)) == "unidentifiable" for one in contraction])
        )
        rows.append({**row, **uniformity(recovery.ranks[:, k], recovery.draws)})
    return pd.DataFrame(rows)


def uniformity(ranks: NDArray[np.int64], draws: int, bins: int = 10) -> dict[str, float]:
    """Return two tests of whether ranks from 0 to `draws` are uniform.

    The chi-square over `bins` equal bins sees any shape; the largest gap of the cumulative shares
    (Kolmogorov's) sees shifts. Each `_probability` is that of as much or more by chance were the ranks
    uniform.

    Raises:
        ValueError: The bins are not alike in ranks.
    """
    if (draws + 1) % bins:
        raise ValueError(f"{draws + 1} ranks do not fall into {bins} equal bins")
    counts = np.bincount(ranks * bins // (draws + 1), minlength=bins)
    chi = stats.chisquare(counts)
    gap = stats.kstest((ranks + 0.5) / (draws + 1), "uniform")
    return {
        "chi_square": float(chi.statistic), "chi_square_probability": float(chi.pvalue),
        "largest_gap": float(gap.statistic), "largest_gap_probability": float(gap.pvalue),
    }  # fmt: skip


def rank_plot(recovery: Recovery, bins: int = 10, cover: float = 0.95) -> pd.DataFrame:
    """Return what a rank plot shows: a row for each parameter and bin.

    Columns parameter, from_rank, to_rank, data_sets, and low and high, between which the count of a bin lies
    with probability `cover` when ranks are uniform (each bin by itself).
    """
    sets, width = len(recovery.ranks), (recovery.draws + 1) // bins
    low, high = stats.binom.ppf([(1.0 - cover) / 2.0, (1.0 + cover) / 2.0], sets, 1.0 / bins)
    rows = []
    for k, name in enumerate(recovery.parameter_names):
        counts = np.bincount(recovery.ranks[:, k] * bins // (recovery.draws + 1), minlength=bins)
        rows += [
            {
                "parameter": name, "from_rank": bin_ * width, "to_rank": (bin_ + 1) * width - 1,
                "data_sets": int(count), "low": int(low), "high": int(high),
            }
            for bin_, count in enumerate(counts)
        ]  # fmt: skip
    return pd.DataFrame(rows)
