"""What was repeated, draws and replicates, and how well a share of the repeats is known.

A unit is one replicate of one draw of the parameters: a world that might be. The share of units in which
something is so is its probability as far as chance and the drawn figures go; without draws it is of chance
alone. Units are not independent of one another: those of a draw share its figures, those of a replicate its
chance (all draws have the same random numbers). A share's interval is therefore that of an effective number
of units.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt

from results.statistics import TWO_SIDED_95, Array, components

if TYPE_CHECKING:
    from results.comparison import Comparison

PRIOR = 0.5


def of_what(comparison: Comparison) -> str:
    """Return what shares are of: '30 draws x 4 repeat runs', or '4 repeat runs (chance alone)'."""
    repeats = len(comparison.replicates)
    runs = f"{repeats} repeat run{'' if repeats == 1 else 's'}"
    return f"{len(comparison.draw_numbers)} draws x {runs}" if comparison.drawn else f"{runs} (chance alone)"


def draw_means(units: npt.ArrayLike, draws: int) -> Array:
    """Return each draw's mean over its replicates, (rows, draws).

    Args:
        units: Values (rows, draws x replicates), in the order of draws, then replicates.
        draws: How many draws.
    """
    matrix = np.asarray(units, dtype=np.float64)
    return matrix.reshape(*matrix.shape[:-1], draws, matrix.shape[-1] // draws).mean(axis=-1)


def effective_number(inside: npt.ArrayLike, draws: int) -> float:
    """Return how many independent units tell as much of a share as these do.

    p (1 - p) over the variance of the mean of a table with two ways, s_d / D + s_r / R + s / (D R), from its
    variance components; at least the fewer of draws and replicates (where there are several of both), at most
    all units. Where all units agree their variance tells nothing and the least is taken.

    Args:
        inside: From 0 to 1 for each unit, in the order of draws, then replicates.
        draws: How many draws.
    """
    counted = np.asarray(inside, dtype=np.float64)
    number, repeats = counted.size, counted.size // max(draws, 1)
    if draws < 2 or repeats < 2:
        return float(number)
    least, share = float(min(draws, repeats)), float(counted.mean())
    parts = components(counted, draws)
    variance = float(
        parts.parameters / draws + parts.replicates / repeats + np.nan_to_num(parts.residual) / number
    )
    if variance <= 0:
        return least
    return min(float(number), max(least, share * (1 - share) / variance))


def share_interval(inside: npt.ArrayLike, draws: int = 1) -> tuple[float, float, float]:
    """Return the share of units that are inside, with Jeffreys' 95% interval for their effective number.

    The 2.5 and 97.5 percentiles of Beta(x + 1/2, n - x + 1/2), from 0 where none is inside and to 1 where all
    are. A unit that is partly inside (a shared first place) counts by its part.

    Source: Brown LD, Cai TT, DasGupta A, Statistical Science 2001;16:101-133.

    Args:
        inside: From 0 to 1 for each unit, in the order of draws, then replicates.
        draws: How many draws.

    Returns:
        Share, low, high; NaN, 0 and 1 without units.
    """
    from scipy.special import betaincinv

    counted = np.asarray(inside, dtype=np.float64)
    if not counted.size:
        return float("nan"), 0.0, 1.0
    share, number = float(counted.mean()), effective_number(counted, draws)
    found = share * number
    ends = [
        float(betaincinv(found + PRIOR, number - found + PRIOR, q)) for q in (1 - TWO_SIDED_95, TWO_SIDED_95)
    ]
    return share, 0.0 if share == 0 else ends[0], 1.0 if share == 1 else ends[1]
