"""Whose a folder is: what it was made for, and who may write to it."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import asdict
from pathlib import Path
from typing import Any

from scenarios import identity, locking
from scenarios.json_files import read_json, write_json
from scenarios.locking import hold, let_go
from scenarios.resuming import as_now, other_run
from scenarios.units import UNITS, Settings, Unit
from scenarios.writing import told
from sim.interventions.specification import ScenarioSpecification
from sim.parameters.errors import InputError

REQUEST = "request.json"
"""What a folder is for; it lies at the top of what was claimed."""


def claim(out: Path, wanted: dict[str, Any]) -> None:
    """Make the folder, take it for this process, and write what it is for, after `check_claim`.

    It stays taken until its units are run (`execution.run_units`), it is released, or the process ends.

    Raises:
        InputError: When it holds something else, somebody is at work in it, or it cannot be written to.
    """
    check_claim(out, wanted)
    with told(out.parent):
        out.mkdir(parents=True, exist_ok=True)
    hold(out)
    try:
        check_claim(out, wanted)  # again: somebody may have been quicker
        with told(out):
            sweep_files(out)
            (out / "manifest.json").unlink(missing_ok=True)
        write_json(out / REQUEST, wanted)
    except BaseException:
        let_go(out)
        raise


def claimed(folder: Path) -> Path:
    """Return the folder that was claimed of those that a unit's folder lies in; its parent where none was."""
    for above in folder.parents:
        if (above / REQUEST).is_file():
            return above
    return folder.parent


@contextmanager
def held(units: Sequence[Unit]) -> Iterator[None]:
    """Hold the folders that were claimed for units, and give them up at the end.

    Raises:
        InputError: Somebody is at work in one of them.
    """
    tops = sorted({claimed(unit.folder) for unit in units})
    try:
        for top in tops:
            with told(top):
                top.mkdir(parents=True, exist_ok=True)
            hold(top)
        yield
    finally:
        for top in tops:
            let_go(top)


def sweep_files(out: Path) -> None:
    """Remove what killed processes left of files, in a folder and those of its scenarios."""
    for pattern in (".*.json.*", "*/.*.json.*"):
        for left in out.glob(pattern):
            left.unlink(missing_ok=True)


def check_claim(out: Path, wanted: dict[str, Any]) -> None:
    """Refuse, writing nothing, a folder that is for something else.

    Raises:
        InputError: When it holds another run or study, or files that are neither.
    """
    mine = json.loads(json.dumps(wanted, sort_keys=True))
    if out.exists() and not out.is_dir():
        raise _other(out, "a file")
    if out.is_dir() and any(not _made_before(path.name) for path in out.iterdir()):
        held = read_json(out / REQUEST)
        if held is None:
            raise _other(out, "files that are no run or study of ours")
        differing = other_run(as_now(held, mine), mine)
        if differing:
            raise _other(out, differing)


def _made_before(name: str) -> bool:
    """Tell whether a file may be there before a folder says what it is for: a run was killed then."""
    return name == locking.NAME or name.startswith(f".{REQUEST}.")


def _other(out: Path, found: str) -> InputError:
    """Return the refusal of a folder, which says what to do."""
    return InputError(
        file="command line",
        key="--out",
        found=f"{out}: {found}",
        allowed="a new folder, or one that holds this same run (it is then resumed); "
        "give another --out, or move the folder away",
    )


def release(out: Path) -> None:
    """Give up the claim on a folder for what was refused, unless something of it is there to keep."""
    let_go(out)
    if not out.is_dir():
        return
    if not any(out.glob(UNITS)):
        for name in (REQUEST, "plan.json"):
            (out / name).unlink(missing_ok=True)
        if not any(out.iterdir()):
            out.rmdir()


def run_request(scenario: ScenarioSpecification, settings: Settings) -> dict[str, Any]:
    """Return what a run's folder is for; the number of replicates may grow."""
    return {"kind": "run", **identity.run_identity(scenario, asdict(settings))}


def refuse_fewer(out: Path, replicates: int, draws: int = 0) -> None:
    """Refuse to shrink a run: its finished replicates and draws are work that somebody waited for."""
    drawn = [int(folder.name.rpartition("_")[2]) for folder in out.glob("draw_*") if folder.is_dir()]
    if draws < max(drawn, default=0):
        raise InputError(
            file="command line",
            key="draws",
            found=draws,
            allowed=f"at least {max(drawn)}, the number that {out} holds already; or give another --out",
        )
    numbers = [int(record.parent.name.rpartition("_")[2]) for record in out.glob(UNITS)]
    held = max(numbers, default=0)
    if held > replicates:
        raise InputError(
            file="command line",
            key="--replicates",
            found=replicates,
            allowed=f"at least {held}, the number that {out} holds already; or give another --out",
        )
