"""Quantiles of waits are numpy's, to the bit."""

from __future__ import annotations

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from sim.observers.care_month import quantile


@given(
    values=st.lists(st.floats(0, 1e6, allow_nan=False), min_size=1, max_size=60),
    share=st.sampled_from([0.0, 0.05, 0.5, 0.9, 0.95, 1.0]),
)
def test_quantile_is_numpys(values: list[float], share: float) -> None:
    given_values = np.array(values)
    assert quantile(given_values, share) == np.quantile(given_values, share)
