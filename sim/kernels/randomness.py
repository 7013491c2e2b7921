"""Counter-based random numbers: every draw is a pure function of who, when, which decision and which copy.

The generator is Philox4x32-10 (Salmon, Moraes, Dror and Shaw, "Parallel random numbers: as easy as
1, 2, 3", SC11, 2011). The 128-bit counter holds (person, occasion, stream, index) and the 64-bit key
holds the seed and replicate, so no draw depends on how many were made before, by whom, or in what order.
`docs/explanation/time_and_randomness.md` tells what goes into each word.
"""

from __future__ import annotations

import hashlib

import numpy as np
from numba import njit, types, uint32, uint64

_MULTIPLIER_0 = np.uint64(0xD2511F53)
_MULTIPLIER_1 = np.uint64(0xCD9E8D57)
_WEYL_0 = np.uint64(0x9E3779B9)
_WEYL_1 = np.uint64(0xBB67AE85)
_MASK = np.uint64(0xFFFFFFFF)
_SHIFT = np.uint64(32)
_ROUNDS = 10
_TWO_TO_MINUS_32 = 2.0**-32
_TWO_TO_MINUS_53 = 2.0**-53


@njit(types.UniTuple(uint32, 4)(uint32, uint32, uint32, uint32, uint32, uint32), cache=True, inline="always")
def philox4x32(c0, c1, c2, c3, k0, k1):  # type: ignore[no-untyped-def]
    """Return the four 32-bit words of Philox4x32-10 for one counter and one key.

    Args:
        c0: Who: the identity of the resident or patient.
        c1: Occasion: month, or the code of an episode.
        c2: Stream: `stream_key` of the named decision.
        c3: Index: which repetition within the occasion.
        k0: Low word of `replicate_key`.
        k1: High word of `replicate_key`.

    Returns:
        Four independent uniform 32-bit words.
    """
    x0, x1, x2, x3 = uint64(c0), uint64(c1), uint64(c2), uint64(c3)
    key0, key1 = uint64(k0), uint64(k1)
    for _ in range(_ROUNDS):
        product0 = _MULTIPLIER_0 * x0
        product1 = _MULTIPLIER_1 * x2
        x0 = (product1 >> _SHIFT) ^ x1 ^ key0
        x2 = (product0 >> _SHIFT) ^ x3 ^ key1
        x1 = product1 & _MASK
        x3 = product0 & _MASK
        key0 = (key0 + _WEYL_0) & _MASK
        key1 = (key1 + _WEYL_1) & _MASK
    return uint32(x0), uint32(x1), uint32(x2), uint32(x3)


@njit("float64(uint32)", cache=True, inline="always")
def uniform32(word):  # type: ignore[no-untyped-def]
    """Map one 32-bit word to the open interval (0, 1), in steps of 2^-32."""
    return (word + 0.5) * _TWO_TO_MINUS_32


@njit("float64(uint32, uint32)", cache=True, inline="always")
def uniform53(high, low):  # type: ignore[no-untyped-def]
    """Map two 32-bit words to the open interval (0, 1) with 52 bits: for durations and exact quantiles."""
    bits = (uint64(high) << uint64(20)) | (uint64(low) >> uint64(12))
    return (float(bits) + 0.5) * 2.0 * _TWO_TO_MINUS_53


def stream_key(name: str) -> int:
    """Return the immutable 32-bit key of a named decision (the first four bytes of BLAKE2b of its name).

    A key depends on the name alone, never on a position in a list, so adding a stream moves no other.
    """
    return int.from_bytes(hashlib.blake2b(name.encode(), digest_size=4).digest(), "little")


def replicate_key(seed: int, replicate: int) -> tuple[int, int]:
    """Return the two 32-bit key words of one replicate of one seed.

    The whole seed and replicate number are hashed to 64 bits, so neighbouring seeds share nothing.
    """
    digest = hashlib.blake2b(f"{int(seed)}/{int(replicate)}".encode(), digest_size=8).digest()
    return int.from_bytes(digest[:4], "little"), int.from_bytes(digest[4:], "little")


def check_streams(names: list[str]) -> None:
    """Raise ValueError when two different stream names share one 32-bit key.

    With 200 streams the chance of a clash is 5 in a million; it must still never pass in silence.
    """
    owner: dict[int, str] = {}
    for name in names:
        key = stream_key(name)
        if owner.setdefault(key, name) != name:
            raise ValueError(f"streams {owner[key]!r} and {name!r} share the key {key}; rename one of them")
