"""What happened at the front door in a month: departments by stream, handover, response, boarding.

The clock of an attendance starts when a person who walks in joins triage, and for one brought by ambulance at
handover or a quarter of an hour after arrival at the hospital, whichever comes first (NHS England, A&E
attendances: guidance). Response ends when the crew's travel does.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Protocol

import numpy as np
import numpy.typing as npt

from sim.care.system import CareSystem
from sim.kernels.flow import Stages
from sim.kernels.flow_layout import REMOVED, TURNED_AWAY
from sim.observers import standards

FloatArray = npt.NDArray[np.float64]
IntArray = npt.NDArray[np.int64]
Mask = npt.NDArray[np.bool_]
Column = npt.NDArray[Any]

FOUR_HOURS, TWELVE_HOURS, MINUTES_AN_HOUR = 240.0, 720.0, 60.0
HANDOVER_LIMITS = (15, 30, 45, 60)  # minutes
HANDOVER_STANDARD = 15.0
CATEGORY_2_STANDARD = 40.0  # minutes within which nine of ten are to be reached
CATEGORIES = (1, 2, 3, 4)
STREAMS = ("resus", "majors", "minors", "paediatrics")
LEFT, HEARD, SEEN, ELSEWHERE = (
    "left_before_being_seen", "heard_and_treated", "seen_and_treated", "conveyed_elsewhere",
)  # fmt: skip
LOOKED_AT = (
    "ambulance", "ambulance_scene", "ambulance_conveyance", "ambulance_crews",
    "ed_triage", "ed", "ed_waiting", *standards.LOOKED_AT,
)  # fmt: skip
"""Kinds of care at whose stages the front door is counted."""
_KEEP_MINUTES = 62 * 1440.0  # how long an arrival is remembered that has not been met again
_NO_RESIDENT = 1 << 30


class Counts(Protocol):
    """Adds events of residents by stratum, and of everybody by site."""

    def __call__(
        self, name: str, chosen: IntArray, weights: FloatArray | None = None, at: IntArray | None = None
    ) -> None:
        """Record a measure: rows of the month's stages, a weight each, and the nodes whose sites count it."""


class Memory:
    """Values by episode from one month to the next: of what began and has not ended."""

    BURNT_IN = ("_key", "_value", "_when", "_added")

    def __init__(self) -> None:
        self._key = np.zeros(0, np.int64)
        self._value = np.zeros(0)
        self._when = np.zeros(0)
        self._added: list[tuple[IntArray, FloatArray, FloatArray]] = []

    def add(self, key: IntArray, value: FloatArray, when: FloatArray) -> None:
        """Remember a value by episode key; `when` (minutes) says how old it is."""
        self._added.append((key, value, when))

    def _sort(self) -> None:
        """Bring what was added since the last look among the rest, which is in the order of keys."""
        if self._added:
            keys, values, whens = zip(*self._added, strict=True)
            key = np.concatenate([self._key, *keys])
            order = np.argsort(key, kind="stable")
            self._key = key[order]
            self._value = np.concatenate([self._value, *values])[order]
            self._when = np.concatenate([self._when, *whens])[order]
            self._added = []

    def find(self, key: IntArray) -> FloatArray:
        """Return the value last remembered for each key, NaN where there is none."""
        self._sort()
        if not self._key.size:
            return np.full(key.size, np.nan)
        at = np.searchsorted(self._key, key, side="right") - 1
        known = self._key[np.maximum(at, 0)] == key
        return np.where(known & (at >= 0), self._value[np.maximum(at, 0)], np.nan)

    def forget(self, before: float) -> None:
        """Drop what was remembered before a minute."""
        self._sort()
        keep = self._when >= before
        self._key, self._value, self._when = self._key[keep], self._value[keep], self._when[keep]


def episode_key(slot: IntArray, person: IntArray, episode: IntArray) -> IntArray:
    """Return one number for each episode: of a resident by row, of anybody else by identity."""
    who = np.where(slot >= 0, slot, _NO_RESIDENT + person)
    return np.asarray((episode.astype(np.int64) << 31) + who)


