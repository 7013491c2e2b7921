"""What a study would take, before it starts: `leftshift study STUDY.yaml --dry-run`.

The cost of a unit is measured where units like it were run on this machine (in the study's own folder, else
in folders beside it), else it is that of `scenarios/measured_costs.csv`. What is made once, where the cache
has nothing yet, is told apart.
"""

from __future__ import annotations

import shutil
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from statistics import median
from typing import TYPE_CHECKING

from scenarios import first_build, machine
from scenarios.estimate import costs, estimate
from scenarios.json_files import read_json
from scenarios.study.plan import Arm, distinct, in_order
from scenarios.study.watching import told_seconds
from scenarios.units import UNITS, Settings

if TYPE_CHECKING:
    from scenarios.studies import Study

MOST_READ = 50
"""Records of earlier units that are read: enough for a median."""
LIKE = ("area", "years", "scale", "care")
"""What must be the same in a run for its units to cost the same."""


@dataclass(frozen=True, kw_only=True)
class Cost:
    """What one unit takes.

    Attributes:
        seconds: Of one worker.
        memory_mb: Of one worker.
        disk_mb: Of its tables.
        source: Where the figures are from, in words.
    """

    seconds: float
    memory_mb: float
    disk_mb: float
    source: str


@dataclass(frozen=True, kw_only=True)
class Expected:
    """What a study would take.

    Attributes:
        name: Of the study.
        units: Units in all; with `until` those of the first stage.
        most_units: Units at most, with `until`; None without it.
        shared: Units that come out as another and are not run.
        finished: Units finished already.
        parts: In words, what the number is made of.
        cost: Of one unit.
        once_seconds: What is made once before the first unit; 0 where the cache has it.
        workers: Processes side by side.
        free_memory_mb: Memory that is free; None where it cannot be told.
        free_disk_mb: Disk that is free where the study will lie.
    """

    name: str
    units: int
    most_units: int | None
    shared: int
    finished: int
    parts: str
    cost: Cost
    once_seconds: float
    workers: int
    free_memory_mb: float | None
    free_disk_mb: float

    @property
    def left(self) -> int:
        """Return the units that would be run."""
        return self.units - self.shared - self.finished

    @property
    def seconds(self) -> float:
        """Return how long they would take, without what is made once."""
        return (
            costs()["seconds_start"] + -(-self.left // self.workers) * self.cost.seconds if self.left else 0
        )

    @property
    def disk_mb(self) -> float:
        """Return the size of the tables that would be written."""
        return self.left * self.cost.disk_mb

    @property
    def memory_mb(self) -> float:
        """Return the memory of all workers together."""
        return self.cost.memory_mb * min(self.workers, max(1, self.left))

    def lines(self) -> list[str]:
        """Return it in words, what does not fit last."""
        workers = "1 worker" if self.workers == 1 else f"{self.workers} workers"
        shared = f", {self.shared:,} of them the same as another and run once" if self.shared else ""
        lines = [
            f"{self.name}: {self.units:,} units ({self.parts}){shared}; {self.finished:,} finished already, "
            f"{self.left:,} to run on {workers}",
            f"time about {told_seconds(self.seconds)}, memory about {self.memory_mb:,.0f} MB, "
            f"disk about {self.disk_mb:,.0f} MB",
            f"one unit: {self.cost.seconds:,.0f} s, {self.cost.memory_mb:,.0f} MB of memory, "
            f"{self.cost.disk_mb:,.1f} MB of disk ({self.cost.source})",
        ]
        if self.once_seconds and self.left:
            lines.append(
                f"and once, before the first unit: about {told_seconds(self.once_seconds)} to build the "
                "population and to compile, kept for every later run"
            )
        if self.most_units is not None:
            more = self.most_units - self.units
            at_most = told_seconds(self.seconds + more / self.workers * self.cost.seconds)
            lines.append(
                f"this is the first stage of until: its spread decides how many more are made, "
                f"{more:,} at most ({at_most} in all)"
            )
        return lines + self.does_not_fit()

    def does_not_fit(self) -> list[str]:
        """Return what there is too little of."""
        found = []
        if self.free_memory_mb is not None and self.memory_mb > self.free_memory_mb:
            borne = int(self.free_memory_mb // self.cost.memory_mb)
            advice = f"--workers {borne}" if borne else "a smaller scale, or another machine"
            found.append(
                f"DOES NOT FIT: {self.memory_mb:,.0f} MB of memory, and {self.free_memory_mb:,.0f} MB are "
                f"free; {advice}"
            )
        if self.disk_mb > self.free_disk_mb:
            found.append(
                f"DOES NOT FIT: {self.disk_mb:,.0f} MB of disk, and {self.free_disk_mb:,.0f} MB are free; "
                "give an --out on another disk, or ask for fewer units"
            )
        return found


def expected(study: Study, out: Path, beside: Path | None, workers: int) -> Expected:
    """Return what a study would take.

    Args:
        study: The study.
        out: Its folder, which need not be there.
        beside: Where its files are looked for.
        workers: Processes side by side.
    """
    arms = study.arms(out, beside)
    units = in_order([unit for arm in arms for unit in arm.units(study.first_replicates)])
    apart = distinct(units)[0] if study.design is not None else units
    most = None
    if study.until is not None:
        most = sum(max(1, arm.draws) for arm in arms) * study.until.at_most
    above = next(folder for folder in (out, *out.absolute().parents) if folder.is_dir())
    return Expected(
        name=study.name, units=len(units), most_units=most, shared=len(units) - len(apart),
        finished=sum(unit.finished() is not None for unit in apart), parts=_parts(study, arms),
        cost=cost_of(study.settings, out), once_seconds=_once(study.settings), workers=workers,
        free_memory_mb=machine.available_memory_mb(), free_disk_mb=shutil.disk_usage(above).free / 1e6,
    )  # fmt: skip


def _parts(study: Study, arms: Sequence[Arm]) -> str:
    """Return in words what the number of units is made of."""
    points = len({arm.point.number for arm in arms})
    names = len(arms) // points

    def count(number: int, one: str) -> str:
        return f"{number:,} {one}" if number == 1 else f"{number:,} {one}s"

    told = [count(names, "scenario"), count(study.first_replicates, "replicate")]
    if study.design is not None:
        told.insert(0, count(points, "point"))
    drawn = sum(bool(arm.draws) for arm in arms) // points
    if study.draws:
        told.append(count(study.draws, "draw") + ("" if drawn == names else f" of {drawn} that have draws"))
    return ", ".join(told)


def cost_of(settings: Settings, out: Path) -> Cost:
    """Return what one unit takes: measured on units like it, or from the table."""
    table = estimate(settings, 1, 1)
    usual = Cost(
        seconds=table.minutes * 60.0 - costs()["seconds_start"], memory_mb=table.memory_mb,
        disk_mb=table.disk_mb, source="figures of scenarios/measured_costs.csv; yours may differ twofold",
    )  # fmt: skip
    own = _measured([out]) if out.is_dir() else []
    beside = [] if own else _measured(_like(settings, out))
    found = own or beside
    if not found:
        return usual
    where = "this study" if own else f"runs like it in {out.parent}"
    number = "1 unit" if len(found) == 1 else f"{len(found)} units"
    return Cost(
        seconds=median(one[0] for one in found), memory_mb=max(one[1] for one in found),
        disk_mb=median(one[2] for one in found), source=f"measured on {number} of {where}",
    )  # fmt: skip


def _measured(folders: Sequence[Path]) -> list[tuple[float, float, float]]:
    """Return seconds, memory and disk of finished units below folders."""
    found: list[tuple[float, float, float]] = []
    for folder in folders:
        for path in sorted(folder.glob(UNITS)):
            record = read_json(path)
            if record is None or "seconds" not in record:
                continue
            size = sum(file.stat().st_size for file in path.parent.iterdir()) / 1e6
            found.append((float(record["seconds"]), float(record.get("peak_memory_mb", 0.0)), size))
            if len(found) >= MOST_READ:
                return found
    return found


def _like(settings: Settings, out: Path) -> list[Path]:
    """Return the folders of runs beside a study that this machine made and whose units cost alike."""
    found = []
    for path in [*out.parent.glob("*/manifest.json"), *out.parent.glob("*/*/manifest.json")]:
        told = read_json(path) or {}
        same = all(told.get(key) == getattr(settings, key) for key in LIKE)
        if same and told.get("kind") == "run" and told.get("machine") == machine.describe():
            found.append(path.parent)
    return found


def _once(settings: Settings) -> float:
    """Return the seconds of what is made once, where the cache has not all of it."""
    return costs()["seconds_first_build"] if first_build.needed(settings) else 0.0
