"""A study watched while it runs: a bar and a live table on a terminal, elsewhere a plain line at times."""

from __future__ import annotations

import math
import os
import sys
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from types import TracebackType
from typing import Any, TextIO

from scenarios.events import Event
from scenarios.study.headline import Headline, Row
from scenarios.study.log import StudyLog, machine_mark
from scenarios.units import Unit

LINE_EVERY_SECONDS = 60.0
"""How often a line is written where there is no terminal; the first after the first unit."""
MOST_ROWS = 12
"""Rows of the table that a terminal shows."""


def told_seconds(seconds: float) -> str:
    """Return a length of time as people say it."""
    if not math.isfinite(seconds):
        return "not known"
    if seconds < 90:
        return f"{max(0, round(seconds))} s"
    minutes = seconds / 60.0
    if minutes < 90:
        return f"{minutes:.0f} min"
    hours = minutes / 60.0
    return f"{hours:.1f} h" if hours < 36 else f"{hours / 24.0:.1f} days"


def told_row(row: Row) -> str:
    """Return a paired difference with its interval in words."""
    name = f"point {row.point}, {row.scenario}" if row.point else row.scenario
    if not row.replicates:
        return f"{name}: no pair yet"
    if math.isfinite(row.percent(row.difference)):
        ends = f" ({row.percent(row.low):+.2f} to {row.percent(row.high):+.2f})"
        told = f"{row.percent(row.difference):+.2f}%"
    else:
        ends, told = f" ({row.low:+,.4g} to {row.high:+,.4g})", f"{row.difference:+,.4g}"
    return f"{name} {told}{ends if math.isfinite(row.low) else ' (no interval yet)'}"


