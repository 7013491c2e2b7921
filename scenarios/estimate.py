"""What a run or study would take, from figures measured before: `--dry-run`."""

from __future__ import annotations

import csv
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from scenarios import first_build
from scenarios.execution import Settings

TABLE = Path(__file__).resolve().parent / "measured_costs.csv"


@dataclass(frozen=True, kw_only=True)
class Estimate:
    """What is to be expected.

    Attributes:
        units: Replicates in all.
        minutes: Wall-clock time with these workers.
        memory_mb: Memory of all workers together.
        disk_mb: Size of the tables.
        workers: Processes side by side.
        first_build: What is made once before the first of them, which the minutes leave out; '' where it is
            there.
    """

    units: int
    minutes: float
    memory_mb: float
    disk_mb: float
    workers: int
    first_build: str = ""

    def __str__(self) -> str:
        """Return it as three lines, or four where something is made first."""
        runs = "1 replicate" if self.units == 1 else f"{self.units} replicates"
        workers = "1 worker" if self.workers == 1 else f"{self.workers} workers"
        first = f"{self.first_build[:1].upper()}{self.first_build[1:]}\n" if self.first_build else ""
        then = "then " if first else ""
        return (
            f"{runs} on {workers}\n"
            f"{first}"
            f"{then}time about {self.minutes:.1f} minutes, memory about {self.memory_mb:,.0f} MB, "
            f"disk about {self.disk_mb:,.0f} MB\n"
            "(from figures measured on one machine, scenarios/measured_costs.csv; yours may differ twofold)"
        )


def in_turn(steps: Sequence[Estimate]) -> Estimate:
    """Return what steps take that are run one after another."""
    return Estimate(
        units=sum(one.units for one in steps), minutes=sum(one.minutes for one in steps),
        memory_mb=max(one.memory_mb for one in steps), disk_mb=sum(one.disk_mb for one in steps),
        workers=max(one.workers for one in steps),
        first_build=next((one.first_build for one in steps if one.first_build), ""),
    )  # fmt: skip


@cache
def costs() -> dict[str, float]:
    """Return the measured figures by name."""
    with TABLE.open(encoding="utf-8", newline="") as file:
        return {row["name"]: float(row["value"]) for row in csv.DictReader(file)}


def memory_mb_each(scale: float, years: int = 1) -> float:
    """Return the memory of one worker, in MB; tables are held until they are written."""
    figures = costs()
    held = figures["memory_mb_a_year"] * (years - 1)
    return figures["memory_mb_fixed"] + figures["memory_mb_full_scale"] * scale + held


def estimate(settings: Settings, units: int, workers: int) -> Estimate:
    """Return what `units` replicates would take with this many workers."""
    figures = costs()
    # The network is full size at any scale; only the residents shrink.
    a_year = figures["seconds_a_year_network"] + figures["seconds_a_year_residents"] * settings.scale
    seconds_each = (
        figures["seconds_fixed"]
        + figures["seconds_full_scale_start"] * settings.scale
        + a_year * settings.years
    )
    rounds = -(-units // workers)
    return Estimate(
        units=units,
        minutes=(figures["seconds_start"] + rounds * seconds_each) / 60,
        memory_mb=memory_mb_each(settings.scale, settings.years) * workers,
        disk_mb=figures["disk_mb_a_year"] * settings.years * units,
        workers=workers,
        first_build=first_build.sentence() if first_build.needed(settings) else "",
    )
