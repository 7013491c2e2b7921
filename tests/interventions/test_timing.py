"""When an intervention is in force: ramps, fades, dated points, months of the year."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from sim.interventions.specification import SharePoint, Timed, month_label, month_number
from tests.interventions.people import APRIL_2026

months = st.integers(min_value=0, max_value=36)


def timed(**when: Any) -> Timed:
    """Return something from April 2026."""
    return Timed(**({"key": "it", "label": "it", "start": "2026-04"} | when))


def shares(one: Timed, count: int = 150, first: int = -12) -> list[float]:
    """Return its share in force from a year before April 2026."""
    return [one.share_in_force(month_label(APRIL_2026 + month)) for month in range(first, count)]


@given(ramp=months, length=st.integers(min_value=1, max_value=48), fade=months)
def test_a_ramp_only_rises_and_a_fade_only_falls(ramp: int, length: int, fade: int) -> None:
    one = timed(ramp_months=ramp, end=month_label(APRIL_2026 + length), fade_months=fade)
    found = shares(one, first=0)
    assert all(0.0 <= share <= 1.0 for share in found)
    assert np.all(np.diff(found[:length]) >= 0.0)
    assert np.all(np.diff(found[length - 1 :]) <= 0.0)
    assert found[length + max(fade, 1) - 1] == 0.0, "nothing is left when the fade is over"
    assert found[length - 1] == (1.0 if ramp == 0 else min(1.0, length / ramp))
    assert set(shares(one, 0)) == {0.0}, "nothing before the start"


@given(fade=st.integers(min_value=2, max_value=36))
def test_a_fade_is_the_ramp_turned_round(fade: int) -> None:
    """Of the same months: shares fall through the values by which they rose."""
    one = timed(ramp_months=fade, end=month_label(APRIL_2026 + fade), fade_months=fade)
    found = shares(one, 2 * fade, first=0)
    assert found[fade : 2 * fade - 1] == pytest.approx(found[: fade - 1][::-1])


points = st.lists(
    st.tuples(st.integers(min_value=0, max_value=100), st.floats(min_value=0, max_value=1)),
    min_size=1, max_size=6, unique_by=lambda point: point[0],
)  # fmt: skip


@given(chosen=points)
def test_dated_points_are_met_and_lie_on_straight_lines(chosen: list[tuple[int, float]]) -> None:
    """Between two points as numpy interpolates; constant after the last; nothing before the first."""
    at, share = zip(*sorted(chosen), strict=True)
    one = timed(
        schedule=tuple(
            SharePoint(month=month_label(APRIL_2026 + month), share=value)
            for month, value in zip(at, share, strict=True)
        )
    )
    wanted = np.interp(np.arange(-12, 150), at, share, left=0.0)
    assert shares(one) == pytest.approx(wanted.tolist(), abs=1e-12)


@given(chosen=st.sets(st.integers(min_value=1, max_value=12), min_size=1), ramp=months)
def test_months_of_the_year_switch_and_change_nothing_else(chosen: set[int], ramp: int) -> None:
    whole, some = timed(ramp_months=ramp), timed(ramp_months=ramp, months_of_year=tuple(chosen))
    for month in range(60):
        label = month_label(APRIL_2026 + month)
        expected = whole.share_in_force(label) if int(label[5:]) in chosen else 0.0
        assert some.share_in_force(label) == expected


@pytest.mark.parametrize(
    ("when", "word"),
    [
        ({"fade_months": 3}, "without an end"),
        ({"end": "2026-04"}, "not after start"),
        ({"months_of_year": (0,)}, "from 1 to 12"),
        ({"schedule": (SharePoint(month="2026-03", share=1.0),)}, "before start"),
        ({"schedule": (SharePoint(month="2026-05", share=1.5),)}, "not from 0 to 1"),
        ({"schedule": (SharePoint(month="2026-05", share=1.0),), "ramp_months": 3}, "says all of it"),
        (
            {"schedule": (SharePoint(month="2026-06", share=1.0), SharePoint(month="2026-05", share=1.0))},
            "not in order",
        ),
    ],
)
def test_what_cannot_be_is_refused(when: dict[str, Any], word: str) -> None:
    with pytest.raises(ValueError, match=word):
        timed(**when)


@given(number=st.integers(min_value=12, max_value=12 * 9999))
def test_months_are_counted_and_named_both_ways(number: int) -> None:
    assert month_number(month_label(number)) == number
