"""Staff and carbon: activities times hours, and times kilograms of carbon dioxide equivalent.

Whole-time equivalents of a group are hours of work in a year over the hours that one of them works in it,

    staff = sum over activities of activity x hours / hours a year,

with hours by activity in `staff_hours.csv`, mostly assumed, and hours a year in `staff_groups.csv`. They are
the staff that the activity takes, not those in post: duty rotas, management and vacancies are not in them.
Carbon is activity x factor (`carbon.csv`), life cycle as the source counts it; factors are of today.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import cache

import pandas as pd

from results.comparison import Comparison
from results.economics.activities import lengths, quantities, share_of_year, weighted
from results.economics.paired import CHANGE_COLUMNS, WHOLE, changes
from results.economics.prices import Quantity, quantity
from results.economics.sums import programme_rows
from results.economics.tables import table
from results.runs import Run

HOURS_PREFIX = "hours_"
KILOGRAMS_A_TONNE = 1000.0


@cache
def staff_hours() -> dict[tuple[str, str], Quantity]:
    """Return hours of work for one of an activity by activity and group of staff."""
    return {(row["activity"], row["group"]): quantity(row) for row in table("staff_hours")}


@cache
def hours_a_year() -> dict[str, Quantity]:
    """Return the hours that one whole-time equivalent of a group works in a year."""
    return {row["group"]: quantity(row) for row in table("staff_groups")}


def group_words() -> dict[str, str]:
    """Return what groups of staff are called."""
    return {row["group"]: row["words"] for row in table("staff_groups")}


@cache
def carbon_factors() -> dict[str, Quantity]:
    """Return kg CO2e for one of an activity."""
    return {row["activity"]: quantity(row) for row in table("carbon")}


def staff_of(run: Run, end: str = "value") -> pd.DataFrame:
    """Return years of work of one whole-time equivalent: unit, group, period, value.

    Args:
        run: The run.
        end: value, or low or high: hours an activity at that end of their ranges.
    """
    frame = pd.DataFrame(
        [
            (activity, group, getattr(hours, end) / hours_a_year()[group].value)
            for (activity, group), hours in staff_hours().items()
        ],
        columns=["activity", "group", "each"],
    )
    both = quantities(run).merge(frame, on="activity")
    both = both.assign(value=both["value"] * both["each"])
    return both.groupby(["unit", "group", "period"], sort=False)["value"].sum().reset_index()


def staff(comparison: Comparison) -> pd.DataFrame:
    """Return staff needed by group, every scenario against the baseline.

    Returns:
        Columns of `paired.changes` by group, whole-time equivalents, with difference_low_hours and
        difference_high_hours: the difference at all hours low, and high. The whole run is an average year.
    """
    found = _at_ends(comparison, staff_of, ["group"], "hours")
    numbers = [name for name in found.columns if name in CHANGE_COLUMNS or name.startswith("difference_")]
    years = lengths(comparison.baseline) | {WHOLE: share_of_year(comparison.baseline)}
    found[numbers] = found[numbers].div(found["period"].map(years), axis=0)
    return found


def declared_hours(comparison: Comparison) -> pd.DataFrame:
    """Return hours of staff that programmes state themselves, by group; they may overlap with contacts."""

    def of(run: Run) -> pd.DataFrame:
        found = programme_rows(run)
        found = found[found["measure"].str.startswith(HOURS_PREFIX)]
        return found.assign(group=found["measure"].str.removeprefix(HOURS_PREFIX))

    return changes(comparison, of, ["group"])


def carbon_of(run: Run, end: str = "value") -> pd.DataFrame:
    """Return tonnes CO2e of a run: unit, activity, period, value; arguments as `staff_of`."""
    each = {name: getattr(factor, end) / KILOGRAMS_A_TONNE for name, factor in carbon_factors().items()}
    found = quantities(run)
    found = found[found["activity"].isin(each)]
    return found.assign(value=found["value"] * found["activity"].map(each).astype(float))


def carbon(comparison: Comparison, *keys: str) -> pd.DataFrame:
    """Return tonnes CO2e by keys ('activity', 'provider', none), every scenario against the baseline.

    Returns:
        Columns as `staff`, tonnes; difference_low_factors and difference_high_factors.
    """
    return _at_ends(comparison, carbon_of, list(keys), "factors")


def _at_ends(
    comparison: Comparison, of: Callable[[Run, str], pd.DataFrame], keys: list[str], what: str
) -> pd.DataFrame:
    """Return changes at the central figures, with the difference at low and at high ones beside."""
    found = changes(comparison, lambda run: of(run, "value"), keys)
    for end, at_end in (("low", lambda run: of(run, "low")), ("high", lambda run: of(run, "high"))):
        index = ["run", *keys, "period"]
        named = changes(comparison, at_end, keys)[[*index, "difference"]]
        found = found.merge(named.rename(columns={"difference": f"difference_{end}_{what}"}), on=index)
    return found


def staff_needed(run: Run, by: str = "year") -> pd.DataFrame:
    """Return years of work of all groups: unit, period, value; for the measure of the registry."""
    each: dict[str, float] = {}
    for (activity, group), hours in staff_hours().items():
        each[activity] = each.get(activity, 0.0) + hours.value / hours_a_year()[group].value
    return weighted(run, each, by)


def tonnes(run: Run, by: str = "year") -> pd.DataFrame:
    """Return tonnes CO2e: unit, period, value; for the measure of the registry."""
    each = {name: factor.value / KILOGRAMS_A_TONNE for name, factor in carbon_factors().items()}
    return weighted(run, each, by)
