"""What a run recorded of each dimension, counted by period: one reading of its table gives all years."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache, lru_cache
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt
import pandas as pd

from results.dense import Dense, FloatArray, dense
from results.measures.periods import days_in, month_labels, natural_key, period_names
from results.measures.registry import measures
from results.runs import GROUPS
from sim.parameters.errors import InputError

if TYPE_CHECKING:
    from results.runs import Run

EVERYBODY = "all"
"""Dimension of one level, all residents."""


@dataclass(frozen=True, kw_only=True)
class Counted:
    """Recorded measures of a dimension side by side.

    Both frames have the index replicate, period, level: every level in every period of every replicate, in
    the order of replicate, time and level.
    """

    summed: pd.DataFrame
    """Sums over each period; `days` counts the days of its months in which anything is recorded."""
    rows: pd.MultiIndex
    """Period and level of one replicate's rows, the same for each."""
    last: pd.DataFrame
    """The last recorded value within each period, of measures of which the registry wants that."""


@lru_cache(maxsize=64)
def _years(run: Run) -> tuple[dict[str, Counted], dict[str, Counted]]:
    """Return every dimension by year, and all residents by month and over all years: of one reading."""
    whole = dense(run, "measures", month_labels(run))
    by_year = {name: _counted(run, whole, name, "year") for name in whole.known.get("dimension", ())}
    other = ("month", "all") if EVERYBODY in by_year else ()
    return by_year, {by: _counted(run, whole, EVERYBODY, by) for by in other}


def dimensions_of(run: Run) -> tuple[str, ...]:
    """Return the dimensions that a run recorded."""
    return tuple(_years(run)[0])


def levels_of(run: Run, dimension: str) -> tuple[str, ...]:
    """Return the levels of a dimension in their natural order; none where it was not recorded."""
    found = _years(run)[0].get(dimension)
    return () if found is None else tuple(found.summed.index.unique("level").astype(str))


@lru_cache(maxsize=64)
def counted(run: Run, dimension: str, by: str) -> Counted:
    """Return the recorded measures of a dimension by month, year, or over all years.

    Raises:
        InputError: The run did not record the dimension, or `by` is none of these.
    """
    period_names(run, by)  # checks `by`
    by_year, of_everybody = _years(run)
    if dimension not in by_year:
        known = list(by_year)
        allowed = ", ".join(known)
        if dimension in GROUPS:
            allowed += f" (the run is older than measures by {dimension}; run the scenario again)"
        raise InputError(file=run.folder, key="dimension", found=dimension, allowed=allowed, names=known)
    if by == "year":
        return by_year[dimension]
    if dimension == EVERYBODY:
        return of_everybody[by]
    part = dense(run, "measures", month_labels(run), {"dimension": {dimension}})
    return _counted(run, part, dimension, by)


def _counted(run: Run, whole: Dense, dimension: str, by: str) -> Counted:
    """Return one dimension of the recorded measures by period."""
    keys = whole.keys[whole.keys["dimension"] == dimension]
    levels, measured = sorted(keys["level"].unique(), key=natural_key), sorted(keys["measure"].unique())
    place = pd.Index(measured).get_indexer(keys["measure"]), pd.Index(levels).get_indexer(keys["level"])
    units, months = whole.values.shape[0], len(whole.months)
    block = np.full((len(measured), units, len(levels), months), np.nan)
    block[place[0], :, place[1]] = whole.values[:, keys.index].swapaxes(0, 1)
    names = period_names(run, by)
    periods = list(dict.fromkeys(names.values()))
    firsts = np.searchsorted([periods.index(name) for name in names.values()], np.arange(len(periods)))
    days = days_in(list(whole.months)) * ~np.isnan(block).all(axis=0)
    summed = np.stack([*_sums(block, firsts), np.add.reduceat(days, firsts, axis=-1)])
    names_of = [pd.Index(periods, dtype=str), pd.Index(levels, dtype=str)]
    index = pd.MultiIndex.from_product([run.replicates, *names_of], names=["replicate", "period", "level"])
    at_end = [number for number, name in enumerate(measured) if name in _at_end()]
    return Counted(
        rows=pd.MultiIndex.from_product(names_of, names=["period", "level"]),
        summed=_framed(summed, index, [*measured, "days"]),
        last=_framed(_lasts(block[at_end], firsts), index, [measured[number] for number in at_end]),
    )


@cache
def _at_end() -> frozenset[str]:
    """Return the recorded measures of which the registry wants the last value of a period."""
    wanted = [one for one in measures().values() if one.kind in {"last", "last_ratio"}]
    return frozenset(name for one in wanted for name in (*one.numerator, one.denominator))


def _sums(block: FloatArray, firsts: npt.NDArray[np.intp]) -> FloatArray:
    """Return sums over stretches of the last axis; NaN where nothing is recorded in a stretch."""
    if len(firsts) == block.shape[-1]:
        return block
    absent = np.isnan(block)
    summed = np.add.reduceat(np.where(absent, 0.0, block), firsts, axis=-1)
    summed[np.logical_and.reduceat(absent, firsts, axis=-1)] = np.nan
    return summed


def _lasts(block: FloatArray, firsts: npt.NDArray[np.intp]) -> FloatArray:
    """Return the last recorded value of each stretch of the last axis."""
    ends = [*firsts[1:], block.shape[-1]]
    found = np.full((*block.shape[:-1], len(firsts)), np.nan)
    for place, (first, end) in enumerate(zip(firsts, ends, strict=True)):
        for month in range(first, end):
            value = block[..., month]
            found[..., place] = np.where(np.isnan(value), found[..., place], value)
    return found


def _framed(block: FloatArray, index: pd.MultiIndex, names: list[str]) -> pd.DataFrame:
    """Return an array (measures, units, levels, periods) as a frame with a column a measure."""
    return pd.DataFrame(block.swapaxes(2, 3).reshape(len(names), len(index)).T, index=index, columns=names)
