"""Units that failed as often as they are tried: kept out of the way with their error, tried again when asked.

The error lies beside the unit's place, in `set_aside/`: `replicate_0002.json` for machines and
`replicate_0002.txt` with the traceback for people.
"""

from __future__ import annotations

import traceback
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path
from typing import Any

from scenarios.json_files import read_json, write_json
from scenarios.units import Unit
from scenarios.writing import replace_file, told

FOLDER = "set_aside"
TRIES = 3
"""How often a unit is tried in a run; one that an earlier run has set aside is tried once."""
SHOWN = 5
"""Units whose error is told on the screen."""


class Incomplete(Exception):
    """A run ended as far as it could: some units failed as often as they were tried.

    Attributes:
        records: Of every unit asked for, in order; None for those set aside.
        errors: What each unit that was set aside says, as in `set_aside_below`.
    """

    def __init__(self, records: Sequence[dict[str, Any] | None], errors: Sequence[dict[str, Any]]) -> None:
        super().__init__(records, errors)
        self.records = list(records)
        self.errors = list(errors)

    def __str__(self) -> str:
        """Return which were set aside and why, and what to do."""
        failed, number = len(self.errors), len(self.records)
        what = f"{failed} replicate{'s' if failed > 1 else ''} failed again and again and "
        what += "were set aside" if failed > 1 else "was set aside"
        lines = [
            f"incomplete: {what}; {number - failed} of {number} are kept. The same command tries once more "
            "what was set aside."
        ]
        lines += [
            f"  {one['unit']}: {one['error']}; the log is {one['traceback']}" for one in self.errors[:SHOWN]
        ]
        if failed > SHOWN:
            lines.append(f"  and {failed - SHOWN} more")
        return "\n".join(lines)


def one_line(error: BaseException) -> str:
    """Return an error on one line."""
    text = str(error).strip()
    return f"{type(error).__name__}: {text.splitlines()[0]}" if text else type(error).__name__


def set_aside(unit: Unit, tries: int, error: BaseException, reason: str) -> dict[str, Any]:
    """Write a unit's error beside its place, with the reason on one line, and return what was written.

    Raises:
        InputError: The disk is full, the folder read-only or gone.
    """
    record, text = _places(unit)
    with told(unit.folder.parent):
        record.parent.mkdir(exist_ok=True)
    replace_file(text, "".join(traceback.format_exception(error)).encode("utf-8", "backslashreplace"))
    said = {
        "unit": str(unit.folder),
        "scenario": unit.scenario.full_name,
        "draw": unit.settings.draw,
        "replicate": unit.replicate,
        "error": reason,
        "tries": tries,
        "traceback": str(text),
        "key": unit.key,
    }
    write_json(record, said)
    return said


def was_set_aside(unit: Unit) -> bool:
    """Tell whether an earlier run has set this unit aside, as it still is."""
    said = read_json(_places(unit)[0])
    return said is not None and said.get("key") == unit.key


def taken_back(unit: Unit) -> None:
    """Forget that a unit had been set aside: it is finished."""
    for path in _places(unit):
        path.unlink(missing_ok=True)
    with suppress(OSError):  # others are in it, or it is not there
        (unit.folder.parent / FOLDER).rmdir()


def set_aside_below(folder: Path) -> list[dict[str, Any]]:
    """Return what `set_aside` wrote of each unit below a folder."""
    found = (read_json(path) for path in sorted(folder.glob(f"**/{FOLDER}/*.json")))
    return [said for said in found if said is not None]


def _places(unit: Unit) -> tuple[Path, Path]:
    """Return where a unit's error is written, for machines and for people."""
    name = unit.folder.parent / FOLDER / unit.folder.name
    return name.with_suffix(".json"), name.with_suffix(".txt")
