"""The strata by which residents are counted: age bands, sexes, national deprivation quintiles, cells."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

AGE_BANDS: tuple[str, ...] = ("0-4", "5-17", "18-44", "45-64", "65-74", "75-84", "85+")
AGE_BAND_STARTS: tuple[int, ...] = (0, 5, 18, 45, 65, 75, 85)
SEXES: tuple[str, ...] = ("male", "female")
QUINTILES: tuple[str, ...] = ("1", "2", "3", "4", "5")
OLDEST_AGE = 110
MONTHS_A_YEAR = 12

N_AGE_BANDS = len(AGE_BANDS)
N_SEXES = len(SEXES)
N_QUINTILES = len(QUINTILES)


def age_band_of_year() -> npt.NDArray[np.uint8]:
    """Return the age band index of each single year of age 0..110, shape (111,)."""
    ages = np.arange(OLDEST_AGE + 1)
    return (np.searchsorted(np.array(AGE_BAND_STARTS), ages, side="right") - 1).astype(np.uint8)


def cell_index(
    neighbourhood: npt.NDArray[np.integer],
    council: npt.NDArray[np.integer],
    quintile: npt.NDArray[np.integer],
    sex: npt.NDArray[np.integer],
    age_band: npt.NDArray[np.integer],
    n_councils: int,
) -> npt.NDArray[np.uint16]:
    """Return the cell of each resident: the finest stratum by which everything is counted.

    Args:
        neighbourhood: Index of the integrated neighbourhood team.
        council: Index of the council, in the order of the area pack.
        quintile: 0 (most deprived) to 4.
        sex: 0 male, 1 female.
        age_band: Index into `AGE_BANDS`.
        n_councils: Number of councils of the area.

    Returns:
        One 16-bit index per resident.
    """
    index = neighbourhood.astype(np.int64) * n_councils + council
    index = index * N_QUINTILES + quintile
    index = index * N_SEXES + sex
    cell: npt.NDArray[np.uint16] = (index * N_AGE_BANDS + age_band).astype(np.uint16)
    return cell


def cell_shape(n_neighbourhoods: int, n_councils: int) -> tuple[int, int, int, int, int]:
    """Return the shape (neighbourhood, council, quintile, sex, age band) behind the cell index."""
    return (n_neighbourhoods, n_councils, N_QUINTILES, N_SEXES, N_AGE_BANDS)
