"""What a run recorded of each dimension, counted by period: one reading of its table gives all years.

A unit's months are held only while they are added up to years, but for all residents and for the few counts
of `monthly.csv`; whatever else is asked for by month is read again.
"""

from __future__ import annotations

import csv
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cache, cached_property, lru_cache
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt
import pandas as pd

from results.dense import Dense, FloatArray, Rows, dense, stacked
from results.measures.periods import MONTHS, days_in, month_labels, natural_key, period_names
from results.measures.registry import measure, measures
from results.runs import GROUPS
from sim.parameters.errors import InputError

if TYPE_CHECKING:
    from results.runs import Run

TABLE = "measures"
EVERYBODY = "all"
"""Dimension of one level, all residents."""
MONTHLY = Path(__file__).with_name("monthly.csv")
IntArray = npt.NDArray[np.intp]
BoolArray = npt.NDArray[np.bool_]


@dataclass(frozen=True, kw_only=True)
class Counted:
    """Recorded measures of a dimension side by side; arrays are (measures, units, levels, periods)."""

    units: tuple[int, ...]
    """The run's replicates."""
    periods: tuple[str, ...]
    levels: tuple[str, ...]
    """In their natural order."""
    names: tuple[str, ...]
    """The recorded measures, and `days`: the days of a period's months in which anything is recorded."""
    sums: FloatArray
    """Sums over each period, NaN where nothing is recorded."""
    lasting: tuple[str, ...]
    """Those of which the registry wants the last value of a period."""
    lasts: FloatArray
    """The last recorded value within each period."""

    def held(self, name: str, *, last: bool = False) -> FloatArray | None:
        """Return a measure, (units, levels, periods), or None where it is not recorded."""
        names = self.lasting if last else self.names
        return (self.lasts if last else self.sums)[names.index(name)] if name in names else None

    @cached_property
    def rows(self) -> pd.MultiIndex:
        """Period and level of one replicate's rows, the same for each, in the order of time and level."""
        return rows_of(self.periods, self.levels)

    @cached_property
    def summed(self) -> pd.DataFrame:
        """The sums as a frame with the index replicate, period, level and a column a measure."""
        names = [pd.Index(self.units), pd.Index(self.periods, dtype=str), pd.Index(self.levels, dtype=str)]
        index = pd.MultiIndex.from_product(names, names=["replicate", "period", "level"])
        table = self.sums.swapaxes(2, 3).reshape(len(self.names), len(index)).T
        return pd.DataFrame(table, index=index, columns=list(self.names))


def rows_of(periods: Sequence[str], levels: Sequence[str]) -> pd.MultiIndex:
    """Return the rows of every period and level, in the order of time and level."""
    names = [pd.Index(periods, dtype=str), pd.Index(levels, dtype=str)]
    return pd.MultiIndex.from_product(names, names=["period", "level"])


@dataclass(frozen=True, kw_only=True)
class _Held:
    """The recorded measures of a run."""

    years: Mapping[str, Counted]
    """Every dimension by year."""
    keys: pd.DataFrame
    """Dimension, level and measure of each row that is kept by month."""
    months: FloatArray
    """(units, rows, months): each month of those rows."""
    groups: pd.MultiIndex
    """Every dimension and level."""
    recorded: BoolArray
    """(units, groups, months): whether anything is recorded."""

    def levels(self, dimension: str) -> tuple[str, ...]:
        """Return the levels of a dimension in their natural order."""
        return tuple(sorted((str(level) for of, level in self.groups if of == dimension), key=natural_key))

    def days(self, dimension: str, firsts: IntArray, length: FloatArray) -> FloatArray:
        """Return days of the months of each stretch with anything recorded, (units, levels, stretches)."""
        places = [self.groups.get_loc((dimension, level)) for level in self.levels(dimension)]
        days = self.recorded[:, places] * length.astype(float)
        found: FloatArray = np.add.reduceat(days, firsts, axis=-1)
        return found


