"""What an intervention may say: the typed vocabulary shared by the scenario language and the simulation.

The scenario language (`scenarios/`) builds these objects from YAML; `sim/interventions/` does what
they say. They are plain data: no arrays, no file, no draw. Every number that matters is an `Estimate`, which
carries its interval, unit, source and grade with it into the report.
"""

from __future__ import annotations

import math
import re
from dataclasses import dataclass, field
from typing import Literal, TypeAlias

EffectTarget: TypeAlias = Literal["transition", "onset", "mortality", "need"]
Interval: TypeAlias = Literal["ci95", "p10_p90", "judgement", "none"]
Grade: TypeAlias = Literal["A", "B", "C"]
Payer: TypeAlias = Literal["nhs", "council", "self_funder", "carer", "society"]

MONTHS_A_YEAR = 12
_MONTH = re.compile(r"(\d{4})-(0[1-9]|1[0-2])")


def month_number(month: str) -> int:
    """Return the count of months from year 0 to `month`, so that months subtract.

    Args:
        month: A calendar month as 'YYYY-MM'.

    Raises:
        ValueError: When it is not such a month.
    """
    match = _MONTH.fullmatch(month)
    if match is None:
        raise ValueError(f"'{month}' is not a month written as YYYY-MM")
    return int(match[1]) * MONTHS_A_YEAR + int(match[2]) - 1


@dataclass(frozen=True, kw_only=True)
class Estimate:
    """A number with what is known about it.

    Attributes:
        value: The central figure, in `unit`.
        low: Lower end of its interval, in `unit`.
        high: Upper end of its interval, in `unit`.
        unit: What it is a number of, for example 'ratio', 'days', 'share', 'places'.
        source: The publication, data set or reason that it comes from; never blank.
        grade: A read in a stored copy, B recalled from a known publication, C assumed.
        interval: What `low` and `high` are.
        evidence_id: Row of the evidence tables, or '' when there is none.
    """

    value: float
    low: float
    high: float
    unit: str
    source: str
    grade: Grade
    interval: Interval = "judgement"
    evidence_id: str = ""

    def __post_init__(self) -> None:
        """Refuse a number that is not finite, lies outside its interval, or has no source."""
        if not all(math.isfinite(number) for number in (self.value, self.low, self.high)):
            raise ValueError("value, low and high must be finite numbers")
        if not self.low <= self.value <= self.high:
            raise ValueError(f"value {self.value} lies outside its interval {self.low} to {self.high}")
        if not self.source.strip():
            raise ValueError("a number needs a source")


@dataclass(frozen=True, kw_only=True)
class Eligibility:
    """Who may be reached: every filter that is given must hold; an empty filter admits everybody.

    Attributes:
        age_from: Youngest age, whole years, inclusive.
        age_to: Oldest age, whole years, inclusive (110 stands for 110 and over).
        sexes: 'male', 'female'.
        quintiles: National deprivation quintiles, 1 the most deprived to 5.
        neighbourhoods: Keys of integrated neighbourhood teams of the area pack.
        councils: Keys of councils of the area pack.
        conditions: The resident has at least one of these conditions.
        conditions_at_least: Smallest number of long-term conditions, whichever they are.
        risk_factors: For each factor named, the resident's level is one of those listed.
        frailty: Frailty classes admitted: 'fit', 'mild', 'moderate', 'severe'.
        care_home: True only residents of care homes, False only others, None either.
        recent_admissions_at_least: Smallest number of emergency admissions in the last 12 months.
        recent_attendances_at_least: Smallest number of type 1 attendances in the last 12 months.
    """

    age_from: int = 0
    age_to: int = 110
    sexes: tuple[str, ...] = ()
    quintiles: tuple[int, ...] = ()
    neighbourhoods: tuple[str, ...] = ()
    councils: tuple[str, ...] = ()
    conditions: tuple[str, ...] = ()
    conditions_at_least: int = 0
    risk_factors: tuple[tuple[str, tuple[str, ...]], ...] = ()
    frailty: tuple[str, ...] = ()
    care_home: bool | None = None
    recent_admissions_at_least: int = 0
    recent_attendances_at_least: int = 0


