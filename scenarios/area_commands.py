"""Commands on area packs that are not in the model's package: `leftshift area make-cluster`."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer


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
    """Offer the command."""
    area.command("make-cluster")(make_cluster)
