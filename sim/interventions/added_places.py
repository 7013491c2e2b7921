"""How many places a change of capacity adds at a node in a month, on average over the week."""

from __future__ import annotations

import numpy as np

from sim.care.calendar import mean_places
from sim.care.network import Network
from sim.care.windows import DAYS_A_WEEK, share_of_week
from sim.health.calendar import month_start
from sim.interventions.care_specification import CapacityChange
from sim.kernels.flow import Totals
from sim.kernels.flow_layout import UNLIMITED


def added_places(
    change: CapacityChange,
    network: Network,
    node: int,
    share: float,
    month: int,
    calendar_start: int,
    totals: Totals,
) -> float:
    """Return the places added on average; 0 at a node without limit.

    Args:
        change: The change.
        network: The network in force.
        node: The node.
        share: How much of the change is in force.
        month: Month of the run.
        calendar_start: Calendar month of month 0.
        totals: Integrals of the month: places that were open, and places that opened under pressure.
    """  # fmt: skip
    now = float(totals.places[node]) / totals.minutes
    if now >= UNLIMITED / 2:
        return 0.0
    if change.opens == "under_pressure":
        own = float(network.flow.nodes.escalation_places[node])
        part = change.places.value * share / max(own + change.places.value * share, 1e-9)
        return float(totals.escalated[node]) / totals.minutes * part
    schedule = network.schedules[node]
    week = schedule.week_on(month_start(calendar_start + month))
    lengths = np.diff([*week.minutes, DAYS_A_WEEK * 1440.0])
    is_open = float(lengths[np.array(week.places) > 0].sum() / lengths.sum())
    if change.timed:
        is_open = share_of_week(len(set(change.weekdays)), change.hours)
    if change.change == "add":
        return change.places.value * share * is_open
    if change.change == "multiply":
        ratio = 1.0 + (change.places.value - 1.0) * share
        return now * (1.0 - 1.0 / max(ratio, 1e-9)) * (is_open if change.timed else 1.0)
    before = 0.0 if change.timed else mean_places(schedule, month_start(calendar_start + month))
    return share * (change.places.value * is_open - before)


__all__ = ["added_places"]
