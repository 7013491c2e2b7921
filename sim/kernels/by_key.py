"""The least value of each key, in a table by hashing: no sorting of a hundred thousand keys every month."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt
from numba import njit

IntArray = npt.NDArray[np.int64]
FloatArray = npt.NDArray[np.float64]
_EMPTY = np.iinfo(np.int64).min
_SPREAD = np.uint64(0x9E3779B97F4A7C15)  # 2^64 over the golden ratio: neighbouring keys land far apart
_LEAST_BITS = 4


def room_for_keys(most: int) -> tuple[IntArray, FloatArray]:
    """Return an empty table that so many keys do not fill: keys and values, (2^k,) each."""
    bits = max(_LEAST_BITS, int(most + most // 4).bit_length())
    return np.full(1 << bits, _EMPTY), np.full(1 << bits, np.inf)


@njit(cache=True)
def _shift_for(known):  # type: ignore[no-untyped-def]
    """By how many bits a spread key is shifted to a place in the table."""
    bits = 0
    while (1 << bits) < known.size:
        bits += 1
    return np.uint64(64 - bits)


@njit(cache=True)
def _place_of(key, shift, known):  # type: ignore[no-untyped-def]
    """Where a key stands in the table, or the free place where it belongs."""
    last = known.size - 1
    at = np.int64((np.uint64(key) * _SPREAD) >> shift)
    while known[at] != key and known[at] != _EMPTY:
        at = (at + 1) & last
    return at


@njit(cache=True)
def keep_least(key, value, known, least):  # type: ignore[no-untyped-def]
    """Put keys into a table, each with the least of its values and of the one it has there.

    Args:
        key: (n,) any number but the lowest of 64 bits.
        value: (n,) its value.
        known: (2^k,) keys of the table, written.
        least: (2^k,) values of the table, written.
    """
    shift = _shift_for(known)
    for i in range(key.size):
        at = _place_of(key[i], shift, known)
        known[at] = key[i]
        least[at] = min(least[at], value[i])


@njit(cache=True)
def lower_least(key, value, known, least):  # type: ignore[no-untyped-def]
    """Lower the values of a table to those of the same keys; keys that it does not have are passed over.

    Args:
        key: (n,) as in `keep_least`.
        value: (n,) its value.
        known: (2^k,) keys of the table.
        least: (2^k,) values of the table, written.
    """
    shift = _shift_for(known)
    for i in range(key.size):
        at = _place_of(key[i], shift, known)
        if known[at] == key[i]:
            least[at] = min(least[at], value[i])


@njit(cache=True)
def _read(key, known, least, found):  # type: ignore[no-untyped-def]
    shift = _shift_for(known)
    for i in range(key.size):
        found[i] = least[_place_of(key[i], shift, known)]


def least_of(key: IntArray, known: IntArray, least: FloatArray) -> FloatArray:
    """Return the value of each key, (n,); infinity for a key that is not in the table."""
    found: npt.NDArray[Any] = np.empty(key.size)
    _read(key, known, least, found)
    return found
