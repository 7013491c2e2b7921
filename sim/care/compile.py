"""From a checked network file to the arrays of the flow kernel; every problem is noted, none raised."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path

import numpy as np

from sim.care import calendar as cal
from sim.care.conduct import Conduct, returns_to_held_place
from sim.care.durations import Durations
from sim.care.problems import Complaints
from sim.care.schema import WEEKDAYS, CalendarEntry, Initial, NetworkFile, Node, Places
from sim.care.streams import ArrivalStream, Streams
from sim.care.values import Values, list_kinds
from sim.care.ways_on import Edge, WaysOn, routing_rows
from sim.kernels.flow_layout import MAX_KINDS, UNLIMITED, FlowNetwork, NodeSpec, Tables
from sim.kernels.randomness import stream_key


class Compiler:
    """Compiles one file; `complaints` tells afterwards whether the result may be used."""

    def __init__(
        self,
        file: NetworkFile,
        parameters: Mapping[str, float],
        complaints: Complaints,
        folder: Path | None = None,
    ) -> None:
        self.file = file
        self.folder = folder or Path()
        self.complaints = complaints
        self.kinds = list_kinds(file.kinds)
        self.values = Values(parameters, file.kinds, complaints, file.definitions)
        self.nodes = {name: i for i, name in enumerate(file.nodes)}
        self.exits = {name: i for i, name in enumerate(file.exits)}
        targets = {**{name: -1 - i for name, i in self.exits.items()}, **self.nodes}
        self.durations = Durations(self.values, file.time_unit)
        self.ways_on = WaysOn(file, self.durations, targets)
        self.conduct = Conduct(file, self.durations, targets, self.kinds)
        if len(self.kinds) > MAX_KINDS:
            complaints.add("kinds", f"{len(self.kinds)} combinations", f"at most {MAX_KINDS}")
        for name in set(self.nodes) & set(self.exits):
            complaints.add("exits", name, "a name that is no node's")

    # ------------------------------------------------------------------------------------ places
    def week(self, places: Places, key: str) -> cal.Week:
        """Places through the week."""
        if not isinstance(places, list):
            return cal.constant(self._whole(places, key))
        entries = [
            (e.from_, e.to, self._weekdays(e), self._whole(e.places, f"{key}[{i}].places"))
            for i, e in enumerate(places)
        ]
        for i, entry in enumerate(places):
            if entry.from_ >= entry.to:
                self.complaints.add(f"{key}[{i}]", f"from {entry.from_} to {entry.to}", "from before to")
        return cal.weekly(entries) if entries else cal.constant(0)

    @staticmethod
    def _weekdays(entry: CalendarEntry) -> list[int] | None:
        return None if entry.weekdays is None else [WEEKDAYS.index(day) for day in entry.weekdays]

    def _whole(self, value: object, key: str) -> int:
        """A number of places or people, or UNLIMITED."""
        if value == "unlimited":
            return UNLIMITED
        return self.values.whole(value, key, self.kinds[0])

    def schedule(self, name: str, node: Node) -> cal.Schedule:
        """The node's weeks, in the order of their dates."""
        later = [
            (change.date, self.week(change.places, f"nodes.{name}.changes"))
            for change in sorted(node.changes, key=lambda change: change.date)
        ]
        if node.places is None or node.service is None:
            missing = "places" if node.places is None else "service"
            self.complaints.add(f"nodes.{name}.{missing}", "nothing", "places and service, or slots")
        return cal.Schedule(self.week(node.places or 0, f"nodes.{name}.places"), tuple(later))

    # ------------------------------------------------------------------------------------ together
    def arrivals(self) -> list[ArrivalStream]:
        """The Poisson streams of the file."""
        kinds = self.kinds
        return Streams(self.file, self.values, self.complaints, kinds, self.nodes, self.folder).compiled()

    def initial(self, schedules: Sequence[cal.Schedule]) -> dict[int, tuple[int, int]]:
        """People in service and waiting at each node when the clock starts, by the node's index."""
        found = {}
        for name, given in self.file.initial.items():
            key = f"initial.{name}"
            if name not in self.nodes:
                self.complaints.add(key, name, "a node", self.nodes)
                continue
            node = self.nodes[name]
            occupied, waiting = self._present(given, key)
            places = cal.places_at_start(schedules[node], self.file.start)
            if occupied > places:
                self.complaints.add(
                    f"{key}.occupied", occupied, f"at most the {places} places open at the start"
                )
            found[node] = (occupied, waiting)
        return found

    def _present(self, given: Initial, key: str) -> tuple[int, int]:
        kind = self.kinds[0]
        occupied = self.values.whole(given.occupied, f"{key}.occupied", kind)
        return occupied, self.values.whole(given.waiting, f"{key}.waiting", kind)

    def node_spec(self, schedules: Sequence[cal.Schedule], balk_rows: np.ndarray) -> NodeSpec:
        """The nodes' arrays; places are those of the first week's first instant."""
        nodes = self.file.nodes
        for name, node in nodes.items():
            if node.divert_to is not None and node.divert_to not in self.nodes:
                self.complaints.add(f"nodes.{name}.divert_to", node.divert_to, "a node", self.nodes)
        return NodeSpec(
            places=np.array([s.first.places[0] for s in schedules], dtype=np.int64),
            external_limit=self._limits("external_queue"),
            internal_limit=self._limits("internal_queue"),
            divert=np.array([self.nodes.get(n.divert_to or "", -1) for n in nodes.values()], dtype=np.int64),
            holds_upstream=np.array([n.holds_upstream for n in nodes.values()], dtype=np.bool_),
            stream=np.array(
                [stream_key(n.stream or f"node/{name}") for name, n in nodes.items()], dtype=np.uint32
            ),
            clock_to=self.conduct.clock_to(),
            worsened_priority=self.conduct.worsened_priority(),
            balk_rows=balk_rows,
            escalation_places=self.conduct.escalation()[0],
        )

    def _limits(self, field: str) -> np.ndarray:
        nodes = self.file.nodes.items()
        limits = [self._whole(getattr(node, field), f"nodes.{name}.{field}") for name, node in nodes]
        return np.array(limits, dtype=np.int64)

    def tables(self, balking: np.ndarray) -> Tables:
        """The kernel's tables."""
        shape = (len(self.nodes), len(self.kinds))
        service = np.zeros(shape, dtype=np.int64)
        priority = np.full(shape, -1, dtype=np.int64)
        week_slot, times = self.ways_on.week()
        route_row = np.zeros((*shape, len(times)), dtype=np.int64)
        rows: dict[tuple[Edge, ...], int] = {}
        for name, node in self.file.nodes.items():
            if name not in self.file.routes:
                self.complaints.add(f"routes.{name}", "nothing", "a way on from every node")
            asked = times if self.ways_on.changes_in_time(name) else times[:1]
            for k, kind in enumerate(self.kinds):
                at = (self.nodes[name], k)
                if node.service is not None:
                    service[at] = self.durations.row(node.service, f"nodes.{name}.service", kind)
                if node.priority is not None:
                    priority[at] = self.values.priority(node.priority, f"nodes.{name}.priority", kind)
                for slot, when in enumerate(asked):
                    edges = self.ways_on.edges(name, {**kind, **when} if len(asked) > 1 else kind)
                    route_row[*at, slot] = rows.setdefault(edges, len(rows))
                route_row[*at, len(asked) :] = route_row[*at, 0]
        for name in self.file.routes:
            if name not in self.nodes:
                self.complaints.add(f"routes.{name}", name, "a node", self.nodes)
        route_start, route_cumulative, edge = routing_rows(rows)
        return Tables(
            service=service,
            service_scale=np.ones(shape),
            priority=priority,
            route_row=route_row,
            week_slot=week_slot,
            route_start=route_start,
            route_cumulative=route_cumulative,
            edge=edge,
            clocks=self.conduct.clocks(),
            uses=self.conduct.uses(),
            balking=balking,
            escalation=self.conduct.escalation()[1],
            distribution=np.array(self.durations.natives),
            points=np.array(self.durations.points or [(0.0, 0.0)]),
        )

    def network(self, schedules: Sequence[cal.Schedule]) -> FlowNetwork:
        """Everything that the kernel needs."""
        balking, balk_rows = self.conduct.balking()
        tables = self.tables(balking)
        spec = self.node_spec(schedules, balk_rows)
        network = FlowNetwork(tuple(self.nodes), tuple(self.exits), len(self.kinds), spec, tables)
        if not self.complaints.problems:
            self._check_uses(network, schedules)
        return network

    def _check_uses(self, network: FlowNetwork, schedules: Sequence[cal.Schedule]) -> None:
        """Who uses several places must fit into the node, and must not come back to a place still held."""
        rings = returns_to_held_place(network)
        for name, node in self.nodes.items():
            first = network.tables.uses[node, :, 0].max()
            most = max(max(week.places) for week in schedules[node].weeks)
            if first > max(most, 1):
                self.complaints.add(
                    f"nodes.{name}.uses", int(first), f"at most the {most} places of the node"
                )
            if first > 1 and rings[node]:
                self.complaints.add(
                    f"nodes.{name}.uses", "a ring of routes", "no way back while the place is kept"
                )
