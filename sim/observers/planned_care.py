"""Planned care, mental health and pooled contacts in a month: lists by time since referral, slots, contacts.

The 18-week clock runs over the whole pathway, from referral to admission or the decision not to admit, so it
is kept here by person and episode: the kernel knows only when somebody joined the node where they are.
"""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import numpy.typing as npt

from sim.care.first_list import REFERRAL, SLOT_CARE, treatment_of
from sim.care.system import CareSystem
from sim.kernels.by_key import keep_least, least_of, lower_least, room_for_keys
from sim.kernels.flow import Present, Stages
from sim.kernels.flow_layout import REMOVED, TURNED_AWAY, WAITING
from sim.kernels.tally import add_by_cell
from sim.observers.recorder import Recorder

FloatArray = npt.NDArray[np.float64]
IntArray = npt.NDArray[np.int64]
Cells = npt.NDArray[np.uint16]
MINUTES_AN_HOUR = 60.0
WEEK = 7 * 24 * MINUTES_AN_HOUR
SIX, EIGHTEEN, FIFTY_TWO = 6 * WEEK, 18 * WEEK, 52 * WEEK
CANCELLED = "elective_cancelled"
PATHWAY = (REFERRAL, *SLOT_CARE, CANCELLED)
APPOINTMENTS = ("elective_first_outpatient", "elective_follow_up")
TREATED = ("elective_beds", "day_case", "independent_sector")
OUTPATIENTS = "outpatient_attendances"
MENTAL_HEALTH = {
    "mental_health_line": "mental_health_calls",
    "mental_health_crisis_team": "mental_health_crisis_team_episodes",
    "mental_health_liaison": "mental_health_ed_assessments",
}
"""Measure of the stages at each kind of care."""
_EPISODES = 1 << 32


