"""What must be true: the value of one number or date at which a scenario meets a target.

The mean over units (draws x replicates) of 'measure less what is wanted' is a function of the value; its root
is bracketed by the ends given and found by Brent's method (scipy.optimize.brentq), or for whole numbers and
months by bisection. Common random numbers make the function smooth enough for that: between two values only
those residents differ whom the change reaches. It is taken to cross once between the ends.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from math import ceil, floor, log2

import numpy as np

from scenarios.experiment import Array, Experiment, Summary, summary, told_with_interval
from scenarios.plain_names import is_money
from scenarios.plain_numbers import pounds
from scenarios.varying import Field
from sim.interventions.specification import BASELINE
from sim.parameters.errors import InputError

TOLERANCE_SHARE = 0.01
"""How close to the root the search goes, as a share of the range, unless told otherwise."""
MOST_STEPS = 40


@dataclass(frozen=True, kw_only=True)
class Goal:
    """What is wanted of a measure.

    Attributes:
        measure: Its name.
        periods: Years that are added up; one for a measure of one year.
        target: The level wanted; or None.
        change: Wanted difference from baseline, in the measure's unit; or None.
        percent: Wanted difference from baseline in per cent of it; or None.
    """

    measure: str
    periods: tuple[str, ...]
    target: float | None = None
    change: float | None = None
    percent: float | None = None

    def __str__(self) -> str:
        """Return it in words."""
        when = self.periods[0] if len(self.periods) == 1 else f"{self.periods[0]} to {self.periods[-1]}"
        if self.target is not None:
            return f"{self.measure} of {_said(self.measure, self.target)} in {when}"
        size = f"{self.percent:+g}%" if self.percent is not None else None
        size = size or f"{'+' if (self.change or 0.0) >= 0 else ''}{_said(self.measure, self.change or 0.0)}"
        return f"{self.measure} {size} against baseline in {when}"


def _said(measure: str, number: float) -> str:
    """Return a number of a measure as people write it: pounds where it is money."""
    return pounds(number) if is_money(measure) else f"{number:,.6g}"


@dataclass(frozen=True, kw_only=True)
class Point:
    """One value tried.

    Attributes:
        value: Of the field.
        short: Units of 'measure less what is wanted'.
        level: Units of the measure.
        change: Units of its difference from baseline.
    """

    value: float
    short: Array
    level: Array
    change: Array


@dataclass(frozen=True, kw_only=True)
class Solution:
    """The value that meets the target.

    Attributes:
        field: What was varied.
        goal: What was wanted.
        value: The value; of whole numbers and months the first, from the end that misses the target, to
            meet it.
        interval: The value with its intervals: the values at which the shortfall's own interval holds nought,
            read between the values tried, so that no end is one that the field cannot hold. Computing error,
            and apart from it the spread over draws.
        open_ends: Whether the interval by computing error has no lower, no upper end within the range tried,
            which is then told in its place.
        drawn_open_ends: The same of the spread over draws.
        own_roots: Each unit's own root, interpolated between the values tried; NaN where it has none in the
            range.
        points: Every value tried, in order.
        straight: Whether the means rise or fall throughout: if not, there may be other roots.
    """

    field: Field
    goal: Goal
    value: float
    interval: Summary
    own_roots: Array
    points: tuple[Point, ...]
    straight: bool
    open_ends: tuple[bool, bool] = (False, False)
    drawn_open_ends: tuple[bool, bool] = (False, False)


@dataclass(kw_only=True)
class Search:
    """Values tried, each once.

    Attributes:
        varied: What is varied.
        goal: What is wanted.
        experiment: Where it is run.
    """

    varied: Field
    goal: Goal
    experiment: Experiment
    tried: dict[float, Point] = field(default_factory=dict)

    def at(self, value: float) -> Point:
        """Run the scenario with a value and return what it gives."""
        if value not in self.tried:
            level, base = (self._level(one) for one in (self.varied.at(value), BASELINE))
            if self.goal.target is not None:
                wanted = np.full_like(base, self.goal.target)
            elif self.goal.percent is not None:
                wanted = base + np.abs(base) * self.goal.percent / 100.0
            else:
                wanted = base + (self.goal.change or 0.0)
            self.tried[value] = Point(value=value, short=level - wanted, level=level, change=level - base)
        return self.tried[value]

    def _level(self, scenario: object) -> Array:
        """Return a scenario's units of the measure, added up over the goal's years."""
        frame = self.experiment.values(scenario, (self.goal.measure,))  # type: ignore[arg-type]
        held = [period for _, period in frame.index]
        missing = [period for period in self.goal.periods if period not in held]
        if missing:
            raise InputError(
                file="command line", key="--year", found=missing[0],
                allowed=f"for {self.goal.measure} one of {', '.join(held)}",
            )  # fmt: skip
        rows = [(self.goal.measure, period) for period in self.goal.periods]
        total: Array = frame.loc[rows].to_numpy(dtype=float).sum(axis=0)
        return total

    def mean(self, value: float) -> float:
        """Return the mean shortfall at a value."""
        return float(self.at(value).short.mean())


def solve(
    varied: Field,
    low: float,
    high: float,
    goal: Goal,
    experiment: Experiment,
    tolerance: float | None = None,
) -> Solution:
    """Find the value of a field at which a scenario meets a goal.

    Args:
        varied: What is varied.
        low: One end of the range.
        high: The other, above it.
        goal: What is wanted.
        experiment: Where scenarios are run.
        tolerance: How close to the root to go, in the field's unit; by default a hundredth of the range.

    Raises:
        OutOfReach: When the target is not reached between the ends: it tells what they give.
    """
    experiment.run([BASELINE, varied.at(low), varied.at(high)])  # side by side; the search is one by one
    search = Search(varied=varied, goal=goal, experiment=experiment)
    ends = search.mean(low), search.mean(high)
    if not all(np.isfinite(ends)):
        raise InputError(
            file="command line", key="--measure", found=goal.measure, allowed="a measure that the runs record"
        )
    if ends[0] * ends[1] > 0:
        raise _unreachable(search, low, high)
    if varied.steps == "any":
        value = _root(search.mean, low, high, tolerance or TOLERANCE_SHARE * (high - low))
        search.at(value)
    else:
        value = _first_to_meet(search.mean, round(low), round(high), _meets(goal, ends))
    points = tuple(search.tried[one] for one in sorted(search.tried))
    steps = np.sign(np.diff([point.short.mean() for point in points]))
    interval, open_ends, drawn_open_ends = _interval(points, value, varied.steps, experiment.draws)
    return Solution(
        field=varied, goal=goal, value=value, points=points, interval=interval, own_roots=_own_roots(points),
        straight=bool((steps >= 0).all() or (steps <= 0).all()), open_ends=open_ends,
        drawn_open_ends=drawn_open_ends,
    )  # fmt: skip


def most_steps(varied: Field, low: float, high: float, tolerance: float | None = None) -> int:
    """Return about how many values a search tries at most beyond the ends of its range."""
    span = high - low
    if varied.steps != "any":
        return max(0, ceil(log2(max(1.0, span))))
    return min(MOST_STEPS, ceil(log2(span / (tolerance or TOLERANCE_SHARE * span))))


def _root(mean: Callable[[float], float], low: float, high: float, tolerance: float) -> float:
    """Return the root by Brent's method."""
    from scipy.optimize import brentq

    return float(brentq(mean, low, high, xtol=tolerance, maxiter=MOST_STEPS, disp=False))


