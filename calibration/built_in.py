"""Targets that the model's own tables imply for the people at the start: what the start must reproduce."""

from __future__ import annotations

import numpy as np

from calibration.targets import Target
from sim.building import World
from sim.health.ages import by_sex_and_age
from sim.health.transitions import DEATH
from sim.population.strata import N_QUINTILES, N_SEXES, OLDEST_AGE


def table_targets(world: World) -> list[Target]:
    """Return cases of each condition by its prevalence table, and deaths by the life table.

    Args:
        world: Tables and people of an area.

    Returns:
        Targets of use `built-in`: prevalence by sex and age times people, summed; hazards of death likewise.
    """
    people = _people(world)
    found = []
    for key, condition in world.national.conditions.items():
        cases = float((by_sex_and_age(condition.tables["prevalence"]) * people.sum(axis=2)).sum())
        found.append(
            _target(f"cases_{key}", f"{condition.label}: by the prevalence table", "cases", key, cases)
        )
    deaths = float((world.area_hazards[DEATH] * people).sum())
    found.append(_target("deaths", "Deaths by the life tables", "year", "deaths", deaths))
    return found


def _people(world: World) -> np.ndarray:
    """Return people at the start by sex, age and quintile, (2, 111, 5)."""
    columns = world.people.residents
    age = np.clip(-columns["birth_month"].astype(np.int64) // 12, 0, OLDEST_AGE)
    shape = (N_SEXES, OLDEST_AGE + 1, N_QUINTILES)
    cell = np.ravel_multi_index(
        (columns["sex"].astype(np.int64), age, columns["quintile"].astype(np.int64)), shape
    )
    return np.bincount(cell, minlength=int(np.prod(shape))).reshape(shape).astype(np.float64)


def _target(measure: str, label: str, how: str, numerator: str, value: float) -> Target:
    return Target(
        measure=measure, label=label, stratum="all", period="start" if how == "cases" else "year 1", how=how,
        numerator=numerator, denominator="", factor=1.0, value=value, low=value, high=value,
        unit="people", use="built-in", source="the model's table x the people at the start", grade="C",
        reason="It is the table; mortality and growth within the year are not in it.",
    )  # fmt: skip
