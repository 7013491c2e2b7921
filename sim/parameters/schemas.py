"""The columns of every national table; those of an area pack are in `area_schemas`."""

from __future__ import annotations

from sim.parameters.area_schemas import AREA, AREA_SERVICES
from sim.parameters.columns import AGES, QUINTILE, SEX, STATUSES, evidence, text, tidy
from sim.parameters.condition_schemas import CONDITION_TABLES
from sim.parameters.tables import Column, Schema
from sim.parameters.use_schemas import NEED_CLASSES, USE_TABLES

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

PEOPLE_TABLES: tuple[Schema, ...] = (
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
        "frailty_mortality",
        "frailty/mortality.csv",
        "all-cause mortality hazard ratio to fit",
        (text("level", "level of frailty"), *AGES),
    ),
    tidy(
        "multimorbidity_definitions",
        "multimorbidity/definitions.csv",
        "conditions that count, by definition of multimorbidity",
        (text("definition", "name of the definition"), text("condition", "condition, or several by prefix")),
        minimum=1.0,
        maximum=1.0,
    ),
    tidy(
        "cambridge_score",
        "multimorbidity/cambridge_score.csv",
        "weights of the Cambridge Multimorbidity Score",
        (
            text("morbidity", "as the score names it"),
            text("condition", "condition of the model, several by prefix, or none"),
        ),
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
        "share of the excess deaths of a condition, of smokers or of frail people that is coded to a cause",
        (text("condition", "condition, smoking or frailty"), text("cause", "cause")),
        maximum=1.0,
    ),
    tidy(
        "smoking_mortality",
        "mortality/smoking.csv",
        "all-cause mortality hazard ratio to never smokers",
        (text("level", "current, or ex for all former smokers", "current", "ex"), *AGES),
    ),
    tidy(
        "mortality_improvement",
        "mortality/improvement.csv",
        "share by which death rates fall in a year; linear between bands",
        (text("variant", "variant of the national projection"), *AGES),
        maximum=1.0,
    ),
    tidy(
        "migration_shape",
        "migration/out_migration_shape.csv",
        "out-migration by age as a ratio to all ages",
        AGES,
    ),
    tidy(
        "utility_norm",
        "utilities/norm.csv",
        "mean utility (EQ-5D) of the general population",
        (SEX, *AGES),
        maximum=1.0,
    ),
    tidy(
        "utility_decrements",
        "utilities/decrements.csv",
        "what a health state or circumstance adds to utility; losses are negative",
        (
            text("attribute", "attribute of a resident"),
            text("level", "level of the attribute, or any but the first"),
            text(
                "part",
                "counted among conditions, added beside them, or the largest of several alone",
                "condition",
                "risk factor or circumstance",
                "the largest of these",
            ),
        ),
        minimum=-1.0,
        maximum=1.0,
    ),
    tidy(
        "utility_number",
        "utilities/number_of_conditions.csv",
        "what is added to the sum of decrements by number of conditions",
        (
            Column(
                name="conditions",
                description="conditions counted; the last is open",
                kind="integer",
                minimum=2,
            ),
        ),
        minimum=-1.0,
        maximum=1.0,
    ),
    tidy(
        "utility_limits",
        "utilities/limits.csv",
        "least and greatest utility of a resident",
        (text("limit", "which end", "least", "greatest"),),
        maximum=1.0,
    ),
)
"""Frailty, multimorbidity, mortality, migration and utilities."""

NATIONAL = (*CONDITION_TABLES, *PEOPLE_TABLES, *USE_TABLES)

BY_NAME: dict[str, Schema] = {
    schema.name: schema for schema in (SCALARS, *NATIONAL, NEED_CLASSES, *AREA, *AREA_SERVICES)
}
