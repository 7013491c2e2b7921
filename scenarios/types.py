"""Every type of intervention that a scenario file may name."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field

from scenarios.care_interventions import Capacity, Delay, Diversion, Growth, Routing, ServiceTime
from scenarios.eligible import EligibleField, RiskStratumField
from scenarios.fields import Strict
from scenarios.reached import (
    Cohort,
    EffectField,
    LimitField,
    MoveField,
    StaffField,
    Transition,
    UptakeField,
)
from scenarios.timing import CostField, SharePointField, Timed

AnyIntervention = Annotated[
    Cohort | Transition | Capacity | ServiceTime | Delay | Routing | Diversion | Growth,
    Field(discriminator="type"),
]
TYPES: dict[str, type[Timed]] = {
    "cohort": Cohort,
    "transition": Transition,
    "capacity": Capacity,
    "service_time": ServiceTime,
    "delay": Delay,
    "routing": Routing,
    "diversion": Diversion,
    "growth": Growth,
}
PARTS: dict[str, type[Strict]] = {
    "eligible": EligibleField,
    "eligible.risk_stratum": RiskStratumField,
    "uptake": UptakeField,
    "effects": EffectField,
    "moves": MoveField,
    "costs": CostField,
    "staff": StaffField,
    "schedule": SharePointField,
    "limits": LimitField,
}
"""Parts that several types share, for the reference."""
