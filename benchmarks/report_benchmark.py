"""How long a report of a large study takes, and in how much memory: 8 scenarios x 30 units of five years.

Run from the project's root: `python -m benchmarks.report_benchmark`. The runs are synthetic
(`tests/results/synthetic.py`) with as many rows in each table as a unit of five years has: known measures
and nodes are repeated under other names until there are as many. One of the eight is the baseline. Each
measurement runs in a process of its own, so that its peak memory is its own.

What reading every value of every table once takes is the floor below which no report can come. Both are
compared in processor time, on which other work of the machine bears less.
"""

from __future__ import annotations

import shutil
import subprocess
import sys
import tempfile
from itertools import product
from pathlib import Path

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq

from tests.results import synthetic

SCENARIOS, UNITS, MONTHS = 8, 30, 60
ROWS = {"measures": 465_000, "nodes": 169_000, "conditions": 59_000, "deaths": 14_700}
"""About so many rows has a unit of five years of Dorset at any scale."""
NAMED = {"measures": "measure", "nodes": "node", "conditions": "condition", "deaths": "cause"}
REPLICATE_SPREAD = 0.01
PLACES = {"acute_beds_medicine": 12, "elective_beds": 6, "p1": 6, "p2": 6, "p3": 6}
"""Kinds of places of the daily record, and at how many sites each is."""
REACHED = ("eligible", "reached", "following")
TABLES = ("measures", "nodes", "conditions", "deaths", "mortality", "days", "reach", "programmes")

_READ = """
import sys, time
from pathlib import Path
import pyarrow.parquet as pq
from sim.process import peak_memory_mb
begun, rows = time.perf_counter(), 0
for path in sorted(Path(sys.argv[1]).glob("*/replicate_*/*.parquet")):
    table = pq.read_table(path, use_threads=False, read_dictionary=[
        name for name in pq.read_schema(path).names if name not in {"value", "year"}])
    rows += table.num_rows
print(time.perf_counter() - begun, time.process_time(), peak_memory_mb())
"""
_REPORT = """
import sys, time
from pathlib import Path
from sim.process import peak_memory_mb
begun = time.perf_counter()
from results import compare_command
compare_command(sorted(path.parent for path in Path(sys.argv[1]).glob("*/manifest.json")), None, sys.argv[2])
print(time.perf_counter() - begun, time.process_time(), peak_memory_mb())
"""


def write_study(folder: Path, scenarios: int = SCENARIOS, units: int = UNITS, months: int = MONTHS) -> None:
    """Write the runs; what a scenario changes differs by scenario, chance is the same in all."""
    for number in range(scenarios):
        name = "baseline" if number == 0 else f"scenario_{number}"
        effect = {"emergency_admissions": {f"quintile:{one}": -10.0 * number for one in range(1, 6)}}
        run = synthetic.make_run(folder / name, name, effect=effect, replicates=1, months=months)
        _write_later_tables(run / "replicate_0001", months, programmes=number > 0)
        tables = {table: _enlarged(run / "replicate_0001", table) for table in TABLES}
        for unit in range(1, units + 1):
            part = run / f"replicate_{unit:04d}"
            part.mkdir(exist_ok=True)
            for table, frame in tables.items():
                pq.write_table(
                    _of_unit(frame, unit), part / f"{table}.parquet", compression="zstd", store_schema=False
                )
        path = run / "manifest.json"
        path.write_text(path.read_text().replace('"replicates": 1', f'"replicates": {units}'))


