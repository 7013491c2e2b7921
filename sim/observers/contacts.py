"""Who had the contacts of a month that are served in pools: told to the recorder's listeners row by row.

What residents sought themselves is known of each. Contacts of programmes and diversions, and those after
a stay in hospital, are a mean number for each of their people, here as in the counts by cell.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt

if TYPE_CHECKING:
    from sim.model import HealthSystem

CONTACTS, INT_CONTACTS = "community_contact", "int_contacts"
"""Need class whose slots the contacts of programmes use, and the measure of those contacts alone."""


def tell_contacts(model: HealthSystem, month: int, sought: npt.NDArray[np.uint8]) -> None:
    """Tell of the contacts of a month, by the measures that they are part of; nothing in the burn-in.

    Args:
        model: The model, its needs of the month drawn and its stays of the month before counted.
        month: Month of the run.
        sought: (rows, pooled classes) contacts that each row sought, classes in their order.
    """
    if month < 0:
        return
    demand, scale, recorder = model.parts.demand, model.settings.scale, model.recorder
    needs = [demand.classes[j] for j in sorted(model.parts.pooled)]
    for listener in recorder.listeners:
        listener.sought([need.measure for need in needs], sought, 1.0 / scale)
    stays = model.care_observer.planned.stays_of
    for need in needs:
        each = float(demand.contacts_per_stay[need.key])
        if each:
            recorder.events(need.measure, stays, np.full(stays.size, each))
        if need.key == CONTACTS:
            followed = [
                (rows, np.full(rows.size, each / scale))
                for rows, each in model.month_cycle.interventions.in_contact(month)
            ]
            for rows, weights in [*followed, model.month_cycle.arriving.diversions.in_contact()]:
                for name in (need.measure, INT_CONTACTS):
                    recorder.events(name, rows, weights)


__all__ = ["CONTACTS", "tell_contacts"]
