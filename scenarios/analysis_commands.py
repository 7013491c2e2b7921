"""The commands of analysis as they are typed: attribute, solve, break-even and portfolio.

Each checks all that it was given, tells every problem at once, has its work done elsewhere and writes tables
and a page. Nothing heavy is imported until a command needs it.
"""

from __future__ import annotations

import os
from collections.abc import Sequence
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

if TYPE_CHECKING:
    import pandas as pd

    from scenarios.asking import Asked
    from scenarios.experiment import Experiment
    from scenarios.solving import Goal
    from scenarios.varying import Field
    from sim.interventions.specification import ScenarioSpecification

SIMULATE_VARIABLE = "LEFTSHIFT_SIMULATE"
MOST_WORKERS = 1024

Name = Annotated[str, typer.Argument(metavar="SCENARIO", help="A scenario, or several as A+B@VARIANT+C.")]
Area = Annotated[str, typer.Option(help="Area pack.")]
Start = Annotated[str, typer.Option(help="First month, YYYY-MM.")]
Years = Annotated[int, typer.Option(help="Years simulated, 1 to 50.")]
Scale = Annotated[float, typer.Option(help="Share of residents kept, up to 1.")]
Replicates = Annotated[int, typer.Option(help="Runs with other random draws.")]
Draws = Annotated[int, typer.Option(help="Draws of uncertain figures, each with every replicate; 0 central.")]
Seed = Annotated[int, typer.Option(help="Seed of the random draws.")]
Workers = Annotated[int | None, typer.Option(help="Processes side by side; by default as many as fit.")]
Out = Annotated[Path | None, typer.Option(help="Folder for the results.")]
Quiet = Annotated[bool, typer.Option("--quiet", help="Show no progress.")]
DryRun = Annotated[
    bool, typer.Option("--dry-run", help="Only tell runs, time, memory and disk before any starts.")
]
Payer = Annotated[str, typer.Option(help="nhs, council, self_funder, carer or society.")]


class Parts(StrEnum):
    """What a scenario is taken to."""

    INTERVENTIONS = "interventions"
    SCENARIOS = "scenarios"


def attribute(
    scenario: Name,
    parts: Annotated[
        Parts | None, typer.Option(help="By default scenarios where several are joined, else interventions.")
    ] = None,
    measures: Annotated[str | None, typer.Option(help="Names with commas between them.")] = None,
    together: Annotated[
        list[str] | None, typer.Option(metavar="A,B", help="Parts that are one; may be repeated.")
    ] = None,
    orders: Annotated[
        int | None, typer.Option(help="Sample so many orders; by default every set of up to 8 parts.")
    ] = None,
    area: Area = "dorset",
    start: Start = "2026-04",
    years: Years = 5,
    scale: Scale = 1.0,
    replicates: Replicates = 10,
    draws: Draws = 0,
    seed: Seed = 1,
    workers: Workers = None,
    out: Out = None,
    dry_run: DryRun = False,
    quiet: Quiet = False,
) -> None:
    """Take a combined scenario to its parts: each alone, left out, and its Shapley value."""
    from scenarios.asking import Asked
    from scenarios.attribution import DEFAULT_MEASURES, scenarios_needed
    from scenarios.attribution import attribute as attributed
    from scenarios.parts import whole

    asked = Asked()
    names = asked.measures(measures) if measures is not None else DEFAULT_MEASURES
    if orders is not None:
        asked.within("--orders", orders, 2, 10_000, "a whole number from 2 to 10000")
    experiment = _experiment(asked, **_of_run(locals()), out=out or Path("runs/attribution"))
    found = asked.read(lambda: whole(scenario, area, parts.value if parts else None))
    if found is not None and together:
        groups = [[name.strip() for name in group.split(",")] for group in together]
        apart = found
        found = asked.read(lambda: apart.together(groups))
    asked.end()
    assert experiment is not None and found is not None
    needed = scenarios_needed(found, orders, seed)
    _tell_before(found.scenario, found.messages, experiment)
    if dry_run:
        _only_estimated(experiment, [len(experiment.units(needed))], f"{len(needed)} sets of the parts")
        return
    experiment.claim("attribution", [found.scenario])
    result = attributed(found, experiment, names, orders)
    from scenarios.analysis_pages import attribution_page

    tables = {"attribution": result.table, "attribution_units": result.units}
    _write(experiment, "attribution", attribution_page(result, experiment), tables)


