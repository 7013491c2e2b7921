"""The columns of the tables of conditions and risk factors."""

from __future__ import annotations

from sim.parameters.columns import (
    AGES,
    ANY_SEX,
    GRADE,
    QUINTILE,
    SEX,
    SOURCE,
    YEAR,
    number,
    text,
    tidy,
)
from sim.parameters.tables import Column, Schema

LEVEL = text("level", "level of the risk factor")
STATE = Column(name="state", description="state of the condition; blank for all", filled=False, optional=True)
CONDITION_TABLES: tuple[Schema, ...] = (
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
    tidy(
        "condition_mortality",
        "conditions/*/mortality.csv",
        "all-cause mortality hazard ratio",
        (STATE, *AGES),
    ),
    tidy("condition_remission", "conditions/*/remission.csv", "remission per person-year", AGES),
    tidy(
        "condition_state_shares",
        "conditions/*/state_shares.csv",
        "share of those with the condition who are in a state",
        (text("state", "state of the condition"), ANY_SEX, *AGES),
        maximum=1.0,
    ),
    tidy(
        "condition_state_transitions",
        "conditions/*/state_transitions.csv",
        "moves between states of the condition per person-year, before the balance of prevalence",
        (text("from_state", "state before"), text("to_state", "state after, or no"), ANY_SEX, *AGES),
        maximum=20.0,
    ),
    tidy(
        "condition_trend",
        "conditions/*/trend.csv",
        "relative change of prevalence by age per year",
        AGES,
        minimum=-1.0,
        maximum=1.0,
    ),
    tidy(
        "condition_utility",
        "conditions/*/utility.csv",
        "what a condition adds to utility, negative, where utilities/decrements.csv does not have it",
        (text("level", "state of the condition, or any"),),
        minimum=-1.0,
        maximum=0.0,
    ),
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
    Schema(
        name="risk_factor_moves",
        pattern="risk_factors/*/moves.csv",
        description="moves between levels whose rates follow from prevalences; scenarios name them",
        columns=(
            text("from_level", "level before"),
            text("to_level", "level after"),
            text("description", "what happens"),
        ),
        key=("from_level", "to_level"),
        value=None,
        unit_group=None,
    ),
    tidy(
        "treatment_indications",
        "risk_factors/statin/indications.csv",
        "share treated of those with a condition",
        (
            text("condition", "condition that indicates treatment"),
            text("among", "everybody with it (all), or those with no other of the table (alone)"),
        ),
        maximum=1.0,
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
        "cancer_sites",
        "importing/cancer_sites.csv",
        "registrations and net survival of the sites of cancer, by which the evidence's all sites are parted",
        (
            text("site", "site, or all", "breast", "bowel", "lung", "prostate", "other", "all"),
            text("measure", "what", "incidence", "net_survival_1_year", "net_survival_5_years"),
            ANY_SEX,
            text("age_band", "age band, or all"),
        ),
        unit_group=("measure",),
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
)
"""Tables in the folders of conditions and risk factors, and what they are imported with."""
