"""A scenario in which everything happens at once: for comparison with the twin, not a plan."""

from __future__ import annotations

from typing import Any

from sim.interventions.specification import (
    CapacityChange,
    CohortProgramme,
    DelayChange,
    Diversion,
    Effect,
    EffectTarget,
    Eligibility,
    Estimate,
    GrowthChange,
    LevelMove,
    PopulationEffect,
    RoutingChange,
    ScenarioSpecification,
    ServiceTimeChange,
    Uptake,
)

SITES = ("royal_bournemouth", "poole", "dorset_county")


def number(value: float) -> Estimate:
    """A number without an interval."""
    return Estimate(value=value, low=value, high=value, unit="as the field says", source="test", grade="C")


def effect(on: EffectTarget, key: str, multiplier: float, **when: Any) -> Effect:
    """An effect on one target."""
    return Effect(on=on, key=key, multiplier=number(multiplier), **when)


def treatment() -> CohortProgramme:
    """Offers by a yearly rate with a gradient of uptake, a ramp, a moved level that sets a condition."""
    return CohortProgramme(
        key="treat", label="Blood pressure", start="2026-04", already_delivered=0.2, ramp_months=2,
        eligible=Eligibility(
            age_from=40, age_to=90, risk_factors=(("blood_pressure", ("raised_untreated",)),)
        ),
        offered_per_year=number(0.9),
        uptake=Uptake(mean=number(0.7), ratio_by_quintile=(0.6, 0.8, 1.0, 1.2, 1.5)),
        moves=(
            LevelMove(
                factor="blood_pressure", from_level="raised_untreated", to_level="treated_controlled",
                probability=number(0.8),
            ),
            LevelMove(
                factor="bmi", from_level="obese", to_level="overweight", probability=number(0.9),
                reverts_per_year=number(1.5),
            ),
            LevelMove(
                factor="bmi", from_level="overweight", to_level="underweight_or_normal",
                probability=number(0.9),
            ),
        ),
        effects=(
            effect("onset", "stroke_tia", 0.5, starts_after_months=1, ramp_months=2),
            effect("need", "outpatient_attended", 4.0, starts_after_months=1, ramp_months=3),
        ),
    )  # fmt: skip


def proactive_care() -> CohortProgramme:
    """Limited by capacity, repeated, with effects on needs that end or last, one of them upwards."""
    return CohortProgramme(
        key="proactive", label="Proactive care", start="2026-05",
        eligible=Eligibility(age_from=65, conditions_at_least=2, care_home=False),
        monthly_capacity=number(1200.0), uptake=Uptake(mean=number(0.6)), repeat_after_months=4,
        moves=(
            LevelMove(factor="frailty", from_level="moderate", to_level="mild", probability=number(0.4)),
        ),
        effects=(
            effect("need", "nel_admission_total", 0.6, lasts_months=3),
            effect("need", "gp_appointment", 2.0, lasts_months=2),
            effect("transition", "frailty.deficit", 0.4),
        ),
    )  # fmt: skip


def frequent_attenders() -> CohortProgramme:
    """Finds people by their recent use, and ends."""
    return CohortProgramme(
        key="often", label="Frequent attenders", start="2026-04", end="2026-11",
        eligible=Eligibility(recent_attendances_at_least=1, quintiles=(1, 2, 3)),
        offered_per_year=number(0.5), uptake=Uptake(mean=number(1.0)),
        effects=(effect("need", "ed_type1_attendance", 0.5),),
    )  # fmt: skip


def tobacco_control() -> PopulationEffect:
    """Reaches everybody eligible, with a ramp of its own and an end."""
    return PopulationEffect(
        key="smokefree", label="Tobacco control", start="2026-05", end="2026-12", ramp_months=3,
        eligible=Eligibility(age_from=16, sexes=("female",)),
        effects=(
            effect("transition", "smoking.current_to_ex_under_1", 3.0),
            effect("mortality", "all", 0.5),
        ),
    )  # fmt: skip


