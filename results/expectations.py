"""What scenarios are expected to do, held against runs: the rule that tests, pages and the report share.

The rule. A measure is compared replicate by replicate, scenario with baseline, in the year asked for.

- *falls* (*rises*) holds when the mean paired difference lies below (above) nothing beyond its one-sided t
  interval. There are up to three looks, after 4, 8 and 12 replicates, each at a third of 1%: a scenario that
  does nothing to the measure passes at most once in a hundred. One whose true effect is 1.7 standard
  deviations of the paired difference is found by the last look with 99% probability; a smaller one may fail
  although it is there, and then needs a longer run or a larger scale, never a looser rule.
- *stays* fails when the difference is clear by the same two-sided rule and also as large as the measure's
  decision threshold (`results/thresholds.csv`): one that truly stays fails at most once in a hundred.
"""

from __future__ import annotations

import fnmatch
from dataclasses import dataclass
from typing import Protocol

import numpy as np
import numpy.typing as npt
import pandas as pd

from results.dense import dense
from results.economics.sums import sum_of_money
from results.measures.care_nodes import care_nodes
from results.measures.registry import measures
from results.measures.series import ALL_YEARS, MONTHS, month_labels, values
from results.runs import Run
from results.thresholds import threshold

FloatArray = npt.NDArray[np.float64]
LOOKS = (4, 8, 12)
ALPHA = 0.01
ANY_MEASURE = "emergency_admissions"  # whose threshold, the general one, serves what has none of its own
OF_CONDITIONS = ("new_cases", "cases", "undiagnosed")
COUNTED_AT_THE_END = ("cases", "undiagnosed")
SETTLED, CONTRARY, OPEN, UNJUDGED = "as expected", "contrary", "not seen", "not judged"


class Expectation(Protocol):
    """What is expected: any object that says so."""

    @property
    def measure(self) -> str:
        """A measure of the registry, or KIND:NAME."""

    @property
    def direction(self) -> str:
        """falls, rises or stays."""

    @property
    def years(self) -> int:
        """Year of the run, from 1, in which it is judged."""


@dataclass(frozen=True, kw_only=True)
class Finding:
    """An expectation held against runs.

    Attributes:
        scenario: Its full name.
        expected: What was expected.
        replicates: Replicates at the last look.
        baseline: Mean of the measure without it.
        difference: Mean paired difference.
        low: Lower end of the two-sided interval of the last look.
        high: Upper end.
        holds: Whether the expectation holds.
    """

    scenario: str
    expected: Expectation
    replicates: int
    baseline: float
    difference: float
    low: float
    high: float
    holds: bool

    def __str__(self) -> str:
        """Return it in a line."""
        told = "holds" if self.holds else "FAILS"
        return (
            f"{told}: {self.scenario}: {self.expected.measure} {self.expected.direction} in year "
            f"{self.expected.years}: {self.difference:+.4g} ({self.low:.4g} to {self.high:.4g}) on "
            f"{self.baseline:.6g}, {self.replicates} replicates"
        )

    @property
    def outcome(self) -> str:
        """`SETTLED`, `CONTRARY`, or `OPEN`; `UNJUDGED` with one replicate.

        What stays is settled only where the whole interval is within the decision threshold: of a wide
        interval one cannot say that nothing changes.
        """
        if self.replicates < 2:
            return UNJUDGED
        if self.expected.direction != "stays":
            clear = self.low > 0 or self.high < 0
            return SETTLED if self.holds else CONTRARY if clear else OPEN
        size = _threshold(self.expected.measure, self.baseline)
        within = -size <= self.low and self.high <= size
        return CONTRARY if not self.holds else SETTLED if within else OPEN


