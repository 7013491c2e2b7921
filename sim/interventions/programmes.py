"""Programmes at work: month by month they find residents, offer, and reach those who accept.

A month goes in four steps, each for all programmes before the next begins, so that their order in a scenario
does not matter: who is eligible; who is offered and accepts, within capacity and caseload; what limits hold
back; what changes for those reached.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np
import numpy.typing as npt

from sim.health.ranked import Ranked
from sim.interventions.effects import Curve, CurveTable, Reaching, curves_of, reaching
from sim.interventions.eligibility import EligibilityPass, eligible
from sim.interventions.limits import (
    LimitInMonth,
    Limits,
    Units,
    Wanted,
    contacts_each,
    hours,
    pounds,
    refuse_limits,
    whole_people,
)
from sim.interventions.moves import SetAlso, move_level, refuse_moves
from sim.interventions.rank_moves import RankMoves
from sim.interventions.risk import RiskTools, risk_of
from sim.interventions.specification import (
    CohortProgramme,
    Order,
    RiskOf,
    RiskStratum,
    ScenarioSpecification,
    month_label,
    month_number,
)
from sim.interventions.uptake import COLUMNS, SHAPE, chance_of_accepting, count_groups, odds_ratios
from sim.kernels.randomness import stream_key
from sim.kernels.reach import accept, count_followed
from sim.population.residents import NOT_REACHED, Residents
from sim.population.strata import MONTHS_A_YEAR, age_band_of_year

FloatArray = npt.NDArray[np.float64]
IntArray = npt.NDArray[np.int64]
Mask = npt.NDArray[np.bool_]
FOR_EVER = int(NOT_REACHED)
"""Months of stay of those who are followed for ever."""
USE_COUNTS = ("admissions_12m", "attendances_12m")


@dataclass(kw_only=True)
class ReachedThisMonth:
    """What a programme did in one month."""

    key: str
    rows: IntArray
    cost: Mapping[str, float] = field(default_factory=dict)
    """Pounds by payer."""
    following: float | None = None
    """People followed at once, in the full-size area, where it has a stay."""
    held_back: float = 0.0
    """People whom limits held back, in the full-size area."""
    hours: Mapping[str, float] = field(default_factory=dict)
    """Hours by group of staff, in the full-size area."""

    @property
    def further(self) -> dict[str, float]:
        """What else is recorded, by name, where there is any."""
        found = {f"hours_{group}": worked for group, worked in self.hours.items()}
        if self.following is not None:
            found["following"] = self.following
        if self.held_back > 0.0:
            found["held_back"] = self.held_back
        return found


@dataclass(kw_only=True)
class Chosen:
    """Those whom one programme would reach in a month, first come first."""

    column: int
    item: Reaching
    in_force: float
    rows: IntArray
    moves: FloatArray
    """The keyed number of each that decides on moves."""
    followed: int = 0
    """Residents followed before, where that counts."""
    in_contact: int = 0
    """Residents within their months of contacts before."""


class Programmes:
    """The programmes of one scenario at work on the residents of one run.

    Args:
        scenario: What is to be done.
        residents: To whom.
        calendar_start: Calendar month of month 0.
        key: The two words of `replicate_key`.
        scale: Share of residents kept: capacities are for the full-size area.
        set_also: For moves of a level: (attribute, from code, to code) -> attributes set as well.
        ranked: Risk factors that follow a rank.
        population_key: Key of the synthetic population.
        tools: Who is at high risk, where programmes ask.
        curves: The kernels' tables of effects.
        months: Months of the run.
    """

    def __init__(
        self,
        scenario: ScenarioSpecification,
        residents: Residents,
        calendar_start: int,
        key: npt.NDArray[np.uint32],
        scale: float,
        set_also: SetAlso,
        ranked: Ranked,
        population_key: npt.NDArray[np.uint32],
        tools: RiskTools | None = None,
        curves: Sequence[CurveTable] = (),
        months: int = 0,
    ) -> None:
        self.items = reaching(scenario)
        self.ranks = RankMoves(self.items, residents, ranked, calendar_start, key, population_key, months)
        refuse_moves(scenario.name, self.items, tuple(self.ranks.factors))
        refuse_limits(scenario, self.items)
        self.residents = residents
        self.calendar_start = calendar_start
        self.key = key
        self.scale = scale
        self.set_also = set_also
        self.tools = tools
        self.curves = curves
        self.limits = Limits(scenario.limits)
        lists = () if tools is None else tools.lists
        self._pass = EligibilityPass([item.eligible for item in self.items], residents, lists)
        self._chance: dict[int, FloatArray] = {}
        """By cohort: chance of accepting by group, in the present year of the programme."""
        self._chance_year = [-1] * len(self.items)
        self._first: dict[int, int] = {}
        """By effect on everybody: its first month in force."""
        self._group_columns = np.array([residents.column_of[name] for name in COLUMNS], np.int64)
        self._streams = [
            np.array([stream_key(f"programme/{item.key}"), stream_key(f"programme/{item.key}/answer")],
                     np.uint32)
            for item in self.items
        ]  # fmt: skip
        self.moved: list[tuple[str, IntArray]] = []
        """Attributes that were moved this month, and the rows of those moved."""
        self.limited: list[LimitInMonth] = []
        """How the limits acted this month."""

    # ------------------------------------------------------------------------------------ the month
    def on_list(self, stratum: RiskStratum | None) -> npt.NDArray[np.bool_] | None:
        """Return who is on the list of a risk stratum, (rows,), as last drawn up; None without a stratum."""
        if stratum is None or self.tools is None:
            return None
        return np.asarray(self._pass.listed[self.tools.lists.index(stratum)])

    def admitted(self, column: int) -> Mask:
        """Return who met a programme's rules when it was last in force, by the month's beginning, (rows,)."""
        return self._pass.admitted[column, : self.residents.size]

    def reach(self, month: int) -> list[ReachedThisMonth]:
        """Let every programme find and offer in one month; returns what each did."""
        label = month_label(self.calendar_start + month)
        in_force = [item.share_in_force(label) for item in self.items]
        self.moved, self.limited = [], []
        if self.tools is not None:
            self.tools.draw_up(month, self._pass.listed)
        chosen = self._choose([k for k, share in enumerate(in_force) if share > 0.0], in_force, month)
        wanted = [self._wanted(one, month) for one in chosen]
        shares = self.limits.shares(wanted)
        told, done = [], {}
        for one, want in zip(chosen, wanted, strict=True):
            share = shares[one.item.key]
            units = self._reach(one, want, share, month)
            done[one.item.key] = (one.item, units)
            told.append(
                ReachedThisMonth(
                    key=one.item.key, rows=np.sort(one.rows), cost=pounds(one.item, units),
                    hours=hours(one.item, units), held_back=want.new - one.rows.size / self.scale,
                    following=units.person_month if has_stay(one.item) else None,
                )
            )  # fmt: skip
        self.limited = self.limits.close(done)
        held = {one.column: shares[one.item.key] for one in chosen if shares[one.item.key] < 1.0}
        for table in self.curves:
            table.set_month(month, held)
        return told

    # ------------------------------------------------------------------------------------ who
    def _choose(self, active: list[int], in_force: list[float], month: int) -> list[Chosen]:
        """Return whom each programme in force would reach, by the state at the month's beginning."""
        if not active:
            return []
        admitted = self._pass.judge(active, month)
        found = []
        for column in active:
            item = self.items[column]
            if isinstance(item, CohortProgramme):
                self._set_chance(item, column, admitted[column], month)
                found.append(self._offer(item, column, admitted[column], in_force[column], month))
            else:
                rows = np.flatnonzero(admitted[column])
                rows = rows[self.residents.reached[rows, column] == NOT_REACHED]
                self._first.setdefault(column, month)
                moves = np.zeros(rows.size)
                found.append(
                    Chosen(column=column, item=item, in_force=in_force[column], rows=rows, moves=moves)
                )
        return found

    def _set_chance(self, item: CohortProgramme, column: int, admitted: Mask, month: int) -> None:
        """Level the chance of accepting on those eligible, reached or not, when a programme's year begins."""
        year = self._year_of(item, month)
        if year != self._chance_year[column]:
            ratio, mean = odds_ratios(item.uptake), item.uptake.mean.value
            even = bool(np.all(ratio == 1.0))
            rows = np.flatnonzero(admitted)
            people = np.zeros(SHAPE, np.int64) if even else count_groups(self.residents, rows)
            self._chance_year[column], self._chance[column] = year, chance_of_accepting(mean, ratio, people)

    def _year_of(self, item: CohortProgramme, month: int) -> int:
        """Return the first calendar month of the programme's year in which a month lies."""
        start = month_number(item.start)
        return start + (self.calendar_start + month - start) // MONTHS_A_YEAR * MONTHS_A_YEAR

    def _offer(
        self, item: CohortProgramme, column: int, admitted: Mask, in_force: float, month: int
    ) -> Chosen:
        residents = self.residents
        out, draws = np.empty(admitted.size + 1, np.int64), np.empty((admitted.size, 2))
        found = accept(
            admitted, residents.person, residents.columns, self._group_columns, age_band_of_year(),
            residents.birth_month, residents.reached[:, column], item.repeat_after_months or -1, month,
            offered_a_month(item) * in_force, self._chance[column],
            np.uint32(self.calendar_start + month), np.uint32(self._chance_year[column]),
            self._streams[column], self.key, out, draws,
        )  # fmt: skip
        followed = in_contact = 0
        if has_stay(item) or counts_months(item):
            followed = self._within(column, month, item.stays_months or FOR_EVER)
        if item.contacts is not None and counts_contacts(item):
            in_contact = self._within(column, month, item.contacts_months)
        room = self._room(item, in_force, followed)
        order = self._order(item, out[:found], draws[:found, 0], found if room is None else room)
        return Chosen(
            column=column, item=item, in_force=in_force, rows=out[order], moves=draws[order, 1],
            followed=followed, in_contact=in_contact,
        )  # fmt: skip

    def _within(self, column: int, month: int, months: int) -> int:
        residents = self.residents
        status, reached = residents.column_of["status"], residents.reached[: residents.size]
        return int(count_followed(column, month, months, residents.columns, status, reached))

    def _room(self, item: CohortProgramme, in_force: float, followed: int) -> int | None:
        """Return how many can be taken on this month, None when nothing limits it."""
        rooms = []
        if item.monthly_capacity is not None:
            rooms.append(round(item.monthly_capacity.value * in_force * self.scale))
        if item.caseload is not None:
            rooms.append(max(0, round(item.caseload.value * in_force * self.scale) - followed))
        return min(rooms) if rooms else None

    def _order(self, item: CohortProgramme, rows: IntArray, turn: FloatArray, room: int) -> IntArray:
        """Return positions of those who get the places, in their order; equals take their keyed turns."""
        if room == 0 or rows.size == 0:
            return np.zeros(0, np.int64)
        first = precedence(self.residents, self.tools, item.order, risk_of(item), rows)
        if first is not None:
            return np.lexsort((turn, first))[:room]
        if room >= rows.size:
            return np.argsort(turn, kind="stable")
        within = np.flatnonzero(turn <= np.partition(turn, room - 1)[room - 1])
        return within[np.argsort(turn[within], kind="stable")][:room]

    # ------------------------------------------------------------------------------------ limits
    def _wanted(self, one: Chosen, month: int) -> Wanted:
        year = one.in_force / MONTHS_A_YEAR
        if not isinstance(one.item, CohortProgramme):
            people = one.rows.size / self.scale
            following = people
            if counts_months(one.item):
                following += self._within(one.column, month, FOR_EVER) / self.scale
            scaled = Units(person=people, person_month=following, year=year)
            return Wanted(item=one.item, new=people, each=Units(), committed=Units(), scaled=scaled)
        contacts = contacts_each(one.item)
        return Wanted(
            item=one.item, new=one.rows.size / self.scale,
            each=Units(person=1.0, person_month=1.0, contact=contacts),
            committed=Units(
                person_month=one.followed / self.scale, contact=one.in_contact * contacts / self.scale,
                year=year,
            ),
            scaled=Units(),
        )  # fmt: skip

    # ------------------------------------------------------------------------------------ what changes
    def _reach(self, one: Chosen, want: Wanted, share: float, month: int) -> Units:
        """Reach those whom limits let through, first come first; returns what was done."""
        if not isinstance(one.item, CohortProgramme):
            self.residents.reached[one.rows, one.column] = self._first[one.column]
            return want.scaled.times(share)
        if share < 1.0:
            keep = whole_people(share * one.rows.size)
            one.rows, one.moves = one.rows[:keep], one.moves[:keep]
        item, order = one.item, np.argsort(one.rows)
        rows, draw = one.rows[order], one.moves[order]
        self.residents.reached[rows, one.column] = month
        for move in item.moves:
            if move.factor not in self.ranks.factors:
                likely = draw < move.probability.value * item.departure
                self.moved += move_level(self.residents, move, rows, likely, self.set_also)
        if any(move.factor in self.ranks.factors for move in item.moves):
            self.ranks.read(rows, month)
        return want.committed.plus(want.each.times(rows.size / self.scale))

    def contacts(self, month: int, n_cells: int) -> FloatArray:
        """Return the community contacts that programmes add in a month, (cells,), of the residents kept."""
        total = np.zeros(n_cells)
        for rows, each in self.in_contact(month):
            total += np.bincount(self.residents.cell[rows], minlength=total.size) * each
        return total

    def in_contact(self, month: int) -> Iterator[tuple[IntArray, float]]:
        """Yield for each programme the rows that it is in contact with, and contacts with each."""
        residents = self.residents
        label = month_label(self.calendar_start + month)
        for column, item in enumerate(self.items):
            each = contacts_each(item) * item.departure
            if not isinstance(item, CohortProgramme) or not each or item.share_in_force(label) <= 0.0:
                continue
            reached = residents.reached[: residents.size, column].astype(np.int64)
            since = month - reached
            followed = (reached != NOT_REACHED) & (since >= 0) & (since < item.contacts_months)
            yield np.flatnonzero(followed & residents.registered), each


