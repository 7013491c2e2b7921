"""Scenarios against a baseline, replicate by replicate, under common random numbers."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path

import numpy as np
import pandas as pd

from results.bearing import shortcomings
from results.inequality import QUANTITIES, all_quantities
from results.inequality.groups import group_of, plus_groups, with_gaps
from results.likeness import check_alike
from results.measures.care_nodes import care_nodes
from results.measures.prevalence import prevalence
from results.measures.registry import measure
from results.measures.series import against_others, unit_values, weights, year_labels
from results.pairing import DIFFERENCE_COLUMNS, VERDICTS, paired
from results.runs import A_DRAW, Run, load_runs
from results.small_scale import unreadable_measures, unreadable_nodes
from results.stated import short_labels
from results.statistics import mean_interval, over_replicates
from sim.parameters.errors import InputError

BASELINE = "baseline"
INEQUALITY = {
    "inequality": "quintile",
    "inequality_male": "quintile_male",
    "inequality_female": "quintile_female",
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
        self.runs, self.absent = load_runs(runs)
        if not self.runs:
            raise InputError(file="compare", key="runs", found="none", allowed="at least one finished run")
        check_alike(self.runs)
        self.names = _distinct_names(self.runs)
        self.labels = short_labels(self.runs)
        self.baseline = self._find_baseline(baseline)
        self.scenarios = [run for run in self.runs if run is not self.baseline]
        self.draw_numbers, self.replicates = self._common_units()
        self.units = tuple(
            draw * A_DRAW + replicate for draw in self.draw_numbers for replicate in self.replicates
        )
        self.unreadable = frozenset().union(*(unreadable_measures(run) for run in self.runs))
        self.unreadable_nodes = frozenset().union(*(unreadable_nodes(run) for run in self.runs))
        self._nodes: pd.DataFrame | None = None
        self._cache: dict[tuple[str, ...], pd.DataFrame] = {}
        self._levels: dict[tuple[str, str, str], pd.DataFrame] = {}
        self._differences: dict[tuple[str, str, str], pd.DataFrame] = {}

    def _find_baseline(self, name: str | None) -> Run:
        """Return the run to compare with."""
        if name is None:
            plain = [run for run in self.runs if run.scenario["name"] == BASELINE]
            if BASELINE in self.absent and not plain:
                allowed = "a finished unit of it, or --baseline with another run"
                raise InputError(file="compare", key=BASELINE, found="no unit finished", allowed=allowed)
            return plain[0] if plain else self.runs[0]
        for run in self.runs:
            if name in {self.names[run], run.scenario["name"]}:
                return run
        known = sorted({*self.names.values(), *(str(run.scenario["name"]) for run in self.runs)})
        raise InputError(file="compare", key="--baseline", found=name, allowed=", ".join(known), names=known)

    def _common_units(self) -> tuple[tuple[int, ...], tuple[int, ...]]:
        """Return the draws that every run has, and the replicates that all have finished in each of them.

        A run of a scenario without uncertain figures stands for itself in every draw.
        """
        drawn = [run for run in self.runs if not run.nothing_to_draw] or self.runs
        held = {run: {divmod(unit, A_DRAW) for unit in run.replicates} for run in self.runs}
        draws = set.intersection(*({draw for draw, _ in held[run]} for run in drawn))
        if not draws:
            allowed = "runs that share a draw: each with central figures, or each with draws"
            raise InputError(file="compare", key="draws", found="none in common", allowed=allowed)
        common = set.intersection(
            *(
                {rep for d, rep in held[run] if d == self._own(run, draw)}
                for run in self.runs
                for draw in draws
            )
        )
        if not common:
            allowed = "runs that share at least one replicate"
            raise InputError(file="compare", key="replicates", found="none in common", allowed=allowed)
        return tuple(sorted(draws)), tuple(sorted(common))

    @staticmethod
    def _own(run: Run, draw: int) -> int:
        """Return the draw of a run that stands for a draw of the comparison."""
        return 0 if run.nothing_to_draw and all(unit < A_DRAW for unit in run.replicates) else draw

    def own_units(self, run: Run) -> list[int]:
        """Return the units of a run that stand for the comparison's, in their order."""
        return [
            self._own(run, draw) * A_DRAW + replicate
            for draw in self.draw_numbers
            for replicate in self.replicates
        ]

    @property
    def drawn(self) -> bool:
        """Whether parameters were drawn, several times."""
        return len(self.draw_numbers) > 1

    @property
    def shortcomings(self) -> list[str]:
        """Why the runs cannot bear a decision, in words; empty where they can."""
        return shortcomings(self.scale, len(self.replicates))

    @property
    def scale(self) -> float:
        """Share of residents kept, the same in all runs."""
        return self.baseline.scale

    @property
    def years(self) -> list[str]:
        """Labels of the years compared."""
        return year_labels(self.baseline)

    @property
    def plus_groups(self) -> tuple[str, ...]:
        """PLUS groups that every run records, as dimensions: 'plus_group:LEVEL'."""
        return tuple(
            one for one in plus_groups(self.baseline) if all(one in plus_groups(run) for run in self.runs)
        )

    def draws(self, run: Run, name: str, dimension: str = "all", by: str = "year") -> pd.DataFrame:
        """Return one measure of one run: index (period, level), a column for each draw and replicate.

        Besides recorded dimensions, `inequality`, `inequality_male` and `inequality_female` give the
        quantities of `results.inequality` as levels; `core20` and the members of `plus_groups` give a group,
        all others, and the gap and ratio between them. Rows keep the order of time and level.
        """
        key = (self.names[run], name, dimension, by)
        if key not in self._cache:
            unequal = dimension in INEQUALITY
            source = INEQUALITY.get(dimension, dimension)
            group = group_of(dimension)
            if group:
                wide = with_gaps(self._paired_units(run, against_others(run, name, *group, by)))
            else:
                wide = self._paired_units(run, unit_values(run, name, source, by))
            if unequal and not wide.empty:
                wide = _inequality(wide, self._paired_units(run, weights(run, name, source, by)))
            self._cache[key] = wide
        return self._cache[key]

    def _paired_units(self, run: Run, wide: pd.DataFrame) -> pd.DataFrame:
        """Return the columns of a run's units that stand for the comparison's, under its numbers."""
        own = self.own_units(run)
        if own == list(wide.columns):
            return wide
        return wide[own].set_axis(list(self.units), axis=1).dropna(how="all")

    def levels(self, name: str, dimension: str = "all", by: str = "year") -> pd.DataFrame:
        """Return mean, 95% interval and computing error of a measure for every run.

        Returns:
            Columns run, label, measure, dimension, period, level, value, low, high, computing_error.
        """
        key = (name, dimension, by)
        if key not in self._levels:
            self._levels[key] = self._all_levels(name, dimension, by)
        return self._levels[key].copy()

    def _all_levels(self, name: str, dimension: str, by: str) -> pd.DataFrame:
        """Return the levels of a measure, which sections and the page's data ask for again and again."""
        wides = {run: self.draws(run, name, dimension, by) for run in self.runs}
        frame = self._frame(name, dimension, {run: wide.index for run, wide in wides.items()})
        units = np.concatenate([wide.to_numpy(dtype=float) for wide in wides.values()])
        mean, low, high, spread = mean_interval(over_replicates(units, len(self.draw_numbers)))
        return frame.assign(value=mean, low=low, high=high, computing_error=spread)

    def differences(self, name: str, dimension: str = "all", by: str = "year") -> pd.DataFrame:
        """Return paired differences from baseline, absolute and relative, for every scenario.

        Args:
            name: A measure of the registry.
            dimension: As in `draws`.
            by: month, year or all.

        Returns:
            Columns run, label, measure, dimension, period, level, baseline, scenario, difference, low, high,
            computing_error, percent, percent_low, percent_high, variance_reduction, further_replicates,
            threshold, verdict (a key of `VERDICTS`), better (True, False or None), and the spread of the
            difference over draws of the parameters: parameter_spread, parameter_low, parameter_high (NaN
            without draws). low and high are computing error alone.
        """
        key = (name, dimension, by)
        if key not in self._differences:
            self._differences[key] = self._all_differences(name, dimension, by)
        return self._differences[key].copy()

    def _all_differences(self, name: str, dimension: str, by: str) -> pd.DataFrame:
        """Return the differences of a measure, which sections, charts and cards ask for again and again."""
        if not self.scenarios:
            return pd.DataFrame(columns=DIFFERENCE_COLUMNS)
        before, index, pairs = self.draws(self.baseline, name, dimension, by), {}, []
        for run in self.scenarios:
            after = self.draws(run, name, dimension, by)
            first, second = before, after
            if not before.index.equals(after.index):
                shared = before.index.intersection(after.index, sort=False)
                first, second = before.loc[shared], after.loc[shared]
            index[run] = first.index
            pairs.append((first.to_numpy(dtype=float), second.to_numpy(dtype=float)))
        units = (np.concatenate([pair[0] for pair in pairs]), np.concatenate([pair[1] for pair in pairs]))
        frame = self._frame(name, dimension, index)
        whole = paired(frame, units, measure(name), len(self.draw_numbers))
        if name in self.unreadable:
            whole.loc[whole["verdict"] != "identical", "verdict"] = "scale"
        return whole

    def summarised(self, wides: dict[Run, pd.DataFrame]) -> pd.DataFrame:
        """Return means with intervals of every run's rows, and of their paired differences from baseline.

        Args:
            wides: For each run, rows under any index and a column for each unit, as `draws` gives.

        Returns:
            Columns run, label, those of the index, value, low, high, difference, difference_low,
            difference_high.
        """
        return pd.concat([self._against(run, wides) for run in self.runs], ignore_index=True)

    def nodes(self) -> pd.DataFrame:
        """Return each care node's year for every run, means over replicates with intervals.

        Returns:
            Columns run, label, period, level (node), measure, value, low, high, and for scenarios
            difference, difference_low and difference_high from baseline.
        """
        if self._nodes is None:
            self._nodes = self.summarised(
                {run: self._paired_units(run, care_nodes(run).years) for run in self.runs}
            )
        return self._nodes.copy()

    def conditions(self) -> pd.DataFrame:
        """Return people with each condition and prevalence at the last recorded moment, as `nodes` does."""
        wides: dict[Run, pd.DataFrame] = {}
        for run in self.runs:
            tidy = prevalence(run)
            tidy = tidy[tidy["period"] == tidy["period"].max()]
            long = tidy.melt(["replicate", "period", "condition"], ["cases", "value"], "measure", "amount")
            long["measure"] = long["measure"].replace({"value": "prevalence"})
            long = long.rename(columns={"condition": "level"})
            wides[run] = self._pivot(run, long, "amount")
        return self.summarised(wides)

    def _pivot(self, run: Run, tidy: pd.DataFrame, amount: str) -> pd.DataFrame:
        """Put units side by side under period, level and measure; empty where nothing was recorded."""
        index = ["period", "level", "measure"]
        if tidy.empty:
            empty = pd.MultiIndex.from_arrays([[], [], []], names=index)
            return pd.DataFrame(index=empty, columns=list(self.units), dtype=float)
        own = self.own_units(run)
        tidy = tidy[tidy["replicate"].isin(own)]
        wide = tidy.pivot_table(index=index, columns="replicate", values=amount)
        return wide.reindex(columns=own).set_axis(list(self.units), axis=1)

    def _by_replicate(self, wide: pd.DataFrame) -> np.ndarray:
        """Return values (rows, replicates), each a mean over the draws."""
        return over_replicates(wide.to_numpy(dtype=float), len(self.draw_numbers))

    def _against(self, run: Run, wides: dict[Run, pd.DataFrame]) -> pd.DataFrame:
        """Summarise one run's rows and their paired differences from baseline."""
        wide = wides[run]
        mean, low, high, _ = mean_interval(self._by_replicate(wide))
        frame = wide.index.to_frame(index=False)
        frame.insert(0, "run", self.names[run])
        frame.insert(1, "label", self.labels[run])
        paired = wide - wides[self.baseline].reindex(wide.index)
        change, change_low, change_high, _ = mean_interval(self._by_replicate(paired))
        return frame.assign(
            value=mean,
            low=low,
            high=high,
            difference=change,
            difference_low=change_low,
            difference_high=change_high,
        )

    def _frame(self, name: str, dimension: str, rows: Mapping[Run, pd.Index]) -> pd.DataFrame:
        """Return the identifying columns of a result: the rows of each run, one run below the other."""
        first = next(iter(rows.values()))
        if all(index is first or index.equals(first) for index in rows.values()):
            keys = first.to_frame(index=False)
            keys = keys.iloc[np.tile(np.arange(len(first)), len(rows))].reset_index(drop=True)
        else:
            keys = pd.concat([index.to_frame(index=False) for index in rows.values()], ignore_index=True)
        counts = [len(index) for index in rows.values()]
        for place, named in enumerate((self.names, self.labels)):
            texts = pd.array([named[run] for run in rows], dtype=str)
            keys.insert(place, ("run", "label")[place], texts.take(np.repeat(np.arange(len(rows)), counts)))
        keys.insert(2, "measure", name)
        keys.insert(3, "dimension", dimension)
        return keys


