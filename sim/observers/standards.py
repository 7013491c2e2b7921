"""Standards of urgent care besides those of departments and crews: 111, walk-in centres, first assessment.

What is counted is a wait for somebody to be free. The model's callers do not hang up, so there is no share of
calls abandoned, and visits of urgent community response take no travel before they begin.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import numpy.typing as npt

from sim.kernels.flow import Stages
from sim.kernels.flow_layout import REMOVED, TURNED_AWAY

FloatArray = npt.NDArray[np.float64]
IntArray = npt.NDArray[np.int64]
Mask = npt.NDArray[np.bool_]
SECONDS_A_MINUTE = 60.0
RESPONSES_WITHIN = {1: 15.0, 3: 120.0, 4: 180.0}
"""Minutes within which nine of ten incidents of a category are to be reached; of 2 see `urgent_care`."""
WITHIN = {
    "call_111": ("calls_111_answered", 1.0, "60s"),
    "call_111_clinical": ("clinical_calls_111", 20.0, "20min"),
    "ed_triage": ("ed_walk_ins_assessed", 15.0, "15min"),
    "urgent_community_response": ("ucr_started", 120.0, "2h"),
}
"""By kind of care: measure of those who were served, minutes within which they are to be, and its suffix."""
LOOKED_AT = ("call_111", "call_111_clinical", "utc", "urgent_community_response")
"""Kinds of care at whose stages these are counted, besides those of the front door."""


def count_waits(stages: Stages, kind: Callable[..., Mask], count: Callable[..., None]) -> None:
    """Count who was served at each of `WITHIN`, and who of them within its time; seconds until 111 answers.

    Args:
        stages: The month's finished stages, those at these kinds of care at least.
        kind: Which nodes are of some kinds of care.
        count: Takes each measure, as `urgent_care.Counts`.
    """
    served = ((stages.next > TURNED_AWAY) | (stages.next <= REMOVED)) & ~np.isnan(stages.time_start)
    for name, (measure, minutes, suffix) in WITHIN.items():
        mine = np.flatnonzero(served & kind(name)[stages.node])
        wait = stages.time_start[mine] - stages.time_join[mine]
        count(measure, mine)
        count(f"{measure}_within_{suffix}", mine[wait <= minutes])
        if name == "call_111":
            count("calls_111_answer_seconds", mine, wait * SECONDS_A_MINUTE)


def walk_in_centres(stages: Stages, kind: Callable[..., Mask]) -> tuple[IntArray, FloatArray]:
    """Return stages that ended at walk-in centres, and minutes of each from arrival to departure."""
    ended = (stages.next > TURNED_AWAY) | (stages.next <= REMOVED)
    mine = np.flatnonzero(kind("utc")[stages.node] & ended)
    return mine, stages.time_leave[mine] - stages.time_join[mine]


__all__ = ["count_waits", "walk_in_centres"]
