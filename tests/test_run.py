"""One replicate as a unit of work: it leaves nothing behind, and warns of what a reader must know."""

import gc

import pytest

from scenarios import Scenario
from sim.interventions.specification import BASELINE
from sim.model import HealthSystem
from sim.parameters.national import load_national
from sim.run import simulate_replicate, warnings_of
from sim.settings import Settings
from sim.world import load_world

SMALL = {"area": "dorset", "start": "2026-04", "years": 1, "scale": 0.002, "seed": 5, "replicate": 1}


def test_a_replicate_leaves_no_model_in_memory() -> None:
    """Mesa counts identities by model; a worker that kept every model would grow by half a gigabyte each."""

    def living() -> set[int]:
        gc.collect()
        return {id(thing) for thing in gc.get_objects() if isinstance(thing, HealthSystem)}

    before = living()  # the models that fixtures of other tests keep
    _, told = simulate_replicate(SMALL, BASELINE)
    assert living() <= before
    assert told["warnings"] == []
    small = load_national().with_scalars({"pilot_scale": 0.02, "burn_in_months": 1})
    world = load_world(Settings(years=1, scale=0.002), small)
    for _ in range(2):  # as a notebook does, without the command
        model = HealthSystem(world=world, years=1, scale=0.002)
        assert sorted(agent.unique_id for agent in model.agents) == list(range(1, len(model.agents) + 1))
        del model
        assert living() <= before


@pytest.fixture(scope="module")
def warned() -> list[str]:
    """What is told of a scenario run ten years before it begins; all of it is known before the first day."""
    scenario = Scenario.load("home_first").to_specification()
    small_pilots = load_national().with_scalars({"pilot_scale": 0.02})
    settings = Settings(start="2016-04", years=1, scale=0.002)
    world = load_world(settings, small_pilots)
    model = HealthSystem(world=world, scenario=scenario, start="2016-04", years=1, scale=0.002, rng=5)
    return warnings_of(model)


def test_a_run_from_another_month_is_warned_of(warned: list[str]) -> None:
    assert any("2026-04" in warning and "2016-04" in warning for warning in warned)


def test_interventions_outside_the_run_are_warned_of(warned: list[str]) -> None:
    """They do nothing, and a comparison without a change must not read as a finding."""
    idle = [warning for warning in warned if "no month of the run" in warning]
    assert len(idle) == len(Scenario.load("home_first").to_specification().interventions)
