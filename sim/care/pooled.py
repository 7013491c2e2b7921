"""Contacts in pooled slots: general practice, outpatients and neighbourhood teams, by day and neighbourhood.

Over ten contacts a person a year would swamp an event calendar without telling more: they wait for a slot of
their own team, first come first served, and what cannot be seen today is seen later. Slots open on working
days, as many as the baseline's demand needs at the declared use of slots, and grow with it. What programmes
and discharges from hospital add competes for the same slots.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import ClassVar

import numpy as np
import numpy.typing as npt

FloatArray = npt.NDArray[np.float64]
_SATURDAY = 5


@dataclass(frozen=True, kw_only=True)
class SlotChange:
    """What a scenario changes in slots: factor x those open + added x those of a working day."""

    weekdays: tuple[int, ...]
    """Days on which it holds, Monday 0; all working days when empty."""
    factor: FloatArray
    """(months + 1,) multiplier; index 0 is the burn-in."""
    added: FloatArray
    """(months + 1,) slots added, as a share of those of a working day at the start."""
    induced_share: float = 0.0
    """Share of the added slots that new demand takes."""


@dataclass(kw_only=True)
class PooledService:
    """One service with its own slots in each neighbourhood."""

    BURNT_IN: ClassVar = ("waiting",)

    name: str
    """Node name in the tables."""
    slots_a_day: FloatArray
    """(neighbourhoods,) slots on a working day at the start."""
    growth: float = 0.0
    """Growth of the slots a year, month by month."""
    use: float = 1.0
    """Share of slots that the baseline's demand fills: that of added ones which new demand is offered."""
    changes: list[SlotChange] = field(default_factory=list)
    """What a scenario changes, in its order."""
    waiting: FloatArray = field(init=False)
    """(neighbourhoods,) people waiting now."""

    def __post_init__(self) -> None:
        """Start with nobody waiting: the burn-in fills the queue."""
        self.waiting = np.zeros_like(self.slots_a_day)

    def slots_in(self, month: int) -> FloatArray:
        """Return the slots of a working day in a month of the run, (neighbourhoods,)."""
        return np.asarray(self.slots_a_day * (1.0 + self.growth) ** (max(0, month) / 12))

    def open_on(self, weekday: int, month: int, slots: FloatArray) -> tuple[FloatArray, FloatArray | float]:
        """Return slots open on a day, and the new demand that added slots meet, (neighbourhoods,) each."""
        found = slots if weekday < _SATURDAY else np.zeros_like(slots)
        induced: FloatArray | float = 0.0
        for change in self.changes:
            if weekday in change.weekdays or (not change.weekdays and weekday < _SATURDAY):
                at = min(max(0, month + 1), change.factor.size - 1)
                changed = found * change.factor[at] + self.slots_a_day * change.added[at]
                induced = induced + change.induced_share * self.use * np.maximum(0.0, changed - found)
                found = np.maximum(0.0, changed)
        return found, induced

    def serve_month(
        self,
        arrivals: npt.NDArray[np.floating],
        weekday: npt.NDArray[np.integer],
        month: int = 0,
        added: FloatArray | float = 0.0,
    ) -> dict[str, float]:
        """Serve one month, day by day, and return the node's measures.

        Args:
            arrivals: (neighbourhoods, days at least as many as `weekday`) new people by day.
            weekday: (days,) 0 Monday to 6 Sunday.
            month: Month of the run.
            added: (neighbourhoods,) contacts that programmes and discharges add in the month, spread evenly
                over its days.

        Returns:
            arrivals, starts, mean_queue, mean_wait_minutes (by Little's law), mean_places, utilisation, load
            (arrivals to slots: above 1 the queue grows), offered_load (arrivals a day, to be held against
            mean_places) and left_waiting (contacts not yet had at the end).
        """
        served = queue = places = came = 0.0
        slots, days = self.slots_in(month), len(weekday)
        a_day = np.broadcast_to(np.asarray(added, np.float64), slots.shape) / days
        for day, of_week in enumerate(weekday):
            open_slots, induced = self.open_on(int(of_week), month, slots)
            self.waiting = self.waiting + (arrivals[:, day] + a_day + induced)
            came += float(np.sum(induced))
            seen = np.minimum(self.waiting, open_slots)
            self.waiting = self.waiting - seen
            served += float(seen.sum())
            queue += float(self.waiting.sum())
            places += float(open_slots.sum())
        came += float(arrivals[:, :days].sum() + a_day.sum() * days)
        return {
            "arrivals": came,
            "starts": served,
            "mean_queue": queue / days,
            "mean_wait_minutes": 1440.0 * queue / max(served, 1.0),
            "mean_places": places / days,
            "utilisation": served / max(places, 1.0),
            "load": came / max(places, 1.0),
            "offered_load": came / days,
            "left_waiting": float(self.waiting.sum()),
        }
