"""The folder that `leftshift flow` leaves: its files, whose folder it may be, and how it appears at once."""

from __future__ import annotations

import hashlib
import json
import os
import re
import shutil
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from importlib import metadata
from pathlib import Path
from typing import Any

import pandas as pd

from sim.care.journeys import JourneyFile
from sim.care.network import Network
from sim.care.simulation import FlowRun, WhichJourneys, run_alone
from sim.parameters.errors import InputError

NODES_TABLE = "nodes.csv"
JOURNEYS = "journeys.parquet"
MANIFEST = "manifest.json"
TABLES = {
    NODES_TABLE: "nodes",
    "series.csv": "series",
    "routes.csv": "routes",
    "number_in_system.csv": "system",
    "precision.csv": "precision",
    "offered_load.csv": "offered_load",
}
"""Names of the CSV files, and the table of `FlowRun` that each holds."""
FIGURES = ("flow.html", "network.svg", "network.png")
OURS = {*TABLES, *FIGURES, JOURNEYS, MANIFEST}
# Left by systems and by earlier versions cut short: no reason to keep a folder from its owner.
_IGNORED = re.compile(r"\.DS_Store|Thumbs\.db|desktop\.ini|\.nodes\.csv\.\d+")
SCHEMA_VERSION = "1"


def flow_command(
    path: str | Path,
    days: float,
    warm_up: float,
    replicates: int,
    seed: int,
    out: str | Path,
    *,
    routes: str | Path | None = None,
    precision: float = 0.05,
    journeys: WhichJourneys = "first",
    replace: bool = False,
    finish: Callable[[Path], object] | None = None,
) -> Path:
    """What `leftshift flow` does: run a network file alone and write its tables.

    Nothing is written unless the whole run succeeds. The results are made in a folder beside `out` and take
    its
    place at once.

    Args:
        path: Network file, or the CSV table of nodes when `routes` is given.
        days: Days simulated after the warm-up.
        warm_up: Days before measuring.
        replicates: Independent repetitions.
        seed: Seed.
        out: Folder for the results, made if need be.
        routes: CSV table of routes.
        precision: Relative precision wanted of the mean waits.
        journeys: Replicates whose journeys are written.
        replace: Whether results of another network may be replaced.
        finish: Given the unfinished folder when all tables are in it, to add the page and its figures.

    Returns:
        The path of `nodes.csv`.

    Raises:
        InputError: Bad input of any kind, or a folder that is not ours to replace.
    """
    folder = Path(out)
    network = Network.load(path, routes=routes)
    digests = {Path(name).name: file_digest(Path(name)) for name in (path, routes) if name is not None}
    settings = {
        "days": days, "warm_up": warm_up, "replicates": replicates, "seed": seed, "precision": precision,
        "journeys": journeys,
    }  # fmt: skip
    refuse_others_folder(folder, digests, replace)
    with appearing_at_once(folder) as unfinished:
        began = time.perf_counter()
        run = _run(network, settings, unfinished)
        _write(run, unfinished)
        manifest = _manifest(run, settings, digests, time.perf_counter() - began)
        (unfinished / MANIFEST).write_text(json.dumps(manifest, indent=2) + "\n", encoding="utf-8")
        if finish is not None:
            finish(unfinished)
    return folder / NODES_TABLE


def _run(network: Network, settings: dict[str, Any], folder: Path) -> FlowRun:
    """Run, with the journeys going to their file on the way."""
    if settings["journeys"] == "none":
        return run_alone(network, **settings)
    file = JourneyFile(network, folder / JOURNEYS)
    try:
        return run_alone(network, **settings, journeys_into=file)
    finally:
        file.close()


def _write(run: FlowRun, folder: Path) -> None:
    for name, table in TABLES.items():
        frame: pd.DataFrame = getattr(run, table)
        frame.to_csv(folder / name, index=False, float_format="%.6g")


def _manifest(
    run: FlowRun, settings: dict[str, Any], digests: dict[str, str], seconds: float
) -> dict[str, Any]:
    """What was run, of what, by what, and how long it took."""
    file = run.network.file
    return {
        "kind": "flow",
        "schema_version": SCHEMA_VERSION,
        "created": datetime.now(UTC).isoformat(timespec="seconds"),
        "code_version": code_version(),
        "network": {
            "label": file.label or Path(run.network.source).stem.replace("_", " "),
            "files": digests,
            "time_unit": file.time_unit,
            "start": run.network.start.isoformat(),
            "nodes": {
                name: {
                    "label": node.label or name.replace("_", " "),
                    "places": _places(node.places, run.network.mean_places(name)),
                    "kind_of_care": node.kind_of_care,
                    "site": node.site,
                }
                for name, node in file.nodes.items()
            },
            "exits": list(file.exits),
        },
        "settings": settings,
        "grid": run.grid,
        "warm_up": run.warm_up.as_dict(),
        "timings": {
            "seconds_simulating": round(run.seconds, 3),
            "seconds_tables": round(max(seconds - run.seconds, 0.0), 3),
            "events": run.events,
        },
    }


