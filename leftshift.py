"""The command `leftshift`: each verb reads its arguments here and does its work elsewhere.

Nothing heavy is imported until a verb needs it, so that `leftshift --help` answers in half a second.
"""

from __future__ import annotations

import os
import signal
import sys
import tempfile
from contextlib import AbstractContextManager, nullcontext
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from calibration.observation_commands import targets_app
from results import commands
from results.sql import commands as sql_commands
from scenarios import analysis_commands, area_commands, library_commands
from scenarios.ending import Exit, run_to_end

if TYPE_CHECKING:
    from concurrent.futures import Executor

    from scenarios.execution import Settings

LARGEST_SEED = 2**63 - 1
SIMULATE_VARIABLE = "LEFTSHIFT_SIMULATE"
"""'module:function' that runs one replicate, for tests of everything around the model."""


app = typer.Typer(
    name="leftshift",
    help="Simulate the residents of an integrated care system and the care network that serves them.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
)
scenario_app = typer.Typer(help="Read, check and write scenarios.", no_args_is_help=True)
area_app = typer.Typer(help="Check area packs.", no_args_is_help=True)
app.add_typer(scenario_app, name="scenario")
app.add_typer(area_app, name="area")
app.add_typer(targets_app, name="targets")

Area = Annotated[str, typer.Option(help="Area pack.")]
Workers = Annotated[
    int | None, typer.Option(help="Processes side by side; by default as many as the machine bears.")
]
Dask = Annotated[
    str | None,
    typer.Option(
        "--dask", metavar="ADDRESS", help="Run on a Dask cluster: its scheduler's address or scheduler file."
    ),
]
Out = Annotated[Path | None, typer.Option(help="Folder for the results.")]
DryRun = Annotated[bool, typer.Option("--dry-run", help="Only estimate time, memory and disk.")]
Quiet = Annotated[bool, typer.Option("--quiet", help="Show no progress.")]


def _refuse(key: str, found: object, allowed: str) -> None:
    """End with the message about one argument."""
    from sim.parameters.errors import InputError

    raise InputError(file="command line", key=key, found=found, allowed=allowed)


def _within(key: str, value: float, low: float, high: float, allowed: str) -> None:
    """Refuse a number out of range (not a number is out of range)."""
    if not low <= value <= high:
        _refuse(key, value, allowed)


def _settings(area: str, start: str, years: int, scale: float, seed: int, **choices: Any) -> Settings:
    """Check what a run is of."""
    from scenarios.execution import Settings
    from scenarios.names import require_area
    from sim.interventions.specification import month_number

    try:
        month_number(start)
    except ValueError:
        _refuse("--start", start, "a month as YYYY-MM")
    _within("--years", years, 1, 50, "a whole number of years from 1 to 50")
    _within("--scale", scale, 1e-6, 1.0, "a share above 0 and up to 1")
    _within("--seed", seed, 0, LARGEST_SEED, f"a whole number from 0 to {LARGEST_SEED}")
    require_area(area)
    return Settings(area=area, start=start, years=years, scale=scale, seed=seed, **choices)


def _workers(asked: int | None, units: int, scale: float, years: int = 1) -> int:
    """Return how many processes to use."""
    from scenarios.estimate import memory_mb_each
    from scenarios.machine import default_workers

    if asked is None:
        return default_workers(units, memory_mb_each(scale, years))
    _within("--workers", asked, 1, 1024, "a whole number from 1 to 1024")
    return asked


def _engine(address: str | None, workers: int | None) -> AbstractContextManager[Executor | None]:
    """Return what runs the replicates: a cluster, or None for processes of this machine."""
    if address is None:
        return nullcontext()
    if workers is not None:
        _refuse("--workers", workers, "nothing beside --dask: the cluster has as many workers as it has")
    from scenarios.clusters import cluster

    return cluster(address)


def _simulate() -> str:
    """Return where the function is that runs one replicate."""
    from scenarios.execution import SIMULATE

    return os.environ.get(SIMULATE_VARIABLE, SIMULATE)


