"""`leftshift compare`: from run folders to a report, written whole or not at all."""

from __future__ import annotations

import os
import shutil
import tempfile
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from sim.parameters.errors import InputError

if TYPE_CHECKING:
    from results.comparison import Comparison
    from results.report import Report

MARK = "report.html"
OURS = {"report.html", "report.xlsx", "summary.docx", "tables", "figures"}


def compare_command(run_paths: Sequence[str | Path], baseline: str | None, out: str | Path) -> Path:
    """Compare runs and write report.html, report.xlsx, summary.docx, tables/ and figures/.

    Everything is built in a folder beside the target and renamed when whole, so a failure leaves what
    was there before, or nothing.

    Args:
        run_paths: Folders of runs.
        baseline: Name of the run or scenario to compare with; None for the one named baseline.
        out: Folder of the report; an earlier report there is replaced.

    Returns:
        Path of report.html.

    Raises:
        InputError: A run cannot be compared, or `out` holds something that is not a report.
    """
    target = Path(out)
    _check_target(target)
    from results.comparison import Comparison
    from results.report import build_report

    comparison = Comparison(run_paths, baseline)
    report = build_report(comparison)
    target.parent.mkdir(parents=True, exist_ok=True)
    building = Path(tempfile.mkdtemp(prefix=f".{target.name}.", dir=target.parent))
    try:
        _write(building, comparison, report)
        _swap(building, target)
    finally:
        shutil.rmtree(building, ignore_errors=True)
    return target / MARK


def _check_target(target: Path) -> None:
    """Refuse to replace a folder that holds anything but an earlier report."""
    if target.is_file():
        raise InputError(
            file=target, key="--out", found="a file", allowed="a new folder, or an earlier report's"
        )
    if target.is_dir():
        strange = sorted({path.name for path in target.iterdir()} - OURS)
        if strange:
            found = f"a folder that also holds {', '.join(strange[:3])}"
            raise InputError(
                file=target, key="--out", found=found, allowed="a new folder, or an earlier report's"
            )


def _write(folder: Path, comparison: Comparison, report: Report) -> None:
    """Write every file of a report into a folder."""
    from results.data_package import write_tables
    from results.filed import filed, worded
    from results.report.blocks import Context
    from results.report.sections.shared import place_words
    from results.summary_document import write_summary
    from results.workbook import write_workbook

    (folder / MARK).write_text(report.html, encoding="utf-8", newline="\n")
    for part in ("tables", "figures"):
        (folder / part).mkdir()
    tables = filed(report.tables)
    write_tables(folder / "tables", tables)
    for chart in report.charts:
        (folder / "figures" / f"{chart.name}.svg").write_bytes(chart.svg)
        (folder / "figures" / f"{chart.name}.png").write_bytes(chart.png)
    write_summary(folder / "summary.docx", comparison, report.charts)
    labels = {comparison.names[run]: comparison.labels[run] for run in comparison.runs}
    sheets = worded(tables, labels, place_words(Context.of(comparison)))
    write_workbook(folder / "report.xlsx", "Leftshift: comparison of scenarios", report.notes, sheets)


def _swap(building: Path, target: Path) -> None:
    """Put the finished folder in place; an earlier report is kept until the new one stands."""
    # mkdtemp makes folders private; a report is as readable as any folder the user makes.
    umask = os.umask(0)
    os.umask(umask)
    building.chmod(0o777 & ~umask)
    old = None
    if target.exists():
        old = Path(tempfile.mkdtemp(prefix=f".{target.name}.old.", dir=target.parent))
        target.rename(old / target.name)
    try:
        building.rename(target)
    except OSError:
        if old is not None:
            (old / target.name).rename(target)
        raise
    finally:
        if old is not None:
            shutil.rmtree(old, ignore_errors=True)
