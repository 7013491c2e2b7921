"""Targets that the model's own tables imply for the people at the start: what the start must reproduce."""

from __future__ import annotations

import numpy as np

from calibration.targets import Target
from sim.building import World
from sim.health.ages import by_sex_and_age, smooth_by_age
from sim.health.transitions import DEATH
from sim.population.strata import N_QUINTILES, N_SEXES, OLDEST_AGE


def table_targets(world: World) -> list[Target]:
    """Return cases of each condition by its prevalence table, and deaths by the life table.

    Args:
        world: Tables and people of an area.

    Returns:
        Targets of use `built-in`: prevalence by sex and age times people, summed; low and high are the values
        with bands held flat and with straight lines between their middles, whichever is lower and higher.
    """
    people = _people(world)
    found = []
    for key, condition in world.national.conditions.items():
        table = condition.tables["prevalence"]
        readings = [float((spread(table) * people.sum(axis=2)).sum()) for spread in (by_sex_and_age, smooth_by_age)]
        found.append(_target(f"cases_{key}", f"{condition.label}: by the prevalence table", "cases", key, readings))
    deaths = float((world.area_hazards[DEATH] * people).sum())
    found.append(_target("deaths", "Deaths by the life tables", "year", "deaths", [deaths]))
    return found


def _people(world: World) -> np.ndarray:
    """Return people at the start by sex, age and quintile, (2, 111, 5)."""
    columns = world.people.residents
    age = np.clip(-columns["birth_month"].astype(np.int64) // 12, 0, OLDEST_AGE)
    shape = (N_SEXES, OLDEST_AGE + 1, N_QUINTILES)
    cell = np.ravel_multi_index((columns["sex"].astype(np.int64), age, columns["quintile"].astype(np.int64)), shape)
    return np.bincount(cell, minlength=int(np.prod(shape))).reshape(shape).astype(np.float64)


def _target(measure: str, label: str, how: str, numerator: str, readings: list[float]) -> Target:
    return Target(
        measure=measure, label=label, stratum="all", period="start" if how == "cases" else "year 1", how=how,
        numerator=numerator, denominator="", factor=1.0, value=readings[0], low=min(readings), high=max(readings),
        unit="people", use="built-in", source="the model's table x the people at the start", grade="C",
        reason="It is the table; mortality and growth within the year are not in it.",
    )  # fmt: skip
