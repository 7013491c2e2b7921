"""Loops of recent use: what events add to residents, and the draw of what a need met elsewhere brings."""

from __future__ import annotations

import numpy as np
from numba import njit

from sim.kernels.randomness import philox4x32, uniform32


@njit(cache=True)
def uniforms(person, occasion, stream, code, key):  # type: ignore[no-untyped-def]
    """Return one uniform in (0, 1) for each need, (n,).

    Args:
        person: (n,) identities, 32 bit.
        occasion: Calendar month.
        stream: Stream of the decision.
        code: (n,) codes of the needs, 32 bit: a resident may have several in a month.
        key: The two words of `replicate_key`.
    """
    out = np.empty(person.size)
    for i in range(person.size):
        out[i] = uniform32(philox4x32(person[i], occasion, np.uint32(stream), code[i], key[0], key[1])[0])
    return out


@njit(cache=True)
def add(rows, size, found):  # type: ignore[no-untyped-def]
    """Add what one event adds to the residents who had it, as often as they had it.

    Args:
        rows: (n,) residents, one element per event.
        size: What each adds.
        found: (N,) added to.
    """
    for i in range(rows.size):
        found[rows[i]] += size


@njit(cache=True)
def complete(since, month, unseen, expected, scale, stratum, found):  # type: ignore[no-untyped-def]
    """Add the expectation of months that nobody saw, and scale the part of discharges by stratum.

    Args:
        since: (N,) first month that was seen of each resident.
        month: Month of the run.
        unseen: (2, 13) what an event a month adds in months unseen, by how many were seen.
        expected: (2, S) events a month of a resident of each stratum.
        scale: (S,) how the size of a discharge departs from that of the average one.
        stratum: (N,) stratum.
        found: (N, 2) added to and scaled.
    """
    last = unseen.shape[1] - 1
    for row in range(since.size):
        seen = month - since[row]
        if seen < last:
            for event in range(found.shape[1]):
                found[row, event] += unseen[event, max(0, seen)] * expected[event, stratum[row]]
        if found[row, 0] != 0.0:
            found[row, 0] *= scale[stratum[row]]
