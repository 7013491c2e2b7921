"""A scenario in which everything happens at once: for comparison with the twin, not a plan."""

from __future__ import annotations

from typing import Any

from sim.interventions.specification import (
    CapacityChange,
    CohortProgramme,
    Cost,
    DelayChange,
    Diversion,
    Effect,
    EffectTarget,
    Eligibility,
    Estimate,
    GrowthChange,
    LevelMove,
    Limit,
    PopulationEffect,
    RiskStratum,
    RoutingChange,
    ScenarioSpecification,
    ServiceTimeChange,
    SharePoint,
    StaffTime,
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


def case_management() -> CohortProgramme:
    """A caseload of those whom a tool puts highest, with a stay, an effect that fades, and staff."""
    return CohortProgramme(
        key="manage", label="Case management", start="2026-04", end="2026-12", fade_months=3,
        eligible=Eligibility(
            risk_stratum=RiskStratum(by="emergency_admission", top_share=number(0.4)), disability=False,
        ),
        caseload=number(9000.0), stays_months=3, repeat_after_months=5, order="highest_risk",
        uptake=Uptake(
            mean=number(0.5),
            ratio_by=(("sex", (("male", 0.5),)), ("age_band", (("85+", 2.0), ("18-44", 0.4)))),
        ),
        moves=(
            LevelMove(
                factor="bmi", from_level="overweight", to_level="underweight_or_normal",
                probability=number(0.9), reverts_per_year=number(4.0),
            ),
        ),
        effects=(
            effect("need", "ed_type1_attendance", 0.4, after_stop="fades", fade_months=3),
            effect("mortality", "circulatory", 0.5),
        ),
        staff=(StaffTime(group="nurses", hours=number(2.0), per="person_month"),),
    )  # fmt: skip


def vaccination() -> CohortProgramme:
    """In some months of the year, the most deprived first, within a budget; what it does lasts."""
    return CohortProgramme(
        key="vaccinate", label="Vaccination", start="2026-04", months_of_year=(4, 5, 9, 10, 11),
        eligible=Eligibility(
            age_from=18, core20plus=True, without_conditions=("dementia",), inclusion_groups=("none",),
            condition_states=(("ckd", ("no", "stage_3a")),),
        ),
        monthly_capacity=number(60_000.0), order="most_deprived",
        uptake=Uptake(mean=number(0.8), ratio_by=(("ethnicity", (("asian", 0.5), ("black", 0.3))),)),
        effects=(
            effect("need", "nel_admission_total", 0.5, after_stop="persists", lasts_months=6),
            effect("need", "gp_appointment", 1.5),
        ),
        costs=(Cost(amount=number(10.0), per="person", payer="nhs"),),
    )  # fmt: skip


def end_of_life() -> CohortProgramme:
    """Those at highest risk of death who use most, by dated points."""
    return CohortProgramme(
        key="comfort", label="End of life", start="2026-05",
        schedule=(SharePoint(month="2026-05", share=0.2), SharePoint(month="2026-08", share=1.0)),
        eligible=Eligibility(risk_stratum=RiskStratum(by="death", top_share=number(0.1)), carer=False),
        offered_per_year=number(0.95), monthly_capacity=number(5000.0), order="most_use",
        uptake=Uptake(mean=number(0.9), ratio_by_quintile=(0.5, 1.0, 1.0, 1.0, 2.0)),
        effects=(effect("need", "ed_type1_attendance", 1.5),),
    )  # fmt: skip


def clean_air() -> PopulationEffect:
    """On everybody, seasonal, late, held back by a workforce, and persisting."""
    return PopulationEffect(
        key="air", label="Clean air", start="2026-04", end="2026-10", ramp_months=4,
        eligible=Eligibility(ethnicities=("white", "mixed")), months_of_year=(4, 5, 6, 8, 9),
        effects=(
            effect("onset", "asthma", 0.4, starts_after_months=1, after_stop="fades", fade_months=4),
            effect("need", "gp_appointment", 0.6, ramp_months=2, after_stop="persists"),
            effect("need", "outpatient_attended", 1.7),
        ),
        staff=(StaffTime(group="wardens", hours=number(1200.0), per="year"),),
    )  # fmt: skip


def limits() -> tuple[Limit, ...]:
    """A budget, and two workforces, each of which binds at times."""
    return (
        Limit(key="purse", kind="budget", of="nhs", per_year=number(2.4e6), interventions=("vaccinate",)),
        Limit(key="nurses", kind="staff", of="nurses", per_year=number(120_000.0), interventions=("manage",)),
        Limit(key="wardens", kind="staff", of="wardens", per_year=number(700.0), interventions=("air",)),
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
    programmes = (
        treatment(), proactive_care(), frequent_attenders(), tobacco_control(), case_management(),
        vaccination(), end_of_life(), clean_air(),
    )  # fmt: skip
    return ScenarioSpecification(
        name="everything",
        label="Everything at once",
        interventions=(*programmes, *care_changes(), *competing_services()),
        limits=limits(),
    )
