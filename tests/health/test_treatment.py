"""Blood pressure and statins: registers, balance of the rates, and the names that scenarios use."""

from __future__ import annotations

import numpy as np
import pytest

from scenarios.names import load_names
from sim.health.transitions.blood_pressure import (
    CONTROLLED,
    NORMAL,
    ON_REGISTER,
    UNCONTROLLED,
    UNDETECTED,
    UNTREATED,
    blood_pressure_rates,
    blood_pressure_transitions,
    pressure_in_balance,
    register_links,
)
from sim.health.transitions.conditions import condition_transitions
from sim.health.transitions.smoking import smoking_transitions
from sim.health.transitions.statin import NO, YES, indication_ratios, statin_transitions
from sim.parameters.national import load_national

AGES = np.arange(45, 80)


def test_every_transition_of_a_risk_factor_can_be_named_by_a_scenario():
    """And no other: what the model does not have cannot be named. Moves between states count too."""
    national = load_national()
    rates = blood_pressure_rates(national)
    made = {
        t.key
        for t in (
            *smoking_transitions(national), *blood_pressure_transitions(national, rates),
            *statin_transitions(national),
        )
    }  # fmt: skip
    of_states = {
        t.key
        for condition in national.conditions.values()
        for t in condition_transitions(national, condition)
        if t.from_code and "_to_" in t.key
    }
    assert "ckd.stage_3a_to_stage_3b" in of_states
    assert made | of_states == set(load_names("dorset").transitions)


def test_detected_pressure_is_on_the_register_and_undetected_off_it():
    """Whatever the way in: a rise on the register is seen, detection joins it, its own onset is barred."""
    national = load_national()
    rates = blood_pressure_rates(national)
    moves = {(t.from_code, t.to_code): t for t in blood_pressure_transitions(national, rates)}
    seen, unseen = (
        moves[NORMAL, to].modifiers[0].ratio[0, 10, :2].tolist() for to in (UNTREATED, UNDETECTED)
    )
    assert (seen, unseen) == ([0.0, 1.0], [1.0, 0.0])
    assert moves[UNDETECTED, UNTREATED].also == (("hypertension", 1),)
    assert {(before, after) for before, after in moves if after in ON_REGISTER and before < UNTREATED} == {
        (NORMAL, UNTREATED), (UNDETECTED, UNTREATED)
    }  # fmt: skip
    onset = next(iter(condition_transitions(national, national.conditions["hypertension"])))
    assert onset.key == "hypertension"
    (barred,) = (one.ratio[1, 12, :5] for one in onset.modifiers if one.attribute == "blood_pressure")
    assert barred[UNDETECTED] == 0 and np.delete(barred, UNDETECTED).min() == 1
    assert set(register_links()) == {
        ("blood_pressure", before, after) for before in (NORMAL, UNDETECTED) for after in ON_REGISTER
    }


def test_flows_between_levels_keep_their_prevalence_by_age():
    """Net flows equal the slopes by age, at 45 to 79, wherever no flow had to be cut at nothing. Built-in.

    Where the register holds no more than the treated, nobody waits untreated at the start and starts come
    from those detected later: the treated first fall short by about 3% in two years, and then stay.
    """
    national = load_national()
    share, rate = pressure_in_balance(national), blood_pressure_rates(national)

    def flow(before: int, after: int) -> np.ndarray:
        return (rate[before, after] * share[before])[:, AGES]

    def slope(level: int) -> np.ndarray:
        return np.gradient(share[level], axis=1)[:, AGES]

    seen, rises = flow(UNDETECTED, UNTREATED), flow(NORMAL, UNDETECTED)
    np.testing.assert_allclose((rises - seen)[seen > 0], slope(UNDETECTED)[seen > 0], atol=1e-9)
    regained, lost = flow(UNCONTROLLED, CONTROLLED), flow(CONTROLLED, UNCONTROLLED)
    np.testing.assert_allclose((lost - regained)[regained > 0], slope(UNCONTROLLED)[regained > 0], atol=1e-9)
    starts = flow(UNTREATED, CONTROLLED)
    enough = (starts > 0) & (rate[UNTREATED, CONTROLLED][:, AGES] < 1)
    assert enough.mean() > 0.4
    np.testing.assert_allclose((seen - starts)[enough], slope(UNTREATED)[enough], atol=1e-9)


def test_statins_start_and_stop_in_balance():
    """Starts x (1 - P) - stops x P is the slope of P by age wherever it is not negative. Built-in.

    All starts per head of population are of the size published for first starts: 10.8 per 1,000 a year
    (O'Keeffe 2016, 2013 figures); here restarts are counted too, so it may be up to three times that.
    """
    national = load_national()
    start, stop = statin_transitions(national)
    assert (start.from_code, start.to_code, stop.from_code, stop.to_code) == (NO, YES, YES, NO)
    rows = national.risk_factors["statin"].tables["prevalence"]
    assert set(rows["level"]) == {"no", "yes"}
    assert stop.hazard.mean() == pytest.approx(national.scalar("statin_stops_per_year"))
    assert (start.hazard[:, AGES] > 0).all()
    assert (np.diff(start.hazard[0, 40:80, 0]) > -0.01).all()


def test_those_with_an_indication_start_sooner():
    """Odds of treatment with a condition against without any: at 60 to 64 between 3 and the cap's share."""
    for condition, ratio in indication_ratios(load_national(), 12.0).items():
        assert ((ratio >= 1.0) & (ratio < 100.0)).all(), condition
        assert (ratio[:, 12] > 3.0).all(), condition


def test_a_statin_lowers_onset_by_the_trials_ratio():
    """0.78 per mmol/L of LDL (CTT 2010) at the mean reduction by a statin. Built-in."""
    national = load_national()
    for condition in ("coronary_heart_disease", "stroke_tia"):
        table = national.conditions[condition].tables["relative_risks"]
        rows = table[(table["factor"] == "statin") & (table["level"] == "yes")]
        asked = 0.78 ** national.scalar("statin_ldl_reduction")
        assert rows["value"].to_numpy() == pytest.approx(asked, rel=1e-6)
