"""Parts of the inequality section: Core20 and PLUS groups, concentration curves, the plane."""

from __future__ import annotations

import math
from dataclasses import replace

import pandas as pd

from results import certainty_charts
from results.charts import Naming
from results.inequality.curve import INDEX, concentration
from results.inequality.groups import GAPS
from results.inequality.plane import QUADRANTS, cloud
from results.measures.registry import measure
from results.measures.series import CORE20, GROUP, OTHERS
from results.report.blocks import Context, Figure, Row, Table, difference_table
from results.report.sections.shared import spoken
from results.uncertainty.repeated import of_what
from results.wording import Estimate, number

COMPARED = ("emergency_admission_rate", "ed_attendance_rate", "death_rate", "bed_day_rate")
ON_THE_PLANE = ("emergency_admission_rate", "death_rate")
CURVED = ("emergency_admission_rate", "bed_day_rate", "death_rate", "gp_appointments_per_person")
MOSTLY = 0.5
MOST_POINTS = 60
SIDE_BY_SIDE = ("absolute_gap", "relative_gap")
WHAT = {"absolute_gap": "gap", "relative_gap": "ratio"}


def group_tables(context: Context) -> list[Table]:
    """Return Core20 against the rest, and each PLUS group against others where runs record them."""
    comparison = context.comparison
    found = [_of_groups(context, (CORE20,), "core20", "Core20 against everybody else")]
    found.append(
        _of_groups(context, comparison.plus_groups, "plus_groups", "PLUS groups, each against everybody else")
    )
    return [table for table in found if table is not None]


def group_name(dimension: str) -> str:
    """Return a group's name in words."""
    return "Core20" if dimension == CORE20 else spoken(dimension.partition(":")[2])


def _of_groups(context: Context, dimensions: tuple[str, ...], name: str, caption: str) -> Table | None:
    """Return levels, gap and ratio of groups in the last year; with scenarios, what changes of both."""
    levels = [_levels(context, dimension) for dimension in dimensions]
    rows = [row for part in levels for row in part]
    if not rows:
        return None
    if context.comparison.scenarios:
        frame = pd.concat(
            [
                context.changes(COMPARED, dimension).assign(group=group_name(dimension))
                for dimension in dimensions
            ]
        )
        frame = frame[frame["level"].isin(GAPS)].reset_index(drop=True)
        frame["key"] = [
            f"{row.group}: {measure(row.measure).label}, {WHAT[row.level]} to others"
            for row in frame.itertuples()
        ]
        what = f"{caption}, {context.last_year}: gap (group less others) and ratio, and what changes of both"
        table = difference_table(name, what, frame, "Group and measure")
        if len(dimensions) == 1:
            return table
        # Of a dozen groups most changes are chance: the page has room for the others, the files for all.
        clear = [row for row in table.rows if not row.grey]
        return replace(table, rows=clear, caption=f"{what} (clear changes; the files have all)")
    head = ["Group and measure", "Group", "Everybody else", "Gap", "Ratio"]
    frame = pd.DataFrame(rows, columns=head)
    shown = [Row([str(row[0]), *(number(value, 2) for value in row[1:])]) for row in rows]
    return Table(name=name, caption=f"{caption}, {context.last_year}", head=head, rows=shown, frame=frame)


def _levels(context: Context, dimension: str) -> list[tuple[str, float, float, float, float]]:
    """Return name, group, others, gap and ratio of each measure in the baseline's last year."""
    rows = []
    for name in COMPARED:
        found = context.comparison.levels(name, dimension)
        mine = found[(found["run"] == context.baseline_name) & (found["period"] == context.last_year)]
        value = mine.set_index("level")["value"]
        if len(value):
            title = f"{group_name(dimension)}: {measure(name).label}"
            rows.append((title, *(float(value[level]) for level in (GROUP, OTHERS, *GAPS))))
    return rows


