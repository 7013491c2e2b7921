"""Emergency spells: stays in several beds of a hospital, one after the other, counted once."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from sim.kernels.flow import Stages

FloatArray = npt.NDArray[np.float64]
IntArray = npt.NDArray[np.int64]
Mask = npt.NDArray[np.bool_]


class Spells:
    """Remembers when each spell began while its patient moves from bed to bed.

    Args:
        beds: (nodes,) which nodes are beds between which patients move within one spell.
    """

    BURNT_IN = ("_person", "_episode", "_began")

    def __init__(self, beds: Mask) -> None:
        self.beds = beds
        self._person = np.zeros(0, np.int64)
        self._episode = np.zeros(0, np.int64)
        self._began = np.zeros(0)

    def moves_on(self, stages: Stages) -> Mask:
        """Return which stages in a bed ended with a move to another bed."""
        onward = self.beds[stages.node] & (stages.next >= 0)
        onward[onward] = self.beds[stages.next[onward]]
        return onward

    def began(self, stages: Stages) -> FloatArray:
        """Return the minute at which the spell of each stage in a bed began, NaN for every other stage.

        To be called once with the stages of each month, in order: spells that go on in another bed are kept.
        """
        found = np.full(stages.node.size, np.nan)
        mine = np.flatnonzero(self.beds[stages.node] & ~np.isnan(stages.time_start))
        kept = self._began.size
        person = np.concatenate([self._person, stages.person_id[mine]])
        episode = np.concatenate([self._episode, stages.episode[mine]])
        began = np.concatenate([self._began, stages.time_start[mine]])
        moves = np.concatenate([np.ones(kept, np.bool_), self.moves_on(stages)[mine]])
        order = np.lexsort((began, episode, person))
        person, episode, began, moves = person[order], episode[order], began[order], moves[order]
        same = np.zeros(order.size, np.bool_)
        same[1:] = (person[1:] == person[:-1]) & (episode[1:] == episode[:-1])
        goes_on = same.copy()
        goes_on[1:] &= moves[:-1]
        first = np.maximum.accumulate(np.where(goes_on, 0, np.arange(order.size)))
        began = began[first]
        logged = order >= kept
        found[mine[order[logged] - kept]] = began[logged]
        last = np.append(~same[1:], True) if order.size else same
        still = last & moves
        self._person, self._episode, self._began = person[still], episode[still], began[still]
        return found


__all__ = ["Spells"]
