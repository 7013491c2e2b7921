"""Each type of intervention as it is written in YAML, and how it becomes what the simulation is given.

To add a type: a class here (or in `care_interventions.py`, for what acts on care) and a line in `types.py`,
its dataclass in `sim/interventions/specification.py` or `care_specification.py`, and what it does in
`sim/interventions/`.
"""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import Field, ValidationInfo, field_validator, model_validator

from scenarios.evidence import default_shares, estimate_fields
from scenarios.fields import (
    ConditionName,
    CouncilName,
    CountField,
    FactorName,
    FrailtyClass,
    Key,
    Month,
    NeighbourhoodName,
    Quintile,
    RatioField,
    Sex,
    ShareField,
    Strict,
    not_allowed,
)
from sim.interventions import specification as spec

Age = Annotated[int, Field(ge=0, le=110)]
Months = Annotated[int, Field(ge=0, le=600)]


def default_share(name: str) -> ShareField:
    """Return a default share (induced or backfill) with its source."""
    return ShareField.model_validate(estimate_fields(default_shares()[name]))


class EligibleField(Strict):
    """Who may be reached; every filter given must hold."""

    age_from: Age = 0
    age_to: Age = 110
    sexes: list[Sex] = []
    quintiles: list[Quintile] = []
    neighbourhoods: list[NeighbourhoodName] = []
    councils: list[CouncilName] = []
    conditions: list[ConditionName] = Field([], description="Has at least one of these")
    conditions_at_least: Annotated[int, Field(ge=0, le=20)] = 0
    risk_factors: dict[FactorName, list[str]] = Field({}, description="Factor: levels admitted")
    frailty: list[FrailtyClass] = []
    care_home: bool | None = None
    recent_admissions_at_least: Annotated[int, Field(ge=0, le=50)] = 0
    recent_attendances_at_least: Annotated[int, Field(ge=0, le=200)] = 0

    @field_validator("risk_factors")
    @classmethod
    def _levels_exist(cls, value: dict[str, list[str]], info: ValidationInfo) -> dict[str, list[str]]:
        """Refuse a level that its factor has not."""
        for factor, levels in value.items():
            for level in levels:
                check_level(factor, level, info)
        return value

    @model_validator(mode="after")
    def _ages_in_order(self) -> EligibleField:
        """Refuse an age range that is empty."""
        if self.age_from > self.age_to:
            raise not_allowed(f"age_from {self.age_from}, age_to {self.age_to}", "age_from not above age_to")
        return self

    def build(self) -> spec.Eligibility:
        """Return what the simulation is given."""
        plain = {name: getattr(self, name) for name in type(self).model_fields if name != "risk_factors"}
        plain = {name: tuple(value) if isinstance(value, list) else value for name, value in plain.items()}
        factors = tuple((factor, tuple(levels)) for factor, levels in self.risk_factors.items())
        return spec.Eligibility(**plain, risk_factors=factors)


def check_level(factor: str, level: str, info: ValidationInfo) -> None:
    """Refuse a level that does not exist for a factor that does."""
    names = (info.context or {}).get("names")
    if names is not None and factor in names.levels and level not in names.levels[factor]:
        known = names.levels[factor]
        raise not_allowed(level, f"a level of {factor}: {', '.join(known)}", known)


class UptakeField(Strict):
    """How many of those offered accept, and how it differs by quintile."""

    mean: ShareField
    ratio_by_quintile: Annotated[
        list[Annotated[float, Field(gt=0, le=20)]], Field(min_length=5, max_length=5)
    ] = Field(
        [1.0] * 5, description="Odds relative to the mean, most deprived first; renormalised to the mean"
    )
    ratio_source: str = "no gradient assumed"
    ratio_grade: spec.Grade = "C"

    def build(self) -> spec.Uptake:
        """Return what the simulation is given."""
        first, second, third, fourth, fifth = self.ratio_by_quintile
        return spec.Uptake(
            mean=self.mean.build(),
            ratio_by_quintile=(first, second, third, fourth, fifth),
            ratio_source=self.ratio_source,
            ratio_grade=self.ratio_grade,
        )


