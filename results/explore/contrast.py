"""One scenario against another: paired differences with intervals, in the words of the report."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from results.comparison import Comparison
from results.explore.explored import Explored
from results.explore.plain import plain
from results.measures.registry import Measure, measure, measures
from results.measures.series import ALL_YEARS
from results.pairing import VERDICTS, paired
from results.report.blocks import change_text, estimate, is_clear, is_grey, percent_text
from results.report.headline import HEADLINES
from results.runs import Run
from results.uncertainty.tornado import LEAST_DRAWS
from results.wording import number

Array = npt.NDArray[np.float64]
HEADLINE_GROUP = "headlines"


def wanted(explored: Explored, group: str, dimension: str) -> list[str]:
    """Return the measures of a group that these runs have for a dimension, in the registry's order."""
    names = list(HEADLINES) if group == HEADLINE_GROUP else [
        one.name for one in measures().values() if one.group == group
    ]  # fmt: skip
    return [name for name in names if explored.recorded(measure(name), dimension)]


def contrast(
    explored: Explored, run: str, against: str, *, group: str = HEADLINE_GROUP, period: str = "",
    dimension: str = "all", level: str = "all",
) -> dict[str, Any]:  # fmt: skip
    """Return how a run differs from another in a group of measures, over one year, for one stratum.

    Args:
        explored: The runs.
        run: Name of the run.
        against: Name of the run that it is held against.
        group: `headlines`, or a group of the registry.
        period: A year of the run; by default its last.
        dimension: A recorded dimension.
        level: A level of it.

    Returns:
        `title`, what stands out in words; `rows` with measure, label, unit, before, after, change, percent
        and range (over draws of the uncertain figures; empty with too few) as text, mean, low and high of
        the difference in per cent for the drawing, reading, and grey; `parameters`, what is said of draws.
    """
    comparison = explored.against(against)
    period = period or comparison.years[-1]
    names = wanted(explored, group, dimension) if run != against else []
    pair = explored.run(run), explored.run(against)
    found = [(name, _units(comparison, pair, name, (period, dimension, level))) for name in names]
    there = {name: units for name, units in found if units is not None}
    rows = _rows(comparison, there, period)
    title, said = _title(explored, rows, (run, against), period), _of_parameters(comparison)
    return {"title": title, "period": period, "rows": rows, "parameters": said}


def _units(
    comparison: Comparison, pair: tuple[Run, Run], name: str, where: tuple[str, str, str]
) -> tuple[Array, Array] | None:
    """Return one measure's units (draws and replicates) before and after; None where it has no value."""
    period, dimension, level = where
    at = ALL_YEARS if measure(name).is_expectancy else period
    found = []
    for run in reversed(pair):
        wide = comparison.draws(run, name, dimension, "year")
        periods, levels = (wide.index.get_level_values(place).to_numpy() for place in (0, 1))
        row = np.flatnonzero((periods == at) & (levels == level))
        if not row.size:
            return None
        found.append(wide.to_numpy(dtype=float)[row[0]])
    return found[0], found[1]


def _rows(comparison: Comparison, units: dict[str, tuple[Array, Array]], period: str) -> list[dict[str, Any]]:
    """Return each measure's difference in numbers and words."""
    if not units:
        return []
    names = list(units)
    of = [measure(name) for name in names]
    stacked = tuple(np.stack([units[name][side] for name in names]) for side in (0, 1))
    frame = pd.DataFrame({"measure": names, "level": "level"})
    whole = paired(frame, (stacked[0], stacked[1]), of, len(comparison.draw_numbers))
    unread = whole["measure"].isin(comparison.unreadable) & (whole["verdict"] != "identical")
    whole.loc[unread, "verdict"] = "scale"
    drawn = plain(whole[["percent", "percent_low", "percent_high"]].to_numpy())
    return [
        _row(row, found, period) | {"drawn": ends, "range": _range(comparison, row)}
        for row, found, ends in zip(whole.itertuples(), of, drawn, strict=True)
    ]


def _row(row: Any, found: Measure, period: str) -> dict[str, Any]:
    """Return one difference in the report's words."""
    places = estimate(row, "difference").places
    return {
        "measure": found.name,
        "label": found.label,
        "unit": found.unit,
        "period": "all years together" if found.is_expectancy else period,
        "before": number(row.baseline, places),
        "after": number(row.scenario, places),
        "change": change_text(row, found),
        "percent": percent_text(row),
        "reading": VERDICTS[row.verdict],
        "better": row.better if is_clear(row.verdict) else None,
        "grey": is_grey(row.verdict),
    }


def _range(comparison: Comparison, row: Any) -> str:
    """Return the range of a difference over draws; empty where there are too few, or none."""
    if len(comparison.draw_numbers) < LEAST_DRAWS or not np.isfinite(row.parameter_low):
        return ""
    places = estimate(row, "difference").places
    return " to ".join(number(end, places, signed=True) for end in (row.parameter_low, row.parameter_high))


def _of_parameters(comparison: Comparison) -> str:
    """Return what is said of the uncertain figures' draws."""
    draws = len(comparison.draw_numbers)
    if draws < 2:
        return "Figures stand at their central values: what is not known of them is not in these intervals."
    if draws < LEAST_DRAWS:
        return f"The uncertain figures were drawn {draws} times, too few to show a range ({LEAST_DRAWS} are)."
    return f"The range over parameters is of {draws} draws of the uncertain figures, chance taken out."


def _title(explored: Explored, rows: list[dict[str, Any]], pair: tuple[str, str], period: str) -> str:
    """Return the finding in words."""
    names = [explored.comparison.labels[explored.run(one)] for one in pair]
    if pair[0] == pair[1]:
        return f"\u201c{names[0]}\u201d is held against itself: choose another to compare it with"
    clear = sum(row["reading"] == VERDICTS["change"] for row in rows)
    of = f"{clear} of {len(rows)} measures differ clearly, and by enough to matter"
    return f"{names[0]} against {names[1]}, {period}: {of}"
