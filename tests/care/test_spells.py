"""Stays that go through several beds are one spell, also across the end of a month; told by hand."""

from __future__ import annotations

import numpy as np

from sim.kernels.flow import Stages
from sim.kernels.flow_layout import REMOVED
from sim.observers.spells import Spells

ASSESSMENT, WARD, HUB, HOME = 0, 1, 2, -1
BEDS = np.array([True, True, False])


def stages(*rows: tuple[int, int, int, int, float, float]) -> Stages:
    """Stages of (person, episode, node, next, start, leave); the rest does not matter here."""
    table = np.array(rows, dtype=np.float64).reshape(-1, 6)
    person, episode, node, following = (table[:, i].astype(np.int64) for i in range(4))
    start, leave = table[:, 4], table[:, 5]
    return Stages(person, person, episode, np.zeros_like(person), node, following, start, start, leave, leave)


def test_a_move_to_a_ward_goes_on_with_the_spell() -> None:
    found = Spells(BEDS).began(
        stages(
            (7, 1, ASSESSMENT, WARD, 10.0, 20.0),
            (8, 1, WARD, HOME, 15.0, 30.0),
            (7, 1, WARD, HUB, 20.0, 50.0),
        )
    )
    assert found.tolist() == [10.0, 15.0, 10.0]


def test_a_spell_goes_on_in_the_next_months() -> None:
    spells = Spells(BEDS)
    spells.began(stages((7, 1, ASSESSMENT, WARD, 10.0, 20.0)))
    assert spells.began(stages((9, 1, WARD, HOME, 60.0, 70.0))).tolist() == [60.0]
    assert spells.began(stages((7, 1, WARD, HOME, 20.0, 90.0))).tolist() == [10.0]
    assert spells.began(stages((7, 1, ASSESSMENT, HOME, 100.0, 110.0))).tolist() == [100.0]


def test_who_comes_back_in_the_same_episode_begins_another_spell() -> None:
    found = Spells(BEDS).began(
        stages(
            (7, 1, ASSESSMENT, WARD, 10.0, 20.0), (7, 1, WARD, HUB, 20.0, 50.0), (7, 1, HUB, 5, 50.0, 51.0),
            (7, 1, ASSESSMENT, WARD, 80.0, 85.0), (7, 1, WARD, HOME, 85.0, 99.0),
        )
    )  # fmt: skip
    np.testing.assert_array_equal(found, [10.0, 10.0, np.nan, 80.0, 80.0])


def test_who_dies_on_the_way_ends_the_spell() -> None:
    spells = Spells(BEDS)
    found = spells.began(stages((7, 1, ASSESSMENT, WARD, 10.0, 20.0), (7, 1, WARD, REMOVED - 1, 20.0, 30.0)))
    assert found.tolist() == [10.0, 10.0]
    assert spells.moves_on(
        stages((7, 1, ASSESSMENT, WARD, 10.0, 20.0), (7, 1, WARD, HOME, 20.0, 30.0))
    ).tolist() == [
        True,
        False,
    ]
