"""A care network run alone: `simulate(network)` gives its nodes, `run_alone(network)` all that a run leaves.

`leftshift flow NETWORK.yaml` writes the same as files: `sim.care.flow_folder`.
"""

from __future__ import annotations

import time
from dataclasses import dataclass
from typing import Literal

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from sim.care import calendar as cal
from sim.care.check import offered_load_table
from sim.care.journeys import JourneySink, JourneyTable, next_name
from sim.care.measures import interval, measured_values, nodes_table
from sim.care.network import Network
from sim.care.precision import WarmUp, diagnose_warm_up, precision_table
from sim.care.problems import Complaints
from sim.care.replicate import SERIES, Grid, Replicate, grid_for, run_replicate
from sim.kernels import flow_layout as at
from sim.kernels.flow_layout import WEEK_HOURS

WhichJourneys = Literal["first", "all", "none"]
OUTSIDE = "(outside)"
WHOLE_NETWORK = "(whole network)"


@dataclass(frozen=True, kw_only=True)
class FlowRun:
    """All that a network run alone leaves; the tables are those of `docs/reference/tables.md`.

    Attributes:
        network: The network.
        nodes: A row per node: what `simulate` returns.
        series: Places in use, waiting and blocked in each hour, day or week, warm-up included.
        routes: People a day on each way, with the share of those who leave the node.
        system: People in the network through time: Welch's plot.
        precision: Precision of the mean waits, and the replicates needed.
        offered_load: Load offered to each node against its places, before the run.
        warm_up: What Welch's plot says of the warm-up.
        grid: Cells of `series`: hour, day or week.
        journeys: A row per stage of each patient, or None when they went elsewhere or were not wanted.
        events: Events processed in all replicates.
        seconds: Time that the replicates took.
    """

    network: Network
    nodes: pd.DataFrame
    series: pd.DataFrame
    routes: pd.DataFrame
    system: pd.DataFrame
    precision: pd.DataFrame
    offered_load: pd.DataFrame
    warm_up: WarmUp
    grid: str
    journeys: pd.DataFrame | None
    events: int
    seconds: float


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
        unit (`time_unit`), then further measures, and for each the bounds `_low` and `_high` of a 95%
        interval over replicates (empty when there is only one; see `sim.care.measures.interval`).
        `utilisation` is empty where places are unlimited.

    Raises:
        InputError: A number is out of range, the network has no arrivals, a node is overloaded, or the
            network locked itself in a ring of full nodes.
    """
    return run_alone(network, days, warm_up, replicates, seed, journeys="none").nodes


def run_alone(
    network: Network,
    days: float = 365.0,
    warm_up: float = 60.0,
    replicates: int = 10,
    seed: int = 1,
    *,
    precision: float = 0.05,
    journeys: WhichJourneys = "first",
    journeys_into: JourneySink | None = None,
) -> FlowRun:
    """Run a network with its own Poisson arrivals and keep all that can be told of it.

    Args:
        network: The network.
        days: Days simulated after the warm-up.
        warm_up: Days simulated before measuring.
        replicates: Independent repetitions.
        seed: Seed of them all.
        precision: Relative half-width of the 95% interval of a mean wait that is wanted.
        journeys: Replicates whose journeys are kept: the first, all, or none.
        journeys_into: Takes them instead of the result, so that memory stays bounded.

    Raises:
        InputError: As `simulate`.
    """
    _check_numbers(network, days, warm_up, replicates, precision)
    load = refuse_overload(network)
    grid = grid_for(days, warm_up)
    table = JourneyTable(network) if journeys != "none" and journeys_into is None else None
    sink = journeys_into or table
    began = time.perf_counter()
    runs = [
        run_replicate(network, grid, seed, r, sink if _wanted(journeys, r) else None)
        for r in range(1, replicates + 1)
    ]
    seconds = time.perf_counter() - began
    system, verdict = diagnose_warm_up(grid.ends, np.array([run.inside for run in runs]), warm_up)
    names = network.node_names
    return FlowRun(
        network=network,
        nodes=nodes_table(names, network.file.time_unit, [measured_values(run.measured) for run in runs]),
        series=_series_table(names, grid, runs),
        routes=_routes_table(network, days, runs),
        system=system,
        precision=precision_table([*names, WHOLE_NETWORK], _mean_waits(network, runs), precision),
        offered_load=load,
        warm_up=verdict,
        grid=grid.name,
        journeys=None if table is None else table.to_frame(),
        events=sum(run.events for run in runs),
        seconds=seconds,
    )


def _wanted(journeys: WhichJourneys, replicate: int) -> bool:
    return journeys == "all" or (journeys == "first" and replicate == 1)


def _mean_waits(network: Network, runs: list[Replicate]) -> NDArray[np.float64]:
    """Mean wait at each node and, last, over all visits to all nodes. Shape (replicates, N + 1)."""
    waited = np.array([run.measured.totals.waited for run in runs])
    starts = np.array([run.measured.totals.starts for run in runs], dtype=np.float64)
    waited = np.column_stack([waited, waited.sum(axis=1)])
    starts = np.column_stack([starts, starts.sum(axis=1)])
    with np.errstate(invalid="ignore", divide="ignore"):
        return np.asarray(np.where(starts > 0, waited / starts, np.nan) / network.time_unit_minutes)


def _series_table(names: tuple[str, ...], grid: Grid, runs: list[Replicate]) -> pd.DataFrame:
    """Mean and interval over replicates of each series in each cell; nodes one after another."""
    values = np.array([run.series for run in runs])  # replicate, cell, node, series
    cells = len(grid.ends)
    columns: dict[str, object] = {
        "node": np.repeat(np.array(names, dtype=object), cells),
        "day": np.tile(grid.starts, len(names)),
        "measured": np.tile(grid.starts >= grid.warm_up - 1e-9, len(names)),
    }
    for i, name in enumerate(SERIES):
        for suffix, part in zip(("", "_low", "_high"), interval(values[:, :, :, i]), strict=True):
            columns[f"{name}{suffix}"] = part.T.reshape(-1)
    return pd.DataFrame(columns)


def _routes_table(network: Network, days: float, runs: list[Replicate]) -> pd.DataFrame:
    """People a day on each way, declared ways that nobody took included, and from outside."""
    pairs: dict[tuple[str, str], NDArray[np.float64]] = {}
    tables = network.flow.tables
    for node, name in enumerate(network.node_names):
        for row in np.unique(tables.route_row[node]).tolist():
            for edge in range(tables.route_start[row], tables.route_start[row + 1]):
                code = int(tables.edge[edge, at.EDGE_TARGET])
                pairs[name, next_name(network, code)] = np.zeros(len(runs))
    arrivals = np.array([run.measured.totals.arrivals for run in runs], dtype=np.float64)
    for r, run in enumerate(runs):
        for (node, code), count in run.flows.items():
            way = network.node_names[node], next_name(network, code)
            pairs.setdefault(way, np.zeros(len(runs)))[r] += count
            if code >= 0:
                arrivals[r, code] -= count
            elif at.REMOVED < code <= at.DIVERTED:
                arrivals[r, at.DIVERTED - code] -= count
    for node, name in enumerate(network.node_names):
        if any(stream.node == node for stream in network.streams):
            pairs[OUTSIDE, name] = np.maximum(arrivals[:, node], 0.0)
    sums: dict[str, NDArray[np.float64]] = {}
    for (name, _), counts in pairs.items():
        sums[name] = sums.get(name, np.zeros(len(runs))) + counts
    rows = []
    for (name, to), counts in pairs.items():
        mean, low, high = (float(x) for x in interval(counts / days))
        total = sums[name].sum()
        share = counts.sum() / total if total > 0 else np.nan
        rows.append((name, to, mean, low, high, share))
    return pd.DataFrame(rows, columns=["from", "to", "people_per_day", "people_per_day_low",
                                       "people_per_day_high", "share"])  # fmt: skip


def _check_numbers(network: Network, days: float, warm_up: float, replicates: int, precision: float) -> None:
    complaints = Complaints(network.source, network.document)
    if not 0.0 < days < 1e6:
        complaints.add("--days", days, "a number of days above 0")
    if not 0.0 <= warm_up < 1e6:
        complaints.add("--warm-up", warm_up, "a number of days, 0 or more")
    if not 1 <= replicates <= 100_000:
        complaints.add("--replicates", replicates, "a whole number from 1 to 100000")
    if not 0.0 < precision < 1.0:
        complaints.add("--precision", precision, "a share above 0 and below 1, such as 0.05")
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
    complaints = Complaints(network.source, network.document)
    for row in table[(table["ratio"] >= 1.0) & table["unbounded"]].itertuples():
        complaints.add(
            f"nodes.{row.node}",
            f"offered load of {row.offered:.4g} against {row.places:.4g} places",
            "an offered load below the places, or a finite external queue (with or without divert_to)",
        )
    complaints.raise_any()
    return table
