"""Leaving hospital: delays by stage and pathway, what is bought on the spot, and what became of people.

Delay by pathway is split into *process* (an assessor at work, the time until the decision stands, sourcing)
and *capacity* (waiting for an assessor and, with everything arranged, for a place). Both are counted when a
stage ends, for those who then went on.

Outcomes follow residents, not exit shares: who was discharged with support is looked at again on day 91, and
who left after an emergency is looked for among the admissions of the next 30 days.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt
import pandas as pd

from sim.health.life import LifeCourse, MonthEvents
from sim.health.transitions import DEATHS, DEPARTURE
from sim.kernels.flow import Holding, Stages
from sim.kernels.flow_layout import REMOVED, TURNED_AWAY
from sim.observers.after_ready import Add, ByRow, count_community_beds, count_ready_dates
from sim.observers.minutes import Minutes
from sim.population.strata import AGE_BANDS

FloatArray = npt.NDArray[np.float64]
IntArray = npt.NDArray[np.int64]
Mask = npt.NDArray[np.bool_]

MINUTES_A_DAY = 1440.0
PATHWAYS = ("p1", "p2", "p3")
FOLLOWED_DAYS, READMISSION_DAYS = 91.0, 30.0
SPOT = {"spot_home_care": "spot_home_care_pounds_a_day", "spot_care_home": "spot_care_home_pounds_a_day"}
AWAY_FROM_HOME = ("acute_beds", "elective_beds", "p2", "p3", "spot_care_home")
"""Kinds of care whose places are not the person's home."""
ENTRY = "care_home.entry"
_OLD = AGE_BANDS.index("65-74")
ACTING = 1  # lowest bit of an episode code: the copy that acts on the resident


