"""Sentences written from the numbers: headlines of charts, and what is written beside dots."""

from __future__ import annotations

import pandas as pd

from results.measures.registry import Measure, measure
from results.report.blocks import NOT_READ, Context, best_change, estimate, is_clear
from results.trial import LEAD
from results.wording import Estimate, number, seen


def _unsigned(row: object, found: Measure) -> str:
    """Return the size of a change on the scale a planner reads, without its sign."""
    if found.is_share or found.unit == "years":
        unit = "percentage points" if found.is_share else "years"
        return f"{_size_text(estimate(row, 'difference'))} {unit}"
    return _size_text(estimate(row, "percent", "percent_low", "percent_high"), "%")


def _size_text(shown: Estimate, suffix: str = "") -> str:
    """Return the size without sign and without interval, for a headline."""
    places = min(shown.places, 1 if abs(shown.mean) >= 1 else 2)
    return number(abs(shown.mean), seen(shown.mean, places)) + suffix


def finding(rows: pd.DataFrame, found: Measure, when: str) -> str:
    """Return a chart's title: the largest clear change among scenarios, and what the others do.

    Args:
        rows: Differences of one measure in one period, a row a scenario.
        found: The measure.
        when: When, in words ('in 2030/31').
    """
    name = found.label[0].lower() + found.label[1:] if not found.label[:2].isupper() else found.label
    if rows.empty:
        return f"{found.label} {when}"
    if (rows["verdict"] == "scale").all():
        return f"{found.label} {when}: {NOT_READ}"
    clear = rows[rows["verdict"].map(is_clear)].sort_values("percent", key=abs, ascending=False)
    if clear.empty:
        return f"No scenario clearly changes {name} {when}"
    top = next(clear.itertuples())
    verb = "raises" if top.difference > 0 else "lowers"
    title = f"{top.label} {verb} {name} by {_unsigned(top, found)} {when}"
    others = len(rows) - len(clear)
    if len(rows) > 1 and others == len(rows) - 1:
        return f"{title}; no other scenario clearly changes it"
    if len(clear) > 1:
        return f"{title}, the largest change of {len(rows)} scenarios"
    return title


def main_finding(context: Context) -> str:
    """Return one sentence on which scenario moves which headline most."""
    said = []
    for name in ("emergency_admissions", "occupied_beds"):
        rows = context.comparison.differences(name)
        rows = rows[rows["period"] == context.last_year]
        said.append(finding(rows, measure(name), f"over {context.year_words}") + ".")
    lead = LEAD if context.comparison.shortcomings else ""
    return lead + " ".join(said)


def effect_text(row: object) -> str:
    """Return the words written beside a dot."""
    return best_change(row, measure(row.measure))  # type: ignore[attr-defined]
