"""Network files: what they may say, and that everything wrong is told at once."""

from __future__ import annotations

import copy
import datetime
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import yaml

from sim.care import Network, flow_command, offered_load, simulate
from sim.care.calendar import changes_between
from sim.parameters.errors import InputError

CONTRACT_COLUMNS = [
    "node", "arrivals", "served", "turned_away", "mean_wait", "p95_wait", "mean_queue", "mean_occupied",
    "utilisation", "mean_blocked",
]  # fmt: skip

DESIGN_EXAMPLE: dict[str, Any] = {
    "time_unit": "hour",
    "nodes": {
        "assessment": {
            "places": [{"from": 0, "to": 8, "places": 4}, {"from": 8, "to": 24, "places": 8}],
            "service": {"distribution": "lognormal", "mean": 1.2, "sd": 0.8},
            "external_queue": "unlimited",
            "internal_queue": 0,
        },
        "ward": {"places": 120, "internal_queue": 0, "service": {"distribution": "exponential", "mean": 72}},
    },
    "arrivals": {
        "assessment": {"profile": [{"from": 0, "to": 8, "rate": 2.8}, {"from": 8, "to": 24, "rate": 3.8}]}
    },
    "routes": {
        "assessment": {"ward": {"probability": 0.3, "delay": 0.5, "holds_place": True}, "home": 0.7},
        "ward": {"home": 1.0},
    },
    "exits": ["home"],
}


CLINIC: dict[str, Any] = {
    "time_unit": "hour",
    "nodes": {"clinic": {"places": 2, "service": {"distribution": "exponential", "mean": 1.0}}},
    "arrivals": {"clinic": {"rate": 1.0}},
    "routes": {"clinic": {"home": 1.0}},
    "exits": ["home"],
}


def changed(**parts: Any) -> dict[str, Any]:
    """The example with some of its sections replaced."""
    return {**copy.deepcopy(DESIGN_EXAMPLE), **parts}


def complaints(document: dict[str, Any]) -> str:
    """What a bad file is told."""
    with pytest.raises(InputError) as caught:
        Network.from_dict(document)
    return str(caught.value)


def test_the_design_example_runs_with_the_contracts_columns() -> None:
    table = simulate(Network.from_dict(DESIGN_EXAMPLE), days=60, warm_up=20, replicates=3)
    assert list(table.columns[: len(CONTRACT_COLUMNS)]) == CONTRACT_COLUMNS
    assert {f"{c}_low" for c in CONTRACT_COLUMNS[1:]} <= set(table.columns)
    assert table["node"].tolist() == ["assessment", "ward"]
    assert table["arrivals"][0] == pytest.approx(60 * (8 * 2.8 + 16 * 3.8), rel=0.05)


def test_all_problems_are_told_at_once_with_the_nearest_name() -> None:
    document = changed()
    document["nodes"]["ward"]["service"] = {"distribution": "exponental", "mean": 72}
    document["nodes"]["assessment"]["service"] = {"distribution": "exponential", "mean": -1}
    document["routes"]["assessment"] = {"wrad": 0.3, "home": 0.6}
    document["arrivals"] = {"asessment": {"rate": 1}}
    told = complaints(document)
    for part in ("'exponential'", "'ward'", "sum to 0.9", "'assessment'", "must be above zero"):
        assert part in told
    assert len(told.splitlines()) >= 5


@pytest.mark.parametrize(
    ("parts", "told"),
    [
        ({"time_unit": "fortnight"}, "time_unit"),
        ({"nodez": {}}, "nodes"),
        ({"exits": []}, "at least one exit"),
        ({"routes": {"assessment": {"ward": 1.0}, "ward": {"assessment": 1.0}}}, "no way to an exit"),
        ({"routes": {"assessment": {"home": 1.0}, "ward": {"home": 1.0}}}, "no arrivals and no route to it"),
        ({"for_each": {"site": ["a"]}, "nodes": {"w_{sight}": {}}}, "did you mean 'site'"),
        ({"arrivals": {"assessment": {"rate": -1}}}, "0 or more"),
    ],
)
def test_each_kind_of_bad_file_is_refused(parts: dict[str, Any], told: str) -> None:
    assert told in complaints(changed(**parts))


def test_overload_is_refused_by_name_unless_people_can_be_turned_away() -> None:
    document = changed()
    document["nodes"]["ward"]["places"] = 60
    with pytest.raises(InputError, match=r"nodes\.ward: found 'offered load of 74"):
        simulate(Network.from_dict(document), days=10, replicates=1)
    document["nodes"]["assessment"]["external_queue"] = 3
    table = simulate(Network.from_dict(document), days=60, warm_up=30, replicates=1).set_index("node")
    assert table["turned_away"]["assessment"] > 0


