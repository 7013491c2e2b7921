"""Keyed uniforms for whole columns of people: the vector form of the random function."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
from numba import njit

from sim.kernels.randomness import philox4x32, uniform32

FloatArray = npt.NDArray[np.float64]


def keyed_uniforms(
    person: npt.NDArray[np.integer], occasion: int, stream: int, key: npt.NDArray[np.uint32], index: int = 0
) -> FloatArray:
    """Return four uniforms in (0, 1) for each person, shape (n, 4), each column in one piece.

    Args:
        person: Identities.
        occasion: Calendar month, or another occasion.
        stream: `stream_key` of the decision.
        key: The two words of `replicate_key`.
        index: Which repetition within the occasion.
    """
    out = np.empty((4, person.size))
    _fill(person.astype(np.uint32), np.uint32(occasion), np.uint32(stream), np.uint32(index), key, *out)
    return out.T


@njit(cache=True)
def _fill(person, occasion, stream, index, key, out0, out1, out2, out3):  # type: ignore[no-untyped-def]
    # four plain arrays: so the compiler makes the words of many people at once, seven times as fast
    key0, key1 = key[0], key[1]
    for i in range(person.size):
        words = philox4x32(person[i], occasion, stream, index, key0, key1)
        out0[i] = uniform32(words[0])
        out1[i] = uniform32(words[1])
        out2[i] = uniform32(words[2])
        out3[i] = uniform32(words[3])
