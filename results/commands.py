"""The commands that only read finished runs, as they are typed: compare and scorecard.

Nothing heavy is imported until a command needs it.
"""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

Out = Annotated[Path | None, typer.Option(help="Folder for the results.")]


def compare(
    runs: Annotated[list[Path], typer.Argument(metavar="RUN...", help="Folders of runs or of a study.")],
    baseline: Annotated[
        str | None, typer.Option(help="Name of the run that others are held against.")
    ] = None,
    out: Out = None,
) -> None:
    """Compare runs with a baseline: report.html, report.xlsx, summary.docx, tables/ and figures/."""
    from results import compare_command

    report = compare_command(runs, baseline, out or Path("runs") / "comparison")
    typer.echo(f"{report}")


def scorecard(
    run: Annotated[Path, typer.Argument(metavar="RUN", help="Folder of a run, or of a study's scenario.")],
    cohort: Annotated[str | None, typer.Option(help="Name of a cohort; by default all of the run.")] = None,
    out: Out = None,
) -> None:
    """Export the neighbourhood health scorecard of a run's cohorts, month by month: CSV and xlsx."""
    from results.scorecard import scorecard_command

    for path in scorecard_command(run, cohort, out or Path("runs") / f"{run.name}_scorecard"):
        typer.echo(f"{path}")
