"""The phases of a month, each a short step from residents to network and back, ordered by `sim/model.py`."""

from __future__ import annotations

from collections import deque
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt

from sim.care.first_list import SLOT_CARE
from sim.care.system import DEATH, DEPARTURE
from sim.health.calendar import HOURS_A_DAY, MINUTES_A_DAY, month_days, weekdays
from sim.health.deaths import Causes
from sim.health.entries import OUTSIDE
from sim.health.feedback import CARE_HOME, DELAYED_STEPS
from sim.health.frailty_score import class_moves
from sim.health.life import MonthEvents
from sim.health.recent_use import UseHistory
from sim.health.smoking_trend import move_in
from sim.health.straight_in import StraightIn
from sim.health.transitions import DEATHS
from sim.health.transitions import DEPARTURE as LEAVES
from sim.health.transitions.blood_pressure import register_links
from sim.interventions.arriving import Arriving
from sim.interventions.needs_named import LAST_DAYS_CODE, ONSET_CODE
from sim.interventions.programmes import Programmes
from sim.interventions.risk import risk_tools
from sim.kernels import needs as needs_kernel
from sim.kernels.flow import Arrivals
from sim.kernels.strata import birthday_rows
from sim.observers.care_month import ACTING, Outcomes
from sim.observers.contacts import CONTACTS, tell_contacts
from sim.opening import episode_of, first_arrivals, stand_ins
from sim.population.draws import population_key
from sim.population.places import place_codes
from sim.population.residents import ABSENT, REGISTERED
from sim.population.strata import MONTHS_A_YEAR, N_AGE_BANDS
from sim.world import refresh_strata

if TYPE_CHECKING:
    from sim.burnt_in import BurntIn
    from sim.model import HealthSystem

IntArray = npt.NDArray[np.int64]
Integers = npt.NDArray[np.integer]
MINUTES_AN_HOUR = 60.0
_ROOM = 1.3  # needs of a month that fit the buffers, against those expected
_SATURATED = 255


