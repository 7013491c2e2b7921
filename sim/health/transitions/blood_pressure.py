"""Rise, treatment and control of blood pressure."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

import numpy as np

from sim.health.ages import net_flow, rate, smooth_by_age
from sim.health.transitions.declared import FloatArray, Transition, flat
from sim.parameters.national import National


def level_prevalence(national: National, key: str) -> list[FloatArray]:
    """Return the share at each level of a risk factor by sex and age, each (2, 111), smooth in age."""
    factor = national.risk_factors[key]
    table = factor.tables["prevalence"]
    found = [smooth_by_age(table[table["level"] == level]) for level in factor.levels]
    rest = np.sum(found[1:], axis=0)
    return [1.0 - rest, *found[1:]]


def blood_pressure_rates(national: National) -> dict[tuple[int, int], FloatArray]:
    """Return hazards a year between levels of blood pressure that keep HSE prevalences as they are by age.

    Levels: 0 normal, 1 raised and untreated, 2 treated and controlled, 3 treated and not controlled. Net
    flows follow from the slopes; the loss of control is a parameter and regaining it balances the books.
    """
    share = level_prevalence(national, "blood_pressure")
    rises = np.maximum(0.0, -net_flow(share[0]))
    starts = np.maximum(0.0, rises - net_flow(share[1]))
    lost = np.full_like(share[0], national.scalar("blood_pressure_control_lost_per_year"))
    regained = np.maximum(0.0, lost * share[2] - net_flow(share[3]))
    return {
        (0, 1): rate(rises, share[0]),
        (1, 2): rate(starts, share[1]),
        (2, 3): lost,
        (3, 2): rate(regained, share[3]),
    }


def blood_pressure_transitions(
    national: National, rates: Mapping[tuple[int, int], FloatArray]
) -> Iterable[Transition]:
    """Yield the changes between levels of blood pressure at `rates` a year, each (2, 111)."""
    levels = national.risk_factors["blood_pressure"].levels
    for (before, after), hazard in rates.items():
        name = f"blood_pressure.{levels[before]}_to_{levels[after]}"
        treated = (before, after) == (1, 2)
        yield Transition(
            key=name, stream=name, attribute="blood_pressure", from_code=before, to_code=after,
            hazard=flat(hazard), cap=national.scalar("transition_ratio_cap") if treated else 2.0,
            also=(("hypertension", 1),) if treated else (),
        )  # fmt: skip
