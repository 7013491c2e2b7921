"""Recent use: totals of a stratum hold in the baseline, and an event acts for twelve months."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sim.health.needs import SHAPE
from sim.health.recent_use import RecentUse, UseHistory, expected_events
from sim.population.residents import Attribute, Residents

STRATA = int(np.prod(SHAPE))
NOBODY = np.zeros(0, np.int64)
BROUGHT = np.zeros((2, 3, SHAPE[1]))
"""Events of one need of two classes and of one admitted at once: class 0 brings 0.25 discharges and 1.5
attendances, class 1 nothing, the last one discharge."""
BROUGHT[:, 0] = [[0.25], [1.5]]
BROUGHT[0, -1] = 1.0
KEY = np.array([1, 2], np.uint32)


def recent_use(discharges: float, attendances: float, levelling: float = 0.0) -> RecentUse:
    """Return sizes 3, 1, 1, 0.5, ... and 1, 0, ...; every stratum has the same events a month."""
    size = np.zeros((2, 12))
    size[0] = [3.0, 1.0, 1.0, *([0.5] * 9)]
    size[1, 0] = 1.0
    expected = np.repeat([[discharges], [attendances]], STRATA, axis=1)
    return RecentUse(
        size=size, expected=expected, brought=BROUGHT, elsewhere=BROUGHT, growth=np.zeros(2),
        typical=2.0 * discharges, levelling=levelling,
    )  # fmt: skip


def residents(n: int, birth_month: int = -600) -> Residents:
    """Return residents of stratum 0."""
    found = Residents([Attribute(name="status", description="")], n, 0, 0)
    found.add(np.arange(n, dtype=np.uint32), np.full(n, birth_month, np.int16), {})
    return found


def test_before_anything_is_seen_everybody_has_the_expected_excess() -> None:
    """The first month of the burn-in, so that totals hold from its first day."""
    recent = recent_use(0.02, 0.1, levelling=0.5)
    history = UseHistory(recent, residents(3), -12)
    history.remember(NOBODY, NOBODY)
    excess = history.excess(-12)
    assert np.allclose(1.0 + excess.sum(axis=1), recent.mean_ratio(0.0)[3, 0])
    assert np.allclose(1.0 + excess[:, 0], recent.mean_ratio(0.0)[1, 0])


@settings(max_examples=30, deadline=None)
@given(
    rate=st.floats(0.001, 0.5), share=st.floats(0.0, 1.0), levelling=st.floats(0.0, 1.0),
)  # fmt: skip
def test_the_mean_rate_of_a_stratum_is_what_it_was(rate: float, share: float, levelling: float) -> None:
    """Expectations month by month: base (1 + e) stays at the rate, for any size of what an event adds."""
    recent = recent_use(rate * share, rate, levelling)
    base = rate / recent.mean_ratio(0.0)[3, 0]
    sizes = recent.size * np.array([[recent.scale[0]], [1.0]])
    monthly = [rate] * 12  # latest first; before the burn-in at their expectation
    for _ in range(48):
        seen = np.array(monthly[:12])
        now = base * (1.0 + (sizes[0] * share * seen).sum() + (sizes[1] * seen).sum())
        assert np.isclose(now, rate)
        monthly.insert(0, float(now))


def test_an_event_acts_for_twelve_months_and_then_no_more() -> None:
    """One discharge and two attendances in month 0, of resident 1."""
    recent = recent_use(0.0, 0.0)
    history = UseHistory(recent, residents(3), -12)
    for _ in range(12):
        history.remember(NOBODY, NOBODY)
    found = []
    for month in range(1, 15):
        first = month == 1
        history.remember(*((np.array([1]), np.array([1, 1])) if first else (NOBODY, NOBODY)))
        excess = history.excess(month)
        assert (excess[[0, 2]] == 0.0).all()
        found.append(excess[1].tolist())
    assert found[:4] == [[3.0, 2.0], [1.0, 0.0], [1.0, 0.0], [0.5, 0.0]]
    assert found[11] == [0.5, 0.0]
    assert found[12:] == [[0.0, 0.0], [0.0, 0.0]]


def test_newcomers_count_as_their_stratum_until_they_are_seen() -> None:
    """A resident who moves here in month 5 has, then, the expected excess; a year later, their own."""
    recent = recent_use(0.02, 0.1)
    history = UseHistory(recent, residents(2), -12)
    for _ in range(17):
        history.remember(NOBODY, NOBODY)
    history.enter(np.array([1]), 5)
    excess = history.excess(5)
    assert (excess[0] == 0.0).all()
    assert np.isclose(1.0 + excess[1].sum(), recent.mean_ratio(0.0)[3, 0])
    for _ in range(12):
        history.remember(NOBODY, NOBODY)
    assert (history.excess(17) == 0.0).all()


@pytest.mark.parametrize(("levelling", "scale"), [(0.0, 1.0), (0.5, 2.0**0.5), (1.0, 2.0)])
def test_a_discharge_adds_relatively_more_where_discharges_are_rare(levelling: float, scale: float) -> None:
    """Half as many discharges as typical: at full levelling twice the ratio, so the same risk."""
    assert np.allclose(recent_use(0.02, 0.1, levelling).scale, scale)


def test_growth_of_events_does_not_compound() -> None:
    """When everybody has more events, the mean excess they are divided by grows in step."""
    recent = recent_use(0.02, 0.1)
    grown = RecentUse(
        size=recent.size, expected=recent.expected, brought=BROUGHT, elsewhere=BROUGHT,
        growth=np.array([0.1, 0.1]), typical=1.0, levelling=0.0,
    )  # fmt: skip
    assert np.allclose(grown.mean_ratio(1.0) - 1.0, 1.1 * (grown.mean_ratio(0.0) - 1.0))


def test_a_need_met_outside_is_an_event_as_often_as_one_inside_is() -> None:
    """20,000 residents with a need of class 0 each: within five standard errors, once in a million."""
    n = 20_000
    history = UseHistory(recent_use(0.0, 0.0), residents(n), -12)
    for _ in range(12):
        history.remember(NOBODY, NOBODY)
    everybody = np.arange(n)
    code = np.arange(n).astype(np.uint32)
    history.met_outside(everybody, BROUGHT[:, np.zeros(n, np.int64), 0], code, 24_000, KEY)
    history.remember(NOBODY, NOBODY)
    excess = history.excess(1)
    assert set(excess[:, 0]) == {0.0, 3.0}
    assert set(excess[:, 1]) == {1.0, 2.0}
    assert abs((excess[:, 0] == 3.0).mean() - 0.25) < 5 * np.sqrt(0.25 * 0.75 / n)
    assert abs((excess[:, 1] == 2.0).mean() - 0.5) < 5 * 0.5 / np.sqrt(n)
    assert (excess[excess[:, 0] == 3.0, 1] == 2.0).all()  # who is discharged has attended


def test_what_is_met_outside_joins_what_is_met_inside_and_is_taken_in_once() -> None:
    """Resident 1 is admitted at once outside, 0 is discharged inside; the next month brings nothing more."""
    history = UseHistory(recent_use(0.0, 0.0), residents(3), -12)
    for _ in range(12):
        history.remember(NOBODY, NOBODY)
    one = np.array([1])
    history.met_outside(one, BROUGHT[:, -1, :1], np.array([7], np.uint32), 24_000, KEY)
    history.remember(np.array([0]), NOBODY)
    assert history.excess(1)[:, 0].tolist() == [3.0, 3.0, 0.0]
    history.remember(NOBODY, NOBODY)
    assert history.excess(2)[:, 0].tolist() == [1.0, 1.0, 0.0]


def test_expected_events_count_every_need_and_onset() -> None:
    """Two needs of class 0 a year and an admission at once in ten years, of everybody."""
    events = expected_events(BROUGHT, np.array([[2.0], [5.0]]).repeat(STRATA, axis=1), np.full((2, 7), 0.1))
    assert np.allclose(events, np.array([[0.6], [3.0]]) / 12)
