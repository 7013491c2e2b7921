"""Changes of a network whose effect on the kernel is known beforehand, without knowing any result."""

from __future__ import annotations

import copy
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats

from sim.care import Network, simulate
from sim.kernels.flow import FlowState, Stages
from tests.kernels.queueing import all_stages, announced, replicate_key

TIMES = ("mean", "sd", "median", "p90", "low", "mode", "high", "value", "scale", "minimum", "maximum")

# Priorities, blocking, a finite queue, delays that keep the place or not, a hub, a diversion.
DOCUMENT: dict[str, Any] = {
    "time_unit": "hour",
    "kinds": {"class": ["urgent", "routine"]},
    "nodes": {
        "door": {
            "places": 4,
            "external_queue": 6,
            "divert_to": "clinic",
            "service": {"distribution": "lognormal", "mean": 1.0, "sd": 0.75},
            "priority": {"by": "class", "values": {"urgent": 0, "routine": 1}},
        },
        "clinic": {
            "places": 2,
            "external_queue": 3,
            "service": {"distribution": "uniform", "low": 0.5, "high": 1.0},
        },
        "ward": {"places": 9, "internal_queue": 1, "service": {"distribution": "exponential", "mean": 8.0}},
        "hub": {
            "places": 3,
            "holds_upstream": True,
            "service": {"distribution": "gamma", "mean": 3.0, "sd": 2.0},
        },
        "rehabilitation": {
            "places": 7,
            "internal_queue": 0,
            "service": {"distribution": "weibull", "median": 12.0, "p90": 30.0},
        },
    },
    "arrivals": {
        "door": {"rate": 3.0, "mix": {"by": "class", "values": {"urgent": 0.25, "routine": 0.75}}},
        "clinic": {"rate": 1.0},
    },
    "routes": {
        "door": {"ward": {"probability": 0.2, "delay": 0.5, "holds_place": True}, "home": 0.8},
        "clinic": {"door": {"probability": 0.25, "delay": 0.25, "holds_place": False}, "home": 0.75},
        "ward": {"hub": 0.6, "home": 0.4},
        "hub": {"rehabilitation": 0.75, "home": 0.25},
        "rehabilitation": {"home": 1.0},
    },
    "exits": ["home"],
}  # fmt: skip


def scaled(document: dict[str, Any], factor: float) -> dict[str, Any]:
    """The document with every time multiplied by a factor and every rate divided by it."""
    changed = copy.deepcopy(document)
    distributions = [node["service"] for node in changed["nodes"].values()]
    for ways in changed["routes"].values():
        for way in ways.values():
            if isinstance(way, dict) and "delay" in way:
                way["delay"] *= factor
    for distribution in distributions:
        for name in set(TIMES) & set(distribution):
            distribution[name] *= factor
    for stream in changed["arrivals"].values():
        stream["rate"] /= factor
    return changed


def stages(document: dict[str, Any], days: float = 60.0) -> Stages:
    """All stages of some weeks."""
    return all_stages(Network.from_dict(document), days, 1)


def relabelled() -> tuple[dict[str, Any], dict[str, str]]:
    """The document with other names of nodes, their streams kept; and the names."""
    names = {
        name: f"{letter}_of_another_hospital" for name, letter in zip(DOCUMENT["nodes"], "zyxwv", strict=True)
    }
    changed = copy.deepcopy(DOCUMENT)
    changed["nodes"] = {
        names[name]: {**node, "stream": f"node/{name}"} for name, node in changed["nodes"].items()
    }
    changed["nodes"][names["door"]]["divert_to"] = names["clinic"]
    changed["arrivals"] = {names[name]: stream for name, stream in changed["arrivals"].items()}
    changed["routes"] = {
        names[name]: {names.get(target, target): way for target, way in ways.items()}
        for name, ways in changed["routes"].items()
    }
    return changed, names


