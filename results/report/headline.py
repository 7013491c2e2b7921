"""Every number of the first page, each a row of one table, so that a reader can go from figure to row."""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import lru_cache

import numpy as np
import pandas as pd

from results.annual import money_of
from results.comparison import DIFFERENCE_COLUMNS
from results.measures.registry import Measure, measure, measures
from results.measures.series import month_labels
from results.report.blocks import Context, Row, Table, difference_table, page_key
from results.runs import Run
from results.stated import stated
from results.statistics import Array, mean_interval, over_replicates
from results.wording import Estimate, pounds

JANUARY = "01"
HEADLINES = (
    "emergency_admissions", "ed_attendances", "occupied_beds", "nctr_daily", "four_hour_share", "deaths",
    "gp_appointments", "community_contacts",
)  # fmt: skip
ON_AVERAGE = ("occupied_beds", "nctr_daily")
"""Levels of an average day, not totals of a period."""
PER_HEAD = {
    "emergency_admissions": "emergency_admission_rate", "ed_attendances": "ed_attendance_rate",
    "occupied_beds": "bed_day_rate", "emergency_occupied_beds": "bed_day_rate",
    "nctr_daily": "nctr_day_rate", "deaths": "death_rate", "gp_appointments": "gp_appointments_per_person",
    "community_contacts": "community_contacts_per_person", "four_hour_share": "four_hour_share",
}  # fmt: skip
"""The measure per head by which fifths are compared, for a measure that a scenario is to change."""
GAPS = ("absolute_gap", "relative_gap")
PUBLIC = ("nhs", "council")
"""Payers of the net cost."""
TABLE, COSTS = "side_by_side", "net_cost"


@dataclass(frozen=True, kw_only=True)
class Headline:
    """A difference of one scenario that the first page may tell."""

    name: str
    """What it is, and of which period."""
    unit: str
    row: object
    """A row of `Comparison.differences`."""
    of: Measure
    kind: str
    """year, january or gap."""
    key: str
    """Id of its row in the table of the first page."""


def last_january(context: Context) -> str:
    """Return the last January of the run, 'YYYY-MM'; empty where there is none."""
    found = [month for month in month_labels(context.comparison.baseline) if month.endswith(f"-{JANUARY}")]
    return found[-1] if found else ""


def target_of(run: Run) -> str:
    """Return the measure per head that a scenario is to change first of all; emergency admissions else."""
    asked = [one.measure for part in stated(run) for one in part.expects if one.direction != "stays"]
    found = [PER_HEAD[name] for name in asked if name in PER_HEAD]
    return found[0] if found else "emergency_admission_rate"


@lru_cache(maxsize=64)
def headlines(context: Context, run: Run) -> list[Headline]:
    """Return the differences of a scenario that the first page may tell: usual ones, and those it expects."""
    expected = [one.measure for part in stated(run) for one in part.expects if one.measure in measures()]
    year, name = context.last_year, context.comparison.names[run]
    made: list[Headline | None] = []
    for of in dict.fromkeys((*HEADLINES, *expected)):
        if not measure(of).is_expectancy:
            words = f"on an average day of {year}" if of in ON_AVERAGE else f"over the year {year}"
            made.append(_headline(context, name, of, f"{measure(of).label}, {words}", "year"))
    winter = last_january(context)
    if winter:
        words = f"Acute beds occupied, average day of January {winter[:4]}"
        made.append(_headline(context, name, "occupied_beds", words, "january", period=winter))
    target = target_of(run)
    words = f"Gap between the most and least deprived fifths, {_inner(measure(target).label)}, {year}"
    made.append(_headline(context, name, target, words, "gap", level=GAPS[0]))
    return [one for one in made if one is not None]


def gap_rows(context: Context, run: Run) -> tuple[object | None, object | None]:
    """Return the rows of the absolute and the relative gap in what a scenario is to change."""
    name, target = context.comparison.names[run], target_of(run)
    first, second = (_headline(context, name, target, "", "gap", level=level) for level in GAPS)
    return first.row if first else None, second.row if second else None


