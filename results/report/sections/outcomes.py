"""Section 3: deaths, life expectancy, quality-adjusted and healthy life, conditions."""

from __future__ import annotations

import math

import pandas as pd

from results import charts
from results.charts import Naming
from results.measures.registry import measure
from results.report.blocks import Context, Figure, Row, Section, Table, difference_table, estimate
from results.report.sections.shared import dots, fifth_name, spoken
from results.report.sentences import finding
from results.wording import Estimate, number

LIVES = ("life_expectancy_birth", "life_expectancy_65")
HEALTHY = (
    "quality_adjusted_life_expectancy_birth",
    "quality_adjusted_life_expectancy_65",
    "disability_free_life_expectancy_birth",
    "disability_free_life_expectancy_65",
)


def outcomes(context: Context) -> Section:
    """Return section 3: deaths, life expectancy, quality-adjusted and healthy life, conditions."""
    comparison = context.comparison
    section = Section(
        key="outcomes",
        title="Deaths, life expectancy and healthy life",
        lead=[
            "Life expectancy is what a newborn (or a person aged 65) could expect to live at the death "
            "rates of "
            "the whole run. It is a summary of those rates and not a forecast for any person.",
            "A quality-adjusted life year (QALY) is a year of life counted by its quality: one in full "
            "health, less in illness. Years are not discounted here.",
        ],
    )
    section.blocks += _by_year(context, "deaths", "deaths")
    section.blocks += _by_year(context, "qalys", "QALYs")
    section.blocks += [_life(context, sex) for sex in ("female", "male")]
    if comparison.scenarios:
        section.blocks += [
            _life_gaps(
                context, "life_expectancy", "Life expectancy and its gap, all years pooled (years)", LIVES
            ),
            *_healthy(context),
            _conditions(context),
        ]
    return section


def _by_year(context: Context, name: str, plural: str) -> list[Figure]:
    """Return the difference from baseline in a total by year; none where it is not recorded."""
    frame = context.comparison.differences(name)
    if frame.empty:
        return []
    frame["key"] = frame["period"]
    found = measure(name)
    naming = Naming(
        f"{name}_by_year",
        finding(context.changes([name]), found, f"in {context.last_year}"),
        f"Dots with intervals: difference in {plural} from baseline, by year and scenario.",
    )
    chart = charts.dot_rows(
        naming, [(f"Difference in {plural} a year", dots(frame, "difference"))], context.scenario_looks
    )
    table = difference_table(f"{name}_by_year", f"{plural[0].upper()}{plural[1:]} by year", frame, "Year")
    return [Figure(chart=chart, table=table, note=found.definition)]


def _healthy(context: Context) -> list[Table]:
    """Return healthy life by sex and between fifths; none where runs did not record it."""
    if context.comparison.levels(HEALTHY[0]).empty:
        return []
    caption = "Quality-adjusted and disability-free life expectancy, all years pooled (QALYs; years)"
    return [_life_gaps(context, "healthy_life_expectancy", caption, HEALTHY)]


def _life(context: Context, sex: str) -> Figure:
    """Return life expectancy at birth by fifth for one sex."""
    people = {"female": "women", "male": "men"}[sex]
    found = measure("life_expectancy_birth")
    levels = context.comparison.levels(found.name, f"quintile_{sex}")
    changes = context.comparison.differences(found.name, f"quintile_{sex}")
    gaps = context.comparison.levels(found.name, f"inequality_{sex}")
    mine = gaps[(gaps["run"] == context.baseline_name) & (gaps["level"] == "absolute_gap")]
    gap = next((estimate(row, "value") for row in mine.itertuples()), Estimate(math.nan))
    naming = Naming(
        f"life_expectancy_{sex}",
        _gap_of_lives(people, gap, sample=context.comparison.scale < 1),
        f"Life expectancy at birth of {people} by deprivation fifth, and each scenario's difference from "
        "baseline.",
    )
    chart = charts.by_fifth(naming, levels, changes, context.looks, "years")
    changes["key"] = changes["level"].map(fifth_name)
    table = difference_table(
        naming.name, f"Life expectancy at birth, {people}, by fifth", changes, "Fifth", fifths=True
    )
    return Figure(chart=chart, table=table, note=f"{found.definition} Method: {found.source}.")


def _gap_of_lives(people: str, gap: Estimate, sample: bool) -> str:
    """Return the headline of life expectancy by fifth.

    Args:
        people: women or men.
        gap: Years, most less least deprived.
        sample: Whether a sample of residents was run: the same people in every repeat, so that the interval
            does not hold who they happen to be.
    """
    shown = gap.size()
    if not math.isfinite(gap.mean):
        return f"Too few {people} died in some fifths to tell how their life expectancy differs"
    if sample or not shown.has_interval or shown.low <= 0:
        return (
            f"Life expectancy of {people} by deprivation fifth: too few people die in these runs to tell how "
            "far fifths differ"
        )
    order = ("least", "most") if gap.mean <= 0 else ("most", "least")
    return (
        f"In the baseline, {people} in the {order[0]} deprived fifth live {shown.text()} years longer "
        f"than in the {order[1]} deprived"
    )


def _life_gaps(context: Context, key: str, caption: str, names: tuple[str, ...]) -> Table:
    """Return expectancies at birth and 65, and the gap between fifths, for each sex."""
    parts = []
    for name in names:
        whole = context.comparison.differences(name, "sex")
        whole["key"] = [f"{measure(name).label}, {row.level}" for row in whole.itertuples()]
        parts.append(whole)
        for sex in ("male", "female"):
            gaps = context.comparison.differences(name, f"inequality_{sex}")
            gaps = gaps[gaps["level"] == "absolute_gap"].copy()
            gaps["key"] = f"{measure(name).label}, {sex}: most minus least deprived fifth"
            parts.append(gaps)
    frame = pd.concat(parts, ignore_index=True)
    return difference_table(key, caption, frame, "Measure")


def _conditions(context: Context) -> Table:
    """Return people living with each condition at the end of the run."""
    frame = context.comparison.conditions()
    frame = frame[frame["measure"] == "cases"]
    rows = []
    for row in frame[frame["run"] != context.baseline_name].itertuples():
        change = estimate(row, "difference", "difference_low", "difference_high")
        places = change.places
        base = number(row.value - row.difference, places)
        cells = [spoken(row.level), row.label, base, number(row.value, places), change.text(signed=True)]
        rows.append(Row(cells, run=row.run, grey=row.difference_low <= 0 <= row.difference_high))
    head = ["Condition", "Scenario", "Baseline", "With the scenario", "Difference (95% interval)"]
    caption = "People living with each condition at the end of the run"
    return Table(name="conditions", caption=caption, head=head, rows=rows, frame=frame, headers=2)
