"""Death, departure, and entry to a care home."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

import numpy as np

from sim.health.ages import N_AGES
from sim.health.feedback import CARE_HOME, ED_DELAY, Feedback
from sim.health.transitions.declared import (
    DEATH,
    DEATH_FROM_DELAY,
    DEPARTURE,
    FloatArray,
    Modifier,
    Transition,
    flat,
    ratio_table,
)
from sim.health.transitions.frailty import delayed
from sim.health.transitions.mortality import deaths_by_cause
from sim.kernels.life_course import AGE_GROUPS, AGES_A_GROUP
from sim.parameters.national import National
from sim.population.residents import DEAD, LEFT, REGISTERED
from sim.population.strata import MONTHS_A_YEAR, N_SEXES, age_band_of_year


def care_home_entry(national: National, hazard: FloatArray, feedback: Feedback) -> Transition:
    """Return entry to a care home from home, at `hazard` (2, 111) a year."""
    return Transition(
        key="care_home.entry", stream="care_home.entry", attribute="care_home", from_code=0, to_code=1,
        hazard=flat(hazard / feedback.mean_ratio(CARE_HOME)), cap=national.scalar("transition_ratio_cap"),
        modifiers=(delayed(feedback, CARE_HOME),),
    )  # fmt: skip


def death_from_delay(feedback: Feedback) -> Transition:
    """Return death in the month after an admission that waited long in A&E, by age and class of delay."""
    harm = feedback.harm_per_month
    worst = harm.max(axis=1)
    ratio = ratio_table()
    ratio[:, :, : harm.shape[1]] = 0.0
    if worst.any():
        group = age_band_of_year()[np.minimum(AGES_A_GROUP * np.arange(AGE_GROUPS), N_AGES - 1)]
        ratio[:, :, : harm.shape[1]] = (harm / np.maximum(worst, np.finfo(float).tiny)[:, None])[group]
    hazard = np.repeat((worst * MONTHS_A_YEAR)[None, age_band_of_year()], N_SEXES, axis=0)
    return Transition(
        key=DEATH_FROM_DELAY, stream=DEATH_FROM_DELAY, attribute="status", from_code=REGISTERED, to_code=DEAD,
        hazard=flat(hazard), cap=1.0, modifiers=(Modifier(attribute=ED_DELAY, ratio=ratio),),
    )  # fmt: skip


def exits(national: National, hazards: Mapping[str, FloatArray]) -> Iterable[Transition]:
    """Yield death by each cause, and departure, at hazards (2, 111, 5) a year."""
    yield from deaths_by_cause(national, hazards[DEATH])
    yield Transition(
        key=DEPARTURE, stream=DEPARTURE, attribute="status", from_code=REGISTERED, to_code=LEFT,
        hazard=hazards[DEPARTURE], cap=1.0,
    )  # fmt: skip
