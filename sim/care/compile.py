"""From a checked network file to the arrays of the flow kernel; every problem is noted, none raised."""

from __future__ import annotations

import csv
import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from sim.care import calendar as cal
from sim.care.problems import Complaints
from sim.care.schema import (
    MINUTES_PER,
    WEEKDAYS,
    Arrivals,
    CalendarEntry,
    Distribution,
    DistributionBy,
    NetworkFile,
    Node,
    Places,
    ProfileTable,
    Route,
    Value,
)
from sim.care.values import Kind, Values, list_kinds
from sim.kernels import distribution_parameters as dp
from sim.kernels import distributions as d
from sim.kernels.flow_layout import MAX_KINDS, PRIORITIES, UNLIMITED, FlowNetwork, NodeSpec, Tables
from sim.kernels.randomness import stream_key

ROUNDING = 1e-6  # how far the probabilities of a node's routes may be from 1


_SUMMARIES = (
    "mean", "sd", "median", "p90", "mu", "sigma", "low", "mode", "high", "shape", "scale", "value",
)  # fmt: skip


@dataclass(frozen=True)
class ArrivalStream:
    """One Poisson stream from outside.

    `rates` holds the rate per minute in each hour of the week (168 values, Monday's first hour first);
    `weights` the shares of the kinds; `priority` holds cumulative shares of priorities 0 to 7 by kind.
    """

    node: int
    rates: np.ndarray
    weights: np.ndarray
    priority: np.ndarray


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
        self.distributions: dict[dp.Native, int] = {}
        self.points: list[tuple[float, float]] = []
        self._point_rows: dict[tuple[tuple[float, float], ...], int] = {}
        if len(self.kinds) > MAX_KINDS:
            complaints.add("kinds", f"{len(self.kinds)} combinations", f"at most {MAX_KINDS}")
        for name in set(self.nodes) & set(self.exits):
            complaints.add("exits", name, "a name that is no node's")

    # ------------------------------------------------------------------------------------ numbers
    def whole(self, value: object, key: str) -> int:
        """A number of places or people: whole and not negative, or `unlimited`."""
        if value == "unlimited":
            return UNLIMITED
        number = self.values.number(value, key, self.kinds[0])  # type: ignore[arg-type]
        if math.isnan(number):
            return 0
        if number < 0 or number != round(number):
            self.values.complain(key, number, "a whole number, 0 or more, or unlimited")
            return 0
        return round(number)

    def native(self, spec: Distribution, key: str, kind: Kind) -> int:
        """Row of a distribution in minutes for one kind; 0 after a complaint."""
        unit = MINUTES_PER[spec.unit or self.file.time_unit]
        if spec.distribution == "empirical":
            return self._empirical(spec, key, unit)
        accepted = dp.ACCEPTED.get(spec.distribution)
        if accepted is None:
            names = [*dp.ACCEPTED, "empirical"]
            allowed = "one of " + ", ".join(names)
            self.values.complain(f"{key}.distribution", spec.distribution, allowed, names)
            return 0
        given = {n: getattr(spec, n) for n in _SUMMARIES if getattr(spec, n) is not None}
        chosen = next((names for names in accepted if set(names) == set(given)), None)
        if chosen is None:
            ways = " or ".join(" and ".join(names) for names in accepted)
            self.values.complain(key, ", ".join(given) or "no parameters", f"{spec.distribution} by {ways}")
            return 0
        numbers = [self.values.number(given[name], f"{key}.{name}", kind) for name in chosen]
        limits = [
            None if v is None else self.values.number(v, key, kind) for v in (spec.minimum, spec.maximum)
        ]
        if any(math.isnan(n) for n in numbers):
            return 0
        try:
            native = accepted[chosen](*numbers)
            if limits != [None, None]:
                native = dp.truncated(native, *limits)
        except ValueError as error:
            self.values.complain(key, ", ".join(map(repr, numbers)), str(error))
            return 0
        return self._row(dp.scaled(native, unit))

    def _empirical(self, spec: Distribution, key: str, unit: float) -> int:
        points = tuple((float(p), float(v) * unit) for p, v in spec.quantiles or ())
        try:
            dp.check_quantiles(points)
        except ValueError as error:
            self.values.complain(f"{key}.quantiles", list(points), str(error))
            return 0
        if points not in self._point_rows:
            self._point_rows[points] = len(self.points)
            self.points.extend(points)
        return self._row(dp.Native(d.EMPIRICAL, float(self._point_rows[points]), float(len(points))))

    def _row(self, native: dp.Native) -> int:
        return self.distributions.setdefault(native, len(self.distributions))

    def any_distribution(self, spec: object, key: str, kind: Kind) -> int:
        """Row of a service time or delay, however it is written; a bare value is a fixed time."""
        if isinstance(spec, Distribution):
            return self.native(spec, key, kind)
        if isinstance(spec, DistributionBy):
            by_level = {str(level): item for level, item in spec.values.items()}
            chosen = self.values.choose(spec.by, by_level, spec.default, key, kind)
            return 0 if chosen is None else self.native(chosen, key, kind)
        return self.native(Distribution(distribution="deterministic", value=spec), key, kind)

    # ------------------------------------------------------------------------------------ places
    def week(self, places: Places, key: str) -> cal.Week:
        """Places through the week."""
        if not isinstance(places, list):
            return cal.constant(self.whole(places, key))
        entries = [
            (e.from_, e.to, self._weekdays(e), self.whole(e.places, f"{key}[{i}].places"))
            for i, e in enumerate(places)
        ]
        for i, entry in enumerate(places):
            if entry.from_ >= entry.to:
                self.complaints.add(f"{key}[{i}]", f"from {entry.from_} to {entry.to}", "from before to")
        return cal.weekly(entries) if entries else cal.constant(0)

    @staticmethod
    def _weekdays(entry: CalendarEntry) -> list[int] | None:
        return None if entry.weekdays is None else [WEEKDAYS.index(day) for day in entry.weekdays]

    def schedule(self, name: str, node: Node) -> cal.Schedule:
        """The node's weeks, in the order of their dates."""
        later = [
            (change.date, self.week(change.places, f"nodes.{name}.changes"))
            for change in sorted(node.changes, key=lambda change: change.date)
        ]
        return cal.Schedule(self.week(node.places, f"nodes.{name}.places"), tuple(later))

    # ------------------------------------------------------------------------------------ routes
    def edges(self, name: str, kind: Kind) -> tuple[tuple[int, int, int, float], ...]:
        """One kind's ways on from a node: (target, delay row, holds place, probability), zeros left out."""
        key = f"routes.{name}"
        found: list[tuple[int, int, int, float]] = []
        rest: Route | None = None
        rest_target = 0
        for target, given in self.file.routes.get(name, {}).items():
            route = given if isinstance(given, Route) else Route(probability=given)
            if route.probability == "remainder":
                if rest is not None:
                    self.values.complain(key, "remainder twice", "remainder once")
                rest, rest_target = route, self._target(target, key)
                continue
            share = self.values.number(route.probability, f"{key}.{target}", kind)
            if not 0.0 <= share <= 1.0 and not math.isnan(share):
                self.values.complain(f"{key}.{target}", share, "a probability between 0 and 1")
            found.append(self._edge(route, self._target(target, key), f"{key}.{target}", kind, share))
        total = math.fsum(edge[3] for edge in found)
        if rest is not None:
            left = 1.0 - total
            found.append(self._edge(rest, rest_target, key, kind, left if abs(left) > ROUNDING else 0.0))
            total = max(total, 1.0)
        if not abs(total - 1.0) <= ROUNDING and not math.isnan(total):
            of = " for " + ", ".join(f"{k} {v}" for k, v in kind.items()) if kind else ""
            found_sum = f"probabilities that sum to {total:.6g}{of}"
            self.values.complain(key, found_sum, "probabilities that sum to 1")
        return tuple(edge for edge in found if edge[3] > 0.0)

    def _edge(
        self, route: Route, target: int, key: str, kind: Kind, share: float
    ) -> tuple[int, int, int, float]:
        delay = -1 if route.delay is None else self.any_distribution(route.delay, f"{key}.delay", kind)
        return target, delay, int(route.holds_place), share

    def _target(self, name: str, key: str) -> int:
        if name in self.nodes:
            return self.nodes[name]
        if name in self.exits:
            return -1 - self.exits[name]
        self.values.complain(f"{key}.{name}", name, "a node or an exit", [*self.nodes, *self.exits])
        return -1

    # ------------------------------------------------------------------------------------ arrivals
    def arrivals(self) -> list[ArrivalStream]:
        """The Poisson streams of the file."""
        streams = []
        for name, given in self.file.arrivals.items():
            key = f"arrivals.{name}"
            if name not in self.nodes:
                self.complaints.add(key, name, "a node", self.nodes)
            weights = np.array([self.values.number(given.mix, f"{key}.mix", kind) for kind in self.kinds])
            if not (np.all(weights >= 0) and weights.sum() > 0) and not np.isnan(weights).any():
                self.complaints.add(f"{key}.mix", weights.tolist(), "weights of 0 or more, not all 0")
            priority = self._priorities(given, key)
            rates = self._rates(given, key) / MINUTES_PER[given.unit or self.file.time_unit]
            streams.append(
                ArrivalStream(self.nodes.get(name, 0), rates, weights / max(weights.sum(), 1e-300), priority)
            )
        return streams

    def _priorities(self, given: Arrivals, key: str) -> np.ndarray:
        """Cumulative shares of the priorities for each kind. Shape (K, PRIORITIES)."""
        shares = np.zeros((len(self.kinds), PRIORITIES))
        for k, kind in enumerate(self.kinds):
            if given.priority_shares is None:
                shares[k, self.priority(given.priority, f"{key}.priority", kind)] = 1.0
            for level, share in (given.priority_shares or {}).items():
                at = self.priority(float(level), f"{key}.priority_shares", kind)
                shares[k, at] = self.values.number(share, f"{key}.priority_shares", kind)
        if not np.allclose(shares.sum(axis=1), 1.0, atol=ROUNDING) and not np.isnan(shares).any():
            self.complaints.add(f"{key}.priority_shares", float(shares[0].sum()), "shares that sum to 1")
        return np.cumsum(shares, axis=1)

    def _rates(self, given: Arrivals, key: str) -> np.ndarray:
        """Rate in each hour of the week, per time unit of the file. Shape (168,)."""
        rates = np.zeros((7, 24))
        if (given.rate is None) == (given.profile is None):
            self.complaints.add(key, "both or neither", "either a rate or a profile")
        if given.rate is not None:
            rates[:] = self.values.number(given.rate, f"{key}.rate", self.kinds[0])
        if given.profile_table is not None:
            rates *= self._multipliers(given.profile_table, f"{key}.profile_table")
        for entry in given.profile or ():
            hours = [entry.from_, entry.to]
            if any(h != round(h) for h in hours) or hours[0] >= hours[1]:
                self.complaints.add(f"{key}.profile", hours, "whole hours, from before to")
                continue
            days = range(7) if entry.weekdays is None else [WEEKDAYS.index(w) for w in entry.weekdays]
            rate = self.values.number(entry.rate, f"{key}.profile.rate", self.kinds[0])
            for day in days:
                rates[day, round(hours[0]) : round(hours[1])] = rate
        if np.any(rates < 0):
            self.complaints.add(key, float(rates.min()), "a rate of 0 or more")
        return rates.reshape(168)

    def _multipliers(self, table: ProfileTable, key: str) -> np.ndarray:
        """Weekday times hour multipliers of a stream, scaled to a mean of one. Shape (7, 24)."""
        path = self.folder / table.file
        if not path.is_file():
            self.complaints.add(f"{key}.file", table.file, "a CSV table beside the network file")
            return np.ones((7, 24))
        hours, days = np.ones(24), np.ones(7)
        with path.open(encoding="utf-8", newline="") as lines:
            rows = [row for row in csv.DictReader(lines) if row["stream"] == table.stream]
        if not rows:
            self.complaints.add(f"{key}.stream", table.stream, f"a stream of {table.file}")
        for row in rows:
            if row["dimension"] == "hour":
                hours[int(row["level"])] = float(row["value"])
            elif row["dimension"] == "weekday":
                days[WEEKDAYS.index(row["level"][:3].lower())] = float(row["value"])
        both = np.outer(days, hours)
        return np.asarray(both / both.mean())

    def priority(self, value: Value, key: str, kind: Kind) -> int:
        """A priority: whole, 0 (first) to 7."""
        number = self.values.number(value, key, kind)
        if math.isnan(number):
            return 0
        if number != round(number) or not 0 <= number < PRIORITIES:
            self.values.complain(key, number, f"a whole number from 0 (first) to {PRIORITIES - 1}")
            return 0
        return round(number)

    # ------------------------------------------------------------------------------------ together
    def node_spec(self, schedules: Sequence[cal.Schedule]) -> NodeSpec:
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
        )

    def _limits(self, field: str) -> np.ndarray:
        nodes = self.file.nodes.items()
        limits = [self.whole(getattr(node, field), f"nodes.{name}.{field}") for name, node in nodes]
        return np.array(limits, dtype=np.int64)

    def tables(self) -> Tables:
        """The kernel's tables."""
        shape = (len(self.nodes), len(self.kinds))
        service = np.zeros(shape, dtype=np.int64)
        priority = np.full(shape, -1, dtype=np.int64)
        route_row = np.zeros(shape, dtype=np.int64)
        rows: dict[tuple[tuple[int, int, int, float], ...], int] = {}
        for name, node in self.file.nodes.items():
            if name not in self.file.routes:
                self.complaints.add(f"routes.{name}", "nothing", "a way on from every node")
            for k, kind in enumerate(self.kinds):
                at = (self.nodes[name], k)
                service[at] = self.any_distribution(node.service, f"nodes.{name}.service", kind)
                if node.priority is not None:
                    priority[at] = self.priority(node.priority, f"nodes.{name}.priority", kind)
                route_row[at] = rows.setdefault(self.edges(name, kind), len(rows))
        for name in self.file.routes:
            if name not in self.nodes:
                self.complaints.add(f"routes.{name}", name, "a node", self.nodes)
        edges = [edge for row in rows for edge in row]
        cumulative = [c for row in rows for c in _cumulative([edge[3] for edge in row])]
        natives = [[float(x) for x in native] for native in self.distributions] or [[0.0] * 6]
        return Tables(
            service=service,
            service_scale=np.ones(shape),
            priority=priority,
            route_row=route_row,
            route_start=np.cumsum([0, *(len(row) for row in rows)]).astype(np.int64),
            route_cumulative=np.array(cumulative),
            edge=np.array([edge[:3] for edge in edges], dtype=np.int64).reshape(-1, 3),
            distribution=np.array(natives),
            points=np.array(self.points or [(0.0, 0.0)]),
        )

    def network(self, schedules: Sequence[cal.Schedule]) -> FlowNetwork:
        """Everything that the kernel needs."""
        return FlowNetwork(
            tuple(self.nodes), tuple(self.exits), len(self.kinds), self.node_spec(schedules), self.tables()
        )


def _cumulative(shares: list[float]) -> list[float]:
    """Running sums whose last is exactly 1, so that no uniform falls beyond it."""
    if not shares:
        return []
    sums = np.cumsum(shares) / math.fsum(shares)
    return [*map(float, sums[:-1]), 1.0]
