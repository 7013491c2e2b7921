"""Queueing formulas, and the comparison of a simulated mean with them over independent replicates."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
from scipy import stats

from sim.care import Network, simulate
from sim.care.arrivals import PoissonSource
from sim.kernels.flow import FlowState
from sim.kernels.randomness import replicate_key

ALPHA = 1e-3
"""False-alarm rate of one comparison: the 99.9% interval over replicates (Student's t) misses so often."""


def erlang_b(load: float, servers: int) -> float:
    """Probability that all servers of M/M/c/c are busy, by the recursion in c."""
    blocked = 1.0
    for c in range(1, servers + 1):
        blocked = load * blocked / (c + load * blocked)
    return blocked


def erlang_c(load: float, servers: int) -> float:
    """Probability that an arrival at M/M/c waits."""
    blocked = erlang_b(load, servers)
    return blocked / (1.0 - load / servers * (1.0 - blocked))


def mmck_loss(load: float, servers: int, room: int) -> float:
    """Probability that M/M/c/K is full, K = `room` people in all."""
    weights = [
        load**n / math.factorial(min(n, servers)) / servers ** max(n - servers, 0) for n in range(room + 1)
    ]
    return weights[-1] / sum(weights)


def network(nodes: dict[str, Any], arrivals: dict[str, Any], routes: dict[str, Any], **more: Any) -> Network:
    """A network in hours whose only exit is `home`."""
    given = {"nodes": nodes, "arrivals": arrivals, "routes": routes}
    return Network.from_dict({"time_unit": "hour", "exits": ["home"], **given, **more})


def one_node(rate: float, service: dict[str, Any], **node: Any) -> Network:
    """A single node with Poisson arrivals."""
    return network({"a": {"service": service, **node}}, {"a": {"rate": rate}}, {"a": {"home": 1.0}})


def measured(net: Network, days: float, replicates: int = 12, warm_up: float = 40.0, seed: int = 1) -> Any:
    """Mean and half 99.9% interval of each measure of each node: `found["a"]["mean_wait"]`."""
    table = simulate(net, days, warm_up, replicates, seed).set_index("node")
    t95, t999 = (stats.t.ppf(1 - p / 2, replicates - 1) for p in (0.05, ALPHA))
    return {
        node: {
            column: (row[column], (row[f"{column}_high"] - row[column]) * t999 / t95)
            for column in table.columns
            if not column.endswith(("_low", "_high"))
        }
        for node, row in table.iterrows()
    }


def assert_covers(found: tuple[float, float], theory: float, bias: float = np.inf) -> None:
    """The 99.9% interval covers theory, and the mean is within a share `bias` of it."""
    mean, half = found
    assert abs(mean - theory) <= half, f"{mean:.5g} +- {half:.2g} misses {theory:.5g}"
    assert abs(mean / theory - 1.0) <= bias


def waits_by_kind(net: Network, days: float, replicates: int = 12) -> list[tuple[float, float]]:
    """Mean wait and half 99.9% interval by kind at node 0, from the log of stages."""
    runs = []
    for replicate in range(1, replicates + 1):
        key = replicate_key(2, replicate)
        state = FlowState(net.flow, key=key)
        PoissonSource(net.streams[0], "a", key, 0).add_until(state, days * 1440.0)
        state.advance(days * 1440.0)
        log = state.take_log()
        kept = log.time_join > 40 * 1440.0
        waits = (log.time_start - log.time_join) / 60.0
        runs.append([waits[kept & (log.kind == kind)].mean() for kind in (0, 1)])
    values = np.array(runs)
    half = stats.t.ppf(1 - ALPHA / 2, replicates - 1) * values.std(axis=0, ddof=1) / np.sqrt(replicates)
    return list(zip(values.mean(axis=0), half, strict=True))
