"""Parts of the inequality section: gaps in length of life and of healthy life, by cause of death and age."""

from __future__ import annotations

import pandas as pd

from results import certainty_charts
from results.charts import Naming
from results.inequality.life_gap import ALL_CAUSES, ALL_PARTS, EVERY_AGE, WORSE_HEALTH, life_gap
from results.measures.registry import measure
from results.report.blocks import Context, Figure, Row, Table
from results.report.sections.shared import spoken
from results.wording import Estimate, number

GAPS_OF = ("life_expectancy_birth", "disability_free_life_expectancy_birth")
CAUSES = {
    "circulatory": "Circulatory disease",
    "dementia_alzheimer": "Dementia and Alzheimer's disease",
    "digestive_incl_liver": "Digestive disease, with the liver",
    "external": "Injury and other external causes",
    "other": "Other causes",
    "respiratory": "Respiratory disease",
    WORSE_HEALTH: "Worse health at the same age",
    ALL_PARTS: "Whole gap",
}
"""What causes are called where their key does not say it."""
PEOPLE = {"female": "women", "male": "men"}
METHOD = {
    "life_table": "Arriaga's method",
    "sullivan": "the method of Andreev, Shkolnikov and Begun, deaths shared out by cause",
}


def life_gap_blocks(context: Context) -> list[Figure | Table]:
    """Return the gap in each expectancy by cause and age, for women and men; none where not recorded.

    Life expectancy is drawn; healthy life is a table, to keep the page small.
    """
    blocks: list[Figure | Table] = []
    for name in GAPS_OF:
        for sex in PEOPLE:
            found = life_gap(context.comparison, name, sex)
            if found.empty or found["value"].isna().all():
                continue
            kept = found[(found["cause"] == ALL_PARTS) | (found["age"] == EVERY_AGE)].reset_index(drop=True)
            table = _table(context, name, sex, kept)
            drawn = name == GAPS_OF[0]
            blocks.append(_figure(context, name, sex, kept, table) if drawn else table)
    return blocks


def _figure(context: Context, name: str, sex: str, kept: pd.DataFrame, table: Table) -> Figure:
    """Return one expectancy's gap for one sex, the baseline's drawn by cause, or by age without causes."""
    base = kept[kept["run"] == context.baseline_name]
    by_cause = base[(base["age"] == EVERY_AGE) & (base["cause"] != ALL_PARTS)]
    if set(by_cause["cause"]) <= {ALL_CAUSES}:
        by_cause = base[(base["cause"] == ALL_PARTS) & (base["age"] != EVERY_AGE)].assign(cause=base["age"])
    by_cause = by_cause.sort_values("value")
    total = base[(base["age"] == EVERY_AGE) & (base["cause"] == ALL_PARTS)].iloc[0]
    label = measure(name).label
    naming = Naming(
        table.name, _finding(label, sex, total, by_cause, _sample(context)),
        f"Bars: what each cause of death adds to the gap in {label.lower()} between the most and least "
        f"deprived fifths of {PEOPLE[sex]} in the baseline, in years.",
    )  # fmt: skip
    rows = pd.DataFrame(
        {
            "name": by_cause["cause"].map(cause_name), "start": 0.0, "end": by_cause["value"],
            "low": by_cause["low"], "high": by_cause["high"],
            "grey": (by_cause["low"] <= 0) & (by_cause["high"] >= 0),
            "text": [_estimate(row).text(signed=True) for row in by_cause.itertuples()],
        }
    )  # fmt: skip
    chart = certainty_charts.bars(naming, rows, "Years, most less least deprived fifth")
    note = (
        f"Baseline, all years pooled; {METHOD[measure(name).kind]}. Left of zero: years by which the most "
        "deprived live shorter. White bars: their interval (chance alone) holds zero. The same people live "
        "in every repeat of a sample, so that the interval does not hold who they happen to be."
    )
    return Figure(chart=chart, table=table, note=note)


def _sample(context: Context) -> bool:
    """Whether a sample of residents was run."""
    return float(context.comparison.baseline.manifest["scale"]) < 1


def _finding(label: str, sex: str, total: pd.Series, by_cause: pd.DataFrame, sample: bool) -> str:
    """Return the title: how large the gap is, and what adds most to it; or that it cannot be told."""
    if sample or not (total["high"] < 0 or total["low"] > 0):
        return f"{label} of {PEOPLE[sex]}: too few deaths in these runs to tell what makes the gap"
    top = by_cause.iloc[0] if total["value"] < 0 else by_cause.iloc[-1]
    share = number(100 * top["value"] / total["value"])
    return (
        f"{label} of {PEOPLE[sex]}: the most deprived fifth has {number(abs(total['value']), 1)} years "
        f"{'less' if total['value'] < 0 else 'more'}; {cause_name(top['cause']).lower()} makes {share}% of it"
    )


def cause_name(cause: str) -> str:
    """Return a cause, or an age group, in words."""
    if cause[:1].isdigit():
        return f"Ages {cause}"
    return CAUSES.get(cause) or spoken(cause.replace(" ", "_"))


def _estimate(row: object) -> Estimate:
    """Return a row's contribution."""
    return Estimate(float(row.value), float(row.low), float(row.high))  # type: ignore[attr-defined]


def _table(context: Context, name: str, sex: str, kept: pd.DataFrame) -> Table:
    """Return contributions by cause and by age for every run, with paired differences."""
    head = ["Cause or age", "Run", "Years (95% interval)", "Difference from baseline (95% interval)"]
    rows = []
    for row in kept.itertuples():
        what = cause_name(row.cause) if row.age == EVERY_AGE else cause_name(row.age)
        change = Estimate(row.difference, row.difference_low, row.difference_high)
        own = row.run == context.baseline_name
        cells = [what, row.label, _estimate(row).text(signed=True), "" if own else change.text(signed=True)]
        clear = row.difference_low > 0 or row.difference_high < 0
        rows.append(Row(cells, run="" if own else row.run, grey=not own and not clear))
    found = measure(name)
    caption = (
        f"Gap in {found.label.lower()} between the most and least deprived fifth of {PEOPLE[sex]}, by cause "
        f"and by age (each adds up to the whole gap), all years pooled; {METHOD[found.kind]}"
    )
    return Table(name=f"{name}_gap_{sex}", caption=caption, head=head, rows=rows, frame=kept, headers=2)
