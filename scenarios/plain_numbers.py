"""Numbers in words: shares as per cent, money in pounds, ratios as changes, each with its source."""

from __future__ import annotations

from collections.abc import Callable
from math import isfinite

from scenarios.plain_names import word
from sim.interventions.specification import Estimate

TWICE = 2.0
LARGE, THOUSAND = 10_000, 1000
POUNDS = "GBP"
PENNIES = 2


def figure(value: float) -> str:
    """Return a figure as people write it: no exponents, and thousands apart in large ones."""
    return f"{value:,.0f}" if abs(value) >= LARGE else f"{value:g}"


def percent(value: float) -> str:
    """Return a share in per cent."""
    return f"{100 * value:.3g}%"


def pounds(value: float) -> str:
    """Return money in pounds: whole ones from a thousand, below it to the penny."""
    if not isfinite(value):
        return "not known"
    size = round(abs(value), PENNIES)
    return f"{'-' if value < 0 else ''}£{f'{size:,.0f}' if size >= THOUSAND else f'{size:g}'}"


def change(ratio: float) -> str:
    """Return a ratio as a change: '17% lower', '5% higher', '2.5 times'."""
    if ratio >= TWICE:
        return f"{ratio:g} times"
    if ratio == 1.0:
        return "no change"
    return f"{100 * abs(1 - ratio):.3g}% {'lower' if ratio < 1 else 'higher'}"


def more(ratio: float) -> str:
    """Return a ratio of places as a change of their number: '2% more', '1% fewer'."""
    return change(ratio).replace("lower", "fewer").replace("higher", "more")


def source(estimate: Estimate) -> str:
    """Return where a number comes from, in square brackets."""
    other = estimate.drawn_with
    way = f"; drawn {'against' if other[0] == '-' else 'with'} {other.removeprefix('-')}" if other else ""
    return f"[{estimate.evidence_id or estimate.source}; {word('grade', estimate.grade)}{way}]"


def told(estimate: Estimate, say: Callable[[float], str], unit: str = "") -> str:
    """Return a number with its interval, unit and source.

    Args:
        estimate: The number.
        say: How one figure is said.
        unit: What follows the figures.
    """
    interval = "" if estimate.low == estimate.high else f" ({say(estimate.low)} to {say(estimate.high)})"
    return f"{say(estimate.value)}{interval}{f' {unit}' if unit else ''} {source(estimate)}"


def number(estimate: Estimate) -> str:
    """Return a number as its unit asks for: money in pounds, shares in per cent, others as they are."""
    unit = estimate.unit.strip()
    if unit.upper().startswith(POUNDS):
        return told(estimate, pounds, word("unit", unit[len(POUNDS) :].strip()))
    if estimate.kind == "share" or unit.split(" ")[0] == "share":
        return told(estimate, percent, unit.removeprefix("share").strip())
    return told(estimate, figure, unit)


def effect(estimate: Estimate) -> str:
    """Return a ratio that multiplies a rate, as a change."""
    if estimate.low == estimate.high == 1.0:
        return f"no change {source(estimate)}"
    return told(estimate, change)


__all__ = ["change", "effect", "figure", "more", "number", "percent", "pounds", "source", "told"]
