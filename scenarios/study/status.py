"""How far a study is, from its folder alone: while another process runs it, or after it was killed."""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from scenarios.json_files import read_json
from scenarios.study.headline import Row, row_of
from scenarios.study.log import StudyLog, machine_mark
from scenarios.study.making import DESIGN_TABLE, DESIGNED, STUDY, stopping_told
from scenarios.study.watching import told_row, told_seconds
from scenarios.units import UNITS
from sim.parameters.errors import InputError

MOST_ROWS = 40
MOST_SET_ASIDE = 5


@dataclass(frozen=True, kw_only=True)
class Arm:
    """One scenario at one point, as its folder has it.

    Attributes:
        name: Of the scenario.
        point: Number of the point; 0 without a design.
        finished: Units whose folders are there.
        asked: Units asked for; None before that is written.
    """

    name: str
    point: int
    finished: int
    asked: int | None


@dataclass(frozen=True, kw_only=True)
class Status:
    """How far a study is.

    Attributes:
        name: Of the study.
        arms: Scenarios by point.
        state: In words: running, done, stopped, interrupted.
        running: Units that are being run, as far as can be told.
        set_aside: Error of each unit that was set aside in the last run, by words for it.
        seconds_left: At the rate of this run; None where it is not known.
        rows: Paired differences so far of what is watched.
        watched: What that is, in words.
        stopping: Why it has the replicates that it has.
    """

    name: str
    arms: Sequence[Arm]
    state: str
    running: int
    set_aside: Mapping[str, str]
    seconds_left: float | None
    rows: Sequence[Row]
    watched: str
    stopping: str

    @property
    def finished(self) -> int:
        """Return the units finished."""
        return sum(arm.finished for arm in self.arms)

    @property
    def asked(self) -> int:
        """Return the units asked for, as far as is known."""
        return sum(arm.asked or 0 for arm in self.arms)

    def lines(self) -> list[str]:
        """Return it in words."""
        left = max(0, self.asked - self.finished - len(self.set_aside))
        told = f"{self.name}: {self.state}; {self.finished} of {self.asked} units finished"
        told += f", {self.running} running" if self.running else ""
        told += f", {len(self.set_aside)} set aside" if self.set_aside else ""
        told += f", {left} left" if left else ""
        if left and self.seconds_left is not None:
            told += f", about {told_seconds(self.seconds_left)}"
        lines = [told]
        lines += [f"  {self._arm(arm)}" for arm in self.arms[:MOST_ROWS]]
        if len(self.arms) > MOST_ROWS:
            lines.append(f"  and {len(self.arms) - MOST_ROWS} more")
        lines += [f"  set aside: {one}: {why}" for one, why in [*self.set_aside.items()][:MOST_SET_ASIDE]]
        if self.rows:
            lines.append(f"{self.watched}:")
            lines += [f"  {told_row(row)}, {row.replicates} replicates" for row in self.rows[:MOST_ROWS]]
        return [*lines, *([self.stopping] if self.stopping else [])]

    @staticmethod
    def _arm(arm: Arm) -> str:
        name = f"point {arm.point}, {arm.name}" if arm.point else arm.name
        of = f" of {arm.asked}" if arm.asked is not None else ""
        return f"{name}: {arm.finished}{of} units finished"


def status_of(folder: Path) -> Status:
    """Return how far the study of a folder is; reads alone, and waits for nobody.

    Raises:
        InputError: When the folder holds no study.
    """
    request = read_json(folder / "request.json")
    if request is None or request.get("kind") not in {STUDY, DESIGNED}:
        raise InputError(
            file="command line", key="--status", found=str(folder), allowed="the folder of a study"
        )
    log = StudyLog(folder=folder)
    lines = list(log.lines())
    starts = [number for number, line in enumerate(lines) if line["event"] == "begun"]
    last = lines[starts[-1] :] if starts else []
    state, alive = _state(last, folder)
    arms = [_arm(path, name, point) for point, path, name in _folders(folder, request)]
    begun = last[0] if last else {}
    asked = sum(arm.asked or 0 for arm in arms)
    left = asked - sum(arm.finished for arm in arms)
    set_aside = _set_aside(last)
    running = min(int(begun.get("workers", 1)), max(0, left - len(set_aside))) if alive else 0
    return Status(
        name=str(request.get("name", folder.name)), arms=arms, state=state, running=running,
        set_aside=set_aside, seconds_left=_seconds_left(last, left) if alive else None,
        rows=_rows(lines, begun), stopping=stopping_told(folder),
        watched=f"{begun.get('measure')}, {begun.get('period')}, against {begun.get('against')}",
    )  # fmt: skip


