"""What changes to the network cost, by hand: people moved, and only what the baseline does not have."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest

from sim.building import load_network
from sim.care.network import Network
from sim.interventions.care_changes import CareChanges
from sim.interventions.care_costs import CareCost, CareCosts
from sim.interventions.specification import CapacityChange, Cost, RoutingChange
from sim.interventions.ways import share_of_way
from sim.kernels.flow import Stages
from tests.metamorphic.changes import number, specification
from tests.metamorphic.watching import world

APRIL_2026 = 2026 * 12 + 3
NONE = number(0.0)
KIND = 6
PEOPLE = 10_000
NOTHING: Any = None
"""Totals of a month, which a change of routing does not ask for."""


def moved_home(key: str = "home", share: float = 0.2, **more: Any) -> RoutingChange:
    """Return a change that sends people from majors to same-day care, where some go already."""
    given: dict[str, Any] = {
        "nodes": ("ed_majors_poole",), "from_destinations": ("admission_poole",),
        "to_destinations": ("same_day_poole",), "substitutes": number(0.5),
        "costs": (
            Cost(payer="nhs", amount=number(100.0), per="episode"),
            Cost(payer="council", amount=number(1200.0), per="year"),
        ),
    }  # fmt: skip
    given |= {"key": key, "label": key, "start": "2026-04", "share": number(share), "induced_share": NONE}
    return RoutingChange(**(given | more))


def network() -> Network:
    """Return the care network of the baseline."""
    return load_network(world().area, world().national)


def left(changes: CareChanges, node: str, ways: dict[str, float]) -> Stages:
    """Return stages of people who left a node at midday of a month's first day, so many on each way."""
    network = changes.network
    count = {network.node(name): round(number) for name, number in ways.items()}
    following = np.concatenate([np.full(times, target) for target, times in count.items()])
    size = following.size
    fields: dict[str, Any] = {name: np.zeros(size) for name in Stages._fields}
    fields |= {
        "node": np.full(size, network.node(node)), "next": following,
        "kind": np.full(size, KIND, np.int64), "time_leave": np.full(size, 720.0),
    }  # fmt: skip
    return Stages(**fields)


def shares(changes: CareChanges, month: int, node: str, *targets: str) -> list[float]:
    """Return the shares of those who leave a node at midday, by where they go."""
    tables, network = changes.tables(month), changes.network
    slot = int(tables.week_slot[12])
    return [share_of_way(tables, network.node(node), KIND, slot, network.node(name)) for name in targets]


def costs_of(*items: Any) -> tuple[CareChanges, CareCosts]:
    """Return the tables and the costs of changes to the network."""
    changes = CareChanges(network(), specification(*items), APRIL_2026)
    return changes, CareCosts(specification(*items), changes.network, APRIL_2026, changes)


def test_only_those_moved_are_episodes() -> None:
    """Of 10,000 who leave majors, 0.2 x 0.5 of those bound for a bed; not those who went there before."""
    item = moved_home()
    changes, costs = costs_of(item)
    before = CareChanges(network(), specification(), APRIL_2026)
    bed, same_day = shares(before, 0, "ed_majors_poole", "admission_poole", "same_day_poole")
    assert bed > 0.0 and same_day > 0.0
    now = shares(changes, 0, "ed_majors_poole", "admission_poole", "same_day_poole")
    ways = {"admission_poole": PEOPLE * now[0], "same_day_poole": PEOPLE * now[1]}
    stages = left(changes, "ed_majors_poole", ways)
    (told,) = costs.of_month(0, stages, NOTHING, 30)
    assert told.episodes == pytest.approx(PEOPLE * bed * 0.2 * 0.5, rel=0.01)
    assert told.pounds == {"nhs": pytest.approx(100.0 * told.episodes), "council": pytest.approx(100.0)}
    _, dearer = costs_of(moved_home(induced_share=number(0.5)))
    (more,) = dearer.of_month(0, stages, NOTHING, 30)
    assert more.episodes == pytest.approx(told.episodes)
    assert more.pounds["nhs"] == pytest.approx(150.0 * told.episodes)


