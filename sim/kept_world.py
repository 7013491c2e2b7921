"""What one unit of a process leaves to the next: the tables and people of its world, and what was compiled.

Units of a study differ in scenario, draw and replicate, on which none of this depends. One world is kept,
that of the last unit; its people (60 MB) only where a run is of a sample, which leaves room for them.
"""

from __future__ import annotations

from dataclasses import dataclass

from sim.areas.pack import area_directory
from sim.building import Prepared, like_settings, prepare
from sim.care.kept import Stamp, stamp
from sim.settings import Settings
from sim.world import World, load_world

LARGEST_SAMPLE = 0.3
"""Scale up to which people are kept: with all residents, memory is for the run."""


@dataclass(frozen=True, kw_only=True)
class Kept:
    """What is kept for the next unit."""

    made_for: tuple[str, bool, Stamp]
    world: World | None
    """None where people are to be loaded again."""
    prepared: Prepared


_LAST: list[Kept] = []


def kept_for(settings: Settings) -> Kept:
    """Return the world of a unit and what was compiled from it, as the last unit left them or made anew.

    Raises:
        InputError: As `load_world`; settings that cannot be compiled are refused again next time.
    """
    sample = settings.scale <= LARGEST_SAMPLE
    key = (like_settings(settings), sample, stamp(area_directory(settings.area)))
    if not _LAST or _LAST[0].made_for != key:
        _LAST.clear()
        world = load_world(settings)
        prepared = prepare(world, settings)
        _LAST.append(Kept(made_for=key, world=world if sample else None, prepared=prepared))
    return _LAST[0]


__all__ = ["Kept", "kept_for"]