class _Order:
    """Where things are among the rows that are known so far."""

    def __init__(self, rows: Rows) -> None:
        self.keys = rows.keys
        names = pd.MultiIndex.from_frame(self.keys.reindex(columns=["dimension", "level"]))
        group, self.groups = names.factorize()
        self.sorted = np.argsort(group, kind="stable")
        self.starts = np.searchsorted(group[self.sorted], np.arange(len(self.groups)))
        measured, dimension = (self.keys.get(name, pd.Series(dtype=str)) for name in ("measure", "dimension"))
        self.at_end = np.flatnonzero(measured.isin(_at_end()))
        kept = dimension == EVERYBODY
        for name, counts in _by_month().items():
            kept |= (dimension == name) & measured.isin(counts)
        self.monthly = np.flatnonzero(kept)

    def recorded(self, grid: FloatArray) -> BoolArray:
        """Return whether anything is recorded of each group in each month."""
        if not len(self.starts):
            return np.zeros((0, grid.shape[-1]), np.bool_)
        found: BoolArray = np.logical_or.reduceat(~np.isnan(grid)[self.sorted], self.starts, axis=0)
        return found


@lru_cache(maxsize=64)
def _held(run: Run) -> _Held:
    """Read a run's measures, one unit after the other."""
    rows, order = Rows(month_labels(run)), None
    months = len(rows.calendar)
    firsts = np.arange(0, months, MONTHS)
    summed: list[FloatArray] = []
    last: list[FloatArray] = []
    kept: list[FloatArray] = []
    recorded: list[BoolArray] = []
    for part in run.parts(TABLE):
        grid = rows.grid(part)
        order = order if order is not None and len(order.keys) == rows.count else _Order(rows)
        summed.append(_sums(grid, firsts))
        last.append(_lasts(grid[order.at_end], firsts))
        kept.append(grid[order.monthly])
        recorded.append(order.recorded(grid))
    order = order or _Order(rows)
    whole = np.zeros((len(recorded), len(order.groups), months), np.bool_)
    for place, one in enumerate(recorded):
        whole[place, : len(one)] = one
    spent = _Held(
        years={}, keys=order.keys.iloc[order.monthly].reset_index(drop=True), groups=order.groups,
        months=stacked(kept, (len(order.monthly), months)), recorded=whole,
    )  # fmt: skip
    whole_years = stacked(summed, (rows.count, len(firsts)))
    ends = stacked(last, (len(order.at_end), len(firsts)))
    return replace(spent, years=_by_year(run, spent, order, (whole_years, ends)))


def _by_year(
    run: Run, held: _Held, order: _Order, found: tuple[FloatArray, FloatArray]
) -> dict[str, Counted]:
    """Return every dimension by year, from sums and last values of years (units, rows, years)."""
    lasting, made = order.keys.iloc[order.at_end], {}
    firsts = np.arange(0, held.recorded.shape[-1], MONTHS)
    for dimension in dict.fromkeys(str(of) for of, _ in held.groups):
        levels = held.levels(dimension)
        blocks = [
            _block(keys[mine], values[:, mine.to_numpy()], levels)
            for keys, values in zip((order.keys, lasting), found, strict=True)
            for mine in (keys["dimension"] == dimension,)
        ]
        days = held.days(dimension, firsts, days_in(month_labels(run)))
        made[dimension] = _counted(run, levels, "year", blocks[0], days, blocks[1])
    return made


@lru_cache(maxsize=64)
def dimensions_of(run: Run) -> tuple[str, ...]:
    """Return the dimensions that a run recorded."""
    return tuple(_held(run).years)


def levels_of(run: Run, dimension: str) -> tuple[str, ...]:
    """Return the levels of a dimension in their natural order; none where it was not recorded."""
    return _held(run).levels(dimension)


def counted(run: Run, dimension: str, by: str, needed: Collection[str] | None = None) -> Counted:
    """Return the recorded measures of a dimension by month, year, or over all years.

    Args:
        run: The run.
        dimension: A recorded dimension.
        by: month, year or all.
        needed: The counts that matter: without others, some months need not be read again.

    Raises:
        InputError: The run did not record the dimension, or `by` is none of these.
    """
    period_names(run, by)  # checks `by`
    known = dimensions_of(run)
    if dimension not in known:
        allowed = ", ".join(known)
        if dimension in GROUPS:
            allowed += f" (the run is older than measures by {dimension}; run the scenario again)"
        raise InputError(file=run.folder, key="dimension", found=dimension, allowed=allowed, names=known)
    if by == "year":
        return _held(run).years[dimension]
    some = needed is not None and set(needed) <= _by_month().get(dimension, frozenset())
    return _of_months(run, dimension, by, some or dimension == EVERYBODY)


