"""Measures that are recorded again of some ages alone, since what is published is of those ages."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import numpy.typing as npt

from sim.population.strata import AGE_BANDS, N_AGE_BANDS

Mask = npt.NDArray[np.bool_]
OLDER, YOUNGER = "65_plus", "under_75"
"""Suffixes of the measures of people of 65 and over, and of those under 75."""
MEASURES: Mapping[str, tuple[str, ...]] = {
    "emergency_admissions": (OLDER,), "care_home_entries": (OLDER,), "care_home_entries_from_home": (OLDER,),
    "person_months": (OLDER, YOUNGER), "deaths": (YOUNGER,),
}  # fmt: skip


def of_ages(n_cells: int) -> dict[str, tuple[tuple[str, Mask], ...]]:
    """Return for each of these measures the names under which it is recorded again, and the cells of each.

    Args:
        n_cells: Number of cells, of which the age band is the last attribute.
    """
    band = np.arange(n_cells) % N_AGE_BANDS
    within = {OLDER: band >= AGE_BANDS.index("65-74"), YOUNGER: band < AGE_BANDS.index("75-84")}
    return {
        name: tuple((f"{name}_{suffix}", within[suffix]) for suffix in suffixes)
        for name, suffixes in MEASURES.items()
    }


__all__ = ["of_ages"]
