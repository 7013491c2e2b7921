"""The tables of a solution and of a portfolio, as they are written."""

from __future__ import annotations

import pandas as pd

from scenarios.experiment import Experiment, summary
from scenarios.portfolio import Portfolio
from scenarios.solving import Solution


def solution_table(found: Solution, experiment: Experiment) -> pd.DataFrame:
    """Return a row for each value tried, the one that meets the target marked, and its interval beside it.

    Returns:
        Columns field, value, written, meets_target, measure, level, level_low, level_high, change,
        change_low, change_high, value_low, value_high, value_drawn_low, value_drawn_high (the last four only
        where it meets the target).
    """
    rows = []
    for point in found.points:
        level, change = (summary(one, experiment.draws) for one in (point.level, point.change))
        meets = point.value == found.value
        one = found.interval
        ends = (one.low, one.high, one.drawn_low, one.drawn_high) if meets else (float("nan"),) * 4
        names = ("value_low", "value_high", "value_drawn_low", "value_drawn_high")
        rows.append(
            {"field": found.field.path, "value": point.value, "written": found.field.told(point.value)}
            | {"meets_target": meets, "measure": found.goal.measure}
            | {"level": level.mean, "level_low": level.low, "level_high": level.high}
            | {"change": change.mean, "change_low": change.low, "change_high": change.high}
            | dict(zip(names, ends, strict=True))
        )
    return pd.DataFrame(rows)


def portfolio_tables(found: Portfolio) -> dict[str, pd.DataFrame]:
    """Return a row for each programme, and one for the best set."""
    rows = [
        {"programme": one.name, "in_best": one.in_best, "first": one.first}
        | {"first_for_money": one.first_for_money, "chosen": one.chosen}
        | {f"gain_{name}": value for name, value in vars(one.benefit).items()}
        | {f"cost_{name}": value for name, value in vars(one.cost).items()}
        for one in found.programmes
    ]
    best: dict[str, object] = {"programmes": "+".join(found.best), "as_often": found.as_often}
    for name in ("added_up", "whole", "interaction", "whole_cost"):
        best |= {f"{name}_{end}": value for end, value in vars(getattr(found, name)).items()}
    return {"portfolio": pd.DataFrame(rows), "portfolio_best": pd.DataFrame([best])}
