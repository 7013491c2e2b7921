"""Who is eligible: each filter against the plain words of it, one resident at a time."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from scenarios.names import ETHNICITIES as WRITTEN
from scenarios.names import INCLUSION_GROUPS as WRITTEN_GROUPS
from sim.interventions.eligibility import ETHNICITIES, core20plus, eligible
from sim.interventions.risk import RiskTables, RiskTools
from sim.interventions.specification import Eligibility, RiskStratum
from sim.population.inclusion import INCLUSION_GROUPS
from sim.population.residents import Resident
from tests.interventions.people import KEY, number, town

RULES: dict[str, tuple[dict[str, Any], Callable[[Resident], bool]]] = {
    "ethnicities": ({"ethnicities": ("asian", "other")}, lambda one: one.ethnic_group[0] in "AO"),
    "carer": ({"carer": True}, lambda one: one.unpaid_carer == "yes"),
    "no carer": ({"carer": False}, lambda one: one.unpaid_carer == "no"),
    "disability": ({"disability": True}, lambda one: one.disabled == "yes"),
    "not disabled": ({"disability": False}, lambda one: one.disabled == "no"),
    "inclusion": ({"inclusion_groups": ("homeless",)}, lambda one: one.inclusion_group == "homeless"),
    "core20plus": (
        {"core20plus": True},
        lambda one: (
            one.quintile == "1" or one.ethnic_group != "White" or one.inclusion_group != "none"
            or one.learning_disability == "yes"
        ),
    ),
    "states": (
        {"condition_states": (("ckd", ("no", "stage_3b")), ("dementia", ("yes",)))},
        lambda one: one.ckd != "stage_3a" and one.dementia == "yes",
    ),
    "without": (
        {"without_conditions": ("ckd", "dementia")}, lambda one: one.ckd == "no" and one.dementia == "no",
    ),
    "conditions": (
        {"conditions": ("ckd", "dementia")}, lambda one: one.ckd != "no" or one.dementia == "yes",
    ),
    "many conditions": (
        {"conditions_at_least": 3},
        lambda one: sum(getattr(one, name) != "no" for name in
                        ("ckd", "dementia", "stroke_tia", "learning_disability")) >= 3,
    ),
    "ages": ({"age_from": 40, "age_to": 64}, lambda one: 40 <= one.age_years <= 64),
    "recent": (
        {"recent_admissions_at_least": 2, "recent_attendances_at_least": 1},
        lambda one: one.admissions_12m >= 2 and one.attendances_12m >= 1,
    ),
    "several": (
        {"sexes": ("female",), "quintiles": (1, 5), "councils": ("east",), "frailty": ("mild", "severe"),
         "risk_factors": (("smoking", ("current",)),), "care_home": False},
        lambda one: (
            one.sex == "female" and one.quintile in "15" and one.council == "east"
            and one.frailty in ("mild", "severe") and one.smoking == "current" and one.care_home == "no"
        ),
    ),
}  # fmt: skip


@pytest.mark.parametrize("name", RULES)
def test_each_filter_means_what_it_says(name: str) -> None:
    """Two thousand residents with every attribute at random; some of them dead or not yet here."""
    people = town(2000)
    people.columns[::7, people.column_of["status"]] = 2
    filters, holds = RULES[name]
    found = eligible(people, Eligibility(**filters))
    wanted = [people.columns[row, 0] == 1 and holds(people[row]) for row in range(people.size)]
    assert found.tolist() == wanted
    assert found.any()
    assert not found.all()


def test_groups_are_named_alike_in_the_language_and_the_model() -> None:
    assert ETHNICITIES == WRITTEN
    assert INCLUSION_GROUPS == WRITTEN_GROUPS


def test_core20plus_names_levels_that_exist() -> None:
    people = town(10)
    for name, levels in core20plus():
        assert set(levels) <= set(people.attributes[name].labels), name


@pytest.mark.parametrize("share", [0.0, 0.01, 0.25, 1.0])
def test_a_risk_list_holds_the_stated_share_of_adults_at_highest_risk(share: float) -> None:
    """Equal scores included: the share is exact, nobody outside has a higher score, and no child is in."""
    people = town(5000)
    people.stratum[:] = np.random.default_rng(3).integers(0, 40, people.stratum.size)
    stratum = RiskStratum(by="emergency_admission", top_share=number(share))
    tools = RiskTools.__new__(RiskTools)
    tools.residents, tools.key, tools.lists, tools.months_between = people, KEY, [stratum], 3
    tools.tables = {
        "emergency_admission": RiskTables(
            plain=np.linspace(0.1, 1.0, 5), discharge=np.full(5, 0.2), attendance=np.full(5, 0.1)
        )
    }
    tools.scores = {"emergency_admission": np.zeros(people.person.size, np.float32)}
    listed = np.zeros((1, people.person.size), np.bool_)
    tools.draw_up(0, listed)
    adults = people.age_years >= 18
    assert listed.sum() == round(share * adults.sum())
    assert not listed[0, ~adults].any()
    score = tools.scores["emergency_admission"]
    if 0 < listed.sum() < adults.sum():
        assert score[listed[0]].min() >= score[adults & ~listed[0]].max()
    before = listed.copy()
    people.columns[:, people.column_of["admissions_12m"]] = 9
    tools.draw_up(1, listed)
    assert (listed == before).all(), "the list stands until the next quarter"
    assert eligible(people, Eligibility(risk_stratum=stratum), listed[0]).sum() == listed.sum()


def test_the_tool_does_not_know_a_residents_own_propensity() -> None:
    """Strata that differ in nothing but propensity have one score."""
    people = town(64)
    people.stratum[:] = np.arange(64)
    tables = RiskTables(plain=np.arange(8.0), discharge=np.zeros(8), attendance=np.zeros(8))
    score = tables.score(people, np.arange(64)).reshape(8, 8)
    assert (score == score[:, :1]).all()
    assert (np.diff(score[:, 0]) > 0).all()
