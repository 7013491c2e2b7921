"""The units of a study, and where each lies.

A study's folder holds one folder a scenario, laid out as a run; with a design it holds one folder a point,
each laid out as a study without one. A scenario that a point leaves as it is comes out the same at other
points: it is simulated once, and its files are shared.
"""

from __future__ import annotations

import contextlib
import os
import shutil
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from scenarios.drawing import figures, is_uncertain, without_intervals
from scenarios.execution import draw_folder, replicate_folder, run_manifest
from scenarios.json_files import read_json, write_json
from scenarios.study.checking import Resolved
from scenarios.study.design import Point, parameters_at, scenario_at
from scenarios.study.parameter_draws import ParameterDraws
from scenarios.units import Settings, Unit
from scenarios.writing import told
from sim.interventions.specification import ScenarioSpecification


@dataclass(frozen=True, kw_only=True)
class Arm:
    """One scenario at one point: what lies in one folder as a run.

    Attributes:
        scenario: With the figures of the point in it.
        point: The point; number 0 without a design.
        settings: Of draw 0.
        folder: Where it lies.
        draws: How many draws it is run for; 0 where all are alike, and it is run once.
        parameter_draws: What is drawn of the tables.
    """

    scenario: ScenarioSpecification
    point: Point
    settings: Settings
    folder: Path
    draws: int
    parameter_draws: ParameterDraws

    def units(self, replicates: int) -> list[Unit]:
        """Return its units, draw by draw."""
        numbers = range(1, replicates + 1)
        if not self.draws:
            return [self._unit(self.settings, number, self.folder) for number in numbers]
        return [
            self._unit(settings, number, self.folder / draw_folder(settings.draw))
            for settings in map(self._drawn, range(1, self.draws + 1))
            for number in numbers
        ]

    def _unit(self, settings: Settings, number: int, folder: Path) -> Unit:
        return Unit(
            scenario=self.scenario, settings=settings, replicate=number,
            folder=folder / replicate_folder(number),
        )  # fmt: skip

    def _drawn(self, draw: int) -> Settings:
        """Return the settings of a draw: a point's parameters come before those drawn."""
        parameters = self.parameter_draws.at(draw) | dict(self.settings.parameters)
        return replace(self.settings, draw=draw, parameters=tuple(parameters.items()))

    def manifest(self, records: Sequence[dict[str, Any]], replicates: int) -> dict[str, Any]:
        """Return its manifest; where records are not there yet, what it will say of how many."""
        made = run_manifest(self.scenario, self.settings, records)
        numbers = list(range(1, self.draws + 1))
        own: dict[str, Any] = {"draws": self.draws, "uncertain": bool(self.draws)}
        own["figures"] = figures(self.scenario, numbers, self.settings.seed)
        own["figures"] += self.parameter_draws.figures(numbers)
        if not records:
            own["replicates"] = replicates
        if self.point.number:
            own["point"] = {"number": self.point.number, "values": dict(self.point.values)}
        return made | own

    def write_plan(self, replicates: int) -> None:
        """Write what the manifest will say, so that what is finished of a study cut short can be reported."""
        self.folder.mkdir(parents=True, exist_ok=True)
        write_json(self.folder / "plan.json", self.manifest([], replicates))

    def finish(self, records: Sequence[dict[str, Any]], replicates: int) -> None:
        """Write the manifest, in the place of the plan."""
        write_json(self.folder / "manifest.json", self.manifest(records, replicates))
        (self.folder / "plan.json").unlink(missing_ok=True)


def arms_of(resolved: Resolved, settings: Settings, draws: int, interventions: bool, out: Path) -> list[Arm]:
    """Return every scenario at every point.

    Args:
        resolved: What the study's names stand for.
        settings: What all units share.
        draws: Draws asked for; 0 for the central figures.
        interventions: Whether the figures of interventions are drawn.
        out: The study's folder.
    """
    arms = []
    for point in resolved.points:
        here = replace(settings, parameters=tuple(parameters_at(point, resolved.factors).items()))
        for name, plain in resolved.scenarios.items():
            one = scenario_at(plain, name, point, resolved.factors)
            one = one if interventions or not draws else without_intervals(one)
            drawn = bool(resolved.draws.names) or is_uncertain(one)
            arms.append(
                Arm(
                    scenario=one, point=point, settings=here, folder=folder_of(out, point) / name,
                    draws=draws if drawn else 0, parameter_draws=resolved.draws,
                )
            )  # fmt: skip
    return arms


def folder_of(out: Path, point: Point) -> Path:
    """Return the folder of a point's scenarios: of a study without a design its own."""
    return out / f"point_{point.number:04d}" if point.number else out


def in_order(units: Sequence[Unit]) -> list[Unit]:
    """Return units in the order in which they are run.

    Draw by draw, and replicate by replicate, so that a study cut short is balanced; but all units of one set
    of parameters after one another, since what is made for a set is kept for a few sets alone.
    """
    sets: dict[Any, int] = {}
    for unit in units:
        sets.setdefault((unit.settings.draw, unit.settings.parameters), len(sets))

    def order(unit: Unit) -> tuple[int, int, int]:
        of_set = sets[unit.settings.draw, unit.settings.parameters]
        return unit.settings.draw, of_set, unit.replicate

    return sorted(units, key=order)


def distinct(units: Sequence[Unit]) -> tuple[list[Unit], dict[Path, Unit]]:
    """Return the units whose tables differ, and for the folder of each other one the unit it is like."""
    first: dict[str, Unit] = {}
    like: dict[Path, Unit] = {}
    for unit in units:
        found = first.setdefault(unit.key, unit)
        if found is not unit:
            like[unit.folder] = found
    return list(first.values()), like


def share(folder: Path, made: Unit) -> None:
    """Put the files of a finished unit into another folder as well: links, or copies where there are none."""
    held = read_json(folder / "unit.json")
    if held is not None and held == read_json(made.folder / "unit.json"):
        return
    temporary = folder.with_name(f".{folder.name}.{os.getpid()}")
    with told(folder.parent):
        shutil.rmtree(folder, ignore_errors=True)
        shutil.rmtree(temporary, ignore_errors=True)
        temporary.mkdir(parents=True)
        for file in made.folder.iterdir():
            with contextlib.suppress(OSError):
                os.link(file, temporary / file.name)
                continue
            shutil.copy2(file, temporary / file.name)
        os.replace(temporary, folder)
