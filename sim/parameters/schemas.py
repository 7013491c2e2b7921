"""The columns of every national table; those of an area pack are in `area_schemas`."""

from __future__ import annotations

from sim.parameters.area_schemas import AREA, AREA_SERVICES
from sim.parameters.columns import (
    AGES,
    ANY_SEX,
    GRADE,
    QUINTILE,
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
        "segment_use_rates",
        "use/segment_rates.csv",
        "use of adults by segment of need, and the share of adults in each segment",
        (
            text("need_class", "kind of use, or share_of_adults"),
            text("segment", "Cambridge multimorbidity segment, 1 least need", "1", "2", "3", "4", "5"),
        ),
        unit_group=("need_class",),
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
        "load_limits",
        "use/load_limits.csv",
        "offered load against places at which a scenario is refused",
        (text("care", "kind of care of the node, or all"),),
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
    tidy(
        "onset_admissions",
        "use/onset_admissions.csv",
        "share of new cases that begin with an emergency admission",
        (text("condition", "condition"),),
        maximum=1.0,
    ),
)

NEED_CLASSES = Schema(
    name="need_classes",
    pattern="use/need_classes.csv",
    description="kinds of need that residents have",
    columns=(
        text("key", "key of the class; names its random stream and never changes"),
        text("label", "plain words"),
        text("gate", "random stream that tells who may have a need; shared by up to sixteen classes"),
        Column(
            name="lane", description="which of the gate's 16 bytes", kind="integer", minimum=0, maximum=15
        ),
        text("pooled", "whether it is counted against slots or enters the network", "yes", "no"),
        text("clustered", "whether a person's own propensity multiplies it", "yes", "no"),
        text("recent", "which recent events raise it", "no", "discharge", "attendance", "both"),
        text("rate_like", "class of use whose gradient, growth and profile it has"),
        text("frailty_like", "class of use whose ratios by frailty it has, or none"),
        text("conditions_like", "class of use whose ratios by number of conditions it has, or none"),
        text("target", "published rate that it serves"),
        text("care", "kind of care by which it enters, or none"),
        text("counted_at", "kinds of care whose arrivals the published rate counts, separated by semicolons"),
        text("measure", "measure that counts it"),
        text("answers", "classes of use whose effects act on it, separated by semicolons"),
        SOURCE,
        GRADE,
    ),
    key=("key",),
    value=None,
    unit_group=None,
)


BY_NAME: dict[str, Schema] = {
    schema.name: schema for schema in (SCALARS, *NATIONAL, NEED_CLASSES, *AREA, *AREA_SERVICES)
}
