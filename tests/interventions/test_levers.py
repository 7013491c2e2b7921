"""Hours, weekdays, slots, places under pressure and new ways: arithmetic, and the direction of each in a run.

Comparisons are between runs with the same draws; each direction is far beyond what queues move by chance.
"""

from __future__ import annotations

import datetime

import numpy as np
import pytest

from sim.building import load_network
from sim.care.pooled import PooledService, SlotChange
from sim.care.windows import Window, overlay
from sim.interventions.care_changes import CareChanges
from sim.interventions.specification import CapacityChange, RoutingChange
from sim.interventions.ways import share_of_way
from tests.metamorphic.changes import SITES, number, specification
from tests.metamorphic.watching import Watched, watch, world

MONDAY = datetime.date(2026, 6, 1)
DAY = 1440.0
NONE = number(0.0)


def window(factor: float = 1.0, added: float = 0.0, days: tuple[int, ...] = (5, 6)) -> Window:
    """Return a window from 8 to 16."""
    return Window(weekdays=days, hours=(8.0, 16.0), factor=np.full(13, factor), added=np.full(13, added))


def test_a_window_opens_what_is_closed_and_leaves_the_rest() -> None:
    """Two assessors on weekdays from 8 to 18; three more at weekends from 8 to 16."""
    times = np.array([0.0, *(day * DAY + hour * 60 for day in range(5) for hour in (8, 18))])
    counts = np.array([0, *([2, 0] * 5)])
    new_times, new_counts = overlay(times, counts, [window(added=3.0)], 0, 7 * DAY, MONDAY)
    assert new_times[: times.size].tolist() == times.tolist()
    assert new_counts[: times.size].tolist() == counts.tolist()
    assert new_times[times.size :].tolist() == [5 * DAY + 480, 5 * DAY + 960, 6 * DAY + 480, 6 * DAY + 960]
    assert new_counts[times.size :].tolist() == [3, 0, 3, 0]


def test_a_window_that_changes_nothing_gives_back_what_it_was_given() -> None:
    """The very arrays."""
    times, counts = np.array([0.0, 480.0]), np.array([0, 2])
    assert overlay(times, counts, [window()], 0, DAY, MONDAY)[0] is times
    every_day = overlay(np.array([0.0]), np.array([4]), [window(0.5, days=())], 3, 2 * DAY, MONDAY)
    assert every_day[0].tolist() == [0.0, 480.0, 960.0, DAY + 480.0, DAY + 960.0]
    assert every_day[1].tolist() == [4, 2, 4, 2, 4]


def service(*changes: SlotChange) -> PooledService:
    """Return a service of ten slots a working day in one neighbourhood."""
    return PooledService(name="gp", slots_a_day=np.array([10.0]), use=0.9, changes=list(changes))


def change(days: tuple[int, ...] = (), factor: float = 1.0, added: float = 0.0) -> SlotChange:
    """Return a change of slots of which a fifth is new demand."""
    return SlotChange(weekdays=days, factor=np.full(13, factor), added=np.full(13, added), induced_share=0.2)


def test_slots_are_added_on_their_days_and_bring_new_demand() -> None:
    """A tenth more on working days; three a Saturday; of what is added 0.2 x 0.9 is new demand."""
    week, nobody = np.arange(7), np.zeros((1, 7))
    assert service(change()).serve_month(nobody, week) == service().serve_month(nobody, week)
    more = service(change(factor=1.1)).serve_month(nobody, week)
    assert more["mean_places"] * 7 == pytest.approx(55.0)
    assert more["arrivals"] == pytest.approx(5 * 0.2 * 0.9)
    saturday = service(change(days=(5,), added=0.3)).serve_month(nobody, week)
    assert saturday["mean_places"] * 7 == pytest.approx(53.0)
    assert service(change(factor=0.5)).serve_month(nobody, week)["arrivals"] == 0.0


def call_before_convey(share: float = 0.3, **more: object) -> RoutingChange:
    """Return a way from the scene to same-day care, which the network does not have."""
    return RoutingChange(
        key="call", label="call", start="2026-04", nodes=("ambulance_scene",),
        from_destinations=("ambulance_conveyance",),
        to_destinations=tuple(f"same_day_{site}" for site in SITES), share=number(share),
        substitutes=number(1.0), induced_share=NONE, **more,  # type: ignore[arg-type]
    )  # fmt: skip


