"""Every comparison of the flow kernel with queueing theory: the network, the measure, theory's value.

`run(length)` of a case simulates 30 independent replicates and returns for each measure the mean, half the
99.9% interval over the replicates, and theory. At `length` 1 runs are long enough for that half interval to
be under 1% of theory (the tests ask for it), so that a bias of 2% is seen with a probability over 99.9% and
one of 1% with about one half. Tests and the page `docs/validation/queueing.md` are made from these cases.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable
from typing import Any, NamedTuple

import numpy as np

from sim.care import Network
from tests.kernels import queueing as theory

REPLICATES = 30
WARM_UP = 40.0  # days, hundreds of the longest relaxation time here
EXPONENTIAL = {"distribution": "exponential", "mean": 1.0}


class Comparison(NamedTuple):
    """A measure with its mean over replicates, half its 99.9% interval, and theory's value."""

    measure: str
    mean: float
    half: float
    theory: float

    @property
    def bias(self) -> float:
        """Relative difference from theory."""
        return self.mean / self.theory - 1.0

    @property
    def covers(self) -> bool:
        """Whether the 99.9% interval holds theory's value."""
        return abs(self.mean - self.theory) <= self.half


Runner = Callable[[float, int], list[Comparison]]


class Case(NamedTuple):
    """A named system with where its theory stands."""

    name: str
    source: str
    run: Runner


def by_table(make: Callable[[], Network], days: float, wanted: Iterable[tuple[str, str, float]]) -> Runner:
    """A case read from the table of `simulate`: (node, column, theory); counts are compared a day."""

    def run(length: float, seed: int) -> list[Comparison]:
        span = days * length
        found = theory.measured(make(), span, REPLICATES, WARM_UP, seed)
        compared = []
        for node, column, value in wanted:
            mean, half = found[node][column]
            per = span if column in ("arrivals", "served", "turned_away") else 1.0
            label = f"{node}: {column}" + (" a day" if per != 1.0 else "")
            compared.append(Comparison(label, float(mean) / per, float(half) / per, value))
        return compared

    return run


def by_replicate(measure: Callable[[float, int, int], list[float]], days: float, wanted: Any) -> Runner:
    """A case read by `measure(days, replicate, seed)`: one value for each of `wanted` (name, theory)."""

    def run(length: float, seed: int) -> list[Comparison]:
        runs = [measure(days * length, r, seed) for r in range(1, REPLICATES + 1)]
        means, halves = theory.interval(runs)
        return [
            Comparison(name, float(mean), float(half), value)
            for (name, value), mean, half in zip(wanted, means, halves, strict=True)
        ]

    return run


# ---------------------------------------------------------------------------------------- one node
def mm1() -> Case:
    rate = 0.6
    wanted = [
        ("a", "mean_wait", rate / (1 - rate)),
        ("a", "mean_queue", rate**2 / (1 - rate)),
        ("a", "utilisation", rate),
        ("a", "p95_wait", math.log(rate / 0.05) / (1 - rate)),
    ]
    run = by_table(lambda: theory.one_node(rate, EXPONENTIAL, places=1), 26_000.0, wanted)
    return Case("M/M/1, rho 0.6", "Erlang C with one server", run)


def mmc(servers: int, load: float, days: float) -> Case:
    waits = theory.erlang_c(load, servers)
    wanted = [
        ("a", "mean_wait", waits / (servers - load)),
        ("a", "mean_queue", waits * load / (servers - load)),
        ("a", "mean_occupied", load),
        ("a", "p95_wait", math.log(waits / 0.05) / (servers - load)),
    ]
    run = by_table(lambda: theory.one_node(load, EXPONENTIAL, places=servers), days, wanted)
    return Case(f"M/M/{servers}, rho {load / servers:g}", "Erlang C", run)


def mg1(name: str, service: dict[str, Any], squared_variation: float, days: float) -> Case:
    rate = 0.5
    wait = theory.pollaczek_khinchine(rate, 1.0, squared_variation)
    wanted = [("a", "mean_wait", wait), ("a", "mean_queue", rate * wait)]
    run = by_table(lambda: theory.one_node(rate, service, places=1), days, wanted)
    return Case(f"M/G/1, rho 0.5, {name}", "Pollaczek-Khinchine", run)


