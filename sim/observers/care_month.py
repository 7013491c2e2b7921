"""What happened in the care network in a month, counted by stratum and site, and handed to the residents."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from sim.care.system import DEATH, CareSystem
from sim.health.elsewhere import OUT_OF_AREA
from sim.interventions.care_costs import CareCosts
from sim.kernels.by_key import keep_least, least_of, room_for_keys
from sim.kernels.flow import Holding, Stages, Totals
from sim.kernels.flow_layout import REMOVED, TURNED_AWAY
from sim.kernels.flow_records import some_of
from sim.observers.leaving_hospital import LeavingHospital
from sim.observers.planned_care import PlannedCare
from sim.observers.recorder import Recorder
from sim.observers.spells import Spells
from sim.observers.strata import Bands
from sim.observers.urgent_care import Counts, UrgentCare, episode_key

FloatArray = npt.NDArray[np.float64]
IntArray = npt.NDArray[np.int64]
Mask = npt.NDArray[np.bool_]

MINUTES_A_DAY = 1440.0
BEDS = ("acute_beds", "elective_beds")
CARE_HOME = "care_home"
_ATTENDANCES = {
    "call_111": "calls_111", "ambulance": "incidents_999", "utc": "utc_attendances",
    "sdec": "sdec_attendances", "short_stay": "short_stay_attendances",
    "hospital_at_home": "hospital_at_home_admissions", "urgent_community_response": "ucr_responses",
    "elective_beds": "elective_admissions",
}  # fmt: skip
_DAY_CASES = ("day_case", "independent_sector")
ACTING = 1  # lowest bit of an episode code: the copy that acts on the resident


@dataclass(frozen=True, kw_only=True)
class Outcomes:
    """What the month's care did to residents: rows, one element per event, acting copies only."""

    attended: IntArray
    """Type 1 A&E attendances."""
    discharged: IntArray
    """Discharges from an emergency admission of any length."""
    delayed_days: FloatArray
    """Days that each of `discharged` stayed in an acute bed after its service had ended."""
    admitted_from_ed: IntArray
    """Admissions to an acute bed from A&E."""
    ed_minutes: FloatArray
    """Minutes in A&E of each of `admitted_from_ed`, from arrival to the bed."""
    care_home: IntArray
    """Residents who moved to a care home for good."""
    left_area: IntArray
    """Residents who went on to care outside the area."""
    left_from: IntArray
    """Node from which each of `left_area` did."""
    left_episode: IntArray
    """Episode of each of `left_area`."""

    @classmethod
    def nothing(cls) -> Outcomes:
        """A month without care."""
        none = np.zeros(0, np.int64)
        return cls(
            attended=none, discharged=none, delayed_days=np.zeros(0), admitted_from_ed=none,
            ed_minutes=np.zeros(0), care_home=none, left_area=none, left_from=none, left_episode=none,
        )  # fmt: skip


