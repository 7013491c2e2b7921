"""The commands on area packs, as they are typed: `leftshift area check` and `make-cluster`.

Nothing heavy is imported until a command needs it.
"""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from scenarios.ending import Exit


def check(
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


def make_cluster(
    folder: Annotated[Path, typer.Argument(metavar="FOLDER", help="Where the pack goes; must be new.")],
    residents: Annotated[
        int | None, typer.Option(help="People registered in all systems; by default 2.6 million.")
    ] = None,
    systems: Annotated[int, typer.Option(help="How many systems, 1 to 3.")] = 3,
    pattern: Annotated[str, typer.Option(help="The pack it is made from.")] = "dorset",
) -> None:
    """Generate an area pack of several systems, or of any size, for tests of scale; never for results."""
    from sim.areas.generated import make_cluster as make

    made = make(folder, residents, systems, pattern)
    typer.echo(f"{made}: for tests of scale, never for results; leftshift run --area {made}")


def add_to(area: typer.Typer) -> None:
    """Add the commands to those of `leftshift area`."""
    area.command("check")(check)
    area.command("make-cluster")(make_cluster)
