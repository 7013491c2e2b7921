"""The commands that read and check scenarios as they are typed: list, show, check and new.

Nothing heavy is imported until a command needs it.
"""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any

import typer

Area = Annotated[str, typer.Option(help="Area pack.")]


def list_library(
    search: Annotated[
        str,
        typer.Option(help="Only those with these words in what they say, are called, or cover of the plans."),
    ] = "",
    family: Annotated[str, typer.Option(help="Only this family, such as prevention.")] = "",
) -> None:
    """List the library by family: name, what it is, variants."""
    from scenarios.listing import listing

    typer.echo(listing(search, family), nl=False)


def show(
    name: Annotated[str, typer.Argument(help="Name in the library, or a file; NAME@VARIANT.")],
    area: Area = "dorset",
    counts: Annotated[
        bool, typer.Option(help="Count who is eligible today, whom it would reach, and what that costs.")
    ] = True,
) -> None:
    """Tell a scenario in plain English: each number's source, and its reach on today's population."""
    from scenarios import Scenario
    from scenarios.describing import describe
    from scenarios.names import load_names
    from scenarios.scenario import DEFAULT_VARIANT
    from scenarios.variant_differences import differences

    found = Scenario.load(name, area=area)
    scenario = found.to_specification()
    for message in found.messages:
        typer.echo(f"Note: {message}", err=True)
    lines: dict[str, Any] = {}
    if counts:
        from scenarios.today import sentences, today

        lines = {key: list(sentences(one)) for key, one in today(scenario, area).items()}
    differs, asks = [], ""
    if found.variant != DEFAULT_VARIANT:
        usual = Scenario.load(name.rpartition("@")[0] or name, DEFAULT_VARIANT, area)
        differs = differences(usual.to_specification(), scenario)
        asks = usual.document.question if usual.document.question != found.document.question else ""
    text = describe(
        scenario, found.variants, found.document, lines, labels=load_names(area).labels, differs=differs,
        question_of_file=asks,
    )  # fmt: skip
    typer.echo(text, nl=False)


def check(
    scenarios: Annotated[
        list[str], typer.Argument(metavar="FILE...", help="Files, or names of the library; several at once.")
    ],
    area: Area = "dorset",
) -> None:
    """Check scenarios and all their variants, and tell every problem at once."""
    from scenarios.asking import Asked
    from scenarios.problems import InvalidFile
    from scenarios.scenario import check as problems_of
    from scenarios.scenario import find

    asked = Asked()
    good = []
    for name in dict.fromkeys(scenarios):
        path = asked.read(lambda name=name: find(name))  # type: ignore[misc]
        found = None if path is None else asked.read(lambda path=path: problems_of(path, area))  # type: ignore[misc]
        if found is not None and found[0]:
            asked.problems.append(InvalidFile(found[0]))
        elif found is not None:
            good.append(f"{name}: no problem in {found[1]} variant{'s' if found[1] > 1 else ''}")
    for line in good:
        typer.echo(line)
    asked.end()


def new(
    name: Annotated[str, typer.Argument(help="Name of the scenario and of its file.")],
) -> None:
    """Write a commented scenario file here, ready to be changed."""
    from scenarios.template import write_new

    typer.echo(f"{write_new(name, Path())}")


def add_to(scenario_app: typer.Typer) -> None:
    """Add the commands to those of `leftshift scenario`."""
    for name, command in (("list", list_library), ("show", show), ("check", check), ("new", new)):
        scenario_app.command(name)(command)


__all__ = ["add_to"]
