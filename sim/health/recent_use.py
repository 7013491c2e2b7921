"""Recent use: whoever left hospital or attended A&E of late has more urgent needs than otherwise.

The rate of an urgent need of resident i of stratum s in a month is

    rate(i) = base(s) (1 + e(i)),    e(i) = sum over the last 12 months of c(s) phi_D(lag) discharges
                                                + phi_T(lag) attendances of i, by months since,

where a class of need may answer to discharges, to attendances, or to both (`need_classes.csv`). It is linear
in the events, so its mean over a stratum is known whatever the order of events: with D and T the discharges
and attendances a month that the stratum's rates bring in the baseline,

    mean of (1 + e) = 1 + c D sum(phi_D) + T sum(phi_T),    base = rate of the stratum / that mean.

c(s) = (D of the average discharge / D(s)) ** theta: with theta 0 a discharge multiplies everybody's rate
alike, with 1 it adds the same risk to everybody's. Readmission rises much less with age than admission does,
so the ratio falls as the rate rises.

So recent use moves needs in time and between people of one stratum, and in the baseline leaves the rate of
the stratum what it is, whatever phi. It acts on departures: an admission avoided takes off what it would
have brought, one more adds it. Chains of admissions end: each brings less than one more, for any phi.

A need that is met outside the area is an event as any other: it is the same illness, and nothing known says
that a discharge from Yeovil or Salisbury raises later needs less. What comes of it there is not simulated. It
brings as many events as a need of its class and age band is expected to bring inside, a whole number by one
keyed draw, in the month of the need (no length of stay is known). The same holds for those whom an ambulance,
111 or a return from home takes out of the area (`sim/health/elsewhere.py`). So D and T count all needs of the
stratum wherever they are met, and hold also where people seek much of their care elsewhere.

Months that nobody saw (before the burn-in, before birth, before moving here) count as their expectation.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property

import numpy as np
import numpy.typing as npt

from sim.health.needs import SHAPE
from sim.kernels import recent_use as kernel
from sim.kernels.randomness import stream_key
from sim.parameters.national import National
from sim.population.residents import Residents
from sim.population.strata import MONTHS_A_YEAR

FloatArray = npt.NDArray[np.float64]
IntArray = npt.NDArray[np.int64]
RECENT_USE = "recent_use"
"""Name among the feedbacks: without it nobody's needs depend on recent use."""
EVENTS = ("discharge", "attendance")
EVENT_CARE = (("admission", "sdec", "short_stay"), ("ed",))
"""Kinds of care whose visits end in each event."""
EVENT_ELSEWHERE = ("discharge elsewhere", "attendance elsewhere")
"""How visits that end in each event are named where the network sends people out of the area."""
EVENT_GROWTH = ("nel_admission_total", "ed_type1_attendance")
"""Class of use with which each event grows beyond demography."""
OUTSIDE_STREAM = stream_key("recent use/outside")
"""Random stream of what a need that is met outside the area brings."""
_SOON, _LATER = 1, 3
"""Months since the event up to which the first and the second of the three ratios hold."""


@dataclass(frozen=True, kw_only=True)
class RecentUse:
    """Sizes and baseline of recent use."""

    size: FloatArray
    """(2, 12) added to the rate's ratio by one event, by event and months since less one."""
    expected: FloatArray
    """(2, S) events a month of a resident of each stratum in the baseline, at the start."""
    brought: FloatArray
    """(2, J + 1, 7) events that one need of a class and age band brings; last those admitted at once."""
    elsewhere: FloatArray
    """(2, nodes, 7) events of one who leaves the area from a node of the network, by age band."""
    growth: FloatArray
    """(2,) growth a year of the events beyond demography."""
    typical: float
    """Discharges a month of the resident of whom the average discharge is."""
    levelling: float
    """theta: 0 where a discharge multiplies every rate alike, 1 where it adds the same to every rate."""

    @cached_property
    def scale(self) -> FloatArray:
        """C of each stratum, (S,): how the size of a discharge departs from that of the average one."""
        discharges = self.expected[0]
        if not discharges.any():
            return np.ones_like(discharges)
        ratio = np.divide(self.typical, discharges, out=np.ones_like(discharges), where=discharges > 0.0)
        return np.asarray(ratio**self.levelling)

    @property
    def total(self) -> FloatArray:
        """What one event adds over all months, (2,)."""
        return np.asarray(self.size.sum(axis=1))

    def mean_ratio(self, years: float) -> FloatArray:
        """Return the baseline mean of 1 + e by which events raise it, (4, S), some years after the start."""
        events = self.expected * (self.total * (1.0 + self.growth) ** years)[:, None]
        discharges, attendances = events[0] * self.scale, events[1]
        nothing = np.zeros_like(discharges)
        return np.asarray(1.0 + np.stack([nothing, discharges, attendances, discharges + attendances]))

    def unseen(self) -> FloatArray:
        """Return what an event a month adds in the months that lie beyond those seen, (2, 13)."""
        whole = np.concatenate([np.zeros((len(EVENTS), 1)), self.size.cumsum(axis=1)], axis=1)
        return np.asarray(whole[:, -1:] - whole)


