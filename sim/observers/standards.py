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
LOOKED_AT = ("call_111", "call_111_clinical", "utc", "urgent_community_response")
"""Kinds of care at whose stages these are counted, besides those of the front door."""
WITHIN = {
    "call_111": ("calls_111_within_60s", 1.0),
    "ed_triage": ("ed_walk_ins_assessed_within_15min", 15.0),
    "urgent_community_response": ("ucr_within_2h", 120.0),
}
"""By kind of care: measure of those who were served within so many minutes."""
SERVED = {"call_111_clinical": "clinical_calls_111", "ed_triage": "ed_walk_ins_assessed"}
"""By kind of care: measure of all who were served, where nobody else counts them."""
_KINDS = (*LOOKED_AT, "ed_triage")


class Waits:
    """Counts waits of a run.

    Args:
        kind: Which nodes are of some kinds of care.
    """

    def __init__(self, kind: Callable[..., Mask]) -> None:
        masks = [kind(name) for name in _KINDS]
        self._code = np.sum([mask * (k + 1) for k, mask in enumerate(masks)], axis=0).astype(np.int8)

    def count(self, stages: Stages, count: Callable[..., None]) -> tuple[IntArray, FloatArray]:
        """Count who was served in time, and seconds until 111 answers.

        Args:
            stages: The month's finished stages, those at these kinds of care at least.
            count: Takes each measure, as `urgent_care.Counts`.

        Returns:
            Stages that ended at urgent treatment centres and minor injury units, and minutes of each from
            arrival to departure.
        """
        code = self._code[stages.node]  # of a byte: a pass over all of a month's stages for each kind is long
        at = {name: np.flatnonzero(code == k + 1) for k, name in enumerate(_KINDS)}
        ended = {name: rows[_ended(stages.next[rows])] for name, rows in at.items()}
        for name in (*WITHIN, "call_111_clinical"):
            wait = stages.time_start[ended[name]] - stages.time_join[ended[name]]
            rows, wait = ended[name][~np.isnan(wait)], wait[~np.isnan(wait)]
            if name in SERVED:
                count(SERVED[name], rows)
            if name in WITHIN:
                measure, minutes = WITHIN[name]
                count(measure, rows[wait <= minutes])
            if name == "call_111":
                count("calls_111_answer_seconds", rows, wait * SECONDS_A_MINUTE)
        centres = ended["utc"]
        return centres, stages.time_leave[centres] - stages.time_join[centres]


def _ended(following: IntArray) -> Mask:
    """Return which stages came to an end: served and gone on, or ended by death or departure."""
    return np.asarray((following > TURNED_AWAY) | (following <= REMOVED))


__all__ = ["Waits"]