@app.command()
def run(
    scenario: Annotated[
        str, typer.Argument(help="Name in the library, or a file; NAME@VARIANT.")
    ] = "baseline",
    area: Area = "dorset",
    start: Annotated[str, typer.Option(help="First month, YYYY-MM.")] = "2026-04",
    years: Annotated[int, typer.Option(help="Years simulated, 1 to 50.")] = 5,
    scale: Annotated[float, typer.Option(help="Share of residents kept, up to 1.")] = 1.0,
    replicates: Annotated[int, typer.Option(help="Runs with other random draws.")] = 1,
    seed: Annotated[int, typer.Option(help="Seed of the random draws.")] = 1,
    draw: Annotated[
        int, typer.Option(help="0 for central figures, k for the k-th draw of uncertain ones.")
    ] = 0,
    projection: Annotated[str, typer.Option(help="Variant of the population projection.")] = "principal",
    risk_factor_trends: Annotated[str, typer.Option(help="continued or frozen.")] = "continued",
    mortality_trend: Annotated[str, typer.Option(help="continued or frozen.")] = "continued",
    care: Annotated[bool, typer.Option(help="Run the care network, or the life course alone.")] = True,
    cohort: Annotated[
        list[str] | None, typer.Option(metavar="FILE", help="Cohort whose scorecard is kept; repeatable.")
    ] = None,
    workers: Workers = None,
    dask: Dask = None,
    out: Out = None,
    dry_run: DryRun = False,
    quiet: Quiet = False,
) -> None:
    """Run one scenario and leave its tables; the same command resumes a run cut short."""
    from scenarios import Scenario, before, execution, first_build
    from scenarios.cohorts import cohorts_of
    from scenarios.estimate import estimate

    settings = _settings(
        area, start, years, scale, seed, projection=projection, risk_factor_trends=risk_factor_trends,
        mortality_trend=mortality_trend, care=care, draw=draw, cohorts=cohorts_of(area, cohort or ()),
    )  # fmt: skip
    _within("--replicates", replicates, 1, 10_000, "a whole number from 1 to 10000")
    processes = _workers(workers, replicates, scale, years)
    found = Scenario.load(scenario, area=area)
    specification = found.to_specification()
    before.tell(before.notes(specification, found.messages, settings))
    if dry_run:
        typer.echo(str(estimate(settings, replicates, processes)))
        return
    folder = out or Path("runs") / specification.full_name
    told = first_build.told(settings, simulate=_simulate(), quiet=quiet)
    with told, _engine(dask, workers) as executor:
        execution.run_replicates(
            specification, settings, replicates=replicates, out=folder, workers=processes, quiet=quiet,
            executor=executor, simulate=_simulate(),
        )  # fmt: skip
    manifest = execution.read_json(folder / "manifest.json") or {}
    known = before.notes(specification, (), settings)
    before.tell(note for note in manifest.get("warnings", []) if note not in known)
    runs = "1 replicate" if replicates == 1 else f"{replicates} replicates"
    length = "1 year" if years == 1 else f"{years} years"
    typer.echo(f"{specification.label}: {runs} of {length} in {folder}")


app.command()(commands.compare)


@app.command()
def study(
    file: Annotated[Path | None, typer.Argument(metavar="STUDY.yaml", help="The study's file.")] = None,
    workers: Workers = None,
    dask: Dask = None,
    out: Out = None,
    status: Annotated[Path | None, typer.Option(metavar="DIR", help="Only say how far a study is.")] = None,
    dry_run: DryRun = False,
    quiet: Quiet = False,
    colour: Annotated[
        bool, typer.Option("--colour/--no-colour", help="Colours on a terminal; NO_COLOR turns them off too.")
    ] = True,
) -> None:
    """Run every scenario and replicate of a study; the same command resumes a study cut short."""
    if status is not None:
        from scenarios.study.status import status_of

        for line in status_of(status).lines():
            typer.echo(line)
        return
    if file is None:
        _refuse("STUDY.yaml", "nothing", "the file of a study")
        return
    from scenarios import Study, before, first_build
    from scenarios.study.making import ending

    asked_for = Study.load(file)
    folder = out or Path("runs") / asked_for.name
    units = len(asked_for.units(folder, file.parent))
    processes = _workers(workers, units, asked_for.scale, asked_for.years)
    before.tell(asked_for.notes(file.parent))
    if dry_run:
        from scenarios.study.expected import expected

        for line in expected(asked_for, folder, file.parent, processes).lines():
            typer.echo(line)
        return
    told = first_build.told(asked_for.settings, simulate=_simulate(), quiet=quiet)
    with told, _engine(dask, workers) as executor:
        asked_for.run(
            folder,
            workers=processes,
            quiet=quiet,
            beside=file.parent,
            executor=executor,
            simulate=_simulate(),
            colour=colour,
        )
    typer.echo(ending(asked_for.name, folder))


