"""Parameter draws: every uncertain number of a scenario taken from its distribution.

Draw 0 is the central figures. Draw k > 0 takes each number at a quantile that is a pure function of where the
number comes from (its row of evidence, or its place in a scenario), k and the seed: never of the replicate,
so that replicates of a draw differ by chance alone, and the same row has the same quantile in every scenario.
A number that follows from another (`drawn_with`: the cost of places from the places) has that one's quantile.
"""

from __future__ import annotations

import csv
import hashlib
import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass, fields, is_dataclass, replace
from functools import cache
from pathlib import Path
from statistics import NormalDist
from typing import Any

from scenarios.evidence import ANY_CARE, default_shares
from sim.interventions.specification import Distribution, Estimate, ScenarioSpecification

TABLE = Path(__file__).resolve().parent / "intervals.csv"
RATIO_WORDS = ("ratio", "rr", "or", "hr", "irr")
_NORMAL = NormalDist()
_BITS = 53
MIDDLE = 0.5


@dataclass(frozen=True, kw_only=True)
class Cover:
    """What the ends of an interval are: quantiles, and whether draws stay between them."""

    lower: float
    upper: float
    cut: bool


@cache
def covers() -> dict[str, Cover]:
    """Return the rows of intervals.csv: what the ends of each kind of interval stand for."""
    with TABLE.open(encoding="utf-8", newline="") as file:
        return {
            row["interval"]: Cover(
                lower=float(row["lower_quantile"]),
                upper=float(row["upper_quantile"]),
                cut=row["cut"] == "yes",
            )
            for row in csv.DictReader(file)
        }


def drawn(specification: ScenarioSpecification, draw: int, seed: int) -> ScenarioSpecification:
    """Return a scenario with every uncertain number at its value in a draw.

    Args:
        specification: The scenario.
        draw: 0 for the central figures; k > 0 for the k-th draw.
        seed: Seed of the study: another one gives other draws.

    Returns:
        The scenario; in a draw each number is certain (its interval is itself).
    """
    if draw == 0:
        return specification
    origins = {key: (scenario, own) for key, scenario, own in specification.origins}

    made = []
    for item in specification.interventions:
        scenario, own = origins.get(item.key, (specification.name, item.key))
        held = _within_item(item)

        def value(
            path: str, estimate: Estimate, root: str = f"{scenario}/{own}", held: Held = held
        ) -> Estimate:
            return _at(estimate, _quantile_of(root, path, estimate, held, draw, seed))

        made.append(_replaced(item, "", value))

    def limit(path: str, estimate: Estimate) -> Estimate:
        return _at(estimate, uniform(_name(path, estimate), draw, seed))

    limits = _replaced(specification.limits, f"{specification.name}/limits", limit)
    return replace(specification, interventions=tuple(made), limits=limits)


def without_intervals(specification: ScenarioSpecification) -> ScenarioSpecification:
    """Return a scenario whose every number is certain, at its central figure, in every draw."""

    def value(path: str, estimate: Estimate) -> Estimate:
        return _at(estimate, MIDDLE, estimate.value)

    made = tuple(_replaced(item, item.key, value) for item in specification.interventions)
    return replace(specification, interventions=made, limits=_replaced(specification.limits, "limits", value))


def estimates(specification: ScenarioSpecification) -> dict[str, Estimate]:
    """Return every number of a scenario by its place, such as 'home_first/brokerage/share'."""
    found: dict[str, Estimate] = {}

    def note(path: str, estimate: Estimate) -> Estimate:
        found[path] = estimate
        return estimate

    for item in specification.interventions:
        _replaced(item, f"{specification.name}/{item.key}", note)
    _replaced(specification.limits, f"{specification.name}/limits", note)
    return found


