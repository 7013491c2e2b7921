"""What an intervention may say: the typed vocabulary shared by the scenario language and the simulation.

The scenario language (`scenarios/`) builds these objects from YAML; `sim/interventions/` does what
they say. They are plain data: no arrays, no file, no draw. Every number that matters is an `Estimate`, which
carries its interval, unit, source and grade with it into the report.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, field
from typing import Literal, TypeAlias

from sim.interventions.care_specification import (
    CapacityChange,
    DelayChange,
    Diversion,
    GrowthChange,
    RoutingChange,
    ServiceTimeChange,
)
from sim.interventions.reached import (
    AfterStop,
    CohortProgramme,
    Cost,
    CostUnit,
    Effect,
    EffectTarget,
    Eligibility,
    Grade,
    LevelMove,
    Limit,
    Order,
    Payer,
    PopulationEffect,
    RiskOf,
    RiskStratum,
    StaffTime,
    StaffUnit,
    Uptake,
    UptakeBy,
)
from sim.interventions.timing import MONTHS_A_YEAR, SharePoint, Timed, month_label, month_number

Interval: TypeAlias = Literal["ci95", "p10_p90", "judgement", "none"]
Kind: TypeAlias = Literal["ratio", "share", "count", "number"]
Distribution: TypeAlias = Literal["lognormal", "normal", "beta", "uniform", "triangular", "point"]


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
        kind: What it may be: a ratio above 0, a share from 0 to 1, a count of 0 or more, or any number.
        distribution: What it is drawn from when parameters are; None for what its kind and interval give.
        drawn_with: Another number of the intervention, such as 'places', whose quantile it has in each draw;
            with a minus before it, the opposite one. '' for a quantile of its own.
    """

    value: float
    low: float
    high: float
    unit: str
    source: str
    grade: Grade
    interval: Interval = "judgement"
    evidence_id: str = ""
    kind: Kind = "number"
    distribution: Distribution | None = None
    drawn_with: str = ""

    def __post_init__(self) -> None:
        """Refuse a number that is not finite, lies outside its interval, or has no source."""
        if not all(math.isfinite(number) for number in (self.value, self.low, self.high)):
            raise ValueError("value, low and high must be finite numbers")
        if not self.low <= self.value <= self.high:
            raise ValueError(f"value {self.value} lies outside its interval {self.low} to {self.high}")
        if not self.source.strip():
            raise ValueError("a number needs a source")


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
        origins: For an intervention's key the scenario that it was first written in and its key there, where
            they differ from this one's: parameters are drawn by where they come from.
        limits: Budgets and workforces that interventions share.
        parts: Of a combination, the name and the YAML of each scenario that it is of, for the report.
    """

    name: str
    variant: str = "as_evidenced"
    label: str
    description: str = ""
    interventions: tuple[Intervention, ...] = field(default=())
    text: str = ""
    origins: tuple[tuple[str, str, str], ...] = ()
    limits: tuple[Limit, ...] = ()
    parts: tuple[tuple[str, str], ...] = ()

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
    "AfterStop",
    "CapacityChange",
    "CohortProgramme",
    "Cost",
    "CostUnit",
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
    "Limit",
    "Order",
    "Payer",
    "PopulationEffect",
    "RiskOf",
    "RiskStratum",
    "RoutingChange",
    "ScenarioSpecification",
    "ServiceTimeChange",
    "SharePoint",
    "StaffTime",
    "StaffUnit",
    "Timed",
    "Uptake",
    "UptakeBy",
    "month_label",
    "month_number",
]
