"""The slow twin of a month: residents, programmes, needs and care network in plain Python.

It is an executable specification: each resident is one Mesa agent with plain attributes
(`resident_twin.py`), programmes reach them one by one (`programmes_twin.py`), needs are drawn one by one
(`needs_twin.py`), and the network runs from a heap of events (`care_twin.py` and `flow_twin.py`). With the
kernels it shares the compiled tables, the random function and inverse distribution functions, no loop.

Order of a month: birthdays; entries; what care did last month; programmes; life course; needs; network.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Sequence
from dataclasses import dataclass, field

import mesa

from sim.building import Replicate, World
from sim.care.system import DEATH, DEPARTURE
from sim.health.calendar import month_days, weekdays
from sim.interventions.specification import ScenarioSpecification
from tests.twin.care_twin import DAY, CareTwin, Outcomes, Stage
from tests.twin.diversions_twin import DiversionsTwin
from tests.twin.flow_twin import Arrival
from tests.twin.needs_twin import NOWHERE, Need, NeedsTwin, Pooled, marked
from tests.twin.programmes_twin import ProgrammesTwin
from tests.twin.resident_twin import DEAD, REGISTERED, ResidentTwin
from tests.twin.shared_tables import Shared

SATURDAY = 5
COUNTS = ("admissions_12m", "attendances_12m", "delayed_steps_12m")


@dataclass
class MonthRecord:
    """What happened in one month."""

    happened: list[tuple[int, int, float]] = field(default_factory=list)
    needs: list[Need] = field(default_factory=list)
    pooled: Pooled = field(default_factory=lambda: Pooled({}, {}))  # type: ignore[arg-type]
    arrivals: list[Arrival] = field(default_factory=list)
    removals: list[tuple[float, int, int]] = field(default_factory=list)
    reached: dict[str, list[int]] = field(default_factory=dict)
    stages: list[Stage] = field(default_factory=list)
    waiting: dict[int, list[float]] = field(default_factory=dict)


class MonthTwin(mesa.Model):
    """Residents and network.

    Args:
        world: Tables and people of the area.
        parts: A replicate that has not run yet; its tables are copied.
        scenario: What it changes.
    """

    def __init__(self, world: World, parts: Replicate, scenario: ScenarioSpecification) -> None:
        super().__init__(rng=parts.settings.seed)
        self.shared = Shared(world, parts, scenario)
        self.cut = [0] * len(self.shared.transitions)
        self.competing = 0  # how often more than one transition of a resident was accepted in a month
        self.residents = [ResidentTwin(self, row, *person) for row, person in enumerate(self.shared.people)]
        self.programmes = ProgrammesTwin(self)
        self.needs = NeedsTwin(self)
        self.diversions = DiversionsTwin(self)
        self.care = CareTwin(self.shared)
        self.outcomes = Outcomes([], [], [], [], [], [])
        self.recent: dict[str, deque[list[int]]] = {name: deque() for name in COUNTS}
        self.first_list: list[Arrival] = []
        self.waiting = {j: [0.0] * len(slots) for j, slots in self.shared.slots.items()}
        self.stays = [0] * len(next(iter(self.shared.slots.values())))  # ended last month, by neighbourhood

    def base_hazard(self, process: int, sex: int, age: int, quintile: int, month: int) -> float:
        """Hazard a month before modifiers; that of deaths, conditions and counts is the quarter's."""
        shared = self.shared
        if process in shared.counted[month // 3]:
            return shared.counted[month // 3][process][0][sex][age][quintile]
        base = shared.base[process][sex][age][quintile]
        if process not in shared.cause_of:
            return base * shared.balance[month // 3][process][sex][age // 5]
        cause = shared.cause_of[process]
        first, now = (shared.divisors[quarter][cause][sex][age][quintile] for quarter in (0, month // 3))
        return base * (first / now)

    # ------------------------------------------------------------------------------------ time
    def days(self, month: int) -> int:
        """Days of a month of the run."""
        return month_days(self.shared.calendar_start + month)

    def burn_in(self) -> list[MonthRecord]:
        """Months before month 0: the population is held, needs and the network run."""
        months = int(self.shared.national.scalar("burn_in_months"))
        start = -DAY * sum(self.days(month) for month in range(-months, 0))
        self.care.close_lists()
        listed = self.needs.first_list(start)
        self.first_list = [self.arrival(minute, need) for minute, need in listed if need.node != NOWHERE]
        self.care.arrivals += self.first_list
        early = self.care.run(start)
        records = []
        for month in range(-months, 0):
            self.care_acts(month)
            deaths = self.needs.stand_ins(month)
            record = MonthRecord()
            record.needs, record.pooled = self.needs.of_month(month, self.needs.present(month))
            onsets = self.needs.stand_in_onsets(month)
            self.network(month, record, deaths, gone=deaths, before=early, onsets=onsets)
            early = []
            records.append(record)
        for resident in self.residents:
            if resident.status == REGISTERED:
                resident.enter(0)
        return records

    def month(self, month: int) -> MonthRecord:
        """One month of the run."""
        record = MonthRecord()
        for resident in self.residents:
            if (month - resident.birth_month) % 12 == 0:
                resident.birthday(month)
        for row in self.shared.entrants[month]:
            self.residents[row].read_ranks(month)
            self.residents[row].refresh(month)
            self.residents[row].seen_from = month
            self.residents[row].move_in(month)
        self.care_acts(month)
        record.reached = self.programmes.reach(month)
        self.diversions.open_month(month)
        present = [resident for resident in self.residents if resident.status == REGISTERED]
        gone = self.live(month, record)
        record.needs, record.pooled = self.needs.of_month(month, present)
        keys = [transition.key for transition in self.shared.transitions]
        onsets = [
            (self.residents[row], keys[process], fraction)
            for row, process, fraction in record.happened
            if keys[process] in self.shared.onsets
        ]
        self.network(month, record, [one for one in gone if one[0].status == DEAD], gone, onsets=onsets)
        return record

    # ------------------------------------------------------------------------------------ phases
    def care_acts(self, month: int) -> None:
        """What the network did last month: recent use, delays, care-home entries, where residents are."""
        outcome, active = self.outcomes, self.shared.feedbacks
        monthly = (outcome.discharged, outcome.attended, outcome.delayed)
        for name, rows in zip(COUNTS, monthly, strict=True):
            for row in rows:
                self.residents[row].count_recent(name, 1)
            self.recent[name].append(rows)
            if len(self.recent[name]) > 12:
                for row in self.recent[name].popleft():
                    self.residents[row].count_recent(name, -1)
        for event, rows in (("discharge", outcome.discharged), ("attendance", outcome.attended)):
            for row in rows:
                times = self.residents[row].used[event]
                times[month - 1] = times.get(month - 1, 0) + 1
        for resident in self.residents:
            resident.ed_delay = 0
        for row, minutes in outcome.admitted_from_ed:
            self.residents[row].ed_delay = max(self.residents[row].ed_delay, self.delay_class(minutes))
        for row in outcome.care_home if "care_home" in active else []:
            self.residents[row].care_home = 1
        kept = self.care.whereabouts()
        for resident in self.residents:
            resident.place = 1 + kept.get(resident.row, -1)

    def delay_class(self, minutes: float) -> int:
        """How many of the three limits the time from arrival in A&E to a bed is beyond."""
        limits = (self.shared.national.scalar(f"ed_delay_{n}_hours") for n in ("first", "second", "third"))
        return sum(minutes > 60 * limit for limit in limits)

    def live(self, month: int, record: MonthRecord) -> list[tuple[ResidentTwin, float]]:
        """Decide everybody's transitions, then let them happen; returns who dies or leaves, and when."""
        decided = [(resident, resident.live_month(month)) for resident in self.residents]
        gone = []
        for resident, happens in decided:
            resident.undergo(happens, month, self.days(month) * 24)
            record.happened += [(resident.row, one.process, one.fraction) for one in happens]
            gone += [
                (resident, one.fraction)
                for one in happens
                if self.shared.transitions[one.process].attribute == "status"
            ]
        return gone

    def network(
        self,
        month: int,
        record: MonthRecord,
        deaths: list[tuple[ResidentTwin, float]],
        gone: list[tuple[ResidentTwin, float]],
        before: list[Stage] | None = None,
        onsets: Sequence[tuple[ResidentTwin, str, float]] = (),
    ) -> None:
        """Run the network through a month with its needs, and take those out who are gone."""
        first = self.care.now
        last = first + self.days(month) * DAY
        self.serve_pooled(month, record)
        self.care.use(self.shared.changes.tables(month))
        self.care.open_places(month, first, last)
        keys = [need.key for need in self.needs.classes]
        onset = self.needs.onset_admissions(month, list(onsets))
        self.needs.met_outside(month, record.needs + onset)
        named = [(keys[need.need_class], need) for need in record.needs]
        named += [("onset", need) for need in onset]
        named += [("last_days", need) for need in self.needs.last_days(month, deaths)]
        record.arrivals = self.diversions.divert(month, first, [
            (name, self.arrival(first + need.hour * 60, need)) for name, need in named if need.node != NOWHERE
        ])  # fmt: skip
        record.arrivals += self.visitors(month, first)
        dead = {resident.row for resident, _ in deaths}
        for resident, _ in gone:
            reason = DEATH if resident.row in dead else DEPARTURE
            record.removals.append((first + resident.exit_hour * 60, resident.row, reason))
            resident.exit_hour = float("inf")
        self.care.arrivals += record.arrivals
        self.care.removals += record.removals
        record.stages = (before or []) + self.care.run(last)
        self.outcomes = self.care.outcomes(record.stages)
        self.needs.left_area(month, self.outcomes.left_area)
        self.stays = [0] * len(self.stays)
        for row in self.care.stays_ended(record.stages):
            self.stays[self.residents[row].neighbourhood] += 1

    def visitors(self, month: int, first: float) -> list[Arrival]:
        """People from elsewhere; their draws are the model's, what becomes of them is the twin's."""
        columns = ("hour", "node", "kind", "priority", "person", "episode")
        return [
            Arrival(first + hour * 60, node, kind, priority, -1, person, episode)
            for visits in self.shared.visitors.of_month(month)
            for hour, node, kind, priority, person, episode in zip(
                *(getattr(visits, name) for name in columns), strict=True
            )
        ]

    def arrival(self, time: float, need: Need) -> Arrival:
        """A need as the network meets it."""
        person = self.residents[need.row].person
        episode = marked(need.episode, need.copy)
        return Arrival(time, need.node, need.kind, need.priority, need.row, person, episode)

    def serve_pooled(self, month: int, record: MonthRecord) -> None:
        """Pooled needs wait for slots of their neighbourhood, open on working days."""
        for j, slots in self.shared.slots.items():
            factor = (1.0 + self.shared.slot_growth[j]) ** (max(0, month) / 12)
            for day, weekday in enumerate(weekdays(self.shared.calendar_start + month)):
                for n, places in enumerate(slots):
                    after_stays = self.stays[n] * self.shared.contacts_per_stay[j]
                    came = record.pooled.by_day[j, n, day] / self.shared.scale
                    waiting = self.waiting[j][n] + (came + after_stays / self.days(month))
                    seen = min(waiting, places * factor) if weekday < SATURDAY else 0.0
                    self.waiting[j][n] = waiting - seen
            record.waiting[j] = list(self.waiting[j])
