"""A view for each table of some runs, over the Parquet files of all their units."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from results.columns import described
from results.runs import A_DRAW, MANIFEST, PLAN, REQUEST, Run, load_runs
from results.sql.units import unit_of
from sim.parameters.errors import InputError

if TYPE_CHECKING:
    import duckdb
    import pandas as pd

UNIT_COLUMNS = ("scenario", "draw", "replicate")
"""Columns that every view has before those of its table: which unit a row is of."""
NUMBERS = ("value",)
TEXTS = (
    "period", "dimension", "level", "measure", "node", "condition", "cause", "programme", "cohort", "sex",
    "quintile", "council", "date", "site", "kind",
)  # fmt: skip
"""Columns that are text, also where no unit recorded a row."""
ORDER = ("measures", "nodes", "conditions", "deaths", "programmes", "reach", "days", "scorecard", "mortality")
RUNS, UNITS, REGISTRY, RECORDED = "runs", "units", "measures_registry", "recorded_measures"
MEANINGS = {
    RUNS: "one row a scenario: what it is of, and what made it",
    UNITS: "one row a finished unit: scenario, draw, replicate, seconds, memory",
    REGISTRY: "measures of the report: label, unit, definition and how each follows from what is recorded",
    RECORDED: "unit of each measure of each table",
    "measures": "counts by month and stratum",
    "nodes": "care nodes by month",
    "conditions": "new and present cases by month and stratum",
    "deaths": "deaths by month, stratum and cause",
    "programmes": "who was reached by month, cost, staff",
    "reach": "whom programmes reached, by group",
    "days": "beds and places at each midnight",
    "scorecard": "the neighbourhood health scorecard",
    "mortality": "person-years and deaths by year, council, sex, quintile and age",
}
_LOCKED = (
    "SET autoinstall_known_extensions=false",
    "SET autoload_known_extensions=false",
    "SET enable_external_access=false",
    "SET lock_configuration=true",
)


class Store:
    """The tables of some runs as one database, open for questions.

    Args:
        folders: Folders of runs and of studies.

    Raises:
        InputError: A folder is no run or study, or none of its units is finished.
    """

    def __init__(self, folders: Iterable[str | Path | Run]) -> None:
        given = [one for folder in folders for one in _within(folder)]
        self.runs, self.absent = load_runs(given)
        if not self.runs:
            raise InputError(
                file=", ".join(map(str, given)) or "command line", key="RUN|STUDY", found="no finished unit",
                allowed="the folder of a run or study with at least one finished unit",
            )  # fmt: skip
        self.names = _names(self.runs)
        self.connection = _opened()
        self.tables = self._make()

    def _make(self) -> tuple[str, ...]:
        """Make the views, then shut everything else off; returns their names."""
        units = [
            (name, *divmod(number, A_DRAW), path)
            for run, name in zip(self.runs, self.names, strict=True)
            for number, path in run.unit_folders
        ]
        files: dict[str, list[tuple[str, int, int, Path]]] = {}
        for scenario, draw, replicate, folder in units:
            for path in sorted(folder.glob("*.parquet")):
                files.setdefault(path.stem, []).append((scenario, draw, replicate, path))
        every = [path for rows in files.values() for *_, path in rows]
        self.connection.execute(f"SET allowed_paths={_list(every)}")
        for statement in _LOCKED[:-1]:
            self.connection.execute(statement)
        for table, rows in files.items():
            self._view(table, rows)
        self._frame(RUNS, _runs_frame(self.runs, self.names))
        self._frame(UNITS, _units_frame(units))
        self._frame(REGISTRY, _registry_frame())
        self._frame(RECORDED, self._recorded(files))
        self.connection.execute(_LOCKED[-1])
        known = [name for name in ORDER if name in files]
        return (*known, *sorted(set(files) - set(known)), RUNS, UNITS, REGISTRY, RECORDED)

    def _view(self, table: str, rows: Sequence[tuple[str, int, int, Path]]) -> None:
        """Make the view of one table; the number of a file in the list says which unit it is of."""
        import pandas as pd

        source = f"read_parquet({_list([path for *_, path in rows])}, union_by_name=true)"
        unit = pd.DataFrame([row[:3] for row in rows], columns=list(UNIT_COLUMNS))
        self._frame(f"unit_of_{table}", unit.assign(file=range(len(rows))), schema="files")
        try:
            columns = self.connection.execute(f"DESCRIBE SELECT * FROM {source}").fetchall()
        except Exception as problem:
            raise InputError(
                file=rows[0][-1].parent, key=table, found=f"a file that cannot be read ({_first(problem)})",
                allowed="Parquet tables; run the scenario again",
            ) from problem  # fmt: skip
        shown = ", ".join(_cast(str(column[0])) for column in columns)
        self.connection.execute(
            f'CREATE VIEW "{table}" AS SELECT u.scenario, u.draw, u.replicate, {shown} '
            f'FROM {source} AS t JOIN files."unit_of_{table}" AS u ON t.file_index = u.file'
        )

    def _recorded(self, files: Mapping[str, Sequence[tuple[str, int, int, Path]]]) -> pd.DataFrame:
        """Return each measure of each table with its unit, from the first unit of each scenario."""
        import pandas as pd

        found = []
        for table, rows in files.items():
            if "measure" in self.columns(table):
                first = {scenario: path for scenario, _, _, path in reversed(rows)}
                source = f"read_parquet({_list(list(first.values()))}, union_by_name=true)"
                names = self.connection.execute(f"SELECT DISTINCT measure::VARCHAR FROM {source}").fetchall()
                found += [(table, str(name), unit_of(table, str(name))) for (name,) in sorted(names)]
        return pd.DataFrame(found, columns=["table_name", "measure", "unit"], dtype=str)

    def _frame(self, name: str, frame: pd.DataFrame, schema: str = "main") -> None:
        """Keep a frame as a table of the database."""
        self.connection.register("given", frame)
        self.connection.execute(f'CREATE TABLE {schema}."{name}" AS SELECT * FROM given')
        self.connection.unregister("given")

    def columns(self, table: str) -> list[str]:
        """Return the names of a table's columns."""
        return [str(row[0]) for row in self.connection.execute(f'DESCRIBE "{table}"').fetchall()]

    def rows(self, table: str) -> int:
        """Return how many rows a table has."""
        found = self.connection.execute(f'SELECT count(*) FROM "{table}"').fetchone()
        return int(found[0]) if found else 0

    def overview(self) -> pd.DataFrame:
        """Return a row for each table: its rows, its columns, what it holds."""
        import pandas as pd

        rows = [
            (name, self.rows(name), ", ".join(self.columns(name)), MEANINGS.get(name, ""))
            for name in self.tables
        ]
        return pd.DataFrame(rows, columns=["table", "rows", "columns", "holds"])

    def close(self) -> None:
        """Let go of the database."""
        self.connection.close()

    def __enter__(self) -> Store:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()


