"""What must be true: the value of one number or date at which a scenario meets a target.

The mean over units (draws x replicates) of 'measure less what is wanted' is a function of the value; its root
is bracketed by the ends given and found by Brent's method (scipy.optimize.brentq), or for whole numbers and
months by bisection. Common random numbers make the function smooth enough for that: between two values only
those residents differ whom the change reaches. It is taken to cross once between the ends.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field

import numpy as np

from scenarios.experiment import Array, Experiment, Summary, summary, told_with_interval
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
            return f"{self.measure} of {self.target:g} in {when}"
        size = f"{self.percent:+g}%" if self.percent is not None else f"{self.change:+g}"
        return f"{self.measure} {size} against baseline in {when}"


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
        interval: The value with its intervals by the delta method: those of the shortfall at it over the
            slope there. Computing error, and apart from it the spread over draws.
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
        InputError: When the target is not reached between the ends: it tells what they give.
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
    return Solution(
        field=varied, goal=goal, value=value, points=points,
        interval=_delta(points, value, experiment.draws), own_roots=_own_roots(points),
        straight=bool((steps >= 0).all() or (steps <= 0).all()),
    )  # fmt: skip


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


def _delta(points: tuple[Point, ...], value: float, draws: int) -> Summary:
    """Return a root's intervals: the shortfall's at it over the slope between the values tried around it."""
    at = next(point for point in points if point.value == value)
    short = summary(at.short, draws)
    below = [point for point in points if point.short.mean() * points[0].short.mean() > 0]
    left = below[-1] if below else points[0]
    right = next((point for point in points if point.value > left.value), points[-1])
    # The two nearest values differ by little more than chance: a wider chord tells the slope.
    reach = (points[-1].value - points[0].value) / 10
    left = max((p for p in points if p.value <= left.value - reach), key=lambda p: p.value, default=points[0])
    right = min(
        (p for p in points if p.value >= right.value + reach), key=lambda p: p.value, default=points[-1]
    )
    rise = float(right.short.mean() - left.short.mean())
    if rise == 0.0 or right.value == left.value:
        return Summary(mean=value, low=float("nan"), high=float("nan"))
    slope = rise / (right.value - left.value)
    half = (short.high - short.low) / 2 / abs(slope)
    drawn = sorted(value - (end - short.mean) / slope for end in (short.drawn_low, short.drawn_high))
    return Summary(mean=value, low=value - half, high=value + half, drawn_low=drawn[0], drawn_high=drawn[1])


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


def _unreachable(search: Search, low: float, high: float) -> InputError:
    """Return the refusal of a target that the range does not reach."""
    draws = search.experiment.draws
    given = [
        f"{search.varied.told(end)} gives {told_with_interval(summary(search.at(end).level, draws))}"
        f", {told_with_interval(summary(search.at(end).change, draws))} from baseline"
        for end in (low, high)
    ]
    return InputError(
        file="command line", key="--target or --change", found=str(search.goal),
        allowed=f"a target between what the ends of {search.varied.path} give: {'; '.join(given)}",
    )  # fmt: skip
