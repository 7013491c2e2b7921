"""Onsets that begin with an emergency admission: a stroke, a heart attack, heart failure, some cancers.

They tie acute demand to what prevention can avoid. The published admission rates contain them, so demand
takes them off the rates of other needs (`sim/health/demand.py`).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from sim.health.ages import N_AGES
from sim.health.transitions import Transition
from sim.kernels.draws import keyed_uniforms
from sim.kernels.randomness import stream_key
from sim.kernels.strata import drawn_rows
from sim.parameters.national import National
from sim.population.residents import Residents
from sim.population.strata import MONTHS_A_YEAR, N_AGE_BANDS, N_QUINTILES, N_SEXES, age_band_of_year

FloatArray = npt.NDArray[np.float64]
IntArray = npt.NDArray[np.int64]


@dataclass(frozen=True, kw_only=True)
class OnsetAdmission:
    """One condition some of whose onsets are admitted."""

    condition: str
    share: float
    """Share of onsets admitted."""
    hazard: FloatArray
    """(2, 111) onset hazard a year by sex and age, mean over quintiles."""

    @property
    def stream(self) -> int:
        """Random stream of who is admitted and where."""
        return stream_key(f"need/onset/{self.condition}")

    def chosen(
        self, person: npt.NDArray[np.uint32], occasion: int, key: npt.NDArray[np.uint32], copy: int
    ) -> tuple[IntArray, FloatArray, FloatArray]:
        """Return positions of those admitted among the onsets of a month, and two more draws of each.

        The draws tell where a person enters, and when in the month for every copy but the first.
        """
        draws = keyed_uniforms(person, occasion, self.stream, key, copy)
        which = np.flatnonzero(draws[:, 0] < self.share)
        return which, draws[which, 1], draws[which, 2]

    def stand_ins(
        self,
        residents: Residents,
        status: npt.NDArray[np.uint8],
        month: int,
        occasion: int,
        key: npt.NDArray[np.uint32],
    ) -> tuple[IntArray, FloatArray]:
        """Return who stands in for those with an onset in a month of the burn-in, and when in the month.

        Args:
            residents: The residents as they are at the start.
            status: (N,) 1 for those registered.
            month: Month of the run, negative.
            occasion: Calendar month.
            key: The two words of `replicate_key`.
        """
        chance = np.repeat(-np.expm1(-self.hazard / MONTHS_A_YEAR)[:, :, None], N_QUINTILES, axis=2)
        code, stream = residents.column(self.condition), stream_key(f"burn-in onset/{self.condition}")
        return stand_in_rows(residents, status, month, code, chance, occasion, stream, key)


def stand_in_rows(
    residents: Residents, status: npt.NDArray[np.uint8], month: int, code: npt.NDArray[np.uint8],
    chance: FloatArray, occasion: int, stream: int, key: npt.NDArray[np.uint32],
) -> tuple[IntArray, FloatArray]:  # fmt: skip
    """Return who of those with code 0 is drawn in a month of the burn-in, and when in the month.

    Args:
        residents: The residents as they are at the start.
        status: (N,) 1 for those registered.
        month: Month of the run, negative.
        code: (N,) codes.
        chance: (2, 111, 5) chance a month.
        occasion: Calendar month.
        stream: `stream_key` of the draw.
        key: The two words of `replicate_key`.
    """
    rows, when = drawn_rows(
        status, residents.person, residents.birth_month, month, residents.column("sex"),
        residents.column("quintile"), code, chance, np.uint32(occasion), np.uint32(stream), key,
    )  # fmt: skip
    return rows, when


def onset_admissions(national: National, transitions: Sequence[Transition]) -> list[OnsetAdmission]:
    """Return the conditions of `use/onset_admissions.csv` that have an onset."""
    table = national.tables["onset_admissions"].set_index("condition")["value"]
    return [
        OnsetAdmission(
            condition=transition.key,
            share=float(table.loc[transition.key]),
            hazard=transition.hazard.mean(axis=2),
        )
        for transition in transitions
        if transition.key in table.index
    ]


def expected_admissions(found: Sequence[OnsetAdmission], residents: Residents) -> FloatArray:
    """Return admissions a year at onset by sex and age band, (2, 7), for the residents as they are."""
    sex = residents.column("sex").astype(np.int64)
    age = np.clip(residents.age_years, 0, N_AGES - 1)
    cell = sex * N_AGE_BANDS + age_band_of_year()[age]
    total = np.zeros(N_SEXES * N_AGE_BANDS)
    for onset in found:
        free = residents.registered & (residents.column(onset.condition) == 0)
        hazard = onset.hazard[sex[free], age[free]] * onset.share
        total += np.bincount(cell[free], hazard, minlength=total.size)
    return total.reshape(N_SEXES, N_AGE_BANDS)
