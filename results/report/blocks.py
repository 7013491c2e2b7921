"""The parts of which a report is made: sections, figures, tables, and the rows that selectors act on."""

from __future__ import annotations

import calendar
import math
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache, lru_cache
from typing import Any

import pandas as pd

from results.comparison import DIFFERENCE_COLUMNS, VERDICTS, Comparison
from results.figures import Chart, Series, series_of
from results.measures.counted import dimensions_of, levels_of
from results.measures.registry import Measure, measure
from results.measures.series import ALL_YEARS
from results.pairing import GREY_VERDICTS
from results.runs import Run
from results.trial import NOT_READ
from results.wording import Estimate, number, reduction_text, replicates_text

UNREAD = "not to be read"
"""What stands in a chart instead of its number."""


@dataclass(frozen=True)
class Row:
    """One row of a table, with the run and the fifth that it is about (empty: about all)."""

    cells: Sequence[str]
    run: str = ""
    fifth: str = ""
    grey: bool = False
    greys: frozenset[int] = frozenset()
    """Columns that hold a number that is too small or too uncertain to act on."""
    key: str = ""
    """Id in the page by which other parts point to the row; empty: none does."""
    links: Mapping[int, str] = field(default_factory=dict)
    """For a column, the id in the page to which its cell leads."""


@dataclass(frozen=True, kw_only=True)
class Table:
    """A table for the page, and the unrounded frame behind it."""

    name: str
    """File name of the data, without its ending."""
    caption: str
    """What it holds, per what."""
    head: Sequence[str]
    """Column headings."""
    rows: Sequence[Row]
    """Formatted rows."""
    frame: pd.DataFrame
    """Unrounded data for CSV and workbook."""
    headers: int = 1
    """How many leading columns name the row."""
    words: frozenset[int] = frozenset()
    """Columns that hold words and not numbers."""

    @property
    def file_caption(self) -> str:
        """What the files hold: pounds, where the page shows thousands or millions of them."""
        return re.sub(r"in (thousands|millions) of pounds", "in pounds", self.caption)


@dataclass(frozen=True, kw_only=True)
class Figure:
    """A chart with its table and its small print."""

    chart: Chart
    """The drawing."""
    table: Table
    """Its numbers."""
    note: str
    """Units, period, per what, source."""
    run: str = ""
    """The run that it is of; empty: of all."""


@dataclass(frozen=True, kw_only=True)
class Panel:
    """A part of the page with a template of its own; it may hold tables and charts."""

    template: str
    """File of `results/report/`, in which `panel` is this."""
    data: Any
    """What the template shows; the template escapes it."""
    tables: Sequence[Table] = ()
    """For CSV and workbook."""
    charts: Sequence[Chart] = ()
    """For the folder of figures."""


@dataclass(kw_only=True)
class Section:
    """A part of the report with a heading."""

    key: str
    """Id in the page."""
    title: str
    """Heading."""
    lead: list[str] = field(default_factory=list)
    """Opening paragraphs."""
    blocks: list[Figure | Table | Panel] = field(default_factory=list)
    """Figures, tables and panels in order."""


