"""The chart under the cards: every headline measure for every scenario, the clearest and largest first."""

from __future__ import annotations

import pandas as pd

from results.charts import Naming
from results.measures.registry import measure
from results.multiples import effect_grid
from results.pairing import VERDICTS
from results.report.blocks import Context, Figure, best_change, is_clear, is_grey
from results.report.headline import HEADLINES, headline_table
from results.wording import replicates_text

IN_CHART = {
    "below_threshold": "too small to matter", "uncertain": "direction not sure", "identical": "no change",
    "scale": "not to be read",
}  # fmt: skip
"""Beside a dot there is room for three words."""


def side_by_side(context: Context) -> Figure:
    """Return the chart of every headline measure for every scenario, in the last year."""
    year = context.last_year
    frame = _ordered(context.changes(HEADLINES))
    rows = pd.DataFrame(
        {
            "group": frame["measure"].map(lambda name: measure(name).label), "run": frame["run"],
            "mean": frame["percent"], "low": frame["percent_low"], "high": frame["percent_high"],
            "verdict": frame["verdict"], "text": [_text(row) for row in frame.itertuples()],
        }
    )  # fmt: skip
    count = int(frame["verdict"].map(is_clear).sum())
    sure = (
        "stand out from chance; this is a trial run, and none is to be acted on"
        if context.comparison.shortcomings
        else "are large and sure enough to act on"
    )
    naming = Naming(
        "side_by_side",
        f"{count} of {len(frame)} changes over the year {year} {sure}",
        "Small panels, one a scenario, with a row for each measure: dots with intervals, change from "
        "baseline in per cent. Grey hollow marks may be chance, or are too small to change a decision; "
        "beside them is how many more repeat runs would settle it.",
    )
    chart = effect_grid(naming, rows, context.scenario_looks, "Change from baseline, per cent")
    note = (
        f"Over {context.year_words}: per cent of baseline, with 95% intervals; for shares the number under "
        "the dot is in percentage points. Hollow and grey: may be chance (“chance? 12 more” means that "
        "about 12 more repeat runs would settle the direction), or too small to change a decision. Intervals "
        "that run on beyond the panel are cut. Source: these runs."
    )
    return Figure(chart=chart, table=headline_table(context), note=note)


def _text(row: object) -> str:
    """Return what stands under a dot: the change where it is clear, else why it is grey."""
    verdict: str = row.verdict  # type: ignore[attr-defined]
    if verdict == "noise":
        more = replicates_text(row.further_replicates)  # type: ignore[attr-defined]
        return "may be chance" if more in {"not known", "over 10,000"} else f"chance? {more} more"
    if is_grey(verdict):
        return IN_CHART.get(verdict, VERDICTS[verdict])
    return best_change(row, measure(row.measure))  # type: ignore[attr-defined]


def _ordered(frame: pd.DataFrame) -> pd.DataFrame:
    """Put what is clear first, the largest of it before all: chance makes the largest changes of any."""
    clear = frame["verdict"].map(is_clear).astype(bool)
    sizes = pd.DataFrame({"measure": frame["measure"], "clear": clear, "size": frame["percent"].abs()})
    sizes["size"] = sizes["size"].where(~sizes.groupby("measure")["clear"].transform("any") | clear)
    order = sizes.groupby("measure")[["clear", "size"]].max().sort_values(["clear", "size"], ascending=False)
    return frame.set_index("measure").loc[list(order.index)].reset_index()