# ---------------------------------------------------------------------------------------- labels
def test_other_labels_with_the_streams_kept_change_nothing_else() -> None:
    """The same arrivals in both: logs equal to the bit."""
    document, names = relabelled()
    logs = []
    for network in (Network.from_dict(DOCUMENT), Network.from_dict(document)):
        given = announced(Network.from_dict(DOCUMENT), 60.0, replicate_key(1, 1))
        state = FlowState(network.flow, key=replicate_key(1, 1))
        times, rows = given._state.arrival_time, given._state.arrival_int
        state.add_arrivals(times, *rows.T)
        state.advance(400.0 * 1440.0)
        assert state.left > 0
        logs.append(np.column_stack(state.take_log()))
        assert network.node_names == tuple(DOCUMENT["nodes"]) or network.node_names == tuple(names.values())
    np.testing.assert_array_equal(*logs)


def test_other_labels_with_the_streams_kept_change_nothing_through_the_public_door() -> None:
    """As above, with the file's own arrivals."""
    document, names = relabelled()
    ours = simulate(Network.from_dict(DOCUMENT), days=30, warm_up=5, replicates=2)
    theirs = simulate(Network.from_dict(document), days=30, warm_up=5, replicates=2)
    assert theirs["node"].tolist() == [names[name] for name in ours["node"]]
    same = ["node", "time_unit"]
    np.testing.assert_array_equal(theirs.drop(columns=same), ours.drop(columns=same))


def test_the_order_of_nodes_in_the_file_does_not_matter() -> None:
    """Nodes written backwards: every person's stages are the same to the bit."""
    backwards = {**DOCUMENT, "nodes": dict(reversed(DOCUMENT["nodes"].items()))}
    found = []
    for document in (DOCUMENT, backwards):
        names = np.array(list(document["nodes"]))
        log = stages(document)
        rows = zip(
            log.episode,
            log.person_id,
            log.time_join,
            names[log.node],
            log.time_start,
            log.time_leave,
            strict=True,
        )
        found.append(sorted(rows, key=lambda row: row[:4]))
    assert len(found[0]) == len(found[1])
    np.testing.assert_array_equal(*([row[4:] for row in rows] for rows in found))
    assert [row[:4] for row in found[0]] == [row[:4] for row in found[1]]


# ---------------------------------------------------------------------------------------- time
@pytest.mark.parametrize("factor", [0.5, 4.0])
def test_other_speed_of_everything_scales_every_time(factor: float) -> None:
    """All times halved and all rates doubled: every minute of every person is halved."""
    plain, fast = stages(DOCUMENT, 60.0), stages(scaled(DOCUMENT, factor), 60.0 * factor)
    assert len(plain.node) == len(fast.node) > 4000
    np.testing.assert_array_equal(np.column_stack(plain[:6]), np.column_stack(fast[:6]))
    for ours, theirs in zip(plain[6:], fast[6:], strict=True):
        np.testing.assert_allclose(theirs, ours * factor, rtol=1e-9, atol=1e-9)


def test_halved_times_halve_the_waits_through_the_public_door() -> None:
    plain = simulate(Network.from_dict(DOCUMENT), days=60, warm_up=10, replicates=3)
    fast = simulate(Network.from_dict(scaled(DOCUMENT, 0.5)), days=30, warm_up=5, replicates=3)
    for column in ("mean_wait", "p95_wait"):
        np.testing.assert_allclose(fast[column], plain[column] / 2.0, rtol=1e-9, atol=1e-12)
    for column in (
        "arrivals",
        "served",
        "turned_away",
        "mean_queue",
        "mean_occupied",
        "utilisation",
        "mean_blocked",
    ):
        np.testing.assert_allclose(fast[column], plain[column], rtol=1e-9, atol=1e-12)


