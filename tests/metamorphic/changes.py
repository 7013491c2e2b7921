"""Interventions for tests: null ones of every kind, and library scenarios confined to one neighbourhood."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from scenarios import Scenario
from sim.interventions.specification import (
    CapacityChange,
    CohortProgramme,
    Cost,
    DelayChange,
    Diversion,
    Effect,
    Eligibility,
    Estimate,
    GrowthChange,
    Intervention,
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

START = "2026-04"
SITES = ("royal_bournemouth", "poole", "dorset_county")


def number(value: float) -> Estimate:
    """Return a number without an interval."""
    return Estimate(value=value, low=value, high=value, unit="as the field says", source="test", grade="C")


def specification(*interventions: Intervention) -> ScenarioSpecification:
    """Return a scenario of these interventions."""
    return ScenarioSpecification(name="test", label="test", interventions=interventions)


def _effects(multiplier: float) -> tuple[Effect, ...]:
    targets = (
        ("onset", "stroke_tia"), ("transition", "smoking.current_to_ex_under_1"), ("mortality", "all"),
        ("need", "nel_admission_total"), ("need", "gp_appointment"),
    )  # fmt: skip
    return tuple(Effect(on=on, key=key, multiplier=number(multiplier)) for on, key in targets)


def _cohort(key: str, multiplier: float, probability: float, already: float = 0.0) -> CohortProgramme:
    moves = (
        ("smoking", "current", "ex_under_1"), ("blood_pressure", "raised_untreated", "treated_controlled"),
    )  # fmt: skip
    return CohortProgramme(
        key=key, label="cohort", start=START, eligible=Eligibility(age_from=18), already_delivered=already,
        offered_per_year=number(0.9), uptake=Uptake(mean=number(0.8)), effects=_effects(multiplier),
        moves=tuple(
            LevelMove(factor=factor, from_level=before, to_level=after, probability=number(probability))
            for factor, before, after in moves
        ),
        costs=(Cost(amount=number(100.0), per="person", payer="nhs"),),
    )  # fmt: skip


def every_key(key: str, multiplier: float, **what: Any) -> CohortProgramme:
    """Return a cohort in which every key of delivery is written."""
    fading = {"after_stop": "fades", "fade_months": 2}
    given: dict[str, Any] = {
        "end": "2026-08", "fade_months": 2, "months_of_year": (4, 5, 6, 7, 8, 9), "stays_months": 2,
        "repeat_after_months": 3, "caseload": number(90_000.0), "monthly_capacity": number(60_000.0),
        "order": "highest_risk", "contacts": number(0.0),
        "eligible": Eligibility(
            age_from=18, carer=False, core20plus=True, without_conditions=("dementia",),
            condition_states=(("ckd", ("no", "stage_3a")),), inclusion_groups=("none",),
            risk_stratum=RiskStratum(by="ed_attendance", top_share=number(0.9)),
        ),
        "uptake": Uptake(
            mean=number(0.6), ratio_by=(("sex", (("male", 0.5),)), ("ethnicity", (("asian", 2.0),))),
        ),
        "effects": tuple(replace(effect, **fading) for effect in _effects(multiplier)),
        "staff": (StaffTime(group="nurses", hours=number(1.0), per="person_month"),),
    }  # fmt: skip
    return replace(_cohort(key, multiplier, 0.0), **(given | what))


def reaching_nobody() -> dict[str, CohortProgramme]:
    """Return programmes that would halve everything and reach nobody: one for each way not to."""
    nobody = number(0.0)
    admitted: dict[str, Eligibility] = {
        "core20plus": Eligibility(core20plus=True, quintiles=(5,), ethnicities=("white",),
                                  inclusion_groups=("none",), without_conditions=("learning_disability",)),
        "carer": Eligibility(carer=True, age_to=0),
        "disability": Eligibility(disability=True, conditions=("ckd",), without_conditions=("ckd",)),
        "states": Eligibility(condition_states=(("ckd", ("no",)),), conditions=("ckd",)),
        "stratum": Eligibility(risk_stratum=RiskStratum(by="emergency_admission", top_share=nobody)),
        "dying": Eligibility(risk_stratum=RiskStratum(by="death", top_share=nobody)),
    }  # fmt: skip
    everybody = {"end": None, "fade_months": 0, "months_of_year": (), "eligible": Eligibility()}
    ways: dict[str, dict[str, Any]] = {
        name: everybody | {"eligible": rule} for name, rule in admitted.items()
    }
    ways |= {
        "uptake": everybody | {"uptake": Uptake(mean=nobody, ratio_by_quintile=(2.0, 1.0, 1.0, 1.0, 0.5))},
        "caseload": everybody | {"caseload": nobody},
        "season": everybody | {"months_of_year": (1, 2)},
        "schedule": everybody | {"schedule": (SharePoint(month="2026-04", share=0.0),)},
        "faded": everybody | {"start": "2025-01", "end": "2025-12", "fade_months": 4},
        "limited": everybody,
    }
    return {name: every_key(f"nobody_{name}", 0.5, **what) for name, what in ways.items()}


def nothing_to_spend() -> Limit:
    """Return a limit that lets nobody through."""
    return Limit(
        key="purse", kind="staff", of="nurses", per_year=number(0.0), interventions=("nobody_limited",)
    )


def null_interventions() -> dict[str, Intervention]:
    """Return one intervention of every kind that changes nothing, by name."""
    beds = tuple(f"acute_beds_{kind}_{site}" for site in SITES for kind in ("assessment", "medicine"))
    hubs = tuple(f"transfer_of_care_{site}" for site in SITES)
    sources = tuple(f"sourcing_{pathway}_{c}" for pathway in ("p1", "p2", "p3") for c in ("bcp", "dorset"))
    packages = ("p1_bcp", "p1_dorset", "p2_bcp", "p2_weymouth", "p3_bcp", "p3_dorset")
    none, all_of = number(0.0), number(1.0)
    return {
        "cohort": _cohort("cohort", 1.0, 0.0),
        "cohort_every_key": every_key("cohort_every_key", 1.0),
        # everything that it would do is in the baseline already
        "cohort_delivered": _cohort("cohort_delivered", 0.5, 1.0, already=1.0),
        "transition": PopulationEffect(
            key="transition", label="all adults", start=START, ramp_months=6,
            eligible=Eligibility(age_from=18), effects=_effects(1.0),
        ),
        "capacity": CapacityChange(
            key="capacity", label="no places", start=START, nodes=(*beds, "p1_bcp", "call_111", "day_case"),
            change="add", places=none, induced_share=none, backfill_share=none,
        ),
        "capacity_times_one": CapacityChange(
            key="capacity_times_one", label="as many", start=START, nodes=beds, change="multiply",
            places=all_of, induced_share=none, backfill_share=none,
        ),
        "service_time": ServiceTimeChange(
            key="service_time", label="as long", start=START, nodes=(*beds, *packages, "utc_poole"),
            change="multiply", amount=all_of, share=all_of, backfill_share=none,
        ),
        "service_time_for_nobody": ServiceTimeChange(
            key="service_time_for_nobody", label="halved for nobody", start=START, nodes=beds,
            change="multiply", amount=number(0.5), share=none, backfill_share=none,
        ),
        "delay": DelayChange(
            key="delay", label="no day more", start=START, from_nodes=(*hubs, *beds),
            to_nodes=(*sources, "home"), change="add", amount=none, share=all_of, backfill_share=none,
        ),
        "routing": RoutingChange(
            key="routing", label="nobody elsewhere", start=START, nodes=hubs,
            from_destinations=("sourcing_p2_bcp", "sourcing_p2_dorset"),
            to_destinations=("sourcing_p1_bcp", "sourcing_p1_dorset"),
            share=none, substitutes=all_of, induced_share=none,
        ),
        "new_way": RoutingChange(
            key="new_way", label="nobody on a way that is not there", start=START, nodes=("ambulance_scene",),
            from_destinations=("ambulance_conveyance",), to_destinations=("hospital_at_home",),
            share=none, substitutes=all_of, induced_share=all_of, weekdays=("sat", "sun"), hours=(8, 20),
        ),
        "capacity_at_weekends": CapacityChange(
            key="capacity_at_weekends", label="no assessor more at weekends", start=START, nodes=hubs,
            change="add", places=none, induced_share=all_of, backfill_share=all_of,
            weekdays=("sat", "sun"), hours=(8, 16),
        ),
        "capacity_under_pressure": CapacityChange(
            key="capacity_under_pressure", label="no place under pressure", start=START,
            nodes=("ed_majors_poole", "acute_beds_medicine_poole"), change="add", places=none,
            induced_share=all_of, backfill_share=all_of, opens="under_pressure",
        ),
        "slots": CapacityChange(
            key="slots", label="as many slots", start=START, nodes=("gp_appointment", "community_contact"),
            change="multiply", places=all_of, induced_share=all_of, backfill_share=all_of,
        ),
        # of what is neither added nor freed, any share is nothing
        "service_time_refilled": ServiceTimeChange(
            key="service_time_refilled", label="as long, filled again", start=START, nodes=beds,
            change="multiply", amount=all_of, share=all_of, backfill_share=all_of,
        ),
        "diversion": Diversion(
            key="diversion", label="finds nobody", start=START, needs=("nel_admission_total", "last_days"),
            eligible=Eligibility(), found=none, daily_capacity=number(50.0), substitutes=all_of,
            returns_after_days=none, to="hospital_at_home", contacts=number(3.0), induced_share=all_of,
        ),
        "growth": GrowthChange(
            key="growth", label="as fast", start=START, needs=("nel_admission_total",), multiplier=all_of,
        ),
    }  # fmt: skip


def confined(name: str, neighbourhood: str, *, to_everybody: bool = True) -> ScenarioSpecification:
    """Return a scenario of the library for the residents of one neighbourhood alone.

    Args:
        name: Its name.
        neighbourhood: The only neighbourhood whose residents are eligible.
        to_everybody: Whether all eligible residents are reached from the first month, with nothing of it in
            the baseline: in one neighbourhood of a small run too few would be reached otherwise.
    """
    found = Scenario.load(name).to_specification()
    return replace(
        found,
        interventions=tuple(_confine(item, neighbourhood, to_everybody) for item in found.interventions),
    )


def _confine(item: Intervention, neighbourhood: str, to_everybody: bool) -> Intervention:
    assert isinstance(item, CohortProgramme)
    item = replace(item, eligible=replace(item.eligible, neighbourhoods=(neighbourhood,)))
    if not to_everybody:
        return item
    return replace(
        item, offered_per_year=number(1.0), monthly_capacity=None, ramp_months=0, already_delivered=0.0,
        uptake=Uptake(mean=number(1.0)),
    )  # fmt: skip
