"""Poisson arrivals of a network that runs alone, keyed like every other draw."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
from numba import njit

from sim.care.streams import ArrivalStream
from sim.kernels.flow import FlowState
from sim.kernels.randomness import philox4x32, stream_key, uniform32, uniform53

_HOUR = 60.0
_WORD = 0xFFFFFFFF
_HOURS_A_WEEK = 168
_BATCH_SIZE = np.uint32(2)  # counter of the draw of a batch's size


@njit(cache=True)
def _lies_in(ends, u):  # type: ignore[no-untyped-def]
    """Which of the shares that end at `ends` a uniform lies in."""
    i = 0
    while i < ends.shape[0] - 1 and ends[i] <= u:
        i += 1
    return i


@njit(cache=True)
def _poisson(  # type: ignore[no-untyped-def]
    key0, key1, stream, rates, shift, weights, priorities, batch, first, clock, until, rows
):
    """Fill `rows` with (time, kind, index, priority, member) of a Poisson process, up to `until` or full.

    By thinning: candidate i waits an exponential time at the highest rate after candidate i - 1 and is
    accepted with the ratio of the rate then to the highest (Lewis and Shedler, Naval Research Logistics 26,
    1979, 403-413). Its draws come from two counters, so the stream depends on nothing but its name and the
    replicate's key. Those of one batch come at one instant with the same index, member 0 first, and each has
    a kind and priority of their own.

    Returns:
        Rows filled, next candidate, its time.
    """
    highest = rates.max()
    filled = 0
    while filled + batch.shape[0] <= rows.shape[0] and clock < until:
        w0, w1, w2, w3 = philox4x32(np.uint32(first), np.uint32(0), stream, np.uint32(0), key0, key1)
        clock += -math.log1p(-uniform53(w0, w1)) / highest
        index = first
        first += 1
        if clock >= until:
            break
        hour = int(math.floor(clock / _HOUR) + shift) % _HOURS_A_WEEK
        if uniform32(w2) * highest < rates[hour]:
            size = 1
            if batch.shape[0] > 1:
                own = philox4x32(np.uint32(index), _BATCH_SIZE, stream, np.uint32(0), key0, key1)
                size += _lies_in(batch, uniform32(own[0]))
            for member in range(size):
                u = uniform32(w3)
                if member > 0:
                    other = philox4x32(np.uint32(index), np.uint32(0), stream, np.uint32(member), key0, key1)
                    u = uniform32(other[3])
                kind = _lies_in(weights, u)
                occasion = np.uint32(member)
                w0, w1, _, _ = philox4x32(np.uint32(index), np.uint32(1), stream, occasion, key0, key1)
                rows[filled, 0] = clock
                rows[filled, 1] = kind
                rows[filled, 2] = index
                rows[filled, 3] = _lies_in(priorities[kind], uniform53(w0, w1))
                rows[filled, 4] = member
                filled += 1
    return filled, first, clock


class PoissonSource:
    """One stream of arrivals, made month by month.

    Args:
        stream: Rates and shares of kinds.
        name: Name of the node, which keys the draws.
        key: Replicate key.
        weekday: Day of the week (Monday 0) of minute 0.
    """

    def __init__(self, stream: ArrivalStream, name: str, key: tuple[int, int], weekday: int) -> None:
        self._stream = stream
        self._code = stream_key(f"arrivals/{name}")
        self._key = (np.uint32(key[0]), np.uint32(key[1]))
        self._shift = weekday * 24
        self._next = 0
        self._clock = 0.0
        self._waiting = np.zeros((0, 5))  # the one drawn beyond the last `until`

    def add_until(self, state: FlowState, until: float) -> None:
        """Announce to `state` all arrivals before the minute `until` that it does not know yet."""
        if not self._stream.rates.max() > 0.0:
            return
        rows = np.concatenate([self._waiting, self._draw(until)])
        later = rows[:, 0] >= until
        self._waiting = rows[later]
        rows = rows[~later]
        if len(rows):
            state.add_arrivals(
                rows[:, 0], self._stream.node, rows[:, 1], rows[:, 3], -1, rows[:, 2],
                (self._code + rows[:, 4].astype(np.int64)) & _WORD,
            )  # fmt: skip

    def _draw(self, until: float) -> np.ndarray[Any, np.dtype[np.float64]]:
        """Arrivals up to a little beyond `until`, so that a candidate is never cut off and drawn again."""
        parts = []
        block = np.zeros((4096, 5))
        cumulative = np.cumsum(self._stream.weights)
        horizon = math.inf
        while self._clock < until:
            filled, self._next, self._clock = _poisson(
                *self._key, np.uint32(self._code), self._stream.rates, self._shift, cumulative,
                self._stream.priority, self._stream.batch, self._next, self._clock, horizon, block,
            )  # fmt: skip
            parts.append(block[:filled].copy())
        return np.concatenate(parts) if parts else np.zeros((0, 5))
