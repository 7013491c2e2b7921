"""What every intervention of the language says: when it is in force, what it costs, and who pays."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Annotated, Any

from pydantic import Field, model_validator

from scenarios.fields import CountField, EstimateField, Key, Month, Strict, not_allowed
from sim.interventions import specification as spec

Months = Annotated[int, Field(ge=0, le=600)]
MonthOfYear = Annotated[int, Field(ge=1, le=12)]


class CostField(Strict):
    """What it costs and who pays."""

    amount: CountField
    per: spec.CostUnit = Field(
        description="Of a routing: 'episode' is a person moved, 'handled' everybody put through it, moved or "
        "not. What a cost follows from is never divided in by hand: it is drawn and varied by itself"
    )
    payer: spec.Payer

    def build(self) -> spec.Cost:
        """Return what the simulation is given."""
        return spec.Cost(amount=self.amount.build(), per=self.per, payer=self.payer)


class SharePointField(Strict):
    """How much of it is in force in one calendar month."""

    month: Month
    share: Annotated[float, Field(ge=0, le=1)]

    def build(self) -> spec.SharePoint:
        """Return what the simulation is given."""
        return spec.SharePoint(month=self.month, share=self.share)


class Timed(Strict):
    """What every intervention says."""

    key: Key
    label: Annotated[str, Field(min_length=1)]
    start: Month
    end: Month | None = Field(None, description="First month no longer in full; for ever without it")
    ramp_months: Months = Field(0, description="Months from `start` over which it grows from nothing to full")
    fade_months: Months = Field(0, description="Months from `end` over which it falls to nothing")
    schedule: list[SharePointField] = Field(
        [],
        description="Dated shares in force instead of ramp, end and fade: nothing before the first, linear "
        "between two, constant after the last",
    )
    months_of_year: list[MonthOfYear] = Field(
        [], description="Months of the year in which it is in force, 1 to 12; all where none is given"
    )
    costs: list[CostField] = Field([])
    already_delivered: Annotated[float, Field(ge=0, le=1)] = Field(
        description="Share of full delivery that the baseline already contains; effects, costs, contacts and "
        "staff are those of the rest, people reached those of all of it"
    )
    note: str = ""

    @model_validator(mode="after")
    def _ends_after_start(self) -> Timed:
        """Refuse an end that is not after the start."""
        if self.end is not None and self.end <= self.start:
            raise not_allowed(self.end, f"an end after the start, {self.start}")
        return self

    @model_validator(mode="after")
    def _is_in_force_some_time(self) -> Timed:
        """Refuse a schedule or a fade that is none."""
        if self.end is not None and self.end <= self.start:
            return self  # told already
        names = ("start", "end", "ramp_months", "fade_months", "schedule", "months_of_year")
        timing = {name: built(getattr(self, name)) for name in names}
        try:
            spec.Timed(key=self.key, label=self.label, **timing)
        except ValueError as error:
            raise not_allowed(str(error), "ramp_months, end and fade_months, or a schedule") from None
        return self

    @model_validator(mode="after")
    def _only_routes_handle(self) -> Timed:
        """Refuse a cost of all who are handled where nobody is put through a change of routing."""
        if getattr(self, "type", "routing") != "routing" and "handled" in {one.per for one in self.costs}:
            raise not_allowed("handled", "'handled' where type is routing; 'person' or 'episode' elsewhere")
        return self

    @model_validator(mode="after")
    def _draws_follow_numbers(self) -> Timed:
        """Refuse a number drawn with what is no number of this intervention, or is drawn with another."""
        held = dict(_numbers(self))
        free = [path for path, one in held.items() if not one.drawn_with]
        for one in held.values():
            path = one.drawn_with.removeprefix("-")
            if path and path not in free:
                allowed = f"in drawn_with, a number here that has its own draws: {', '.join(free)}"
                raise not_allowed(path, allowed, free)
        return self

    def plain(self) -> dict[str, Any]:
        """Return the fields with their parts built, lists as tuples, without the type."""
        return {name: built(getattr(self, name)) for name in type(self).model_fields if name != "type"}


def _numbers(value: Any, path: str = "") -> Iterator[tuple[str, EstimateField]]:
    """Yield the numbers in a part of an intervention, each with its place, such as 'costs.0.amount'."""
    if isinstance(value, EstimateField):
        yield path, value
    elif isinstance(value, list):
        for number, one in enumerate(value):
            yield from _numbers(one, f"{path}.{number}")
    elif isinstance(value, Strict):
        for name in type(value).model_fields:
            yield from _numbers(getattr(value, name), f"{path}.{name}" if path else name)


def built(value: Any) -> Any:
    """Build a field's value: parts become dataclasses, lists tuples."""
    if isinstance(value, list):
        return tuple(built(item) for item in value)
    return value.build() if hasattr(value, "build") else value
