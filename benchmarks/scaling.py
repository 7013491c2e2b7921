"""What a unit costs by residents, years and nodes: `python -m benchmarks.scaling --out DIR`.

Area packs of each size are generated (`sim/areas/generated`), and each is run in processes of its own: once
with nothing kept, which makes the people and fits the baseline, and once more with these in the cache, as
every further unit of a study runs. What is measured is kept in `scaling.csv` at once: the same command goes
on where it was stopped, and measures nothing twice.
"""

from __future__ import annotations

import argparse
import csv
import json
import os
import platform
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, fields
from datetime import date
from functools import cache
from pathlib import Path
from typing import Any

HERE = Path(__file__).resolve().parent
SIZES = (80_000, 200_000, 400_000, 827_000, 1_600_000, 2_600_000)
LONGER = (2, 5)
"""Years, beside one, of the size of one system."""
ONE_SYSTEM = 827_000
FIGURES, CURVE = "scaling.csv", "scaling.svg"
BEGIN, END = "<!-- measured: begin -->", "<!-- measured: end -->"
MILLION = 1e6
_CHILD = """
import json, resource, sys, tempfile, time
from pathlib import Path
start = time.perf_counter()
from sim.interventions.specification import BASELINE
from sim.run import simulate_replicate
from scenarios.tables import write_table
tables, found = simulate_replicate(json.loads(sys.argv[1]), BASELINE)
with tempfile.TemporaryDirectory() as folder:
    for name, table in tables.items():
        write_table(table, Path(folder) / f"{name}.parquet")
    found["disk_mb"] = sum(path.stat().st_size for path in Path(folder).glob("*")) / 1e6
used = resource.getrusage(resource.RUSAGE_SELF)
found["processor_seconds"] = used.ru_utime + used.ru_stime
found["seconds"] = time.perf_counter() - start
print(json.dumps(found))
"""


@dataclass(frozen=True, kw_only=True)
class Case:
    """One thing to measure."""

    residents: int
    systems: int
    years: int
    side_by_side: int = 1
    """Units run at once, each in a process."""


@dataclass(frozen=True, kw_only=True)
class Cost(Case):
    """What a unit of a case took; of several side by side the slowest, and memory of all together."""

    nodes: int
    first_seconds: float
    """Wall clock of a unit for which nothing is kept."""
    first_memory_mb: float
    seconds: float
    """Wall clock of a further unit, from the start of its process to its tables on disk."""
    build_seconds: float
    run_seconds: float
    processor_seconds: float
    memory_mb: float
    disk_mb: float
    flow_events: int


def cases(sizes: Sequence[int], longer: Sequence[int], side_by_side: int) -> list[Case]:
    """Return what is measured: one system up to its size, three beyond; more years, nodes, workers."""
    found = [Case(residents=size, systems=3 if size > ONE_SYSTEM else 1, years=1) for size in sizes]
    if ONE_SYSTEM in sizes:
        found += [Case(residents=ONE_SYSTEM, systems=1, years=years) for years in longer]
        found.append(Case(residents=ONE_SYSTEM, systems=3, years=1))
    if side_by_side > 1:
        largest = max(sizes)
        systems = 3 if largest > ONE_SYSTEM else 1
        found.append(Case(residents=largest, systems=systems, years=1, side_by_side=side_by_side))
    return found


def measure(case: Case, packs: Path, cache: Path) -> Cost:
    """Measure one case.

    Args:
        case: What.
        packs: Folder of the generated packs; one that is not there is made.
        cache: Folder for what a first unit keeps for the others.
    """
    from sim.areas.generated import make_cluster

    pack = packs / f"r{case.residents}_s{case.systems}"
    if not pack.exists():
        make_cluster(pack, case.residents, case.systems)
    own = cache / f"{pack.name}_{case.years}"
    if case.side_by_side == 1:
        shutil.rmtree(own, ignore_errors=True)  # what a measurement that was stopped left
    first = {} if own.exists() else _units(pack, case.years, 1, own)[0]
    found = _units(pack, case.years, case.side_by_side, own)
    slowest = {
        name: round(max(float(one[name]) for one in found), 2)
        for name in ("seconds", "build_seconds", "run_seconds", "processor_seconds", "disk_mb")
    }
    memory = round(sum(float(one["peak_memory_mb"]) for one in found))
    kept: dict[str, Any] = {**asdict(case), **slowest}
    return Cost(
        **kept, nodes=nodes_of(pack), first_seconds=round(first.get("seconds", float("nan")), 1),
        first_memory_mb=round(first.get("peak_memory_mb", 0)), memory_mb=memory,
        flow_events=found[0]["flow_events"],
    )  # fmt: skip


