"""A finished run on disk: its manifest, its replicates, its tables."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping
from functools import cache, cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

from results.parts import read_part
from sim.parameters.errors import InputError, nearest_name

if TYPE_CHECKING:
    import pandas as pd
    import pyarrow as pa

MANIFEST = "manifest.json"
PLAN = "plan.json"
"""What the manifest will say, in the folder of a run that is not finished."""
REQUEST = "request.json"
"""What a folder is for, as soon as it is begun."""
SCHEMA_MAJOR = "1"
A_DRAW = 100_000
"""By how much the numbers of two draws' replicates differ."""
TABLES = ("measures", "nodes", "conditions", "deaths", "mortality")
REQUIRED_KEYS = ("kind", "scenario", "area", "start", "years", "scale", "seed", "replicates")
TEXT_COLUMNS = (
    "period", "dimension", "level", "measure", "node", "condition", "cause", "sex", "quintile", "cohort",
    "date", "site", "kind",
)  # fmt: skip
SINCE = {"scorecard": "1.1", "reach": "1.1", "days": "1.1"}
"""Tables that came later, and the schema version that brought each."""
GROUPS = ("ethnic_group", "condition", "plus_group")
"""Dimensions of `measures` since schema version 1.1."""


class Run:
    """One scenario run: lazily loaded tables of every finished replicate.

    Args:
        folder: The folder that holds `manifest.json` and `replicate_0001/`, `replicate_0002/`, ...; with
            draws of its parameters these lie in `draw_0001/`, `draw_0002/`, ...

    Raises:
        InputError: The folder, its manifest or its tables are missing, or of another kind or version.
    """

    def __init__(self, folder: str | Path) -> None:
        self.folder = Path(folder)
        self.manifest = _read_manifest(self.folder)
        self._tables: dict[str, pd.DataFrame] = {}

    def __repr__(self) -> str:
        return f"Run({str(self.folder)!r}, replicates={list(self.replicates)})"

    @property
    def name(self) -> str:
        """The name under which the run was saved."""
        return str(self.manifest.get("name") or self.folder.name)

    @property
    def scenario(self) -> Mapping[str, Any]:
        """What the manifest says of the scenario: name, variant, label, description, text."""
        scenario: Mapping[str, Any] = self.manifest["scenario"]
        return scenario

    @property
    def label(self) -> str:
        """The scenario's name in words, with its variant where there is one."""
        label = str(self.scenario.get("label") or self.scenario["name"].replace("_", " ").capitalize())
        variant = self.scenario.get("variant")
        return f"{label} ({variant.replace('_', ' ')})" if variant and self._variant_is_news(label) else label

    def _variant_is_news(self, label: str) -> bool:
        """Tell whether the variant is worth naming: not the default, and not already in the label."""
        variant = str(self.scenario["variant"]).replace("_", " ")
        return variant not in {"as evidenced", "default", ""} and variant not in label

    @property
    def start(self) -> tuple[int, int]:
        """Year and month of month 0."""
        year, month = str(self.manifest["start"]).split("-")[:2]
        return int(year), int(month)

    @property
    def scale(self) -> float:
        """Share of residents kept."""
        return float(self.manifest["scale"])

    @property
    def declared_replicates(self) -> int:
        """How many replicates were asked for, of all draws together."""
        declared = self.manifest["replicates"]
        each = len(declared) if isinstance(declared, list) else int(declared)
        return each * max(1, int(self.manifest.get("draws", 0)))

    @cached_property
    def replicates(self) -> tuple[int, ...]:
        """Numbers of the replicates whose every table is on disk, ascending.

        A replicate of draw k has the number k x `A_DRAW` and its own.
        """
        return tuple(sorted(self._folders))

    @cached_property
    def _folders(self) -> dict[int, Path]:
        """Folders of the finished replicates by number."""
        drawn = int(self.manifest.get("draws", 0)) > 0
        pattern = "draw_*/replicate_*" if drawn else "replicate_*"
        found = {}
        for folder in self.folder.glob(pattern):
            if all((folder / f"{table}.parquet").exists() for table in TABLES):
                draw = (
                    int(folder.parent.name.rsplit("_", 1)[1]) if drawn else int(self.manifest.get("draw", 0))
                )
                found[draw * A_DRAW + int(folder.name.rsplit("_", 1)[1])] = folder
        return found

    @property
    def unit_folders(self) -> tuple[tuple[int, Path], ...]:
        """Number and folder of each finished replicate, ascending."""
        return tuple((number, self._folders[number]) for number in self.replicates)

    @property
    def nothing_to_draw(self) -> bool:
        """Whether the scenario has no uncertain figure: it is the same in every draw."""
        return not self.manifest.get("uncertain", True)

    @property
    def unfinished(self) -> bool:
        """Whether replicates that were asked for are missing."""
        return len(self.replicates) < self.declared_replicates

    def table(self, name: str) -> pd.DataFrame:
        """Return one table of every replicate, with a first column `replicate`; text columns categorical.

        Args:
            name: One of `TABLES`.

        Raises:
            InputError: The table is unknown or cannot be read.
        """
        if name not in TABLES:
            raise InputError(
                file=self.folder, key="table", found=name, allowed=", ".join(TABLES), names=TABLES
            )
        if name not in self._tables:
            self._tables[name] = self.read(name)
        return self._tables[name]

    def optional_table(self, name: str) -> pd.DataFrame | None:
        """Return a table that older runs may lack, such as `programmes`, as `table` does; None without it."""
        if name not in self._tables:
            if not self.holds(name):
                return None
            self._tables[name] = self.read(name)
        return self._tables[name]

    def holds(self, name: str) -> bool:
        """Whether every replicate has a table."""
        return all((folder / f"{name}.parquet").exists() for folder in self._folders.values())

    def later_table(self, name: str) -> pd.DataFrame:
        """Return a table that older runs lack, as `table` does.

        Raises:
            InputError: The run was made before the table was recorded; it says so.
        """
        found = self.optional_table(name)
        if found is None:
            version = self.manifest.get("schema_version", SCHEMA_MAJOR)
            raise InputError(
                file=self.folder, key=name,
                found=f"a run of schema version {version} without the table {name}",
                allowed=f"a run of version {SINCE.get(name, 'later')} or later: what an older run did not "
                "record cannot be made from it, so run the scenario again",
            )  # fmt: skip
        return found

    def read(self, name: str) -> pd.DataFrame:
        """Return one table of every replicate as `table` does, without keeping it."""
        import pyarrow as pa

        parts = []
        for replicate, part in zip(self.replicates, self.parts(name), strict=True):
            column = pa.array([replicate] * part.num_rows, pa.int32())
            parts.append(part.add_column(0, "replicate", column))
        stacked = pa.concat_tables(parts, promote_options="permissive").unify_dictionaries()
        return stacked.to_pandas()

    def parts(self, name: str) -> Iterator[pa.Table]:
        """Yield one table of each replicate, in the order of `replicates`; text columns are dictionaries.

        Raises:
            InputError: A table cannot be read.
        """
        import pyarrow as pa

        for replicate in self.replicates:
            path = self._folders[replicate] / f"{name}.parquet"
            try:
                yield read_part(path, TEXT_COLUMNS)
            except (OSError, pa.ArrowException) as problem:
                found = f"a file that cannot be read ({problem})"
                allowed = "a Parquet table; run the scenario again"
                raise InputError(file=path, key=name, found=found, allowed=allowed) from problem


