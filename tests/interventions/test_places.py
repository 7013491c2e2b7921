"""Capacity, caseload and limits: never exceeded, given in order, and reported when they bind."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from sim.interventions.effects import CurveTable, curves_of
from sim.interventions.specification import (
    Cost,
    Effect,
    Eligibility,
    Limit,
    PopulationEffect,
    ScenarioSpecification,
    StaffTime,
    Uptake,
)
from sim.parameters.errors import InputError
from sim.population.residents import NOT_REACHED
from tests.interventions.people import APRIL_2026, Listed, at_work, cohort, live, number, town

few = settings(max_examples=25, deadline=None, suppress_health_check=list(HealthCheck))


@few
@given(
    capacity=st.integers(min_value=0, max_value=80),
    caseload=st.integers(min_value=0, max_value=200),
    stays=st.integers(min_value=1, max_value=6),
    mean=st.floats(min_value=0.05, max_value=1.0),
    ramp=st.integers(min_value=0, max_value=6),
)
def test_capacity_and_caseload_are_never_exceeded(
    capacity: int, caseload: int, stays: int, mean: float, ramp: int
) -> None:
    """New people a month and people at once, at any stage of the ramp; places that are free are filled."""
    people = town(1500)
    one = cohort(
        monthly_capacity=number(capacity), caseload=number(caseload), stays_months=stays, ramp_months=ramp,
        repeat_after_months=stays, uptake=Uptake(mean=number(mean)),
    )  # fmt: skip
    programmes = at_work(people, [one])
    for month in range(12):
        people.month = month
        (told,) = programmes.reach(month)
        in_force = min(1.0, (month + 1) / ramp) if ramp else 1.0
        reached = people.reached[: people.size, 0].astype(int)
        followed = ((reached != NOT_REACHED) & (month - reached < stays)).sum()
        assert told.rows.size <= round(capacity * in_force)
        assert followed <= round(caseload * in_force)
        assert told.following == followed
        if mean == 1.0:
            assert told.rows.size == round(capacity * in_force) or followed == round(caseload * in_force)


def test_the_dead_free_their_places() -> None:
    people = town(500)
    one = cohort(caseload=number(40), stays_months=100)
    programmes = at_work(people, [one])
    (told,) = programmes.reach(0)
    people.columns[told.rows[:10], people.column_of["status"]] = 2
    people.month = 1
    (more,) = programmes.reach(1)
    assert more.rows.size == 10


@pytest.mark.parametrize("order", ["random", "highest_risk", "most_deprived", "most_use"])
def test_places_go_to_those_who_come_first(order: Any) -> None:
    """Nobody who accepted and was left out comes before somebody who was taken; equals are drawn."""
    people = town(3000)
    scores = np.random.default_rng(2).integers(0, 50, people.size).astype(float)
    rank = {
        "random": np.zeros(people.size),
        "highest_risk": -scores,
        "most_deprived": people.column("decile").astype(float),
        "most_use": -(
            people.column("admissions_12m").astype(float) + people.column("attendances_12m").astype(float)
        ),
    }[order]
    one = cohort(monthly_capacity=number(200), order=order, eligible=Eligibility(age_from=40))
    programmes = at_work(people, [one], tools=Listed(scores))
    (told,) = programmes.reach(0)
    assert told.rows.size == 200
    left = people.age_years >= 40
    left[told.rows] = False
    assert rank[told.rows].max() <= rank[left].min()
    if order == "random":
        assert abs(people.column("quintile")[told.rows].mean() - people.column("quintile")[left].mean()) < 0.6


budget = Limit(key="purse", kind="budget", of="nhs", per_year=number(12_000), interventions=("one", "two"))


def test_what_is_delivered_already_is_reached_and_not_charged() -> None:
    """Of 400 reached by a service of which 0.3 is there today, all are told, 280 are charged and worked."""
    paid = {
        "costs": (
            Cost(amount=number(10), per="person", payer="nhs"),
            Cost(amount=number(1200), per="year", payer="council"),
            Cost(amount=number(5), per="contact", payer="voluntary"),
        ),
        "staff": (StaffTime(group="nurses", hours=number(2), per="person"),),
        "contacts": number(3), "contacts_months": 1, "monthly_capacity": number(400),
    }  # fmt: skip
    (whole,) = at_work(town(1000), [cohort(**paid)]).reach(0)
    programmes = at_work(town(1000), [cohort(already_delivered=0.3, **paid)])
    (rest,) = programmes.reach(0)
    assert whole.rows.size == rest.rows.size == 400
    assert whole.cost == pytest.approx({"nhs": 4000.0, "council": 100.0, "voluntary": 6000.0})
    assert rest.cost == pytest.approx({"nhs": 2800.0, "council": 70.0, "voluntary": 4200.0})
    assert rest.hours == pytest.approx({"nurses": 560.0})
    cells = int(programmes.residents.cell.max()) + 1
    assert programmes.contacts(0, cells).sum() == pytest.approx(0.7 * 3 * 400)


def spending(key: str, **what: Any) -> Any:
    """Return a programme that costs the NHS 10 pounds a person, and the council something."""
    costs = (
        Cost(amount=number(10), per="person", payer="nhs"),
        Cost(amount=number(2), per="person_month", payer="nhs"),
        Cost(amount=number(99), per="person", payer="council"),
    )
    return cohort(key, costs=costs, stays_months=3, repeat_after_months=3, **what)


@few
@given(
    per_year=st.integers(min_value=0, max_value=30_000),
    first=st.integers(min_value=0, max_value=120),
    second=st.integers(min_value=0, max_value=120),
)
def test_a_budget_is_never_passed_by_new_people_and_is_reported_when_it_binds(
    per_year: int, first: int, second: int
) -> None:
    """Nobody new beyond what is allowed to date; what is held back is told; a wide limit does nothing."""
    limit = Limit(
        key="purse", kind="budget", of="nhs", per_year=number(per_year), interventions=("one", "two")
    )
    items = [
        spending("one", monthly_capacity=number(first)), spending("two", monthly_capacity=number(second)),
    ]  # fmt: skip
    programmes, free = at_work(town(1000), items, limits=[limit]), at_work(town(1000), items)
    spent, binding = 0.0, 0
    for month in range(12):
        programmes.residents.month = free.residents.month = month
        told, unlimited = programmes.reach(month), free.reach(month)
        spent += sum(one.cost["nhs"] for one in told)
        (limited,) = programmes.limited
        binding += limited.binding
        if spent > per_year / 12 * (month + 1) + 1e-6:  # those followed are kept, whatever they cost
            assert not any(one.rows.size for one in told)
        assert limited.used == pytest.approx(sum(one.cost["nhs"] for one in told))
        assert limited.binding == any(one.held_back > 0 for one in told) or limited.share > 0.98
        if binding == 0:
            assert [one.rows.tolist() for one in told] == [one.rows.tolist() for one in unlimited]
    assert programmes.limits.binding_months == {"purse": binding}


def test_those_followed_already_are_kept_and_the_rest_is_shared_alike() -> None:
    """12,000 pounds a year are 1,000 a month: 40 and 60 people at 12 pounds would cost 1,200."""
    items = [spending("one", monthly_capacity=number(40)), spending("two", monthly_capacity=number(60))]
    programmes = at_work(town(1000), items, limits=[budget])
    told = programmes.reach(0)
    assert [one.rows.size for one in told] == [33, 50]  # five sixths, whole people
    assert programmes.limited[0].binding
    programmes.residents.month = 1
    told = programmes.reach(1)  # 83 followed take 166 pounds; 1,000 + 4 carried - 166 pays 69.8 people
    assert [one.rows.size for one in told] == [27, 41]


def test_places_within_a_limit_keep_their_order() -> None:
    """A limit takes from the end of the list."""
    people = town(2000)
    one = spending("one", monthly_capacity=number(200), order="most_deprived")
    limit = Limit(key="purse", kind="budget", of="nhs", per_year=number(14_400), interventions=("one",))
    (told,) = at_work(people, [one], limits=[limit]).reach(0)
    assert told.rows.size == 100
    left = np.ones(people.size, np.bool_)
    left[told.rows] = False
    assert people.column("decile")[told.rows].max() <= people.column("decile")[left].min()


def test_staff_hours_limit_an_effect_on_everybody() -> None:
    """Half the hours: half the share in force, so the square root of the ratio."""
    effect = Effect(on="mortality", key="all", multiplier=number(0.49))
    air = PopulationEffect(
        key="air", label="air", start="2026-04", eligible=Eligibility(), effects=(effect,),
        staff=(StaffTime(group="wardens", hours=number(1000), per="year"),),
    )  # fmt: skip
    limit = Limit(key="staff", kind="staff", of="wardens", per_year=number(500), interventions=("air",))
    scenario = ScenarioSpecification(name="air", label="air", interventions=(air,))
    curves = curves_of(scenario, 12, APRIL_2026)
    table = CurveTable(curves, np.stack([curve.multiplier for curve in curves]))
    programmes = at_work(town(50), [air], limits=[limit], curves=[table])
    (told,) = programmes.reach(0)
    assert table.table[0, 3] == pytest.approx(0.7)
    assert told.hours["wardens"] == pytest.approx(500 / 12)


def test_a_limit_that_names_nothing_it_can_hold_back_is_refused() -> None:
    limit = Limit(key="purse", kind="budget", of="nhs", per_year=number(1), interventions=("on",))
    with pytest.raises(InputError, match="one"):
        at_work(town(10), [spending("one", monthly_capacity=number(1))], limits=[limit])


def test_costs_are_those_of_people_months_contacts_and_years() -> None:
    """By hand, at one resident in four: capacity 40 in the area is 10 here, counted as 40."""
    costs = tuple(
        Cost(amount=number(amount), per=per, payer="nhs")  # type: ignore[arg-type]
        for amount, per in ((1000.0, "person"), (10.0, "person_month"), (1.0, "contact"), (120.0, "year"))
    )
    one = cohort(
        monthly_capacity=number(40), stays_months=2, contacts=number(12), contacts_months=4, costs=costs
    )
    told = live(at_work(town(400), [one], scale=0.25), 6)
    found = [month[0].cost["nhs"] for month in told]
    followed, in_contact = [40, 80, 80, 80, 80, 80], [40, 80, 120, 160, 160, 160]
    wanted = [40_000 + 10 * f + 3 * c + 10 for f, c in zip(followed, in_contact, strict=True)]
    assert found == pytest.approx(wanted)
