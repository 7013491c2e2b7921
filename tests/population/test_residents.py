"""Rows of clocks: one for each who is registered, used again when somebody has died or left."""

from __future__ import annotations

import numpy as np

from sim.population.residents import NO_CLOCKS, Residents


def test_clocks_go_to_those_registered_and_are_used_again() -> None:
    """Six rows; two leave, three come: two of them take the places that came free."""
    residents = Residents([], 9, 2, 0, 12)
    residents.take_clocks(np.array([0, 2, 3, 5]))
    assert residents.clock_row.tolist() == [0, NO_CLOCKS, 1, 2, NO_CLOCKS, 3, *[NO_CLOCKS] * 3]
    residents.take_clocks(np.array([2, 3]))  # who has clocks keeps their place
    assert residents.clock_row[[2, 3]].tolist() == [1, 2]
    residents.free_clocks(np.array([3, 0]))
    assert (residents.clock_row[[0, 3]] == NO_CLOCKS).all()
    residents.take_clocks(np.array([6, 7, 8]))
    assert sorted(residents.clock_row[[6, 7, 8]].tolist()) == [0, 2, 4]
    taken = residents.clock_row[residents.clock_row != NO_CLOCKS]
    assert np.unique(taken).size == taken.size == 5
