"""Names of a generated pack: those of the pattern, and for each further system the same with its number."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import permutations
from typing import Any


@dataclass(frozen=True, kw_only=True)
class Naming:
    """Which names belong to one system, and what they are called in each."""

    local: Sequence[str]
    """Keys of councils, sites and neighbourhoods of the pattern."""
    councils: Sequence[str]
    """Those of them that are councils."""
    systems: int
    """How many systems there are, 1 or more."""

    @cached_property
    def _pattern(self) -> re.Pattern[str]:
        longest_first = sorted(self.local, key=len, reverse=True)
        return re.compile(r"(?<![a-z0-9])(" + "|".join(map(re.escape, longest_first)) + r")(?![a-z0-9])")

    @property
    def numbers(self) -> range:
        """Numbers of the systems, from 1."""
        return range(1, self.systems + 1)

    def is_local(self, text: object) -> bool:
        """Whether a name contains one that belongs to a system."""
        return isinstance(text, str) and self._pattern.search(text) is not None

    def count(self, text: str) -> int:
        """Return how many local names a name contains."""
        return len(self._pattern.findall(text))

    def of(self, text: str, system: int) -> str:
        """Return a name as a system has it; the first keeps the names of the pattern.

        >>> Naming(local=["poole"], councils=[], systems=2).of("p2_beds_poole", 2)
        'p2_beds_poole_2'
        """
        return text if system == 1 else self._pattern.sub(rf"\1_{system}", text)

    def across(self, text: str) -> list[str]:
        """Return a name that has two local names, with these of two different systems."""
        found = list(self._pattern.finditer(text))
        if len(found) != 2:
            return []
        (a, b), (c, d) = (one.span() for one in found)
        names = []
        for first, second in permutations(self.numbers, 2):
            parts = text[:a], self.of(text[a:b], first), text[b:c], self.of(text[c:d], second), text[d:]
            names.append("".join(parts))
        return names

    def deep(self, value: Any, system: int) -> Any:
        """Return a value of a network file with every name in it as a system has it."""
        if isinstance(value, str):
            return self.of(value, system)
        if isinstance(value, list):
            return [self.deep(item, system) for item in value]
        if not isinstance(value, dict):
            return value
        made = {
            self.of(key, system) if isinstance(key, str) else key: self.deep(item, system)
            for key, item in value.items()
        }
        if value.get("by") == "council" and value.get("default", 0) != 0:
            made["values"] = self._nobody_else(system) | made["values"]
        return made

    def _nobody_else(self, system: int) -> dict[str, int]:
        """Return no share for people of other systems; people from elsewhere are with the first."""
        others = {
            self.of(council, number): 0
            for number in self.numbers
            for council in self.councils
            if number != system
        }
        return others | ({"outside": 0} if system > 1 else {})
