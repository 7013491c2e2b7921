"""How strongly each effect acts: by months since a resident was reached, and by the month of the calendar.

The multiplier is m ** (departure x share). For somebody whom a programme reached s months ago the share is

    growing(s) x min(staying(s), delivered(t)),

where growing is the effect's ramp from `starts_after_months` on; staying falls from 1 when the resident has
stayed as long as people stay, delivered when the intervention is no longer in force: at once, over the fade,
or never. The lesser of the two is the one that stopped first. The kernels read one table of curves by s, made
anew in each month in which it differs. An effect on everybody has the share min(growing(s), in force(t)).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np
import numpy.typing as npt

from sim.interventions.specification import (
    CohortProgramme,
    Effect,
    PopulationEffect,
    ScenarioSpecification,
    Timed,
    month_label,
)

FloatArray = npt.NDArray[np.float64]
Reaching = CohortProgramme | PopulationEffect


@dataclass(frozen=True, kw_only=True)
class Curve:
    """One effect as the kernels need it."""

    on: str
    """Key of the transition, or of the need class of the tables."""
    need: bool
    """Whether it multiplies a need."""
    reached: int
    """Column of `Residents.reached`."""
    multiplier: FloatArray
    """Multiplier by months since the resident was reached, at its strongest; the last holds for ever."""
    base: float = 1.0
    """Multiplier at full strength."""
    departure: float = 1.0
    """Share of full delivery that the baseline does not contain already."""
    growing: FloatArray = field(default_factory=lambda: np.ones(1))
    """Share in force by months since reached, while delivery goes on."""
    staying: FloatArray | None = None
    """What is left of it by months since reached, when people have stayed; None of an effect on everybody."""
    calendar: FloatArray = field(default_factory=lambda: np.ones(1))
    """What is left of it, or of delivery, by month of the run."""

    def in_month(self, month: int, held: float = 1.0) -> FloatArray:
        """Return the multiplier by months since reached in one month of the run.

        Args:
            month: Month of the run.
            held: Share that limits let through of an effect on everybody.
        """
        left = self.calendar[min(month, self.calendar.size - 1)] * held
        if left == 1.0:
            return self.multiplier
        if self.staying is None:
            return _power(self.base, self.departure * np.minimum(self.growing, left))
        return _power(self.base, self.departure * (self.growing * np.minimum(self.staying, left)))

    def differs(self, month: int) -> bool:
        """Whether it is not what it was in the month before (before month 0: at its strongest)."""
        now, before = (self.calendar[min(max(m, 0), self.calendar.size - 1)] for m in (month, month - 1))
        return bool(now != (before if month > 0 else 1.0))


def _power(base: float, share: FloatArray) -> FloatArray:
    return np.asarray(base**share, dtype=np.float64)


def reaching(scenario: ScenarioSpecification) -> list[Reaching]:
    """Return the interventions that reach residents, in the order of their columns."""
    return [item for item in scenario.interventions if isinstance(item, CohortProgramme | PopulationEffect)]


def curves_of(scenario: ScenarioSpecification, months: int, calendar_start: int) -> list[Curve]:
    """Return every effect of a scenario on transitions and needs as a curve over months since reached.

    Args:
        scenario: What is done.
        months: Months of the run.
        calendar_start: Calendar month of month 0.
    """
    found = []
    for column, item in enumerate(reaching(scenario)):
        for effect in item.effects:
            found.append(_curve(column, item, effect, months, calendar_start))
    return found


def _curve(column: int, item: Reaching, effect: Effect, months: int, calendar_start: int) -> Curve:
    departure = item.departure
    grown = growing(effect, months)
    staying = None
    if isinstance(item, CohortProgramme):
        stays = grown.size if item.stays_months is None else item.stays_months
        staying = after_stop(effect, np.arange(grown.size) - stays + 1)
    base = effect.multiplier.value
    return Curve(
        on=_target(effect), need=effect.on == "need", reached=column, base=base, departure=departure,
        growing=grown, staying=staying,
        multiplier=_power(base, departure * (grown if staying is None else grown * staying)),
        calendar=by_calendar(item, effect, months, calendar_start),
    )  # fmt: skip


def _target(effect: Effect) -> str:
    if effect.on != "mortality":
        return effect.key
    return "death" if effect.key == "all" else f"death.{effect.key}"


def growing(effect: Effect, months: int) -> FloatArray:
    """Return the share in force by months since reached while delivery goes on, (n,).

    It grows linearly over the ramp, from `starts_after_months`, and is zero again after `lasts_months`.
    """
    length = max(months, effect.starts_after_months + effect.ramp_months) + 2
    since = np.arange(length) - effect.starts_after_months
    ramp = effect.ramp_months
    share = np.clip((since + 1.0) / max(1, ramp), 0.0, 1.0) if ramp else (since >= 0).astype(float)
    if effect.lasts_months is not None:
        share[since >= effect.lasts_months] = 0.0
    return np.asarray(share)


def after_stop(effect: Effect, stopped: npt.NDArray[np.int64]) -> FloatArray:
    """Return what is left of an effect so many months after the last with delivery (0: delivered), 0 to 1."""
    if effect.after_stop == "persists":
        return np.ones(stopped.shape)
    fade = effect.fade_months if effect.after_stop == "fades" else 1
    return np.asarray(np.clip(1.0 - np.maximum(stopped, 0) / fade, 0.0, 1.0))


def months_stopped(item: Timed, months: int, calendar_start: int) -> npt.NDArray[np.int64]:
    """Return months since it was last in force by month of the run, 0 in force or not yet, (months,)."""
    found = np.zeros(months, np.int64)
    begun = False
    for month in range(months):
        if item.share_in_force(month_label(calendar_start + month)) > 0.0:
            begun = True
        elif begun:
            found[month] = found[month - 1] + 1
    return found


def by_calendar(item: Reaching, effect: Effect, months: int, calendar_start: int) -> FloatArray:
    """Return what the calendar leaves of an effect by month of the run, (months,), 1 at most.

    A cohort's effects act in full on those followed while it is in force, however few it takes on. An effect
    on everybody grows and fades with the intervention itself, as late as the effect starts.
    """
    left = after_stop(effect, months_stopped(item, months, calendar_start))
    if isinstance(item, CohortProgramme):
        return left
    late, level, share = effect.starts_after_months, 0.0, []
    for month in range(-late, months):
        now = item.share_in_force(month_label(calendar_start + month))
        if (
            now > 0.0 or effect.after_stop == "stops"
        ):  # otherwise what was reached goes on, or fades by its rule
            level = now
        share.append(level)
    return np.minimum(share[:months], left)


class CurveTable:
    """The kernels' table of curves, written anew where the calendar changes it.

    Args:
        curves: In the order of the table's rows.
        table: (n, months since reached); written in place.
    """

    def __init__(self, curves: Sequence[Curve], table: FloatArray) -> None:
        self.curves = list(curves)
        self.table = table
        self._held: set[int] = set()

    def set_month(self, month: int, held: Mapping[int, float]) -> None:
        """Let the table be that of one month of the run.

        Args:
            month: Month of the run.
            held: By column of `Residents.reached`: share that limits let through, where they hold back.
        """
        for row, curve in enumerate(self.curves):
            share = held.get(curve.reached, 1.0) if curve.staying is None else 1.0
            if share != 1.0 or curve.reached in self._held or curve.differs(month):
                values = curve.in_month(month, share)
                self.table[row, : values.size] = values
                self.table[row, values.size :] = values[-1]
        self._held = set(held)
