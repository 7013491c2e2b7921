"""Names that interventions in care may use: needs, pooled services, single nodes, weekdays and hours."""

from __future__ import annotations

import csv
from functools import cache
from typing import Annotated

from pydantic import AfterValidator, Field

from scenarios.fields import _known, _matching, not_allowed
from scenarios.names import PARAMETERS
from sim.interventions.care_specification import AT_ONCE, WEEKDAYS


@cache
def _need_rows() -> tuple[dict[str, str], ...]:
    """Return the rows of need_classes.csv."""
    with (PARAMETERS / "use" / "need_classes.csv").open(encoding="utf-8", newline="") as file:
        return tuple(csv.DictReader(file))


@cache
def pooled_services() -> tuple[str, ...]:
    """Return the classes of need that are met in pooled slots: their keys name the service."""
    return tuple(row["key"] for row in _need_rows() if row["pooled"] == "yes")


@cache
def needs(one_by_one: bool = False) -> tuple[str, ...]:
    """Return every name of a need: keys of the classes, and the use that each answers to.

    Args:
        one_by_one: Only classes whose needs enter the network one by one, as a diversion can take them.
    """
    rows = [row for row in _need_rows() if not one_by_one or row["pooled"] == "no"]
    answers = [name for row in rows for name in row["answers"].split(";")]
    return tuple(dict.fromkeys((*(row["key"] for row in rows), *answers)))


def _in_order(value: tuple[float, float]) -> tuple[float, float]:
    """Refuse hours that are no span within a day."""
    if not 0 <= value[0] < value[1] <= 24:
        raise not_allowed(value, "two hours from 0 to 24, the second after the first")
    return value


NodeName = Annotated[
    str, _known(lambda names: (*names.routes,), "a node of the area's network that sends people on")
]
Destination = Annotated[
    str,
    _known(
        lambda names: (*names.routes, "home"), "a node of the area's network that sends people on, or home"
    ),
]
PlaceNames = Annotated[
    tuple[str, ...],
    _matching(lambda names: (*names.nodes, *pooled_services()), "a node of the network or a pooled service"),
]
Needs = Annotated[tuple[str, ...], _matching(lambda _: needs(), "a class of need")]
DiversionNeeds = Annotated[
    tuple[str, ...],
    _matching(lambda _: (*needs(one_by_one=True), *AT_ONCE), "a need that is met one by one"),
]
Weekday = Annotated[str, _known(lambda _: WEEKDAYS, "a day of the week")]
Hours = Annotated[tuple[float, float], AfterValidator(_in_order), Field(description="From hour, to hour")]
