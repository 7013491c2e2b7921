"""One replicate as a unit of work: it leaves nothing behind, and warns of what a reader must know."""

import gc

from scenarios import Scenario
from sim.interventions.specification import BASELINE
from sim.model import HealthSystem
from sim.run import simulate_replicate

SMALL = {"area": "dorset", "start": "2026-04", "years": 1, "scale": 0.002, "seed": 5, "replicate": 1}


def test_a_replicate_leaves_no_model_in_memory() -> None:
    """Mesa counts identities by model; a worker that kept every model would grow by half a gigabyte each."""

    def living() -> set[int]:
        gc.collect()
        return {id(thing) for thing in gc.get_objects() if isinstance(thing, HealthSystem)}

    before = living()  # the models that fixtures of other tests keep
    simulate_replicate(SMALL, BASELINE)
    assert living() <= before


def test_a_run_from_another_month_is_warned_of() -> None:
    _, told = simulate_replicate(SMALL | {"start": "2027-04"}, BASELINE)
    assert any("2026-04" in warning and "2027-04" in warning for warning in told["warnings"])


def test_interventions_outside_the_run_are_warned_of() -> None:
    """They do nothing, and a comparison without a change must not read as a finding."""
    scenario = Scenario.load("home_first").to_specification()
    _, told = simulate_replicate(SMALL | {"start": "2016-04"}, scenario)
    idle = [warning for warning in told["warnings"] if "no month of the run" in warning]
    assert len(idle) == len(scenario.interventions)
