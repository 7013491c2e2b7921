"""Who may be reached, as it is written in YAML."""

from __future__ import annotations

from typing import Annotated, Any

from pydantic import Field, ValidationInfo, field_validator, model_validator

from scenarios.fields import (
    ConditionName,
    CouncilName,
    Ethnicity,
    FactorName,
    FrailtyClass,
    InclusionGroup,
    NeighbourhoodName,
    Quintile,
    Sex,
    ShareField,
    Strict,
    not_allowed,
)
from sim.interventions import specification as spec

Age = Annotated[int, Field(ge=0, le=110)]


class RiskStratumField(Strict):
    """Those whom an imperfect risk tool puts highest among registered adults."""

    by: spec.RiskOf
    top_share: ShareField

    def build(self) -> spec.RiskStratum:
        """Return what the simulation is given."""
        return spec.RiskStratum(by=self.by, top_share=self.top_share.build())


class EligibleField(Strict):
    """Who may be reached; every filter given must hold."""

    age_from: Age = 0
    age_to: Age = 110
    sexes: list[Sex] = Field([])
    quintiles: list[Quintile] = Field([])
    neighbourhoods: list[NeighbourhoodName] = Field([])
    councils: list[CouncilName] = Field([])
    ethnicities: list[Ethnicity] = Field([])
    carer: bool | None = Field(None, description="Gives unpaid care, or does not")
    disability: bool | None = Field(None, description="Disabled under the Equality Act, or not")
    inclusion_groups: list[InclusionGroup] = Field([])
    core20plus: bool = Field(False, description="Most deprived fifth, or a PLUS group")
    conditions: list[ConditionName] = Field([], description="Has at least one of these")
    without_conditions: list[ConditionName] = Field([], description="Has none of these")
    condition_states: dict[ConditionName, list[str]] = Field(
        {}, description="Condition: states admitted; 'no' is without it"
    )
    conditions_at_least: Annotated[int, Field(ge=0, le=20)] = 0
    risk_factors: dict[FactorName, list[str]] = Field({}, description="Factor: levels admitted")
    risk_stratum: RiskStratumField | None = None
    frailty: list[FrailtyClass] = Field([])
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

    @field_validator("condition_states", mode="before")
    @classmethod
    def _states_are_words(cls, value: Any) -> Any:
        """Read the states `no` and `yes`, which YAML takes for false and true where they have no quotes."""
        if not isinstance(value, dict):
            return value
        words = {False: "no", True: "yes"}
        return {
            condition: [words[one] if isinstance(one, bool) else one for one in states]
            if isinstance(states, list)
            else states
            for condition, states in value.items()
        }

    @field_validator("condition_states")
    @classmethod
    def _states_exist(cls, value: dict[str, list[str]], info: ValidationInfo) -> dict[str, list[str]]:
        """Refuse a state that its condition has not."""
        names = (info.context or {}).get("names")
        if names is None:
            return value
        for condition, states in value.items():
            known = names.states.get(condition, ())
            for state in states:
                if known and state not in known:
                    raise not_allowed(state, f"a state of {condition}: {', '.join(known)}", known)
        return value

    @model_validator(mode="after")
    def _ages_in_order(self) -> EligibleField:
        """Refuse an age range that is empty."""
        if self.age_from > self.age_to:
            raise not_allowed(f"age_from {self.age_from}, age_to {self.age_to}", "age_from not above age_to")
        return self

    def build(self) -> spec.Eligibility:
        """Return what the simulation is given."""
        plain: dict[str, Any] = {name: getattr(self, name) for name in type(self).model_fields}
        plain = {name: tuple(value) if isinstance(value, list) else value for name, value in plain.items()}
        for name in ("risk_factors", "condition_states"):
            plain[name] = _pairs(plain[name])
        plain["risk_stratum"] = self.risk_stratum.build() if self.risk_stratum else None
        return spec.Eligibility(**plain)


def _pairs(levels: dict[str, list[str]]) -> tuple[tuple[str, tuple[str, ...]], ...]:
    return tuple((name, tuple(admitted)) for name, admitted in levels.items())


def check_level(factor: str, level: str, info: ValidationInfo) -> None:
    """Refuse a level that does not exist for a factor that does."""
    names = (info.context or {}).get("names")
    if names is not None and factor in names.levels and level not in names.levels[factor]:
        known = names.levels[factor]
        raise not_allowed(level, f"a level of {factor}: {', '.join(known)}", known)
