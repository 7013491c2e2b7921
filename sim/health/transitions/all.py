"""The list of all transitions of the model."""

from __future__ import annotations

from collections.abc import Mapping

from sim.health.feedback import Feedback
from sim.health.transitions.blood_pressure import blood_pressure_rates, blood_pressure_transitions
from sim.health.transitions.conditions import condition_transitions, with_register_links
from sim.health.transitions.declared import FloatArray, Transition
from sim.health.transitions.exits import care_home_entry, death_from_delay, exits
from sim.health.transitions.frailty import frailty_transitions
from sim.health.transitions.smoking import smoking_transitions
from sim.parameters.national import National


def all_transitions(
    national: National, area_hazards: Mapping[str, FloatArray], feedback: Feedback
) -> list[Transition]:
    """Return the transitions of the model.

    Args:
        national: National tables.
        area_hazards: `death` (2, 111, 5) and `departure` (2, 111, 5) a year, and `care_home` (2, 111).
        feedback: What care does to residents; `death` is without the deaths that it brings.
    """
    treated = blood_pressure_rates(national)
    found: list[Transition] = []
    for condition in national.conditions.values():
        found += condition_transitions(national, condition)
    found += smoking_transitions(national)
    found += blood_pressure_transitions(national, treated)
    found += frailty_transitions(national, feedback)
    found.append(care_home_entry(national, area_hazards["care_home"], feedback))
    found += exits(national, area_hazards)
    found.append(death_from_delay(feedback))
    return with_register_links(national, found)
