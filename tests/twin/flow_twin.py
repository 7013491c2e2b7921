"""The flow kernel's slow twin: the same rules in plain Python, one event at a time, written to be read.

It shares with the kernel only the compiled tables of the network, the random function and the inverse
distribution functions. Run on the same input it must log the same stages, in the same order, to the bit.

The rules
    1. Events at one instant: changes of places, removals, ends of service and delays as scheduled, arrivals.
    2. After service a person holds the place of the node where they are; after a node that `holds_upstream`,
       the place that they brought with them, if any, and the node's own place comes free at once.
    3. A person who wants a node gets a place when one is free and nobody is before them; else joins the queue
       while those in it from other nodes are fewer than `internal_queue`; else is blocked where they are.
    4. After each event every touched node is looked at, first touched first: while it has a free place it
       takes the most urgent of the waiting and the blocked (priority, then who asked first); then, while the
       queue has room for people from other nodes, the blocked join it and keep their turn.
    5. Somebody who waits has up to three clocks from joining the queue: they renege, worsen (become more
       urgent, behind those who are so already, or go elsewhere) or die. Somebody blocked has one: they go
       elsewhere.
    6. A person may use several places, in equal steps fewer over the service; nobody overtakes a person who
       needs more places than are free. Escalation places open when those here or wishing to be here exceed a
       multiple of the places, and close at or below another.
    7. Who must go back to the node whose place they hold keeps that place and is served again, unless it is
       the node where they are and its queue has room: then they leave and join the queue.
"""

from __future__ import annotations

import heapq
import math
from collections import deque
from dataclasses import dataclass, field
from typing import NamedTuple

import numpy as np

from sim.kernels.distributions import MIXTURE, quantile
from sim.kernels.flow_draws import ARRIVAL_OCCASION, BLOCKED_OCCASION, WAITING_OCCASION
from sim.kernels.flow_layout import BALKED, DIVERTED, NOWHERE, REMOVED, TURNED_AWAY, FlowNetwork
from sim.kernels.randomness import philox4x32, uniform32, uniform53

NOT_REACHED = math.nan
RENEGES, WORSENS, DIES, OVERFLOWS = range(4)


class Arrival(NamedTuple):
    """Somebody arrives from outside."""

    time: float
    node: int
    kind: int
    priority: int
    person_slot: int
    person_id: int
    episode: int


class Place(NamedTuple):
    """A held place with the times of the stage at which it was taken."""

    node: int
    join: float
    start: float
    end: float
    following: int
    units: int = 1


@dataclass(eq=False)
class Person:
    """One episode of one person on its way through the network."""

    arrival: Arrival
    node: int = -1
    status: str = "outside"  # waiting, served, delayed, blocked
    from_inside: bool = False
    join: float = NOT_REACHED
    start: float = NOT_REACHED
    end: float = NOT_REACHED
    stage_open: bool = False  # the present stage has not been logged yet
    carried: Place | None = None  # a place further up that is still held
    target: int = 0
    route_word: int = 0
    delay_word: int = 0
    asked: tuple[int, int] = (0, 0)  # priority and order in the list where they stand
    visits: dict[int, int] = field(default_factory=dict)
    event: int = -1
    units: int = 1  # places used where they are served
    priority: int = 0
    clocks: list[float] = field(default_factory=list)


@dataclass
class CareNode:
    """One node with its places, its queue and those blocked on the way to it."""

    index: int
    places: int
    occupied: int = 0
    escalated: bool = False
    queue: list[Person] = field(default_factory=list)
    blocked: list[Person] = field(default_factory=list)

    def from_inside(self) -> int:
        """How many in the queue came from other nodes."""
        return sum(person.from_inside for person in self.queue)


