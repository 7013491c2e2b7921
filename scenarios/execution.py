"""Replicates run side by side in processes, written whole or not at all, and found again when resumed.

A unit of work is one scenario, area, start, length, scale, seed and replicate. Its key is the hash of those
and of the code and tables of `sim`, so that a finished unit is reused exactly when it would come out the
same. Within a run, units differ only in the replicate.
"""

from __future__ import annotations

import json
import os
import shutil
import sys
import time
from collections.abc import Callable, Iterable, Sequence
from concurrent.futures import Executor, Future, as_completed
from dataclasses import asdict, dataclass, fields, replace
from pathlib import Path
from typing import Any

from scenarios import identity
from scenarios.drawing import drawn, figures, is_uncertain
from scenarios.json_files import read_json, write_json
from scenarios.machine import process_pool, stop_workers
from scenarios.progress import Progress
from scenarios.resuming import made_otherwise, made_with, other_run
from scenarios.sharing import FOLDER, starting_together
from scenarios.tables import write_table
from sim.interventions.specification import ScenarioSpecification
from sim.observers.cohort_specification import CohortSpecification
from sim.parameters.errors import InputError
from sim.process import peak_memory_mb
from sim.settings import Settings as ModelSettings

SCHEMA_VERSION = "1.1"
"""1.1 added groups to `measures`, and `scorecard`. A run is refused when the part before the dot differs."""
UNITS = "**/replicate_*/unit.json"
"""Records of the finished units below a folder."""
SIMULATE = "sim.run:simulate_replicate"
"""Where the function is that runs one replicate; tests put a light one in its place."""


@dataclass(frozen=True, kw_only=True)
class Settings:
    """What a run is of, beside its scenario.

    Attributes:
        area: Key of the area pack.
        start: First month, 'YYYY-MM'.
        years: Whole years, 1 to 50.
        scale: Share of residents kept, above 0 and up to 1.
        seed: 0 to 2**63 - 1.
        projection: Variant of the population projection.
        risk_factor_trends: `continued` or `frozen`.
        mortality_trend: `continued` or `frozen`.
        care: Whether the care network runs, or the life course alone.
        draw: 0 for the scenario's central figures, k for its k-th draw of uncertain ones.
        cohorts: Whom the scorecard follows.
    """

    area: str
    start: str
    years: int
    scale: float
    seed: int
    projection: str = "principal"
    risk_factor_trends: str = "continued"
    mortality_trend: str = "continued"
    care: bool = True
    draw: int = 0
    cohorts: tuple[CohortSpecification, ...] = ()

    def __post_init__(self) -> None:
        """Refuse what the model cannot run, before anything is written; raises InputError."""
        if self.draw < 0:
            raise InputError(
                file="settings", key="draw", found=self.draw, allowed="0, or the number of a draw"
            )
        ModelSettings(**self.of_model())

    def of_model(self) -> dict[str, Any]:
        """Return what the model is told; it gets a scenario that is drawn already."""
        return {field.name: getattr(self, field.name) for field in fields(self) if field.name != "draw"}


@dataclass(frozen=True, kw_only=True)
class Unit:
    """One replicate of one scenario, and the folder that it is written to."""

    scenario: ScenarioSpecification
    settings: Settings
    replicate: int
    folder: Path
    burnt_in: Path | None = None
    """Where burn-ins are kept that units share; the tables do not depend on it."""

    @property
    def key(self) -> str:
        """Return the hash of everything that its tables depend on: with a draw, the figures drawn."""
        return identity.unit_key(self.drawn, asdict(self.settings), self.replicate)

    @property
    def drawn(self) -> ScenarioSpecification:
        """Return the scenario with its figures as the unit's draw has them."""
        return drawn(self.scenario, self.settings.draw, self.settings.seed)

    def finished(self) -> dict[str, Any] | None:
        """Return the record of a finished unit with this key, or None."""
        record = read_json(self.folder / "unit.json")
        return record if record is not None and record.get("key") == self.key else None


def replicate_folder(number: int) -> str:
    """Return the name of a replicate's folder."""
    return f"replicate_{number:04d}"


def draw_folder(number: int) -> str:
    """Return the name of the folder of a draw's replicates, where a run has several draws."""
    return f"draw_{number:04d}"


def units_of(
    scenario: ScenarioSpecification, settings: Settings, replicates: int, out: Path, draws: int = 0
) -> list[Unit]:
    """Return the units of a run, replicates counted from 1.

    Draw by draw where there are several, each in a folder of its own; a scenario that has nothing to draw
    is run once for all of them.
    """
    if draws and is_uncertain(scenario):
        return [
            unit
            for draw in range(1, draws + 1)
            for unit in units_of(scenario, replace(settings, draw=draw), replicates, out / draw_folder(draw))
        ]
    numbers = range(1, replicates + 1)
    return [
        Unit(scenario=scenario, settings=settings, replicate=number, folder=out / replicate_folder(number))
        for number in numbers
    ]


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
        records = run_units(units, workers=workers, quiet=quiet, executor=executor, simulate=simulate)
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


