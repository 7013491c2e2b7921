"""A small town made by hand, and programmes at work on it without a model around them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import numpy.typing as npt

from sim.health.columns import attributes
from sim.health.ranked import Ranked
from sim.interventions.effects import CurveTable
from sim.interventions.programmes import Programmes, ReachedThisMonth
from sim.interventions.specification import (
    CohortProgramme,
    Effect,
    Eligibility,
    Estimate,
    Intervention,
    Limit,
    ScenarioSpecification,
    Uptake,
)
from sim.population.circumstances import ETHNIC_GROUPS
from sim.population.residents import Residents

KEY = np.array([5, 6], np.uint32)
APRIL_2026 = 2026 * 12 + 3
MONTHS = 120
FACTORS = {"smoking": ("never", "current", "ex_under_1")}
STATES = {
    "ckd": ("no", "stage_3a", "stage_3b"), "stroke_tia": ("no", "yes"), "dementia": ("no", "yes"),
    "learning_disability": ("no", "yes"),
}  # fmt: skip


def number(value: float) -> Estimate:
    """Return a figure without an interval."""
    return Estimate(value=value, low=value, high=value, unit="-", source="test", grade="C")


def town(size: int, seed: int = 1, months: int = MONTHS, programmes: int = 3) -> Residents:
    """Return residents with every attribute drawn at random, those of use included."""
    draw = np.random.default_rng(seed)
    named = attributes(("east", "west"), ("north", "south"), ETHNIC_GROUPS, FACTORS, STATES, ())
    people = Residents(named, size, 0, programmes, months)
    codes = {
        one.name: draw.integers(0, max(2, len(one.labels)), size).astype(np.uint8)
        for one in named
        if one.name not in ("status", "decile", "quintile")
    }
    codes["decile"] = draw.integers(0, 10, size).astype(np.uint8)
    codes["quintile"] = codes["decile"] // 2
    codes |= {
        name: draw.poisson(0.7, size).astype(np.uint8) for name in ("admissions_12m", "attendances_12m")
    }
    people.add(np.arange(size, dtype=np.uint32), (-draw.integers(0, 100 * 12, size)).astype(np.int16), codes)
    return people


def cohort(key: str = "reach", **what: Any) -> CohortProgramme:
    """Return a programme that everybody is offered and accepts from April 2026, unless told otherwise."""
    given = {
        "label": key, "start": "2026-04", "eligible": Eligibility(), "uptake": Uptake(mean=number(1.0)),
    }  # fmt: skip
    return CohortProgramme(key=key, **(given | what))


def halves_death(**what: Any) -> Effect:
    """Return an effect that halves the hazard of death."""
    return Effect(on="mortality", key="all", multiplier=number(0.5), **what)


def nothing_ranked() -> Ranked:
    """Return no factors that follow a rank."""
    none = np.zeros(0)
    return Ranked(
        column=none.astype(np.int64), stream=none.astype(np.uint32), lasting=none,
        step_years=none.astype(np.int64), drift=none, edge=np.zeros((0, 2, 111, 5, 4)),
    )  # fmt: skip


class Listed:
    """A risk tool whose scores are given."""

    def __init__(self, scores: npt.NDArray[np.floating[Any]]) -> None:
        self.lists: list[Any] = []
        self.scores = {"emergency_admission": scores.astype(np.float32)}

    def draw_up(self, month: int, listed: npt.NDArray[np.bool_]) -> None:
        """The scores stand."""


def at_work(
    people: Residents,
    items: Sequence[Intervention],
    *,
    scale: float = 1.0,
    limits: Sequence[Limit] = (),
    tools: Any = None,
    curves: Sequence[CurveTable] = (),
    calendar_start: int = APRIL_2026,
) -> Programmes:
    """Return programmes at work on some residents."""
    scenario = ScenarioSpecification(
        name="test", label="test", interventions=tuple(items), limits=tuple(limits)
    )
    return Programmes(
        scenario, people, calendar_start, KEY, scale, {}, nothing_ranked(), KEY, tools, curves, MONTHS
    )


def live(programmes: Programmes, months: int) -> list[list[ReachedThisMonth]]:
    """Let programmes reach for some months; nobody is born, moves or dies."""
    found = []
    for month in range(months):
        programmes.residents.month = month
        found.append(programmes.reach(month))
    return found
