"""Types of intervention that act on the care network, and on which needs reach it, as written in YAML."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Annotated, ClassVar, Literal, Self

from pydantic import Field, ValidationInfo, field_validator, model_validator

from scenarios.care_names import (
    Destination,
    DiversionNeeds,
    Hours,
    Needs,
    NodeName,
    PlaceNames,
    Weekday,
    pooled_services,
)
from scenarios.eligible import EligibleField
from scenarios.evidence import default_share_row, estimate_fields
from scenarios.fields import (
    AgeBand,
    CouncilName,
    CountField,
    EstimateField,
    NodeNames,
    ShareField,
    WayNames,
    not_allowed,
)
from scenarios.timing import Timed
from sim.interventions import specification as spec


def default_share(name: str, cares: Iterable[str] = ()) -> ShareField:
    """Return a default share (induced or backfill) with its source, for kinds of care."""
    return ShareField.model_validate(estimate_fields(default_share_row(name, cares)))


def _induced() -> ShareField:
    return default_share("induced_share")


def _backfill() -> ShareField:
    return default_share("backfill_share")


class _WithShares(Timed):
    """What moves people or places, with shares of new demand and of refilling that suit its kind of care."""

    _named_by: ClassVar[str]
    """Field that names the nodes whose kind of care decides on the defaults."""

    @model_validator(mode="after")
    def _shares_suit_the_care(self, info: ValidationInfo) -> Self:
        """Give shares that the file does not state the default of the nodes named."""
        names = (info.context or {}).get("names")
        if names is not None:
            nodes = getattr(self, self._named_by)
            cares = [names.cares.get(node, "") for node in ((nodes,) if isinstance(nodes, str) else nodes)]
            for share in ("induced_share", "backfill_share"):
                if share in type(self).model_fields and share not in self.model_fields_set:
                    self.__dict__[share] = default_share(share, cares)  # frozen only once it is whole
        return self


def _at_once() -> CountField:
    return CountField(
        value=0, low=0, high=3, unit="days", grade="C", interval="judgement",
        source="Assumed where a scenario says nothing: who needs the first place after all goes the same day",
    )  # fmt: skip


class GrowthField(EstimateField):
    """A ratio to the baseline's growth, from -5 (use falls five times as fast as it grew) to 5."""

    def check_range(self) -> None:
        """Refuse a ratio past belief."""
        self._refuse_outside(-5.0, 5.0, "a ratio to the baseline's growth from -5 to 5")


class Capacity(_WithShares):
    """Places at a care node, or slots of a pooled service."""

    _named_by = "nodes"
    type: Literal["capacity"]
    nodes: PlaceNames = Field(
        description="Nodes, or pooled services by their need class: gp_appointment, outpatient_attended, ..."
    )
    change: Literal["add", "set", "multiply"]
    places: EstimateField
    induced_share: ShareField = Field(default_factory=_induced)
    backfill_share: ShareField = Field(default_factory=_backfill)
    weekdays: list[Weekday] = Field([], description="Days on which it acts, and on which it opens places")
    hours: Hours | None = Field(None, description="From and to which hour of the day, such as [8, 20]")
    opens: Literal["always", "under_pressure"] = Field(
        "always",
        description="Under pressure: escalation, for as long as more people want places than are open",
    )
    open_above: Annotated[float, Field(ge=0.5, le=5)] = Field(
        1.0, description="Multiple of the places open above which places under pressure open"
    )

    @model_validator(mode="after")
    def _places_are_possible(self) -> Capacity:
        """Refuse a negative number of places, a ratio that is not above zero, and what no place can do."""
        if self.change != "add" and (self.places.low or 0.0) < 0:
            raise not_allowed(self.places.low, f"zero or more where change is '{self.change}'")
        if self.opens == "under_pressure":
            if self.change != "add" or (self.places.low or 0.0) < 0 or self.weekdays or self.hours:
                raise not_allowed(self.change, "places added, at all hours, where opens is 'under_pressure'")
        pooled = [name for name in self.nodes if name in pooled_services()]
        if pooled and (self.hours or self.opens != "always"):
            raise not_allowed(pooled[0], "a node where hours or opens are given: slots go by day")
        if pooled and any(cost.per == "place_day" for cost in self.costs):
            raise not_allowed("place_day", "a cost per year for a pooled service")
        return self

    def build(self) -> spec.CapacityChange:
        """Return what the simulation is given."""
        return spec.CapacityChange(**self.plain())


