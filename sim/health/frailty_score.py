"""The electronic frailty index as a count of deficits: its classes, and how it is spread within them.

Published shares are of classes, which are bands of the count (fit 0 to 4 of 36 deficits, mild 5 to 8, moderate
9 to 12, severe 13 and over: an index up to 0.12, 0.24, 0.36 and above). The share with at least k deficits is
put between the cut points by

    S(k) = Phi(z(k)),   z linear in the square root of k between the cut points and beyond them,

so the square root of the count is normal in pieces, as it would be of a count of many rare events. Held
against the published distribution at 65 to 95 (Clegg 2016: fit 50%, mild 35%, moderate 12%, severe 3%) this gives a
mean of 0.140 and a standard deviation of 0.093; published are 0.14 and 0.09. Linear in k it would be 0.133 and
0.101.

The table begins at 50, and nobody younger counts as frail. Their deficits, up to four, follow the power of
age that joins nought at birth to the level and slope at the start of the table's second band.
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
from scipy.special import ndtr, ndtri

from sim.health.columns import FRAILTY
from sim.health.starting_tables import LevelShares
from sim.parameters.national import National

FloatArray = npt.NDArray[np.float64]
_NEVER = 1e-12  # stands for a share of nought or one, whose place on the normal scale must be finite
_SECOND_BAND, _FOURTH_BAND = 1, 3  # bands of the table, from the first with frailty, between which it grows


def most_deficits(national: National) -> int:
    """Return how many deficits the index counts."""
    return int(national.scalar("frailty_deficits"))


def class_starts(national: National) -> tuple[int, ...]:
    """Return the fewest deficits of each class of frailty, in the order of their codes."""
    return (0, *(int(national.scalar(f"frailty_{level}_from")) for level in FRAILTY[1:]))


def class_of_score(national: National) -> npt.NDArray[np.uint8]:
    """Return the class of each count of deficits, (37,)."""
    counts = np.arange(most_deficits(national) + 1)
    return (np.searchsorted(class_starts(national), counts, side="right") - 1).astype(np.uint8)


def score_after_move(national: National, before: int, after: int) -> int:
    """Return the count of deficits of somebody moved from one class to another: the nearest of that class."""
    starts = (*class_starts(national), most_deficits(national) + 1)
    return starts[after] if after > before else starts[after + 1] - 1


def score_survivors(national: National, classes: LevelShares) -> FloatArray:
    """Return the share with at least k deficits, (2, 111, 5, 38) for k from 0 to 37, given shares of classes."""
    starts = np.array(class_starts(national)[1:])
    upto = most_deficits(national)
    frail = np.cumsum(classes.share[..., :0:-1], axis=-1)[..., ::-1]
    root = np.sqrt(np.arange(upto + 1.0))
    place = ndtri(np.clip(frail, _NEVER, 1.0 - _NEVER))
    found = ndtr(_piecewise(root, np.sqrt(starts), place))
    found *= frail[..., :1] > 0.0
    few = np.arange(upto + 1) < starts[0]
    found[..., few] = np.maximum(_young(found, classes)[..., few], frail[..., :1])
    found[..., 0] = 1.0
    return np.concatenate([found, np.zeros_like(found[..., :1])], axis=-1)


def _piecewise(x: FloatArray, knots: FloatArray, values: FloatArray) -> FloatArray:
    """Return lines through (..., knots) values at x, (..., x): the first and the last piece go on."""
    piece = np.clip(np.searchsorted(knots, x, side="right") - 1, 0, knots.size - 2)
    share = (x - knots[piece]) / (knots[piece + 1] - knots[piece])
    out: FloatArray = values[..., piece] + share * (values[..., piece + 1] - values[..., piece])
    return out


def _young(found: FloatArray, classes: LevelShares) -> FloatArray:
    """Return shares with at least k deficits whose part below the table's second band grows from birth."""
    bands = np.unique(classes.band[(classes.table[0] < 1.0).any(axis=0)])
    first, later = (int(np.argmax(classes.band == bands[k])) for k in (_SECOND_BAND, _FOURTH_BAND))
    middle = np.arange(found.shape[1]) + 0.5
    here, there = (np.maximum(found[:, [age]], _NEVER) for age in (first, later))
    power = np.log(there / here) / np.log(middle[later] / middle[first])
    younger = here * (middle / middle[first])[:, None, None] ** power
    return np.where((middle < middle[first])[:, None, None], younger, found)
