"""Networks read before, kept for the process: a model, its pilot and a study's scenarios read the same files.

What is kept is found again by path, scalars, and name, time of change and size of every YAML and CSV file in
the network's folder: whoever changes a file gets a new reading. Nothing may change a kept network in place;
what changes networks (`sim/interventions/care_changes.py`, `Network.with_...`) makes others.
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import lru_cache
from pathlib import Path

from sim.care.network import Network

KEPT = 8
"""Networks kept, the least recently used let go: the versions of one area and a few draws of parameters."""
Stamp = tuple[tuple[str, int, int], ...]


def load_kept(path: Path, scalars: Mapping[str, float], nodes_may_close: bool = False) -> Network:
    """Return `Network.load(path, scalars)`, read once as long as neither files nor scalars change.

    Raises:
        InputError: As `Network.load`; a network that is refused is read again next time.
    """
    return _load(path, tuple(sorted(scalars.items())), nodes_may_close, stamp(path.parent))


def stamp(folder: Path) -> Stamp:
    """Return name, time of change (ns) and size of every file in a folder that a network may consist of."""
    files = sorted(file for file in folder.rglob("*") if file.suffix in {".yaml", ".csv"})
    return tuple((str(file), (stat := file.stat()).st_mtime_ns, stat.st_size) for file in files)


@lru_cache(maxsize=KEPT)
def _load(path: Path, scalars: tuple[tuple[str, float], ...], nodes_may_close: bool, _: Stamp) -> Network:
    return Network.load(path, dict(scalars), nodes_may_close=nodes_may_close)
