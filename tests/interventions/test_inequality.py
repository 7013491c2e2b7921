"""Inequality after programmes on a town whose risks are known, against risk x uptake x effect by hand.

Residents have one process, the hazard of death, at a risk by quintile. A programme halves it for those who
accept. The rate of each quintile is what the life-course kernel gives its residents; by hand it is

    risk of the quintile x (1 - uptake of the quintile x (1 - 0.5)).
"""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import pytest

from results.inequality import relative_index, slope_index
from sim.interventions.effects import CurveTable, curves_of
from sim.interventions.specification import PopulationEffect, ScenarioSpecification, Uptake
from sim.kernels import life_course as kernel
from sim.kernels.randomness import stream_key
from sim.population.residents import NOT_REACHED, Residents
from tests.interventions.people import APRIL_2026, KEY, at_work, cohort, halves_death, number, town
from tests.kernels.test_life_course import build

RISK = np.array([0.010, 0.008, 0.006, 0.005, 0.004])
"""Deaths a month by quintile, the most deprived first."""
MEAN, SIZE = 0.5, 40_000
GRADIENTS = {
    "pro-deprived": (3.0, 1.7, 1.0, 0.6, 0.3),
    "equal": (1.0, 1.0, 1.0, 1.0, 1.0),
    "pro-affluent": (0.3, 0.6, 1.0, 1.7, 3.0),
}


def by_hand(ratios: tuple[float, ...], count: np.ndarray[Any, Any]) -> np.ndarray[Any, Any]:
    """Uptake by quintile: logit(p) = a + log(ratio), the mean over the people as stated; by bisection."""
    low, high = -20.0, 20.0
    for _ in range(200):
        a = (low + high) / 2
        p = np.array([1 / (1 + math.exp(-a) / ratio) for ratio in ratios])
        low, high = (a, high) if (p * count).sum() < MEAN * count.sum() else (low, a)
    return p


def processes(people: Residents, curve: np.ndarray[Any, Any]) -> kernel.Processes:
    """Return the one process of the town, with the programme's curve on it."""
    built = build(["death"], [1.0])
    base = np.broadcast_to(RISK, built.base.shape).copy()
    return built._replace(
        column=np.array([people.column_of["status"]]), base=base, bound=built.bound * 0.0 + RISK.max(),
        stream=np.array([stream_key("death")], np.uint32),
        modifier_first=np.zeros(2, np.int64), programme_first=np.array([0, 1]),
        programme=np.array([0]), programme_curve=curve[None],
    )  # fmt: skip


def rates(people: Residents, item: Any) -> np.ndarray[Any, Any]:
    """Return the mean hazard of death by quintile once the programme has reached whom it reaches."""
    scenario = ScenarioSpecification(name="test", label="test", interventions=(item,))
    (curve,) = curves_of(scenario, 12, APRIL_2026)
    table = CurveTable([curve], curve.multiplier[None].copy())
    at_work(people, [item], curves=[table]).reach(0)
    town_processes = processes(people, table.table[0])
    quintile = people.column("quintile").astype(int)
    found = np.array([
        kernel.hazard(people.columns, row, 0, 0, 40, quintile[row], 0, town_processes, people.reached)
        for row in range(people.size)
    ])  # fmt: skip
    return np.bincount(quintile, found, minlength=5) / np.bincount(quintile, minlength=5)


def everybody() -> Residents:
    """Return the town."""
    return town(SIZE, programmes=1)


@pytest.mark.parametrize("name", GRADIENTS)
def test_indices_are_those_of_risk_uptake_and_effect(name: str) -> None:
    """Exact for the uptake that came out, and the uptake itself within 5 standard errors of that by hand."""
    people = everybody()
    uptake = Uptake(mean=number(MEAN), ratio_by_quintile=GRADIENTS[name])  # type: ignore[arg-type]
    found = rates(people, cohort(uptake=uptake, effects=(halves_death(),)))
    quintile = people.column("quintile")
    count = np.bincount(quintile, minlength=5)
    reached = np.bincount(quintile, people.reached[: people.size, 0] != NOT_REACHED, minlength=5) / count
    hand = by_hand(GRADIENTS[name], count)
    assert (np.abs(reached - hand) < 5 * np.sqrt(hand * (1 - hand) / count)).all()
    assert (hand * count).sum() / count.sum() == pytest.approx(MEAN)
    exact, expected = RISK * (1 - 0.5 * reached), RISK * (1 - 0.5 * hand)
    assert slope_index(found, count) == pytest.approx(slope_index(exact, count), rel=1e-9)
    assert relative_index(found, count) == pytest.approx(relative_index(exact, count), rel=1e-9)
    # chance alone: five quintiles of 8,000, each uptake within a hundredth or two
    assert slope_index(found, count) == pytest.approx(slope_index(expected, count), rel=0.03)
    assert relative_index(found, count) == pytest.approx(relative_index(expected, count), rel=0.03)


