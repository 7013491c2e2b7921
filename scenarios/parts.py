"""A scenario taken to parts: the scenarios that a combination is of, or the interventions of one.

Any subset of the parts is a scenario of its own, with the whole's keys, so that every subset lives under the
same random draws and draws the same parameters as the whole.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass, replace
from typing import Literal

from scenarios.scenario import Scenario, parts_of
from sim.interventions.specification import BASELINE, Intervention, ScenarioSpecification
from sim.parameters.errors import InputError

Kind = Literal["interventions", "scenarios"]


@dataclass(frozen=True, kw_only=True)
class Whole:
    """A scenario and its parts.

    Attributes:
        scenario: The whole.
        parts: For each part's name, the keys of its interventions; one that two scenarios have from a common
            parent belongs to both, and is there when either is.
        messages: What must be known of how it was put together.
    """

    scenario: ScenarioSpecification
    parts: dict[str, frozenset[str]]
    messages: tuple[str, ...] = ()

    @property
    def names(self) -> tuple[str, ...]:
        """Return the parts' names, in their order."""
        return tuple(self.parts)

    def subset(self, names: Collection[str]) -> ScenarioSpecification:
        """Return the scenario of some of the parts; of none of them, the baseline; of all, the whole."""
        unknown = set(names) - set(self.parts)
        if unknown:
            raise ValueError(f"no such parts: {', '.join(sorted(unknown))}")
        if not names:
            return BASELINE
        keys = frozenset().union(*(self.parts[name] for name in names))
        kept = tuple(one for one in self.scenario.interventions if one.key in keys)
        if len(kept) == len(self.scenario.interventions):
            return self.scenario
        # A limit is kept even where it holds back nothing: its draws are keyed by its place.
        limits = tuple(
            replace(one, interventions=tuple(key for key in one.interventions if key in keys))
            for one in self.scenario.limits
        )
        told = ", ".join(name for name in self.parts if name in names)
        return replace(
            self.scenario, interventions=kept, limits=limits, label=f"{self.scenario.label}: {told} only",
            text=f"# Only the interventions {', '.join(one.key for one in kept)} of:\n{self.scenario.text}",
        )  # fmt: skip

    def together(self, groups: Collection[Collection[str]]) -> Whole:
        """Return the whole with the parts of each group made one, named as joined with '&'.

        Raises:
            InputError: When a group names what is no part, one part twice, or leaves only one part.
        """
        named = [name for group in groups for name in group]
        for name in named:
            if name not in self.parts or named.count(name) > 1:
                raise InputError(
                    file="command line", key="--together", found=name,
                    allowed=f"parts, each in one group: {', '.join(self.parts)}", names=self.names,
                )  # fmt: skip
        parts: dict[str, frozenset[str]] = {}
        for name, keys in self.parts.items():
            group = next((group for group in groups if name in group), [name])
            joined = "&".join(one for one in self.parts if one in group)
            parts[joined] = parts.get(joined, frozenset()) | keys
        if len(parts) < 2:
            raise InputError(
                file="command line",
                key="--together",
                found=", ".join(named),
                allowed="two parts or more left",
            )
        return replace(self, parts=parts)


JOINED = "scenarios joined with '+'"


def whole(name: str, area: str, kind: Kind | None = None, given_as: str = JOINED) -> Whole:
    """Return a scenario with its parts.

    Args:
        name: A scenario, or several joined with '+'.
        area: The area pack that names are checked against.
        kind: Whether parts are the scenarios joined or the interventions; None for scenarios where there are
            several, interventions otherwise.
        given_as: What the command asks for, for the refusal of a single one.

    Raises:
        InputError: When it has problems, or only one part.
    """
    found = Scenario.load(name, area=area)
    scenario = found.to_specification()
    given = parts_of(name)
    chosen = kind or ("scenarios" if len(given) > 1 else "interventions")
    if chosen == "interventions":
        parts = {one.key: frozenset([one.key]) for one in scenario.interventions}
    else:
        parts = _of_scenarios(scenario, given, area)
    if len(parts) < 2:
        what = given_as if chosen == "scenarios" else "interventions"
        raise InputError(
            file="command line",
            key="SCENARIO",
            found=f"{name}, the same twice" if len(given) > 1 else name,
            allowed=f"at least two {what}: one part is all of it",
        )
    return Whole(scenario=scenario, parts=parts, messages=found.messages)


def _of_scenarios(scenario: ScenarioSpecification, given: list[str], area: str) -> dict[str, frozenset[str]]:
    """Return for each scenario of a combination the keys, in the combination, of what it changes."""
    if len(given) < 2:
        return {name: frozenset(one.key for one in scenario.interventions) for name in given}
    origins = {key: (first, own) for key, first, own in scenario.origins}
    parts = {}
    for name in dict.fromkeys(given):
        part = Scenario.load(name, area=area)
        elsewhere = {key: (first, own) for key, first, own in part.origins}
        mine = {elsewhere.get(one.key, (part.document.name, one.key)) for one in part.document.interventions}
        # A programme that two files have is there once, with the origin of the first of them.
        alike = {one.key: _content(one) for one in part.to_specification().interventions}
        parts[name] = frozenset(
            one.key
            for one in scenario.interventions
            if origins.get(one.key, (scenario.name, one.key)) in mine or alike.get(one.key) == _content(one)
        )
    return parts


def _content(one: Intervention) -> Intervention:
    """Return an intervention without its words."""
    return replace(one, label="", note="")
