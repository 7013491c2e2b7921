"""Dorset's network at the volumes of the evidence: nothing overloaded, and what it must come near."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from sim.care import Network, offered_load, refuse_overload
from sim.care.arrivals import PoissonSource
from sim.kernels.flow import FlowState
from sim.kernels.flow_layout import DAY
from sim.kernels.randomness import replicate_key
from sim.observers.urgent_care import Memory, episode_key

FILE = Path(__file__).parents[2] / "sim/areas/dorset/network.yaml"


@pytest.fixture(scope="module")
def dorset() -> Network:
    return Network.load(FILE)


def test_no_node_is_overloaded(dorset: Network) -> None:
    """Alone nobody dies on the way, so pathways are offered about 5% more than in the model."""
    table = refuse_overload(dorset).set_index("node")
    assert table["ratio"].max() < 1.0


def test_volumes_are_those_of_the_evidence(dorset: Network) -> None:
    """A year's arrivals by kind of care, and the split of emergency admissions; built in, not independent."""
    table = offered_load(dorset)
    year = table.set_index("node")["arrivals_per_day"] * 365.25

    def total(prefix: str) -> float:
        return float(sum(year[name] for name in year.index if name.startswith(prefix)))

    expected = {
        "call_111": 240e3, "emergency_call_999": 136e3, "admission_": 51.7e3, "same_day_": 36.7e3,
        "elective_waiting_list_": 246e3, "day_case": 127e3, "elective_beds_": 21.4e3,
    }  # fmt: skip
    for prefix, evidence in expected.items():
        assert total(prefix) == pytest.approx(evidence, rel=0.07), prefix
    streams = ("ed_resus_", "ed_majors_", "ed_minors_", "ed_paediatrics_")
    assert sum(map(total, streams)) == pytest.approx(211e3, rel=0.05)
    assert total("utc_") + total("miu_") == pytest.approx(113.8e3, rel=0.05)
    # supported shares are 5% higher because some die on the way: alone nobody does; P2 also takes step-up
    for pathway, a_day, step_up in (("p1_", 18.5, 0.0), ("p2_", 6.3, 0.34), ("p3_", 6.2, 0.0)):
        assert total(pathway) / 365.25 == pytest.approx(1.05 * a_day + step_up, rel=0.05), pathway


@pytest.mark.validation
def test_a_year_alone_comes_near_the_evidence(dorset: Network) -> None:
    """Means over six years with Poisson arrivals; the ranges are those of the evidence (fitted, grade C).

    Their standard errors are below a quarter of the ranges: a false alarm is rarer than 1 in 1,000. Of the
    four-hour shares type 1 is fitted (0.676, within 0.05); all types is missed, and why is told in
    `docs/validation/misses.md`.
    """
    found = np.mean([measures(dorset, replicate) for replicate in range(1, 7)], axis=0)
    four_hour_type1, nctr, occupancy, handover = found
    assert 0.626 <= four_hour_type1 <= 0.726
    assert 220 <= nctr <= 330
    assert 0.88 <= occupancy <= 0.95
    assert 18 <= handover <= 45


def measures(network: Network, replicate: int) -> list[float]:
    """Four-hour share of type 1, people with no criteria to reside, occupancy, mean handover in minutes."""
    words = replicate_key(11, replicate)
    state = FlowState(network.flow, key=words, weekday=network.start.weekday())
    weekday = network.start.weekday()
    sources = [PoissonSource(s, words, weekday) for s in network.streams]
    warm, end = 200 * DAY, 565 * DAY
    for source in sources:
        source.add_until(state, end)
    state.add_place_changes(*network.place_changes(0.0, end))
    state.advance(warm)
    state.take_log()
    state.reset_totals()
    state.advance(end)
    log, totals = state.take_log(), state.totals()
    kinds = np.array([str(node.kind_of_care) for node in network.file.nodes.values()])
    key = episode_key(log.person_slot, log.person_id, log.episode)
    to_ed = (log.next >= 0) & (kinds[np.maximum(log.next, 0)] == "ed")
    handed = to_ed & (kinds[log.node] == "ambulance_conveyance")
    triaged, seen = kinds[log.node] == "ed_triage", kinds[log.node] == "ed"
    begun = Memory()
    begun.add(key[triaged], log.time_join[triaged], log.time_join[triaged])
    begun.add(key[handed], log.time_service_end[handed], log.time_join[handed])
    start = begun.find(key[seen])
    stay = log.time_leave[seen] - np.where(np.isnan(start), log.time_join[seen], start)
    hub = np.isin(kinds, ["transfer_of_care", "sourcing"])
    beds = np.isin(kinds, ["acute_beds", "elective_beds"])
    waiting = (totals.occupied + totals.queue + totals.blocked + totals.in_delay)[hub].sum()
    pathway_0 = totals.in_delay[kinds == "acute_beds"].sum()
    return [
        float(np.mean(stay <= 240.0)),
        float(waiting + pathway_0) / totals.minutes,
        float(totals.occupied[beds].sum() / totals.places[beds].sum()),
        float(np.mean((log.time_leave - log.time_service_end)[handed])),
    ]
