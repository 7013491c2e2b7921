"""Arithmetic of hazards: half-months, competing risks, and a scenario that changes nothing."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt
from scipy import stats

from calibration.life_course.checks import FALSE_ALARM, Check, Target, judged, of_check
from sim.health.ages import N_AGES
from sim.interventions.specification import (
    CohortProgramme,
    Effect,
    Eligibility,
    Estimate,
    ScenarioSpecification,
    Uptake,
)
from sim.kernels.life_course import AGE_GROUPS, CODES, Events, Processes, advance_month, start_clocks
from sim.kernels.randomness import replicate_key, stream_key
from sim.model import HealthSystem
from sim.population.strata import MONTHS_A_YEAR, N_SEXES
from sim.world import World

FloatArray = npt.NDArray[np.float64]
PEOPLE = 1_000_000
STATUS, SEX, STRATUM = 0, 1, 2
"""Columns of the bare residents that are given to the kernel."""
NEUTRAL_SCALE, NEUTRAL_YEARS = 0.05, 2


def exits_alone(monthly: FloatArray, months: int) -> Processes:
    """Return compiled processes with nothing but exits, at hazards (P, 2, 111) a month."""
    n = monthly.shape[0]
    summed = np.concatenate([np.zeros((n, N_SEXES, 1)), np.cumsum(monthly * MONTHS_A_YEAR, axis=2)], axis=2)
    none = np.zeros(0, np.int64)
    return Processes(
        column=np.full(n, STATUS), from_code=np.zeros(n, np.uint8), to_code=np.ones(n, np.uint8),
        stream=np.array([stream_key(f"exit {k}") for k in range(n)], np.uint32),
        base=np.ascontiguousarray(monthly[..., None]), bound=np.ascontiguousarray(monthly), bound_sum=summed,
        calendar=np.ones((n, months)), modifier_first=np.zeros(n + 1, np.int64), modifier_column=none,
        modifier_table=np.ones((0, N_SEXES, AGE_GROUPS, CODES), np.float32),
        ratio_most=np.full((n, N_SEXES, AGE_GROUPS), np.inf),
        programme_first=np.zeros(n + 1, np.int64), programme=none, programme_curve=np.ones((0, 1)),
    )  # fmt: skip


def exits(
    monthly: FloatArray, sex: int, months: int, seed: int, size: int
) -> tuple[FloatArray, npt.NDArray[np.int64]]:
    """Let newborns leave by the kernel, and return when, in months, and by which exit.

    Args:
        monthly: (P, 2, 111) hazard a month of each exit.
        sex: 0 male, 1 female.
        months: Months to run.
        seed: Keys the draws.
        size: Newborns.

    Returns:
        (size,) months, NaN for those who are still there, and (size,) the exit, -1 for those.
    """
    processes = exits_alone(monthly, months)
    n = monthly.shape[0]
    columns = np.zeros((size, 3), np.uint8)
    columns[:, SEX] = sex
    born, person = np.zeros(size, np.int16), np.arange(size, dtype=np.uint32)
    clock, soonest = np.zeros((size, n), np.int16), np.zeros(size, np.int16)
    reached, clipped = np.zeros((size, 0), np.int16), np.zeros(n, np.int64)
    key = np.array(replicate_key(seed, 1), np.uint32)
    room = size + 64
    events = Events(np.empty(room, np.int64), np.empty(room, np.int64), np.empty(room))
    all_of = np.arange(size)
    start_clocks(all_of, 0, 0, months, person, born, columns, SEX, processes, all_of, clock, soonest, key)
    when, which = np.full(size, np.nan), np.full(size, -1)
    for month in range(months):
        found = advance_month(
            month, 0, months, person, born, columns, SEX, STRATUM, STATUS, processes, reached, all_of, clock,
            soonest, events, clipped, key,
        )  # fmt: skip
        rows = events.row[:found]
        when[rows], which[rows] = month + events.fraction[:found], events.process[:found]
        columns[rows, STATUS] = 1
        soonest[rows] = np.iinfo(np.int16).max
    return when, which


def hazard_checks(targets: Sequence[Target], size: int = PEOPLE) -> list[Check]:
    """Return whether two half-months equal one month and two exits add up, by formula and by kernel."""
    found = []
    h = np.logspace(-8, 0.5, 200)
    for target in of_check(targets, "half_months"):
        half = -np.expm1(-h / 2)
        off = float(np.abs(1.0 - (1.0 - half) ** 2 + np.expm1(-h)).max())
        found.append(judged(target, off, "exact", "by formula, hazards up to three a month"))
    for target in of_check(targets, "competing"):
        found += _by_kernel(target, size)
    return found


def _by_kernel(target: Target, size: int) -> list[Check]:
    flat = np.ones((1, N_SEXES, N_AGES))
    one, two = 0.2, 0.1
    both = exits(np.concatenate([one * flat, two * flat]), 0, 1, 1, size)[1]
    month = exits((one + two) * flat, 0, 1, 2, size)[1]
    halves = exits((one + two) / 2 * flat, 0, 2, 3, size)[1]
    expected = float(-np.expm1(-(one + two)))
    z = float(stats.norm.isf(FALSE_ALARM / 2)) * np.sqrt(expected * (1 - expected) / size) / expected
    chance = f"false alarm {FALSE_ALARM:g} at +-{z:.4f}"
    readings = (
        (both, "two exits of 0.2 and 0.1 a month"),
        (month, "one exit of 0.3 a month"),
        (halves, "two half-months of 0.15"),
    )
    return [
        judged(target, float((which >= 0).mean() / expected), chance, f"{words}; {size:,} people")
        for which, words in readings
    ]


def neutral_scenario(start: str) -> ScenarioSpecification:
    """Return a scenario that reaches all adults and multiplies everything that it touches by one."""

    def number(value: float) -> Estimate:
        return Estimate(value=value, low=value, high=value, unit="ratio", source="neutral", grade="C")

    touched = (("onset", "stroke_tia"), ("transition", "smoking.current_to_ex_under_1"), ("mortality", "all"))
    programme = CohortProgramme(
        key="neutral", label="changes nothing", start=start, eligible=Eligibility(age_from=18),
        uptake=Uptake(mean=number(0.8)),
        effects=tuple(Effect(on=on, key=key, multiplier=number(1.0)) for on, key in touched),  # type: ignore[arg-type]
    )  # fmt: skip
    return ScenarioSpecification(name="neutral", label="changes nothing", interventions=(programme,))


def neutral_checks(
    targets: Sequence[Target], world: World | None = None, scale: float = NEUTRAL_SCALE
) -> list[Check]:
    """Return how many residents differ in anything after some years of a scenario that changes nothing."""
    ends = []
    for scenario in (None, neutral_scenario("2026-04")):
        model = HealthSystem(scenario=scenario, scale=scale, years=NEUTRAL_YEARS, care=False, world=world)
        model.run_model()
        ends.append(model.residents.columns[: model.residents.size].copy())
    differ = int((ends[0] != ends[1]).any(axis=1).sum())
    note = (
        f"{ends[0].shape[0]:,} residents, {NEUTRAL_YEARS} years, reached by a programme whose effects are one"
    )
    return [judged(target, float(differ), "exact", note) for target in of_check(targets, "neutral")]
