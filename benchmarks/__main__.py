"""Measure all, print it beside its budget and write `benchmarks/README.md`: `python -m benchmarks`."""

from __future__ import annotations

import csv
import os
import platform
from collections.abc import Mapping
from pathlib import Path

import mesa
import numba
import numpy

from benchmarks import (
    flow_benchmark,
    life_course_benchmark,
    phases_benchmark,
    recording_benchmark,
    replicate_benchmark,
    report_benchmark,
    study_benchmark,
)

HERE = Path(__file__).parent
_HEAD = """# Benchmarks

Written by `make bench`; each figure is one run on the machine named, on which other work may have been going
on: judge by ratios within the run. `met` compares with the budgets of `budgets.csv`.

"""


def budgets() -> dict[str, tuple[str, float]]:
    """Return direction and value of each budget by measure."""
    with (HERE / "budgets.csv").open(encoding="utf-8", newline="") as file:
        return {row["measure"]: (row["direction"], float(row["budget"])) for row in csv.DictReader(file)}


def verdict(name: str, value: float, known: Mapping[str, tuple[str, float]]) -> tuple[str, str]:
    """Return the budget and whether it is met, or blanks."""
    if name not in known:
        return "", ""
    direction, budget = known[name]
    met = value <= budget if direction == "at most" else value >= budget
    return f"{direction} {budget:,g}", "yes" if met else "no"


def machine() -> str:
    """Return a line on the machine and its libraries."""
    return (
        f"{platform.machine()}, {os.cpu_count()} cores, "
        f"{platform.system()} {platform.release().split('-')[0]}, "
        f"Python {platform.python_version()}, numpy {numpy.__version__}, numba {numba.__version__}, "
        f"mesa {mesa.__version__}"
    )


def main() -> None:
    """Measure, print and write."""
    known = budgets()
    lines = [_HEAD, f"Machine: {machine()}\n", "\n| measure | value | budget | met |\n|---|---:|---|---|\n"]
    for title, measured in (
        ("flow", flow_benchmark.measure()),
        ("life course", life_course_benchmark.measure()),
        ("a year by phase", phases_benchmark.measure()),
        ("recording by group and cohort", recording_benchmark.measure()),
        ("replicate", replicate_benchmark.measure()),
        ("study", study_benchmark.measure()),
        ("report", report_benchmark.measure()),
    ):
        lines.append(f"| **{title}** | | | |\n")
        for name, value in measured.items():
            budget, met = verdict(name, value, known)
            line = f"| {name.replace('_', ' ')} | {value:,.2f} | {budget} | {met} |\n"
            print(line, end="")
            lines.append(line)
    (HERE / "README.md").write_text("".join(lines), encoding="utf-8")


if __name__ == "__main__":
    main()
