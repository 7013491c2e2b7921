"""Scenarios run for an analysis: each set of changes once, all under the same random numbers.

Every scenario has a folder named by the hash of what it changes, laid out as a run; a set of changes that an
analysis asks for twice, or that an earlier, interrupted or larger one has run, is read and not run again.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from concurrent.futures import Executor
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol

import numpy as np
import numpy.typing as npt

from scenarios import execution, first_build, identity
from scenarios.drawing import is_uncertain
from scenarios.execution import SIMULATE, Settings, Unit
from sim.interventions.specification import BASELINE, ScenarioSpecification

if TYPE_CHECKING:
    import pandas as pd

Array = npt.NDArray[np.float64]
MEASURED = "results.annual:by_year"
"""Where the function is that reads a finished run: this package does not import `results`."""
DIRECTIONS = "results.annual:directions"
ALL_YEARS = "all years"
TRIAL = "results.trial:of_runs"
"""Where the function is that says what stands between runs and a decision."""
LEAST = "results.bearing:least"
"""Where it is said how many replicates can bear one."""
A_DRAW = 100_000
"""By how much the numbers of two draws' replicates differ, as `results` numbers them."""
TWO_SIDED_95 = 0.975


@dataclass(kw_only=True)
class Experiment:
    """Runs of one analysis.

    Attributes:
        settings: What all share.
        replicates: Runs with other random draws.
        draws: Draws of the uncertain figures, each with every replicate; 0 for the central figures.
        out: Folder of the analysis.
        workers: Processes side by side.
        quiet: No progress is shown.
        executor: Another engine, as in `execution.run_replicates`.
        simulate: 'module:function' that runs one replicate.
    """

    settings: Settings
    replicates: int
    out: Path
    draws: int = 0
    workers: int = 1
    quiet: bool = True
    executor: Executor | None = None
    simulate: str = SIMULATE
    _frames: dict[tuple[Path, tuple[str, ...]], pd.DataFrame] = field(default_factory=dict)
    _ran: set[Path] = field(default_factory=set)
    _trials: dict[frozenset[Path], Trial] = field(default_factory=dict)

    @property
    def runs(self) -> Path:
        """Return the folder of the runs."""
        return self.out / "runs"

    def claim(self, kind: str, scenarios: Sequence[ScenarioSpecification]) -> None:
        """Take the folder for an analysis; replicates and draws may differ from an earlier one's.

        Raises:
            InputError: When it holds something else.
        """
        told = {one.full_name: identity.scenario_sha256(one) for one in scenarios}
        execution.claim(self.out, {"kind": kind, "scenarios": told, **asdict(self.settings)})

    def folder(self, scenario: ScenarioSpecification) -> Path:
        """Return where a scenario's run lies."""
        return self.runs / identity.scenario_sha256(_plain(scenario))[:16]

    def units(self, scenarios: Sequence[ScenarioSpecification]) -> list[Unit]:
        """Return the units of scenarios, each set of changes once; replicate by replicate."""
        distinct = {self.folder(one): _plain(one) for one in scenarios}
        found = [
            unit
            for folder, one in distinct.items()
            for unit in execution.units_of(one, self.settings, self.replicates, folder, self.draws)
        ]
        return sorted(found, key=lambda unit: (unit.settings.draw, unit.replicate))

    def run(self, scenarios: Sequence[ScenarioSpecification]) -> None:
        """Run what is not finished, side by side, and leave each scenario's manifest."""
        units = self.units(scenarios)
        for unit in units:
            unit.folder.parent.mkdir(parents=True, exist_ok=True)
        with first_build.told(self.settings, simulate=self.simulate, quiet=self.quiet):
            records = execution.run_units(
                units, workers=self.workers, quiet=self.quiet, executor=self.executor, simulate=self.simulate
            )
        by_folder: dict[Path, list[dict[str, Any]]] = {}
        for unit, record in zip(units, records, strict=True):
            by_folder.setdefault(self.folder(unit.scenario), []).append(record)
        for folder, one in {self.folder(one): _plain(one) for one in scenarios}.items():
            manifest = execution.run_manifest(one, self.settings, by_folder[folder])
            execution.write_json(folder / "manifest.json", manifest)
            self._ran.add(folder)

    def values(self, scenario: ScenarioSpecification, measures: tuple[str, ...]) -> pd.DataFrame:
        """Return a scenario's measures: index (measure, period), a column for each draw and replicate.

        It is run where it was not. A scenario that has nothing uncertain stands for itself in every draw.
        """
        key = (self.folder(scenario), measures)
        if key not in self._frames:
            self.run([scenario])
            read: Callable[..., pd.DataFrame] = identity.load_function(MEASURED)
            tidy = read(self.folder(scenario), measures)
            wide = tidy.pivot_table(index=["measure", "period"], columns="unit", values="value", sort=False)
            own = bool(self.draws) and is_uncertain(scenario)
            wanted = self.unit_numbers
            held = wanted if own else [unit % A_DRAW + A_DRAW * self.settings.draw for unit in wanted]
            self._frames[key] = wide.reindex(columns=held).set_axis(wanted, axis=1)
        return self._frames[key]

    def differences(self, scenario: ScenarioSpecification, measures: tuple[str, ...]) -> pd.DataFrame:
        """Return a scenario's measures less the baseline's of the same draw and replicate."""
        return self.values(scenario, measures) - self.values(BASELINE, measures)

    def trial(self) -> Trial:
        """Return what stands between these runs and a decision, by the rules that comparisons have."""
        ran = frozenset(self._ran)
        if ran not in self._trials:
            of_runs: Callable[..., Trial] = identity.load_function(TRIAL)
            self._trials[ran] = of_runs(sorted(ran), self.settings.scale, self.replicates)
        return self._trials[ran]

    @property
    def unit_numbers(self) -> list[int]:
        """Return the numbers of the units, in the order of draws, then replicates."""
        draws = range(1, self.draws + 1) if self.draws else [self.settings.draw]
        return [draw * A_DRAW + number for draw in draws for number in range(1, self.replicates + 1)]


