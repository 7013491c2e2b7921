"""The whole month in kernels and in the slow twin: every event, need, stage and attribute, to the bit."""

from __future__ import annotations

import pytest

from sim.building import World, load_world
from sim.interventions.specification import BASELINE
from sim.settings import Settings
from tests.twin.month_comparison import Comparison
from tests.twin.month_recording import Recording
from tests.twin.resident_twin import DEAD, LEFT
from tests.twin.twin_scenario import everything

A_YEAR = 12


@pytest.fixture(scope="module")
def world() -> World:
    """Tables and people."""
    return load_world(Settings(years=1))


def test_a_quarter_of_a_small_area_is_the_same(world: World) -> None:
    """Three months of 300 residents after their burn-in, with hazards raised so that much happens."""
    found = Comparison(Recording(world, 300, everything(), haste=10.0)).run(3)
    assert found.compared["life-course events"] > 100
    assert found.compared["stages"] > 1000
    assert found.seen >= {"waited", "stayed after service", "removed"}
    assert found.twin.diversions.taken.keys() == {"at_home", "response", "advice"}


@pytest.mark.validation
@pytest.mark.parametrize("seed", [1, 2, 3])
def test_a_year_of_two_thousand_residents_is_the_same(world: World, seed: int) -> None:
    """The year as it is, with programmes and changes of care."""
    found = Comparison(Recording(world, 2000, everything(), rng=seed)).run(A_YEAR)
    assert found.compared["life-course events"] > 400
    assert found.compared["stages"] > 10_000
    assert found.seen >= {"waited", "stayed after service", "removed", *everything_reached()}
    assert all(found.recording.model.month_cycle.interventions.limits.binding_months.values())
    assert found.happened_to_residents() >= {
        "attended", "discharged", "delayed", "care_home", "admitted_from_ed", "left_area",
    }  # fmt: skip


def everything_reached() -> set[str]:
    """Keys of the programmes: each must have reached somebody."""
    return {"treat", "proactive", "often", "smokefree", "manage", "vaccinate", "comfort", "air"}


@pytest.mark.validation
def test_competing_transitions_are_the_same(world: World) -> None:
    """A year in which most residents die, leave or fall ill, so that transitions compete within months."""
    found = Comparison(Recording(world, 2000, everything(), haste=20.0)).run(A_YEAR)
    twin = found.twin
    assert twin.competing > 100
    assert sum(one.status == DEAD for one in twin.residents) > 100
    assert sum(one.status == LEFT for one in twin.residents) > 100


@pytest.mark.validation
@pytest.mark.parametrize(
    "settings",
    [
        {"unlimited": True},
        {"feedback": False},
        {"feedback": ("ed_delay_harm",)},
        {"growth": False, "start": "2027-10"},
    ],
)
def test_settings_are_the_same(world: World, settings: dict[str, bool]) -> None:
    """Half a year of the baseline under other settings."""
    Comparison(Recording(world, 1000, BASELINE, **settings)).run(6)


@pytest.mark.validation
def test_many_first_clocks_are_the_same(world: World) -> None:
    """More than ten thousand residents at once take another way to their first clocks."""
    found = Comparison(Recording(world, 10_500, BASELINE)).run(1)
    assert len(found.twin.residents) > 10_000
