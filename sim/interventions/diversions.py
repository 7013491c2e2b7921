"""Services that take emergencies from where they were going, competing for them resident by resident.

At the month's start each service knows who is eligible. Of the month's emergencies it learns of some, each
by a keyed draw of the person, the episode and the service. In the order of their stamps, each episode is
taken by the first service in turn that knows of it and has room on that day; it is taken once, so services
that could avoid the same admission never multiply. Of those taken a share never needs the first place; the
others go on to it, with the draws that they would have had there.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

import numpy as np
import numpy.typing as npt

from sim.care.network import Network
from sim.health.calendar import MINUTES_A_DAY, month_days, weekdays
from sim.health.entries import OUTSIDE
from sim.health.needs import NeedClass
from sim.interventions.eligibility import eligible
from sim.interventions.needs_named import codes_of, within_hours
from sim.interventions.specification import (
    MONTHS_A_YEAR,
    Diversion,
    RiskStratum,
    ScenarioSpecification,
)
from sim.kernels.competing import LOST, REFUSED, TAKEN, codes_elsewhere, episode_uniforms, resolve
from sim.kernels.flow import Arrivals
from sim.kernels.randomness import stream_key
from sim.population.residents import REGISTERED, Residents

FloatArray = npt.NDArray[np.float64]
IntArray = npt.NDArray[np.int64]
TIME, NODE, KIND, PRIORITY, ROW, PERSON, EPISODE = range(7)
HOME = "home"
_ANY_NUMBER = 1 << 40


@dataclass(kw_only=True)
class Service:
    """One service at work."""

    item: Diversion
    codes: list[int]
    """Needs that it may take."""
    stream: int
    node: int
    """Where those taken go; -1 home."""
    share: float = 0.0
    """How much of it is in force this month, less what the baseline has."""
    mask: npt.NDArray[np.bool_] = field(default_factory=lambda: np.zeros(0, np.bool_))
    """(N,) who is eligible this month."""


@dataclass(frozen=True, kw_only=True)
class Diverted:
    """What one service did in one month; episodes, in the full-size area."""

    key: str
    known: int
    taken: int
    avoided: int
    lost: int
    """Known of, and taken by another service: the overlap."""
    refused: int
    """Known of, with no room on that day."""
    pounds: dict[str, float]

    def counts(self) -> dict[str, float]:
        """Return the measures of the table of programmes."""
        return {
            "known_of": self.known, "taken": self.taken, "avoided": self.avoided,
            "lost_to_another": self.lost, "refused_for_capacity": self.refused,
        }  # fmt: skip


@dataclass(frozen=True, kw_only=True)
class Taken:
    """Whose episodes one service took in one month, one element an episode."""

    row: IntArray
    """Rows of the residents."""
    minute: FloatArray
    """When, on the model's clock."""
    episode: IntArray
    """Codes of the episodes."""
    avoided: npt.NDArray[np.bool_]
    """Whether the first place is then never needed."""


