"""Deaths: their causes, and the needs that come in the last days of life."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from sim.health.ages import N_AGES
from sim.health.calendar import HOURS_A_DAY
from sim.health.transitions.declared import CAUSES
from sim.health.transitions.mortality import cause_shares
from sim.kernels.draws import keyed_uniforms
from sim.kernels.randomness import stream_key
from sim.parameters.national import National

FloatArray = npt.NDArray[np.float64]
IntArray = npt.NDArray[np.int64]
CAUSE, LAST_DAYS = "death.cause", "need/terminal"


class Causes:
    """The causes to which deaths from delay in care are coded: shares of all deaths by sex and age.

    Every other death has the cause of the transition that happened.

    Args:
        national: National tables; `causes` holds shares by sex, age band and cause.
    """

    names: tuple[str, ...] = CAUSES

    def __init__(self, national: National) -> None:
        self._upto = np.cumsum(np.moveaxis(cause_shares(national), 0, 2), axis=2)

    def draw(
        self,
        person: npt.NDArray[np.uint32],
        sex: IntArray,
        age: IntArray,
        occasion: int,
        key: npt.NDArray[np.uint32],
    ) -> IntArray:
        """Return the cause of each death, an index into `names`, by one keyed draw each."""
        uniform = keyed_uniforms(person, occasion, stream_key(CAUSE), key)[:, 0]
        upto = self._upto[sex, np.clip(age, 0, N_AGES - 1)]
        cause: IntArray = np.minimum((uniform[:, None] >= upto).sum(axis=1), len(self.names) - 1)
        return cause


@dataclass(frozen=True, kw_only=True)
class LastDays:
    """Needs in the last days of some of those who die in a month."""

    which: IntArray
    """Positions among the deaths given."""
    hour: FloatArray
    """Hours from the month's start."""
    uniform: FloatArray
    """One more draw each, for where they go."""


def last_days(
    national: National,
    person: npt.NDArray[np.uint32],
    fraction: FloatArray,
    days: int,
    occasion: int,
    key: npt.NDArray[np.uint32],
    copy: int = 0,
) -> LastDays:
    """Return who of those dying has an emergency need shortly before, and when.

    The need comes an exponential time before death. A death is known from the start of its month only, so a
    lead that reaches further back is spread evenly between then and the death.

    Args:
        national: National tables: share and mean lead.
        person: (n,) identities of those who die.
        fraction: (n,) when in the month, 0 to 1.
        days: Days of the month.
        occasion: Calendar month.
        key: The two words of `replicate_key`.
        copy: Which copy of the need; each is decided and timed by itself.
    """
    draws = keyed_uniforms(person, occasion, stream_key(LAST_DAYS), key, copy)
    which = np.flatnonzero(draws[:, 0] < national.scalar("hospital_death_need_share"))
    lead = -np.log(draws[which, 1]) * national.scalar("hospital_death_need_lead_days")
    death = fraction[which] * days
    day = np.where(lead < death, death - lead, death * draws[which, 3])
    return LastDays(which=which, hour=day * HOURS_A_DAY, uniform=draws[which, 2])
