"""Whom programmes are for, whom they reach and whom they follow, by stratum: `reach.parquet`.

A programme is one that reaches residents; changes to care, which act on stays, have no such people. Recorded
are

- `eligible`: who meets its rules at the month's beginning, reached before or not; in the first month of each
  year of the run in which it is in force, since counting all is long and the number moves slowly;
- `reached`: who is newly reached in the month, as in `programmes.parquet`;
- `following`: who is on the caseload, those newly reached among them; of programmes with a length of stay.

Who is eligible and who is followed overlap in part: somebody whom a programme has helped to stop smoking is
followed and is no longer eligible. Strata are one-way, by what people are in that month.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

from sim.interventions.programmes import Programmes, ReachedThisMonth, has_stay
from sim.interventions.specification import CohortProgramme
from sim.observers.recorder import Recorder
from sim.population.residents import REGISTERED, Residents
from sim.population.strata import MONTHS_A_YEAR

FloatArray = npt.NDArray[np.float64]
IntArray = npt.NDArray[np.int64]
ELIGIBLE, REACHED, FOLLOWING = "eligible", "reached", "following"
ETHNIC_GROUP = "ethnic_group"


class ReachObserver:
    """Counts the people of a scenario's programmes, month by month, in the full-size area.

    Args:
        residents: Of whom they are.
        recorder: Where counts go.
        weight: People for each resident.
    """

    def __init__(self, residents: Residents, recorder: Recorder, weight: float) -> None:
        self.residents = residents
        self.recorder = recorder
        self.weight = weight
        self._ethnic = residents.attributes[ETHNIC_GROUP].labels
        dimensions, levels = recorder.strata.labels
        self._labels = (
            (*dimensions, *(ETHNIC_GROUP for _ in self._ethnic)), (*levels, *self._ethnic),
        )  # fmt: skip
        self._years: dict[str, int] = {}
        """By programme: the year of the run in which those eligible were last counted."""
        self._followed: dict[str, list[tuple[int, IntArray]]] = {}
        """By programme: month of reaching and rows of those who may still be followed."""

    def of_month(self, month: int, programmes: Programmes, done: Sequence[ReachedThisMonth]) -> None:
        """Record a month, after its programmes have reached people.

        Args:
            month: Month of the run.
            programmes: The programmes at work.
            done: What those in force did.
        """
        column_of = {item.key: column for column, item in enumerate(programmes.items)}
        for one in done:
            column = column_of[one.key]
            item = programmes.items[column]
            if self._years.get(one.key) != month // MONTHS_A_YEAR:
                self._years[one.key] = month // MONTHS_A_YEAR
                self._record(month, one.key, ELIGIBLE, np.flatnonzero(programmes.admitted(column)))
            self._record(month, one.key, REACHED, one.rows)
            if isinstance(item, CohortProgramme) and has_stay(item):
                assert item.stays_months is not None
                rows = self._caseload(one.key, month, item.stays_months, one.rows)
                self._record(month, one.key, FOLLOWING, rows)

    def _caseload(self, key: str, month: int, stays: int, new: IntArray) -> IntArray:
        """Return who is followed: reached less than `stays` months ago and still registered."""
        kept = [(when, rows) for when, rows in self._followed.get(key, []) if month - when < stays]
        self._followed[key] = [*kept, (month, new.astype(np.int64))]
        rows = np.concatenate([rows for _, rows in self._followed[key]])
        return np.asarray(rows[self.residents.column("status")[rows] == REGISTERED])

    def _record(self, month: int, key: str, measure: str, rows: IntArray) -> None:
        residents = self.residents
        by_cell = np.bincount(residents.cell[rows], minlength=self.recorder.strata.n_cells)
        group = residents.columns[rows, residents.column_of[ETHNIC_GROUP]]
        by_group = np.bincount(group, minlength=len(self._ethnic))
        people = np.concatenate([self.recorder.strata.totals(by_cell), by_group]) * self.weight
        self.recorder.reach(month, key, measure, self._labels, people)


__all__ = ["ReachObserver"]
