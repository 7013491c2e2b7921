"""Small baseline runs, each run once for all tests that compare with it."""

from __future__ import annotations

import pytest

from tests.metamorphic.watching import Watched, watch


@pytest.fixture(scope="session")
def half_year() -> Watched:
    """The baseline's first half year at `SCALE`."""
    return watch(months=6)


def baseline_year() -> Watched:
    """Return the baseline's first year, run at the first call."""
    if not _YEAR:
        _YEAR.append(watch())
    return _YEAR[0]


_YEAR: list[Watched] = []
