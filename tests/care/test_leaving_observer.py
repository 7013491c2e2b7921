"""Delays and outcomes of people who leave hospital, told by hand. Exact: false-alarm rate nil."""

from __future__ import annotations

from collections import defaultdict

import numpy as np
import pandas as pd

from sim.kernels.flow import Holding, Stages
from sim.observers.leaving_hospital import LeavingHospital

NODES = {
    "acute_beds_medicine": "acute_beds", "transfer_of_care": "transfer_of_care", "sourcing_p1_x": "sourcing",
    "p1_x": "p1", "p1_spot_x": "spot_home_care", "p2_x": "p2", "p2_offer": "sourcing",
    "sourcing_p2_x": "sourcing",
}  # fmt: skip
BED, HUB, SOURCING_1, P1, SPOT, P2, OFFER, SOURCING_2 = range(8)
HOME, DAY = -1, 1440.0
PRICES = pd.Series({"spot_home_care_pounds_a_day": 100.0, "spot_care_home_pounds_a_day": 200.0})
NOBODY = Holding(*(np.zeros(0, np.int64) for _ in range(3)), np.zeros(0), np.zeros(0), np.zeros(0, np.int64))
OLD = np.full(10, 6)


def stages(*rows: tuple[int, int, int, float, float, float, float]) -> Stages:
    """Stages of (row, node, next, join, start, end, leave), times in days; every copy acts."""
    table = np.array(rows, dtype=np.float64).reshape(-1, 7)
    person, node, following = (table[:, i].astype(np.int64) for i in range(3))
    episode = np.full_like(person, 5)
    join, start, end, leave = (table[:, i] * DAY for i in range(3, 7))
    return Stages(person, person, episode, np.zeros_like(person), node, following, join, start, end, leave)


def month(observer: LeavingHospital, found: Stages, last: float) -> dict[str, float]:
    """Close a month that ends on a day; the sums of its measures."""
    total: dict[str, float] = defaultdict(float)

    def add(name: str, rows: np.ndarray, weights: np.ndarray | None) -> None:
        total[name] += float(rows.size if weights is None else weights.sum())

    began = np.where(found.node == BED, found.time_start, np.nan)
    observer.close_month(found, NOBODY, began, last * DAY, OLD, add)
    return total


def new() -> LeavingHospital:
    return LeavingHospital(list(NODES), list(NODES.values()), PRICES, 1.0)


def test_process_and_capacity_are_kept_apart() -> None:
    """A day for an assessor, two of work and decision, three of sourcing, four for a place."""
    found = month(
        new(),
        stages(
            (1, HUB, SOURCING_1, 0, 1, 1.5, 3),
            (1, SOURCING_1, P1, 3, 3, 6, 10),
            (2, BED, HOME, 0, 0, 5, 5.25),
        ),
        30,
    )
    assert found["delay_process_days_p1"] == 2 + 3
    assert found["delay_capacity_days_p1"] == 1 + 4
    assert found["delay_days_p1"] == 10
    assert found["delay_process_days_p0"] == 0.25
    assert (found["discharges_p0"], found["discharges_p1"], found["discharges_supported"]) == (1, 1, 1)


def test_another_offer_is_capacity_delay_and_no_discharge() -> None:
    found = month(
        new(),
        stages((1, SOURCING_2, OFFER, 0, 0, 2, 3), (1, OFFER, P2, 3, 3, 3, 5), (3, P2, HOME, 5, 5, 9, 11)),
        30,
    )
    assert (found["delay_process_days_p2"], found["delay_capacity_days_p2"]) == (2, 3)
    assert found["discharges_p2"] == 1
    assert found["p2_nctr_days"] == 2


def test_what_is_bought_on_the_spot_is_counted_and_priced() -> None:
    found = month(new(), stages((1, SOURCING_1, SPOT, 0, 0, 1, 15), (2, SPOT, HOME, 0, 0, 20, 20)), 30)
    assert found["spot_home_care_starts"] == 1
    assert found["discharges_p1"] == 1
    assert found["spot_purchase_pounds"] == 2000


def test_day_91_follows_the_people_themselves() -> None:
    """Five left on day 10: one is home, others died, moved to a care home, are in a bed, left the area."""
    observer = new()
    month(observer, stages(*((row, SOURCING_1, P1, 1, 1, 5, 10) for row in range(5))), 30)
    observer._died_at.put(np.array([1]), np.array([50 * DAY]))
    observer._left_at.put(np.array([4]), np.array([60 * DAY]))
    observer.moved_to_care_home(np.array([2]), np.array([90 * DAY]))
    observer._died_at.put(np.array([0]), np.array([102 * DAY]))  # after day 91
    assert month(observer, stages(), 100)["day_91_followed"] == 0
    found = month(observer, stages((3, BED, HOME, 99, 99, 104, 104)), 130)
    assert found["day_91_followed"] == 4
    assert [found[f"day_91_{name}"] for name in ("home", "died", "care_home", "in_a_bed")] == [1, 1, 1, 1]
    assert found["day_91_readmitted"] == 1
    assert month(observer, stages(), 160)["day_91_followed"] == 0


def test_readmission_is_a_new_spell_within_30_days() -> None:
    observer = new()
    first = month(observer, stages((1, BED, HOME, 0, 0, 5, 5), (2, BED, HOME, 0, 0, 6, 6)), 30)
    assert (first["emergency_discharges_alive"], first["readmissions_30d"]) == (2, 0)
    found = month(
        observer,
        stages(
            (1, BED, HOME, 34, 34, 36, 36), (2, BED, HOME, 37, 37, 38, 38), (1, BED, HOME, 40, 40, 41, 41)
        ),
        60,
    )
    assert found["readmissions_30d"] == 2  # the second person was away for 31 days
