"""The calendar of the run: months, weekdays, and the bank holidays of England, which count as Sundays."""

from __future__ import annotations

import calendar
import datetime
from functools import cache

import numpy as np
import numpy.typing as npt
import pandas as pd
from dateutil.relativedelta import MO  # type: ignore[import-untyped]
from pandas.tseries.holiday import (
    AbstractHolidayCalendar,
    EasterMonday,
    GoodFriday,
    Holiday,
    next_monday,
    next_monday_or_tuesday,
)

FloatArray = npt.NDArray[np.float64]
MONTHS_A_YEAR = 12
HOURS_A_DAY = 24
MINUTES_A_DAY = 1440.0
DAYS_A_YEAR = 365.25
SUNDAY = 6


class EnglishBankHolidays(AbstractHolidayCalendar):
    """Bank holidays of England as the law has had them since 1978, without one-off additions."""

    rules = [  # noqa: RUF012 - the base class reads it so
        Holiday("New Year", month=1, day=1, observance=next_monday),
        GoodFriday,
        EasterMonday,
        Holiday("Early May", month=5, day=1, offset=pd.DateOffset(weekday=MO(1))),
        Holiday("Spring", month=5, day=31, offset=pd.DateOffset(weekday=MO(-1))),
        Holiday("Summer", month=8, day=31, offset=pd.DateOffset(weekday=MO(-1))),
        Holiday("Christmas", month=12, day=25, observance=next_monday),
        Holiday("Boxing Day", month=12, day=26, observance=next_monday_or_tuesday),
    ]


@cache
def bank_holidays(year: int) -> frozenset[datetime.date]:
    """Return the bank holidays of one year."""
    dates = EnglishBankHolidays().holidays(f"{year}-01-01", f"{year}-12-31")
    return frozenset(stamp.date() for stamp in dates)


def month_start(calendar_month: int) -> datetime.date:
    """Return the first day of a calendar month counted as 12 * year + month - 1."""
    year, index = divmod(calendar_month, MONTHS_A_YEAR)
    return datetime.date(year, index + 1, 1)


def month_days(calendar_month: int) -> int:
    """Return how many days a calendar month has."""
    start = month_start(calendar_month)
    return calendar.monthrange(start.year, start.month)[1]


def weekdays(calendar_month: int) -> npt.NDArray[np.int64]:
    """Return the weekday of each day of a month, 0 Monday to 6 Sunday; bank holidays are Sundays."""
    start = month_start(calendar_month)
    days = [start + datetime.timedelta(days=d) for d in range(month_days(calendar_month))]
    return np.array([SUNDAY if day in bank_holidays(day.year) else day.weekday() for day in days])


def month_profile(calendar_month: int, by_weekday: FloatArray, by_hour: FloatArray) -> FloatArray:
    """Return the share of a month's arrivals before each hour, (24 x days + 1,), from 0 to 1.

    Args:
        calendar_month: Which month.
        by_weekday: (7,) multipliers, Monday first.
        by_hour: (24,) multipliers.
    """
    hourly = np.outer(by_weekday[weekdays(calendar_month)], by_hour).ravel()
    total = np.concatenate([[0.0], np.cumsum(hourly)])
    return np.asarray(total / total[-1])