class LeavingHospital:
    """Counts delays, pathways and outcomes of a run.

    Args:
        names: Names of the nodes.
        kinds: Kind of care of each.
        scalars: Prices of what is bought on the spot, by name.
        weight: People whom one acting copy stands for.
    """

    BURNT_IN = (
        "_died_at", "_left_at", "_care_home_at", "_discharged_at", "_row", "_from", "_back", "_closed",
    )  # fmt: skip

    def __init__(self, names: Sequence[str], kinds: Sequence[str], scalars: pd.Series, weight: float) -> None:
        self._kind = np.array(kinds)
        self._weight = weight
        receiving = np.isin(self._kind, [*PATHWAYS, *SPOT])
        sourcing = self._kind == "sourcing"
        # masks by node: comparing words for every stage of a month took half of this observer's time
        self._of_kind = {str(kind): self._kind == kind for kind in np.unique(self._kind)}
        self._pathway = np.full(len(names), -1)
        self._sources = np.full(len(names), -1)
        for p, pathway in enumerate(PATHWAYS):
            self._pathway[receiving & np.char.startswith(names, f"{pathway}_")] = p
            for prefix in (f"sourcing_{pathway}", f"{pathway}_"):
                self._sources[sourcing & np.char.startswith(names, prefix)] = p
        self._bought = np.isin(self._kind, list(SPOT))
        self._looked_at = np.isin(
            self._kind,
            ["transfer_of_care", "sourcing", "sdec", "short_stay", *PATHWAYS, *SPOT, *AWAY_FROM_HOME],
        )
        self._price = np.zeros(len(names))
        for kind, price in SPOT.items():
            self._price[self._kind == kind] = float(scalars.loc[price])
        self._died_at, self._left_at, self._care_home_at = (Minutes(np.inf) for _ in range(3))
        self._discharged_at = Minutes(-np.inf)
        self._row = np.zeros(0, np.int64)  # those followed for 91 days
        self._from = np.zeros(0)
        self._back = np.zeros(0, np.bool_)
        self._closed = -np.inf  # minute at which the month before ended

    def _is(self, *kinds: str) -> Mask:
        """Return which nodes are of these kinds of care."""
        found = np.zeros(self._kind.size, np.bool_)
        for kind in kinds:
            found |= self._of_kind.get(kind, False)
        return found

    def matters(self, stages: Stages) -> Mask:
        """Return which stages are looked at: in hospital, on the way out, or where care is bought."""
        found = self._looked_at[stages.node]
        onward = np.flatnonzero(stages.next >= 0)
        found[onward] |= self._bought[stages.next[onward]]
        return found

    # ------------------------------------------------------------------------------------ residents
    def lived(self, events: MonthEvents, life: LifeCourse, month: int, start: float, length: float) -> None:
        """Keep when residents die, leave the area or move to a care home from home.

        Args:
            events: The month's events; those of the burn-in (month below 0) happen to nobody.
            life: Names of the transitions.
            month: Month of the run.
            start: Minute at which it starts.
            length: Its minutes.
        """
        if month < 0:
            return
        minutes = start + events.fraction * length
        ends = ((DEATHS, self._died_at), ((DEPARTURE,), self._left_at), ((ENTRY,), self._care_home_at))
        for keys, when in ends:
            mine = life.of(events, *keys)
            when.put_sooner(events.row[mine], minutes[mine])

    def moved_to_care_home(self, rows: IntArray, minutes: FloatArray) -> None:
        """Residents move to a care home for good at these minutes."""
        self._care_home_at.put_sooner(rows, minutes)

    # ------------------------------------------------------------------------------------ a month
    def close_month(
        self,
        stages: Stages,
        holding: Holding,
        began: FloatArray,
        last: float,
        band: ByRow,
        add: Add | None,
    ) -> None:
        """Count what ended in a month.

        Args:
            stages: Stages that ended, those of `matters` at least.
            holding: Places in use at its end.
            began: Minute at which the emergency spell of each stage began, NaN outside beds.
            last: Minute at which the month ended.
            band: Age band of residents, by their rows.
            add: Takes measures; None in the burn-in.
        """
        if add is not None:
            self._pathways(stages, add)
            self._delays(stages, add)
            self._spot(stages, add)
            count_ready_dates(stages, self._is("acute_beds"), band, add)
            count_community_beds(stages, holding, self._is("p2"), (self._closed, last), add)
        self._closed = last
        self._readmissions(stages, began, add)
        self._admissions(stages, holding, began)
        self._look_again(stages, holding, last, add)
        self._follow(stages, band)

    def _towards(self, stages: Stages) -> IntArray:
        """Return the pathway whose place each stage led to, -1 for none."""
        onward = stages.next >= 0
        found = np.full(stages.node.size, -1)
        found[onward] = self._pathway[stages.next[onward]]
        return found

    def _discharged(self, stages: Stages) -> IntArray:
        """Return the pathway on which each stage ended a stay in hospital, -1 for every other stage."""
        return np.where(self._is("sourcing")[stages.node], self._towards(stages), -1)

    def _pathways(self, stages: Stages, add: Add) -> None:
        by = self._discharged(stages)
        for p, pathway in enumerate(PATHWAYS):
            add(f"discharges_{pathway}", stages.person_slot[by == p], None)
        add("discharges_supported", stages.person_slot[by >= 0], None)
        exits = (stages.next > TURNED_AWAY) & (stages.next < 0)
        home = self._is("acute_beds", "transfer_of_care")[stages.node] & exits
        add("discharges_p0", stages.person_slot[home], None)

    def _delays(self, stages: Stages, add: Add) -> None:
        """Days of process and of capacity delay, by pathway."""
        went = stages.next > TURNED_AWAY
        hub = self._is("transfer_of_care")[stages.node] & (stages.next >= 0)
        pathway = self._sources[stages.node].copy()
        pathway[hub] = self._sources[stages.next[hub]]
        work = stages.time_service_end - stages.time_start
        queue = stages.time_start - stages.time_join
        after = stages.time_leave - stages.time_service_end
        process = np.where(hub, work + after, work)
        capacity = np.where(hub, queue, queue + after)
        for p, name in enumerate(PATHWAYS):
            mine = went & (pathway == p)
            self._delay(name, stages.person_slot[mine], process[mine], capacity[mine], add)
        home = self._is("acute_beds")[stages.node] & went & (stages.next < 0)
        self._delay("p0", stages.person_slot[home], after[home], np.zeros(int(home.sum())), add)
        there = self._is("p2")[stages.node] & went
        add("p2_nctr_days", stages.person_slot[there], after[there] / MINUTES_A_DAY)

    def _delay(self, name: str, rows: IntArray, process: FloatArray, capacity: FloatArray, add: Add) -> None:
        add(f"delay_process_days_{name}", rows, process / MINUTES_A_DAY)
        add(f"delay_capacity_days_{name}", rows, capacity / MINUTES_A_DAY)
        add(f"delay_days_{name}", rows, (process + capacity) / MINUTES_A_DAY)

    def _spot(self, stages: Stages, add: Add) -> None:
        """Care bought on the spot: how often it begins, and what stays that ended cost."""
        onward = stages.next >= 0
        for kind in SPOT:
            begins = onward.copy()
            begins[onward] = self._is(kind)[stages.next[onward]]
            add(f"{kind}_starts", stages.person_slot[begins], None)
        days = (stages.time_leave - stages.time_start) / MINUTES_A_DAY
        bought = (self._price[stages.node] > 0.0) & ~np.isnan(days)
        pounds = days[bought] * self._price[stages.node[bought]]
        add("spot_purchase_pounds", stages.person_slot[bought], pounds)

    # ------------------------------------------------------------------------------------ outcomes
    def _acting(self, stages: Stages) -> Mask:
        return np.asarray((stages.episode & ACTING == ACTING) & (stages.person_slot >= 0))

    def _count(self, add: Add | None, name: str, rows: IntArray) -> None:
        if add is not None:
            add(name, rows, np.full(rows.size, self._weight))

    def _readmissions(self, stages: Stages, began: FloatArray, add: Add | None) -> None:
        """Emergency spells that ended, and those that began within 30 days of the last one's end."""
        same_day = self._is("sdec", "short_stay")[stages.node]
        start = np.where(same_day, stages.time_start, began)
        onward = stages.next >= 0
        moves = onward.copy()
        moves[onward] = self._is("acute_beds", "sdec", "short_stay")[stages.next[onward]]
        ended = self._acting(stages) & ~np.isnan(start) & ~moves
        row, start, end = stages.person_slot[ended], start[ended], stages.time_leave[ended]
        alive = stages.next[ended] > REMOVED
        order = np.lexsort((end, row))
        row, start, end, alive = row[order], start[order], end[order], alive[order]
        before = self._discharged_at.of(row)
        again = np.zeros(row.size, np.bool_)
        again[1:] = row[1:] == row[:-1]
        before[1:] = np.where(again[1:], end[:-1], before[1:])
        gap = start - before
        self._count(add, "readmissions_30d", row[(gap > 0.0) & (gap <= READMISSION_DAYS * MINUTES_A_DAY)])
        self._count(add, "emergency_discharges_alive", row[alive])
        self._discharged_at.put(row, end)

    def _admissions(self, stages: Stages, holding: Holding, began: FloatArray) -> None:
        """Mark those followed who came back to an acute bed."""
        here = self._acting(stages) & ~np.isnan(began)
        beds = self._is("acute_beds")[holding.node] & (holding.episode & ACTING == ACTING)
        row = np.concatenate([stages.person_slot[here], holding.person_slot[beds]])
        start = np.concatenate([began[here], holding.time_start[beds]])
        order = np.argsort(row, kind="stable")
        row, start = row[order], start[order]
        first, end = np.searchsorted(row, self._row), np.searchsorted(row, self._row, side="right")
        for i in np.flatnonzero((end > first) & ~self._back):
            since = start[first[i] : end[i]] - self._from[i]
            self._back[i] = bool(((since > 0.0) & (since <= FOLLOWED_DAYS * MINUTES_A_DAY)).any())

    def _follow(self, stages: Stages, band: ByRow) -> None:
        """Begin to follow people of 65 and over who left hospital for support at home or a community bed."""
        by = self._discharged(stages)
        chosen = np.flatnonzero(np.isin(by, [0, 1]) & self._acting(stages))
        row, leave = stages.person_slot[chosen], stages.time_leave[chosen]
        mine = (band[row] >= _OLD) & (self._care_home_at.of(row) > leave)
        self._row = np.concatenate([self._row, row[mine]])
        self._from = np.concatenate([self._from, leave[mine]])
        self._back = np.concatenate([self._back, np.zeros(int(mine.sum()), np.bool_)])

    def _look_again(self, stages: Stages, holding: Holding, last: float, add: Add | None) -> None:
        """Where those are whose day 91 was in this month."""
        due = self._from + FOLLOWED_DAYS * MINUTES_A_DAY
        now = due <= last
        row, when, back = self._row[now], due[now], self._back[now]
        died, care_home = self._died_at.of(row) <= when, self._care_home_at.of(row) <= when
        known = died | (self._left_at.of(row) > when)
        away = self._away(stages, holding, row, when)
        home = ~died & ~care_home & ~away
        for name, mask in (
            ("followed", known), ("home", home), ("died", died), ("care_home", care_home & ~died),
            ("in_a_bed", away & ~died & ~care_home), ("readmitted", back),
        ):  # fmt: skip
            self._count(add, f"day_91_{name}", row[mask & known])
        self._row, self._from, self._back = self._row[~now], self._from[~now], self._back[~now]

    def _away(self, stages: Stages, holding: Holding, row: IntArray, when: FloatArray) -> Mask:
        """Return who was in a bed away from home at a minute of this month."""
        found = np.zeros(row.size, np.bool_)
        beds = self._is(*AWAY_FROM_HOME)
        ended = self._acting(stages) & beds[stages.node] & ~np.isnan(stages.time_start)
        still = beds[holding.node] & (holding.episode & ACTING == ACTING)
        slot = np.concatenate([stages.person_slot[ended], holding.person_slot[still]])
        start = np.concatenate([stages.time_start[ended], holding.time_start[still]])
        leave = np.concatenate([stages.time_leave[ended], np.full(int(still.sum()), np.inf)])
        order = np.argsort(slot, kind="stable")
        slot, start, leave = slot[order], start[order], leave[order]
        first, end = np.searchsorted(slot, row), np.searchsorted(slot, row, side="right")
        for i in np.flatnonzero(end > first):
            spans = slice(first[i], end[i])
            found[i] = bool(((start[spans] <= when[i]) & (when[i] < leave[spans])).any())
        return found


__all__ = ["LeavingHospital"]