def _inequality(wide: pd.DataFrame, weight: pd.DataFrame) -> pd.DataFrame:
    """Turn fifths (rows) into quantities of inequality (rows), for each period and replicate."""
    periods = wide.index.get_level_values("period").unique()
    fifths = sorted(wide.index.get_level_values("level").unique())
    rows = pd.MultiIndex.from_product([periods, fifths], names=["period", "level"])
    shape = (len(periods), len(fifths), -1)
    block, people = (
        (one if one.index.equals(rows) else one.reindex(rows)).to_numpy(float).reshape(shape).swapaxes(1, 2)
        for one in (wide, weight)
    )
    found = all_quantities(block, people)
    index = pd.MultiIndex.from_product([periods, QUANTITIES], names=["period", "level"])
    values = np.stack([found[name] for name in QUANTITIES], axis=1)
    return pd.DataFrame(values.reshape(len(index), -1), index=index, columns=wide.columns)


def _distinct_names(runs: list[Run]) -> dict[Run, str]:
    """Return a short name for each run, distinct even where two runs were saved under one name."""
    names: dict[Run, str] = {}
    for run in runs:
        name, number = run.name, 2
        while name in names.values():
            name, number = f"{run.name}_{number}", number + 1
        names[run] = name
    return names


__all__ = ["DIFFERENCE_COLUMNS", "VERDICTS", "Comparison"]
