"""The rules of `docs/explanation/care_network.md` in SimPy, written from the page and not from the code.

Each person is a process, each node keeps its own list of those who wait and those who are blocked on the way
to it. Only what the networks here need: calendars, priorities, both queues' limits, blocking after service.
"""

from __future__ import annotations

from collections.abc import Generator
from dataclasses import dataclass
from typing import Any

import simpy

from tests.oracles.networks import HOUR, Person, Record, Stage, places_by_hour, priority_at


@dataclass(eq=False)
class Request:
    """Somebody who wants a place: in the queue, or still blocked at the node before."""

    turn: tuple[int, int]
    inside: bool
    blocked: bool
    entered: simpy.Event
    started: simpy.Event


class Unit:
    """One node."""

    def __init__(self, system: System, node: dict[str, Any]) -> None:
        self.system = system
        self.open = 0
        self.occupied = 0
        self.room_outside = _limit(node.get("external_queue"))
        self.room_inside = _limit(node.get("internal_queue"))
        self.requests: list[Request] = []
        self.calendar = places_by_hour(node)

    def waiting(self, inside: bool) -> int:
        """People in the queue from inside the network, or from outside."""
        return sum(not r.blocked and r.inside == inside for r in self.requests)

    def would_take_at_once(self) -> bool:
        """Whether a place is free and nobody is before a newcomer."""
        return self.occupied < self.open and not self.requests

    def request(self, priority: int, inside: bool) -> Request | None:
        """Ask for a place; None when turned away."""
        room = self.room_inside if inside else self.room_outside
        fits = self.would_take_at_once() or self.waiting(inside) < room
        if not fits and not inside:
            return None
        env = self.system.env
        self.system.asked += 1
        asked = Request((priority, self.system.asked), inside, not fits, env.event(), env.event())
        self.requests.append(asked)
        if fits:
            asked.entered.succeed()
        self.look_round()
        return asked

    def look_round(self) -> None:
        """Take whom the node can take, then let the blocked into the queue while it has room."""
        while self.occupied < self.open and self.requests:
            first = min(self.requests, key=lambda r: r.turn)
            self.requests.remove(first)
            self.occupied += 1
            if first.blocked:
                first.entered.succeed()
            first.started.succeed()
        blocked = sorted((r for r in self.requests if r.blocked), key=lambda r: r.turn)
        for request in blocked:
            if self.waiting(inside=True) >= self.room_inside:
                break
            request.blocked = False  # and keeps their turn: "among equals, who asked first"
            request.entered.succeed()

    def leave(self) -> None:
        """A place comes free."""
        self.occupied -= 1
        self.look_round()

    def follow_calendar(self) -> Generator[Any, Any, None]:
        """Change the places at every hour; a place in use closes when it is vacated."""
        hour = 0
        while True:
            self.open = self.calendar[hour % 24]
            self.look_round()
            yield self.system.env.timeout(HOUR)
            hour += 1


class System:
    """The network with everybody in it."""

    def __init__(self, document: dict[str, Any], people: list[Person]) -> None:
        self.env = simpy.Environment()
        self.nodes = document["nodes"]
        self.asked = 0
        self.units = {name: Unit(self, node) for name, node in self.nodes.items()}
        self.record = Record([], [])
        for unit in self.units.values():
            self.env.process(unit.follow_calendar())
        self.env.process(self.arrivals(people))

    def arrivals(self, people: list[Person]) -> Generator[Any, Any, None]:
        """Everybody comes at their minute."""
        for number, person in enumerate(people):
            yield self.env.timeout(max(person.time - self.env.now, 0.0))
            self.env.process(self.way(number, person))

    def way(self, number: int, person: Person) -> Generator[Any, Any, None]:
        """One person's way from the door to home."""
        env = self.env
        before: tuple[Unit, Stage] | None = None
        for name, minutes in person.steps:
            unit = self.units[name]
            request = unit.request(priority_at(self.nodes[name], person), inside=before is not None)
            if request is None:
                self.record.turned_away.append((env.now, name))
                return
            yield request.entered
            join = env.now
            if before:
                self.close(*before)
            yield request.started
            start = env.now
            yield env.timeout(minutes)
            before = unit, Stage(number, name, join, start, env.now, env.now)
        if before:
            self.close(*before)

    def close(self, unit: Unit, stage: Stage) -> None:
        """Write the stage down and give the place back."""
        self.record.stages.append(stage._replace(leave=self.env.now))
        unit.leave()


def _limit(value: Any) -> float:
    return float("inf") if value in (None, "unlimited") else float(value)


def run_simpy(document: dict[str, Any], people: list[Person], until: float) -> Record:
    """Run people through a network up to a minute."""
    system = System(document, people)
    system.env.run(until=until)
    return system.record
