"""Limits of the slow twin: what several programmes may use of a budget or of staff in a month."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sim.interventions.specification import CohortProgramme, Limit
from tests.twin.resident_twin import ResidentTwin

if TYPE_CHECKING:
    from tests.twin.programmes_twin import ProgrammesTwin

Reached = dict[str, list[tuple[ResidentTwin, float]]]
FOR_EVER = 1_000_000


class LimitsTwin:
    """The limits of one scenario.

    Args:
        programmes: The programmes that share them.
    """

    def __init__(self, programmes: ProgrammesTwin) -> None:
        self.programmes = programmes
        self.limits = programmes.model.shared.scenario.limits
        self.carried = {limit.key: 0.0 for limit in self.limits}
        self.share = {limit.key: 1.0 for limit in self.limits}
        self.before: dict[str, tuple[float, float]] = {}

    def shares(self, month: int, found: Reached) -> dict[str, float]:
        """Share of its new delivery that each intervention may do: the least of its limits."""
        lets = dict.fromkeys(found, 1.0)
        for limit in self.limits:
            fixed, more = 0.0, 0.0
            for key in (key for key in found if key in limit.interventions):
                committed, each = self.takes(limit, key, month, len(found[key]))
                self.before[f"{limit.key}/{key}"] = (committed, each)
                fixed += committed
                more += each
            room = limit.per_year.value / 12 + self.carried[limit.key]
            held = more > 0.0 and fixed + more > room
            self.share[limit.key] = max(0.0, (room - fixed) / more) if held else 1.0
            for key in found:
                if key in limit.interventions:
                    lets[key] = min(lets[key], self.share[limit.key])
        return lets

    def takes(self, limit: Limit, key: str, month: int, new: int) -> tuple[float, float]:
        """What an intervention takes of a limit: for those followed already, and for the new."""
        twin, scale = self.programmes, self.programmes.model.shared.scale
        number = next(n for n, item in enumerate(twin.items) if item.key == key)
        item = twin.items[number]
        if limit.kind == "budget":
            prices = [(one.per, one.amount.value) for one in item.costs if one.payer == limit.of]
        else:
            prices = [(one.per, one.hours.value) for one in item.staff if one.group == limit.of]
        new_part = 1.0 - item.already_delivered  # the rest is paid, and worked, already
        year = item.share_in_force(twin.label_of(month)) / 12
        committed = each = 0.0
        for per, amount in prices:
            if not isinstance(item, CohortProgramme):
                others = twin.followed(number, month, FOR_EVER) if per == "person_month" else 0
                people = {"person": new, "person_month": new + others}.get(per, 0) / scale
                each += amount * (year if per == "year" else people)
                continue
            contacts = item.contacts.value / item.contacts_months if item.contacts is not None else 0.0
            stays = item.stays_months or FOR_EVER
            if per == "year":
                committed += amount * year
            if per == "person_month":
                committed += amount * twin.followed(number, month, stays) / scale
            if per == "contact":
                committed += amount * contacts * twin.followed(number, month, item.contacts_months) / scale
            each += (
                amount * {"person": 1.0, "person_month": 1.0, "contact": contacts}.get(per, 0.0) * new / scale
            )
        return committed * new_part, each * new_part

    def close(self, month: int, found: Reached) -> None:
        """What is left is carried on while a limit holds something back, and what was overdrawn always."""
        for limit in self.limits:
            used = 0.0
            for key in (key for key in found if key in limit.interventions):
                number = next(n for n, item in enumerate(self.programmes.items) if item.key == key)
                committed, each = self.before[f"{limit.key}/{key}"]
                if isinstance(self.programmes.items[number], CohortProgramme):
                    _, each = self.takes(limit, key, month, len(found[key]))
                    used += committed + each
                else:
                    used += each * self.programmes.held[number]
            room = limit.per_year.value / 12 + self.carried[limit.key]
            left = room - used
            self.carried[limit.key] = left if self.share[limit.key] < 1.0 else min(0.0, left)