@app.command()
def story(
    scenario: Annotated[str, typer.Argument(help="Name in the library, or a file; NAME@VARIANT.")],
    against: Annotated[str, typer.Option(help="What it is held against.")] = "baseline",
    resident: Annotated[int | None, typer.Option(help="Whose life, by number.")] = None,
    find: Annotated[int, typer.Option(help="How many to find whose lives differ most.")] = 1,
    among: Annotated[
        list[str] | None, typer.Option(help="Among: a condition, age=65-80, quintile=1, reached; repeatable.")
    ] = None,
    by: Annotated[
        str, typer.Option(help="Find by years, conditions, bed_days, admissions, attendances, or all.")
    ] = "all",
    area: Area = "dorset",
    start: Annotated[str, typer.Option(help="First month, YYYY-MM.")] = "2026-04",
    years: Annotated[int, typer.Option(help="Years simulated, 1 to 50.")] = 5,
    scale: Annotated[float, typer.Option(help="Share of residents kept, up to 1.")] = 0.05,
    seed: Annotated[int, typer.Option(help="Seed of the random draws.")] = 1,
    replicate: Annotated[int, typer.Option(help="Which replicate of the seed.")] = 1,
    out: Out = None,
    quiet: Quiet = False,
) -> None:
    """Tell one resident's years under two scenarios, side by side; or find residents whose lives differ."""
    settings = _settings(area, start, years, scale, seed)
    _within("--replicate", replicate, 1, 10_000, "a whole number from 1 to 10000")
    _within("--find", find, 1, 20, "a whole number from 1 to 20")
    if resident is not None and among:
        _refuse("--among", among[0], "nothing beside --resident: it is for finding residents")
    from results.story import check_folder, story_text, write_story
    from scenarios import Scenario, before, first_build
    from scenarios.stories import refuse_the_same, search_of, tell

    if out is not None:
        check_folder(out)
    loaded = [Scenario.load(name, area=area) for name in (scenario, against)]
    first, second = (one.to_specification() for one in loaded)
    refuse_the_same((first, second))
    search_of(by, among or [], area)  # a slip is told before anything is made
    for one in loaded:
        before.tell(before.notes(one.to_specification(), one.messages, settings))
    with first_build.told(settings, quiet=quiet):
        record = tell(
            (first, second), settings, replicate, resident=resident, find=find, among=among or [], by=by,
            progress=lambda text: None if quiet else typer.echo(text, err=True),
        )  # fmt: skip
    typer.echo(story_text(record), nl=False)
    if out is not None:
        typer.echo(f"\n{write_story(record, out)}")


app.command()(commands.scorecard)


@app.command()
def explore(
    runs: Annotated[
        list[Path] | None,
        typer.Argument(metavar="[RUN|STUDY]...", help="Runs, or a study; by default the newest in runs/."),
    ] = None,
    port: Annotated[int, typer.Option(help="Where to listen on this machine; 0 for any free port.")] = 0,
    browser: Annotated[bool, typer.Option(help="Open the page in the browser.")] = True,
    live: Annotated[
        bool, typer.Option("--live", help="Ask for the model to step: refuse to start where it is missing.")
    ] = False,
) -> None:
    """Explore runs in a local page: network, neighbourhoods, people, cohorts, lives, a model to step."""
    _within("--port", port, 0, 65535, "a port from 1 to 65535, or 0 for any")
    from results.explore.command import explore as serve
    from scenarios import exploring

    missing = exploring.missing()
    if live and missing:
        _refuse("--live", missing, "the model to step once it is installed; everything else works without")
    with tempfile.TemporaryDirectory(prefix="leftshift_explore_") as folder:
        serve(
            runs or [], port=port, browser=browser, say=typer.echo, places=exploring.places,
            offered=lambda manifests: exploring.offered(manifests, Path(folder)),
        )  # fmt: skip


@app.command("live-model", hidden=True)
def live_model(
    scenario: Annotated[str, typer.Argument(help="Name in the library, or a file; NAME@VARIANT.")],
    area: Area = "dorset",
    start: Annotated[str, typer.Option(help="First month, YYYY-MM.")] = "2026-04",
) -> None:
    """Serve a small model for the explorer, which starts this and says who may open it."""
    from functools import partial

    from results.explore.beyond import KEY_VARIABLE, PORT_VARIABLE, READY
    from results.explore.guard import LOOPBACK, live_refusal
    from scenarios import Scenario, exploring

    missing = exploring.missing()
    if missing:
        _refuse("live-model", missing, "the packages of the extra explore")
    if KEY_VARIABLE not in os.environ:
        _refuse("live-model", "started alone", "leftshift explore, which starts it")
    from scenarios.live.serving import serve_model

    explorer = int(os.environ[PORT_VARIABLE])
    serve_model(
        Scenario.load(scenario, area=area).to_specification(), area=area, start=start,
        allowed=partial(live_refusal, explorer=explorer, key=os.environ[KEY_VARIABLE]),
        framed_by=f"http://{LOOPBACK}:{explorer}",
        ready=lambda port: print(f"{READY}{port}", flush=True),
        doing=lambda text: typer.echo(text, err=True),
    )  # fmt: skip


