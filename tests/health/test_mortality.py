"""Death by cause: ratios, hazards that add up, the trend, and what a faulty table says."""

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pydantic import ValidationError

from results.measures.life_table import abridged_life_table
from scenarios.names import load_names
from scenarios.reached import EffectField
from sim.areas import load_area
from sim.building import with_programmes
from sim.health.ages import N_AGES
from sim.health.competing import joint_divisors
from sim.health.feedback import Feedback
from sim.health.grouping import mean_of_quintiles, of_single_years
from sim.health.mortality_trend import improvement, mortality_trend
from sim.health.transitions import CAUSES, DEATHS_BY_CAUSE
from sim.health.transitions.exits import death_from_delay
from sim.health.transitions.mortality import (
    cause_shares,
    condition_ratio,
    deaths_by_cause,
    frailty_ratio,
    link_shares,
    smoking_ratio,
)
from sim.interventions.programmes import Curve
from sim.kernels.life_course import AGE_GROUPS, AGES_A_GROUP, Processes
from sim.parameters.errors import InputError
from sim.parameters.national import load_national

NATIONAL = load_national()
AGES = np.minimum(AGES_A_GROUP * np.arange(AGE_GROUPS) + 2, N_AGES - 1)  # one age of each group


def with_table(name, table):
    return replace(NATIONAL, tables={**NATIONAL.tables, name: table})


def transitions():
    return list(deaths_by_cause(NATIONAL, np.full((2, N_AGES, 5), 0.01)))


def test_each_cause_has_its_transition_and_stream():
    found = transitions()
    assert tuple(one.key for one in found) == DEATHS_BY_CAUSE
    assert len({one.stream for one in found}) == len(CAUSES)
    assert np.allclose(np.sum([one.hazard for one in found], axis=0), 0.01)


@pytest.mark.parametrize("condition", ["coronary_heart_disease", "copd", "dementia", "severe_mental_illness"])
def test_ratios_of_the_causes_average_to_that_of_all_causes(condition):
    """Over the shares of deaths the ratios of the causes have the all-cause ratio as their mean."""
    shares = cause_shares(NATIONAL)
    mean = np.zeros((2, AGE_GROUPS))
    for c, transition in enumerate(transitions()):
        ratio = [m.ratio[:, :, 1] for m in transition.modifiers if m.attribute == condition]
        mean += shares[c][:, AGES] * (ratio[0] if ratio else 1.0)
    wanted = condition_ratio(NATIONAL, NATIONAL.conditions[condition])[:, AGES, 1]
    assert np.allclose(mean[:, AGES >= 20], wanted[:, AGES >= 20], rtol=1e-3)


def test_quitting_leaves_less_risk_year_by_year():
    levels = NATIONAL.risk_factors["smoking"].levels
    for cause in CAUSES:
        at_60 = smoking_ratio(NATIONAL, cause)[0, 60]
        former = [at_60[levels.index(level)] for level in levels if level.startswith("ex")]
        assert at_60[levels.index("never")] == 1.0
        assert at_60[levels.index("current")] >= former[0] > former[-1] >= 1.0
        assert former == sorted(former, reverse=True)


def test_frailty_raises_death_from_65_on():
    ratio = frailty_ratio(NATIONAL)
    assert (ratio[:, :65] == 1.0).all()
    assert (np.diff(ratio[:, 65:], axis=2) > 0).all()
    assert np.array_equal(ratio[:, 100], ratio[:, 95])


@settings(max_examples=25)
@given(st.integers(0, 2**32 - 1), st.integers(2, 7))
def test_the_causes_of_a_cell_add_up_to_the_life_table(seed, n):
    """Whatever the ratios: mean hazards sum to the table in each cell, causes have their shares."""
    draw = np.random.default_rng(seed)
    count = draw.integers(1, 5000, (2, AGE_GROUPS, 5)).astype(float)
    total = count * draw.lognormal(1.0, 0.8, (n, 2, AGE_GROUPS, 5))
    table = draw.uniform(1e-4, 0.5, (2, N_AGES, 5))
    share = draw.dirichlet(np.ones(n), (2, N_AGES)).transpose(2, 0, 1)
    hazard = share[:, :, :, None] * table
    base = hazard / joint_divisors(total, count, hazard)
    mean = np.stack([of_single_years(mean_of_quintiles(one, count, table[:, ::5])) for one in total])
    assert np.allclose((base * mean).sum(axis=0), table, rtol=1e-9)
    deaths = (base * mean * of_single_years(count + 1.0)).sum(axis=3)
    assert np.allclose(deaths / deaths.sum(axis=0), share, rtol=1e-4, atol=1e-6)


@given(st.lists(st.floats(0.0, 3.0), min_size=1, max_size=8))
def test_two_half_months_are_one_month_and_competing_risks_add(hazards):
    """Surviving each cause by itself is surviving their sum, and half a month twice is a month."""
    total = float(np.sum(hazards))
    none = np.prod([1.0 + np.expm1(-h) for h in hazards])
    assert none == pytest.approx(np.exp(-total), rel=1e-12)
    half = np.prod([1.0 + np.expm1(-h / 2) for h in hazards])
    assert half * half == pytest.approx(none, rel=1e-12)


