"""The life course alone lives the very same lives as with care that gives nothing back."""

from __future__ import annotations

import numpy as np
import pytest

from sim.health.life import MonthEvents
from sim.model import HealthSystem
from tests.metamorphic.watching import world

MONTHS = 5
BY_CARE = ("admissions_12m", "attendances_12m", "delayed_steps_12m", "ed_delay", "place")
"""What care alone sets."""


def lived(**settings: object) -> tuple[HealthSystem, list[MonthEvents]]:
    """Run some months at a small scale and return the model and its events."""
    model = HealthSystem(years=1, scale=0.02, world=world(), **settings)  # type: ignore[arg-type]
    found: list[MonthEvents] = []
    advance = model.parts.life.advance

    def advanced(month: int) -> MonthEvents:
        found.append(advance(month))
        return found[-1]

    model.parts.life.advance = advanced  # type: ignore[method-assign]
    while model.month < MONTHS:
        model.step()
    return model, found


@pytest.fixture(scope="module")
def alone() -> tuple[HealthSystem, list[MonthEvents]]:
    """The life course alone."""
    return lived(care=False)


def test_same_events_as_with_care_that_gives_nothing_back(alone):
    model, events = alone
    other, others = lived(feedback=False, unlimited=True)
    assert sum(e.row.size for e in events) > 200
    for mine, theirs in zip(events, others, strict=True):
        for name in ("row", "transition", "fraction"):
            np.testing.assert_array_equal(getattr(mine, name), getattr(theirs, name))
    size = model.residents.size
    for name, column in model.residents.column_of.items():
        if name not in BY_CARE:
            np.testing.assert_array_equal(
                model.residents.columns[:size, column], other.residents.columns[:size, column], name
            )


def test_no_care_is_recorded_and_nothing_waits(alone):
    model, _ = alone
    tables = model.tables()
    assert tables["nodes"].empty
    assert not tables["measures"]["measure"].str.startswith("need_").any()
    assert set(tables["measures"]["measure"]) >= {"births", "deaths", "population_end", "out_migrants"}
    assert model.care.state.events == 0
    assert list(model.datacollector.model_vars) == ["registered_residents"]


def test_feedbacks_do_not_act_without_care():
    model = HealthSystem(years=1, scale=0.02, world=world(), care=False, feedback=True)
    assert not model.settings.feedbacks
