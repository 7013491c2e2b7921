"""What a machine makes once, before its first replicate: compiled kernels, residents, pilots of the baseline.

Whether it is there is told by a mark in the cache, written when runs of the same code, area, start, decades
and trends have ended: it names the files of the cache that they used, all of which must still be there.
"""

from __future__ import annotations

import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from hashlib import sha256
from pathlib import Path
from typing import TYPE_CHECKING

from scenarios import identity
from scenarios.json_files import read_json, write_json
from sim.source import SIM

if TYPE_CHECKING:
    from scenarios.execution import Settings

SCHEDULED_YEARS = 10
"""Births and moves are scheduled, and pilots run, for so many years or a multiple."""
MODEL = "sim.run:simulate_replicate"
CLOCK_SECONDS = 2.0
"""By how much the time of a file may lag behind the clock."""


def _mark(settings: Settings) -> Path | None:
    """Return where it is marked that everything is there, or None where nothing is kept."""
    from sim.population.cache import cache_directory

    folder = cache_directory()
    if folder is None:
        return None
    decades = -(-settings.years // SCHEDULED_YEARS)
    depends_on = (
        identity.code_sha256(), str(SIM), sys.version, settings.area, settings.start, decades,
        settings.projection, settings.risk_factor_trends, settings.mortality_trend, settings.care,
    )  # fmt: skip
    return folder / f"built-{sha256(repr(depends_on).encode()).hexdigest()[:16]}.json"


def needed(settings: Settings) -> bool:
    """Tell whether runs would first have to make what is made once."""
    path = _mark(settings)
    held = None if path is None else read_json(path)
    return path is None or held is None or not all((path.parent / name).is_file() for name in held["files"])


@contextmanager
def told(settings: Settings, *, simulate: str = MODEL, quiet: bool = False) -> Iterator[None]:
    """Say, before runs within it, what is made first; mark after them that it is there.

    It is said on standard error, be that a terminal or not, unless `quiet`. Of another function than the
    model nothing is known.
    """
    if simulate != MODEL or not needed(settings):
        yield
        return
    if not quiet:
        print(f"Note: {sentence()}; nothing more is shown until then", file=sys.stderr, flush=True)
    started = time.time() - CLOCK_SECONDS
    yield
    path = _mark(settings)
    if path is not None and path.parent.is_dir():
        used = sorted(one.name for one in path.parent.glob("*.npz") if one.stat().st_mtime >= started)
        if used:  # none where every run was finished before
            write_json(path, {"files": used})


def sentence() -> str:
    """Return what is made once, how long that takes, and where it is kept."""
    from scenarios.estimate import costs
    from sim.population.cache import cache_directory

    folder = cache_directory()
    kept = f"kept in {folder}" if folder is not None else "not kept: LEFTSHIFT_CACHE is empty"
    minutes = costs()["seconds_first_build"] / 60
    return (
        f"first, once for this code, area and start, about {minutes:.0f} minutes on a quiet machine that "
        "later runs are spared: compiling the kernels, making the residents and two pilots of the baseline "
        f"({kept})"
    )


__all__ = ["needed", "sentence", "told"]
