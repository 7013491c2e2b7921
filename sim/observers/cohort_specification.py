"""What a cohort file says, as the simulation is given it: plain data."""

from __future__ import annotations

from dataclasses import dataclass

from sim.interventions.specification import Eligibility, Order, RiskOf

MOST_COHORTS = 8
"""Cohorts that one run follows at most: bits of a byte for each resident."""


@dataclass(frozen=True, kw_only=True)
class CohortSpecification:
    """Whom a run follows.

    Attributes:
        name: Key of the cohort in the tables.
        label: A few plain words for the reader.
        eligible: Who may be in it.
        size: How many people of the full-size area, those who come first; None for all who may.
        order: Who comes first; equals take turns by a keyed number.
        by: The event by whose risk people are ordered, where `order` is 'highest_risk'.
        newcomers: Whether residents who are born or move in later join, if they may be in it on that day.
        caseload: Keys of the programmes whose people count as on the caseload; empty for every programme
            that states a caseload.
    """

    name: str
    label: str
    eligible: Eligibility
    size: int | None = None
    order: Order = "random"
    by: RiskOf = "emergency_admission"
    newcomers: bool = False
    caseload: tuple[str, ...] = ()