def _headline(
    context: Context, run: str, name: str, words: str, kind: str, *, period: str = "", level: str = ""
) -> Headline | None:
    """Return one difference of a scenario; None where it is not recorded."""
    frame = context.comparison.differences(
        name, "inequality" if kind == "gap" else "all", "month" if kind == "january" else "year"
    )
    if kind == "gap":
        frame = frame[frame["level"] == level]
    frame = frame[(frame["run"] == run) & (frame["period"] == (period or context.last_year))]
    row = next(frame.itertuples(), None)
    if row is None:
        return None
    unit = "beds" if kind == "january" else measure(name).unit
    return Headline(name=words, unit=unit, row=row, of=measure(name), kind=kind, key=row_key(row))


def row_key(row: object) -> str:
    """Return the id of a difference's row in the table of the first page."""
    of, level, period, run = (str(getattr(row, part)) for part in ("measure", "level", "period", "run"))
    return page_key("row", of, level, period, run)


def headline_frame(context: Context) -> pd.DataFrame:
    """Return every difference that the first page may tell, of every scenario, with its words as `key`."""
    parts = []
    for run in context.comparison.scenarios:
        found = headlines(context, run)
        target = target_of(run)
        words = f"Ratio of the most to the least deprived fifth, {_inner(measure(target).label)}"
        ratio = _headline(context, context.comparison.names[run], target, words, "gap", level=GAPS[1])
        told = [(one.row, one.name) for one in (*found, *([ratio] if ratio else []))]
        parts += [row._asdict() | {"key": words} for row, words in told]  # type: ignore[attr-defined]
    frame = pd.DataFrame(parts, columns=["key", *DIFFERENCE_COLUMNS])
    order = {key: place for place, key in enumerate(dict.fromkeys(frame["key"]))}
    return frame.sort_values("key", key=lambda keys: keys.map(order), kind="stable", ignore_index=True)


def headline_table(context: Context) -> Table:
    """Return the table behind the first page: a row a number, with links to scenario and assumptions."""
    frame = headline_frame(context)
    table = difference_table(TABLE, f"Every figure of the first page, up to {context.last_year}", frame,
                             "Measure")  # fmt: skip
    rows = [
        replace(
            row, key=row_key(of), links={0: page_key("measure", of.measure), 1: page_key("scenario", of.run)}
        )
        for row, of in zip(table.rows, frame.itertuples(), strict=True)
    ]
    return replace(table, rows=rows)


@lru_cache(maxsize=64)
def net_cost(context: Context, run: Run) -> Estimate | None:
    """Return pounds in the last year that the NHS and councils pay more than in the baseline, in cash.

    What the programmes cost, less the cash released; None where a run does not record its costs. Capacity
    that is freed is no part of it.
    """
    comparison = context.comparison
    if run.optional_table("programmes") is None:
        return None
    of_run, before = (_net(context, one) for one in (run, comparison.baseline))
    more = over_replicates(of_run - before, len(comparison.draw_numbers))
    mean, low, high, _ = mean_interval(more)
    return Estimate(float(mean), float(low), float(high))


def _net(context: Context, run: Run) -> Array:
    """Return net cash of the public payers in the last year, by unit of the comparison."""
    total = np.zeros(len(context.comparison.units))
    for payer in PUBLIC:
        tidy = money_of(run, f"net_cash_{payer}")
        tidy = tidy[tidy["period"] == context.last_year]
        series = tidy.groupby("unit")["value"].sum()
        total = total + series.reindex(context.comparison.own_units(run), fill_value=0.0).to_numpy(float)
    return total


def net_cost_table(context: Context) -> Table:
    """Return the net cost of each scenario."""
    rows, records = [], []
    for run in context.comparison.scenarios:
        found, name = net_cost(context, run), context.comparison.names[run]
        label = context.comparison.labels[run]
        rows.append(
            Row(
                [label, pounds(found) if found else "not recorded"], run=name,
                key=page_key("cost", name), links={0: page_key("scenario", name)},
            )
        )  # fmt: skip
        amounts = [found.mean, found.low, found.high] if found else [float("nan")] * 3
        records.append([name, label, context.last_year, *amounts])
    columns = ["run", "label", "period", "value", "low", "high"]
    return Table(
        name=COSTS, caption=f"Net cost in {context.last_year}: programmes' cost less cash released, NHS and "
        "councils together", head=["Scenario", f"Pounds in {context.last_year}"], rows=rows,
        frame=pd.DataFrame(records, columns=columns),
    )  # fmt: skip


def _inner(label: str) -> str:
    """Return a label for the middle of a sentence."""
    return label if label[:2].isupper() else label[0].lower() + label[1:]
