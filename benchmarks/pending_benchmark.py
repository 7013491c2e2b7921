"""How the cost of an event grows with the events pending: 10 to a million people in service at once.

Run from the project's root: `python -m benchmarks.pending_benchmark`. One node of unlimited places with
exponential service in which so many people are being served; everybody who finishes goes round again, so the
number pending stays the same and each event takes one end of service off the calendar and puts one on.

The calendar is a heap, so the steps of an event grow as the logarithm. Its time need not: a million people
with their calendar take some 300 MB, far more than any cache, and every step then also waits for memory. So
the same run measures what one fetch of a person's row costs at each size, and fits

    nanoseconds = a + b log2(pending) + c fetch(pending)

by least squares of the relative error, no coefficient below zero: b is the calendar, c the fetches that an
event waits for.
"""

from __future__ import annotations

import time
from typing import Any

import numpy as np
from numba import njit
from scipy.optimize import nnls

from sim.care import Network
from sim.kernels.flow import FlowState
from sim.kernels.randomness import replicate_key

SIZES = (10, 100, 1_000, 10_000, 100_000, 1_000_000)
EVENTS = 600_000
ROUNDS = 5
ROW = 32  # words of 8 bytes: what a person takes in the kernel's two tables


def ring() -> Network:
    """People in service for a day on average who start again, all but one in a million."""
    return Network.from_dict(
        {
            "time_unit": "day",
            "nodes": {
                "a": {"places": "unlimited", "service": {"distribution": "exponential", "mean": 1.0}},
            },
            "routes": {"a": {"a": 0.999999, "home": 0.000001}},
            "exits": ["home"],
        }
    )


def nanoseconds_an_event(pending: int) -> float:
    """Processor time an event, of the fastest of some rounds, with so many pending."""
    state = FlowState(ring().flow, entity_capacity=pending, log_capacity=2 * EVENTS, key=replicate_key(1, 1))
    state.add_arrivals(np.zeros(pending), 0, 0, 0, -1, np.arange(pending), 0)
    state.advance(1440.0 * 2.0 if pending <= 10_000 else 144.0)  # until the calendar is well mixed
    state.take_log()
    span = 1440.0 * EVENTS / pending
    fastest = np.inf
    for _ in range(ROUNDS):
        before, start = state.events, time.process_time()
        state.advance(state.time + span)
        fastest = min(fastest, (time.process_time() - start) / (state.events - before))
        state.take_log()
    return float(fastest * 1e9)


@njit
def _chase(following: Any, rows: Any, steps: int) -> float:  # type: ignore[no-untyped-def]
    at, total = 0, 0.0
    for _ in range(steps):
        at = following[at]
        total += rows[at, 0] + rows[at, 8] + rows[at, 16] + rows[at, 24]  # a row's four lines of cache
    return total


def nanoseconds_a_fetch(size: int) -> float:
    """Processor time to reach a row of a table of so many rows, each known only from the one before."""
    order = np.random.default_rng(1).permutation(size)
    following = np.empty(size, dtype=np.int64)
    following[order] = np.roll(order, -1)
    rows = np.ones((size, ROW))
    fastest = np.inf
    for _ in range(ROUNDS):
        start = time.process_time()
        _chase(following, rows, EVENTS)
        fastest = min(fastest, (time.process_time() - start) / EVENTS)
    return fastest * 1e9


def measure() -> dict[str, float]:
    """Nanoseconds an event and a fetch by the number pending, the fitted curve, growth against the logarithm.

    `pending_growth_against_logarithm` is the cost at a million over that at ten, divided by log(1,000,000) /
    log(10) = 6: at most 1 when time grows no faster than the logarithm. The same up to 10,000, about what a
    region's network holds, divides by 4.
    """
    nanoseconds_an_event(10)  # compiles
    nanoseconds_a_fetch(10)
    costs = np.array([nanoseconds_an_event(size) for size in SIZES])
    fetches = np.array([nanoseconds_a_fetch(size) for size in SIZES])
    curve = np.column_stack([np.ones(len(SIZES)), np.log2(SIZES), fetches])
    fitted, _ = nnls(curve / costs[:, None], np.ones(len(SIZES)))
    tenfold = costs / costs[0] * np.log(SIZES[0]) / np.log(SIZES)
    return {
        **{f"nanoseconds_an_event_{size}_pending": float(c) for size, c in zip(SIZES, costs, strict=True)},
        **{f"nanoseconds_a_fetch_of_{size}_rows": float(c) for size, c in zip(SIZES, fetches, strict=True)},
        "pending_fit_constant_nanoseconds": float(fitted[0]),
        "pending_fit_nanoseconds_per_doubling": float(fitted[1]),
        "pending_fit_fetches_an_event": float(fitted[2]),
        "pending_fit_largest_relative_residual": float(np.max(np.abs(curve @ fitted / costs - 1.0))),
        "pending_growth_against_logarithm_to_10000": float(tenfold[SIZES.index(10_000)]),
        "pending_growth_against_logarithm": float(tenfold[-1]),
    }


if __name__ == "__main__":
    for name, value in measure().items():
        print(f"{name:45}{value:12,.2f}")
