"""Emergencies that go straight to an acute bed: the last days of life, and conditions that begin with one."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt

from sim.health.calendar import MINUTES_A_DAY, month_days
from sim.health.deaths import LAST_DAYS, last_days
from sim.health.entries import OUTSIDE
from sim.health.life import MonthEvents
from sim.kernels.flow import Arrivals
from sim.kernels.needs import CellTables, episode_codes
from sim.kernels.randomness import stream_key
from sim.opening import episode_of

if TYPE_CHECKING:
    from sim.building import Replicate
    from sim.parameters.national import National

IntArray = npt.NDArray[np.int64]
MetOutside = Callable[
    [npt.NDArray[np.integer], npt.NDArray[np.float64], npt.NDArray[np.integer], npt.NDArray[np.integer]], None
]
LAST_DAYS_STREAM = stream_key(LAST_DAYS)
MINUTES_AN_HOUR = 60.0


class StraightIn:
    """Brings the emergencies of a month that no class of need brings.

    Args:
        parts: The replicate's parts.
        cells: Neighbourhood, age band and kind of each cell.
        calendar_start: Calendar month of month 0.
        national: National tables.
        met_outside: Told of those who are admitted outside the area: rows, what a need brings, class, code.
    """

    def __init__(
        self, parts: Replicate, cells: CellTables, calendar_start: int, national: National,
        met_outside: MetOutside,
    ) -> None:  # fmt: skip
        self.parts, self.residents, self._cells = parts, parts.residents, cells
        self.calendar_start, self.national, self._met_outside = calendar_start, national, met_outside

    def last_days(
        self, rows: IntArray, fraction: npt.NDArray[np.float64], start: float, month: int
    ) -> Iterator[Arrivals]:
        """Yield the needs of the last days of some of those who die this month."""
        residents = self.residents
        occasion = self.calendar_start + month
        days = month_days(occasion)
        for copy, mine in self._by_copy(rows):
            found = last_days(
                self.national, residents.person[rows[mine]], fraction[mine], days, occasion, self.parts.key,
                copy,
            )  # fmt: skip
            row = rows[mine][found.which]
            minute = start + found.hour * MINUTES_AN_HOUR
            yield self._admitted(row, minute, found.uniform, LAST_DAYS_STREAM, copy, occasion)

    def onsets(self, events: MonthEvents, start: float, month: int) -> Iterator[Arrivals]:
        """Yield those whose new condition begins with an emergency, at its stamp; copies at their own."""
        occasion = self.calendar_start + month
        minutes = month_days(occasion) * MINUTES_A_DAY
        for onset in self.parts.onsets:
            mine = self.parts.life.of(events, onset.condition)
            rows, fraction = events.row[mine], events.fraction[mine]
            for copy, some in self._by_copy(rows):
                person = self.residents.person[rows[some]]
                which, place, when = onset.chosen(person, occasion, self.parts.key, copy)
                stamp = fraction[some][which] if copy == 0 else when
                row = rows[some][which]
                yield self._admitted(row, start + stamp * minutes, place, onset.stream, copy, occasion)

    def _by_copy(self, rows: IntArray) -> Iterator[tuple[int, npt.NDArray[np.bool_]]]:
        """Yield each copy and which of these rows send it."""
        copies = self.parts.copies[rows]
        for copy in range(int(copies.max(initial=0))):
            yield copy, copies > copy

    def _admitted(
        self, row: IntArray, minute: npt.NDArray[np.float64], uniform: npt.NDArray[np.float64], stream: int,
        copy: int, occasion: int,
    ) -> Arrivals:  # fmt: skip
        """Return one copy of some people as arrivals straight at an acute bed of their catchment."""
        residents = self.residents
        node = self.parts.demand.enter(-1, self._cells.neighbourhood[residents.cell[row]], uniform)
        inside = node != OUTSIDE
        number = np.full(row.size, copy, np.int64)
        code = episode_codes(np.uint32(stream), np.uint32(occasion), number)
        if copy == 0 and stream != LAST_DAYS_STREAM:  # who is dying is not discharged
            away = row[~inside]
            self._met_outside(away, self.parts.demand.recent.brought, np.full(away.size, -1), code[~inside])
        row, node, minute, episode = (a[inside] for a in (row, node, minute, episode_of(code, number)))
        return (
            minute, node, self._cells.kind[residents.cell[row]], np.zeros_like(row), row,
            residents.person[row], episode,
        )  # fmt: skip