def judge(name: str, expected: Expectation, before: FloatArray, after: FloatArray) -> Finding:
    """Return whether an expectation holds of paired values (replicates,), at one look."""
    paired = after - before
    mean, half = float(paired.mean()), _half_width(paired)
    clear = bool(abs(mean) > half)
    if expected.direction == "stays":
        holds = not (clear and abs(mean) >= _threshold(expected.measure, float(before.mean())))
    else:
        holds = clear and (mean < 0) == (expected.direction == "falls")
    return Finding(
        scenario=name, expected=expected, replicates=paired.size, baseline=float(before.mean()),
        difference=mean, low=mean - half, high=mean + half, holds=holds,
    )  # fmt: skip


def _threshold(measure: str, baseline: float) -> float:
    """Return the smallest change of a measure that matters, in its unit."""
    return float(threshold(ANY_MEASURE if ":" in measure else measure).size(baseline))


def _half_width(paired: FloatArray) -> float:
    """Return the half-width of the interval of one look: one-sided 1%, shared by three looks."""
    from scipy.special import stdtrit

    if not paired.std() > 0:
        return 0.0
    point = float(stdtrit(paired.size - 1, 1 - ALPHA / len(LOOKS)))
    return point * float(paired.std(ddof=1)) / float(np.sqrt(paired.size))


def yearly(run: Run, measure: str, year: int | None = None) -> FloatArray:
    """Return a measure in one year of a run (the last by default), by replicate.

    Args:
        run: The run.
        measure: A measure of the registry, a sum of money such as 'net_cost_nhs', or KIND:NAME.
        year: Which year, from 1. Life expectancies are over all years of the run, whichever is asked.
    """
    kind, colon, subject = measure.partition(":")
    if not colon:
        tidy = values(run, measure) if measure in measures() else _money(run, measure)
        periods = sorted(tidy["period"].unique())
        last = tidy[tidy["period"] == periods[-1 if year is None else min(year, len(periods)) - 1]]
        return last.sort_values("replicate")["value"].to_numpy(dtype=float)
    if kind == "deaths" or kind in OF_CONDITIONS:
        return _of_people(run, kind, subject, _months_of(run, year))
    wide = care_nodes(run).years
    periods = sorted(wide.index.unique("period"))
    wanted = periods[-1 if year is None else min(year, len(periods)) - 1]
    mine = wide.xs((wanted, kind), level=("period", "measure"))
    mine = mine[[fnmatch.fnmatch(str(node), subject) for node in mine.index]]
    return _by_replicate(run, mine.sum(axis=0))


def _money(run: Run, measure: str) -> pd.DataFrame:
    """Return a sum of money by year and replicate."""
    found = sum_of_money(run, measure).rename(columns={"unit": "replicate"})
    return found[found["period"] != ALL_YEARS]


def _of_people(run: Run, kind: str, subject: str, months: list[str]) -> FloatArray:
    """Return deaths of a cause, or a count of a condition, in a year's months, by replicate."""
    name, named = ("deaths", "cause") if kind == "deaths" else ("conditions", "condition")
    wanted = {"dimension": {"all"}} | ({} if kind == "deaths" else {"measure": {kind}})
    held = dense(run, name, months, wanted)
    keys = [str(key) for key in held.keys[named]] if named in held.keys else []
    chosen = [place for place, key in enumerate(keys) if fnmatch.fnmatch(key, subject)]
    values = held.values[:, chosen]
    if kind in COUNTED_AT_THE_END:
        # how many there are is counted in the last month of the year that is recorded
        recorded = np.flatnonzero(~np.isnan(values).all(axis=(0, 1)))
        values = values[..., recorded[-1:]]
    return np.nansum(values, axis=(1, 2))


def _months_of(run: Run, year: int | None) -> list[str]:
    """Return the months of a year of the run, the last by default."""
    months = month_labels(run)
    return months[-MONTHS:] if year is None else months[(year - 1) * MONTHS : year * MONTHS]


def _by_replicate(run: Run, found: pd.Series) -> FloatArray:
    """Return values in the order of the replicates, nothing where a replicate recorded none."""
    return found.reindex(run.replicates, fill_value=0.0).to_numpy(dtype=float)