class EffectField(Strict):
    """A hazard multiplied."""

    on: spec.EffectTarget
    key: str = Field(
        description="'smoking.current_to_ex_under_1', a condition, 'all' or a cause of death, or a need class"
    )
    multiplier: RatioField
    starts_after_months: Months = 0
    ramp_months: Months = 0
    lasts_months: Annotated[int, Field(ge=1, le=1200)] | None = None

    @field_validator("key")
    @classmethod
    def _key_exists(cls, value: str, info: ValidationInfo) -> str:
        """Refuse a key that this kind of effect cannot act on."""
        names, target = (info.context or {}).get("names"), info.data.get("on")
        if names is None or target is None:
            return value
        known = {
            "transition": names.transitions,
            "onset": names.conditions,
            "mortality": ("all", *names.causes),
            "need": names.need_classes,
        }[target]
        if value not in known:
            raise not_allowed(value, f"for '{target}', one of {', '.join(known)}", known)
        return value

    def build(self) -> spec.Effect:
        """Return what the simulation is given."""
        fields = dict(self) | {"multiplier": self.multiplier.build()}
        return spec.Effect(**fields)


class MoveField(Strict):
    """A risk factor moved from one level to another when a resident is reached."""

    factor: FactorName
    from_level: str
    to_level: str
    probability: ShareField
    reverts_per_year: CountField | None = None

    @field_validator("from_level", "to_level")
    @classmethod
    def _level_exists(cls, value: str, info: ValidationInfo) -> str:
        """Refuse a level that the factor has not."""
        check_level(info.data.get("factor", ""), value, info)
        return value

    def build(self) -> spec.LevelMove:
        """Return what the simulation is given."""
        reverts = self.reverts_per_year.build() if self.reverts_per_year else None
        return spec.LevelMove(
            **dict(self) | {"probability": self.probability.build(), "reverts_per_year": reverts}
        )


class CostField(Strict):
    """What it costs and who pays."""

    amount: CountField
    per: Literal["person", "episode", "year", "place_day"]
    payer: spec.Payer

    def build(self) -> spec.Cost:
        """Return what the simulation is given."""
        return spec.Cost(amount=self.amount.build(), per=self.per, payer=self.payer)


class Timed(Strict):
    """What every intervention says."""

    key: Key
    label: Annotated[str, Field(min_length=1)]
    start: Month
    end: Month | None = None
    ramp_months: Months = 0
    costs: list[CostField] = []
    already_delivered: Annotated[float, Field(ge=0, le=1)] = Field(
        description="Share of full delivery that the baseline already contains"
    )
    note: str = ""

    @model_validator(mode="after")
    def _ends_after_start(self) -> Timed:
        """Refuse an end that is not after the start."""
        if self.end is not None and self.end <= self.start:
            raise not_allowed(self.end, f"an end after the start, {self.start}")
        return self

    def plain(self) -> dict[str, Any]:
        """Return the fields with their parts built, lists as tuples, without the type."""
        return {name: _built(getattr(self, name)) for name in type(self).model_fields if name != "type"}


def _built(value: Any) -> Any:
    """Build a field's value: parts become dataclasses, lists tuples."""
    if isinstance(value, list):
        return tuple(_built(item) for item in value)
    return value.build() if hasattr(value, "build") else value


class Cohort(Timed):
    """A service that finds, offers to and follows residents one by one."""

    type: Literal["cohort"]
    eligible: EligibleField
    offered_per_year: ShareField | None = None
    monthly_capacity: CountField | None = None
    uptake: UptakeField
    effects: list[EffectField] = []
    moves: list[MoveField] = []
    repeat_after_months: Annotated[int, Field(ge=1, le=1200)] | None = None
    contacts: CountField | None = Field(
        default=None, description="Contacts of neighbourhood teams with each person reached, in all"
    )
    contacts_months: Annotated[int, Field(ge=1, le=120)] = Field(
        default=12, description="Months over which the contacts are spread"
    )

    @model_validator(mode="after")
    def _reaches_somebody(self) -> Cohort:
        """Refuse a programme with no pace at which it reaches people."""
        if self.offered_per_year is None and self.monthly_capacity is None:
            raise not_allowed("neither", "offered_per_year or monthly_capacity, or both")
        return self

    def build(self) -> spec.CohortProgramme:
        """Return what the simulation is given."""
        return spec.CohortProgramme(**self.plain())


class Transition(Timed):
    """A hazard changed for everybody eligible, with no offer and no uptake."""

    type: Literal["transition"]
    eligible: EligibleField = EligibleField()
    effects: Annotated[list[EffectField], Field(min_length=1)]

    def build(self) -> spec.PopulationEffect:
        """Return what the simulation is given."""
        return spec.PopulationEffect(**self.plain())
