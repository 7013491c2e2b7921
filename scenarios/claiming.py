"""Whose a folder is: what it was made for, and who may write to it."""

from __future__ import annotations

import json
from dataclasses import asdict
from pathlib import Path
from typing import Any

from scenarios import identity
from scenarios.json_files import read_json, write_json
from scenarios.resuming import other_run
from scenarios.units import UNITS, Settings
from sim.interventions.specification import ScenarioSpecification
from sim.parameters.errors import InputError


def claim(out: Path, wanted: dict[str, Any]) -> None:
    """Make the folder and write what it is for, after `check_claim`."""
    check_claim(out, wanted)
    (out / "manifest.json").unlink(missing_ok=True)
    out.mkdir(parents=True, exist_ok=True)
    write_json(out / "request.json", wanted)


def check_claim(out: Path, wanted: dict[str, Any]) -> None:
    """Refuse, writing nothing, a folder that is for something else.

    Raises:
        InputError: When it holds another run or study, or files that are neither.
    """
    mine = json.loads(json.dumps(wanted, sort_keys=True))
    if out.exists() and not out.is_dir():
        raise _other(out, "a file")
    if out.is_dir() and any(out.iterdir()):
        held = read_json(out / "request.json")
        if held is None:
            raise _other(out, "files that are no run or study of ours")
        differing = other_run(held, mine)
        if differing:
            raise _other(out, differing)


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
    if not any(out.glob(UNITS)):
        for name in ("request.json", "plan.json"):
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