def solve(
    scenario: Name,
    vary: Annotated[str, typer.Option(metavar="INTERVENTION.FIELD", help="Such as flu.uptake.mean.")],
    between: Annotated[tuple[str, str], typer.Option(metavar="LOW HIGH", help="Ends of the search.")],
    measure: Annotated[str, typer.Option(help="A measure, or a sum such as net_cost_nhs.")],
    target: Annotated[float | None, typer.Option(help="Level wanted.")] = None,
    change: Annotated[str | None, typer.Option(help="Difference from baseline wanted: -500 or -5%.")] = None,
    year: Annotated[str | None, typer.Option(help="Year that it is wanted in; the last by default.")] = None,
    cumulative: Annotated[bool, typer.Option("--cumulative", help="Add up the years to that one.")] = False,
    tolerance: Annotated[float | None, typer.Option(help="How close to go, in the field's unit.")] = None,
    area: Area = "dorset",
    start: Start = "2026-04",
    years: Years = 5,
    scale: Scale = 1.0,
    replicates: Replicates = 10,
    draws: Draws = 0,
    seed: Seed = 1,
    workers: Workers = None,
    out: Out = None,
    dry_run: DryRun = False,
    quiet: Quiet = False,
) -> None:
    """Find the coverage, effect, capacity or date that meets a target."""
    from scenarios.asking import Asked, change_wanted, year_labels
    from scenarios.scenario import Scenario
    from scenarios.solving import Goal, most_steps
    from scenarios.varying import find_field
    from sim.interventions.specification import BASELINE

    asked = Asked()
    names = asked.measures(measure, "--measure")
    wanted, percent = change_wanted(asked, change)
    if (target is None) == (change is None):
        asked.refuse("--target, --change", "both" if change else "neither", "one of the two")
    if tolerance is not None and not tolerance > 0:
        asked.refuse("--tolerance", tolerance, "a number above 0")
    experiment = _experiment(asked, **_of_run(locals()), out=out or Path("runs/solution"))
    found = asked.read(lambda: Scenario.load(scenario, area=area))
    specification = found.to_specification() if found is not None else None
    varied = asked.read(lambda: find_field(specification, vary)) if specification is not None else None
    ends = [asked.read(lambda text=text: varied.read(text)) for text in between] if varied else []
    if None not in ends and len(ends) == 2:
        if not ends[0] < ends[1]:
            asked.refuse("--between", " ".join(between), "two ends, the lower first")
        for end in ends:
            asked.read(lambda end=end: varied.at(end))
    label = asked.year(experiment.settings, year) if experiment is not None and year is not None else None
    asked.end()
    assert experiment is not None and varied is not None and found is not None
    labels = year_labels(experiment.settings)
    last = labels.index(label or labels[-1])
    periods = tuple(labels[: last + 1] if cumulative else [labels[last]])
    if "expectancy" in names[0]:
        periods = ("all years",)
    low, high = (float(end) for end in ends if end is not None)
    _tell_before(varied.at(high), found.messages, experiment)
    if dry_run:
        steps = most_steps(varied, low, high, tolerance)
        first = experiment.units([BASELINE, varied.at(low), varied.at(high)])
        one = len(experiment.units([varied.at(low)]))
        told = f"the baseline and both ends side by side, then up to about {steps} values one after another"
        _only_estimated(experiment, [len(first), *[one] * steps], told)
        return
    goal = Goal(measure=names[0], periods=periods, target=target, change=wanted, percent=percent)
    experiment.claim("solution", [varied.scenario])
    _searched(varied, (low, high), goal, experiment, tolerance)


def _searched(
    varied: Field, ends: tuple[float, float], goal: Goal, experiment: Experiment, tolerance: float | None
) -> None:
    """Search, and write what was found; of a target out of reach the values tried."""
    from scenarios.analysis_pages import solution_finding, solution_page
    from scenarios.analysis_tables import solution_table
    from scenarios.solving import OutOfReach
    from scenarios.solving import solve as solved

    try:
        result = solved(varied, *ends, goal, experiment, tolerance)
    except OutOfReach as error:
        _write_tables(experiment, {"solution": solution_table(error.points, varied, goal, experiment)})
        typer.echo(f"{experiment.out / 'solution.csv'}")
        raise
    table = solution_table(result.points, varied, goal, experiment, result)
    _write(experiment, "solution", solution_page(result, experiment), {"solution": table})
    typer.echo(solution_finding(result, experiment))