@lru_cache(maxsize=128)
def _of_months(run: Run, dimension: str, by: str, kept: bool) -> Counted:
    """Return a dimension by month or over all years: what is `kept` of it, else all, read again."""
    held = _held(run)
    if kept:
        keys, values = held.keys, held.months
    else:
        again: Dense = dense(run, TABLE, month_labels(run), {"dimension": {dimension}})
        keys, values = again.keys, again.values
    mine = (keys["dimension"] == dimension).to_numpy()
    keys, values = keys[mine], values[:, mine]
    firsts = np.arange(0, values.shape[-1], 1 if by == "month" else max(values.shape[-1], 1))
    names, block = _block(keys, values, held.levels(dimension))
    at_end = [place for place, name in enumerate(names) if name in _at_end()]
    days = held.days(dimension, firsts, days_in(month_labels(run)))
    return _counted(
        run, held.levels(dimension), by, (names, _sums(block, firsts)), days,
        ([names[place] for place in at_end], _lasts(block[at_end], firsts)),
    )  # fmt: skip


Block = tuple[list[str], FloatArray]
"""Names of measures, and their values (measures, units, levels, periods)."""


def _block(keys: pd.DataFrame, values: FloatArray, levels: Sequence[str]) -> Block:
    """Return the rows (units, rows, periods) of one dimension by measure and level."""
    measured = sorted(keys["measure"].unique())
    place = pd.Index(measured).get_indexer(keys["measure"]), pd.Index(levels).get_indexer(keys["level"])
    block = np.full((len(measured), len(values), len(levels), values.shape[-1]), np.nan)
    block[place[0], :, place[1]] = values.swapaxes(0, 1)
    return measured, block


def _counted(
    run: Run, levels: tuple[str, ...], by: str, summed: Block, days: FloatArray, last: Block
) -> Counted:
    """Return blocks of one dimension with what their axes are."""
    return Counted(
        units=run.replicates,
        periods=tuple(dict.fromkeys(period_names(run, by).values())),
        levels=levels,
        names=(*summed[0], "days"),
        sums=np.concatenate([summed[1], days[None]]),
        lasting=tuple(last[0]),
        lasts=last[1],
    )


@cache
def _at_end() -> frozenset[str]:
    """Return the recorded measures of which the registry wants the last value of a period."""
    wanted = [one for one in measures().values() if one.kind in {"last", "last_ratio"}]
    return frozenset(name for one in wanted for name in (*one.numerator, one.denominator))


@cache
def _by_month() -> dict[str, frozenset[str]]:
    """Return the recorded measures that are kept by month, for each dimension of `monthly.csv`."""
    with MONTHLY.open(encoding="utf-8", newline="") as file:
        rows = [(row["dimension"], measure(row["measure"])) for row in csv.DictReader(file)]
    found: dict[str, frozenset[str]] = {}
    for dimension, of in rows:
        counts = {*of.numerator, of.denominator} - {""}
        found[dimension] = found.get(dimension, frozenset()) | counts
    return found


def _sums(block: FloatArray, firsts: IntArray) -> FloatArray:
    """Return sums over stretches of the last axis; NaN where nothing is recorded in a stretch."""
    if len(firsts) == block.shape[-1]:
        return block
    absent = np.isnan(block)
    summed = np.add.reduceat(np.where(absent, 0.0, block), firsts, axis=-1)
    summed[np.logical_and.reduceat(absent, firsts, axis=-1)] = np.nan
    return summed


def _lasts(block: FloatArray, firsts: IntArray) -> FloatArray:
    """Return the last recorded value of each stretch of the last axis."""
    ends = [*firsts[1:], block.shape[-1]]
    found = np.full((*block.shape[:-1], len(firsts)), np.nan)
    for place, (first, end) in enumerate(zip(firsts, ends, strict=True)):
        for month in range(first, end):
            value = block[..., month]
            found[..., place] = np.where(np.isnan(value), found[..., place], value)
    return found