class _TimeChange(_WithShares):
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

    _named_by = "nodes"
    type: Literal["service_time"]
    nodes: NodeNames

    def build(self) -> spec.ServiceTimeChange:
        """Return what the simulation is given."""
        return spec.ServiceTimeChange(**self.plain())


class Delay(_TimeChange):
    """A process delay between two nodes, during which the first place is held."""

    _named_by = "from_nodes"
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


class Routing(_WithShares):
    """People sent to another destination than before."""

    _named_by = "to_destinations"
    type: Literal["routing"]
    nodes: WayNames
    from_destinations: NodeNames
    to_destinations: NodeNames
    share: ShareField
    substitutes: ShareField = Field(description="Share of those moved who never need the first destination")
    induced_share: ShareField = Field(default_factory=_induced)
    age_bands: list[AgeBand] = Field([], description="Age bands moved; empty for all")
    councils: list[CouncilName] = Field([], description="Councils whose residents are moved; empty for all")
    weekdays: list[Weekday] = Field([], description="Days on which they are moved")
    hours: Hours | None = Field(None, description="From and to which hour of the day, such as [8, 22]")
    shared_as: NodeName | None = Field(
        None, description="Where this way is new: a node whose routing says how the destinations share them"
    )

    @field_validator("from_destinations")
    @classmethod
    def _is_a_way(cls, value: tuple[str, ...], info: ValidationInfo) -> tuple[str, ...]:
        """Refuse a way that the network has not."""
        check_ways(info.data.get("nodes", ()), value, info)
        return value

    def build(self) -> spec.RoutingChange:
        """Return what the simulation is given."""
        return spec.RoutingChange(**self.plain())


class Diversion(_WithShares):
    """A service that takes some emergencies in place of where they were going; services compete for them."""

    _named_by = "to"
    type: Literal["diversion"]
    needs: DiversionNeeds = Field(
        description="Need classes (incident_999, ed_walk_in, ...), the use they answer to, last_days or onset"
    )
    eligible: EligibleField = EligibleField()
    found: ShareField = Field(description="Share of eligible episodes that the service learns of")
    daily_capacity: CountField | None = Field(None, description="Episodes a day, in the full-size area")
    order: Annotated[int, Field(ge=0, le=1000)] = Field(
        1, description="Small numbers come first; services of one order take turns by a keyed draw"
    )
    substitutes: ShareField = Field(description="Share of those taken who never need the first place")
    returns_after_days: CountField = Field(
        default_factory=_at_once, description="Days until the others go on to the first place"
    )
    to: Destination = Field(
        "home", description="Node where those taken go; 'home': only contacts are counted"
    )
    contacts: CountField | None = Field(
        None, description="Contacts of neighbourhood teams with each person taken, in all"
    )
    induced_share: ShareField = Field(default_factory=_induced)
    priorities: list[Annotated[int, Field(ge=0, le=7)]] = Field(
        [], description="Priorities on arrival that it takes; of a 999 incident the category less one"
    )
    weekdays: list[Weekday] = Field([], description="Days on which it is open")
    hours: Hours | None = Field(None, description="From and to which hour of the day, such as [8, 20]")

    def build(self) -> spec.Diversion:
        """Return what the simulation is given."""
        return spec.Diversion(**self.plain())


class Growth(Timed):
    """Growth of use beyond demography, made slower or faster from its start; the level reached stays."""

    type: Literal["growth"]
    needs: Needs = Field(
        description="Need classes (incident_999, ed_walk_in, ...), or the use they answer to"
    )
    multiplier: GrowthField = Field(
        description="Ratio to the baseline's growth; 0.75 is a quarter less growth"
    )

    def build(self) -> spec.GrowthChange:
        """Return what the simulation is given."""
        return spec.GrowthChange(**self.plain())


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
