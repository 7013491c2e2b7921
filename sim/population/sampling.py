"""Who is kept when a run is a sample, and how many keyed copies of each need a kept resident sends."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from sim.population.draws import uniforms


def kept(person: npt.NDArray[np.integer], scale: float, seed: int) -> npt.NDArray[np.bool_]:
    """Return who is kept at `scale`: a systematic sample of identities, hence of every cell alike.

    Identities follow the cells, so the sample is stratified by them. At scale 1 everybody is kept.
    """
    offset = uniforms(np.zeros(1, np.uint32), "scale.offset", seed)[0]
    position = (person.astype(np.float64) + offset) * scale
    return np.asarray(np.floor(position + scale) > np.floor(position))


def copies(person: npt.NDArray[np.integer], scale: float, seed: int) -> npt.NDArray[np.uint16]:
    """Return how many copies of each need a kept resident sends, on average 1 / scale and whole for each."""
    whole, part = divmod(1.0 / scale, 1.0)
    more = uniforms(person, "scale.copies", seed) < part if part > 0 else np.zeros(person.size, np.bool_)
    return (int(whole) + more).astype(np.uint16)