class PlannedCare:
    """Counts planned care, mental health and contacts of one run.

    Args:
        care: The network at work.
        recorder: Where counts go.
        n_cells: Number of cells.
        scalars: Parameters: shares of outpatient attendances by mode.
    """

    BURNT_IN = ("_key", "_clock", "stays_of")

    def __init__(
        self, care: CareSystem, recorder: Recorder, n_cells: int, scalars: Mapping[str, float]
    ) -> None:
        self.care, self.recorder, self.n_cells = care, recorder, n_cells
        nodes = care.network.file.nodes
        kinds = np.array([str(node.kind_of_care) for node in nodes.values()])
        self._none = np.zeros(kinds.size, np.bool_)
        self._of_kind = {str(kind): kinds == kind for kind in np.unique(kinds)}
        treatments = [
            treatment_of(name, str(node.kind_of_care), node.site) if node.kind_of_care in SLOT_CARE else ""
            for name, node in nodes.items()
        ]
        self.treatments = tuple(dict.fromkeys(t for t in treatments if t))
        codes = [self.treatments.index(t) if t else -1 for t in treatments]
        self._treatment = np.array(codes, np.int16)
        remote = scalars.get("outpatient_remote_share", 0.0)
        community = scalars.get("outpatient_community_share", 0.0)
        self._modes = {"face_to_face": 1.0 - remote - community, "remote": remote, "community": community}
        self._key: IntArray = np.zeros(0, np.int64)
        self._clock: FloatArray = np.zeros(0)
        self._contacts: dict[str, FloatArray] = {}
        self.stays_of: IntArray = np.zeros(0, np.int64)
        """Whose stays in an acute bed ended last month (below zero nobody's): contacts follow."""

    def kind(self, *names: str) -> npt.NDArray[np.bool_]:
        """Return which nodes are of these kinds of care."""
        found = self._none.copy()
        for name in names:
            found |= self._of_kind.get(name, self._none)
        return found

    def matters(self, stages: Stages) -> npt.NDArray[np.bool_]:
        """Return which stages are looked at: of the pathway, of mental health, or before its beds."""
        found = self.kind(*PATHWAY, *MENTAL_HEALTH)[stages.node]
        onward = np.flatnonzero(stages.next >= 0)
        found[onward] |= self.kind("mental_health_beds")[stages.next[onward]]
        return found

    def add_contacts(self, measure: str, by_cell: FloatArray) -> None:
        """Add contacts of this month to a measure; they are recorded when the month closes."""
        self._contacts[measure] = self._contacts.get(measure, np.zeros(self.n_cells)) + by_cell

    def discharged(self, stages: Stages, cell: Cells) -> FloatArray:
        """Return stays in an acute bed that ended at home or in other care, by cell."""
        acute = self.kind("acute_beds")
        ended = acute[stages.node] & (stages.next > TURNED_AWAY) & ~np.isnan(stages.time_start)
        onward = ended & (stages.next >= 0)
        ended[onward] &= ~acute[stages.next[onward]]
        self.stays_of = stages.person_slot[ended]
        return self._count(self.stays_of, cell)

    def close_month(self, month: int, now: float, stages: Stages, cell: Cells, record: bool) -> None:
        """Count the month; keep the clocks of those still on the list.

        Args:
            month: Month of the run.
            now: Minute at which it ended.
            stages: Stages that ended in it, those that matter at least.
            cell: (N,) cell of each row.
            record: False in the burn-in.
        """
        on_path = self.kind(*PATHWAY)
        mine = on_path[stages.node]
        slot, node, after = stages.person_slot[mine], stages.node[mine], stages.next[mine]
        left = stages.time_leave[mine]
        here = self.care.state.present(on_path, residents=True)
        started, waits_since = self._clocks(slot, stages.episode[mine], stages.time_join[mine], here)
        if record:
            self._list(month, now - waits_since, here.person_slot, here.node, cell)
            self._stops(month, left - started, slot, node, after, cell)
            self._tests(month, now, here.node, here.status, here.time_join, here.person_slot, cell)
            self._appointments(slot, node, after, cell)
            self._mental_health(month, stages, cell)
            for measure, by_cell in sorted(self._contacts.items()):
                self.recorder.measure(month, measure, by_cell)
                if measure == OUTPATIENTS:
                    for mode, share in self._modes.items():
                        self.recorder.measure(month, f"outpatient_{mode}", share * by_cell)
        self._contacts = {}

    # ------------------------------------------------------------------------------------ clocks
    def _clocks(
        self, slot: IntArray, episode: IntArray, join: FloatArray, here: Present
    ) -> tuple[FloatArray, FloatArray]:
        """Return when the clock of each stage's episode started, and of each of those here.

        That is when they first joined the pathway. Those here are all who are on it, and nobody else's clock
        is kept.
        """
        key, present = (
            who * _EPISODES + (which & (_EPISODES - 1))
            for who, which in ((slot, episode), (here.person_slot, here.episode))
        )
        # a table for those asked of each time: one of all who were there, ended or are there is far larger
        known, clock = room_for_keys(key.size)
        keep_least(key, join, known, clock)
        lower_least(self._key, self._clock, known, clock)
        started = least_of(key, known, clock)
        known, clock = room_for_keys(present.size)
        keep_least(present, here.time_join, known, clock)
        lower_least(self._key, self._clock, known, clock)
        lower_least(key, join, known, clock)
        self._key, self._clock = present, least_of(present, known, clock)
        return started, self._clock

    # ------------------------------------------------------------------------------------ counting
    def _count(self, slots: IntArray, cell: Cells, weights: FloatArray | None = None) -> FloatArray:
        total = np.zeros(self.n_cells)
        inside = slots >= 0
        add_by_cell(slots[inside], np.ones(inside.sum()) if weights is None else weights[inside], cell, total)
        return total

    def _list(self, month: int, waited: FloatArray, slot: IntArray, node: IntArray, cell: Cells) -> None:
        record = self.recorder.measure
        record(month, "waiting_list_size", self._count(slot, cell))
        record(month, "rtt_within_18_weeks", self._count(slot[waited <= EIGHTEEN], cell))
        record(month, "rtt_over_52_weeks", self._count(slot[waited > FIFTY_TWO], cell))
        record(month, "rtt_weeks_waited", self._count(slot, cell, waited / WEEK))
        listed = self.kind("elective_admission_list", CANCELLED)[node]
        record(month, "listed_for_admission", self._count(slot[listed], cell))
        of_treatment = self._treatment[node]
        order = np.argsort(of_treatment, kind="stable")  # of 16 bits: by radix
        ends = np.searchsorted(of_treatment[order], np.arange(len(self.treatments) + 1))
        by_treatment = waited[order]
        for code, treatment in enumerate(self.treatments):
            own = by_treatment[ends[code] : ends[code + 1]]
            self.recorder.node(month, f"waiting_list_{treatment}", {
                "left_waiting": float(own.size),
                "within_18_weeks_share": float(np.mean(own <= EIGHTEEN)) if own.size else 1.0,
                "over_52_weeks": float(np.sum(own > FIFTY_TWO)),
                "mean_weeks_waited": float(own.mean() / WEEK) if own.size else 0.0,
            })  # fmt: skip

    def _stops(
        self, month: int, waited: FloatArray, slot: IntArray, node: IntArray, after: IntArray, cell: Cells
    ) -> None:
        """Clocks that stopped, with or without admission, and admissions that were cancelled on the day."""
        inward = np.flatnonzero(after >= 0)
        admitted, cancelled = np.zeros(after.size, np.bool_), np.zeros(after.size, np.bool_)
        admitted[inward] = self.kind(*TREATED)[after[inward]]
        cancelled[inward] = self.kind(CANCELLED)[after[inward]]
        ended = (after < 0) & (after > TURNED_AWAY)
        for name, chosen in (("admitted", admitted), ("not_admitted", ended)):
            self.recorder.measure(month, f"clock_stops_{name}", self._count(slot[chosen], cell))
        self.recorder.measure(month, "clock_stops", self._count(slot[admitted | ended], cell))
        within = (admitted | ended) & (waited <= EIGHTEEN)
        self.recorder.measure(month, "clock_stops_within_18_weeks", self._count(slot[within], cell))
        self.recorder.measure(month, "elective_cancellations", self._count(slot[cancelled], cell))

    def _tests(
        self,
        month: int,
        now: float,
        node: IntArray,
        status: IntArray,
        join: FloatArray,
        slot: IntArray,
        cell: Cells,
    ) -> None:
        waiting = self.kind("elective_diagnostics")[node] & (status == WAITING) & (slot >= 0)
        self.recorder.measure(month, "diagnostics_waiting", self._count(slot[waiting], cell))
        late = waiting & (now - join > SIX)
        self.recorder.measure(month, "diagnostics_over_6_weeks", self._count(slot[late], cell))

    def _appointments(self, slot: IntArray, node: IntArray, after: IntArray, cell: Cells) -> None:
        given = self.kind(*APPOINTMENTS)[node] & (after > TURNED_AWAY)
        self.add_contacts(OUTPATIENTS, self._count(slot[given], cell))
        self.recorder.events(OUTPATIENTS, slot[given], np.ones(int(given.sum())))
        tested = self.kind("elective_diagnostics")[node] & (after > TURNED_AWAY)
        self.add_contacts("diagnostic_tests", self._count(slot[tested], cell))

    def _mental_health(self, month: int, stages: Stages, cell: Cells) -> None:
        gone_on = (stages.next > TURNED_AWAY) | (stages.next <= REMOVED)
        served = gone_on & ~np.isnan(stages.time_start)
        to_bed = served & (stages.next >= 0)
        to_bed[to_bed] = self.kind("mental_health_beds")[stages.next[to_bed]]
        for kind, name in MENTAL_HEALTH.items():
            mask = self.kind(kind)[stages.node] & served
            self.recorder.measure(month, name, self._count(stages.person_slot[mask], cell))
        slot, since = stages.person_slot[to_bed], stages.time_service_end[to_bed]
        hours = (stages.time_leave[to_bed] - since) / MINUTES_AN_HOUR
        self.recorder.measure(month, "mental_health_admissions", self._count(slot, cell))
        self.recorder.measure(month, "mental_health_bed_wait_hours", self._count(slot, cell, hours))


__all__ = ["PATHWAY", "PlannedCare"]
