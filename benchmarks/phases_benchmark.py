"""What a simulated year costs by phase, in processor time, and what a resident takes in memory.

Run from the project's root: `python -m benchmarks.phases_benchmark`. The phases are those of
`docs/explanation/architecture.md`; the time of a phase does not hold that of the phases within it. The last
year is told beside the first, since waiting lists grow in a run and a year must not become dearer.

Bytes a resident are those of the arrays with a row for every resident. *Hot* is what passes over everybody
read each month: codes, month of birth, cell, stratum, identity and the month of the next event. *Cold* is the
rest, of which a month reads a few rows: clocks, programmes, what observers keep.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from typing import Any
from unittest.mock import patch

import numpy as np

from sim.health.recent_use import UseHistory
from sim.kernels.flow import FlowState
from sim.model import HealthSystem
from sim.month import Month
from sim.observers.care_month import CareObserver
from sim.observers.life_month import LifeObserver
from sim.observers.multimorbidity import MultimorbidityObserver
from sim.observers.use_by_person import UseByPerson

MONTHS_A_YEAR = 12
PHASES: dict[str, tuple[tuple[type, str], ...]] = {
    "birthdays_and_entries": ((Month, "birthdays"), (Month, "entries")),
    "care_acts": ((Month, "care_acts_on_residents"), (UseHistory, "excess")),
    "programmes": ((Month, "programmes"),),
    "life_course": ((Month, "life_course"),),
    "needs": ((Month, "needs"),),
    "opening_the_network": ((Month, "open_network"),),
    "network": ((FlowState, "advance"), (FlowState, "add_arrivals")),
    "observers_of_care": ((CareObserver, "close_month"), (UseByPerson, "close_month")),
    "observers_of_life": (
        (LifeObserver, "open_month"), (LifeObserver, "events"), (LifeObserver, "sought"),
        (MultimorbidityObserver, "open_month"),
    ),
}  # fmt: skip
"""Methods of each phase of a year."""
HOT = ("columns", "birth_month", "cell", "stratum", "person", "soonest")
_DEPTH = 8


class Clock:
    """Processor time by phase; a phase within another is taken off it."""

    def __init__(self) -> None:
        self.seconds: dict[str, float] = dict.fromkeys(PHASES, 0.0)
        self._inner: list[float] = []

    def timed(self, phase: str, method: Callable[..., Any]) -> Callable[..., Any]:
        """Return the method, with its time added to the phase."""

        def timed(*given: Any, **named: Any) -> Any:
            self._inner.append(0.0)
            start = time.process_time()
            try:
                return method(*given, **named)
            finally:
                took = time.process_time() - start
                self.seconds[phase] += took - self._inner.pop()
                if self._inner:
                    self._inner[-1] += took

        return timed

    @contextmanager
    def watching(self) -> Iterator[None]:
        """Time the phases of every model while it lasts."""
        with ExitStack() as stack:
            for phase, methods in PHASES.items():
                for owner, name in methods:
                    stack.enter_context(patch.object(owner, name, self.timed(phase, getattr(owner, name))))
            yield


def arrays_by_resident(found: Any, size: int) -> dict[int, np.ndarray[Any, Any]]:
    """Return the arrays with a row for each of `size` residents that an object reaches, each once."""
    arrays: dict[int, np.ndarray[Any, Any]] = {}
    seen: set[int] = set()
    waiting = [(found, 0)]
    while waiting:
        one, depth = waiting.pop()
        if id(one) in seen or depth > _DEPTH:
            continue
        seen.add(id(one))
        if isinstance(one, np.ndarray):
            while isinstance(one.base, np.ndarray):
                one = one.base
            if one.ndim and one.shape[0] == size:
                arrays[id(one)] = one
        elif isinstance(one, dict):
            waiting += [(value, depth + 1) for value in one.values()]
        elif isinstance(one, list | tuple) and len(one) <= 1_000:
            waiting += [(value, depth + 1) for value in one]
        elif type(one).__module__.startswith("sim."):
            waiting += [(value, depth + 1) for value in getattr(one, "__dict__", {}).values()]
    return arrays


def bytes_a_resident(model: HealthSystem) -> tuple[float, float]:
    """Return hot and cold bytes a resident."""
    residents = model.residents
    hot = {id(getattr(residents, name)) for name in HOT}
    rows = residents.person.size
    sizes = {key: array.nbytes / rows for key, array in arrays_by_resident(model, rows).items()}
    total = sum(sizes.values())
    warm = sum(size for key, size in sizes.items() if key in hot)
    return warm, total - warm


def run_year(model: HealthSystem) -> float:
    """Run twelve months; return their processor time."""
    start = time.process_time()
    for _ in range(MONTHS_A_YEAR):
        model.step()
        while model.day_of_month:
            model.step()
    return time.process_time() - start


def measure(years: int = 3) -> dict[str, float]:
    """Return seconds a simulated year by phase, of the first and last year, and bytes a resident."""
    clock = Clock()
    HealthSystem(scale=0.01, years=1).run_model()  # compiled
    with clock.watching():
        model = HealthSystem(years=years)
        clock.seconds = dict.fromkeys(PHASES, 0.0)
        each = [run_year(model) for _ in range(years)]
    hot, cold = bytes_a_resident(model)
    start = time.process_time()
    tables = model.tables()
    seconds = {f"{phase}_seconds_a_year": taken / years for phase, taken in clock.seconds.items()}
    return {
        **seconds,
        "tables_seconds_a_year": (time.process_time() - start) / years,
        "first_year_seconds": each[0],
        "last_year_seconds": each[-1],
        "last_year_over_first": each[-1] / each[0],
        "rows_of_tables_a_year": sum(len(table) for table in tables.values()) / years,
        "hot_bytes_a_resident": hot,
        "cold_bytes_a_resident": cold,
    }


if __name__ == "__main__":
    for name, value in measure().items():
        print(f"{name}: {value:,.2f}")
