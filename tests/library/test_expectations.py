"""Every family of the library does what it expects: a direction that its files state, at 10% scale.

All expectations take hours: `LEFTSHIFT_EXPECTATIONS=all`, or the page of `calibration/expectations_page.py`.
The rule and its false-alarm rate are told in `results/expectations.py`: a measure that a scenario leaves
alone passes for a fall or a rise at most once in a hundred, and what truly stays fails at most once in a
hundred.
"""

from __future__ import annotations

import os
from functools import cache
from pathlib import Path

import pytest

from calibration.expectations import evaluate, expectations
from scenarios import Scenario
from scenarios.execution import Settings
from scenarios.expectations import ExpectField
from scenarios.programmes import FAMILIES
from scenarios.scenario import library_names
from sim.interventions.specification import ScenarioSpecification

SCALE, SEED = 0.1, 1


ALL = os.environ.get("LEFTSHIFT_EXPECTATIONS") == "all"
KINDS = sorted(set(FAMILIES) - {"today"})


@cache
def of_family(family: str) -> list[tuple[ScenarioSpecification, ExpectField]]:
    """Return the expectations of a family that are held: the first that is soonest, or all if it is asked.

    All take hours; `python -m calibration.expectations_page` settles them once and goes on where it stopped.
    """
    names = [name for name in library_names() if Scenario.load(name).document.family == family]
    every = [one for name in names for one in expectations(name)]
    return every if ALL else [min(every, key=lambda one: one[1].years)]


@pytest.fixture(scope="session")
def runs(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Where the runs lie that expectations share: the baseline is run once for each number of years."""
    return tmp_path_factory.mktemp("expected")


@pytest.mark.validation
@pytest.mark.parametrize("family", KINDS)
def test_a_family_does_what_it_expects(family: str, runs: Path) -> None:
    """The direction stated in its file, at 10% scale on common random numbers."""
    held = of_family(family)
    assert held, "nothing is expected"
    missed = []
    for scenario, expected in held:
        settings = Settings(area="dorset", start="2026-04", years=expected.years, scale=SCALE, seed=SEED)
        found = evaluate(scenario, expected, runs, settings)
        if not found.holds:
            missed.append(str(found))
    assert not missed, "\n".join(missed)
