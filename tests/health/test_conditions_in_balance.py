"""Risk equations act as published, and prevalences stay on their trend."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, NamedTuple

import numpy as np
import pytest
from scipy.stats import norm

from sim.building import load_network
from sim.health.compiling import compile_transitions
from sim.health.feedback import Feedback, people_at_start
from sim.health.steady import Steady, steady
from sim.health.transitions import DEATH, all_transitions
from sim.kernels.flows import add_flow
from sim.model import HealthSystem
from sim.population.residents import Residents
from sim.settings import Settings
from sim.world import World, load_world, run_residents

pytestmark = pytest.mark.validation

GROUPS, SEXES, FAMILY = 23, 2, 1e-6
TRANSIENT, SCALE, MONTHS = 0.02, 0.25, 24
LOST = 0.01
FACTORS = ("smoking", "bmi", "blood_pressure", "cholesterol", "activity", "alcohol")


class Start(NamedTuple):
    """The start population with its balanced hazards."""

    world: World
    residents: Residents
    found: Steady


@pytest.fixture(scope="module")
def start() -> Start:
    """The start population, whole, with hazards compiled and balanced."""
    settings = Settings(years=2)
    world = load_world(settings)
    people = people_at_start(world.people.residents)
    feedback = Feedback.of(world.national, world.area, settings.feedbacks, people)
    deaths = feedback.relieved(world.area_hazards[DEATH], people)
    transitions = all_transitions(world.national, {**world.area_hazards, DEATH: deaths}, feedback)
    network = load_network(world.area, world.national)
    residents, _, _ = run_residents(world, network, 0, 0, 1.0, 0)
    processes = compile_transitions(transitions, residents, MONTHS)
    return Start(world, residents, steady(world.national, transitions, processes, residents))


def ratios(world: World, residents: Residents, condition: str, factor: str) -> np.ndarray[Any, Any]:
    """Each resident's ratio of onset for a factor, read row by row from the condition's table."""
    table = world.national.conditions[condition].tables["relative_risks"]
    levels = world.national.risk_factors[factor].levels
    age, sex, code = residents.age_years, residents.column("sex"), residents.column(factor)
    out = np.ones(residents.size)
    for _, row in table[table["factor"] == factor].iterrows():
        own = (age >= row["age_from"]) & (age <= row["age_to"]) & (code == levels.index(row["level"]))
        out[own & ((row["sex"] == "all") | (sex == (row["sex"] == "female")))] = row["value"]
    return out


def hazards(start: Start, condition: str, columns: np.ndarray[Any, Any]) -> np.ndarray[Any, Any]:
    """The kernel's hazards of onset, summed by sex and five-year group."""
    residents, where = start.residents, start.residents.column_of
    process = [one.key for one in start.found.transitions].index(condition)
    flow = np.zeros(SEXES * GROUPS)
    age = np.clip(residents.age_years, 0, 110).astype(np.int64)
    add_flow(
        columns, age, (where["sex"], where["quintile"], where[condition]), process, 0, 0,
        start.found.processes, residents.reached[: residents.size], flow,
    )  # fmt: skip
    return flow


def pairs(world: World) -> Sequence[tuple[str, str]]:
    """Every condition with a risk factor that raises its onset."""
    return [
        (key, str(factor))
        for key, one in world.national.conditions.items()
        if "relative_risks" in one.tables
        for factor in sorted(set(one.tables["relative_risks"]["factor"]) & set(FACTORS))
    ]


def test_without_a_risk_factor_hazards_fall_by_its_attributable_fraction(start: Start) -> None:
    """At the first instant, by sex and age group; deterministic, so no false alarms.

    With w the base hazard and the ratios of everything else, the fraction is 1 - sum(w) / sum(w r) over those
    at risk. The kernel has it to a thousandth of a per cent once hazards are cut at the same cap. The cap
    itself takes up to LOST off it: a documented miss of what was asked, that the fraction be exact.
    """
    world, residents, found = start
    columns = residents.columns[: residents.size]
    year = np.clip(residents.age_years, 0, 110)
    sex, quintile = residents.column("sex").astype(int), residents.column("quintile")
    cell = sex * GROUPS + year // 5
    seen = pairs(world)
    assert len(seen) > 30
    for condition, factor in seen:
        process = [one.key for one in found.transitions].index(condition)
        before = hazards(start, condition, columns)
        without = columns.copy()
        without[:, residents.column_of[factor]] = 0
        many = before * 12 > 1.0  # one case a year or more
        kernel = 1.0 - hazards(start, condition, without)[many] / before[many]
        at_risk = residents.column(condition) == 0
        others = weight_of_the_rest(start, process, factor) * at_risk
        others = others * found.processes.base[process][sex, year, quintile]
        exposed = others * ratios(world, residents, condition, factor)
        cap = found.processes.bound[process][sex, year]
        for most, close in ((cap, 1e-5), (np.inf, LOST)):
            with_it = np.bincount(cell, np.minimum(exposed, most), minlength=before.size)
            without_it = np.bincount(cell, np.minimum(others, most), minlength=before.size)
            fraction = 1.0 - without_it[many] / with_it[many]
            np.testing.assert_allclose(kernel, fraction, atol=close, err_msg=f"{condition}, {factor}")


