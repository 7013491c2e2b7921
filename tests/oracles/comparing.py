"""The kernel beside an oracle: independent runs of both, measure by measure; and the same people in both."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, NamedTuple

import numpy as np
from scipy import stats

from sim.care import Network, simulate
from tests.kernels.queueing import all_stages
from tests.oracles.ciw_network import run_ciw
from tests.oracles.networks import (
    MEASURES,
    NETWORKS,
    Person,
    Record,
    measures,
    network_file,
    people_of_log,
    sampled_people,
)
from tests.oracles.simpy_network import run_simpy

ENGINES: dict[str, Callable[[dict[str, Any], list[Person], float], Record]] = {
    "simpy": run_simpy,
    "ciw": run_ciw,
}
WARM_UP = 10.0  # days
DRAIN = 10.0  # days that an oracle runs on, so that stages open at the end of the measured days are logged
DAYS = 180.0
REPLICATES = 20
KERNEL_DAYS = 6_000.0
FAMILY = 0.01
"""False-alarm rate of all measures of a network and an oracle together (Bonferroni)."""


class Difference(NamedTuple):
    """One measure at one node: oracle, kernel, and half the interval of their difference."""

    node: str
    measure: str
    oracle: float
    kernel: float
    half: float

    @property
    def covers(self) -> bool:
        """Whether the interval of the difference holds zero."""
        return abs(self.kernel - self.oracle) <= self.half


def differences(name: str, engine: str, length: float = 1.0, seed: int = 1) -> list[Difference]:
    """Independent runs of the kernel and of an oracle on one network, compared.

    The interval of a difference is Welch's, at a level such that the family of the network's measures misses
    with a probability of 1% at most.
    """
    document = NETWORKS[name]()
    network = Network.from_dict(network_file(document))
    kernel = simulate(network, KERNEL_DAYS * length, WARM_UP, REPLICATES, seed).set_index("node")
    days = DAYS * length
    nodes = list(document["nodes"])
    runs = []
    for replicate in range(REPLICATES):
        own = [seed, replicate, list(ENGINES).index(engine)]
        people = sampled_people(document, WARM_UP + days + DRAIN, own)
        record = ENGINES[engine](document, people, (WARM_UP + days + DRAIN) * 1440.0)
        runs.append(measures(record, nodes, WARM_UP * 1440.0, (WARM_UP + days) * 1440.0))
    t95 = stats.t.ppf(0.975, REPLICATES - 1)
    rows = []
    for node in nodes:
        for measure in MEASURES:
            values = np.array([run[node, measure] for run in runs])
            per = KERNEL_DAYS * length if measure in ("served", "turned_away") else 1.0
            mean = float(kernel[measure][node]) / per
            error = (float(kernel[f"{measure}_high"][node]) / per - mean) / t95
            rows.append((node, measure, values.mean(), mean, values.var(ddof=1) / REPLICATES, error**2))
    compared = [row for row in rows if row[4] + row[5] > 0.0]
    assert all(row[2] == row[3] == 0.0 for row in rows if row not in compared)  # nobody blocked, all let in
    found = []
    for node, measure, oracle, mean, one, other in compared:
        freedom = (REPLICATES - 1) * (one + other) ** 2 / (one**2 + other**2)
        t = stats.t.ppf(1.0 - FAMILY / len(compared) / 2.0, freedom)
        found.append(Difference(node, measure, float(oracle), mean, float(t * np.sqrt(one + other))))
    return found


def replayed(name: str, engine: str, days: float = 200.0, seed: int = 1) -> tuple[np.ndarray, np.ndarray]:
    """The kernel's own people in an oracle: the minutes of every stage in both, in the same order.

    Returns:
        Kernel's and oracle's rows of (arrival of the person, node, join, start, end, leave), sorted; who is
        turned away has NaN from `start` on.
    """
    document = NETWORKS[name]()
    network = Network.from_dict(network_file(document))
    log = all_stages(network, days, 1, seed, drain=60.0)
    people = people_of_log(document, log, network.node_names)
    record = ENGINES[engine](document, people, (days + 60.0) * 1440.0)
    arrival: dict[tuple[int, int], float] = {}
    for who, join in zip(zip(log.episode, log.person_id, strict=True), log.time_join, strict=True):
        arrival[who] = min(join, arrival.get(who, join))
    times = (log.time_join, log.time_start, log.time_service_end, log.time_leave)
    ours = [
        (arrival[who], node, *((join, *rest) if not np.isnan(rest[0]) else (join, np.nan, np.nan, np.nan)))
        for who, node, join, *rest in zip(
            zip(log.episode, log.person_id, strict=True), log.node, *times, strict=True
        )
    ]
    index = {node: i for i, node in enumerate(network.node_names)}
    theirs = [(people[s.person].time, index[s.node], *s[2:]) for s in record.stages]
    theirs += [(time, index[node], time, np.nan, np.nan, np.nan) for time, node in record.turned_away]
    return np.array(sorted(ours)), np.array(sorted(theirs))
