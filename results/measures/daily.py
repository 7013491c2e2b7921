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
from sim.parameters.errors import InputError

if TYPE_CHECKING:
    import pyarrow as pa

    from results.runs import Run

FloatArray = npt.NDArray[np.float64]
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

    def of(self, kinds: tuple[str, ...], site: str | None) -> npt.NDArray[np.int64]:
        """Return the positions in `places` of kinds, of one site or of all."""
        return np.array(
            [
                k
                for k, (where, kind) in enumerate(self.places)
                if site in (None, where) and any(kind == one or kind.startswith(f"{one}_") for one in kinds)
            ],
            np.int64,
        )


def days_of(run: Run) -> Iterator[tuple[int, Days]]:
    """Yield each replicate and its daily record; nothing where a run is too old to hold it."""
    if run.holds(TABLE):
        for replicate, table in zip(run.replicates, run.parts(TABLE), strict=True):
            yield replicate, _dense(table)


def _dense(table: pa.Table) -> Days:
    """Return the rows of a table as arrays."""
    codes, labels = {}, {}
    for name in ("date", SITE, "kind", "measure"):
        column = table.column(name).combine_chunks()
        codes[name] = column.indices.to_numpy().astype(np.int64)
        labels[name] = [str(label) for label in column.dictionary.to_pylist()]
    value = table.column("value").to_numpy()
    pair = codes[SITE] * len(labels["kind"]) + codes["kind"]
    known, place = np.unique(pair, return_inverse=True)
    order = np.argsort(labels["date"])
    day = np.argsort(order)[codes["date"]]
    found = {}
    for name in MEASURES:
        found[name] = np.zeros((known.size, len(labels["date"])))
        if name in labels["measure"]:
            mine = codes["measure"] == labels["measure"].index(name)
            found[name][place[mine], day[mine]] = value[mine]
    pairs = [divmod(int(code), len(labels["kind"])) for code in known]
    return Days(
        dates=tuple(labels["date"][k] for k in order),
        places=tuple((labels[SITE][site], labels["kind"][kind]) for site, kind in pairs),
        values=found,
    )


@lru_cache(maxsize=64)
def _all(run: Run) -> pd.DataFrame:
    """Return every daily measure of the registry: name, dimension, by, and the columns of `values`."""
    from results.measures.registry import measures

    wanted = [found for found in measures().values() if found.is_daily]
    months = month_labels(run)
    years = dict(zip(months, np.repeat(year_labels(run), MONTHS)[: len(months)], strict=True))
    rows: list[tuple[object, ...]] = []
    for replicate, days in days_of(run):
        of_month = [date[:7] for date in days.dates]
        periods = {
            "month": of_month, "year": [str(years[month]) for month in of_month],
            "all": [ALL_YEARS] * len(of_month),
        }  # fmt: skip
        cold = np.array([int(month[-2:]) in winter().months for month in of_month], np.bool_)
        sites = sorted({site for site, _ in days.places})
        for found in wanted:
            for site in (None, *sites):
                where = ("all", "all") if site is None else (SITE, site)
                for by, labels in periods.items():
                    for period, value in _values(found, days, site, labels, cold, by):
                        rows.append((found.name, where[0], by, replicate, period, where[1], value))
    return pd.DataFrame(rows, columns=["name", "dimension", "by", *COLUMNS])


def _values(
    found: Measure, days: Days, site: str | None, labels: list[str], cold: npt.NDArray[np.bool_], by: str
) -> Iterator[tuple[str, float]]:
    """Yield one measure of each period of a replicate, in their order."""
    mine = days.of(found.numerator, site)
    if not mine.size or (found.kind == "winter_day" and by == "month"):
        return
    of_period, periods = pd.factorize(np.array(labels))
    sought = days.values["offered"][mine].sum(axis=0)
    limited = mine[days.values["places"][mine].any(axis=1)]
    used, places = (days.values[name][limited].sum(axis=0) for name in ("occupied", "places"))
    for code, period in enumerate(periods):
        here = of_period == code
        if found.kind == "winter_day" and (here & cold).any():
            high = np.quantile(sought[here & cold], winter().day_percentile)
            yield str(period), float(high / winter().occupancy * found.multiplier)
        if found.kind == "midnight_share" and places[here].sum() > 0.0:
            yield str(period), float(used[here].sum() / places[here].sum() * found.multiplier)


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
