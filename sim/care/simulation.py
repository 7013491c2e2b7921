"""A care network run alone: `leftshift flow NETWORK.yaml`, or `simulate(network)` from Python."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from scipy import stats

from sim.care import calendar as cal
from sim.care.arrivals import PoissonSource
from sim.care.check import offered_load_table
from sim.care.network import Network
from sim.care.opening import place_initial
from sim.care.problems import Complaints
from sim.kernels.flow import FlowState, Stages, Totals
from sim.kernels.flow_layout import DAY, WEEK_HOURS
from sim.kernels.randomness import replicate_key
from sim.parameters.errors import InputError

MEASURES = (
    "arrivals", "served", "turned_away", "mean_wait", "p95_wait", "mean_queue", "mean_occupied",
    "utilisation", "mean_blocked",
)  # fmt: skip
NODES_TABLE = "nodes.csv"
_CHUNK_DAYS = 30.0  # arrivals are made and the log is read once for so many days
_CONFIDENCE = 0.95


def simulate(
    network: Network,
    days: float = 365.0,
    warm_up: float = 60.0,
    replicates: int = 10,
    seed: int = 1,
) -> pd.DataFrame:
    """Run a network with its own Poisson arrivals and measure each node.

    Args:
        network: The network.
        days: Days simulated after the warm-up.
        warm_up: Days simulated before measuring.
        replicates: Independent repetitions.
        seed: Seed of them all.

    Returns:
        One row per node: the columns of DESIGN section 12, means over replicates, times in the network's
        unit, and for each measure the bounds `_low` and `_high` of a 95% interval over replicates (empty when
        there is only one). `utilisation` is empty where places are unlimited.

    Raises:
        InputError: A number is out of range, the network has no arrivals, a node is overloaded, or the
            network locked itself in a ring of full nodes.
    """
    _check_numbers(network, days, warm_up, replicates)
    refuse_overload(network)
    runs = [_replicate(network, days, warm_up, seed, r) for r in range(1, replicates + 1)]
    table = pd.DataFrame({"node": network.node_names})
    for i, measure in enumerate(MEASURES):
        values = np.array([run[:, i] for run in runs])
        table[measure] = values.mean(axis=0)
    for i, measure in enumerate(MEASURES):
        values = np.array([run[:, i] for run in runs])
        half = _half_width(values)
        table[f"{measure}_low"] = values.mean(axis=0) - half
        table[f"{measure}_high"] = values.mean(axis=0) + half
    return table


def _half_width(values: NDArray[np.float64]) -> NDArray[np.float64]:
    """Half the 95% interval of the mean over the first axis, by Student's t; NaN for one value."""
    n = len(values)
    if n < 2:
        return np.full(values.shape[1], np.nan)
    t = stats.t.ppf(0.5 + _CONFIDENCE / 2.0, n - 1)
    return np.asarray(t * values.std(axis=0, ddof=1) / np.sqrt(n))


def _check_numbers(network: Network, days: float, warm_up: float, replicates: int) -> None:
    complaints = Complaints(network.source)
    if not 0.0 < days < 1e6:
        complaints.add("--days", days, "a number of days above 0")
    if not 0.0 <= warm_up < 1e6:
        complaints.add("--warm-up", warm_up, "a number of days, 0 or more")
    if not 1 <= replicates <= 100_000:
        complaints.add("--replicates", replicates, "a whole number from 1 to 100000")
    if not network.streams and not network.initial:
        complaints.add("arrivals", "none", "at least one node with arrivals, or people at the start")
    complaints.raise_any()


def arrival_rates(network: Network) -> NDArray[np.float64]:
    """Mean arrivals per minute of the file's own streams, shape (N, K)."""
    rates = np.zeros((len(network.node_names), len(network.kinds)))
    for stream in network.streams:
        rates[stream.node] += stream.rates.mean() * stream.weights * stream.mean_batch
    return rates


def offered_load(network: Network, rates: NDArray[np.float64] | None = None) -> pd.DataFrame:
    """Offered load against places at every node (see `sim.care.check.offered_load_table`).

    Args:
        network: The network.
        rates: Arrivals from outside per minute, shape (N, K); the file's own when left out.
    """
    places = np.array([cal.mean_places(schedule, network.start) for schedule in network.schedules])
    places = places + network.flow.nodes.escalation_places  # a declared answer to a full node
    if rates is not None:
        return offered_load_table(network.flow, places, rates)
    week = sum((stream.rates for stream in network.streams), np.zeros(WEEK_HOURS))
    return offered_load_table(network.flow, places, arrival_rates(network), week if week.any() else None)


def refuse_overload(network: Network, rates: NDArray[np.float64] | None = None) -> pd.DataFrame:
    """Return the table of offered load, or raise InputError naming every node that is offered too much.

    A node may be offered more than it has places where all who come can be turned away or diverted.
    """
    table = offered_load(network, rates)
    complaints = Complaints(network.source)
    for row in table[(table["ratio"] >= 1.0) & table["unbounded"]].itertuples():
        complaints.add(
            f"nodes.{row.node}",
            f"offered load of {row.offered:.4g} against {row.places:.4g} places",
            "an offered load below the places, or a finite external queue (with or without divert_to)",
        )
    complaints.raise_any()
    return table


