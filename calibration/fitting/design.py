"""Designs: where in the unit cube the simulator is run.

The first design is a scrambled Sobol sequence (Owen 1998): its first n points fill the cube for every n, so a
larger design holds the smaller one and no run is wasted. Later waves choose, among points that are not ruled
out, those farthest from all that were run before (maximin; Johnson, Moore and Ylvisaker 1990).
"""

from __future__ import annotations

import math

import numpy as np
from scipy.spatial.distance import cdist
from scipy.stats import qmc

from calibration.fitting.priors import Floats

POINTS_PER_PARAMETER = 10
"""Points of a first design for each parameter (Loeppky, Sacks and Welch 2009)."""


def design_size(parameters: int) -> int:
    """Return how many points a first design should have."""
    return POINTS_PER_PARAMETER * parameters


def space_filling(parameters: int, points: int, seed: int, first: int = 0) -> Floats:
    """Return points that fill the unit cube, (points, parameters).

    Args:
        parameters: Axes of the cube.
        points: How many.
        seed: Of the scrambling. Designs with the same seed are nested: the shorter begins the longer.
        first: How many points of the sequence are had already, to continue it.
    """
    power = max(0, math.ceil(math.log2(first + points)))
    sequence = qmc.Sobol(parameters, scramble=True, rng=np.random.default_rng(seed))
    return np.asarray(sequence.random_base2(power), dtype=np.float64)[first : first + points]


def farthest(candidates: Floats, already: Floats, points: int) -> Floats:
    """Return `points` of the candidates, one by one the farthest from those chosen and those run already.

    Args:
        candidates: Points allowed, (candidates, parameters).
        already: Points run before, (runs, parameters); may be empty.
        points: How many; at most the number of candidates.

    Raises:
        ValueError: There are fewer candidates than points.
    """
    if len(candidates) < points:
        raise ValueError(f"{points} points cannot be chosen among {len(candidates)}")
    if len(already):
        nearest = cdist(candidates, already).min(axis=1)
    else:
        nearest = -cdist(candidates, candidates.mean(axis=0, keepdims=True))[:, 0] + len(candidates[0])
    chosen: list[int] = []
    for _ in range(points):
        chosen.append(int(np.argmax(nearest)))
        nearest = np.minimum(nearest, cdist(candidates, candidates[chosen[-1:]])[:, 0])
    return candidates[chosen]


def discrepancy(points: Floats) -> float:
    """Return the centred discrepancy of a design: how unevenly it fills the cube, 0 for evenly."""
    return float(qmc.discrepancy(points))
