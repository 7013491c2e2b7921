"""Values of a network file for one kind of person: numbers, names of parameters, and expressions."""

from __future__ import annotations

import itertools
import math
from collections.abc import Iterable, Mapping
from typing import TypeVar

from sim.care.problems import Complaints
from sim.care.schema import By, Complement, Product, Value

Kind = Mapping[str, str]
T = TypeVar("T")


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
            return self._finite(float(value), key)
        if isinstance(value, str):
            return self._named(value, key, kind)
        if isinstance(value, By):
            return self._by(value, key, kind)
        if isinstance(value, Complement):
            return 1.0 - self.number(value.complement, key, kind)
        if isinstance(value, Product):
            return math.prod(self.number(item, key, kind) for item in value.product)
        return math.fsum(self.number(item, key, kind) for item in value.sum)

    def _finite(self, value: float, key: str) -> float:
        """The number itself, unless it is infinite or none."""
        if not math.isfinite(value):
            self.complain(key, value, "a finite number")
            return math.nan
        return value

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

    def complain(self, key: str, found: object, allowed: str, names: Iterable[str] = ()) -> None:
        """Note a problem once, however many kinds of people meet it."""
        if (key, str(found)) not in self._said:
            self._said.add((key, str(found)))
            self._complaints.add(key, found, allowed, list(names))
