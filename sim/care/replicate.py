"""One replicate of a network run alone: what it measures, and what it leaves along the way."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from sim.care import calendar as cal
from sim.care.arrivals import PoissonSource
from sim.care.journeys import JourneySink
from sim.care.measures import Measured
from sim.care.network import Network
from sim.care.opening import place_initial
from sim.kernels.flow import FlowState, Stages, Totals
from sim.kernels.flow_layout import DAY
from sim.kernels.randomness import replicate_key
from sim.parameters.errors import InputError

SERIES = ("occupied", "queue", "blocked")
"""Totals whose averages over each cell of the grid make the series."""
_CHUNK_DAYS = (
    30.0  # arrivals are made, the log is read and rings of full nodes are looked for once in so many
)
_HOURLY_UP_TO_DAYS = 60.0
_DAILY_UP_TO_DAYS = 3660.0

Floats = NDArray[np.float64]


@dataclass(frozen=True, kw_only=True)
class Grid:
    """The cells of the series: their ends in days from the first instant, warm-up included.

    Attributes:
        name: `hour`, `day` or `week`.
        ends: Ends of the cells, shape (T,); the warm-up's end and the run's end are among them.
        warm_up: Days of the warm-up.
    """

    name: str
    ends: Floats
    warm_up: float

    @property
    def starts(self) -> Floats:
        """Beginnings of the cells, shape (T,)."""
        return np.concatenate([[0.0], self.ends[:-1]])


def grid_for(days: float, warm_up: float) -> Grid:
    """Cells of an hour up to 60 days, of a day up to ten years, of a week beyond: a file of moderate size."""
    total = days + warm_up
    name, width = "week", 7.0
    if total <= _HOURLY_UP_TO_DAYS:
        name, width = "hour", 1.0 / 24.0
    elif total <= _DAILY_UP_TO_DAYS:
        name, width = "day", 1.0

    def ends(first: float, last: float) -> Floats:
        cells = max(int(np.ceil((last - first) / width - 1e-9)), 1) if last > first else 0
        return np.append(first + width * np.arange(1, cells), last) if cells else np.zeros(0)

    return Grid(name=name, ends=np.concatenate([ends(0.0, warm_up), ends(warm_up, total)]), warm_up=warm_up)


@dataclass(frozen=True, kw_only=True)
class Replicate:
    """What one replicate leaves.

    Attributes:
        measured: Totals and waits of the measured days.
        series: Averages over each cell of `SERIES`, shape (T, N, 3).
        inside: People in the network at each cell's end, shape (T,).
        flows: People who went from each node to each target in the measured days: node, `next` of the log,
            count.
        events: Events processed.
    """

    measured: Measured
    series: Floats
    inside: Floats
    flows: dict[tuple[int, int], int]
    events: int


class _Waits:
    """Waits of all whose service began in the measured days."""

    def __init__(self, since: float) -> None:
        self._since = since
        self._nodes: list[NDArray[np.int64]] = []
        self._waits: list[Floats] = []

    def add(self, node: NDArray[np.int64], join: Floats, start: Floats) -> None:
        chosen = start >= self._since
        self._nodes.append(node[chosen])
        self._waits.append((start - join)[chosen])

    def percentile(self, share: float, nodes: int) -> Floats:
        """A percentile of the waits at each node, minutes; NaN where nobody was served."""
        node = np.concatenate(self._nodes)
        waits = np.concatenate(self._waits)
        order = np.argsort(node, kind="stable")
        bounds = np.searchsorted(node[order], np.arange(nodes + 1))
        found = np.full(nodes, np.nan)
        for i in range(nodes):
            if bounds[i + 1] > bounds[i]:
                found[i] = np.quantile(waits[order[bounds[i] : bounds[i + 1]]], share)
        return found


def run_replicate(
    network: Network, grid: Grid, seed: int, number: int, journeys: JourneySink | None = None
) -> Replicate:
    """Run one replicate.

    Args:
        network: The network.
        grid: Cells of the series; they also say how long the warm-up and the run are.
        seed: Seed of all replicates.
        number: Which replicate, from 1.
        journeys: Takes the stages that end in the measured days, and those still unfinished at the end.

    Raises:
        InputError: The network locked itself in a ring of full nodes.
    """
    key = replicate_key(seed, number)
    weekday = network.start.weekday()
    state = FlowState(network.flow, key=key, weekday=weekday)
    place_initial(network, state, key)
    sources = [PoissonSource(s, key, weekday) for s in network.streams]
    since = grid.warm_up * DAY
    waits = _Waits(since)
    nodes = len(network.node_names)
    series = np.zeros((len(grid.ends), nodes, len(SERIES)))
    inside = np.zeros(len(grid.ends))
    flows: dict[tuple[int, int], int] = {}
    for first, last in _chunks(grid):
        _announce(network, state, sources, float(grid.ends[last - 1]) * DAY)
        for cell in range(first, last):
            before = _areas(state.totals())
            state.advance(float(grid.ends[cell]) * DAY)
            width = float(grid.ends[cell] - grid.starts[cell]) * DAY
            series[cell] = (_areas(state.totals()) - before) / width
            inside[cell] = state.live
        _refuse_deadlock(network, state)
        stages = state.take_log()
        if grid.ends[last - 1] > grid.warm_up:
            waits.add(stages.node, stages.time_join, stages.time_start)
            _count_flows(stages, flows)
            if journeys is not None:
                journeys.add(number, stages)
        elif grid.ends[last - 1] == grid.warm_up:
            state.reset_totals()
    present = state.present()
    waits.add(present.node, present.time_join, present.time_start)
    if journeys is not None:
        journeys.add_present(number, present)
    totals = state.totals()
    measured = Measured(
        totals=totals,
        p95_wait=waits.percentile(0.95, nodes),
        minutes_per_unit=network.time_unit_minutes,
        unlimited=np.array([np.isinf(cal.mean_places(s, network.start)) for s in network.schedules]),
    )
    return Replicate(
        measured=measured,
        series=series,
        inside=inside,
        flows=flows,
        events=state.events,
    )


def _chunks(grid: Grid) -> Iterator[tuple[int, int]]:
    """First cell and end of each stretch of about thirty days; none spans the warm-up's end."""
    first = 0
    for cell, end in enumerate(grid.ends):
        long_enough = end - grid.starts[first] >= _CHUNK_DAYS - 1e-9
        if long_enough or end == grid.warm_up or cell == len(grid.ends) - 1:
            yield first, cell + 1
            first = cell + 1


def _announce(network: Network, state: FlowState, sources: list[PoissonSource], until: float) -> None:
    """Tell the kernel the arrivals and the changes of places up to a minute."""
    for source in sources:
        source.add_until(state, until)
    state.add_place_changes(*network.place_changes(state.time, until))


def _areas(totals: Totals) -> Floats:
    """The integrals behind `SERIES`, shape (N, 3)."""
    return np.column_stack([getattr(totals, name) for name in SERIES])


def _refuse_deadlock(network: Network, state: FlowState) -> None:
    ring = state.find_deadlock()
    if ring:
        raise InputError(
            file=network.source,
            key="routes",
            found=" -> ".join([*ring, ring[0]]) + f" locked by day {state.time / DAY:.0f}",
            allowed="no ring of full nodes that wait for each other; give one an internal queue",
        )


def _count_flows(stages: Stages, flows: dict[tuple[int, int], int]) -> None:
    """Add up how many stages at each node ended how."""
    pairs, counts = np.unique(np.column_stack([stages.node, stages.next]), axis=0, return_counts=True)
    for (node, following), count in zip(pairs.tolist(), counts.tolist(), strict=True):
        flows[node, following] = flows.get((node, following), 0) + count
