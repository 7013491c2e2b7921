"""Targets that the model's own tables imply for the people at the start: what the start must reproduce."""

from __future__ import annotations

import numpy as np

from calibration.targets import Target
from sim.building import World
from sim.health.ages import by_sex_and_age
from sim.health.feedback import people_at_start
from sim.health.starting_tables import state_shares
from sim.health.transitions import DEATH


def table_targets(world: World) -> list[Target]:
    """Return cases of each condition by its prevalence table, and deaths by the life table.

    Args:
        world: Tables and people of an area.

    Returns:
        Targets of use `built-in`: prevalence by sex and age times people, summed; hazards of death likewise.
    """
    people = people_at_start(world.people.residents)
    found = []
    for key, condition in world.national.conditions.items():
        listed = state_shares(condition)[np.array(condition.register[1:])].sum(axis=0)
        prevalence = by_sex_and_age(condition.tables["prevalence"]) * listed
        cases = float((prevalence * people.sum(axis=2)).sum())
        found.append(
            _target(f"cases_{key}", f"{condition.label}: by the prevalence table", "cases", key, cases)
        )
    deaths = float((world.area_hazards[DEATH] * people).sum())
    found.append(_target("deaths", "Deaths by the life tables", "year", "deaths", deaths))
    return found


def _target(measure: str, label: str, how: str, numerator: str, value: float) -> Target:
    return Target(
        measure=measure, label=label, stratum="all", period="start" if how == "cases" else "year 1", how=how,
        numerator=numerator, denominator="", factor=1.0, value=value, low=value, high=value,
        unit="people", use="built-in", source="the model's table x the people at the start", grade="C",
        reason="It is the table; mortality and growth within the year are not in it.",
    )  # fmt: skip