@dataclass(frozen=True, eq=False)
class Context:
    """What every section is written from; the same only as itself, so that what is made of it can be kept."""

    comparison: Comparison
    looks: dict[str, Series]

    @staticmethod
    def of(comparison: Comparison) -> Context:
        """Return the context of a comparison, the same each time: what is made of it is kept."""
        return _context(comparison)

    @property
    def scenario_looks(self) -> dict[str, Series]:
        """Looks of the scenarios without the baseline."""
        return {name: look for name, look in self.looks.items() if name != self.baseline_name}

    @property
    def baseline_name(self) -> str:
        """Name of the baseline run."""
        return self.comparison.names[self.comparison.baseline]

    @property
    def year_words(self) -> str:
        """The run's last year, with its months: 'the year 2027/28 (April 2027 to March 2028)'."""
        from results.measures.series import MONTHS, month_labels

        months = month_labels(self.comparison.baseline)
        own = months[(len(months) - 1) // MONTHS * MONTHS :]
        names = [f"{calendar.month_name[int(month[-2:])]} {month[:4]}" for month in (own[0], own[-1])]
        length = "the year " if len(own) == MONTHS else ""
        return f"{length}{self.last_year} ({' to '.join(names)})"

    @property
    def last_year(self) -> str:
        """Label of the run's last year."""
        return self.comparison.years[-1]

    @property
    def dimensions(self) -> frozenset[str]:
        """The strata by which the baseline recorded its measures."""
        return frozenset(_levels(self.comparison.baseline))

    def levels_of(self, dimension: str) -> list[str]:
        """Return the recorded levels of a dimension; none where it was not recorded."""
        return list(_levels(self.comparison.baseline).get(dimension, ()))

    def changes(self, names: Iterable[str], dimension: str = "all") -> pd.DataFrame:
        """Return the last year's differences of several measures, one below the other.

        Life expectancies, which pool all years, keep their one period. Measures that are not recorded for
        the dimension are left out; without scenarios the frame is empty, with all its columns.
        """
        parts = []
        for name in names:
            part = self.comparison.differences(name, dimension)
            parts.append(part[part["period"].isin([self.last_year, ALL_YEARS])])
        kept = [part for part in parts if not part.empty]
        return pd.concat(kept, ignore_index=True) if kept else pd.DataFrame(columns=DIFFERENCE_COLUMNS)


@lru_cache(maxsize=2)
def _context(comparison: Comparison) -> Context:
    """Prepare the looks of all runs."""
    names = [(comparison.names[run], comparison.labels[run]) for run in comparison.runs]
    return Context(comparison, series_of(names, comparison.names[comparison.baseline]))


@cache
def _levels(run: Run) -> dict[str, tuple[str, ...]]:
    """Return the levels that a run recorded by dimension."""
    return {dimension: levels_of(run, dimension) for dimension in dimensions_of(run)}


def estimate(row: object, mean: str, low: str = "low", high: str = "high") -> Estimate:
    """Return the estimate held in three attributes of a row."""
    return Estimate(float(getattr(row, mean)), float(getattr(row, low)), float(getattr(row, high)))


def change_text(row: object, found: Measure) -> str:
    """Return a difference with its interval: points, years or the unit itself for what is not a count."""
    suffix = " points" if found.is_share else ""
    text = estimate(row, "difference").text(signed=True)
    return f"{text}{suffix}" if suffix else text


def percent_text(row: object) -> str:
    """Return a relative difference with its interval."""
    shown = estimate(row, "percent", "percent_low", "percent_high")
    return shown.text(signed=True, suffix="%") if math.isfinite(shown.mean) else "not known"


def best_change(row: object, found: Measure) -> str:
    """Return the scale on which a planner would read a change: per cent for counts, else the unit itself."""
    if found.is_share:
        return change_text(row, found)
    if found.unit == "years":
        return f"{estimate(row, 'difference').text(signed=True)} years"
    if not math.isfinite(row.percent):  # type: ignore[attr-defined]
        return change_text(row, found)  # of nothing there are no per cent
    return percent_text(row)


def is_grey(verdict: str) -> bool:
    """Whether a change is too small or too uncertain to act on."""
    return verdict in GREY_VERDICTS


def is_clear(verdict: str) -> bool:
    """Whether a change may be a headline: neither chance nor too small, and seen in more than one run."""
    return verdict == "change"


def page_key(*parts: str) -> str:
    """Return an id for the page from names that may hold anything: letters, digits and hyphens only."""
    plain = ["".join(c if c.isascii() and c.isalnum() else f"-{ord(c):x}-" for c in part) for part in parts]
    return "--".join(part.replace("-5f-", "-") for part in plain)


def level_table(name: str, caption: str, first: str, frame: pd.DataFrame, *, fifths: bool = False) -> Table:
    """Return a table with a row for each period or level and a column for each run.

    Args:
        name: File name.
        caption: What it holds.
        first: Heading of the first column.
        frame: Columns run, label, key (what the row is), value, low, high.
        fifths: Whether the rows are deprivation fifths.
    """
    runs = list(dict.fromkeys(zip(frame["run"], frame["label"], strict=True)))
    cells = {(row.run, row.key): estimate(row, "value").text() for row in frame.itertuples()}
    keys = list(dict.fromkeys(frame["key"]))
    rows = [
        Row(
            [str(key), *(cells.get((run, key), "not known") for run, _ in runs)],
            fifth=str(key)[0] if fifths else "",
        )
        for key in keys
    ]
    return Table(
        name=name, caption=caption, head=[first, *(label for _, label in runs)], rows=rows, frame=frame
    )


PARAMETERS = 7
"""Column of a difference's range over parameters, where they were drawn: beside its computing error."""


def difference_table(
    name: str, caption: str, frame: pd.DataFrame, first: str, *, fifths: bool = False
) -> Table:
    """Return paired differences, absolute and relative together: a row for each measure and scenario.

    Args:
        name: File name.
        caption: What it holds.
        frame: Rows of `Comparison.differences` with a column `key` that names the row.
        first: Heading of the first column.
        fifths: Whether the keys are deprivation fifths.
    """
    head = [
        first,
        "Scenario",
        "Baseline",
        "With the scenario",
        "Difference (95% interval)",
        "Difference in per cent",
        "Chance (spread over repeats)",
        "Like with like saves",
        "More repeats to be sure of the direction",
        "Reading",
    ]
    drawn = bool(frame["parameter_low"].notna().any()) if len(frame) else False
    if drawn:
        head.insert(PARAMETERS, "Range over parameters (95%)")
    rows = []
    for row in frame.itertuples():
        shown = estimate(row, "difference")
        places = shown.places
        cells = [
            f"{row.key} ({NOT_READ})" if row.verdict == "scale" else str(row.key),
            row.label,
            number(row.baseline, places),
            number(row.scenario, places),
            change_text(row, measure(row.measure)),
            percent_text(row),
            number(row.computing_error, places + 1),
            reduction_text(row.variance_reduction),
            replicates_text(row.further_replicates),
            VERDICTS[row.verdict],
        ]
        if drawn:
            ends = (number(end, places, signed=True) for end in (row.parameter_low, row.parameter_high))
            cells.insert(PARAMETERS, " to ".join(ends))
        rows.append(
            Row(
                cells,
                run=row.run,
                fifth=row.level if fifths else "",
                grey=is_grey(row.verdict),
            )
        )
    return Table(
        name=name,
        caption=caption,
        head=head,
        rows=rows,
        frame=frame,
        headers=2,
        words=frozenset({len(head) - 1}),
    )
