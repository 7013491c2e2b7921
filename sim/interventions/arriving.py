"""What a scenario changes in who arrives: emergencies diverted, demand induced, freed beds filled."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt

from sim.interventions.diversions import Diversions
from sim.interventions.refilling import Refilling
from sim.kernels.flow import Arrivals

if TYPE_CHECKING:
    from sim.model import HealthSystem

FloatArray = npt.NDArray[np.float64]


class Arriving:
    """Diversions and refilling of one model.

    Args:
        model: The model, its parts and observers built.
        cell_kind: (cells,) kind of people of each cell.
    """

    def __init__(self, model: HealthSystem, cell_kind: npt.NDArray[np.int64]) -> None:
        parts = model.parts
        self.model = model
        self.diversions = Diversions(
            model.specification, parts.demand.classes, parts.care.network, parts.residents,
            model.settings.calendar_start, parts.key,
        )  # fmt: skip
        self.refilling = Refilling(
            model.specification, parts.changes, parts.care, parts.demand, parts.residents, parts.copies,
            cell_kind, parts.key,
        )  # fmt: skip

    def of_month(
        self,
        month: int,
        start: float,
        emergencies: Sequence[tuple[int | npt.NDArray[np.integer], Arrivals]],
        status: npt.NDArray[np.uint8],
        exits: tuple[npt.NDArray[np.int64], FloatArray],
    ) -> list[Arrivals]:
        """Return the arrivals of residents in a month, given their needs; see `Diversions.divert`.

        `exits` holds the rows of those who die or leave in the month and their hours, (n,) each.
        """
        exit_hour = np.full(status.size if self.model.specification.interventions else 1, np.inf)
        if exit_hour.size > 1:
            gone = exits[0] < status.size  # the list ends with a row that nobody has
            exit_hour[exits[0][gone]] = exits[1][gone]
        found = self.diversions.divert(month, start, emergencies, status, exit_hour)
        for done in self.diversions.done:
            self.model.recorder.programme(month, done.key, done.taken, done.pounds)
            self.model.recorder.programme_counts(month, done.key, done.counts())
        return [*found, *self.refilling.arrivals(month, start, status, exit_hour)]

    def close_month(self, month: int) -> None:
        """Hold the scenario's changes against a month that has ended, and record what they freed."""
        stages, totals = self.model.care_observer.let_go()
        self.refilling.close_month(month, stages, totals, self.diversions)
        for programme, counts in self.refilling.take_counts().items():
            self.model.recorder.programme_counts(month, programme, counts)


__all__ = ["Arriving"]
