"""Arrays as plain data for the page: rounded, and nothing that JSON cannot hold."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import numpy.typing as npt

from results.statistics import mean_interval, over_replicates

FIGURES = 6
SMALLEST = 1e-100
"""What is nearer to nothing is nothing."""
Numbers = list[Any]
"""Nested lists of numbers and None."""


def plain(values: npt.ArrayLike, figures: int = FIGURES) -> Numbers:
    """Return an array as nested lists, rounded to significant figures; None for what is not finite."""
    array = np.asarray(values, dtype=np.float64)
    finite = np.isfinite(array)
    array = np.where(np.abs(array) < SMALLEST, 0.0, array)
    size = np.where(finite & (array != 0), np.abs(array), 1.0)
    places = np.power(10.0, figures - 1 - np.floor(np.log10(size)))
    rounded = np.where(finite, np.round(np.where(finite, array, 0.0) * places) / places, np.nan)
    listed: Numbers = np.where(finite, rounded, None).tolist()  # type: ignore[call-overload]
    return listed


def interval(units: npt.ArrayLike, draws: int, least: float | None = None) -> dict[str, Numbers]:
    """Return mean, low and high over replicates (95%, the last axis are draws and replicates).

    Of an interval that reaches below the least that is possible, what is possible is kept.
    """
    mean, low, high, _ = mean_interval(over_replicates(units, draws))
    possible = low if least is None else np.maximum(low, least)
    return {"mean": plain(mean), "low": plain(possible), "high": plain(high)}


def options(keys: Sequence[str], labels: Sequence[str]) -> list[dict[str, str]]:
    """Return choices for a list of the page: key and label."""
    return [{"key": key, "label": label} for key, label in zip(keys, labels, strict=True)]
