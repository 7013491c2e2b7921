"""What a variant changes of its file, in lines: for `leftshift scenario show NAME@VARIANT`."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import fields, is_dataclass
from typing import Any

from sim.interventions.specification import Estimate, ScenarioSpecification

WORDS = {"label", "note"}
MOST_TOLD = 6


def differences(usual: ScenarioSpecification, variant: ScenarioSpecification) -> list[str]:
    """Return a line for every intervention that a variant changes, adds or leaves out.

    Args:
        usual: The file without a variant.
        variant: The same with it.
    """
    before = {one.key: one for one in usual.interventions}
    after = {one.key: one for one in variant.interventions}
    found = []
    for key, one in after.items():
        if key not in before:
            found.append(f"{key}: added")
        elif told := list(_changes("", before[key], one)):
            more = f" and {len(told) - MOST_TOLD} more" if len(told) > MOST_TOLD else ""
            found.append(f"{key}: {'; '.join(told[:MOST_TOLD])}{more}")
    return found + [f"{key}: left out" for key in before if key not in after]


def _changes(path: str, old: Any, new: Any) -> Iterator[str]:
    """Yield what differs below one part of an intervention: where, its value here, and that of the file."""
    if old == new:
        return
    if isinstance(old, Estimate) and isinstance(new, Estimate):
        if (old.value, old.low, old.high) != (new.value, new.low, new.high):
            yield f"{path} {_estimate(new)}, in the file {_estimate(old)}"
    elif is_dataclass(old) and type(old) is type(new):
        for one in fields(old):
            if one.name not in WORDS:
                inner = f"{path}.{one.name}" if path else one.name
                yield from _changes(inner, getattr(old, one.name), getattr(new, one.name))
    elif isinstance(old, tuple) and isinstance(new, tuple) and len(old) == len(new) and _of_parts(old):
        for place, (first, second) in enumerate(zip(old, new, strict=True)):
            yield from _changes(f"{path}.{place}", first, second)
    else:
        yield f"{path} {_said(new)}, in the file {_said(old)}"


def _of_parts(value: tuple[Any, ...]) -> bool:
    return all(is_dataclass(one) for one in value)


def _estimate(one: Estimate) -> str:
    interval = f" ({one.low:g} to {one.high:g})" if one.low != one.high else ""
    return f"{one.value:g}{interval}"


def _said(value: Any) -> str:
    """Return a value in a few words; of parts how many there are."""
    if value is None or value in ((), ""):
        return "none"
    if isinstance(value, Estimate):
        return _estimate(value)
    if isinstance(value, tuple):
        return f"{len(value)} of them" if _of_parts(value) else ", ".join(map(str, value))
    return "another" if is_dataclass(value) else str(value)


__all__ = ["differences"]
