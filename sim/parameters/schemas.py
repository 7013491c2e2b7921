"""The columns of every table, national and of an area pack."""

from __future__ import annotations

from sim.parameters.columns import (
    AGE,
    AGES,
    ANY_QUINTILE,
    ANY_SEX,
    COUNCIL,
    GRADE,
    GRADES,
    QUINTILE,
    QUINTILES,
    SEX,
    SOURCE,
    STATUSES,
    YEAR,
    evidence,
    number,
    text,
    tidy,
)
from sim.parameters.tables import Column, Schema

SCALARS = Schema(
    name="scalars",
    pattern="parameters.csv",
    description="single numbers, by name",
    columns=(
        text("name", "name by which the model asks for it"),
        *evidence(minimum=None)[:4],
        text(
            "distribution",
            "how it is drawn between low and high",
            "fixed",
            "normal",
            "lognormal",
            "triangular",
            "uniform",
            "beta",
        ),
        *evidence(minimum=None)[4:7],
        text("status", "fixed, calibrated, scenario or assumption", *STATUSES),
        Column(name="owner", description="who answers for it", filled=False),
        Column(name="reason", description="why it was assumed", filled=False),
        Column(name="note", description="what to know before using it", filled=False),
    ),
    key=("name",),
    unit_group=None,
)