class FlowTwin:
    """The network and everybody in it."""

    def __init__(self, network: FlowNetwork, key: tuple[int, int], weekday: int = 0) -> None:
        self.weekday = weekday
        self.network = network
        self.escalation_places = [int(places) for places in network.nodes.escalation_places]
        self.tables = network.tables
        self.key = [np.uint32(word) for word in key]
        self.nodes = [CareNode(i, int(p)) for i, p in enumerate(network.nodes.places)]
        self.calendar: list[tuple[float, int, Person]] = []
        self.scheduled = 0
        self.asked = 0
        self.to_look_at: deque[CareNode] = deque()
        self.present: dict[int, list[Person]] = {}
        self.log: list[tuple[float, ...]] = []

    # ------------------------------------------------------------------------------------ the event loop
    def run(
        self,
        arrivals: list[Arrival],
        place_changes: list[tuple[float, int, int]],
        removals: list[tuple[float, int, int]],
        until: float,
    ) -> None:
        """Run everything that happens before `until`."""
        outside = deque(sorted(arrivals, key=lambda a: (a.time, a.person_id, a.episode, a.node)))
        changes = deque(sorted(place_changes, key=lambda change: change[0]))
        leaving = deque(sorted(removals, key=lambda removal: removal[:2]))
        while True:
            times = (
                changes[0][0] if changes else math.inf,
                leaving[0][0] if leaving else math.inf,
                self.calendar[0][0] if self.calendar else math.inf,
                outside[0].time if outside else math.inf,
            )
            now = min(times)
            if now >= until:
                return
            stream = times.index(now)
            if stream == 0:
                _, node, places = changes.popleft()
                self.nodes[node].places = places
                self.touch(self.nodes[node])
            elif stream == 1:
                slot, reason = leaving[0][1:]
                if self.present.get(slot):
                    self.remove(self.present[slot][-1], now, reason)  # the latest to arrive goes first
                else:
                    leaving.popleft()
            elif stream == 2:
                _, number, person = heapq.heappop(self.calendar)
                if person.event == number:
                    self.happen(person, now)
            else:
                self.arrive(outside.popleft(), now)
            self.look_round(now)

    def happen(self, person: Person, now: float) -> None:
        """A service or a delay ends, a place is no longer needed, or a clock rings."""
        person.event = -1
        if person.status == "waiting":
            self.ring(person, now)
        elif person.status == "blocked":
            self.overflow(person, now)
        elif person.status == "served" and now < person.end:
            self.need_less(person)
        elif person.status == "delayed" or self.finish_service(person, now):
            self.ask(person, now)

    def ring(self, person: Person, now: float) -> None:
        """The first clock of somebody who waits."""
        node = self.nodes[person.node]
        which = person.clocks.index(min(person.clocks))
        target = int(self.network.nodes.clock_to[node.index, which])
        if which == WORSENS and target == NOWHERE:
            person.clocks[which] = math.inf
            urgent = int(self.network.nodes.worsened_priority[node.index])
            person.priority = min(person.priority, urgent)
            if urgent < person.asked[0]:
                self.asked += 1
                person.asked = (urgent, self.asked)
                self.touch(node)
            self.schedule_first_clock(person)
            return
        node.queue.remove(person)
        self.touch(node)
        self.close_stage(person, now, target)
        person.target = target
        if target < 0:
            self.drop_carried(person, now)
            self.forget(person)
        else:
            self.ask(person, now)

    def overflow(self, person: Person, now: float) -> None:
        """Blocked for too long: the substitute is asked."""
        full = self.nodes[person.target]
        full.blocked.remove(person)
        self.touch(full)
        person.target = int(self.network.nodes.clock_to[full.index, OVERFLOWS])
        self.ask(person, now)

    def need_less(self, person: Person) -> None:
        """One place less from now on."""
        self.free_places(person.node, 1)
        person.units -= 1
        self.schedule(person, self.next_fall(person))

    def look_round(self, now: float) -> None:
        """Look at every touched node until nobody moves."""
        while self.to_look_at:
            self.fill(self.to_look_at.popleft(), now)

    def touch(self, node: CareNode) -> None:
        """Remember to look at the node after this event."""
        if node not in self.to_look_at:
            self.to_look_at.append(node)

    # ------------------------------------------------------------------------------------ entering
    def arrive(self, arrival: Arrival, now: float) -> None:
        """From outside: join, be diverted, or be turned away."""
        person = Person(arrival, priority=arrival.priority)
        node = self.nodes[arrival.node]
        while True:
            outsiders = len(node.queue) - node.from_inside()
            has_place = self.has_place(node, person)
            if not has_place and self.balks(person, node):
                self.write(person, Place(node.index, now, NOT_REACHED, NOT_REACHED, BALKED), now)
                return
            if has_place or outsiders < self.network.nodes.external_limit[node.index]:
                if arrival.person_slot >= 0:
                    self.present.setdefault(arrival.person_slot, []).append(person)
                if has_place:
                    self.begin(person, node, now, from_inside=False)
                    self.touch_if_escalating(node)
                else:
                    self.join(person, node, now, from_inside=False)
                return
            divert = int(self.network.nodes.divert[node.index])
            if divert < 0:
                self.write(person, Place(node.index, now, NOT_REACHED, NOT_REACHED, TURNED_AWAY), now)
                return
            self.write(person, Place(node.index, now, NOT_REACHED, NOT_REACHED, DIVERTED - divert), now)
            node = self.nodes[divert]

    def has_place(self, node: CareNode, person: Person) -> bool:
        """Whether a newcomer gets a place at once: enough are free and nobody is before them."""
        return self.fits(node, person) and not node.queue and not node.blocked

    def open_places(self, node: CareNode) -> int:
        """Places open now, those of an escalation included."""
        return node.places + (self.escalation_places[node.index] if node.escalated else 0)

    def fits(self, node: CareNode, person: Person) -> bool:
        """Whether as many places are free as the person needs at first."""
        needed = int(self.tables.uses[node.index, person.arrival.kind, 0])
        return node.occupied + needed <= self.open_places(node)

    def balks(self, person: Person, node: CareNode) -> bool:
        """Whether somebody from outside turns round at the sight of the queue."""
        first, last = self.network.nodes.balk_rows[node.index]
        chances = [chance for queue, chance in self.tables.balking[first:last] if len(node.queue) >= queue]
        if not chances or chances[-1] == 0.0:
            return False
        word = self.words(person, node.index, ARRIVAL_OCCASION)[0]
        return bool(uniform32(np.uint32(word)) < chances[-1])

    def ask(self, person: Person, now: float) -> None:
        """After service and delay: leave, enter the next node, or be blocked."""
        if person.target < 0:
            self.leave(person, now, person.target)
            self.forget(person)
            return
        node = self.nodes[person.target]
        room = node.from_inside() < self.network.nodes.internal_limit[node.index]
        if self.place_held(person) == node.index and not (person.node == node.index and room):
            self.leave(person, now, node.index)
            self.begin(person, node, now, from_inside=True)
        elif self.has_place(node, person):
            self.move_on(person, node, now)
            self.begin(person, node, now, from_inside=True)
            self.touch_if_escalating(node)
        elif room:
            self.move_on(person, node, now)
            self.join(person, node, now, from_inside=True)
        else:
            person.status = "blocked"
            person.asked = self.next_turn(person, node)
            node.blocked.append(person)
            row = int(self.tables.clocks[node.index, person.arrival.kind, OVERFLOWS])
            if row >= 0:
                word = self.words(person, node.index, person.visits.get(node.index, 0) + BLOCKED_OCCASION)[0]
                self.schedule(person, now + self.draw(row, uniform32(np.uint32(word))))
            self.touch_if_escalating(node)

    def move_on(self, person: Person, node: CareNode, now: float) -> None:
        """Give back the place held so far, or carry it along to a node that holds upstream."""
        if self.holds_upstream(node.index):
            self.carry(person, now, node.index)
        else:
            self.leave(person, now, node.index)

    def touch_if_escalating(self, node: CareNode) -> None:
        """One more at a node that escalates: its places may have to open."""
        if self.escalation_places[node.index]:
            self.touch(node)

    def come_to(self, person: Person, node: CareNode, now: float, from_inside: bool) -> int:
        """Begin a stage at a node; return the number of the visit."""
        person.node, person.from_inside = node.index, from_inside
        person.join, person.start, person.end, person.stage_open = now, NOT_REACHED, NOT_REACHED, True
        visit = person.visits.get(node.index, 0)
        person.visits[node.index] = visit + 1
        return visit

    def begin(self, person: Person, node: CareNode, now: float, from_inside: bool) -> None:
        """Be served at once, without standing in the queue."""
        self.come_to(person, node, now, from_inside)
        self.start_service(person, node, now)

    def join(self, person: Person, node: CareNode, now: float, from_inside: bool) -> None:
        """Stand in the node's queue."""
        visit = self.come_to(person, node, now, from_inside)
        person.status = "waiting"
        person.asked = self.next_turn(person, node)
        node.queue.append(person)
        rows = self.tables.clocks[node.index, person.arrival.kind, :OVERFLOWS]
        words = self.words(person, node.index, visit + WAITING_OCCASION)
        person.clocks = [
            now + self.draw(int(row), uniform32(np.uint32(word))) if row >= 0 else math.inf
            for row, word in zip(rows, words, strict=False)
        ]
        self.schedule_first_clock(person)
        self.touch(node)

    def schedule_first_clock(self, person: Person) -> None:
        """Put the earliest clock of a wait on the calendar."""
        if min(person.clocks) < math.inf:
            self.schedule(person, min(person.clocks))

    def next_turn(self, person: Person, node: CareNode) -> tuple[int, int]:
        """Priority at the node, and a number that rises with every request in the network."""
        own = int(self.tables.priority[node.index, person.arrival.kind])
        self.asked += 1
        return (own if own >= 0 else person.priority), self.asked

    def fill(self, node: CareNode, now: float) -> None:
        """Take whom the node can take."""
        self.escalate(node)
        while node.queue or node.blocked:
            person = min(node.queue + node.blocked, key=lambda p: p.asked)
            if not self.fits(node, person):
                break
            if person.status == "blocked":
                self.unblock(person, node)
                self.move_on(person, node, now)
                self.begin(person, node, now, from_inside=True)
            else:
                node.queue.remove(person)
                self.start_service(person, node, now)
        while node.blocked and node.from_inside() < self.network.nodes.internal_limit[node.index]:
            person = min(node.blocked, key=lambda p: p.asked)
            asked = person.asked
            self.unblock(person, node)
            self.move_on(person, node, now)
            self.join(person, node, now, from_inside=True)
            person.asked = asked  # the turn of who was blocked is that of the first request

    def unblock(self, person: Person, node: CareNode) -> None:
        """No longer blocked: their patience no longer matters."""
        node.blocked.remove(person)
        person.event = -1

    def escalate(self, node: CareNode) -> None:
        """Open or close the escalation places."""
        if not self.escalation_places[node.index]:
            return
        above, below = self.tables.escalation[node.index]
        present = node.occupied + len(node.queue) + len(node.blocked)
        if not node.escalated:
            node.escalated = bool(node.places > 0 and present > above * node.places)
        elif node.places == 0 or present <= below * node.places:
            node.escalated = False

    # ------------------------------------------------------------------------------------ service
    def start_service(self, person: Person, node: CareNode, now: float) -> None:
        """Take a place and draw the service time, the route and the delay from one keyed counter."""
        person.event = -1
        words = self.words(person, node.index, person.visits[node.index] - 1)
        person.route_word, person.delay_word = words[2], words[3]
        row = self.tables.service[node.index, person.arrival.kind]
        scale = self.tables.service_scale[node.index, person.arrival.kind]
        person.status, person.start = "served", now
        person.end = now + self.draw(row, uniform53(words[0], words[1])) * scale
        person.units = int(self.tables.uses[node.index, person.arrival.kind, 0])
        node.occupied += person.units
        self.schedule(person, self.next_fall(person))

    def next_fall(self, person: Person) -> float:
        """When the person needs a place less, or is served."""
        first, last = (int(x) for x in self.tables.uses[person.node, person.arrival.kind])
        if person.units <= last:
            return person.end
        return person.start + (person.end - person.start) * (first - person.units + 1) / (first - last + 1)

    def words(self, person: Person, node: int, occasion: int) -> tuple[int, int, int, int]:
        """The four random words of a person at a node on one occasion."""
        found = philox4x32(
            np.uint32(person.arrival.person_id),
            np.uint32(person.arrival.episode),
            np.uint32(self.network.nodes.stream[node]),
            np.uint32(occasion),
            *self.key,
        )
        return tuple(int(word) for word in found)  # type: ignore[return-value]

    def draw(self, row: int, u: float) -> float:
        """Value of a declared distribution at a uniform; a mixture's part is chosen first."""
        family, a, b, c, low, span = self.tables.distribution[row]
        if int(family) == MIXTURE:
            parts = self.tables.points[int(a) : int(a) + int(b)]
            before = 0.0
            for end, part in parts:
                if u < end:
                    return self.draw(int(part), (u - before) / (end - before))
                before = end
        return float(quantile(int(family), a, b, c, low + u * span, self.tables.points))

    def schedule(self, person: Person, time: float) -> None:
        """Put the person's next event on the calendar."""
        person.event = self.scheduled
        heapq.heappush(self.calendar, (time, self.scheduled, person))
        self.scheduled += 1

    def finish_service(self, person: Person, now: float) -> bool:
        """Choose the route; return whether the person may ask for the next node at once."""
        hour = (math.floor(now / 60.0) + 24 * self.weekday) % 168
        row = int(self.tables.route_row[person.node, person.arrival.kind, self.tables.week_slot[hour]])
        edge = int(self.tables.route_start[row])
        u = uniform32(np.uint32(person.route_word))
        while self.tables.route_cumulative[edge] <= u:
            edge += 1
        target, delay, holds_place = (int(x) for x in self.tables.edge[edge])
        person.target = target
        if self.holds_upstream(person.node):
            self.free_places(person.node, person.units)
        if delay < 0:
            return True
        person.status = "delayed"
        if not holds_place:
            self.leave(person, now, target)
        self.schedule(person, now + self.draw(delay, uniform32(np.uint32(person.delay_word))))
        return False

    # ------------------------------------------------------------------------------------ leaving
    def holds_upstream(self, node: int) -> bool:
        """Whether people at the node keep the place they came from."""
        return bool(self.network.nodes.holds_upstream[node])

    def place_held(self, person: Person) -> int:
        """The node whose place the person holds after service, or -1."""
        if person.stage_open and not self.holds_upstream(person.node):
            return person.node
        return person.carried.node if person.carried else -1

    def free_places(self, node: int, units: int) -> None:
        """Places come free."""
        self.nodes[node].occupied -= units
        self.touch(self.nodes[node])

    def stage(self, person: Person, following: int) -> Place:
        """The person's present stage."""
        return Place(person.node, person.join, person.start, person.end, following, person.units)

    def close_stage(self, person: Person, now: float, following: int) -> None:
        """Log the present stage, once."""
        if person.stage_open:
            person.stage_open = False
            self.write(person, self.stage(person, following), now)

    def drop_carried(self, person: Person, now: float) -> None:
        """Give back the place further up, and log its stage."""
        if person.carried:
            self.free_places(person.carried.node, person.carried.units)
            self.write(person, person.carried, now)
            person.carried = None

    def leave(self, person: Person, now: float, following: int) -> None:
        """After service: give back every place."""
        if person.stage_open and not self.holds_upstream(person.node):
            self.free_places(person.node, person.units)
        self.close_stage(person, now, following)
        self.drop_carried(person, now)

    def carry(self, person: Person, now: float, following: int) -> None:
        """Go to a node that holds upstream: the place comes along."""
        if not person.stage_open:
            return
        if self.holds_upstream(person.node):
            self.close_stage(person, now, following)
        else:
            person.carried = self.stage(person, following)
            person.stage_open = False

    def remove(self, person: Person, now: float, reason: int) -> None:
        """Death or departure, wherever the person is."""
        following = REMOVED - reason
        if person.status == "waiting":
            self.nodes[person.node].queue.remove(person)
            self.touch(self.nodes[person.node])
            self.close_stage(person, now, following)
            self.drop_carried(person, now)
        elif person.status == "served":
            person.end = NOT_REACHED
            self.free_places(person.node, person.units)
            self.close_stage(person, now, following)
            self.drop_carried(person, now)
        else:
            if person.status == "blocked":
                self.nodes[person.target].blocked.remove(person)
                person.event = -1
            self.leave(person, now, following)
        self.forget(person)

    def forget(self, person: Person) -> None:
        """The person is outside again."""
        person.event = -1
        if person.arrival.person_slot >= 0:
            self.present[person.arrival.person_slot].remove(person)

    def write(self, person: Person, stage: Place, leave: float) -> None:
        """Log one finished stage, in the order of the columns of `Stages`."""
        a = person.arrival
        who = (a.person_slot, a.person_id, a.episode, a.kind)
        self.log.append((*who, stage.node, stage.following, stage.join, stage.start, stage.end, leave))
