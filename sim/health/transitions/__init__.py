"""Every transition of the life course, declared: who is at risk, at which hazard, and what raises it.

A transition changes one coded attribute from one code to another. `sim/health/compiling.py` turns the list
into arrays for `sim/kernels/life_course.py`. To add one, add a row to a table or one function here.
"""

from sim.health.transitions.all import all_transitions
from sim.health.transitions.declared import (
    CAUSES,
    DEATH,
    DEATH_FROM_DELAY,
    DEATHS,
    DEATHS_BY_CAUSE,
    DEPARTURE,
    Modifier,
    Transition,
    flat,
    ratio_table,
)

__all__ = [
    "CAUSES",
    "DEATH",
    "DEATHS",
    "DEATHS_BY_CAUSE",
    "DEATH_FROM_DELAY",
    "DEPARTURE",
    "Modifier",
    "Transition",
    "all_transitions",
    "flat",
    "ratio_table",
]
