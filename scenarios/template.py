"""A new scenario file with comments, for `leftshift scenario new`."""

from __future__ import annotations

import re
from pathlib import Path

from scenarios.document import SCHEMA
from scenarios.scenario import LIBRARY
from sim.parameters.errors import InputError

TEMPLATE = """\
# yaml-language-server: $schema={schema}
# A scenario: named changes to the baseline. Check it with `leftshift scenario check {name}.yaml`, read it
# back in words with `leftshift scenario show {name}.yaml`, run it with `leftshift run {name}.yaml`.
name: {name}
label: {label}
description: >-
  One or two sentences: what is done, for whom, from when, and what question it answers.

question: What would it change, for whom, by when and at what cost?
# One of: prevention, left_shift, urgent_care, discharge, end_of_life, planned_care, mental_health, children,
# estate, enablers, shocks, bundles.
family: left_shift
# Rows of scenarios/programmes.csv that it covers, such as [P182]. `leftshift scenario show` names them.
programmes: []
# What must fall, rise or stay if the model and you understand it alike. Say it before you run it.
expects:
  - measure: int_contacts              # a measure of docs/reference/measures.md, or new_cases:stroke_tia,
    direction: rises                   #   deaths:cancer, arrivals:p1_*, mean_occupied:NODE
    years: 1                           # judged in the last of so many years
    why: The teams' contacts with people assessed are counted.

# Another scenario whose interventions come first, or several, as in [home_first, winter_surge]; ones below
# with the same key are laid on them, and `remove: [key]` leaves one out.
extends: baseline

interventions:
  # Types, each with its keys in docs/reference/scenario_language.md: cohort (a service that reaches residents
  # one by one), transition (a hazard changed for everybody eligible), capacity (places at a node),
  # service_time, delay (deciding, assessing, sourcing), routing, diversion, growth.
  - key: frailty_assessment            # never changes once published: it keys the random draws
    label: Assessment of older people living with frailty
    type: cohort
    start: 2026-10                     # YYYY-MM
    ramp_months: 12                    # months until it is at full strength; also: end, fade_months,
                                       #   schedule: [{{month: 2026-10, share: 0.2}}, ...], months_of_year
    already_delivered: 0.1             # share of this that the baseline already contains
    eligible:                          # every filter that is given must hold
      age_from: 65
      frailty: [moderate, severe]      # also: sexes, quintiles, neighbourhoods, councils, conditions,
      care_home: false                 #   risk_factors, recent_admissions_at_least and others
    # Every number carries its interval, unit, source and grade (A read, B recalled, C assumed). What low
    # and high are is said by `interval`: ci95, p10_p90, judgement (the default) or none. Draws of a study are
    # taken from lognormal (ratios), beta (shares) or normal; `distribution` chooses another.
    monthly_capacity:
      {{value: 200, low: 100, high: 300, unit: people a month, source: "Your plan, section", grade: C}}
    uptake:
      mean: {{value: 0.65, low: 0.5, high: 0.8, unit: share offered, source: "Your source", grade: C}}
      ratio_by_quintile: [0.90, 0.95, 1.0, 1.05, 1.10]   # odds, most deprived first; the mean is kept
    effects:
      - on: need                       # need, onset, transition or mortality
        key: nel_admission_total
        multiplier: {{evidence: LS-INT-04}}   # a row of scenarios/evidence.csv, with all it says
        lasts_months: 12
    contacts: {{value: 4, low: 2, high: 8, unit: contacts with each person, source: "Your plan", grade: C}}
    costs:
      - {{per: person, payer: nhs,       # per: person, person_month, contact, year
         amount: {{value: 550, low: 300, high: 800, unit: GBP per person, source: "Your source", grade: C}}}}

# Other readings of the same question, run as {name}@as_planned. One that asks something else has a `question`
# of its own. `change` names interventions by their keys, `remove: [key]` leaves one out, `add` adds some.
variants:
  as_planned:
    description: What the plan hopes for.
    change:
      frailty_assessment:
        monthly_capacity:
          {{value: 400, low: 400, high: 400, unit: people a month, source: "Your plan", grade: C}}
"""


def write_new(name: str, folder: Path) -> Path:
    """Write a commented scenario file and return where it is.

    Raises:
        InputError: When the name cannot be a name, or the file is there already.
    """
    if not re.fullmatch(r"[a-z][a-z0-9_]*", name):
        allowed = "lower case letters, digits and underscores, a letter first"
        raise InputError(file="command line", key="NAME", found=name, allowed=allowed)
    if (LIBRARY / f"{name}.yaml").exists():
        allowed = "a name that the library has not"
        raise InputError(
            file="command line", key="NAME", found=f"{name}, a scenario of the library", allowed=allowed
        )
    path = folder / f"{name}.yaml"
    if path.exists():
        raise InputError(file="command line", key="NAME", found=f"{path}, which exists", allowed="a new name")
    path.write_text(
        TEMPLATE.format(name=name, label=name.replace("_", " ").capitalize(), schema=SCHEMA), encoding="utf-8"
    )
    return path