@dataclass(frozen=True, kw_only=True)
class Uptake:
    """How many of those offered accept, and how that differs between quintiles.

    The ratios act on log odds and are renormalised so that the mean over those eligible stays `mean`:
    logit(p_q) = a + log(ratio_q), with a solved for the mean.

    Attributes:
        mean: Share of those offered who accept, 0 to 1.
        ratio_by_quintile: Odds relative to the mean, quintile 1 (most deprived) first; dimensionless.
        ratio_source: Where the gradient comes from.
        ratio_grade: Grade of the gradient.
    """

    mean: Estimate
    ratio_by_quintile: tuple[float, float, float, float, float] = (1.0, 1.0, 1.0, 1.0, 1.0)
    ratio_source: str = "no gradient assumed"
    ratio_grade: Grade = "C"


@dataclass(frozen=True, kw_only=True)
class Effect:
    """A hazard or rate multiplied for those whom the intervention reaches.

    Attributes:
        on: What is multiplied: a risk-factor transition, the onset of a condition, death, or a need class.
        key: 'smoking.current_to_ex_under_1' (factor.from_to_to, a row of the factor's transitions.csv), a
            condition's key, 'all' or a cause for mortality, or a need class such as 'nel_admission_total'.
        multiplier: Ratio to the hazard without the intervention; 1 is no effect.
        starts_after_months: Months from being reached to the first effect.
        ramp_months: Months over which it grows from nothing to full, on the log scale.
        lasts_months: Months that it lasts from its first effect; None while the resident is in the cohort.
    """

    on: EffectTarget
    key: str
    multiplier: Estimate
    starts_after_months: int = 0
    ramp_months: int = 0
    lasts_months: int | None = None


@dataclass(frozen=True, kw_only=True)
class LevelMove:
    """A risk factor moved from one level to another, once, on the day a resident is reached.

    What follows for conditions and death comes from the relative risks of the two levels, so the effect acts
    through its mechanism once.

    Attributes:
        factor: Key of the risk factor.
        from_level: The level that it is moved from; others are left alone.
        to_level: The level that it is moved to.
        probability: Share of those reached at `from_level` who move, 0 to 1.
        reverts_per_year: Hazard of falling back to `from_level`, per year; None never.
    """

    factor: str
    from_level: str
    to_level: str
    probability: Estimate
    reverts_per_year: Estimate | None = None


@dataclass(frozen=True, kw_only=True)
class Cost:
    """What it costs and who pays.

    Attributes:
        amount: Pounds, at the price year in its source.
        per: 'person' reached, 'episode' treated, 'year' in force, or 'place_day'.
        payer: Who pays.
    """

    amount: Estimate
    per: Literal["person", "episode", "year", "place_day"]
    payer: Payer


@dataclass(frozen=True, kw_only=True)
class _Timed:
    """What every intervention says.

    Attributes:
        key: Immutable name within its scenario; it keys the intervention's random draws.
        label: A few plain words for the report.
        start: First month in force, 'YYYY-MM'.
        end: First month no longer in force, or None for ever.
        ramp_months: Months from `start` over which it grows linearly from nothing to full.
        costs: What it costs; may be empty where only a queue changes.
        already_delivered: Share of full delivery that the baseline already contains, 0 to 1: effects act on
            the departure from it.
        note: Why it is written as it is.
    """

    key: str
    label: str
    start: str
    end: str | None = None
    ramp_months: int = 0
    costs: tuple[Cost, ...] = ()
    already_delivered: float = 0.0
    note: str = ""

    def __post_init__(self) -> None:
        """Refuse months that are not months, or an end that is not after the start."""
        if self.end is not None and month_number(self.end) <= month_number(self.start):
            raise ValueError(f"end {self.end} is not after start {self.start}")
        month_number(self.start)
        if not 0.0 <= self.already_delivered <= 1.0:
            raise ValueError(f"already_delivered {self.already_delivered} is not a share from 0 to 1")

    def share_in_force(self, month: str) -> float:
        """Return how much of it is in force in a calendar month, 0 to 1, by its linear ramp."""
        at = month_number(month)
        if at < month_number(self.start) or (self.end is not None and at >= month_number(self.end)):
            return 0.0
        if self.ramp_months == 0:
            return 1.0
        return min(1.0, (at - month_number(self.start) + 1) / self.ramp_months)


