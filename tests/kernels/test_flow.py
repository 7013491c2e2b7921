"""What the flow kernel promises besides agreeing with its twin: conservation, places, deadlock, integrals."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sim.care import Network
from sim.kernels import flow_layout as at
from sim.kernels.flow import FlowState
from tests.twin.random_networks import Case, random_case

FIXED = {"distribution": "deterministic", "value": 10.0}


def small(nodes: dict[str, object], routes: dict[str, object]) -> Network:
    """A network in minutes without arrivals of its own."""
    document = {"time_unit": "minute", "nodes": nodes, "routes": routes, "exits": ["home"]}
    return Network.from_dict(document)


def send(state: FlowState, times: list[float], node: int, slots: list[int] | None = None) -> None:
    """Announce arrivals at one node, with person slots 0, 1, 2, ... in order of time."""
    who = np.arange(len(times)) if slots is None else np.array(slots)
    state.add_arrivals(times, node, 0, 0, who, who, 0)


def filled(case: Case) -> FlowState:
    """A state that knows all of a case's input."""
    state = FlowState(case.network.flow, entity_capacity=8, log_capacity=1, key=(1, 2))
    state.add_arrivals(*(np.array(column) for column in zip(*case.arrivals, strict=True)))
    if case.place_changes:
        state.add_place_changes(*map(np.array, zip(*case.place_changes, strict=True)))
    if case.removals:
        state.add_removals(*map(np.array, zip(*case.removals, strict=True)))
    return state


@settings(max_examples=40, deadline=None)
@given(st.integers(0, 2**32 - 1))
def test_random_networks_conserve_people_and_places(seed: int) -> None:
    """Arrivals = left (reneged and died among them) + turned away + balked + removed + still inside.

    Places are exceeded only while they close, those of an escalation too.
    """
    case = random_case(seed)
    state = filled(case)
    previous = state.occupancy()
    for until in np.arange(60.0, case.until, 60.0):
        state.advance(float(until))
        now = state.occupancy()
        closing = {node for time, node, _ in case.place_changes if until - 60.0 <= time < until}
        escalates = np.flatnonzero(case.network.flow.nodes.escalation_places)
        for node in np.flatnonzero(now.occupied > now.places):
            assert node in closing or node in escalates or now.occupied[node] <= previous.occupied[node]
        previous = now
        arrived = sum(arrival.time < until for arrival in case.arrivals)
        totals = state.totals()
        gone = int(totals.turned_away.sum() + totals.balked.sum() + totals.removed.sum())
        assert arrived == state.left + gone + state.live
        assert state.live == now.queue.sum() + in_places(state) + now.in_delay.sum() + now.blocked.sum()


def in_places(state: FlowState) -> int:
    """People in service."""
    return int(np.sum(state._state.entity_int[:, at.STATUS] == at.IN_SERVICE))


@settings(max_examples=25, deadline=None)
@given(st.integers(0, 2**32 - 1))
def test_bed_time_is_the_integral_of_occupancy(seed: int) -> None:
    """Time from start to leaving, over finished and present stages, is the integral of occupied places."""
    case = random_case(seed, several_places=False)
    state = filled(case)
    state.advance(case.until)
    log = state.take_log()
    held = np.zeros(len(case.network.node_names))
    hub = case.network.flow.nodes.holds_upstream
    served = ~np.isnan(log.time_start)
    end = np.where(hub[log.node] & ~np.isnan(log.time_service_end), log.time_service_end, log.time_leave)
    np.add.at(held, log.node[served], (end - log.time_start)[served])
    ints, floats = state._state.entity_int, state._state.entity_float
    for entity in np.flatnonzero(ints[:, at.STATUS] != at.FREE):
        node = ints[entity, at.NODE]
        status = ints[entity, at.STATUS]
        if ints[entity, at.OPEN] == 1 and status != at.WAITING:
            stops = floats[entity, at.END] if hub[node] and status != at.IN_SERVICE else case.until
            held[node] += stops - floats[entity, at.START]
        if ints[entity, at.HOLD] >= 0:
            held[ints[entity, at.HOLD]] += case.until - floats[entity, at.HOLD_START]
    np.testing.assert_allclose(state.totals().occupied, held, rtol=1e-9, atol=1e-6)


