"""The flow kernel against SimPy and Ciw, on networks with schedules, priorities and blocking.

Independent runs: the means of every measure at every node lie within 99% intervals of the difference, taken
jointly for each network and oracle (Bonferroni), so at a new seed each of the seven tests raises a false
alarm with a probability of at most 1%. The same people: no chance is in who waits where, so every person must
spend the same minutes in the same places; no false alarms.
"""

from __future__ import annotations

import numpy as np
import pytest

from tests.oracles.comparing import differences, replayed
from tests.oracles.networks import FOR_CIW, NETWORKS

PAIRS = [(name, "simpy") for name in NETWORKS] + [(name, "ciw") for name in FOR_CIW]
# What a run must be able to see: half the joint interval as a share of the measure.
RESOLUTION = {"served": 0.03, "mean_occupied": 0.05, "mean_wait": 0.35, "mean_queue": 0.35}


@pytest.mark.validation
@pytest.mark.parametrize(("name", "engine"), PAIRS)
def test_means_agree(name: str, engine: str) -> None:
    found = differences(name, engine)
    for row in found:
        told = (
            f"{row.node} {row.measure}: kernel {row.kernel:.5g}, {engine} {row.oracle:.5g} +- {row.half:.2g}"
        )
        assert row.covers, told
        if row.measure in RESOLUTION and row.kernel > 0.05:
            assert row.half <= RESOLUTION[row.measure] * row.kernel, f"{told}: too short to see a difference"


@pytest.mark.parametrize(
    ("name", "engine"),
    PAIRS,
)
def test_the_same_people_spend_the_same_minutes(name: str, engine: str) -> None:
    kernel, oracle = replayed(name, engine)
    assert kernel.shape == oracle.shape
    np.testing.assert_allclose(kernel, oracle, rtol=0.0, atol=1e-6)
