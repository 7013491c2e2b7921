"""Small baseline runs, each run once for all tests that compare with it."""

from __future__ import annotations

import pytest

from tests.metamorphic.watching import Event, Watched, watch, watch_events


@pytest.fixture(scope="session")
def half_year() -> Watched:
    """The baseline's first half year at `SCALE`."""
    return watch(months=6)


@pytest.fixture(scope="session")
def known() -> tuple[Watched, list[Event]]:
    """The baseline's first `MONTHS`, and its events of the life course."""
    return watch_events()