@settings(max_examples=25, deadline=None)
@given(st.integers(0, 2**32 - 1), st.integers(1, 6), st.integers(1, 3))
def test_falling_needs_use_the_mean_of_first_and_last(seed: int, first: int, fewer: int) -> None:
    """Place-time of a finished service is its length times the mean number of places; nothing is kept."""
    last = max(1, first - fewer)
    node = {
        "places": 7,
        "service": {"distribution": "lognormal", "mean": 3.0, "sd": 2.0},
        "uses": {"initial": first, "final": last},
    }
    network = small({"a": node}, {"a": {"home": 1}})
    rng = np.random.default_rng(seed)
    state = FlowState(network.flow, key=(seed % 1000, 2))
    state.add_arrivals(np.sort(rng.uniform(0, 3000, 60)), 0, 0, 0, -1, np.arange(60), 0)
    for minute in np.arange(50.0, 3000.0, 50.0):
        state.advance(minute)
        assert 0 <= state.occupancy().occupied[0] <= 7
    state.advance(1e6)
    log = state.take_log()
    assert len(log.node) == 60 and state.live == 0 and state.occupancy().occupied[0] == 0
    served = float((log.time_service_end - log.time_start).sum())
    np.testing.assert_allclose(state.totals().occupied[0], served * (first + last) / 2.0, rtol=1e-9)


def test_who_calls_how_often_does_not_matter() -> None:
    case = random_case(11)
    logs = []
    for parts in (1, 50):
        state = filled(case)
        for until in np.linspace(0.0, case.until, parts + 1)[1:]:
            state.advance(float(until))
        logs.append(np.column_stack(state.take_log()))
    np.testing.assert_array_equal(*logs)


def test_adding_a_node_moves_nobody_elses_draws() -> None:
    nodes = {"a": {"places": 1, "service": {"distribution": "exponential", "mean": 5.0}}}
    alone = small(nodes, {"a": {"home": 1}})
    more = {"new": {"places": 1, "service": {"distribution": "exponential", "mean": 5.0}}, **nodes}
    together = small(more, {"a": {"home": 1}, "new": {"home": 1}})
    starts = []
    for network in (alone, together):
        state = FlowState(network.flow, key=(3, 4))
        send(state, list(np.arange(40.0)), network.node("a"))
        if "new" in network.node_names:
            send(state, list(np.arange(40.0)), network.node("new"), [-1] * 40)
        state.advance(1e6)
        log = state.take_log()
        starts.append(log.time_service_end[log.node == network.node("a")])
    np.testing.assert_array_equal(*starts)


def test_blocking_after_service_holds_the_place() -> None:
    network = small(
        {
            "first": {"places": 2, "service": FIXED},
            "second": {"places": 1, "service": FIXED, "internal_queue": 0},
        },
        {"first": {"second": 1}, "second": {"home": 1}},
    )
    state = FlowState(network.flow)
    send(state, [0.0, 0.0, 0.0], 0)
    state.advance(15.0)
    now = state.occupancy()
    assert (now.occupied.tolist(), now.blocked.tolist(), now.queue.tolist()) == ([2, 1], [1, 0], [0, 0])
    state.advance(1000.0)
    log = state.take_log()
    assert log.time_leave[log.node == 0].tolist() == [10.0, 20.0, 30.0]
    assert state.totals().blocked.tolist() == [20.0, 0.0]


