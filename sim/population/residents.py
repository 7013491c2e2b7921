"""The residents: one array per attribute behind a face like Mesa's AgentSet, and a view of one of them.

Residents are agents held in arrays because one Python object each would cost a hundred times the time and
ten times the memory (DESIGN section 3). Codes are bytes in one row-major table, so that a resident's row is
one cache line; every attribute is a strided view of it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from sim.kernels.life_course import NEVER
from sim.population.strata import MONTHS_A_YEAR

ABSENT, REGISTERED, DEAD, LEFT = 0, 1, 2, 3
STATUSES = ("absent", "registered", "dead", "left")
NOT_REACHED = np.int16(32767)
NO_CLOCKS = -1
_WIDE = ("person", "birth_month", "cell", "stratum", "soonest")


@dataclass(frozen=True, kw_only=True)
class Attribute:
    """One coded attribute: name, labels of codes (none for plain numbers), meaning, whether a condition."""

    name: str
    labels: tuple[str, ...] = ()
    description: str = ""
    condition: bool = False


class Residents:
    """All residents who were ever registered, one row each; rows and identities are never used twice.

    Args:
        attributes: The coded attributes, in the order of their columns.
        capacity: Rows to allocate: the start population and all scheduled entrants.
        n_clocks: Transitions of the life course.
        n_programmes: Programmes of the scenario.
        horizon: Months of the run; clocks of short runs take one byte.
    """

    def __init__(
        self,
        attributes: Sequence[Attribute],
        capacity: int,
        n_clocks: int,
        n_programmes: int,
        horizon: int = 0,
    ) -> None:
        self.attributes = {attribute.name: attribute for attribute in attributes}
        self.column_of = {attribute.name: k for k, attribute in enumerate(attributes)}
        self.condition_names = tuple(attribute.name for attribute in attributes if attribute.condition)
        self.size = 0
        self.month = 0
        self.columns = np.zeros((capacity, len(attributes)), np.uint8)
        self.person = np.zeros(capacity, np.uint32)
        self.birth_month = np.zeros(capacity, np.int16)
        self.cell = np.zeros(capacity, np.uint16)
        self.stratum = np.zeros(capacity, np.uint16)
        small = np.int8 if horizon <= np.iinfo(np.int8).max else np.int16
        self.clock = np.empty((capacity, n_clocks), small)  # of those registered; the rest takes no memory
        self.clock_row = np.full(capacity, NO_CLOCKS, np.int32)
        self._clocks_taken = 0
        self._clocks_free = np.zeros(0, np.int32)
        self.soonest = np.full(capacity, NEVER, np.int16)
        self.reached = np.full((capacity, max(1, n_programmes)), NOT_REACHED, np.int16)

    # -- rows -----------------------------------------------------------------------------------------
    def add(
        self, person: npt.NDArray[np.uint32], birth_month: npt.NDArray[np.int16], codes: Mapping[str, Any]
    ) -> npt.NDArray[np.int64]:
        """Append residents, registered from now on, and return their rows.

        Raises:
            ValueError: When an unknown attribute is given or the table is full.
        """
        rows = np.arange(self.size, self.size + person.size)
        if rows.size and rows[-1] >= self.person.size:
            raise ValueError(f"{rows[-1] + 1} residents exceed the {self.person.size} rows allocated")
        unknown = set(codes) - set(self.column_of)
        if unknown:
            raise ValueError(f"unknown attributes {sorted(unknown)}")
        there = slice(self.size, self.size + person.size)
        self.person[there] = person
        self.birth_month[there] = birth_month
        for name, values in codes.items():
            self.columns[there, self.column_of[name]] = values
        self.columns[there, self.column_of["status"]] = REGISTERED
        self.size += person.size
        return rows

    def take_clocks(self, rows: npt.NDArray[np.int64]) -> None:
        """Give each of these residents a row of `clock`, those of people who died or left first.

        Which one it is decides nothing. So memory is touched for as many as are registered at once, not for
        all who ever were: a third less in ten years.
        """
        new = rows[self.clock_row[rows] == NO_CLOCKS]
        again, self._clocks_free = self._clocks_free[: new.size], self._clocks_free[new.size :]
        first, self._clocks_taken = self._clocks_taken, self._clocks_taken + new.size - again.size
        fresh = np.arange(first, self._clocks_taken, dtype=np.int32)
        self.clock_row[new] = np.concatenate([again, fresh])

    def free_clocks(self, rows: npt.NDArray[np.int64]) -> None:
        """Take back the clocks of residents who will not be registered again."""
        self._clocks_free = np.concatenate([self._clocks_free, self.clock_row[rows]])
        self.clock_row[rows] = NO_CLOCKS

    def column(self, name: str) -> npt.NDArray[np.uint8]:
        """Return the codes of one attribute of every row in use: a view, not a copy."""
        return self.columns[: self.size, self.column_of[name]]

    @property
    def registered(self) -> npt.NDArray[np.bool_]:
        """Which rows are registered now."""
        here: npt.NDArray[np.bool_] = self.column("status") == REGISTERED
        return here

    @property
    def age_years(self) -> npt.NDArray[np.int64]:
        """Age in completed years at the start of the current month, also of those who died or left."""
        return (self.month - self.birth_month[: self.size].astype(np.int64)) // MONTHS_A_YEAR

    def age_of(self, rows: npt.NDArray[np.int64]) -> npt.NDArray[np.int64]:
        """Age in completed years of some rows, as `age_years` without a pass over everybody."""
        return (self.month - self.birth_month[rows].astype(np.int64)) // MONTHS_A_YEAR

    # -- the verbs of an AgentSet -----------------------------------------------------------------------
    def __len__(self) -> int:
        """Return the number of residents registered now."""
        return int(self.registered.sum())

    def __iter__(self) -> Iterator[Resident]:
        """Iterate over those registered now."""
        return (Resident(self, int(row)) for row in np.flatnonzero(self.registered))

    def __getitem__(self, row: int) -> Resident:
        """Return one resident by row."""
        if not -self.size <= row < self.size:
            raise IndexError(f"row {row} of {self.size}")
        return Resident(self, row % self.size)

    def all(self) -> Selection:
        """Return everyone registered now."""
        return Selection(self, np.flatnonzero(self.registered))

    def select(self, filter_func: Callable[[Residents], Any] | None = None, **codes: Any) -> Selection:
        """Return the registered residents for whom all of these hold.

        Args:
            filter_func: Given the residents, returns a mask over rows.
            **codes: Attribute = code, label, or a list of either.
        """
        return self.all().select(filter_func, **codes)

    def get(self, name: str) -> npt.NDArray[Any]:
        """Return one attribute of everyone registered now."""
        return self.all().get(name)

    def groupby(self, name: str) -> dict[str, Selection]:
        """Return those registered now by label of one attribute."""
        return self.all().groupby(name)

    def agg(self, name: str, function: Callable[[npt.NDArray[Any]], Any]) -> Any:
        """Return `function` of one attribute of everyone registered now."""
        return function(self.get(name))

    def to_frame(self, names: Sequence[str] | None = None) -> pd.DataFrame:
        """Return those registered now as a table, codes replaced by labels."""
        return self.all().to_frame(names)


class Selection:
    """Some residents, by row, with the verbs of an AgentSet."""

    def __init__(self, residents: Residents, rows: npt.NDArray[np.int64]) -> None:
        self.residents = residents
        self.rows = rows

    def __len__(self) -> int:
        """Return how many."""
        return int(self.rows.size)

    def __iter__(self) -> Iterator[Resident]:
        """Iterate over views of them."""
        return (Resident(self.residents, int(row)) for row in self.rows)

    def codes(self, name: str, wanted: Any) -> list[int]:
        """Return the codes that labels or codes stand for.

        Raises:
            KeyError: When the attribute has no such label.
        """
        labels = self.residents.attributes[name].labels
        values = wanted if isinstance(wanted, list | tuple | set) else [wanted]
        return [labels.index(value) if isinstance(value, str) else int(value) for value in values]

    def select(self, filter_func: Callable[[Residents], Any] | None = None, **codes: Any) -> Selection:
        """Return those among them for whom the filter and all codes hold."""
        rows = self.rows
        if filter_func is not None:
            rows = rows[np.asarray(filter_func(self.residents))[rows]]
        for name, wanted in codes.items():
            rows = rows[np.isin(self.residents.column(name)[rows], self.codes(name, wanted))]
        return Selection(self.residents, rows)

    def get(self, name: str) -> npt.NDArray[Any]:
        """Return an attribute: codes, or one of `age_years`, `person`, `birth_month`, `cell`, `stratum`."""
        if name == "age_years":
            return self.residents.age_years[self.rows]
        if name in _WIDE:
            wide: npt.NDArray[Any] = getattr(self.residents, name)
            return wide[self.rows]
        return self.residents.column(name)[self.rows]

    def set(self, name: str, value: Any) -> Selection:
        """Set an attribute of all of them; returns the selection."""
        self.residents.columns[self.rows, self.residents.column_of[name]] = value
        return self

    def do(self, function: Callable[[Resident], Any]) -> Selection:
        """Call `function` with a view of each; returns the selection."""
        for resident in self:
            function(resident)
        return self

    def agg(self, name: str, function: Callable[[npt.NDArray[Any]], Any]) -> Any:
        """Return `function` of one attribute."""
        return function(self.get(name))

    def groupby(self, name: str) -> dict[str, Selection]:
        """Return a selection per label (or code, where an attribute has no labels)."""
        values = self.get(name)
        labels = self.residents.attributes[name].labels if name in self.residents.attributes else ()
        return {
            labels[code] if labels else str(code): Selection(self.residents, self.rows[values == code])
            for code in np.unique(values)
        }

    def to_frame(self, names: Sequence[str] | None = None) -> pd.DataFrame:
        """Return a table with one row each, codes replaced by labels where there are labels."""
        chosen = list(names) if names is not None else ["person", "age_years", *self.residents.column_of]
        table = {}
        for name in chosen:
            labels = self.residents.attributes[name].labels if name in self.residents.attributes else ()
            values = self.get(name)
            table[name] = np.array(labels)[values] if labels else values
        return pd.DataFrame(table)


class Resident:
    """A view of one resident: attributes by name, with labels."""

    __slots__ = ("residents", "row")

    def __init__(self, residents: Residents, row: int) -> None:
        self.residents = residents
        self.row = row

    def __getattr__(self, name: str) -> Any:
        """Return the label (or number) of one attribute."""
        residents = self.residents
        if name not in residents.column_of:
            raise AttributeError(f"a resident has no attribute {name!r}")
        code = int(residents.columns[self.row, residents.column_of[name]])
        labels = residents.attributes[name].labels
        return labels[code] if labels else code

    @property
    def unique_id(self) -> int:
        """The identity that keys every draw."""
        return int(self.residents.person[self.row])

    @property
    def age_years(self) -> int:
        """Age in completed years at the start of the current month."""
        return int(self.residents.age_years[self.row])

    @property
    def next_clock_month(self) -> int:
        """The next month in which one of the resident's candidate clocks comes up."""
        return int(self.residents.soonest[self.row])

    def __repr__(self) -> str:
        """Say who it is."""
        return f"<Resident {self.unique_id}: {self.sex}, {self.age_years}, {self.status}>"
