"""Light functions in the place of the model that keep a diary, dawdle, fail or kill their process.

Which do what is told by variables of the environment, so that workers in other processes hear of it:
`LIGHT_DIARY` a file that gets a line for each unit begun, `LIGHT_SECONDS` what a unit takes, `LIGHT_KILLS` a
folder in which a file `<scenario>_<replicate>` holds how often that unit still kills its process.
"""

from __future__ import annotations

import os
import signal
import time
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa

from sim.interventions.specification import ScenarioSpecification

Made = tuple[dict[str, pa.Table], dict[str, Any]]
ROWS = 200


def simulate(settings: dict[str, Any], scenario: ScenarioSpecification) -> Made:
    """Return two tables that depend on all that a unit is."""
    name = f"{scenario.full_name}_{settings['replicate']}"
    _note(name)
    time.sleep(float(os.environ.get("LIGHT_SECONDS", "0")))
    _die_if_told(name)
    seed = [settings["seed"], settings["replicate"], len(scenario.full_name), int(settings["years"])]
    values = np.random.default_rng(seed).normal(size=ROWS)
    measures = pa.table({"month": np.arange(ROWS, dtype=np.int16), "value": values})
    return {"measures": measures, "flow": pa.table({"waited": values[:10]})}, {"warnings": []}


def second_fails(settings: dict[str, Any], scenario: ScenarioSpecification) -> Made:
    """Fail for every second replicate."""
    if settings["replicate"] % 2 == 0:
        _note(f"{scenario.full_name}_{settings['replicate']}")
        raise ArithmeticError(f"replicate {settings['replicate']} does not add up")
    return simulate(settings, scenario)


def diary(path: Path) -> list[str]:
    """Return which units were begun, in order."""
    return path.read_text(encoding="utf-8").split() if path.exists() else []


def _note(name: str) -> None:
    path = os.environ.get("LIGHT_DIARY")
    if path:
        with open(path, "a", encoding="utf-8") as file:
            file.write(f"{name}\n")


def _die_if_told(name: str) -> None:
    folder = os.environ.get("LIGHT_KILLS")
    path = Path(folder, name) if folder else None
    if path is not None and path.exists():
        left = int(path.read_text())
        if left > 0:
            path.write_text(str(left - 1))
            os.kill(os.getpid(), signal.SIGKILL)
