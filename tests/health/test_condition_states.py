"""States of conditions, as their folders declare them, in transitions, ratios and counts."""

from __future__ import annotations

import numpy as np

from sim.health.transitions.conditions import (
    codes_of_level,
    condition_transitions,
    mortality_ratios,
    with_register_links,
)
from sim.health.transitions.declared import Transition, flat
from sim.kernels.tally import count_codes
from sim.observers.life_month import register_table
from sim.parameters.national import load_national

AGES = (2, 111)


def of(condition: str) -> dict[str, Transition]:
    """Transitions of a condition by key."""
    national = load_national()
    return {one.key: one for one in condition_transitions(national, national.conditions[condition])}


def test_new_cases_enter_the_state_that_is_said_and_pass_through_the_others() -> None:
    diabetes = of("type2_diabetes")
    assert (diabetes["type2_diabetes"].from_code, diabetes["type2_diabetes"].to_code) == (0, 2)
    move = diabetes["type2_diabetes.undiagnosed_to_diagnosed"]
    assert (move.from_code, move.to_code) == (2, 1)
    kidneys = {(one.from_code, one.to_code) for one in of("ckd").values()}
    assert kidneys == {(0, 1), (1, 2), (2, 3)}
    lung = {(one.from_code, one.to_code) for one in of("cancer_lung").values()}
    assert lung == {(0, 1), (1, 2), (2, 0)}


def test_exclusion_holds_both_ways_although_one_folder_says_it() -> None:
    for one, other in (("type1_diabetes", "type2_diabetes"), ("type2_diabetes", "type1_diabetes")):
        bars = [m for m in of(one)[one].modifiers if m.attribute == other]
        assert len(bars) == 1
        assert (bars[0].ratio[:, :, 1:] == 0).all() and (bars[0].ratio[:, :, 0] == 1).all()


def test_treatment_puts_people_on_the_register_that_names_it_once() -> None:
    national = load_national()
    name = national.conditions["hypertension"].joined_by[0]
    treated = Transition(
        key=name,
        stream=name,
        attribute="blood_pressure",
        from_code=1,
        to_code=2,
        hazard=flat(np.ones(AGES)),
        cap=1.0,
    )
    linked = with_register_links(national, [treated])
    assert linked[0].also == (("hypertension", 1),)
    assert with_register_links(national, linked) == linked


def test_mortality_ratios_are_those_of_the_state() -> None:
    conditions = load_national().conditions
    lung = mortality_ratios(conditions["cancer_lung"])[0, 14]
    assert lung[0] == 1 and lung[1] > lung[2] > 2
    kidneys = mortality_ratios(conditions["ckd"])[1, 15]
    assert 1 < kidneys[1] < kidneys[2] < kidneys[3]
    dementia = mortality_ratios(conditions["dementia"])[1, 16]
    assert dementia[1] == dementia[2] > 1, "a case that is not diagnosed carries the risk"


def test_a_ratio_may_name_a_state_and_present_means_every_state() -> None:
    national = load_national()
    assert codes_of_level(national, "ckd", "stage_4_5") == 3
    assert codes_of_level(national, "ckd", "present") == slice(1, None)
    assert codes_of_level(national, "smoking", "current") == 1


def test_those_on_the_register_are_counted_apart() -> None:
    listed = register_table([(False, True, False), (False, True, True)])
    columns = np.array([[1, 1], [2, 2], [0, 1], [2, 0], [1, 2]], np.uint8)
    status = np.array([1, 1, 1, 1, 2], np.uint8)
    counts = np.zeros((2, 2, 2), np.int64)
    count_codes(status, np.array([0, 0, 1, 1, 1]), columns, np.array([0, 1]), listed, counts)
    assert counts[0].tolist() == [[1, 1], [1, 0]]
    assert counts[1].tolist() == [[0, 0], [2, 1]]


def test_the_sites_add_up_to_all_cancers() -> None:
    """Onsets and people within five years, by sex and age, against the totals that were parted."""
    conditions = load_national().conditions
    sites = [one for one in conditions.values() if one.group == "cancer"]
    assert len(sites) == 5
    for table, where, total in (("incidence", ("male", 70), 0.0225), ("prevalence", ("female", 70), 0.0462)):
        rows = [one.tables[table] for one in sites]
        found = sum(
            float(row.loc[(row["sex"] == where[0]) & (row["age_from"] == where[1]), "value"].iloc[0])
            for row in rows
        )
        np.testing.assert_allclose(found, total, rtol=1e-4)