def _meets(goal: Goal, ends: tuple[float, float]) -> Callable[[float], bool]:
    """Return the test of a shortfall: on the side of nought on which a change as wanted goes further.

    A fall that is wanted is met at or below it, a rise at or above. A level, or no change, is met on the side
    that the higher end of the range is on.
    """
    size = goal.percent if goal.percent is not None else goal.change
    falls = size < 0 if size else ends[1] < ends[0]
    return (lambda short: short <= 0) if falls else (lambda short: short >= 0)


def _first_to_meet(
    mean: Callable[[float], float], low: int, high: int, meets: Callable[[float], bool]
) -> float:
    """Return by bisection the value next to one that misses the target which meets it."""
    low_meets = meets(mean(float(low)))
    if low_meets == meets(mean(float(high))):  # an end is the root itself
        return float(low) if abs(mean(float(low))) < abs(mean(float(high))) else float(high)
    while high - low > 1:
        middle = (low + high) // 2
        if meets(mean(float(middle))) == low_meets:
            low = middle
        else:
            high = middle
    return float(low if low_meets else high)


Ends = tuple[bool, bool]


def _interval(points: tuple[Point, ...], value: float, steps: str, draws: int) -> tuple[Summary, Ends, Ends]:
    """Return a root's intervals, and of each whether it has no end within the values tried.

    An interval holds the values at which the shortfall's interval holds nought (E. C. Fieller, Some problems
    in interval estimation, 1954, for a straight line). The shortfall and its interval's ends are taken as
    straight between the values tried.
    """
    tried = np.array([point.value for point in points])
    short = [summary(point.short, draws) for point in points]
    unknown = float("nan")
    roots = crossings(tried, np.array([one.mean for one in short]))
    root = min(roots, key=lambda one: abs(one - value), default=value)
    computing, drawn = (
        _ends(tried, root, [np.array([getattr(one, name) for one in short]) for name in names])
        for names in (("low", "high"), ("drawn_low", "drawn_high"))
    )
    # Of whole numbers and months the first to meet the target is told: so are the ends.
    whole = (lambda end: end) if steps == "any" else (ceil if value >= root else floor)
    told = [
        (unknown, unknown) if one is None else (float(whole(one[0])), float(whole(one[1])))
        for one in (computing, drawn)
    ]
    found = Summary(
        mean=value, low=told[0][0], high=told[0][1], drawn_low=told[1][0], drawn_high=told[1][1],
        replicates=short[0].replicates,
    )  # fmt: skip
    nowhere = (False, False)
    return found, nowhere if computing is None else computing[2], nowhere if drawn is None else drawn[2]