def release(out: Path) -> None:
    """Give up the claim on a folder for what was refused, unless something of it is there to keep."""
    if not any(out.glob(UNITS)):
        for name in ("request.json", "plan.json"):
            (out / name).unlink(missing_ok=True)
        if not any(out.iterdir()):
            out.rmdir()


def run_request(scenario: ScenarioSpecification, settings: Settings) -> dict[str, Any]:
    """Return what a run's folder is for; the number of replicates may grow."""
    return {"kind": "run", **identity.run_identity(scenario, asdict(settings))}


def refuse_fewer(out: Path, replicates: int, draws: int = 0) -> None:
    """Refuse to shrink a run: its finished replicates and draws are work that somebody waited for."""
    drawn = [int(folder.name.rpartition("_")[2]) for folder in out.glob("draw_*") if folder.is_dir()]
    if draws < max(drawn, default=0):
        raise InputError(
            file="command line",
            key="draws",
            found=draws,
            allowed=f"at least {max(drawn)}, the number that {out} holds already; or give another --out",
        )
    numbers = [int(record.parent.name.rpartition("_")[2]) for record in out.glob(UNITS)]
    held = max(numbers, default=0)
    if held > replicates:
        raise InputError(
            file="command line",
            key="--replicates",
            found=replicates,
            allowed=f"at least {held}, the number that {out} holds already; or give another --out",
        )


def run_units(
    units: Sequence[Unit],
    *,
    workers: int,
    quiet: bool = False,
    executor: Executor | None = None,
    simulate: str = SIMULATE,
) -> list[dict[str, Any]]:
    """Run the units that are not finished, and return the records of all, in order."""
    waiting = [unit for unit in units if unit.finished() is None]
    outdated = [record for unit in waiting if (record := read_json(unit.folder / "unit.json")) is not None]
    if outdated:
        print(f"Note: {made_otherwise(outdated, _common_folder(waiting))}", file=sys.stderr)
    for unit in waiting:
        sweep(unit.folder)
    with Progress(total=len(units), done=len(units) - len(waiting), quiet=quiet) as progress:
        if waiting:
            ordered = starting_together(waiting, _common_folder(units))
            _run_waiting(ordered, min(workers, len(waiting)), executor, simulate, progress.advance)
            shutil.rmtree(_common_folder(units) / FOLDER, ignore_errors=True)
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
    units: Sequence[Unit], workers: int, executor: Executor | None, simulate: str, tick: Callable[[], None]
) -> None:
    """Run units in the executor given, or in a pool of our own; the first failure stops the rest."""
    if executor is not None:
        _collect([executor.submit(run_unit, unit, simulate) for unit in units], tick)
        return
    pool = process_pool(workers)
    try:
        _collect([pool.submit(run_unit, unit, simulate) for unit in units], tick)
    except BaseException:
        stop_workers(pool)
        raise
    pool.shutdown()


def _collect(futures: Iterable[Future[None]], tick: Callable[[], None]) -> None:
    """Wait for each, and raise what the first to fail raised."""
    pending = list(futures)
    try:
        for future in as_completed(pending):
            future.result()
            tick()
    finally:
        for future in pending:
            future.cancel()


def run_unit(unit: Unit, simulate: str) -> None:
    """Run one unit in this process and write its folder whole: to a temporary name, then renamed."""
    started = time.perf_counter()
    key = unit.key
    settings = {**unit.settings.of_model(), "replicate": unit.replicate, "burnt_in": unit.burnt_in}
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


def claim(out: Path, wanted: dict[str, Any]) -> None:
    """Make the folder and write what it is for, after `check_claim`."""
    check_claim(out, wanted)
    (out / "manifest.json").unlink(missing_ok=True)
    out.mkdir(parents=True, exist_ok=True)
    write_json(out / "request.json", wanted)


def check_claim(out: Path, wanted: dict[str, Any]) -> None:
    """Refuse, writing nothing, a folder that is for something else.

    Raises:
        InputError: When it holds another run or study, or files that are neither.
    """
    mine = json.loads(json.dumps(wanted, sort_keys=True))
    if out.exists() and not out.is_dir():
        raise _other(out, "a file")
    if out.is_dir() and any(out.iterdir()):
        held = read_json(out / "request.json")
        if held is None:
            raise _other(out, "files that are no run or study of ours")
        differing = other_run(held, mine)
        if differing:
            raise _other(out, differing)


def _other(out: Path, found: str) -> InputError:
    """Return the refusal of a folder, which says what to do."""
    return InputError(
        file="command line",
        key="--out",
        found=f"{out}: {found}",
        allowed="a new folder, or one that holds this same run (it is then resumed); "
        "give another --out, or move the folder away",
    )


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
