"""From the day on which a patient is ready to leave: days until they do, and community beds that are kept.

The ready date is the day on which the stay in an acute bed is over, as NHS England's discharge ready date is
the day on which the criteria to reside are no longer met (letter PRN00603, 2023); days are counted from date
to date. Only adults who leave alive are counted, and residents, since ages of others are not known. A stay
that is over when its patient moves to another acute bed has no ready date. Planned stays end on the day on
which they are over, by construction, and are left out.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Protocol

import numpy as np
import numpy.typing as npt

from sim.kernels.flow import Holding, Stages
from sim.kernels.flow_layout import TURNED_AWAY
from sim.population.strata import AGE_BANDS

FloatArray = npt.NDArray[np.float64]
IntArray = npt.NDArray[np.int64]
Mask = npt.NDArray[np.bool_]
Add = Callable[[str, IntArray, FloatArray | None], None]
"""Adds people (rows) to a measure of the month, each with a weight."""
MINUTES_A_DAY = 1440.0
_ADULT = AGE_BANDS.index("18-44")


class ByRow(Protocol):
    """A whole number for each resident, found by rows: an array, or what works out those asked for."""

    def __getitem__(self, rows: IntArray, /) -> npt.NDArray[np.integer[Any]]:
        """Return the number of each row, (n,)."""


def count_ready_dates(stages: Stages, acute: Mask, band: ByRow, add: Add) -> None:
    """Count discharges from acute beds by days since the ready date.

    Args:
        stages: Stages that ended in the month, those in acute beds at least.
        acute: (nodes,) which are acute beds.
        band: Age band of residents, by their rows.
        add: Takes measures: `ready_discharges`, of these `ready_discharged_on_day` and
            `ready_discharged_later`, and `ready_delay_days`.
    """
    left = acute[stages.node] & (stages.next > TURNED_AWAY) & (stages.person_slot >= 0)
    left &= ~np.isnan(stages.time_service_end)
    onward = np.flatnonzero(left & (stages.next >= 0))
    left[onward] = ~acute[stages.next[onward]]
    chosen = np.flatnonzero(left)
    chosen = chosen[band[stages.person_slot[chosen]] >= _ADULT]
    rows = stages.person_slot[chosen]
    ready, leave = (
        np.floor(when[chosen] / MINUTES_A_DAY) for when in (stages.time_service_end, stages.time_leave)
    )
    days = leave - ready
    add("ready_discharges", rows, None)
    add("ready_discharged_on_day", rows[days == 0.0], None)
    add("ready_discharged_later", rows[days > 0.0], None)
    add("ready_delay_days", rows, days)


def count_community_beds(
    stages: Stages, holding: Holding, beds: Mask, span: tuple[float, float], add: Add
) -> None:
    """Count bed days in community beds inside the month, and those after the stay there was over.

    Args:
        stages: Stages that ended in the month, those in these beds at least.
        holding: Places in use at its end.
        beds: (nodes,) which are community beds of pathway 2.
        span: Minutes at which the month began and ended.
        add: Takes measures: `community_bed_days`, and of these `community_nctr_days`.
    """
    ended, still = beds[stages.node] & ~np.isnan(stages.time_start), beds[holding.node]
    slot = np.concatenate([stages.person_slot[ended], holding.person_slot[still]])
    start = np.concatenate([stages.time_start[ended], holding.time_start[still]])
    over = np.concatenate([stages.time_service_end[ended], holding.time_service_end[still]])
    leave = np.concatenate([stages.time_leave[ended], np.full(int(still.sum()), span[1])])
    over = np.where(np.isnan(over), leave, np.minimum(over, leave))
    start, over, leave = (np.clip(when, *span) for when in (start, over, leave))
    add("community_bed_days", slot, (leave - start) / MINUTES_A_DAY)
    add("community_nctr_days", slot, (leave - over) / MINUTES_A_DAY)


__all__ = ["count_community_beds", "count_ready_dates"]
