"""Replicates run side by side in processes, written whole or not at all, and found again when resumed.

What a unit of work is, and its key, is told in `scenarios.units`.
"""

from __future__ import annotations

import os
import shutil
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import Executor, Future, as_completed
from dataclasses import asdict
from pathlib import Path
from typing import Any

from scenarios import identity
from scenarios.claiming import check_claim, claim, refuse_fewer, release, run_request
from scenarios.drawing import figures, is_uncertain
from scenarios.events import Event, Listener, nobody
from scenarios.json_files import read_json, write_json
from scenarios.machine import process_pool, stop_workers
from scenarios.progress import Progress
from scenarios.resuming import made_otherwise, made_with
from scenarios.tables import write_table
from scenarios.units import UNITS, Settings, Unit, draw_folder, replicate_folder, units_of
from sim.interventions.specification import ScenarioSpecification
from sim.parameters.errors import InputError
from sim.process import peak_memory_mb

__all__ = [
    "SCHEMA_VERSION", "SIMULATE", "UNITS", "Event", "Listener", "Settings", "Unit", "check_claim", "claim",
    "draw_folder", "finish", "read_json", "refuse_fewer", "release", "replicate_folder", "run_manifest",
    "run_replicates", "run_request", "run_unit", "run_units", "units_of", "write_json", "write_plan",
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
    claim(out, run_request(scenario, settings))
    refuse_fewer(out, replicates)
    write_plan(scenario, settings, replicates, out)
    units = units_of(scenario, settings, replicates, out)
    try:
        records = run_units(
            units, workers=workers, quiet=quiet, executor=executor, simulate=simulate, on_event=on_event
        )
    except InputError:
        release(out)
        raise
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

    `on_event` is told of each unit that it runs, in this process, once the unit's folder is written.
    """
    waiting = [unit for unit in units if unit.finished() is None]
    outdated = [record for unit in waiting if (record := read_json(unit.folder / "unit.json")) is not None]
    if outdated:
        print(f"Note: {made_otherwise(outdated, _common_folder(waiting))}", file=sys.stderr)
    for unit in waiting:
        sweep(unit.folder)
    with Progress(total=len(units), done=len(units) - len(waiting), quiet=quiet) as progress:
        if waiting:

            def tick(unit: Unit) -> None:
                progress.advance()
                on_event(Event(kind="finished", unit=unit, record=unit.finished(), attempt=1))

            _run_waiting(waiting, min(workers, len(waiting)), executor, simulate, tick)
    records = [unit.finished() for unit in units]
    if any(record is None for record in records):
        raise InputError(
            file="command line", key="--out", found="code of Leftshift that changed while it was running",
            allowed="code that stays as it is during a run; the same command makes again what has to be",
        )  # fmt: skip
    return [record for record in records if record is not None]


def _common_folder(units: Sequence[Unit]) -> Path:
    """Return the folder that units lie in."""
    return Path(os.path.commonpath([unit.folder.parent for unit in units]))


def _run_waiting(
    units: Sequence[Unit],
    workers: int,
    executor: Executor | None,
    simulate: str,
    tick: Callable[[Unit], None],
) -> None:
    """Run units in the executor given, or in a pool of our own; the first failure stops the rest."""
    if executor is not None:
        _collect({executor.submit(run_unit, unit, simulate): unit for unit in units}, tick)
        return
    pool = process_pool(workers)
    try:
        _collect({pool.submit(run_unit, unit, simulate): unit for unit in units}, tick)
    except BaseException:
        stop_workers(pool)
        raise
    pool.shutdown()


def _collect(pending: Mapping[Future[None], Unit], tick: Callable[[Unit], None]) -> None:
    """Wait for each, and raise what the first to fail raised."""
    try:
        for future in as_completed(pending):
            future.result()
            tick(pending[future])
    finally:
        for future in pending:
            future.cancel()


def run_unit(unit: Unit, simulate: str) -> None:
    """Run one unit in this process and write its folder whole: to a temporary name, then renamed."""
    started = time.perf_counter()
    key = unit.key
    settings = {**unit.settings.of_model(), "replicate": unit.replicate}
    tables, diagnostics = identity.load_function(simulate)(settings, unit.drawn)
    temporary = unit.folder.with_name(f".{unit.folder.name}.{os.getpid()}")
    shutil.rmtree(temporary, ignore_errors=True)
    temporary.mkdir(parents=True)
    for name, table in tables.items():
        write_table(table, temporary / f"{name}.parquet")
    record = {
        "key": key,
        "replicate": unit.replicate,
        "draw": unit.settings.draw,
        "made_with": made_with(),
        "seconds": round(time.perf_counter() - started, 3),
        "peak_memory_mb": peak_memory_mb(),
        "diagnostics": diagnostics,
    }
    write_json(temporary / "unit.json", record)
    os.replace(temporary, unit.folder)


def sweep(folder: Path) -> None:
    """Remove an unfinished or outdated replicate, and what a killed process left under a temporary name."""
    shutil.rmtree(folder, ignore_errors=True)
    for left in folder.parent.glob(f".{folder.name}.*"):
        shutil.rmtree(left, ignore_errors=True)


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
