"""People who attend an emergency department often, of a normal run, and what the life course costs to run."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from calibration.life_course.checks import Check, Target, judged, of_check
from calibration.life_course.recording import Record
from sim.model import HealthSystem
from sim.population.residents import REGISTERED
from sim.population.strata import MONTHS_A_YEAR

OFTEN = 5
"""Attendances in twelve months from which somebody attends often."""
SECONDS_A_YEAR = 1.0
"""Budget of life course and needs together (DESIGN section 13: 10 s for ten years)."""


@dataclass(frozen=True, kw_only=True)
class FrequentAttenders:
    """What a normal run says of those who attend often."""

    share: float
    """Of people registered at the end of the first year."""
    share_of_attendances: float
    """Attendances by them, of all in the year."""
    again: float
    """Of them, those still registered a year later who attend often again."""
    by_number: list[float]
    """People by attendances in the year, 0 to 10 or more."""


def frequent_attenders(**settings: Any) -> FrequentAttenders:
    """Run care and life course for two years and count who attends often in each.

    Args:
        settings: Keywords of `HealthSystem`; at full scale unless said otherwise, since only the first copy
            of a need acts on the resident.
    """
    model = HealthSystem(years=2, **settings)
    while model.month < MONTHS_A_YEAR:
        model.step()
    first = _attendances(model)
    there = model.residents.column("status") == REGISTERED
    model.run_model()
    second = _attendances(model)
    stays = there & (model.residents.column("status") == REGISTERED)
    often = first >= OFTEN
    return FrequentAttenders(
        share=float((often & there).sum() / there.sum()),
        share_of_attendances=float(first[often].sum() / max(1, first.sum())),
        again=float((second[often & stays] >= OFTEN).mean()) if (often & stays).any() else float("nan"),
        by_number=np.bincount(np.minimum(first[there], 10), minlength=11).astype(float).tolist(),
    )


def _attendances(model: HealthSystem) -> npt.NDArray[np.int64]:
    """Return attendances by row in twelve months, as residents carry them: to the end of the month before."""
    return np.asarray(model.residents.column("attendances_12m").astype(np.int64))


def frequent_checks(found: FrequentAttenders, targets: Sequence[Target]) -> list[Check]:
    """Return the share who attend often, and their share of attendances."""
    note = f"of those still registered, {found.again:.0%} attend as often in the next year"
    return [judged(t, found.share, "one run", note) for t in of_check(targets, "frequent")] + [
        judged(t, found.share_of_attendances, "one run") for t in of_check(targets, "frequent_share")
    ]


def budget_checks(records: Sequence[Record], targets: Sequence[Target]) -> list[Check]:
    """Return bytes a resident and the share of the budget of time; no second is quoted, machines differ."""
    kept = records[0].bytes_a_resident
    years = len(records[0].people) - 1
    note = f"{kept['columns']:.0f} columns, {kept['transitions']:.0f} transitions"
    hot = kept["columns"] + kept["transitions"]
    found = [judged(target, hot, "exact", note) for target in of_check(targets, "hot_bytes")]
    fastest = min(record.run_seconds for record in records)
    found += [
        judged(t, fastest / (SECONDS_A_YEAR * years), "fastest run") for t in of_check(targets, "speed")
    ]
    return found
