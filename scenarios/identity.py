"""What a unit of work depends on, as hashes: the scenario, the settings, the code and tables of `sim`."""

from __future__ import annotations

import hashlib
import json
import platform
from collections.abc import Callable
from dataclasses import asdict
from datetime import UTC, datetime
from functools import cache
from importlib import import_module
from importlib.metadata import PackageNotFoundError, version
from typing import Any

from scenarios import machine
from scenarios.area_identity import area_sha256
from sim.interventions.specification import ScenarioSpecification
from sim.source import code_sha256

RECORDED_PACKAGES = ("leftshift", "mesa", "numpy", "pandas", "numba", "pyarrow", "scipy", "networkx")


def _sha256(value: Any) -> str:
    """Return the hash of a value written as JSON with sorted keys."""
    return hashlib.sha256(json.dumps(value, sort_keys=True).encode()).hexdigest()


def scenario_sha256(scenario: ScenarioSpecification) -> str:
    """Return the hash of what a scenario changes; its words (label, description, note) do not count."""
    changes = []
    for intervention in scenario.interventions:
        fields = asdict(intervention)
        for words in ("label", "note"):
            fields.pop(words)
        changes.append([type(intervention).__name__, _without_own_draws(fields)])
    limits = [_without_own_draws(asdict(limit) | {"label": ""}) for limit in scenario.limits]
    return _sha256([scenario.name, scenario.variant, changes, limits])


def _without_own_draws(value: Any) -> Any:
    """Return fields without an empty `drawn_with`: a scenario without it has the hash that it always had."""
    if isinstance(value, dict):
        return {
            name: _without_own_draws(one) for name, one in value.items() if (name, one) != ("drawn_with", "")
        }
    return [_without_own_draws(one) for one in value] if isinstance(value, list | tuple) else value


def run_identity(scenario: ScenarioSpecification, settings: dict[str, Any]) -> dict[str, Any]:
    """Return what makes two runs the same, whatever code made them: it may be resumed into one folder."""
    return {"scenario": scenario.full_name, "scenario_sha256": scenario_sha256(scenario), **settings}


def inputs_sha256(scenario: ScenarioSpecification, settings: dict[str, Any]) -> str:
    """Return the hash of everything that a run's tables depend on."""
    made_of = [run_identity(scenario, settings), code_sha256(), _numeric_versions()]
    elsewhere = area_sha256(str(settings["area"]))
    return _sha256([*made_of, elsewhere] if elsewhere else made_of)


def unit_key(inputs: str, replicate: int) -> str:
    """Return the hash of everything that one replicate of a run with these inputs depends on."""
    return _sha256([inputs, replicate])


@cache
def _versions() -> dict[str, str]:
    """Return the versions of what the results depend on."""
    found = {"python": platform.python_version()}
    for package in RECORDED_PACKAGES:
        try:
            found[package] = version(package)
        except PackageNotFoundError:
            found[package] = "not installed"
    return found


def _numeric_versions() -> dict[str, str]:
    """Return the versions that can change a number."""
    return {name: number for name, number in _versions().items() if name != "leftshift"}


def environment() -> dict[str, Any]:
    """Return what a manifest records of code, versions, machine and time."""
    return {
        "code_version": f"{_versions()['leftshift']}+{code_sha256()[:12]}",
        "code_sha256": code_sha256(),
        "versions": _versions(),
        "machine": machine.describe(),
        "created": datetime.now(UTC).isoformat(timespec="seconds"),
    }


def load_function(path: str) -> Callable[..., Any]:
    """Return the function named 'module:function'."""
    module, _, name = path.partition(":")
    function: Callable[..., Any] = getattr(import_module(module), name)
    return function