@cache
def _manifest_of(path: Path, modified: int) -> dict[str, Any]:
    """Parse a manifest once for each version of the file."""
    loaded = json.loads(path.read_text(encoding="utf-8"))
    return loaded if isinstance(loaded, dict) else {}


def _read_manifest(folder: Path) -> dict[str, Any]:
    """Return the checked manifest of a run folder."""
    path = _described(folder)
    if path is None:
        raise _missing(folder)
    try:
        manifest = _manifest_of(path, path.stat().st_mtime_ns)
    except (OSError, ValueError) as problem:
        allowed = "the manifest of a run"
        raise InputError(file=path, key=MANIFEST, found="text that is not JSON", allowed=allowed) from problem
    if manifest.get("kind", "run") != "run":
        raise InputError(file=path, key="kind", found=str(manifest["kind"]), allowed="run")
    absent = [key for key in REQUIRED_KEYS if key not in manifest]
    if absent:
        allowed = f"a manifest with {', '.join(REQUIRED_KEYS)}"
        raise InputError(file=path, key=absent[0], found="nothing", allowed=allowed)
    _check_schema(path, manifest)
    return manifest


def _check_schema(path: Path, manifest: Mapping[str, Any]) -> None:
    """Refuse results of another schema, in one sentence that says what can be done.

    Within one major version tables and keys are added only, and what is not there is told as not recorded.
    """
    version = str(manifest.get("schema_version", SCHEMA_MAJOR))
    major = version.split(".", maxsplit=1)[0]
    if major != SCHEMA_MAJOR:
        newer = major.isdigit() and int(major) > int(SCHEMA_MAJOR)
        which = "a newer version of Leftshift wrote it, which can read it" if newer else "it cannot be read"
        allowed = f"{SCHEMA_MAJOR}: {which}; or run the scenario again with this version"
        raise InputError(file=path, key="schema_version", found=version, allowed=allowed)


