"""How many people live with each condition, at yearly moments."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from results.dense import Dense, dense
from results.measures.counted import counted as counted_of
from results.measures.periods import month_labels
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
    months = month_labels(run)
    moments = [*months, str(pd.Period(months[-1], freq="M") + 1)]
    held = dense(run, "conditions", moments, {"dimension": {dimension}, "measure": {counted}})
    known = held.known.get("dimension", ())
    if dimension not in known and known:
        allowed = ", ".join(known)
        raise InputError(file=run.folder, key="dimension", found=dimension, allowed=allowed, names=known)
    unit, key, moment = np.nonzero(~np.isnan(held.values))
    cases = pd.DataFrame(
        {
            "replicate": np.array(run.replicates)[unit],
            "period": pd.array(moments, dtype="str")[moment],
            "level": _texts(held, "level")[key],
            "condition": _texts(held, "condition")[key],
            "cases": held.values[unit, key, moment],
        }
    )
    merged = cases.merge(_population(run, dimension), on=["replicate", "period", "level"], how="left")
    merged["value"] = 100 * merged["cases"] / merged["population"].where(merged["population"] > 0)
    return merged.sort_values(["replicate", "period", "level", "condition"], ignore_index=True)


def _texts(held: Dense, name: str) -> pd.api.extensions.ExtensionArray:
    """Return the texts of one column of keys; none where the table is empty."""
    return pd.array(held.keys[name] if name in held.keys else [], dtype="str")


def _population(run: Run, dimension: str) -> pd.DataFrame:
    """Return people at the start of each month and, for the month after the last, at its end."""
    summed = counted_of(run, dimension, "month").summed
    columns = ["replicate", "period", "level", "population"]
    summed = summed.reindex(columns=["population_start", "population_end"])
    both = summed.reset_index()
    last = month_labels(run)[-1]
    after = str(pd.Period(last, freq="M") + 1)
    ends = both[both["period"] == last].assign(period=after, population=both["population_end"])
    return pd.concat([both.assign(population=both["population_start"]), ends])[columns]
