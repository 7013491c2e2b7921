"""What a study costs beside simulating: its start, each unit, opening it again; what a second worker gains.

A light function takes the place of the model, so that what is measured is the rest. Commands are timed whole,
from the start of Python to its end.
"""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pyarrow as pa

from scenarios import execution
from scenarios.execution import Event, Settings
from sim.interventions.specification import BASELINE, ScenarioSpecification

STUDY = """name: benchmark
area: dorset
start: 2026-04
years: 5
scale: 1.0
seed: 7
replicates: 25
draws: 5
scenarios: [baseline, home_first, neighbourhood_teams, winter_surge, tobacco_and_hypertension,
  home_first+winter_surge, neighbourhood_teams+winter_surge, home_first+neighbourhood_teams]
"""
BUSY_LOOPS = 20_000_000
"""About a second of one core."""
_START = """
import sys, time
began = time.perf_counter()
from concurrent.futures import Executor
from pathlib import Path
class First(Executor):
    def submit(self, function, /, *arguments, **keywords):
        print(time.perf_counter() - began)
        raise KeyboardInterrupt
from scenarios import Study
try:
    Study.load(sys.argv[1]).run(Path(sys.argv[2]), quiet=True, executor=First())
except KeyboardInterrupt:
    pass
"""


def light(
    settings: Mapping[str, Any], scenario: ScenarioSpecification
) -> tuple[dict[str, pa.Table], dict[str, Any]]:
    """Return one small table at once."""
    return {"measures": pa.table({"value": [float(settings["replicate"])]})}, {}


def busy(
    settings: Mapping[str, Any], scenario: ScenarioSpecification
) -> tuple[dict[str, pa.Table], dict[str, Any]]:
    """Return one small table after about a second of work."""
    for _ in range(BUSY_LOOPS):
        pass
    return light(settings, scenario)


def seconds_of_run(out: Path, simulate: str, replicates: int, workers: int) -> float:
    """Return the seconds of a run from the beginning of its first unit to the end of its last."""
    ends: list[float] = []

    def hear(event: Event) -> None:
        began = event.record["seconds"] if event.record is not None and not ends else 0.0
        ends.append(time.perf_counter() - began)

    settings = Settings(area="dorset", start="2026-04", years=1, scale=1.0, seed=1)
    execution.run_replicates(
        BASELINE, settings, replicates=replicates, out=out, workers=workers, quiet=True, on_event=hear,
        simulate=f"benchmarks.study_benchmark:{simulate}",
    )  # fmt: skip
    return time.perf_counter() - ends[0]


def measure(units: int = 200) -> dict[str, float]:
    """Return seconds a unit, of a start, of opening a finished study again, and the gain of two workers."""
    with tempfile.TemporaryDirectory(prefix="leftshift_bench_") as name:
        folder = Path(name)
        (folder / "study.yaml").write_text(STUDY, encoding="utf-8")
        handed = seconds_of_run(folder / "light", "light", units, 1)
        started = subprocess.run(
            [sys.executable, "-c", _START, str(folder / "study.yaml"), str(folder / "started")],
            capture_output=True, text=True, check=True,
        )  # fmt: skip
        command = [sys.executable, "-m", "leftshift", "study", str(folder / "study.yaml"), "--quiet"]
        command += ["--out", str(folder / "study"), "--workers", "2"]
        given = os.environ | {"LEFTSHIFT_SIMULATE": "benchmarks.study_benchmark:light"}
        opened = []
        for _ in range(3):  # the first makes it
            began = time.perf_counter()
            subprocess.run(command, env=given, check=True, capture_output=True)
            opened.append(time.perf_counter() - began)
        alone = seconds_of_run(folder / "alone", "busy", 24, 1)
        together = seconds_of_run(folder / "together", "busy", 24, 2)
    return {
        "study_units_planned": float(len(list_of_units())),
        "study_start_seconds": float(started.stdout.split()[0]),
        "study_seconds_a_unit_beside_simulating": handed / units,
        "study_reopened_seconds": min(opened[1:]),
        "study_two_workers_against_one": alone / together,
    }


def list_of_units() -> list[execution.Unit]:
    """Return the units of the study that is measured."""
    import yaml

    from scenarios import Study

    return Study(**yaml.safe_load(STUDY)).units(Path("runs"))


if __name__ == "__main__":
    print(measure())
