"""Figures of the Word summary: main measures, chance and parameters apart, and neighbourhoods."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pandas as pd

from results.measures.registry import measure
from results.report.blocks import NOT_READ, Context, change_text, estimate, is_clear
from results.report.headline import net_cost
from results.report.sections.shared import place_words, spoken
from results.uncertainty.tornado import LEAST_DRAWS
from results.wording import joined, number, pounds

SHOWN = ("emergency_admissions", "nctr_daily")
"""Measures of the table; of a cell, a scenario's difference from baseline in the last year."""
BY_NEIGHBOURHOOD = ("emergency_admissions", "nctr_daily")
NEIGHBOURHOOD = "neighbourhood"
MOST_NAMED = 3
TEAMS = "Neighbourhoods with a clear change of admissions"
NET_COST = "Net cost (NHS and councils)"


def main_figures(context: Context) -> tuple[list[str], list[list[str]]]:
    """Return headings and rows of the table: a row a scenario, a column a measure, and its net cost.

    Each cell has the difference with its 95% interval over repeat runs and, of a study with draws enough, the
    95% range over the uncertain figures after it.
    """
    changes = context.changes(SHOWN)
    names = [name for name in SHOWN if (changes["measure"] == name).any()]
    head = ["Scenario", *(f"{measure(name).label} ({measure(name).unit})" for name in names), TEAMS, NET_COST]
    cells = {(row.run, row.measure): _cell(context, row) for row in changes.itertuples()}
    teams, rows = _teams(context), []
    for run in context.comparison.scenarios:
        key, cost = context.comparison.names[run], net_cost(context, run)
        money = "not known" if cost is None else pounds(cost, signed=True)
        found = (cells.get((key, name), "not known") for name in names)
        rows.append([context.comparison.labels[run], *found, teams.get(key, "not known"), money])
    return head, rows


def _teams(context: Context) -> dict[str, str]:
    """Return for each scenario in how many neighbourhoods emergency admissions clearly change."""
    if NEIGHBOURHOOD not in context.dimensions:
        return {}
    changes = context.changes(BY_NEIGHBOURHOOD[:1], NEIGHBOURHOOD)
    return {
        str(run): f"{sum(map(is_clear, part['verdict']))} of {len(part)}"
        for run, part in changes.groupby("run", sort=False)
    }


def _cell(context: Context, row: Any) -> str:
    """Return a difference with its intervals."""
    text = change_text(row, measure(row.measure))
    if row.verdict == "scale":
        return f"{text}: {NOT_READ}"
    if len(context.comparison.draw_numbers) >= LEAST_DRAWS and pd.notna(row.parameter_low):
        places = estimate(row, "difference").places
        ends = (number(end, places, signed=True) for end in (row.parameter_low, row.parameter_high))
        text += f"; over parameters {' to '.join(ends)}"
    return text


def of_parameters(context: Context) -> str:
    """Return in a sentence what is shown of the uncertain figures; empty where none was drawn."""
    drawn = len(context.comparison.draw_numbers)
    if not context.comparison.drawn:
        return ""
    if drawn < LEAST_DRAWS:
        return (
            f"The uncertain figures were drawn {drawn} times, which is too few to show a range: with "
            f"{LEAST_DRAWS} draws or more one stands beside the interval."
        )
    return (
        f"“Over parameters” is the 95% range over {drawn} draws of the uncertain figures, chance taken out."
    )


def neighbourhoods(context: Context) -> Iterator[str]:
    """Yield for each scenario in how many neighbourhoods it clearly changes what, and in which most."""
    if NEIGHBOURHOOD not in context.dimensions:
        return
    changes, places = context.changes(BY_NEIGHBOURHOOD, NEIGHBOURHOOD), place_words(context)
    for run in context.comparison.scenarios:
        mine = changes[changes["run"] == context.comparison.names[run]]
        told = [
            _clear(name, part, places)
            for name in BY_NEIGHBOURHOOD
            if len(part := mine[mine["measure"] == name])
        ]
        if told:
            yield f"{context.comparison.labels[run]}: {'; '.join(told)}."


def _clear(name: str, rows: pd.DataFrame, places: frozenset[str]) -> str:
    """Return where one measure clearly changes."""
    clear = rows[[is_clear(verdict) for verdict in rows["verdict"]]]
    what = measure(name).label
    what = what[0].lower() + what[1:]
    if clear.empty:
        return f"{what} clearly change in none of {len(rows)}"
    largest = clear.reindex(clear["percent"].abs().sort_values(ascending=False).index)[:MOST_NAMED]
    named = joined(
        [
            f"{spoken(str(level), places)} {number(float(percent), signed=True)}%"
            for level, percent in largest[["level", "percent"]].to_numpy()
        ]
    )
    most = ", most in" if len(clear) > len(largest) else ":"
    return f"{what} clearly change in {len(clear)} of {len(rows)}{most} {named}"
