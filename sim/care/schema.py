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

    model_config = ConfigDict(
        extra="forbid", frozen=True, populate_by_name=True, use_attribute_docstrings=True
    )


class By(Strict):
    """One value for each level of an attribute of the kinds of people.

    Either `values` by level, or `names`: the name of a parameter in which `{level}` stands for the level,
    written as in parameter names (`85+` is `85_plus`, `75-84` is `75_84`).
    """

    by: str
    """An attribute of `kinds`."""
    values: dict[str | int, Value] | None = None
    """The value for each level."""
    names: str | None = None
    """Name of a parameter in which `{level}` stands for the level."""
    default: Value | None = None
    """The value for levels not named."""


class Product(Strict):
    """Several values multiplied."""

    product: list[Value]
    """Values that are multiplied."""


class Sum(Strict):
    """Several values added."""

    sum: list[Value]
    """Values that are added."""


class Complement(Strict):
    """One minus a value."""

    complement: Value
    """The value taken from one."""


Value = float | str | By | Product | Sum | Complement


class Distribution(Strict):
    """A distribution by the parameters that its users publish; `unit` defaults to the file's time unit."""

    distribution: str
    """exponential, lognormal, gamma, weibull, uniform, triangular, deterministic, empirical or mixture."""
    unit: TimeUnit | None = None
    """Unit of the times; the file's `time_unit` when left out."""
    mean: Value | None = None
    """Mean (time)."""
    sd: Value | None = None
    """Standard deviation (time)."""
    median: Value | None = None
    """Median (time)."""
    p90: Value | None = None
    """90th percentile (time)."""
    mu: Value | None = None
    """Mean of the logarithm."""
    sigma: Value | None = None
    """Standard deviation of the logarithm."""
    low: Value | None = None
    """Shortest (time)."""
    mode: Value | None = None
    """Most frequent (time)."""
    high: Value | None = None
    """Longest (time)."""
    shape: Value | None = None
    """Native shape."""
    scale: Value | None = None
    """Native scale (time)."""
    value: Value | None = None
    """The fixed time of a deterministic distribution."""
    quantiles: list[tuple[float, float]] | None = None
    """Pairs of probability and time of an empirical distribution, from 0 to 1."""
    minimum: Value | None = None
    """Times below are not drawn: the distribution is truncated."""
    maximum: Value | None = None
    """Times above are not drawn: the distribution is truncated."""
    of: list[Part] | None = None
    """Parts of a mixture: distributions with a `share` each."""


class Part(Distribution):
    """One part of a mixture and its share; the shares sum to 1."""

    share: Value
    """Share of this part; the shares sum to 1."""


class DistributionBy(Strict):
    """One distribution for each level of an attribute of the kinds of people."""

    by: str
    """An attribute of `kinds`."""
    values: dict[str | int, Distribution]
    """The distribution for each level."""
    default: Distribution | None = None
    """The distribution for levels not named."""


class CalendarEntry(Strict):
    """Places between two hours of the day, on all days or on the weekdays named."""

    from_: Annotated[float, Field(alias="from", ge=0, lt=24)]
    """First hour of the day."""
    to: Annotated[float, Field(gt=0, le=24)]
    """Hour of the day at which it ends."""
    places: Value
    """Places open (whole number)."""
    weekdays: list[Weekday] | None = None
    """Days on which it holds; all when left out."""


class Session(Strict):
    """A recurring session, such as a weekly clinic: each of its slots takes one person off the queue."""

    from_: Annotated[float, Field(alias="from", ge=0, lt=24)]
    """Hour of the day at which it begins."""
    to: Annotated[float, Field(gt=0, le=24)]
    """Hour of the day at which it ends."""
    slots: Value
    """People whom it takes (whole number)."""
    weekdays: list[Weekday] | None = None
    """Days on which it is held; all when left out."""


Places = Literal["unlimited"] | float | str | list[CalendarEntry]


class DatedChange(Strict):
    """Another number of places, or calendar, from a date on."""

    date: datetime.date
    """First day on which it holds (YYYY-MM-DD)."""
    places: Places
    """Places or calendar from then on."""


