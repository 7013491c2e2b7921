"""One resident of the slow twin: a Mesa agent with plain attributes, who decides their own life course.

The rules, each a method here
    1. Age counts completed years; age band, cell and stratum of use follow it only when they are refreshed:
       at birthdays, on entry, and when frailty or a condition changes.
    2. Risk factors that follow a rank (all without transitions of their own) are read anew on entry and at
       each birthday of who is registered:
       the rank is a lasting part and one that is renewed every few years, moved by the national trend up
       to that birthday.
    3. Every transition that one is at risk of has a clock; another's sleeps until one comes to be. Months are
       gone through one by one until the dominating hazard summed since the last candidate, or since one came
       to be at risk, reaches a unit exponential.
    4. A candidate happens with probability (1 - exp(-h)) / (1 - exp(-H)), judged on the month's first state.
    5. Of those that would change one attribute the earliest stays; nothing stays after death or departure.
    6. Deficits of frailty are a count: one more at a time, at a hazard that depends on how many there are;
       the class of frailty is read off it. Before the age of frailty it stops short of the first class, and
       on that birthday those who were held there are given their count.
"""

from __future__ import annotations

import bisect
import math
from typing import TYPE_CHECKING, NamedTuple

import mesa
import numpy as np

from sim.health.transitions import Transition
from sim.kernels.distributions import norm_ppf
from sim.kernels.randomness import philox4x32, stream_key, uniform32
from sim.population.strata import AGE_BAND_STARTS

if TYPE_CHECKING:
    from tests.twin.month_twin import MonthTwin
    from tests.twin.shared_tables import Factor

ABSENT, REGISTERED, DEAD, LEFT = 0, 1, 2, 3
NEVER = None
LET_GO = "frailty.released"
OLDEST = 110
BANDS, QUINTILES, SEXES, FRAILTIES, PROPENSITIES = 7, 5, 2, 4, 8
CONDITION_CLASSES = 4  # none, one, two, three or more


def words(key: tuple[int, int], person: int, occasion: int, stream: int, index: int = 0) -> tuple[int, ...]:
    """Four random words of one decision."""
    counter = (np.uint32(word) for word in (person, occasion, stream, index, *key))
    return tuple(int(word) for word in philox4x32(*counter))


def uniform(word: int) -> float:
    """A word as a number between 0 and 1."""
    return float(uniform32(np.uint32(word)))


class Happening(NamedTuple):
    """A transition that happens to a resident, and when in the month (0 to 1)."""

    process: int
    fraction: float