class UrgentCare:
    """Counts the front door of a run.

    Args:
        care: The network at work.
        kind: Which nodes are of some kinds of care.
        travel_ratio: Travel of categories 1 to 4 over the travel that the network draws.
    """

    BURNT_IN = ("_begun", "_category")

    def __init__(self, care: CareSystem, kind: Callable[..., Mask], travel_ratio: tuple[float, ...]) -> None:
        self.kind = kind
        names, exits = care.names, care.network.exit_names
        self._exit = {name: -1 - i for i, name in enumerate(exits)}
        self._stream = {
            stream: np.array([name.startswith(f"ed_{stream}") for name in names]) for stream in STREAMS
        }
        self._ratio = travel_ratio
        self._waits = standards.Waits(kind)
        self._begun = Memory()
        self._category = Memory()
        self._sorted = self.kind("ambulance", "call_111")
        self.nodes = self.kind(*LOOKED_AT)
        """(nodes,) whose stages are looked at."""

    def remember(
        self, time: Column, node: Column, kind: Column, priority: Column, slot: Column, person: Column,
        episode: Column,
    ) -> None:  # fmt: skip
        """Note categories of arrivals, given as to `add_arrivals`: the network's log does not hold them."""
        mine = self._sorted[node]
        key = episode_key(slot[mine].astype(np.int64), person[mine].astype(np.int64), episode[mine])
        self._category.add(key, priority[mine].astype(np.float64) + 1.0, np.asarray(time[mine], np.float64))

    def of_month(self, stages: Stages, last: float, count: Counts) -> dict[str, float]:
        """Count a month's finished stages.

        Args:
            stages: The finished stages, those of `nodes` at least.
            last: Minute at which the month ends.
            count: Takes each measure.

        Returns:
            The mean and 90th centile of category 2 responses in minutes, over everybody.
        """
        key = episode_key(stages.person_slot, stages.person_id, stages.episode)
        self._begin(stages, key)
        self._departments(stages, key, count)
        self._handover(stages, count)
        self._outcomes(stages, count)
        found = self._response(stages, key, count)
        self._begun.forget(last - _KEEP_MINUTES)
        self._category.forget(last - _KEEP_MINUTES)
        return found

    # ------------------------------------------------------------------------------------ departments
    def handed_over(self, stages: Stages) -> Mask:
        """Return which stages are journeys that ended with a handover to a department."""
        found = self.kind("ambulance_conveyance")[stages.node] & (stages.next >= 0)
        found[found] = self.kind("ed")[stages.next[found]]
        return found

    def _begin(self, stages: Stages, key: IntArray) -> None:
        walked = self.kind("ed_triage")[stages.node] & (stages.next >= 0)
        self._begun.add(key[walked], stages.time_join[walked], stages.time_leave[walked])
        brought = self.handed_over(stages)
        start = np.minimum(stages.time_service_end + HANDOVER_STANDARD, stages.time_leave)
        self._begun.add(key[brought], start[brought], stages.time_leave[brought])

    def _departments(self, stages: Stages, key: IntArray, count: Counts) -> None:
        ended = (stages.next > TURNED_AWAY) | (stages.next <= REMOVED)
        treated = self.kind("ed")[stages.node] & ended & ~np.isnan(stages.time_start)
        left = self.kind("ed_waiting")[stages.node].copy()
        left &= stages.next == self._exit.get(LEFT, -TURNED_AWAY)
        here = np.flatnonzero(treated | left)
        begun = self._begun.find(key[here])
        minutes = stages.time_leave[here] - np.where(np.isnan(begun), stages.time_join[here], begun)
        count("ed_type1_attendances", here)
        count("ed_4h_within", here[minutes <= FOUR_HOURS])
        count("ed_over_12h", here[minutes > TWELVE_HOURS])
        centre, stay = self._waits.count(stages, count)
        count("utc_4h_within", centre[stay <= FOUR_HOURS])
        count("ae_attendances", np.concatenate([here, centre]))
        in_time = np.concatenate([here[minutes <= FOUR_HOURS], centre[stay <= FOUR_HOURS]])
        count("ae_4h_within", in_time)
        count("ed_left_before_seen", np.flatnonzero(left))
        for stream, mine in self._stream.items():
            count(f"ed_attendances_{stream}", np.flatnonzero(treated & mine[stages.node]))
        admitted = treated & (stages.next >= 0)
        admitted[admitted] = self.kind("admission", "door")[stages.next[admitted]]
        count("ed_admissions", np.flatnonzero(admitted))
        boarded = np.flatnonzero(admitted)
        wait = stages.time_leave[boarded] - stages.time_service_end[boarded]
        count("ed_boarding_hours", boarded, wait / MINUTES_AN_HOUR)
        count("ed_over_12h_from_decision", boarded[wait > TWELVE_HOURS])

    # ------------------------------------------------------------------------------------ ambulances
    def _handover(self, stages: Stages, count: Counts) -> None:
        brought = np.flatnonzero(self.handed_over(stages))
        minutes = stages.time_leave[brought] - stages.time_service_end[brought]
        count("ambulance_conveyances", brought, None, stages.next[brought])
        at = stages.next[brought]
        count("handover_minutes", brought, minutes, at)
        for limit in HANDOVER_LIMITS:
            late = minutes > limit
            count(f"handovers_over_{limit}", brought[late], None, at[late])

    def _outcomes(self, stages: Stages, count: Counts) -> None:
        calls, scene = self.kind("ambulance")[stages.node], self.kind("ambulance_scene")[stages.node]
        count("hear_and_treat", np.flatnonzero(calls & (stages.next == self._exit.get(HEARD, 0))))
        elsewhere = scene & (stages.next == self._exit.get(ELSEWHERE, 0))
        count("conveyed_elsewhere", np.flatnonzero(elsewhere))
        onward = scene & (stages.next >= 0)
        onward[onward] = self.kind("single_point_of_access")[stages.next[onward]]
        seen = scene & (stages.next == self._exit.get(SEEN, 0))
        count("see_and_treat", np.flatnonzero(seen | onward))
        journey = self.kind("ambulance_conveyance")[stages.node]
        outside = journey & (stages.next < 0) & (stages.next > TURNED_AWAY)
        count("conveyed_outside", np.flatnonzero(outside))
        count("conveyed_to_any_ed", np.flatnonzero(outside | self.handed_over(stages)))

    def tell_categories(self, stages: Stages, tell: Callable[[str, IntArray, FloatArray], None]) -> None:
        """Tell who was conveyed to any department, by the category of the call."""
        journey = self.kind("ambulance_conveyance")[stages.node]
        outside = journey & (stages.next < 0) & (stages.next > TURNED_AWAY)
        mine = np.flatnonzero(outside | self.handed_over(stages))
        slot = stages.person_slot[mine].astype(np.int64)
        category = self._category.find(
            episode_key(stages.person_slot[mine], stages.person_id[mine], stages.episode[mine])
        )
        for number in CATEGORIES:
            rows = slot[category == number]
            tell(f"conveyances_category_{number}", rows, np.ones(rows.size))

    def _response(self, stages: Stages, key: IntArray, count: Counts) -> dict[str, float]:
        # logged when the crew comes free: responses are counted in the month in which the job ends
        crew = np.flatnonzero(self.kind("ambulance_crews")[stages.node] & ~np.isnan(stages.time_service_end))
        category = self._category.find(key[crew])
        wait = (stages.time_start - stages.time_join)[crew]
        travel = (stages.time_service_end - stages.time_start)[crew]
        found: dict[str, float] = {}
        for number, ratio in zip(CATEGORIES, self._ratio, strict=True):
            mine = category == number
            minutes = wait[mine] + ratio * travel[mine]
            count(f"responses_category_{number}", crew[mine])
            count(f"response_minutes_category_{number}", crew[mine], minutes)
            if number in standards.RESPONSES_WITHIN:
                limit = standards.RESPONSES_WITHIN[number]
                within = crew[mine][minutes <= limit]
                count(f"responses_category_{number}_within_{limit:.0f}", within)
            if number == 2 and minutes.size:
                count("responses_category_2_within_40", crew[mine][minutes <= CATEGORY_2_STANDARD])
                found = {
                    "mean_response_category_2_minutes": float(minutes.mean()),
                    "p90_response_category_2_minutes": float(np.quantile(minutes, 0.9)),
                }
        return found


__all__ = ["Memory", "UrgentCare", "episode_key"]
