"""Whom programmes are for, whom they reach and whom they follow, by stratum: `reach.parquet`.

A programme is one that reaches residents; changes to care, which act on stays, have no such people. Recorded
are

- `eligible`: who meets its rules at the month's beginning, reached before or not; in the first month of each
  year of the run in which it is in force, since counting all is long and the number moves slowly;
- `reached`: who is newly reached in the month, as in `programmes.parquet`;
- `following`: who is on the caseload, those newly reached among them; of programmes with a length of stay;
- `reached_in_year`: who has been newly reached in a year of the run, in its last month; who is reached twice
  counts twice.

Who is eligible and who is followed overlap in part: somebody whom a programme has helped to stop smoking is
followed and is no longer eligible. Strata are one-way, by what people are in that month. So that a
neighbourhood can see whom it misses, each is crossed with quintile and with ethnic group once a year: those
eligible when they are counted, the rest in the year's last month (levels `neighbourhood|group`).
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

from sim.interventions.programmes import Programmes, ReachedThisMonth, has_stay
from sim.interventions.specification import CohortProgramme
from sim.observers.recorder import Recorder
from sim.population.residents import REGISTERED, Residents
from sim.population.strata import MONTHS_A_YEAR, QUINTILES

FloatArray = npt.NDArray[np.float64]
IntArray = npt.NDArray[np.int64]
ELIGIBLE, REACHED, FOLLOWING = "eligible", "reached", "following"
IN_YEAR = "reached_in_year"
ETHNIC_GROUP = "ethnic_group"
CROSSED = ("neighbourhood_quintile", "neighbourhood_ethnic_group")


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
        pairs = [*zip(dimensions, levels, strict=True), *((ETHNIC_GROUP, group) for group in self._ethnic)]
        crossed = [
            (name, f"{neighbourhood}|{group}")
            for name, groups in zip(CROSSED, (QUINTILES, self._ethnic), strict=True)
            for neighbourhood in recorder.strata.neighbourhoods
            for group in groups
        ]
        self._labels = _columns(pairs)
        self._all_labels = _columns([*pairs, *crossed])
        self._years: dict[str, int] = {}
        """By programme: the year of the run in which those eligible were last counted."""
        self._in_year: dict[str, list[IntArray]] = {}
        """By programme: rows of those reached in the present year of the run."""
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
        last = month % MONTHS_A_YEAR == MONTHS_A_YEAR - 1
        for one in done:
            column = column_of[one.key]
            item = programmes.items[column]
            if self._years.get(one.key) != month // MONTHS_A_YEAR:
                self._years[one.key] = month // MONTHS_A_YEAR
                self._record(month, one.key, ELIGIBLE, np.flatnonzero(programmes.admitted(column)), True)
            self._record(month, one.key, REACHED, one.rows)
            self._in_year.setdefault(one.key, []).append(one.rows.astype(np.int64))
            if isinstance(item, CohortProgramme) and has_stay(item):
                assert item.stays_months is not None
                rows = self._caseload(one.key, month, item.stays_months, one.rows)
                self._record(month, one.key, FOLLOWING, rows, last)
        if last:
            for key, reached in self._in_year.items():
                self._record(month, key, IN_YEAR, np.concatenate(reached), True)
            self._in_year = {}

    def _caseload(self, key: str, month: int, stays: int, new: IntArray) -> IntArray:
        """Return who is followed: reached less than `stays` months ago and still registered."""
        kept = [(when, rows) for when, rows in self._followed.get(key, []) if month - when < stays]
        self._followed[key] = [*kept, (month, new.astype(np.int64))]
        rows = np.concatenate([rows for _, rows in self._followed[key]])
        return np.asarray(rows[self.residents.column("status")[rows] == REGISTERED])

    def _record(self, month: int, key: str, measure: str, rows: IntArray, crossed: bool = False) -> None:
        """Record people by one-way stratum, and where asked for by neighbourhood and group."""
        residents, strata = self.residents, self.recorder.strata
        cell = residents.cell[rows].astype(np.int64)
        by_cell = np.bincount(cell, minlength=strata.n_cells)
        group = residents.columns[rows, residents.column_of[ETHNIC_GROUP]]
        counts = [strata.totals(by_cell), np.bincount(group, minlength=len(self._ethnic))]
        if crossed:
            neighbourhood = cell // (strata.n_cells // len(strata.neighbourhoods))
            size = len(self._ethnic)
            counts.append(by_cell.reshape(strata.shape).sum(axis=(1, 3, 4)).ravel())
            counts.append(
                np.bincount(neighbourhood * size + group, minlength=size * len(strata.neighbourhoods))
            )
        labels = self._all_labels if crossed else self._labels
        self.recorder.reach(month, key, measure, labels, np.concatenate(counts) * self.weight)


def _columns(pairs: Sequence[tuple[str, str]]) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """Return dimensions and levels of some pairs."""
    return tuple(pair[0] for pair in pairs), tuple(pair[1] for pair in pairs)


__all__ = ["ReachObserver"]