def figures(specification: ScenarioSpecification, draws: Sequence[int], seed: int) -> list[dict[str, Any]]:
    """Return the uncertain figures of a scenario and their values in draws, for the manifest.

    A figure is what keys its draws: a row of evidence that is used in several places is one figure, with the
    value of its first place.

    Args:
        specification: The scenario.
        draws: Numbers of the draws; 0, the central figures, is left out.
        seed: Seed of the study.

    Returns:
        For each, in the order of the scenario: name, where (its places), value, low, high, unit, grade,
        source, drawn (its value by the draw's number).
    """
    found: dict[str, dict[str, Any]] = {}
    # What is drawn with another number is not a figure of its own: it comes after, at that one's places.
    for path, name, estimate in sorted(_placed(specification), key=lambda one: bool(one[2].drawn_with)):
        if _distribution(estimate) == "point":
            continue
        if name in found:
            found[name]["where"].append(path)
            continue
        drawn_at = {str(draw): quantile(estimate, uniform(name, draw, seed)) for draw in draws if draw > 0}
        shown = {key: getattr(estimate, key) for key in ("value", "low", "high", "unit", "grade", "source")}
        found[name] = {"name": name, "where": [path], **shown, "drawn": drawn_at}
    return list(found.values())


def _placed(specification: ScenarioSpecification) -> list[tuple[str, str, Estimate]]:
    """Return every number with its place, and with what keys its draws."""
    origins = {key: (scenario, own) for key, scenario, own in specification.origins}
    found: list[tuple[str, str, Estimate]] = []
    for item in specification.interventions:
        scenario, own = origins.get(item.key, (specification.name, item.key))
        before, keyed, held = f"{specification.name}/{item.key}", f"{scenario}/{own}", _within_item(item)
        for path, estimate in held.items():
            found.append((before + path, _key(keyed, path, estimate, held), estimate))

    def limit(path: str, estimate: Estimate) -> Estimate:
        found.append((path, _name(path, estimate), estimate))
        return estimate

    _replaced(specification.limits, f"{specification.name}/limits", limit)
    return found


Held = dict[str, Estimate]


def _within_item(item: Any) -> Held:
    """Return the numbers of an intervention by their places in it, such as '/costs/0/amount'."""
    held: Held = {}

    def note(path: str, estimate: Estimate) -> Estimate:
        held[path] = estimate
        return estimate

    _replaced(item, "", note)
    return held


def _key(root: str, path: str, estimate: Estimate, held: Held) -> str:
    """Return what keys a number's draws: of one that is drawn with another, what keys that one's."""
    if not estimate.drawn_with:
        return _name(root + path, estimate)
    other = "/" + estimate.drawn_with.removeprefix("-").replace(".", "/")
    return _name(root + other, held[other])


def _quantile_of(root: str, path: str, estimate: Estimate, held: Held, draw: int, seed: int) -> float:
    """Return the quantile of a number of an intervention in a draw, strictly between 0 and 1."""
    u = uniform(_key(root, path, estimate, held), draw, seed)
    return 1.0 - u if estimate.drawn_with.startswith("-") else u


def is_uncertain(specification: ScenarioSpecification) -> bool:
    """Tell whether draws of a scenario differ: some number of it has an interval."""
    return any(_distribution(one) != "point" for one in estimates(specification).values())


def _replaced(value: Any, path: str, change: Callable[[str, Estimate], Estimate]) -> Any:
    """Return a value with each estimate in it changed; paths are those of its fields."""
    if isinstance(value, Estimate):
        return change(path, value)
    if isinstance(value, tuple):
        made = tuple(_replaced(one, f"{path}/{number}", change) for number, one in enumerate(value))
        return made if any(new is not old for new, old in zip(made, value, strict=True)) else value
    if is_dataclass(value) and not isinstance(value, type):
        old = {field.name: getattr(value, field.name) for field in fields(value)}
        new = {name: _replaced(one, f"{path}/{name}", change) for name, one in old.items()}
        changed = {name: one for name, one in new.items() if one is not old[name]}
        return replace(value, **changed) if changed else value
    return value


def _name(path: str, estimate: Estimate) -> str:
    """Return what keys a number's draws: its evidence, the default that it is, or its place."""
    if estimate.evidence_id:
        return f"evidence/{estimate.evidence_id}"
    field = path.rpartition("/")[2]
    for row in default_shares():
        if (row["name"], row["source"]) == (field, estimate.source):
            return f"default_shares/{field}" + ("" if row["kind"] == ANY_CARE else f"/{row['kind']}")
    return path


def uniform(name: str, draw: int, seed: int) -> float:
    """Return the quantile of a number in a draw, strictly between 0 and 1."""
    digest = hashlib.blake2b(f"{name}|{draw}|{seed}".encode(), digest_size=8).digest()
    return ((int.from_bytes(digest, "big") >> (64 - _BITS)) + MIDDLE) / 2**_BITS


