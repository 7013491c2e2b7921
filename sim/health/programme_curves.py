"""Effects of programmes as the kernels of needs and of the life course read them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TypedDict

import numpy as np
import numpy.typing as npt

from sim.interventions.effects import Curve

FloatArray = npt.NDArray[np.float64]


class ProgrammeArrays(TypedDict):
    """The fields of `Processes` and `NeedClasses` that hold the curves of programmes."""

    programme_first: npt.NDArray[np.int64]
    programme: npt.NDArray[np.int64]
    programme_curve: FloatArray


def flatten_curves(chosen: Sequence[Sequence[Curve]]) -> ProgrammeArrays:
    """Return the kernels' arrays of programme curves, one list of curves per class or transition."""
    flat = [curve for curves in chosen for curve in curves]
    length = max((curve.multiplier.size for curve in flat), default=1)
    table = np.ones((len(flat), length))
    for i, curve in enumerate(flat):
        table[i, : curve.multiplier.size] = curve.multiplier
        table[i, curve.multiplier.size :] = curve.multiplier[-1]
    return {
        "programme_first": np.cumsum([0, *(len(curves) for curves in chosen)], dtype=np.int64),
        "programme": np.array([curve.reached for curve in flat], np.int64),
        "programme_curve": table,
    }


def largest_product(programmes: ProgrammeArrays, j: int) -> float:
    """Return the largest product of multipliers that class j can have."""
    first, last = programmes["programme_first"][j], programmes["programme_first"][j + 1]
    return float(np.prod(np.maximum(1.0, programmes["programme_curve"][first:last].max(axis=1))))


__all__ = ["ProgrammeArrays", "flatten_curves", "largest_product"]
