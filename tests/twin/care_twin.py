"""The care network of the slow twin: flow twin, calendar of places, and what care did to residents."""

from __future__ import annotations

import datetime
import math
from collections import defaultdict
from typing import NamedTuple

from sim.kernels.flow_layout import TURNED_AWAY, UNLIMITED, Tables
from tests.twin.flow_twin import Arrival, FlowTwin, Person
from tests.twin.shared_tables import Shared

DAY = 1440.0
EMERGENCY_CARE = ("acute_beds", "sdec", "short_stay")
BED = "acute_beds"
SLOT_CARE = (
    "elective_first_outpatient", "elective_diagnostics", "elective_follow_up", "elective_admission_list",
)  # fmt: skip

Stage = tuple[float, ...]
"""person slot, person id, episode, kind, node, next, then minutes: join, start, service end, leave."""


class Outcomes(NamedTuple):
    """Rows of residents to whom something happened in a month, one for each time."""

    attended: list[int]
    discharged: list[int]
    delayed: list[int]
    care_home: list[int]
    admitted_from_ed: list[tuple[int, float]]
    left_area: list[tuple[int, int, int]]


class CareTwin:
    """The network at work.

    Args:
        shared: Tables.
    """

    def __init__(self, shared: Shared) -> None:
        self.shared = shared
        self.network = shared.network
        self.flow = FlowTwin(shared.flow, shared.key, shared.start_date.weekday())
        self.now = shared.opening
        self.arrivals: list[Arrival] = []
        self.removals: list[tuple[float, int, int]] = []
        self.changes: list[tuple[float, int, int]] = []
        self.two_places = 0  # how often a resident kept two
        self.outcomes_seen: set[str] = set()
        self.care = [str(node.kind_of_care) for node in shared.network.file.nodes.values()]

    # ------------------------------------------------------------------------------------ running
    def run(self, until: float) -> list[Stage]:
        """Run to a minute; what was announced for later stays announced. Returns finished stages."""
        self.flow.run(
            [arrival for arrival in self.arrivals if arrival.time < until],
            [change for change in self.changes if change[0] < until],
            [removal for removal in self.removals if removal[0] < until],
            until,
        )
        self.arrivals = [arrival for arrival in self.arrivals if arrival.time >= until]
        self.changes = [change for change in self.changes if change[0] >= until]
        self.removals = [removal for removal in self.removals if removal[0] >= until]
        self.now = until
        log, self.flow.log = self.flow.log, []
        return log

    def use(self, tables: Tables) -> None:
        """From now on these times, delays and routes are in force."""
        self.flow.tables = tables

    # ------------------------------------------------------------------------------------ places
    def close_lists(self) -> None:
        """Nobody is taken off a waiting list until places are next announced."""
        for node, care in enumerate(self.care if not self.shared.unlimited else []):
            if care in SLOT_CARE:
                self.changes.append((self.now, node, 0))

    def open_places(self, month: int, first: float, last: float) -> None:
        """Announce the places of a month, day by day, as its rules change them."""
        for node in range(len(self.care) if not self.shared.unlimited else 0):
            self.open_under_pressure(node, month)
            before, slots = None, 0.0
            found: list[tuple[float, int]] = []
            for day in range(math.floor(first / DAY), math.ceil(last / DAY)):
                for minute, places in self.places_of_day(node, day, month):
                    if places != before:
                        count = self.ruled(node, places, month)
                        if self.care[node] in SLOT_CARE and places:  # rounded over the month, not by the day
                            exact = self.exactly(node, places, month)
                            count = max(0, round(slots + exact) - round(slots))
                            slots += exact
                        found.append((day * DAY + minute, count))
                        before = places
            self.changes += [(time, node, count) for time, count in self.windowed(node, found, month, last)]

    def open_under_pressure(self, node: int, month: int) -> None:
        """How many places a node opens under pressure: its own and a scenario's."""
        rule = self.shared.rules.get(node)
        if rule is not None and rule.pressure is not None:
            own = int(self.shared.network.flow.nodes.escalation_places[node])
            self.flow.escalation_places[node] = own + round(
                rule.pressure[min(max(0, month + 1), len(rule.pressure) - 1)]
            )
            if self.flow.escalation_places[node] == 0:
                self.flow.nodes[node].escalated = False

    def windowed(
        self, node: int, own: list[tuple[float, int]], month: int, last: float
    ) -> list[tuple[float, int]]:
        """Places hour by hour, where a scenario has others at some hours of some days."""
        rule = self.shared.rules.get(node)
        if rule is None or not rule.windows:
            return own
        start, found = own[0][0], []
        hours = {start + 60.0 * hour for hour in range(round((last - start) / 60.0))}
        for time in sorted(hours | {time for time, _ in own}):
            exact = float([count for since, count in own if since <= time][-1])
            weekday = (self.shared.start_date + datetime.timedelta(days=math.floor(time / DAY))).weekday()
            for one in rule.windows:
                index = min(max(0, month + 1), len(one.factor) - 1)
                inside = one.hours[0] * 60 <= time % DAY < one.hours[1] * 60
                if inside and (not one.weekdays or weekday in one.weekdays) and exact < UNLIMITED:
                    exact = max(0.0, exact * one.factor[index] + one.added[index])
            if not found or round(exact) != found[-1][1]:
                found.append((time, round(exact)))
        return found

    def places_of_day(self, node: int, day: int, month: int) -> list[tuple[float, int]]:
        """Minutes of a day at which places may change, and how many are open from then on."""
        date = self.shared.start_date + datetime.timedelta(days=day)
        week = self.shared.changes.networks.at(month).schedules[node].week_on(date)
        monday = date.weekday() * DAY
        minutes = {minute - monday for minute in week.minutes if 0.0 <= minute - monday < DAY}
        return [(minute, week.at(monday + minute)) for minute in sorted({0.0} | minutes)]

    def ruled(self, node: int, places: int, month: int) -> int:
        """Places as growth and the scenario have them: whole ones, and none where none are open."""
        if self.shared.rules.get(node) is None or not 0 < places < UNLIMITED:
            return places
        return max(0, round(self.exactly(node, places, month)))

    def exactly(self, node: int, places: int, month: int) -> float:
        """Places before they are rounded."""
        rule = self.shared.rules[node]
        index = min(max(0, month + 1), len(rule.factor) - 1)
        return float(places * rule.factor[index] + rule.added[index])

    # ------------------------------------------------------------------------------------ residents
    def outcomes(self, stages: list[Stage]) -> Outcomes:
        """What finished stages of the acting copies do to residents; who was taken out is not counted."""
        home = {-1 - i for i, name in enumerate(self.network.exit_names) if name == "care_home"}
        out_of_area = -1 - self.network.exit_names.index("out_of_area")
        found = Outcomes([], [], [], [], [], [])
        came: dict[tuple[float, float], float] = {}
        for slot, _, episode, _, node, following, join, start, ready, leave in stages:
            completed = following >= -len(self.network.exit_names)
            if self.care[int(node)] == BED and not math.isnan(start) and following >= 0:
                if self.care[int(following)] == BED:
                    continue  # from bed to bed within one stay
            if slot < 0 or episode % 2 == 0 or not completed:
                continue
            row, care = int(slot), self.care[int(node)]
            if care == "ed":
                found.attended.append(row)
            if care == "ed" or care.startswith("ed_"):
                # stages of one episode follow each other, so the first that is seen came first
                came.setdefault((slot, episode), join)
                if following >= 0 and self.care[int(following)] in (BED, "admission"):
                    found.admitted_from_ed.append((row, leave - came[slot, episode]))
            if care in EMERGENCY_CARE:
                found.discharged.append(row)
                delay = (leave - ready) / DAY if care == "acute_beds" else 0.0
                found.delayed.extend([row] * self.steps(delay))
            if following == out_of_area:
                found.left_area.append((row, int(node), int(episode)))
            if following in home:
                found.care_home.append(row)
        self.outcomes_seen |= {name for name, rows in found._asdict().items() if rows}
        return found

    def steps(self, delayed_days: float) -> int:
        """Whole steps of delayed discharge in one stay, at most fifteen."""
        return min(15, math.floor(delayed_days / self.shared.national.scalar("delayed_days_per_step")))

    def stays_ended(self, stages: list[Stage]) -> list[int]:
        """Row of each person, copies too, whose stay in acute beds ended at home or in other care."""
        return [
            int(stage[0])
            for stage in stages
            if stage[0] >= 0  # people from elsewhere go home to other teams
            and self.care[int(stage[4])] == "acute_beds"
            and stage[5] > TURNED_AWAY
            and not math.isnan(stage[7])
            and not (stage[5] >= 0 and self.care[int(stage[5])] == "acute_beds")
        ]

    def whereabouts(self) -> dict[int, int]:
        """The node whose place each resident's acting episodes took last and keep now."""
        kept: dict[int, list[tuple[float, int]]] = defaultdict(list)
        for slot, episodes in self.flow.present.items():
            for person in episodes:
                if person.arrival.episode % 2 == 1:
                    kept[slot] += self.places_kept(person)
        self.two_places += sum(len(places) > 1 for places in kept.values())
        return {slot: max(places)[1] for slot, places in kept.items() if places}

    def places_kept(self, person: Person) -> list[tuple[float, int]]:
        """Since when somebody in the network keeps a place, and of which node."""
        kept = [(person.carried.start, person.carried.node)] if person.carried else []
        served = person.status == "served"
        after = person.stage_open and person.status != "waiting" and not self.flow.holds_upstream(person.node)
        return kept + [(person.start, person.node)] * (served or after)