@dataclass(frozen=True, kw_only=True)
class CohortProgramme(_Timed):
    """A service that finds, offers to and follows residents one by one.

    Attributes:
        eligible: Who may be offered it.
        offered_per_year: Share of those eligible who are offered it in a year, 0 to 1; None when only
            `monthly_capacity` limits it.
        monthly_capacity: New people a month at full delivery, in the full-size area; None unlimited.
        uptake: How many accept, by quintile.
        effects: What is multiplied for those who accepted.
        moves: Risk-factor levels moved for those who accepted.
        repeat_after_months: Months until the same resident may be offered it again; None never.
        contacts: Contacts of neighbourhood teams with each person reached, in all; None when not counted.
        contacts_months: Months over which they are spread.
    """

    eligible: Eligibility
    offered_per_year: Estimate | None = None
    monthly_capacity: Estimate | None = None
    uptake: Uptake
    effects: tuple[Effect, ...] = ()
    moves: tuple[LevelMove, ...] = ()
    repeat_after_months: int | None = None
    contacts: Estimate | None = None
    contacts_months: int = 12


@dataclass(frozen=True, kw_only=True)
class PopulationEffect(_Timed):
    """A hazard changed for everybody eligible, with no offer and no uptake.

    Attributes:
        eligible: Whose hazard changes.
        effects: What is multiplied; an effect's own ramp counts from `start`.
    """

    eligible: Eligibility
    effects: tuple[Effect, ...]


# The types that act on care are built from what is above; they stand in a module of their own.
from sim.interventions.care_specification import (  # noqa: E402
    CapacityChange,
    DelayChange,
    Diversion,
    GrowthChange,
    RoutingChange,
    ServiceTimeChange,
)

Intervention: TypeAlias = (
    CohortProgramme
    | PopulationEffect
    | CapacityChange
    | ServiceTimeChange
    | DelayChange
    | RoutingChange
    | Diversion
    | GrowthChange
)


@dataclass(frozen=True, kw_only=True)
class ScenarioSpecification:
    """A scenario compiled: what the simulation is given.

    Attributes:
        name: Its name in the library or its file's stem.
        variant: 'as_evidenced', 'as_planned' or another of its own.
        label: A few plain words for the report.
        description: What it is and what question it answers.
        interventions: What it changes, in the order written; the baseline has none.
        text: The scenario's YAML as it was read, for the manifest.
    """

    name: str
    variant: str = "as_evidenced"
    label: str
    description: str = ""
    interventions: tuple[Intervention, ...] = field(default=())
    text: str = ""

    @property
    def full_name(self) -> str:
        """Return the name by which it can be run again, such as 'home_first@as_planned'."""
        return self.name if self.variant == "as_evidenced" else f"{self.name}@{self.variant}"


BASELINE = ScenarioSpecification(
    name="baseline",
    label="Current service continued",
    description="Current service continued: no change is made to what is provided, to whom, or how.",
)

__all__ = [
    "BASELINE",
    "MONTHS_A_YEAR",
    "CapacityChange",
    "CohortProgramme",
    "Cost",
    "DelayChange",
    "Diversion",
    "Effect",
    "EffectTarget",
    "Eligibility",
    "Estimate",
    "Grade",
    "GrowthChange",
    "Interval",
    "Intervention",
    "LevelMove",
    "Payer",
    "PopulationEffect",
    "RoutingChange",
    "ScenarioSpecification",
    "ServiceTimeChange",
    "Uptake",
    "month_number",
]
