"""One small baseline year, run once for all tests that compare with it."""

from __future__ import annotations

import pytest

from tests.metamorphic.watching import Watched, watch


@pytest.fixture(scope="session")
def baseline() -> Watched:
    """The baseline's first year at `SCALE`."""
    return baseline_year()


def baseline_year() -> Watched:
    """Return the baseline's first year, run at the first call."""
    if not _YEAR:
        _YEAR.append(watch())
    return _YEAR[0]


_YEAR: list[Watched] = []