class Journeys(StrEnum):
    """Replicates whose journeys `flow` writes."""

    FIRST = "first"
    ALL = "all"
    NONE = "none"


@app.command()
def flow(
    network: Annotated[
        Path, typer.Argument(metavar="NETWORK.yaml", help="A network of nodes and queues, or nodes.csv.")
    ],
    routes: Annotated[Path | None, typer.Option(help="Table of routes, beside nodes.csv.")] = None,
    days: Annotated[int, typer.Option(help="Days simulated after the warm-up.")] = 365,
    warm_up: Annotated[int, typer.Option("--warm-up", help="Days before anything is counted.")] = 60,
    replicates: Annotated[int, typer.Option(help="Runs with other random draws.")] = 10,
    seed: Annotated[int, typer.Option(help="Seed of the random draws.")] = 1,
    precision: Annotated[
        float, typer.Option(help="Half-width wanted of a mean wait's interval, as a share of it.")
    ] = 0.05,
    journeys: Annotated[
        Journeys, typer.Option(help="Replicates whose patients' journeys are written.")
    ] = Journeys.FIRST,
    replace: Annotated[
        bool, typer.Option("--replace", help="Write over the results of another network.")
    ] = False,
    out: Out = None,
) -> None:
    """Run a care network alone: flow.html, nodes.csv, series.csv, journeys.parquet and a diagram."""
    from results.flow import write_page
    from sim.care import flow_command

    _within("--days", days, 1, 100_000, "a whole number of days from 1 to 100000")
    _within("--warm-up", warm_up, 0, 100_000, "a whole number of days from 0 to 100000")
    _within("--replicates", replicates, 1, 10_000, "a whole number from 1 to 10000")
    _within("--seed", seed, 0, LARGEST_SEED, f"a whole number from 0 to {LARGEST_SEED}")
    folder = out or Path("runs") / network.stem
    flow_command(
        network, days, warm_up, replicates, seed, folder,
        routes=routes, precision=precision, journeys=journeys.value, replace=replace, finish=write_page,
    )  # fmt: skip
    typer.echo(f"{folder / 'flow.html'}")


@app.command()
def validate(
    scale: Annotated[float, typer.Option(help="Share of residents kept.")] = 1.0,
    replicates: Annotated[int, typer.Option(help="Runs with other random draws.")] = 3,
    workers: Workers = None,
    seed: Annotated[int, typer.Option(help="Seed of the random draws.")] = 1,
    out: Out = None,
) -> None:
    """Hold the baseline's first year against the evidence; exit 3 when a fitted target is missed."""
    _within("--scale", scale, 1e-6, 1.0, "a share above 0 and up to 1")
    _within("--replicates", replicates, 1, 10_000, "a whole number from 1 to 10000")
    _within("--seed", seed, 0, LARGEST_SEED, f"a whole number from 0 to {LARGEST_SEED}")
    processes = _workers(workers, replicates, scale)
    from calibration.command import validate_command

    code = validate_command(
        out or Path("runs/validation"), scale, replicates, processes, seed=seed,
        simulate=_simulate(),
    )  # fmt: skip
    raise typer.Exit(code)


@app.command()
def doctor() -> None:
    """Say whether this machine can run Leftshift, and with what."""
    from scenarios.doctor import report

    lines, good = report()
    for line in lines:
        typer.echo(line)
    if not good:
        raise typer.Exit(Exit.CHECK_FAILED)


library_commands.add_to(scenario_app)
analysis_commands.add_to(app, scenario_app)
sql_commands.add_to(app)
area_commands.add_to(area_app)


def main(arguments: list[str] | None = None) -> None:
    """Run the command and end with its exit code: a message for the person who can mend it, no traceback."""
    signal.signal(signal.SIGTERM, signal.default_int_handler)  # with it, schedulers end a job
    sys.exit(_run(arguments))


def _run(arguments: list[str] | None) -> int:
    """Run the command and return its exit code."""
    return int(run_to_end(app, arguments))


__all__ = ["Exit", "app", "main"]


if __name__ == "__main__":
    main()