def test_the_gradient_of_uptake_orders_the_indices() -> None:
    """By hand: pro-deprived narrows both, pro-affluent widens the relative and narrows the absolute least."""
    count = np.bincount(everybody().column("quintile"), minlength=5)
    after = {name: RISK * (1 - 0.5 * by_hand(ratios, count)) for name, ratios in GRADIENTS.items()}
    slope = {name: float(slope_index(rate, count)) for name, rate in after.items()}
    index = {name: float(relative_index(rate, count)) for name, rate in after.items()}
    assert slope["pro-deprived"] < slope["equal"] < slope["pro-affluent"]
    assert index["pro-deprived"] < index["equal"] < index["pro-affluent"]
    assert index["equal"] == pytest.approx(float(relative_index(RISK, count)))
    assert slope["equal"] < float(slope_index(RISK, count))


@pytest.mark.parametrize("kind", ["cohort", "transition"])
def test_equal_relative_effects_narrow_the_absolute_and_leave_the_relative_index(kind: str) -> None:
    """Everybody reached, the ratio the same: the slope is halved, the relative index is what it was."""
    people = everybody()
    count = np.bincount(people.column("quintile"), minlength=5)
    item: Any = cohort(effects=(halves_death(),))
    if kind == "transition":
        item = PopulationEffect(
            key="law", label="law", start="2026-04", eligible=item.eligible, effects=item.effects
        )
    found = rates(people, item)
    assert slope_index(found, count) == pytest.approx(0.5 * slope_index(RISK, count), rel=1e-12)
    assert relative_index(found, count) == pytest.approx(relative_index(RISK, count), rel=1e-12)


def test_deaths_of_a_month_are_those_rates() -> None:
    """The kernel's own draws: deaths by quintile within 5 standard errors of the rates by hand."""
    people = town(400_000, programmes=1)
    uptake = Uptake(mean=number(MEAN), ratio_by_quintile=GRADIENTS["pro-affluent"])  # type: ignore[arg-type]
    item = cohort(uptake=uptake, effects=(halves_death(),))
    scenario = ScenarioSpecification(name="test", label="test", interventions=(item,))
    (curve,) = curves_of(scenario, 12, APRIL_2026)
    at_work(people, [item]).reach(0)
    one, n = processes(people, curve.multiplier), people.size
    clock, soonest = np.zeros((n, 1), np.int16), np.zeros(n, np.int16)  # everybody has a candidate now
    events = kernel.Events(np.empty(n, np.int64), np.empty(n, np.int64), np.empty(n))
    died = kernel.advance_month(
        0, APRIL_2026, 12, people.person, people.birth_month[:n] * 0 - np.int16(480), people.columns,
        people.column_of["sex"], people.column_of["quintile"], people.column_of["status"], one,
        people.reached, np.arange(n, dtype=people.clock_row.dtype), clock, soonest, events,
        np.zeros(1, np.int64), KEY,
    )  # fmt: skip
    quintile = people.column("quintile")
    count = np.bincount(quintile, minlength=5)
    found = np.bincount(quintile[events.row[:died]], minlength=5)
    # a candidate is certain here, so a death has the chance (1 - exp(-h)) / (1 - exp(-H))
    hazard = RISK * np.array([1.0, 0.5])[:, None]
    chance = np.expm1(-hazard) / np.expm1(-RISK.max())
    uptakes = by_hand(GRADIENTS["pro-affluent"], count)
    wanted = count * ((1 - uptakes) * chance[0] + uptakes * chance[1])
    assert (np.abs(found - wanted) < 5 * np.sqrt(wanted)).all()