def test_a_new_way_takes_its_share_at_its_hours_and_nobody_else_goes_elsewhere() -> None:
    """Three in ten of those conveyed, by day, shared as another node shares them; other ways are kept."""
    network = load_network(world().area, world().national)
    item = call_before_convey(hours=(8, 20), shared_as="single_point_of_access")
    changes = CareChanges(network, specification(item), 2026 * 12 + 3)
    base, now = changes.network.flow.tables, changes.tables(1)
    scene, convey = (network.node(name) for name in ("ambulance_scene", "ambulance_conveyance"))
    sites = [network.node(f"same_day_{site}") for site in SITES]
    point, same = network.node("single_point_of_access"), network.flow.tables
    for hour in (3, 12):
        slot, old_slot = int(now.week_slot[hour]), int(same.week_slot[hour])
        for kind in (0, 6, 13):
            before = share_of_way(base, scene, kind, slot, convey)
            moved = before - share_of_way(now, scene, kind, slot, convey)
            assert moved == pytest.approx(0.3 * before if hour == 12 else 0.0)
            to = np.array([share_of_way(now, scene, kind, slot, site) for site in sites])
            like = np.array([share_of_way(same, point, kind, old_slot, site) for site in sites])
            assert to == pytest.approx(moved * like / like.sum() if like.sum() else to)
            elsewhere = share_of_way(now, scene, kind, slot, point)
            assert elsewhere == pytest.approx(share_of_way(base, scene, kind, slot, point))


def capacity(key: str, nodes: tuple[str, ...], how: str, places: float, **more: object) -> CapacityChange:
    """Return a change of places without new demand."""
    return CapacityChange(
        key=key, label=key, start="2026-04", nodes=nodes, change=how,  # type: ignore[arg-type]
        places=number(places), induced_share=NONE, backfill_share=NONE, **more,  # type: ignore[arg-type]
    )  # fmt: skip


@pytest.fixture(scope="module")
def levers() -> tuple[Watched, Watched]:
    """Two months of nothing, and of levers that act on different parts of the network."""
    hubs = tuple(f"transfer_of_care_{site}" for site in SITES)
    lists = ("elective_first_outpatient_orthopaedics",)
    return watch(months=2), watch(
        specification(
            capacity("weekend", hubs, "set", 4.0, weekdays=("sat", "sun"), hours=(8, 16)),
            capacity("lists", lists, "add", 30.0, weekdays=("sat",), hours=(8, 16)),
            capacity("slots", ("gp_appointment",), "multiply", 1.1),
            capacity("cohorting", ("ed_majors_royal_bournemouth",), "add", 10.0, opens="under_pressure"),
            call_before_convey(shared_as="single_point_of_access"),
        ),
        months=2,
    )


def node(run: Watched, name: str, measure: str) -> float:
    """Return the mean of a measure of a node over the months."""
    table = run.tables["nodes"]
    return float(table[(table["node"] == name) & (table["measure"] == measure)]["value"].mean())


def total(run: Watched, measure: str) -> float:
    """Return a measure of everybody over the months."""
    table = run.tables["measures"]
    return float(table[(table["measure"] == measure) & (table["dimension"] == "all")]["value"].sum())


def test_each_lever_moves_what_it_should(levers: tuple[Watched, Watched]) -> None:
    """Waits for an assessor fall, lists are served, slots open, places open only under pressure."""
    before, after = levers
    for site in SITES:
        hub = f"transfer_of_care_{site}"
        assert node(after, hub, "mean_wait_minutes") < node(before, hub, "mean_wait_minutes")
    clinic = "elective_first_outpatient_orthopaedics"
    assert node(after, clinic, "starts") > node(before, clinic, "starts")
    slots = [node(run, "gp_appointment", "mean_places") for run in levers]
    assert slots[1] == pytest.approx(1.1 * slots[0])
    majors = "ed_majors_royal_bournemouth"
    assert node(before, majors, "mean_escalation_places") == 0.0
    assert 0.0 < node(after, majors, "mean_escalation_places") < 10.0
    assert total(after, "handover_minutes") < total(before, "handover_minutes")
    assert total(after, "ambulance_conveyances") < 0.8 * total(before, "ambulance_conveyances")
    assert total(after, "sdec_attendances") > total(before, "sdec_attendances")
