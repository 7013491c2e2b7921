"""The gap in life expectancy between the most and the least deprived fifth, by cause of death and age.

Contributions are of the least deprived fifth changed into the most deprived, so that they add up to most
minus least deprived, as `absolute_gap` has it: below nothing, a part of the years by which the most deprived
live shorter. Life expectancy is shared out by Arriaga's method, healthy life expectancies by that of Andreev
and others, which adds what worse health at an age takes (`results.measures.arriaga`,
`results.measures.healthy_gap`).

Death rates are those of the whole run, as in the registry's expectancies; a run that did not record deaths of
each cause by age and fifth has one cause, 'all causes'.
"""

from __future__ import annotations

from itertools import pairwise
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from results.measures.arriaga import arriaga
from results.measures.healthy_gap import healthy_gap
from results.measures.registry import Measure, measure
from results.measures.series import BY_CAUSE, MOST_DEPRIVED, mortality
from sim.parameters.errors import InputError

if TYPE_CHECKING:
    from results.comparison import Comparison
    from results.runs import Run

LEAST_DEPRIVED = "5"
ALL_CAUSES = "all causes"
WORSE_HEALTH = "worse health"
EVERY_AGE = "all ages"
ALL_PARTS = "all parts"
AGE_GROUPS = (0, 15, 45, 65, 75, 85)
"""First age of the groups in which contributions are given."""
INDEX = ["cause", "age"]


def life_gap(comparison: Comparison, name: str, sex: str | None = None) -> pd.DataFrame:
    """Return what each cause and age adds to the gap in an expectancy at birth, for every run.

    Args:
        comparison: The runs.
        name: An expectancy at birth of the registry.
        sex: male, female, or None for both together.

    Returns:
        Columns run, label, cause, age, value, low, high (years; 95% over replicates), and the paired
        difference from baseline with its interval: difference, difference_low, difference_high. 'all ages'
        adds up a cause, 'all parts' an age, both the gap itself. Empty where a run does not record what it
        takes.

    Raises:
        InputError: The measure is no expectancy at birth.
    """
    found = measure(name)
    if not found.is_expectancy or found.numerator[-1] != "0":
        allowed = "an expectancy at birth"
        raise InputError(file="results.inequality", key="measure", found=name, allowed=allowed)
    wides = {run: _units(comparison, run, found, sex) for run in comparison.runs}
    if any(wide.empty for wide in wides.values()):
        return pd.DataFrame(columns=["run", "label", *INDEX, "value", "low", "high"])
    return comparison.summarised(wides)


def _units(comparison: Comparison, run: Run, found: Measure, sex: str | None) -> pd.DataFrame:
    """Return the contributions, index (cause, age), a column for each unit."""
    pooled = mortality(run)
    column = found.numerator[0] if found.kind == "sullivan" else None
    fifths = set(pooled.index.get_level_values("quintile"))
    if {MOST_DEPRIVED, LEAST_DEPRIVED} - fifths or (column and column not in pooled.columns):
        return pd.DataFrame()
    if sex is not None:
        pooled = pooled.xs(sex, level="sex")
    summed = pooled.groupby(["replicate", "quintile", "age_from"]).sum()
    own = comparison.own_units(run)
    made = {unit: contributions(summed.loc[unit], column) for unit in dict.fromkeys(own)}
    return pd.concat([made[unit] for unit in own], axis=1).set_axis(list(comparison.units), axis=1)


def contributions(counts: pd.DataFrame, health: str | None = None) -> pd.Series:
    """Return what each cause and age group adds to the gap between the end fifths.

    Args:
        counts: Index (quintile, age_from); columns person_years, deaths, by cause where it is known, and the
            years that count.
        health: Column of the years that count; None for all of them.

    Returns:
        Years, index (cause, age), with sums over ages and over parts. NaN where a band has nobody, or nobody
        dies in the last.
    """
    causes = [name for name in counts.columns if str(name).startswith(BY_CAUSE)]
    ends = [counts.loc[fifth] for fifth in (LEAST_DEPRIVED, MOST_DEPRIVED)]
    ages = np.asarray(ends[0].index, dtype=float)
    with np.errstate(divide="ignore", invalid="ignore"):
        rates = [(end[causes or ["deaths"]].to_numpy() / end[["person_years"]].to_numpy()).T for end in ends]
        labels = [str(name).removeprefix(BY_CAUSE) for name in causes] or [ALL_CAUSES]
        if health is None:
            parts = arriaga(ages, rates[0], rates[1])
        else:
            shares = [np.minimum((end[health] / end["person_years"]).to_numpy(), 1.0) for end in ends]
            by_death, by_health = healthy_gap(ages, (rates[0], rates[1]), (shares[0], shares[1]))
            parts, labels = np.vstack([by_death, by_health]), [*labels, WORSE_HEALTH]
    if not np.isfinite(parts).all():
        parts = np.full_like(parts, np.nan)
    return _grouped(parts, labels, ages)


def _grouped(parts: np.ndarray, labels: list[str], ages: np.ndarray) -> pd.Series:
    """Add up bands to age groups, and both ways to the whole."""
    starts = np.searchsorted(ages, AGE_GROUPS)
    by_group = np.add.reduceat(parts, starts, axis=1)
    whole = np.vstack([by_group, by_group.sum(axis=0)])
    whole = np.hstack([whole, whole.sum(axis=1, keepdims=True)])
    index = pd.MultiIndex.from_product([[*labels, ALL_PARTS], [*_group_names(), EVERY_AGE]], names=INDEX)
    return pd.Series(whole.ravel(), index=index)


def _group_names() -> list[str]:
    """Return '0-14', ..., '85+'."""
    ends = [f"{first}-{after - 1}" for first, after in pairwise(AGE_GROUPS)]
    return [*ends, f"{AGE_GROUPS[-1]}+"]
