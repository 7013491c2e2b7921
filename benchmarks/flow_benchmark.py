"""How fast the flow kernel is: events a second on Dorset's network, and against SimPy and Ciw.

Run from the project's root: `python -m benchmarks.flow_benchmark`. An event is an arrival, an end of service,
an end of a delay, a change of places or a removal. All engines run the same network with the same rates in
the same process, one after the other, three times; the middle of three is reported, in processor time, so
that other work on the machine matters little. Compile time is not counted.

There are two such networks: a small one of three nodes and 38 places, and twelve of the same shape and a
district's places beside each other (36 nodes, 2,160 places, about Dorset's size). Ciw looks at every node and
server at every event, so its cost grows with the network. How the cost of an event grows with the events
pending is in `pending_benchmark.py`.
"""

from __future__ import annotations

import time
from pathlib import Path
from typing import Any

import ciw
import numpy as np
import simpy

from benchmarks import pending_benchmark
from sim.care import Network
from sim.care.arrivals import PoissonSource
from sim.kernels.flow import FlowState
from sim.kernels.flow_layout import DAY
from sim.kernels.randomness import replicate_key

DORSET = Path(__file__).parents[1] / "sim/areas/dorset/network.yaml"

# Assessment of five, ward of thirty in front of which nobody can wait, discharge team of three.
SMALL: dict[str, Any] = {
    "time_unit": "hour",
    "nodes": {
        "assessment": {"places": 5, "service": {"distribution": "exponential", "mean": 1.0}},
        "ward": {"places": 30, "internal_queue": 0, "service": {"distribution": "exponential", "mean": 20.0}},
        "discharge": {"places": 3, "service": {"distribution": "exponential", "mean": 2.0}},
    },
    "arrivals": {"assessment": {"rate": 3.5}},
    "routes": {
        "assessment": {"ward": 0.3, "home": 0.7},
        "ward": {"discharge": 1.0},
        "discharge": {"home": 1.0},
    },
    "exits": ["home"],
}


def region(districts: int = 12) -> dict[str, Any]:
    """The small network's shape in places of a real district, several beside each other."""
    shape = {"assessment": (20, 4.0), "ward": (150, 120.0), "discharge": (10, 6.0)}
    document: dict[str, Any] = {
        "time_unit": "hour",
        "nodes": {},
        "arrivals": {},
        "routes": {},
        "exits": ["home"],
    }
    for i in range(districts):
        for name, node in SMALL["nodes"].items():
            places, mean = shape[name]
            service = {**node["service"], "mean": mean}
            document["nodes"][f"{name}_{i}"] = {**node, "places": places, "service": service}
            document["routes"][f"{name}_{i}"] = {
                target if target == "home" else f"{target}_{i}": share
                for target, share in SMALL["routes"][name].items()
            }
        document["arrivals"][f"assessment_{i}"] = SMALL["arrivals"]["assessment"]
    return document


def announce(network: Network, key: tuple[int, int], days: float) -> FlowState:
    """A state that knows every arrival and change of places of so many days."""
    state = FlowState(network.flow, entity_capacity=8_192, log_capacity=65_536, key=key)
    weekday = network.start.weekday()
    for stream in network.streams:
        PoissonSource(stream, key, weekday).add_until(state, days * DAY)
    state.add_place_changes(*network.place_changes(0.0, days * DAY))
    return state


def kernel_rate(network: Network, days: float, step: int = 1) -> tuple[float, float, FlowState]:
    """Events a second of one state run `step` days a call, seconds for all of it, and the state."""
    warm = announce(network, replicate_key(1, 1), 2.0)
    warm.advance(2.0 * DAY)
    state = announce(network, replicate_key(1, 2), days)
    start = time.process_time()
    for day in range(step, int(days) + 1, step):
        state.advance(day * DAY)
        if day % 30 == 0:
            state.take_log()
    seconds = time.process_time() - start
    return state.events / seconds, seconds, state


