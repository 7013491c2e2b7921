"""Measures of one run as tidy series: by year or month, by any recorded stratum, for each replicate."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from results.dense import FloatArray
from results.measures.counted import Counted, counted, dimensions_of, rows_of
from results.measures.life_table import abridged_life_table
from results.measures.periods import ALL_YEARS, MONTHS, days_in, month_labels, natural_key, year_labels
from results.measures.registry import Measure, measure
from results.measures.sullivan import healthy_life_table
from sim.parameters.errors import InputError

if TYPE_CHECKING:
    from results.runs import Run

COLUMNS = ["replicate", "period", "level", "value"]
AXES = ("replicate", "council", "sex", "quintile", "age_from")
"""Of the mortality table."""
RATIOS, LAST_KINDS = ("ratio", "last_ratio"), ("last", "last_ratio")
_AMOUNTS = ("person_years", "deaths", "quality_years", "disability_free_years")
BY_CAUSE = "deaths_"
"""How the columns of the mortality table begin that count deaths of one cause."""
CORE20 = "core20"
"""Dimension of two levels, itself and the rest: the fifth of England that is most deprived, and others."""
REST = "rest"
MOST_DEPRIVED = "1"
GROUP, OTHERS = "group", "others"
LIFE_DIMENSIONS = {
    "all": (None, "all"),
    "sex": (None, "sex"),
    "quintile": (None, "quintile"),
    "quintile_male": ("male", "quintile"),
    "quintile_female": ("female", "quintile"),
    "core20": (None, "core20"),
    "council": (None, "council"),
    "council_male": ("male", "council"),
    "council_female": ("female", "council"),
}


def values(run: Run, name: str, dimension: str = "all", by: str = "year") -> pd.DataFrame:
    """Return one measure of one run.

    Args:
        run: The run.
        name: Name of a measure in the registry.
        dimension: A recorded dimension (all, age_band, sex, quintile, council, neighbourhood, site); life
            expectancies also know quintile_male, quintile_female, council_male and council_female.
        by: month, year, or all (the run as one period: totals become averages a year).

    Returns:
        Columns replicate, period, level, value; in order of replicate, time and level. Empty where the
        measure's counts are not recorded for the dimension.

    Raises:
        InputError: Measure, dimension or period is unknown.
    """
    found = measure(name)
    if found.is_expectancy:
        return expectancy(run, found, dimension)[COLUMNS]
    if found.is_read_apart:
        return _read_apart(run, found, dimension, by)
    wide = unit_values(run, name, dimension, by)
    return tidy_values(wide, run.replicates)


def tidy_values(wide: pd.DataFrame, units: tuple[int, ...]) -> pd.DataFrame:
    """Return rows (period, level) with a column for each replicate one below the other; NaN is left out."""
    values = wide.to_numpy(dtype=float).T.ravel()
    rows = wide.index.to_frame(index=False).iloc[np.tile(np.arange(len(wide)), len(units))]
    tidy = rows.reset_index(drop=True).assign(value=values)
    tidy.insert(0, "replicate", np.repeat(np.array(units, dtype=int), len(wide)))
    return tidy[~np.isnan(values)].reset_index(drop=True)


def unit_values(run: Run, name: str, dimension: str = "all", by: str = "year") -> pd.DataFrame:
    """Return one measure as `values` does, the replicates side by side.

    Returns:
        Index period, level, in the order of time and level; a column for each replicate, NaN where it has no
        value. Rows that no replicate has are left out.
    """
    found = measure(name)
    if found.is_expectancy:
        return side_by_side(expectancy(run, found, dimension)[COLUMNS], run.replicates)
    if found.is_read_apart:
        return side_by_side(_read_apart(run, found, dimension, by), run.replicates)
    held = counted(run, dimension, by, needed(found))
    block = _derived(found, held)
    if block is None:
        return _nothing(run)
    if by == "all" and found.kind == "sum":
        block = block * (MONTHS / len(month_labels(run)))
    return _framed(block, held.rows, run)


def _nothing(run: Run) -> pd.DataFrame:
    """Return what is given of a measure that is not recorded."""
    index = pd.MultiIndex.from_arrays([[], []], names=["period", "level"])
    return pd.DataFrame(index=index, columns=list(run.replicates), dtype=float)


def _framed(block: FloatArray, rows: pd.MultiIndex, run: Run) -> pd.DataFrame:
    """Return values (units, levels, periods) with a column a unit, but for rows that no unit has."""
    table = block.transpose(2, 1, 0).reshape(-1, len(block))
    kept = ~np.isnan(table).all(axis=1)
    if not kept.all():
        table, rows = table[kept], rows[kept]
    return pd.DataFrame(table, index=rows, columns=list(run.replicates))


def _read_apart(run: Run, found: Measure, dimension: str, by: str) -> pd.DataFrame:
    """Return a measure that is not of the counts of `measures`; columns as in `values`."""
    if found.is_daily:
        from results.measures.daily import daily  # which needs this module's periods

        return daily(run, found, dimension, by)
    from results.economics.registered import registered  # which needs this module's counts

    return registered(run, found, dimension, by)


def needed(found: Measure) -> frozenset[str]:
    """Return the recorded measures that a measure is made of."""
    return frozenset(filter(None, (*found.numerator, found.denominator)))


def side_by_side(tidy: pd.DataFrame, units: tuple[int, ...]) -> pd.DataFrame:
    """Put the units of columns replicate, period, level, value side by side, keeping the rows' order."""
    if tuple(tidy["replicate"].unique()) != units:
        tidy = tidy[tidy["replicate"].isin(units)]
    count = len(units)
    if tidy.empty:
        index = pd.MultiIndex.from_arrays([[], []], names=["period", "level"])
        return pd.DataFrame(index=index, columns=list(units), dtype=float)
    first = tidy.iloc[: len(tidy) // count]
    index = pd.MultiIndex.from_arrays([first["period"], first["level"]])
    whole = len(first) * count == len(tidy)
    # Units nearly always hold the same rows in the same order: a reshape is then all it takes.
    if whole and all(
        (tidy[k].to_numpy().reshape(count, -1) == first[k].to_numpy()).all() for k in index.names
    ):
        return pd.DataFrame(tidy["value"].to_numpy().reshape(count, -1).T, index, list(units))
    order = pd.MultiIndex.from_frame(tidy[["period", "level"]]).unique()
    wide = tidy.pivot_table(index=["period", "level"], columns="replicate", values="value", observed=True)
    return wide.reindex(index=order, columns=list(units))


def recorded(run: Run, counts: str, dimension: str = "all", by: str = "year") -> pd.DataFrame:
    """Return recorded counts, added and taken off: 'day_cases-day_cases_independent'.

    Returns:
        Columns as in `values`, sums over each period. Empty where a count that is added is not recorded for
        the dimension; one that is taken off and not recorded is nought.
    """
    plus, *minus = counts.split("-")
    nothing = pd.DataFrame(columns=COLUMNS).astype({"replicate": int})
    if dimension not in dimensions_of(run):
        return nothing
    held = counted(run, dimension, by, {*plus.split("+"), *minus})
    parts = [held.held(name) for name in plus.split("+")]
    if any(part is None for part in parts):
        return nothing
    value = added([part for part in parts if part is not None])
    for name in minus:
        less = held.held(name)
        value = value if less is None else value - np.nan_to_num(less)
    return tidy_values(_framed(value, held.rows, run), run.replicates)


def added(parts: Sequence[FloatArray]) -> FloatArray:
    """Return the sum of arrays; NaN is nought beside a number."""
    if len(parts) == 1:
        return parts[0]
    absent = np.logical_and.reduce([np.isnan(part) for part in parts])
    return np.where(absent, np.nan, np.sum([np.nan_to_num(part) for part in parts], axis=0))


def _derived(found: Measure, held: Counted) -> FloatArray | None:
    """Compute a measure from recorded counts, (units, levels, periods); None where one is not recorded."""
    last = found.kind in LAST_KINDS
    parts = [held.held(name, last=last) for name in found.numerator]
    below = held.held(found.denominator, last=last) if found.denominator else None
    days = held.held("days")
    if any(part is None for part in parts) or (found.denominator and below is None):
        return None
    return derive(found, [part for part in parts if part is not None], below, days)


def derive(
    found: Measure, parts: Sequence[FloatArray], below: FloatArray | None, days: FloatArray | None
) -> FloatArray:
    """Compute a measure from arrays of the same shape: those that are added, what divides, and days."""
    value = added(parts)
    with np.errstate(divide="ignore", invalid="ignore"):
        if below is not None and found.kind in RATIOS:
            value = value / np.where(below > 0, below, np.nan)
        elif days is not None and found.kind == "daily_mean":
            value = value / days
    return value * found.multiplier


def mortality(run: Run) -> pd.DataFrame:
    """Return the mortality table pooled over years.

    Returns:
        Index (replicate, council, sex, quintile, core20, age_from); columns person_years, deaths and, where a
        run recorded them, quality_years, disability_free_years and `deaths_<cause>`.
    """
    held = lived(run)
    axes = [*held.axes.values()]
    core = np.where(np.array(axes[3]) == MOST_DEPRIVED, CORE20, REST)
    index = pd.MultiIndex.from_product(axes, names=list(held.axes))
    table = pd.DataFrame({name: held.amounts[name].ravel() for name in held.amounts}, index=index)
    table = table.assign(core20=core[index.codes[3]]).set_index(CORE20, append=True)
    order = ["replicate", "council", "sex", "quintile", CORE20, "age_from"]
    return table[held.recorded.ravel()].reorder_levels(order).sort_index()


@dataclass(frozen=True, kw_only=True)
class Lived:
    """The mortality table pooled over years: arrays (replicates, councils, sexes, fifths, ages)."""

    axes: Mapping[str, tuple[Any, ...]]
    """What each axis is, by name, in order: replicate, council, sex, quintile, age_from."""
    amounts: Mapping[str, FloatArray]
    """person_years, deaths and what else was recorded; nought where nothing is."""
    recorded: npt.NDArray[np.bool_]
    """Where the table has a row."""
    by_council: bool
    """Whether the table tells councils apart."""

    def pooled(self, name: str, sex: str | None, level: str) -> tuple[tuple[str, ...], FloatArray]:
        """Return an amount of one sex or both by level of a dimension: (replicates, levels, ages)."""
        amount = self.amounts[name]
        if sex is not None:
            at = [place for place, one in enumerate(self.axes["sex"]) if one == sex]
            amount = amount[:, :, at]
        names = list(self.axes)
        if level == "all":
            return ("all",), amount.sum(axis=(1, 2, 3))[:, None]
        if level == CORE20:
            poor = np.array(self.axes["quintile"]) == MOST_DEPRIVED
            fifths = amount.sum(axis=(1, 2))
            return (CORE20, REST), np.stack([fifths[:, poor].sum(axis=1), fifths[:, ~poor].sum(axis=1)], 1)
        place = names.index(level)
        kept = amount.sum(axis=tuple(one for one in (1, 2, 3) if one != place))
        levels = [one for one in self.axes[level] if sex is None or level != "sex" or one == sex]
        return tuple(str(one) for one in levels), kept


@lru_cache(maxsize=64)
def lived(run: Run) -> Lived:
    """Return the mortality table of a run as arrays."""
    table = run.read("mortality")
    sex = table["sex"].astype(str).replace({"0": "male", "1": "female"})
    named = {"replicate": table["replicate"], "sex": sex, "age_from": table["age_from"]}
    for name in ("council", "quintile"):
        known = name in table.columns
        named[name] = table[name].astype(str) if known else pd.Series("all", index=table.index)
    columns = [named[name] for name in AXES]
    codes, axes = zip(*(pd.factorize(column, sort=True) for column in columns), strict=True)
    shape = tuple(len(axis) for axis in axes)
    flat = np.ravel_multi_index(codes, shape)
    names = [name for name in table.columns if name in _AMOUNTS or str(name).startswith(BY_CAUSE)]
    size = int(np.prod(shape))
    sums = {str(n): np.bincount(flat, table[n].to_numpy(float), size).reshape(shape) for n in names}
    axis = dict(zip(AXES, map(tuple, axes), strict=True))
    return Lived(
        axes=axis, amounts=sums, by_council="council" in table.columns,
        recorded=(np.bincount(flat, minlength=size) > 0).reshape(shape),
    )  # fmt: skip


def expectancy(run: Run, found: Measure, dimension: str) -> pd.DataFrame:
    """Return years expected at an age for each replicate and level of the dimension.

    Returns:
        Columns replicate, period, level, value and variance (Chiang's, with Sullivan's for the share of years
        that counts; for one replicate, over residents). Empty where a run did not record what it takes.
    """
    if dimension not in LIFE_DIMENSIONS:
        allowed = ", ".join(LIFE_DIMENSIONS)
        names = LIFE_DIMENSIONS
        raise InputError(file=run.folder, key="dimension", found=dimension, allowed=allowed, names=names)
    sex, level = LIFE_DIMENSIONS[dimension]
    held = lived(run)
    column, age = ("person_years", *found.numerator)[-2:]
    if column not in held.amounts or (level == "council" and not held.by_council):
        return pd.DataFrame(columns=[*COLUMNS, "variance"]).astype({"replicate": int})
    levels, years = held.pooled("person_years", sex, level)
    died, healthy = (held.pooled(name, sex, level)[1] for name in ("deaths", column))
    table = abridged_life_table(np.array(held.axes["age_from"]), years, died)
    if found.kind == "sullivan":
        people = years / len(year_labels(run))
        table = healthy_life_table(table, healthy / np.where(years > 0, years, np.nan), people)
    order = [levels.index(one) for one in sorted(levels, key=natural_key)]
    units = held.axes["replicate"]
    frame = pd.DataFrame(
        {
            "replicate": np.repeat(np.array(units, dtype=int), len(levels)), "period": ALL_YEARS,
            "level": [levels[place] for place in order] * len(units),
            "value": table.at(int(age))[:, order].ravel(),
            "variance": table.variance[..., np.flatnonzero(table.age_from == int(age))[0]][:, order].ravel(),
        }
    )  # fmt: skip
    return frame.dropna(subset=["value"]).reset_index(drop=True)


def against_others(run: Run, name: str, dimension: str, level: str, by: str = "year") -> pd.DataFrame:
    """Return a measure of one level of a recorded dimension and of everybody else among residents.

    Counts of others are those of all less the level's. Totals are not compared between groups of unlike size:
    only a measure that is divided by its own people or events, or an expectancy of Core20, has rows.

    Returns:
        Index period, level ('group' and 'others'), a column for each replicate. Empty where it cannot be
        told.
    """
    found = measure(name)
    if found.is_expectancy:
        if (dimension, level) != ("quintile", MOST_DEPRIVED):
            return _nothing(run)
        whole = expectancy(run, found, CORE20)[COLUMNS]
        named = whole.assign(level=whole["level"].map({CORE20: GROUP, REST: OTHERS}))
        return side_by_side(named, run.replicates)
    if found.kind not in RATIOS:
        return _nothing(run)
    everybody, within = (counted(run, one, by, needed(found)) for one in ("all", dimension))
    place = within.levels.index(level) if level in within.levels else None
    last, names = found.kind in LAST_KINDS, (*found.numerator, found.denominator)
    both = []
    for one in names:
        whole_of, part_of = (of.held(one, last=last) for of in (everybody, within))
        if whole_of is None or part_of is None or place is None:
            return _nothing(run)
        own = part_of[:, [place]]
        both.append(np.concatenate([own, whole_of - own], axis=1))
    rows = rows_of(everybody.periods, (GROUP, OTHERS))
    return _framed(derive(found, both[:-1], both[-1], None), rows, run)


def weights(run: Run, name: str, dimension: str = "quintile", by: str = "year") -> pd.DataFrame:
    """Return person-years by level, to weigh a measure's levels; index and columns as of `unit_values`."""
    if measure(name).is_expectancy:
        sex, level = LIFE_DIMENSIONS[dimension]
        levels, years = lived(run).pooled("person_years", sex, level)
        rows = rows_of((ALL_YEARS,), levels)
        return pd.DataFrame(years.sum(axis=-1).T, index=rows, columns=list(run.replicates))
    held = counted(run, dimension, by, {"person_months"})
    months = held.held("person_months")
    return _nothing(run) if months is None else _framed(months / MONTHS, held.rows, run)


__all__ = [
    "ALL_YEARS", "COLUMNS", "LIFE_DIMENSIONS", "MONTHS", "days_in", "expectancy", "month_labels",
    "natural_key", "side_by_side", "unit_values", "values", "weights", "year_labels",
]  # fmt: skip
