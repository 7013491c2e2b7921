"""Care outside the area reached through the network: hand arithmetic on a small one."""

from __future__ import annotations

import numpy as np

from sim.care import Network
from sim.health.elsewhere import Elsewhere
from sim.population.strata import AGE_BANDS

GROUPS = (("admission",), ("ed",))


def small() -> Network:
    """A crew that takes six in ten to A&E and three out of the area; half of A&E is admitted."""
    cares = {"crew": "ambulance", "a_and_e": "ed", "ward": "admission", "gp": "door"}
    served = {"places": "unlimited", "service": {"distribution": "exponential", "mean": 1}}
    return Network.from_dict({
        "time_unit": "hour", "kinds": {"council": ["here", "outside"], "age_band": list(AGE_BANDS)},
        "nodes": {name: {**served, "kind_of_care": care} for name, care in cares.items()},
        "exits": ["home", "out_of_area"],
        "arrivals": {"crew": {"rate": 1}},
        "routes": {
            "crew": {"a_and_e": 0.6, "gp": 0.1, "out_of_area": 0.3},
            "a_and_e": {"ward": 0.5, "home": 0.5}, "ward": {"home": 1},
            "gp": {"home": 0.9, "out_of_area": 0.1},
        },
    })  # fmt: skip


def test_who_leaves_the_area_finds_what_those_find_who_stay() -> None:
    """Of those whom the crew takes away, all come to an A&E and half are admitted."""
    network = small()
    found = Elsewhere.of(network, GROUPS)
    crew = network.node("crew")
    np.testing.assert_allclose(found.share[crew], 0.3)
    np.testing.assert_allclose(found.visits[:, crew], np.array([[0.5], [1.0]]).repeat(7, axis=1))


def test_where_nobody_goes_on_to_a_hospital_nobody_finds_one_elsewhere() -> None:
    network = small()
    found = Elsewhere.of(network, GROUPS)
    np.testing.assert_allclose(found.share[network.node("gp")], 0.1)
    assert (found.visits[:, network.node("gp")] == 0.0).all()