def _units(pack: Path, years: int, number: int, cache: Path) -> list[dict[str, Any]]:
    """Run so many units at once, each in a process with one thread, and return what each found."""
    threads = dict.fromkeys(("NUMBA_NUM_THREADS", "OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS"), "1")
    environment = {**os.environ, **threads, "LEFTSHIFT_CACHE": str(cache)}
    settings = {"area": str(pack), "start": "2026-04", "years": years, "scale": 1.0, "seed": 1}
    running = [
        subprocess.Popen(
            [sys.executable, "-c", _CHILD, json.dumps(settings | {"replicate": one + 1})],
            stdout=subprocess.PIPE, text=True, env=environment, cwd=HERE.parent,
        )
        for one in range(number)
    ]  # fmt: skip
    told = [process.communicate()[0] for process in running]
    failed = [process.returncode for process in running if process.returncode]
    if failed:
        raise SystemExit(f"a unit of {pack.name} ended with {failed[0]} (its message is above)")
    return [json.loads(text.splitlines()[-1]) for text in told]


def nodes_of(pack: Path) -> int:
    """Return how many care nodes a pack has."""
    from sim.areas import load_area
    from sim.building import load_network
    from sim.parameters.national import load_national

    return len(load_network(load_area(pack), load_national()).node_names)


def known(path: Path) -> list[Cost]:
    """Return what is measured already."""
    if not path.exists():
        return []
    whole = {"residents", "systems", "years", "side_by_side", "nodes", "flow_events"}
    found = []
    with path.open(encoding="utf-8", newline="") as file:
        for row in csv.DictReader(file):
            read: dict[str, Any] = {
                key: int(value) if key in whole else float(value) for key, value in row.items()
            }
            found.append(Cost(**read))
    return found


def save(path: Path, costs: Sequence[Cost]) -> None:
    """Write what is measured, by case."""
    order = sorted(costs, key=lambda one: (one.side_by_side, one.years, one.systems, one.residents))
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, [field.name for field in fields(Cost)], lineterminator="\n")
        writer.writeheader()
        writer.writerows(asdict(one) for one in order)


def table(costs: Sequence[Cost]) -> str:
    """Return the measurements as a table in Markdown."""
    lines = [
        "| residents | systems | nodes | years | at once | first unit, s | further unit, s | "
        "of it building, s | processor, s | memory, MB | disk, MB | flow events, million |\n",
        "|---:|---:|---:|---:|---:|---:|---:|---:|---:|---:|---:|---:|\n",
    ]
    for one in costs:
        first = "" if one.first_seconds != one.first_seconds else f"{one.first_seconds:,.0f}"
        lines.append(
            f"| {one.residents:,} | {one.systems} | {one.nodes} | {one.years} | {one.side_by_side} | {first} "
            f"| {one.seconds:,.0f} | {one.build_seconds:,.0f} | {one.processor_seconds:,.0f} "
            f"| {one.memory_mb:,.0f} | {one.disk_mb:.2f} | {one.flow_events / 1e6:.1f} |\n"
        )
    return "".join(lines)


def draw(costs: Sequence[Cost], path: Path) -> None:
    """Draw seconds and memory of a further unit of one year by residents, with straight lines."""
    import matplotlib as mpl

    mpl.use("svg")
    mpl.rcParams["svg.hashsalt"] = "leftshift"
    import matplotlib.pyplot as plt
    import numpy as np

    if len(of_curve(costs, 1)) < 2:
        return
    figure, axes = plt.subplots(1, 2, figsize=(9, 3.6), layout="constrained")
    panels = (
        ("processor_seconds", "Processor time (seconds)", 1.0),
        ("memory_mb", "Peak memory (GB)", 1000.0),
    )
    for panel, (name, label, divisor) in zip(axes, panels, strict=True):
        told = []
        for systems, colour, sign, words in ((1, "#12436D", "o", "one system"), (3, "#801650", "s", "three")):
            mine = of_curve(costs, systems)
            people = np.array([one.residents for one in mine]) / MILLION
            values = np.array([getattr(one, name) for one in mine]) / divisor
            panel.plot(people, values, sign, color=colour, label=words)
            if len(mine) > 1:
                level, slope = (value / divisor for value in line(mine, name))
                panel.plot(people, level + slope * people, color=colour, linewidth=1, linestyle="--")
                told.append(f"{words}: {level:.2g} + {slope:.2g} a million")
        panel.set(xlabel="Residents (millions)", ylabel=label, xlim=(0, None), ylim=(0, None))
        panel.set_title("; ".join(told), fontsize=9)
        panel.legend(frameon=False, loc="upper left")
        panel.spines[["top", "right"]].set_visible(False)
    figure.suptitle("A further unit of one year", fontsize=11)
    figure.savefig(path, format="svg", metadata={"Date": None, "Creator": None})
    plt.close(figure)


@cache
def inputs() -> Mapping[str, float]:
    """Return the figures of `scaling_inputs.csv` by name."""
    with (HERE / "scaling_inputs.csv").open(encoding="utf-8", newline="") as file:
        return {row["name"]: float(row["value"]) for row in csv.DictReader(file)}


def line(costs: Sequence[Cost], name: str) -> tuple[float, float]:
    """Return level and slope per million residents of a figure of a further unit of one year."""
    import numpy as np

    people = np.array([one.residents for one in costs]) / MILLION
    slope, level = np.polyfit(people, np.array([getattr(one, name) for one in costs]), 1)
    return float(level), float(slope)


