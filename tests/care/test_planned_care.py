"""Pooled slots beyond their capacity, and where the first waiting list is put."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from sim.care import Network
from sim.care.first_list import LISTED, FirstList, treatment_of
from sim.care.pooled import PooledService

DORSET = Path(__file__).parents[2] / "sim/areas/dorset"
WEEK = np.arange(28) % 7


def test_contacts_beyond_the_slots_stay_in_the_queue() -> None:
    service = PooledService(name="contacts", slots_a_day=np.array([10.0, 10.0]))
    own = np.full((2, 28), 5.0)
    within = service.serve_month(own, WEEK)
    assert within["load"] == pytest.approx(0.7)
    assert within["left_waiting"] == pytest.approx(20.0)  # those of the weekend
    beyond = service.serve_month(own, WEEK, 0, np.array([200.0, 0.0]))
    assert beyond["arrivals"] == pytest.approx(480.0)
    assert beyond["load"] == pytest.approx(1.2)
    assert beyond["left_waiting"] == pytest.approx(10.0 + 10.0 + 140.0)


def test_slots_grow_month_by_month() -> None:
    service = PooledService(name="contacts", slots_a_day=np.array([10.0]), growth=0.05)
    assert service.slots_in(-3)[0] == 10.0
    assert service.slots_in(12)[0] == pytest.approx(10.5)


def test_the_first_list_is_listed_for_admission_as_published() -> None:
    """Shares of 200,000 draws; at a fixed seed the false-alarm rate is nil."""
    network = Network.load(DORSET / "network.yaml")
    table = pd.read_csv(DORSET / "first_list.csv")
    scalars = pd.read_csv(DORSET / "network_parameters.csv").set_index("name")["value"].to_dict()
    stages = FirstList(network, table, scalars)
    nodes = list(network.file.nodes.items())
    draws = np.random.default_rng(3).random(200_000)
    entry = np.full(draws.size, network.node("elective_waiting_list_poole"))
    for weeks, last in ((3.0, 6), (40.0, 42)):
        found = stages.nodes(entry, np.full(draws.size, weeks), draws)
        listed = np.array([nodes[i][1].kind_of_care == LISTED for i in range(len(nodes))])[found]
        band = table[table["weeks_to"] == last]
        people = band.groupby("listed")["value"].sum()
        assert listed.mean() == pytest.approx(people["yes"] / people.sum(), abs=0.004)
        assert {nodes[i][1].site for i in set(found[listed])} == {"poole"}


def test_treatment_functions_are_read_from_names() -> None:
    assert treatment_of("elective_follow_up_surgery", "elective_follow_up", None) == "surgery"
    name = "elective_admission_list_ear_nose_throat_poole"
    assert treatment_of(name, "elective_admission_list", "poole") == "ear_nose_throat"
