"""A short digest of every resident's life, by which two runs are compared for lives that differ.

The digest of a life is a sum, in 64 bits, of a mixed number for each thing that happened in it: an event of
the life course with its minute, a need and a stage of care with theirs, and the state at the run's end. Equal
lives have equal digests; two different ones have the same with a chance of 2 to the power of -64. Numbers
that a search ranks by are kept beside it.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt
import pandas as pd

from sim.health.calendar import MINUTES_A_DAY, month_days
from sim.health.life import MonthEvents
from sim.health.transitions import DEATHS, DEPARTURE
from sim.kernels.flow import Stages
from sim.kernels.flow_layout import TURNED_AWAY
from sim.kernels.needs import Arrivals
from sim.observers.acting_care import changed_places, stages_changed
from sim.observers.care_month import ACTING, BEDS
from sim.population.residents import NOT_REACHED
from sim.settings import MONTHS_A_YEAR

if TYPE_CHECKING:
    from sim.model import HealthSystem

Words = npt.NDArray[np.uint64]
IntArray = npt.NDArray[np.int64]
FloatArray = npt.NDArray[np.float64]
DAYS_A_YEAR = 365.25
OF_CARE = ("status", "place", "admissions_12m", "attendances_12m", "delayed_steps_12m", "ed_delay")
"""Attributes of the end that are not of health: care's own counts, and what the events tell already."""
MEASURES = ("years", "conditions", "bed_days", "admissions", "attendances")
"""What a search may rank by; of each, the first run less the second."""
_BLOCK = 65_536
# Finaliser of splitmix64 (Steele, Lea and Flood, 2014): every bit of the input moves every bit of the output.
_STEP, _FIRST = np.uint64(0x9E3779B97F4A7C15), np.uint64(0xBF58476D1CE4E5B9)
_SECOND = np.uint64(0x94D049BB133111EB)


def mixed(*parts: npt.NDArray[np.generic]) -> Words:
    """Return one 64-bit number for each position of some equally long arrays of whole numbers or floats."""
    found = np.zeros(parts[0].shape, np.uint64)
    for part in parts:
        bits = part.astype(np.float64).view(np.uint64) if part.dtype.kind == "f" else part.astype(np.uint64)
        found = (found ^ bits) + _STEP
        found = (found ^ (found >> np.uint64(30))) * _FIRST
        found = (found ^ (found >> np.uint64(27))) * _SECOND
        found ^= found >> np.uint64(31)
    return found


class LifeDigest:
    """Listens to a run and keeps the digest of every resident's life.

    Args:
        model: The model, at the start of its run.
    """

    def __init__(self, model: HealthSystem) -> None:
        residents, care = model.residents, model.parts.care
        n = residents.size
        self.person = residents.person[:n].copy()
        self.start = residents.columns[:n].copy()
        self.birth_month = residents.birth_month[:n].copy()
        self.column_of = dict(residents.column_of)
        self.health, self.care = np.zeros(n, np.uint64), np.zeros(n, np.uint64)
        self.gone = np.full(n, np.inf)
        self.left = np.zeros(n, np.bool_)
        self.reached = np.zeros((n, residents.reached.shape[1]), np.bool_)
        self.taken, self.care_changed = np.zeros(n, np.bool_), np.zeros(n, np.bool_)
        self._places = changed_places(model)
        self.counts = {name: np.zeros(n) for name in MEASURES[1:]}
        self.entry = np.zeros(n)
        self._beds = np.isin(np.arange(len(care.names)), care.nodes_of(*BEDS))
        self._acute = np.isin(np.arange(len(care.names)), care.nodes_of("acute_beds"))
        self._ed = np.isin(np.arange(len(care.names)), care.nodes_of("ed"))
        self._onsets = onsets(model)

    # ------------------------------------------------------------------------------------ listening
    def happened(self, model: HealthSystem, events: MonthEvents) -> None:
        """Add a month's events of the life course."""
        minute = minute_of(model, events)
        self.entry[model.parts.entrants[model.month]] = model.minute
        np.add.at(self.health, events.row, mixed(events.transition, minute))
        new = events.row[np.isin(events.transition, self._onsets)]
        np.add.at(self.counts["conditions"], new, 1.0)
        life = model.parts.life
        for keys, left in ((DEATHS, False), ((DEPARTURE,), True)):
            mine = life.of(events, *keys)
            self.gone[events.row[mine]], self.left[events.row[mine]] = minute[mine], left

    def sought(self, model: HealthSystem, arrivals: Arrivals) -> None:
        """Add a month's needs, those met outside the area too."""
        first = np.flatnonzero(arrivals.copy == 0)
        found = mixed(arrivals.need_class[first], model.minute + arrivals.hour[first])
        np.add.at(self.care, arrivals.row[first], found)

    def ended(self, model: HealthSystem, stages: Stages) -> None:
        """Add the stages of care of a month: of one copy of each need, the one that acts on its resident."""
        mine = np.flatnonzero((stages.episode & ACTING == ACTING) & (stages.person_slot >= 0))
        slot, node, onward = stages.person_slot[mine], stages.node[mine], stages.next[mine]
        start, leave = stages.time_start[mine], stages.time_leave[mine]
        found = mixed(node, onward, stages.time_join[mine], np.nan_to_num(start, nan=-1e9), leave)
        np.add.at(self.care, slot, found)
        for taken in model.month_cycle.arriving.diversions.taken_people.values():
            self.taken[taken.row[taken.episode.astype(np.int64) & ACTING == ACTING]] = True
        for _, changed in stages_changed(self._places, model, stages):
            self.care_changed[stages.person_slot[changed]] = True
        self._count(slot, node, onward, np.maximum(start, 0.0), leave)

    def _count(
        self, slot: IntArray, node: IntArray, onward: IntArray, start: FloatArray, leave: FloatArray
    ) -> None:
        bed = self._beds[node] & ~np.isnan(start)
        np.add.at(self.counts["bed_days"], slot[bed], (leave - start)[bed] / MINUTES_A_DAY)
        ends = self._acute[node] & ~np.isnan(start)
        moves = onward >= 0
        ends[moves] &= ~self._acute[onward[moves]]
        np.add.at(self.counts["admissions"], slot[ends], 1.0)
        np.add.at(self.counts["attendances"], slot[self._ed[node] & (onward > TURNED_AWAY)], 1.0)

    def finished(self, model: HealthSystem) -> None:
        """Add the state at the end, and stays that have not ended."""
        residents = model.residents
        self.end = model.minute
        self.reached |= residents.reached[: residents.size] != NOT_REACHED
        chosen = np.array([k for name, k in residents.column_of.items() if name not in OF_CARE])
        for first in range(0, residents.size, _BLOCK):
            rows = slice(first, min(first + _BLOCK, residents.size))
            self.health[rows] += mixed(*residents.columns[rows, chosen].T)
        holding = model.parts.care.state.holding()
        mine = (holding.episode & ACTING == ACTING) & (holding.person_slot >= 0) & self._beds[holding.node]
        days = (self.end - np.maximum(holding.time_start[mine], 0.0)) / MINUTES_A_DAY
        np.add.at(self.counts["bed_days"], holding.person_slot[mine], days)

    # ------------------------------------------------------------------------------------ reading
    @property
    def years(self) -> FloatArray:
        """Years lived here within the run."""
        lived = np.minimum(self.gone, self.end) - self.entry
        return np.asarray(np.maximum(0.0, lived) / (MINUTES_A_DAY * DAYS_A_YEAR))


