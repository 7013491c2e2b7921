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
from sim.population.entrants import Schedule, entrants
from sim.population.inputs import N_AGES, AreaTables, as_area_tables
from sim.population.moves import Departures
from sim.population.outlook import MIGRATION_SCALARS, area_scalar, starting_at
from sim.population.projection import outlook
from sim.population.synthesis import start_population
from sim.population.variants import PRINCIPAL

AREA_TABLES = (
    "births", "ethnicity", "households", "inclusion", "life_table", "mortality_history",
    "neighbourhoods", "net_migration", "out_migration", "population_by_age", "population_by_quintile",
    "population_series", "projection_variants", "projections",
)  # fmt: skip
"""Tables of the area pack that the people depend on."""
NATIONAL_TABLES = (
    "prevalence", "gradient", "relative_risks", "levels", "state_shares", "indications",
)  # fmt: skip
"""Tables of each condition and risk factor that initial health depends on."""
OWN_SCALARS = ("frailty_", "obesity_trend_")
"""How the national scalars begin that the people depend on, beside those of ranks; a test holds them all."""
SOURCES = (
    "sim.health.ages", "sim.health.columns", "sim.health.frailty_score", "sim.health.initial",
    "sim.health.placing", "sim.health.ranked", "sim.health.start", "sim.health.starting_tables",
    "sim.health.starting_treatment", "sim.health.transitions.statin", "sim.kernels.randomness",
    "sim.population.circumstances", "sim.population.cohort", "sim.population.draws",
    "sim.population.entrants", "sim.population.fitting", "sim.population.inclusion",
    "sim.population.inputs", "sim.population.margins", "sim.population.moves", "sim.population.outlook",
    "sim.population.past", "sim.population.projection", "sim.population.strata", "sim.population.synthesis",
)  # fmt: skip
"""Modules that make them."""


@dataclass(frozen=True, kw_only=True)
class StartingResidents:
    """The residents at month 0 and those who enter later."""

    residents: Columns
    """Circumstances and health of the start population; the position is the identity."""
    schedule: Schedule
    """Births and in-migrants by month."""
    departures: Departures
    """Departures per person-year, to which in-migration was matched."""


def starting_residents(
    area: Any,
    national: National,
    seed: int,
    months: int,
    start: str | None = None,
    projection: str = PRINCIPAL,
) -> StartingResidents:
    """Return the start population and the entrants of the first months, from the cache if it has them.

    Args:
        area: Area pack.
        national: National tables.
        seed: Population seed.
        months: Months of the run.
        start: First month, 'YYYY-MM'; by default that of the area.
        projection: Variant of the projection that births and in-migrants follow.
    """
    tables = starting_at(as_area_tables(area), start)
    frames = {f"area.{name}": tables.table(name) for name in AREA_TABLES} | _national_frames(national)
    settings = {
        "seed": seed, "months": months, "councils": tables.councils, "list_size": tables.list_size,
        "start": tables.start, "streams": {key: item.stream for key, item in national.conditions.items()},
        "states": {
            key: [item.states, item.register, item.excludes] for key, item in national.conditions.items()
        },
        "scalars": scalars_of_people(national),
        "projection": projection, "migration": [area_scalar(tables, name) for name in MIGRATION_SCALARS],
        "trend": yearly_fall(national).tolist(),
    }  # fmt: skip
    key = content_key(frames, [sys.modules[name] for name in SOURCES], settings)
    return _unpack(
        load_or_make("residents", key, lambda: _pack(_make(tables, national, seed, months, projection)))
    )


def scalars_of_people(national: National) -> dict[str, float]:
    """Return the national scalars that the people depend on, in the order of their names."""
    named = sorted(national.scalars.items())
    return {name: value for name, value in named if "_rank_" in name or name.startswith(OWN_SCALARS)}


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


def yearly_fall(national: National) -> npt.NDArray[np.float64]:
    """Return the share by which death rates fall in a year as the principal projection has it, (111,).

    Linear between the ages of `mortality_improvement`; none when there is no such table. In-migration is
    matched to it whatever the trend of the run, so that frozen mortality shows in deaths alone.
    """
    if "mortality_improvement" not in national.tables:
        return np.zeros(N_AGES)
    table = national.tables["mortality_improvement"]
    rows = table[table["variant"] == PRINCIPAL].sort_values("age_from")
    ages = np.stack([rows["age_from"], rows["age_to"]], axis=1).ravel().astype(np.float64)
    falls = np.repeat(rows["value"].to_numpy(np.float64), 2)
    return np.asarray(np.interp(np.arange(N_AGES), ages, falls))


def _make(area: AreaTables, national: National, seed: int, months: int, projection: str) -> StartingResidents:
    """Make everyone from the tables."""
    people = start_population(area, seed)
    health = fit_starting_health(people, national)
    person = np.arange(people["sex"].size, dtype=np.uint32)
    codes = draw_health(health, people, person, seed)
    to_come = outlook(area, projection, yearly_fall(national))
    schedule = entrants(
        area, people, months, seed,
        draw_health=lambda columns, ids: draw_health(health, columns, ids, seed),
        outlook=to_come,
    )  # fmt: skip
    return StartingResidents(
        residents={**people, **codes}, schedule=schedule, departures=Departures.of(to_come.moves)
    )


def _pack(start: StartingResidents) -> Arrays:
    """Return everyone as one flat set of arrays."""
    arrays: Arrays = {f"resident.{name}": values for name, values in start.residents.items()}
    arrays |= {f"entrant.{name}": values for name, values in start.schedule.columns.items()}
    leaving = {"departures": start.departures.hazard, "departure_ratio": start.departures.ratio}
    return arrays | {"first": start.schedule.first} | leaving


def _unpack(arrays: Arrays) -> StartingResidents:
    """Return everyone from the arrays of `_pack`."""

    def part(prefix: str) -> Columns:
        return {
            name.removeprefix(prefix): values for name, values in arrays.items() if name.startswith(prefix)
        }

    return StartingResidents(
        residents=part("resident."),
        schedule=Schedule(columns=part("entrant."), first=arrays["first"].astype(np.int64)),
        departures=Departures(
            hazard=arrays["departures"].astype(np.float64), ratio=arrays["departure_ratio"].astype(np.float64)
        ),
    )
