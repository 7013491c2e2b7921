"""Units that start from one burn-in: they follow one another and are told where it is kept."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from scenarios.execution import Unit

FOLDER = ".burnt_in"
"""Folder of the burn-ins beside the units of a run or study that is not finished."""


def starting_together(units: Sequence[Unit], out: Path) -> list[Unit]:
    """Return units in the order in which they are best run.

    Units of one replicate with the same settings may differ in scenario and draw, which act from month 0:
    they come one after another and share a folder, so that few burn-ins need be kept at a time. A unit that
    has nobody to share with keeps none. All units of one set of parameters come before those of the next, in
    the order in which sets first come: what the model makes for a set is kept for a few sets alone.

    Args:
        units: Those that are to be run.
        out: The folder that they lie in.
    """
    sets: dict[str, int] = {}

    def alike(unit: Unit) -> tuple[int, int]:
        settings = repr(unit.settings.of_model())
        return sets.setdefault(settings, len(sets)), unit.replicate

    shared = {key for key, number in Counter(map(alike, units)).items() if number > 1}
    if not shared or not any(unit.settings.care for unit in units):
        return list(units)
    found = [
        replace(unit, burnt_in=out / FOLDER) if alike(unit) in shared and unit.settings.care else unit
        for unit in units
    ]
    return sorted(found, key=alike)


__all__ = ["FOLDER", "starting_together"]
