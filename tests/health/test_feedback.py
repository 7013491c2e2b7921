"""Feedback: neutral at the baseline's exposure by arithmetic, of the right sign and size away from it."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from sim.areas import AreaPack
from sim.building import World, load_world
from sim.health.feedback import (
    CARE_HOME,
    DECONDITIONING,
    DELAY_CLASSES,
    DELAYED_STEPS,
    ED_DELAY,
    ED_DELAY_HARM,
    Feedback,
    by_band,
    people_at_start,
)
from sim.health.transitions import DEATH, DEATH_FROM_DELAY, all_transitions
from sim.interventions.specification import CapacityChange, ScenarioSpecification
from sim.model import HealthSystem
from sim.parameters import InputError
from sim.population.strata import MONTHS_A_YEAR, age_band_of_year
from sim.settings import FEEDBACKS, Settings
from tests.metamorphic.changes import number, specification

MONTHS = 12
SEEDS = (11, 12, 13, 14)
FALSE_ALARMS = 3.3
"""Standard errors allowed: one false alarm in a thousand for a test at new seeds."""


@pytest.fixture(scope="module")
def world() -> World:
    """Tables and people."""
    return load_world(Settings(years=1))


def feedback_of(world: World, active: frozenset[str] = frozenset(FEEDBACKS), **scalars: float) -> Feedback:
    """Return the feedback of an area, with some sizes of harm replaced."""
    people = people_at_start(world.people.residents)
    return Feedback.of(world.national.with_scalars(scalars), world.area, active, people)


# ---------------------------------------------------------------------------------------- arithmetic
@pytest.mark.parametrize("factor", [0.0, 0.5, 1.0, 2.0])
def test_deaths_taken_out_and_put_in_are_as_many(world: World, factor: float) -> None:
    """Whatever the size of the harm: the life table's deaths stay, in every stratum."""
    sizes = {f"ed_delay_excess_{name}": factor * 0.01 for name in DELAY_CLASSES[1:]}
    feedback = feedback_of(world, **sizes)
    people, deaths = people_at_start(world.people.residents), world.area_hazards[DEATH]
    base = by_band(feedback.relieved(deaths, people) * people)
    harm = MONTHS_A_YEAR * feedback.expected_deaths * by_band(people)
    np.testing.assert_allclose(base + harm, by_band(deaths * people), rtol=1e-12)
    assert (harm.sum() > 0.0) == (factor > 0.0)


def test_harm_over_all_ages_is_that_of_the_study(world: World) -> None:
    """The shape by age moves harm between ages; the mean over those delayed is one in 191, 82 and 72."""
    feedback = feedback_of(world)
    people = by_band(people_at_start(world.people.residents))
    exposed = np.einsum("saqc,saq->ac", feedback.ed_share, people)
    assert (exposed @ feedback.excess).sum() == pytest.approx(
        (exposed * np.outer(feedback.shape, feedback.excess)).sum(), rel=1e-9
    )
    assert feedback.shape[-1] > feedback.shape[2] > feedback.shape[0]


def test_the_mean_ratio_of_frailty_is_one_at_the_baseline(world: World) -> None:
    feedback = feedback_of(world)
    mean = (feedback.steps_share @ feedback.ratio(DECONDITIONING))[:, age_band_of_year()]
    np.testing.assert_allclose(mean / feedback.mean_ratio(DECONDITIONING), 1.0)
    assert feedback.mean_ratio(DECONDITIONING).max() > 1.001
    assert (feedback.mean_ratio(CARE_HOME) == 1.0).all(), "null evidence acts on nobody"


def test_classes_and_steps() -> None:
    """Four, six and eight hours; two days a step, and no more than thirty days."""
    feedback = feedback_of(load_world(Settings(years=1)))
    hours = np.array([0.0, 4.0, 4.01, 6.0, 6.5, 8.0, 9.0, 40.0])
    assert feedback.delay_class(60.0 * hours).tolist() == [0, 0, 1, 1, 2, 2, 3, 3]
    assert feedback.steps(np.array([0.0, 1.9, 2.0, 7.0, 29.9, 31.0, 90.0])).tolist() == [
        0,
        0,
        1,
        3,
        14,
        15,
        15,
    ]


@pytest.mark.parametrize("active", [(), (ED_DELAY_HARM,), (DECONDITIONING,), (CARE_HOME,)])
def test_switches(world: World, active: tuple[str, ...]) -> None:
    """What is off leaves no trace in any hazard; what is on acts where it says."""
    feedback = feedback_of(world, frozenset(active), care_home_ratio_per_delayed_day=1.01)
    people = people_at_start(world.people.residents)
    deaths = feedback.relieved(world.area_hazards[DEATH], people)
    found = {
        t.key: t for t in all_transitions(world.national, {**world.area_hazards, DEATH: deaths}, feedback)
    }
    assert (found[DEATH_FROM_DELAY].hazard.any()) == (ED_DELAY_HARM in active)
    assert (deaths < world.area_hazards[DEATH]).any() == (ED_DELAY_HARM in active)
    for key, name in (("frailty.deficit", DECONDITIONING), ("care_home.entry", CARE_HOME)):
        ratio = [m.ratio for m in found[key].modifiers if m.attribute == DELAYED_STEPS]
        assert len(ratio) == 1 and (ratio[0] != 1.0).any() == (name in active)


