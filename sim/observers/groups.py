"""Measures by groups that overlap or are no part of a cell: ethnic group, condition, Core20PLUS group.

A cell says where a resident lives, how deprived that is, sex and age. Everything else a resident carries in
their own columns, so what happens is counted here row by row, as it happens: `Groups` keeps for each row one
word whose bits are the groups that it belongs to. People on several registers are counted in each, so the
levels of `condition` and of `plus_group` do not add up to all; those of `ethnic_group` do.

Which measures are kept is in `crossings.csv`, and which groups there are in `plus_groups.csv`.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import cache
from pathlib import Path
from typing import Protocol

import numpy as np
import numpy.typing as npt
import pandas as pd

from sim.health.utilities import MONTHS_A_FULL_PASS, POINTS_A_UNIT, Utilities
from sim.interventions.eligibility import core20plus
from sim.kernels import groups as kernel
from sim.kernels.life_course import CODES
from sim.observers.recorder import Recorder
from sim.parameters.columns import text
from sim.parameters.errors import InputError
from sim.parameters.national import Condition
from sim.parameters.tables import Column, Schema, read_table
from sim.population.residents import Residents
from sim.population.strata import MONTHS_A_YEAR

FloatArray = npt.NDArray[np.float64]
IntArray = npt.NDArray[np.int64]
ETHNIC_GROUP, CONDITION, PLUS_GROUP = "ethnic_group", "condition", "plus_group"
DIMENSIONS = (ETHNIC_GROUP, CONDITION, PLUS_GROUP)
NO_CONDITION, CORE20PLUS = "none", "core20plus"
ON_REGISTER = "(register)"
"""Levels of a condition in `plus_groups.csv`: those that are on its register."""
PERSON_MONTHS, QALYS, AT_END = "person_months", "qalys", "population_end"
_MOST = 8 * kernel.BYTES
_KINDS = 3  # of contacts that are added up at once
_FOLDER = Path(__file__).parent
_KEPT = ("yes", "no")
CROSSINGS = Schema(
    name="crossings",
    pattern="crossings.csv",
    description="which measures are kept by groups that are no part of a cell",
    columns=(
        text("measure", "measure of measures.parquet"),
        *(text(name, f"whether it is kept by {name}", *_KEPT) for name in DIMENSIONS),
        text("reason", "why it is kept"),
    ),
    key=("measure",),
    unit_group=None,
)
PLUS_GROUPS = Schema(
    name="plus_groups",
    pattern="plus_groups.csv",
    description="levels of the dimension plus_group",
    columns=(
        text("group", "level"),
        text("label", "what it is called"),
        text("attribute", "attribute of a resident"),
        text("levels", f"its levels, a semicolon between them; {ON_REGISTER} for those of a register"),
        text("source", "where it comes from"),
        Column(name="note", description="what to know of it", filled=False),
    ),
    key=("group",),
    unit_group=None,
)


class Listener(Protocol):
    """What the recorder tells of each resident row beside what it adds up by cell."""

    def open_month(self, month: int) -> None:
        """A month begins; nobody has entered yet."""

    def entered(self, rows: IntArray) -> None:
        """Residents were born or moved in at its first instant."""

    def moved(self, rows: IntArray) -> None:
        """Care or a programme changed codes of residents."""

    def lived(
        self, entered: IntArray, rescored: IntArray, regrouped: IntArray, gone: IntArray, unlived: FloatArray
    ) -> None:
        """The life course is decided.

        Args:
            entered: Who entered.
            rescored: To whom something happened: their utilities will be scored anew.
            regrouped: Those of them with another status, condition or home.
            gone: Those of them who died or left.
            unlived: Share of the month that each of those did not live.
        """

    def add(self, name: str, rows: IntArray, weights: FloatArray) -> None:
        """Something happened to residents: rows (below zero nobody's), and a weight each."""

    def sought(self, names: Sequence[str], times: npt.NDArray[np.uint8], weight: float) -> None:
        """Residents sought pooled contacts so many times, (rows, names)."""

    def close_month(self, month: int) -> None:
        """A month is over."""

    def tables(self) -> dict[str, pd.DataFrame]:
        """Return tables of its own, by name."""


@cache
def crossings() -> pd.DataFrame:
    """Return `crossings.csv`, by measure: a column for each dimension, yes or no."""
    return read_table(_FOLDER / "crossings.csv", CROSSINGS).set_index("measure")


@cache
def plus_groups() -> pd.DataFrame:
    """Return `plus_groups.csv`, by group."""
    return read_table(_FOLDER / "plus_groups.csv", PLUS_GROUPS).set_index("group")


def levels_of(residents: Residents) -> list[tuple[str, str]]:
    """Return dimension and level of each group, in the order of the bits."""
    ethnic = residents.attributes["ethnic_group"].labels
    return [
        *((ETHNIC_GROUP, label) for label in ethnic),
        (CONDITION, NO_CONDITION),
        *((CONDITION, name) for name in residents.condition_names),
        (PLUS_GROUP, CORE20PLUS),
        *((PLUS_GROUP, name) for name in plus_groups().index),
    ]


def membership(residents: Residents, conditions: Mapping[str, Condition]) -> kernel.Membership:
    """Return what makes a resident a member of each group, for the kernel.

    Raises:
        InputError: A group is made of an attribute or a level that residents do not have, or there are more
            groups than a word has bits.
    """
    place = {pair: number for number, pair in enumerate(levels_of(residents))}
    if len(place) > _MOST:
        raise InputError(
            file="plus_groups.csv", key="group", found=f"{len(place)} groups", allowed=f"at most {_MOST}"
        )
    table: dict[str, npt.NDArray[np.uint64]] = {}

    def bring(attribute: str, codes: Sequence[int], bit: int) -> None:
        words = table.setdefault(attribute, np.zeros(CODES, np.uint64))
        words[list(codes)] |= np.uint64(1) << np.uint64(bit)

    for code, label in enumerate(residents.attributes["ethnic_group"].labels):
        bring("ethnic_group", [code], place[ETHNIC_GROUP, label])
    for name in residents.condition_names:
        bring(name, _on_register(conditions[name]), place[CONDITION, name])
    for group, row in plus_groups().iterrows():
        codes = _codes(residents, conditions, str(row["attribute"]), str(row["levels"]))
        bring(str(row["attribute"]), codes, place[PLUS_GROUP, str(group)])
    for attribute, wanted in core20plus():
        labels = residents.attributes[attribute].labels
        bring(attribute, [labels.index(level) for level in wanted], place[PLUS_GROUP, CORE20PLUS])
    bits = [np.uint64(1) << np.uint64(place[CONDITION, name]) for name in residents.condition_names]
    return kernel.Membership(
        column=np.array([residents.column_of[name] for name in table], np.int64),
        bits=np.stack(list(table.values())),
        listed=np.bitwise_or.reduce(np.array(bits, np.uint64)),
        unlisted=np.uint64(1) << np.uint64(place[CONDITION, NO_CONDITION]),
    )


def _on_register(condition: Condition) -> list[int]:
    return [code for code, listed in enumerate(condition.register) if listed]


def _codes(
    residents: Residents, conditions: Mapping[str, Condition], attribute: str, levels: str
) -> list[int]:
    """Return the codes of an attribute that `plus_groups.csv` names."""
    if attribute not in residents.attributes:
        known = list(residents.attributes)
        raise InputError(
            file="plus_groups.csv", key="attribute", found=attribute, allowed="an attribute of a resident",
            names=known,
        )  # fmt: skip
    if levels == ON_REGISTER:
        return _on_register(conditions[attribute])
    labels = residents.attributes[attribute].labels
    for level in levels.split(";"):
        if level not in labels:
            raise InputError(
                file="plus_groups.csv", key="levels", found=level, allowed="; ".join(labels), names=labels
            )
    return [labels.index(level) for level in levels.split(";")]


class Groups:
    """Counts what happens to residents by the groups that they belong to.

    Groups are those after the life course of the month in which something happens: who has a stroke and is
    admitted for it is admitted as somebody with a stroke.

    Args:
        residents: Who is counted.
        conditions: Conditions by key: who is on a register.
        utilities: Everybody's utility.
        recorder: Where counts go.
        scale: Share of residents kept.
    """

    def __init__(
        self,
        residents: Residents,
        conditions: Mapping[str, Condition],
        utilities: Utilities,
        recorder: Recorder,
        scale: float,
    ) -> None:
        self.residents, self.utilities, self.recorder = residents, utilities, recorder
        self.weight = 1.0 / scale
        self.levels = levels_of(residents)
        self.membership = membership(residents, conditions)
        self.words = np.zeros(residents.person.size, np.uint64)
        """(N,) groups of each row, a bit each."""
        n = len(self.levels)
        self._people, self._points = np.zeros(n, np.int64), np.zeros(n, np.int64)
        self._counted, self._scored = np.zeros((2, residents.person.size), np.uint8)
        self._to_score, self._moved = np.zeros(0, np.int64), list[IntArray]()
        self._rescored = np.zeros((2, 0), np.int64)  # rows, and the scores that they had
        self._totals: dict[str, FloatArray] = {}
        self._kept = self._kept_levels()
        self._codes = {name: recorder.codes_of([self.levels[g] for g in which])
                       for name, which in self._kept.items()}  # fmt: skip
        self._known = False

    def _kept_levels(self) -> dict[str, IntArray]:
        """Return by measure the groups that it is kept by."""
        found = {}
        for measure, row in crossings().iterrows():
            wanted = [g for g, (dimension, _) in enumerate(self.levels) if row[dimension] == "yes"]
            found[str(measure)] = np.array(wanted, np.int64)
        return found

    # ------------------------------------------------------------------------------------ the month
    def open_month(self, month: int) -> None:
        """Add up the utilities of those registered: of all when all were scored anew, else of those who were.

        Whose groups may have changed is counted anew, and nobody else: a pass over everybody costs more than
        all the rest.
        """
        if not self._known:
            self._known = True
            self._renew(np.flatnonzero(self.residents.registered))
        if month % MONTHS_A_FULL_PASS == 0:
            self._points[:], self._scored[:] = 0, 0
            self._to_score, self._rescored = np.flatnonzero(self._counted), self._rescored[:, :0]
        kernel.add_score(
            self._to_score, self.residents.column("status"), *self._rescored, self.words,
            self.utilities.score, self._scored, self._points,
        )  # fmt: skip

    def entered(self, rows: IntArray) -> None:
        """Find the groups of those who come."""
        kernel.write_words(rows, self.residents.columns, self.membership, self.words)

    def moved(self, rows: IntArray) -> None:
        """Remember whose codes were changed outside the life course."""
        self._moved.append(rows)

    def lived(
        self, entered: IntArray, rescored: IntArray, regrouped: IntArray, gone: IntArray, unlived: FloatArray
    ) -> None:
        """Record months lived and their quality by the groups of the month's start; then renew the groups."""
        people = self._room(PERSON_MONTHS)
        people += self._people * self.weight
        self.add(PERSON_MONTHS, entered, np.full(entered.size, self.weight))
        self.add(PERSON_MONTHS, gone, -self.weight * unlived)
        months = self._room(QALYS)
        a_year = self.weight / MONTHS_A_YEAR
        months += self._points * (a_year / POINTS_A_UNIT)
        self.add(QALYS, entered, self.utilities.of(entered) * a_year)
        self.add(QALYS, gone, -self.utilities.of(gone) * unlived * a_year)
        anew, score = np.concatenate([entered, regrouped, *self._moved]), self.utilities.score
        self._to_score, self._moved = anew, []
        kernel.take_off_score(anew, self.words, score, self._scored, self._points)
        self._rescored = np.empty((2, rescored.size), np.int64)
        number = kernel.remember_score(rescored, score, self._scored, *self._rescored)
        self._rescored = self._rescored[:, :number]
        self._renew(anew)
        self._room(AT_END)[:] = self._people * self.weight

    def _renew(self, rows: IntArray) -> None:
        """Find the groups of rows, and count them in those."""
        residents = self.residents
        kernel.renew_words(
            rows, residents.column("status"), residents.columns, self.membership, self.words, self._counted,
            self._people,
        )  # fmt: skip

    def _room(self, name: str) -> FloatArray:
        return self._totals.setdefault(name, np.zeros(len(self.levels)))

    # ------------------------------------------------------------------------------------ events
    def add(self, name: str, rows: IntArray, weights: FloatArray) -> None:
        """Add events of residents to a measure that is kept."""
        if name in self._kept:
            kernel.add_by_group(rows, weights, self.words, self._room(name))

    def sought(self, names: Sequence[str], times: npt.NDArray[np.uint8], weight: float) -> None:
        """Add contacts that residents sought, (rows, names)."""
        kept = [(name, times[:, kind]) for kind, name in enumerate(names) if name in self._kept]
        for first in range(0, len(kept), _KINDS):
            some = kept[first : first + _KINDS]
            counts = np.zeros((_KINDS, len(self.levels)), np.int64)
            nobody = np.broadcast_to(np.uint8(0), (_KINDS - len(some), len(times)))
            kernel.add_times(*(often for _, often in some), *nobody, self.words, int(times.max()), counts)
            for (name, _), by_group in zip(some, counts, strict=False):
                total = self._room(name)
                total += by_group * weight

    def close_month(self, month: int) -> None:
        """Hand over the month's totals."""
        for name, total in self._totals.items():
            self.recorder.in_levels(month, name, self._codes[name], total[self._kept[name]])
        self._totals = {}

    def tables(self) -> dict[str, pd.DataFrame]:
        """Return no table: what is counted here is in `measures`."""
        return {}


__all__ = ["DIMENSIONS", "Groups", "Listener", "crossings", "levels_of", "plus_groups"]
