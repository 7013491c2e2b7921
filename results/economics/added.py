"""What eats into a gain: double running, demand that capacity induces, and beds that are filled again.

Double running is what is paid twice over: while the programmes are paid, the staff and beds that they free
are paid as well, for capacity freed is no cash. In a year it is the smaller of the two,

    double running = min(programmes' cost, capacity freed), and nought where nothing is freed.
"""

from __future__ import annotations

import numpy as np
import pandas as pd

from results.comparison import Comparison
from results.economics.discounting import discount_factors
from results.economics.money import CAPACITY, COST, more_than_before
from results.economics.paired import SPREAD, changes, spread, with_sums
from results.economics.sums import programme_rows
from results.economics.tables import payers
from results.runs import Run
from results.statistics import Array

ADDED = {
    "freed_bed_days": "Bed days that the programme frees",
    "backfill_people": "People who come into the beds freed",
    "induced_people": "People who come because there is more capacity",
}


def double_running(comparison: Comparison) -> pd.DataFrame:
    """Return pounds paid twice over, all payers: run, label, period, value and its spread."""
    rows: list[dict[str, object]] = []
    for run in comparison.scenarios:
        kinds = [more_than_before(comparison, run, payer) for payer in payers()]
        cost, freed = (sum_of([one[kind] for one in kinds]) for kind in (COST, CAPACITY))
        units = paid_twice(cost, freed)
        if units.any():
            periods, every = with_sums(comparison, units, discount_factors(len(units)))
            found = spread(comparison, every)
            rows += [
                {"run": comparison.names[run], "label": comparison.labels[run], "period": period}
                | {name: float(values[place]) for name, values in found.items()}
                for place, period in enumerate(periods)
            ]
    return pd.DataFrame(rows, columns=["run", "label", "period", "value", *SPREAD])


def paid_twice(cost: Array, freed: Array) -> Array:
    """Return the smaller of programmes' cost and capacity freed, not below nought."""
    return np.maximum(0.0, np.minimum(cost, freed))


def sum_of(parts: list[Array]) -> Array:
    """Return arrays added up."""
    found: Array = np.sum(np.stack(parts), axis=0)
    return found


def induced_and_backfill(comparison: Comparison) -> pd.DataFrame:
    """Return beds freed, people let into them and people whom capacity brings, by programme and year.

    Returns:
        Columns of `paired.changes` by programme and measure (a key of `ADDED`), counts of the whole area.
    """

    def of(run: Run) -> pd.DataFrame:
        found = programme_rows(run)
        return found[found["measure"].isin(ADDED)]

    return changes(comparison, of, ["programme", "measure"])
