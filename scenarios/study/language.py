"""The parts of a study file beside its scenarios: designs, what draws are from, and when it has enough."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field

from scenarios.fields import Strict

MOST_POINTS = 10_000
MOST_REPLICATES = 10_000
LEAST_FIRST_STAGE = 5
"""Fewer replicates than these say next to nothing of how much they differ."""

DesignKind = Literal["grid", "latin_hypercube", "one_at_a_time", "file"]


class FactorField(Strict):
    """A figure that a design varies, and its values."""

    figure: Annotated[str, Field(min_length=1)] = Field(
        description="INTERVENTION.FIELD as for `scenario solve` (in every scenario of the study that has it; "
        "SCENARIO:INTERVENTION.FIELD in one alone), or the name of a parameter of the tables"
    )
    values: list[float | str] | None = Field(
        None, description="Its values, in a grid or one at a time; months as YYYY-MM"
    )
    low: float | str | None = Field(None, description="Least value; by default the figure's own interval")
    high: float | str | None = Field(None, description="Most; by default the figure's own interval")
    levels: Annotated[int, Field(ge=2, le=1000)] | None = Field(
        None, description="In a grid: how many values from low to high, evenly apart; 3 by default"
    )


class DesignField(Strict):
    """Which values of which figures are tried together; each set is a point with a folder of its own."""

    kind: DesignKind = Field(
        description="`grid`: every combination. `latin_hypercube`: `points` spread evenly over all "
        "figures at once (scipy.stats.qmc). `one_at_a_time`: everything as it is, then each figure by "
        "itself at each of its values. `file`: the rows of a CSV file, its header the figures"
    )
    factors: list[FactorField] = Field([], description="What is varied; of a file, the columns it must have")
    points: Annotated[int, Field(ge=2, le=MOST_POINTS)] | None = Field(
        None, description="Of a Latin hypercube: how many points"
    )
    file: str | None = Field(None, description="The CSV file, beside the study's own")


class DrawFromField(Strict):
    """What the draws are from."""

    interventions: bool = Field(
        True, description="Whether the uncertain figures of the scenarios are drawn, from their intervals"
    )
    parameters: list[str] = Field(
        [], description="Parameters of the tables that are drawn, each from the distribution of its row"
    )
    posterior: str | None = Field(
        None, description="Parquet file of a calibration beside the study's own: draw k is its row k"
    )
    posterior_version: str | None = Field(
        None,
        description="Code version of a posterior that is used although this is another, on your own "
        "responsibility; it is recorded",
    )


class UntilField(Strict):
    """When a study has enough replicates: the interval of a paired difference is narrow enough.

    Stein's two stages: after the first, `at_least` replicates, the spread of the paired differences gives how
    many are needed; these are then made, and no more is looked at.
    """

    measure: str = Field("emergency_admissions", description="A measure of results, or a sum of money")
    period: str = Field("all years", description="'all years', or one, such as '2029/30'")
    against: str = Field("baseline", description="The scenario that the others are held against")
    scenarios: list[str] = Field([], description="Those whose interval counts; all others by default")
    half_width_percent: Annotated[float, Field(gt=0)] | None = Field(
        None, description="Half of the interval's width, in per cent of what `against` has"
    )
    half_width: Annotated[float, Field(gt=0)] | None = Field(
        None, description="Half of the interval's width, in the measure's own unit, instead"
    )
    confidence_percent: Annotated[float, Field(ge=50, le=99.9)] = Field(
        95.0, description="Confidence of the interval"
    )
    at_least: Annotated[int, Field(ge=LEAST_FIRST_STAGE, le=MOST_REPLICATES)] = Field(
        20, description="Replicates of the first stage"
    )
    at_most: Annotated[int, Field(ge=LEAST_FIRST_STAGE, le=MOST_REPLICATES)] = Field(
        200, description="Replicates at which it stops in any case, and says so"
    )


PARTS = {
    "design: which figures are varied together": DesignField,
    "design.factors": FactorField,
    "draw_from: what draws are from": DrawFromField,
    "until: stopping by precision": UntilField,
}
"""The parts by the title of their section in the reference."""
