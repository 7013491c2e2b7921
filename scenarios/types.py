"""Every type of intervention that a scenario file may name."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field

from scenarios.care_interventions import Capacity, Delay, Diversion, Growth, Routing, ServiceTime
from scenarios.interventions import Cohort, Timed, Transition

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