class ResidentTwin(mesa.Agent):
    """One resident.

    Args:
        model: The twin of the month.
        row: Number of the resident in the tables of the model under test.
        person: Identity for random draws.
        birth_month: Month of birth, counted from the first month of the run.
        copies: How many keyed copies of each need the resident sends.
        attributes: Code of every attribute at the start, by name.
    """

    model: MonthTwin

    def __init__(
        self,
        model: MonthTwin,
        row: int,
        person: int,
        birth_month: int,
        copies: int,
        attributes: dict[str, int],
    ) -> None:
        super().__init__(model)
        self.row = row
        self.person = person
        self.birth_month = birth_month
        self.copies = copies
        for name, code in attributes.items():
            setattr(self, name, code)
        self.clocks: list[int | None] = [NEVER] * len(model.shared.transitions)
        self.reached: dict[int, int] = {}  # programme -> month in which it reached the resident
        self.at_risk = False  # whether clocks run: from entry to death or departure
        self.exit_hour = math.inf  # hour of the present month at which the resident dies or leaves
        self.cell = self.stratum = -1
        self.seen_from = max(birth_month, -model.shared.burn_in_months)  # first month whose use is known
        self.used: dict[str, dict[int, int]] = {"discharge": {}, "attendance": {}}  # times, by month
        self.refresh(0)

    # ------------------------------------------------------------------------------------ who they are
    def age(self, month: int) -> int:
        """Completed years, at most 110."""
        return min(max((month - self.birth_month) // 12, 0), OLDEST)

    def refresh(self, month: int) -> None:
        """Set cell and stratum of use for the age they have now."""
        band = bisect.bisect_right(AGE_BAND_STARTS, self.age(month)) - 1
        councils = self.model.shared.n_councils
        place = self.neighbourhood * councils + self.council
        self.cell = ((place * QUINTILES + self.quintile) * SEXES + self.sex) * BANDS + band
        person = (self.sex * BANDS + band) * QUINTILES + self.quintile
        number = sum(getattr(self, name) > 0 for name in self.model.shared.conditions)
        health = self.frailty * CONDITION_CLASSES + min(number, CONDITION_CLASSES - 1)
        self.stratum = (person * FRAILTIES * CONDITION_CLASSES + health) * PROPENSITIES + self.use_propensity

    @property
    def band(self) -> int:
        """Age band for which the cell was last refreshed."""
        return self.cell % BANDS

    def birthday(self, month: int) -> None:
        """A year older: levels of ranked risk factors of who is registered, cell and stratum."""
        if self.status == REGISTERED:
            self.read_ranks(month)
        shared, held = self.model.shared, self.model.shared.held
        if month > 0 and month - self.birth_month == held.age_months and self.status == REGISTERED:
            if self.frailty_score == held.held_at:
                draw = words(shared.key, self.person, shared.calendar_start + month, stream_key(LET_GO))
                shares = held.upto[self.sex][self.quintile].tolist()
                self.frailty_score = bisect.bisect_right(shares[:-1], uniform(draw[0]))
                self.frailty = int(held.class_of[self.frailty_score])
        self.refresh(month)

    def read_ranks(self, month: int) -> None:
        """Levels of ranked risk factors, with what programmes that reached the resident do to them."""
        for factor in self.model.shared.ranked:
            most = len(self.model.shared.labels[factor.name]) - 1
            level = self.rank_level(factor, month)
            for by in self.model.programmes.rank_moves(self, factor, month):
                level = min(max(level + by, 0), most)
            setattr(self, factor.name, level)

    def rank_level(self, factor: Factor, month: int) -> int:
        """Level that the resident's rank gave them on their last birthday by a month."""
        last_birthday = month - max(month - self.birth_month, 0) % 12
        score = self.rank(factor, self.age(month)) + factor.drift * (last_birthday + 5.5)
        edges = factor.edge[self.sex][self.age(month)][self.quintile]
        return min(bisect.bisect_right(edges, score), len(edges) - 1)

    def rank(self, factor: Factor, age: int) -> float:
        """Normal score of the resident's place among people like them at an age."""
        key, stream = self.model.shared.population_key, factor.stream
        first = words(key, self.person, 0, stream)
        renewals = (age + first[1] % factor.step_years) // factor.step_years
        now = words(key, self.person, 1 + renewals, stream)
        lasting, moving = norm_ppf(uniform(first[0])), norm_ppf(uniform(now[0]))
        return math.sqrt(factor.lasting) * lasting + math.sqrt(1.0 - factor.lasting) * moving

    # ------------------------------------------------------------------------------------ clocks
    def move_in(self, month: int) -> None:
        """Enter the area; a smoker by the start's prevalence may by the trend have stopped or never begun."""
        shared = self.model.shared
        draw = uniform(words(shared.population_key, self.person, 0, stream_key("entrant.smoking"))[0])
        if shared.labels["smoking"][self.smoking] == "current" and draw >= shared.smoking_path[month]:
            level = "never" if self.age(month) < 35 else "ex_3_5"
            self.smoking = shared.labels["smoking"].index(level)
        self.enter(month)

    def enter(self, month: int) -> None:
        """From now on at risk: first candidate month of every transition."""
        self.status = REGISTERED
        self.at_risk = True
        shared = self.model.shared
        for process, stream in enumerate(shared.streams):
            draw = words(shared.key, self.person, shared.calendar_start + month, stream, 1)[3]
            asleep = not self.may_undergo(shared.transitions[process])
            self.clocks[process] = NEVER if asleep else self.next_candidate(process, month, draw)

    def arm(self, attribute: str, first: int, month: int) -> None:
        """An attribute changed in a month: from the first month on at risk of what its new code leads to."""
        shared = self.model.shared
        for process, transition in enumerate(shared.transitions):
            counts = transition.most is not None
            if transition.attribute == attribute and not counts and self.may_undergo(transition):
                occasion = shared.calendar_start + month
                draw = words(shared.key, self.person, occasion, shared.streams[process], 2)[3]
                self.clocks[process] = self.next_candidate(process, first, draw)

    def next_candidate(self, process: int, month: int, word: int) -> int | None:
        """First month from `month` on through which the dominating hazard reaches an exponential draw."""
        age_months = month - self.birth_month
        goal = self.dominating(process, age_months) - math.log(uniform(word))
        while month < self.model.shared.months:
            age_months += 1
            if self.dominating(process, age_months) >= goal:
                return month
            month += 1
        return NEVER

    def dominating(self, process: int, age_months: int) -> float:
        """Dominating hazard summed from birth."""
        shared = self.model.shared
        year = min(age_months // 12, OLDEST)
        whole = shared.bound_sum[process][self.sex][year]
        return whole + (age_months - 12 * year) * shared.bound[process][self.sex][year]

    # ------------------------------------------------------------------------------------ life course
    def live_month(self, month: int) -> list[Happening]:
        """What happens to the resident this month; clocks of tried candidates go on, nothing else changes."""
        if not self.at_risk:
            return []
        happens = []
        for process, clock in enumerate(self.clocks):
            if clock == month:
                shared = self.model.shared
                draw = words(shared.key, self.person, shared.calendar_start + month, shared.streams[process])
                if not self.may_undergo(shared.transitions[process]):
                    self.clocks[process] = NEVER
                    continue
                if self.accepts(process, month, uniform(draw[0])):
                    happens.append(Happening(process, uniform(draw[1])))
                self.clocks[process] = self.next_candidate(process, month + 1, draw[2])
        self.model.competing += len(happens) > 1
        return self.settle(happens)

    def may_undergo(self, transition: Transition) -> bool:
        """Whether the attribute has the code that the transition starts from, or may count further."""
        code: int = getattr(self, transition.attribute)
        return code == transition.from_code if transition.most is None else code < transition.most

    def accepts(self, process: int, month: int, draw: float) -> bool:
        """Whether a candidate is accepted."""
        bound = self.model.shared.bound[process][self.sex][self.age(month)]
        hazard = self.hazard(process, month)
        if hazard >= bound:
            hazard = bound
            self.model.cut[process] += 1
        return draw * -math.expm1(-bound) < -math.expm1(-hazard)

    def hazard(self, process: int, month: int) -> float:
        """Hazard this month: the table's, times the ratios of what the resident is and what reached them."""
        key = self.model.shared.transitions[process].key
        return self.plain_hazard(process, month) * self.model.programmes.ratio_of_transition(self, key, month)

    def plain_hazard(self, process: int, month: int) -> float:
        """Hazard this month without what programmes do to it."""
        shared, age = self.model.shared, self.age(month)
        rate = self.model.base_hazard(process, self.sex, age, self.quintile, month)
        ratio = 1.0
        for modifier in shared.modifiers[process]:
            code = min(getattr(self, modifier.attribute), 15)  # a count may be larger than the table
            ratio *= modifier.ratio[self.sex][age // 5][code]
        rate *= shared.calendar[process][month]
        rate *= min(ratio, shared.ratio_most[process][self.sex][age // 5])
        if process in shared.counted[month // 3]:
            own = shared.counted[month // 3][process][1]
            count = getattr(self, shared.transitions[process].attribute)
            rate *= own[self.sex][age][self.quintile][count]
        return rate

    def settle(self, happens: list[Happening]) -> list[Happening]:
        """Leave out what comes after the end, or after another change of the same attribute."""
        attribute = {one: self.model.shared.transitions[one.process].attribute for one in happens}
        end = min((one.fraction for one in happens if attribute[one] == "status"), default=1.0)
        first = {
            name: min(one.fraction for one in happens if attribute[one] == name)
            for name in set(attribute.values())
        }
        return [one for one in happens if one.fraction <= end and one.fraction == first[attribute[one]]]

    def undergo(self, happens: list[Happening], month: int, hours: int) -> None:
        """Change as decided; who dies or leaves does so at their hour."""
        transitions = [self.model.shared.transitions[one.process] for one in happens]
        for one, transition in zip(happens, transitions, strict=True):
            counts = transition.most is not None
            code = getattr(self, transition.attribute) + 1 if counts else transition.to_code
            setattr(self, transition.attribute, code)
            for name, code_of in transition.follows:
                setattr(self, name, int(code_of[code]))
            if transition.attribute == "status":
                self.at_risk = False
                self.exit_hour = exit_hour(one.fraction, hours)
        changed = [transition.attribute for transition in transitions]
        for transition in transitions:
            for name, code in transition.also:
                changed += [name] if getattr(self, name) != code else []
                setattr(self, name, code)
        for name in changed:
            self.arm(name, month + 1, month)
        named = {transition.attribute for transition in transitions}
        named |= {name for transition in transitions for name, _ in transition.also}
        if named & {"frailty_score", *self.model.shared.conditions}:
            self.refresh(month)

    # ------------------------------------------------------------------------------------ recent use
    def excess(self, event: str, month: int) -> float:
        """By how much discharges or attendances of the last twelve months raise the rate of a need.

        An event counts by months since; a month that nobody saw counts as many events as the stratum has on
        average.
        """
        sizes, expected = self.model.shared.recent[event]
        found = 0.0
        for lag in range(1, 13):
            times: float = self.used[event].get(month - lag, 0)
            if month - lag < self.seen_from:
                times += float(expected[self.stratum])
            found += sizes[lag - 1] * times
        if event == "discharge":
            found *= float(self.model.shared.recent_scale[self.stratum])
        return found

    def count_recent(self, name: str, change: int) -> None:
        """Add to a count of the last twelve months, which stays between 0 and 255."""
        setattr(self, name, min(255, max(0, getattr(self, name) + change)))


def exit_hour(fraction: float, hours: int) -> float:
    """Hour of the month at which somebody is gone."""
    return fraction * hours
