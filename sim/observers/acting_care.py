"""Whose care passes what a scenario changes in the network: ways on, times in service, delays.

A change of the network acts on everybody there alike, or on a share that the draws of the way decide, so it
names nobody in advance. Whoever had a stage of care at such a place while the change was in force is counted.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt

from sim.interventions.specification import DelayChange, RoutingChange, ServiceTimeChange
from sim.interventions.ways import targets_of
from sim.kernels.flow import Stages
from sim.observers.care_month import ACTING

if TYPE_CHECKING:
    from sim.model import HealthSystem

Change = RoutingChange | ServiceTimeChange | DelayChange


@dataclass(frozen=True, kw_only=True)
class ChangedPlace:
    """A change of the network, and where it acts.

    Attributes:
        item: The change.
        nodes: Codes of its nodes.
        ways: Codes of the ways on that it concerns; None for all.
    """

    item: Change
    nodes: npt.NDArray[np.int64]
    ways: npt.NDArray[np.int64] | None


def changed_places(model: HealthSystem) -> list[ChangedPlace]:
    """Return the changes of a model's scenario to ways on, times in service and delays."""
    network = model.parts.care.network
    found = []
    for item in model.specification.interventions:
        if isinstance(item, RoutingChange):
            names, ways = item.nodes, (*item.from_destinations, *item.to_destinations)
        elif isinstance(item, DelayChange):
            names, ways = item.from_nodes, item.to_nodes
        elif isinstance(item, ServiceTimeChange):
            names, ways = item.nodes, ()
        else:
            continue
        found.append(
            ChangedPlace(
                item=item, nodes=np.array([network.node(name) for name in names], np.int64),
                ways=np.array(targets_of(network, ways), np.int64) if ways else None,
            )
        )  # fmt: skip
    return found


def stages_changed(
    places: list[ChangedPlace], model: HealthSystem, stages: Stages
) -> Iterator[tuple[str, npt.NDArray[np.int64]]]:
    """Yield each change in force in the month that ended, and which of its stages it acted on.

    Only stages of residents, of the copy of a need that acts on its resident.
    """
    month = model.settings.calendar_start + model.residents.month
    mine = (stages.episode & ACTING == ACTING) & (stages.person_slot >= 0)
    for one in places:
        if one.item.acting(month) <= 0.0:
            continue
        here = mine & np.isin(stages.node, one.nodes)
        if one.ways is not None:
            here &= np.isin(stages.next, one.ways)
        else:
            here &= ~np.isnan(stages.time_start)
        yield one.item.key, np.flatnonzero(here)


__all__ = ["ChangedPlace", "changed_places", "stages_changed"]
