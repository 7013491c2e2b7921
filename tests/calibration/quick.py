"""One replicate as the commands run it, on a world whose pilots are small and short."""

from __future__ import annotations

from collections.abc import Mapping
from functools import partial
from typing import Any
from unittest import mock

import pandas as pd

import sim.run
from sim.interventions.specification import ScenarioSpecification
from sim.model import HealthSystem
from sim.parameters.national import load_national
from tests.metamorphic.watching import world


def simulate(
    settings: Mapping[str, Any], scenario: ScenarioSpecification
) -> tuple[dict[str, pd.DataFrame], dict[str, Any]]:
    """Run a replicate of `sim.run` on the world of the tests, with the model's own burn-in."""
    own = world(int(load_national().scalar("burn_in_months")))
    with mock.patch.object(sim.run, "HealthSystem", partial(HealthSystem, world=own)):
        return sim.run.simulate_replicate(settings, scenario)
