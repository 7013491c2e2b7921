"""Contacts in pooled slots: general practice, outpatients and neighbourhood teams, by day and neighbourhood.

Over ten contacts a person a year would swamp an event calendar without telling more: they wait for a slot of
their own team, first come first served, and what cannot be seen today is seen later. Slots open on working
days, as many as the baseline's demand needs at the declared use of slots.
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
    """(neighbourhoods,) slots on a working day."""
    waiting: FloatArray = field(init=False)
    """(neighbourhoods,) people waiting now."""

    def __post_init__(self) -> None:
        """Start with nobody waiting: the burn-in fills the queue."""
        self.waiting = np.zeros_like(self.slots_a_day)

    def serve_month(
        self, arrivals: npt.NDArray[np.integer], weekday: npt.NDArray[np.integer]
    ) -> dict[str, float]:
        """Serve one month, day by day, and return the node's measures.

        Args:
            arrivals: (neighbourhoods, days at least as many as `weekday`) new people by day.
            weekday: (days,) 0 Monday to 6 Sunday.

        Returns:
            arrivals, starts, mean_queue, mean_wait_minutes (by Little's law), mean_places, utilisation.
        """
        served = queue = places = 0.0
        for day, of_week in enumerate(weekday):
            open_slots = self.slots_a_day if of_week < _SATURDAY else np.zeros_like(self.slots_a_day)
            self.waiting = self.waiting + arrivals[:, day]
            seen = np.minimum(self.waiting, open_slots)
            self.waiting = self.waiting - seen
            served += float(seen.sum())
            queue += float(self.waiting.sum())
            places += float(open_slots.sum())
        days = len(weekday)
        came = float(arrivals[:, :days].sum())
        return {
            "arrivals": came,
            "starts": served,
            "mean_queue": queue / days,
            "mean_wait_minutes": 1440.0 * queue / max(served, 1.0),
            "mean_places": places / days,
            "utilisation": served / max(places, 1.0),
        }
