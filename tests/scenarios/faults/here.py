"""Studies of a light function in this process, and what their folders hold."""

from __future__ import annotations

import os
from collections.abc import Callable, Sequence
from concurrent.futures import Executor
from pathlib import Path
from typing import Any

from scenarios import execution
from scenarios.execution import Settings, Unit
from sim.interventions.specification import BASELINE
from tests.scenarios.test_execution import Here, hashes

LIGHT = "tests.scenarios.faults.light:simulate"
SETTINGS = Settings(area="dorset", start="2026-04", years=1, scale=0.1, seed=3)


def run(out: Path, replicates: int = 3, **keywords: Any) -> Path:
    """Run the baseline in this process; it fails and is tried again as elsewhere."""
    given: dict[str, Any] = {"executor": Trying(), "simulate": LIGHT} | keywords
    return execution.run_replicates(BASELINE, SETTINGS, replicates=replicates, out=out, quiet=True, **given)


class Trying(Here):
    """Run in this process; what a function raises is the future's, as with processes."""

    def __init__(self, before: Callable[[Unit], BaseException | None] = lambda unit: None) -> None:
        super().__init__()
        self.before = before

    def submit(self, function: Any, /, *arguments: Any, **keywords: Any) -> Any:
        """Run at once."""
        error = self.before(arguments[0])
        try:
            if error is not None:
                raise error
            return super().submit(function, *arguments, **keywords)
        except BaseException as raised:
            from concurrent.futures import Future

            self.ran += 1
            future: Future[Any] = Future()
            future.set_exception(raised)
            return future


def engine() -> Executor:
    """Return a new executor in this process."""
    return Trying()


def left_over(folder: Path) -> list[str]:
    """Return what a finished run leaves nothing of: locks, temporary names, plans, units set aside."""
    found = []
    for path, folders, files in os.walk(folder):
        names = [*folders, *files]
        found += [
            os.path.join(path, name)
            for name in names
            if name.startswith(".") or name in {"lock.json", "plan.json", "set_aside"}
        ]
    return found


def assert_whole(folder: Path, wanted: dict[str, str], diary: Sequence[str] = ()) -> None:
    """Check that a folder holds what an undisturbed run holds, and nothing else."""
    assert hashes(folder) == wanted
    assert left_over(folder) == []
