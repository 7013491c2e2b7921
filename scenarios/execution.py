"""Replicates run side by side in processes, written whole or not at all, and found again when resumed.

What a unit of work is, and its key, is told in `scenarios.units`.
"""

from __future__ import annotations

import os
import shutil
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import Executor
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any, Literal

from scenarios import identity
from scenarios.claiming import check_claim, claim, claimed, held, refuse_fewer, release, run_request
from scenarios.crews import Crew, LentCrew, LocalCrew
from scenarios.drawing import figures, is_uncertain
from scenarios.events import Event, Listener, nobody
from scenarios.json_files import json_bytes, read_json, write_json
from scenarios.locking import check_held, let_go
from scenarios.machine import process_pool
from scenarios.progress import Progress
from scenarios.resuming import made_of, made_with, other_code, stale
from scenarios.setting_aside import TRIES, Incomplete, set_aside, set_aside_below, taken_back, was_set_aside
from scenarios.sharing import FOLDER, starting_together
from scenarios.tables import table_bytes
from scenarios.unit_folders import drop_stale, finished_of, sweep
from scenarios.units import UNITS, Settings, Unit, draw_folder, replicate_folder, units_of
from scenarios.working import Desk, Task, record_of, why
from scenarios.writing import told, write_folder
from sim.interventions.specification import ScenarioSpecification
from sim.parameters.errors import InputError
from sim.process import peak_memory_mb

__all__ = [
    "SCHEMA_VERSION", "SIMULATE", "UNITS", "Event", "Incomplete", "Listener", "Settings", "Unit",
    "check_claim", "claim", "draw_folder", "finish", "read_json", "refuse_fewer", "release",
    "replicate_folder", "run_manifest",
    "run_replicates", "run_request", "run_unit", "run_units", "set_aside_below", "sweep", "units_of",
    "write_json", "write_plan",
]  # fmt: skip

SCHEMA_VERSION = "1.1"
"""1.1 added groups to `measures`, and `scorecard`. A run is refused when the part before the dot differs."""
SIMULATE = "sim.run:simulate_replicate"
"""Where the function is that runs one replicate; tests put a light one in its place."""


def run_replicates(
    scenario: ScenarioSpecification,
    settings: Settings,
    *,
    replicates: int,
    out: Path,
    workers: int = 1,
    quiet: bool = False,
    executor: Executor | None = None,
    simulate: str = SIMULATE,
    on_event: Listener = nobody,
) -> Path:
    """Run a scenario and leave its folder: replicates, then manifest.json last.

    Args:
        scenario: What is changed.
        settings: Area, start, years, scale and seed.
        replicates: How many, each with its own draws.
        out: The folder; finished replicates of the same run in it are kept and not run again.
        workers: Processes side by side; the tables do not depend on it.
        quiet: No progress is shown.
        executor: Another engine with the interface of `concurrent.futures`; ours by default.
        simulate: 'module:function' that runs one replicate.
        on_event: Is told of each unit that is finished or has failed.

    Returns:
        The folder.

    Raises:
        InputError: When the folder holds another run.
    """
    request = run_request(scenario, settings)
    check_claim(out, request)
    refuse_fewer(out, replicates)  # before anything of a finished run is touched
    claim(out, request)
    try:
        write_plan(scenario, settings, replicates, out)
        units = units_of(scenario, settings, replicates, out)
        records = run_units(
            units, workers=workers, quiet=quiet, executor=executor, simulate=simulate, on_event=on_event
        )
    except InputError:
        release(out)
        raise
    finally:
        let_go(out)
    finish(scenario, settings, records, out)
    return out


def write_plan(
    scenario: ScenarioSpecification, settings: Settings, replicates: int, out: Path, draws: int = 0
) -> None:
    """Write what the manifest will say, so that what is finished of a run cut short can be reported."""
    asked = {"replicates": replicates, "draws": draws if is_uncertain(scenario) else 0}
    write_json(out / "plan.json", run_manifest(scenario, settings, []) | asked)


