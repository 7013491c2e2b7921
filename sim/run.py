"""One replicate from settings to tables: the unit of work of runs and studies."""

from __future__ import annotations

import gc
import time
from collections.abc import Mapping
from dataclasses import fields
from typing import Any

import pandas as pd

from sim.burnt_in import BurntIn
from sim.interventions.idle import idle
from sim.interventions.specification import ScenarioSpecification
from sim.kept_world import kept_for
from sim.model import HealthSystem
from sim.process import give_back, peak_memory_mb, return_large_blocks
from sim.settings import MONTHS_A_YEAR, Settings


def simulate_replicate(
    settings: Mapping[str, Any], scenario: ScenarioSpecification
) -> tuple[dict[str, pd.DataFrame], dict[str, Any]]:
    """Run one replicate and return its tables and what should be known of how it ran.

    Args:
        settings: Fields of `Settings`, by name; and `burnt_in`, the folder where burn-ins are kept, if any.
        scenario: What is changed.

    Returns:
        Tables by name, and diagnostics: seconds to build and to run, flow events, peak memory in MB, and by
        transition how many tries had their hazard cut to the dominating one.

    Raises:
        InputError: Settings or tables that cannot be used.
    """
    return_large_blocks()
    give_back()
    gc.freeze()  # libraries have half a million objects that live on: not to be gone through again and again
    chosen = Settings(**{name: value for name, value in settings.items() if name != "burnt_in"})
    folder = settings.get("burnt_in")
    started = time.perf_counter()
    given = {field.name: getattr(chosen, field.name) for field in fields(chosen)}
    last = kept_for(chosen)
    model = HealthSystem(
        scenario=scenario, rng=given.pop("seed"), world=last.world, prepared=last.prepared,
        burnt_in=None if folder is None else BurntIn(folder), **given,
    )  # fmt: skip
    give_back()
    built = time.perf_counter()
    while model.running:
        model.step()
        if model.day_of_month == 0 and model.month % MONTHS_A_YEAR == 1:  # with the first, kernels are loaded
            give_back()
    ran = time.perf_counter()
    diagnostics = diagnostics_of(model, built - started, ran - built)
    recorder = model.recorder
    del model
    gc.unfreeze()
    gc.collect()  # a model refers to itself; the tables must find its memory free
    give_back()
    tables = recorder.tables()
    recorder.listeners.clear()  # they refer to it, and hold the residents: the next unit must find them gone
    diagnostics["peak_memory_mb"] = peak_memory_mb()
    return tables, diagnostics


def diagnostics_of(model: HealthSystem, build_seconds: float, run_seconds: float) -> dict[str, Any]:
    """Return what should be known of how a model ran."""
    life = model.parts.life
    return {
        "build_seconds": round(build_seconds, 3),
        "run_seconds": round(run_seconds, 3),
        "flow_events": model.care.state.events,
        "peak_memory_mb": peak_memory_mb(),
        "hazards_cut": {
            transition.key: int(cut)
            for transition, cut in zip(life.transitions, life.clipped, strict=True)
            if cut and transition.cap > 1.0
        },
        "deadlock": model.care.state.find_deadlock(),
        "warnings": warnings_of(model),
    }


def limits_reached(model: HealthSystem) -> list[str]:
    """Return a sentence for each limit of the scenario that held something back."""
    months = model.month_cycle.interventions.limits.binding_months
    return [
        f"{limit.label or limit.key}: held delivery back in {months[limit.key]} of {model.month} months."
        for limit in model.specification.limits
        if months[limit.key]
    ]


def warnings_of(model: HealthSystem) -> list[str]:
    """Return what a reader must know first: what does nothing, and a network at a stand."""
    found = idle(model.specification, model.settings.start, model.settings.months)
    found += limits_reached(model)
    made_for = model.world.area.description.start
    if model.settings.start != made_for:
        found.append(
            f"The run starts in {model.settings.start} with the residents of that month; health, use and "
            f"care are those of the tables, made for {made_for}."
        )
    deadlock = model.care.state.find_deadlock()
    if deadlock:
        found.append(f"The network stands still: {', '.join(deadlock)} wait for each other.")
    return found
