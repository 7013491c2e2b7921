"""How many people live with each condition, at yearly moments."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pandas as pd

from results.measures.series import month_labels
from sim.parameters.errors import InputError

if TYPE_CHECKING:
    from results.runs import Run


def prevalence(run: Run, dimension: str = "all", counted: str = "cases") -> pd.DataFrame:
    """Return cases and the share of people with each condition at each recorded moment.

    Cases are those on the register of their practice; `undiagnosed` counts those who have a condition and are
    not, where a condition tells the two apart.

    Args:
        run: The run.
        dimension: A recorded dimension.
        counted: `cases` or `undiagnosed`.

    Returns:
        Columns replicate, period ('YYYY-MM'), level, condition, cases, population, value (per cent).
    """
    table = run.table("conditions")
    known = [str(name) for name in table["dimension"].cat.categories]
    if dimension not in known and not table.empty:
        allowed = ", ".join(known)
        raise InputError(file=run.folder, key="dimension", found=dimension, allowed=allowed, names=known)
    keep = (table["dimension"] == dimension) & (table["measure"] == counted)
    cases = table.loc[keep, ["replicate", "period", "level", "condition", "value"]].rename(
        columns={"value": "cases"}
    )
    for column in ("period", "level", "condition"):
        cases[column] = cases[column].astype(str)
    merged = cases.merge(_population(run, dimension), on=["replicate", "period", "level"], how="left")
    merged["value"] = 100 * merged["cases"] / merged["population"].where(merged["population"] > 0)
    return merged.sort_values(["replicate", "period", "level", "condition"], ignore_index=True)


def _population(run: Run, dimension: str) -> pd.DataFrame:
    """Return people at the start of each month and, for the month after the last, at its end."""
    table = run.table("measures")
    rows = table.loc[table["dimension"] == dimension, ["replicate", "period", "level", "measure", "value"]]
    starts = rows[rows["measure"] == "population_start"]
    months = month_labels(run)
    ends = rows[(rows["measure"] == "population_end") & (rows["period"] == months[-1])]
    after = str(pd.Period(months[-1], freq="M") + 1)
    both = pd.concat([starts.astype({"period": str}), ends.astype({"period": str}).assign(period=after)])
    both["level"] = both["level"].astype(str)
    return both.rename(columns={"value": "population"}).drop(columns="measure")