class Trial(Protocol):
    """What stands between runs and a decision: `results.trial.Trial`."""

    @property
    def notes(self) -> tuple[str, ...]:
        """Sentences for the top of a page."""

    @property
    def unread(self) -> frozenset[str]:
        """Measures that are accidents of the sample."""

    @property
    def lead(self) -> str:
        """What stands before the main finding."""

    def mark(self, measure: str) -> str:
        """Return what stands behind a measure's name."""


def _plain(scenario: ScenarioSpecification) -> ScenarioSpecification:
    """Return the baseline for a scenario that changes nothing."""
    return scenario if scenario.interventions else BASELINE


@dataclass(frozen=True, kw_only=True)
class Summary:
    """A number over replicates and draws.

    Attributes:
        mean: Over all units.
        low: Lower end of its 95% interval over replicates, each a mean over draws: computing error.
        high: Upper end of it.
        drawn_low: Quantile 2.5% of the draws' means, computing error not taken out; NaN without draws.
        drawn_high: Quantile 97.5% of them.
        replicates: How many the interval is from; 0 where that is not known.
    """

    mean: float
    low: float
    high: float
    drawn_low: float = float("nan")
    drawn_high: float = float("nan")
    replicates: int = 0

    @property
    def few(self) -> bool:
        """Whether it has an interval, from too few replicates to be believed (`results/bearing.csv`)."""
        return 1 < self.replicates < least_replicates() and self.low < self.high

    @property
    def clear(self) -> bool:
        """Whether it is not nought: by its interval, from enough replicates, and by its draws."""
        if self.replicates and self.replicates < least_replicates():
            return False
        drawn = not np.isfinite(self.drawn_low) or self.drawn_low > 0 or self.drawn_high < 0
        return drawn and (self.low > 0 or self.high < 0)


def least_replicates() -> int:
    """Return how many replicates an interval must be from to bear a decision."""
    least: Callable[[], dict[str, float]] = identity.load_function(LEAST)
    return int(least()["replicates"])


def summary(units: npt.ArrayLike, draws: int) -> Summary:
    """Return mean and intervals of one number's units, in the order of draws, then replicates.

    The interval over replicates is Student's t on paired values. The two kinds of spread are not added.
    """
    from scipy.special import stdtrit

    table = np.asarray(units, dtype=np.float64).reshape(max(1, draws), -1)
    each = table.mean(axis=0)
    half = float("nan")
    if each.size > 1:
        half = float(stdtrit(each.size - 1, TWO_SIDED_95) * each.std(ddof=1) / np.sqrt(each.size))
    mean = float(each.mean())
    if draws < 2:
        return Summary(mean=mean, low=mean - half, high=mean + half, replicates=each.size)
    ends = np.quantile(table.mean(axis=1), [1 - TWO_SIDED_95, TWO_SIDED_95])
    return Summary(
        mean=mean, low=mean - half, high=mean + half, drawn_low=float(ends[0]), drawn_high=float(ends[1]),
        replicates=each.size,
    )  # fmt: skip


def told(number: float) -> str:
    """Return a number as a page shows it: four significant figures, thousands apart."""
    if not np.isfinite(number):
        return "not known"
    if number and abs(number) < 1000:
        return f"{number:.4g}"
    return f"{number:,.0f}"


def told_with_interval(one: Summary, say: Callable[[float], str] = told) -> str:
    """Return a number with its interval in words, each figure as `say` has it."""
    if not np.isfinite(one.low):
        return f"{say(one.mean)} (no interval)"
    few = f"; of {one.replicates} replicates only" if one.few else ""
    return f"{say(one.mean)} ({say(one.low)} to {say(one.high)}{few})"