class Balking(Strict):
    """Who comes from outside and finds at least `queue` waiting does not join, with this probability."""

    queue: float | str
    """People waiting, from so many on."""
    probability: float | str
    """Probability of not joining."""


class Leaving(Strict):
    """After this time of waiting (of `overflow`: of being blocked on the way here) people go elsewhere."""

    after: Distribution | DistributionBy
    """Time until they go."""
    to: str
    """Node or exit to which they go."""


class Deterioration(Strict):
    """After this time of waiting people become more urgent, or go to another node."""

    after: Distribution | DistributionBy
    """Time until it happens."""
    priority: float | str | None = None
    """The priority that they get, 0 (first) to 7."""
    to: str | None = None
    """Node to which they go instead."""


class Escalation(Strict):
    """Places that open when more people are here or want to come than so many times the places open.

    They open above `open_above` and close, when vacated, at or below `close_below`; both are multiples of the
    places otherwise open.
    """

    places: float | str
    """Places that open (whole number)."""
    open_above: float | str
    """They open above this multiple of the places otherwise open."""
    close_below: float | str
    """They close at or below this multiple."""


class Uses(Strict):
    """Places that one person uses, falling from `initial` to `final` in equal steps over the service."""

    initial: Value
    """Places used at first (whole number)."""
    final: Value = 1.0
    """Places used at last (whole number)."""


class Node(Strict):
    """A place or service with places and a queue."""

    label: str | None = None
    """Plain words for people."""
    kind_of_care: str | None = None
    """What it is, for grouping."""
    site: str | None = None
    """Where it is, for grouping."""
    stream: str | None = None
    """Name that keys its random draws; `node/NAME` when left out. Keep it when a node is renamed."""
    places: Places | None = None
    """Beds, cubicles, staff: a whole number, `unlimited`, or a calendar; left out with `slots`."""
    changes: list[DatedChange] = []
    """Other places, or calendars, from dates on."""
    service: Distribution | DistributionBy | None = None
    """How long a place is used before the person can go on (time); left out with `slots`."""
    external_queue: Literal["unlimited"] | float | str = "unlimited"
    """How many from outside may wait (people); who finds it full is turned away or diverted."""
    internal_queue: Literal["unlimited"] | float | str = "unlimited"
    """How many from other nodes may wait (people); when it is full they stay where they are and block."""
    divert_to: str | None = None
    """Node at which people from outside are tried when this one is full."""
    holds_upstream: bool = False
    """Whether people here keep the place that they came from."""
    priority: Value | None = None
    """Priority at this node, 0 (first) to 7; that of arrival when left out."""
    balking: list[Balking] = []
    """Who comes from outside and finds a long queue may leave at once."""
    reneging: Leaving | None = None
    """Who has waited so long leaves the queue."""
    deterioration: Deterioration | None = None
    """Who has waited so long becomes more urgent, or goes elsewhere."""
    death: Leaving | None = None
    """Who has waited so long dies."""
    overflow: Leaving | None = None
    """Who was blocked so long on the way here goes elsewhere."""
    escalation: Escalation | None = None
    """Places that open when the node is over-full."""
    uses: Uses | None = None
    """Places that one person uses, such as home visits that grow fewer."""


class RateEntry(Strict):
    """A rate between two hours of the day, on all days or on the weekdays named."""

    from_: Annotated[float, Field(alias="from", ge=0, lt=24)]
    """First hour of the day."""
    to: Annotated[float, Field(gt=0, le=24)]
    """Hour of the day at which it ends."""
    rate: Value
    """People per unit of time."""
    weekdays: list[Weekday] | None = None
    """Days on which it holds; all when left out."""


class ProfileTable(Strict):
    """Hours and weekdays of a stream in a CSV table beside the file: stream, dimension, level, value."""

    file: str
    """CSV table beside the network file: stream, dimension, level, value."""
    stream: str
    """Rows of the table that are taken."""


