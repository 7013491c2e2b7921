"""What happened in the care network in a month, counted by stratum and site, and handed to the residents."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from sim.care.system import DEATH, CareSystem
from sim.interventions.care_costs import CareCosts
from sim.kernels.flow import Holding, Stages, Totals
from sim.kernels.flow_layout import BLOCKED, REMOVED, TURNED_AWAY, WAITING
from sim.kernels.tally import add_by_cell
from sim.observers.leaving_hospital import LeavingHospital
from sim.observers.planned_care import PlannedCare
from sim.observers.recorder import Recorder
from sim.observers.spells import Spells
from sim.observers.urgent_care import Counts, UrgentCare
from sim.population.strata import N_AGE_BANDS

FloatArray = npt.NDArray[np.float64]
IntArray = npt.NDArray[np.int64]
Mask = npt.NDArray[np.bool_]

MINUTES_A_DAY = 1440.0
BEDS = ("acute_beds", "elective_beds")
CARE_HOME = "care_home"
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

    @classmethod
    def nothing(cls) -> Outcomes:
        """A month without care."""
        none = np.zeros(0, np.int64)
        return cls(
            attended=none, discharged=none, delayed_days=np.zeros(0), admitted_from_ed=none,
            ed_minutes=np.zeros(0), care_home=none,
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
        self._care_home = {-1 - i for i, name in enumerate(exits) if name == CARE_HOME}
        self._emergency = Spells(self.kind("acute_beds"))

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
        front_door = self.urgent.of_month(stages, last, self._counts(month, stages, cell, record))
        holding = self.care.state.holding()
        began = self._emergency.began(stages)
        self._leave_hospital(month, stages, holding, began, last, cell, record)
        self.stays_ended = self.planned.discharged(stages, cell)
        self.planned.close_month(month, last, stages, cell, record)
        if not record:
            self._left = self._left_waiting()
        else:
            self.recorder.node(month, "ambulance", front_door)
            self._attendances(month, stages, cell)
            self._spells(month, stages, cell)
            self._bed_days(month, stages, holding, (first, last), cell)
            self._nodes(month, stages, totals)
            for cost in self.costs.of_month(month, stages, totals, round((last - first) / MINUTES_A_DAY)):
                self.recorder.programme(month, cost.key, cost.episodes, cost.pounds)
        return self._outcomes(stages)

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
        self.recorder.non_resident(month, name, float(weight[slots < 0].sum()))
        total = np.zeros(self.n_cells)
        add_by_cell(slots, weight, cell, total)
        self.recorder.measure(month, name, total)

    def _by_site(self, month: int, name: str, nodes: IntArray, weights: FloatArray | None = None) -> None:
        site = self._site[nodes]
        inside = site >= 0
        counts = np.bincount(
            site[inside], None if weights is None else weights[inside], minlength=self._n_sites
        )
        self.recorder.site(month, name, list(counts))

    def _attendances(self, month: int, stages: Stages, cell: npt.NDArray[np.uint16]) -> None:
        served = _ended(stages)
        for kind, name in (
            ("call_111", "calls_111"), ("ambulance", "incidents_999"), ("utc", "utc_attendances"),
            ("sdec", "sdec_attendances"), ("short_stay", "short_stay_attendances"),
            ("hospital_at_home", "hospital_at_home_admissions"),
            ("urgent_community_response", "ucr_responses"), ("elective_beds", "elective_admissions"),
        ):  # fmt: skip
            mask = self.kind(kind)[stages.node] & served
            self._add(month, name, stages.person_slot[mask], cell)
            if kind in {"utc", "sdec", "short_stay", "elective_beds"}:
                self._by_site(month, name, stages.node[mask])
        mask = self.kind("day_case", "independent_sector")[stages.node] & served
        self._add(month, "day_cases", stages.person_slot[mask], cell)
        mask = self.kind("independent_sector")[stages.node] & served
        self._add(month, "day_cases_independent", stages.person_slot[mask], cell)

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

        entered = np.isin(stages.next, list(self._care_home))
        if record:
            add("care_home_entries", stages.person_slot[entered], None)
        acts = entered & (stages.episode & ACTING == ACTING) & (stages.person_slot >= 0)
        self.leaving.moved_to_care_home(stages.person_slot[acts], stages.time_leave[acts])
        band = cell.astype(np.int64) % N_AGE_BANDS  # the last attribute of a cell
        self.leaving.close_month(stages, holding, began, last, band, add if record else None)

    def _nodes(self, month: int, stages: Stages, totals: Totals) -> None:
        order = np.argsort(stages.node.astype(np.int16), kind="stable")  # of 16 bits: by radix
        ends = np.searchsorted(stages.node[order], np.arange(len(self.care.names) + 1))
        waits = (stages.time_start - stages.time_join)[order]
        left, before = self._left_waiting(), self._left
        self._left = left
        sought = np.maximum(0, totals.starts + left - before) / np.maximum(1, totals.starts)
        for node, name in enumerate(self.care.names):
            mine = waits[ends[node] : ends[node + 1]]
            mine = mine[~np.isnan(mine)]
            places = totals.places[node] / totals.minutes
            kept = totals.blocked[node] + totals.held[node] + totals.in_delay[node]
            self.recorder.node(month, name, {
                "arrivals": totals.arrivals[node], "starts": totals.starts[node],
                "departures": totals.finished[node], "turned_away": totals.turned_away[node],
                "mean_wait_minutes": totals.waited[node] / max(1, totals.starts[node]),
                "p95_wait_minutes": quantile(mine, 0.95) if mine.size else 0.0,
                "mean_occupied": totals.occupied[node] / totals.minutes,
                "mean_queue": totals.queue[node] / totals.minutes,
                "mean_blocked": kept / totals.minutes,
                "mean_places": places,
                "mean_escalation_places": totals.escalated[node] / totals.minutes,
                "overflowed": totals.overflowed[node],
                "utilisation": totals.occupied[node] / max(1.0, totals.places[node]),
                "left_waiting": left[node],
                "offered_load": totals.occupied[node] / totals.minutes * sought[node],
            })  # fmt: skip

    def _left_waiting(self) -> IntArray:
        """Return how many have no place at each node now: in its queue, or blocked on the way to it."""
        present = self.care.state.present()
        waits, blocked = present.status == WAITING, (present.status == BLOCKED) & (present.target >= 0)
        where = np.concatenate([present.node[waits], present.target[blocked]])
        return np.bincount(where, minlength=len(self.care.names))

    # ------------------------------------------------------------------------------------ outcomes
    def _outcomes(self, stages: Stages) -> Outcomes:
        acting = (stages.episode & ACTING == ACTING) & (stages.person_slot >= 0) & (stages.next > TURNED_AWAY)
        acute = self.kind("acute_beds")
        spell = self.kind("acute_beds", "sdec", "short_stay")[stages.node] & acting
        spell &= ~self._emergency.moves_on(stages)
        delayed = np.where(acute[stages.node], stages.time_leave - stages.time_service_end, 0.0)[spell]
        admitted, minutes = self._admitted(stages, self._in_ed[stages.node] & acting)
        return Outcomes(
            attended=stages.person_slot[self.kind("ed")[stages.node] & acting],
            discharged=stages.person_slot[spell],
            delayed_days=delayed / MINUTES_A_DAY,
            admitted_from_ed=admitted,
            ed_minutes=minutes,
            care_home=stages.person_slot[np.isin(stages.next, list(self._care_home)) & acting],
        )

    def _admitted(self, stages: Stages, visits: Mask) -> tuple[IntArray, FloatArray]:
        """Return who went from A&E to an acute bed, and minutes since the episode's first stage there.

        Who waits for a bed after the decision to admit keeps the cubicle, so the stage there ends with the
        bed. A&E has several nodes; stages that ended in an earlier month are not seen.
        """
        rows = np.flatnonzero(visits)
        order = np.lexsort((stages.time_join[rows], stages.episode[rows], stages.person_slot[rows]))
        rows = rows[order]
        same = np.diff(stages.person_slot[rows], prepend=-1) == 0
        same &= np.diff(stages.episode[rows], prepend=-1) == 0
        first = np.maximum.accumulate(np.where(same, 0, np.arange(rows.size)))
        goes = stages.next[rows] >= 0
        goes[goes] = self.kind("acute_beds", "admission")[stages.next[rows[goes]]]
        minutes = stages.time_leave[rows] - stages.time_join[rows[first]]
        return stages.person_slot[rows[goes]].astype(np.int64), minutes[goes]


def quantile(values: FloatArray, share: float) -> float:
    """Return a quantile of at least one number, as `np.quantile` to the bit in a twentieth of its time."""
    ordered = np.sort(values)
    position = (ordered.size - 1) * share
    below = int(position)
    low, high = float(ordered[below]), float(ordered[min(below + 1, ordered.size - 1)])
    part = position - below
    return low + (high - low) * part if part < 0.5 else high - (high - low) * (1 - part)


def _ended(stages: Stages) -> Mask:
    """Return which stages came to an end here: served and gone on, or ended by death or departure."""
    return np.asarray((stages.next > TURNED_AWAY) | (stages.next <= REMOVED))


def _overlap(start: FloatArray, end: FloatArray, span: tuple[float, float]) -> FloatArray:
    """Return the minutes of each interval that lie inside the span."""
    return np.asarray(np.maximum(0.0, np.minimum(end, span[1]) - np.maximum(start, span[0])))


__all__ = ["CareObserver", "Outcomes"]
