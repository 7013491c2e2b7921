"""How fast the flow kernel is: events a second on Dorset's network, and against SimPy on a small one.

Run from the project's root: `python -m benchmarks.flow_benchmark`. An event is an arrival, an end of service,
an end of a delay, a change of places or a removal. Both engines run the same three-node network with the same
rates in the same process, one after the other, three times; the middle of three is reported, in processor
time, so that other work on the machine matters little. Compile time is not counted.
"""

from __future__ import annotations

import time
from pathlib import Path
from typing import Any

import numpy as np
import simpy

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


def announce(network: Network, key: tuple[int, int], days: float) -> FlowState:
    """A state that knows every arrival and change of places of so many days."""
    state = FlowState(network.flow, entity_capacity=8_192, log_capacity=65_536, key=key)
    weekday = network.start.weekday()
    for stream in network.streams:
        PoissonSource(stream, network.node_names[stream.node], key, weekday).add_until(state, days * DAY)
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
    """The small network in SimPy, recording what the kernel records.

    That is: priorities, a row for each stage with its four times and what follows, and the time integrals of
    occupied places, queue and blocked; a place is kept until the next node has one (blocking after service).
    """

    def __init__(self, seed: int) -> None:
        self.env = simpy.Environment()
        self.rng = np.random.default_rng(seed)
        self.places = {
            name: simpy.PriorityResource(self.env, node["places"]) for name, node in SMALL["nodes"].items()
        }
        self.mean = {name: node["service"]["mean"] for name, node in SMALL["nodes"].items()}
        self.log: list[tuple[Any, ...]] = []
        self.count = {name: [0, 0, 0] for name in SMALL["nodes"]}
        self.area = {name: [0.0, 0.0, 0.0] for name in SMALL["nodes"]}
        self.last = dict.fromkeys(SMALL["nodes"], 0.0)
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
        for target, share in SMALL["routes"][node].items():
            u -= share
            if u < 0.0:
                return str(target)
        return "home"

    def patient(self, number: int) -> Any:
        """One patient's way."""
        self.events += 1
        node, before, held, joined, stage = "assessment", "", None, self.env.now, ()
        while node != "home":
            self.change(node, 0, 1, 0)
            if before and SMALL["nodes"][node].get("internal_queue") == 0:
                self.change(before, 0, 0, 1)
            request = self.places[node].request(priority=0)
            if held is not None and SMALL["nodes"][node].get("internal_queue") != 0:
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

    def arrivals(self) -> Any:
        """Poisson arrivals."""
        number = 0
        while True:
            yield self.env.timeout(self.rng.exponential(1.0 / SMALL["arrivals"]["assessment"]["rate"]))
            self.env.process(self.patient(number))
            number += 1

    def run(self, days: float) -> float:
        """Run so many days; return arrivals and ends of service a second, as the kernel counts them."""
        self.env.process(self.arrivals())
        start = time.process_time()
        self.env.run(until=days * 24.0)
        return self.events / (time.process_time() - start)


def measure(days: float = 1_000.0, simpy_days: float = 400.0) -> dict[str, float]:
    """All figures: events a second of the kernel on both networks and of SimPy, and the ratios."""
    small, dorset = Network.from_dict(SMALL), Network.load(DORSET)
    rounds = []
    for seed in (1, 2, 3):
        kernel_small, _, _ = kernel_rate(small, 6 * days, step=30)
        simpy_small = SimpyNetwork(seed).run(simpy_days)
        kernel_dorset, seconds, state = kernel_rate(dorset, days)
        ten_years = seconds * 3652.5 / days
        rounds.append((kernel_dorset, ten_years, kernel_small, simpy_small, kernel_small / simpy_small))
    start = time.process_time()
    calls = 2000
    for i in range(calls):
        state.advance(days * DAY + i * 1e-9)
    names = (
        "dorset_events_a_second",
        "dorset_seconds_for_ten_years",
        "small_events_a_second",
        "simpy_events_a_second",
        "ratio_to_simpy",
    )
    found = dict(zip(names, map(float, np.median(rounds, axis=0)), strict=True))
    return {**found, "microseconds_a_call": (time.process_time() - start) / calls * 1e6}


if __name__ == "__main__":
    for name, value in measure().items():
        print(f"{name:32}{value:16,.2f}")
