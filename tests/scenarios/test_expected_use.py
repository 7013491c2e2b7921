"""Recent use and risk lists of today, as expected: their level, their spread, and who is on a list."""

from __future__ import annotations

from functools import cache

import numpy as np
import pytest

from scenarios.expected_use import RECENT, ExpectedToday
from sim.interventions.specification import RiskStratum
from sim.settings import Settings
from sim.world import load_world
from tests.metamorphic.changes import number


@cache
def expected() -> ExpectedToday:
    """Return the estimate for the starting residents, made once."""
    settings = Settings(years=1)
    return ExpectedToday(load_world(settings), settings)


def test_the_level_is_that_of_the_rates() -> None:
    """Events a year of those older than one, against the baseline's expectation by stratum, inside the area.

    About 75,000 discharges and 195,000 attendances. The share met inside is of each class; the bounds are the
    least and the greatest of them, and 3% beyond, some ten times what chance moves so many.
    """
    today = expected()
    residents, demand = today.residents, today._found[1]
    older = residents.registered & (residents.age_years >= 1)
    stratum = residents.stratum[: residents.size][older]
    for event, name in enumerate(RECENT):
        counted = float(residents.column(name)[older].sum())
        everywhere = float(demand.recent.expected[event][stratum].sum() * 12)
        shares = demand.inside_share[demand.recent.brought[event].any(axis=1)]
        assert 0.97 * shares.min() < counted / everywhere < 1.03 * shares.max()


def test_use_gathers_in_the_same_people() -> None:
    """More people with three and more than one rate for all gives, and rates by stratum give, alone."""
    residents = expected().residents
    for name in RECENT:
        counts = residents.column(name)[residents.registered].astype(int)
        mean = counts.mean()
        one_rate = 1.0 - np.exp(-mean) * (1.0 + mean + mean**2 / 2.0)
        assert (counts >= 3).mean() > 3.0 * one_rate


@pytest.mark.parametrize("by", ["emergency_admission", "ed_attendance", "death"])
def test_a_list_has_its_length_and_the_frail_on_it(by: str) -> None:
    """Two in a hundred adults, older and admitted more often than others."""
    residents = expected().residents
    stratum = RiskStratum(by=by, top_share=number(0.02))  # type: ignore[arg-type]
    listed = expected().on_list(stratum)[: residents.size]
    adult = residents.registered & (residents.age_years >= 18)
    assert listed.sum() == round(0.02 * adult.sum())
    assert not (listed & ~adult).any()
    others = adult & ~listed
    if by != "ed_attendance":
        assert residents.age_years[listed].mean() > residents.age_years[others].mean() + 10.0
    assert residents.column(RECENT[0])[listed].mean() > residents.column(RECENT[0])[others].mean()
