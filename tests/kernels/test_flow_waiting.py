"""What people do when they wait, and how nodes answer, on networks so small that the times are known."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from sim.care import Network
from sim.kernels.flow import FlowState, Stages
from sim.kernels.flow_layout import BALKED
from sim.parameters.errors import InputError

TEN = {"distribution": "deterministic", "value": 10}


def network(**parts: Any) -> Network:
    """Nodes `desk` (one place, ten minutes) and `other` (two places, ten minutes), changed by `parts`."""
    document: dict[str, Any] = {
        "time_unit": "minute",
        "nodes": {"desk": {"places": 1, "service": TEN}, "other": {"places": 2, "service": TEN}},
        "routes": {"desk": {"home": 1}, "other": {"home": 1}},
        "exits": ["home", "gone"],
    }
    for section, value in parts.items():
        if isinstance(value, dict) and section in ("nodes", "routes"):
            for name, keys in value.items():
                document[section].setdefault(name, {})
                document[section][name] = {**document[section][name], **keys} if section == "nodes" else keys
        else:
            document[section] = value
    document["arrivals"] = {"desk": {"rate": 1}, "other": {"rate": 1}}
    return Network.from_dict(document)


def run(
    net: Network, times: list[float], until: float = 1000.0, priority: Any = 0
) -> tuple[FlowState, Stages]:
    """People who come to the desk at these minutes, and what happened until then."""
    state = FlowState(net.flow, key=(7, 7))
    n = len(times)
    state.add_arrivals(times, 0, 0, priority, -1, np.arange(n), 0)
    state.advance(until)
    return state, state.take_log()


def by_person(log: Stages, column: str) -> dict[int, float]:
    """One column of the log by person."""
    return dict(zip(log.person_id.tolist(), getattr(log, column).tolist(), strict=True))


def fixed(value: float) -> dict[str, Any]:
    """A fixed time."""
    return {"distribution": "deterministic", "value": value}


def test_who_waits_too_long_leaves() -> None:
    state, log = run(network(nodes={"desk": {"reneging": {"after": fixed(5), "to": "gone"}}}), [0, 1, 2, 9])
    assert by_person(log, "time_leave") == {0: 10.0, 1: 6.0, 2: 7.0, 3: 20.0}
    assert np.isnan(by_person(log, "time_start")[1])
    assert state.totals().reneged.tolist() == [2, 0] and state.left == 4


def test_reneging_may_lead_to_another_node() -> None:
    _, log = run(network(nodes={"desk": {"reneging": {"after": fixed(5), "to": "other"}}}), [0, 1])
    rows = [(p, n, leave) for p, n, leave in zip(log.person_id, log.node, log.time_leave, strict=True)]
    assert rows == [(1, 0, 6.0), (0, 0, 10.0), (1, 1, 16.0)]


def test_somebody_who_worsens_is_seen_before_who_came_earlier() -> None:
    rule = {"deterioration": {"after": fixed(3), "priority": 0}}
    _, log = run(network(nodes={"desk": rule}), [0, 1, 2], priority=[3, 3, 5])
    assert by_person(log, "time_start") == {0: 0.0, 1: 10.0, 2: 20.0}
    waiting = {"deterioration": {"after": {"distribution": "mixture", "of": [
        {"share": 0.5, "distribution": "deterministic", "value": 1},
        {"share": 0.5, "distribution": "deterministic", "value": 99},
    ]}, "priority": 0}}  # fmt: skip
    starts = set()
    for seed in range(20):
        state = FlowState(network(nodes={"desk": waiting}).flow, key=(seed, 1))
        state.add_arrivals([0, 1, 2], 0, 0, [3, 3, 3], -1, np.arange(3), 0)
        state.advance(100)
        starts.add(tuple(by_person(state.take_log(), "time_start").items()))
    assert {dict(s)[2] for s in starts} == {10.0, 20.0}  # only the last worsened, or not


def test_death_while_waiting_is_counted_and_leaves_by_its_exit() -> None:
    state, log = run(network(nodes={"desk": {"death": {"after": fixed(4), "to": "gone"}}}), [0, 1])
    assert by_person(log, "next") == {0: -1, 1: -2}
    assert state.totals().died.tolist() == [1, 0]


def test_who_sees_a_long_queue_balks() -> None:
    state, log = run(network(nodes={"desk": {"balking": [{"queue": 2, "probability": 1}]}}), [0, 1, 2, 3])
    assert by_person(log, "next")[3] == BALKED
    assert state.totals().balked.tolist() == [1, 0]


def test_who_is_blocked_too_long_goes_to_the_substitute() -> None:
    nodes = {
        "desk": {"places": 3},
        "other": {"places": 1, "internal_queue": 0, "overflow": {"after": fixed(6), "to": "gone"}},
    }
    state, log = run(network(nodes=nodes, routes={"desk": {"other": 1}}), [0, 1, 2])
    leaves = {(p, n): t for p, n, t in zip(log.person_id, log.node, log.time_leave, strict=True)}
    assert leaves == {(0, 0): 10.0, (0, 1): 20.0, (1, 0): 17.0, (2, 0): 18.0}
    assert state.totals().overflowed.tolist() == [0, 2]


def test_escalation_opens_above_and_closes_when_vacated() -> None:
    escalation = {"places": 2, "open_above": 2.0, "close_below": 1.0}
    state, log = run(network(nodes={"desk": {"escalation": escalation}}), [0, 1, 2])
    # two waiting and one served are more than twice one place: both places open at once
    assert by_person(log, "time_start") == {0: 0.0, 1: 2.0, 2: 2.0}
    assert state.totals().escalated[0] == pytest.approx(2 * 10.0)


def test_a_person_who_needs_several_places_is_not_overtaken() -> None:
    nodes = {"desk": {"places": 3, "uses": {"initial": 2}}}
    _, log = run(network(nodes=nodes), [0, 1, 2])
    # needs fall from two places to one after half the service
    assert by_person(log, "time_start") == {0: 0.0, 1: 5.0, 2: 10.0}


def test_ways_on_follow_the_clock() -> None:
    open_hours = {"by": "hour", "values": {"8-22": 1.0}, "default": 0.0}
    net = network(routes={"desk": {"other": open_hours, "home": "remainder"}})
    _, log = run(net, [60 * 7 + 45, 60 * 7 + 55, 60 * 21 + 55], until=3000)
    nexts = [n for n, node in zip(log.next, log.node, strict=True) if node == 0]
    assert nexts == [-1, 1, -1]
    weekend = {"by": "weekday", "values": {"sat-sun": 0.0}, "default": 1.0}
    net = network(routes={"desk": {"other": weekend, "home": "remainder"}})
    _, log = run(net, [5 * 1440 - 30, 5 * 1440, 7 * 1440], until=9 * 1440)
    assert [n for n, node in zip(log.next, log.node, strict=True) if node == 0] == [1, -1, 1]


def test_a_session_takes_one_person_for_each_slot() -> None:
    slots = [{"weekdays": ["tue"], "from": 9, "to": 12, "slots": 2}]
    document = {
        "time_unit": "minute",
        "nodes": {"clinic": {"slots": slots}},
        "arrivals": {"clinic": {"rate": 1}},
        "routes": {"clinic": {"home": 1}},
        "exits": ["home"],
    }
    net = Network.from_dict(document)
    state = FlowState(net.flow, key=(1, 1))
    state.add_arrivals([0.0, 1.0, 2.0], 0, 0, 0, -1, np.arange(3), 0)
    state.add_place_changes(*net.place_changes(0.0, 15 * 1440.0))
    state.advance(15 * 1440.0)
    tuesday = 1440.0 + 9 * 60
    assert by_person(state.take_log(), "time_start") == {0: tuesday, 1: tuesday, 2: tuesday + 7 * 1440}


def test_people_present_at_the_start_are_people() -> None:
    document = {
        "time_unit": "hour",
        "nodes": {"ward": {"places": 30, "service": {"distribution": "exponential", "mean": 72}}},
        "initial": {"ward": {"occupied": 28, "waiting": 3}},
        "arrivals": {"ward": {"rate": 0.3}},
        "routes": {"ward": {"home": 1}},
        "exits": ["home"],
    }
    from sim.care.opening import place_initial

    net = Network.from_dict(document)
    state = FlowState(net.flow, key=(1, 1))
    place_initial(net, state, (1, 1))
    now = state.occupancy()
    assert now.occupied.tolist() == [30] and now.queue.tolist() == [1] and state.live == 31
    state.advance(1e6)
    log = state.take_log()
    assert len(log.node) == 31 and state.live == 0
    assert (log.time_start < 0).sum() == 28
    document["initial"] = {"ward": {"occupied": 31}, "wart": {"waiting": 1}}
    with pytest.raises(InputError, match="places open at the start") as caught:
        Network.from_dict(document)
    assert "wart" in str(caught.value) and "ward" in str(caught.value)


@pytest.mark.parametrize(
    ("keys", "said"),
    [
        ({"reneging": {"after": fixed(5), "to": "desk"}}, "another node or an exit"),
        ({"death": {"after": fixed(5), "to": "other"}}, "an exit"),
        ({"deterioration": {"after": fixed(5)}}, "either priority or to"),
        ({"escalation": {"places": 2, "open_above": 0.5, "close_below": 0.9}}, "close_below"),
        ({"uses": {"initial": 1, "final": 2}}, "final not above initial"),
        ({"uses": {"initial": 4}}, "at most the 1 places"),
        ({"balking": [{"queue": 2, "probability": 1.5}]}, "probability from 0 to 1"),
        ({"service": {"distribution": "mixture", "of": [{"share": 1, **TEN}]}}, "two or more parts"),
        ({"service": {"distribution": "mixture", "of": [{"share": 0.6, **TEN}] * 2}}, "sum to 1"),
    ],
)  # fmt: skip
def test_rules_that_cannot_be_are_refused(keys: dict[str, Any], said: str) -> None:
    with pytest.raises(InputError, match=said):
        network(nodes={"desk": keys})
