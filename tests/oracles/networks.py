"""Networks that the kernel, SimPy and Ciw all run, and people for them.

Routes lead only forward and nobody sees a node twice, so a person is a list of (node, service time) known on
arrival; every engine decides for itself who waits, who is turned away and who blocks whom. People are either
sampled here with numpy, from the network file's own words and without the model's code (the oracles' own
people), or read from the kernel's log (then every engine must give every person the same minutes).
"""

from __future__ import annotations

import math
from typing import Any, NamedTuple

import numpy as np

from sim.kernels.flow import Stages

HOUR = 60.0

LOGNORMAL = {"distribution": "lognormal", "mean": 1.1, "sd": 0.8}
CLASSES = {"urgent": 0.3, "routine": 0.7}
BY_CLASS = {"by": "class", "values": {"urgent": 0, "routine": 1}}


class Person(NamedTuple):
    """Somebody from outside: minute, priority where priorities hold, and each (node, minutes of service)."""

    time: float
    priority: int
    steps: tuple[tuple[str, float], ...]


class Stage(NamedTuple):
    """One stage: who (order of arrival), where, and the minutes of joining, starting, finishing, leaving."""

    person: int
    node: str
    join: float
    start: float
    end: float
    leave: float


class Record(NamedTuple):
    """What an engine tells of a run: all finished stages, and the (minute, node) of each turned away."""

    stages: list[Stage]
    turned_away: list[tuple[float, str]]


def department() -> dict[str, Any]:
    """A&E with a day profile of places and arrivals and two priorities; the admitted block their cubicle."""
    return {
        "nodes": {
            "ed": {
                "places": [
                    {"from": 0, "to": 8, "places": 4},
                    {"from": 8, "to": 20, "places": 8},
                    {"from": 20, "to": 24, "places": 5},
                ],
                "service": LOGNORMAL,
                "priority": BY_CLASS,
            },
            "ward": {
                "places": 15, "internal_queue": 0, "priority": 0,
                "service": {"distribution": "exponential", "mean": 12.0},
            },
        },
        "arrivals": {
            "ed": {
                "profile": [
                    {"from": 0, "to": 8, "rate": 1.6},
                    {"from": 8, "to": 22, "rate": 4.4},
                    {"from": 22, "to": 24, "rate": 3.0},
                ],
                "mix": {"by": "class", "values": CLASSES},
            }
        },
        "routes": {"ed": {"ward": 0.24, "home": 0.76}, "ward": {"home": 1.0}},
    }  # fmt: skip


def ward_chain() -> dict[str, Any]:
    """Assessment, ward and rehabilitation with next to no room between them: blocking runs up the chain."""
    return {
        "nodes": {
            "assessment": {
                "places": [
                    {"from": 0, "to": 9, "places": 3},
                    {"from": 9, "to": 21, "places": 7},
                    {"from": 21, "to": 24, "places": 4},
                ],
                "service": {"distribution": "lognormal", "mean": 1.5, "sd": 1.2},
                "priority": BY_CLASS,
            },
            "ward": {
                "places": 11, "internal_queue": 0, "priority": 0,
                "service": {"distribution": "gamma", "mean": 8.0, "sd": 5.0},
            },
            "rehabilitation": {
                "places": 6, "internal_queue": 1, "priority": 0,
                "service": {"distribution": "exponential", "mean": 12.0},
            },
        },
        "arrivals": {"assessment": {"rate": 1.6, "mix": {"by": "class", "values": CLASSES}}},
        "routes": {
            "assessment": {"ward": 0.45, "home": 0.55},
            "ward": {"rehabilitation": 0.4, "home": 0.6},
            "rehabilitation": {"home": 1.0},
        },
    }  # fmt: skip


def whole_system() -> dict[str, Any]:
    """Two doors, a walk-in unit that turns people away, a finite queue inside, one ward that blocks both."""
    return {
        "nodes": {
            "triage": {
                "places": [{"from": 0, "to": 7, "places": 1}, {"from": 7, "to": 24, "places": 2}],
                "service": {"distribution": "uniform", "low": 0.1, "high": 0.4},
                "priority": BY_CLASS,
            },
            "majors": {
                "places": 6, "internal_queue": 2, "priority": 0,
                "service": LOGNORMAL,
            },
            "walk_in": {
                "places": 2, "external_queue": 3, "priority": BY_CLASS,
                "service": {"distribution": "triangular", "low": 0.2, "mode": 0.5, "high": 1.4},
            },
            "ward": {
                "places": 18, "internal_queue": 0, "priority": 0,
                "service": {"distribution": "weibull", "shape": 1.5, "scale": 13.0},
            },
        },
        "arrivals": {
            "triage": {
                "profile": [{"from": 0, "to": 7, "rate": 1.8}, {"from": 7, "to": 24, "rate": 4.2}],
                "mix": {"by": "class", "values": CLASSES},
            },
            "walk_in": {"rate": 2.6, "mix": {"by": "class", "values": CLASSES}},
        },
        "routes": {
            "triage": {"majors": 0.9, "home": 0.1},
            "majors": {"ward": 0.27, "home": 0.73},
            "walk_in": {"ward": 0.05, "home": 0.95},
            "ward": {"home": 1.0},
        },
    }  # fmt: skip


def priorities_everywhere() -> dict[str, Any]:
    """The whole system, but the urgent also overtake in the finite queue and among the blocked.

    Ciw lets the blocked in strictly in the order in which they were blocked, so only SimPy runs this one.
    """
    document = whole_system()
    for node in document["nodes"].values():
        node["priority"] = BY_CLASS
    return document


