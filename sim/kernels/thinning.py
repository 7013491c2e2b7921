"""Events drawn by thinning: each person's keyed uniform against a small chance of their own."""

from __future__ import annotations

import numpy as np
from numba import njit

from sim.kernels.randomness import philox4x32, uniform32


@njit(cache=True)
def thin(person, chance, copies, occasion, stream, key):  # type: ignore[no-untyped-def]
    """Return who is chosen: rows, copies, and two further uniforms of each, (n,), (n,), (n, 2).

    A larger chance adds people and takes none away.

    Args:
        person: (N,) identities.
        chance: (N,) chance of each copy of each person, 0 to 1.
        copies: (N,) copies.
        occasion: Calendar month.
        stream: `stream_key` of what is drawn.
        key: The two words of `replicate_key`.
    """
    rows, which = [np.int64(0) for _ in range(0)], [np.int64(0) for _ in range(0)]
    first, second = [0.0 for _ in range(0)], [0.0 for _ in range(0)]
    for row in range(person.size):
        if chance[row] <= 0.0:
            continue
        for copy in range(copies[row]):
            words = philox4x32(person[row], occasion, stream, np.uint32(copy), key[0], key[1])
            if uniform32(words[0]) < chance[row]:
                rows.append(np.int64(row))
                which.append(np.int64(copy))
                first.append(uniform32(words[1]))
                second.append(uniform32(words[2]))
    out = np.empty((len(rows), 2))
    chosen, copy_of = np.empty(len(rows), np.int64), np.empty(len(rows), np.int64)
    for i in range(len(rows)):
        chosen[i], copy_of[i] = rows[i], which[i]
        out[i, 0], out[i, 1] = first[i], second[i]
    return chosen, copy_of, out


__all__ = ["thin"]
