"""The electronic frailty index as a count of deficits: its classes, and how it is spread within them.

Published shares are of classes, which are bands of the count (fit 0 to 4 of 36 deficits, mild 5 to 8,
moderate 9 to 12, severe 13 and over: an index up to 0.12, 0.24, 0.36 and above). The share with at least k
deficits is put between the cut points by

    S(k) = Phi(z(k)),   z linear in the square root of k between the cut points and beyond them,

so the square root of the count is normal in pieces, as of a count of many rare events. Put to the
published shares at 65 to 95 (Clegg 2016: fit 50%, mild 35%, moderate 12%, severe 3%) it gives a mean of 0.140
and a standard deviation of 0.093; published are 0.14 and 0.09. Linear in k it would be 0.133 and 0.101.

The table begins at 50, and nobody younger counts as frail: their count stops at four. Up to there it follows
the power of age that joins nought at birth to the level and slope at the start of the table's second band. On
the 50th birthday those at four are given their count, at least four, with the shares of that age.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from scipy.special import ndtr, ndtri

from sim.health.columns import FRAILTY
from sim.health.starting_tables import LevelShares, frailty_shares
from sim.kernels.draws import keyed_uniforms
from sim.kernels.randomness import stream_key
from sim.parameters.national import National
from sim.population.residents import REGISTERED, Residents
from sim.population.strata import MONTHS_A_YEAR

FloatArray = npt.NDArray[np.float64]
_NEVER = 1e-12  # stands for a share of nought or one, whose place on the normal scale must be finite
_SECOND_BAND, _FOURTH_BAND = 1, 3  # bands of the table, from the first with frailty, between which it grows
RELEASED = stream_key("frailty.released")
"""Stream of the count given on the birthday from which it is not held any more."""


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


def class_moves(national: National) -> dict[tuple[str, int, int], tuple[tuple[str, int], ...]]:
    """Return what is set when a programme moves somebody between classes: the nearest count of the new one.

    Keys are attribute, class before and class after; values are attributes and their codes.
    """
    starts = (*class_starts(national), most_deficits(national) + 1)
    classes = range(len(FRAILTY))
    return {
        ("frailty", before, after): (
            ("frailty_score", starts[after] if after > before else starts[after + 1] - 1),
        )
        for before in classes
        for after in classes
        if before != after
    }


def score_survivors(national: National, classes: LevelShares) -> FloatArray:
    """Return the share with at least k deficits, (2, 111, 5, 38) for k from 0 to 37, by shares of classes."""
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


def first_frail_age(classes: LevelShares) -> int:
    """Return the age from which the table knows frailty."""
    return int(np.argmax((classes.table[0] < 1.0).any(axis=0)))


@dataclass(frozen=True, kw_only=True)
class HeldCount:
    """The count of those too young to be frail, and what becomes of it on the birthday that ends this."""

    age_months: int
    """Age at which it is let go."""
    held_at: int
    """The count beyond which the younger do not go."""
    upto: FloatArray
    """(2, 5, 37) share of those held, by sex and quintile, with at most so many deficits at that age."""
    class_of: npt.NDArray[np.uint8]
    """(37,) class of each count."""

    @classmethod
    def of(cls, national: National, people: FloatArray) -> HeldCount:
        """Return it for a population of `people` (2, 111, 5)."""
        classes = frailty_shares(national, people)
        age = first_frail_age(classes)
        share = score_survivors(national, classes)[:, age : age + 2]
        share = np.clip(1.5 * share[:, 0] - 0.5 * share[:, 1], 0.0, 1.0)  # of a year of age, at its first day
        held = class_starts(national)[1] - 1
        upto = np.clip(1.0 - share[..., 1:] / share[..., held, None], 0.0, 1.0)
        return cls(age_months=MONTHS_A_YEAR * age, held_at=held, upto=upto, class_of=class_of_score(national))

    def let_go(self, residents: Residents, occasion: int, key: npt.NDArray[np.uint32]) -> None:
        """Give those registered who reach the age in this month, and were held, their count and class.

        Args:
            residents: All; their month is the present one.
            occasion: Calendar month of the draw.
            key: The two words of `replicate_key`.
        """
        rows = np.flatnonzero(residents.birth_month[: residents.size] == residents.month - self.age_months)
        held = residents.column("frailty_score")[rows] == self.held_at
        rows = rows[held & (residents.column("status")[rows] == REGISTERED)]
        uniform = keyed_uniforms(residents.person[rows], occasion, RELEASED, key)[:, 0]
        upto = self.upto[residents.column("sex")[rows], residents.column("quintile")[rows]]
        count = (uniform[:, None] >= upto[:, :-1]).sum(axis=1).astype(np.uint8)
        residents.columns[rows, residents.column_of["frailty_score"]] = count
        residents.columns[rows, residents.column_of["frailty"]] = self.class_of[count]