class Month:
    """Carries out the phases for one model.

    Args:
        model: The model.
    """

    BURNT_IN = (
        "_recent", "_history", "_outcomes", "_delayed_in_ed", "_exits", "_status", "_events", "_found",
    )  # fmt: skip

    def __init__(self, model: HealthSystem) -> None:
        self.model = model
        self.parts = model.parts
        self.residents = model.parts.residents
        self.calendar_start = model.settings.calendar_start
        national = model.world.national
        self.causes = Causes(national)
        self.feedback = model.parts.feedback
        self._set_also = (
            {(t.attribute, t.from_code, t.to_code): t.also for t in self.parts.life.transitions if t.also}
            | register_links()
            | class_moves(national)
        )
        named = {"frailty", *self.residents.condition_names}
        self._sets_stratum = np.array([
            bool(named & {t.attribute, *(n for n, _ in t.also), *(n for n, _ in t.follows)})
            for t in self.parts.life.transitions
        ])  # fmt: skip
        self._moves_frailty = {
            item.key
            for item in model.specification.interventions
            if any(move.factor == "frailty" for move in getattr(item, "moves", ()))
        }
        parts = self.parts
        tools = risk_tools(
            model.specification, self.residents, parts.demand, parts.life, parts.key,
            int(national.scalar("risk_list_months")),
        )  # fmt: skip
        self.interventions = Programmes(
            model.specification, self.residents, self.calendar_start, parts.key, model.settings.scale,
            self._set_also, parts.ranked, population_key(model.world.seed), tools, parts.curves,
            model.settings.months,
        )  # fmt: skip
        self._recent: dict[str, deque[IntArray]] = {
            name: deque() for name in ("admissions_12m", "attendances_12m", DELAYED_STEPS)
        }
        first = -int(national.scalar("burn_in_months"))
        self._history = UseHistory(self.parts.demand.recent, self.residents, first)
        self._outcomes = Outcomes.nothing()
        self._delayed_in_ed = np.zeros(0, np.int64)
        n = self.residents.size
        self._exits = (np.array([n]), np.array([np.inf]))
        self._status = np.zeros(n, np.uint8)
        self._events = MonthEvents.nothing()
        strata = model.recorder.strata
        cells = np.arange(strata.n_cells)
        neighbourhood, council, _, _, band = np.unravel_index(cells, strata.shape)
        self._cells = needs_kernel.CellTables(
            neighbourhood=neighbourhood.astype(np.int64), age_band=band.astype(np.int64),
            kind=(council * N_AGE_BANDS + band).astype(np.int64),
        )  # fmt: skip
        self._arrivals = self._buffers(self._expected_flow() * _ROOM)
        self._found = 0
        self._sought = np.zeros((n, len(self.parts.pooled)), np.uint8)
        self.arriving = Arriving(model, self._cells.kind)
        network = parts.care.network
        _, self._place_code = place_codes(network.node_names, network.kinds_of_care)
        self._straight_in = StraightIn(parts, self._cells, self.calendar_start, national, self._met_outside)

    # ------------------------------------------------------------------------------------ phases
    def birthdays(self) -> None:
        """Those whose birthday falls in this month change age, and with it levels of ranked risk factors."""
        residents = self.residents
        if residents.month > 0:  # who has this birthday at the start has the count of that age
            self.parts.held.let_go(residents, self.calendar_start + residents.month, self.parts.key)
        self._age(birthday_rows(residents.birth_month[: residents.size], residents.month))

    def _age(self, rows: IntArray) -> None:
        residents = self.residents
        self.interventions.ranks.read(rows, residents.month)
        refresh_strata(residents, rows, len(self.model.world.area.council_keys))

    def entries(self) -> None:
        """Births and in-migrants of the month are registered from its first instant."""
        rows = self.parts.entrants[self.residents.month]
        self.residents.columns[rows, self.residents.column_of["status"]] = REGISTERED
        self._age(rows)
        path = self.parts.smoking.prevalence
        key = population_key(self.model.world.seed)
        move_in(self.residents, rows, float(path[self.residents.month] / path[0]), key)
        self._history.enter(rows, self.residents.month)
        self.parts.life.start(rows, self.residents.month)
        self.model.life_observer.entered(rows, self.parts.births[rows])

    def care_acts_on_residents(self) -> None:
        """Last month's care changes residents: recent use, delays, care home, where they are."""
        outcome, admitted = self._outcomes, self._outcomes.admitted_from_ed
        for name, rows in (
            ("admissions_12m", outcome.discharged),
            ("attendances_12m", outcome.attended),
            (DELAYED_STEPS, np.repeat(outcome.discharged, self.feedback.steps(outcome.delayed_days))),
        ):
            self._count_recent(name, rows)
        self._history.remember(outcome.discharged, outcome.attended)
        self.feedback.mark_delay(self.residents, self._delayed_in_ed, admitted, outcome.ed_minutes)
        self._delayed_in_ed = admitted
        if CARE_HOME in self.feedback.active:
            self.residents.columns[outcome.care_home, self.residents.column_of["care_home"]] = 1
            self.model.recorder.moved(outcome.care_home)
        self._place()

    def _count_recent(self, name: str, rows: IntArray) -> None:
        """Keep counts of the last twelve months: add this month's, take off those a year old."""
        months = self._recent[name]
        column = self.residents.columns[:, self.residents.column_of[name]]
        months.append(rows)
        changed, added = np.unique(rows, return_counts=True)
        column[changed] = np.minimum(_SATURATED, column[changed] + added)
        if len(months) > MONTHS_A_YEAR:
            changed, gone = np.unique(months.popleft(), return_counts=True)
            column[changed] = np.maximum(0, column[changed].astype(np.int64) - gone)

    def _place(self) -> None:
        """Set where each resident is: the node whose place they keep, or home."""
        column = self.residents.columns[: self.residents.size, self.residents.column_of["place"]]
        column[:] = 0
        holding = self.parts.care.state.holding()
        acting = (holding.person_slot >= 0) & (holding.episode & ACTING == ACTING)
        # who keeps two places is at the later one: the order of `holding` depends on other people
        latest = np.flatnonzero(acting)[np.argsort(holding.time_start[acting], kind="stable")]
        column[holding.person_slot[latest]] = self._place_code[holding.node[latest]]

    def programmes(self) -> None:
        """The scenario's programmes reach residents."""
        told = self.interventions.reach(self.residents.month)
        for done in told:
            if done.key in self._moves_frailty:
                refresh_strata(self.residents, done.rows, len(self.model.world.area.council_keys))
            self.model.recorder.programme(
                self.residents.month, done.key, done.rows.size / self.model.settings.scale, done.cost,
                done.further,
            )  # fmt: skip
        self.model.reach_observer.of_month(self.residents.month, self.interventions, told)
        for limit in self.interventions.limited:
            self.model.recorder.limit(
                self.residents.month, limit.key, limit.allowed, limit.used, limit.binding
            )
        for attribute, rows in self.interventions.moved:
            self.parts.life.arm(rows, attribute, self.residents.month)
            self.model.recorder.moved(rows)
        self.arriving.diversions.open_month(self.residents.month, self.interventions.on_list)

    def life_course(self) -> None:
        """Decide the month's transitions; those who die or leave are remembered with their hour."""
        residents, life = self.residents, self.parts.life
        self._status[:] = residents.column("status")
        events = life.advance(residents.month)
        exits = life.of(events, *DEATHS, LEAVES)
        self._leave(events.row[exits], events.fraction[exits])
        changed = np.unique(events.row[self._sets_stratum[events.transition]])
        refresh_strata(residents, changed, len(self.model.world.area.council_keys))
        self._events = events
        self.model.life_observer.events(events, self.causes)

    def _leave(self, rows: IntArray, fraction: npt.NDArray[np.float64]) -> None:
        """Remember who dies or leaves this month, at which hour, in the order of rows and with an end."""
        hours = month_days(self.calendar_start + self.residents.month) * HOURS_A_DAY
        order = np.argsort(rows)
        self._exits = (
            np.append(rows[order], self.residents.size), np.append(fraction[order] * hours, np.inf),
        )  # fmt: skip

    def needs(self) -> None:
        """Draw the month's needs into the buffers; pooled contacts are served by their slots."""
        residents = self.residents
        month = residents.month
        calendar_month = self.calendar_start + month
        classes = self.parts.demand.of_month(month)
        strata = self.model.recorder.strata
        pooled = np.zeros((len(self.parts.demand.classes), strata.n_cells), np.int64)
        days = np.zeros((pooled.shape[0], len(strata.neighbourhoods), month_days(calendar_month)), np.int64)
        excess = self._history.excess(month)
        while True:
            pooled[:], days[:], self._sought[:] = 0, 0, 0
            found, full = needs_kernel.generate(
                month, self.calendar_start, self._status, residents.stratum[: residents.size], excess,
                residents.cell, residents.person, self._exits, self.parts.copies, classes,
                residents.reached, self._cells, self._arrivals, pooled, days, self._sought,
                self.parts.key,
            )  # fmt: skip
            if not full:
                break
            self._arrivals = self._buffers(2 * self._arrivals.hour.size)
        self._found = int(found)
        self._serve_pooled(month, calendar_month, pooled, days)
        tell_contacts(self.model, month, self._sought)

    def _serve_pooled(self, month: int, calendar_month: int, pooled: IntArray, days: IntArray) -> None:
        scale = self.model.settings.scale
        observer = self.model.care_observer
        for j, service in self.parts.pooled.items():
            need = self.parts.demand.classes[j]
            added = self.parts.demand.contacts_per_stay[need.key] * observer.stays_ended
            if need.key == CONTACTS:
                contacts = self.interventions.contacts(month, added.size) / scale
                contacts = contacts + self.arriving.diversions.contacts(added.size)
                added = added + contacts
                observer.planned.add_contacts("int_contacts", contacts)
            here = np.bincount(self._cells.neighbourhood, added, minlength=days.shape[1])
            measures = service.serve_month(
                days[j] / scale, weekdays(calendar_month), month, here.astype(np.float64)
            )
            observer.planned.add_contacts(need.measure, pooled[j] / scale + added)
            if month >= 0:
                self.model.recorder.node(month, service.name, measures)

    def open_network(self) -> None:
        """Give the network the month's tables, places, arrivals and removals."""
        month, residents = self.residents.month, self.residents
        care = self.parts.care
        start = self.model.minute
        hours = month_days(self.calendar_start + month) * HOURS_A_DAY
        care.state.tables = self.parts.changes.tables(month)
        care.set_month(month, start, start + hours * MINUTES_AN_HOUR)
        arrivals = needs_kernel.first_of(self._arrivals, self._found)
        inside = arrivals.node != OUTSIDE
        away = ~inside & (arrivals.copy == 0)
        brought = self.parts.demand.recent.brought
        self._met_outside(arrivals.row[away], brought, arrivals.need_class[away], arrivals.episode[away])
        if month >= 0:
            self.model.life_observer.sought(arrivals, self.parts.demand.classes)
        rows = arrivals.row[inside]
        of_residents = (
            start + arrivals.hour[inside] * MINUTES_AN_HOUR, arrivals.node[inside], arrivals.kind[inside],
            arrivals.priority[inside], rows, residents.person[rows],
            episode_of(arrivals.episode[inside], arrivals.copy[inside]),
        )  # fmt: skip
        life = self.parts.life
        died = life.of(self._events, *DEATHS)
        last_days = self._straight_in.last_days(
            self._events.row[died], self._events.fraction[died], start, month
        )
        emergencies: list[tuple[int | npt.NDArray[np.integer], Arrivals]] = [
            (arrivals.need_class[inside].astype(np.int64), of_residents),
            *((ONSET_CODE, group) for group in self._straight_in.onsets(self._events, start, month)),
            *((LAST_DAYS_CODE, group) for group in last_days),
        ]
        groups = self.arriving.of_month(month, start, emergencies, self._status, self._exits)
        groups += self.parts.visitors.arrivals(month, start)
        # at once: the network sorts all who are announced each time that some are added
        announced = [np.concatenate(parts) for parts in zip(*groups, strict=True)]
        self.model.care_observer.urgent.remember(*announced)
        care.state.add_arrivals(*announced)
        gone = life.of(self._events, *DEATHS, LEAVES)
        rows = self._events.row[gone]
        self.model.care_observer.leaving.lived(self._events, life, month, start, hours * MINUTES_AN_HOUR)
        care.state.add_removals(
            start + self._events.fraction[gone] * hours * MINUTES_AN_HOUR, rows,
            np.where(died[gone], DEATH, DEPARTURE),
        )  # fmt: skip

    def _met_outside(
        self, rows: Integers, brought: npt.NDArray[np.float64], which: Integers, code: Integers
    ) -> None:
        """Keep what needs that are met outside the area do to residents: recent use knows no border."""
        band = self._cells.age_band[self.residents.cell[rows]]
        occasion = self.calendar_start + self.residents.month
        self._history.met_outside(rows, brought[:, which, band], code, occasion, self.parts.key)

    def close(self) -> None:
        """Count the month in the network and keep what it did to residents for the next boundary."""
        month = self.residents.month
        days = month_days(self.calendar_start + month)
        first = self.model.minute - days * MINUTES_A_DAY
        self._outcomes = self.model.care_observer.close_month(
            month, first, self.model.minute, self.residents.cell, month >= 0
        )
        found, elsewhere = self._outcomes, self.parts.demand.recent.elsewhere
        self._met_outside(found.left_area, elsewhere, found.left_from, found.left_episode)
        self.model.use_observer.close_month(month, self._outcomes.attended)
        self.arriving.close_month(month)

    # ------------------------------------------------------------------------------------ burn-in
    def burn_in(self, minutes: float, kept: BurntIn | None = None) -> None:
        """Bring queues and recent use to their state at the start; the population is held as it is then.

        The waiting list is first filled with people who have waited as published, by letting them join while
        nobody is served. Nobody is born, moves or dies; stand-ins have the needs of those who would have
        died. Where the burn-ins of other units are `kept`, it starts from that of one like this.
        """
        if self.model.settings.care and kept is not None:
            kept.bring(self.model, lambda: self._burn_in_care(minutes))
        elif self.model.settings.care:
            self._burn_in_care(minutes)
        self.residents.month = 0
        self.model.minute = 0.0
        self.parts.life.start(np.flatnonzero(self.residents.registered), 0)

    def _burn_in_care(self, minutes: float) -> None:
        residents, care = self.residents, self.parts.care
        lists = care.nodes_of(*SLOT_CARE)
        care.close(list(lists))
        first_arrivals(self.model, self._cells, -minutes)
        care.state.advance(-minutes)
        self.model.minute = -minutes
        months = int(self.model.world.national.scalar("burn_in_months"))
        for month in range(-months, 0):
            residents.month = month
            self.care_acts_on_residents()
            self._status[:] = residents.column("status")
            born = residents.birth_month[: residents.size] > month
            self._status[born] = ABSENT
            self._events = stand_ins(self.model, self._status, month)
            died = self.parts.life.of(self._events, *DEATHS)
            self._leave(self._events.row[died], self._events.fraction[died])
            self.needs()
            self.open_network()
            self.model.minute += month_days(self.calendar_start + month) * MINUTES_A_DAY
            care.state.advance(self.model.minute)
            self.close()

    # ------------------------------------------------------------------------------------ buffers
    def _expected_flow(self) -> float:
        residents, demand = self.residents, self.parts.demand
        flows = np.array([not need.pooled for need in demand.classes])
        a_year = demand.rates[flows].sum(axis=0)[residents.stratum[: residents.size]]
        return float((a_year * self.parts.copies).sum() / MONTHS_A_YEAR) * 2.0

    def _buffers(self, size: float) -> needs_kernel.Arrivals:
        least = (
            needs_kernel.MOST_A_MONTH * len(self.parts.demand.classes) * (int(self.parts.copies.max()) + 1)
        )
        n = int(size) + 2 * least
        return needs_kernel.room_for(n)
