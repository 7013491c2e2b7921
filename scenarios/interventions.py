"""Each type of intervention as it is written in YAML, and how it becomes what the simulation is given.

Those that reach residents are in `scenarios/reached.py`. To add a type: a class here or there, its dataclass
in `sim/interventions/specification.py`, what it does in a module of `sim/interventions`.
"""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field, ValidationInfo, field_validator, model_validator

from scenarios.eligible import EligibleField, RiskStratumField
from scenarios.evidence import default_shares, estimate_fields
from scenarios.fields import (
    AgeBand,
    CouncilName,
    EstimateField,
    NodeNames,
    ShareField,
    Strict,
    WayNames,
    not_allowed,
)
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
from sim.interventions import specification as spec


def default_share(name: str) -> ShareField:
    """Return a default share (induced or backfill) with its source."""
    return ShareField.model_validate(estimate_fields(default_shares()[name]))


def _induced() -> ShareField:
    return default_share("induced_share")


def _backfill() -> ShareField:
    return default_share("backfill_share")


class Capacity(Timed):
    """Places at a care node."""

    type: Literal["capacity"]
    nodes: NodeNames
    change: Literal["add", "set", "multiply"]
    places: EstimateField
    induced_share: ShareField = Field(default_factory=_induced)
    backfill_share: ShareField = Field(default_factory=_backfill)

    @model_validator(mode="after")
    def _places_are_possible(self) -> Capacity:
        """Refuse a negative number of places, or a ratio that is not above zero."""
        if self.change != "add" and (self.places.low or 0.0) < 0:
            raise not_allowed(self.places.low, f"zero or more where change is '{self.change}'")
        return self

    def build(self) -> spec.CapacityChange:
        """Return what the simulation is given."""
        return spec.CapacityChange(**self.plain())


class _TimeChange(Timed):
    """A time multiplied or added to."""

    change: Literal["multiply", "add"]
    amount: EstimateField = Field(description="A ratio where change is 'multiply', days where it is 'add'")
    share: ShareField = Field(description="Share of patients affected")
    backfill_share: ShareField = Field(default_factory=_backfill)

    @model_validator(mode="after")
    def _amount_is_possible(self) -> _TimeChange:
        """Refuse a negative ratio, or years written as days."""
        low, high = (0.0, 100.0) if self.change == "multiply" else (-365.0, 365.0)
        for number in (self.amount.value, self.amount.low, self.amount.high):
            if number is not None and not low <= number <= high:
                raise not_allowed(number, f"{low:g} to {high:g} where change is '{self.change}'")
        return self


class ServiceTime(_TimeChange):
    """Time in service at a node."""

    type: Literal["service_time"]
    nodes: NodeNames

    def build(self) -> spec.ServiceTimeChange:
        """Return what the simulation is given."""
        return spec.ServiceTimeChange(**self.plain())


class Delay(_TimeChange):
    """A process delay between two nodes, during which the first place is held."""

    type: Literal["delay"]
    from_nodes: NodeNames
    to_nodes: NodeNames

    @field_validator("to_nodes")
    @classmethod
    def _is_a_way(cls, value: tuple[str, ...], info: ValidationInfo) -> tuple[str, ...]:
        """Refuse a way that the network has not."""
        check_ways(info.data.get("from_nodes", ()), value, info)
        return value

    def build(self) -> spec.DelayChange:
        """Return what the simulation is given."""
        return spec.DelayChange(**self.plain())


class Routing(Timed):
    """People sent to another destination than before."""

    type: Literal["routing"]
    nodes: WayNames
    from_destinations: NodeNames
    to_destinations: NodeNames
    share: ShareField
    substitutes: ShareField = Field(description="Share of those moved who never need the first destination")
    induced_share: ShareField = Field(default_factory=_induced)
    age_bands: list[AgeBand] = []
    councils: list[CouncilName] = []
    kinds: list[str] = []

    @field_validator("from_destinations")
    @classmethod
    def _is_a_way(cls, value: tuple[str, ...], info: ValidationInfo) -> tuple[str, ...]:
        """Refuse a way that the network has not."""
        check_ways(info.data.get("nodes", ()), value, info)
        return value

    def build(self) -> spec.RoutingChange:
        """Return what the simulation is given."""
        return spec.RoutingChange(**self.plain())


def check_ways(nodes: tuple[str, ...], destinations: tuple[str, ...], info: ValidationInfo) -> None:
    """Refuse destinations to which the network sends nobody from any of the nodes."""
    names = (info.context or {}).get("names")
    if names is None or not nodes:
        return
    ways = tuple(dict.fromkeys(way for node in nodes for way in names.routes.get(node, ())))
    for destination in destinations:
        if destination not in ways:
            known = ", ".join(ways) or "none"
            raise not_allowed(destination, f"a destination of {', '.join(nodes)}: {known}", ways)


AnyIntervention = Annotated[
    Cohort | Transition | Capacity | ServiceTime | Delay | Routing, Field(discriminator="type")
]
TYPES: dict[str, type[Timed]] = {
    "cohort": Cohort,
    "transition": Transition,
    "capacity": Capacity,
    "service_time": ServiceTime,
    "delay": Delay,
    "routing": Routing,
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

__all__ = [
    "PARTS",
    "TYPES",
    "AnyIntervention",
    "CostField",
    "EffectField",
    "EligibleField",
    "LimitField",
    "Timed",
]
