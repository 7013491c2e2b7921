"""What counting row by row costs: a year with the recorder's listeners over the same year without them.

Two models take turns month by month in one process, so that both meet the machine as it is.
"""

from __future__ import annotations

import time

from scenarios.cohorts import cohorts_of
from sim.model import HealthSystem
from sim.settings import Settings
from sim.world import load_world

MONTHS = 12


def measure(scale: float = 1.0) -> dict[str, float]:
    """Return the ratio of processor time, groups and the area's cohort recorded to neither recorded."""
    world = load_world(Settings(scale=scale, years=1))
    models = [HealthSystem(years=1, scale=scale, world=world, cohorts=cohorts_of("dorset")) for _ in range(2)]
    models[1].recorder.listeners.clear()
    spent = [0.0, 0.0]
    for month in range(MONTHS):
        for which in (0, 1) if month % 2 else (1, 0):
            started = time.process_time()
            while models[which].month == month:
                models[which].step()
            if month > 0:  # with the first, kernels are loaded
                spent[which] += time.process_time() - started
    return {"recording_by_row_against_none": spent[0] / spent[1]}


if __name__ == "__main__":
    print(measure())