class SimpyNetwork:
    """One of the networks in SimPy, recording what the kernel records.

    That is: priorities, a row for each stage with its four times and what follows, and the time integrals of
    occupied places, queue and blocked; a place is kept until the next node has one (blocking after service).
    """

    def __init__(self, document: dict[str, Any], seed: int) -> None:
        self.nodes, self.routes, self.sources = (document[k] for k in ("nodes", "routes", "arrivals"))
        self.env = simpy.Environment()
        self.rng = np.random.default_rng(seed)
        self.places = {
            name: simpy.PriorityResource(self.env, node["places"]) for name, node in self.nodes.items()
        }
        self.mean = {name: node["service"]["mean"] for name, node in self.nodes.items()}
        self.log: list[tuple[Any, ...]] = []
        self.count = {name: [0, 0, 0] for name in self.nodes}
        self.area = {name: [0.0, 0.0, 0.0] for name in self.nodes}
        self.last = dict.fromkeys(self.nodes, 0.0)
        self.events = 0

    def change(self, node: str, occupied: int, queue: int, blocked: int) -> None:
        """Bring the node's integrals up to now and change its counts."""
        count, area = self.count[node], self.area[node]
        dt = self.env.now - self.last[node]
        self.last[node] = self.env.now
        for i, step in enumerate((occupied, queue, blocked)):
            area[i] += dt * count[i]
            count[i] += step

    def following(self, node: str) -> str:
        """The next node or exit, by the routing probabilities."""
        u = self.rng.random()
        for target, share in self.routes[node].items():
            u -= share
            if u < 0.0:
                return str(target)
        return "home"

    def patient(self, number: int, node: str) -> Any:
        """One patient's way."""
        self.events += 1
        before, held, joined, stage = "", None, self.env.now, ()
        while node != "home":
            self.change(node, 0, 1, 0)
            if before and self.nodes[node].get("internal_queue") == 0:
                self.change(before, 0, 0, 1)
            request = self.places[node].request(priority=0)
            if held is not None and self.nodes[node].get("internal_queue") != 0:
                self.leave(before, held, stage)
                held = None
            yield request
            if held is not None:
                self.change(before, 0, 0, -1)
                self.leave(before, held, stage)
                joined = self.env.now
            self.change(node, 1, -1, 0)
            start = self.env.now
            self.events += 1
            yield self.env.timeout(self.rng.exponential(self.mean[node]))
            target = self.following(node)
            stage = (number, node, joined, start, self.env.now, target)
            before, held, node, joined = node, request, target, self.env.now
        self.leave(before, held, stage)

    def leave(self, node: str, held: Any, stage: tuple[Any, ...]) -> None:
        """Give the place back and write the stage down."""
        self.places[node].release(held)
        self.change(node, -1, 0, 0)
        self.log.append((*stage, self.env.now))

    def arrivals(self, node: str, rate: float) -> Any:
        """Poisson arrivals at a node."""
        number = 0
        while True:
            yield self.env.timeout(self.rng.exponential(1.0 / rate))
            self.env.process(self.patient(number, node))
            number += 1

    def run(self, days: float) -> float:
        """Run so many days; return arrivals and ends of service a second, as the kernel counts them."""
        for node, source in self.sources.items():
            self.env.process(self.arrivals(node, source["rate"]))
        start = time.process_time()
        self.env.run(until=days * 24.0)
        return self.events / (time.process_time() - start)


def ciw_rate(document: dict[str, Any], days: float, seed: int) -> float:
    """Arrivals and ends of service a second of one of the networks in Ciw, its own records kept as ever."""
    names, nodes, routes = list(document["nodes"]), document["nodes"], document["routes"]
    network = ciw.create_network(
        arrival_distributions=[
            ciw.dists.Exponential(document["arrivals"][n]["rate"]) if n in document["arrivals"] else None
            for n in names
        ],
        service_distributions=[ciw.dists.Exponential(1.0 / nodes[n]["service"]["mean"]) for n in names],
        number_of_servers=[nodes[n]["places"] for n in names],
        queue_capacities=[nodes[n].get("internal_queue", float("inf")) for n in names],
        routing=[[routes[n].get(other, 0.0) for other in names] for n in names],
    )
    ciw.seed(seed)
    simulation = ciw.Simulation(network)
    start = time.process_time()
    simulation.simulate_until_max_time(days * 24.0)
    seconds = time.process_time() - start
    return float(len(simulation.get_all_records()) + simulation.nodes[0].number_of_individuals) / seconds


def beside_the_others(document: dict[str, Any], days: float, others: tuple[float, float]) -> list[float]:
    """Events a second of kernel, SimPy and Ciw on one network, and the ratios: the middle of three rounds."""
    rounds = []
    network = Network.from_dict(document)
    for seed in (1, 2, 3):
        kernel, _, _ = kernel_rate(network, days, step=30)
        simpy_found = SimpyNetwork(document, seed).run(others[0])
        ciw_found = ciw_rate(document, others[1], seed)
        rounds.append((kernel, simpy_found, ciw_found, kernel / simpy_found, kernel / ciw_found))
    return [float(value) for value in np.median(rounds, axis=0)]


def measure(days: float = 1_000.0) -> dict[str, float]:
    """All figures: Dorset's network, both networks beside SimPy and Ciw, a call, and the events pending."""
    dorset = Network.load(DORSET)
    rounds = []
    for _ in range(3):
        events, seconds, state = kernel_rate(dorset, days)
        rounds.append((events, seconds * 3652.5 / days))
    found = dict(
        zip(
            ("dorset_events_a_second", "dorset_seconds_for_ten_years"),
            map(float, np.median(rounds, axis=0)),
            strict=True,
        )
    )
    words = (
        "events_a_second",
        "simpy_events_a_second",
        "ciw_events_a_second",
        "ratio_to_simpy",
        "ratio_to_ciw",
    )
    small = beside_the_others(SMALL, 6 * days, (0.4 * days, 0.1 * days))
    large = beside_the_others(region(), days, (0.03 * days, 0.03 * days))
    found |= {f"small_{word}": value for word, value in zip(words, small, strict=True)}
    found |= {f"region_{word}": value for word, value in zip(words, large, strict=True)}
    start = time.process_time()
    calls = 2000
    for i in range(calls):
        state.advance(days * DAY + i * 1e-9)
    call = (time.process_time() - start) / calls * 1e6
    return {**found, "microseconds_a_call": call, **pending_benchmark.measure()}


if __name__ == "__main__":
    for name, value in measure().items():
        print(f"{name:45}{value:16,.2f}")