def finish(
    scenario: ScenarioSpecification, settings: Settings, records: Sequence[dict[str, Any]], out: Path
) -> None:
    """Write a run's manifest, in the place of its plan."""
    write_json(out / "manifest.json", run_manifest(scenario, settings, records))
    (out / "plan.json").unlink(missing_ok=True)


def run_units(
    units: Sequence[Unit],
    *,
    workers: int,
    quiet: bool = False,
    executor: Executor | None = None,
    simulate: str = SIMULATE,
    on_event: Listener = nobody,
) -> list[dict[str, Any]]:
    """Run the units that are not finished, and return the records of all, in order.

    Nobody else may run units of the same folder meanwhile. A unit that fails is tried again, after the
    others; one that fails as often as units are tried is set aside with its error, and the others go on.

    Args:
        units: What is wanted.
        workers: Processes of this machine side by side, fewer while memory is short.
        quiet: No progress is shown.
        executor: Another engine with the interface of `concurrent.futures`; ours by default.
        simulate: 'module:function' that runs one replicate.
        on_event: Is told, in this process, of each unit whose folder is written and of each try that failed.

    Raises:
        InputError: What the model refuses, a folder in which somebody is at work, a disk that refuses.
        Incomplete: When all else is done, some were set aside.
        KeyboardInterrupt: Somebody asked to stop; what was finished is kept.
    """
    found = finished_of(units)
    waiting = [unit for unit, record in zip(units, found, strict=True) if record is None]
    if not units:
        return []
    shared = _common_folder(units) / FOLDER
    if not waiting:
        shutil.rmtree(shared, ignore_errors=True)  # of a run that was killed at its very end
        for top in {claimed(unit.folder) for unit in units}:
            let_go(top)
        return [record for record in found if record is not None]
    with held(waiting), Progress(total=len(units), done=len(units) - len(waiting), quiet=quiet) as progress:
        _make_room(waiting)
        made = _Made(on_event=on_event, advance=progress.advance, elsewhere=executor is not None)
        desk = Desk(
            crew=_crew(waiting, workers, executor), compute=run_unit, simulate=simulate, place=made.place,
            failed=made.failed, tell=made.tell,
        )  # fmt: skip
        # Workers of an engine elsewhere do not see the folder of burn-ins, and would make one of its name.
        together = waiting if executor is not None else starting_together(waiting, shared.parent)
        desk.run([Task(unit, tries_left=1 if was_set_aside(unit) else TRIES) for unit in together])
        shutil.rmtree(shared, ignore_errors=True)
    records = [
        made.records.get(unit.folder) if record is None else record
        for unit, record in zip(units, found, strict=True)
    ]
    if made.errors:
        raise Incomplete(records, made.errors)
    return [record for record in records if record is not None]


def _crew(waiting: Sequence[Unit], workers: int, executor: Executor | None) -> Crew:
    """Return who works: the executor given, or processes of this machine."""
    if executor is not None:
        return LentCrew(executor)
    from scenarios.estimate import memory_mb_each

    largest = max(memory_mb_each(unit.settings.scale, unit.settings.years) for unit in waiting)
    return LocalCrew(min(workers, len(waiting)), process_pool, largest)


def _make_room(waiting: Sequence[Unit]) -> None:
    """Tell what became stale, keep it aside until it is replaced, and sweep what was left half done."""
    outdated = [
        (unit, record) for unit in waiting if (record := read_json(unit.folder / "unit.json")) is not None
    ]
    for text in stale(outdated, _common_folder(waiting)):
        print(f"Note: {text}", file=sys.stderr)
    for unit in waiting:
        with told(unit.folder.parent):
            unit.folder.parent.mkdir(parents=True, exist_ok=True)
            sweep(unit.folder)


def _common_folder(units: Sequence[Unit]) -> Path:
    """Return the folder that units lie in."""
    return Path(os.path.commonpath([unit.folder.parent for unit in units]))


