"""Committed plans change the network at their dates: what moves, what stays, and that nothing is overloaded."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from sim.care import offered_load
from sim.care.dated import DatedNetwork, load_dated, month_number_of
from sim.parameters.errors import InputError

AREA = Path(__file__).parents[2] / "sim/areas/dorset"
START = month_number_of("2026-04")


def load(planned: bool = True, dated: pd.DataFrame | None = None) -> DatedNetwork:
    rows = pd.read_csv(AREA / "dated.csv") if dated is None else dated
    return load_dated(AREA / "network.yaml", {}, rows, START, planned)


@pytest.fixture(scope="module")
def networks() -> DatedNetwork:
    return load()


def arrivals(networks: DatedNetwork, month: int) -> pd.Series:
    return offered_load(networks.at(month)).set_index("node")["arrivals_per_day"]


def test_emergency_care_leaves_poole_and_its_people_do_not(networks: DatedNetwork) -> None:
    """From October 2027, month 18; who does not come to Bournemouth or Dorchester leaves the area."""
    before, after = arrivals(networks, 17), arrivals(networks, 18)
    departments = [name for name in before.index if name.startswith(("ed_triage", "admission"))]
    poole = [name for name in departments if name.endswith("_poole")]
    assert (before[poole] > 30).all() and (after[poole] == 0).all()
    assert after["admission_royal_bournemouth"] > 1.7 * before["admission_royal_bournemouth"]
    assert after[departments].sum() == pytest.approx(before[departments].sum(), rel=0.12)
    assert after["utc_poole"] * 365.25 == pytest.approx(55_000, rel=0.15)  # as planned


def test_beds_move_and_none_is_lost(networks: DatedNetwork) -> None:
    """Double running for two months, then as many emergency beds as before, but for rounding."""
    beds = [
        sum(networks.at(month).mean_places(n) for n in networks.first.node_names if n.startswith("acute_beds"))
        for month in (17, 18, 20)
    ]
    assert beds[1] > beds[0]
    assert beds[2] == pytest.approx(beds[0], abs=3)


def test_no_node_is_overloaded_after_the_move(networks: DatedNetwork) -> None:
    for month in (18, 20):
        table = offered_load(networks.at(month)).set_index("node")
        assert table["ratio"].max() < 1.0, table["ratio"].idxmax()


def test_switched_off_nothing_moves() -> None:
    networks = load(planned=False)
    assert len(networks.versions) == 1
    np.testing.assert_array_equal(networks.at(0).flow.tables.service, networks.at(200).flow.tables.service)


def test_a_row_that_changes_nothing_known_is_refused() -> None:
    rows = pd.DataFrame({"name": ["acute_beds_pool"], "start": ["2027-10"], "value": [1.0]})
    with pytest.raises(InputError, match="acute_beds_pool"):
        load(dated=rows)
