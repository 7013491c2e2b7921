"""The small baseline year that the metamorphic tests run too, and one of a scenario with programmes."""

from __future__ import annotations

import pytest

from scenarios import Scenario
from tests.metamorphic.conftest import baseline_year
from tests.metamorphic.watching import Watched, watch


@pytest.fixture(scope="session")
def year() -> Watched:
    """The baseline's first year."""
    return baseline_year()


@pytest.fixture(scope="session")
def programmes_year() -> Watched:
    """Half a year of the neighbourhood teams, which reach residents and cost money."""
    return watch(Scenario.load("neighbourhood_teams").to_specification(), months=6)