def _replicate(network: Network, days: float, warm_up: float, seed: int, number: int) -> NDArray[np.float64]:
    """One replicate's measures, shape (N, measures)."""
    key = replicate_key(seed, number)
    weekday = network.start.weekday()
    state = FlowState(network.flow, key=key, weekday=weekday)
    place_initial(network, state, key)
    sources = [PoissonSource(s, network.node_names[s.node], key, weekday) for s in network.streams]
    for until in _ends(0.0, warm_up * DAY):
        _advance(network, state, sources, until)
        state.take_log()
    state.reset_totals()
    waits = [
        _waits(_advance(network, state, sources, until), warm_up * DAY)
        for until in _ends(warm_up * DAY, (warm_up + days) * DAY)
    ]
    waits.append(_present_waits(state, warm_up * DAY))
    nodes = np.concatenate([node for node, _ in waits])
    minutes = np.concatenate([wait for _, wait in waits])
    return _measures(network, state.totals(), nodes, minutes)


def _ends(first: float, last: float) -> Iterator[float]:
    """Ends of the chunks between two minutes."""
    now = first
    while now < last:
        now = min(now + _CHUNK_DAYS * DAY, last)
        yield now


def _advance(network: Network, state: FlowState, sources: list[PoissonSource], until: float) -> Stages:
    """Run up to a minute and hand over the finished stages; a network that has locked itself is refused."""
    for source in sources:
        source.add_until(state, until)
    state.add_place_changes(*network.place_changes(state.time, until))
    state.advance(until)
    ring = state.find_deadlock()
    if ring:
        raise InputError(
            file=network.source,
            key="routes",
            found=" -> ".join([*ring, ring[0]]) + f" locked by day {until / DAY:.0f}",
            allowed="no ring of full nodes that wait for each other; give one an internal queue",
        )
    return state.take_log()


def _waits(stages: Stages, since: float) -> tuple[NDArray[np.int64], NDArray[np.float64]]:
    """Nodes and waits of finished stages whose service began at `since` or later."""
    chosen = stages.time_start >= since
    return stages.node[chosen], (stages.time_start - stages.time_join)[chosen]


def _present_waits(state: FlowState, since: float) -> tuple[NDArray[np.int64], NDArray[np.float64]]:
    """Nodes and waits of those who are still there and whose service began at `since` or later."""
    present = state.present()
    chosen = present.time_start >= since
    return present.node[chosen], (present.time_start - present.time_join)[chosen]


def _measures(
    network: Network, totals: Totals, nodes: NDArray[np.int64], waits: NDArray[np.float64]
) -> NDArray[np.float64]:
    """The measures of one replicate, in the order of MEASURES, shape (N, measures)."""
    unit = network.time_unit_minutes
    p95 = np.full(len(network.node_names), np.nan)
    order = np.argsort(nodes, kind="stable")
    nodes, waits = nodes[order], waits[order]
    bounds = np.searchsorted(nodes, np.arange(len(p95) + 1))
    for node in range(len(p95)):
        if bounds[node + 1] > bounds[node]:
            p95[node] = np.quantile(waits[bounds[node] : bounds[node + 1]], 0.95) / unit
    with np.errstate(invalid="ignore", divide="ignore"):
        mean_wait = totals.waited / totals.starts / unit
        utilisation = totals.occupied / totals.places
    unlimited = np.array([np.isinf(cal.mean_places(s, network.start)) for s in network.schedules])
    utilisation = np.where(unlimited, np.nan, utilisation)
    columns = (
        totals.arrivals, totals.finished, totals.turned_away, mean_wait, p95, totals.queue / totals.minutes,
        totals.occupied / totals.minutes, utilisation, totals.blocked / totals.minutes,
    )  # fmt: skip
    return np.column_stack(columns).astype(np.float64)


def flow_command(
    path: str | Path, days: float, warm_up: float, replicates: int, seed: int, out: str | Path
) -> Path:
    """What `leftshift flow` does: run a network file alone and write `nodes.csv`.

    Nothing is written, and no folder made, unless the whole run succeeds; the file appears at once.

    Args:
        path: Network file.
        days: Days simulated after the warm-up.
        warm_up: Days before measuring.
        replicates: Independent repetitions.
        seed: Seed.
        out: Folder for the results, made if need be.

    Returns:
        The path of `nodes.csv`.

    Raises:
        InputError: Bad input of any kind.
    """
    folder = Path(out)
    held = sorted({item.name for item in folder.iterdir()} - {NODES_TABLE}) if folder.is_dir() else []
    if held:
        found = f"a folder that also holds {', '.join(held[:3])}"
        raise InputError(file=folder, key="--out", found=found, allowed="a new folder, or an earlier flow's")
    table = simulate(Network.load(path), days, warm_up, replicates, seed)
    folder.mkdir(parents=True, exist_ok=True)
    unfinished = folder / f".nodes.csv.{os.getpid()}"
    table.to_csv(unfinished, index=False, float_format="%.6g")
    os.replace(unfinished, folder / NODES_TABLE)
    return folder / NODES_TABLE
