"""The ways on from each node as rows of the kernel's routing table, by kind of person and time of week."""

from __future__ import annotations

import itertools
import math
from collections.abc import Iterator, Mapping

import numpy as np
from numpy.typing import NDArray
from pydantic import BaseModel

from sim.care.durations import ROUNDING, Durations, cumulative
from sim.care.schema import By, DistributionBy, NetworkFile, Route, Value
from sim.care.values import TIME_ATTRIBUTES, Kind, Values, time_matches

Edge = tuple[int, int, int, float]
"""Target, row of the delay or -1, whether the place is held, probability."""


class WaysOn:
    """Compiles the routes of one file.

    Args:
        file: The file.
        durations: Takes the delays.
        targets: Index of each node, and -1 - i of exit i, by name.
    """

    def __init__(self, file: NetworkFile, durations: Durations, targets: Mapping[str, int]) -> None:
        self.file = file
        self.durations = durations
        self.values: Values = durations.values
        self.targets = targets
        times = set(TIME_ATTRIBUTES) - set(file.kinds)
        asked = {name: list(_asked(routes, file.definitions)) for name, routes in file.routes.items()}
        self._times = {
            name: [by for by in found if isinstance(by, By) and by.by in times]
            for name, found in asked.items()
        }
        self._attributes = {name: sorted({by.by for by in found}) for name, found in asked.items()}
        self._known: dict[tuple[str, ...], tuple[Edge, ...]] = {}

    def week(self) -> tuple[NDArray[np.int64], list[Kind]]:
        """Which time of the week each of its 168 hours is, and the hour and weekday that stand for each.

        Hours at which every route by hour or weekday gives the same are one time; a file without any has one.
        """
        asked = list({id(by): by for times in self._times.values() for by in times}.values())
        slots: dict[tuple[str | None, ...], int] = {}
        slot_of = np.zeros(168, dtype=np.int64)
        stands: list[Kind] = []
        for hour in range(168):
            when = {"hour": str(hour % 24), "weekday": str(hour // 24)}
            signature = tuple(_matching(by, when[by.by]) for by in asked)
            if signature not in slots:
                slots[signature] = len(slots)
                stands.append(when)
            slot_of[hour] = slots[signature]
        return slot_of, stands

    def changes_in_time(self, name: str) -> bool:
        """Whether the ways on from a node depend on the hour or the weekday."""
        return bool(self._times.get(name))

    def edges(self, name: str, kind: Kind) -> tuple[Edge, ...]:
        """One kind's ways on from a node, those of probability zero left out.

        Kinds that agree in every attribute that the node's routes name have the same ways on.
        """
        levels = (name, *(kind.get(attribute, "") for attribute in self._attributes.get(name, ())))
        if levels not in self._known:
            self._known[levels] = self._edges(name, kind)
        return self._known[levels]

    def _edges(self, name: str, kind: Kind) -> tuple[Edge, ...]:
        key = f"routes.{name}"
        found: list[Edge] = []
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

    def _edge(self, route: Route, target: int, key: str, kind: Kind, share: float) -> Edge:
        delay = -1 if route.delay is None else self.durations.row(route.delay, f"{key}.delay", kind)
        return target, delay, int(route.holds_place), share

    def _target(self, name: str, key: str) -> int:
        if name not in self.targets and self.file.exits:  # without any exit, that is what is told
            self.values.complain(f"{key}.{name}", name, "a node or an exit", self.targets)
        return self.targets.get(name, -1)


def routing_rows(
    rows: Mapping[tuple[Edge, ...], int],
) -> tuple[NDArray[np.int64], NDArray[np.float64], NDArray[np.int64]]:
    """The kernel's first edge of each row, cumulative probabilities and edges, from rows in their order."""
    edges = [edge for row in rows for edge in row]
    starts = np.array([0, *itertools.accumulate(len(row) for row in rows)], dtype=np.int64)
    shares = [end for row in rows for end in cumulative([edge[3] for edge in row])]
    return starts, np.array(shares), np.array([edge[:3] for edge in edges], dtype=np.int64).reshape(-1, 3)


def _matching(by: By, now: str) -> str | None:
    """The first key that an hour or weekday matches; faults in keys are told where values are evaluated."""
    try:
        return next((str(key) for key in by.values or {} if time_matches(by.by, str(key), now)), None)
    except ValueError:
        return None


def _asked(value: object, definitions: Mapping[str, Value]) -> Iterator[By | DistributionBy]:
    """Every expression by an attribute, hour or weekday inside a value, a route or a mapping of them."""
    if isinstance(value, By | DistributionBy):
        yield value
        for item in (*(value.values or {}).values(), value.default):
            yield from _asked(item, definitions)
    elif isinstance(value, BaseModel):
        for name in type(value).model_fields:
            yield from _asked(getattr(value, name), definitions)
    elif isinstance(value, Mapping):
        for item in value.values():
            yield from _asked(item, definitions)
    elif isinstance(value, list | tuple):
        for item in value:
            yield from _asked(item, definitions)
    elif isinstance(value, str) and value in definitions:
        inside = {name: item for name, item in definitions.items() if name != value}
        yield from _asked(definitions[value], inside)
