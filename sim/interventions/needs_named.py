"""Which classes of need an intervention names, and at which times of the week it acts."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

from sim.health.needs import NeedClass
from sim.interventions.care_specification import AT_ONCE, LAST_DAYS, ONSET, WEEKDAYS
from sim.parameters.errors import InputError

LAST_DAYS_CODE, ONSET_CODE = -1, -2
"""Codes of the admissions that no class of need brings, beside the positions of the classes."""


def codes_of(names: Sequence[str], classes: Sequence[NeedClass], one_by_one: bool) -> list[int]:
    """Return positions of the classes that are named by key or by the use that they answer to.

    Args:
        names: Keys of classes, kinds of use, 'last_days' or 'onset'.
        classes: The classes of a run.
        one_by_one: Leave out pooled classes, whose needs cannot be told apart.

    Raises:
        InputError: A name that is no need.
    """
    known = {name for need in classes for name in (need.key, *need.answers)} | set(AT_ONCE)
    found = [LAST_DAYS_CODE] if LAST_DAYS in names else []
    found += [ONSET_CODE] if ONSET in names else []
    for name in names:
        if name not in known:
            raise InputError(
                file="scenario", key="needs", found=name, allowed="a class of need", names=sorted(known)
            )
    for j, need in enumerate(classes):
        if ({need.key, *need.answers} & set(names)) and not (one_by_one and need.pooled):
            found.append(j)
    return found


def within_hours(
    hour: npt.NDArray[np.float64],
    weekday: npt.NDArray[np.integer],
    weekdays: Sequence[str],
    hours: tuple[float, float] | None,
) -> npt.NDArray[np.bool_]:
    """Return which moments lie on these weekdays and between these hours, (n,).

    Args:
        hour: (n,) hour of the day, 0 to 24.
        weekday: (n,) day of the week, Monday 0.
        weekdays: 'mon' to 'sun'; empty for every day.
        hours: From and to; None all day.
    """
    found = np.ones(hour.size, np.bool_)
    if weekdays:
        found &= np.isin(weekday, [WEEKDAYS.index(day) for day in weekdays])
    if hours is not None:
        found &= (hour >= hours[0]) & (hour < hours[1])
    return found


__all__ = ["LAST_DAYS_CODE", "ONSET_CODE", "codes_of", "within_hours"]