class Diversions:
    """The diverting services of one scenario.

    Args:
        scenario: What is done.
        classes: Classes of need of the run.
        network: The care network.
        residents: Whose emergencies.
        calendar_start: Calendar month of month 0.
        key: The two words of `replicate_key`.
    """

    def __init__(
        self,
        scenario: ScenarioSpecification,
        classes: Sequence[NeedClass],
        network: Network,
        residents: Residents,
        calendar_start: int,
        key: npt.NDArray[np.uint32],
    ) -> None:
        self.services = [
            Service(
                item=item, codes=codes_of(item.needs, classes, one_by_one=True),
                stream=stream_key(f"diversion/{item.key}"),
                node=OUTSIDE if item.to == HOME else network.node(item.to),
            )
            for item in scenario.interventions
            if isinstance(item, Diversion)
        ]  # fmt: skip
        self.residents, self.calendar_start, self.key = residents, calendar_start, key
        self.done: list[Diverted] = []
        """What each service in force did this month."""
        self.taken_by_kind: dict[str, tuple[int, IntArray]] = {}
        """Of this month, by service: the node where those taken went, and their kinds."""
        self.taken_people: dict[str, Taken] = {}
        """Of this month, by service: whose episodes it took."""
        self._contacts: tuple[IntArray, FloatArray] = (np.zeros(0, np.int64), np.zeros(0))
        self._returning: list[Arrivals] = []

    def open_month(
        self, month: int, on_list: Callable[[RiskStratum | None], npt.NDArray[np.bool_] | None]
    ) -> None:
        """Find who is eligible, before anybody dies or leaves in the month.

        Args:
            month: Month of the run.
            on_list: Who is on the list of a risk stratum, (rows,).
        """
        for service in self.services:
            service.share = service.item.acting(self.calendar_start + month)
            if service.share > 0.0:
                rule = service.item.eligible
                service.mask = eligible(self.residents, rule, on_list(rule.risk_stratum))

    def divert(
        self,
        month: int,
        start: float,
        groups: Sequence[tuple[int | npt.NDArray[np.integer], Arrivals]],
        status: npt.NDArray[np.uint8],
        exit_hour: FloatArray,
    ) -> list[Arrivals]:
        """Return the month's arrivals of residents as the services leave them.

        Args:
            month: Month of the run.
            start: Its first minute.
            groups: Codes of the needs (one for all or one each), and their arrivals.
            status: (N,) registered or not at the month's start.
            exit_hour: (N,) hour of the month at which a resident dies or leaves; infinity otherwise.
        """
        self.done, self.taken_by_kind, self.taken_people = [], {}, {}
        self._contacts = (np.zeros(0, np.int64), np.zeros(0))
        days = month_days(self.calendar_start + month)
        back = self._back(start + days * MINUTES_A_DAY, start, status, exit_hour)
        active = [service for service in self.services if service.share > 0.0] if month >= 0 else []
        if not active:
            return [*(arrivals for _, arrivals in groups), *back]
        code = np.concatenate([np.broadcast_to(code, arrivals[TIME].size) for code, arrivals in groups])
        whole = tuple(np.concatenate(parts) for parts in zip(*(a for _, a in groups), strict=True))
        order = np.lexsort((whole[EPISODE], whole[PERSON], whole[TIME]))
        whole, code = tuple(part[order] for part in whole), code[order]
        which, service, outcome, draws = self._claims(active, start, month, code, whole)
        gone = np.zeros(code.size, np.bool_)
        gone[which[outcome == TAKEN]] = True
        found = [tuple(part[~gone] for part in whole)]
        for number, one in enumerate(active):
            mine = service == number
            took = mine & (outcome == TAKEN)
            avoided = draws[took, 2] < one.item.substitutes.value
            taken = tuple(part[which[took]] for part in whole)
            found += self._moved(one, taken, avoided)
            self.taken_people[one.item.key] = Taken(
                row=taken[ROW], minute=taken[TIME], episode=taken[EPISODE], avoided=avoided
            )
            self._count(one, mine, outcome, int(avoided.sum()), taken)
        now = self._back(start + days * MINUTES_A_DAY, start, status, exit_hour)
        return [*found, *back, *now]

    def _claims(
        self, active: Sequence[Service], start: float, month: int, code: IntArray, whole: Arrivals
    ) -> tuple[IntArray, IntArray, npt.NDArray[np.uint8], FloatArray]:
        """Return every claim: the arrival, the service, what became of it, and its four draws."""
        minute = whole[TIME] - start
        day = (minute // MINUTES_A_DAY).astype(np.int64)
        hour = (minute % MINUTES_A_DAY) / 60.0
        weekday = np.asarray(weekdays(self.calendar_start + month), np.int64)[day]
        found = []
        for number, one in enumerate(active):
            item = one.item
            able = np.isin(code, one.codes) & one.mask[whole[ROW]]
            able &= within_hours(hour, weekday, item.weekdays, item.hours)
            if item.priorities:
                able &= np.isin(whole[PRIORITY], item.priorities)
            rows = np.flatnonzero(able)
            draws = episode_uniforms(whole[PERSON][rows], whole[EPISODE][rows], one.stream, self.key)
            known = draws[:, 0] < item.found.value * one.share
            found.append((rows[known], np.full(int(known.sum()), number), draws[known]))
        which, service, draws = (np.concatenate(parts) for parts in zip(*found, strict=True))
        turn = np.array([one.item.order for one in active])[service]
        order = np.lexsort((draws[:, 1], turn, which))
        which, service, draws = which[order], service[order], draws[order]
        room = np.array([self._room(one, start, month) for one in active])
        return which, service, resolve(which, service, day[which], room), draws

    def _room(self, service: Service, start: float, month: int) -> IntArray:
        """Return how many a service can take on each day of the month, (days,): whole numbers on average."""
        days = month_days(self.calendar_start + month)
        capacity = service.item.daily_capacity
        if capacity is None:
            return np.full(days, _ANY_NUMBER, np.int64)
        first = round(start / MINUTES_A_DAY)
        upto = np.floor((first + np.arange(days + 1)) * capacity.value * service.share)
        return np.asarray(np.diff(upto), np.int64)

    def _moved(self, service: Service, taken: Arrivals, avoided: npt.NDArray[np.bool_]) -> list[Arrivals]:
        """Send those taken to the service, and remember who will go on to the first place after all."""
        later = [part[~avoided] for part in taken]
        later[TIME] = later[TIME] + service.item.returns_after_days.value * MINUTES_A_DAY
        self._returning.append(tuple(later))
        if service.node == OUTSIDE:
            return []
        there = list(taken)
        there[NODE] = np.full(taken[NODE].size, service.node)
        there[EPISODE] = codes_elsewhere(taken[EPISODE], service.stream)
        return [tuple(there)]

    def _back(
        self, end: float, start: float, status: npt.NDArray[np.uint8], exit_hour: FloatArray
    ) -> list[Arrivals]:
        """Return those who go on to the first place before a month's end, unless they are gone by then."""
        found, kept = [], []
        for group in self._returning:
            due = group[TIME] < end
            kept.append(tuple(part[~due] for part in group))
            row = group[ROW]
            here = due & (status[row] == REGISTERED) & (group[TIME] < start + exit_hour[row] * 60.0)
            found.append(tuple(part[here] for part in group))
        self._returning = [group for group in kept if group[TIME].size]
        return found

    def _count(
        self, service: Service, mine: npt.NDArray[np.bool_], outcome: npt.NDArray[np.uint8], avoided: int,
        taken: Arrivals,
    ) -> None:  # fmt: skip
        item = service.item
        number = int(taken[ROW].size)
        induced = item.induced_share.value * number
        units = {"episode": number + induced, "person": number, "year": service.share / MONTHS_A_YEAR}
        pounds: dict[str, float] = {}
        for cost in item.costs:
            amount = units.get(cost.per, 0.0) * cost.amount.value
            pounds[cost.payer] = pounds.get(cost.payer, 0.0) + amount
        counts = [int((outcome[mine] == what).sum()) for what in (LOST, REFUSED)]
        self.done.append(
            Diverted(
                key=item.key, known=int(mine.sum()), taken=number, avoided=avoided, lost=counts[0],
                refused=counts[1], pounds=pounds,
            )
        )  # fmt: skip
        self.taken_by_kind[item.key] = (service.node, taken[KIND].astype(np.int64))
        if item.contacts is not None:
            each = item.contacts.value * (
                1.0 + (item.induced_share.value if service.node == OUTSIDE else 0.0)
            )
            row, weight = self._contacts
            self._contacts = (np.append(row, taken[ROW]), np.append(weight, np.full(number, each)))

    def contacts(self, n_cells: int) -> FloatArray:
        """Return contacts with those taken in the month before, (cells,), in the full-size area."""
        row, weight = self.in_contact()
        return np.bincount(self.residents.cell[row], weight, minlength=n_cells).astype(np.float64)

    def in_contact(self) -> tuple[IntArray, FloatArray]:
        """Return the rows of those taken in the month before, and contacts with each."""
        row, weight = self._contacts
        return row.astype(np.int64), weight


__all__ = ["Diversions", "Diverted", "Taken"]
