"""The do-nothing gap: what current service continued would cost, against what is allocated, year by year.

'Do nothing' is current service continued: the baseline run. The care that is counted and priced is part of
what the allocation pays for, and is taken to keep its share of it. With C(t) its cost in the year t and A(t)
the allocation, both in pounds of the price year,

    gap(t) = C(t) - C(0) A(t) / A(0),

the pounds by which need grows faster than money from the first year on. A scenario's gap has its own care and
what its programmes cost the payer beside; it closes baseline's gap less its own. Unit costs stay as they are
in real terms, and no productivity is taken: what the plan's own yearly gain would take off is told beside.
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
import pandas as pd

from results.comparison import Comparison
from results.economics.accounts import ledger
from results.economics.activities import activities
from results.economics.allocations import NHS, TOTAL, allocations, whole_years
from results.economics.paired import SPREAD, every_year, side_by_side, spread
from results.economics.sums import programme_pounds
from results.economics.tables import table
from results.runs import Run
from results.statistics import Array, fieller, over_replicates

Mask = npt.NDArray[np.bool_]
QUANTITIES = ("cost", "affordable", "gap", "productivity", "closed", "closed_percent")
COLUMNS = ["run", "label", "quantity", "period", "value", *SPREAD]


def real_allocation(comparison: Comparison) -> Array:
    """Return the allocation of each year of the runs, pounds of the price year; NaN where no plan says."""
    area = str(comparison.baseline.manifest["area"])
    known = {one.year: one.pounds for one in allocations(area) if one.key == TOTAL}
    return np.array([known.get(year, np.nan) for year in comparison.years])


def do_nothing_gap(cost: Array, allocation: Array) -> Array:
    """Return the gap (years, units) of costs (years, units) against an allocation (years,)."""
    return cost - affordable(cost, allocation)


def affordable(cost: Array, allocation: Array) -> Array:
    """Return what the first year's share of the allocation pays for (years, units)."""
    shares: Array = allocation / allocation[0]
    return np.multiply(cost[:1], shares[:, None])


def gap(comparison: Comparison) -> pd.DataFrame:
    """Return the do-nothing gap of every run and how much of the baseline's a scenario closes.

    Returns:
        Columns `COLUMNS`; quantity is cost (care and programmes of the NHS), affordable, gap, productivity
        (what the plan's yearly gain of productivity would take off the cost), closed (baseline's gap less the
        scenario's; paired) and closed_percent (of the baseline's gap; Fieller's interval, none where that gap
        is not clear of nought). Years for which no plan says what is
        allocated, and a part of a year, are left out.
    """
    allocation = real_allocation(comparison)
    known = np.isfinite(allocation) & whole_years(comparison)
    if not known[0] or known.sum() < 2:
        return pd.DataFrame(columns=COLUMNS)
    before = _cost(comparison, comparison.baseline)
    parts = []
    for run in comparison.runs:
        cost = _cost(comparison, run)
        # Both are held against what the baseline's first year shows to be its share.
        own = cost - affordable(before, allocation)
        found = {"cost": cost, "affordable": affordable(before, allocation), "gap": own,
                 "productivity": cost * _productivity(len(cost))[:, None]}  # fmt: skip
        if run is not comparison.baseline:
            found["closed"] = do_nothing_gap(before, allocation) - own
        parts += [_rows(comparison, run, name, units, known) for name, units in found.items()]
        if "closed" in found:
            shared = _percent(comparison, found["closed"], do_nothing_gap(before, allocation))
            parts.append(_named(comparison, run, "closed_percent", shared, known))
    return pd.concat(parts, ignore_index=True)[COLUMNS]


def _cost(comparison: Comparison, run: Run) -> Array:
    """Return what the NHS pays for care and programmes (years, units)."""
    counted = {name for name, one in activities().items() if one.in_sums and one.payer == NHS}
    care = ledger(run)
    care = care[care["activity"].isin(counted)]
    own = programme_pounds(run)
    own = own[own["payer"] == NHS]
    parts = [every_year(comparison, side_by_side(comparison, run, tidy, [])) for tidy in (care, own)]
    return parts[0] + parts[1]


def _productivity(years: int) -> Array:
    """Return the share of each year's cost that the plan's productivity would take off."""
    yearly = next(float(row["value"]) for row in table("plan_figures") if row["key"] == "productivity") / 100
    return np.asarray(1.0 - (1.0 - yearly) ** np.arange(years), dtype=np.float64)


def _percent(comparison: Comparison, closed: Array, whole: Array) -> dict[str, Array]:
    """Return closed as a percentage of the gap, by year, with Fieller's interval."""
    draws = len(comparison.draw_numbers)
    above, below = over_replicates(closed, draws), over_replicates(whole, draws)
    with np.errstate(divide="ignore", invalid="ignore"):
        value = 100 * above.mean(axis=-1) / below.mean(axis=-1)
    ends = 100 * np.array([fieller(one, two) for one, two in zip(above, below, strict=True)])
    value[np.isnan(ends[:, 0])] = np.nan
    nothing = np.full(len(value), np.nan)
    return {"value": value, "low": ends[:, 0], "high": ends[:, 1], "parameter_low": nothing,
            "parameter_high": nothing}  # fmt: skip


def _rows(comparison: Comparison, run: Run, name: str, units: Array, known: Mask) -> pd.DataFrame:
    """Return one quantity of one run by year."""
    return _named(comparison, run, name, spread(comparison, units), known)


def _named(comparison: Comparison, run: Run, name: str, found: dict[str, Array], known: Mask) -> pd.DataFrame:
    """Return figures by year with whose they are, for the years that have an allocation."""
    frame = pd.DataFrame(found).assign(
        run=comparison.names[run], label=comparison.labels[run], quantity=name, period=comparison.years
    )
    return frame[known]