@dataclass(kw_only=True)
class _Made:
    """What has become of the units of a run so far."""

    on_event: Listener
    advance: Callable[[], None]
    elsewhere: bool
    records: dict[Path, dict[str, Any]] = field(default_factory=dict)
    errors: list[dict[str, Any]] = field(default_factory=list)

    def place(self, task: Task, files: Mapping[str, bytes]) -> None:
        """Write a finished unit's folder, whole or not at all."""
        unit, record = task.unit, record_of(files)
        if record["key"] != unit.key:
            raise other_code(record, self.elsewhere)
        check_held(claimed(unit.folder))
        write_folder(unit.folder, files)
        drop_stale(unit.folder)
        taken_back(unit)
        self.records[unit.folder] = record
        self.advance()
        self.on_event(Event(kind="finished", unit=unit, record=record, attempt=task.tries))

    def failed(self, task: Task, error: BaseException) -> None:
        """Say that a try failed; set the unit aside when it was the last."""
        last, reason = task.tries_left <= 0, why(error)
        if last:
            self.errors.append(set_aside(task.unit, task.tries, error, reason))
        outcome = "it is set aside" if last else "it is tried again"
        print(f"Note: {task.unit.folder} failed (try {task.tries}): {reason}; {outcome}", file=sys.stderr)
        kind: Literal["set_aside", "failed"] = "set_aside" if last else "failed"
        self.on_event(Event(kind=kind, unit=task.unit, error=reason, attempt=task.tries))

    def tell(self, text: str) -> None:
        """Tell the person who waits."""
        print(f"Note: {text}", file=sys.stderr)
        self.on_event(Event(kind="note", error=text))


def run_unit(unit: Unit, simulate: str) -> dict[str, bytes]:
    """Run one unit in this process and return the content of its folder by name of file.

    It is not written here: see `scenarios.working`.
    """
    started = time.perf_counter()
    key = unit.key
    settings = {**unit.settings.of_model(), "replicate": unit.replicate, "burnt_in": unit.burnt_in}
    tables, diagnostics = identity.load_function(simulate)(settings, unit.drawn)
    files = {f"{name}.parquet": table_bytes(table) for name, table in tables.items()}
    record = {
        "key": key,
        "replicate": unit.replicate,
        "draw": unit.settings.draw,
        "made_with": made_with(),
        "made_of": made_of(unit),
        "seconds": round(time.perf_counter() - started, 3),
        "peak_memory_mb": peak_memory_mb(),
        "diagnostics": diagnostics,
    }
    return files | {"unit.json": json_bytes(record)}


def run_manifest(
    scenario: ScenarioSpecification, settings: Settings, records: Sequence[dict[str, Any]]
) -> dict[str, Any]:
    """Return everything needed to run it again, and what it took."""
    draws = sorted({int(record.get("draw", 0)) for record in records} - {settings.draw})
    shown = {name: getattr(scenario, name) for name in ("name", "variant", "label", "description", "text")}
    shown["parts"] = [{"name": name, "text": text} for name, text in scenario.parts]
    return {
        "schema_version": SCHEMA_VERSION,
        "kind": "run",
        "name": scenario.full_name,
        "scenario": shown,
        **asdict(settings),
        "parameters": dict(settings.parameters),
        "replicates": len({record["replicate"] for record in records}),
        "draws": len(draws),
        "uncertain": is_uncertain(scenario),
        "figures": figures(scenario, draws or [settings.draw], settings.seed),
        "inputs_sha256": identity.inputs_sha256(scenario, asdict(settings)),
        **identity.environment(),
        "timings": {
            "seconds": [record["seconds"] for record in records],
            "peak_memory_mb": max((record["peak_memory_mb"] for record in records), default=0.0),
        },
        "diagnostics": [record["diagnostics"] for record in records],
        "warnings": sorted(
            {text for record in records for text in record["diagnostics"].get("warnings", [])}
        ),
    }
