"""What `leftshift validate` does: run the baseline's first year and hold it against the evidence."""

from __future__ import annotations

from dataclasses import asdict
from pathlib import Path

import pandas as pd

from calibration.built_in import table_targets
from calibration.page import write_baseline_page
from calibration.readings import Tables
from calibration.targets import load_targets
from calibration.validation import compare_with_evidence, missed, write_validation
from scenarios.execution import SIMULATE, Settings, replicate_folder, run_replicates
from sim.building import load_world
from sim.interventions.specification import BASELINE
from sim.settings import Settings as ModelSettings

TABLES = ("measures", "nodes", "conditions", "mortality")
DONE, CHECK_FAILED = 0, 3


def validate_command(
    out: Path,
    scale: float = 1.0,
    replicates: int = 3,
    workers: int = 1,
    *,
    area: str = "dorset",
    start: str = "2026-04",
    seed: int = 1,
    page: Path | None = None,
    quiet: bool = False,
    simulate: str = SIMULATE,
) -> int:
    """Run the baseline for a year, write `validation.csv` and `baseline.md`, and say what is missed.

    Args:
        out: Folder for the results; the run itself lies in `baseline/` and is kept for the next time.
        scale: Share of residents kept.
        replicates: How many.
        workers: Processes side by side.
        area: Area pack.
        start: First month.
        seed: Seed.
        page: Where the page goes; `baseline.md` in `out` by default.
        quiet: No progress is shown.
        simulate: 'module:function' that runs one replicate.

    Returns:
        The exit code: 3 when a fitted target is missed by more than its threshold, else 0.

    Raises:
        InputError: Targets or settings that cannot be used.
    """
    targets = load_targets()
    settings = Settings(area=area, start=start, years=1, scale=scale, seed=seed)
    folder = run_replicates(
        BASELINE, settings, replicates=replicates, out=out / "baseline", workers=workers, quiet=quiet,
        simulate=simulate,
    )  # fmt: skip
    runs = [read_tables(folder / replicate_folder(number)) for number in range(1, replicates + 1)]
    world = load_world(ModelSettings(area=area, start=start, years=1))
    table = compare_with_evidence([*targets, *table_targets(world)], runs)
    path = write_validation(table, out)
    write_baseline_page(table, {**asdict(settings), "replicates": replicates}, page or out / "baseline.md")
    return report(table, path)


def read_tables(folder: Path) -> Tables:
    """Return the tables of one replicate."""
    return {name: pd.read_parquet(folder / f"{name}.parquet") for name in TABLES}


def report(table: pd.DataFrame, path: Path) -> int:
    """Print where the table is and what is missed; return the exit code."""
    failed = missed(table)
    print(f"{len(table)} figures compared: {path}")
    for row in failed.itertuples():
        figures = f"model {row.model:.6g}, evidence {row.target:.6g}, ratio {row.ratio:.3f}"
        print(f"missed: {row.label} ({row.stratum}): {figures}")
    return CHECK_FAILED if len(failed) else DONE
