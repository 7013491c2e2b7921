"""A light function in the place of the model: the same shape of answer, from the settings alone."""

from __future__ import annotations

import os
import time
from typing import Any

import pyarrow as pa

from sim.interventions.specification import ScenarioSpecification
from sim.parameters.errors import InputError


def simulate(
    settings: dict[str, Any], scenario: ScenarioSpecification
) -> tuple[dict[str, pa.Table], dict[str, Any]]:
    """Return one small table that depends on seed, replicate and scenario."""
    value = settings["seed"] * 1000.0 + settings["replicate"] + len(scenario.interventions)
    return {"measures": pa.table({"measure": ["births"], "value": [value]})}, {"checked": True}


def slow(
    settings: dict[str, Any], scenario: ScenarioSpecification
) -> tuple[dict[str, pa.Table], dict[str, Any]]:
    """Take a while over every replicate but the first."""
    if settings["replicate"] > 1:
        time.sleep(60)
    return simulate(settings, scenario)


def broken(settings: dict[str, Any], scenario: ScenarioSpecification) -> None:
    """Fail as a fault of ours would."""
    raise RuntimeError(f"process {os.getpid()} fell over")


def refused(settings: dict[str, Any], scenario: ScenarioSpecification) -> None:
    """Refuse as the model refuses a scenario for which there are not places enough."""
    raise InputError(file="scenario", key="node", found="too many", allowed="fewer")