def loss(room: int, service: dict[str, Any], name: str, days: float) -> Case:
    rate, servers = 3.5, 3
    shares = theory.mmck(rate, 1.0, servers, servers + room)
    lost = float(shares[-1])
    wanted = [
        ("a", "turned_away", lost * rate * 24.0),
        ("a", "mean_occupied", rate * (1.0 - lost)),
    ]
    if room:
        queue = sum(max(n - servers, 0) * float(share) for n, share in enumerate(shares))
        wanted += [("a", "mean_queue", queue), ("a", "mean_wait", queue / (rate * (1.0 - lost)))]
    run = by_table(lambda: theory.one_node(rate, service, places=servers, external_queue=room), days, wanted)
    source = "Erlang B" if room == 0 else "finite birth-death chain"
    return Case(f"M/{name}/3/{servers + room}, load 3.5", source, run)


def mg_infinity() -> Case:
    """Occupancy is Poisson whatever the service: mean and variance are both rate * mean service."""
    rate, mean = 2.0, 3.0
    service = {"distribution": "weibull", "mean": mean, "sd": 4.0}

    def measure(days: float, replicate: int, seed: int) -> list[float]:
        net = theory.one_node(rate, service, places="unlimited")
        stages = theory.all_stages(net, days + WARM_UP, replicate, seed)
        hours = np.arange(WARM_UP * 24.0, (WARM_UP + days) * 24.0, 6.0) * 60.0
        present = np.searchsorted(np.sort(stages.time_start), hours, side="right").astype(float)
        present -= np.searchsorted(np.sort(stages.time_leave), hours, side="right")
        return [float(present.mean()), float(present.var(ddof=1))]

    wanted = [("occupied: mean", rate * mean), ("occupied: variance", rate * mean)]
    run = by_replicate(measure, 6_000.0, wanted)
    return Case("M/G/infinity, Weibull", "Poisson occupancy (Palm, Khinchine)", run)


def profile_infinity() -> Case:
    """M(t)/M/infinity: arrivals by the hour, mean occupancy at four hours of the day."""
    mean, hours = 5.0, [0, 6, 12, 18]
    day = [(0, 8, 1.0), (8, 14, 6.0), (14, 20, 4.0), (20, 24, 2.0)]
    rates = np.concatenate([np.full(end - start, rate) for start, end, rate in day])

    def measure(days: float, replicate: int, seed: int) -> list[float]:
        net = theory.network(
            {"a": {"places": "unlimited", "service": {"distribution": "exponential", "mean": mean}}},
            {"a": {"profile": [{"from": s, "to": e, "rate": r} for s, e, r in day]}},
            {"a": {"home": 1.0}},
        )
        stages = theory.all_stages(net, days + 5.0, replicate, seed)
        starts, leaves = np.sort(stages.time_start), np.sort(stages.time_leave)
        found = []
        for hour in hours:
            minutes = (np.arange(5, int(days) + 5) * 24.0 + hour) * 60.0
            present = np.searchsorted(starts, minutes) - np.searchsorted(leaves, minutes)
            found.append(float(present.mean()))
        return found

    expected = theory.occupancy_with_profile(rates, mean, hours)
    wanted = [(f"occupied at {hour:02d}:00", value) for hour, value in zip(hours, expected, strict=True)]
    run = by_replicate(measure, 800.0, wanted)
    return Case("M(t)/M/infinity, day profile", "Eick, Massey and Whitt 1993", run)


def two_priorities() -> Case:
    """M/M/1 with two classes of one service time, not pre-emptive."""
    rates = [0.25, 0.35]
    levels = ["urgent", "routine"]

    def measure(days: float, replicate: int, seed: int) -> list[float]:
        priority = {"by": "class", "values": {"urgent": 0, "routine": 1}}
        net = theory.network(
            {"a": {"places": 1, "service": EXPONENTIAL, "priority": priority}},
            {
                "a": {
                    "rate": sum(rates),
                    "mix": {"by": "class", "values": dict(zip(levels, rates, strict=True))},
                }
            },
            {"a": {"home": 1.0}},
            kinds={"class": levels},
        )
        stages = theory.all_stages(net, days + WARM_UP, replicate, seed)
        kept = stages.time_join > WARM_UP * 1440.0
        waits = (stages.time_start - stages.time_join) / 60.0
        by_class = [float(waits[kept & (stages.kind == kind)].mean()) for kind in (0, 1)]
        return [*by_class, float(waits[kept].mean())]

    urgent, routine = theory.cobham(rates, 2.0, 1.0)
    everybody = (rates[0] * urgent + rates[1] * routine) / sum(rates)
    wanted = [("wait: urgent", urgent), ("wait: routine", routine), ("wait: everybody", everybody)]
    return Case("M/M/1, two priorities, rho 0.6", "Cobham 1954", by_replicate(measure, 26_000.0, wanted))


