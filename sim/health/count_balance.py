"""Keeps the distribution of a count, by age, while those who have most conditions die first.

The means by which a count is balanced (`sim/health/counting.py`) depend on who has which conditions, and that
changes. Measured for Dorset with the means of the start, the share severely frail would double within five
years: deaths among the frail are fewer once those with most conditions have died. So, as for the divisors of
death (`sim/health/balance.py`), one pilot of the baseline is followed, quarter by quarter, with its own key
and no scenario: each quarter's hazards are balanced by its means, the same in every scenario and replicate.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from sim.health.counting import Count, Means
from sim.kernels.life_course import Processes

FloatArray = npt.NDArray[np.float64]


@dataclass(frozen=True, kw_only=True)
class CountBalance:
    """The means of the baseline, quarter by quarter, by which counts are balanced in every scenario."""

    counts: list[Count]
    means: list[Means]
    """By count, with a first axis of quarters."""

    def set_quarter(self, processes: Processes, quarter: int) -> None:
        """Let the hazards of counts be those of a quarter."""
        for c, (count, means) in enumerate(zip(self.counts, self.means, strict=True)):
            now = Means(*(np.asarray(table[quarter], np.float64) for table in means))
            base, _, own = count.hazards(now)
            processes.base[count.place] = base
            processes.own[c, ..., : count.most + 1] = own


def stacked(means: Sequence[Means]) -> Means:
    """Return means with a first axis of quarters, in half the memory."""
    excess, ratio = (np.stack(tables) for tables in zip(*means, strict=True))
    return Means(excess.astype(np.float32), ratio.astype(np.float32))
