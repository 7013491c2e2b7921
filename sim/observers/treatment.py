"""Once a year: how many adults with high blood pressure or cardiovascular disease are treated, and to target.

High blood pressure is to target when it is under 140/90, treated or not; the model has no other target for
people of 80 and over. Cardiovascular disease is coronary heart disease, stroke or transient attack; whether a
statin brings cholesterol to target is not known, since the model has two levels of total cholesterol alone.
Anticoagulation in atrial fibrillation is no attribute of a resident, so it is not counted.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Protocol

import numpy as np
import numpy.typing as npt

from sim.health.transitions.blood_pressure import ATTRIBUTE, CONTROLLED, NORMAL, REGISTER, UNCONTROLLED
from sim.kernels.tally import count_classes
from sim.observers.recorder import Recorder
from sim.population.residents import Residents
from sim.population.strata import AGE_BANDS, MONTHS_A_YEAR, N_AGE_BANDS

Mask = npt.NDArray[np.bool_]
CARDIOVASCULAR = ("coronary_heart_disease", "stroke_tia")
STATIN = "statin"
_CODES = 256  # of a column of a byte


class Registered(Protocol):
    """What is said of a condition: which of its codes are on the register."""

    @property
    def register(self) -> Sequence[bool]:
        """Whether each code is on the register."""


class TreatmentObserver:
    """Counts at the first instant of each year, in all one-way strata, adults of 18 and over.

    Measures: `hypertension_register`, of these `hypertension_treated` and `hypertension_to_target`;
    `cardiovascular_register`, of these `cardiovascular_on_statin`.

    Args:
        residents: Who is counted.
        conditions: What is said of each condition.
        recorder: Where counts go.
        n_cells: Number of cells.
        weight: People for each resident.
    """

    def __init__(
        self, residents: Residents, conditions: Mapping[str, Registered], recorder: Recorder, n_cells: int,
        weight: float,
    ) -> None:  # fmt: skip
        self.residents = residents
        self.conditions = conditions
        self.recorder = recorder
        self.weight = weight
        self._adult = np.arange(n_cells) % N_AGE_BANDS >= AGE_BANDS.index("18-44")

    def open_month(self, month: int) -> None:
        """Record the year's counts in its first month, and nothing in the others."""
        if month % MONTHS_A_YEAR:
            return
        pressure = self.residents.column(ATTRIBUTE)
        listed = self._listed(REGISTER)
        self._record(month, "hypertension_register", listed)
        self._record(month, "hypertension_treated", listed & np.isin(pressure, (CONTROLLED, UNCONTROLLED)))
        self._record(month, "hypertension_to_target", listed & np.isin(pressure, (NORMAL, CONTROLLED)))
        ill = np.logical_or.reduce([self._listed(name) for name in CARDIOVASCULAR])
        self._record(month, "cardiovascular_register", ill)
        self._record(month, "cardiovascular_on_statin", ill & (self.residents.column(STATIN) > 0))

    def _listed(self, condition: str) -> Mask:
        """Return who is on a condition's register, (rows,)."""
        on = np.zeros(_CODES, np.bool_)
        codes = self.conditions[condition].register
        on[: len(codes)] = codes
        return np.asarray(on[self.residents.column(condition)])

    def _record(self, month: int, name: str, chosen: Mask) -> None:
        residents = self.residents
        counts = np.zeros((2, self._adult.size), np.int64)
        count_classes(residents.column("status"), residents.cell, chosen.view(np.uint8), counts)
        self.recorder.measure(month, name, np.where(self._adult, counts[1], 0) * self.weight)


__all__ = ["TreatmentObserver"]
