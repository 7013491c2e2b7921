"""The small pieces of the scenario language: months, names that exist, and numbers with their evidence."""

from __future__ import annotations

import fnmatch
from collections.abc import Callable, Iterable
from typing import Annotated, Any, ClassVar, Self

from pydantic import (
    AfterValidator,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    ModelWrapValidatorHandler,
    ValidationError,
    ValidationInfo,
    model_validator,
)
from pydantic_core import PydanticCustomError

from scenarios.every_problem import NOT_ALLOWED, refuse_all, told_together
from scenarios.evidence import estimate_fields, evidence
from scenarios.names import AGE_BANDS, ETHNICITIES, FRAILTY_CLASSES, INCLUSION_GROUPS, SEXES, Names
from scenarios.refusals import some_of
from sim.interventions import specification as spec
from sim.parameters.errors import nearest_name


class Strict(BaseModel):
    """A part of the language: unknown keys are refused, and nothing changes after it is read."""

    model_config = ConfigDict(extra="forbid", frozen=True, allow_inf_nan=False)

    @model_validator(mode="wrap")
    @classmethod
    def _every_problem(
        cls, data: Any, handler: ModelWrapValidatorHandler[Self], info: ValidationInfo
    ) -> Self:
        """Tell what holds between fields beside what is wrong with some of them."""
        try:
            return handler(data)
        except ValidationError as error:
            raise told_together(cls, data, error, info) from None


def not_allowed(found: object, allowed: str, names: Iterable[str] = ()) -> PydanticCustomError:
    """Return the error that becomes one message: found, allowed, nearest."""
    context = {"found": str(found), "allowed": allowed, "nearest": nearest_name(str(found), names) or ""}
    return PydanticCustomError(NOT_ALLOWED, "found '{found}'; allowed: {allowed}", context)


def _month(value: str) -> str:
    """Refuse text that is not a month."""
    try:
        spec.month_number(value)
    except ValueError:
        raise not_allowed(value, "a month as YYYY-MM, from 01 to 12") from None
    return value


Month = Annotated[str, AfterValidator(_month), Field(pattern=r"^\d{4}-\d{2}$", description="YYYY-MM")]


def _known(of: Callable[[Names], Iterable[str]], what: str) -> AfterValidator:
    """Return a validator that refuses a name which does not exist in the area or the national tables."""

    def check(value: str, info: ValidationInfo) -> str:
        names = (info.context or {}).get("names")
        if names is None:
            return value
        known = list(of(names))
        if value not in known:
            raise not_allowed(value, f"{what}: {some_of(value, known)}", known)
        return value

    return AfterValidator(check)


def _matching(of: Callable[[Names], Iterable[str]], what: str) -> BeforeValidator:
    """Return a validator that turns a name, a pattern such as 'acute_*', or a list of them into names."""

    def resolve(value: Any, info: ValidationInfo) -> Any:
        wanted = [value] if isinstance(value, str) else value
        if (
            not isinstance(wanted, list | tuple)
            or not wanted
            or not all(isinstance(one, str) for one in wanted)
        ):
            raise not_allowed(value, f"{what}, a pattern such as 'acute_*', or a list of them")
        names = (info.context or {}).get("names")
        if names is None:
            return tuple(wanted)
        known = list(dict.fromkeys(of(names)))
        found: list[str] = []
        for one in wanted:
            matches = fnmatch.filter(known, one)
            if not matches:
                raise not_allowed(one, f"{what}: {some_of(one, known)}", known)
            found += matches
        return tuple(dict.fromkeys(found))

    return BeforeValidator(resolve, json_schema_input_type=str | list[str])


NodeNames = Annotated[
    tuple[str, ...], _matching(lambda names: names.nodes, "a node or exit of the area's network")
]
WayNames = Annotated[
    tuple[str, ...],
    _matching(lambda names: (*names.nodes, *names.routes), "a node or stream of the area's network"),
]
CouncilName = Annotated[str, _known(lambda names: names.councils, "a council of the area")]
NeighbourhoodName = Annotated[
    str, _known(lambda names: names.neighbourhoods, "a neighbourhood team of the area")
]
ConditionName = Annotated[str, _known(lambda names: names.conditions, "a condition")]
FactorName = Annotated[str, _known(lambda names: names.levels, "a risk factor")]
FrailtyClass = Annotated[str, _known(lambda _: FRAILTY_CLASSES, "a frailty class")]
AgeBand = Annotated[str, _known(lambda _: AGE_BANDS, "an age band")]
Sex = Annotated[str, _known(lambda _: SEXES, "a sex")]
Ethnicity = Annotated[str, _known(lambda _: ETHNICITIES, "an ethnic group")]
InclusionGroup = Annotated[str, _known(lambda _: INCLUSION_GROUPS, "an inclusion-health group")]
Quintile = Annotated[int, Field(ge=1, le=5, description="National deprivation quintile, 1 the most deprived")]
Key = Annotated[
    str, Field(pattern=r"^[a-z][a-z0-9_]*$", description="Lower case letters, digits, underscores")
]


