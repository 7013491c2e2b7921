"""QALYs and healthy years agree between tables, and are never more than the years lived.

Exact accounts: false-alarm rate nil.
"""

from __future__ import annotations

import numpy as np
import pytest

from tests.invariants.accounts import wide
from tests.metamorphic.watching import Watched


def test_qalys_are_the_same_in_every_table(year: Watched) -> None:
    account = wide(year.tables["measures"])
    mortality = year.tables["mortality"]
    for dimension in ("sex", "quintile", "council"):
        counted = account.loc[dimension].groupby("level")["qalys"].sum()
        summed = mortality.groupby(dimension)["quality_years"].sum().reindex(counted.index)
        np.testing.assert_allclose(summed, counted, rtol=1e-9)
        assert (counted > 0).all()


def test_healthy_years_are_no_more_than_years(year: Watched) -> None:
    mortality = year.tables["mortality"]
    for name in ("quality_years", "disability_free_years"):
        assert (mortality[name] >= 0).all()
        assert (mortality[name] <= mortality["person_years"] * (1 + 1e-9)).all()


def test_utility_drifts_by_less_than_a_hundredth_in_a_year(year: Watched) -> None:
    """The start population is near balance: mean utility at the same age mix moves little."""
    account = wide(year.tables["measures"]).loc["all"].sort_index()
    mean = (12 * account["qalys"] / account["person_months"]).to_numpy()
    assert mean[-1] == pytest.approx(mean[0], abs=0.01)
