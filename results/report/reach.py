"""Who could have a programme, who has it and who is missed, from the table `reach` of runs that hold it."""

from __future__ import annotations

from functools import cache, lru_cache

import pandas as pd

from results.measures.series import MONTHS, month_labels
from results.report.blocks import Context
from results.runs import Run

TABLE = "reach"
HOURS = "hours_"
DAYS_A_YEAR = 365.25
ABSENT = (
    "Who is on the caseload and who is missed is not recorded in these runs: run the scenarios again with "
    "this version to see it."
)
COLUMNS = ["run", "label", "programme", "dimension", "level", "eligible", "reached", "following", "missed"]


@lru_cache(maxsize=2)
def reach(context: Context) -> pd.DataFrame:
    """Return the last year's reach of every scenario by programme and stratum, means over repeat runs.

    Returns:
        Columns `COLUMNS`: `eligible` and `following` are means over the year's months in which they were
        recorded, `reached` is the sum of its months. `missed` is the share of the eligible, in per cent, that
        is not on the caseload, or, for programmes without one, was not reached since the run began (NaN where
        nobody was eligible). Empty where no run holds the table.
    """
    parts = [_of(context, run) for run in context.comparison.scenarios]
    kept = [part for part in parts if not part.empty]
    return pd.concat(kept, ignore_index=True) if kept else pd.DataFrame(columns=COLUMNS)


def _of(context: Context, run: Run) -> pd.DataFrame:
    """Return the reach of one scenario."""
    table = run.optional_table(TABLE)
    if table is None or table.empty:
        return pd.DataFrame(columns=COLUMNS)
    months = month_labels(run)
    last = months[(len(months) - 1) // MONTHS * MONTHS :]
    keys = ["programme", "dimension", "level"]
    rows = table.assign(**{key: table[key].astype(str) for key in (*keys, "measure", "period")})
    summed = rows.groupby([*keys, "measure", "period"], sort=False)["value"].sum() / len(run.replicates)
    ever = _wide(summed.groupby([*keys, "measure"], sort=False).sum())
    year = summed[summed.index.get_level_values("period").isin(last)].groupby([*keys, "measure"], sort=False)
    frame = _wide(year.mean())  # of the months in which it was recorded
    frame["reached"] = _wide(year.sum())["reached"]
    have = frame["following"].where(frame["following"] > 0, ever["reached"].reindex(frame.index))
    share = 100 * (1 - have / frame["eligible"].where(frame["eligible"] > 0))
    frame = frame.assign(missed=share.clip(lower=0)).reset_index()
    names = {"run": context.comparison.names[run], "label": context.comparison.labels[run]}
    return frame.assign(**names)[COLUMNS]


def _wide(summed: pd.Series) -> pd.DataFrame:
    """Put the measures side by side; NaN where one was not recorded."""
    wide = (
        summed.rename("value")
        .reset_index()
        .pivot_table(index=["programme", "dimension", "level"], columns="measure", values="value", sort=False)
    )
    return wide.reindex(columns=["eligible", "reached", "following"])


def staff_a_day(context: Context, moved: pd.DataFrame, level: str) -> pd.DataFrame:
    """Return hours of programmes' staff a day in one neighbourhood, by run and group of staff.

    A programme's hours, which are recorded for the whole area, are shared out by whom it reached in the year.

    Args:
        context: The comparison.
        moved: As `reach` returns it.
        level: The neighbourhood.

    Returns:
        Columns run, group, hours; without rows where runs hold no hours or no reach.
    """
    parts = []
    for run in context.comparison.scenarios:
        name, hours = context.comparison.names[run], _hours(run)
        mine = moved[moved["run"] == name].set_index(["dimension", "level", "programme"])["reached"]
        for (programme, group), total in hours.items():
            here, whole = (float(mine.get((*place, programme), 0.0)) for place in
                           (("neighbourhood", level), ("all", "all")))  # fmt: skip
            if whole > 0 and here > 0:
                parts.append((name, group, total * here / whole))
    frame = pd.DataFrame(parts, columns=["run", "group", "hours"])
    return frame.groupby(["run", "group"], sort=False, as_index=False)["hours"].sum()


@cache
def _hours(run: Run) -> dict[tuple[str, str], float]:
    """Return hours a day of the last year by programme and group of staff, means over repeat runs."""
    table = run.optional_table("programmes")
    if table is None or table.empty:
        return {}
    months = month_labels(run)
    last = months[(len(months) - 1) // MONTHS * MONTHS :]
    named = table["measure"].astype(str)
    rows = table[named.str.startswith(HOURS) & table["period"].astype(str).isin(last)]
    group = rows["measure"].astype(str).str.removeprefix(HOURS)
    summed = rows.groupby([rows["programme"].astype(str), group], sort=False)["value"].sum()
    days = DAYS_A_YEAR * len(last) / MONTHS * len(run.replicates)
    return {(str(one), str(of)): float(total) / days for (one, of), total in summed.items()}
