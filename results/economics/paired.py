"""Yearly amounts of runs side by side, unit by unit, and their paired differences from baseline.

low and high are computing error over replicates (95%); parameter_low and parameter_high the spread over draws
of the uncertain figures, NaN without draws. The two are kept apart, as everywhere in results.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
import pandas as pd

from results.comparison import Comparison
from results.runs import Run
from results.statistics import Array, mean_interval, over_replicates, parameter_interval

WHOLE, DISCOUNTED = "whole run", "whole run, discounted"
SPREAD = ("low", "high", "parameter_low", "parameter_high")
CHANGE_COLUMNS = ("baseline", "scenario", "difference", *SPREAD)


def side_by_side(comparison: Comparison, run: Run, tidy: pd.DataFrame, keys: Sequence[str]) -> pd.DataFrame:
    """Put a run's yearly amounts side by side.

    Args:
        comparison: Whose units and years count.
        run: Whose amounts they are.
        tidy: Columns unit, period, value and the keys.
        keys: What a row is, beside its year.

    Returns:
        Index the keys and period, a column for each unit of the comparison; nought where nothing is recorded.
    """
    index = [*keys, "period"]
    if tidy.empty:
        empty = pd.MultiIndex.from_arrays([[] for _ in index], names=index)
        return pd.DataFrame(index=empty, columns=list(comparison.units), dtype=float)
    own = comparison.own_units(run)
    units = list(dict.fromkeys(own))
    kept = tidy[tidy["period"].isin(comparison.years) & tidy["unit"].isin(units)]
    codes, texts = zip(*(pd.factorize(kept[name]) for name in index), strict=True)
    cells, rows = pd.factorize(np.ravel_multi_index(codes, tuple(max(len(one), 1) for one in texts)))
    unit = pd.Index(units).get_indexer(kept["unit"])
    found = np.bincount(
        cells * len(units) + unit, kept["value"].to_numpy(dtype=float), len(rows) * len(units)
    )
    places = np.unravel_index(rows, tuple(max(len(one), 1) for one in texts))
    names = [[str(texts[k][place]) for place in at] for k, at in enumerate(places)]
    wide = pd.DataFrame(
        found.reshape(len(rows), len(units)), index=pd.MultiIndex.from_arrays(names, names=index)
    )
    return wide[[units.index(unit) for unit in own]].set_axis(list(comparison.units), axis=1)


def cube(comparison: Comparison, wide: pd.DataFrame, rows: Sequence[tuple[Any, ...]]) -> Array:
    """Return amounts (rows, years, units) of the rows' keys; nought where there are none."""
    places = {row: number for number, row in enumerate(rows)}
    years = {year: number for number, year in enumerate(comparison.years)}
    found = np.zeros((len(rows), len(years), len(comparison.units)))
    for key, units in zip(_tuples(wide.index), wide.to_numpy(dtype=float), strict=True):
        found[places[key[:-1]], years[key[-1]]] = units
    return found


def _tuples(index: pd.Index) -> list[tuple[Any, ...]]:
    """Return the keys of rows, the period last."""
    return [key if isinstance(key, tuple) else (key,) for key in index]


def every_year(comparison: Comparison, wide: pd.DataFrame) -> Array:
    """Return amounts (years, units) of a table without keys; nought where none is recorded."""
    found: Array = cube(comparison, wide, [()])[0]
    return found


def spread(comparison: Comparison, units: Array) -> dict[str, Array]:
    """Return value, low, high, parameter_low, parameter_high of units (..., draws x replicates)."""
    draws = len(comparison.draw_numbers)
    mean, low, high, _ = mean_interval(over_replicates(units, draws))
    _, drawn_low, drawn_high = parameter_interval(units, draws)
    return dict(zip(("value", *SPREAD), (mean, low, high, drawn_low, drawn_high), strict=True))


def with_sums(comparison: Comparison, units: Array, weights: Array | None) -> tuple[list[str], Array]:
    """Add sums over years to amounts (..., years, units): the whole run and, with weights, discounted."""
    parts = [units, units.sum(axis=-2, keepdims=True)]
    periods = [*comparison.years, WHOLE]
    if weights is not None:
        parts.append(np.einsum("y,...yu->...u", weights, units)[..., None, :])
        periods.append(DISCOUNTED)
    return periods, np.concatenate(parts, axis=-2)


def changes(
    comparison: Comparison,
    of: Callable[[Run], pd.DataFrame],
    keys: Sequence[str],
    weights: Array | None = None,
) -> pd.DataFrame:
    """Return yearly amounts of every scenario against the baseline, and their sums over the run.

    Args:
        comparison: Runs and their baseline.
        of: Returns a run's yearly amounts with columns unit, period, value and the keys.
        keys: What a row is.
        weights: Discount factors of the years; None for no discounted sum.

    Returns:
        Columns run, label, the keys, period and `CHANGE_COLUMNS`. A row that no run holds is left out.
    """
    columns = ["run", "label", *keys, "period", *CHANGE_COLUMNS]
    before = side_by_side(comparison, comparison.baseline, of(comparison.baseline), keys)
    parts = []
    for run in comparison.scenarios:
        after = side_by_side(comparison, run, of(run), keys)
        rows = list(dict.fromkeys(key[:-1] for wide in (before, after) for key in _tuples(wide.index)))
        if rows:
            cubes = [cube(comparison, wide, rows) for wide in (before, after)]
            part = _differences(comparison, (cubes[0], cubes[1]), weights)
            named = {
                key: np.repeat([str(row[place]) for row in rows], len(part) // len(rows))
                for place, key in enumerate(keys)
            }
            known = {"run": comparison.names[run], "label": comparison.labels[run]}
            parts.append(part.assign(**known, **named))
    return pd.concat(parts, ignore_index=True)[columns] if parts else pd.DataFrame(columns=columns)


def _differences(comparison: Comparison, pair: tuple[Array, Array], weights: Array | None) -> pd.DataFrame:
    """Return levels, differences and their spread of rows, each with its periods, one below the other."""
    periods, before = with_sums(comparison, pair[0], weights)
    _, after = with_sums(comparison, pair[1], weights)
    found = spread(comparison, after - before)
    return pd.DataFrame(
        {
            "period": periods * len(before), "baseline": before.mean(axis=-1).ravel(),
            "scenario": after.mean(axis=-1).ravel(), "difference": found["value"].ravel(),
            **{name: found[name].ravel() for name in SPREAD},
        }
    )  # fmt: skip


def levels(comparison: Comparison, of: Callable[[Run], pd.DataFrame], keys: Sequence[str]) -> pd.DataFrame:
    """Return yearly amounts of every run: run, label, keys, period, value and its spread."""
    columns = ["run", "label", *keys, "period", "value", *SPREAD]
    parts = []
    for run in comparison.runs:
        wide = side_by_side(comparison, run, of(run), keys)
        frame = wide.index.to_frame(index=False)
        found = spread(comparison, wide.to_numpy(dtype=float))
        parts.append(frame.assign(run=comparison.names[run], label=comparison.labels[run]).assign(**found))
    return pd.concat(parts, ignore_index=True)[columns]
