"""The commands of observed figures: `leftshift targets import`, `check` and `kinds`."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

targets_app = typer.Typer(no_args_is_help=True, help="Observed figures to calibrate to and to be judged by.")


@targets_app.command("kinds")
def kinds() -> None:
    """List the public files that can be imported: what each is, where it is, and what it gives."""
    from calibration.importing import load_mapping, mapping_names

    for name in mapping_names():
        found = load_mapping(name)
        measures = ", ".join(dict.fromkeys(figure.measure for figure in found.figures))
        typer.echo(f"{name}: {found.publisher}, {found.title}\n  {found.page}\n  gives {measures}")


@targets_app.command("import")
def import_command(
    kind: Annotated[
        str, typer.Argument(help="Kind of file (see `targets kinds`), or a mapping file.")
    ],
    files: Annotated[list[Path], typer.Argument(help="Files as they were downloaded: CSV or xlsx.")],
    out: Annotated[Path, typer.Option(help="Table to write; the one that is there is replaced.")],
    codes: Annotated[
        list[str],
        typer.Option(help="CODE=STRATUM of an organisation, again for each; in place of Dorset's."),
    ] = [],  # noqa: B006 - typer copies it
    period: Annotated[str, typer.Option(help="Period of a file that does not say it, such as 2024/25.")] = "",
    by: Annotated[str, typer.Option(help="quarter or year, to put months together.")] = "",
    use: Annotated[str, typer.Option(help="fit, hold_out or evidence, for all of them.")] = "",
) -> None:
    """Turn public files of NHS statistics into a table of observed figures; nothing is fetched."""
    from dataclasses import replace

    from calibration.importing import import_files, load_mapping
    from calibration.observations import USES, write
    from sim.parameters.errors import InputError

    if use and use not in USES:
        raise InputError(file="command line", key="--use", found=use, allowed=" or ".join(USES), names=USES)
    strata = {}
    for one in codes:
        code, equals, stratum = one.partition("=")
        if not (code and equals and stratum):
            raise InputError(
                file="command line", key="--codes", found=one, allowed="CODE=STRATUM, such as R0D=site:poole"
            )
        strata[code] = stratum
    found = import_files(load_mapping(kind), files, strata or None, period, by)
    if use:
        found = [replace(one, use=use) for one in found]
    write(found, out)
    typer.echo(f"{len(found)} figures: {out}")


@targets_app.command("check")
def check(
    file: Annotated[Path, typer.Argument(help="Table of observed figures.")],
    area: Annotated[str, typer.Option(help="Area pack.")] = "dorset",
) -> None:
    """Check a table of observed figures: every problem at once, each with its line."""
    from collections import Counter

    from calibration.observations import USES, load

    found = load(file, area)
    counts = Counter(one.use for one in found)
    told = ", ".join(f"{counts[use]} {use}" for use in USES if counts[use])
    typer.echo(f"{file}: {len(found)} figures ({told}), no problem")
