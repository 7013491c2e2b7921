"""Progress of frailty."""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np

from sim.health.ages import net_flow, rate, smooth_by_age
from sim.health.feedback import DECONDITIONING, DELAYED_STEPS, Feedback
from sim.health.transitions.declared import FloatArray, Modifier, Transition, flat, ratio_table
from sim.parameters.national import Condition, National
from sim.population.strata import N_QUINTILES


def frailty_transitions(national: National, feedback: Feedback) -> Iterable[Transition]:
    """Progress of the electronic frailty index through its classes that keeps prevalences by age."""
    table = national.tables["frailty_prevalence"]
    share = [smooth_by_age(table[table["level"] == level]) for level in ("mild", "moderate", "severe")]
    levels = [1.0 - sum(share, np.zeros_like(share[0])), *share]
    above = [np.sum(levels[k + 1 :], axis=0) for k in range(3)]
    gradient = _frailty_gradient(national)
    # a condition that shortens life is a deficit of the index; one that does not is none
    deficits = [condition for condition in national.conditions.values() if "mortality" in condition.tables]
    modifiers = [_per_condition(national, condition) for condition in deficits]
    mean = feedback.mean_ratio(DECONDITIONING)
    for k, name in enumerate(("mild", "moderate", "severe")):
        hazard = rate(np.maximum(0.0, net_flow(above[k])), levels[k]) / mean
        yield Transition(
            key=f"frailty.{name}", stream=f"frailty.{name}", attribute="frailty", from_code=k, to_code=k + 1,
            hazard=flat(hazard), gradient=gradient, cap=national.scalar("transition_ratio_cap"),
            modifiers=(*modifiers, delayed(feedback, DECONDITIONING)), normalise="all",
        )  # fmt: skip


def _per_condition(national: National, condition: Condition) -> Modifier:
    """Return the ratio by which one condition raises the hazard of the next class of frailty."""
    ratio = ratio_table()
    ratio[:, :, 1:] = national.scalar("frailty_ratio_per_condition")
    return Modifier(attribute=condition.key, ratio=ratio)


def _frailty_gradient(national: National) -> FloatArray:
    table = national.tables["frailty_gradient"]
    rows = table[table["level"] == "onset"].sort_values("quintile")
    return np.asarray(rows["value"], dtype=np.float64) if len(rows) else np.ones(N_QUINTILES)


def delayed(feedback: Feedback, name: str) -> Modifier:
    """Return the ratio by days of delayed discharge in the last twelve months."""
    ratio = ratio_table()
    ratio[:, :] = feedback.ratio(name)
    return Modifier(attribute=DELAYED_STEPS, ratio=ratio)