# ---------------------------------------------------------------------------------------- networks
def jackson() -> Case:
    """Three nodes with feedback and two sources; each behaves as if its arrivals were Poisson."""
    nodes = {
        "a": {"places": 1, "service": EXPONENTIAL},
        "b": {"places": 2, "service": {"distribution": "exponential", "mean": 2.5}},
        "c": {"places": 1, "service": EXPONENTIAL},
    }
    routes = {"a": {"b": 0.6, "home": 0.4}, "b": {"a": 0.3, "c": 0.7}, "c": {"home": 1.0}}
    a = 0.4 / (1 - 0.18)  # a = 0.4 + 0.3 b, b = 0.6 a
    b, c = 0.6 * a, 0.42 * a + 0.2
    wanted = [
        ("a", "mean_queue", a**2 / (1 - a)),
        ("b", "mean_queue", theory.erlang_c(2.5 * b, 2) * 2.5 * b / (2 - 2.5 * b)),
        ("c", "mean_queue", c**2 / (1 - c)),
        ("a", "mean_wait", a / (1 - a)),
        ("b", "mean_wait", theory.erlang_c(2.5 * b, 2) * 2.5 / (2 - 2.5 * b)),
        ("c", "mean_wait", c / (1 - c)),
    ]
    arrivals = {"a": {"rate": 0.4}, "c": {"rate": 0.2}}
    run = by_table(lambda: theory.network(nodes, arrivals, routes), 55_000.0, wanted)
    return Case("Jackson network with feedback", "Jackson 1957", run)


def saturated_tandem(stations: int, buffer: int, throughput: float, source: str, days: float) -> Case:
    """Exponential stations of rate 1, the first never idle, `buffer` waiting places between.

    Ten people wait outside at most, and newcomers come at three an hour, four times as fast as they are
    taken, so the first station is idle about once in 4 ** 11 services.
    """

    def make() -> Network:
        names = [f"s{i}" for i in range(stations)]
        nodes = {name: {"places": 1, "service": EXPONENTIAL, "internal_queue": buffer} for name in names}
        nodes["s0"]["external_queue"] = 10
        routes = {name: {after: 1.0} for name, after in zip(names, [*names[1:], "home"], strict=True)}
        return theory.network(nodes, {"s0": {"rate": 3.0}}, routes)

    last = f"s{stations - 1}"
    wanted = [(last, "mean_occupied", throughput), (last, "served", 24.0 * throughput)]
    if stations == 2:  # the first serves for a share `throughput` of the time and is blocked for the rest
        wanted.append(("s0", "mean_blocked", 1.0 - throughput))
    name = f"{stations} saturated stations, {buffer} places between, blocking after service"
    return Case(name, source, by_table(make, days, wanted))


CASES: tuple[Case, ...] = (
    mm1(),
    mmc(5, 3.75, 14_000.0),
    mmc(2, 1.4, 20_000.0),
    mg1("lognormal, cv 1.5", {"distribution": "lognormal", "mean": 1.0, "sd": 1.5}, 2.25, 110_000.0),
    mg1("gamma, cv 0.5", {"distribution": "gamma", "mean": 1.0, "sd": 0.5}, 0.25, 14_000.0),
    mg1("deterministic", {"distribution": "deterministic", "value": 1.0}, 0.0, 13_000.0),
    loss(0, EXPONENTIAL, "M", 2_000.0),
    loss(0, {"distribution": "lognormal", "mean": 1.0, "sd": 1.0}, "G", 2_500.0),
    loss(2, EXPONENTIAL, "M", 3_000.0),
    mg_infinity(),
    profile_infinity(),
    two_priorities(),
    jackson(),
    saturated_tandem(2, 0, 2.0 / 3.0, "Hunt 1956: 2/3", 2_500.0),
    saturated_tandem(2, 1, 3.0 / 4.0, "Hunt 1956: (b + 2) / (b + 3)", 2_500.0),
    saturated_tandem(2, 3, 5.0 / 6.0, "Hunt 1956: (b + 2) / (b + 3)", 5_000.0),
    saturated_tandem(3, 0, theory.tandem_throughput(3), "Markov chain (Hunt 1956: 22/39)", 2_500.0),
)
