"""The tables of a solution and of a portfolio, as they are written."""

from __future__ import annotations

from collections.abc import Sequence

import pandas as pd

from scenarios.experiment import Experiment, summary
from scenarios.portfolio import NOTHING, Portfolio
from scenarios.solving import Goal, Point, Solution
from scenarios.varying import Field


def solution_table(
    points: Sequence[Point], field: Field, goal: Goal, experiment: Experiment, found: Solution | None = None
) -> pd.DataFrame:
    """Return a row for each value tried, the one that meets the target marked, and its interval beside it.

    Args:
        points: The values tried.
        field: What was varied.
        goal: What was wanted.
        experiment: Where they were run.
        found: The value that meets the target; None where it is out of reach.

    Returns:
        Columns field, value, written, meets_target, measure, level, level_low, level_high, change,
        change_low, change_high, value_low, value_high, value_drawn_low, value_drawn_high (the last four only
        where it meets the target).
    """
    rows = []
    unknown = (float("nan"),) * 4
    names = ("value_low", "value_high", "value_drawn_low", "value_drawn_high")
    for point in points:
        level, change = (summary(one, experiment.draws) for one in (point.level, point.change))
        meets = found is not None and point.value == found.value
        ends = unknown
        if found is not None and meets:
            one = found.interval
            ends = (one.low, one.high, one.drawn_low, one.drawn_high)
        rows.append(
            {"field": field.path, "value": point.value, "written": field.told(point.value)}
            | {"meets_target": meets, "measure": goal.measure}
            | {"level": level.mean, "level_low": level.low, "level_high": level.high}
            | {"change": change.mean, "change_low": change.low, "change_high": change.high}
            | dict(zip(names, ends, strict=True))
        )
    return pd.DataFrame(rows)


def portfolio_tables(found: Portfolio) -> dict[str, pd.DataFrame]:
    """Return a row for each programme and for choosing nothing, one for the best set, one for every set."""
    rows: list[dict[str, object]] = [
        {"programme": one.name, "in_best": one.in_best, "first": one.first}
        | {"first_for_money": one.first_for_money, "chosen": one.chosen}
        | {f"gain_{name}": value for name, value in vars(one.benefit).items()}
        | {f"cost_{name}": value for name, value in vars(one.cost).items()}
        for one in found.programmes
    ]
    first, first_for_money = found.nothing
    rows.append(
        {"programme": NOTHING, "in_best": not found.best, "first": first, "first_for_money": first_for_money}
        | {"chosen": found.chosen_nothing, "gain_mean": 0.0, "cost_mean": 0.0}
    )
    best: dict[str, object] = {"programmes": "+".join(found.best), "as_often": found.as_often}
    best |= {"nothing_as_often": found.chosen_nothing, "told_apart_from_nothing": found.told_apart}
    for name in ("added_up", "whole", "interaction", "whole_cost"):
        best |= {f"{name}_{end}": value for end, value in vars(getattr(found, name)).items()}
    sets = [{"programmes": "+".join(names) or NOTHING, "share": share} for names, share in found.sets]
    return {
        "portfolio": pd.DataFrame(rows), "portfolio_best": pd.DataFrame([best]),
        "portfolio_sets": pd.DataFrame(sets),
    }  # fmt: skip
