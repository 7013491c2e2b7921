"""What the page's selectors draw from: measures by month and, by neighbourhood and fifth, by year; as JSON.

Headline measures are kept month by month for the whole area; all by year for every one-way stratum, so that
the file stays small (`shown.csv`). For each run the numbers of a period follow one another: the level with
its interval; for scenarios the ends of the level's interval and the paired difference with its interval,
since their level is the baseline's and the difference.
"""

from __future__ import annotations

import csv
import json
import math
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from results.measures.care_nodes import care_nodes
from results.measures.registry import measure, measures
from results.measures.series import month_labels
from results.pairing import GREY_VERDICTS, VERDICTS
from results.report.blocks import Context
from results.report.sections.shared import place_words, spoken
from results.report.targets import flags

SHOWN = Path(__file__).with_name("shown.csv")
DIMENSIONS = ("quintile", "neighbourhood")
FIGURES = 6
BEDS = ("acute_beds", "elective_beds")
"""Beginnings of the nodes whose places are the capacity that occupied beds are held against."""


@cache
def shown() -> dict[str, str]:
    """Return the measures that the page can show, and the finest period for which it holds them."""
    with SHOWN.open(encoding="utf-8", newline="") as file:
        found = {row["measure"]: row["by"] for row in csv.DictReader(file)}
    return {name: by for name, by in found.items() if name in measures()}


def recorded(context: Context) -> list[str]:
    """Return the measures of `shown` that the runs hold."""
    return [name for name in shown() if not context.comparison.levels(name).empty]


def neighbourhoods(context: Context) -> list[tuple[str, str]]:
    """Return key and name of each neighbourhood that the runs tell apart, in the order of names."""
    levels = context.levels_of("neighbourhood")
    places = place_words(context)
    return sorted(((key, place_name(key, places)) for key in levels), key=lambda pair: pair[1])


def place_name(key: str, places: frozenset[str]) -> str:
    """Return the name of a place from its key: 'Weymouth and Portland'."""
    small = {"and", "of", "the"}
    words = spoken(key, places - small).split(" ")
    text = " ".join(word.lower() if word.lower() in small else word for word in words)
    return text[0].upper() + text[1:]


def page_data(context: Context) -> dict[str, Any]:
    """Return all that the page's script draws from, of plain types."""
    comparison = context.comparison
    months, targets = month_labels(comparison.baseline), flags(context)
    return {
        "baseline": context.baseline_name,
        "runs": [
            {"id": name, "label": look.label, "colour": look.colour, "dash": _dash(look.dash), "place": place}
            for place, (name, look) in enumerate(context.looks.items())
        ],
        "months": months,
        "years": comparison.years,
        "grey": sorted(GREY_VERDICTS),
        "verdicts": VERDICTS,
        "fifths": {str(fifth): fifth_words(str(fifth)) for fifth in range(1, 6)},
        "places": dict(neighbourhoods(context)),
        "measures": {name: _measure(context, name, targets.get(name, [])) for name in recorded(context)},
    }


def fifth_words(fifth: str) -> str:
    """Return what a fifth is called in a sentence."""
    return f"fifth {fifth}" + {"1": " (most deprived)", "5": " (least deprived)"}.get(fifth, "")


def as_json(data: dict[str, Any]) -> str:
    """Return data as JSON that is safe within a page: no character in it can end or begin markup."""
    text = json.dumps(data, ensure_ascii=True, separators=(",", ":"), allow_nan=False)
    return text.replace("&", "\\u0026").replace("<", "\\u003c").replace(">", "\\u003e")


def _dash(dash: Any) -> str:
    """Return a matplotlib dash as SVG has it; empty for a whole line."""
    return "" if isinstance(dash, str) else " ".join(f"{2.2 * length:g}" for length in dash[1])


def _measure(context: Context, name: str, targets: list[dict[str, Any]]) -> dict[str, Any]:
    """Return one measure: what it is, and its numbers by stratum."""
    found = measure(name)
    made: dict[str, Any] = {
        "label": found.label, "unit": found.unit, "month_unit": found.month_unit, "share": found.is_share,
        "definition": found.definition,
        "source": found.source, "unread": name in context.comparison.unreadable,
        "targets": targets, "capacity": _capacity(context) if name == "occupied_beds" else [],
        "year": {"all": _runs(context, name, "all", "year")["all"]}, "month": [],
    }  # fmt: skip
    if shown()[name] == "month":
        made["month"] = _runs(context, name, "all", "month")["all"]
    for dimension in DIMENSIONS:
        if dimension in context.dimensions:
            each = _runs(context, name, dimension, "year")
            made["year"] |= {f"{dimension}:{level}": runs for level, runs in each.items()}
    return made


def _runs(context: Context, name: str, dimension: str, by: str) -> dict[str, list[Any]]:
    """Return by level, in the order of runs: numbers, last verdict, what would settle it, own periods.

    Nought stands for a run without numbers, no periods for those of the run.
    """
    levels = context.comparison.levels(name, dimension, by)
    changes = context.comparison.differences(name, dimension, by)
    made: dict[str, list[Any]] = {}
    told, moved = levels["run"].to_numpy(), changes["run"].to_numpy()
    for place, run in enumerate(context.looks):
        mine, own = levels[told == run], changes[moved == run]
        keys = mine["level"].to_numpy()
        if not own.empty:
            rows_of = pd.MultiIndex.from_frame(mine[["period", "level"]])
            own = own.set_index(["period", "level"]).reindex(rows_of)
        numbers = _numbers(mine, own)
        for level in dict.fromkeys(keys):
            rows = np.flatnonzero(keys == level)
            verdict, settled = "", 0
            if not own.empty:
                last = own.iloc[rows[-1]]
                verdict, more = str(last["verdict"]), float(last["further_replicates"])
                settled = int(more) if verdict == "noise" and math.isfinite(more) else 0
            periods = mine["period"].iloc[rows].tolist()
            differ = periods if by == "year" and periods != context.comparison.years else []
            held = made.setdefault("all" if dimension == "all" else str(level), [0] * len(context.looks))
            held[place] = [_rounded(numbers[rows]), verdict, settled, differ]
    return made or {"all": []}


def _numbers(levels: pd.DataFrame, changes: pd.DataFrame) -> npt.NDArray[np.float64]:
    """Return the numbers of each row; half the width of an interval, which is even about its mean."""
    halves = [(one["high"].to_numpy(float) - one["low"].to_numpy(float)) / 2 for one in (levels, changes)]
    if changes.empty:
        return np.stack([levels["value"].to_numpy(float), halves[0]], axis=-1)
    return np.stack([halves[0], changes["difference"].to_numpy(float), halves[1]], axis=-1)


def _rounded(values: npt.NDArray[np.float64]) -> list[float | int | None]:
    """Return numbers row by row, to a few significant figures; None where there is none."""
    found: list[float | int | None] = []
    for value in values.ravel().tolist():
        if not math.isfinite(value):
            found.append(None)
            continue
        short = float(f"{value:.{FIGURES}g}")
        found.append(int(short) if short.is_integer() else short)
    return found


def _capacity(context: Context) -> list[float | None]:
    """Return the beds open in each month of the baseline, acute and planned, mean over replicates."""
    run = context.comparison.baseline
    means = care_nodes(run).months
    keys = means.index.to_frame(index=False)
    beds = means[((keys["measure"] == "mean_places") & keys["node"].str.startswith(BEDS)).to_numpy()]
    return [] if beds.empty else _rounded(beds.sum(min_count=1).to_numpy(dtype=float))
