"""One number or date of a scenario, found by name and set to another value: what `scenario solve` varies."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, fields, is_dataclass, replace
from typing import Any, Literal

import numpy as np

from sim.interventions.specification import Estimate, ScenarioSpecification, month_label, month_number
from sim.parameters.errors import InputError

Steps = Literal["any", "whole", "month"]
LEAST_RATIO = 1e-6
"""The least that a ratio may be, as in scenario files."""


@dataclass(frozen=True, kw_only=True)
class Field:
    """A field of one intervention or limit.

    Attributes:
        scenario: Whose it is.
        path: As it was asked for, such as 'flu.uptake.mean'.
        steps: What values it takes: any number, whole numbers, or months (counted from year 0).
        now: Its value, in those terms.
        unit: What it is a number of.
        bounds: The least and the most that it can be; infinite where there is none.
        interval: In which the scenario says that it lies; None of what is certain.
    """

    scenario: ScenarioSpecification
    path: str
    steps: Steps
    now: float
    unit: str
    bounds: tuple[float, float] = (float("-inf"), float("inf"))
    interval: tuple[float, float] | None = None

    def at(self, value: float) -> ScenarioSpecification:
        """Return the scenario with the field at a value; the number is then certain in every draw.

        Raises:
            InputError: When the scenario cannot hold it.
        """
        key, *rest = self.path.split(".")
        told = f"{self.path} = {self.told(value)}"
        words = {"label": f"{self.scenario.label}, {told}", "text": f"# With {told}:\n{self.scenario.text}"}
        try:
            if not self.bounds[0] <= value <= self.bounds[1]:
                raise ValueError(self.told_bounds())
            if key == "limits":
                limits = _with(self.scenario.limits, rest, self, value)
                return replace(self.scenario, limits=limits, **words)
            changed = _with(self.scenario.interventions, [key, *rest], self, value)
            return replace(self.scenario, interventions=changed, **words)
        except ValueError as error:
            raise InputError(
                file="command line", key="--between", found=self.told(value),
                allowed=f"values that {self.path} can hold ({error})",
            ) from None  # fmt: skip

    def told_bounds(self) -> str:
        """Return the least and the most that it can be, in words; '' where it can be anything."""
        low, high = self.bounds
        if self.bounds == (0.0, 1.0):
            return "a share from 0 to 1"
        ends = [f"{self.told(low)} or more"] if np.isfinite(low) else []
        ends += [f"{self.told(high)} or less"] if np.isfinite(high) else []
        return " and ".join(ends)

    def told(self, value: float) -> str:
        """Return a value as it is written in a scenario."""
        if self.steps == "month":
            return month_label(round(value))
        return f"{value:.0f}" if self.steps == "whole" else f"{value:.6g}"

    def read(self, text: str) -> float:
        """Return a value from what a user wrote.

        Raises:
            InputError: When it is not one.
        """
        allowed = {"any": "a number", "whole": "a whole number", "month": "a month as YYYY-MM"}[self.steps]
        try:
            if self.steps == "month":
                return float(month_number(text))
            number = float(text)
            if not abs(number) < float("inf") or (self.steps == "whole" and number != round(number)):
                raise ValueError
        except ValueError:
            raise InputError(file="command line", key="--between", found=text, allowed=allowed) from None
        return number


def find_field(scenario: ScenarioSpecification, path: str) -> Field:
    """Return the field of a scenario that a path names.

    Args:
        scenario: The scenario.
        path: 'intervention.field', with further fields after it: 'flu.uptake.mean', 'p1.places', 'x.start',
            'x.effects.0.multiplier' (places in a list count from 0), 'limits.budget.per_year'.

    Raises:
        InputError: When nothing is there, or what is there is not a number or month.
    """
    at: Any = {one.key: one for one in scenario.interventions}
    if scenario.limits:
        at = at | {"limits": {one.key: one for one in scenario.limits}}
    above: Any = None
    name = ""
    for name in path.split("."):
        inner = _inner(at)
        if name not in inner:
            raise _no_such(path, name, list(inner))
        above, at = at, inner[name]
    if isinstance(at, Estimate):
        whole = at.kind == "count" and not at.unit.upper().startswith("GBP")
        whole |= name == "places" and getattr(above, "change", "") in {"add", "set"}
        return Field(
            scenario=scenario, path=path, steps="whole" if whole else "any", now=at.value, unit=at.unit,
            bounds=_bounds(at, getattr(above, "change", "") if name in {"places", "amount"} else ""),
            interval=None if at.interval == "none" or at.low == at.high else (at.low, at.high),
        )  # fmt: skip
    if isinstance(at, bool) or at is None or not isinstance(at, int | float | str):
        raise _no_such(
            path, name, list(_inner(at)), "nothing to vary" if at is None else "more than a number"
        )
    if isinstance(at, str):
        if name not in {"start", "end"}:
            raise _no_such(path, at, [], "words")
        return Field(scenario=scenario, path=path, steps="month", now=float(month_number(at)), unit="month")
    steps: Steps = "whole" if isinstance(at, int) else "any"
    return Field(
        scenario=scenario, path=path, steps=steps, now=float(at), unit=name.replace("_", " "),
        bounds=(0.0, 1.0 if name in {"already_delivered", "share"} else float("inf")),
    )  # fmt: skip


def _bounds(at: Estimate, change: str) -> tuple[float, float]:
    """Return the least and the most that a number can be, from its kind and from how it changes things."""
    if at.kind == "share":
        return 0.0, 1.0
    if at.kind == "ratio":
        return LEAST_RATIO, float("inf")
    never_negative = at.kind == "count" or change in {"multiply", "set"}
    return (0.0 if never_negative else float("-inf")), float("inf")


def _inner(at: Any) -> dict[str, Any]:
    """Return what lies below a part of a scenario, by name."""
    if isinstance(at, dict):
        return at
    if isinstance(at, tuple):
        return {str(place): one for place, one in enumerate(at)}
    if is_dataclass(at) and not isinstance(at, type | Estimate):
        hidden = {"key", "label", "note"}
        return {one.name: getattr(at, one.name) for one in fields(at) if one.name not in hidden}
    return {}


def _no_such(path: str, name: str, names: Sequence[str], found: str = "") -> InputError:
    """Return the refusal of a path."""
    allowed = "INTERVENTION.FIELD of a number or month"
    if names:
        allowed += f"; at '{name}' one of {', '.join(names)}"
    told = f"{path} ({found})" if found else path
    error = InputError(file="command line", key="--vary", found=told, allowed=allowed)
    from sim.parameters.errors import nearest_name

    error.nearest = nearest_name(name, names)
    return error


def _with(at: Any, path: Sequence[str], field: Field, value: float) -> Any:
    """Return a part of a scenario with the field below it at a value; raises ValueError."""
    if not path:
        return _set(at, field, value)
    name, rest = path[0], path[1:]
    if isinstance(at, tuple):
        names = [getattr(one, "key", str(place)) for place, one in enumerate(at)]
        # Lists of effects hold things with keys too, but are counted: their keys may repeat.
        place = int(name) if name.isdigit() else names.index(name)
        return tuple(_with(one, rest, field, value) if n == place else one for n, one in enumerate(at))
    return replace(at, **{name: _with(getattr(at, name), rest, field, value)})


def _set(old: Any, field: Field, value: float) -> Any:
    """Return what stands in the place of an old value."""
    if isinstance(old, Estimate):
        number = float(round(value)) if field.steps == "whole" else float(value)
        return replace(
            old, value=number, low=number, high=number, interval="none", distribution="point",
            source=f"varied; was {old.value:g}: {old.source}",
        )  # fmt: skip
    if field.steps == "month":
        return month_label(round(value))
    return round(value) if isinstance(old, int) else float(value)
