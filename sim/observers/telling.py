"""Lets others listen to a run without a part in it: what happens to residents and in the care network.

The two observers that every month passes are replaced by observers that do the same and then tell it. Nothing
of the run is changed or drawn, so a run that is listened to is the same to the bit.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Protocol

from sim.care.system import CareSystem
from sim.health.deaths import Causes
from sim.health.life import MonthEvents
from sim.health.needs import NeedClass
from sim.kernels.flow import Stages, Totals
from sim.kernels.needs import Arrivals
from sim.observers.life_month import LifeObserver

if TYPE_CHECKING:
    from sim.model import HealthSystem


class Listener(Protocol):
    """Who is told. Minutes are those of the model's clock, 0 at the first instant of the run."""

    def happened(self, model: HealthSystem, events: MonthEvents) -> None:
        """Hear of a month's life course, after it has acted; the clock is at the month's start."""

    def sought(self, model: HealthSystem, arrivals: Arrivals) -> None:
        """Hear of a month's needs as they arise; hours are from the month's start."""

    def ended(self, model: HealthSystem, stages: Stages) -> None:
        """Hear of the stages of care that ended in a month, at its end."""

    def finished(self, model: HealthSystem) -> None:
        """Hear that the run is over."""


class ToldLife(LifeObserver):
    """The observer of the life course, which also tells.

    Args:
        model: The model; its observer is taken over with all that it holds.
        listeners: Who is told.
    """

    def __init__(self, model: HealthSystem, listeners: Sequence[Listener]) -> None:
        vars(self).update(vars(model.life_observer))
        self._told_of = model
        self._listeners = tuple(listeners)

    def events(self, events: MonthEvents, causes: Causes) -> None:
        """Record the month, and tell it."""
        super().events(events, causes)
        for listener in self._listeners:
            listener.happened(self._told_of, events)

    def sought(self, arrivals: Arrivals, classes: Sequence[NeedClass]) -> None:
        """Record the month's needs, and tell them."""
        super().sought(arrivals, classes)
        for listener in self._listeners:
            listener.sought(self._told_of, arrivals)


class ToldCare(CareSystem):
    """The care network at work, which also tells the stages that ended.

    Args:
        model: The model; its running network is shared, not copied.
        listeners: Who is told.
    """

    def __init__(self, model: HealthSystem, listeners: Sequence[Listener]) -> None:
        vars(self).update(vars(model.parts.care))
        self._told_of = model
        self._care = model.parts.care
        self._listeners = tuple(listeners)

    def take_month(self) -> tuple[Stages, Totals]:
        """Hand over the month, and tell it."""
        stages, totals = self._care.take_month()
        for listener in self._listeners:
            listener.ended(self._told_of, stages)
        return stages, totals


def listen(model: HealthSystem, listeners: Sequence[Listener]) -> None:
    """Let listeners hear of a run from now on; to be called before its first step."""
    model.life_observer = ToldLife(model, listeners)
    model.care_observer.care = ToldCare(model, listeners)


def run_told(model: HealthSystem, listeners: Sequence[Listener]) -> None:
    """Run a model to its end while others listen."""
    listen(model, listeners)
    model.run_model()
    for listener in listeners:
        listener.finished(model)


__all__ = ["Listener", "listen", "run_told"]