def concentration_figure(context: Context) -> Figure | None:
    """Return concentration curves of the first measure, and the index of each with its standard error."""
    parts = [concentration(context.comparison, name, context.last_year) for name in CURVED]
    whole = pd.concat([part for part in parts if not part.empty]) if any(map(len, parts)) else pd.DataFrame()
    if whole.empty:
        return None
    first = measure(str(whole["measure"].iloc[0]))
    curve = whole[(whole["measure"] == first.name) & (whole["level"] != INDEX)]
    index = whole[whole["level"] == INDEX].reset_index(drop=True)
    base = index[(index["run"] == context.baseline_name) & (index["measure"] == first.name)].iloc[0]
    half = curve[(curve["run"] == context.baseline_name) & (curve["level"] == "1")].iloc[0]
    naming = Naming(
        "concentration_curve",
        f"{first.label}: the most deprived {number(100 * half['people'])}% of people have "
        f"{number(100 * half['value'])}% of the total (concentration index {number(base['value'], 3)})",
        f"Concentration curves of {first.label.lower()} in {context.last_year} for each run, against the "
        "line of equal shares.",
    )
    head = [
        "Measure", "Run", "Concentration index (95% interval)", "Standard error",
        "Difference from baseline (95% interval)", "Its standard error",
    ]  # fmt: skip
    rows = []
    for row in index.itertuples():
        change = Estimate(row.difference, row.difference_low, row.difference_high)
        own = row.run == context.baseline_name
        cells = [
            measure(row.measure).label, row.label, Estimate(row.value, row.low, row.high).text(signed=True),
            number(row.standard_error, 5), "" if own else change.text(signed=True),
            "" if own else number(row.difference_standard_error, 5),
        ]  # fmt: skip
        rows.append(Row(cells, run="" if own else row.run))
    caption = f"Concentration index over deprivation fifths in {context.last_year}, and the curves' points"
    table = Table(
        name="concentration",
        caption=caption,
        head=head,
        rows=rows,
        frame=whole.reset_index(drop=True),
        headers=2,
    )
    note = (
        "A curve above the line of equal shares: the most deprived have more than their share (the index is "
        "then below zero). Standard errors are of repeat runs: chance alone. Not adjusted for age."
    )
    return Figure(chart=certainty_charts.curves(naming, curve, context.looks), table=table, note=note)


def plane_figures(context: Context) -> list[Figure]:
    """Return the equity-efficiency plane of each measure: the absolute gap drawn, the ratio in the table."""
    if not context.comparison.scenarios:
        return []
    found = [_plane(context, name) for name in ON_THE_PLANE]
    return [figure for figure in found if figure is not None]


def _plane(context: Context, name: str) -> Figure | None:
    """Return one measure's plane."""
    comparison, found = context.comparison, measure(name)
    made = {quantity: cloud(comparison, name, context.last_year, quantity) for quantity in SIDE_BY_SIDE}
    points, middles, shares = (
        pd.concat([made[quantity][part] for quantity in SIDE_BY_SIDE], ignore_index=True) for part in range(3)
    )
    drawn = points[points["quantity"] == "absolute_gap"]
    if drawn.empty:
        return None
    centre = middles[middles["quantity"] == "absolute_gap"]
    best = shares[(shares["quantity"] == "absolute_gap") & (shares["quadrant"] == "better_fairer")]
    top = best.sort_values("share", ascending=False).iloc[0]
    of = of_what(comparison)
    naming = Naming(
        f"plane_{name}",
        f"{found.label}: {_finding(top, of)}",
        f"Points of each scenario: gain in {found.label.lower()} across, narrowing of the gap between the "
        f"end fifths upwards, in {context.last_year}.",
    )
    words = (f"Gain ({found.unit}; right is better)", f"Gap smaller by\n({found.unit})")
    chart = certainty_charts.plane(naming, drawn[drawn["point"] <= MOST_POINTS], centre, context.looks, words)
    note = (
        f"{context.last_year}. Small marks: {of} (at most {MOST_POINTS} drawn); large: their mean, with 95% "
        "intervals of chance. The share of points in each quarter is in the table, with how well it is known."
    )
    return Figure(chart=chart, table=_quadrant_table(found.label, name, shares), note=note)


def _finding(top: pd.Series, of: str) -> str:
    """Return the title: which scenario is most often better for all with a smaller gap, if any mostly is."""
    if top["share"] <= MOSTLY:
        return f"no scenario is better for all with a smaller gap in most of {of}"
    return f"{top['label']} is better for all with a smaller gap in {number(100 * top['share'])}% of {of}"


def _quadrant_table(label: str, name: str, shares: pd.DataFrame) -> Table:
    """Return the share of points in each quadrant, for the absolute gap and for the ratio side by side."""
    head = ["Scenario", "Quarter", "By the gap", "By the ratio", "Of"]
    rows = []
    wide = shares.set_index(["run", "quadrant", "quantity"])
    for run in dict.fromkeys(shares["run"]):
        for quadrant, words in QUADRANTS.items():
            cells = []
            for quantity in SIDE_BY_SIDE:
                one = wide.loc[(run, quadrant, quantity)]
                cells.append(share_text(one["share"], one["low"], one["high"]))
            of = str(one["of"])
            rows.append(Row([str(one["label"]), words, *cells, of], run=str(run)))
    caption = f"{label}: share of points in each quarter of the equity-efficiency plane (95% interval)"
    return Table(
        name=f"plane_{name}",
        caption=caption,
        head=head,
        rows=rows,
        frame=shares,
        headers=2,
        words=frozenset({4}),
    )


def share_text(share: float, low: float, high: float) -> str:
    """Return '75% (28 to 97)'."""
    if math.isnan(share):
        return "not known"
    return f"{number(100 * share)}% ({number(100 * low)} to {number(100 * high)})"


__all__ = ["concentration_figure", "group_tables", "plane_figures", "share_text"]