def _ends(tried: Array, root: float, curves: list[Array]) -> tuple[float, float, Ends] | None:
    """Return the nearest crossings of nought by either curve below and above a root; None without curves."""
    if not all(np.isfinite(curve).all() for curve in curves):
        return None
    found = [one for curve in curves for one in crossings(tried, curve)]
    below, above = [one for one in found if one <= root], [one for one in found if one >= root]
    low = max(below, default=float(tried[0]))
    high = min(above, default=float(tried[-1]))
    return low, high, (not below, not above)


def crossings(values: Array, curve: Array) -> list[float]:
    """Return where the straight lines between points cross nought, or touch it at a point."""
    found = [float(value) for value, height in zip(values, curve, strict=True) if height == 0.0]
    for n in np.flatnonzero(curve[:-1] * curve[1:] < 0.0):
        share = curve[n] / (curve[n] - curve[n + 1])
        found.append(float(values[n] + share * (values[n + 1] - values[n])))
    return sorted(found)


def _own_roots(points: tuple[Point, ...]) -> Array:
    """Return each unit's own root: the first crossing of the straight lines between the values tried."""
    values = np.array([point.value for point in points])
    short = np.stack([point.short for point in points])  # (values, units)
    found = np.full(short.shape[1], np.nan)
    for unit in range(short.shape[1]):
        line = short[:, unit]
        crossing = np.flatnonzero(np.sign(line[:-1]) != np.sign(line[1:]))
        if crossing.size:
            n = crossing[0]
            found[unit] = values[n] - line[n] * (values[n + 1] - values[n]) / (line[n + 1] - line[n])
    return found


class OutOfReach(InputError):
    """A target that no value between the ends meets.

    Attributes:
        points: Values tried, in order.
    """

    points: tuple[Point, ...] = ()


def _unreachable(search: Search, low: float, high: float) -> OutOfReach:
    """Return the refusal of a target out of reach: what the ends give, and what may be done."""
    draws, varied = search.experiment.draws, search.varied
    given = [
        f"{varied.told(end)} gives {told_with_interval(summary(search.at(end).level, draws))}"
        f", {told_with_interval(summary(search.at(end).change, draws))} from baseline"
        for end in (low, high)
    ]
    nearer = min((low, high), key=lambda end: abs(search.mean(end)))
    short = summary(search.at(nearer).short, draws)
    at_bounds = (low <= varied.bounds[0], high >= varied.bounds[1])
    if at_bounds[0 if nearer == low else 1]:
        remedy = f"it can be no {'less' if nearer == low else 'more'}, so this number alone does not reach it"
    else:
        remedy = "a wider --between may reach it"
    found = "which is out of reach"
    if short.low <= 0.0 <= short.high:
        found = f"which neither end meets on average, though at {varied.told(nearer)} chance may hide it"
        remedy = f"whether it is within reach cannot be told from {short.replicates} replicates: give more"
    refused = OutOfReach(
        file="command line", key="--target or --change", found=f"{search.goal}, {found}",
        allowed=f"a target between what the ends of {varied.path} give: {'; '.join(given)}. "
        f"{varied.told(nearer)} comes nearest; {remedy}",
    )  # fmt: skip
    refused.points = tuple(search.tried[one] for one in sorted(search.tried))
    return refused
