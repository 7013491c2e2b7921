"""Measures of the daily record: what a winter's day needs, and the share of places in use at midnight.

A measure of kind `winter_day` is the number of places with which a stated share of them would be in use on
the day of the winter that only few days exceed:

    needed = quantile of (places that all who seek them fill) over the days of the winter / occupancy,

the quantile interpolated linearly. Winter, quantile and occupancy are in `winter.csv`. What is sought is what
the run's own queues hold: whoever has waited so long that something else was found for them is in that, and a
bed that is kept for want of support is sought by who keeps it. The need of P1 to P3 is theirs at the acute
beds' present delays, and the other way about.

One of kind `midnight_share` is places in use over places open, summed over the midnights of a period; places
without a limit are left out. `numerator` names kinds of places, each with those whose name it begins: `p1` is
`p1_spot` too.
"""

from __future__ import annotations

import csv
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cache, lru_cache
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt
import pandas as pd

from results.measures.registry import Measure
from results.measures.series import ALL_YEARS, COLUMNS, MONTHS, month_labels, year_labels
from results.parts import LAYOUT
from sim.parameters.errors import InputError

if TYPE_CHECKING:
    import pyarrow as pa

    from results.runs import Run

FloatArray = npt.NDArray[np.float64]
IntArray = npt.NDArray[np.int64]
SETTINGS = Path(__file__).with_name("winter.csv")
TABLE = "days"
MEASURES = ("occupied", "places", "offered")
SITE = "site"


@dataclass(frozen=True, kw_only=True)
class Winter:
    """Against which day places are planned."""

    occupancy: float
    """Share of places that are to be in use on that day."""
    day_percentile: float
    """Share of the winter's days that need no more."""
    months: frozenset[int]
    """Months of the winter, 1 to 12."""


@cache
def winter() -> Winter:
    """Return the settings of `winter.csv`; raises InputError for one without a source."""
    with SETTINGS.open(encoding="utf-8", newline="") as file:
        rows = {row["name"]: row for row in csv.DictReader(file)}
    for name, row in rows.items():
        if not row["source"]:
            raise InputError(file=SETTINGS, key=name, found="nothing", allowed="a source")
    first, last = (int(rows[name]["value"]) for name in ("first_month", "last_month"))
    length = (last - first) % MONTHS + 1
    return Winter(
        occupancy=float(rows["occupancy"]["value"]),
        day_percentile=float(rows["day_percentile"]["value"]),
        months=frozenset((first + k - 1) % MONTHS + 1 for k in range(length)),
    )


@dataclass(frozen=True, kw_only=True)
class Days:
    """The daily record of one replicate: a value for each measure, place and day."""

    dates: tuple[str, ...]
    places: tuple[tuple[str, str], ...]
    """Site and kind of each."""
    values: Mapping[str, FloatArray]
    """By measure: (places, days); nought where nothing is recorded, such as places without a limit."""

    def of(self, kinds: tuple[str, ...], site: str | None) -> IntArray:
        """Return the positions in `places` of kinds, of one site or of all."""
        named = [
            k for k, (where, kind) in enumerate(self.places) if site in (None, where) and _named(kind, kinds)
        ]
        return np.array(named, np.int64)


@dataclass(frozen=True, kw_only=True)
class _Layout:
    """What the rows of a table say, whatever their values."""

    dates: tuple[str, ...]
    places: tuple[tuple[str, str], ...]
    rows: Mapping[str, IntArray]
    """By measure: its rows."""
    cells: Mapping[str, IntArray]
    """Where each of them goes in an array (places, days)."""


def days_of(run: Run) -> Iterator[tuple[int, Days]]:
    """Yield each replicate and its daily record; nothing where a run is too old to hold it."""
    if not run.holds(TABLE):
        return
    layout, laid = b"", None
    for replicate, table in zip(run.replicates, run.parts(TABLE), strict=True):
        own = (table.schema.metadata or {}).get(LAYOUT, b"")
        if laid is None or not own or own != layout:
            layout, laid = own, _layout(table)
        yield replicate, _dense(table, laid)


def _layout(table: pa.Table) -> _Layout:
    """Return where the rows of a table go: a five-year record has a third of a million, in any order."""
    codes, labels = {}, {}
    for name in ("date", SITE, "kind", "measure"):
        column = table.column(name).combine_chunks()
        codes[name] = column.indices.to_numpy()
        labels[name] = [str(label) for label in column.dictionary.to_pylist()]
    kinds, days = len(labels["kind"]), len(labels["date"])
    pair = codes[SITE].astype(np.int64) * kinds + codes["kind"]
    known = np.flatnonzero(np.bincount(pair, minlength=1))
    of_pair = np.zeros(len(labels[SITE]) * kinds, np.int64)
    of_pair[known] = np.arange(known.size)
    order = np.argsort(labels["date"])
    of_date = np.argsort(order)
    rows = {
        name: np.flatnonzero(codes["measure"] == labels["measure"].index(name))
        for name in {*MEASURES} & {*labels["measure"]}
    }
    pairs = [divmod(int(code), kinds) for code in known]
    return _Layout(
        dates=tuple(labels["date"][k] for k in order),
        places=tuple((labels[SITE][site], labels["kind"][kind]) for site, kind in pairs),
        rows=rows,
        cells={
            name: of_pair[pair[mine]] * days + of_date[codes["date"][mine]] for name, mine in rows.items()
        },
    )


