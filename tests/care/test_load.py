"""Offered load before a run: hand arithmetic on a small network, and Dorset refused by name."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

from sim.building import World, build_replicate, load_world
from sim.care import Network
from sim.care.problems import InputErrors
from sim.interventions.specification import BASELINE, CapacityChange
from sim.kernels.flow_layout import WEEK_HOURS
from sim.load import Load, load_table, months_to_judge, overloaded
from sim.model import HealthSystem
from sim.parameters import InputError
from sim.parameters.national import load_national
from sim.settings import Settings
from tests.metamorphic import watching
from tests.metamorphic.changes import number, specification

DAY = 1440.0
SMALL = 0.02


def small(**ward: object) -> Network:
    """Return a door that sends everybody to a ward of ten beds for two days, in two kinds of people."""
    return Network.from_dict({
        "time_unit": "day", "kinds": {"age_band": ["young", "old"]},
        "nodes": {
            "door": {"places": "unlimited", "service": {"distribution": "exponential", "mean": 0.1}},
            "ward": {"places": 10, "service": {"distribution": "exponential", "mean": 2}, **ward},
        },
        "arrivals": {"door": {"rate": 1}}, "exits": ["home"],
        "routes": {"door": {"ward": 1}, "ward": {"home": 1}},
    })  # fmt: skip


def load(a_day: float, dying_a_day: float = 0.0) -> Load:
    """Return arrivals at the door, half of each kind, and deaths on the ward after half a day."""
    living, dying = np.zeros((2, 2)), np.zeros((2, 2))
    living[0], dying[1, 1] = a_day / 2 / DAY, dying_a_day / DAY
    return Load(living=living, dying=dying, last_minutes=DAY / 2, week=np.ones(WEEK_HOURS))


def judged(network: Network, who: Load) -> list[str]:
    """Return the nodes that are overloaded."""
    table = load_table(network.flow, np.array([np.inf, 10.0]), who)
    return list(overloaded(table, network, load_national())["node"])


def test_load_is_arrivals_times_stay_and_the_last_days_of_the_dying() -> None:
    table = load_table(small().flow, np.array([np.inf, 10.0]), load(4.0, 2.0)).set_index("node")
    assert table.loc["ward", "offered"] == pytest.approx(4 * 2 + 2 * 0.5)
    assert table.loc["ward", "ratio"] == pytest.approx(0.9)
    assert table.loc["ward", "arrivals_per_day"] == pytest.approx(6)


@pytest.mark.parametrize(
    ("a_day", "dying", "over"), [(4.9, 0.0, []), (5.0, 0.0, ["ward"]), (4.9, 0.4, ["ward"])]
)
def test_a_node_is_overloaded_from_its_places_on(a_day: float, dying: float, over: list[str]) -> None:
    assert judged(small(), load(a_day, dying)) == over


def test_a_waiting_list_has_a_tolerance_of_its_own() -> None:
    network = small(kind_of_care="elective_waiting_list")
    assert judged(network, load(5.1)) == []
    assert judged(network, load(5.3)) == ["ward"]


def test_people_who_can_be_turned_away_everywhere_are_no_queue() -> None:
    network = Network.from_dict({
        "time_unit": "day", "exits": ["home"], "routes": {"ward": {"home": 1}},
        "nodes": {"ward": {
            "places": 10, "external_queue": 0, "service": {"distribution": "exponential", "mean": 2},
        }},
        "arrivals": {"ward": {"rate": 1}},
    })  # fmt: skip
    living = np.array([[20.0 / DAY]])
    who = Load(living=living, dying=np.zeros((1, 1)), last_minutes=0.0, week=np.ones(WEEK_HOURS))
    table = load_table(network.flow, np.array([10.0]), who)
    assert table["ratio"][0] == pytest.approx(4.0)
    assert overloaded(table, network, load_national()).empty


# ---------------------------------------------------------------------------------------- the model
@pytest.fixture(scope="module")
def world() -> World:
    """Tables and people."""
    return load_world(Settings(scale=SMALL, years=1))


@pytest.fixture(scope="module")
def quick() -> World:
    """The same with a short burn-in and small pilots: what is refused is refused before the first day."""
    return watching.world()


UNDECLARED = ("urgent_community_response", "mental_health_crisis_team")
"""Nodes at four fifths of their places with no substitute declared: their queue is all that can grow."""


def times(
    nodes: tuple[str, ...], ratio: float, start: str = "2026-04", ramp_months: int = 0
) -> CapacityChange:
    """Return a change of places."""
    return CapacityChange(
        key="places", label="places", start=start, ramp_months=ramp_months, nodes=nodes,
        change="multiply", places=number(ratio), induced_share=number(0.0), backfill_share=number(0.0),
    )  # fmt: skip


def build(world: World, change: CapacityChange, unlimited: bool = False) -> None:
    """Build a replicate up to its burn-in: that is where a scenario is refused."""
    build_replicate(world, Settings(scale=SMALL, years=1, unlimited=unlimited), specification(change))


@pytest.mark.parametrize(("start", "ramp", "full"), [("2026-04", 0, "2026-04"), ("2026-06", 6, "2026-11")])
def test_too_few_places_without_a_substitute_are_refused_by_name(
    quick: World, start: str, ramp: int, full: str
) -> None:
    with pytest.raises(InputErrors) as told:
        HealthSystem(
            world=quick, scale=SMALL, years=1, scenario=specification(times(UNDECLARED, 0.6, start, ramp))
        )
    problems = told.value.problems
    assert {problem.key for problem in problems} == {f"node {name}" for name in UNDECLARED}
    assert all(problem.file == "scenario test" and full in str(problem.found) for problem in problems)
    assert "places short" in told.value.message()


def test_what_is_refused_survives_the_way_from_a_worker() -> None:
    import pickle

    problems = [InputError(file="a", key=str(k), found=k, allowed="less") for k in range(2)]
    back = pickle.loads(pickle.dumps(InputErrors(problems)))
    assert back.message() == InputErrors(problems).message()


def test_more_places_or_places_without_limit_are_not_refused(quick: World) -> None:
    build(quick, times(UNDECLARED, 1.1))
    build(quick, times(UNDECLARED, 0.6), unlimited=True)


def test_wards_that_take_each_others_outliers_are_judged_together(quick: World) -> None:
    """Too few beds for older people are met by the other wards; too few of all wards are not."""
    wards = tuple(f"acute_beds_{ward}_dorset_county" for ward in ("medicine", "frailty", "surgery"))
    build(quick, times(wards[1:2], 0.95))
    with pytest.raises(InputErrors) as told:
        build(quick, times(wards, 0.8))
    assert {problem.key for problem in told.value.problems} == {f"node {name}" for name in wards}


def test_too_few_places_at_home_are_met_by_the_declared_substitute(quick: World) -> None:
    """Who waits too long for pathway 1 gets a spot purchase: the network says so, so nothing is refused."""
    build(quick, times(("p1_bcp", "p1_dorset"), 0.7))


def test_each_change_is_judged_when_it_is_in_force_as_fully_as_it_will_be() -> None:
    first = 2026 * 12 + 3
    assert months_to_judge(BASELINE, first, 60) == [0]
    scenario = specification(times(UNDECLARED, 0.9, "2026-06", 6), times(UNDECLARED, 0.9, "2028-01"))
    assert months_to_judge(scenario, first, 60) == [0, 7, 21]
    assert months_to_judge(scenario, first, 12) == [0, 7]


def test_what_passes_is_not_judged() -> None:
    """A cut of three months, or of some months of the year, makes a queue that can clear again."""
    first = 2026 * 12 + 3
    cut = replace(times(UNDECLARED, 0.5, "2026-06"), key="cut", end="2026-09")
    lasting = times(UNDECLARED, 0.9, "2026-07")
    assert months_to_judge(specification(cut), first, 60) == [0]
    assert months_to_judge(specification(cut, lasting), first, 60) == [0, 5]
    assert months_to_judge(specification(replace(cut, end="2040-01")), first, 60) == [0, 2]
    winters = replace(times(UNDECLARED, 0.5, "2026-04"), months_of_year=(12, 1, 2))
    assert months_to_judge(specification(winters), first, 60) == [0]
    assert months_to_judge(specification(replace(winters, months_of_year=(4,))), first, 60) == [1]


@pytest.mark.validation
def test_the_load_foretold_is_the_load_that_comes(world: World) -> None:
    """Mean occupied places of full years against the load told before them, within 6%, beds by hospital.

    The load leaves out growth, removals on the way but for the dying, and blocked beds, so it is arithmetic
    beside the simulation and not a law; the deviation measured at first was -4% to +3%. Three years are
    averaged, since the places of one council's pathway 1 differ between years by some 4%.
    """
    import sim.load

    seen: list[pd.DataFrame] = []
    years: list[pd.Series] = []
    original = sim.load.load_table
    try:
        sim.load.load_table = lambda *a: seen.append(original(*a)) or seen[-1]  # type: ignore[func-returns-value]
        for seed in (5, 6, 7):
            model = HealthSystem(world=world, years=1, rng=seed)
            model.run_model()
            nodes = model.tables()["nodes"]
            years.append(nodes[nodes["measure"] == "mean_occupied"].groupby("node")["value"].mean())
    finally:
        sim.load.load_table = original
    occupied = sum(years[1:], years[0]) / len(years)
    told = seen[0].set_index("node")["offered"]
    for first, last in (
        ("p1_", "bcp"), ("p1_", "dorset"), ("acute_beds_", "_poole"), ("acute_beds_", "_royal_bournemouth"),
        ("elective_beds_", "poole"),
    ):  # fmt: skip
        names = [n for n in told.index if n.startswith(first) and n.endswith(last) and "spot" not in n]
        assert occupied[names].sum() == pytest.approx(told[names].sum(), rel=0.06), names
