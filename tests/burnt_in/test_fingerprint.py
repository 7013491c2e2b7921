"""The hash of a value differs where the value does, and nowhere else."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from sim.fingerprint import fingerprint

PLAIN = st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text()
VALUES = st.recursive(PLAIN, lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner), max_leaves=8)


@given(VALUES, VALUES)
def test_differs_where_values_do(one: object, other: object) -> None:
    assert (fingerprint(one) == fingerprint(other)) == (repr(one) == repr(other))


def test_arrays_and_tables_count_by_type_shape_and_content() -> None:
    numbers = np.arange(6)
    table = pd.DataFrame({"a": [1, 2], "b": ["x", None]})
    others = [
        numbers, numbers.astype(np.int32), numbers.reshape(2, 3), numbers + 1, numbers.tolist(), table,
        table.rename(columns={"a": "c"}), table.assign(a=[1, 3]), table.assign(b=["x", "y"]),
    ]  # fmt: skip
    assert len({fingerprint(one) for one in others}) == len(others)
    assert fingerprint(numbers[::2]) == fingerprint(numbers[::2].copy())


def test_what_holds_itself_has_an_end() -> None:
    ring: list[object] = [1]
    ring.append(ring)
    assert fingerprint(ring) == fingerprint(ring)


def test_what_cannot_be_told_apart_is_refused() -> None:
    with pytest.raises(TypeError, match="function"):
        fingerprint({"rule": lambda: 1})
