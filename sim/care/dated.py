"""A network whose parameters change at dates: committed plans, as of emergency care that moves between sites.

A row of an area's `dated.csv` gives a parameter another value from a month on. The network is compiled once
for each month in which something changes; all versions have the same nodes, so people stay where they are
and meet the new routes, times and places from then on.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

import pandas as pd

from sim.care.kept import load_kept
from sim.care.network import Network
from sim.parameters.errors import InputError

MONTHS_A_YEAR = 12


def month_number_of(label: str) -> int:
    """Return the calendar month of 'YYYY-MM': 12 * year + month - 1."""
    year, month = label.split("-")
    return int(year) * MONTHS_A_YEAR + int(month) - 1


class DatedNetwork:
    """One network in the versions that follow each other.

    Args:
        versions: (calendar month from which it holds, network), the first for all earlier months too.
        calendar_start: Calendar month of month 0 of the run.
    """

    def __init__(self, versions: Sequence[tuple[int, Network]], calendar_start: int) -> None:
        self.versions = sorted(versions, key=lambda version: version[0])
        self.calendar_start = calendar_start

    @property
    def first(self) -> Network:
        """The network in force at the start of the run."""
        return self.at(0)

    def at(self, month: int) -> Network:
        """Return the network in force in a month of the run; those of the burn-in are as month 0."""
        now = self.calendar_start + max(0, month)
        found = self.versions[0][1]
        for start, network in self.versions:
            if start <= now:
                found = network
        return found

    def map(self, change: Callable[[Network], Network]) -> DatedNetwork:
        """Return the same with every version changed."""
        changed = [(start, change(network)) for start, network in self.versions]
        return DatedNetwork(changed, self.calendar_start)


def load_dated(
    path: Path,
    scalars: Mapping[str, float],
    dated: pd.DataFrame,
    calendar_start: int,
    planned: bool,
    months: int | None = None,
) -> DatedNetwork:
    """Load a network and its later versions, as far as the run lasts.

    Args:
        path: The network file.
        scalars: Scalars by name.
        dated: Rows of `dated.csv`: name, start ('YYYY-MM'), value.
        calendar_start: Calendar month of month 0.
        planned: False leaves every plan out.
        months: Months of the run; versions that begin after it are not made. None makes all.

    Raises:
        InputError: A row names a parameter that the tables beside the network do not have.
    """
    versions = [(0, load_kept(path, scalars))]
    if not planned or dated.empty:
        return DatedNetwork(versions, calendar_start)
    known = _names(path, versions[0][1], scalars)
    changed = dict(scalars)
    for start, rows in sorted(dated.groupby("start")):
        for name, value in zip(rows["name"], rows["value"], strict=True):
            if name not in known:
                raise InputError(
                    file=path.parent / "dated.csv", key="name", found=name,
                    allowed="a parameter of the network's tables", names=sorted(known),
                )  # fmt: skip
            changed[str(name)] = float(value)
        if months is not None and month_number_of(str(start)) >= calendar_start + months:
            continue
        versions.append((month_number_of(str(start)), load_kept(path, changed, nodes_may_close=True)))
    return DatedNetwork(versions, calendar_start)


def _names(path: Path, network: Network, scalars: Mapping[str, float]) -> set[str]:
    tables = [pd.read_csv(path.parent / name)["name"] for name in network.file.parameter_tables]
    return {*scalars, *network.file.parameters, *(str(name) for names in tables for name in names)}
