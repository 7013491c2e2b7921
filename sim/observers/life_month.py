"""Counts of the population and its health: who is there, who comes and goes, new cases, deaths by cause."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt

from sim.health.deaths import Causes
from sim.health.entries import OUTSIDE
from sim.health.life import MonthEvents
from sim.health.needs import NeedClass
from sim.health.transitions import DEATH_FROM_DELAY, DEATHS, DEATHS_BY_CAUSE, DEPARTURE
from sim.health.utilities import MONTHS_A_FULL_PASS, POINTS_A_UNIT, Sums
from sim.kernels.life_course import CODES
from sim.kernels.needs import Arrivals
from sim.kernels.tally import add_by_cell, count_codes, count_registered
from sim.observers.recorder import Recorder
from sim.observers.strata import mortality_band_of_age
from sim.population.strata import MONTHS_A_YEAR

if TYPE_CHECKING:
    from sim.building import Replicate

FloatArray = npt.NDArray[np.float64]
IntArray = npt.NDArray[np.int64]
OUT_OF_AREA = "needs_met_outside"


def register_table(registers: Sequence[Sequence[bool]]) -> npt.NDArray[np.int64]:
    """Return 1 where a code of a condition is on its register, (conditions, CODES)."""
    out = np.zeros((len(registers), CODES), np.int64)
    for row, register in zip(out, registers, strict=True):
        row[: len(register)] = register
    return out


class LifeObserver:
    """Counts the life course of a run, at the full size of the area whatever the scale.

    Args:
        parts: The replicate.
        recorder: Where counts go.
        n_cells: Number of cells.
    """

    def __init__(self, parts: Replicate, recorder: Recorder, n_cells: int) -> None:
        self.parts = parts
        self.residents = parts.residents
        self.recorder = recorder
        self.n_cells = n_cells
        self.weight = 1.0 / parts.settings.scale
        self._band = mortality_band_of_age()
        self._people = np.zeros(n_cells, np.int64)
        shape = self.recorder.deaths.shape[1:]
        self._exposed = np.zeros(shape, np.int64)
        self._sums = Sums.room(n_cells, shape)
        self._conditions = list(self.residents.condition_names)
        conditions = parts.conditions
        self._listed = register_table([conditions[name].register for name in self._conditions])
        self._partly_registered = {name for name in self._conditions if conditions[name].partly_registered}
        self._onsets = {
            name: self._moves(name, (False,) + (True,) * (CODES - 1)) for name in self._conditions
        }
        self._diagnoses = {name: self._moves(name, conditions[name].register) for name in self._conditions}
        self._entered: tuple[IntArray, npt.NDArray[np.bool_]] = (np.zeros(0, np.int64), np.zeros(0, np.bool_))

    def _moves(self, condition: str, within: Sequence[bool]) -> IntArray:
        """Transitions of a condition that lead into the codes marked in `within` from those that are not."""
        return np.array(
            [
                p
                for p, one in enumerate(self.parts.life.transitions)
                if one.attribute == condition and within[one.to_code] and not within[one.from_code]
            ],
            np.int64,
        )

    @property
    def registered(self) -> int:
        """How many were registered when last counted."""
        return int(self._people.sum())

    def open_month(self, month: int) -> None:
        """Record who is registered at the first instant of a month, and once a year who has what."""
        self._count(month)
        self.recorder.measure(month, "population_start", self._people * self.weight)
        if month % MONTHS_A_FULL_PASS == 0:
            self.parts.utilities.all(self.residents)
        self.parts.utilities.sums(self.residents, self._band, self._sums)
        if month % MONTHS_A_YEAR == 0:
            self._prevalence(month)
            smokers = np.flatnonzero(self.residents.registered & (self.residents.column("smoking") == 1))
            self.recorder.measure(month, "current_smokers", self._by_cell(smokers))

    def _count(self, month: int) -> None:
        residents = self.residents
        count_registered(
            residents.column("status"), residents.cell, residents.birth_month, residents.column("sex"),
            residents.column("quintile"), residents.column("council"), month, self._band, self._people,
            self._exposed,
        )  # fmt: skip

    def _prevalence(self, month: int) -> None:
        residents = self.residents
        chosen = np.array([residents.column_of[name] for name in self._conditions], np.int64)
        counts = np.zeros((chosen.size, 2, self.n_cells), np.int64)
        count_codes(
            residents.column("status"), residents.cell, residents.columns, chosen, self._listed, counts
        )
        for k, name in enumerate(self._conditions):
            self.recorder.condition(month, name, "cases", counts[k, 1] * self.weight)
            if name in self._partly_registered:
                self.recorder.condition(month, name, "undiagnosed", counts[k, 0] * self.weight)

    def _by_cell(self, rows: IntArray, weights: FloatArray | None = None) -> FloatArray:
        total = np.zeros(self.n_cells)
        values = np.full(rows.size, self.weight) if weights is None else weights * self.weight
        add_by_cell(rows, values, self.residents.cell, total)
        return total

    def entered(self, rows: IntArray, births: npt.NDArray[np.bool_]) -> None:
        """Remember who enters this month."""
        self._entered = (rows, births)
        self.parts.utilities.rows(self.residents, rows)

    def events(self, events: MonthEvents, causes: Causes) -> None:
        """Record the month's population account, new cases, and deaths by cause and age."""
        residents, life = self.residents, self.parts.life
        month = residents.month
        died, left = life.of(events, *DEATHS), life.of(events, DEPARTURE)
        rows, births = self._entered
        self.recorder.measure(month, "births", self._by_cell(rows[births]))
        self.recorder.measure(month, "in_migrants", self._by_cell(rows[~births]))
        self.recorder.measure(month, "deaths", self._by_cell(events.row[died]))
        delayed = self._by_cell(events.row[life.of(events, DEATH_FROM_DELAY)])
        self.recorder.measure(month, "deaths_from_delay", delayed - self._expected_harm())
        self.recorder.measure(month, "out_migrants", self._by_cell(events.row[left]))
        gone = died | left
        unlived = self._by_cell(events.row[gone], 1.0 - events.fraction[gone])
        entered = self._by_cell(rows)
        self.recorder.measure(month, "person_months", self._people * self.weight + entered - unlived)
        self._exposure(month, rows, events, gone, died)
        self._quality(month, rows, events, gone)
        for name in self._conditions:
            linked = events.linked.get(name, events.row[:0])
            own = self._entering(events, self._onsets[name])
            cases = self._by_cell(np.concatenate([own, linked]))
            self.recorder.condition(month, name, "new_cases", cases)
            if name in self._partly_registered:
                own = self._entering(events, self._diagnoses[name])
                cases = self._by_cell(np.concatenate([own, linked]))
                self.recorder.condition(month, name, "diagnosed", cases)
        self._causes(month, events, causes)
        self.recorder.measure(
            month,
            "care_home_entries_from_home",
            self._by_cell(events.row[life.of(events, "care_home.entry")]),
        )
        self._close(month)

    def _expected_harm(self) -> FloatArray:
        """Return deaths from delay that the baseline's exposure would bring to those registered, by cell."""
        by_stratum = self.parts.feedback.expected_deaths.transpose(2, 0, 1)  # quintile, sex, age band
        people = self._people.reshape(self.recorder.strata.shape) * self.weight
        return np.asarray((people * by_stratum).ravel())

    @staticmethod
    def _entering(events: MonthEvents, transitions: IntArray) -> IntArray:
        """Rows with one of some transitions."""
        return events.row[np.isin(events.transition, transitions)]

    def _close(self, month: int) -> None:
        """Record who is registered after the month's births, moves and deaths."""
        self._count(month)
        self.recorder.measure(month, "population_end", self._people * self.weight)

    def close_run(self, month: int) -> None:
        """Record who has what after the last month."""
        self._prevalence(month)

    def _exposure(
        self, month: int, entered: IntArray, events: MonthEvents, gone: npt.NDArray[np.bool_],
        died: npt.NDArray[np.bool_],
    ) -> None:  # fmt: skip
        """Add the month to the mortality table: person-months and deaths."""
        year = month // MONTHS_A_YEAR
        lived = self.recorder.person_months[year]
        lived += self._exposed * self.weight
        self._add_to(lived, entered, np.ones(entered.size))
        self._add_to(lived, events.row[gone], events.fraction[gone] - 1.0)
        self._add_to(self.recorder.deaths[year], events.row[died], np.ones(int(died.sum())))

    def _add_to(self, table: FloatArray, rows: IntArray, values: FloatArray) -> None:
        residents = self.residents
        age = np.clip(residents.age_of(rows), 0, self._band.size - 1)
        council, sex = residents.column("council")[rows], residents.column("sex")[rows]
        where = (council, sex, residents.column("quintile")[rows], self._band[age])
        np.add.at(table, where, values * self.weight)

    def _quality(
        self, month: int, entered: IntArray, events: MonthEvents, gone: npt.NDArray[np.bool_]
    ) -> None:
        """Record the month's QALYs, and add person-months by their quality to the mortality table.

        Utilities are those of the month's start, of entrants those they come with; those to whom something
        happened are scored anew for the next month.
        """
        utilities, residents, year = self.parts.utilities, self.residents, month // MONTHS_A_YEAR
        left, unlived = events.row[gone], events.fraction[gone] - 1.0
        coming, going = utilities.of(entered), utilities.of(left) * unlived
        months = self._sums.by_cell * (self.weight / POINTS_A_UNIT)
        months += self._by_cell(entered, coming) + self._by_cell(left, going)
        self.recorder.measure(month, "qalys", months / MONTHS_A_YEAR)
        lived, free = self.recorder.quality_months[year], self.recorder.unlimited_months[year]
        lived += self._sums.scored * (self.weight / POINTS_A_UNIT)
        free += self._sums.unlimited * self.weight
        for rows, share, quality in ((entered, 1.0, coming), (left, unlived, going)):
            self._add_to(lived, rows, quality)
            self._add_to(free, rows, utilities.unlimited(residents, rows) * share)
        utilities.rows(residents, events.row[~gone])

    def _causes(self, month: int, events: MonthEvents, causes: Causes) -> None:
        """Record deaths by the cause that happened; those from delay by one drawn at their age and sex."""
        residents, life = self.residents, self.parts.life
        late = events.row[life.of(events, DEATH_FROM_DELAY)]
        drawn = causes.draw(
            residents.person[late], residents.column("sex")[late].astype(np.int64), residents.age_of(late),
            self.recorder.start + month, self.parts.key,
        )  # fmt: skip
        for k, (name, key) in enumerate(zip(causes.names, DEATHS_BY_CAUSE, strict=True)):
            rows = np.concatenate([events.row[life.of(events, key)], late[drawn == k]])
            self.recorder.cause(month, name, self._by_cell(rows))
            self._add_to(self.recorder.deaths_of(name, month // MONTHS_A_YEAR), rows, np.ones(rows.size))

    def sought(self, arrivals: Arrivals, classes: Sequence[NeedClass]) -> None:
        """Record needs by class as they arise, and those that are met outside the area."""
        month = self.residents.month
        rows = arrivals.row.astype(np.int64)
        for j, need in enumerate(classes):
            if not need.pooled:
                total = np.zeros(self.n_cells)
                mine = rows[arrivals.need_class == j]
                add_by_cell(mine, np.ones(mine.size), self.residents.cell, total)
                self.recorder.measure(month, f"need_{need.key}", total)
        outside = np.zeros(self.n_cells)
        mine = rows[arrivals.node == OUTSIDE]
        add_by_cell(mine, np.ones(mine.size), self.residents.cell, outside)
        self.recorder.measure(month, OUT_OF_AREA, outside)
