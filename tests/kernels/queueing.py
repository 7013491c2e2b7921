"""Queueing formulas, small Markov chains, and what it takes to measure a simulated network against them."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy import sparse, stats
from scipy.sparse.linalg import spsolve

from sim.care import Network, simulate
from sim.care.arrivals import PoissonSource
from sim.kernels.flow import FlowState, Stages
from sim.kernels.flow_layout import DAY
from sim.kernels.randomness import replicate_key

ALPHA = 1e-3
"""False-alarm rate of one comparison: the 99.9% interval over replicates (Student's t) misses so often."""


# ---------------------------------------------------------------------------------------- formulas
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


def pollaczek_khinchine(rate: float, mean: float, squared_variation: float) -> float:
    """Mean wait of M/G/1: rate * E[S^2] / (2 (1 - rho))."""
    return rate * mean**2 * (1.0 + squared_variation) / 2.0 / (1.0 - rate * mean)


def cobham(rates: list[float], second_moment: float, mean: float) -> list[float]:
    """Mean wait of each priority of M/G/1, not pre-emptive, one service time for all, the first most urgent.

    Cobham, Operations Research 2, 1954, 70-76: W_k = W_0 / ((1 - s_(k-1)) (1 - s_k)), where W_0 is half the
    sum of rate * E[S^2] and s_k the load of the first k priorities.
    """
    residual = sum(rates) * second_moment / 2.0
    loads = np.concatenate([[0.0], np.cumsum(rates) * mean])
    return [residual / (1.0 - loads[k]) / (1.0 - loads[k + 1]) for k in range(len(rates))]


def birth_death(births: list[float], deaths: list[float]) -> NDArray[np.float64]:
    """Stationary probabilities of 0, 1, ... from births[n]: n to n + 1 and deaths[n]: n + 1 to n."""
    weights = np.concatenate([[1.0], np.cumprod(np.array(births) / np.array(deaths))])
    return np.asarray(weights / weights.sum())


def mmck(rate: float, service_rate: float, servers: int, room: int) -> NDArray[np.float64]:
    """Stationary probabilities of M/M/c/K, K = `room` people in all."""
    return birth_death([rate] * room, [service_rate * min(n + 1, servers) for n in range(room)])


Chain = Callable[[Any], Mapping[Any, float]]


def stationary(start: Any, moves: Chain) -> dict[Any, float]:
    """Stationary probabilities of the Markov chain whose rates out of a state are `moves(state)`."""
    numbers: dict[Any, int] = {start: 0}
    states = [start]
    rows, columns, rates = [], [], []
    for state in states:  # grows while it is read
        for target, rate in moves(state).items():
            if rate > 0.0 and target != state:
                if target not in numbers:
                    numbers[target] = len(states)
                    states.append(target)
                rows += [numbers[target], numbers[state]]
                columns += [numbers[state]] * 2
                rates += [rate, -rate]
    n = len(states)
    balance = sparse.csr_matrix((rates, (rows, columns)), shape=(n, n)).tolil()
    balance[0, :] = 1.0
    right = np.zeros(n)
    right[0] = 1.0
    return dict(zip(states, spsolve(balance.tocsc(), right), strict=True))


def tandem_throughput(stations: int) -> float:
    """Throughput of saturated exponential stations of rate 1 without places between, blocking after service.

    Hunt, Operations Research 4, 1956, 674-683: 2/3 for two, 22/39 for three. A state tells for each station
    whether it serves (s), is blocked (b) or idle (i); the first is never idle.
    """

    def settle(state: list[str], at: int) -> tuple[str, ...]:
        """Station `at` has just given its person away: pull the person blocked before it, and so on."""
        while at >= 0:
            if at == 0:
                state[0] = "s"
            elif state[at - 1] == "b":
                state[at] = "s"
                at -= 1
                continue
            else:
                state[at] = "i"
            break
        return tuple(state)

    def moves(state: tuple[str, ...]) -> dict[tuple[str, ...], float]:
        found: dict[tuple[str, ...], float] = {}
        for i, what in enumerate(state):
            if what == "s":
                after = list(state)
                if i + 1 < stations and state[i + 1] != "i":
                    after[i] = "b"
                    found[tuple(after)] = 1.0
                else:
                    if i + 1 < stations:
                        after[i + 1] = "s"
                    found[settle(after, i)] = 1.0
        return found

    shares = stationary(("s",) + ("i",) * (stations - 1), moves)
    return sum(share for state, share in shares.items() if state[-1] == "s")


def occupancy_with_profile(rates: NDArray[np.float64], mean: float, hours: list[int]) -> list[float]:
    """Mean number in M(t)/M/infinity at whole hours, rates constant within each hour of a day and repeated.

    m' = rate(t) - m / mean (Eick, Massey and Whitt, Management Science 39, 1993, 241-252): over an hour of
    constant rate m goes to rate * mean as exp(-t / mean); the day is run until it repeats itself.
    """
    kept = math.exp(-1.0 / mean)
    now, course = float(rates.mean()) * mean, np.zeros(24)
    for hour in range(24 * 200):
        course[hour % 24] = now
        now = rates[hour % 24] * mean + (now - rates[hour % 24] * mean) * kept
    return [float(course[hour]) for hour in hours]


# ---------------------------------------------------------------------------------------- measuring
def network(nodes: dict[str, Any], arrivals: dict[str, Any], routes: dict[str, Any], **more: Any) -> Network:
    """A network in hours whose only exit is `home`."""
    given = {"nodes": nodes, "arrivals": arrivals, "routes": routes}
    return Network.from_dict({"time_unit": "hour", "exits": ["home"], **given, **more})


def one_node(rate: float, service: dict[str, Any], **node: Any) -> Network:
    """A single node with Poisson arrivals."""
    return network({"a": {"service": service, **node}}, {"a": {"rate": rate}}, {"a": {"home": 1.0}})


def measured(net: Network, days: float, replicates: int = 30, warm_up: float = 40.0, seed: int = 1) -> Any:
    """Mean and half 99.9% interval of each measure of each node: `found["a"]["mean_wait"]`."""
    table = simulate(net, days, warm_up, replicates, seed).set_index("node")
    t95, t999 = (stats.t.ppf(1 - p / 2, replicates - 1) for p in (0.05, ALPHA))
    return {
        node: {
            column: (row[column], (row[f"{column}_high"] - row[column]) * t999 / t95)
            for column in table.columns
            if f"{column}_high" in row
        }
        for node, row in table.iterrows()
    }


def assert_covers(found: tuple[float, float], theory: float, bias: float = np.inf) -> None:
    """The 99.9% interval `found` (mean, half) covers theory, and the mean is within a share `bias` of it."""
    mean, half = found
    assert abs(mean - theory) <= half, f"{mean:.5g} +- {half:.2g} misses {theory:.5g}"
    assert abs(mean / theory - 1.0) <= bias, f"{mean:.5g} is more than {bias:.0%} from {theory:.5g}"


def interval(values: Any, alpha: float = ALPHA) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Mean and half the interval of level 1 - alpha over the first axis (replicates), by Student's t."""
    runs = np.asarray(values, dtype=np.float64)
    half = stats.t.ppf(1 - alpha / 2, len(runs) - 1) * runs.std(axis=0, ddof=1) / math.sqrt(len(runs))
    return runs.mean(axis=0), half


def announced(net: Network, days: float, key: tuple[int, int], drain: float = 0.0) -> FlowState:
    """A state that knows all arrivals of so many days, and changes of places for `drain` days longer."""
    state = FlowState(net.flow, key=key)
    weekday = net.start.weekday()
    for stream in net.streams:
        PoissonSource(stream, key, weekday).add_until(state, days * DAY)
    state.add_place_changes(*net.place_changes(0.0, (days + drain) * DAY))
    return state


def all_stages(net: Network, days: float, replicate: int, seed: int = 1, drain: float = 400.0) -> Stages:
    """Every stage of all who arrive in so many days, run `drain` days longer until they have left."""
    state = announced(net, days, replicate_key(seed, replicate), drain)
    state.advance((days + drain) * DAY)
    assert state.live == 0
    return state.take_log()
