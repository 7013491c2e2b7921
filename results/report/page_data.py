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
LEVEL, CHANGE = ("value", "low", "high"), ("difference", "low", "high")
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
    places = {run: place for place, run in enumerate(context.looks)}
    moved = dict(list(changes.groupby("run", sort=False))) if not changes.empty else {}
    for run, part in levels.groupby("run", sort=False):
        mine = part.set_index(["period", "level"])
        numbers, last = mine[list(LEVEL)], None
        if run in moved:
            beside = moved[run].set_index(["period", "level"]).reindex(mine.index)
            numbers = pd.concat([numbers[list(LEVEL[1:])], beside[list(CHANGE)]], axis=1)
            last = beside.groupby(level="level", sort=False)[["verdict", "further_replicates"]].last()
        keys = mine.index.get_level_values("level").to_numpy()
        values = numbers.to_numpy(dtype=float)
        for level in dict.fromkeys(keys):
            verdict, settled = "", 0
            if last is not None:
                verdict, more = str(last.loc[level, "verdict"]), float(last.loc[level, "further_replicates"])
                settled = int(more) if verdict == "noise" and math.isfinite(more) else 0
            periods = list(mine.index.get_level_values("period")[keys == level])
            own = periods if by == "year" and periods != context.comparison.years else []
            held = made.setdefault("all" if dimension == "all" else str(level), [0] * len(context.looks))
            held[places[str(run)]] = [_rounded(values[keys == level]), verdict, settled, own]
    return made or {"all": []}


def _rounded(values: npt.NDArray[np.float64]) -> list[float | None]:
    """Return numbers row by row, to a few significant figures; None where there is none."""
    flat = values.ravel().tolist()
    return [float(f"{value:.{FIGURES}g}") if math.isfinite(value) else None for value in flat]


def _capacity(context: Context) -> list[float | None]:
    """Return the beds open in each month of the baseline, acute and planned, mean over replicates."""
    run = context.comparison.baseline
    means = care_nodes(run).months
    keys = means.index.to_frame(index=False)
    beds = means[((keys["measure"] == "mean_places") & keys["node"].str.startswith(BEDS)).to_numpy()]
    return [] if beds.empty else _rounded(beds.sum(min_count=1).to_numpy(dtype=float))