LEVEL = text("level", "level of the risk factor")
NATIONAL: tuple[Schema, ...] = (
    tidy(
        "condition_prevalence",
        "conditions/*/prevalence.csv",
        "share with the condition",
        (SEX, *AGES),
        maximum=1.0,
    ),
    tidy(
        "condition_incidence",
        "conditions/*/incidence.csv",
        "onset rate per susceptible person-year, before any adjustment",
        (SEX, *AGES),
        maximum=10.0,
    ),
    tidy(
        "condition_adjustment",
        "conditions/*/adjust.csv",
        "recommended multiplier on the derived incidence",
        (text("measure", "what it multiplies"), *AGES),
    ),
    tidy(
        "condition_gradient",
        "conditions/*/gradient.csv",
        "ratios by quintile",
        (QUINTILE, text("measure", "ratio of what", "prevalence_ratio", "incidence_ratio")),
        unit_group=("measure",),
    ),
    tidy(
        "condition_relative_risks",
        "conditions/*/relative_risks.csv",
        "ratio of the onset rate at a level of a factor to that at its reference level",
        (text("factor", "risk factor or condition"), text("level", "level, or present"), ANY_SEX, *AGES),
        unit_group=None,
    ),
    tidy("condition_mortality", "conditions/*/mortality.csv", "all-cause mortality hazard ratio", AGES),
    tidy("condition_remission", "conditions/*/remission.csv", "remission per person-year", AGES),
    Schema(
        name="risk_factor_levels",
        pattern="risk_factors/*/levels.csv",
        description="levels of a risk factor and their codes",
        columns=(
            LEVEL,
            Column(name="code", description="code of the level", kind="integer", minimum=0),
            text("description", "what the level means"),
        ),
        key=("level",),
        value=None,
        unit_group=None,
    ),
    tidy(
        "risk_factor_prevalence",
        "risk_factors/*/prevalence.csv",
        "share at each level",
        (SEX, *AGES, LEVEL),
        maximum=1.0,
    ),
    tidy(
        "risk_factor_gradient",
        "risk_factors/*/gradient.csv",
        "ratio of a level's share in a quintile to that in all",
        (QUINTILE, LEVEL),
    ),
    tidy(
        "risk_factor_transitions",
        "risk_factors/*/transitions.csv",
        "moves between levels per person-year",
        (text("from_level", "level before"), text("to_level", "level after"), ANY_SEX, *AGES),
    ),
    tidy(
        "transition_gradient",
        "risk_factors/*/transition_gradient.csv",
        "ratio of a transition's rate in a quintile to that in all",
        (text("from_level", "level before"), text("to_level", "level after"), QUINTILE),
    ),
    tidy(
        "ex_smokers",
        "risk_factors/smoking/ex_prevalence.csv",
        "share of ex-smokers, before the split by phase",
        (SEX, *AGES),
        maximum=1.0,
    ),
    Schema(
        name="smoking_phases",
        pattern="risk_factors/smoking/phases.csv",
        description="years since quitting that a level of ex-smoking covers",
        columns=(
            LEVEL,
            number("years_from", "years since quitting at its start", 0.0),
            number("years_to", "years since quitting at its end", 0.0),
            text("unit", "unit of both"),
            YEAR,
            SOURCE,
            GRADE,
        ),
        key=("level",),
        value=None,
    ),
    tidy(
        "onset_supplement",
        "conditions/supplement.csv",
        "relative risks that the evidence does not have, merged into relative_risks.csv",
        (
            text("condition", "condition whose onset it multiplies"),
            text("factor", "risk factor or condition"),
            LEVEL,
            ANY_SEX,
            *AGES,
        ),
        unit_group=None,
    ),
    tidy(
        "excess_risk",
        "risk_factors/smoking/excess_risk.csv",
        "share of the smoker's excess risk that remains, by years since quitting",
        (
            text("curve", "disease group of the curve", "cvd", "copd"),
            number("years_since_quitting", "years since quitting", 0.0),
        ),
        maximum=1.0,
    ),
    tidy(
        "frailty_prevalence",
        "frailty/prevalence.csv",
        "share at each level of frailty",
        (text("level", "level of frailty", "mild", "moderate", "severe"), SEX, *AGES),
        maximum=1.0,
    ),
    tidy(
        "frailty_gradient",
        "frailty/gradient.csv",
        "ratios by quintile",
        (text("level", "level of frailty, or onset", "mild", "moderate", "severe", "onset"), QUINTILE),
        unit_group=("level",),
    ),
    tidy(
        "frailty_use_ratio",
        "frailty/use_ratio.csv",
        "use at a level of frailty, as a ratio to fit",
        (text("need_class", "kind of use"), text("level", "level of frailty")),
    ),
    tidy(
        "frailty_mortality",
        "frailty/mortality.csv",
        "all-cause mortality hazard ratio to fit",
        (text("level", "level of frailty"), *AGES),
    ),
    tidy(
        "causes",
        "mortality/causes.csv",
        "share of deaths by cause",
        (SEX, *AGES, text("cause", "cause")),
        maximum=1.0,
    ),
    tidy(
        "cause_links",
        "mortality/cause_links.csv",
        "share of a condition's excess deaths that is coded to a cause",
        (text("condition", "condition"), text("cause", "cause")),
        maximum=1.0,
    ),
    tidy(
        "use_rates",
        "use/rates.csv",
        "use per person-year",
        (text("need_class", "kind of use"), SEX, text("age_band", "age band")),
        unit_group=("need_class",),
    ),
    tidy(
        "use_gradient",
        "use/gradient.csv",
        "use in a quintile as an adjusted ratio to the least deprived",
        (text("need_class", "kind of use"), QUINTILE),
    ),
    tidy(
        "zero_day_share",
        "use/zero_day_share.csv",
        "share of emergency admissions that stay no night",
        (text("age_band", "age band"),),
        maximum=1.0,
    ),
    tidy(
        "use_profiles",
        "use/profiles.csv",
        "multipliers of arrivals, mean 1",
        (
            text("stream", "what arrives"),
            text("dimension", "hour, weekday or month", "hour", "weekday", "month"),
            text("level", "hour, weekday or month"),
        ),
    ),
    tidy(
        "use_growth",
        "use/growth.csv",
        "growth per year",
        (text("need_class", "kind of use"), text("measure", "which growth")),
        minimum=None,
    ),
    tidy(
        "unit_costs",
        "unit_costs.csv",
        "cost of one unit of care",
        (
            text("service", "service"),
            text("measure", "what is priced"),
            text("stratum", "which part"),
            text("basis", "planning value, as read, or implied"),
        ),
        unit_group=None,
    ),
    tidy(
        "migration_shape",
        "migration/out_migration_shape.csv",
        "out-migration by age as a ratio to all ages",
        AGES,
    ),
)