def _write_later_tables(folder: Path, months: int, *, programmes: bool) -> None:
    """Write what a replicate holds beside the first tables: its days, whom programmes reach, their costs."""
    labels = synthetic.month_names(months)
    dates = pd.date_range(f"{labels[0]}-01", pd.Period(labels[-1]).end_time).strftime("%Y-%m-%d")
    places = [(f"site_{place}", kind) for kind, count in PLACES.items() for place in range(count)]
    days = product(places, ("occupied", "offered", "places", "ready", "waiting"), dates)
    rows = [(date, site, kind, name, 40.0) for (site, kind), name, date in days]
    pd.DataFrame(rows, columns=["date", "site", "kind", "measure", "value"]).to_parquet(
        folder / "days.parquet"
    )
    strata = (
        [(of, level) for of, levels in synthetic.LEVELS.items() for level in levels] if programmes else []
    )
    reach = [
        (month, "teams", of, level, name, 100.0)
        for month, (of, level), name in product(labels, strata, REACHED)
    ]
    columns = ["period", "programme", "dimension", "level", "measure", "value"]
    pd.DataFrame(reach, columns=columns).to_parquet(folder / "reach.parquet")
    costs = [(month, "teams", name, 1000.0) for month in labels for name in ("cost_nhs", "hours_nurse")]
    columns = ["period", "programme", "measure", "value"]
    frame = pd.DataFrame(costs if programmes else [], columns=columns)
    frame.to_parquet(folder / "programmes.parquet")


def _enlarged(folder: Path, table: str) -> pa.Table:
    """Return a table with as many rows as a real one: its names again, under others."""
    frame = pd.read_parquet(folder / f"{table}.parquet")
    if table in NAMED:
        named = NAMED[table]
        copies = max(round(ROWS[table] / len(frame)), 1)
        more = [frame.assign(**{named: frame[named] + f"_again_{copy}"}) for copy in range(1, copies)]
        frame = pd.concat([frame, *more], ignore_index=True)
        keys = [name for name in frame.columns if name != "value"]
        frame = frame.sort_values(keys, ignore_index=True)
    made = pa.Table.from_pandas(frame, preserve_index=False)
    for place, field in enumerate(made.schema):  # written two hundred times: texts are sorted out once
        if field.type in (pa.string(), pa.large_string()):
            made = made.set_column(place, field.name, made.column(place).dictionary_encode())
    return made


def _of_unit(table: pa.Table, unit: int) -> pa.Table:
    """Return a table as another unit has it: each count by chance somewhat higher or lower."""
    place = next(name for name in ("value", "deaths") if name in table.column_names)
    counts = table[place].to_numpy().astype(float)
    drawn = np.random.default_rng(unit).standard_normal(len(counts))
    counts = np.round(counts * (1 + REPLICATE_SPREAD * drawn), 3)
    return table.set_column(table.column_names.index(place), place, pa.array(counts))


def _timed(script: str, *arguments: Path) -> tuple[float, float, float]:
    """Run a script in a process of its own; return its seconds, processor seconds and peak memory (MB)."""
    done = subprocess.run(
        [sys.executable, "-c", script, *map(str, arguments)], capture_output=True, text=True, check=True
    )
    seconds, processor, memory = done.stdout.split()[-3:]
    return float(seconds), float(processor), float(memory)


def measure(folder: Path | None = None) -> dict[str, float]:
    """Return seconds and memory of a whole report, and its processor time against reading its tables.

    Args:
        folder: Where the runs are, or go and stay; by default they are made and removed.
    """
    kept = folder or Path(tempfile.mkdtemp())
    try:
        study = kept / "study"
        if not study.exists():
            write_study(study)
        _, reading, _ = _timed(_READ, study)
        shutil.rmtree(kept / "report", ignore_errors=True)
        seconds, processor, memory = _timed(_REPORT, study, kept / "report")
    finally:
        if folder is None:
            shutil.rmtree(kept)
    return {
        "report_seconds": seconds,
        "report_processor_seconds": processor,
        "report_peak_memory_mb": memory,
        "report_reading_processor_seconds": reading,
        "report_processor_time_against_reading": processor / reading,
    }


if __name__ == "__main__":
    for name, value in measure(Path(sys.argv[1]) if len(sys.argv) > 1 else None).items():
        print(f"{name:40}{value:12,.2f}")