def care_changes() -> tuple[CapacityChange | DelayChange | RoutingChange | ServiceTimeChange, ...]:
    """One change of each kind in the network, from different months."""
    hubs = tuple(f"transfer_of_care_{site}" for site in SITES)
    beds = tuple(f"acute_beds_{kind}_{site}" for site in SITES for kind in ("assessment", "medicine"))
    sources = tuple(f"sourcing_p1_{council}" for council in ("bcp", "dorset"))
    beyond = tuple(f"sourcing_p2_{council}" for council in ("bcp", "dorset"))
    none = number(0.0)
    return (
        CapacityChange(
            key="beds", label="Beds", start="2026-06", nodes=beds, change="multiply", places=number(0.7),
            induced_share=none, backfill_share=none,
        ),
        ServiceTimeChange(
            key="stays", label="Stays", start="2026-05", end="2026-10", nodes=beds, change="multiply",
            amount=number(0.8), share=number(0.5), backfill_share=none,
        ),
        DelayChange(
            key="sourcing", label="Sourcing", start="2026-05", ramp_months=3,
            from_nodes=hubs, to_nodes=sources, change="multiply", amount=number(0.5), share=number(1.0),
            backfill_share=none,
        ),
        CapacityChange(
            key="pressure", label="Places under pressure", start="2026-05", ramp_months=3,
            nodes=("ed_majors_poole", "acute_beds_frailty_poole"), change="add", places=number(3.0),
            induced_share=none, backfill_share=none, opens="under_pressure", open_above=0.9,
        ),
        CapacityChange(
            key="weekends", label="Weekends", start="2026-05", nodes=hubs, change="set", places=number(1.0),
            induced_share=none, backfill_share=none, weekdays=("sat", "sun"), hours=(9, 15),
        ),
        RoutingChange(
            key="straight", label="Straight to community response", start="2026-04",
            nodes=("ambulance_scene",), from_destinations=("ambulance_conveyance",),
            to_destinations=("urgent_community_response",), share=number(0.4), substitutes=number(1.0),
            induced_share=none, weekdays=("mon", "sun"), hours=(7, 19), age_bands=("75-84", "85+"),
        ),
        RoutingChange(
            key="home_first", label="Home First", start="2026-07",
            nodes=hubs, from_destinations=beyond, to_destinations=sources, share=number(0.5),
            substitutes=number(1.0), induced_share=none,
        ),
    )  # fmt: skip


def competing_services() -> tuple[Diversion | GrowthChange, ...]:
    """Three services for the same emergencies, of which two share a turn and one has little room; growth."""
    none = number(0.0)
    needs = ("incident_999", "ed_type1_attendance", "direct_same_day", "last_days", "onset")
    old = Eligibility(age_from=50)
    return (
        Diversion(
            key="at_home", label="At home", start="2026-04", needs=needs, eligible=old, found=number(0.6),
            daily_capacity=number(1.3), order=1, substitutes=number(0.5), returns_after_days=number(2.5),
            to="hospital_at_home", induced_share=none,
        ),
        Diversion(
            key="response", label="Response", start="2026-04", ramp_months=3, needs=needs, eligible=old,
            found=number(0.8), order=2, substitutes=number(0.3), returns_after_days=none,
            to="urgent_community_response", induced_share=none, weekdays=("mon", "tue", "wed", "sat"),
            hours=(8.0, 20.0),
        ),
        Diversion(
            key="advice", label="Advice", start="2026-05", already_delivered=0.2, needs=("incident_999",),
            eligible=Eligibility(), found=number(0.5), order=2, substitutes=number(0.9),
            returns_after_days=number(40.0), induced_share=none, priorities=(1, 2, 3),
        ),
        GrowthChange(
            key="slower", label="Slower", start="2026-05", needs=("nel_admission_total",),
            multiplier=number(-3.0),
        ),
    )  # fmt: skip


def everything() -> ScenarioSpecification:
    """All of it."""
    programmes = (treatment(), proactive_care(), frequent_attenders(), tobacco_control())
    return ScenarioSpecification(
        name="everything",
        label="Everything at once",
        interventions=(*programmes, *care_changes(), *competing_services()),
    )