class EstimateField(Strict):
    """A number with its interval, unit, source and grade; or `evidence: ID`, which brings all of them."""

    value: float | None = Field(None, description="The central figure")
    low: float | None = Field(None, description="Lower end of its interval")
    high: float | None = Field(None, description="Upper end of its interval")
    unit: str = Field("", description="What it is a number of")
    source: str = Field("", description="Where it comes from; never blank unless `evidence` is given")
    grade: spec.Grade | None = Field(None, description="A read, B recalled, C assumed")
    interval: spec.Interval | None = Field(None, description="What low and high are")
    evidence: str = Field("", description="A row of scenarios/evidence.csv")
    distribution: spec.Distribution | None = Field(
        None, description="What it is drawn from; by default what its kind and interval give"
    )
    drawn_with: str = Field(
        "",
        description="Another number of the intervention that it follows from, such as 'places' or "
        "'uptake.mean': it has the same quantile in every draw; with a minus before it, such as '-found', "
        "the opposite one",
    )
    _kind: ClassVar[spec.Kind] = "number"

    @model_validator(mode="before")
    @classmethod
    def _from_evidence(cls, data: Any) -> Any:
        """Fill what is not written from the evidence row; refuse a bare number."""
        if isinstance(data, int | float) and not isinstance(data, bool):
            raise not_allowed(data, "value, low, high, unit, source and grade, or evidence: ID")
        if not isinstance(data, dict) or "evidence" not in data:
            return data
        rows = evidence()
        if data["evidence"] not in rows:
            raise not_allowed(data["evidence"], "an id in scenarios/evidence.csv", rows)
        if not rows[data["evidence"]]["value"]:
            raise not_allowed(
                f"{data['evidence']}, which states no figure", "a row of evidence with a figure"
            )
        return estimate_fields(rows[data["evidence"]]) | dict(data)

    @model_validator(mode="after")
    def _complete(self) -> EstimateField:
        """Refuse a number without interval, source or grade, or outside its interval."""
        missing = [name for name in ("value", "low", "high", "grade") if getattr(self, name) is None]
        missing += [name for name in ("unit", "source") if not getattr(self, name).strip()]
        problems = []
        if missing:
            allowed = "a number with interval, unit, source and grade"
            problems.append(not_allowed(f"no {', no '.join(missing)}", allowed))
        if None not in (self.value, self.low, self.high):
            try:
                self.build()
            except ValueError as error:
                problems.append(not_allowed(self.value, f"a value inside its interval ({error})"))
        try:
            self.check_range()
        except PydanticCustomError as error:
            problems.append(error)
        refuse_all(type(self).__name__, problems, self.value)
        return self

    def check_range(self) -> None:
        """Refuse numbers that this kind of field cannot hold; any are by default."""

    def _refuse_outside(self, low: float, high: float, allowed: str) -> None:
        """Refuse value, low or high outside a range."""
        for number in (self.value, self.low, self.high):
            if number is not None and not low <= number <= high:
                raise not_allowed(number, allowed)

    def build(self) -> spec.Estimate:
        """Return what the simulation is given."""
        return spec.Estimate(
            value=float(self.value or 0.0),
            low=float(self.low or 0.0),
            high=float(self.high or 0.0),
            unit=self.unit,
            source=self.source,
            grade=self.grade or "C",
            interval=self.interval or "judgement",
            evidence_id=self.evidence,
            kind=self._kind,
            distribution=self.distribution,
            drawn_with=self.drawn_with,
        )


class ShareField(EstimateField):
    """A share: value, low and high from 0 to 1."""

    _kind = "share"

    def check_range(self) -> None:
        """Refuse what is not a share."""
        self._refuse_outside(0.0, 1.0, "a share from 0 to 1")


class RatioField(EstimateField):
    """A ratio above zero; 1 is no change."""

    _kind = "ratio"

    def check_range(self) -> None:
        """Refuse a ratio that is zero, negative or past belief."""
        self._refuse_outside(1e-6, 100.0, "a ratio above 0 and up to 100")


class CountField(EstimateField):
    """A number of people or pounds, zero or more."""

    _kind = "count"

    def check_range(self) -> None:
        """Refuse a negative number."""
        self._refuse_outside(0.0, float("inf"), "zero or more")
