"""Pathway 1 alone against queueing formulas, and what happens where a pathway stays full."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import pytest

from sim.care import Network, offered_load, refuse_overload, simulate
from sim.parameters.errors import InputError
from tests.kernels.queueing import assert_covers, erlang_c, measured

STAY_DAYS, PLACES, LOAD = 16.0, 30, 0.9
LOG_SIGMA = 1.1807
"""Spread of stays on pathway 1 (BNSSG, Bristol): their squared coefficient of variation is 3.03."""


def pathway_1(service: dict[str, Any], rate: float, **node: Any) -> Network:
    """Referrals to one council's home-based support, as they come, with nothing before it. In days."""
    return Network.from_dict(
        {
            "time_unit": "day",
            "nodes": {"p1": {"service": service, **node}},
            "arrivals": {"p1": {"rate": rate}},
            "routes": {"p1": {"home": 1.0}},
            "exits": ["home"],
        }
    )


def mean_wait(squared_variation: float = 1.0) -> float:
    """Mean wait in days: Erlang C, and Allen and Cunneen's approximation for other stays than exponential."""
    exponential = erlang_c(LOAD * PLACES, PLACES) * STAY_DAYS / (PLACES * (1.0 - LOAD))
    return exponential * (1.0 + squared_variation) / 2.0


@pytest.mark.validation
def test_pathway_1_with_exponential_stays_is_erlang_c() -> None:
    """Exact: within the 99.9% interval of 12 runs (false alarms 1 in 1,000 at a new seed) and within 3%."""
    net = pathway_1(
        {"distribution": "exponential", "mean": STAY_DAYS}, LOAD * PLACES / STAY_DAYS, places=PLACES
    )
    found = measured(net, 200_000.0, replicates=12, warm_up=2_000.0)["p1"]
    assert_covers(found["mean_wait"], mean_wait(), 0.03)
    assert_covers(found["utilisation"], LOAD, 0.01)


@pytest.mark.validation
def test_pathway_1_with_its_own_stays_is_near_the_approximation() -> None:
    """M/G/c with the spread that was seen: the formula is an approximation, the tolerance a quarter of it.

    Over 12 runs the mean wait is known to about 6%, so a false alarm needs the formula to be right and a
    deviation of four standard errors.
    """
    service = {"distribution": "lognormal", "mean": STAY_DAYS, "sigma": LOG_SIGMA}
    net = pathway_1(service, LOAD * PLACES / STAY_DAYS, places=PLACES)
    wait, _ = measured(net, 200_000.0, replicates=12, warm_up=2_000.0)["p1"]["mean_wait"]
    assert wait == pytest.approx(mean_wait(math.expm1(LOG_SIGMA**2)), rel=0.25)


@pytest.mark.validation
def test_visits_that_fall_lie_between_two_queues() -> None:
    """Four visits a day that fall to one are 2.5 on average: the load is that of 2.5 places each (within 1%).

    Somebody starts only when four visits are free, so while anybody waits up to three of 75 stay idle: the
    wait lies between Erlang C with all places and with three visits (1.2 places, rounded up) never used. Both
    bounds are ten standard errors away from what was seen, 1.5 times the lower one.
    """
    service = {"distribution": "exponential", "mean": STAY_DAYS}
    rate = LOAD * PLACES / STAY_DAYS
    net = pathway_1(service, rate, places=round(2.5 * PLACES), uses={"initial": 4, "final": 1})
    table = offered_load(net).set_index("node")
    assert table["offered"]["p1"] == pytest.approx(2.5 * LOAD * PLACES)
    found = measured(net, 100_000.0, replicates=12, warm_up=2_000.0)["p1"]
    assert_covers(found["utilisation"], LOAD, 0.01)
    usable = math.floor((2.5 * PLACES - 3) / 2.5)
    upper = erlang_c(LOAD * PLACES, usable) * STAY_DAYS / (usable - LOAD * PLACES)
    assert mean_wait() < found["mean_wait"][0] < upper


def hospital(places: int, **p1: Any) -> Network:
    """A ward whose patients keep their bed until pathway 1 takes them; 1.9 a day for 16 days of support."""
    lasting = {"distribution": "exponential", "mean": STAY_DAYS}
    return Network.from_dict(
        {
            "time_unit": "day",
            "nodes": {
                "ward": {"places": 60, "service": {"distribution": "exponential", "mean": 7.0}},
                "p1": {"places": places, "internal_queue": 0, "service": lasting, **p1},
                "spot": {"places": "unlimited", "service": lasting},
            },
            "arrivals": {"ward": {"rate": 1.9}, "spot": {"rate": 1e-9}},
            "routes": {"ward": {"p1": 1.0}, "p1": {"home": 1.0}, "spot": {"home": 1.0}},
            "exits": ["home"],
        }
    )


AFTER_A_WEEK = {"after": {"distribution": "deterministic", "value": 7.0}, "to": "spot"}


def test_overload_without_a_substitute_is_refused_by_name() -> None:
    with pytest.raises(InputError, match=r"nodes\.p1.*offered load of 30\.4 against 20"):
        refuse_overload(hospital(20))


def test_overload_with_a_declared_substitute_ends_in_spot_purchases_not_in_a_queue() -> None:
    """Half more demand than places: the excess goes to the substitute, and the ward keeps no queue."""
    net = hospital(20, overflow=AFTER_A_WEEK)
    table = simulate(net, days=2000.0, warm_up=200.0, replicates=4).set_index("node")
    excess = 1.9 - 20 / STAY_DAYS
    assert table["served"]["spot"] / 2000.0 == pytest.approx(excess, rel=0.1)
    assert table["mean_blocked"]["ward"] < 1.9 * 7.0
    assert table["mean_queue"]["ward"] < 1.0


def test_a_tenth_fewer_places_lengthen_the_wait_by_a_finite_amount() -> None:
    """Below capacity on both sides: blocked patients rise, and stay finite."""
    waits = [
        float(simulate(hospital(n), 4000.0, 400.0, 4).set_index("node")["mean_blocked"]["ward"])
        for n in (40, 36)
    ]
    assert 0.0 < waits[0] < waits[1] < 60.0
    assert np.isfinite(waits).all()