# ------------------------------------------------------------------------------------------ trend
def test_a_frozen_trend_changes_nothing_and_the_first_quarter_is_the_start():
    assert (mortality_trend(NATIONAL, "frozen", 120) == 1.0).all()
    found = mortality_trend(NATIONAL, "continued", 121)
    assert found.shape == (41, 2, N_AGES)
    assert (found[0] == 1.0).all()
    assert np.allclose(found[4, :, 50] / found[0, :, 50], 1.0 - improvement(NATIONAL)[50])
    assert (found[:, :, 110] == 1.0).all()
    assert (np.diff(improvement(NATIONAL)[90:]) < 0).all()


def test_a_multiplier_by_year_acts_on_top():
    found = mortality_trend(NATIONAL, "frozen", 36, multiplier=np.array([1.0, 0.9]))
    assert np.allclose(found[:4], 1.0)
    assert np.allclose(found[4:], 0.9)


@pytest.mark.parametrize(("sex", "start", "rise"), [(0, 79.38, 3.02), (1, 83.27, 2.68)])
def test_the_rate_gives_the_published_rise_of_life_expectancy(sex, start, rise):
    """Period life expectancy of the UK, 2024 to 2049, as the 2024-based projections publish it.

    The start is a Gompertz table with that life expectancy: the rise hangs on its spread of ages at death
    only.
    """
    ages = np.arange(N_AGES)

    def expectancy(rates):
        return float(abridged_life_table(ages, np.ones(N_AGES), rates).at(0))

    def gompertz(level):
        return np.minimum(level * np.exp(0.095 * ages), 1.0) + 2e-4

    low, high = 1e-6, 1e-3
    for _ in range(60):
        middle = (low * high) ** 0.5
        low, high = (middle, high) if expectancy(gompertz(middle)) > start else (low, middle)
    before = gompertz(low)
    after = before * (1.0 - improvement(NATIONAL)) ** 25
    assert expectancy(before) == pytest.approx(start, abs=0.01)
    assert expectancy(after) - expectancy(before) == pytest.approx(rise, abs=0.35), sex


def test_an_unknown_variant_is_refused():
    with pytest.raises(InputError, match="high_life_expectancy"):
        improvement(NATIONAL, "high_life_expectency")


# ------------------------------------------------------------------------------------------ faults
def test_a_condition_without_links_is_named_with_the_file():
    table = NATIONAL.tables["cause_links"]
    faulty = with_table("cause_links", table[~table["condition"].isin(["dementia", "copd"])])
    with pytest.raises(InputError, match=r"cause_links\.csv.*condition.*copd, dementia"):
        link_shares(faulty)


def test_links_to_an_unknown_cause_are_refused():
    table = NATIONAL.tables["cause_links"].copy()
    table.loc[0, "cause"] = "circulatry"
    with pytest.raises(InputError, match="circulatory"):
        link_shares(with_table("cause_links", table))


def test_links_that_do_not_add_up_are_refused():
    table = NATIONAL.tables["cause_links"].copy()
    table.loc[0, "value"] += 0.1
    with pytest.raises(InputError, match="add up to 1"):
        link_shares(with_table("cause_links", table))


def test_causes_that_the_model_does_not_know_are_refused():
    table = NATIONAL.tables["causes"].copy()
    table["cause"] = table["cause"].replace("external", "accidents")
    with pytest.raises(InputError, match="accidents"):
        cause_shares(with_table("causes", table))


# ------------------------------------------------------------------------------------------ scenarios
@pytest.mark.parametrize(
    ("on", "reached"), [("death", set(DEATHS_BY_CAUSE)), ("death.circulatory", {"death.circulatory"})]
)
def test_what_acts_on_death_acts_on_every_cause_but_that_of_delay(on, reached):
    """An effect on one cause acts on that alone; none acts on death from delay, which the network makes."""
    feedback = Feedback.of(NATIONAL, load_area("dorset"), frozenset(), np.ones((2, N_AGES, 5)))
    declared = [*transitions(), death_from_delay(feedback)]
    empty = np.zeros(len(declared) + 1, np.int64)
    processes = Processes(*[empty for _ in Processes._fields])
    curve = Curve(on=on, need=False, reached=0, multiplier=np.array([0.5]))
    found = with_programmes(processes, declared, [curve]).programme_first
    assert {one.key for one, n in zip(declared, np.diff(found), strict=True) if n} == reached


@pytest.mark.parametrize(("key", "good"), [("all", True), ("circulatory", True), ("circulatry", False)])
def test_a_scenario_may_name_a_cause(key, good):
    ratio = {"value": 0.9, "low": 0.8, "high": 1.0, "unit": "ratio", "source": "a trial", "grade": "B"}
    effect = {"on": "mortality", "key": key, "multiplier": ratio}
    check = {"context": {"names": load_names("dorset")}}
    if good:
        assert EffectField.model_validate(effect, **check).key == key
    else:
        with pytest.raises(ValidationError, match="circulatory"):
            EffectField.model_validate(effect, **check)