MEASURE = text("measure", "what is measured")
AREA: tuple[Schema, ...] = (
    tidy(
        "population_by_age", "population_by_age.csv", "residents by single year of age", (COUNCIL, SEX, AGE)
    ),
    tidy(
        "population_by_quintile",
        "population_by_quintile.csv",
        "residents by age band and quintile",
        (COUNCIL, SEX, *AGES, QUINTILE),
    ),
    tidy(
        "life_table",
        "life_table.csv",
        "death rate by single year of age",
        (SEX, QUINTILE, AGE),
        value="mx",
        maximum=2.0,
    ),
    tidy(
        "births",
        "births.csv",
        "fertility rates and births",
        (COUNCIL, MEASURE, *AGES),
        unit_group=("measure",),
    ),
    tidy("net_migration", "net_migration.csv", "net arrivals a year", (COUNCIL, SEX, *AGES), minimum=None),
    tidy(
        "out_migration", "out_migration.csv", "departures per person-year", (COUNCIL, SEX, *AGES), maximum=1.0
    ),
    tidy(
        "ethnicity",
        "ethnicity.csv",
        "share by ethnic group",
        (COUNCIL, ANY_QUINTILE, text("group", "ethnic group")),
        maximum=1.0,
    ),
    tidy(
        "households",
        "households.csv",
        "shares living alone, caring, disabled, in a care home",
        (MEASURE, COUNCIL, ANY_SEX, *AGES, ANY_QUINTILE),
        maximum=1.0,
        unit_group=("measure",),
    ),
    tidy(
        "catchment",
        "catchment.csv",
        "share of a neighbourhood's use that goes to a site",
        (
            text("neighbourhood", "key of the neighbourhood"),
            text("site", "key of the site"),
            text("service", "service"),
        ),
        maximum=1.0,
    ),
    tidy(
        "projections",
        "projections.csv",
        "projected residents",
        (COUNCIL, SEX, *AGES, Column(name="projection_year", description="mid-year", kind="integer")),
    ),
)

LONG = (
    text("service", "service"),
    MEASURE,
    text("age_band", "age band, or all"),
    text("stratum", "which part, or all"),
    text("place", "trust, council or country of the figure"),
    YEAR,
)
AREA_SERVICES: tuple[Schema, ...] = tuple(
    tidy(name, f"{name}.csv", description, LONG, unit_group=None, minimum=None)
    for name, description in {
        "emergency_department": "how people arrive at and leave the emergency departments",
        "length_of_stay": "days in hospital",
        "discharge_pathways": "discharge pathways, their delays, stays and places",
        "elective": "waiting list, clock starts and elective stays",
        "capacity": "beds and places",
        "ambulance": "999 outcomes, responses, handovers and crews",
        "urgent_care": "111 dispositions and urgent treatment centres",
        "local_use": "local levels of use that national rates are scaled to, or compared with",
    }.items()
)


def neighbourhoods(councils: tuple[str, ...]) -> Schema:
    """The wide table of neighbourhoods of an area with these councils."""
    shares = [number(f"share_{key}", f"share of the list living in {key}", 0.0, 1.0) for key in councils]
    ages = [
        number(name, f"{name.replace('_', ' ')} of the list", 0.0, 1.0)
        for name in ("share_65_plus", "share_50_plus", "share_under_16")
    ]
    quintiles = [number(f"quintile_{q}", f"share of the list in quintile {q}", 0.0, 1.0) for q in QUINTILES]
    return Schema(
        name="neighbourhoods",
        pattern="neighbourhoods.csv",
        description="integrated neighbourhood teams",
        columns=(
            text("key", "key"),
            text("name", "name"),
            text("pcn_code", "code of the primary care network"),
            number("list_size_2021", "people registered in 2021", 0.0),
            number("list_size_scaled", "people registered, scaled to the area's list", 0.0),
            *shares,
            *ages,
            *quintiles,
            number("lat", "latitude of the centre, degrees", -90.0, 90.0),
            number("lon", "longitude of the centre, degrees", -180.0, 180.0),
            text("unit", "unit of the counts and shares"),
            YEAR,
            SOURCE,
            GRADE,
            text("list_grade", "grade of the list size", *GRADES),
            text("age_grade", "grade of the age shares", *GRADES),
            text("quintile_grade", "grade of the quintile shares", *GRADES),
        ),
        key=("key",),
        value=None,
    )


BY_NAME: dict[str, Schema] = {schema.name: schema for schema in (SCALARS, *NATIONAL, *AREA, *AREA_SERVICES)}
