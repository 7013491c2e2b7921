"""What the sections on money, staff and carbon share: amounts of any size, and which are clear."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import pandas as pd

from results.economics.paired import DISCOUNTED, WHOLE
from results.economics.tables import payer_words
from results.report.blocks import NOT_READ, UNREAD, Row, Table, estimate
from results.thresholds import threshold
from results.wording import Estimate, number

HEADS = {WHOLE: "Whole run", DISCOUNTED: "Whole run, discounted"}


def scaled(row: Any, size: float = 1.0, mean: str = "value") -> Estimate:
    """Return the estimate of a row in units of a size, such as thousands."""
    shown = estimate(row, mean)
    return Estimate(shown.mean / size, shown.low / size, shown.high / size)


def verdict(row: Any, mean: str = "value", of: str = "") -> str:
    """Return how an amount is drawn: grey where it may be chance, too small, or an accident of the sample.

    Args:
        row: With the amount, its spread and, for a threshold, baseline.
        mean: Which column holds the amount.
        of: The measure whose decision threshold is that of the amount; none without one.
    """
    if not getattr(row, "readable", True):
        return "scale"
    shown = estimate(row, mean)
    if shown.mean == 0 and not shown.has_interval:
        return "identical"
    if getattr(row, "parameter_low", float("nan")) <= 0 <= getattr(row, "parameter_high", float("nan")):
        return "uncertain"
    if shown.has_interval and shown.low <= 0 <= shown.high:
        return "noise"
    small = bool(of) and abs(shown.mean) < float(threshold(of).size(row.baseline))
    return "below_threshold" if small else "change"


def payer_name(payer: str) -> str:
    """Return a payer in words."""
    words = payer_words().get(payer, payer.replace("_", " "))
    return words[:1].upper() + words[1:]


def beside(row: Any, size: float, columns: Sequence[str]) -> list[str]:
    """Return other readings of a difference, rounded as its interval allows."""
    places = scaled(row, size, "difference").places
    return [number(float(getattr(row, name)) / size, places, signed=True) for name in columns]


def period_heads(frame: pd.DataFrame) -> list[str]:
    """Return the headings of the periods of a frame."""
    return [HEADS.get(period, period) for period in dict.fromkeys(frame["period"])]


def dots_of(
    frame: pd.DataFrame, size: float, mean: str = "difference", *, signed: bool = True, of: str = ""
) -> pd.DataFrame:
    """Return rows for `charts.dot_rows` from amounts with a column `key`."""
    rows = []
    for row in frame.itertuples():
        shown, found = scaled(row, size, mean), verdict(row, mean, of)
        text = UNREAD if found == "scale" else shown.text(signed=signed)
        rows.append(
            {"group": row.key, "run": row.run, "mean": shown.mean, "low": shown.low, "high": shown.high,
             "verdict": found, "text": text}
        )  # fmt: skip
    return pd.DataFrame(rows)


def by_period(
    name: str, caption: str, frame: pd.DataFrame, keys: Sequence[str], head: Sequence[str], size: float,
    mean: str = "value",
) -> Table:  # fmt: skip
    """Return a table with a row for each scenario and key, and a column for each period.

    Args:
        name: File name of the data.
        caption: What it holds, and its unit.
        frame: Columns run, label, period, the keys (in words) and an amount with low and high.
        keys: Columns that name a row.
        head: Their headings.
        size: Of what unit the amounts are.
        mean: Which column holds the amount.
    """
    rows = []
    for key, part in frame.groupby(["run", *keys], sort=False):
        readable = bool(part["readable"].all()) if "readable" in part else True
        names = [str(word) for word in key[1:]]
        if not readable:
            names[0] += f" ({NOT_READ})"
        cells = [scaled(row, size, mean).text(signed=mean == "difference") for row in part.itertuples()]
        rows.append(Row([str(part["label"].iloc[0]), *names, *cells], run=str(key[0]), grey=not readable))
    return Table(
        name=name, caption=caption, head=["Scenario", *head, *period_heads(frame)], rows=rows, frame=frame,
        headers=1 + len(keys),
    )  # fmt: skip
