"""How many have a condition at the start: as many of each cell as its table asks."""

from __future__ import annotations

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from sim.health.placing import limits, ranked_places


@given(st.integers(0, 2**32 - 1))
def test_every_cell_has_what_it_asks_within_one(seed: int) -> None:
    """And any cells in a row have what they ask together, within one: parts of persons are carried on."""
    draw = np.random.default_rng(seed)
    cell = np.sort(draw.integers(0, 20, 4_000)).astype(np.int64)
    probability = draw.uniform(0.01, 0.2, cell.size)
    asked = np.bincount(cell, probability, minlength=20)
    rank = ranked_places(draw.uniform(size=cell.size), probability)
    found = np.bincount(cell, rank <= limits(rank, cell, asked)[cell], minlength=20)
    assert np.abs(found - asked).max() <= 1.0
    assert np.abs(np.cumsum(found) - np.cumsum(asked)).max() <= 0.5 + 1e-9
