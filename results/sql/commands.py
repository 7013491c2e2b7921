"""The commands `query` and `export` as they are typed. Nothing heavy is imported until they need it."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from results.sql.showing import SHOWN, Format

RUNS = Path("runs")
_Runs = Annotated[
    list[Path] | None, typer.Argument(metavar="[RUN|STUDY]...", help="Runs or studies; by default runs/.")
]


def query(
    sql: Annotated[
        str | None, typer.Argument(metavar="SQL", help="One SELECT over the tables that --tables lists.")
    ] = None,
    runs: _Runs = None,
    tables: Annotated[bool, typer.Option("--tables", help="List tables, rows and columns.")] = False,
    out: Annotated[
        Path | None, typer.Option(metavar="FILE", help="Write the answer: .csv, .parquet or .xlsx.")
    ] = None,
    form: Annotated[Format, typer.Option("--format", help="How it is printed.")] = Format.TABLE,
    rows: Annotated[int, typer.Option(help="Rows of a printed table.")] = SHOWN,
) -> None:
    """Ask the tables of runs or studies in SQL: leftshift query 'select ...' runs/left_shift_options."""
    from results.sql.asking import ALLOWED, ask
    from results.sql.showing import as_list, as_text
    from results.sql.views import Store
    from results.sql.writing import check_target, table_of, write
    from sim.parameters.errors import InputError

    if tables and sql is not None:  # with --tables there is no question, only folders
        runs, sql = [Path(sql), *(runs or [])], None
    if sql is None and not tables:
        raise InputError(file="command line", key="SQL", found="nothing", allowed=f"{ALLOWED}; or --tables")
    if rows < 1:
        raise InputError(file="command line", key="--rows", found=rows, allowed="a whole number from 1")
    if out is not None:
        check_target(out)
    with Store(runs or [RUNS]) as store:
        _tell_absent(store)
        answer = store.overview() if sql is None else ask(store, sql)
        if out is None:
            plain = sql is None and form is Format.TABLE
            typer.echo(as_list(answer) if plain else as_text(answer, form, rows), nl=False)
            return
        name = "tables" if sql is None else table_of(sql) or "answer"
        write(out, {name: answer}, store, sql or "the tables")
        typer.echo(f"{len(answer):,} rows in {out}")


def export(
    runs: _Runs = None,
    out: Annotated[Path, typer.Option(metavar="FILE", help=".csv, .parquet or .xlsx.")] = Path("export.xlsx"),
    table: Annotated[
        list[str] | None, typer.Option(help="Which table; repeatable in a workbook. By default measures.")
    ] = None,
    where: Annotated[
        str, typer.Option(help="Only these rows, in SQL: \"dimension = 'all' and measure = 'bed_days'\".")
    ] = "",
) -> None:
    """Write tables of runs or studies as one CSV, Parquet file or workbook, with units and a README sheet."""
    from results.sql.asking import ask
    from results.sql.views import Store
    from results.sql.writing import check_target, write
    from sim.parameters.errors import InputError

    check_target(out)
    with Store(runs or [RUNS]) as store:
        _tell_absent(store)
        chosen = table or ["measures"]
        for name in chosen:
            if name not in store.tables:
                allowed = ", ".join(store.tables)
                raise InputError(
                    file="command line", key="--table", found=name, allowed=allowed, names=store.tables
                )
        rows = f" WHERE {where}" if where else ""
        found = {name: ask(store, f'SELECT * FROM "{name}"{rows} ORDER BY ALL') for name in chosen}
        write(out, found, store, f"{', '.join(chosen)}{rows}")
        typer.echo(f"{sum(len(frame) for frame in found.values()):,} rows in {out}")


def _tell_absent(store: object) -> None:
    """Say which scenarios have nothing yet."""
    absent = getattr(store, "absent", [])
    if absent:
        typer.echo(f"Note: no unit is finished of {', '.join(absent)}", err=True)


def add_to(app: typer.Typer) -> None:
    """Offer the commands."""
    app.command()(query)
    app.command()(export)