def break_even(
    scenario: Name,
    payer: Payer = "nhs",
    by: Annotated[str | None, typer.Option(help="Year by whose end; the last by default.")] = None,
    area: Area = "dorset",
    start: Start = "2026-04",
    years: Years = 5,
    scale: Scale = 1.0,
    replicates: Replicates = 10,
    draws: Draws = 0,
    seed: Seed = 1,
    workers: Workers = None,
    out: Out = None,
    dry_run: DryRun = False,
    quiet: Quiet = False,
) -> None:
    """Say whether a programme repays itself to a payer, and what would have to be true for it to."""
    import pandas as pd

    from scenarios import break_even as repaying
    from scenarios.analysis_pages import break_even_page
    from scenarios.asking import Asked, year_labels
    from scenarios.freed_beds import freed_beds
    from scenarios.scenario import Scenario
    from sim.interventions.specification import BASELINE

    asked = Asked()
    asked.payer(payer)
    experiment = _experiment(asked, **_of_run(locals()), out=out or Path("runs/break_even"))
    loaded = asked.read(lambda: Scenario.load(scenario, area=area))
    specification = loaded.to_specification() if loaded is not None else None
    if specification is not None and not asked.problems:
        asked.read(lambda: repaying.refuse_no_cost(specification, payer))
    label = asked.year(experiment.settings, by, "--by") if experiment is not None and by is not None else None
    asked.end()
    assert experiment is not None and specification is not None and loaded is not None
    _tell_before(specification, loaded.messages, experiment)
    if dry_run:
        both = experiment.units([BASELINE, specification])
        _only_estimated(experiment, [len(both)], "the baseline and the scenario")
        return
    labels = year_labels(experiment.settings)
    periods = tuple(labels[: labels.index(label) + 1] if label else labels)
    experiment.claim("break_even", [specification])
    found = repaying.break_even(specification, experiment, payer, periods)
    page = break_even_page(specification.label, payer, found, experiment, freed_beds(specification))
    _write(experiment, "break_even", page, {"break_even": pd.DataFrame(repaying.years_table(found))})


def portfolio(
    scenarios: Annotated[list[str], typer.Argument(metavar="SCENARIO...", help="2 to 12 programmes.")],
    budget: Annotated[float, typer.Option(help="Pounds a year.")],
    measure: Annotated[str, typer.Option(help="What is to be gained.")],
    payer: Payer = "nhs",
    year: Annotated[str | None, typer.Option(help="Year; by default the average over all years.")] = None,
    area: Area = "dorset",
    start: Start = "2026-04",
    years: Years = 5,
    scale: Scale = 1.0,
    replicates: Replicates = 10,
    draws: Draws = 0,
    seed: Seed = 1,
    workers: Workers = None,
    out: Out = None,
    dry_run: DryRun = False,
    quiet: Quiet = False,
) -> None:
    """Choose the best programmes under a budget, and say how sure that is."""
    from scenarios.analysis_pages import portfolio_page
    from scenarios.analysis_tables import portfolio_tables
    from scenarios.asking import Asked
    from scenarios.experiment import ALL_YEARS
    from scenarios.freed_beds import freed_beds
    from scenarios.parts import whole
    from scenarios.portfolio import choose, refuse_too_many
    from sim.interventions.specification import BASELINE

    asked = Asked()
    names = asked.measures(measure, "--measure")
    asked.payer(payer)
    asked.within("--budget", budget, 0.0, 1e12, "pounds a year, 0 or more")
    direction = asked.better(names[0]) if names else "lower"
    experiment = _experiment(asked, **_of_run(locals()), out=out or Path("runs/portfolio"))
    found = asked.read(
        lambda: whole("+".join(scenarios), area, "scenarios", "programmes, with spaces between")
    )
    if found is not None:
        asked.read(lambda: refuse_too_many(found))
    label = (
        asked.year(experiment.settings, year) if experiment is not None and year is not None else ALL_YEARS
    )
    asked.end()
    assert experiment is not None and found is not None and label is not None
    _tell_before(found.scenario, found.messages, experiment)
    if dry_run:
        alone = [found.subset([name]) for name in found.names]
        each = experiment.units([BASELINE, *alone])
        told = f"the baseline and {len(alone)} programmes alone, then the best set whole"
        _only_estimated(experiment, [len(each), len(experiment.units([found.scenario]))], told)
        return
    experiment.claim("portfolio", [found.scenario])
    result = choose(
        found, experiment, measure=names[0], payer=payer, budget=budget, period=label,
        higher=direction == "higher",
    )  # fmt: skip
    page = portfolio_page(result, experiment, freed_beds(found.scenario))
    _write(experiment, "portfolio", page, portfolio_tables(result))


