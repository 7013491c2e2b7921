"""One measure by stratum and through time, of two runs; and the tiles on which an area is shown."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import numpy.typing as npt

from results.explore.explored import Explored, Place
from results.explore.plain import interval, options, plain
from results.measures.registry import Measure, measure
from results.statistics import over_replicates
from results.thresholds import threshold

Array = npt.NDArray[np.float64]
MONTHS_A_YEAR = 12
SPREAD = 0.5
"""How far tiles follow the order of places and not their distances: towns are many and near each other."""


def strata(
    explored: Explored, name: str, dimension: str, run: str, against: str, by: str = "month"
) -> dict[str, Any]:
    """Return one measure by period and level.

    Args:
        explored: The runs.
        name: A measure of the registry.
        dimension: A recorded dimension.
        run: Name of the run that is shown.
        against: Name of the run that it is held against.
        by: month or year.

    Returns:
        `measure` in words; `periods`; `levels`; `now` and `change` with mean, low, high, each (levels,
        periods); `before`, the mean of the other run; `matters`, from which size a change would bear on a
        decision (`results/thresholds.csv`), each (levels, periods).

    Raises:
        InputError: Measure, run or dimension is unknown.
    """
    found = measure(name)
    comparison = explored.against(against)
    after = comparison.draws(explored.run(run), name, dimension, by)
    before = comparison.draws(explored.run(against), name, dimension, by).reindex(after.index)
    draws = len(comparison.draw_numbers)
    periods = list(dict.fromkeys(after.index.get_level_values(0).astype(str)))
    levels = list(dict.fromkeys(after.index.get_level_values(1).astype(str)))
    shape = (len(periods), len(levels), len(comparison.units))
    held = _filled(after, periods, levels, shape), _filled(before, periods, levels, shape)
    level = over_replicates(held[1], draws).mean(axis=-1)
    return {
        "measure": {
            "key": found.name, "label": found.label, "unit": found.unit, "direction": found.direction,
            "definition": found.definition, "source": found.source,
            "unreadable": name in comparison.unreadable,
        },
        "periods": periods,
        "levels": options(levels, [explored.level_name(dimension, level) for level in levels]),
        "now": interval(held[0], draws),
        "before": plain(level),
        "matters": plain(_matters(found, level, by)),
        "change": interval(held[0] - held[1], draws),
        "tiles": tiles(levels, explored.places) if dimension == "neighbourhood" else None,
    }  # fmt: skip


def _matters(found: Measure, level: Array, by: str) -> Array:
    """Return the smallest change that matters; a number a year is shared out over the months of a sum."""
    least = threshold(found.name)
    size = least.size(level)
    in_months = by == "month" and least.basis == "absolute" and found.month_unit != found.unit
    return size / MONTHS_A_YEAR if in_months else size


def _filled(wide: Any, periods: list[str], levels: list[str], shape: tuple[int, int, int]) -> Any:
    """Return values (levels, periods, units); NaN where a level has no value in a period."""
    out = np.full(shape, np.nan)
    rows = [periods.index(str(one)) for one in wide.index.get_level_values(0)]
    columns = [levels.index(str(one)) for one in wide.index.get_level_values(1)]
    out[rows, columns] = wide.to_numpy(dtype=float)
    return out.transpose(1, 0, 2)


def tiles(keys: Sequence[str], places: Mapping[str, Place]) -> dict[str, Any]:
    """Return where each place's tile stands, so that the tiles look like the area.

    Each tile is given to one cell of a grid so that the sum of squared distances between places and cells is
    least (an assignment problem); positions are half as they are and half by rank, which lets crowded towns
    breathe. Places that are not known stand in rows, in their order.

    Returns:
        `columns`, `rows`, and `at`: for each key its column and row, from 0.
    """
    count = len(keys)
    if not count:
        return {"columns": 1, "rows": 1, "at": {}}
    if any(key not in places for key in keys):
        columns = math.ceil(math.sqrt(count * 1.5))
        at = {key: [index % columns, index // columns] for index, key in enumerate(keys)}
        return {"columns": columns, "rows": -(-count // columns), "at": at}
    from scipy.optimize import linear_sum_assignment

    x = np.array([places[key].longitude for key in keys])
    y = np.array([-places[key].latitude for key in keys])
    columns, rows = _grid(count)
    points = np.column_stack([_along(x, columns), _along(y, rows)])
    cells = np.array([(column, row) for row in range(rows) for column in range(columns)], dtype=float)
    cost = ((points[:, None, :] - cells[None, :, :]) ** 2).sum(axis=-1)
    taken = linear_sum_assignment(cost)[1]
    found = {key: [int(cells[cell, 0]), int(cells[cell, 1])] for key, cell in zip(keys, taken, strict=True)}
    return {"columns": columns, "rows": rows, "at": found}


def _grid(count: int) -> tuple[int, int]:
    """Return columns and rows with about a third of the cells to spare, wider than high."""
    rows = max(1, round(math.sqrt(count * 4 / 3 / 1.6)))
    return math.ceil(count * 4 / 3 / rows), rows


def _along(values: npt.NDArray[np.float64], cells: int) -> npt.NDArray[np.float64]:
    """Return positions along an axis of so many cells: half in distance, half by rank."""
    span = float(np.ptp(values)) or 1.0
    distance = (values - values.min()) / span
    rank = np.argsort(np.argsort(values, kind="stable"), kind="stable") / max(1, len(values) - 1)
    return np.asarray(((1 - SPREAD) * distance + SPREAD * rank) * (cells - 1))
