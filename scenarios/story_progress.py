"""How far a story is: which run it is in, the share of all months that are done, and how long the rest takes.

A search takes four runs, each with its year of care before the start; a resident who is named takes two.
Months of one scale cost about the same, so the share of months is the share of the work.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from sim.health.life import MonthEvents
    from sim.kernels.flow import Stages
    from sim.kernels.needs import Arrivals
    from sim.model import HealthSystem

MINUTES_A_MONTH = 365.25 * 24 * 60 / 12
STEP = 0.02
"""How much more must be done before it is told again."""
MINUTE_SECONDS = 60.0
FIRST_USE = " (after an installation the model is compiled first, which takes a minute or more)"


class Progress:
    """Listens to the runs of a story, and tells how far they are.

    Args:
        tell: Told in words what is being done.
        runs: How many runs there will be.
        clock: Seconds, from any start.
    """

    def __init__(
        self, tell: Callable[[str], None], runs: int, clock: Callable[[], float] = time.monotonic
    ) -> None:
        self.tell, self._runs, self._clock = tell, runs, clock
        self._months = self._before = self._done = 0
        self._ended = 0  # runs
        self._words, self._told = "", 0.0
        self._from: tuple[float, int] | None = None
        """When the first run was built, and what was done by then: before it, the model may be compiled."""

    def begin(self, months: int, before: int) -> None:
        """Hear how many months each run has, and how many are run before its start."""
        self._months, self._before = months, before

    def next_run(self, words: str) -> None:
        """Hear that the next run begins with its months before the start."""
        self._words, self._told = words, 0.0
        before = f": {self._before} months of care before the start" if self._before else ""
        self._say(f"{words}{before}{FIRST_USE if not self._done else ''}")

    def built(self) -> None:
        """Hear that the months before the start are done."""
        self._add(self._before)
        self._from = self._from or (self._clock(), self._done)

    def happened(self, model: HealthSystem, events: MonthEvents) -> None:
        """Hear of a month's life course, which says nothing of its end."""

    def sought(self, model: HealthSystem, arrivals: Arrivals) -> None:
        """Hear of a month's needs, which say nothing of its end."""

    def ended(self, model: HealthSystem, stages: Stages) -> None:
        """Hear that a month is done."""
        self._add(1)

    def finished(self, model: HealthSystem) -> None:
        """Hear that a run is over: whatever of it was not counted is done."""
        self._ended += 1
        self._done = self._ended * (self._months + self._before)

    @property
    def share(self) -> float:
        """The share of all months that is done."""
        return self._done / max(1, self._all)

    @property
    def _all(self) -> int:
        """Months of all runs, with those before their starts."""
        return self._runs * (self._months + self._before)

    def _add(self, months: int) -> None:
        self._done += months
        if self.share - self._told >= STEP:
            self._told = self.share
            month = self._done - self._ended * (self._months + self._before) - self._before
            self._say(f"{self._words}: month {month} of {self._months}" if month > 0 else self._words)

    def _say(self, words: str) -> None:
        """Tell it with the share done and, once that means something, with what is left."""
        share = self.share
        told = f"{words}; {100 * share:.0f}% done" if share else words
        if self._from is not None and self._done > self._from[1]:
            pace = (self._clock() - self._from[0]) / (self._done - self._from[1])
            told += f", {_left(pace * (self._all - self._done))} left"
        self.tell(told)


def _left(seconds: float) -> str:
    """Return a time in words, no finer than it is known."""
    if seconds < MINUTE_SECONDS:
        return "less than a minute"
    minutes = round(seconds / MINUTE_SECONDS)
    return f"about {minutes} minute{'' if minutes == 1 else 's'}"


__all__ = ["MINUTES_A_MONTH", "Progress"]
