"""The life course of all residents, month by month: the kernel, its tables, and what an event changes."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import numpy.typing as npt

from sim.health.transitions import DEATHS, DEPARTURE, Transition
from sim.kernels.life_course import (
    NEVER,
    Events,
    Processes,
    advance_month,
    arm_clocks,
    start_clocks,
)
from sim.population.residents import Residents
from sim.population.strata import MONTHS_A_YEAR

_EVENTS_PER_ROW = 4  # buffer: at most a few residents have more than one transition in a month


@dataclass(frozen=True, kw_only=True)
class MonthEvents:
    """What happened in one month, one element per event."""

    row: npt.NDArray[np.int64]
    """Row of the resident."""
    transition: npt.NDArray[np.int64]
    """Index of the transition."""
    fraction: npt.NDArray[np.float64]
    """When in the month, 0 to 1."""
    linked: dict[str, npt.NDArray[np.int64]] = field(default_factory=dict)
    """By attribute: rows whose code changed because another transition set it as well."""

    @classmethod
    def nothing(cls) -> MonthEvents:
        """A month in which nothing happened."""
        return cls(row=np.zeros(0, np.int64), transition=np.zeros(0, np.int64), fraction=np.zeros(0))


def _link(events: MonthEvents, attribute: str, rows: npt.NDArray[np.int64]) -> None:
    """Remember rows whose attribute another transition set as well."""
    events.linked[attribute] = np.concatenate([events.linked.get(attribute, rows[:0]), rows])


class LifeCourse:
    """The compiled life course of one run.

    Args:
        residents: Whose life it is.
        transitions: What may happen.
        processes: The same, compiled and with the scenario's effects.
        calendar_start: Calendar month of month 0.
        months: Months of the run.
        key: The two words of `replicate_key`.
    """

    def __init__(
        self,
        residents: Residents,
        transitions: Sequence[Transition],
        processes: Processes,
        calendar_start: int,
        months: int,
        key: npt.NDArray[np.uint32],
    ) -> None:
        self.residents = residents
        self.transitions = tuple(transitions)
        self.processes = processes
        self.calendar_start = calendar_start
        self.months = months
        self.key = key
        self._base = processes.base.copy()
        self.index = {transition.key: p for p, transition in enumerate(transitions)}
        self.clipped = np.zeros(len(transitions), np.int64)
        capacity = residents.person.size + _EVENTS_PER_ROW * len(transitions)
        self._buffers = Events(np.empty(capacity, np.int64), np.empty(capacity, np.int64), np.empty(capacity))
        column = residents.column_of
        self._columns = (column["sex"], column["quintile"], column["status"])

    def start(self, rows: npt.NDArray[np.int64], month: int) -> None:
        """Set the clocks of residents who enter in `month`."""
        residents = self.residents
        residents.take_clocks(rows)
        start_clocks(
            rows, month, self.calendar_start, self.months, residents.person, residents.birth_month,
            residents.columns, self._columns[0], self.processes, residents.clock_row, residents.clock,
            residents.soonest, self.key,
        )  # fmt: skip

    def arm(self, rows: npt.NDArray[np.int64], attribute: str, month: int) -> None:
        """Let residents be at risk, from `month` on, of what an attribute that was just changed leads to.

        To be called by whatever changes an attribute between the life course's own months. The occasion of
        the draws is `month`.
        """
        self._arm(rows, np.full(rows.size, self.residents.column_of[attribute]), month, month)

    def _arm(
        self, rows: npt.NDArray[np.int64], columns: npt.NDArray[np.int64], first: int, month: int
    ) -> None:
        residents = self.residents
        arm_clocks(
            rows, columns, first, self.calendar_start + month, self.months, residents.person,
            residents.birth_month, residents.columns, self._columns[0], self.processes, residents.clock_row,
            residents.clock, residents.soonest, self.key,
        )  # fmt: skip

    def advance(self, month: int) -> MonthEvents:
        """Decide the transitions of one month and apply them to the residents.

        Returns:
            The events, ordered by row and then by transition.
        """
        residents = self.residents
        size = residents.size
        found = advance_month(
            month, self.calendar_start, self.months, residents.person, residents.birth_month,
            residents.columns, *self._columns, self.processes, residents.reached, residents.clock_row,
            residents.clock, residents.soonest[:size], self._buffers, self.clipped, self.key,
        )  # fmt: skip
        events = MonthEvents(
            row=self._buffers.row[:found].copy(),
            transition=self._buffers.process[:found].copy(),
            fraction=self._buffers.fraction[:found].copy(),
        )
        self._apply(events, month)
        return events

    def _apply(self, events: MonthEvents, month: int) -> None:
        residents, processes = self.residents, self.processes
        changed = processes.column[events.transition]
        counts = np.array([transition.most is not None for transition in self.transitions], np.bool_)
        residents.columns[events.row, changed] = np.where(
            counts[events.transition],
            residents.columns[events.row, changed] + 1,
            processes.to_code[events.transition],
        )
        for p, transition in enumerate(self.transitions):
            for attribute, code_of in transition.follows:
                rows = events.row[events.transition == p]
                column = residents.columns[:, residents.column_of[attribute]]
                code = code_of[residents.columns[rows, processes.column[p]]]
                _link(events, attribute, rows[column[rows] != code])
                column[rows] = code
            for attribute, code in transition.also:
                column = residents.columns[:, residents.column_of[attribute]]
                rows = events.row[events.transition == p]
                _link(events, attribute, rows[column[rows] != code])
                column[rows] = code
        also = {name: rows for name, rows in events.linked.items() if rows.size}
        self._arm(
            np.concatenate([events.row, *also.values()]),
            np.concatenate(
                [changed, *(np.full(r.size, residents.column_of[name]) for name, r in also.items())]
            ),
            month + 1, month,
        )  # fmt: skip
        gone = self.of(events, *DEATHS, DEPARTURE)
        residents.soonest[events.row[gone]] = NEVER
        residents.free_clocks(events.row[gone])

    def of(self, events: MonthEvents, *keys: str) -> npt.NDArray[np.bool_]:
        """Return which events are of these transitions."""
        chosen = np.zeros(len(self.transitions), np.bool_)  # a table: a tenth of the time of a search
        chosen[[self.index[key] for key in keys]] = True
        return np.asarray(chosen[events.transition])

    def compiled_base(self, key: str) -> npt.NDArray[np.float64]:
        """Return the base hazard a month of one transition as it was compiled, (2, 111, 5)."""
        base: npt.NDArray[np.float64] = self._base[self.index[key]]
        return base

    def hazard_per_year(self, key: str, sex: Any, age: Any, quintile: Any) -> Any:
        """Return the normalised hazard a year of one transition at modifiers of one; arguments broadcast."""
        return self.processes.base[self.index[key], sex, age, quintile] * MONTHS_A_YEAR
