"""Keyed uniform numbers for whole columns of residents."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
from numba import njit
from scipy.special import ndtri

from sim.kernels.randomness import philox4x32, replicate_key, stream_key, uniform32

FloatArray = npt.NDArray[np.float64]

ILL_HEALTH = "population.ill_health"
"""Stream of the one latent factor that ties conditions, frailty, disability and care-home residence."""


def population_key(seed: int) -> npt.NDArray[np.uint32]:
    """Return the two key words of a synthetic population, the same in every replicate of a run."""
    return np.array(replicate_key(seed, 0), dtype=np.uint32)


def uniforms(person: npt.NDArray[np.integer], stream: str, seed: int, occasion: int = 0) -> FloatArray:
    """Return one uniform in (0, 1) for each identity.

    Args:
        person: Identities, shape (N,).
        stream: Name of the decision.
        seed: Population seed.
        occasion: Which occasion of that decision.

    Returns:
        (N,) float64; each depends on its identity, the stream, the seed and the occasion alone.
    """
    out = np.empty(person.size, dtype=np.float64)
    _fill(
        person.astype(np.uint32),
        np.uint32(occasion),
        np.uint32(stream_key(stream)),
        population_key(seed),
        out,
    )
    return out


def ill_health(person: npt.NDArray[np.integer], seed: int) -> FloatArray:
    """Return the latent tendency to ill health of each identity, standard normal."""
    normal: FloatArray = ndtri(uniforms(person, ILL_HEALTH, seed))
    return normal


@njit(cache=True)
def _fill(person, occasion, stream, key, out):  # type: ignore[no-untyped-def]
    """Write one keyed uniform for each identity."""
    for i in range(person.size):
        out[i] = uniform32(philox4x32(person[i], occasion, stream, np.uint32(0), key[0], key[1])[0])