def test_a_hub_holds_the_place_upstream() -> None:
    """Ward of one; the hub's patients stay in it until the home service takes them."""
    network = small(
        {
            "ward": {"places": 1, "service": FIXED},
            "hub": {"places": 1, "service": FIXED, "holds_upstream": True},
            "home_care": {"places": 1, "service": {**FIXED, "value": 50.0}, "internal_queue": 0},
        },
        {"ward": {"hub": 1}, "hub": {"home_care": 1}, "home_care": {"home": 1}},
    )
    state = FlowState(network.flow)
    send(state, [0.0, 1.0], 0)
    state.advance(45.0)
    now = state.occupancy()
    assert now.occupied.tolist() == [1, 0, 1]  # the second patient is blocked after the hub, in a bed
    assert now.held.tolist() == [1, 0, 0]
    assert now.blocked.tolist() == [0, 1, 0]
    state.advance(1000.0)
    log = state.take_log()
    ward = log.node == 0
    assert log.time_leave[ward].tolist() == [20.0, 70.0]
    assert log.time_service_end[ward].tolist() == [10.0, 30.0]


def test_removal_frees_every_place_and_names_the_reason() -> None:
    network = small(
        {
            "ward": {"places": 1, "service": FIXED},
            "hub": {"places": 1, "service": FIXED, "holds_upstream": True},
        },
        {"ward": {"hub": 1}, "hub": {"home": 1}},
    )
    state = FlowState(network.flow)
    send(state, [0.0, 1.0], 0)
    state.add_removals([15.0, 16.0], [0, 7], [2, 2])
    state.advance(15.5)
    assert state.occupancy().occupied.tolist() == [1, 0]  # the second patient has the bed
    log = state.take_log()
    assert log.node.tolist() == [1, 0]
    assert log.next.tolist() == [at.REMOVED - 2, 1]
    assert state.person_nodes(0) == []
    assert state.person_nodes(1) == [(0, at.IN_SERVICE)]


def test_places_close_only_when_vacated() -> None:
    network = small({"a": {"places": 2, "service": FIXED}}, {"a": {"home": 1}})
    state = FlowState(network.flow)
    send(state, [0.0, 0.0, 0.0], 0)
    state.add_place_changes([5.0, 30.0], [0, 0], [1, 2])
    state.advance(6.0)
    assert state.occupancy().occupied.tolist() == [2]
    state.advance(100.0)
    assert state.take_log().time_start.tolist() == [0.0, 0.0, 10.0]
    assert state.totals().places[0] == pytest.approx(10 * 2 + 20 * 1 + 70 * 2)


def test_deadlock_is_found_and_named() -> None:
    node = {"places": 1, "service": FIXED, "internal_queue": 0}
    network = small(
        {"x": {**node}, "y": {**node}, "z": {"places": 1, "service": FIXED}},
        {
            "x": {"y": 0.9999999, "home": 0.0000001},
            "y": {"x": 0.9999999, "home": 0.0000001},
            "z": {"home": 1},
        },
    )
    state = FlowState(network.flow)
    send(state, [0.0], network.node("x"))
    send(state, [0.0], network.node("y"), [1])
    state.advance(5.0)
    assert state.find_deadlock() == []
    state.advance(500.0)
    assert sorted(state.find_deadlock()) == ["x", "y"]
    state.add_place_changes([600.0], [network.node("x")], [2])
    assert state.find_deadlock() == []  # more places are announced, so it will resolve
    state.advance(2000.0)


def test_a_closed_node_is_no_deadlock() -> None:
    network = small(
        {"x": {"places": 1, "service": FIXED}, "y": {"places": 0, "service": FIXED, "internal_queue": 0}},
        {"x": {"y": 1}, "y": {"home": 1}},
    )
    state = FlowState(network.flow)
    send(state, [0.0, 0.0], 0)
    state.advance(100.0)
    assert state.find_deadlock() == []


def test_input_that_makes_no_sense_is_refused() -> None:
    state = FlowState(random_case(1).network.flow)
    state.advance(10.0)
    for arguments in ((5.0, 0, 0, 0), (20.0, 99, 0, 0), (20.0, 0, 64, 0), (20.0, 0, 0, 8), (np.nan, 0, 0, 0)):
        with pytest.raises(ValueError, match="arrival"):
            state.add_arrivals(*arguments, 0, 0, 0)
