"""Growth made slower: arithmetic of the ratio, and needs that it removes."""

from __future__ import annotations

from types import SimpleNamespace

import numpy as np
import pytest

from sim.interventions.growth import GrowthRatios
from sim.interventions.specification import GrowthChange
from tests.metamorphic.changes import number, specification

START = 2026 * 12 + 3
CLASSES = [
    SimpleNamespace(key="ed_walk_in", answers=("ed_type1_attendance",), pooled=False),
    SimpleNamespace(key="gp_appointment", answers=("gp_appointment",), pooled=True),
]
GROWTH = np.array([0.024, 0.01])


def ratios(multiplier: float, start: str = "2026-04", **more: object) -> GrowthRatios:
    """Return the ratios of a change of the growth of the first class."""
    change = GrowthChange(
        key="slower", label="slower", start=start, needs=("ed_type1_attendance",),
        multiplier=number(multiplier), **more,  # type: ignore[arg-type]
    )  # fmt: skip
    return GrowthRatios(specification(change), CLASSES, GROWTH, START, 60)  # type: ignore[arg-type]


def test_a_quarter_less_growth_is_not_a_quarter_less_use() -> None:
    """Growth of 2.4% a year becomes 1.8%: the level after five years is 2.9% lower."""
    found = ratios(0.75)
    assert found.of_month(60)[0] == pytest.approx(1.018**5 / 1.024**5)
    assert found.of_month(60)[1] == 1.0
    assert found.of_month(0)[0] == 1.0
    assert found.of_month(-3)[0] == 1.0


def test_what_has_grown_before_the_start_stays() -> None:
    """From the third year on only the growth of two years is slower; after an end the level is kept."""
    assert ratios(0.0, "2029-04").of_month(60)[0] == pytest.approx(1.024**-2)
    ended = ratios(0.0, "2026-04", end="2027-04")
    assert ended.of_month(60)[0] == pytest.approx(1 / 1.024)
    assert ended.of_month(12)[0] == ended.of_month(60)[0]


def test_nothing_is_exactly_nothing() -> None:
    """A multiplier of one, or a change that the baseline already has."""
    for found in (ratios(1.0), ratios(0.5, already_delivered=1.0)):
        assert not found.changed
        assert (found.of_month(60) == 1.0).all()
