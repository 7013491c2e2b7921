"""What is measured at each node of a network run alone, and the intervals over replicates.

To add a measure: one line in `MEASURES`. A measure that needs a total which this kernel does not count is
left
out by itself.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from scipy.special import stdtrit

from sim.kernels.flow import Totals

CONFIDENCE = 0.95
Floats = NDArray[np.float64]


@dataclass(frozen=True, kw_only=True)
class Measured:
    """What one replicate leaves to be measured.

    Attributes:
        totals: Integrals and counts of the measured days, one value per node.
        p95_wait: 95th percentile of the waits, minutes, shape (N,); NaN where nobody was served.
        minutes_per_unit: Minutes in the file's unit of time.
        unlimited: Whether a node's places are unlimited, shape (N,).
    """

    totals: Totals
    p95_wait: Floats
    minutes_per_unit: float
    unlimited: NDArray[np.bool_]

    def count(self, name: str) -> Floats | None:
        """A total by name as numbers, or None where this kernel does not count it."""
        found: Any = getattr(self.totals, name, None)
        return None if found is None else np.asarray(found, dtype=np.float64)

    def ratio(self, over: str, under: str, scale: float = 1.0) -> Floats | None:
        """One total divided by another and by a scale; NaN where the divisor is 0."""
        above, below = self.count(over), self.count(under)
        if above is None or below is None:
            return None
        with np.errstate(invalid="ignore", divide="ignore"):
            return np.asarray(np.where(below > 0.0, above / below, np.nan) / scale)


@dataclass(frozen=True, kw_only=True)
class Measure:
    """One column of `nodes.csv`; `most` is the largest value that it can have."""

    name: str
    unit: str
    meaning: str
    of: Callable[[Measured], Floats | None]
    most: float = np.inf
    only_where_any: bool = False
    """Left out of the table where every node of every replicate has 0."""


def _total(name: str) -> Callable[[Measured], Floats | None]:
    return lambda run: run.count(name)


def _present(name: str) -> Callable[[Measured], Floats | None]:
    return lambda run: run.ratio(name, "minutes")


def _time(name: str, each: str) -> Callable[[Measured], Floats | None]:
    return lambda run: run.ratio(name, each, run.minutes_per_unit)


def _utilisation(run: Measured) -> Floats | None:
    ratio = run.ratio("occupied", "places")
    return None if ratio is None else np.where(run.unlimited, np.nan, ratio)


MEASURES: tuple[Measure, ...] = (
    # The contract's columns, in its order.
    Measure(name="arrivals", unit="people", meaning="who came, from outside or from another node",
            of=_total("arrivals")),
    Measure(name="served", unit="people", meaning="whose service ended", of=_total("finished")),
    Measure(name="turned_away", unit="people", meaning="who came from outside, found the queue full and left",
            of=_total("turned_away")),
    Measure(name="mean_wait", unit="time", meaning="mean wait of all whose service began, zeros included,"
            " time blocked excluded", of=_time("waited", "starts")),
    Measure(name="p95_wait", unit="time", meaning="95th percentile of the same waits",
            of=lambda run: run.p95_wait / run.minutes_per_unit),
    Measure(name="mean_queue", unit="people", meaning="waiting, on average over time", of=_present("queue")),
    Measure(name="mean_occupied", unit="places", meaning="places in use, on average over time",
            of=_present("occupied")),
    Measure(name="utilisation", unit="share", meaning="places in use, blocked ones included, of places open;"
            " empty where places are unlimited", of=_utilisation, most=1.0),
    Measure(name="mean_blocked", unit="people", meaning="who have finished and cannot enter the next node,"
            " on average over time", of=_present("blocked")),
    # Beyond the contract.
    Measure(name="mean_blocked_wait", unit="time", meaning="mean time blocked after service, over all whose"
            " service ended", of=_time("blocked", "finished")),
    Measure(name="diverted", unit="people", meaning="who found it full and were sent to another node",
            of=_total("diverted"), only_where_any=True),
    Measure(name="balked", unit="people", meaning="who saw the queue and left at once", of=_total("balked"),
            only_where_any=True),
    Measure(name="reneged", unit="people", meaning="who left the queue", of=_total("reneged"),
            only_where_any=True),
    Measure(name="worsened", unit="people", meaning="who became more urgent while waiting",
            of=_total("worsened"), only_where_any=True),
    Measure(name="died", unit="people", meaning="who died while waiting", of=_total("died"),
            only_where_any=True),
    Measure(name="overflowed", unit="people", meaning="who were blocked on the way here for so long that they"
            " went elsewhere", of=_total("overflowed"), only_where_any=True),
    Measure(name="mean_escalated", unit="places", meaning="escalation places open, on average over time",
            of=_present("escalated"), only_where_any=True),
)  # fmt: skip
CONTRACT = tuple(measure.name for measure in MEASURES[:9])


def measured_values(run: Measured) -> dict[str, Floats]:
    """Every measure that this kernel can tell of one replicate, each of shape (N,)."""
    found = {measure.name: measure.of(run) for measure in MEASURES}
    return {name: value for name, value in found.items() if value is not None}


def half_width(values: Floats) -> Floats:
    """Half the 95% interval of the mean over the first axis, by Student's t; NaN for fewer than two values.

    NaN entries (nobody was served in that replicate) are left out.
    """
    n = np.isfinite(values).sum(axis=0)
    with np.errstate(invalid="ignore", divide="ignore"):
        t = stdtrit(np.maximum(n - 1, 1), 0.5 + CONFIDENCE / 2.0)
        centred = np.where(np.isfinite(values), values - mean_over(values), 0.0)
        sd = np.sqrt((centred**2).sum(axis=0) / np.maximum(n - 1, 1))
        return np.asarray(np.where(n > 1, t * sd / np.sqrt(np.maximum(n, 1)), np.nan))


def mean_over(values: Floats) -> Floats:
    """Mean over the first axis, NaN entries left out; NaN where all are."""
    finite = np.isfinite(values)
    with np.errstate(invalid="ignore", divide="ignore"):
        return np.asarray(np.where(finite, values, 0.0).sum(axis=0) / finite.sum(axis=0))


def interval(values: Floats, most: float = np.inf) -> tuple[Floats, Floats, Floats]:
    """Mean over replicates with its 95% interval.

    Student's t interval, of which only what the measure can be is kept: nothing below 0 or above `most`. The
    true mean lies within those limits, so cutting the rest off takes nothing from the interval's coverage.

    Args:
        values: Shape (replicates, ...).
        most: Largest value that the measure can have.

    Returns:
        Mean, low and high, each of the shape of one replicate; low and high NaN for one replicate.
    """
    mean, half = mean_over(values), half_width(values)
    return mean, np.maximum(mean - half, 0.0), np.minimum(mean + half, most)


def nodes_table(names: Sequence[str], time_unit: str, runs: Sequence[dict[str, Floats]]) -> pd.DataFrame:
    """One row per node: means over replicates, the unit of time, then the bounds of each measure.

    Args:
        names: Names of the nodes.
        time_unit: The file's unit of time.
        runs: Measures of each replicate, as `measured_values` gives them.
    """
    means: dict[str, object] = {"node": list(names)}
    bounds: dict[str, object] = {}
    for measure in MEASURES:
        if measure.name not in runs[0]:
            continue
        values = np.array([run[measure.name] for run in runs])
        if measure.only_where_any and not np.nan_to_num(values).any():
            continue
        mean, low, high = interval(values, measure.most)
        means[measure.name] = mean
        bounds[f"{measure.name}_low"], bounds[f"{measure.name}_high"] = low, high
    front = {name: means[name] for name in ("node", *CONTRACT)}
    return pd.DataFrame({**front, "time_unit": time_unit, **means, **bounds})
