"""Places by hour, weekday and date, as changes at minutes counted from the network's first instant."""

from __future__ import annotations

import datetime
from bisect import bisect_right
from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from sim.kernels.flow_layout import UNLIMITED

DAY = 1440.0
DEFAULT_START = datetime.date(2024, 1, 1)  # a Monday: day 0 of a network that names no start


@dataclass(frozen=True)
class Week:
    """Places through a week: from each minute after Monday's first instant on, in order; the first is 0."""

    minutes: tuple[float, ...]
    places: tuple[int, ...]

    def at(self, minute_of_week: float) -> int:
        """Places open at a minute of the week."""
        return self.places[bisect_right(self.minutes, minute_of_week) - 1]

    @cached_property
    def days(self) -> tuple[tuple[tuple[float, int], ...], ...]:
        """By weekday: minutes of the day at which places may change, its first included, and places then."""
        found = []
        for weekday in range(7):
            first = weekday * DAY
            inside = {minute - first for minute in self.minutes if first <= minute < first + DAY}
            found.append(tuple((minute, self.at(first + minute)) for minute in sorted(inside | {0.0})))
        return tuple(found)

    def mean(self) -> float:
        """Places open on average."""
        lengths = np.diff([*self.minutes, 7 * DAY])
        return float(np.dot(lengths, self.places) / (7 * DAY))


@dataclass(frozen=True)
class Schedule:
    """A node's weeks: the first holds from the beginning, each later one from its date on."""

    first: Week
    later: tuple[tuple[datetime.date, Week], ...] = field(default=())

    def week_on(self, date: datetime.date) -> Week:
        """The week in force on a date."""
        week = self.first
        for since, following in self.later:
            if date >= since:
                week = following
        return week

    @property
    def weeks(self) -> tuple[Week, ...]:
        """Every week that is ever in force."""
        return (self.first, *(week for _, week in self.later))

    def is_constant(self) -> bool:
        """Whether the number of places never changes."""
        return not self.later and len(self.first.places) == 1


def constant(places: int) -> Week:
    """The same places at all times."""
    return Week((0.0,), (places,))


def weekly(entries: Sequence[tuple[float, float, Sequence[int] | None, int]]) -> Week:
    """A week from entries (from hour, to hour, weekdays with Monday 0 or None, places); else nothing open."""
    hours = {0.0} | {hour for entry in entries for hour in entry[:2]}
    edges = sorted({day * DAY + hour * 60.0 for day in range(7) for hour in hours})
    minutes: list[float] = []
    places: list[int] = []
    for minute in (e for e in edges if e < 7 * DAY):
        day, hour = divmod(minute, DAY)
        now = 0
        for start, end, weekdays, count in entries:
            if start <= hour / 60.0 < end and (weekdays is None or int(day) in weekdays):
                now = count
        if not places or now != places[-1]:
            minutes.append(minute)
            places.append(now)
    return Week(tuple(minutes), tuple(places))


def weekday_of(minute: float, start: datetime.date) -> int:
    """Day of the week (Monday 0) of a minute counted from the first instant of `start`."""
    return (start.weekday() + int(np.floor(minute / DAY))) % 7


def changes_between(
    schedule: Schedule, first: float, last: float, start: datetime.date
) -> tuple[NDArray[np.float64], NDArray[np.int64]]:
    """Changes of a node's places from the minute `first` up to but without `last`.

    The number in force at `first` is always among them, so that a caller may begin anywhere.

    Args:
        schedule: The node's weeks.
        first: Minute counted from the first instant of `start`; may be negative.
        last: Minute up to which changes are wanted.
        start: Date of minute 0.

    Returns:
        Times (minutes) and numbers of places, both of shape (changes,).
    """
    times, counts = [first], [_places_at(schedule, first, start)]
    if not schedule.is_constant():
        for day in range(int(np.floor(first / DAY)), int(np.ceil(last / DAY))):
            week = schedule.first
            if schedule.later:
                week = schedule.week_on(start + datetime.timedelta(days=day))
            for minute, places in week.days[weekday_of(day * DAY, start)]:
                time = day * DAY + minute
                if first < time < last and places != counts[-1]:
                    times.append(time)
                    counts.append(places)
    return np.array(times), np.array(counts, dtype=np.int64)


def _places_at(schedule: Schedule, minute: float, start: datetime.date) -> int:
    day = int(np.floor(minute / DAY))
    week = schedule.week_on(start + datetime.timedelta(days=day))
    return week.at(weekday_of(minute, start) * DAY + minute - day * DAY)


def places_at_start(schedule: Schedule, start: datetime.date | None) -> int:
    """Places open at the network's first instant."""
    return _places_at(schedule, 0.0, start or DEFAULT_START)


def mean_places(schedule: Schedule, date: datetime.date) -> float:
    """Places open on average through the week in force on a date; infinite when unlimited."""
    mean = schedule.week_on(date).mean()
    return float("inf") if mean >= UNLIMITED / 2 else mean
