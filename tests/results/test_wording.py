"""Numbers in words."""

from __future__ import annotations

import math
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from results.figures import spread_labels
from results.wording import MINUS, Estimate, joined, number, pounds, reduction_text, replicates_text


@pytest.mark.parametrize(
    ("estimate", "text"),
    [
        (Estimate(41.3, 27.9, 54.7), "41 (28 to 55)"),
        (Estimate(98_233.4, 97_500, 98_960), "98,200 (97,500 to 99,000)"),
        (Estimate(-0.01234, -0.0311, 0.0064), "\u22120.012 (\u22120.031 to 0.006)"),
        (Estimate(1234.567), "1,230"),
        (Estimate(0.0), "0"),
        (Estimate(5.0, 5.0, 5.0), "5.00"),
        (Estimate(math.nan), "not known"),
        (Estimate(2.5, 0.03, 4.97), "2 (0.03 to 5)"),
        (Estimate(4e-5, 1e-5, 7e-5), "0.00004 (0.00001 to 0.00007)"),
        (Estimate(0.4, -3.0, 3.8), "0 (\u22123 to 4)"),
    ],
)
def test_numbers_are_rounded_to_what_their_interval_allows(estimate: Estimate, text: str) -> None:
    assert estimate.text() == text


def test_signs() -> None:
    assert Estimate(41.3, 27.9, 54.7).text(signed=True, suffix="%") == "+41% (+28 to +55)"
    assert Estimate(-41.3, -54.7, -27.9).size().text() == "41 (28 to 55)"
    assert number(-0.0001) == "0"
    assert joined(["a"]) == "a" and joined(["a", "b", "c"]) == "a, b and c"


def test_replicates_and_reductions_in_words() -> None:
    assert replicates_text(math.inf) == "over 10,000"
    assert replicates_text(0) == "none"
    assert reduction_text(12.3) == "12 times"
    assert reduction_text(math.inf) == "over 1,000 times"


@given(st.floats(-1e7, 1e7), st.floats(0.001, 1e5))
def test_the_rounded_mean_stays_within_the_interval(mean: float, half: float) -> None:
    estimate = Estimate(mean, mean - half, mean + half)
    assert abs(round(mean, estimate.places) - mean) <= half


@given(st.lists(st.floats(0, 100), min_size=1, max_size=6))
def test_labels_do_not_overlap(positions: list[float]) -> None:
    placed = sorted(spread_labels(positions, 5.0))
    assert all(later - earlier >= 5.0 - 1e-3 for earlier, later in pairwise(placed))


def test_what_there_was_none_of_has_no_per_cent() -> None:
    """It is told in its own unit, and never as 'not known'."""
    from types import SimpleNamespace

    from results.measures.registry import measure
    from results.report.blocks import best_change

    ends = {"difference": 3000.0, "low": 2900.0, "high": 3100.0}
    nothing = dict.fromkeys(("percent", "percent_low", "percent_high"), float("nan"))
    row = SimpleNamespace(measure="int_contacts", **ends, **nothing)
    assert best_change(row, measure("int_contacts")).startswith("+3,000")


def _read(text: str) -> list[float]:
    """Return the figures of a text as numbers."""
    plain = text.replace(MINUS, "-").replace(",", "").replace("\u00a3", "").replace(" million", "")
    return [float(one) for one in plain.replace("(", "").replace(")", "").replace("to", "").split()]


@given(st.floats(-1e7, 1e7), st.floats(1e-4, 5e6), st.booleans())
def test_rounding_never_reverses_a_reading(mean: float, half: float, money: bool) -> None:
    """An interval without nought is never written as one with it, in numbers or pounds; nor the reverse."""
    found = Estimate(mean, mean - half, mean + half)
    if not found.has_interval:
        return
    text = pounds(found) if money else found.text()
    middle, low, high = _read(text)
    if found.low > 0 or found.high < 0:
        assert low * high > 0, text
        assert middle * mean > 0, text
    else:
        assert low <= 0 <= high, text
