"""A long table of a run as one array: units x keys x months.

Five years of a large area have 300,000 rows in each unit's `measures`, nearly all of it repeated names: a
study of 240 units as data frames takes gigabytes. The values alone of one unit take 4 MB as an array of rows
and months; `Rows` makes one unit's at a time, for who needs less of each, and `dense` all of them.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt
import pandas as pd

from results.parts import LAYOUT, VALUE
from results.runs import TEXT_COLUMNS

if TYPE_CHECKING:
    import pyarrow as pa

    from results.runs import Run

FloatArray = npt.NDArray[np.float64]
IntArray = npt.NDArray[np.int64]
IndexArray = npt.NDArray[np.int32]
ABSENT = -1
PERIOD = "period"


@dataclass(frozen=True, kw_only=True)
class Dense:
    """The values of a long table of all units."""

    keys: pd.DataFrame
    """Texts that name a row of every month (dimension, level, measure), in the order of first sight."""
    months: tuple[str, ...]
    """Labels of the months."""
    values: FloatArray
    """(units, keys, months); NaN where nothing is recorded."""
    known: Mapping[str, tuple[str, ...]]
    """For each column of `keys` every text that the table holds, kept or not."""


class _Words:
    """Numbers for the texts of one column, as units bring them."""

    def __init__(self, wanted: Collection[str] | None) -> None:
        self.wanted = wanted
        self.numbers: dict[str, int] = {}
        self.texts: list[str] = []

    def lookup(self, texts: list[str]) -> IntArray:
        """Return the number of each text; `ABSENT` for what is not wanted."""
        for text in texts:
            if text not in self.numbers:
                kept = self.wanted is None or text in self.wanted
                self.numbers[text] = len(self.texts) if kept else ABSENT
                self.texts += [text] if kept else []
        return np.array([self.numbers[text] for text in texts], dtype=np.int64)


class _Places:
    """Where in the array each combination of texts has its row."""

    def __init__(self, columns: int) -> None:
        self.bits = np.zeros(columns, dtype=np.int64)
        self.table = np.empty(0, dtype=np.int32)
        self.keys: list[tuple[int, ...]] = []

    def find(self, numbers: list[IntArray], indices: list[IndexArray], sizes: list[int]) -> IndexArray:
        """Return the place of each row, giving new combinations the next ones; `ABSENT` for unwanted ones.

        Args:
            numbers: For each column the number of each of its texts, `ABSENT` for unwanted ones.
            indices: For each column the text of each row, an index into its numbers.
            sizes: How many numbers each column has by now.
        """
        bits = np.array([max(int(size) - 1, 0).bit_length() for size in sizes])
        if not len(self.table) or (bits > self.bits).any():
            self.bits = np.maximum(self.bits, bits)
            self.table = np.full((1 << int(self.bits.sum())) + 1, ABSENT, dtype=np.int32)
            for place, key in enumerate(self.keys):
                self.table[int((np.array(key) << self._shifts()).sum())] = place
        flat = self._flat(numbers, indices)
        found = self.table[flat]
        unseen = np.flatnonzero(found == ABSENT)
        if len(unseen):
            unseen = unseen[flat[unseen] < len(self.table) - 1]
        if len(unseen):
            fresh, first = np.unique(flat[unseen], return_index=True)
            order = np.argsort(first)
            self.table[fresh[order]] = len(self.keys) + np.arange(len(fresh), dtype=np.int32)
            rows = unseen[first[order]]
            told = [number[index[rows]].tolist() for number, index in zip(numbers, indices, strict=True)]
            self.keys += zip(*told, strict=True)
            found[unseen] = self.table[flat[unseen]]
        return found

    def _shifts(self) -> IntArray:
        """Return by how many bits each column's number is shifted."""
        after: IntArray = np.cumsum(np.append(self.bits[1:], 0)[::-1])[::-1]
        return after

    def _flat(self, numbers: list[IntArray], indices: list[IndexArray]) -> IndexArray:
        """Return one number for each combination of wanted texts, the table's last place for others."""
        last = len(self.table) - 1
        flat: IndexArray | None = None
        for number, index, shift in zip(numbers, indices, self._shifts(), strict=True):
            shifted = np.where(number == ABSENT, last, number << shift).astype(np.int32)[index]
            flat = shifted if flat is None else np.add(flat, shifted, out=flat)
        assert flat is not None
        return np.minimum(flat, last, out=flat)


