"""Everyone who may ever be in a run: the start population with its health, and the schedule of entrants."""

from __future__ import annotations

import sys
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from sim.health.initial import draw_health, fit_starting_health
from sim.parameters.national import National
from sim.parameters.schemas import SCALARS
from sim.parameters.tables import read_table
from sim.population.cache import Arrays, content_key, load_or_make
from sim.population.circumstances import PARAMETERS, Columns
from sim.population.entrants import Schedule, departure_hazard, entrants
from sim.population.inputs import as_area_tables
from sim.population.synthesis import start_population

AREA_TABLES = (
    "births", "ethnicity", "households", "life_table", "neighbourhoods", "net_migration", "out_migration",
    "population_by_age", "population_by_quintile", "projections",
)  # fmt: skip
"""Tables of the area pack that the people depend on."""
NATIONAL_TABLES = ("prevalence", "gradient", "relative_risks", "levels", "state_shares")
"""Tables of each condition and risk factor that initial health depends on."""
SOURCES = (
    "sim.health.ages", "sim.health.columns", "sim.health.initial", "sim.health.start",
    "sim.health.starting_tables", "sim.kernels.randomness", "sim.population.circumstances",
    "sim.population.draws", "sim.population.entrants", "sim.population.fitting", "sim.population.inputs",
    "sim.population.margins", "sim.population.strata", "sim.population.synthesis",
)  # fmt: skip
"""Modules that make them."""


@dataclass(frozen=True, kw_only=True)
class StartingResidents:
    """The residents at month 0 and those who enter later."""

    residents: Columns
    """Circumstances and health of the start population; the position is the identity."""
    schedule: Schedule
    """Births and in-migrants by month."""
    departures: npt.NDArray[np.float64]
    """(2, 111, 5) departures per person-year by sex, age and quintile, to which in-migration was matched."""


def starting_residents(area: Any, national: National, seed: int, months: int) -> StartingResidents:
    """Return the start population and the entrants of the first months, from the cache if it has them.

    Args:
        area: Area pack.
        national: National tables.
        seed: Population seed.
        months: Months of the run.
    """
    tables = as_area_tables(area)
    frames = {f"area.{name}": tables.table(name) for name in AREA_TABLES} | _national_frames(national)
    settings = {
        "seed": seed, "months": months, "councils": tables.councils, "list_size": tables.list_size,
        "start": tables.start, "streams": {key: item.stream for key, item in national.conditions.items()},
        "states": {key: [item.states, item.excludes] for key, item in national.conditions.items()},
    }  # fmt: skip
    key = content_key(frames, [sys.modules[name] for name in SOURCES], settings)
    return _unpack(load_or_make("residents", key, lambda: _pack(_make(area, national, seed, months))))


def _national_frames(national: National) -> dict[str, pd.DataFrame]:
    """Return the national tables that initial health depends on, by name."""
    groups: dict[str, Mapping[str, Any]] = {"condition": national.conditions, "factor": national.risk_factors}
    frames = {
        f"{kind}.{key}.{name}": item.tables[name]
        for kind, items in groups.items()
        for key, item in items.items()
        for name in NATIONAL_TABLES
        if name in item.tables
    }
    frames |= {name: national.tables[name] for name in ("frailty_prevalence", "frailty_gradient")}
    return frames | {"population.parameters": read_table(PARAMETERS, SCALARS)}


def _make(area: Any, national: National, seed: int, months: int) -> StartingResidents:
    """Make everyone from the tables."""
    people = start_population(area, seed)
    health = fit_starting_health(people, national)
    person = np.arange(people["sex"].size, dtype=np.uint32)
    codes = draw_health(health, people, person, seed)
    departures = departure_hazard(area, people)
    schedule = entrants(
        area, people, months, seed,
        draw_health=lambda columns, ids: draw_health(health, columns, ids, seed),
        hazard=departures,
    )  # fmt: skip
    return StartingResidents(residents={**people, **codes}, schedule=schedule, departures=departures)


def _pack(start: StartingResidents) -> Arrays:
    """Return everyone as one flat set of arrays."""
    arrays: Arrays = {f"resident.{name}": values for name, values in start.residents.items()}
    arrays |= {f"entrant.{name}": values for name, values in start.schedule.columns.items()}
    return arrays | {"first": start.schedule.first, "departures": start.departures}


def _unpack(arrays: Arrays) -> StartingResidents:
    """Return everyone from the arrays of `_pack`."""

    def part(prefix: str) -> Columns:
        return {
            name.removeprefix(prefix): values for name, values in arrays.items() if name.startswith(prefix)
        }

    return StartingResidents(
        residents=part("resident."),
        schedule=Schedule(columns=part("entrant."), first=arrays["first"].astype(np.int64)),
        departures=arrays["departures"].astype(np.float64),
    )
