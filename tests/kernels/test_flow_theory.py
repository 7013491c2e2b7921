"""The flow kernel against queueing theory.

Each comparison is a 99.9% interval over independent replicates: under a right kernel one fails with a
probability of 0.001 for a new seed (and never for the fixed one). The quick tests use short runs; the ones
marked `validation` run longer and also ask for a bias under 1%.
"""

from __future__ import annotations

import math

import pytest

from tests.kernels.queueing import (
    assert_covers,
    erlang_c,
    measured,
    mmck_loss,
    network,
    one_node,
    waits_by_kind,
)

EXPONENTIAL = {"distribution": "exponential", "mean": 1.0}
LENGTHS = [
    pytest.param((200.0, math.inf), id="quick"),
    pytest.param((50_000.0, 0.01), id="long", marks=pytest.mark.validation),
]


@pytest.mark.parametrize("length", LENGTHS)
def test_mm1(length: tuple[float, float]) -> None:
    days, bias = length
    found = measured(one_node(0.7, EXPONENTIAL, places=1), days)["a"]
    assert_covers(found["mean_wait"], 0.7 / 0.3, bias)
    assert_covers(found["mean_queue"], 0.7 * 0.7 / 0.3, bias)
    assert_covers(found["utilisation"], 0.7, bias)
    assert_covers(found["p95_wait"], math.log(0.7 / 0.05) / 0.3, bias)


@pytest.mark.parametrize("length", LENGTHS)
def test_mmc(length: tuple[float, float]) -> None:
    days, bias = length
    found = measured(one_node(4.0, EXPONENTIAL, places=5), days)["a"]
    waits = erlang_c(4.0, 5)
    assert_covers(found["mean_wait"], waits / (5 - 4.0), bias)
    assert_covers(found["mean_queue"], waits * 4.0, bias)


@pytest.mark.parametrize("length", LENGTHS)
@pytest.mark.parametrize(
    ("service", "squared_variation"),
    [
        ({"distribution": "lognormal", "mean": 1.0, "sd": 1.5}, 2.25),
        ({"distribution": "gamma", "mean": 1.0, "sd": 0.5}, 0.25),
        ({"distribution": "deterministic", "value": 1.0}, 0.0),
    ],
)
def test_mg1_pollaczek_khinchine(
    service: dict[str, object], squared_variation: float, length: tuple[float, float]
) -> None:
    days, _ = length
    found = measured(one_node(0.6, service, places=1), days)["a"]
    theory = 0.6 * (1.0 + squared_variation) / 2.0 / 0.4
    assert_covers(found["mean_wait"], theory, 0.02 if days > 1000 else math.inf)  # heavy tails


@pytest.mark.parametrize("length", LENGTHS)
@pytest.mark.parametrize("waiting_room", [0, 2])
def test_mmck_loss(length: tuple[float, float], waiting_room: int) -> None:
    days, bias = length
    found = measured(one_node(3.5, EXPONENTIAL, places=3, external_queue=waiting_room), days)["a"]
    lost = mmck_loss(3.5, 3, 3 + waiting_room)
    assert_covers(found["turned_away"], lost * 3.5 * 24.0 * days, bias)
    assert_covers(found["mean_occupied"], 3.5 * (1.0 - lost), bias)


@pytest.mark.parametrize("length", LENGTHS)
def test_mg_infinity(length: tuple[float, float]) -> None:
    days, bias = length
    service = {"distribution": "weibull", "mean": 6.0, "sd": 9.0}
    found = measured(one_node(2.0, service, places="unlimited"), days)["a"]
    assert_covers(found["mean_occupied"], 12.0, bias)
    assert found["mean_wait"][0] == 0.0


@pytest.mark.parametrize("length", LENGTHS)
def test_two_priorities_cobham(length: tuple[float, float]) -> None:
    """M/M/1 with two classes, not pre-emptive (Cobham, Operations Research 2, 1954, 70-76)."""
    days, bias = length
    rates = {"urgent": 0.3, "routine": 0.4}
    priority = {"by": "class", "values": {"urgent": 0, "routine": 1}}
    net = network(
        {"a": {"places": 1, "service": EXPONENTIAL, "priority": priority}},
        {"a": {"rate": 0.7, "mix": {"by": "class", "values": rates}}},
        {"a": {"home": 1.0}},
        kinds={"class": list(rates)},
    )
    residual = 0.7  # sum of rate * E[S^2] / 2
    urgent, routine = residual / 0.7, residual / (0.7 * 0.3)
    found = measured(net, days)["a"]
    assert_covers(found["mean_wait"], (0.3 * urgent + 0.4 * routine) / 0.7, bias)
    by_class = waits_by_kind(net, days)
    assert_covers(by_class[0], urgent, bias)
    assert_covers(by_class[1], routine, bias)


@pytest.mark.parametrize("length", LENGTHS)
def test_jackson_network(length: tuple[float, float]) -> None:
    """Three M/M/1 nodes with feedback: each behaves as if its arrivals were Poisson (Jackson 1957)."""
    days, bias = length
    nodes = {name: {"places": 1, "service": {"distribution": "exponential", "mean": 1.0}} for name in "abc"}
    routes = {"a": {"b": 0.6, "home": 0.4}, "b": {"a": 0.3, "c": 0.7}, "c": {"home": 1.0}}
    found = measured(network(nodes, {"a": {"rate": 0.5}}, routes), days)
    a = 0.5 / (1 - 0.18)
    for node, rate in (("a", a), ("b", 0.6 * a), ("c", 0.42 * a)):
        assert_covers(found[node]["mean_queue"], rate**2 / (1 - rate), bias)


@pytest.mark.parametrize("length", LENGTHS)
@pytest.mark.parametrize(("buffer", "throughput"), [(0, 2.0 / 3.0), (1, 0.75), (3, 5.0 / 6.0)])
def test_saturated_tandem_with_blocking(length: tuple[float, float], buffer: int, throughput: float) -> None:
    """Two exponential servers, the first never idle, b places between: throughput (b + 2) / (b + 3).

    Blocking after service, equal means (Hunt, Operations Research 4, 1956, 674-683).
    """
    days, bias = length
    net = network(
        {
            "first": {"places": 1, "service": EXPONENTIAL, "external_queue": 6},
            "second": {"places": 1, "service": EXPONENTIAL, "internal_queue": buffer},
        },
        # all six waiting places are empty once in about 20^6 services, so the first server never idles
        {"first": {"rate": 20.0}},
        {"first": {"second": 1.0}, "second": {"home": 1.0}},
    )
    found = measured(net, days if days < 1000 else 3000.0, warm_up=5.0, replicates=6)["second"]
    assert_covers(found["mean_occupied"], throughput, bias)
