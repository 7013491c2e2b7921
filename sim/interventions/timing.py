"""When an intervention is in force: months, ramps, fades, dated points and months of the year."""

from __future__ import annotations

import re
from dataclasses import dataclass
from itertools import pairwise
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from sim.interventions.reached import Cost

MONTHS_A_YEAR = 12
_MONTH = re.compile(r"(\d{4})-(0[1-9]|1[0-2])")


def month_number(month: str) -> int:
    """Return the count of months from year 0 to `month`, so that months subtract.

    Args:
        month: A calendar month as 'YYYY-MM'.

    Raises:
        ValueError: When it is not such a month.
    """
    match = _MONTH.fullmatch(month)
    if match is None:
        raise ValueError(f"'{month}' is not a month written as YYYY-MM")
    return int(match[1]) * MONTHS_A_YEAR + int(match[2]) - 1


def month_label(number: int) -> str:
    """Return the calendar month of a count of months, as `month_number` reads it."""
    year, index = divmod(number, MONTHS_A_YEAR)
    return f"{year:04d}-{index + 1:02d}"


@dataclass(frozen=True, kw_only=True)
class SharePoint:
    """How much of an intervention is in force in one calendar month.

    Attributes:
        month: Calendar month, 'YYYY-MM'.
        share: Share of full delivery, 0 to 1.
    """

    month: str
    share: float


@dataclass(frozen=True, kw_only=True)
class Timed:
    """What every intervention says.

    Attributes:
        key: Immutable name within its scenario; it keys the intervention's random draws.
        label: A few plain words for the report.
        start: First month in force, 'YYYY-MM'.
        end: First month no longer in full, or None for ever.
        ramp_months: Months from `start` over which it grows linearly from nothing to full.
        fade_months: Months from `end` over which it falls linearly to nothing.
        schedule: Dated shares in force, in order, instead of ramp, end and fade: nothing before the first,
            linear between two, constant after the last.
        months_of_year: Months of the year in which it is in force, 1 to 12; empty for all.
        costs: What it costs; may be empty where only a queue changes.
        already_delivered: Share of full delivery that the baseline already contains, 0 to 1. Effects, costs,
            contacts, staff and places are those of the departure from it; people reached are counted for the
            whole service.
        note: Why it is written as it is.
    """

    key: str
    label: str
    start: str
    end: str | None = None
    ramp_months: int = 0
    fade_months: int = 0
    schedule: tuple[SharePoint, ...] = ()
    months_of_year: tuple[int, ...] = ()
    costs: tuple[Cost, ...] = ()
    already_delivered: float = 0.0
    note: str = ""

    def __post_init__(self) -> None:
        """Refuse months that are not months, an end that is not after the start, a schedule that is none."""
        if self.end is not None and month_number(self.end) <= month_number(self.start):
            raise ValueError(f"end {self.end} is not after start {self.start}")
        month_number(self.start)
        if not 0.0 <= self.already_delivered <= 1.0:
            raise ValueError(f"already_delivered {self.already_delivered} is not a share from 0 to 1")
        fault = schedule_fault(self)
        if fault:
            raise ValueError(fault)

    @property
    def departure(self) -> float:
        """Share of full delivery that the baseline does not contain: what acts, and what costs more."""
        return 1.0 - self.already_delivered

    def share_in_force(self, month: str) -> float:
        """Return how much of it is in force in a calendar month 'YYYY-MM', 0 to 1.

        A ramp of n months gives 1/n, 2/n, .. 1 from `start`; a fade of n months gives (n - 1)/n, .. 0 of what
        was reached by `end`. Months of the year that are left out have nothing.
        """
        at = month_number(month)
        if self.months_of_year and at % MONTHS_A_YEAR + 1 not in self.months_of_year:
            return 0.0
        if at < month_number(self.start):
            return 0.0
        if self.schedule:
            return _scheduled(self.schedule, at)
        after = 0 if self.end is None else at - month_number(self.end) + 1  # months after the last in full
        if after <= 0:
            return self._ramped(at)
        if after >= self.fade_months:
            return 0.0
        return self._ramped(at - after) * (1.0 - after / self.fade_months)

    def acting(self, month: int) -> float:
        """Return how much of it acts in a calendar month, counted as `month_number` does: the departure."""
        return self.share_in_force(month_label(month)) * self.departure

    def _ramped(self, at: int) -> float:
        if self.ramp_months == 0:
            return 1.0
        return min(1.0, (at - month_number(self.start) + 1) / self.ramp_months)


def schedule_fault(timed: Timed) -> str:
    """Return what is wrong with a fade, a schedule or months of the year, or ''."""
    months = [month_number(point.month) for point in timed.schedule]
    rules = (
        (
            timed.fade_months and timed.end is None and not months,
            "fade_months without an end from which it fades",
        ),
        (
            any(not 1 <= month <= MONTHS_A_YEAR for month in timed.months_of_year),
            f"months_of_year {list(timed.months_of_year)} are not months from 1 to 12",
        ),
        (
            months and (timed.end is not None or timed.ramp_months or timed.fade_months),
            "a schedule beside end, ramp_months or fade_months: the schedule says all of it",
        ),
        (
            any(later <= earlier for earlier, later in pairwise(months)),
            "schedule months are not in order, each once",
        ),
        (months and months[0] < month_number(timed.start), "schedule begins before start"),
        (
            any(not 0.0 <= point.share <= 1.0 for point in timed.schedule),
            "a schedule's share is not from 0 to 1",
        ),
    )
    return next((words for broken, words in rules if broken), "")


def _scheduled(points: tuple[SharePoint, ...], at: int) -> float:
    """Return the share in a month by dated points: nothing before the first, constant after the last."""
    months = [month_number(point.month) for point in points]
    if at < months[0]:
        return 0.0
    for (first, last), (left, right) in zip(pairwise(months), pairwise(points), strict=True):
        if at < last:
            return left.share + (right.share - left.share) * (at - first) / (last - first)
    return points[-1].share