class CareObserver:
    """Counts the care of a run.

    Args:
        care: The network at work.
        sites: Keys of the sites of the area.
        recorder: Where counts go.
        n_cells: Number of cells.
        costs: What the scenario's changes to the network cost.
        leaving: Counts what happens on the way out of hospital and after.
        travel_ratio: Travel of ambulance categories 1 to 4 over the travel that the network draws.
        scalars: Parameters of the area's network.
    """

    BURNT_IN = ("leaving", "planned", "stays_ended", "_left", "urgent", "_emergency")

    def __init__(
        self,
        care: CareSystem,
        sites: Sequence[str],
        recorder: Recorder,
        n_cells: int,
        costs: CareCosts,
        leaving: LeavingHospital,
        travel_ratio: tuple[float, ...],
        scalars: Mapping[str, float],
    ) -> None:
        self.leaving = leaving
        self.costs = costs
        self.planned = PlannedCare(care, recorder, n_cells, scalars)
        self.stays_ended = np.zeros(n_cells)  # last month, by cell, copies too: contacts follow
        nodes = list(care.network.file.nodes.values())
        self.care = care
        self.recorder = recorder
        self.n_cells = n_cells
        kinds = {str(node.kind_of_care) for node in nodes}
        self._is = {kind: np.array([str(node.kind_of_care) == kind for node in nodes]) for kind in kinds}
        self._none = np.zeros(len(nodes), np.bool_)
        self._in_ed = self.kind(*(kind for kind in kinds if kind == "ed" or kind.startswith("ed_")))
        self._site = np.array([sites.index(node.site) if node.site in sites else -1 for node in nodes])
        self._n_sites = len(sites)
        self._taken: list[tuple[Stages, Totals]] = []  # of the month just closed, until let go
        self._left = np.zeros(len(nodes), np.int64)  # without a place at the end of the month before
        self.urgent = UrgentCare(care, self.kind, travel_ratio)
        exits = care.network.exit_names
        self._care_home = -1 - exits.index(CARE_HOME) if CARE_HOME in exits else -1 - len(exits)
        self._out_of_area = -1 - exits.index(OUT_OF_AREA) if OUT_OF_AREA in exits else -1 - len(exits)
        self._emergency = Spells(self.kind("acute_beds"))
        self._hospital = self._in_ed | self.kind("sdec", "short_stay", *BEDS)

    def kind(self, *names: str) -> Mask:
        """Return which nodes are of these kinds of care."""
        found = self._none.copy()
        for name in names:
            found |= self._is.get(name, self._none)
        return found

    def close_month(
        self, month: int, first: float, last: float, cell: npt.NDArray[np.uint16], record: bool
    ) -> Outcomes:
        """Take the month's stages, record them, and return what they do to residents.

        Args:
            month: Month of the run.
            first: Minute at which it started.
            last: Minute at which it ended.
            cell: (N,) cell of each row.
            record: False in the burn-in.
        """
        stages, totals = self.care.take_month()
        self._taken.append((stages, totals))
        # each observer is handed the stages that it looks at, since a pass over all of a month's is long
        front = some_of(stages, self.urgent.nodes[stages.node])
        front_door = self.urgent.of_month(front, last, self._counts(month, front, cell, record))
        if record:
            self.urgent.tell_categories(front, self.recorder.events)
        del front
        holding = self.care.state.holding()
        leaving = some_of(stages, self.leaving.matters(stages))
        began = self._emergency.began(leaving)
        entered = some_of(stages, stages.next == self._care_home)
        self._enter_care_homes(month, entered, cell, record)
        self._leave_hospital(month, leaving, holding, began, last, cell, record)
        self.stays_ended = self.planned.discharged(leaving, cell)
        del leaving
        planned = some_of(stages, self.planned.matters(stages))
        self.planned.close_month(month, last, planned, cell, record)
        del planned
        hospital = some_of(stages, self._hospital[stages.node])
        left = some_of(stages, stages.next == self._out_of_area)
        left = some_of(left, (left.episode & ACTING == ACTING) & (left.person_slot >= 0))
        if not record:
            self._left = self._left_waiting()
        else:
            self.recorder.node(month, "ambulance", front_door)
            self._attendances(month, stages, cell)
            self._spells(month, hospital, cell)
            self._bed_days(month, hospital, holding, (first, last), cell)
            self._nodes(month, stages, totals)
            for cost in self.costs.of_month(month, stages, totals, round((last - first) / MINUTES_A_DAY)):
                self.recorder.programme(month, cost.key, cost.episodes, cost.pounds)
        return self._outcomes(hospital, entered, left)

    def let_go(self) -> tuple[Stages, Totals]:
        """Hand over the stages and integrals of the month just closed: they are large."""
        return self._taken.pop()

    # ------------------------------------------------------------------------------------ counting
    def _counts(self, month: int, stages: Stages, cell: npt.NDArray[np.uint16], record: bool) -> Counts:
        """Return what records events at stages of a month by stratum and by site; nothing in the burn-in."""

        def count(
            name: str, chosen: IntArray, weights: FloatArray | None = None, at: IntArray | None = None
        ) -> None:
            if record:
                nodes = stages.node[chosen] if at is None else at
                self._add(month, name, stages.person_slot[chosen], cell, weights)
                if (self._site[nodes] >= 0).any():
                    self._by_site(month, name, nodes, weights)

        return count

    def _add(
        self,
        month: int,
        name: str,
        slots: IntArray,
        cell: npt.NDArray[np.uint16],
        weights: FloatArray | None = None,
    ) -> None:
        weight = np.ones(slots.size) if weights is None else weights
        self.recorder.happened(month, name, slots, weight, cell)

    def _by_site(self, month: int, name: str, nodes: IntArray, weights: FloatArray | None = None) -> None:
        site = self._site[nodes]
        inside = site >= 0
        counts = np.bincount(
            site[inside], None if weights is None else weights[inside], minlength=self._n_sites
        )
        self.recorder.site(month, name, list(counts))

    def _attendances(self, month: int, stages: Stages, cell: npt.NDArray[np.uint16]) -> None:
        mine = np.flatnonzero(self.kind(*_ATTENDANCES, *_DAY_CASES)[stages.node] & _ended(stages))
        node, slot = stages.node[mine], stages.person_slot[mine].astype(np.int64)
        for kind, name in _ATTENDANCES.items():
            mask = self.kind(kind)[node]
            self._add(month, name, slot[mask], cell)
            if kind in {"utc", "sdec", "short_stay", "elective_beds"}:
                self._by_site(month, name, node[mask])
        self._add(month, "day_cases", slot[self.kind(*_DAY_CASES)[node]], cell)
        self._add(month, "day_cases_independent", slot[self.kind(_DAY_CASES[-1])[node]], cell)

    def _spells(self, month: int, stages: Stages, cell: npt.NDArray[np.uint16]) -> None:
        """Emergency spells, counted at discharge as national statistics do."""
        acute, same_day = self.kind("acute_beds"), self.kind("sdec", "short_stay")
        moves_on = np.zeros(stages.node.size, np.bool_)
        onward = stages.next >= 0
        moves_on[onward] = (acute | same_day)[stages.next[onward]]
        ended = _ended(stages) & ~np.isnan(stages.time_start)
        overnight = acute[stages.node] & ~moves_on & ended
        zero_day = same_day[stages.node] & ~moves_on & ended
        for name, mask in (
            ("emergency_admissions_1plus", overnight), ("emergency_admissions_0day", zero_day),
            ("emergency_admissions", overnight | zero_day),
        ):  # fmt: skip
            self._add(month, name, stages.person_slot[mask], cell)
            self._by_site(month, name, stages.node[mask])
        died = stages.next <= REMOVED
        died = died & (REMOVED - stages.next == DEATH)
        in_hospital = self.kind("ed", "sdec", "short_stay", *BEDS)[stages.node]
        self._add(month, "deaths_in_hospital", stages.person_slot[died & in_hospital], cell)

    def _bed_days(
        self,
        month: int,
        stages: Stages,
        holding: Holding,
        span: tuple[float, float],
        cell: npt.NDArray[np.uint16],
    ) -> None:
        """Bed days and days with no criteria to reside inside the month: the integral of occupancy."""
        slot = np.concatenate([stages.person_slot, holding.person_slot])
        node = np.concatenate([stages.node, holding.node])
        start = np.concatenate([stages.time_start, holding.time_start])
        ready = np.concatenate([stages.time_service_end, holding.time_service_end])
        leave = np.concatenate([stages.time_leave, np.full(holding.node.size, span[1])])
        following = np.concatenate([stages.next, holding.next])
        acute = self.kind("acute_beds")
        moves = acute[node] & (following >= 0)
        moves[moves] = acute[following[moves]]
        beds = self.kind(*BEDS)[node] & ~np.isnan(start)
        slot, node, moves, start, ready, leave = (
            values[beds] for values in (slot, node, moves, start, ready, leave)
        )
        days = _overlap(start, leave, span) / MINUTES_A_DAY
        waiting = (
            _overlap(np.where(np.isnan(ready), leave, np.minimum(ready, leave)), leave, span) / MINUTES_A_DAY
        )
        emergency = acute[node]
        for name, mask, value in (
            ("bed_days", emergency | ~emergency, days), ("emergency_bed_days", emergency, days),
            ("elective_bed_days", ~emergency, days), ("nctr_days", emergency & ~moves, waiting),
            ("bed_move_wait_days", moves, waiting),
        ):  # fmt: skip
            self._add(month, name, slot[mask], cell, value[mask])
            self._by_site(month, name, node[mask], value[mask])

    def _enter_care_homes(
        self, month: int, entered: Stages, cell: npt.NDArray[np.uint16], record: bool
    ) -> None:
        if record:
            self._add(month, "care_home_entries", entered.person_slot, cell)
        acts = (entered.episode & ACTING == ACTING) & (entered.person_slot >= 0)
        self.leaving.moved_to_care_home(entered.person_slot[acts], entered.time_leave[acts])

    def _leave_hospital(
        self,
        month: int,
        stages: Stages,
        holding: Holding,
        began: FloatArray,
        last: float,
        cell: npt.NDArray[np.uint16],
        record: bool,
    ) -> None:
        def add(name: str, rows: IntArray, weights: FloatArray | None) -> None:
            self._add(month, name, rows, cell, weights)

        self.leaving.close_month(stages, holding, began, last, Bands(cell), add if record else None)

    def _nodes(self, month: int, stages: Stages, totals: Totals) -> None:
        order = np.argsort(stages.node.astype(np.int16), kind="stable")  # of 16 bits: by radix
        ends = np.searchsorted(stages.node[order], np.arange(len(self.care.names) + 1))
        waits = (stages.time_start - stages.time_join)[order]
        left, before = self._left_waiting(), self._left
        self._left = left
        sought = np.maximum(0, totals.starts + left - before) / np.maximum(1, totals.starts)
        waited = np.zeros(len(self.care.names))
        for node in np.flatnonzero(ends[1:] > ends[:-1]):
            mine = waits[ends[node] : ends[node + 1]]
            mine = mine[~np.isnan(mine)]
            waited[node] = quantile(mine, 0.95) if mine.size else 0.0
        kept = totals.blocked + totals.held + totals.in_delay
        self.recorder.nodes(month, self.care.names, {
            "arrivals": totals.arrivals, "starts": totals.starts,
            "departures": totals.finished, "turned_away": totals.turned_away,
            "mean_wait_minutes": totals.waited / np.maximum(1, totals.starts),
            "p95_wait_minutes": waited,
            "mean_occupied": totals.occupied / totals.minutes,
            "mean_queue": totals.queue / totals.minutes,
            "mean_blocked": kept / totals.minutes,
            "mean_places": totals.places / totals.minutes,
            "mean_escalation_places": totals.escalated / totals.minutes,
            "overflowed": totals.overflowed,
            "utilisation": totals.occupied / np.maximum(1.0, totals.places),
            "left_waiting": left,
            "offered_load": totals.occupied / totals.minutes * sought,
        })  # fmt: skip

    def _left_waiting(self) -> IntArray:
        """Return how many have no place at each node now: in its queue, or blocked on the way to it."""
        return self.care.state.without_place()

    # ------------------------------------------------------------------------------------ outcomes
    def _outcomes(self, stages: Stages, entered: Stages, left: Stages) -> Outcomes:
        acting = (stages.episode & ACTING == ACTING) & (stages.person_slot >= 0) & (stages.next > TURNED_AWAY)
        acute = self.kind("acute_beds")
        spell = self.kind("acute_beds", "sdec", "short_stay")[stages.node] & acting
        spell &= ~self._emergency.moves_on(stages)
        delayed = np.where(acute[stages.node], stages.time_leave - stages.time_service_end, 0.0)[spell]
        admitted, minutes = self._admitted(stages, self._in_ed[stages.node] & acting)
        for_good = (entered.episode & ACTING == ACTING) & (entered.person_slot >= 0)
        return Outcomes(
            attended=stages.person_slot[self.kind("ed")[stages.node] & acting],
            discharged=stages.person_slot[spell],
            delayed_days=delayed / MINUTES_A_DAY,
            admitted_from_ed=admitted,
            ed_minutes=minutes,
            care_home=entered.person_slot[for_good],
            left_area=left.person_slot.astype(np.int64),
            left_from=left.node.astype(np.int64),
            left_episode=left.episode.astype(np.int64),
        )

    def _admitted(self, stages: Stages, visits: Mask) -> tuple[IntArray, FloatArray]:
        """Return who went from A&E to an acute bed, and minutes since the episode's first stage there.

        Who waits for a bed after the decision to admit keeps the cubicle, so the stage there ends with the
        bed. A&E has several nodes; stages that ended in an earlier month are not seen.
        """
        rows = np.flatnonzero(visits)
        goes = rows[stages.next[rows] >= 0]
        goes = goes[self.kind("acute_beds", "admission")[stages.next[goes]]]
        key = episode_key(stages.person_slot, stages.person_id, stages.episode)
        known, first = room_for_keys(rows.size)
        keep_least(key[rows], stages.time_join[rows], known, first)
        order = np.lexsort((stages.time_join[goes], stages.episode[goes], stages.person_slot[goes]))
        goes = goes[order]
        minutes = stages.time_leave[goes] - least_of(key[goes], known, first)
        return stages.person_slot[goes], minutes


def quantile(values: FloatArray, share: float) -> float:
    """Return a quantile of at least one number, as `np.quantile` to the bit in a twentieth of its time."""
    position = (values.size - 1) * share
    below = int(position)
    above = min(below + 1, values.size - 1)
    parted = np.partition(values, (below, above))
    low, high = float(parted[below]), float(parted[above])
    part = position - below
    return low + (high - low) * part if part < 0.5 else high - (high - low) * (1 - part)


def _ended(stages: Stages) -> Mask:
    """Return which stages came to an end here: served and gone on, or ended by death or departure."""
    return np.asarray((stages.next > TURNED_AWAY) | (stages.next <= REMOVED))


def _overlap(start: FloatArray, end: FloatArray, span: tuple[float, float]) -> FloatArray:
    """Return the minutes of each interval that lie inside the span."""
    return np.asarray(np.maximum(0.0, np.minimum(end, span[1]) - np.maximum(start, span[0])))


__all__ = ["CareObserver", "Outcomes"]
