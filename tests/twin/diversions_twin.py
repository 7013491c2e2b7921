"""Diverting services of the slow twin: one episode at a time is known, claimed, taken, and may come back."""

from __future__ import annotations

import itertools
import math
from typing import TYPE_CHECKING

from sim.health.calendar import month_days, weekdays
from sim.interventions.specification import Diversion
from sim.kernels.randomness import stream_key
from tests.twin.flow_twin import Arrival
from tests.twin.resident_twin import REGISTERED, uniform, words

if TYPE_CHECKING:
    from tests.twin.month_twin import MonthTwin

DAY = 1440.0
NO_KEY = (0, 0)
DAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")


class DiversionsTwin:
    """The diverting services of one scenario.

    Args:
        model: The twin of the month.
    """

    def __init__(self, model: MonthTwin) -> None:
        self.model = model
        self.items = [one for one in model.shared.scenario.interventions if isinstance(one, Diversion)]
        self.share = {one.key: 0.0 for one in self.items}
        self.eligible: dict[str, set[int]] = {}
        self.returning: list[Arrival] = []
        self.taken: dict[str, int] = {}

    def open_month(self, month: int) -> None:
        """Find who is eligible, before the life course."""
        year, index = divmod(self.model.shared.calendar_start + month, 12)
        for item in self.items:
            in_force = item.share_in_force(f"{year:04d}-{index + 1:02d}")
            self.share[item.key] = in_force * (1.0 - item.already_delivered)
            self.eligible[item.key] = {
                one.row
                for one in self.model.residents
                if self.model.programmes.admits(item.eligible, one, month)
            }

    def divert(self, month: int, first: float, needs: list[tuple[str, Arrival]]) -> list[Arrival]:
        """Arrivals as the services leave them, from (name of the need, arrival)."""
        last = first + month_days(self.model.shared.calendar_start + month) * DAY
        found = self.come_back(first, last)
        room = {item.key: self.room(item, month, first) for item in self.items}
        for name, arrival in sorted(needs, key=lambda one: (one[1].time, one[1].person_id, one[1].episode)):
            day = int((arrival.time - first) // DAY)
            takes = next(
                (item for item, _ in self.claims(name, arrival, month, first) if room[item.key][day] > 0),
                None,
            )
            if takes is None:
                found.append(arrival)
                continue
            room[takes.key][day] -= 1
            self.taken[takes.key] = self.taken.get(takes.key, 0) + 1
            if takes.to != "home":
                node = self.model.shared.network.node(takes.to)
                code = words(NO_KEY, arrival.episode, stream_key(f"diversion/{takes.key}"), 0, 0)[0]
                episode = code - code % 2 + arrival.episode % 2
                found.append(arrival._replace(node=node, episode=episode))
            if self.draws(takes, arrival)[2] >= takes.substitutes.value:
                later = arrival.time + takes.returns_after_days.value * DAY
                self.returning.append(arrival._replace(time=later))
        return found + self.come_back(first, last)

    def claims(
        self, name: str, arrival: Arrival, month: int, first: float
    ) -> list[tuple[Diversion, tuple[int, float]]]:
        """Services that know of an episode, in their turn."""
        found = []
        for item in self.items:
            draws = self.draws(item, arrival)
            if (
                self.share[item.key] > 0.0
                and self.may_take(item, name, arrival, month, first)
                and draws[0] < item.found.value * self.share[item.key]
            ):
                found.append((item, (item.order, draws[1])))
        return sorted(found, key=lambda one: one[1])

    def may_take(self, item: Diversion, name: str, arrival: Arrival, month: int, first: float) -> bool:
        """Whether the need, the person, the hour and the priority are the service's."""
        answers = {
            name,
            *(use for need in self.model.needs.classes if need.key == name for use in need.answers),
        }
        minute = arrival.time - first
        weekday = weekdays(self.model.shared.calendar_start + month)[int(minute // DAY)]
        hour = minute % DAY / 60.0
        return (
            bool(answers & set(item.needs))
            and arrival.person_slot in self.eligible[item.key]
            and (not item.weekdays or DAYS[weekday] in item.weekdays)
            and (item.hours is None or item.hours[0] <= hour < item.hours[1])
            and (not item.priorities or arrival.priority in item.priorities)
        )

    def draws(self, item: Diversion, arrival: Arrival) -> list[float]:
        """Uniforms of person, episode and service: known of, turn, avoided."""
        stream = stream_key(f"diversion/{item.key}")
        code = words(self.model.shared.key, arrival.person_id, arrival.episode % 2**32, stream)
        return [uniform(word) for word in code]

    def room(self, item: Diversion, month: int, first: float) -> list[float]:
        """How many it can take on each day."""
        days = month_days(self.model.shared.calendar_start + month)
        if item.daily_capacity is None:
            return [math.inf] * days
        start = round(first / DAY)
        upto = [
            math.floor((start + day) * item.daily_capacity.value * self.share[item.key])
            for day in range(days + 1)
        ]
        return [float(after - before) for before, after in itertools.pairwise(upto)]

    def come_back(self, first: float, last: float) -> list[Arrival]:
        """Those who go on to the first place before the month's end, unless they are gone by then."""
        due = [one for one in self.returning if one.time < last]
        self.returning = [one for one in self.returning if one.time >= last]
        found = []
        for one in due:
            resident = self.model.residents[one.person_slot]
            was_here = resident.status == REGISTERED or resident.exit_hour < math.inf
            if was_here and one.time < first + resident.exit_hour * 60.0:
                found.append(one)
        return found