def test_a_network_that_locks_itself_is_refused_by_name() -> None:
    node = {"places": 2, "internal_queue": 0, "service": {"distribution": "exponential", "mean": 1.0}}
    document = {
        "time_unit": "hour",
        "nodes": {"up": node, "down": node},
        "arrivals": {"up": {"rate": 0.6}, "down": {"rate": 0.6}},
        "routes": {"up": {"down": 0.4, "home": 0.6}, "down": {"up": 0.4, "home": 0.6}},
        "exits": ["home"],
    }
    with pytest.raises(InputError, match=r"(up -> down -> up|down -> up -> down) locked"):
        simulate(Network.from_dict(document), days=400, replicates=1)


def test_values_differ_by_kind_and_come_from_tables() -> None:
    document = changed(
        kinds={"council": ["north", "south"], "age_band": ["0-64", "65+"]},
        parameters={"to_ward_0_64": 0.1, "to_ward_65_plus": 0.5, "north_factor": 0.5},
        routes={
            "assessment": {
                "ward": {
                    "product": [
                        {"by": "age_band", "names": "to_ward_{level}"},
                        {"by": "council", "values": {"north": "north_factor"}, "default": 1},
                    ]
                },
                "home": "remainder",
            },
            "ward": {"home": 1},
        },
    )
    network = Network.from_dict(document)
    assert network.kinds[1] == {"council": "north", "age_band": "65+"}
    assert network.kind_index(council="south", age_band="0-64") == 2
    rates = np.zeros((2, 4))
    rates[0] = 1.0
    from sim.care.check import traffic

    np.testing.assert_allclose(traffic(network.flow, rates)[1], [0.05, 0.25, 0.1, 0.5])


def test_interventions_scale_service_and_odds() -> None:
    network = Network.from_dict(DESIGN_EXAMPLE)
    slower = network.with_scaled_service("ward", 2.0)
    assert offered_load(slower)["offered"][1] == pytest.approx(2 * offered_load(network)["offered"][1])
    doubled = network.with_route_odds("assessment", "ward", 2.0)
    odds = 2 * 0.3 / 0.7
    ratio = offered_load(doubled)["offered"][1] / offered_load(network)["offered"][1]
    assert ratio == pytest.approx(odds / (1 + odds) / 0.3)
    same = network.with_route_odds("assessment", "ward", 1.0)
    np.testing.assert_allclose(same.flow.tables.route_cumulative[-2:], [0.3, 1.0])


def test_places_follow_hours_weekdays_and_dates() -> None:
    document = changed(start=datetime.date(2026, 4, 1))  # a Wednesday
    document["nodes"]["ward"]["places"] = [{"from": 9, "to": 17, "weekdays": ["mon", "wed"], "places": 5}]
    document["nodes"]["ward"]["changes"] = [{"date": datetime.date(2026, 4, 8), "places": 7}]
    network = Network.from_dict(document)
    schedule = network.schedules[network.node("ward")]
    times, places = changes_between(schedule, 0.0, 10 * 1440.0, network.start)
    hours = [(time / 60.0, count) for time, count in zip(times, places, strict=True)]
    assert hours == [(0.0, 0), (9.0, 5), (17.0, 0), (5 * 24 + 9.0, 5), (5 * 24 + 17.0, 0), (7 * 24.0, 7)]
    negative, _ = changes_between(schedule, -7 * 1440.0, 0.0, network.start)
    assert negative[0] == -7 * 1440.0
    assert (negative[1] + 7 * 1440.0) / 60.0 == 9.0


def test_units_convert_exactly() -> None:
    """The same network told in minutes and in days gives the same waits."""
    tables = []
    for unit, per_hour in (("minute", 60.0), ("hour", 1.0), ("day", 1.0 / 24.0)):
        document = {
            "time_unit": unit,
            "nodes": {
                "a": {"places": 1, "service": {"distribution": "deterministic", "value": 0.5 * per_hour}}
            },
            "arrivals": {"a": {"rate": 1.0 / per_hour}},
            "routes": {"a": {"home": 1}},
            "exits": ["home"],
        }
        table = simulate(Network.from_dict(document), days=50, warm_up=5, replicates=2)
        tables.append((table["mean_wait"][0] / per_hour, table["served"][0]))
    assert tables[0] == pytest.approx(tables[1], rel=1e-9)
    assert tables[1] == pytest.approx(tables[2], rel=1e-9)


def test_the_command_writes_only_when_all_is_well(tmp_path: Path) -> None:
    good, bad, out = tmp_path / "good.yaml", tmp_path / "bad.yaml", tmp_path / "out"
    good.write_text(
        "{time_unit: hour, nodes: {a: {places: 2, service: {distribution: exponential, mean: 1.0}}},"
        " arrivals: {a: {rate: 1.0}}, routes: {a: {home: 1.0}}, exits: [home]}",
        encoding="utf-8",
    )
    bad.write_text(good.read_text(encoding="utf-8").replace("home: 1.0", "home: 0.7"), encoding="utf-8")
    for wrong in (bad, tmp_path / "missing.yaml"):
        with pytest.raises(InputError):
            flow_command(wrong, 10, 1, 1, 1, out)
        assert not out.exists()
    assert flow_command(good, 10, 1, 2, 1, out).read_text(encoding="utf-8").startswith("node,arrivals,served")
    assert "manifest.json" in {file.name for file in out.iterdir()}
    (out / "manifest.json").write_text("{}")
    with pytest.raises(InputError, match="manifest that is no flow's"):
        flow_command(good, 10, 1, 2, 1, out)  # a run's folder, say


