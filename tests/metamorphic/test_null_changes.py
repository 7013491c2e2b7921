"""An intervention that changes nothing gives the baseline to the bit, whatever its kind.

Nothing here is drawn anew: both runs meet the same keyed draws, so the tests are exact and their false-alarm
rate is nil. The table `programmes` is not compared: it says who was reached, and a null one reaches people.
"""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from sim.building import load_network
from sim.interventions.care_changes import CareChanges
from tests.metamorphic.changes import nothing_to_spend, null_interventions, reaching_nobody, specification
from tests.metamorphic.watching import Watched, differing, watch, world

NULL = null_interventions()


@pytest.fixture(scope="module")
def everything() -> Watched:
    """Half a year of all null interventions at once."""
    return watch(specification(*NULL.values()), months=6)


def test_null_interventions_of_every_kind_equal_the_baseline_to_the_bit(
    half_year: Watched, everything: Watched
) -> None:
    assert differing(half_year.tables, everything.tables) == []
    assert all(map(np.array_equal, half_year.columns, everything.columns))
    assert half_year.stages.equals(everything.stages)


def test_null_programmes_do_reach_people(everything: Watched) -> None:
    """Otherwise the test above would test nothing."""
    table = everything.tables["programmes"]
    reached = table[table["measure"] == "reached"].groupby("programme")["value"].sum()
    assert (reached[["cohort", "cohort_delivered", "transition"]] > 100_000).all()
    assert reached["cohort_every_key"] > 10_000  # Core20PLUS alone, and of them those at risk


def test_programmes_that_reach_nobody_equal_the_baseline_to_the_bit(half_year: Watched) -> None:
    """Each of them would halve everything, and each has another way to reach nobody."""
    scenario = replace(specification(*reaching_nobody().values()), limits=(nothing_to_spend(),))
    nobody = watch(scenario, months=6)
    table = nobody.tables["programmes"]
    assert (table[table["measure"] == "reached"]["value"] == 0.0).all()
    assert table[table["measure"] == "limit_binding"]["value"].sum() == 6
    assert differing(half_year.tables, nobody.tables) == []
    assert all(map(np.array_equal, half_year.columns, nobody.columns))
    assert half_year.stages.equals(nobody.stages)


@pytest.mark.validation
@pytest.mark.parametrize("kind", sorted(NULL))
def test_each_null_intervention_equals_the_baseline(kind: str) -> None:
    """One at a time, so that no two cancel; about six seconds each."""
    alone = watch(specification(NULL[kind]), months=2)
    assert differing(watch(months=2).tables, alone.tables) == []


@pytest.mark.parametrize("kind", ["service_time", "service_time_for_nobody", "delay", "routing", "new_way"])
def test_a_null_change_of_care_leaves_every_number_of_the_network(kind: str) -> None:
    """The tables that the flow kernel reads, not only what came of them."""
    changes = CareChanges(
        load_network(world().area, world().national), specification(NULL[kind]), 2026 * 12 + 3
    )
    before = changes.network.flow.tables
    for month in (-1, 0, 24):
        for name, old, new in zip(before._fields, before, changes.tables(month), strict=True):
            assert np.array_equal(old, new), name
