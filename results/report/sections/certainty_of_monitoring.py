"""What a neighbourhood team could see in its own monitoring, by which month, and what moves first."""

from __future__ import annotations

import math

import pandas as pd

from results.measures.registry import measure
from results.report.blocks import Context, Row, Section, Table
from results.report.sections.shared import place_words, spoken
from results.uncertainty.detectable import detectable
from results.uncertainty.settings import setting
from results.wording import Estimate, number

WATCHED = (
    "emergency_admissions", "ed_attendances", "int_contacts", "ucr_responses", "care_home_entries", "deaths",
)  # fmt: skip


def certainty_of_monitoring(context: Context) -> Section:
    """Return what monthly counts of a team of its own could show, and when."""
    found = detectable(context.comparison, WATCHED)
    section = Section(
        key="monitoring",
        title="What a neighbourhood team could see",
        lead=[
            "One team's monthly counts are small, and chance moves them. A change can be real and still not "
            "be seen in them for years: that nothing is seen does not mean that nothing happened.",
            f"Counts of {number(setting('months_before'))} months before are compared with all months since "
            f"the start ({number(100 * setting('false_alarm'))}% false alarms, "
            f"{number(100 * setting('power'))}% power), and read on a chart by the rule of "
            f"{number(setting('run_length'))} points in a row on one side of the mean. Chance is that of the "
            "model; real counts vary more, by weather, coding and boundaries, so that this is the most that "
            "could be seen.",
        ],
    )
    if not found.empty:
        section.blocks += [_could(context, found), *_would(context, found)]
    return section


def _could(context: Context, found: pd.DataFrame) -> Table:
    """Return the smallest change that each team could see, whatever makes it."""
    own = found.drop_duplicates(["neighbourhood", "measure"])
    head = [
        "Measure", "Neighbourhood", "A month", "Overdispersion", "Smallest fall seen after 6 months",
        "after 12 months", "after 24 months",
    ]  # fmt: skip
    places = place_words(context)
    rows = [
        Row(
            [
                measure(row.measure).label, spoken(row.neighbourhood, places), number(row.a_month, 1),
                number(row.overdispersion, 2),
                *(f"{number(fall, 1)}%" for fall in (row.fall_6, row.fall_12, row.fall_24)),
            ]
        )
        for row in own.itertuples()
    ]  # fmt: skip
    return Table(
        name="detectable", caption="The smallest change that a team's own counts could show", head=head,
        rows=rows, frame=own.drop(columns=["run", "label"]).reset_index(drop=True), headers=2,
    )  # fmt: skip


def _would(context: Context, found: pd.DataFrame) -> list[Table]:
    """Return, for each scenario and measure, in how many teams it would be seen, first and by when."""
    made = found.dropna(subset=["run"])
    if made.empty:
        return []
    rows = []
    months = len(context.comparison.years) * 12
    for (run, name), part in made.groupby(["run", "measure"], sort=False):
        seen = part["seen_in_month"].dropna()
        first = f"month {number(seen.min())}" if len(seen) else f"not within {months} months"
        shift = part["seen_by_run"].dropna()
        by_run = f"month {number(shift.min())}" if len(shift) else f"not within {months} months"
        middle = float(part["change_percent"].median())
        change = "not known" if math.isnan(middle) else Estimate(middle).text(signed=True, suffix="%")
        cells = [
            measure(str(name)).label, str(part["label"].iloc[0]), change,
            f"{int(part['clear'].sum())} of {len(part)}", f"{len(seen)} of {len(part)}", first, by_run,
        ]  # fmt: skip
        rows.append((seen.min() if len(seen) else float("inf"), Row(cells, run=str(run), grey=not len(seen))))
    # What moves first comes first.
    rows.sort(key=lambda pair: pair[0])
    table = Table(
        name="seen_by_teams",
        caption="In how many teams each scenario's change would be seen: earliest first",
        head=_HEAD, rows=[row for _, row in rows], frame=made.reset_index(drop=True), headers=2,
    )  # fmt: skip
    return [table]


_HEAD = [
    "Measure", "Scenario", "Median change in the last year", "Teams where the model's change is clear",
    "Teams that would see it", "First, by comparison", "First, by points in a row",
]  # fmt: skip
