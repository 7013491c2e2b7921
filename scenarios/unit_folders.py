"""The folders of units on the disk: which are finished, which are stale, what was left half done."""

from __future__ import annotations

import os
import shutil
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from scenarios.json_files import read_json
from scenarios.units import Unit
from scenarios.writing import told


def finished_of(units: Sequence[Unit]) -> list[dict[str, Any] | None]:
    """Return the record of each unit that is finished, and None for those that are not.

    What became stale and was not replaced yet is finished again when its inputs are what they were.
    """
    return [unit.finished() or _as_it_was(unit) for unit in units]


def _as_it_was(unit: Unit) -> dict[str, Any] | None:
    """Put a unit back that was kept aside as stale, where it is what is wanted now; return its record."""
    kept = _stale(unit.folder)
    record = read_json(kept / "unit.json") if kept.is_dir() else None
    if record is None or record.get("key") != unit.key:
        return None
    with told(unit.folder.parent):
        shutil.rmtree(unit.folder, ignore_errors=True)
        os.replace(kept, unit.folder)
    return record


def sweep(folder: Path) -> None:
    """Keep an outdated replicate aside until it is replaced; remove what was left half done."""
    if (folder / "unit.json").is_file():
        drop_stale(folder)
        os.replace(folder, _stale(folder))
    else:
        shutil.rmtree(folder, ignore_errors=True)
    for left in folder.parent.glob(f".{folder.name}.*"):
        if left != _stale(folder):
            shutil.rmtree(left, ignore_errors=True)


def drop_stale(folder: Path) -> None:
    """Remove what a unit was before its inputs changed: it has been replaced."""
    kept = _stale(folder)
    if kept.is_dir():
        shutil.rmtree(kept, ignore_errors=True)


def _stale(folder: Path) -> Path:
    """Return where a stale unit is kept; readers of results do not look there."""
    return folder.with_name(f".{folder.name}.stale")
