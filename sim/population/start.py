"""The residents at the start and everyone who will enter: made once for an area, kept in the cache."""

from __future__ import annotations

import sys
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from sim.areas import AreaPack
from sim.health.initial import draw_health, fit_starting_health
from sim.parameters.national import National
from sim.population.cache import Arrays, content_key, load_or_make
from sim.population.circumstances import ETHNIC_GROUPS
from sim.population.draws import uniforms
from sim.population.entrants import departure_hazard, entrants
from sim.population.strata import MONTHS_A_YEAR
from sim.population.synthesis import start_population

PROPENSITY = "use_propensity"
_PREFIXES = ("start/", "entrants/")
_MODULES = (
    "sim.areas.pack", "sim.health.initial", "sim.health.starting_tables", "sim.health.ages",
    "sim.population.circumstances", "sim.population.draws", "sim.population.entrants", "sim.population.fitting",
    "sim.population.inputs", "sim.population.margins", "sim.population.start", "sim.population.synthesis",
    "sim.kernels.randomness",
)  # fmt: skip


@dataclass(frozen=True, kw_only=True)
class People:
    """Everyone of one area: identities are positions, the start population first, then entrants by month."""

    start: Mapping[str, npt.NDArray[Any]]
    """Columns of the start population, all of the list."""
    entrants: Mapping[str, npt.NDArray[Any]]
    """Columns of entrants in order of identity; `kind` is 0 for a birth and 1 for an in-migrant."""
    first: npt.NDArray[np.int64]
    """(months + 1,) where each month's entrants begin."""
    departure: npt.NDArray[np.float64]
    """(2, 111, 5) departures per person-year."""


def load_people(area: AreaPack, national: National, years: int, seed: int) -> People:
    """Return the people of an area for a run of up to `years`; made once and kept in the cache.

    Args:
        area: Area pack.
        national: National tables.
        years: Years for which entrants are scheduled; rounded up to ten, so that runs share the schedule.
        seed: Population seed of the pack.
    """
    months = MONTHS_A_YEAR * 10 * -(-years // 10)
    tables = {f"area/{name}": table for name, table in area.tables.items()}
    tables |= {f"national/{name}": table for name, table in national.tables.items()}
    for kind in (national.conditions, national.risk_factors):
        for key, item in kind.items():
            tables |= {f"{key}/{name}": table for name, table in item.tables.items()}
    key = content_key(
        tables,
        [sys.modules[name] for name in _MODULES],
        {"months": months, "seed": seed, "scalars": sorted(national.scalars.items()), "area": area.description},
    )
    return _people(load_or_make(f"people-{area.description.key}", key, lambda: _make(area, national, months, seed)))


def _make(area: AreaPack, national: National, months: int, seed: int) -> Arrays:
    start = start_population(area, seed)
    health = fit_starting_health(start, national)
    person = np.arange(start["sex"].size, dtype=np.uint32)
    start = {**start, **draw_health(health, start, person, seed), PROPENSITY: _propensity(person, seed)}
    departure = departure_hazard(area, start)
    schedule = entrants(
        area, start, months, seed,
        draw_health=lambda columns, people: dict(draw_health(health, columns, people, seed)), hazard=departure,
    )  # fmt: skip
    columns = dict(schedule.columns)
    columns[PROPENSITY] = _propensity(np.asarray(columns["person"], np.uint32), seed)
    return {
        "first": schedule.first,
        "departure": departure,
        **{f"start/{name}": values for name, values in start.items()},
        **{f"entrants/{name}": values for name, values in columns.items()},
    }


def _propensity(person: npt.NDArray[np.uint32], seed: int) -> npt.NDArray[np.uint8]:
    """Return the class of each person's own rate of unplanned use: four classes of equal size."""
    return (uniforms(person, PROPENSITY, seed) * 4).astype(np.uint8)


def _people(arrays: Arrays) -> People:
    start, entering = (
        {name.removeprefix(prefix): values for name, values in arrays.items() if name.startswith(prefix)}
        for prefix in _PREFIXES
    )
    return People(start=start, entrants=entering, first=arrays["first"], departure=arrays["departure"])


def kept(person: npt.NDArray[np.integer], scale: float, seed: int) -> npt.NDArray[np.bool_]:
    """Return who is kept in a run at `scale`: a systematic sample of identities, so one in 1 / scale of each cell.

    Identities follow the cells, so the sample is stratified by them. At scale 1 everybody is kept.
    """
    offset = uniforms(np.zeros(1, np.uint32), "scale.offset", seed)[0]
    position = (person.astype(np.float64) + offset) * scale
    return np.asarray(np.floor(position + scale) > np.floor(position))


__all__ = ["ETHNIC_GROUPS", "People", "kept", "load_people"]
