"""Once a year: how many residents have so many conditions, in which segment of need they are, how frail."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt

from sim.health.columns import FRAILTY
from sim.health.multimorbidity import HUNDREDTHS, SEGMENTS, cambridge_score, definitions, segments
from sim.kernels.tally import count_classes
from sim.observers.recorder import Recorder
from sim.parameters.national import National
from sim.population.residents import Residents
from sim.population.strata import MONTHS_A_YEAR

_CODES = 256  # of a column of a byte
MOST_COUNTED = 3
"""Those with so many conditions and more are counted together."""


class MultimorbidityObserver:
    """Counts at the first instant of each year, in all one-way strata.

    Measures: `multimorbidity_people`, and `multimorbidity_D_0` to `_3plus` for each definition D;
    `segment_people` (adults), `segment_1` to `segment_5`, `major_illness`; `frailty_mild`,
    `frailty_moderate`, `frailty_severe` and `frailty_deficits`.

    Args:
        residents: Who is counted.
        national: Definitions, weights and cut points.
        recorder: Where counts go.
        n_cells: Number of cells.
        weight: People for each resident.
    """

    def __init__(
        self, residents: Residents, national: National, recorder: Recorder, n_cells: int, weight: float
    ) -> None:
        self.residents = residents
        self.national = national
        self.recorder = recorder
        self.n_cells = n_cells
        self.weight = weight
        self._definitions = definitions(national, residents)
        self._score = cambridge_score(national, residents)

    def open_month(self, month: int) -> None:
        """Record the year's counts in its first month, and nothing in the others."""
        if month % MONTHS_A_YEAR == 0:
            self._counts(month)
            self._segments(month)
            self._frailty(month)

    def _counts(self, month: int) -> None:
        here = self.residents.registered
        self._record(month, "multimorbidity_people", self._by_class(here.view(np.uint8), 2)[1])
        for name, morbidities in self._definitions.items():
            number = np.minimum(morbidities.total(self.residents), MOST_COUNTED)
            for k, by_cell in enumerate(self._by_class(number, MOST_COUNTED + 1)):
                more = "plus" if k == MOST_COUNTED else ""
                self._record(month, f"multimorbidity_{name}_{k}{more}", by_cell)

    def _segments(self, month: int) -> None:
        segment = segments(self.residents, self.national)
        by_segment = self._by_class(segment, SEGMENTS + 1)
        self._record(month, "segment_people", by_segment[1:].sum(axis=0))
        for k in range(1, SEGMENTS + 1):
            self._record(month, f"segment_{k}", by_segment[k])
        limit = round(HUNDREDTHS * self.national.scalar("cambridge_major_illness_above"))
        ill = (self._score.total(self.residents) > limit) & (segment > 0)
        self._record(month, "major_illness", self._by_class(ill.view(np.uint8), 2)[1])

    def _frailty(self, month: int) -> None:
        by_level = self._by_class(self.residents.column("frailty"), len(FRAILTY))
        for code, level in enumerate(FRAILTY):
            if code:
                self._record(month, f"frailty_{level}", by_level[code])
        deficits = self._by_class(self.residents.column("frailty_score"), _CODES)
        self._record(month, "frailty_deficits", np.arange(_CODES) @ deficits)

    def _by_class(self, classes: npt.NDArray[np.integer[Any]], number: int) -> npt.NDArray[np.int64]:
        """Return how many registered residents are in each class, (number, cells)."""
        residents = self.residents
        counts = np.zeros((number, self.n_cells), np.int64)
        count_classes(residents.column("status"), residents.cell, classes, counts)
        return counts

    def _record(self, month: int, name: str, by_cell: npt.NDArray[np.int64]) -> None:
        self.recorder.measure(month, name, by_cell * self.weight)