def _within(folder: str | Path | Run) -> list[str | Path | Run]:
    """Return a run or study as it is; of a folder that holds several, such as runs/, each of them."""
    said = (MANIFEST, PLAN, REQUEST)
    if isinstance(folder, Run) or any((Path(folder) / name).exists() for name in said):
        return [folder]
    beside = sorted({path.parent for name in said for path in Path(folder).glob(f"*/{name}")})
    found: list[str | Path | Run] = [
        path
        for path in beside
        if (path / MANIFEST).exists() or (path / PLAN).exists() or any(path.glob("*/**/replicate_*"))
    ]
    return found or [folder]


def _opened() -> duckdb.DuckDBPyConnection:
    """Open an empty database in memory."""
    import duckdb

    connection = duckdb.connect(":memory:")
    connection.execute("CREATE SCHEMA files")
    return connection


def _first(problem: BaseException) -> str:
    return str(problem).splitlines()[0] if str(problem) else type(problem).__name__


def _list(paths: Sequence[Path]) -> str:
    """Return paths as a list in SQL."""
    return "[" + ", ".join("'" + str(path).replace("'", "''") + "'" for path in paths) + "]"


def _cast(column: str) -> str:
    """Return a column with its type said, where a table without rows would not have it."""
    kind = "VARCHAR" if column in TEXTS else "DOUBLE" if column in NUMBERS else ""
    return f't."{column}"::{kind} AS "{column}"' if kind else f't."{column}"'


def _names(runs: Sequence[Run]) -> list[str]:
    """Return a name for each run; runs of one name, from several studies, are told apart by their folders."""
    names = [run.name for run in runs]
    return [
        name if names.count(name) == 1 else f"{name} ({run.folder})"
        for name, run in zip(names, runs, strict=True)
    ]


def _runs_frame(runs: Sequence[Run], names: Sequence[str]) -> pd.DataFrame:
    import pandas as pd

    keys = ("area", "start", "years", "scale", "seed", "projection", "code_version", "schema_version")
    rows = [
        {
            "scenario": name, "label": run.label, "variant": run.scenario.get("variant"),
            "units": len(run.replicates),
        }
        | {key: run.manifest.get(key) for key in keys}
        | {"folder": str(run.folder)}
        for name, run in zip(names, runs, strict=True)
    ]  # fmt: skip
    return pd.DataFrame(rows)


def _units_frame(units: Sequence[tuple[str, int, int, Path]]) -> pd.DataFrame:
    import pandas as pd

    rows = []
    for scenario, draw, replicate, folder in units:
        record: dict[str, Any] = {}
        try:
            record = json.loads((folder / "unit.json").read_text(encoding="utf-8"))
        except (OSError, ValueError):
            pass  # an older run's unit has no record of its own
        rows.append(
            {"scenario": scenario, "draw": draw, "replicate": replicate, "seconds": record.get("seconds"),
             "peak_memory_mb": record.get("peak_memory_mb"), "folder": str(folder)}
        )  # fmt: skip
    return pd.DataFrame(rows)


def _registry_frame() -> pd.DataFrame:
    import pandas as pd

    from results.measures.registry import REGISTRY as TABLE

    frame = pd.read_csv(TABLE, keep_default_na=False)
    alone = (frame["denominator"] == "") & frame["kind"].isin(["sum", "last", "daily_mean"])
    alone &= ~frame["numerator"].str.contains("[ ;+]", regex=True)
    return frame.assign(recorded=frame["numerator"].where(alone, ""))


def meaning(column: str) -> tuple[str, str]:
    """Return unit and meaning of a column, as the report's tables have them."""
    found = described(column)
    return found.unit, found.meaning or found.heading