class Arrivals(Strict):
    """Poisson arrivals from outside; `mix` weighs the kinds of people.

    `priority` may differ by kind; `priority_shares` instead gives the share of each priority, for all kinds.
    """

    rate: Value | None = None
    """People per unit of time."""
    unit: TimeUnit | Literal["week", "year"] | None = None
    """Unit of the rate; the file's `time_unit` when left out."""
    profile: list[RateEntry] | None = None
    """Rates by hour and weekday, instead of `rate`."""
    profile_table: ProfileTable | None = None
    """Multipliers by hour and weekday from a table, scaled to a mean of one."""
    mix: Value = 1.0
    """Weight of each kind of person."""
    priority: Value = 0.0
    """Priority on arrival, 0 (first) to 7."""
    priority_shares: dict[int, Value] | None = None
    """Share of each priority, instead of `priority`."""
    batch: dict[int, Value] | None = None
    """Share of each size of batch; the rate counts batches."""


class Route(Strict):
    """A way on: its probability (or `remainder`), a delay, and whether the place is held meanwhile."""

    probability: Value
    """Share of those who leave, or `remainder`: what the node's other routes leave."""
    delay: Distribution | DistributionBy | Value | None = None
    """Time on the way; none when left out."""
    holds_place: bool = True
    """Whether the place left is kept during the delay."""


class Initial(Strict):
    """People who are at a node when the clock starts: in service (their time so far is drawn) and waiting."""

    occupied: float | str = 0.0
    """People in service (whole number)."""
    waiting: float | str = 0.0
    """People waiting (whole number)."""


class NetworkFile(Strict):
    """A whole network file, after its templates have been expanded."""

    time_unit: TimeUnit
    """Unit of every time and rate that names none."""
    start: datetime.date | None = None
    """Date of the first instant (YYYY-MM-DD); a Monday when left out."""
    label: str | None = None
    """What the network is, in plain words."""
    parameter_tables: list[str] = []
    """CSV tables (columns name, value) beside the file."""
    parameters: dict[str, float] = {}
    """Numbers by name; a name may stand wherever a number may."""
    definitions: dict[str, Value] = {}
    """Values by name, which may be expressions."""
    kinds: dict[str, list[str | int]] = {}
    """Kinds of people: attributes and their levels; every combination is one kind."""
    nodes: dict[str, Node]
    """The nodes by name."""
    initial: dict[str, Initial] = {}
    """People at the start, by node."""
    arrivals: dict[str, Arrivals] = {}
    """Arrivals from outside, by node."""
    routes: dict[str, dict[str, Route | Value]]
    """Ways on from each node: a probability for each node or exit that follows."""
    exits: list[str]
    """Names of the ways out."""


BEFORE: dict[str, tuple[dict[str, Any], str]] = {
    "include": (
        {"type": "array", "items": {"type": "string"}},
        "Other files beside this one whose sections are joined to this one's.",
    ),
    "for_each": (
        {"type": "object", "additionalProperties": {"type": "array", "items": {"type": "string"}}},
        "Lists by name; every key with `{name}` in it is repeated for each item.",
    ),
}
"""Keys that are gone when the rest is checked: JSON type and meaning."""


def json_schema() -> dict[str, Any]:
    """The published JSON Schema of the network file, with the keys that are read before the rest."""
    schema = NetworkFile.model_json_schema()
    schema["$schema"] = "https://json-schema.org/draft/2020-12/schema"
    schema["title"] = "Leftshift network file"
    for key, (kind, meaning) in BEFORE.items():
        schema["properties"][key] = {**kind, "description": meaning}
    # A file that includes others may leave the sections that they hold to them.
    schema["anyOf"] = [{"required": schema.pop("required")}, {"required": ["include"]}]
    definitions = schema["$defs"]
    definitions["Session"] = Session.model_json_schema()
    definitions["Node"]["properties"]["slots"] = {
        "type": "array",
        "items": {"$ref": "#/$defs/Session"},
        "description": "Recurring sessions instead of places and service.",
    }
    return schema
