"""What common random numbers save, measured: `python -m calibration.common_random_numbers --out runs/crn`.

Runs the baseline and some scenarios on the same replicates and writes, for six measures, the variance of the
scenario's difference when replicates are paired (the same residents, the same draws) and when they are not
(the sum of the two variances, as independent runs would have), and the factor between them: how many times
fewer replicates the pairing needs.
"""

from __future__ import annotations

import argparse
import textwrap
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from calibration.expectations import run_of
from results.expectations import FloatArray, yearly
from results.statistics import variance_reduction
from scenarios.execution import Settings
from scenarios.scenario import Scenario
from sim.interventions.specification import BASELINE

MEASURES = {
    "ed_attendances": "Emergency department attendances",
    "emergency_admissions": "Emergency admissions",
    "occupied_beds": "Acute beds occupied",
    "nctr_daily": "Patients with no criteria to reside",
    "deaths": "Deaths",
    "new_cases:stroke_tia": "New cases of stroke",
}
SCENARIOS = ("home_first", "neighbourhood_teams", "winter_surge", "hypertension")
"""One of each kind: discharge, care of people at risk, a shock, and prevention, which acts on strokes."""
YEARS = 3
"""Years after which prevention shows; the others act from the first."""
WIDTH = 100
PAGE = Path(__file__).resolve().parent.parent / "docs" / "validation" / "common_random_numbers.md"


@dataclass(frozen=True, kw_only=True)
class Saving:
    """One measure under one scenario.

    Attributes:
        scenario: Full name.
        measure: Key of the measure.
        difference: Mean paired difference, in the measure's unit.
        unpaired: Variance of the difference of independent runs.
        paired: Variance of the paired difference.
        factor: The first over the second.
        low: Lower end of the factor's 95% jackknife interval.
        high: Upper end.
    """

    scenario: str
    measure: str
    difference: float
    unpaired: float
    paired: float
    factor: float
    low: float
    high: float


def saving(scenario: str, measure: str, before: FloatArray, after: FloatArray) -> Saving:
    """Return what pairing saves, from values (replicates,) of baseline and scenario.

    The interval is a jackknife of the factor's logarithm, leaving out one replicate at a time.
    """
    factor = float(variance_reduction(after, before))
    low = high = factor
    if np.isfinite(factor) and factor > 0:
        n = before.size
        left = [variance_reduction(np.delete(after, k), np.delete(before, k)) for k in range(n)]
        logs = np.log(np.array(left, dtype=float))
        error = np.sqrt((n - 1) / n * ((logs - logs.mean()) ** 2).sum())
        low, high = factor * np.exp(-1.96 * error), factor * np.exp(1.96 * error)
    return Saving(
        scenario=scenario, measure=measure, difference=float((after - before).mean()),
        unpaired=float(before.var(ddof=1) + after.var(ddof=1)), paired=float((after - before).var(ddof=1)),
        factor=factor, low=float(low), high=float(high),
    )  # fmt: skip


def unmoved(savings: Sequence[Saving]) -> list[str]:
    """Return the measures that no scenario changed in any replicate: nothing is measured of them."""
    moved = {one.measure for one in savings if one.paired > 0.0 or one.difference != 0.0}
    return [name for name in MEASURES if name not in moved]


def measure_savings(
    scenarios: Sequence[str], settings: Settings, replicates: int, out: Path, workers: int = 1
) -> list[Saving]:
    """Run what is not in the folder, and return the saving for each scenario and measure."""
    before = run_of(BASELINE, settings.years, replicates, out, settings, workers)
    found = []
    for name in scenarios:
        after = run_of(
            Scenario.load(name).to_specification(), settings.years, replicates, out, settings, workers
        )
        for one in MEASURES:
            pair = (yearly(run, one)[:replicates] for run in (before, after))
            found.append(saving(name, one, *pair))
    return found


def page(savings: Sequence[Saving], settings: Settings, replicates: int) -> str:
    """Return the page of the measured table."""
    lines = [
        "# What common random numbers save",
        "",
        "Made by `python -m calibration.common_random_numbers`. Every draw is a function of seed, resident,",
        "process and occasion, so a scenario's replicate has the baseline's residents and their luck. The",
        "variance of the difference between two independent runs is the sum of their variances; that of",
        "paired runs is measured. The factor is how many times fewer replicates the pairing needs.",
        "",
        f"{settings.area.title()}, {100 * settings.scale:.3g}% of residents, year {settings.years}, "
        f"{replicates} replicates, seed {settings.seed}.",
        "The factor's own interval is a jackknife of 95%: with so few replicates it is wide.",
        "",
        "| scenario | measure | difference | variance, independent | variance, paired | factor saved (95%) |",
        "|---|---|---:|---:|---:|---:|",
    ]
    for one in savings:
        factor = "no difference in any replicate" if one.paired == 0 else (
            f"{one.factor:,.1f} ({one.low:,.1f} to {one.high:,.1f})"
        )  # fmt: skip
        lines.append(
            f"| {one.scenario} | {MEASURES[one.measure]} | {one.difference:+,.1f} | {one.unpaired:,.4g} | "
            f"{one.paired:,.4g} | {factor} |"
        )
    still = [MEASURES[name] for name in unmoved(savings)]
    told = f"No scenario changes these in any replicate: {', '.join(still)}." if still else (
        "Each of the six measures is changed by one of the scenarios at least. Where a row says that there "
        "is no difference, residents and their luck are the same to the last bit: the saving has no bound."
    )  # fmt: skip
    return "\n".join([*lines, "", *textwrap.wrap(told, WIDTH), ""])


def main(arguments: Sequence[str] | None = None) -> None:
    """Run, measure and write the page."""
    parser = argparse.ArgumentParser(description="What common random numbers save.")
    parser.add_argument("--out", type=Path, default=Path("runs/common_random_numbers"))
    parser.add_argument("--page", type=Path, default=PAGE)
    parser.add_argument("--scale", type=float, default=0.1)
    parser.add_argument("--years", type=int, default=YEARS)
    parser.add_argument("--replicates", type=int, default=12)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--workers", type=int, default=1)
    parser.add_argument("--scenarios", nargs="+", default=list(SCENARIOS))
    given = parser.parse_args(arguments)
    settings = Settings(area="dorset", start="2026-04", years=given.years, scale=given.scale, seed=given.seed)
    given.out.mkdir(parents=True, exist_ok=True)
    savings = measure_savings(given.scenarios, settings, given.replicates, given.out, given.workers)
    given.page.write_text(page(savings, settings, given.replicates), encoding="utf-8")
    print(given.page)
    if unmoved(savings):
        parser.exit(3, f"no scenario changes {', '.join(unmoved(savings))}: give more years or residents\n")


if __name__ == "__main__":
    main()
