"""Which attributes a resident has, in the order of their columns, built from the tables."""

from __future__ import annotations

from collections.abc import Sequence

from sim.health.feedback import DELAY_CLASSES, DELAYED_STEPS, ED_DELAY
from sim.population.inclusion import INCLUSION_GROUPS
from sim.population.residents import STATUSES, Attribute
from sim.population.strata import QUINTILES, SEXES

FRAILTY = ("fit", "mild", "moderate", "severe")
USE_PROPENSITY = ("1", "2", "3", "4", "5", "6", "7", "8")
YES_NO = ("no", "yes")

STATUS = "status"
PLAIN = ("admissions_12m", "attendances_12m", DELAYED_STEPS)


def attributes(
    councils: Sequence[str],
    neighbourhoods: Sequence[str],
    ethnic_groups: Sequence[str],
    risk_factors: dict[str, tuple[str, ...]],
    conditions: dict[str, tuple[str, ...]],
    places: Sequence[str],
) -> list[Attribute]:
    """Return the coded attributes of a resident.

    Args:
        councils: Keys of the councils.
        neighbourhoods: Keys of the neighbourhood teams.
        ethnic_groups: Labels of the ethnic groups.
        risk_factors: Levels of each risk factor, in the order of their codes.
        conditions: States of each condition, in the order of their codes.
        places: Names of the places where a resident may be, as `place_codes` has them.

    Returns:
        Attributes in column order. Order matters to nobody: everything is found by name.
    """
    who = [
        Attribute(name=STATUS, labels=STATUSES, description="Registered, dead, left, or not yet here."),
        Attribute(name="sex", labels=SEXES, description="Sex as registered."),
        Attribute(
            name="quintile", labels=QUINTILES, description="National IMD 2019 quintile, 1 most deprived."
        ),
        Attribute(name="decile", description="National IMD 2019 decile less one, 0 most deprived."),
        Attribute(name="council", labels=tuple(councils), description="Council of residence."),
        Attribute(name="neighbourhood", labels=tuple(neighbourhoods), description="Neighbourhood team."),
        Attribute(name="ethnic_group", labels=tuple(ethnic_groups), description="Census 2021 ethnic group."),
        Attribute(
            name="inclusion_group", labels=INCLUSION_GROUPS, description="Inclusion-health group, or none."
        ),
        Attribute(name="lives_alone", labels=YES_NO, description="Lives in a one-person household."),
        Attribute(name="unpaid_carer", labels=YES_NO, description="Gives unpaid care."),
        Attribute(name="disabled", labels=YES_NO, description="Disabled under the Equality Act."),
        Attribute(name="care_home", labels=YES_NO, description="Lives in a care home."),
    ]
    health = [
        *(
            Attribute(name=key, labels=levels, description="Level of the risk factor.")
            for key, levels in risk_factors.items()
        ),
        Attribute(name="frailty", labels=FRAILTY, description="Class of the electronic frailty index."),
        Attribute(name="frailty_score", description="Deficits of the electronic frailty index, of 36."),
        *(
            Attribute(name=key, labels=states, description="State of the condition.", condition=True)
            for key, states in conditions.items()
        ),
    ]
    use = [
        Attribute(
            name="use_propensity", labels=USE_PROPENSITY, description="Class of own rate of unplanned use."
        ),
        Attribute(
            name="admissions_12m", description="Emergency admissions in the last 12 months (255 = or more)."
        ),
        Attribute(name="attendances_12m", description="Type 1 A&E attendances in the last 12 months."),
        Attribute(name=DELAYED_STEPS, description="Steps of delayed discharge in the last 12 months."),
        Attribute(
            name=ED_DELAY, labels=DELAY_CLASSES, description="Delay in A&E of an admission of last month."
        ),
        Attribute(name="place", labels=("home", *places), description="Care node whose bed they are in."),
    ]
    return who + health + use