def at(costs: Sequence[Cost], name: str, people: float) -> float:
    """Return a figure of a further unit of so many million residents, on the line through the costs."""
    level, slope = line(costs, name)
    return level + slope * people


def england(costs: Sequence[Cost]) -> str:
    """Return the arithmetic of a year of England: shards as one system, the largest as three together."""
    given = inputs()
    number, people = given["england_systems"], given["england_residents"] / MILLION
    largest = given["largest_system_residents"] / MILLION
    small, large = of_curve(costs, 1), of_curve(costs, 3)
    large = large if len(large) > 1 else small
    seconds, memory = line(small, "processor_seconds"), line(small, "memory_mb")
    hours = (seconds[0] * number + seconds[1] * people) / 3600
    longest = at(large, "processor_seconds", largest) / 60
    most = at(large, "memory_mb", largest) / 1000
    every = (memory[0] * number + memory[1] * people) / 1000
    crossings = given["needs_outside_per_person"] * given["england_residents"]
    rows = [
        ("mean residents of a shard", f"{people / number:.2f} million, the largest {largest:.1f}"),
        ("processor time of one unit, one year", f"{hours:.2f} hours"),
        ("the largest shard alone", f"{longest:.1f} minutes, {most:.1f} GB"),
        ("workers beyond which the largest shard decides", f"{hours * 60 / longest:.0f}"),
        ("memory of all shards at once", f"{every:.0f} GB"),
        (
            "needs met in another system",
            f"{crossings / MILLION:.1f} million a year, {crossings / 365:,.0f} a day",
        ),
        (
            "exchanged between shards",
            f"{crossings * given['bytes_a_crossing'] / 12 / MILLION:.1f} MB a month in all",
        ),
    ]
    return "| England, one unit of one year | |\n|---|---|\n" + "".join(f"| {a} | {b} |\n" for a, b in rows)


def of_curve(costs: Sequence[Cost], systems: int) -> list[Cost]:
    """Return the costs of which a line is made: one year, one unit at once, so many systems; by residents."""
    found = [one for one in costs if one.years == one.side_by_side == 1 and one.systems == systems]
    return sorted(found, key=lambda one: one.residents)


def write_page(page: Path, costs: Sequence[Cost]) -> None:
    """Put table and arithmetic between the marks of a page; raises SystemExit where it has none."""
    text = page.read_text(encoding="utf-8")
    before, begin, rest = text.partition(BEGIN)
    _, end, after = rest.partition(END)
    if not begin or not end:
        raise SystemExit(f"{page} has no lines {BEGIN} and {END}")
    sums = f"\n{england(costs)}" if len(of_curve(costs, 1)) > 1 else ""
    page.write_text(
        f"{before}{begin}\n{machine()}\n\n{table(costs)}{sums}{end}{after}", encoding="utf-8", newline="\n"
    )


def machine() -> str:
    """Return a line on the machine that measured."""
    busy = f" Load average at the end: {os.getloadavg()[0]:.1f}." if hasattr(os, "getloadavg") else ""
    return f"Measured on {platform.machine()} with {os.cpu_count()} cores, {date.today():%B %Y}.{busy}"


def main(arguments: Sequence[str] | None = None) -> None:
    """Measure what is not measured yet, and write figures, table and curve after each."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.scaling", description=__doc__)
    parser.add_argument("--out", type=Path, required=True, help="folder of scaling.csv and scaling.svg")
    parser.add_argument("--page", type=Path, help="page whose marked part is written anew")
    parser.add_argument("--residents", type=int, nargs="+", default=list(SIZES))
    parser.add_argument("--years", type=int, nargs="*", default=list(LONGER), help="beside one year")
    parser.add_argument(
        "--side-by-side", type=int, default=2, help="units at once of the largest size; 1: none"
    )
    parser.add_argument("--work", type=Path, help="folder for packs and caches; by default a temporary one")
    given = parser.parse_args(arguments)
    given.out.mkdir(parents=True, exist_ok=True)
    costs = known(given.out / FIGURES)
    with tempfile.TemporaryDirectory(prefix="leftshift_scaling_") as folder:
        work = given.work or Path(folder)
        done = {Case(**{field.name: getattr(one, field.name) for field in fields(Case)}) for one in costs}
        if not costs:  # kernels are compiled once, which is no part of what a unit costs
            measure(Case(residents=min(given.residents), systems=1, years=1), work / "packs", work / "warm")
        for case in cases(given.residents, given.years, given.side_by_side):
            if case in done:
                continue
            started = time.perf_counter()
            costs.append(measure(case, work / "packs", work / "cache"))
            save(given.out / FIGURES, costs)
            print(f"{case}: {time.perf_counter() - started:,.0f} s", flush=True)
    costs = known(given.out / FIGURES)
    draw(costs, given.out / CURVE)
    if given.page is not None:
        write_page(given.page, costs)
    print(table(costs))


if __name__ == "__main__":
    main()