def _of_run(given: dict[str, Any]) -> dict[str, Any]:
    """Return those of a command's arguments that say what runs are of."""
    names = ("area", "start", "years", "scale", "replicates", "draws", "seed", "workers", "quiet")
    return {name: given[name] for name in names}


def _experiment(
    asked: Asked, *, workers: int | None, quiet: bool, out: Path, replicates: int, draws: int, **run: Any
) -> Experiment | None:
    """Return where scenarios are run, or None with every problem kept."""
    from scenarios.estimate import memory_mb_each
    from scenarios.execution import SIMULATE
    from scenarios.experiment import Experiment
    from scenarios.machine import default_workers

    settings = asked.settings(replicates=replicates, draws=draws, workers=workers, **run)
    if settings is None:
        return None
    # As many as the machine bears: a step that has fewer runs starts fewer.
    processes = workers or default_workers(MOST_WORKERS, memory_mb_each(settings.scale, settings.years))
    return Experiment(
        settings=settings, replicates=replicates, draws=draws, out=out, workers=processes, quiet=quiet,
        simulate=os.environ.get(SIMULATE_VARIABLE, SIMULATE),
    )  # fmt: skip


def _tell_before(scenario: ScenarioSpecification, messages: Sequence[str], experiment: Experiment) -> None:
    """Tell what must be known before anything is run."""
    from scenarios import before

    before.tell(before.notes(scenario, messages, experiment.settings))


def _only_estimated(experiment: Experiment, steps: Sequence[int], told: str) -> None:
    """Say what an analysis would run and take: so many units in each of the steps, one after another."""
    from scenarios.estimate import estimate, in_turn

    each = [estimate(experiment.settings, units, min(units, experiment.workers)) for units in steps]
    of_draws = f" x {experiment.draws} draws" if experiment.draws else ""
    typer.echo(f"It runs {told}, each with {experiment.replicates} replicates{of_draws}:")
    typer.echo(str(in_turn(each)))


def _write(experiment: Experiment, name: str, page: str, tables: dict[str, pd.DataFrame]) -> None:
    """Write an analysis: its tables as CSV and Parquet, its page, its manifest last."""
    from scenarios import execution, identity

    _write_tables(experiment, tables)
    (experiment.out / f"{name}.md").write_text(page, encoding="utf-8")
    request = execution.read_json(experiment.out / "request.json") or {}
    of_runs = {"replicates": experiment.replicates, "draws": experiment.draws}
    execution.write_json(
        experiment.out / "manifest.json",
        {"schema_version": execution.SCHEMA_VERSION, **request, **of_runs, **identity.environment()},
    )
    typer.echo(f"{experiment.out / f'{name}.md'}")


def _write_tables(experiment: Experiment, tables: dict[str, pd.DataFrame]) -> None:
    """Write tables as CSV and Parquet, and tell what of them is not to be believed."""
    from scenarios import before
    from scenarios.tables import write_table

    before.tell(experiment.trial().notes)
    for table, frame in tables.items():
        write_table(frame, experiment.out / f"{table}.parquet")
        frame.to_csv(experiment.out / f"{table}.csv", index=False, lineterminator="\n")


def add_to(app: typer.Typer, scenario_app: typer.Typer) -> None:
    """Add the commands to those of `leftshift` and `leftshift scenario`."""
    app.command()(attribute)
    commands: Sequence[tuple[str, Any]] = (
        ("solve", solve),
        ("break-even", break_even),
        ("portfolio", portfolio),
    )
    for name, command in commands:
        scenario_app.command(name)(command)
