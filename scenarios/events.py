"""What happens to the units of a run, told one by one to whoever listens."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Literal

from scenarios.units import Unit


@dataclass(frozen=True, kw_only=True)
class Event:
    """Something that happened to a unit, told in the process that started the run.

    Attributes:
        kind: `finished`: its folder is written and `record` is what its unit.json says. `failed`: it failed
            and is tried again. `set_aside`: it failed for the last time. `note`: something that the person
            who waits is told, such as fewer workers.
        unit: Which; None for a note.
        record: Of a finished unit.
        error: One line: what went wrong, or the note.
        attempt: The how-manieth try of this run it was, from 1; 0 for a note.
    """

    kind: Literal["finished", "failed", "set_aside", "note"]
    unit: Unit | None = None
    record: dict[str, Any] | None = None
    error: str = ""
    attempt: int = 0


Listener = Callable[[Event], None]


def nobody(event: Event) -> None:
    """Listen to nothing."""