def precedence(
    residents: Residents, tools: RiskTools | None, order: Order, by: RiskOf, rows: IntArray
) -> FloatArray | None:
    """Return by what people come first, the least first; None where all are equal.

    Args:
        residents: Everybody.
        tools: Scores of risk; needed where `order` is 'highest_risk'.
        order: Who comes first.
        by: The event by whose risk they are ordered.
        rows: (n,) among whom.
    """
    if order == "random":
        return None
    if order == "highest_risk":
        assert tools is not None
        return np.asarray(-tools.scores[by][rows], np.float64)
    if order == "most_deprived":
        return np.asarray(residents.columns[rows, residents.column_of["decile"]], np.float64)
    counts = [residents.columns[rows, residents.column_of[name]].astype(int) for name in USE_COUNTS]
    return np.asarray(-np.sum(counts, axis=0), np.float64)


def offered_a_month(item: CohortProgramme) -> float:
    """Return the chance that somebody eligible is offered the programme within a month; 1 when not stated."""
    if item.offered_per_year is None:
        return 1.0
    return float(-np.expm1(np.log1p(-min(item.offered_per_year.value, 1.0 - 1e-12)) / MONTHS_A_YEAR))


def has_stay(item: Reaching) -> bool:
    """Whether people are followed for some time, and so counted."""
    return isinstance(item, CohortProgramme) and item.stays_months is not None


def paid_by(item: Reaching) -> set[str]:
    """Return the units in which a programme is paid or worked."""
    return {cost.per for cost in item.costs} | {work.per for work in item.staff}


def counts_months(item: Reaching) -> bool:
    """Whether something is paid or worked by the month for each person followed."""
    return "person_month" in paid_by(item)


def counts_contacts(item: Reaching) -> bool:
    """Whether something is paid or worked by the contact."""
    return "contact" in paid_by(item)


__all__ = ["Curve", "Programmes", "ReachedThisMonth", "curves_of", "eligible", "reaching"]