@dataclass(kw_only=True)
class Watcher:
    """Listens to the units of a study, keeps its log and shows how far it is.

    Attributes:
        name: Of the study.
        log: Its log.
        headline: What is watched of it.
        total: Units in all, as far as is known; it grows when a study decides for more replicates.
        done: Units finished.
        workers: Processes side by side.
        quiet: Nothing is shown; the log is kept all the same.
        colour: Whether a terminal may be written to in colours.
        stream: Where it is shown.
    """

    name: str
    log: StudyLog
    headline: Headline
    total: int = 0
    done: int = 0
    workers: int = 1
    quiet: bool = False
    colour: bool = True
    stream: TextIO = field(default_factory=lambda: sys.stderr)
    folders: dict[Path, tuple[str, int]] = field(default_factory=dict)
    units: dict[tuple[str, int], list[Unit]] = field(default_factory=dict)
    set_aside: int = 0
    _began: float = 0.0
    _before: int = 0
    _said: float = -math.inf
    _live: Any = None
    _rows: Sequence[Row] = ()

    @property
    def on_terminal(self) -> bool:
        """Whether what is shown is written to a terminal."""
        return not self.quiet and self.stream.isatty()

    @property
    def per_second(self) -> float:
        """Return units finished a second, of those that this process has run."""
        elapsed = time.monotonic() - self._began
        return (self.done - self._before) / elapsed if elapsed > 0 else 0.0

    @property
    def seconds_left(self) -> float:
        """Return the seconds that are left at this rate; infinite before the first is finished."""
        left = self.total - self.done - self.set_aside
        if left <= 0:
            return 0.0
        return left / self.per_second if self.per_second > 0 else math.inf

    def __enter__(self) -> Watcher:
        """Begin to watch."""
        self._began, self._before = time.monotonic(), self.done
        watched = self.headline.watched
        self.log.write(
            "begun", study=self.name, units=self.total, finished=self.done, workers=self.workers,
            process=os.getpid(), machine=machine_mark(), measure=watched.measure, period=watched.period,
            against=watched.against, confidence_percent=watched.confidence_percent, alike=self._alike(),
        )  # fmt: skip
        self._rows = self.headline.table(self.units)
        if self.on_terminal and self.done < self.total:
            from rich.console import Console
            from rich.live import Live

            console = Console(file=self.stream, no_color=not self.colour or None, highlight=False)
            self._live = Live(get_renderable=self._shown, console=console, refresh_per_second=2)
            self._live.start()
        return self

    def _alike(self) -> list[tuple[str, int, int]]:
        """Return the scenarios at points where they are as at an earlier one: name, point, the earlier."""
        first: dict[str, int] = {}
        found = []
        for (name, point), units in self.units.items():
            earlier = first.setdefault(units[0].key, point) if point else point
            if earlier != point:
                found.append((name, point, earlier))
        return found

    def grow(self, more: int, told: Mapping[str, Any]) -> None:
        """Take up more units, once it is decided how many replicates there are to be."""
        self.total += more
        self.log.write("decided", **told)

    def on_event(self, event: Event) -> None:
        """Take note of what happened to a unit."""
        if event.unit is None:
            self.log.write(event.kind, error=event.error)
            return
        value = None
        if event.kind == "finished":
            self.done += 1
            value = self.headline.read(event.unit, self._arm_of(event.unit))
        elif event.kind == "set_aside":
            self.set_aside += 1
        self.log.write(event.kind, **self._told(event), **({} if value is None else {"value": value}))
        self._rows = self.headline.table(self.units)
        self._say()

    def _arm_of(self, unit: Unit) -> Path:
        """Return the folder of the run that a unit belongs to."""
        return next(folder for folder in unit.folder.parents if folder in self.folders)

    def _told(self, event: Event) -> dict[str, Any]:
        """Return what the log says of a unit."""
        unit, record = event.unit, event.record or {}
        assert unit is not None
        scenario, point = self.folders[self._arm_of(unit)]
        told: dict[str, Any] = {
            "unit": record.get("key") or unit.key, "scenario": scenario, "point": point,
            "draw": unit.settings.draw, "replicate": unit.replicate, "attempt": event.attempt,
        }  # fmt: skip
        told |= {name: record[name] for name in ("seconds", "peak_memory_mb") if name in record}
        return told | ({"error": event.error} if event.error else {})

    def _say(self) -> None:
        """Write a line where there is no terminal, when it is time."""
        now = time.monotonic()
        if self.quiet or self._live is not None:
            return
        if self.on_terminal or now - self._said >= LINE_EVERY_SECONDS or self.done >= self.total:
            self._said = now
            print(self.line(), file=self.stream, flush=True)

    def line(self) -> str:
        """Return how far it is on one line, without control characters."""
        told = f"{self.name}: {self.done} of {self.total} units finished"
        if self.set_aside:
            told += f", {self.set_aside} set aside"
        if self.done < self.total:
            told += f", {self.per_second * 60:.1f} a minute, {told_seconds(self.seconds_left)} left"
        rows = [told_row(row) for row in self._rows if row.replicates][:MOST_ROWS]
        watched = self.headline.watched
        return f"{told}; {watched.measure}, {watched.period}: {'; '.join(rows)}" if rows else told

    def _shown(self) -> Any:
        """Return what a terminal shows."""
        from rich.console import Group
        from rich.progress_bar import ProgressBar
        from rich.table import Table
        from rich.text import Text

        left = f"{self.per_second * 60:.1f} a minute, {told_seconds(self.seconds_left)} left"
        aside = f", {self.set_aside} set aside" if self.set_aside else ""
        head = Text(f"{self.name}: {self.done} of {self.total} units{aside}, {left}")
        bar = ProgressBar(total=max(1, self.total), completed=self.done, width=60)
        if not self._rows:
            return Group(head, bar)
        watched = self.headline.watched
        title = f"{watched.measure.replace('_', ' ')}, {watched.period}, against {watched.against}"
        table = Table(title=title, title_justify="left")
        table.add_column("scenario")
        for name in ("difference", f"{watched.confidence_percent:g}% interval", "replicates"):
            table.add_column(name, justify="right")
        for row in self._rows[:MOST_ROWS]:
            table.add_row(*cells(row))
        return Group(head, bar, table)

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Leave the terminal as it was, and say how it ended."""
        if self._live is not None:
            self._live.stop()
        how = "set_aside" if self.set_aside else "done"
        if kind is not None:
            how = "interrupted" if issubclass(kind, KeyboardInterrupt) else "failed"
        self.log.write("ended", how=how, finished=self.done, **({"error": str(error)} if error else {}))


def cells(row: Row) -> tuple[str, str, str, str]:
    """Return a row of the table: scenario, difference, interval, replicates."""
    name = f"point {row.point}: {row.scenario}" if row.point else row.scenario
    if not row.replicates:
        return name, "", "", "0"
    percent = row.percent(row.difference)
    if math.isfinite(percent):
        first, last = f"{percent:+.2f}%", f"{row.percent(row.low):+.2f} to {row.percent(row.high):+.2f}"
    else:
        first, last = f"{row.difference:+,.4g}", f"{row.low:+,.4g} to {row.high:+,.4g}"
    return name, first, last if math.isfinite(row.low) else "", str(row.replicates)
