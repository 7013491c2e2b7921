"""What a transition of the life course is: who is at risk, at which hazard, and what raises it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field

import numpy as np
import numpy.typing as npt

from sim.health.ages import N_AGES
from sim.kernels.life_course import AGE_GROUPS, AGES_A_GROUP, CODES
from sim.population.strata import N_QUINTILES, N_SEXES

FloatArray = npt.NDArray[np.float64]
DEATH, DEPARTURE = "death", "departure"
"""All causes of death together, as scenarios name them, and moving away."""
CAUSES = (
    "cancer", "circulatory", "dementia_alzheimer", "digestive_incl_liver", "external", "other", "respiratory",
)  # fmt: skip
"""Causes of death of `mortality/causes.csv`, each a transition; a table with others is refused."""
DEATHS_BY_CAUSE = tuple(f"{DEATH}.{cause}" for cause in CAUSES)
DEATH_FROM_DELAY = "death.ed_delay"
DEATHS = (*DEATHS_BY_CAUSE, DEATH_FROM_DELAY)
"""Every transition that ends a life; what acts on `death` acts on all of them but the last."""


@dataclass(frozen=True, kw_only=True)
class Modifier:
    """A ratio that depends on another attribute of the resident."""

    attribute: str
    ratio: npt.NDArray[np.float32]
    """(2, 23, 16) ratio by sex, five-year age group and code."""


@dataclass(frozen=True, kw_only=True)
class Transition:
    """One change that a resident may undergo."""

    key: str
    """How scenarios name it: a condition, `factor.transition`, `death.cause`, `departure`."""
    stream: str
    """Name of its random stream."""
    attribute: str
    from_code: int
    to_code: int
    hazard: FloatArray
    """(2, 111, 5) hazard a year by sex, age and quintile, before gradient and modifiers."""
    gradient: FloatArray = field(default_factory=lambda: np.ones(N_QUINTILES))
    """(5,) ratios by quintile, normalised together with the modifiers."""
    cap: float
    """Largest ratio of anybody's hazard to the mean; for causes of death it is measured, and this is room on
    top of it."""
    widest_cap: float = 0.0
    """The cap is widened, by sex and age, to what residents at the start have, up to this; 0: it stands."""
    modifiers: tuple[Modifier, ...] = ()
    ratio_most: FloatArray = field(default_factory=lambda: np.full((N_SEXES, AGE_GROUPS), np.inf))
    """(2, 23) the largest product of modifiers that counts, by sex and five-year age group."""
    normalise: str = "none"
    """`all`: divided by the mean ratio of sex and age; `none`; `causes`: together with the other causes of
    death, so that their sum keeps the hazard of sex, age and quintile (`sim/health/competing.py`)."""
    also: tuple[tuple[str, int], ...] = field(default=())
    """Attributes set to a code when it happens."""
    most: int | None = None
    """For a count: each event adds one until it is so many, and the two codes are not used."""
    follows: tuple[tuple[str, npt.NDArray[np.uint8]], ...] = ()
    """For a count: attributes that are read off it, each with its code by count, (most + 1,)."""
    survivors: Callable[[FloatArray], FloatArray] | None = None
    """For a count: given people (2, 111, 5), the share with at least so many, (2, 111, 5, most + 2), that its
    hazards are to keep; the hazard declared multiplies them (`sim/health/counting.py`)."""
    jump_at: int | None = None
    """For a count: age at which these shares jump, because something else changes the count then."""


def flat(hazard: FloatArray) -> FloatArray:
    """Spread a hazard by sex and age, (2, 111), over quintiles."""
    return np.repeat(hazard[:, :, None], N_QUINTILES, axis=2)


def ratio_table() -> npt.NDArray[np.float32]:
    """Return a table of ratios of one, (2, 23, 16)."""
    return np.ones((N_SEXES, AGE_GROUPS, CODES), np.float32)


def grouped(by_age: FloatArray) -> npt.NDArray[np.float32]:
    """Return values of five-year age groups, (2, 23), as means of single years, (2, 111)."""
    padded = np.concatenate(
        [by_age, np.repeat(by_age[:, -1:], AGE_GROUPS * AGES_A_GROUP - N_AGES, axis=1)], axis=1
    )
    means: npt.NDArray[np.float32] = (
        padded.reshape(N_SEXES, AGE_GROUPS, AGES_A_GROUP).mean(axis=2).astype(np.float32)
    )
    return means
