"""Values of a network file for one kind of person: numbers, names of parameters, and expressions."""

from __future__ import annotations

import itertools
import math
from collections.abc import Iterable, Mapping
from typing import TypeVar

from sim.care.problems import Complaints
from sim.care.schema import WEEKDAYS, By, Complement, Product, Value
from sim.kernels.flow_layout import PRIORITIES

Kind = Mapping[str, str]
TIME_ATTRIBUTES = ("hour", "weekday")
"""What routes may depend on besides attributes of kinds: `{by: hour, values: {"8-22": 0.3}, default: 0}`."""
T = TypeVar("T")
_TIME_EXAMPLES = {"hour": '9, "8-22" or "22-8"', "weekday": 'mon or "sat-sun"'}


def list_kinds(attributes: Mapping[str, list[str | int]]) -> list[dict[str, str]]:
    """Every combination of levels, the last attribute running fastest; one nameless kind when none is given.

    >>> list_kinds({"council": ["north", "south"], "age_band": ["0-64", "65+"]})[1]
    {'council': 'north', 'age_band': '65+'}
    """
    names = list(attributes)
    levels = [[str(level) for level in attributes[name]] for name in names]
    return [dict(zip(names, chosen, strict=True)) for chosen in itertools.product(*levels)]


def level_name(level: str) -> str:
    """A level as it is written in names of parameters.

    >>> level_name("85+"), level_name("75-84")
    ('85_plus', '75_84')
    """
    return level.replace("+", "_plus").replace("-", "_").lower()


def time_matches(by: str, key: str, now: str) -> bool:
    """Whether an hour (0 to 23) or a weekday (0 Monday to 6) lies in a key such as `8-22`, `22-8`, `sat-sun`.

    Of hours the last is not included, as in calendars; of weekdays it is.

    >>> time_matches("hour", "22-8", "23"), time_matches("hour", "8-22", "22")
    (True, False)
    >>> time_matches("weekday", "sat-mon", "0")
    True

    Raises:
        ValueError: The key is no hour, weekday or span of them.
    """
    parts = key.split("-")
    if len(parts) > 2:
        raise ValueError(key)
    numbers = [int(part) if by == "hour" else WEEKDAYS.index(part) for part in parts]
    if by == "hour" and not all(0 <= number <= 24 for number in numbers):
        raise ValueError(key)
    first, last = numbers[0], numbers[-1]
    if by == "weekday" or len(parts) == 1:
        last += 1
    at, length = int(now), 24 if by == "hour" else 7
    return (at - first) % length < ((last - first - 1) % length) + 1


