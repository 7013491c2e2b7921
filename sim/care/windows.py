"""Places that differ at some times of the week: weekends, evenings, longer opening hours."""

from __future__ import annotations

import datetime
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from sim.care.calendar import weekday_of
from sim.kernels.flow_layout import UNLIMITED

FloatArray = npt.NDArray[np.float64]
IntArray = npt.NDArray[np.int64]
DAY, HOUR = 1440.0, 60.0
DAYS_A_WEEK, HOURS_A_DAY = 7, 24.0


@dataclass(frozen=True, kw_only=True)
class Window:
    """Times of the week at which places are changed, open or not: rounded(factor x places + added)."""

    weekdays: tuple[int, ...]
    """Days, Monday 0; all seven when empty."""
    hours: tuple[float, float]
    """From and to which hour of the day."""
    factor: FloatArray
    """(months + 1,) multiplier; index 0 is the burn-in."""
    added: FloatArray
    """(months + 1,) places added."""

    def holds(self, minute: float, start: datetime.date) -> bool:
        """Tell whether a minute lies inside; minutes are counted from the first instant of `start`."""
        if self.weekdays and weekday_of(minute, start) not in self.weekdays:
            return False
        return self.hours[0] * HOUR <= minute % DAY < self.hours[1] * HOUR


def share_of_week(n_weekdays: int, hours: tuple[float, float] | None) -> float:
    """Return the share of the week within so many weekdays (0: all seven) and hours (None: all day)."""
    first, last = hours or (0.0, HOURS_A_DAY)
    return (n_weekdays or DAYS_A_WEEK) * (last - first) / (DAYS_A_WEEK * HOURS_A_DAY)


def overlay(
    times: FloatArray,
    counts: IntArray,
    windows: Sequence[Window],
    month: int,
    last: float,
    start: datetime.date,
) -> tuple[FloatArray, IntArray]:
    """Lay windows on the changes of a node's places in one month.

    Args:
        times: (n,) minutes at which places change, the month's first minute among them.
        counts: (n,) places from then on.
        windows: What differs when; later ones are laid on earlier ones.
        month: Month of the run, negative in the burn-in.
        last: Minute at which the month ends.
        start: Date of minute 0.

    Returns:
        Times and places, as given where every window changes nothing.
    """  # fmt: skip
    active = [
        (window, float(window.factor[index]), float(window.added[index]))
        for window in windows
        for index in (min(max(0, month + 1), window.factor.size - 1),)
        if window.factor[index] != 1.0 or window.added[index] != 0.0
    ]
    if not active:
        return times, counts
    first_day, last_day = int(times[0] // DAY), int(np.ceil(last / DAY))
    edges = {
        day * DAY + hour * HOUR
        for window, _, _ in active
        for day in range(first_day, last_day)
        for hour in window.hours
    }
    moments = np.array(sorted({*times.tolist(), *(e for e in edges if times[0] < e < last)}))
    now = counts[np.searchsorted(times, moments, side="right") - 1].astype(np.float64)
    for window, factor, added in active:
        inside = np.array([window.holds(minute, start) for minute in moments]) & (now < UNLIMITED)
        now[inside] = np.maximum(0.0, now[inside] * factor + added)
    places = np.rint(now).astype(np.int64)
    changes = np.flatnonzero(np.diff(places, prepend=-1))
    return moments[changes], places[changes]


__all__ = ["Window", "overlay"]
