"""Who is next, by hand: among equals the first who asked, also through a finite queue."""

from __future__ import annotations

import numpy as np

from sim.care import Network
from sim.kernels.flow import FlowState


def test_who_asked_first_is_first_also_through_a_finite_queue() -> None:
    """One scanner with one chair; four patients finish the ward at minutes 10, 11, 12 and 13.

    The first is scanned until 110, the second has the chair, the third and fourth are blocked. At 110 the
    second is scanned and the third has the chair; at 210 the third must be scanned, then the fourth.
    """
    ward = {"places": 4, "service": {"distribution": "deterministic", "value": 10.0}}
    scan = {"places": 1, "internal_queue": 1, "service": {"distribution": "deterministic", "value": 100.0}}
    network = Network.from_dict(
        {
            "time_unit": "minute",
            "nodes": {"ward": ward, "scan": scan},
            "routes": {"ward": {"scan": 1}, "scan": {"home": 1}},
            "exits": ["home"],
        }
    )
    state = FlowState(network.flow)
    who = np.arange(4)
    state.add_arrivals(who.astype(float), 0, 0, 0, who, who, 0)
    state.advance(1000.0)
    log = state.take_log()
    scanned = log.node == 1
    starts = dict(zip(log.person_id[scanned].tolist(), log.time_start[scanned].tolist(), strict=True))
    assert starts == {0: 10.0, 1: 110.0, 2: 210.0, 3: 310.0}
