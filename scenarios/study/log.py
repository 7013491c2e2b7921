"""The log of a study: `log.jsonl` in its folder, one JSON object a line, for other programs.

Every line has `time` (UTC) and `event`:

    begun      units, finished (before), workers, process, machine, what is watched; `alike`: scenarios that
               come out at a point as at an earlier one, and are run once
    finished   unit, scenario, point, draw, replicate, seconds, peak_memory_mb, value (of what is watched)
    failed     as finished, with error and attempt; it is tried again
    set_aside  as failed; it is not tried again in this run
    decided    how many replicates there are to be, and why (a study with `until`)
    note       error: what the person who waits was told
    ended      how: done, set_aside, interrupted or failed; units finished
"""

from __future__ import annotations

import contextlib
import hashlib
import json
import os
import platform
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

LOG = "log.jsonl"


@dataclass(frozen=True, kw_only=True)
class StudyLog:
    """The log in a study's folder."""

    folder: Path

    @property
    def path(self) -> Path:
        """Return where it is."""
        return self.folder / LOG

    def write(self, event: str, **told: Any) -> None:
        """Add a line; a log that cannot be written stops nothing."""
        before = "\n" if event == "begun" and self._is_cut_off() else ""
        line = {"time": datetime.now(UTC).isoformat(timespec="milliseconds"), "event": event, **told}
        with contextlib.suppress(OSError), self.path.open("a", encoding="utf-8") as file:
            file.write(before + json.dumps(line, default=float) + "\n")

    def _is_cut_off(self) -> bool:
        """Tell whether a killed process left its last line half."""
        try:
            with self.path.open("rb") as file:
                file.seek(-1, os.SEEK_END)
                return file.read(1) != b"\n"
        except OSError:  # none is there, or it is empty
            return False

    def lines(self) -> Iterator[dict[str, Any]]:
        """Yield what was written; a line that a killed process left half is passed over."""
        try:
            text = self.path.read_text(encoding="utf-8")
        except (OSError, UnicodeDecodeError):
            return
        for line in text.splitlines():
            with contextlib.suppress(ValueError):
                found = json.loads(line)
                if isinstance(found, dict) and "event" in found:
                    yield found


def machine_mark() -> str:
    """Return what tells this machine from another without naming it."""
    return hashlib.sha256(platform.node().encode()).hexdigest()[:12]