def event_sizes(national: National) -> FloatArray:
    """Return what an event adds to the ratio by months since less one, (2, 12)."""
    shape = np.full(MONTHS_A_YEAR, national.scalar("recent_use_share_months_4_to_12"))
    shape[:_LATER] = national.scalar("recent_use_share_months_2_to_3")
    shape[:_SOON] = 1.0
    return np.stack([national.scalar(f"recent_{event}_excess") * shape for event in EVENTS])


def events_of_a_need(
    national: National, visits: Mapping[int, Mapping[str, FloatArray]], inside_share: FloatArray
) -> FloatArray:
    """Return discharges and attendances that one need brings wherever it is met, (2, J + 1, 7) by age band.

    Args:
        national: National tables: the share of visits that end in an event.
        visits: By class: visits to each kind of care that one need brings in the area, and where the network
            sends people out of it, (7,) by age band; class -1, here the last, is those admitted at once.
        inside_share: (J + 1,) share of each class that is met in the area.
    """
    found = np.zeros((len(EVENTS), inside_share.size, SHAPE[1]))
    for event, cares in enumerate(EVENT_CARE):
        seen = national.scalar(f"recent_{EVENTS[event]}_seen_share")
        counted = (*cares, EVENT_ELSEWHERE[event])
        for j, brought in visits.items():
            if inside_share[j] > 0.0:
                each = sum((brought[care] for care in counted if care in brought), np.zeros(SHAPE[1]))
                found[event, j] = each * (seen / inside_share[j])
    return found


def events_elsewhere(national: National, visits: FloatArray) -> FloatArray:
    """Return events of one who leaves the area from a node, from the visits found there: (2, nodes, 7)."""
    seen = [national.scalar(f"recent_{event}_seen_share") for event in EVENTS]
    return np.asarray(visits * np.array(seen)[:, None, None])


def expected_events(brought: FloatArray, rates: FloatArray, at_once: FloatArray) -> FloatArray:
    """Return discharges and attendances a month of a resident of each stratum, (2, S).

    Args:
        brought: Events of one need, (2, J + 1, 7).
        rates: Needs a year, (J, S).
        at_once: Admissions a year at an onset per resident, (2, 7).
    """
    by_band = rates.reshape(len(rates), *SHAPE[:2], -1)
    found = np.zeros((len(EVENTS), *by_band.shape[1:]))
    for event in range(len(EVENTS)):
        found[event] = (at_once * brought[event, -1])[:, :, None]
        for j, each in enumerate(brought[event, :-1]):
            found[event] += by_band[j] * each[None, :, None]
    return found.reshape(len(EVENTS), -1) / MONTHS_A_YEAR


class UseHistory:
    """Discharges and attendances of the last twelve months, by resident.

    Args:
        recent: Sizes and baseline.
        residents: The residents of the run, entrants included.
        first: First month that is seen: the start of the burn-in.
    """

    BURNT_IN = ("_months", "_outside")

    def __init__(self, recent: RecentUse, residents: Residents, first: int) -> None:
        self._recent = recent
        self._residents = residents
        self._unseen = recent.unseen()
        self._months: deque[tuple[IntArray, ...]] = deque(maxlen=MONTHS_A_YEAR)
        self._outside: list[tuple[IntArray, ...]] = []  # by event, of the month that is not yet remembered
        self._since = np.maximum(first, residents.birth_month[: residents.size]).astype(np.int16)

    def enter(self, rows: IntArray, month: int) -> None:
        """From this month on these residents' use is seen."""
        self._since[rows] = month

    def met_outside(
        self,
        rows: npt.NDArray[np.integer],
        chance: FloatArray,
        episode: npt.NDArray[np.integer],
        occasion: int,
        key: npt.NDArray[np.uint32],
    ) -> None:
        """Take in needs of the month that are met outside the area; one draw tells what each brings.

        Args:
            rows: (n,) residents.
            chance: (2, n) events that each need is expected to bring: a column of `brought` or `elsewhere`.
            episode: (n,) codes of the needs.
            occasion: Calendar month.
            key: The two words of `replicate_key`.
        """
        person = self._residents.person[rows].astype(np.uint32)
        draws = kernel.uniforms(person, np.uint32(occasion), OUTSIDE_STREAM, episode.astype(np.uint32), key)
        events = np.floor(chance + draws).astype(np.int64)
        self._outside.append(tuple(np.repeat(rows.astype(np.int64), times) for times in events))

    def remember(self, discharged: IntArray, attended: IntArray) -> None:
        """Add last month's discharges and attendances, one row each, and those outside the area."""
        inside = (discharged.astype(np.int64), attended.astype(np.int64))
        self._months.append(tuple(map(np.concatenate, zip(inside, *self._outside, strict=True))))
        self._outside.clear()

    def excess(self, month: int) -> FloatArray:
        """Return e of every resident at the start of a month from discharges and attendances, (N, 2).

        The array is made anew, to be let go with the month's needs: when a month closes, and memory is at its
        most, there is none.
        """
        recent, stratum = self._recent, self._residents.stratum[: self._residents.size]
        found = np.zeros((self._residents.size, len(EVENTS)))
        if recent.size.any():
            for lag, events in enumerate(reversed(self._months)):
                for event, rows in enumerate(events):
                    kernel.add(rows, recent.size[event, lag], found[:, event])
            kernel.complete(self._since, month, self._unseen, recent.expected, recent.scale, stratum, found)
        return found