class Values:
    """Evaluates values; problems are noted once each and evaluate to NaN."""

    def __init__(
        self,
        parameters: Mapping[str, float],
        attributes: Mapping[str, list[str | int]],
        complaints: Complaints,
        definitions: Mapping[str, Value] | None = None,
    ) -> None:
        self._parameters = parameters
        self._definitions = definitions or {}
        self._inside: list[str] = []  # definitions being evaluated, to notice one that contains itself
        self._attributes = {name: [str(level) for level in levels] for name, levels in attributes.items()}
        self._complaints = complaints
        self._said: set[tuple[str, str]] = set()

    def number(self, value: Value, key: str, kind: Kind) -> float:
        """The value for one kind of person.

        Args:
            value: Number, name or expression.
            key: Where in the file it stands, for messages.
            kind: Levels of the kind's attributes.

        Returns:
            A float; NaN when it has no value, after a complaint.
        """
        if isinstance(value, int | float):
            return float(value)
        if isinstance(value, str):
            return self._named(value, key, kind)
        if isinstance(value, By):
            return self._by(value, key, kind)
        if isinstance(value, Complement):
            return 1.0 - self.number(value.complement, key, kind)
        if isinstance(value, Product):
            return math.prod(self.number(item, key, kind) for item in value.product)
        return math.fsum(self.number(item, key, kind) for item in value.sum)

    def _named(self, name: str, key: str, kind: Kind) -> float:
        """The value of a definition or a parameter."""
        if name in self._inside:
            self.complain(f"definitions.{name}", name, "a definition that does not contain itself")
            return math.nan
        if name in self._definitions:
            self._inside.append(name)
            found = self.number(self._definitions[name], f"definitions.{name}", kind)
            self._inside.pop()
            return found
        if name not in self._parameters:
            names = [*self._definitions, *self._parameters]
            self.complain(key, name, "a number or the name of a parameter or definition", names)
        return self._parameters.get(name, math.nan)

    def _by(self, value: By, key: str, kind: Kind) -> float:
        """The value for the kind's level, from the values given or by the pattern of names."""
        if (value.values is None) == (value.names is None):
            self.complain(key, f"by {value.by}", "either values or names")
            return math.nan
        if value.names is not None:
            levels = self._attributes.get(value.by, [])
            values = {level: value.names.replace("{level}", level_name(level)) for level in levels}
            chosen: Value | None = self.choose(value.by, values, None, key, kind)
        else:
            by_level = {str(k): v for k, v in (value.values or {}).items()}
            chosen = self.choose(value.by, by_level, value.default, key, kind)
        return math.nan if chosen is None else self.number(chosen, key, kind)

    def choose(self, by: str, values: Mapping[str, T], default: T | None, key: str, kind: Kind) -> T | None:
        """The entry for the kind's level of attribute `by`, or None after a complaint."""
        if by in TIME_ATTRIBUTES and by not in self._attributes:
            return self._timed(by, values, default, key, kind)
        if by not in self._attributes:
            self.complain(f"{key}.by", by, "an attribute of kinds", self._attributes)
            return None
        for level in values:
            if level not in self._attributes[by]:
                self.complain(f"{key}.values", level, f"a level of {by}", self._attributes[by])
        found = values.get(kind[by], default)
        if found is None:
            self.complain(
                f"{key}.values", f"nothing for {by} {kind[by]}", "a value for each level, or a default"
            )
        return found

    def _timed(self, by: str, values: Mapping[str, T], default: T | None, key: str, kind: Kind) -> T | None:
        """The entry for the hour or weekday at hand; only routes have one."""
        try:
            chosen = [v for level, v in values.items() if time_matches(by, level, kind.get(by, "0"))]
        except ValueError as error:
            self.complain(f"{key}.values", str(error), f"{by}s such as {_TIME_EXAMPLES[by]}")
            return None
        if by not in kind:
            self.complain(f"{key}.by", by, "an attribute of kinds; only probabilities of routes go by time")
            return None
        found = chosen[0] if chosen else default
        if found is None:
            self.complain(
                f"{key}.values", f"nothing for {by} {kind[by]}", "a value for each time, or a default"
            )
        return found

    def whole(self, value: object, key: str, kind: Kind) -> int:
        """A number of places or people: whole and not negative; 0 after a complaint."""
        number = self.number(value, key, kind)  # type: ignore[arg-type]
        if math.isnan(number):
            return 0
        if number < 0 or number != round(number):
            self.complain(key, number, "a whole number, 0 or more, or unlimited")
            return 0
        return round(number)

    def priority(self, value: Value, key: str, kind: Kind) -> int:
        """A priority: whole, 0 (first) to 7; 0 after a complaint."""
        number = self.number(value, key, kind)
        if math.isnan(number):
            return 0
        if number != round(number) or not 0 <= number < PRIORITIES:
            self.complain(key, number, f"a whole number from 0 (first) to {PRIORITIES - 1}")
            return 0
        return round(number)

    def complain(self, key: str, found: object, allowed: str, names: Iterable[str] = ()) -> None:
        """Note a problem once, however many kinds of people meet it."""
        if (key, str(found)) not in self._said:
            self._said.add((key, str(found)))
            self._complaints.add(key, found, allowed, list(names))
