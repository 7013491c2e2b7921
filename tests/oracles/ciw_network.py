"""The same networks in Ciw, by its own nodes, queues, priorities and blocking.

Ciw differs from the rules here in one point, mended in a node class of ten lines: at a change of shift it
retires every server and brings a full new set, so that for a while more are at work than the calendar says;
here a place in use counts towards the new number and closes when it is vacated. It lets the blocked in by
the time of their blocking whatever their priority, so the networks for Ciw have none at nodes that block.
"""

from __future__ import annotations

from typing import Any

import ciw
import numpy as np

from tests.oracles.networks import HOUR, Person, Record, Stage, places_by_hour

CLASS_NAMES = ("p0", "p1")


class Place(ciw.Node):
    """A node whose places in use close when they are vacated."""

    def change_shift(self) -> None:
        """Keep the servers who are at work; send the idle home, or bring more."""
        self.schedule.get_next_shift()
        self.next_shift_change = self.schedule.next_shift_change_date
        self.c = self.schedule.c
        idle = [server for server in self.servers if not server.busy]
        for server in idle[: max(len(self.servers) - self.c, 0)]:
            server.shift_end = self.next_event_date
            self.kill_server(server)
        self.add_new_servers(max(self.c - len(self.servers), 0))
        self.begin_service_if_possible_change_shift()

    def detatch_server(self, server: Any, individual: Any) -> None:
        """Who comes free while there are too many goes home."""
        server.offduty = len(self.servers) > self.c
        server.shift_end = self.now
        super().detatch_server(server, individual)


class Scripted(ciw.dists.Distribution):
    """Each person's own service time at the node where they are."""

    def __init__(self, minutes: dict[tuple[int, int], float]) -> None:
        self.minutes = minutes

    def __deepcopy__(self, memo: Any) -> Scripted:
        return self

    def sample(self, t: Any = None, ind: Any = None) -> float:
        """Minutes of service."""
        return self.minutes[ind.id_number, ind.node]


def run_ciw(document: dict[str, Any], people: list[Person], until: float) -> Record:
    """Run people through a network up to a minute."""
    names = list(document["nodes"])
    number = {name: i + 1 for i, name in enumerate(names)}
    minutes = {(i + 1, number[n]): m for i, person in enumerate(people) for n, m in person.steps}
    ways = {i + 1: [number[n] for n, _ in person.steps] for i, person in enumerate(people)}

    def way(individual: Any) -> list[int]:
        return list(ways[individual.id_number])

    service = Scripted(minutes)
    nodes = [document["nodes"][name] for name in names]
    # Everybody is of the last class once they have left the first node: no priority after it.
    same = {a: {b: float(b == CLASS_NAMES[-1]) for b in CLASS_NAMES} for a in CLASS_NAMES}
    ciw_network = ciw.create_network(
        arrival_distributions={
            c: [_arrivals(people, p, n) for n in names] for p, c in enumerate(CLASS_NAMES)
        },
        service_distributions={c: [service] * len(names) for c in CLASS_NAMES},
        number_of_servers=[_servers(node) for node in nodes],
        queue_capacities=[_room(node) for node in nodes],
        priority_classes={c: p for p, c in enumerate(CLASS_NAMES)},
        class_change_matrices=[same] * len(names),
        routing=[way] * len(names),
    )
    simulation = ciw.Simulation(ciw_network, node_class=Place)
    simulation.simulate_until_max_time(until)
    record = Record([], [])
    for row in simulation.get_all_records():
        name = names[row.node - 1]
        if row.record_type == "rejection":
            record.turned_away.append((row.arrival_date, name))
        else:
            times = (row.arrival_date, row.service_start_date, row.service_end_date, row.exit_date)
            record.stages.append(Stage(row.id_number - 1, name, *times))
    return record


def _arrivals(people: list[Person], priority: int, node: str) -> Any:
    """Times between the arrivals of a priority at a node, none after the last."""
    times = [p.time for p in people if p.priority == priority and p.steps[0][0] == node]
    if not times:
        return None
    return ciw.dists.Sequential([*np.diff([0.0, *times]).tolist(), float("inf")])


def _servers(node: dict[str, Any]) -> Any:
    """A number, or a schedule by hours of the day, repeated."""
    hours = places_by_hour(node)
    if len(set(hours)) == 1:
        return hours[0]
    ends = [h for h in range(1, 25) if h == 24 or hours[h] != hours[h - 1]]
    return ciw.Schedule([(hours[end - 1], end * HOUR) for end in ends])


def _room(node: dict[str, Any]) -> float:
    """Waiting places: in these networks a node is entered from outside or from inside, never both."""
    limits = [node[key] for key in ("external_queue", "internal_queue") if key in node]
    return limits[0] if limits else float("inf")