def _described(folder: Path) -> Path | None:
    """Return the file that says what a run is: while it is under way its plan, then its manifest."""
    return next((folder / name for name in (PLAN, MANIFEST) if (folder / name).is_file()), None)


def _missing(folder: Path) -> InputError:
    """Say that a run is absent or has no manifest, with the nearest name beside it."""
    beside = (
        [path.parent.name for path in folder.parent.glob(f"*/{MANIFEST}")] if folder.parent.is_dir() else []
    )
    found = "a folder without a manifest (an unfinished run?)" if folder.is_dir() else "no such folder"
    allowed = "the folder of a finished run" + (f": {', '.join(sorted(beside)[:12])}" if beside else "")
    nearest = nearest_name(folder.name, beside)
    if nearest and nearest != folder.name:
        found = f"{found}; did you mean {nearest!r}?"
    return InputError(file=folder, key="run", found=found, allowed=allowed)


def load_run(folder: str | Path) -> Run:
    """Load a run and check that at least one replicate is complete.

    Args:
        folder: The run's folder.

    Returns:
        The run, its tables still on disk.

    Raises:
        InputError: The run is missing, unreadable, of another version, or has no finished replicate.
    """
    run = Run(folder)
    if not run.replicates:
        allowed = "at least one finished replicate"
        raise InputError(file=run.folder, key="replicates", found="none finished", allowed=allowed)
    return run


def load_runs(folders: Iterable[str | Path | Run]) -> tuple[list[Run], list[str]]:
    """Load several runs; runs already loaded pass through, and a study's folder stands for its scenarios.

    Returns:
        The runs, and the names of scenarios of a study of which no unit is finished.
    """
    runs: list[Run] = []
    absent: list[str] = []
    for folder in folders:
        if isinstance(folder, Run):
            runs.append(folder)
            continue
        names = _scenarios_of(Path(folder))
        if names is None:
            runs.append(load_run(folder))
            continue
        for name in names:
            own = Path(folder) / name
            found = Run(own) if _described(own) else None
            if found is not None and found.replicates:
                runs.append(found)
            else:
                absent.append(name)
    return runs, absent


def _scenarios_of(folder: Path) -> list[str] | None:
    """Return the folders of a study's scenarios, in its order; of anything else None."""
    for name in (MANIFEST, REQUEST):
        path = folder / name
        try:
            held = _manifest_of(path, path.stat().st_mtime_ns)
        except (OSError, ValueError):
            continue  # told by what reads it next
        if held.get("kind") == "study":
            _check_schema(path, held)
            return list(held.get("scenario_sha256") or held.get("scenarios") or [])
    return None
