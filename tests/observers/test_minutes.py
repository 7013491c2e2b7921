"""The minutes of some residents against a number for every resident. Exact: false-alarm rate nil."""

from __future__ import annotations

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from sim.kernels.by_key import keep_least, least_of, lower_least, room_for_keys
from sim.observers.minutes import Minutes

PUTS = st.lists(st.lists(st.tuples(st.integers(0, 12), st.floats(-9, 9)), max_size=9), max_size=6)


@given(PUTS, st.booleans())
def test_minutes_are_those_of_a_number_for_each(puts: list[list[tuple[int, float]]], sooner: bool) -> None:
    """The last of a row stays, or the sooner of it and what the row had."""
    dense, found = np.full(13, np.inf), Minutes(np.inf)
    for put in puts:
        rows = np.array([row for row, _ in put], np.int64)
        minutes = np.array([minute for _, minute in put], np.float64)
        if sooner:
            dense[rows] = np.minimum(dense[rows], minutes)
            found.put_sooner(rows, minutes)
        else:
            dense[rows] = minutes
            found.put(rows, minutes)
        np.testing.assert_array_equal(found.of(np.arange(13)), dense)


@given(st.lists(st.tuples(st.integers(-(2**62), 2**62) | st.integers(-3, 3), st.floats(-9, 9)), max_size=60))
def test_the_least_by_key_is_that_of_a_dictionary(pairs: list[tuple[int, float]]) -> None:
    """Keys of any size and sign, in a table that they nearly fill."""
    key = np.array([key for key, _ in pairs], np.int64)
    value = np.array([value for _, value in pairs], np.float64)
    known, least = room_for_keys(key.size)
    keep_least(key, value, known, least)
    wanted: dict[int, float] = {}
    for one, number in pairs:
        wanted[one] = min(wanted.get(one, np.inf), number)
    assert least_of(key, known, least).tolist() == [wanted[one] for one, _ in pairs]
    half = key.size // 2
    known, least = room_for_keys(half)
    keep_least(key[:half], value[:half], known, least)
    lower_least(key[half:], value[half:], known, least)  # of keys that the table has, and no others
    assert least_of(key[:half], known, least).tolist() == [wanted[one] for one, _ in pairs[:half]]
    absent = 2**62 + 1
    assert least_of(np.array([absent]), known, least).tolist() == [np.inf]
