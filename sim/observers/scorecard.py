"""The neighbourhood health scorecard: fifteen published measures of a cohort, by month and breakdown.

The scorecard of the National Neighbourhood Health Implementation Programme follows a cohort month by month,
by age group, ethnic group and quintile. Here it is counted row by row for the people of each cohort, with the
same events that make `measures.parquet`; `scorecard.csv` says which event each measure counts, and by which
share one is parted that the model does not tell apart.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache
from pathlib import Path

import numpy as np
import numpy.typing as npt
import pandas as pd

from sim.interventions.programmes import Programmes
from sim.interventions.specification import CohortProgramme
from sim.kernels.groups import add_by_level, members_among
from sim.observers.cohort_specification import MOST_COHORTS, CohortSpecification
from sim.observers.cohorts import CohortChoice
from sim.observers.recorder import Recorder, Rows
from sim.parameters.columns import evidence, text
from sim.parameters.errors import InputError
from sim.parameters.tables import Schema, read_table
from sim.population.residents import NOT_REACHED, REGISTERED, Residents
from sim.population.strata import QUINTILES

FloatArray = npt.NDArray[np.float64]
IntArray = npt.NDArray[np.int64]
KEYS = ("period", "cohort", "dimension", "level", "measure")
AGE_GROUPS = ("under 18", "18-19", "20-29", "30-39", "40-49", "50-59", "60-69", "70-79", "80+")
"""The published age groups of adults, and those who are none."""
AGE_STARTS = (0, 18, 20, 30, 40, 50, 60, 70, 80)
PATIENTS, CASELOAD, PERSON_MONTHS = "patients", "caseload", "person_months"
TABLE = "scorecard"
SCORECARD = Schema(
    name="scorecard",
    pattern="scorecard.csv",
    description="what each measure of the scorecard counts",
    columns=(
        text("measure", "measure of scorecard.parquet"),
        text("counts", "the event that it counts"),
        *evidence(maximum=1.0),
    ),
    key=("measure",),
    unit_group=None,
)


@cache
def published() -> pd.DataFrame:
    """Return `scorecard.csv`, by measure."""
    return read_table(Path(__file__).with_name("scorecard.csv"), SCORECARD).set_index("measure")


class Scorecard:
    """Counts the scorecard of the cohorts of one run.

    Args:
        cohorts: Whom it follows.
        choice: Chooses them, and who joins.
        residents: Among whom.
        programmes: The scenario's programmes: who is on a caseload.
        recorder: Names of the periods.
        scale: Share of residents kept: people are weighted by its inverse.

    Raises:
        InputError: There are two cohorts of one name, or too many.
    """

    def __init__(
        self,
        cohorts: Sequence[CohortSpecification],
        choice: CohortChoice,
        residents: Residents,
        programmes: Programmes,
        recorder: Recorder,
        scale: float,
    ) -> None:
        _refuse(cohorts)
        self.cohorts, self.choice, self.residents = tuple(cohorts), choice, residents
        self.programmes, self.recorder, self.weight = programmes, recorder, 1.0 / scale
        self.words = np.zeros(residents.person.size if cohorts else 0, np.uint8)
        """(N,) cohorts of each row, a bit each."""
        for number, cohort in enumerate(self.cohorts):
            self._join(number, choice.rows(cohort))
        ethnic = residents.attributes["ethnic_group"].labels
        self.levels = [
            ("all", "all"),
            *(("age_group", label) for label in AGE_GROUPS),
            *(("ethnic_group", label) for label in ethnic),
            *(("quintile", label) for label in QUINTILES),
        ]
        self._first = np.cumsum([1, len(AGE_GROUPS), len(ethnic)])
        self._of_column = np.array([residents.column_of[name] for name in ("ethnic_group", "quintile")])
        self._group_of_age = np.searchsorted(AGE_STARTS, np.arange(256), side="right") - 1
        self._members = np.flatnonzero(self.words)
        self._start = np.zeros((len(self.cohorts), len(self.levels)))
        self._totals: dict[str, FloatArray] = {}
        made_of = published()[["counts", "value"]].itertuples()
        self._made_of = [(str(measure), str(counts), float(share)) for measure, counts, share in made_of]
        self._wanted = frozenset(counts for _, counts, _ in self._made_of)
        self._rows = Rows(KEYS)
        dimensions, levels = zip(*self.levels, strict=True)
        self._codes = self._rows.codes(2, dimensions), self._rows.codes(3, levels)

    def _join(self, number: int, rows: IntArray) -> None:
        self.words[rows] |= np.uint8(1 << number)

    def _add_to(self, total: FloatArray, rows: IntArray, weights: FloatArray) -> None:
        residents = self.residents
        months = residents.month - residents.birth_month[rows].astype(np.int64)
        add_by_level(
            rows, weights, self.words, residents.columns, self._of_column, months, self._first,
            self._group_of_age, total,
        )  # fmt: skip

    def _room(self, name: str) -> FloatArray:
        return self._totals.setdefault(name, np.zeros((len(self.cohorts), len(self.levels))))

    # ------------------------------------------------------------------------------------ the month
    def open_month(self, month: int) -> None:
        """Count who of each cohort is registered."""
        self._start = self._count(self._registered())

    def entered(self, rows: IntArray) -> None:
        """Let those who come join the cohorts that newcomers join."""
        if any(cohort.newcomers for cohort in self.cohorts):
            for number, joining in enumerate(self.choice.joining(self.cohorts, rows)):
                self._join(number, joining)
            self._members = np.flatnonzero(self.words)

    def moved(self, rows: IntArray) -> None:
        """Take no notice: nobody joins or leaves a cohort by what changes later."""

    def lived(
        self, entered: IntArray, rescored: IntArray, regrouped: IntArray, gone: IntArray, unlived: FloatArray
    ) -> None:
        """Count months lived."""
        months = self._room(PERSON_MONTHS)
        months += self._start
        self.add(PERSON_MONTHS, entered, np.full(entered.size, self.weight))
        self.add(PERSON_MONTHS, gone, -self.weight * unlived)

    def _registered(self) -> IntArray:
        status = self.residents.columns[self._members, self.residents.column_of["status"]]
        return np.asarray(self._members[status == REGISTERED])

    def _count(self, rows: IntArray) -> FloatArray:
        found = np.zeros((len(self.cohorts), len(self.levels)))
        self._add_to(found, rows, np.full(rows.size, self.weight))
        return found

    # ------------------------------------------------------------------------------------ events
    def add(self, name: str, rows: IntArray, weights: FloatArray) -> None:
        """Add events of residents to what the scorecard counts."""
        if self.cohorts and name in self._wanted:
            mine = members_among(rows, self.words)
            self._add_to(self._room(name), rows[mine].astype(np.int64), weights[mine])

    def sought(self, names: Sequence[str], times: npt.NDArray[np.uint8], weight: float) -> None:
        """Add contacts that residents sought, (rows, names)."""
        for kind, name in enumerate(names):
            if self.cohorts and name in self._wanted:
                often = times[self._members, kind]
                rows = self._members[often > 0]
                self._add_to(self._room(name), rows, often[often > 0] * weight)

    def close_month(self, month: int) -> None:
        """Record the month."""
        if self.cohorts:
            here = self._registered()
            self._totals[PATIENTS] = self._count(here)
            self._totals[CASELOAD] = self._caseload(here, month)
            for measure, counts, share in self._made_of:
                if counts in self._totals:
                    self._record(month, measure, self._totals[counts] * share)
        self._totals = {}

    def _record(self, month: int, measure: str, total: FloatArray) -> None:
        rows = self._rows
        period, which = rows.code(0, self.recorder.period(month)), rows.code(4, measure)
        for cohort, by_level in zip(self.cohorts, total, strict=True):
            rows.add((period, rows.code(1, cohort.name), *self._codes, which), by_level)

    def _caseload(self, here: IntArray, month: int) -> FloatArray:
        """Count those here whom a programme follows, for each cohort by its own programmes."""
        found = np.zeros((len(self.cohorts), len(self.levels)))
        for number, cohort in enumerate(self.cohorts):
            followed = np.zeros(here.size, np.bool_)
            for column, item in enumerate(self.programmes.items):
                if isinstance(item, CohortProgramme) and _counts_as_caseload(item, cohort):
                    since = month - self.residents.reached[here, column].astype(np.int64)
                    reached = self.residents.reached[here, column] != NOT_REACHED
                    followed |= reached & (since < (item.stays_months or month + 1))
            found[number] = self._count(here[followed])[number]
        return found

    def tables(self) -> dict[str, pd.DataFrame]:
        """Return `scorecard`: period, cohort, dimension, level, measure, value."""
        return {TABLE: self._rows.table()}


def _counts_as_caseload(item: CohortProgramme, cohort: CohortSpecification) -> bool:
    """Tell whether people of a programme are on the caseload that a cohort means."""
    return item.key in cohort.caseload if cohort.caseload else item.caseload is not None


def _refuse(cohorts: Sequence[CohortSpecification]) -> None:
    """Refuse two cohorts of one name, and more than are kept apart."""
    names = [cohort.name for cohort in cohorts]
    for name in names:
        if names.count(name) > 1:
            raise InputError(
                file="cohorts", key="name", found=f"'{name}' twice", allowed="a name of its own for each"
            )
    if len(names) > MOST_COHORTS:
        raise InputError(
            file="cohorts", key="cohorts", found=len(names), allowed=f"at most {MOST_COHORTS} cohorts"
        )


__all__ = ["AGE_GROUPS", "Scorecard", "published"]