def onsets(model: HealthSystem) -> IntArray:
    """Return the transitions by which somebody comes to have a condition."""
    names = set(model.residents.condition_names)
    found = [
        p for p, t in enumerate(model.parts.life.transitions) if t.attribute in names and not t.from_code
    ]
    return np.array(found, np.int64)


def minute_of(model: HealthSystem, events: MonthEvents) -> FloatArray:
    """Return the minute of each event of the model's present month, at whose start its clock is."""
    days = month_days(model.settings.calendar_start + model.month)
    return np.asarray(model.minute + events.fraction * (days * MINUTES_A_DAY))


def compare_lives(first: LifeDigest, second: LifeDigest) -> pd.DataFrame:
    """Return how each resident's life in the first run differs from that in the second, one row each.

    Columns: `person`, `row`; `health` and `care`, whether these differ; `reached`, by any programme of the
    first run or a service of it that took an emergency, which is `taken`; `care_changed`, whose care passed
    what it changes in the network; and the measures, first less second. `years` is 0 where the resident moved
    away in either life, since nothing is known of what came after.

    Raises:
        ValueError: When the runs are not of the same residents.
    """
    if not np.array_equal(first.person, second.person):
        raise ValueError("the two runs are not of the same residents")
    moved = first.left | second.left
    return pd.DataFrame(
        {
            "person": first.person,
            "row": np.arange(first.person.size),
            "health": first.health != second.health,
            "care": first.care != second.care,
            "reached": first.reached.any(axis=1) | first.taken,
            "taken": first.taken,
            "care_changed": first.care_changed,
            "years": np.where(moved, 0.0, first.years - second.years),
            **{name: first.counts[name] - second.counts[name] for name in MEASURES[1:]},
        }
    )


def admitted(
    digest: LifeDigest, conditions: Sequence[str] = (), ages: tuple[int, int] = (0, 200),
    quintiles: Sequence[int] = (),
) -> npt.NDArray[np.bool_]:  # fmt: skip
    """Return whom a search looks among, by their state at the start or at entry, (N,).

    Args:
        digest: Of either run: they start alike.
        conditions: All of these are had.
        ages: Youngest and oldest, completed years.
        quintiles: Deprivation quintiles, 1 most deprived; all where none is named.
    """
    age = (digest.entry / (MINUTES_A_DAY * DAYS_A_YEAR / MONTHS_A_YEAR)).round() - digest.birth_month
    age = age // MONTHS_A_YEAR
    found = (age >= ages[0]) & (age <= ages[1])
    for name in conditions:
        found &= digest.start[:, digest.column_of[name]] > 0
    if quintiles:
        found &= np.isin(digest.start[:, digest.column_of["quintile"]] + 1, list(quintiles))
    return np.asarray(found)


__all__ = ["MEASURES", "LifeDigest", "admitted", "compare_lives"]