def test_two_changes_of_one_way_share_those_moved() -> None:
    """The second takes from what the first left: 0.1, and 0.1 of 0.9."""
    items = (moved_home("first"), moved_home("second"))
    changes, costs = costs_of(*items)
    before = CareChanges(network(), specification(), APRIL_2026)
    (bed,) = shares(before, 0, "ed_majors_poole", "admission_poole")
    (now,) = shares(changes, 0, "ed_majors_poole", "same_day_poole")
    stages = left(changes, "ed_majors_poole", {"same_day_poole": PEOPLE * now})
    first, second = costs.of_month(0, stages, NOTHING, 30)
    assert first.episodes == pytest.approx(PEOPLE * bed * 0.1, rel=0.01)
    assert second.episodes == pytest.approx(PEOPLE * bed * 0.09, rel=0.01)


def test_what_is_delivered_already_costs_no_more() -> None:
    """A quarter in the baseline: three quarters of the people, of the year's cost and of the place-days."""
    whole, rest = moved_home(), moved_home(already_delivered=0.25)
    found: list[CareCost] = []
    for item in (whole, rest):
        changes, costs = costs_of(item)
        (now,) = shares(changes, 0, "ed_majors_poole", "same_day_poole")
        stages = left(changes, "ed_majors_poole", {"same_day_poole": PEOPLE * now})
        found += costs.of_month(0, stages, NOTHING, 30)
    assert found[1].episodes == pytest.approx(0.75 * found[0].episodes, rel=0.02)
    assert found[1].pounds["council"] == pytest.approx(75.0)
    places = CapacityChange(
        key="beds", label="beds", start="2026-04", nodes=("p2_wimborne",), change="add", places=number(8.0),
        induced_share=NONE, backfill_share=NONE, already_delivered=0.25,
        costs=(Cost(payer="nhs", amount=number(10.0), per="place_day"),),
    )  # fmt: skip
    changes, costs = costs_of(places)
    minutes = 30 * 1440.0
    totals: Any = SimpleNamespace(minutes=minutes, places=np.full(len(network().node_names), 20.0 * minutes))
    (told,) = costs.of_month(0, left(changes, "ed_majors_poole", {"same_day_poole": 1}), totals, 30)
    assert told.pounds == {"nhs": pytest.approx(0.75 * 8 * 30 * 10.0)}


@pytest.mark.parametrize("substitutes", [0.0, 0.25, 0.5, 1.0])
def test_all_who_are_handled_cost_the_same_whomever_it_spares(substitutes: float) -> None:
    """A fifth of those bound for a bed, with who is induced; also beside a second change of the same way."""
    costs = (Cost(payer="nhs", amount=number(30.0), per="handled"),)
    item = moved_home(substitutes=number(substitutes), costs=costs)
    induced = moved_home("more", substitutes=number(substitutes), costs=costs, induced_share=number(0.5))
    before = CareChanges(network(), specification(), APRIL_2026)
    bed, _ = shares(before, 0, "ed_majors_poole", "admission_poole", "same_day_poole")
    for items, wanted in (((item,), [1.0]), ((item, induced), [1.0, 1.5 * (1.0 - 0.2 * substitutes)])):
        changes, told = costs_of(*items)
        now = shares(changes, 0, "ed_majors_poole", "admission_poole", "same_day_poole")
        ways = {"admission_poole": PEOPLE * now[0], "same_day_poole": PEOPLE * now[1]}
        found = list(told.of_month(0, left(changes, "ed_majors_poole", ways), NOTHING, 30))
        paid = [one.pounds["nhs"] / (30.0 * PEOPLE * bed * 0.2) for one in found]
        assert paid == pytest.approx(wanted, rel=0.01)


def test_people_moved_out_of_the_network_are_counted() -> None:
    """Advice instead of an appointment: an exit, where nobody went before."""
    item = moved_home(
        nodes=("elective_waiting_list_poole",), to_destinations=("advised",),
        from_destinations=("elective_first_outpatient_dermatology",),
    )  # fmt: skip
    changes, costs = costs_of(item)
    one = left(changes, "elective_waiting_list_poole", {"elective_first_outpatient_dermatology": 50})
    exit_code = -1 - changes.network.exit_names.index("advised")
    stages = one._replace(next=np.where(np.arange(50) < 20, exit_code, one.next))
    (told,) = costs.of_month(0, stages, NOTHING, 30)
    assert told.episodes == pytest.approx(20.0)