def _dense(table: pa.Table, layout: _Layout) -> Days:
    """Return the values of a table as arrays."""
    value = table.column("value").to_numpy()
    found = {name: np.zeros((len(layout.places), len(layout.dates))) for name in MEASURES}
    for name, rows in layout.rows.items():
        found[name].ravel()[layout.cells[name]] = value[rows]
    return Days(dates=layout.dates, places=layout.places, values=found)


@lru_cache(maxsize=64)
def _all(run: Run) -> pd.DataFrame:
    """Return every daily measure of the registry: name, dimension, by, and the columns of `values`."""
    from results.measures.registry import measures

    wanted = [found for found in measures().values() if found.is_daily]
    months = month_labels(run)
    years = dict(zip(months, np.repeat(year_labels(run), MONTHS)[: len(months)], strict=True))
    rows: list[tuple[object, ...]] = []
    periods: dict[str, _Periods] = {}
    dates: tuple[str, ...] = ()
    for replicate, days in days_of(run):
        if days.dates is not dates:  # units have the same days
            dates, periods = days.dates, _periods(days.dates, years)
        for found in wanted:
            sites = {site for site, kind in days.places if _named(kind, found.numerator)}
            where = (None, *sorted(sites)) if sites else ()
            named = [("all", "all") if site is None else (SITE, site) for site in where]
            mine = [days.of(found.numerator, site) for site in where]
            for by, of in periods.items() if mine else ():
                for period, values in _OF_KIND[found.kind](found, days, mine, of):
                    rows += [
                        (found.name, dimension, by, replicate, period, level, value)
                        for (dimension, level), value in zip(named, values.tolist(), strict=True)
                        if not np.isnan(value)
                    ]
    return pd.DataFrame(rows, columns=["name", "dimension", "by", *COLUMNS])


class _Periods:
    """The periods of a replicate's days, and of each the days of its winter."""

    def __init__(self, labels: list[str], cold: npt.NDArray[np.bool_]) -> None:
        self.labels = list(dict.fromkeys(labels))
        code = {label: k for k, label in enumerate(self.labels)}
        self.of_day = np.array([code[label] for label in labels], np.int64)
        codes = np.unique(self.of_day[cold])
        self.winters = [(self.labels[k], np.flatnonzero(cold & (self.of_day == k))) for k in codes]


def _periods(dates: tuple[str, ...], years: Mapping[str, str]) -> dict[str, _Periods]:
    """Return the periods of days by month, year and over all."""
    of_month = [date[:7] for date in dates]
    cold = np.array([int(month[-2:]) in winter().months for month in of_month], np.bool_)
    return {
        "month": _Periods(of_month, cold & False),
        "year": _Periods([str(years[month]) for month in of_month], cold),
        "all": _Periods([ALL_YEARS] * len(of_month), cold),
    }


Told = Iterator[tuple[str, FloatArray]]
"""Periods, each with a value for each of several sets of places; NaN where there is none."""


def _winter(found: Measure, days: Days, sets: list[IntArray], of: _Periods) -> Told:
    """Yield the places needed in each period with days of a winter."""
    if not of.winters:
        return
    sought = np.stack([days.values["offered"][mine].sum(axis=0) for mine in sets])
    for period, when in of.winters:
        high = np.quantile(sought[:, when], winter().day_percentile, axis=-1)
        yield period, high / winter().occupancy * found.multiplier


def _share(found: Measure, days: Days, sets: list[IntArray], of: _Periods) -> Told:
    """Yield the share of places in use in each period in which any are open."""
    limited = [mine[days.values["places"][mine].any(axis=1)] for mine in sets]
    used, places = (
        np.stack([np.bincount(of.of_day, days.values[name][mine].sum(axis=0)) for mine in limited])
        for name in ("occupied", "places")
    )
    with np.errstate(divide="ignore", invalid="ignore"):
        shares = np.where(places > 0.0, used / places * found.multiplier, np.nan)
    for code, label in enumerate(of.labels):
        yield label, shares[:, code]


_OF_KIND = {"winter_day": _winter, "midnight_share": _share}


def _named(kind: str, kinds: tuple[str, ...]) -> bool:
    """Return whether a kind of places is one of some, or begins with the name of one."""
    return any(kind == one or kind.startswith(f"{one}_") for one in kinds)


def daily(run: Run, found: Measure, dimension: str, by: str) -> pd.DataFrame:
    """Return a daily measure of one run.

    Args:
        run: The run.
        found: A measure of kind `winter_day` or `midnight_share`.
        dimension: `all`, or `site`; of other dimensions nothing is recorded by day.
        by: month (not of a winter's day), year, or all (the run's days as one period).

    Returns:
        Columns replicate, period, level, value. Empty where nothing is recorded.

    Raises:
        InputError: The period is unknown.
    """
    if by not in ("month", "year", "all"):
        raise InputError(file="results.measures.values", key="by", found=by, allowed="month, year, all")
    every = _all(run)
    mine = (every["name"] == found.name) & (every["dimension"] == dimension) & (every["by"] == by)
    rows = every.loc[mine, COLUMNS].reset_index(drop=True)
    return rows.astype({"replicate": int, "value": float})
