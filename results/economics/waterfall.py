"""A combined scenario by its parts, from the folder that `leftshift attribute` wrote.

Bars from left to right: each part alone, then the interaction, which takes the sum of the parts to the whole;
beside each part its Shapley share, which adds up to the whole by itself.
"""

from __future__ import annotations

import json
from pathlib import Path

import pandas as pd

from results.comparison import Comparison
from results.measures.series import ALL_YEARS
from sim.parameters.errors import InputError

TABLE, MANIFEST, KIND = "attribution.csv", "manifest.json", "attribution"
QUANTITIES = ("alone", "left_out", "shapley", "whole", "sum_of_alone", "interaction")
PART, INTERACTION, WHOLE = "part", "interaction", "whole"
NEEDED = {"measure", "period", "part", "quantity", "mean", "low", "high"}
COLUMNS = ["measure", "bar", "part", "start", "end", "value", "low", "high", "shapley", "shapley_low",
           "shapley_high"]  # fmt: skip


def attributions(comparison: Comparison) -> list[Path]:
    """Return the folders of attributions that lie with the runs of a comparison, or beside their folder."""
    around = {run.folder.resolve().parent for run in comparison.runs}
    around |= {folder.parent for folder in around}
    found = {path.parent for folder in around for path in (folder / TABLE, *folder.glob(f"*/{TABLE}"))}
    return sorted(folder for folder in found if _is_one(folder))


def _is_one(folder: Path) -> bool:
    """Tell whether a folder holds a finished attribution."""
    try:
        manifest = json.loads((folder / MANIFEST).read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return False
    return (folder / TABLE).is_file() and manifest.get("kind") == KIND


def read_attribution(folder: Path) -> pd.DataFrame:
    """Return the table of an attribution.

    Raises:
        InputError: It cannot be read, or lacks a column.
    """
    path = folder / TABLE
    try:
        table = pd.read_csv(path)
    except (OSError, ValueError) as problem:
        raise InputError(file=path, key=TABLE, found=str(problem), allowed="a table of attribute") from None
    absent = sorted(NEEDED - set(table.columns))
    if absent:
        allowed = f"the columns {', '.join(sorted(NEEDED))}"
        raise InputError(file=path, key=absent[0], found="nothing", allowed=allowed)
    return table


def waterfall(table: pd.DataFrame, period: str = ALL_YEARS) -> pd.DataFrame:
    """Return the bars of each measure's waterfall.

    Args:
        table: Of `read_attribution`.
        period: Which period; over all years totals are averages a year.

    Returns:
        Columns `COLUMNS`; bar is part, interaction or whole. A part's bar begins where the one before ends;
        the interaction ends where the whole does.
    """
    rows: list[dict[str, object]] = []
    chosen = table[table["period"] == period]
    for measure, mine in chosen.groupby("measure", sort=False):
        named = zip(mine["part"], mine["quantity"], mine["mean"], mine["low"], mine["high"], strict=True)
        figures = {(part, name): (mean, low, high) for part, name, mean, low, high in named}
        at = 0.0
        for part in dict.fromkeys(mine.loc[mine["quantity"] == "alone", "part"]):
            mean, low, high = figures[part, "alone"]
            share = list(figures[part, "shapley"])
            rows.append(_bar(str(measure), PART, str(part), (at, at + mean), (mean, low, high), share))
            at += mean
        for name, ends in ((INTERACTION, None), (WHOLE, 0.0)):
            mean, low, high = figures["all", name]
            start = at if ends is None else ends
            rows.append(_bar(str(measure), name, name, (start, start + mean), (mean, low, high), None))
    return pd.DataFrame(rows, columns=COLUMNS)


def _bar(
    measure: str, bar: str, part: str, ends: tuple[float, float], figures: tuple[float, float, float],
    share: list[float] | None,
) -> dict[str, object]:  # fmt: skip
    """Return one bar."""
    nothing = [float("nan")] * 3
    return dict(zip(COLUMNS, (measure, bar, part, *ends, *figures, *(share or nothing)), strict=True))
