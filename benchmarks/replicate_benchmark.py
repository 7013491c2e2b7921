"""How long one full-scale replicate takes and how much memory, and how cost grows with residents and workers.

Each measurement runs in a process of its own, so that its peak memory is its own.
"""

from __future__ import annotations

import json
import subprocess
import sys
import time
from concurrent.futures import ProcessPoolExecutor
from multiprocessing import get_context
from typing import Any

_ONE = """
import json, sys, time
start = time.perf_counter()
from sim.interventions.specification import BASELINE
from sim.run import simulate_replicate
settings = json.loads(sys.argv[1])
tables, found = simulate_replicate(settings, BASELINE)
found["seconds"] = time.perf_counter() - start
found["rows"] = sum(len(table) for table in tables.values())
print(json.dumps(found))
"""


def one(**settings: Any) -> dict[str, Any]:
    """Run one replicate in its own process and return its diagnostics with `seconds` of the whole process."""
    chosen = {
        "area": "dorset",
        "start": "2026-04",
        "years": 10,
        "scale": 1.0,
        "seed": 1,
        "replicate": 1,
    } | settings
    done = subprocess.run(
        [sys.executable, "-c", _ONE, json.dumps(chosen)], capture_output=True, text=True, check=True
    )
    found: dict[str, Any] = json.loads(done.stdout)
    return found


def _timed(replicate: int) -> float:
    return float(one(years=1, scale=1.0, replicate=replicate)["seconds"])


def workers_gain() -> float:
    """Return how many times faster two processes do four one-year replicates than one process."""
    start = time.perf_counter()
    for replicate in range(1, 5):
        _timed(replicate)
    alone = time.perf_counter() - start
    start = time.perf_counter()
    with ProcessPoolExecutor(2, mp_context=get_context("spawn")) as pool:
        list(pool.map(_timed, range(1, 5)))
    return alone / (time.perf_counter() - start)


def measure(years: int = 10) -> dict[str, float]:
    """Return seconds and memory of a whole replicate, its growth with residents, and what workers gain."""
    one(years=1, scale=0.01)  # compiled and cached
    full = one(years=years)
    tenth = one(years=years, scale=0.1)
    return {
        "replicate_years": float(years),
        "replicate_seconds": full["seconds"],
        "replicate_build_seconds": full["build_seconds"],
        "replicate_peak_memory_mb": full["peak_memory_mb"],
        "flow_events_per_run_second": full["flow_events"] / full["run_seconds"],
        "run_time_ratio_for_ten_times_the_residents": full["run_seconds"] / tenth["run_seconds"],
        "two_workers_against_one": workers_gain(),
    }


if __name__ == "__main__":
    for name, value in measure().items():
        print(f"{name}: {value:,.2f}")
