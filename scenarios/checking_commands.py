"""The commands that check what is there, as they are typed: an area pack, and this machine.

Nothing heavy is imported until a command needs it.
"""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from scenarios.ending import Exit


def area_check(
    folder: Annotated[Path, typer.Argument(metavar="AREA", help="Area pack: its name or its folder.")],
) -> None:
    """Check an area pack against its schema, and tell every problem at once."""
    from sim.areas.checking import check_area
    from sim.areas.pack import area_directory

    folder = folder if folder.is_dir() else area_directory(str(folder))
    problems = check_area(folder)
    for problem in problems:
        typer.echo(problem.message(), err=True)
    if problems:
        raise typer.Exit(Exit.BAD_INPUT)
    typer.echo(f"{folder}: no problem")


def doctor() -> None:
    """Say whether this machine can run Leftshift, and with what."""
    from scenarios.doctor import report

    lines, good = report()
    for line in lines:
        typer.echo(line)
    if not good:
        raise typer.Exit(Exit.CHECK_FAILED)


def add_to(app: typer.Typer, area_app: typer.Typer) -> None:
    """Add the commands to those of `leftshift` and `leftshift area`."""
    area_app.command("check")(area_check)
    app.command()(doctor)


__all__ = ["add_to"]
