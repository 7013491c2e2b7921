"""Scenarios against a baseline, replicate by replicate, under common random numbers."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pandas as pd

from results.inequality import QUANTITIES, all_quantities
from results.measures.prevalence import prevalence
from results.measures.registry import Measure, measure
from results.measures.series import node_values, values, weights, year_labels
from results.runs import Run, load_runs
from results.statistics import further_replicates, mean_interval, variance_reduction
from results.thresholds import threshold
from sim.parameters.errors import InputError

KEYS = ("period", "level")
SAME_KEYS = ("area", "start", "years", "scale", "seed")
INEQUALITY = {
    "inequality": "quintile",
    "inequality_male": "quintile_male",
    "inequality_female": "quintile_female",
}
VERDICTS = {
    "change": "Larger than computing error and than the decision threshold",
    "below_threshold": "Below the decision threshold",
    "noise": "Cannot be told from computing error",
    "no_interval": "One replicate: no interval",
    "identical": "Identical in every replicate",
}


class Comparison:
    """Runs compared with one of them, the baseline.

    Args:
        runs: Folders of runs, or loaded runs; the same area, start, years, scale and seed.
        baseline: Name of the run or scenario to compare with; by default the scenario named `baseline`,
            else the first run.

    Raises:
        InputError: A run cannot be read, the runs differ in what must agree, or the baseline is unknown.
    """

    def __init__(self, runs: Sequence[str | Path | Run], baseline: str | None = None) -> None:
        self.runs = load_runs(runs)
        if not self.runs:
            raise InputError(file="compare", key="runs", found="none", allowed="at least one finished run")
        _check_alike(self.runs)
        self.names = _distinct_names(self.runs)
        self.baseline = self._find_baseline(baseline)
        self.scenarios = [run for run in self.runs if run is not self.baseline]
        self.replicates = self._common_replicates()
        self._cache: dict[tuple[str, ...], pd.DataFrame] = {}

    def _find_baseline(self, name: str | None) -> Run:
        """Return the run to compare with."""
        if name is None:
            plain = [run for run in self.runs if run.scenario["name"] == "baseline"]
            return plain[0] if plain else self.runs[0]
        for run in self.runs:
            if name in {self.names[run], run.scenario["name"]}:
                return run
        known = sorted({*self.names.values(), *(str(run.scenario["name"]) for run in self.runs)})
        raise InputError(file="compare", key="--baseline", found=name, allowed=", ".join(known), names=known)

    def _common_replicates(self) -> tuple[int, ...]:
        """Return the replicates that every run has finished."""
        common = set.intersection(*(set(run.replicates) for run in self.runs))
        if not common:
            allowed = "runs that share at least one replicate"
            raise InputError(file="compare", key="replicates", found="none in common", allowed=allowed)
        return tuple(sorted(common))

    @property
    def years(self) -> list[str]:
        """Labels of the years compared."""
        return year_labels(self.baseline)

    def draws(self, run: Run, name: str, dimension: str = "all", by: str = "year") -> pd.DataFrame:
        """Return one measure of one run: index (period, level), a column for each replicate.

        Besides recorded dimensions, `inequality`, `inequality_male` and `inequality_female` give the
        quantities of `results.inequality` as levels. Rows keep the order of time and level.
        """
        key = (self.names[run], name, dimension, by)
        if key not in self._cache:
            unequal = dimension in INEQUALITY
            source = INEQUALITY.get(dimension, dimension)
            wide = self._unstack(values(run, name, source, by))
            if unequal and not wide.empty:
                wide = _inequality(wide, self._unstack(weights(run, name, source, by)))
            self._cache[key] = wide
        return self._cache[key]

    def _unstack(self, tidy: pd.DataFrame) -> pd.DataFrame:
        """Put replicates side by side, keeping the rows' order."""
        if tuple(tidy["replicate"].unique()) != self.replicates:
            tidy = tidy[tidy["replicate"].isin(self.replicates)]
        count = len(self.replicates)
        if tidy.empty:
            index = pd.MultiIndex.from_arrays([[], []], names=list(KEYS))
            return pd.DataFrame(index=index, columns=list(self.replicates), dtype=float)
        first = tidy.iloc[: len(tidy) // count]
        index = pd.MultiIndex.from_arrays([first["period"], first["level"]])
        whole = len(first) * count == len(tidy)
        # Replicates nearly always hold the same rows in the same order: a reshape is then all it takes.
        if whole and all(
            (tidy[key].to_numpy().reshape(count, -1) == first[key].to_numpy()).all() for key in KEYS
        ):
            return pd.DataFrame(tidy["value"].to_numpy().reshape(count, -1).T, index, list(self.replicates))
        order = pd.MultiIndex.from_frame(tidy[["period", "level"]]).unique()
        wide = tidy.pivot_table(index=["period", "level"], columns="replicate", values="value", observed=True)
        return wide.reindex(index=order, columns=list(self.replicates))

    def levels(self, name: str, dimension: str = "all", by: str = "year") -> pd.DataFrame:
        """Return mean, 95% interval and computing error of a measure for every run.

        Returns:
            Columns run, label, measure, dimension, period, level, value, low, high, computing_error.
        """
        parts = []
        for run in self.runs:
            wide = self.draws(run, name, dimension, by)
            mean, low, high, spread = mean_interval(wide.to_numpy(dtype=float))
            part = self._frame(run, name, dimension, wide)
            parts.append(part.assign(value=mean, low=low, high=high, computing_error=spread))
        return pd.concat(parts, ignore_index=True)

    def differences(self, name: str, dimension: str = "all", by: str = "year") -> pd.DataFrame:
        """Return paired differences from baseline, absolute and relative, for every scenario.

        Args:
            name: A measure of the registry.
            dimension: As in `draws`.
            by: month, year or all.

        Returns:
            Columns run, label, measure, dimension, period, level, baseline, scenario, difference, low, high,
            computing_error, percent, percent_low, percent_high, variance_reduction, further_replicates,
            threshold, verdict (a key of `VERDICTS`) and better (True, False or None).
        """
        found = measure(name)
        before = self.draws(self.baseline, name, dimension, by)
        parts = []
        for run in self.scenarios:
            after = self.draws(run, name, dimension, by)
            shared = before.index.intersection(after.index, sort=False)
            part = self._frame(run, name, dimension, before.loc[shared])
            pair = before.loc[shared].to_numpy(dtype=float), after.loc[shared].to_numpy(dtype=float)
            parts.append(_paired(part, pair, found, dimension in INEQUALITY))
        return pd.concat(parts, ignore_index=True) if parts else pd.DataFrame(columns=DIFFERENCE_COLUMNS)

    def nodes(self) -> pd.DataFrame:
        """Return each care node's year for every run, means over replicates with intervals.

        Returns:
            Columns run, label, period, level (node), measure, value, low, high, and for scenarios
            difference, difference_low and difference_high from baseline.
        """
        wides: dict[Run, pd.DataFrame] = {}
        for run in self.runs:
            tidy = node_values(run)
            tidy = tidy[tidy["replicate"].isin(self.replicates)]
            wides[run] = self._pivot(tidy, "value")
        return pd.concat([self._against(run, wides) for run in self.runs], ignore_index=True)

    def conditions(self) -> pd.DataFrame:
        """Return people with each condition and prevalence at the last recorded moment, as `nodes` does."""
        wides: dict[Run, pd.DataFrame] = {}
        for run in self.runs:
            tidy = prevalence(run)
            tidy = tidy[tidy["replicate"].isin(self.replicates) & (tidy["period"] == tidy["period"].max())]
            long = tidy.melt(["replicate", "period", "condition"], ["cases", "value"], "measure", "amount")
            long["measure"] = long["measure"].replace({"value": "prevalence"})
            long = long.rename(columns={"condition": "level"})
            wides[run] = self._pivot(long, "amount")
        return pd.concat([self._against(run, wides) for run in self.runs], ignore_index=True)

    def _pivot(self, tidy: pd.DataFrame, amount: str) -> pd.DataFrame:
        """Put replicates side by side under period, level and measure; empty where nothing was recorded."""
        index = ["period", "level", "measure"]
        if tidy.empty:
            empty = pd.MultiIndex.from_arrays([[], [], []], names=index)
            return pd.DataFrame(index=empty, columns=list(self.replicates), dtype=float)
        return tidy.pivot_table(index=index, columns="replicate", values=amount)

    def _against(self, run: Run, wides: dict[Run, pd.DataFrame]) -> pd.DataFrame:
        """Summarise one run's rows and their paired differences from baseline."""
        wide = wides[run]
        mean, low, high, _ = mean_interval(wide.to_numpy(dtype=float))
        frame = wide.index.to_frame(index=False)
        frame.insert(0, "run", self.names[run])
        frame.insert(1, "label", run.label)
        paired = wide.to_numpy(dtype=float) - wides[self.baseline].reindex(wide.index).to_numpy(dtype=float)
        change, change_low, change_high, _ = mean_interval(paired)
        return frame.assign(
            value=mean,
            low=low,
            high=high,
            difference=change,
            difference_low=change_low,
            difference_high=change_high,
        )

    def _frame(self, run: Run, name: str, dimension: str, wide: pd.DataFrame) -> pd.DataFrame:
        """Return the identifying columns of a result."""
        frame = wide.index.to_frame(index=False)
        frame.insert(0, "run", self.names[run])
        frame.insert(1, "label", run.label)
        frame.insert(2, "measure", name)
        frame.insert(3, "dimension", dimension)
        return frame


DIFFERENCE_COLUMNS = [
    "run",
    "label",
    "measure",
    "dimension",
    "period",
    "level",
    "baseline",
    "scenario",
    "difference",
    "low",
    "high",
    "computing_error",
    "percent",
    "percent_low",
    "percent_high",
    "variance_reduction",
    "further_replicates",
    "threshold",
    "verdict",
    "better",
]


def _inequality(wide: pd.DataFrame, weight: pd.DataFrame) -> pd.DataFrame:
    """Turn fifths (rows) into quantities of inequality (rows), for each period and replicate."""
    parts = []
    weight = weight.reindex(wide.index)
    for period in wide.index.get_level_values("period").unique():
        fifths = sorted(wide.loc[period].index)
        block = wide.loc[period].loc[fifths].to_numpy(dtype=float).T
        people = weight.loc[period].loc[fifths].to_numpy(dtype=float).T
        found = all_quantities(block, people)
        index = pd.MultiIndex.from_product([[period], QUANTITIES], names=["period", "level"])
        parts.append(pd.DataFrame([found[name] for name in QUANTITIES], index=index, columns=wide.columns))
    return pd.concat(parts)


def _paired(
    frame: pd.DataFrame, pair: tuple[np.ndarray, np.ndarray], found: Measure, unequal: bool
) -> pd.DataFrame:
    """Add the paired statistics of baseline and scenario draws (rows x replicates) to the rows."""
    before, after = pair
    mean, low, high, spread = mean_interval(after - before)
    with np.errstate(divide="ignore", invalid="ignore"):
        percents = np.where(before != 0, 100 * (after - before) / np.abs(before), np.nan)
    # A gap whose sign differs between replicates is a gap of about nothing: per cents of it mean nothing.
    percents[(before > 0).any(axis=-1) & (before < 0).any(axis=-1)] = np.nan
    percent, percent_low, percent_high, _ = mean_interval(percents)
    base = mean_interval(before)[0]
    quantity = frame["level"] if unequal else pd.Series("level", index=frame.index)
    size = np.array([float(threshold(found.name, q).size(b)) for q, b in zip(quantity, base, strict=True)])
    verdict = _verdicts((mean, low, high, spread), size, (after == before).all(axis=-1))
    return frame.assign(
        baseline=base,
        scenario=mean_interval(after)[0],
        difference=mean,
        low=low,
        high=high,
        computing_error=spread,
        percent=percent,
        percent_low=percent_low,
        percent_high=percent_high,
        variance_reduction=variance_reduction(after, before),
        further_replicates=further_replicates(mean, spread, np.isfinite(after - before).sum(axis=-1)),
        threshold=size,
        verdict=verdict,
        better=_better(mean, base, found, quantity, unequal),
    )


def _verdicts(summary: tuple[np.ndarray, ...], size: np.ndarray, same: np.ndarray) -> np.ndarray:
    """Return a key of `VERDICTS` for each row."""
    mean, low, high, spread = summary
    verdict = np.where(np.abs(mean) < size, "below_threshold", "change").astype(object)
    verdict[(low <= 0) & (high >= 0)] = "noise"
    verdict[np.isnan(spread)] = "no_interval"
    verdict[same] = "identical"
    return verdict


def _better(
    mean: np.ndarray, base: np.ndarray, found: Measure, quantity: pd.Series, unequal: bool
) -> list[bool | None]:
    """Say whether each change is for the better: fewer of the bad, more of the good, smaller gaps."""
    if unequal:
        neutral = np.where(quantity.isin(["relative_gap", "relative_index"]), 1.0, 0.0)
        return [
            bool(abs(b + m - n) < abs(b - n)) if m else None
            for m, b, n in zip(mean, base, neutral, strict=True)
        ]
    if found.direction == "neutral":
        return [None] * len(mean)
    sign = 1 if found.direction == "higher" else -1
    return [bool(sign * m > 0) if m else None for m in mean]


def _check_alike(runs: list[Run]) -> None:
    """Refuse runs that differ in what common random numbers need to be equal."""
    first = runs[0]
    for run in runs[1:]:
        for key in SAME_KEYS:
            if run.manifest[key] != first.manifest[key]:
                allowed = f"{first.manifest[key]!r}, as in {first.folder}: only alike runs can be compared"
                raise InputError(
                    file=run.folder / "manifest.json", key=key, found=run.manifest[key], allowed=allowed
                )


def _distinct_names(runs: list[Run]) -> dict[Run, str]:
    """Return a short name for each run, distinct even where two runs were saved under one name."""
    names: dict[Run, str] = {}
    for run in runs:
        name, number = run.name, 2
        while name in names.values():
            name, number = f"{run.name}_{number}", number + 1
        names[run] = name
    return names
