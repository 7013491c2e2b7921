"""Interventions that reach residents, as they are written in YAML, and limits that several share."""

from __future__ import annotations

from typing import Annotated, Any, Literal, get_args

from pydantic import Field, ValidationInfo, field_validator, model_validator

from scenarios.eligible import EligibleField, check_level
from scenarios.fields import CountField, FactorName, Key, RatioField, ShareField, Strict, not_allowed
from scenarios.names import AGE_BANDS, ETHNICITIES, SEXES
from scenarios.timing import Months, Timed
from sim.interventions import specification as spec

UPTAKE_GROUPS = {
    "quintile": ("1", "2", "3", "4", "5"),
    "sex": SEXES,
    "ethnicity": ETHNICITIES,
    "age_band": AGE_BANDS,
}
"""Groups between which uptake may differ."""


class UptakeField(Strict):
    """How many of those offered accept, and how it differs between groups."""

    mean: ShareField
    ratio_by_quintile: Annotated[
        list[Annotated[float, Field(gt=0, le=20)]], Field(min_length=5, max_length=5)
    ] = Field(
        [1.0] * 5, description="Odds relative to the mean, most deprived first; renormalised to the mean"
    )
    ratio_by: dict[spec.UptakeBy, dict[str, Annotated[float, Field(gt=0, le=20)]]] = Field(
        {},
        description="By quintile, sex, ethnicity, age_band: odds of groups, 1 where not named; renormalised",
    )
    ratio_source: str = "no gradient assumed"
    ratio_grade: spec.Grade = "C"

    @field_validator("ratio_by", mode="before")
    @classmethod
    def _groups_are_words(cls, value: Any) -> Any:
        """Read quintiles written as numbers."""
        if not isinstance(value, dict):
            return value
        return {
            by: {str(group): ratio for group, ratio in ratios.items()} if isinstance(ratios, dict) else ratios
            for by, ratios in value.items()
        }

    @field_validator("ratio_by")
    @classmethod
    def _groups_exist(cls, value: dict[str, dict[str, float]]) -> dict[str, dict[str, float]]:
        """Refuse a group that does not exist."""
        for by, ratios in value.items():
            for group in ratios:
                if group not in UPTAKE_GROUPS[by]:
                    known = UPTAKE_GROUPS[by]
                    raise not_allowed(group, f"for {by}, one of {', '.join(known)}", known)
        return value

    def build(self) -> spec.Uptake:
        """Return what the simulation is given."""
        first, second, third, fourth, fifth = self.ratio_by_quintile
        return spec.Uptake(
            mean=self.mean.build(),
            ratio_by_quintile=(first, second, third, fourth, fifth),
            ratio_by=tuple((by, tuple(ratios.items())) for by, ratios in self.ratio_by.items()),
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
    starts_after_months: Months = Field(0, description="Months from being reached to the first effect")
    ramp_months: Months = Field(0, description="Months over which it grows to full, on the log scale")
    lasts_months: Annotated[int, Field(ge=1, le=1200)] | None = Field(
        None, description="Months that it lasts from its first effect, whatever is delivered"
    )
    after_stop: spec.AfterStop = Field(
        "stops", description="What becomes of it when delivery stops, for the resident or for all"
    )
    fade_months: Months = Field(0, description="Where it fades: months over which it falls to nothing")

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

    @model_validator(mode="after")
    def _fades_over_months(self) -> EffectField:
        """Refuse a fade over no months, or months of fading where it does not fade."""
        if (self.after_stop == "fades") != (self.fade_months > 0):
            found = f"after_stop {self.after_stop}, fade_months {self.fade_months}"
            raise not_allowed(found, "fade_months, 1 or more, with after_stop: fades; none otherwise")
        return self

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
    reverts_per_year: CountField | None = Field(
        None, description="Hazard of falling back once delivery stops, of factors that follow a rank"
    )

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


class StaffField(Strict):
    """Hours of a group of staff that it takes."""

    group: Key
    hours: CountField
    per: spec.StaffUnit

    def build(self) -> spec.StaffTime:
        """Return what the simulation is given."""
        return spec.StaffTime(group=self.group, hours=self.hours.build(), per=self.per)


class Cohort(Timed):
    """A service that finds, offers to and follows residents one by one."""

    type: Literal["cohort"]
    eligible: EligibleField
    offered_per_year: ShareField | None = Field(
        None,
        description="Share of those eligible who are offered it in a year; every month to all without it",
    )
    monthly_capacity: CountField | None = Field(
        None, description="New people a month at full delivery, in the full-size area"
    )
    caseload: CountField | None = Field(
        None, description="People followed at once, in the full-size area; needs stays_months"
    )
    stays_months: Annotated[int, Field(ge=1, le=1200)] | None = Field(
        None, description="Months for which a resident is followed; for ever without it"
    )
    order: spec.Order = Field("random", description="Who comes first when places do not suffice")
    uptake: UptakeField
    effects: list[EffectField] = Field([])
    moves: list[MoveField] = Field([])
    repeat_after_months: Annotated[int, Field(ge=1, le=1200)] | None = Field(
        None, description="Months until the same resident may be offered it again; never without it"
    )
    contacts: CountField | None = Field(
        default=None, description="Contacts of neighbourhood teams with each person reached, in all"
    )
    contacts_months: Annotated[int, Field(ge=1, le=120)] = Field(
        default=12, description="Months over which the contacts are spread"
    )

    staff: list[StaffField] = Field([])

    @model_validator(mode="after")
    def _reaches_somebody(self) -> Cohort:
        """Refuse a programme with no pace at which it reaches people."""
        if self.offered_per_year is None and self.monthly_capacity is None and self.caseload is None:
            raise not_allowed("none", "offered_per_year, monthly_capacity or caseload, or several")
        return self

    @model_validator(mode="after")
    def _caseload_has_its_months(self) -> Cohort:
        """Refuse a caseload of which it is not said for how long people are on it."""
        if self.caseload is not None and self.stays_months is None:
            raise not_allowed("a caseload alone", "a caseload with stays_months")
        return self

    @model_validator(mode="after")
    def _is_repeated_after_its_stay(self) -> Cohort:
        """Refuse an offer to somebody who is still followed."""
        if (self.repeat_after_months or 1200) < (self.stays_months or 0):
            raise not_allowed(self.repeat_after_months, f"at least stays_months, {self.stays_months}")
        return self

    def build(self) -> spec.CohortProgramme:
        """Return what the simulation is given."""
        return spec.CohortProgramme(**self.plain())


class Transition(Timed):
    """A hazard changed for everybody eligible, with no offer and no uptake."""

    type: Literal["transition"]
    eligible: EligibleField = EligibleField()
    effects: Annotated[list[EffectField], Field(min_length=1)]
    staff: list[StaffField] = Field([])

    def build(self) -> spec.PopulationEffect:
        """Return what the simulation is given."""
        return spec.PopulationEffect(**self.plain())


class LimitField(Strict):
    """A budget in pounds a year of a payer, or hours a year of a group of staff, that several share."""

    key: Key
    label: str = ""
    kind: Literal["budget", "staff"]
    of: str = Field(
        description="A payer for a budget; a group of staff that the interventions name otherwise"
    )
    per_year: CountField
    interventions: Annotated[list[Key], Field(min_length=1)]

    @model_validator(mode="after")
    def _of_exists(self) -> LimitField:
        """Refuse a budget of somebody who pays for nothing."""
        payers = get_args(spec.Payer)
        if self.kind == "budget" and self.of not in payers:
            raise not_allowed(self.of, f"for a budget, one of {', '.join(payers)}", payers)
        return self

    def build(self) -> spec.Limit:
        """Return what the simulation is given."""
        return spec.Limit(
            key=self.key,
            label=self.label,
            kind=self.kind,
            of=self.of,
            per_year=self.per_year.build(),
            interventions=tuple(self.interventions),
        )