NETWORKS = {
    "department": department,
    "ward_chain": ward_chain,
    "whole_system": whole_system,
    "priorities_everywhere": priorities_everywhere,
}
FOR_CIW = ("department", "ward_chain", "whole_system")


def network_file(document: dict[str, Any]) -> dict[str, Any]:
    """The whole network file."""
    return {"time_unit": "hour", "exits": ["home"], "kinds": {"class": list(CLASSES)}, **document}


def places_by_hour(node: dict[str, Any]) -> list[int]:
    """Places in each hour of the day."""
    places = node["places"]
    if isinstance(places, int):
        return [places] * 24
    return [next(e["places"] for e in places if e["from"] <= hour < e["to"]) for hour in range(24)]


def priority_at(node: dict[str, Any], person: Person) -> int:
    """The person's priority at a node."""
    return 0 if node["priority"] == 0 else person.priority


# ---------------------------------------------------------------------------------------- sampling
def sampled_people(document: dict[str, Any], days: float, seed: list[int]) -> list[Person]:
    """People of so many days, by numpy's own generators."""
    rng = np.random.default_rng(seed)
    people = []
    for door, stream in document["arrivals"].items():
        hourly = stream.get("profile", [{"from": 0, "to": 24, "rate": stream.get("rate")}])
        for entry in hourly:  # a Poisson number in each stretch of each day, at uniform minutes
            length = entry["to"] - entry["from"]
            counts = rng.poisson(entry["rate"] * length, int(days))
            starts = np.repeat(np.arange(int(days)) * 24.0 + entry["from"], counts)
            for time in starts + length * rng.random(counts.sum()):
                priority = int(rng.random() >= CLASSES["urgent"])
                people.append(Person(time * HOUR, priority, _steps(document, door, rng)))
    return sorted(people)


def _steps(document: dict[str, Any], node: str, rng: np.random.Generator) -> tuple[tuple[str, float], ...]:
    steps = []
    while node != "home":
        steps.append((node, _duration(document["nodes"][node]["service"], rng) * HOUR))
        node = _way_on(document["routes"][node], rng.random())
    return tuple(steps)


def _way_on(targets: dict[str, float], u: float) -> str:
    """The target whose share of the unit interval holds u."""
    for target, share in targets.items():
        u -= share
        if u < 0.0:
            return target
    return target


def _duration(service: dict[str, Any], rng: np.random.Generator) -> float:
    """A service time in hours, from textbook parameters of each family."""
    match service["distribution"]:
        case "exponential":
            return float(rng.exponential(service["mean"]))
        case "lognormal":
            variance = math.log(1.0 + (service["sd"] / service["mean"]) ** 2)
            return float(rng.lognormal(math.log(service["mean"]) - variance / 2.0, math.sqrt(variance)))
        case "gamma":
            shape = (service["mean"] / service["sd"]) ** 2
            return float(rng.gamma(shape, service["mean"] / shape))
        case "weibull":
            return float(service["scale"] * rng.weibull(service["shape"]))
        case "uniform":
            return float(rng.uniform(service["low"], service["high"]))
        case "triangular":
            return float(rng.triangular(service["low"], service["mode"], service["high"]))
    raise ValueError(service["distribution"])


def people_of_log(document: dict[str, Any], log: Stages, names: tuple[str, ...]) -> list[Person]:
    """The kernel's own people: who came when, and the service times that its log shows.

    Who was turned away has no service time in the log, and needs none: an oracle that lets them in fails.
    """
    found: dict[tuple[int, int], list[tuple[float, int, float]]] = {}
    for i in range(len(log.node)):
        visit = (
            float(log.time_join[i]),
            int(log.node[i]),
            float(log.time_service_end[i] - log.time_start[i]),
        )
        found.setdefault((int(log.episode[i]), int(log.person_id[i])), []).append((*visit, int(log.kind[i])))
    people = []
    for visits in found.values():
        visits.sort()
        steps = tuple((names[node], minutes) for _, node, minutes, _ in visits)
        people.append(Person(visits[0][0], visits[0][3], steps))
    return sorted(people)


# ---------------------------------------------------------------------------------------- measures
MEASURES = ("served", "mean_wait", "mean_queue", "mean_occupied", "mean_blocked", "turned_away")


def measures(record: Record, nodes: list[str], first: float, last: float) -> dict[tuple[str, str], float]:
    """Means over the minutes from `first` to `last`: hours of wait, counts a day, people on average."""
    times = {
        node: np.array([stage[2:] for stage in record.stages if stage.node == node]).reshape(-1, 4)
        for node in nodes
    }
    days = (last - first) / 1440.0
    found: dict[tuple[str, str], float] = {}
    for node, rows in times.items():
        join, start, end, leave = rows.T
        started = (start >= first) & (start < last)
        found[node, "served"] = float(np.sum((end >= first) & (end < last))) / days
        found[node, "mean_wait"] = float((start - join)[started].mean()) / HOUR
        for name, since, until in (
            ("mean_queue", join, start), ("mean_occupied", start, leave), ("mean_blocked", end, leave)
        ):  # fmt: skip
            inside = np.clip(until, first, last) - np.clip(since, first, last)
            found[node, name] = float(inside.sum()) / (last - first)
        found[node, "turned_away"] = (
            sum(first <= t < last and n == node for t, n in record.turned_away) / days
        )
    return found
