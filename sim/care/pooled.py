"""Contacts in pooled slots: general practice, outpatients and neighbourhood teams, by day and neighbourhood.

Over ten contacts a person a year would swamp an event calendar without telling more: they wait for a slot of
their own team, first come first served, and what cannot be seen today is seen later. Slots open on working
days, as many as the baseline's demand needs at the declared use of slots, and grow with it. What programmes
and discharges from hospital add competes for the same slots.
"""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
import numpy.typing as npt

FloatArray = npt.NDArray[np.float64]
_SATURDAY = 5


@dataclass(kw_only=True)
class PooledService:
    """One service with its own slots in each neighbourhood."""

    name: str
    """Node name in the tables."""
    slots_a_day: FloatArray
    """(neighbourhoods,) slots on a working day at the start."""
    growth: float = 0.0
    """Growth of the slots a year, month by month."""
    waiting: FloatArray = field(init=False)
    """(neighbourhoods,) people waiting now."""

    def __post_init__(self) -> None:
        """Start with nobody waiting: the burn-in fills the queue."""
        self.waiting = np.zeros_like(self.slots_a_day)

    def slots_in(self, month: int) -> FloatArray:
        """Return the slots of a working day in a month of the run, (neighbourhoods,)."""
        return np.asarray(self.slots_a_day * (1.0 + self.growth) ** (max(0, month) / 12))

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
        served = queue = places = 0.0
        slots, days = self.slots_in(month), len(weekday)
        a_day = np.broadcast_to(np.asarray(added, np.float64), slots.shape) / days
        for day, of_week in enumerate(weekday):
            open_slots = slots if of_week < _SATURDAY else np.zeros_like(slots)
            self.waiting = self.waiting + (arrivals[:, day] + a_day)
            seen = np.minimum(self.waiting, open_slots)
            self.waiting = self.waiting - seen
            served += float(seen.sum())
            queue += float(self.waiting.sum())
            places += float(open_slots.sum())
        came = float(arrivals[:, :days].sum() + a_day.sum() * days)
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
