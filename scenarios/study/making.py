"""A study made: its units run, watched, shared where they are alike, and what it comes to written down."""

from __future__ import annotations

from collections.abc import Sequence
from concurrent.futures import Executor
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from scenarios import execution
from scenarios.json_files import read_json, write_json
from scenarios.locking import hold, let_go
from scenarios.setting_aside import Incomplete
from scenarios.study import stopping
from scenarios.study.design import table_of
from scenarios.study.headline import Headline, kept_values, paired
from scenarios.study.log import StudyLog
from scenarios.study.plan import Arm, distinct, in_order, share
from scenarios.study.watching import Watcher
from scenarios.unit_folders import finished_of
from scenarios.units import UNITS, Unit
from scenarios.writing import replace_file
from sim.parameters.errors import InputError

if TYPE_CHECKING:
    from scenarios.studies import Study

Array = npt.NDArray[np.float64]
STUDY, DESIGNED = "study", "designed_study"
"""What the manifest of a study calls it: with a design, its points are the studies."""
DESIGN_TABLE = "design.csv"
STOPPING = "stopping.json"


@dataclass(kw_only=True)
class Making:
    """One study being made in its folder.

    Attributes:
        study: What is asked.
        beside: Where its files were looked for.
        folder: Its folder, claimed already.
        arms: Every scenario at every point.
        request: What the folder is for.
        workers: Processes side by side.
        quiet: Nothing is shown.
        executor: Another engine with the interface of `concurrent.futures`.
        simulate: 'module:function' that runs one replicate.
        colour: Whether a terminal may be written to in colours.
    """

    study: Study
    beside: Path | None
    folder: Path
    arms: Sequence[Arm]
    request: dict[str, Any]
    workers: int = 1
    quiet: bool = False
    executor: Executor | None = None
    simulate: str = execution.SIMULATE
    colour: bool = True
    decision: stopping.Decision | None = None
    _records: dict[Path, dict[str, Any]] = field(default_factory=dict)
    _incomplete: Incomplete | None = None

    def run(self) -> Path:
        """Run what is not finished, and return the folder; raises `Incomplete` when units were set aside."""
        try:
            self._run()
        finally:
            let_go(self.folder)
        if self._incomplete is not None:
            raise self._incomplete
        return self.folder

    def _run(self) -> None:
        if self.study.design is not None:
            found = self.study.resolved(self.beside)
            table = table_of(found.points, found.factors)
            replace_file(self.folder / DESIGN_TABLE, table.encode("utf-8"))
        replicates = self.study.first_replicates
        log = StudyLog(folder=self.folder)
        headline = Headline(watched=self.study.watched(self.beside), arms=self.arms)
        headline.values = kept_values(log.lines(), headline.watched)
        units, apart = self._planned(replicates)
        watcher = Watcher(
            name=self.study.name, log=log, headline=headline, workers=self.workers, quiet=self.quiet,
            colour=self.colour, total=len(apart),
            done=sum(record is not None for record in finished_of(apart)), units=units,
            folders={arm.folder: (arm.scenario.full_name, arm.point.number) for arm in self.arms},
        )  # fmt: skip
        with watcher:
            self._make(replicates, watcher)
            if self.study.until is not None:
                replicates = self._decide(headline)
                watcher.units, more = self._planned(replicates)
                assert self.decision is not None
                watcher.grow(len(more) - watcher.total, self.decision.as_json())
                self._make(replicates, watcher)
                self._write_stopping(headline, replicates)
            self._finish(replicates)

    def _planned(self, replicates: int) -> tuple[dict[tuple[str, int], list[Unit]], list[Unit]]:
        """Return the units by scenario and point, and those of them whose tables differ."""
        units = {(arm.scenario.full_name, arm.point.number): arm.units(replicates) for arm in self.arms}
        every = in_order([unit for each in units.values() for unit in each])
        return units, distinct(every)[0] if self.study.design is not None else every

    def _make(self, replicates: int, watcher: Watcher) -> None:
        """Run the units of so many replicates."""
        for arm in self.arms:
            arm.write_plan(replicates)
        units = in_order([unit for arm in self.arms for unit in arm.units(replicates)])
        apart, like = distinct(units) if self.study.design is not None else (units, {})
        self._incomplete = None
        records: Sequence[dict[str, Any] | None]
        try:
            records = execution.run_units(
                apart, workers=self.workers, quiet=True, executor=self.executor, simulate=self.simulate,
                on_event=watcher.on_event,
            )  # fmt: skip
        except Incomplete as error:
            self._incomplete, records = error, error.records
        hold(self.folder)  # given up with its units; what they come to is yet to be written
        made = {unit.folder: record for unit, record in zip(apart, records, strict=True) if record}
        for folder, one in like.items():
            if one.folder in made:
                share(folder, one)
                made[folder] = made[one.folder]
        self._records |= made

    def _decide(self, headline: Headline) -> int:
        """Return how many replicates there are to be, from those of the first stage alone."""
        until = self.study.until
        assert until is not None
        values = {
            (arm.scenario.full_name, arm.point.number): self._values(arm, headline, until.at_least)
            for arm in self.arms
        }
        wanted: dict[str, float] = {}
        differences: dict[str, Array] = {}
        for (name, point), mine in values.items():
            if name == until.against or (until.scenarios and name not in until.scenarios):
                continue
            each, base, _ = paired(mine, values[until.against, point])
            label = f"point {point}: {name}" if point else name
            if each.size < 2:
                raise InputError(
                    file=self.folder, key="until", found=f"no {until.measure} of {until.period} in {label}",
                    allowed="a measure and a period that the study's runs have",
                )  # fmt: skip
            differences[label] = each
            width = stopping.half_widths({label: each}, base, until.half_width_percent, until.half_width)
            wanted |= width
        self.decision = stopping.decide(differences, wanted, until.confidence_percent, until.at_most)
        return max(self.decision.replicates, self._held())

    def _values(self, arm: Arm, headline: Headline, replicates: int) -> dict[tuple[int, int], float]:
        """Return the values of an arm's finished units, by draw and replicate."""
        found = {}
        for unit in arm.units(replicates):
            if unit.folder in self._records:
                value = headline.read(unit, arm.folder)
                if value is not None:
                    found[unit.settings.draw, unit.replicate] = value
        return found

    def _held(self) -> int:
        """Return the most replicates that an arm's folder holds already: no work is thrown away."""
        numbers = [int(one.parent.name.rpartition("_")[2]) for one in self.folder.glob(UNITS)]
        return max(numbers, default=0)

    def _write_stopping(self, headline: Headline, replicates: int) -> None:
        """Write why there are so many replicates, and the intervals that they give."""
        decision, until = self.decision, self.study.until
        assert decision is not None and until is not None
        values = {
            (arm.scenario.full_name, arm.point.number): self._values(arm, headline, replicates)
            for arm in self.arms
        }
        differences = {}
        for (name, point), mine in values.items():
            label = f"point {point}: {name}" if point else name
            if label in decision.spread:
                differences[label] = paired(mine, values[until.against, point])[0]
        intervals = [vars(one) | {"reached": one.reached} for one in decision.intervals(differences)]
        told = decision.as_json() | {"made": replicates, "until": until.model_dump(), "intervals": intervals}
        write_json(self.folder / STOPPING, told)

    def _finish(self, replicates: int) -> None:
        """Write the manifests: of each scenario, of each point, and of the whole.

        Where units were set aside, scenarios keep their plan, by which they are known to be unfinished.
        """
        for arm in self.arms:
            folders = [unit.folder for unit in arm.units(replicates)]
            records = [self._records[one] for one in folders if one in self._records]
            if len(records) == len(folders):
                arm.finish(records, replicates)
        if self._incomplete is not None:
            return
        whole = self.study.manifest(self.request, replicates)
        if self.decision is not None:
            whole["stopping"] = self.decision.as_json()
        for folder, arm in {arm.folder.parent: arm for arm in self.arms}.items():
            if arm.point.number:
                point = {"number": arm.point.number, "values": dict(arm.point.values)}
                own = whole | {"kind": STUDY, "point": point}
                write_json(folder / "manifest.json", own)
        write_json(self.folder / "manifest.json", whole)


def stopping_told(folder: Path) -> str:
    """Return in words why a study has the replicates that it has; '' where nothing was decided."""
    found = read_json(folder / STOPPING)
    if found is None:
        return ""
    lines = [f"{found['made']} replicates, decided by the spread of the first {found['first_stage']}:"]
    for one in found["intervals"]:
        width = f"half-width {one['half_width']:.4g}, {one['wanted']:.4g} wanted"
        reached = "" if one["reached"] else f"; NOT reached: it needs {one['needed']:,} replicates or more"
        lines.append(f"  {one['scenario']}: {one['mean']:+,.5g}, {width}{reached}")
    return "\n".join(lines)


def ending(name: str, folder: Path) -> str:
    """Return what is said of a study that has run: how many units, where, and why so many."""
    units = len(list(folder.glob(UNITS)))
    told = f"{name}: {units} units are in {folder}"
    reason = stopping_told(folder)
    return f"{told}\n{reason}" if reason else told
