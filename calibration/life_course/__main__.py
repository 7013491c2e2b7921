"""Validate the life course: run it, compare it, write the page: `python -m calibration.life_course`."""

from __future__ import annotations

import argparse
import time
from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path

import pandas as pd

from calibration.life_course.checks import load_targets
from calibration.life_course.page import write_page
from calibration.life_course.recording import record_run
from calibration.life_course.sections import SECTIONS, Material, Section
from sim.settings import Settings
from sim.world import load_world

YEARS = 14
"""From April 2026 to 2040."""


def sections(
    out: Path, page: Path, replicates: int, scale: float, years: int = YEARS, needs: bool = True
) -> list[Section]:
    """Run what is needed and return every section, its figures drawn into the folder of the page.

    Args:
        out: Folder of the table of checks.
        page: Folder of the page and its figures.
        replicates: Runs of the life course.
        scale: Share of residents kept.
        years: Years of each.
        needs: Whether to run care for those who attend often.
    """
    targets = load_targets()
    world = load_world(Settings(years=years, scale=scale, care=False))
    records = []
    for replicate in range(1, replicates + 1):
        records.append(record_run(world, years, scale=scale, replicate=replicate))
        print(f"run {replicate} of {replicates}: {records[-1].run_seconds:.0f} s", flush=True)
    given = Material(world=world, records=records, targets=targets, out=page, scale=scale, needs=needs)
    page.mkdir(parents=True, exist_ok=True)
    out.mkdir(parents=True, exist_ok=True)
    found = []
    for make in SECTIONS:
        began = time.perf_counter()
        found.append(make(given))
        print(f"{found[-1].title}: {time.perf_counter() - began:.0f} s", flush=True)
    checks = [asdict(check) | {"ratio": check.ratio} for section in found for check in section.checks]
    pd.DataFrame(checks).to_csv(out / "life_course.csv", index=False, float_format="%.6g")
    return found


def main(arguments: Sequence[str] | None = None) -> int:
    """Write `life_course.md` with its figures, and `life_course.csv`."""
    parser = argparse.ArgumentParser(prog="python -m calibration.life_course", description=__doc__)
    parser.add_argument("--out", type=Path, default=Path("runs/life_course"))
    parser.add_argument("--page", type=Path, default=None, help="folder of the page; --out by default")
    parser.add_argument("--replicates", type=int, default=3)
    parser.add_argument("--years", type=int, default=YEARS)
    parser.add_argument("--scale", type=float, default=1.0)
    parser.add_argument(
        "--without-care", action="store_true", help="do not run care for those who attend often"
    )
    given = parser.parse_args(arguments)
    page = given.page or given.out
    found = sections(given.out, page, given.replicates, given.scale, given.years, not given.without_care)
    run = f"April 2026, {given.years} years, scale {given.scale:g}, {given.replicates} replicates, seed 1"
    print(write_page(found, run, page))
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
