"""What was repeated, draws or replicates, and what a share of them is known to.

With draws of the parameters a point is a draw, the mean over its replicates: a share of points is a
probability as far as the drawn figures are uncertain, with what chance is left in a draw's mean. Without
draws a point is a replicate, and a share is of computing error alone.
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from results.statistics import TWO_SIDED_95, Array

DRAWS, REPLICATES = "draws", "replicates"
WORDS = {DRAWS: "draws of the uncertain figures", REPLICATES: "repeat runs (chance alone)"}
PRIOR = 0.5


def of_what(kind: str) -> str:
    """Return what a share is of, in words."""
    return WORDS[kind]


def points_of(units: npt.ArrayLike, draws: int) -> Array:
    """Return a value for each point, (rows, points): draws' means where there are several, else replicates.

    Args:
        units: Values (rows, draws x replicates), in the order of draws, then replicates.
        draws: How many draws.
    """
    matrix = np.asarray(units, dtype=np.float64)
    if draws < 2:
        return matrix
    return matrix.reshape(*matrix.shape[:-1], draws, matrix.shape[-1] // draws).mean(axis=-1)


def share_interval(inside: npt.ArrayLike) -> tuple[float, float, float]:
    """Return the share of points that are inside, with Jeffreys' 95% interval.

    The 2.5 and 97.5 percentiles of Beta(x + 1/2, n - x + 1/2), from 0 where none is inside and to 1 where all
    are. A point that is partly inside (a shared first place) counts by its part.

    Source: Brown LD, Cai TT, DasGupta A, Statistical Science 2001;16:101-133.

    Args:
        inside: From 0 to 1 for each point; independent of one another.

    Returns:
        Share, low, high; NaN, 0 and 1 without points.
    """
    from scipy.special import betaincinv

    counted = np.asarray(inside, dtype=np.float64)
    number, found = counted.size, float(counted.sum())
    if not number:
        return float("nan"), 0.0, 1.0
    ends = [
        float(betaincinv(found + PRIOR, number - found + PRIOR, q)) for q in (1 - TWO_SIDED_95, TWO_SIDED_95)
    ]
    return found / number, 0.0 if found == 0 else ends[0], 1.0 if found == number else ends[1]
