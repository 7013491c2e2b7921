"""Who could have a programme, who has it and who is missed, from the table `reach` of runs that hold it."""

from __future__ import annotations

import pandas as pd

from results.measures.series import MONTHS, month_labels
from results.report.blocks import Context
from results.runs import Run

TABLE = "reach"
ABSENT = (
    "Who is on the caseload and who is missed is not recorded in these runs: run the scenarios again with "
    "this version to see it."
)
COLUMNS = ["run", "label", "programme", "dimension", "level", "eligible", "reached", "following", "missed"]


def reach(context: Context) -> pd.DataFrame:
    """Return the last year's reach of every scenario by programme and stratum, means over repeat runs.

    Returns:
        Columns `COLUMNS`: `eligible` and `following` are means over the year's months, `reached` is the sum
        of its months, `missed` is the share of the eligible, in per cent, who were not reached in the year
        (NaN where nobody was eligible). Empty where no run holds the table.
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
    rows = table[table["period"].astype(str).isin(last)]
    keys = ["programme", "dimension", "level"]
    text = {key: rows[key].astype(str) for key in (*keys, "measure")}
    rows = rows.assign(**text)
    summed = rows.pivot_table(index=keys, columns="measure", values="value", aggfunc="sum", sort=False)
    summed = summed.reindex(columns=["eligible", "reached", "following"]) / len(run.replicates)
    summed[["eligible", "following"]] /= len(last)
    frame = summed.reset_index()
    share = 100 * (1 - frame["reached"] / frame["eligible"].where(frame["eligible"] > 0))
    names = {"run": context.comparison.names[run], "label": context.comparison.labels[run]}
    return frame.assign(missed=share.clip(lower=0), **names)[COLUMNS]
