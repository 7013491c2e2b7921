"""Who takes what several could take: claims met in turn, each while its claimant has room."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
from numba import njit

from sim.kernels.randomness import philox4x32, uniform32

TAKEN, LOST, REFUSED = 0, 1, 2


@njit(cache=True)
def resolve(item, claimant, day, room):  # type: ignore[no-untyped-def]
    """Return what becomes of each claim, (n,): taken, lost to another claimant, or refused for want of room.

    Args:
        item: (n,) what is claimed; claims on one item stand together, those who have the first turn first.
        claimant: (n,) who claims it.
        day: (n,) on which day.
        room: (claimants, days) how many each can take that day; what is taken is subtracted.
    """
    out = np.empty(item.size, np.uint8)
    taken = -1
    for i in range(item.size):
        if item[i] == taken:
            out[i] = LOST
        elif room[claimant[i], day[i]] > 0:
            room[claimant[i], day[i]] -= 1
            taken = item[i]
            out[i] = TAKEN
        else:
            out[i] = REFUSED
    return out


@njit(cache=True)
def _episode_uniforms(person, episode, stream, key, out):  # type: ignore[no-untyped-def]
    for i in range(person.size):
        words = philox4x32(person[i], episode[i], stream, np.uint32(0), key[0], key[1])
        for word in range(4):
            out[i, word] = uniform32(words[word])


def episode_uniforms(
    person: npt.NDArray[np.integer],
    episode: npt.NDArray[np.integer],
    stream: int,
    key: npt.NDArray[np.uint32],
) -> npt.NDArray[np.float64]:
    """Return four uniforms in (0, 1) for each episode, (n, 4).

    Args:
        person: (n,) identities.
        episode: (n,) codes of their episodes, 32 bits.
        stream: `stream_key` of the decision.
        key: The two words of `replicate_key`.
    """
    out = np.empty((person.size, 4))
    code = (episode.astype(np.int64) & 0xFFFFFFFF).astype(np.uint32)
    _episode_uniforms(person.astype(np.uint32), code, np.uint32(stream), key, out)
    return out


@njit(cache=True)
def _codes(episode, stream):  # type: ignore[no-untyped-def]
    out = np.empty(episode.size, np.uint32)
    for i in range(episode.size):
        out[i] = philox4x32(episode[i], stream, np.uint32(0), np.uint32(0), np.uint32(0), np.uint32(0))[0]
    return out


def codes_elsewhere(episode: npt.NDArray[np.integer], stream: int) -> npt.NDArray[np.int64]:
    """Return codes of episodes met elsewhere, (n,): new ones, with the lowest bit of the old."""
    old = episode.astype(np.int64)
    new = _codes((old & 0xFFFFFFFF).astype(np.uint32), np.uint32(stream)).astype(np.int64)
    return np.asarray((new & ~1) | (old & 1))


__all__ = ["LOST", "REFUSED", "TAKEN", "codes_elsewhere", "episode_uniforms", "resolve"]
