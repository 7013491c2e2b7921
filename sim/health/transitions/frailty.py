"""Progress of frailty: one more deficit of the electronic frailty index."""

from __future__ import annotations

from collections.abc import Iterable
from functools import partial

import numpy as np

from sim.health.feedback import DECONDITIONING, DELAYED_STEPS, Feedback
from sim.health.frailty_score import class_of_score, most_deficits, score_survivors
from sim.health.starting_tables import frailty_shares
from sim.health.transitions.declared import FloatArray, Modifier, Transition, flat, ratio_table
from sim.parameters.national import Condition, National

DEFICIT = "frailty.deficit"
"""Key of the transition that adds a deficit."""


def frailty_transitions(national: National, feedback: Feedback) -> Iterable[Transition]:
    """Yield the next deficit, at the hazard that keeps the classes' shares by sex, age and quintile.

    Deficits do not go away: the index counts what a record has ever held, and the published transitions by
    which it is checked (Walsh 2023) go one way. Quintiles differ by their own shares: to keep them, more
    deficits come where more are frail.
    """
    # a condition that shortens life is a deficit of the index; one that does not is none
    deficits = [condition for condition in national.conditions.values() if "mortality" in condition.tables]
    modifiers = [_per_condition(national, condition) for condition in deficits]
    yield Transition(
        key=DEFICIT, stream=DEFICIT, attribute="frailty_score", from_code=0, to_code=1,
        hazard=flat(1.0 / feedback.mean_ratio(DECONDITIONING)), cap=national.scalar("deficit_ratio_cap"),
        modifiers=(*modifiers, delayed(feedback, DECONDITIONING)),
        most=most_deficits(national), follows=(("frailty", class_of_score(national)),),
        survivors=partial(_survivors, national),
        jump_at=int(national.tables["frailty_prevalence"].query("value > 0")["age_from"].min()),
    )  # fmt: skip


def _survivors(national: National, people: FloatArray) -> FloatArray:
    """Return the share with at least so many deficits, (2, 111, 5, 38), of people (2, 111, 5)."""
    return score_survivors(national, frailty_shares(national, people))


def _per_condition(national: National, condition: Condition) -> Modifier:
    """Return the ratio by which one condition raises the hazard of the next deficit."""
    ratio = ratio_table()
    ratio[:, :, 1:] = national.scalar("frailty_ratio_per_condition")
    return Modifier(attribute=condition.key, ratio=ratio)


def delayed(feedback: Feedback, name: str) -> Modifier:
    """Return the ratio by days of delayed discharge in the last twelve months."""
    ratio = ratio_table()
    ratio[:, :] = feedback.ratio(name)
    return Modifier(attribute=DELAYED_STEPS, ratio=np.asarray(ratio))
