"""What a running network tells: finished stages, counts, time integrals, and who is where."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from sim.kernels.flow_copying import columns, copy_stages


class Stages(NamedTuple):
    """Finished stages, one row each in the order in which they ended; minutes, NaN where not reached.

    `next` is the index of the node that follows, -1 - i for exit i, TURNED_AWAY, DIVERTED - node or
    REMOVED - reason. `time_leave` is when the place here came free, so a node's time integral of occupied
    places is the sum of time_leave - time_start.
    """

    person_slot: NDArray[np.int64]
    person_id: NDArray[np.int64]
    episode: NDArray[np.int64]
    kind: NDArray[np.int64]
    node: NDArray[np.int64]
    next: NDArray[np.int64]
    time_join: NDArray[np.float64]
    time_start: NDArray[np.float64]
    time_service_end: NDArray[np.float64]
    time_leave: NDArray[np.float64]


def some_of(stages: Stages, chosen: NDArray[np.bool_] | NDArray[np.int64]) -> Stages:
    """Return a copy of some stages, perhaps lent, in their order: a mask over them, or positions, rising."""
    rows = np.flatnonzero(chosen) if chosen.dtype == np.bool_ else chosen
    whole, times = columns(6, rows.size, np.int64), columns(4, rows.size, np.float64)
    copy_stages(rows, *stages, whole, times)
    return Stages._make([*whole, *times])


class Occupancy(NamedTuple):
    """Counts at this moment, one per node; places include those of an escalation in force.

    `blocked`: finished here and cannot enter the next node. `held`: place here kept by somebody who is being
    seen further on. `in_delay`: on an edge that leaves here.
    """

    places: NDArray[np.int64]
    occupied: NDArray[np.int64]
    queue: NDArray[np.int64]
    blocked: NDArray[np.int64]
    held: NDArray[np.int64]
    in_delay: NDArray[np.int64]


class Totals(NamedTuple):
    """Time integrals (person-minutes, place-minutes) and counts per node since the last reset.

    `reneged`, `worsened` and `died` happened to people who waited there; `overflowed` went elsewhere because
    the node stayed full; `escalated` are place-minutes of escalation places. The caller took out `removed`.
    """

    minutes: float
    occupied: NDArray[np.float64]
    queue: NDArray[np.float64]
    blocked: NDArray[np.float64]
    held: NDArray[np.float64]
    in_delay: NDArray[np.float64]
    places: NDArray[np.float64]
    waited: NDArray[np.float64]
    arrivals: NDArray[np.int64]
    starts: NDArray[np.int64]
    finished: NDArray[np.int64]
    turned_away: NDArray[np.int64]
    diverted: NDArray[np.int64]
    removed: NDArray[np.int64]
    balked: NDArray[np.int64]
    reneged: NDArray[np.int64]
    worsened: NDArray[np.int64]
    died: NDArray[np.int64]
    overflowed: NDArray[np.int64]
    escalated: NDArray[np.float64]


class Present(NamedTuple):
    """Everybody in the network at this moment, in no particular order; codes of `status` in `flow_layout`."""

    person_slot: NDArray[np.int64]
    person_id: NDArray[np.int64]
    episode: NDArray[np.int64]
    kind: NDArray[np.int64]
    node: NDArray[np.int64]
    status: NDArray[np.int64]
    target: NDArray[np.int64]
    time_join: NDArray[np.float64]
    time_start: NDArray[np.float64]

    def of(self, chosen: NDArray[np.bool_]) -> Present:
        """Return some of those present, (n,) each, in their order."""
        rows = np.flatnonzero(chosen)
        return Present._make(column[rows] for column in self)


class Holding(NamedTuple):
    """Every place in use at this moment: who keeps it, since when, and when service there ended (or NaN).

    One person may keep two places when one is held upstream. The end is in the future while service lasts.
    `next` is what follows, as in `Stages`; it means nothing before service has ended.
    """

    person_slot: NDArray[np.int64]
    episode: NDArray[np.int64]
    node: NDArray[np.int64]
    time_start: NDArray[np.float64]
    time_service_end: NDArray[np.float64]
    next: NDArray[np.int64]