def _places(declared: object, mean: float) -> str:
    """Places as words for people."""
    if mean == float("inf"):
        return "unlimited"
    number = f"{mean:.1f}".removesuffix(".0")
    return f"{number} on average" if isinstance(declared, list) else number


def code_version() -> str:
    """Version of the installed package, or 'unknown'."""
    try:
        return metadata.version("leftshift")
    except metadata.PackageNotFoundError:
        return "unknown"


def file_digest(path: Path) -> str:
    """SHA-256 of a file."""
    return hashlib.sha256(path.read_bytes()).hexdigest()


def refuse_others_folder(folder: Path, digests: dict[str, str], replace: bool) -> None:
    """Raise InputError unless a folder is new, empty, or holds an earlier run of the same network files.

    Args:
        folder: Where the results are to be.
        digests: SHA-256 of each network file by name.
        replace: Whether an earlier run of another network may go.
    """
    if not folder.exists():
        return
    if not folder.is_dir():
        raise InputError(
            file=folder, key="--out", found="a file", allowed="a new folder, or an earlier flow's"
        )
    held = {item.name for item in folder.iterdir() if not _IGNORED.fullmatch(item.name)}
    foreign = sorted(held - OURS)
    allowed = "a new folder, or an earlier flow's"
    if not foreign and held & set(FIGURES) == held and held:
        foreign = sorted(held)
    if foreign:
        raise InputError(
            file=folder,
            key="--out",
            found=f"a folder that also holds {', '.join(foreign[:3])}",
            allowed=allowed,
        )
    if not held or replace:
        return
    earlier = _earlier(folder)
    if earlier is None:
        raise InputError(
            file=folder, key="--out", found="a folder with a manifest that is no flow's", allowed=allowed
        ) if (folder / MANIFEST).exists() else InputError(
            file=folder, key="--out", found="results that do not say of which network",
            allowed="another folder, or --replace to write over them",
        )  # fmt: skip
    if sorted(earlier.values()) != sorted(digests.values()):
        raise InputError(
            file=folder, key="--out", found=f"results of another network file ({', '.join(earlier)})",
            allowed="another folder, or --replace to write over them",
        )  # fmt: skip


def _earlier(folder: Path) -> dict[str, str] | None:
    """Digests of the network files of the flow whose results a folder holds."""
    try:
        manifest = json.loads((folder / MANIFEST).read_text(encoding="utf-8"))
        files = manifest["network"]["files"] if manifest["kind"] == "flow" else None
    except (OSError, ValueError, KeyError, TypeError):
        return None
    return {str(k): str(v) for k, v in files.items()} if isinstance(files, dict) else None


@contextmanager
def appearing_at_once(folder: Path) -> Iterator[Path]:
    """A folder to write into, beside the one wanted; it takes its place when the block ends well.

    When the block fails nothing is left. Folders of earlier runs that were killed are cleared away.
    """
    folder = folder.absolute()
    try:
        folder.parent.mkdir(parents=True, exist_ok=True)
        for stale in folder.parent.glob(f".{folder.name}.*.unfinished"):
            if not _alive(stale.name.split(".")[-2]):
                shutil.rmtree(stale, ignore_errors=True)
        unfinished = folder.parent / f".{folder.name}.{os.getpid()}.unfinished"
        shutil.rmtree(unfinished, ignore_errors=True)
        unfinished.mkdir()
    except OSError as error:
        raise InputError(
            file=folder,
            key="--out",
            found=error.strerror or str(error),
            allowed="a folder that can be written",
        ) from None
    try:
        yield unfinished
        _take_place(unfinished, folder)
    finally:
        shutil.rmtree(unfinished, ignore_errors=True)


def _take_place(unfinished: Path, folder: Path) -> None:
    """Put a finished folder where another may stand, which goes only once the new one is there."""
    if not folder.exists():
        unfinished.rename(folder)
        return
    former = folder.parent / f".{folder.name}.former.{os.getpid()}.unfinished"
    folder.rename(former)
    try:
        unfinished.rename(folder)
    except OSError:
        former.rename(folder)
        raise
    shutil.rmtree(former, ignore_errors=True)


def _alive(process: str) -> bool:
    """Whether a process of this number runs."""
    try:
        os.kill(int(process), 0)
    except (ValueError, ProcessLookupError):
        return False
    except OSError:
        return True
    return True
