"""Blood pressure and statins at the start: levels that follow from conditions as well as from shares."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import numpy.typing as npt

from sim.kernels.life_course import AGES_A_GROUP
from sim.parameters.errors import InputError
from sim.parameters.national import RiskFactor

FloatArray = npt.NDArray[np.float64]
IntArray = npt.NDArray[np.int64]

PRESSURE, STATIN = "blood_pressure", "statin"
LEVELS = (
    "normal",
    "raised_undetected",
    "raised_untreated",
    "treated_controlled",
    "treated_uncontrolled",
)
NORMAL, UNDETECTED, UNTREATED, CONTROLLED, UNCONTROLLED = range(len(LEVELS))
_NOBODY = 1e-9
_WIDEST, _HALVINGS = 5.0, 20  # logarithm of the factor lies within it; halvings to a hundred-thousandth


def check_levels(factor: RiskFactor) -> None:
    """Raise InputError unless the levels of blood pressure are those of the rules, in their order."""
    if factor.levels != LEVELS:
        raise InputError(
            file=f"risk_factors/{PRESSURE}/levels.csv", key="level", found=", ".join(factor.levels),
            allowed=", ".join(LEVELS),
        )  # fmt: skip


def pressure_by_register(share: FloatArray, register: FloatArray) -> tuple[FloatArray, FloatArray]:
    """Return the distribution of blood pressure on and off the hypertension register.

    The treated and then the detected are placed on the register; what is left of it has normal pressure.
    Where the register is smaller than their number, the detected are undetected instead, and of the treated
    the surplus is untreated and off it: normal if it was controlled, raised and undetected if not.

    Args:
        share: (2, 111, 5, 5) share at each level.
        register: (2, 111, 5) share on the register.

    Returns:
        Two arrays (2, 111, 5, 5) that sum to one over levels.
    """
    treated = share[..., CONTROLLED] + share[..., UNCONTROLLED]
    kept = np.divide(np.minimum(treated, register), treated, out=np.zeros_like(treated), where=treated > 0)
    on, off = np.zeros_like(share), np.zeros_like(share)
    on[..., CONTROLLED:] = share[..., CONTROLLED:] * kept[..., np.newaxis]
    surplus = share[..., CONTROLLED:] - on[..., CONTROLLED:]
    left = np.maximum(register - on.sum(axis=-1), 0.0)
    on[..., UNTREATED] = np.minimum(left, share[..., UNTREATED])
    on[..., NORMAL] = left - on[..., UNTREATED]
    off[..., UNDETECTED] = (
        share[..., UNDETECTED] + share[..., UNTREATED] - on[..., UNTREATED] + surplus[..., 1]
    )
    off[..., NORMAL] = np.maximum(share[..., NORMAL] - on[..., NORMAL] + surplus[..., 0], 0.0)
    return _to_one(on), _to_one(off)


def _to_one(shares: FloatArray) -> FloatArray:
    """Scale the last axis to sum to one; where it is empty, everything is at level 0."""
    total = shares.sum(axis=-1, keepdims=True)
    out: FloatArray = np.divide(shares, total, out=np.zeros_like(shares), where=total > 0)
    out[..., 0] += 1.0 - out.sum(axis=-1)
    return out


def odds_of_treatment(
    base: FloatArray, ratios: Mapping[str, FloatArray], diagnosed: Mapping[str, npt.NDArray[np.bool_]],
    sex: npt.NDArray[np.integer], age: IntArray,
) -> FloatArray:  # fmt: skip
    """Return each resident's odds of being treated up to a factor of the cell, (N,).

    Args:
        base: (N,) share treated by sex, age and quintile.
        ratios: (2, 23) ratio of odds with a condition, by sex and five-year age group.
        diagnosed: By condition drawn so far, who is on its register.
        sex: (N,) 0 male, 1 female.
        age: (N,) years.
    """
    odds = base / np.maximum(1.0 - base, _NOBODY)
    for condition, ratio in ratios.items():
        if condition in diagnosed:
            odds *= np.where(diagnosed[condition], ratio[sex, age // AGES_A_GROUP], 1.0)
    return odds


def fit_odds(cell: IntArray, base: FloatArray, odds: FloatArray, n_cells: int) -> FloatArray:
    """Return the factor of the odds by cell, (n_cells,), that gives the expected number of the shares."""
    asked = np.bincount(cell, base, minlength=n_cells)
    low, high = np.full(n_cells, -_WIDEST), np.full(n_cells, _WIDEST)
    for _ in range(_HALVINGS):
        middle = (low + high) / 2
        found = np.bincount(cell, chance_of(odds * np.exp(middle)[cell]), minlength=n_cells)
        low, high = np.where(found < asked, middle, low), np.where(found < asked, high, middle)
    return np.asarray(np.exp((low + high) / 2))


def chance_of(odds: FloatArray) -> FloatArray:
    """Return odds as a probability."""
    return np.asarray(odds / (1.0 + odds))
