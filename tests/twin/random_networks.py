"""Random networks with everything that the flow kernel knows, and random input for them."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, NamedTuple

import numpy as np

from sim.care import Network
from sim.kernels.flow_layout import UNLIMITED
from tests.twin.flow_twin import Arrival

SERVICES = (
    {"distribution": "exponential", "mean": 3.0},
    {"distribution": "lognormal", "mean": 4.0, "sd": 3.0},
    {"distribution": "gamma", "mean": 2.0, "sd": 1.5},
    {"distribution": "weibull", "median": 2.0, "p90": 5.0},
    {"distribution": "uniform", "low": 0.5, "high": 3.0},
    {"distribution": "triangular", "low": 0.5, "mode": 1.0, "high": 4.0},
    {"distribution": "deterministic", "value": 2.0},
    {"distribution": "deterministic", "value": 0.0},
    {"distribution": "empirical", "quantiles": [[0.0, 0.0], [0.5, 1.0], [1.0, 6.0]]},
    {"distribution": "lognormal", "mean": 4.0, "sd": 3.0, "minimum": 1.0, "maximum": 9.0},
    {
        "distribution": "mixture",
        "of": [
            {"share": 0.7, "distribution": "exponential", "mean": 1.0},
            {"share": 0.3, "distribution": "deterministic", "value": 5.0},
        ],
    },
)


class Case(NamedTuple):
    """One random network and what comes to it."""

    network: Network
    arrivals: list[Arrival]
    place_changes: list[tuple[float, int, int]]
    removals: list[tuple[float, int, int]]
    until: float


def random_document(rng: np.random.Generator) -> dict[str, Any]:
    """A random network file: two to six nodes, one to three kinds of people, rings of routes allowed."""
    names = [f"n{i}" for i in range(int(rng.integers(2, 7)))]
    levels = [str(i) for i in range(int(rng.integers(1, 4)))]

    def limit() -> int | str:
        return ("unlimited", 0, 1, 2, 3)[int(rng.integers(5))]

    def service() -> dict[str, Any]:
        return SERVICES[int(rng.integers(len(SERVICES)))]

    nodes: dict[str, dict[str, Any]] = {}
    for i, name in enumerate(names):
        nodes[name] = {
            "places": ("unlimited", 1, 1, 2, 3)[int(rng.integers(5))],
            "service": {"by": "k", "values": {level: service() for level in levels}},
            "external_queue": limit(),
            "internal_queue": limit(),
            "holds_upstream": bool(rng.random() < 0.3),
        }
        if rng.random() < 0.3 and i:
            nodes[name]["divert_to"] = names[int(rng.integers(i))]
        if rng.random() < 0.3:
            nodes[name]["priority"] = {"by": "k", "values": {level: int(rng.integers(8)) for level in levels}}
        nodes[name] |= random_conduct(rng, [*(n for n in names if n != name), "home"], service)
        if nodes[name]["places"] == "unlimited":
            nodes[name].pop("escalation", None)
    return {
        "time_unit": "hour",
        "kinds": {"k": levels},
        "nodes": nodes,
        "routes": {name: random_routes(rng, names, levels) for name in names},
        "exits": ["home", "elsewhere"],
    }


def random_conduct(
    rng: np.random.Generator, others: list[str], service: Callable[[], dict[str, Any]]
) -> dict[str, Any]:
    """What people do when they wait at one node, and how it answers; often nothing."""

    def elsewhere() -> str:
        return str(rng.choice(others))

    def patience() -> dict[str, Any]:
        """A wait that is never nothing: two full nodes would hand somebody to and fro for ever in no time."""
        found = service()
        return SERVICES[0] if found.get("value") == 0.0 else found

    rules: dict[str, dict[str, Any]] = {
        "reneging": {"after": patience(), "to": elsewhere()},
        "death": {"after": service(), "to": "home"},
        "deterioration": {"after": service(), "priority": int(rng.integers(4))},
        "overflow": {"after": patience(), "to": elsewhere()},
        "escalation": {"places": int(rng.integers(1, 3)), "open_above": 1.0, "close_below": 0.5},
    }
    chosen: dict[str, Any] = {word: rule for word, rule in rules.items() if rng.random() < 0.2}
    if "deterioration" in chosen and rng.random() < 0.3:
        chosen["deterioration"] = {"after": patience(), "to": elsewhere()}
    if rng.random() < 0.2:
        chosen["balking"] = [{"queue": 1, "probability": 0.3}, {"queue": 3, "probability": 0.9}]
    return chosen


def random_routes(rng: np.random.Generator, names: list[str], levels: list[str]) -> dict[str, Any]:
    """Ways on from one node, different for each kind, some with delays."""
    targets = [*rng.choice(names, size=int(rng.integers(1, 3)), replace=False), "elsewhere"]
    shares = {level: rng.dirichlet(np.ones(len(targets) + 1)) for level in levels}
    routes: dict[str, Any] = {"home": "remainder"}
    for i, target in enumerate(targets):
        route: dict[str, Any] = {
            "probability": {"by": "k", "values": {level: float(shares[level][i]) for level in levels}}
        }
        if rng.random() < 0.4:
            route["delay"] = SERVICES[int(rng.integers(len(SERVICES)))]
            route["holds_place"] = bool(rng.random() < 0.5)
        routes[str(target)] = route
    if rng.random() < 0.2:
        first = routes[str(targets[0])]
        usual = first["probability"]
        first["probability"] = {"by": "hour", "values": {"22-8": 0.0, "12": 0.0}, "default": usual}
    return routes


def add_uses(rng: np.random.Generator, document: dict[str, Any]) -> None:
    """A last node in which people use several places, falling; nothing leads back to it."""
    document["nodes"]["visits"] = {
        "places": 5,
        "internal_queue": (0, 2, "unlimited")[int(rng.integers(3))],
        "service": SERVICES[int(rng.integers(len(SERVICES)))],
        "uses": {"initial": {"by": "k", "values": {}, "default": int(rng.integers(1, 5))}, "final": 1},
    }
    document["routes"]["visits"] = {"home": 1}
    for routes in document["routes"].values():
        if "elsewhere" in routes:
            routes["visits"] = routes.pop("elsewhere")


def random_time(rng: np.random.Generator, until: float) -> float:
    """A minute before `until`; every other one is whole, so that some events fall together."""
    time = float(rng.uniform(0.0, until))
    return float(np.floor(time)) if rng.random() < 0.5 else time


def random_case(seed: int, people: int = 120, several_places: bool = True) -> Case:
    """A random network with arrivals (some at the same instant), closing places, and removals.

    `several_places` allows nodes in which one person uses several places.
    """
    rng = np.random.default_rng(seed)
    document = random_document(rng)
    if rng.random() < 0.5 and several_places:
        add_uses(rng, document)
    network = Network.from_dict(document)
    n = len(network.node_names)
    hours = 60.0
    until = 60.0 * (people / 2.0 + hours)
    slots = rng.integers(-1, people // 2, people)
    arrivals = [
        Arrival(
            random_time(rng, until * 0.7),
            int(rng.integers(n)),
            int(rng.integers(len(network.kinds))),
            int(rng.integers(8)),
            int(slots[i]),
            i,
            int(rng.integers(3)),
        )
        for i in range(people)
    ]
    changes = [
        (random_time(rng, until), int(rng.integers(n)), (0, 1, 2, 4, UNLIMITED)[rng.integers(5)])
        for _ in range(int(rng.integers(8)))
    ]
    removals = [
        (float(rng.uniform(0, until)), int(rng.integers(people // 2)), int(rng.integers(4)))
        for _ in range(people // 6)
    ]
    return Case(network, arrivals, changes, removals, until)
