"""Committed plans change the network at their dates: what moves, what stays, nothing overloaded."""

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


@pytest.fixture(scope="module")
def loads(networks: DatedNetwork) -> dict[int, pd.DataFrame]:
    """Offered load before the move, from its month on, and once Poole's places are closed."""
    return {month: offered_load(networks.at(month)).set_index("node") for month in (17, 18, 20)}


def test_emergency_care_leaves_poole_and_its_people_do_not(loads: dict[int, pd.DataFrame]) -> None:
    """From October 2027, month 18; who does not come to Bournemouth or Dorchester leaves the area."""
    before, after = loads[17]["arrivals_per_day"], loads[18]["arrivals_per_day"]
    departments = [name for name in before.index if name.startswith(("ed_triage", "admission"))]
    poole = [name for name in departments if name.endswith("_poole")]
    assert (before[poole] > 30).all() and (after[poole] == 0).all()
    assert after["admission_royal_bournemouth"] > 1.7 * before["admission_royal_bournemouth"]
    everywhere = [*departments, "utc_poole"]  # a third of Poole's walk-ins use its treatment centre
    assert after[everywhere].sum() == pytest.approx(before[everywhere].sum(), rel=0.04)
    assert after["utc_poole"] * 365.25 == pytest.approx(55_000, rel=0.15)  # as planned


def test_beds_move_and_none_is_lost(networks: DatedNetwork) -> None:
    """Double running for two months, then as many emergency beds as before, but for rounding."""
    names = [name for name in networks.first.node_names if name.startswith("acute_beds")]
    beds = [sum(networks.at(month).mean_places(name) for name in names) for month in (17, 18, 20)]
    assert beds[1] > beds[0]
    assert beds[2] == pytest.approx(beds[0], abs=3)


def test_no_node_is_overloaded_after_the_move(loads: dict[int, pd.DataFrame]) -> None:
    for month in (18, 20):
        ratio = loads[month]["ratio"][loads[month]["unbounded"]]
        assert ratio.max() < 1.0, ratio.idxmax()


def test_switched_off_nothing_moves() -> None:
    networks = load(planned=False)
    assert len(networks.versions) == 1
    np.testing.assert_array_equal(networks.at(0).flow.tables.service, networks.at(200).flow.tables.service)


def test_a_row_that_changes_nothing_known_is_refused() -> None:
    rows = pd.DataFrame({"name": ["acute_beds_pool"], "start": ["2027-10"], "value": [1.0]})
    with pytest.raises(InputError, match="acute_beds_pool"):
        load(dated=rows)
