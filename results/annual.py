"""A finished run as one number a measure, year and replicate: what attribution and solving work from.

Beside the measures of the registry there are sums of money (`results/economics/sums.csv`), of each payer:
`net_cost_nhs`, `care_cash_council` and so on.
"""

from __future__ import annotations

from pathlib import Path

import pandas as pd

from results.economics import sums
from results.measures.registry import measures
from results.measures.series import values
from results.runs import Run
from sim.parameters.errors import InputError

COLUMNS = ["unit", "measure", "period", "value"]


def directions() -> dict[str, str]:
    """Return every name that can be read, with which way is better: lower, higher or neutral."""
    known = {name: found.direction for name, found in measures().items()}
    return known | dict.fromkeys(sums.names(), "lower")


def by_year(folder: Path, names: tuple[str, ...]) -> pd.DataFrame:
    """Return measures of a run by year, and over all years.

    Args:
        folder: The run's.
        names: Measures of the registry, or sums of money.

    Returns:
        Columns unit (draw x 100,000 + replicate), measure, period ('2029/30', or 'all years': there totals
        are averages a year), value. An expectancy has all years alone.

    Raises:
        InputError: When a name is unknown.
    """
    return _read(Run(folder), names)


def unit_by_year(folder: Path, unit: Path, names: tuple[str, ...]) -> pd.DataFrame:
    """Return measures of one finished unit of a run, as `by_year` does of all: for a study that is watched.

    Args:
        folder: The run's; it may be under way.
        unit: The folder of the unit's tables.
        names: As in `by_year`.
    """
    run = Run(folder)
    run.__dict__["_folders"] = {1: unit}  # in the place of what would be looked for on disk
    return _read(run, names)


def _read(run: Run, names: tuple[str, ...]) -> pd.DataFrame:
    known = directions()
    parts = []
    for name in names:
        if name not in known:
            raise InputError(
                file=run.folder, key="measure", found=name, allowed="a measure of results", names=known
            )
        found = sums.sum_of_money(run, name) if name in sums.names() else _measure(run, name)
        parts.append(found.assign(measure=name))
    return pd.concat(parts, ignore_index=True)[COLUMNS]


def _measure(run: Run, name: str) -> pd.DataFrame:
    """Return a measure of the registry by year and over all years."""
    parts = [values(run, name, "all", "all")]
    if not measures()[name].is_expectancy:
        parts.insert(0, values(run, name, "all", "year"))
    found = pd.concat(parts, ignore_index=True).rename(columns={"replicate": "unit"})
    return found[["unit", "period", "value"]]
