"""How attendances are spread over people: high-intensity users, and how many are so again a year later.

At the end of each year of the run everybody is counted by the type 1 A&E attendances that ended in its twelve
months, of one copy of each need (the copy that acts on its resident), so the measure holds at any scale. Who
died or left in the year is counted with what they had until then, as attendance statistics count them; of
those who did not attend, the ones registered at the year's end are counted. The other months have noughts, so
that a sum over months is the year's number.
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from sim.observers.recorder import Recorder
from sim.population.residents import REGISTERED, Residents
from sim.population.strata import MONTHS_A_YEAR

IntArray = npt.NDArray[np.int64]
Mask = npt.NDArray[np.bool_]
FREQUENT = 5
"""Attendances a year from which on a person is a high-intensity user (British Red Cross, NHS England)."""
CLASSES = (
    ("0", 0, 0), ("1", 1, 1), ("2", 2, 2), ("3", 3, 3), ("4", 4, 4), ("5_to_9", 5, 9), ("10_plus", 10, 255),
)  # fmt: skip
"""Name, fewest and most attendances of each class of people."""
_MOST = 255


class UseByPerson:
    """Counts attendances of each person by year.

    Args:
        residents: The residents, entrants included.
        recorder: Takes the measures.
        n_cells: Cells of the strata.
        weight: People whom one resident stands for.
    """

    BURNT_IN = ("this_year", "last_year")

    def __init__(self, residents: Residents, recorder: Recorder, n_cells: int, weight: float) -> None:
        self._residents, self._recorder = residents, recorder
        self._n_cells, self._weight = n_cells, weight
        self.this_year = np.zeros(residents.size, np.uint8)
        """(N,) attendances since the last year's end, 255 for more."""
        self.last_year = np.zeros(residents.size, np.uint8)
        """(N,) attendances in the twelve months before."""

    def close_month(self, month: int, attended: IntArray) -> None:
        """Add a month's attendances, one row each; record at the end of a year of the run."""
        rows, times = np.unique(attended, return_counts=True)
        self.this_year[rows] = np.minimum(_MOST, self.this_year[rows].astype(np.int64) + times)
        year_ends = (month + 1) % MONTHS_A_YEAR == 0
        if month >= 0:
            self._record(month, slice(None) if year_ends else slice(0))
        if year_ends:
            self.last_year[:] = self.this_year
            self.this_year[:] = 0

    def _record(self, month: int, counted: slice) -> None:
        number, before = self.this_year[counted], self.last_year[counted]
        here = (self._residents.column("status")[counted] == REGISTERED) | (number > 0)
        for name, fewest, most in CLASSES:
            self._add(month, f"people_with_attendances_{name}", here & (number >= fewest) & (number <= most))
        often = number >= FREQUENT
        self._add(month, "frequent_attenders", often)
        self._add(month, "attendances_of_frequent_attenders", often, number)
        self._add(month, "attendances_of_people", number > 0, number)
        self._add(month, "frequent_attenders_before", before >= FREQUENT)
        self._add(month, "frequent_attenders_again", often & (before >= FREQUENT))

    def _add(self, month: int, name: str, who: Mask, times: npt.NDArray[np.uint8] | None = None) -> None:
        rows = np.flatnonzero(who)
        weights = None if times is None else times[rows].astype(np.float64)
        by_cell = np.bincount(self._residents.cell[rows], weights, minlength=self._n_cells)
        self._recorder.measure(month, name, by_cell * self._weight)


__all__ = ["CLASSES", "FREQUENT", "UseByPerson"]