def test_a_network_in_parts_is_the_network_in_one_file(tmp_path: Path) -> None:
    """`include` joins sections; a definition has a value for each kind, wherever it is named."""
    whole = copy.deepcopy(CLINIC)
    whole["definitions"] = {"share": 0.4}
    whole["routes"]["clinic"] = {"home": "share", "elsewhere": {"probability": "remainder"}}
    whole["exits"] = ["home", "elsewhere"]
    (tmp_path / "whole.yaml").write_text(yaml.safe_dump(whole))
    rest = {key: whole.pop(key) for key in ("nodes", "routes")}
    rest["exits"] = [whole["exits"].pop()]
    (tmp_path / "rest.yaml").write_text(yaml.safe_dump(rest))
    (tmp_path / "main.yaml").write_text(yaml.safe_dump({"include": ["rest.yaml"], **whole}))
    one, two = Network.load(tmp_path / "whole.yaml"), Network.load(tmp_path / "main.yaml")
    assert one.node_names == two.node_names and one.exit_names == two.exit_names
    assert all(np.array_equal(a, b) for a, b in zip(one.flow.tables, two.flow.tables, strict=True))


def test_faults_of_parts_and_definitions_are_named(tmp_path: Path) -> None:
    """A missing part, a key given twice, and a definition that contains itself."""
    whole = copy.deepcopy(CLINIC)
    (tmp_path / "again.yaml").write_text(yaml.safe_dump({"nodes": whole["nodes"]}))
    (tmp_path / "main.yaml").write_text(yaml.safe_dump({"include": ["agian.yaml", "again.yaml"], **whole}))
    with pytest.raises(InputError) as caught:
        Network.load(tmp_path / "main.yaml")
    assert "agian.yaml" in str(caught.value) and "each key in one part only" in str(caught.value)
    whole["definitions"] = {"a": {"sum": ["b", 1]}, "b": "a"}
    whole["routes"]["clinic"] = {"home": "a"}
    with pytest.raises(InputError, match="contain itself"):
        Network.from_dict(whole)


def test_batches_come_together_at_the_rate_of_batches() -> None:
    """Ten arrivals an hour in threes and ones; a batch that does not sum to one is refused."""
    document = copy.deepcopy(CLINIC)
    document["nodes"]["clinic"]["places"] = "unlimited"
    document["arrivals"]["clinic"] = {"rate": 10.0, "batch": {1: 0.5, 3: 0.5}}
    network = Network.from_dict(document)
    table = simulate(network, days=50, warm_up=2, replicates=4)
    expected = 50 * 24 * 20.0
    spread = 3.3 * np.sqrt(10.0 * 24 * 50 * 5.0 / 4)  # mean square of a batch 5; false alarms 1 in 1,000
    assert abs(float(table["arrivals"].iloc[0]) - expected) < spread
    assert float(offered_load(network)["offered"].iloc[0]) == pytest.approx(20.0)
    document["arrivals"]["clinic"]["batch"] = {1: 0.5, 3: 0.4}
    with pytest.raises(InputError, match="sum to 1"):
        Network.from_dict(document)


def test_a_kind_that_goes_round_for_ever_is_refused_by_name() -> None:
    """Others get out of the node, this kind does not: its traffic has no solution."""
    document = copy.deepcopy(CLINIC)
    document["kinds"] = {"k": ["a", "b"]}
    document["routes"]["clinic"] = {"clinic": {"by": "k", "values": {"a": 1, "b": 0.5}}, "home": "remainder"}
    with pytest.raises(InputError, match="no way to an exit for k a"):
        Network.from_dict(document)
    document["arrivals"]["clinic"]["mix"] = {"by": "k", "values": {"a": 0, "b": 1}}
    assert Network.from_dict(document).node_names == ("clinic",)


def test_a_ring_of_rules_that_take_no_time_is_refused_by_name() -> None:
    """Two full nodes whose patience is nothing would hand somebody to and fro for ever in one instant."""
    at_once = {"distribution": "deterministic", "value": 0}
    node = {"places": 1, "service": {"distribution": "exponential", "mean": 1}}
    document: dict[str, Any] = {
        "time_unit": "hour",
        "nodes": {
            "first": {**node, "reneging": {"after": at_once, "to": "second"}},
            "second": {**node, "reneging": {"after": at_once, "to": "first"}},
        },
        "arrivals": {"first": {"rate": 0.4}, "second": {"rate": 0.4}},
        "routes": {"first": {"home": 1.0}, "second": {"home": 1.0}},
        "exits": ["home"],
    }
    with pytest.raises(InputError, match=r"reneging\.after.* to first"):
        Network.from_dict(copy.deepcopy(document))
    document["nodes"]["second"]["reneging"]["after"] = {"distribution": "deterministic", "value": 0.5}
    assert Network.from_dict(document).node_names == ("first", "second")