class Rows:
    """The rows of a long table that units share: what names each, in the order of first sight."""

    def __init__(self, months: Collection[str], wanted: Mapping[str, Collection[str]] | None = None) -> None:
        self.calendar = {month: place for place, month in enumerate(months)}
        self.wanted = wanted or {}
        self.words: dict[str, _Words] = {}
        self.places: _Places | None = None
        self._cells: tuple[bytes, _Cells] | None = None

    @property
    def count(self) -> int:
        """How many rows are known so far."""
        return len(self.places.keys) if self.places else 0

    @property
    def keys(self) -> pd.DataFrame:
        """Texts that name each row so far."""
        codes = np.array(self.places.keys if self.places else [], dtype=np.int64)
        codes = codes.reshape(self.count, len(self.words))
        frame = {
            text: np.array(one.texts, dtype=object)[codes[:, column]]
            for column, (text, one) in enumerate(self.words.items())
        }
        return pd.DataFrame(frame, dtype=str)

    @property
    def known(self) -> dict[str, tuple[str, ...]]:
        """For each column of `keys` every text that the table holds, kept or not."""
        return {text: tuple(one.numbers) for text, one in self.words.items()}

    def grid(self, part: pa.Table) -> FloatArray:
        """Return one unit's values, (rows so far, months); NaN where nothing is recorded."""
        if self.places is None:
            texts = [column for column in part.column_names if column in TEXT_COLUMNS and column != PERIOD]
            self.words = {text: _Words(self.wanted.get(text)) for text in texts}
            self.places = _Places(len(texts))
        if PERIOD not in part.column_names or not part.num_rows:  # nothing was recorded
            return np.full((self.count, len(self.calendar)), np.nan)
        layout = (part.schema.metadata or {}).get(LAYOUT, b"")
        if not layout or self._cells is None or self._cells[0] != layout:
            self._cells = (layout, self._laid_out(part, self.places))
        return self._cells[1].filled(part.column(VALUE).to_numpy(), (self.count, len(self.calendar)))

    def _laid_out(self, part: pa.Table, places: _Places) -> _Cells:
        """Return where each value of a unit goes."""
        periods, labels = _coded(part, PERIOD)
        months = np.array([self.calendar.get(label, ABSENT) for label in labels], dtype=np.int32)
        numbers, indices = [], []
        for text, known in self.words.items():
            index, texts = _coded(part, text)
            numbers.append(known.lookup(texts))
            indices.append(index)
        place = places.find(numbers, indices, [len(one.texts) for one in self.words.values()])
        taken = None
        if (months == ABSENT).any() or any((number == ABSENT).any() for number in numbers):
            taken = np.flatnonzero((place != ABSENT) & (months[periods] != ABSENT))
            place, periods = place[taken], periods[taken]
        cells = place * np.int32(len(self.calendar)) + months[periods]
        seen = np.zeros(self.count * len(self.calendar), np.bool_)
        seen[cells] = True
        return _Cells(taken=taken, cells=cells, several=int(np.count_nonzero(seen)) < len(cells))


@dataclass(frozen=True, kw_only=True)
class _Cells:
    """Where the values of a unit go."""

    taken: IntArray | None
    """Which values are wanted; None for all."""
    cells: IndexArray
    """The cell of each."""
    several: bool
    """Whether a cell has several values: their sum is taken."""

    def filled(self, value: FloatArray, shape: tuple[int, int]) -> FloatArray:
        """Return the values in an array of a shape."""
        value = value if self.taken is None else value[self.taken]
        if self.several:
            size = shape[0] * shape[1]
            found = np.bincount(self.cells, weights=value, minlength=size).astype(np.float64, copy=False)
            found[np.bincount(self.cells, minlength=size) == 0] = np.nan
        else:
            found = np.full(shape[0] * shape[1], np.nan)
            found[self.cells] = value
        return found.reshape(shape)


def dense(
    run: Run, name: str, months: Collection[str], wanted: Mapping[str, Collection[str]] | None = None
) -> Dense:
    """Read a long table of a run into one array.

    Args:
        run: The run.
        name: Name of the table; it has `period`, texts and `value`.
        months: The months to read, others are left out.
        wanted: For columns of which not every text is wanted, those that are.

    Returns:
        The values in the order of `run.replicates`. Where a unit has several rows of the same key and month,
        their sum.

    Raises:
        InputError: The table is unknown or cannot be read.
    """
    rows = Rows(months, wanted)
    units = [rows.grid(part) for part in run.parts(name)]
    values = stacked(units, (rows.count, len(rows.calendar)))
    return Dense(keys=rows.keys, months=tuple(rows.calendar), values=values, known=rows.known)


def stacked(units: list[FloatArray], shape: tuple[int, ...]) -> FloatArray:
    """Return units, of which earlier ones may have fewer rows, as one array (units, *shape); empty the list.

    Rows that a unit does not have are NaN.
    """
    values = np.full((len(units), *shape), np.nan)
    for place in range(len(units)):
        values[place, : len(units[place])] = units[place]
        units[place] = np.empty(0)  # all units twice would be too much
    return values


def _coded(part: pa.Table, name: str) -> tuple[IndexArray, list[str]]:
    """Return a text column as indices into its texts."""
    column = part.column(name).combine_chunks()
    if not hasattr(column, "indices"):
        column = column.dictionary_encode()
    return column.indices.to_numpy(zero_copy_only=False), column.dictionary.to_pylist()