def status(folder: Path) -> list[tuple[str, int, int | None]]:
    """Return for each scenario its name, units finished, and those asked for (None while not known).

    Raises:
        InputError: When the folder holds no study.
    """
    return [(arm.name, arm.finished, arm.asked) for arm in status_of(folder).arms]


def _folders(folder: Path, request: Mapping[str, Any]) -> list[tuple[int, Path, str]]:
    """Return number of the point, folder and name of every scenario at every point."""
    names = list(request["scenarios"])
    if request["kind"] == STUDY:
        return [(0, folder / name, name) for name in names]
    try:
        rows = (folder / DESIGN_TABLE).read_text(encoding="utf-8").splitlines()[1:]
    except OSError:
        rows = []
    numbers = [int(row.partition(",")[0]) for row in rows]
    return [(n, folder / f"point_{n:04d}" / name, name) for n in numbers for name in names]


def _arm(folder: Path, name: str, point: int) -> Arm:
    """Return how far one scenario is."""
    told = read_json(folder / "plan.json") or read_json(folder / "manifest.json")
    asked = int(told["replicates"]) * max(1, int(told["draws"])) if told else None
    return Arm(name=name, point=point, finished=len(list(folder.glob(UNITS))), asked=asked)


def _state(last: Sequence[Mapping[str, Any]], folder: Path) -> tuple[str, bool]:
    """Return in words what the last process that ran a study does, and whether it runs."""
    if not last:
        return ("done" if (folder / "manifest.json").is_file() else "begun, without a log"), False
    begun, newest = last[0], last[-1]
    if newest["event"] == "ended":
        words = {"done": "done", "set_aside": "done but for units set aside", "failed": "stopped by an error"}
        return words.get(str(newest.get("how")), str(newest.get("how"))), False
    since = str(begun["time"])[:16].replace("T", " ")
    if begun.get("machine") != machine_mark():
        heard = str(newest["time"])[:16].replace("T", " ")
        return f"run on another machine since {since} UTC, last heard of at {heard} UTC", True
    if _lives(int(begun.get("process", 0))):
        return f"running since {since} UTC", True
    return "not running: it ended without saying so; the same command goes on with it", False


def _lives(process: int) -> bool:
    """Tell whether a process of this machine is there."""
    try:
        os.kill(process, 0)
    except PermissionError:
        return True
    except (OSError, OverflowError):
        return False
    return process > 0


def _seconds_left(last: Sequence[Mapping[str, Any]], left: int) -> float | None:
    """Return the seconds left at the rate of this run; None before a unit of it is finished."""
    done = sum(line["event"] == "finished" for line in last)
    if not done:
        return None
    elapsed = (datetime.now(UTC) - datetime.fromisoformat(str(last[0]["time"]))).total_seconds()
    return float(max(0.0, elapsed) / done * left)


def _set_aside(last: Sequence[Mapping[str, Any]]) -> dict[str, str]:
    """Return the error of each unit that was set aside, by words for the unit."""
    return {
        f"{line.get('scenario')}, draw {line.get('draw')}, replicate {line.get('replicate')}"
        + (f", point {line['point']}" if line.get("point") else ""): str(line.get("error", ""))
        for line in last
        if line["event"] == "set_aside"
    }


def _rows(lines: Sequence[Mapping[str, Any]], begun: Mapping[str, Any]) -> list[Row]:
    """Return the paired differences that the log's values give."""
    values: dict[tuple[str, int], dict[tuple[int, int], float]] = {}
    same = False
    for line in lines:
        if line["event"] == "begun":
            same = all(line.get(key) == begun.get(key) for key in ("measure", "period"))
        elif line["event"] == "finished" and same and isinstance(line.get("value"), int | float):
            place = int(line["draw"]), int(line["replicate"])
            values.setdefault((str(line["scenario"]), int(line["point"])), {})[place] = float(line["value"])
    for name, point, first in begun.get("alike", ()):
        if (name, first) in values:
            values[name, point] = values[name, first]
    against = str(begun.get("against", ""))
    confidence = float(begun.get("confidence_percent", 95.0))
    return [
        row_of(name, point, held, values.get((against, point), {}), confidence)
        for (name, point), held in sorted(values.items(), key=lambda item: (item[0][1], item[0][0]))
        if name != against and against
    ]
