"""A long table of a run as one array: units x keys x months.

Five years of a large area have 300,000 rows in each unit's `measures`, nearly all of it repeated names: a
study of 240 units as data frames takes gigabytes. The values alone of one run's units, read one after the
other into an array, take 85 MB, and the years of them a sixth of that.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt
import pandas as pd

from results.runs import TEXT_COLUMNS

if TYPE_CHECKING:
    import pyarrow as pa

    from results.runs import Run

FloatArray = npt.NDArray[np.float64]
IntArray = npt.NDArray[np.int64]
ABSENT = -1
PERIOD, VALUE = "period", "value"


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
        self.sizes = np.zeros(columns, dtype=np.int64)
        self.table = np.empty(0, dtype=np.int64)
        self.keys: list[tuple[int, ...]] = []

    def find(self, codes: list[IntArray], sizes: list[int]) -> IntArray:
        """Return the place of each row of codes, giving new combinations the next ones."""
        if (self.sizes < sizes).any():
            self.sizes = np.array([1 << int(size).bit_length() for size in sizes])
            self.table = np.full(int(self.sizes.prod()), ABSENT, dtype=np.int64)
            if self.keys:
                self.table[self._flat(list(np.array(self.keys).T))] = np.arange(len(self.keys))
        flat = self._flat(codes)
        found = self.table[flat]
        unseen = np.flatnonzero(found == ABSENT)
        if len(unseen):
            fresh, first = np.unique(flat[unseen], return_index=True)
            order = np.argsort(first)
            self.table[fresh[order]] = len(self.keys) + np.arange(len(fresh))
            rows = unseen[first[order]]
            self.keys += zip(*(code[rows].tolist() for code in codes), strict=True)
            found[unseen] = self.table[flat[unseen]]
        return found

    def _flat(self, codes: list[IntArray]) -> IntArray:
        """Return one number for each combination."""
        flat = codes[0].copy()
        for code, size in zip(codes[1:], self.sizes[1:], strict=True):
            flat *= size
            flat += code
        return flat


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
    wanted = wanted or {}
    calendar = {month: place for place, month in enumerate(months)}
    words: dict[str, _Words] = {}
    places: _Places | None = None
    units: list[FloatArray] = []
    for part in run.parts(name):
        texts = [column for column in part.column_names if column in TEXT_COLUMNS and column != PERIOD]
        if places is None:
            words, places = {text: _Words(wanted.get(text)) for text in texts}, _Places(len(texts))
        units.append(_unit(part, words, places, calendar))
    rows = places.keys if places else []
    keys = np.array(rows, dtype=np.int64).reshape(len(rows), len(words))
    values = np.full((len(units), len(keys), len(calendar)), np.nan)
    for place in range(len(units)):
        values[place, : len(units[place])] = units[place]
        units[place] = np.empty((0, 0))  # all units twice would be too much
    frame = {
        text: np.array(one.texts, dtype=object)[keys[:, column]]
        for column, (text, one) in enumerate(words.items())
    }
    return Dense(
        keys=pd.DataFrame(frame, dtype=str), months=tuple(calendar), values=values,
        known={text: tuple(one.numbers) for text, one in words.items()},
    )  # fmt: skip


def _unit(
    part: pa.Table, words: Mapping[str, _Words], places: _Places, calendar: Mapping[str, int]
) -> FloatArray:
    """Return one unit's values, (keys so far, months)."""
    if PERIOD not in part.column_names:  # nothing was recorded, not even columns
        return np.full((len(places.keys), len(calendar)), np.nan)
    periods, labels = _coded(part, PERIOD)
    month = np.array([calendar.get(label, ABSENT) for label in labels], dtype=np.int64)[periods]
    codes = []
    for text, known in words.items():
        indices, texts = _coded(part, text)
        codes.append(known.lookup(texts)[indices])
    kept = month != ABSENT
    for code, known in zip(codes, words.values(), strict=True):
        if known.wanted is not None:
            kept &= code != ABSENT
    value = part.column(VALUE).to_numpy()
    if not kept.all():
        codes, month, value = [code[kept] for code in codes], month[kept], value[kept]
    place = places.find(codes, [len(one.texts) for one in words.values()])
    cells = place * len(calendar) + month
    size = len(places.keys) * len(calendar)
    found: FloatArray = np.bincount(cells, weights=value, minlength=size).astype(np.float64, copy=False)
    found[np.bincount(cells, minlength=size) == 0] = np.nan
    return found.reshape(len(places.keys), len(calendar))


def _coded(part: pa.Table, name: str) -> tuple[npt.NDArray[np.integer], list[str]]:
    """Return a text column as indices into its texts."""
    column = part.column(name).combine_chunks()
    if not hasattr(column, "indices"):
        column = column.dictionary_encode()
    return column.indices.to_numpy(zero_copy_only=False), column.dictionary.to_pylist()
