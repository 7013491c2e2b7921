"""The network file's schema (pydantic models); `docs/explanation/care_network.md` explains each key.

A *value* is a number, the name of a scalar in the parameter tables or of one of the file's `definitions`, or
an expression that may differ by kind of person: `{by: age_band, values: {"0-4": 1, ...}, default: 2}`,
`{product: [...]}`, `{sum: [...]}` or `{complement: value}` (one minus it).
"""

from __future__ import annotations

import datetime
from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field

Weekday = Literal["mon", "tue", "wed", "thu", "fri", "sat", "sun"]
WEEKDAYS: tuple[Weekday, ...] = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
TimeUnit = Literal["minute", "hour", "day"]
MINUTES_PER = {"minute": 1.0, "hour": 60.0, "day": 1440.0, "week": 10080.0, "year": 525_960.0}


class Strict(BaseModel):
    """Unknown keys are refused, values are never changed after loading."""

    model_config = ConfigDict(extra="forbid", frozen=True, populate_by_name=True)


class By(Strict):
    """One value for each level of an attribute of the kinds of people.

    Either `values` by level, or `names`: the name of a parameter in which `{level}` stands for the level,
    written as in parameter names (`85+` is `85_plus`, `75-84` is `75_84`).
    """

    by: str
    values: dict[str | int, Value] | None = None
    names: str | None = None
    default: Value | None = None


class Product(Strict):
    """Several values multiplied."""

    product: list[Value]


class Sum(Strict):
    """Several values added."""

    sum: list[Value]


class Complement(Strict):
    """One minus a value."""

    complement: Value


Value = float | str | By | Product | Sum | Complement


class Distribution(Strict):
    """A distribution by the parameters that its users publish; `unit` defaults to the file's time unit."""

    distribution: str
    unit: TimeUnit | None = None
    mean: Value | None = None
    sd: Value | None = None
    median: Value | None = None
    p90: Value | None = None
    mu: Value | None = None
    sigma: Value | None = None
    low: Value | None = None
    mode: Value | None = None
    high: Value | None = None
    shape: Value | None = None
    scale: Value | None = None
    value: Value | None = None
    quantiles: list[tuple[float, float]] | None = None
    minimum: Value | None = None
    maximum: Value | None = None
    of: list[Part] | None = None


class Part(Distribution):
    """One part of a mixture and its share; the shares sum to 1."""

    share: Value


class DistributionBy(Strict):
    """One distribution for each level of an attribute of the kinds of people."""

    by: str
    values: dict[str | int, Distribution]
    default: Distribution | None = None


class CalendarEntry(Strict):
    """Places between two hours of the day, on all days or on the weekdays named."""

    from_: Annotated[float, Field(alias="from", ge=0, lt=24)]
    to: Annotated[float, Field(gt=0, le=24)]
    places: Value
    weekdays: list[Weekday] | None = None


class Session(Strict):
    """A recurring session, such as a weekly clinic: each of its slots takes one person off the queue."""

    from_: Annotated[float, Field(alias="from", ge=0, lt=24)]
    to: Annotated[float, Field(gt=0, le=24)]
    slots: Value
    weekdays: list[Weekday] | None = None


Places = Literal["unlimited"] | float | str | list[CalendarEntry]


class DatedChange(Strict):
    """Another number of places, or calendar, from a date on."""

    date: datetime.date
    places: Places


class Balking(Strict):
    """Who comes from outside and finds at least `queue` waiting does not join, with this probability."""

    queue: float | str
    probability: float | str


class Leaving(Strict):
    """After this time of waiting (of `overflow`: of being blocked on the way here) people go elsewhere."""

    after: Distribution | DistributionBy
    to: str


class Deterioration(Strict):
    """After this time of waiting people become more urgent, or go to another node."""

    after: Distribution | DistributionBy
    priority: float | str | None = None
    to: str | None = None


class Escalation(Strict):
    """Places that open when more people are here or want to come than so many times the places open.

    They open above `open_above` and close, when vacated, at or below `close_below`; both are multiples of the
    places otherwise open.
    """

    places: float | str
    open_above: float | str
    close_below: float | str


class Uses(Strict):
    """Places that one person uses, falling from `initial` to `final` in equal steps over the service."""

    initial: Value
    final: Value = 1.0


class Node(Strict):
    """A place or service with places and a queue."""

    label: str | None = None
    kind_of_care: str | None = None
    site: str | None = None
    stream: str | None = None
    places: Places | None = None
    changes: list[DatedChange] = []
    service: Distribution | DistributionBy | None = None
    external_queue: Literal["unlimited"] | float | str = "unlimited"
    internal_queue: Literal["unlimited"] | float | str = "unlimited"
    divert_to: str | None = None
    holds_upstream: bool = False
    priority: Value | None = None
    balking: list[Balking] = []
    reneging: Leaving | None = None
    deterioration: Deterioration | None = None
    death: Leaving | None = None
    overflow: Leaving | None = None
    escalation: Escalation | None = None
    uses: Uses | None = None


class RateEntry(Strict):
    """A rate between two hours of the day, on all days or on the weekdays named."""

    from_: Annotated[float, Field(alias="from", ge=0, lt=24)]
    to: Annotated[float, Field(gt=0, le=24)]
    rate: Value
    weekdays: list[Weekday] | None = None


class ProfileTable(Strict):
    """Hours and weekdays of a stream in a CSV table beside the file: stream, dimension, level, value."""

    file: str
    stream: str


class Arrivals(Strict):
    """Poisson arrivals from outside; `mix` weighs the kinds of people.

    `priority` may differ by kind; `priority_shares` instead gives the share of each priority, for all kinds.
    """

    rate: Value | None = None
    unit: TimeUnit | Literal["week", "year"] | None = None
    profile: list[RateEntry] | None = None
    profile_table: ProfileTable | None = None
    mix: Value = 1.0
    priority: Value = 0.0
    priority_shares: dict[int, Value] | None = None
    batch: dict[int, Value] | None = None


class Route(Strict):
    """A way on: its probability (or `remainder`), a delay, and whether the place is held meanwhile."""

    probability: Value
    delay: Distribution | DistributionBy | Value | None = None
    holds_place: bool = True


class Initial(Strict):
    """People who are at a node when the clock starts: in service (their time so far is drawn) and waiting."""

    occupied: float | str = 0.0
    waiting: float | str = 0.0


class NetworkFile(Strict):
    """A whole network file, after its templates have been expanded."""

    time_unit: TimeUnit
    start: datetime.date | None = None
    label: str | None = None
    parameter_tables: list[str] = []
    parameters: dict[str, float] = {}
    definitions: dict[str, Value] = {}
    kinds: dict[str, list[str | int]] = {}
    nodes: dict[str, Node]
    initial: dict[str, Initial] = {}
    arrivals: dict[str, Arrivals] = {}
    routes: dict[str, dict[str, Route | Value]]
    exits: list[str]


def json_schema() -> dict[str, Any]:
    """The published JSON Schema of the network file."""
    return NetworkFile.model_json_schema()
