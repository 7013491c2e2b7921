"""What scenarios are expected to do, held against runs: directions under common random numbers.

The rule. A measure is compared replicate by replicate, scenario with baseline, in the last year asked for.

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
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt

from results.annual import by_year
from results.measures.registry import measures
from results.measures.series import ALL_YEARS, node_values, values
from results.runs import Run, load_run
from results.thresholds import threshold
from scenarios.execution import Settings, run_replicates
from scenarios.expectations import CONDITION_SUBJECTS, NODE_SUBJECTS, ExpectField
from scenarios.scenario import DEFAULT_VARIANT, Scenario
from sim.interventions.specification import (
    BASELINE,
    CohortProgramme,
    PopulationEffect,
    ScenarioSpecification,
)

if TYPE_CHECKING:
    import pandas as pd

FloatArray = npt.NDArray[np.float64]
LOOKS = (4, 8, 12)
ALPHA = 0.01
ANY_MEASURE = "emergency_admissions"  # whose threshold, the general one, serves what has none of its own
MONTHS_A_YEAR = 12


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
    expected: ExpectField
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


def expectations(name: str) -> list[tuple[ScenarioSpecification, ExpectField]]:
    """Return every expectation of a library file, with each variant that it is of."""
    found = []
    for variant in Scenario.load(name).variants:
        scenario = Scenario.load(name, variant)
        specification = scenario.to_specification()
        found += [(specification, one) for one in scenario.document.expects]
    return found


def evaluate(
    scenario: ScenarioSpecification, expected: ExpectField, out: Path, settings: Settings, workers: int = 1
) -> Finding:
    """Run a scenario and the baseline until an expectation is settled, and say whether it holds.

    Args:
        scenario: The scenario.
        expected: What is expected of it.
        out: Folder of runs; those in it already are used again.
        settings: Area, start, scale, seed, and at least the years of the expectation: a longer run begins
            as a shorter one does.
        workers: Processes side by side.
    """
    found = None
    for replicates in LOOKS:
        pair = [
            run_of(one, settings.years, replicates, out, settings, workers) for one in (BASELINE, scenario)
        ]
        before, after = (yearly(run, expected.measure, expected.years)[:replicates] for run in pair)
        found = judge(scenario.full_name, expected, before, after)
        if found.holds or expected.direction == "stays":
            break
    assert found is not None
    return found


def run_of(
    scenario: ScenarioSpecification,
    years: int,
    replicates: int,
    out: Path,
    settings: Settings,
    workers: int = 1,
) -> Run:
    """Return a run with at least so many replicates, running those that are not in the folder."""
    from dataclasses import replace

    alone = "" if settings.care else "_life_course"
    folder = out / f"{scenario.full_name}_{years}_years{alone}"
    held = len(list(folder.glob("replicate_*/unit.json")))
    run_replicates(
        scenario, replace(settings, years=years), replicates=max(held, replicates), out=folder,
        workers=workers, quiet=True,
    )  # fmt: skip
    return load_run(folder)


def judge(name: str, expected: ExpectField, before: FloatArray, after: FloatArray) -> Finding:
    """Return whether an expectation holds of paired values (replicates,), at one look."""
    paired = after - before
    mean, half = float(paired.mean()), _half_width(paired)
    clear = bool(abs(mean) > half)
    if expected.direction == "stays":
        size = float(threshold(_threshold_of(expected.measure)).size(before.mean()))
        holds = not (clear and abs(mean) >= size)
    else:
        holds = clear and (mean < 0) == (expected.direction == "falls")
    return Finding(
        scenario=name, expected=expected, replicates=paired.size, baseline=float(before.mean()),
        difference=mean, low=mean - half, high=mean + half, holds=holds,
    )  # fmt: skip


def _threshold_of(measure: str) -> str:
    return ANY_MEASURE if ":" in measure else measure


def _half_width(paired: FloatArray) -> float:
    """Return the half-width of the interval of one look: one-sided 1%, shared by three looks."""
    from scipy.special import stdtrit

    if not paired.std() > 0:
        return 0.0
    point = float(stdtrit(paired.size - 1, 1 - ALPHA / len(LOOKS)))
    return point * float(paired.std(ddof=1)) / float(np.sqrt(paired.size))


@cache
def _subjects() -> dict[str, str]:
    """Return the table that each kind of measure with a subject is in."""
    return {
        **dict.fromkeys(CONDITION_SUBJECTS, "conditions"),
        **dict.fromkeys(NODE_SUBJECTS, "nodes"),
        "deaths": "deaths",
    }


def yearly(run: Run, measure: str, year: int | None = None) -> FloatArray:
    """Return a measure in one year of a run (the last by default), by replicate.

    Args:
        run: The run.
        measure: A measure of the registry, a sum of money such as 'net_cost_nhs', or KIND:NAME.
        year: Which year, from 1. Life expectancies are over all years of the run, whichever is asked.
    """
    months = _months_of(run, year)
    kind, colon, subject = measure.partition(":")
    if not colon:
        tidy = values(run, measure) if measure in measures() else _money(run, measure)
        periods = sorted(tidy["period"].unique())
        last = tidy[tidy["period"] == periods[-1 if year is None else min(year, len(periods)) - 1]]
        return last.sort_values("replicate")["value"].to_numpy(dtype=float)
    if _subjects()[kind] == "nodes":
        tidy = node_values(run)
        periods = sorted(tidy["period"].unique())
        wanted = periods[-1 if year is None else min(year, len(periods)) - 1]
        tidy = tidy[(tidy["measure"] == kind) & (tidy["period"] == wanted)]
        tidy = tidy[tidy["level"].isin(fnmatch.filter(tidy["level"].unique(), subject))]
        return _by_replicate(run, tidy.groupby("replicate")["value"].sum())
    table = run.table(_subjects()[kind])
    table = table[(table["dimension"] == "all")]
    named = "cause" if kind == "deaths" else "condition"
    table = table[table[named].astype(str).isin(fnmatch.filter(table[named].astype(str).unique(), subject))]
    if kind != "deaths":
        table = table[table["measure"] == kind]
    period = table["period"].astype(str)
    # how many there are is counted in the last month of the year that is recorded
    recorded = sorted(set(period.unique()) & set(months))
    counted = recorded[-1:] if kind in {"cases", "undiagnosed"} else months
    return _by_replicate(run, table[period.isin(counted)].groupby("replicate")["value"].sum())


def _money(run: Run, measure: str) -> pd.DataFrame:
    """Return a sum of money by year and replicate."""
    found = by_year(run.folder, (measure,)).rename(columns={"unit": "replicate"})
    return found[found["period"] != ALL_YEARS]


def _months_of(run: Run, year: int | None) -> list[str]:
    from results.measures.series import month_labels

    months = month_labels(run)
    if year is None:
        return months[-MONTHS_A_YEAR:]
    return months[(year - 1) * MONTHS_A_YEAR : year * MONTHS_A_YEAR]


def life_course_alone(scenario: ScenarioSpecification, expected: Sequence[ExpectField]) -> bool:
    """Return whether expectations need no care network: nothing in them goes through care."""
    reaching = all(isinstance(item, CohortProgramme | PopulationEffect) for item in scenario.interventions)
    of_care = any(
        item.eligible.recent_admissions_at_least or item.eligible.recent_attendances_at_least
        or item.eligible.risk_stratum is not None
        or getattr(item, "order", "") in {"highest_risk", "most_use"}
        for item in scenario.interventions
        if isinstance(item, CohortProgramme | PopulationEffect)
    )  # fmt: skip
    subjects = {one.measure.partition(":")[0] for one in expected if ":" in one.measure}
    plain = any(":" not in one.measure for one in expected)
    return reaching and not of_care and not plain and subjects <= {*CONDITION_SUBJECTS, "deaths"}


def _by_replicate(run: Run, found: object) -> FloatArray:
    """Return values in the order of the replicates, nothing where a replicate recorded none."""
    import pandas as pd

    assert isinstance(found, pd.Series)
    return found.reindex(run.replicates, fill_value=0.0).to_numpy(dtype=float)


__all__ = [
    "DEFAULT_VARIANT",
    "Finding",
    "evaluate",
    "expectations",
    "judge",
    "life_course_alone",
    "yearly",
]