def test_who_waited_long_is_at_the_risk_that_the_arithmetic_gives(world: World) -> None:
    """The hazards that the kernel reads are -ln(1 - e s) a month."""
    feedback = feedback_of(world)
    deaths = feedback.relieved(world.area_hazards[DEATH], people_at_start(world.people.residents))
    transitions = all_transitions(world.national, {**world.area_hazards, DEATH: deaths}, feedback)
    harm = next(t for t in transitions if t.key == DEATH_FROM_DELAY)
    (modifier,) = harm.modifiers
    assert modifier.attribute == ED_DELAY
    for age, band in ((30, 2), (70, 4), (90, 6)):
        for code in range(4):
            found = harm.hazard[0, age, 0] / MONTHS_A_YEAR * modifier.ratio[0, age // 5, code]
            wanted = -np.log1p(-feedback.excess[code] * feedback.shape[band])
            assert found == pytest.approx(wanted, rel=1e-6)


# ---------------------------------------------------------------------------------------- bad input
def test_an_area_without_exposure_needs_feedback_off(world: World) -> None:
    tables = {**world.area.tables, "exposure": world.area.tables["exposure"].iloc[:0]}
    bare = replace(world, area=AreaPack(
        directory=world.area.directory, description=world.area.description, tables=tables,
    ))  # fmt: skip
    with pytest.raises(InputError, match=r"calibration\.exposure"):
        feedback_of(bare)
    assert not feedback_of(bare, frozenset()).expected_deaths.any()


def test_more_harm_than_deaths_is_refused(world: World) -> None:
    with pytest.raises(InputError, match="deaths per patient"):
        feedback_of(world, ed_delay_excess_first=0.9)
    feedback = feedback_of(world, **{f"ed_delay_excess_{name}": 0.4 for name in DELAY_CLASSES[1:]})
    with pytest.raises(InputError, match="deaths of a stratum"):
        feedback.relieved(world.area_hazards[DEATH], people_at_start(world.people.residents))


def test_an_unknown_feedback_is_refused() -> None:
    with pytest.raises(InputError, match="did you mean 'deconditioning'"):
        Settings(feedback=["deconditionning"])


# ---------------------------------------------------------------------------------------- whole runs
def harm_of(world: World, seed: int, scenario: ScenarioSpecification | None = None) -> dict[str, float]:
    """Run a year at full size; return deaths from delay, and those that exposure makes one expect."""
    model = HealthSystem(world=world, scenario=scenario, years=1, rng=seed)
    feedback, residents, cycle = model.parts.feedback, model.residents, model.month_cycle
    found = {"expected": 0.0, "table": 0.0, "steps": 0.0}
    chance, reach = -np.expm1(-feedback.harm_per_month), cycle.programmes

    def counted() -> None:
        rows = np.flatnonzero(residents.registered)
        band = age_band_of_year()[np.clip(residents.age_years[rows], 0, 110)]
        sex, quintile = residents.column("sex")[rows], residents.column("quintile")[rows]
        found["expected"] += float(chance[band, residents.column(ED_DELAY)[rows]].sum())
        found["table"] += float(feedback.expected_deaths[sex, band, quintile].sum())
        found["steps"] += float(residents.column(DELAYED_STEPS)[rows].sum())
        reach()

    cycle.programmes = counted  # type: ignore[method-assign]
    model.run_model()
    measures = model.tables()["measures"]
    everybody = measures[measures["dimension"] == "all"].groupby("measure")["value"].sum()
    found["net"] = float(everybody["deaths_from_delay"])
    return found


@pytest.mark.validation
def test_the_baseline_is_neutral(world: World) -> None:
    """Over four years at seeds that the table has not seen, deaths from delay are those it expects.

    Given exposure they are independent events, so their number is Poisson but for the chance of a death
    before; exposure itself varies between years, by the spread that is measured here.
    """
    years = [harm_of(world, seed) for seed in SEEDS]
    net = np.array([year["net"] for year in years])
    gross = np.mean([year["table"] for year in years])
    departure = np.array([year["expected"] - year["table"] for year in years])
    error = np.sqrt((gross + departure.var(ddof=1)) / len(years))
    print(f"net {net.mean():.1f} of {gross:.0f} deaths a year, standard error {error:.1f}")
    assert gross > 100
    assert abs(net.mean()) < FALSE_ALARMS * error


@pytest.mark.validation
def test_fewer_places_at_home_cost_lives_as_the_arithmetic_says(world: World) -> None:
    """A tenth of the P1 places less: longer waits, more exposure, more deaths, frailer people."""
    fewer = specification(CapacityChange(
        key="fewer", label="fewer", start="2026-04", nodes=("p1_bcp", "p1_dorset"), change="multiply",
        places=number(0.9), induced_share=number(0.0), backfill_share=number(0.0),
    ))  # fmt: skip
    pairs = [(harm_of(world, seed), harm_of(world, seed, fewer)) for seed in SEEDS]
    more = np.array([after["expected"] - before["expected"] for before, after in pairs])
    deaths = np.array([after["net"] - before["net"] for before, after in pairs])
    steps = np.array([after["steps"] - before["steps"] for before, after in pairs])
    print(f"deaths {deaths.mean():.1f}, expected {more.mean():.1f}, steps {steps.mean() / MONTHS:.0f}")
    assert more.mean() > 0.0 and steps.mean() > 0.0
    # a death is moved by changed exposure alone: its variance is at most the sum of what was put in and out
    error = np.sqrt(2.0 * np.mean([after["expected"] for _, after in pairs]) / len(pairs))
    assert abs(deaths.mean() - more.mean()) < FALSE_ALARMS * error