@pytest.mark.parametrize(("unit", "per_hour"), [("minute", 60.0), ("day", 1.0 / 24.0)])
def test_time_units_convert_exactly(unit: str, per_hour: float) -> None:
    """The same network told in minutes or days: the same minutes, and results in the file's own unit."""
    document = {**scaled(DOCUMENT, per_hour), "time_unit": unit}
    ours, theirs = stages(DOCUMENT), stages(document)
    np.testing.assert_array_equal(np.column_stack(ours[:6]), np.column_stack(theirs[:6]))
    for one, other in zip(ours[6:], theirs[6:], strict=True):
        np.testing.assert_allclose(one, other, rtol=1e-12, atol=1e-9)
    tables = [simulate(Network.from_dict(d), days=30, warm_up=5, replicates=2) for d in (DOCUMENT, document)]
    for column in tables[0].columns.drop(["node", "time_unit"]):
        per = per_hour if "wait" in column else 1.0
        np.testing.assert_allclose(tables[1][column], tables[0][column] * per, rtol=1e-9, atol=1e-9)


def test_units_of_single_values_convert_exactly() -> None:
    """`unit` at a distribution or a rate means the same as the file's unit."""
    document = copy.deepcopy(DOCUMENT)
    document["nodes"]["ward"]["service"] = {"distribution": "exponential", "mean": 480.0, "unit": "minute"}
    document["nodes"]["hub"]["service"] = {
        "distribution": "gamma",
        "mean": 0.125,
        "sd": 1 / 12,
        "unit": "day",
    }
    document["arrivals"]["door"]["rate"], document["arrivals"]["door"]["unit"] = 3.0 * 168.0, "week"
    ours, theirs = stages(DOCUMENT), stages(document)
    for one, other in zip(ours, theirs, strict=True):
        np.testing.assert_allclose(one, other, rtol=1e-12, atol=1e-9)


# ---------------------------------------------------------------------------------------- places
SERVICES = (
    {"distribution": "exponential", "mean": 1.0},
    {"distribution": "lognormal", "mean": 1.0, "sd": 2.0},
    {"distribution": "deterministic", "value": 1.0},
    {"distribution": "uniform", "low": 0.0, "high": 2.0},
)


@settings(max_examples=30, deadline=None)
@given(st.integers(1, 6), st.sampled_from(SERVICES), st.floats(0.5, 0.98), st.integers(0, 10_000))
def test_a_further_place_delays_nobody_at_a_node_of_one_class(
    places: int, service: dict[str, Any], load: float, seed: int
) -> None:
    """First come, first served, with the same people: no single wait grows (Kiefer and Wolfowitz)."""
    waits = []
    for count in (places, places + 1):
        document = {
            "time_unit": "hour",
            "nodes": {"a": {"places": count, "service": service}},
            "arrivals": {"a": {"rate": load * places}},
            "routes": {"a": {"home": 1.0}},
            "exits": ["home"],
        }
        log = all_stages(Network.from_dict(document), 10.0, 1, seed)
        order = np.argsort(log.person_id)
        waits.append((log.time_start - log.time_join)[order])
    assert np.all(waits[1] <= waits[0] + 1e-6)


@pytest.mark.validation
@pytest.mark.parametrize("node", list(DOCUMENT["nodes"]))
def test_a_further_place_never_raises_the_nodes_own_mean_wait(node: str) -> None:
    """In a network with blocking, one class: mean paired difference over 30 replicates against its noise.

    One-sided, 99.9%: at no true effect one node in a thousand fails at a new seed.
    """
    more = copy.deepcopy(DOCUMENT)
    more["nodes"][node]["places"] += 1
    waits = []
    for document in (DOCUMENT, more):
        one_class = copy.deepcopy(document)
        one_class["kinds"], one_class["nodes"]["door"]["priority"] = {}, 0
        one_class["arrivals"]["door"]["mix"] = 1.0
        runs = []
        for replicate in range(1, 31):
            log = all_stages(Network.from_dict(one_class), 200.0, replicate)
            mine = (log.node == list(DOCUMENT["nodes"]).index(node)) & ~np.isnan(log.time_start)
            runs.append(float((log.time_start - log.time_join)[mine].mean()))
        waits.append(runs)
    difference = np.subtract(waits[1], waits[0])
    noise = stats.t.ppf(0.999, 29) * difference.std(ddof=1) / np.sqrt(30)
    assert difference.mean() <= noise