def weight_of_the_rest(start: Start, process: int, factor: str) -> np.ndarray[Any, Any]:
    """Each resident's product of the ratios of all other factors and conditions of a transition."""
    residents = start.residents
    group = np.clip(residents.age_years, 0, 110) // 5
    sex = residents.column("sex").astype(int)
    out = np.ones(residents.size)
    for modifier in start.found.transitions[process].modifiers:
        if modifier.attribute != factor:
            code = np.minimum(residents.column(modifier.attribute), modifier.ratio.shape[2] - 1)
            out *= modifier.ratio[sex, group, code]
    return out


def test_every_prevalence_stays_on_its_trend_for_two_years(start: Start) -> None:
    """Prevalence standardised to the sex and ages of the start; family false-alarm rate 1e-6.

    One resident in four lives two years of the baseline, with risk factors as they are by age. Allowed: 2% of
    the trend, and what the number of people who come and go makes likely.
    """
    world, _, found = start
    names = list(world.national.conditions)
    model = HealthSystem(
        world=world, years=2, scale=SCALE, care=False, feedback=False, risk_factor_trends="frozen"
    )
    weight, first = standardised(model.residents, names, None)
    model.run_model()
    model.residents.month = MONTHS
    _, last = standardised(model.residents, names, weight)
    limit = norm.isf(FAMILY / 2 / len(names))
    for name in names:
        rise = world.national.conditions[name].tables.get("trend")
        grown = 1.0 + (0.0 if rise is None else float(rise["value"].mean())) * MONTHS / 12
        moved = sum(
            found.flows[one.key].sum() * SCALE * MONTHS / 12
            for one in found.transitions
            if one.attribute == name and 0 in (one.from_code, one.to_code) and one.key in found.flows
        )
        allowed = TRANSIENT * first[name] + limit * np.sqrt(2 * moved + 1)
        assert abs(last[name] - grown * first[name]) < allowed, (name, first[name], last[name])


def standardised(
    residents: Residents, names: Sequence[str], weight: np.ndarray[Any, Any] | None
) -> tuple[np.ndarray[Any, Any], dict[str, float]]:
    """People by sex and age group (those given, or as they are), and people with each condition on them."""
    rows = np.flatnonzero(residents.registered[: residents.size])
    cell = (
        residents.column("sex")[rows].astype(int) * GROUPS + np.clip(residents.age_years[rows], 0, 110) // 5
    )
    people = np.bincount(cell, minlength=SEXES * GROUPS).astype(float)
    weight = people if weight is None else weight
    share = {
        name: np.bincount(cell, residents.column(name)[rows] > 0, minlength=people.size)
        / np.maximum(people, 1.0)
        for name in names
    }
    return weight, {name: float((weight * one).sum()) for name, one in share.items()}


def test_flows_balance_at_the_first_instant(start: Start) -> None:
    """Expected onsets less departures of each condition, a year, against what its trend and deaths need.

    Deterministic: no false alarms. A hundredth of the stock a year may stay open, where a prevalence falls
    with age faster than deaths and remission let it.
    """
    world, residents, found = start
    again = steady(world.national, found.transitions, found.processes, residents)
    for key, one in world.national.conditions.items():
        own = [t for t in found.transitions if t.attribute == key and 0 in (t.from_code, t.to_code)]
        net = [
            sum(
                (1 if t.from_code == 0 else -1) * (run.flows[t.key] * run.multipliers[t.key]).sum()
                for t in own
                if t.key in run.flows
            )
            for run in (found, again)
        ]
        stock = float((residents.column(key) > 0).sum())
        assert abs(net[0] - net[1]) < 0.01 * stock, (key, one.balanced_by, net, stock)
