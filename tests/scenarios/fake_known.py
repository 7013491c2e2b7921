"""A light model whose truth is known: places take as many off 1,000 admissions a month, all else is luck.

Luck is normal: of the replicate, in every scenario alike, and of the scenario beside it. Parameters move the
level, so that a value replaced can be seen.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from typing import Any

import numpy as np
import pyarrow as pa

from sim.interventions.specification import MONTHS_A_YEAR, ScenarioSpecification, month_label, month_number
from tests.scenarios.fake_effects import _table

LEVEL, COMMON, OWN = 1000.0, 5.0, 2.0
"""Admissions a month, and standard deviations of the luck of a month: of all scenarios, of one by itself."""


def noise(*key: object) -> float:
    """Return a standard normal that is a pure function of its key."""
    digest = hashlib.blake2b("|".join(map(str, key)).encode(), digest_size=8).digest()
    return float(np.random.default_rng(int.from_bytes(digest, "big")).standard_normal())


def effect(scenario: ScenarioSpecification) -> float:
    """Return what a scenario takes off a month."""
    return sum(item.places.value for item in scenario.interventions if hasattr(item, "places"))


def level(settings: Mapping[str, Any], scenario: ScenarioSpecification) -> float:
    """Return a scenario's admissions of a month in a replicate."""
    seed, replicate = settings["seed"], settings["replicate"]
    own = noise(seed, replicate, scenario.full_name) if scenario.interventions else 0.0
    moved = sum(value for _, value in settings.get("parameters", ()))
    return LEVEL + moved - effect(scenario) + COMMON * noise(seed, replicate) + OWN * own


def simulate(
    settings: dict[str, Any], scenario: ScenarioSpecification
) -> tuple[dict[str, pa.Table], dict[str, Any]]:
    """Return the tables of a run."""
    first = month_number(settings["start"])
    value = level(settings, scenario)
    months = [month_label(first + n) for n in range(settings["years"] * MONTHS_A_YEAR)]
    rows = [(one, "all", "all", "emergency_admissions", value) for one in months]
    rows += [(one, "all", "all", "person_months", LEVEL) for one in months]
    tables = {"measures": _table(rows, "period", "dimension", "level", "measure", "value")}
    return tables | dict.fromkeys(("nodes", "conditions", "deaths", "mortality"), pa.table({})), {}