def _at(estimate: Estimate, u: float, value: float | None = None) -> Estimate:
    """Return an estimate fixed at its quantile, or at a value."""
    if _distribution(estimate) == "point":
        return estimate
    value = quantile(estimate, u) if value is None else value
    return replace(estimate, value=value, low=value, high=value, interval="none", distribution="point")


def _distribution(estimate: Estimate) -> Distribution:
    """Return what a number is drawn from: as stated, or as its kind and interval give.

    Ratios are lognormal, shares beta, other numbers normal. A figure at an end of its own interval, or a
    share whose interval reaches 0 or 1, is triangular: no curve has its middle there.
    """
    if estimate.interval == "none" or estimate.low == estimate.high:
        return "point"
    if estimate.distribution is not None:
        return estimate.distribution
    if estimate.value in {estimate.low, estimate.high}:
        return "triangular"
    if estimate.kind == "share":
        return "beta" if 0.0 < estimate.low and estimate.high < 1.0 else "triangular"
    ratio = estimate.kind == "ratio" or estimate.unit.lower().split(" ")[0] in RATIO_WORDS
    return "lognormal" if ratio and estimate.low > 0.0 else "normal"


def quantile(estimate: Estimate, u: float) -> float:
    """Return a number at a quantile of its distribution, u from 0 to 1.

    Normal and lognormal have their median at the central figure and their ends at the quantiles that the
    interval states, each side by its own width (a two-piece normal, on the log scale for ratios). A beta has
    the figure as its mean and a standard deviation from the interval's width. Ranges that somebody judged
    are cut at their ends.
    """
    name = _distribution(estimate)
    if name == "point":
        return estimate.value
    cover = covers()[estimate.interval]
    if name == "triangular":
        return _within(estimate, _triangular(estimate.low, estimate.value, estimate.high, u))
    if name == "uniform":
        inside = cover.upper - cover.lower if not cover.cut else 1.0
        lower = cover.lower if not cover.cut else 0.0
        return _within(estimate, estimate.low + (estimate.high - estimate.low) * (u - lower) / inside)
    if name == "beta":
        return _within(estimate, _beta(estimate, cover, u))
    if cover.cut:
        u = cover.lower + (cover.upper - cover.lower) * u
    if name == "lognormal":
        logs = [math.log(number) for number in (estimate.low, estimate.value, estimate.high)]
        return _within(estimate, math.exp(_two_piece(logs, cover, u)))
    return _within(estimate, _two_piece([estimate.low, estimate.value, estimate.high], cover, u))


def _two_piece(numbers: list[float], cover: Cover, u: float) -> float:
    """Return a quantile of the two-piece normal with these lower end, median and upper end."""
    low, middle, high = numbers
    z = _NORMAL.inv_cdf(u)
    if z < 0.0:
        return middle + (middle - low) * z / -_NORMAL.inv_cdf(cover.lower)
    return middle + (high - middle) * z / _NORMAL.inv_cdf(cover.upper)


def _triangular(low: float, mode: float, high: float, u: float) -> float:
    """Return a quantile of the triangular distribution."""
    width = high - low
    if u * width < mode - low:
        return low + math.sqrt(u * width * (mode - low))
    return high - math.sqrt((1.0 - u) * width * (high - mode))


def _beta(estimate: Estimate, cover: Cover, u: float) -> float:
    """Return a quantile of the beta distribution with the figure as its mean, by the method of moments."""
    from scipy.special import betainc, betaincinv

    mean = estimate.value
    ends = _NORMAL.inv_cdf(cover.upper) - _NORMAL.inv_cdf(cover.lower)
    variance = ((estimate.high - estimate.low) / ends) ** 2
    size = mean * (1.0 - mean) / variance - 1.0
    if size <= 0.0:
        return _triangular(estimate.low, mean, estimate.high, u)
    a, b = mean * size, (1.0 - mean) * size
    if cover.cut:
        first, last = betainc(a, b, estimate.low), betainc(a, b, estimate.high)
        u = first + (last - first) * u
    return float(betaincinv(a, b, u))


def _within(estimate: Estimate, value: float) -> float:
    """Return a value that the number's kind can hold."""
    if estimate.kind == "share":
        return min(1.0, max(0.0, value))
    return max(0.0, value) if estimate.kind in {"count", "ratio"} else value
