"""What a scenario costs in each year from its start, and once it is steady, before any run.

Month by month, as a run counts: who is newly reached by what is offered, accepted, places and caseload allow;
who is followed still; what is in force, with its ramp, schedule, end and fade. Of those eligible as many stay
as today: whoever dies or moves away is replaced by somebody who was not reached yet, at the rate of those of
their age, sex and deprivation. Who accepts is settled for a year of the programme, as in
`sim/interventions/uptake.py`. Limits that interventions share are left out.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from sim.interventions import specification as spec

FloatArray = npt.NDArray[np.float64]
MONTHS_A_YEAR = 12
YEARS_SHOWN = 5
_LONG = 80
"""Years after which nothing changes any more: those reached first have died."""
_STEADY = 0.02
"""A year is steady from when its cost stays within this share of the last one's."""


@dataclass(frozen=True, kw_only=True)
class YearlyCost:
    """Pounds of one payer.

    Attributes:
        years: In each of the first years of a run.
        steady: In a year long after; None where it ends.
        steady_from: The first year of the run, counted from 1, that costs about as much; None where it ends.
    """

    years: tuple[float, ...]
    steady: float | None
    steady_from: int | None


def in_force(item: spec.Timed, start: str) -> FloatArray:
    """Return how much of an intervention is in force in each month of a long run, (months,)."""
    first = spec.month_number(start)
    return np.array(
        [item.share_in_force(spec.month_label(first + month)) for month in range(_LONG * MONTHS_A_YEAR)]
    )


def monthly_units(item: Any, eligible: float, leaving_per_year: float, start: str) -> dict[str, FloatArray]:
    """Return the units of cost of each month that follow from the people reached, (months,) each.

    Args:
        item: A cohort, or an effect on everybody.
        eligible: People who are eligible today.
        leaving_per_year: Hazard of their death or moving away, per year.
        start: First month of the run, 'YYYY-MM'.
    """
    force = in_force(item, start)
    year = force / MONTHS_A_YEAR
    stay = float(np.exp(-leaving_per_year / MONTHS_A_YEAR))
    if not isinstance(item, spec.CohortProgramme):
        people = np.where(force > 0.0, eligible, 0.0)
        new = people * (1.0 - stay)
        new[np.flatnonzero(force > 0.0)[:1]] = eligible
        return {"person": new, "person_month": people, "year": year}
    new = _newly_reached(item, eligible, stay, force)
    acting = force > 0.0
    units = {"person": new, "year": year}
    units["person_month"] = acting * _within(new, item.stays_months or new.size, stay)
    if item.contacts is not None:
        spread = item.contacts_months
        units["contact"] = acting * _within(new, spread, stay) * item.contacts.value / spread
    return units


def _newly_reached(item: spec.CohortProgramme, eligible: float, stay: float, force: FloatArray) -> FloatArray:
    """Return people newly reached in each month; offers, answers, places and caseload as in a run."""
    offered = 1.0 if item.offered_per_year is None else min(item.offered_per_year.value, 1.0 - 1e-12)
    a_month = 1.0 if item.offered_per_year is None else -np.expm1(np.log1p(-offered) / MONTHS_A_YEAR)
    places = np.inf if item.monthly_capacity is None else item.monthly_capacity.value
    caseload = np.inf if item.caseload is None else item.caseload.value
    new = np.zeros(force.size)
    reached = followed = willing = 0.0
    begun = int(np.argmax(force > 0.0))
    for month in range(begun, force.size):
        reached = reached * stay - _those_of(new, month, item.repeat_after_months, stay)
        followed = followed * stay - _those_of(new, month, item.stays_months, stay)
        if (month - begun) % MONTHS_A_YEAR == 0:
            willing = item.uptake.mean.value * max(0.0, eligible - reached)
        if force[month] > 0.0:
            room = min(places * force[month], max(0.0, caseload * force[month] - followed))
            new[month] = min(willing * a_month * force[month], room)
        willing = willing - new[month]
        reached, followed = reached + new[month], followed + new[month]
    return new


def _those_of(new: FloatArray, month: int, months_ago: int | None, stay: float) -> float:
    """Return those reached so many months ago and still there; none where that is never."""
    if months_ago is None or months_ago > month:
        return 0.0
    return float(new[month - months_ago] * stay**months_ago)


def _within(new: FloatArray, months: int, stay: float) -> FloatArray:
    """Return those reached within so many months and still there, (months,)."""
    decay = np.concatenate([[0.0], np.cumsum(new * stay ** -np.arange(new.size, dtype=float))])
    month = np.arange(1, new.size + 1)
    there: FloatArray = (decay[month] - decay[np.maximum(0, month - months)]) * stay ** (month - 1.0)
    return there


def care_units(item: Any, start: str, places: Callable[[int, float], float] | None) -> dict[str, FloatArray]:
    """Return the units of cost of each month of a change to the network that no run has to count.

    Args:
        item: The change.
        start: First month of the run.
        places: Places that it adds on average, by month and share in force; None where a run has to tell.
    """
    force = in_force(item, start)
    units = {"year": force / MONTHS_A_YEAR}
    if places is not None:
        # Months are alike but for their share in force: a year has twelve of the same length.
        each = {share: places(0, share) for share in np.unique(force).tolist()}
        units["place_day"] = np.array([each[share] for share in force.tolist()]) * 365.0 / MONTHS_A_YEAR
    return units


def yearly(item: Any, units: Mapping[str, FloatArray]) -> dict[str, YearlyCost]:
    """Return the cost by payer of what can be counted; only the departure from the baseline costs more."""
    pounds: dict[str, FloatArray] = {}
    for cost in item.costs:
        if cost.per in units:
            more = item.departure * cost.amount.value * units[cost.per]
            pounds[cost.payer] = pounds.get(cost.payer, 0.0) + more
    return {payer: _of(months) for payer, months in pounds.items()}


def _of(months: FloatArray) -> YearlyCost:
    """Return the years of a cost by month."""
    years = months.reshape(-1, MONTHS_A_YEAR).sum(axis=1)
    shown, last = tuple(years[:YEARS_SHOWN].tolist()), float(years[-1])
    if last <= 0.0:
        return YearlyCost(years=shown, steady=None, steady_from=None)
    away = np.flatnonzero(np.abs(years - last) > _STEADY * last)
    return YearlyCost(years=shown, steady=last, steady_from=1 if away.size == 0 else int(away[-1]) + 2)


__all__ = ["YEARS_SHOWN", "YearlyCost", "care_units", "monthly_units", "yearly"]
