"""A care network: read from a file, checked, compiled; what the rest of Leftshift asks it for."""

from __future__ import annotations

import csv
import datetime
import itertools
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from sim.care import calendar as cal
from sim.care.check import check_structure
from sim.care.compile import Compiler
from sim.care.csv_network import read_tables
from sim.care.outline import check_outline
from sim.care.parts import join_parts, read_document
from sim.care.problems import Complaints
from sim.care.reading import read_file
from sim.care.schema import MINUTES_PER, NetworkFile
from sim.care.sessions import write_out
from sim.care.streams import ArrivalStream
from sim.care.templates import expand
from sim.kernels import flow_layout as at
from sim.kernels.flow_layout import FlowNetwork
from sim.parameters.errors import InputError
from sim.parameters.located import LocatedList


@dataclass(frozen=True)
class Network:
    """A checked network.

    Attributes:
        file: The declaration, templates expanded.
        flow: What the kernel runs.
        schedules: One per node: places by hour, weekday and date.
        streams: The Poisson arrivals of the file (none when a model supplies them).
        kinds: Levels of each kind of person, by kind index.
        initial: People in service and waiting when the clock starts, by node index.
        source: Where the declaration came from, for messages.
        document: The declaration as read, with the lines of its keys where it came from a file.
    """

    file: NetworkFile
    flow: FlowNetwork
    schedules: tuple[cal.Schedule, ...]
    streams: tuple[ArrivalStream, ...]
    kinds: tuple[dict[str, str], ...]
    initial: dict[int, tuple[int, int]]
    source: str
    document: Any = field(default=None, repr=False, compare=False)

    # ------------------------------------------------------------------------------------ reading
    @classmethod
    def load(
        cls,
        path: str | Path,
        parameters: Mapping[str, float] | None = None,
        routes: str | Path | None = None,
        nodes_may_close: bool = False,
    ) -> Network:
        """Read and check a network file.

        Args:
            path: YAML file; or a CSV table of nodes, when `routes` is given.
            parameters: Scalars by name; they win over those of the file's own `parameter_tables`.
            routes: CSV table of routes (columns in `sim.care.csv_network`).
            nodes_may_close: Whether there may be nodes that nobody comes to any more (a later version).

        Raises:
            InputError: The file is missing, is no YAML, or breaks a rule; all broken rules are told at once.
        """
        path = Path(path)
        complaints = Complaints(path)
        if routes is not None:
            document: Any = read_tables(path, Path(routes), complaints)
        elif path.suffix.lower() == ".csv":
            raise InputError(
                file=path,
                key="--routes",
                found="nothing",
                allowed="the CSV table of routes beside that of nodes",
            )
        else:
            document = read_document(path, complaints)
        return cls._read(document, parameters, complaints, path.parent, nodes_may_close)

    @classmethod
    def from_dict(
        cls,
        document: Any,
        parameters: Mapping[str, float] | None = None,
        source: str = "network",
        folder: Path | None = None,
        nodes_may_close: bool = False,
    ) -> Network:
        """Check and compile a network given as nested dictionaries; see `load`."""
        return cls._read(document, parameters, Complaints(source), folder or Path(), nodes_may_close)

    @classmethod
    def _read(
        cls,
        document: Any,
        parameters: Mapping[str, float] | None,
        complaints: Complaints,
        folder: Path,
        nodes_may_close: bool,
    ) -> Network:
        """Check and compile a document; a wrong part does not keep the others from being checked."""
        if not isinstance(document, dict):
            found = {type(None): "nothing", LocatedList: "a list"}.get(type(document), "no mapping")
            complaints.add("file", found, "a mapping with time_unit, nodes, routes, exits")
            complaints.raise_any()
        complaints.document = document
        document = join_parts(document, folder, complaints)
        complaints.document = document
        document = expand(document, complaints)
        if isinstance(document.get("nodes"), dict):
            document["nodes"] = write_out(document["nodes"], complaints)
        complaints.document = document
        file = read_file(document, complaints)
        if file is None:
            complaints.raise_any()
            raise AssertionError("a file that cannot be read has a complaint")
        if not file.nodes:
            complaints.add("nodes", "none", "at least one node")
        for name, levels in file.kinds.items():
            if not levels:
                complaints.add(f"kinds.{name}", "none", "at least one level")
        if not file.nodes or not all(file.kinds.values()):
            complaints.raise_any()
        scalars = _scalars(file, parameters or {}, folder, complaints)
        compiler = Compiler(file, scalars, complaints, folder)
        schedules = tuple(compiler.schedule(name, node) for name, node in file.nodes.items())
        flow = compiler.network(schedules)
        streams = tuple(compiler.arrivals())
        initial = compiler.initial(schedules)
        if complaints.problems:
            check_outline(file, complaints)
        elif not nodes_may_close:
            check_structure(file, flow, streams, complaints)
        complaints.raise_any()
        kinds = tuple(compiler.kinds)
        return cls(file, flow, schedules, streams, kinds, initial, complaints.file, complaints.document)

    # ------------------------------------------------------------------------------------ names
    @property
    def node_names(self) -> tuple[str, ...]:
        """Names of the nodes, by index."""
        return self.flow.node_names

    @property
    def exit_names(self) -> tuple[str, ...]:
        """Names of the exits; exit i is `next == -1 - i` in the log."""
        return self.flow.exit_names

    def node(self, name: str) -> int:
        """Index of a node by name."""
        if name not in self.flow.node_names:
            raise InputError(
                file=self.source, key="node", found=name, allowed="a node", names=self.flow.node_names
            )
        return self.flow.node_names.index(name)

    def kind_index(self, **levels: str) -> int:
        """Index of the kind of person with these levels."""
        return self.kinds.index({name: levels[name] for name in self.file.kinds})

    def kinds_where(self, **levels: str) -> NDArray[np.int64]:
        """Indices of the kinds that have these levels of some attributes."""
        wanted = [all(kind[n] == level for n, level in levels.items()) for kind in self.kinds]
        return np.flatnonzero(wanted)

    @property
    def kinds_of_care(self) -> tuple[str, ...]:
        """Kind of care of each node, by index."""
        return tuple(str(node.kind_of_care) for node in self.file.nodes.values())

    def nodes_where(self, kind_of_care: str | None = None, site: str | None = None) -> list[int]:
        """Indices of the nodes of a kind of care, of a site, or of both."""
        nodes = self.file.nodes.values()
        return [
            i
            for i, node in enumerate(nodes)
            if kind_of_care in (None, node.kind_of_care) and site in (None, node.site)
        ]

    @property
    def time_unit_minutes(self) -> float:
        """Minutes in the file's unit of time."""
        return MINUTES_PER[self.file.time_unit]

    @property
    def start(self) -> datetime.date:
        """Date of minute 0: the file's, or a Monday."""
        return self.file.start or cal.DEFAULT_START

    def mean_places(self, name: str) -> float:
        """Places of a node open on average through its first week."""
        return float(cal.mean_places(self.schedules[self.node(name)], self.start))

    # ------------------------------------------------------------------------------------ what changes
    def place_changes(
        self, first: float, last: float, start: datetime.date | None = None
    ) -> tuple[NDArray[np.float64], NDArray[np.int64], NDArray[np.int64]]:
        """Changes of places at all nodes between two minutes, those in force at `first` included.

        Args:
            first: First minute, counted from the first instant of `start`.
            last: Minute up to which changes are wanted.
            start: Date of minute 0; the file's when left out.

        Returns:
            Times, node indices and numbers of places, as `FlowState.add_place_changes` takes them.
        """
        times, nodes, counts = [], [], []
        for node, schedule in enumerate(self.schedules):
            when, places = cal.changes_between(schedule, first, last, start or self.start)
            times.append(when)
            counts.append(places)
            nodes.append(np.full(len(when), node, dtype=np.int64))
        return np.concatenate(times), np.concatenate(nodes), np.concatenate(counts)

    def with_scaled_service(self, node: str, factor: float, **levels: str) -> Network:
        """The network with the service times of a node (for some kinds) multiplied by a factor."""
        scale = self.flow.tables.service_scale.copy()
        scale[self.node(node), self.kinds_where(**levels)] *= factor
        return self._with_tables(service_scale=scale)

    def with_route_odds(self, node: str, target: str, odds_ratio: float, **levels: str) -> Network:
        """The network with the odds of one way on multiplied; the other ways keep their proportions."""
        tables = self.flow.tables
        goal = self._target(target)
        network = self
        times = range(tables.route_row.shape[2])
        for kind, time in itertools.product(self.kinds_where(**levels), times):
            first, last = _row_bounds(tables, int(tables.route_row[self.node(node), kind, time]))
            shares = np.diff([0.0, *tables.route_cumulative[first:last]])
            hit = tables.edge[first:last, at.EDGE_TARGET] == goal
            share = float(shares[hit].sum())
            if 0.0 < share < 1.0:
                odds = odds_ratio * share / (1.0 - share)
                wanted = odds / (1.0 + odds)
                shares = np.where(hit, shares * wanted / share, shares * (1.0 - wanted) / (1.0 - share))
                network = network._with_row((self.node(node), int(kind), time), first, last, shares)
        return network

    def _target(self, name: str) -> int:
        if name in self.exit_names:
            return -1 - self.exit_names.index(name)
        return self.node(name)

    def _with_row(
        self, at_row: tuple[int, int, int], first: int, last: int, shares: NDArray[np.float64]
    ) -> Network:
        """The network with one more routing row, a copy of edges first to last with other shares."""
        tables = self.flow.tables
        cumulative = np.cumsum(shares)
        cumulative[-1] = 1.0
        rows = tables.route_row.copy()
        rows[at_row] = len(tables.route_start) - 1
        return self._with_tables(
            route_row=rows,
            route_start=np.append(tables.route_start, tables.route_start[-1] + last - first),
            route_cumulative=np.concatenate([tables.route_cumulative, cumulative]),
            edge=np.concatenate([tables.edge, tables.edge[first:last]]),
        )

    def _with_tables(self, **arrays: NDArray[Any]) -> Network:
        return replace(self, flow=self.flow._replace(tables=self.flow.tables._replace(**arrays)))


def _row_bounds(tables: at.Tables, row: int) -> tuple[int, int]:
    return int(tables.route_start[row]), int(tables.route_start[row + 1])


def _scalars(
    file: NetworkFile, given: Mapping[str, float], folder: Path, complaints: Complaints
) -> dict[str, float]:
    """Scalars by name: of the file's tables, then the file's own, then the caller's, the last winning."""
    scalars: dict[str, float] = {}
    for name in file.parameter_tables:
        path = folder / name
        if not path.is_file():
            complaints.add("parameter_tables", name, "a CSV table beside the network file")
            continue
        with path.open(encoding="utf-8", newline="") as table:
            for number, row in enumerate(csv.DictReader(table), start=2):
                try:
                    scalars[row["name"]] = float(row["value"])
                except (KeyError, TypeError, ValueError):
                    found = row.get("value")
                    complaints.add(
                        "parameter_tables",
                        found,
                        "columns name and value, a number",
                        place=(str(path), number),
                    )
    return {**scalars, **file.parameters, **given}
