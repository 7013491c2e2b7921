"""Programmes of the slow twin: one resident at a time is found, offered, accepts, and is moved."""

from __future__ import annotations

import bisect
import itertools
import math
from collections import Counter
from collections.abc import Callable
from typing import TYPE_CHECKING

from sim.health.frailty_score import class_moves
from sim.interventions.eligibility import ETHNICITIES, core20plus
from sim.interventions.risk import risk_of
from sim.interventions.specification import (
    CohortProgramme,
    Effect,
    Eligibility,
    PopulationEffect,
    Uptake,
    month_number,
)
from sim.interventions.uptake import GROUPS
from sim.kernels.randomness import stream_key
from sim.population.strata import AGE_BAND_STARTS, AGE_BANDS
from tests.twin.limits_twin import LimitsTwin
from tests.twin.resident_twin import REGISTERED, ResidentTwin, uniform, words
from tests.twin.risk_twin import RiskTwin

if TYPE_CHECKING:
    from tests.twin.month_twin import MonthTwin
    from tests.twin.shared_tables import Factor

Group = tuple[str, str, str, str]
"""Quintile, sex, ethnic group and age band."""
_HALVINGS = 200
_CERTAIN = 1.0 - 1e-12


class ProgrammesTwin:
    """The programmes of one scenario.

    Args:
        model: The twin of the month.
    """

    def __init__(self, model: MonthTwin) -> None:
        self.model = model
        kinds = (CohortProgramme, PopulationEffect)
        self.items = [item for item in model.shared.scenario.interventions if isinstance(item, kinds)]
        self.since: dict[int, int] = {}  # population effect -> its first month in force
        self.answers: dict[int, tuple[int, Callable[[Group], float]]] = {}  # cohort -> its year, who accepts
        self.held: dict[int, float] = {}  # share that limits let through this month
        self.risk = RiskTwin(self)
        self.limits = LimitsTwin(self)
        self.also = (
            {(t.attribute, t.from_code, t.to_code): t.also for t in model.shared.transitions if t.also}
            | class_moves(model.shared.national)
            | {  # whose pressure is treated or known is on the register
                ("blood_pressure", before, after): (("hypertension", 1),)
                for before in (0, 1)
                for after in (2, 3, 4)
            }
        )

    # ------------------------------------------------------------------------------------ reaching
    def reach(self, month: int) -> dict[str, list[int]]:
        """Let every programme in force find and offer; returns the rows that each reached.

        All are judged on the month's first state; then limits hold back; then those let through are reached.
        """
        if month % 3 == 0:
            self.risk.draw_up(month)
        label = self.label_of(month)
        found: dict[str, list[tuple[ResidentTwin, float]]] = {}
        for number, item in enumerate(self.items):
            in_force = item.share_in_force(label)
            if in_force > 0.0:
                offer = self.offer if isinstance(item, CohortProgramme) else self.apply_to_all
                found[item.key] = offer(number, month, in_force)
        shares = self.limits.shares(month, found)
        for number, item in enumerate(self.items):
            self.held[number] = shares.get(item.key, 1.0)
            if item.key in found and isinstance(item, CohortProgramme):
                let = int(self.held[number] * len(found[item.key]) + 1e-9)
                found[item.key] = found[item.key][: let if self.held[number] < 1.0 else None]
        self.limits.close(month, found)
        for number, item in enumerate(self.items):
            for resident, moves in sorted(found.get(item.key, []), key=lambda one: one[0].row):
                self.touch(number, resident, moves, month)
        return {key: sorted(one.row for one, _ in reached) for key, reached in found.items()}

    def label_of(self, month: int) -> str:
        """Calendar month of a month of the run, as scenarios write it."""
        year, index = divmod(self.model.shared.calendar_start + month, 12)
        return f"{year:04d}-{index + 1:02d}"

    def apply_to_all(self, number: int, month: int, in_force: float) -> list[tuple[ResidentTwin, float]]:
        """Everybody eligible is under the effect since its first month."""
        self.since.setdefault(number, month)
        return [
            (resident, 0.0)
            for resident in self.model.residents
            if self.admits(self.items[number].eligible, resident, month) and number not in resident.reached
        ]

    def touch(self, number: int, resident: ResidentTwin, moves: float, month: int) -> None:
        """A programme reaches a resident."""
        item = self.items[number]
        if not isinstance(item, CohortProgramme):
            resident.reached[number] = self.since[number]
            return
        resident.reached[number] = month
        self.move(item, resident, moves, month)
        ranked = {factor.name for factor in self.model.shared.ranked}
        if any(change.factor in ranked for change in item.moves):
            resident.read_ranks(month)
        if any(change.factor == "frailty" for change in item.moves):
            resident.refresh(month)

    def offer(self, number: int, month: int, in_force: float) -> list[tuple[ResidentTwin, float]]:
        """Offer to those eligible whom it did not reach lately; the first who accept take the places."""
        item, shared = self.items[number], self.model.shared
        assert isinstance(item, CohortProgramme)
        admitted = [one for one in self.model.residents if self.admits(item.eligible, one, month)]
        start = month_number(item.start)
        year = start + (shared.calendar_start + month - start) // 12 * 12
        if self.answers.get(number, (0, {}))[0] != year:  # levelled when a year of the programme begins
            self.answers[number] = (
                year,
                acceptance(item.uptake, [self.group(one, month) for one in admitted]),
            )
        accept = self.answers[number][1]
        a_year = 1.0 if item.offered_per_year is None else min(item.offered_per_year.value, _CERTAIN)
        offered = 1.0 if item.offered_per_year is None else -math.expm1(math.log1p(-a_year) / 12)
        willing = []
        for resident in admitted:
            if not self.may_be_offered(item, number, resident, month):
                continue
            occasion = shared.calendar_start + month
            draw = words(shared.key, resident.person, occasion, stream_key(f"programme/{item.key}"))
            answer = words(shared.key, resident.person, year, stream_key(f"programme/{item.key}/answer"))
            offers, _, turn, moves = (uniform(word) for word in draw)
            if offers < offered * in_force and uniform(answer[0]) < accept(self.group(resident, month)):
                willing.append((self.place_in_order(item, resident), turn, resident, moves))
        willing.sort(key=lambda one: one[:2])
        return [(resident, moves) for _, _, resident, moves in willing[: self.room(number, month, in_force)]]

    def room(self, number: int, month: int, in_force: float) -> int | None:
        """How many can be taken on: new people a month, and people at once."""
        item, scale = self.items[number], self.model.shared.scale
        assert isinstance(item, CohortProgramme)
        rooms = []
        if item.monthly_capacity is not None:
            rooms.append(round(item.monthly_capacity.value * in_force * scale))
        if item.caseload is not None:
            assert item.stays_months is not None
            followed = self.followed(number, month, item.stays_months)
            rooms.append(max(0, round(item.caseload.value * in_force * scale) - followed))
        return min(rooms, default=None)

    def followed(self, number: int, month: int, stays: int) -> int:
        """How many registered residents were reached less than so many months ago."""
        return sum(
            resident.status == REGISTERED and month - resident.reached[number] < stays
            for resident in self.model.residents
            if number in resident.reached
        )

    def place_in_order(self, item: CohortProgramme, resident: ResidentTwin) -> float:
        """Who comes first when places do not suffice: the least."""
        if item.order == "highest_risk":
            return -self.risk.score(risk_of(item), resident)
        if item.order == "most_deprived":
            return float(resident.decile)
        return -float(resident.admissions_12m + resident.attendances_12m) if item.order == "most_use" else 0.0

    def group(self, resident: ResidentTwin, month: int) -> Group:
        """Labels of the groups between which uptake may differ."""
        age = min(max((month - resident.birth_month) // 12, 0), 110)
        return (
            self.label(resident, "quintile"), self.label(resident, "sex"), ETHNICITIES[resident.ethnic_group],
            AGE_BANDS[bisect.bisect_right(AGE_BAND_STARTS, age) - 1],
        )  # fmt: skip

    def may_be_offered(self, item: CohortProgramme, number: int, resident: ResidentTwin, month: int) -> bool:
        """Not reached before, or long enough ago."""
        if number not in resident.reached:
            return True
        again = item.repeat_after_months
        return again is not None and month - resident.reached[number] >= again

    def move(self, item: CohortProgramme, resident: ResidentTwin, draw: float, month: int) -> None:
        """Move levels of risk factors, with what follows from them."""
        ranked = {factor.name for factor in self.model.shared.ranked}
        for change in [change for change in item.moves if change.factor not in ranked]:
            labels = self.model.shared.labels[change.factor]
            before, after = labels.index(change.from_level), labels.index(change.to_level)
            likely = change.probability.value * (1.0 - item.already_delivered)
            if getattr(resident, change.factor) == before and draw < likely:
                setattr(resident, change.factor, after)
                changed = [change.factor]
                for name, code in self.also.get((change.factor, before, after), ()):
                    changed += [name] if getattr(resident, name) != code else []
                    setattr(resident, name, code)
                for name in changed:
                    resident.arm(name, month, month)

    def rank_moves(self, resident: ResidentTwin, factor: Factor, month: int) -> list[int]:
        """By how many levels programmes have moved a ranked factor, where it has not yet reverted."""
        shared, found = self.model.shared, []
        for number, item in enumerate(self.items):
            reached = resident.reached.get(number)
            for change in item.moves if isinstance(item, CohortProgramme) and reached is not None else ():
                labels = shared.labels[change.factor]
                before, after = labels.index(change.from_level), labels.index(change.to_level)
                name, occasion = f"programme/{item.key}", shared.calendar_start + reached
                draw = uniform(words(shared.key, resident.person, occasion, stream_key(name))[3])
                likely = change.probability.value * (1.0 - item.already_delivered)
                if change.factor != factor.name or draw >= likely:
                    continue
                if resident.rank_level(factor, reached) != before:
                    continue
                if change.reverts_per_year is not None:
                    stream = stream_key(f"{name}/reverts/{factor.name}")
                    lasts = -math.log(uniform(words(shared.key, resident.person, occasion, stream)[0]))
                    since = month - reached - self.delivered(item, reached)
                    if lasts < change.reverts_per_year.value / 12 * since:
                        continue
                found.append(after - before)
        return found

    def delivered(self, item: CohortProgramme, reached: int) -> int:
        """Months of delivery to somebody reached in a month: the stay, or until it is not in force."""
        stays = item.stays_months or 0
        for later in range(1, stays):
            if item.share_in_force(self.label_of(reached + later)) <= 0.0:
                return later
        return stays

    def admits(self, rule: Eligibility, resident: ResidentTwin, month: int) -> bool:
        """Whether a resident is registered and passes every filter."""
        age = (month - resident.birth_month) // 12
        conditions = [getattr(resident, name) for name in self.model.shared.conditions]
        quintiles = tuple(str(quintile) for quintile in rule.quintiles)
        named = (
            ("sex", rule.sexes), ("quintile", quintiles), ("frailty", rule.frailty),
            ("neighbourhood", rule.neighbourhoods), ("council", rule.councils),
            ("inclusion_group", rule.inclusion_groups), *rule.risk_factors, *rule.condition_states,
        )  # fmt: skip
        answers = (("care_home", rule.care_home), ("unpaid_carer", rule.carer), ("disabled", rule.disability))
        return (
            resident.status == REGISTERED
            and rule.age_from <= age
            and (age <= rule.age_to or rule.age_to >= 110)
            and all(not levels or self.label(resident, name) in levels for name, levels in named)
            and all(said is None or bool(getattr(resident, name)) == said for name, said in answers)
            and (not rule.ethnicities or ETHNICITIES[resident.ethnic_group] in rule.ethnicities)
            and (not rule.core20plus or self.is_core20plus(resident))
            and (not rule.conditions or any(getattr(resident, name) for name in rule.conditions))
            and not any(getattr(resident, name) for name in rule.without_conditions)
            and sum(code > 0 for code in conditions) >= rule.conditions_at_least
            and (rule.risk_stratum is None or resident.row in self.risk.listed[rule.risk_stratum])
            and resident.admissions_12m >= rule.recent_admissions_at_least
            and resident.attendances_12m >= rule.recent_attendances_at_least
        )

    def is_core20plus(self, resident: ResidentTwin) -> bool:
        """Whether a resident has any of the levels that make it."""
        return any(self.label(resident, name) in levels for name, levels in core20plus())

    def label(self, resident: ResidentTwin, name: str) -> str:
        """Label of one attribute."""
        return self.model.shared.labels[name][getattr(resident, name)]

    # ------------------------------------------------------------------------------------ effects
    def ratio_of_transition(self, resident: ResidentTwin, key: str, month: int) -> float:
        """What the programmes that reached a resident multiply the hazard of a transition by."""
        ratio = 1.0
        for number, reached in resident.reached.items():
            for effect in self.items[number].effects:
                if effect.on == "mortality":  # death of one cause, or of any; never that of a long wait
                    acts = key.startswith("death.") and key != "death.ed_delay"
                    acts = acts and effect.key in ("all", key.removeprefix("death."))
                else:
                    acts = effect.on != "need" and effect.key == key
                if acts:
                    ratio *= self.strength(number, effect, month - reached, month)
        return ratio

    def ratio_of_need(self, resident: ResidentTwin, answers: tuple[str, ...], month: int) -> float:
        """The same for a class of needs, which answers to some classes of use."""
        ratio = 1.0
        for number, reached in resident.reached.items():
            for effect in self.items[number].effects:
                if effect.on == "need" and effect.key in answers:
                    ratio *= self.strength(number, effect, month - reached, month)
        return ratio

    def strength(self, number: int, effect: Effect, since: int, month: int) -> float:
        """Multiplier in a month, some months after a resident was reached; the share is its exponent."""
        item, months = self.items[number], since - effect.starts_after_months
        if months < 0 or (effect.lasts_months is not None and months >= effect.lasts_months):
            return 1.0
        share = min(1.0, (months + 1) / effect.ramp_months) if effect.ramp_months else 1.0
        if isinstance(item, CohortProgramme):
            stayed = since - item.stays_months + 1 if item.stays_months is not None else 0
            share *= min(left_after(effect, stayed), left_after(effect, self.stopped(item, month)))
        else:
            left = min(self.level(item, effect, month), left_after(effect, self.stopped(item, month)))
            share = min(share, left * self.held[number])
        return effect.multiplier.value ** ((1.0 - item.already_delivered) * share)

    def stopped(self, item: CohortProgramme | PopulationEffect, month: int) -> int:
        """Months since it was last in force in this run; 0 in force, or never so far."""
        for ago in range(month + 1):
            if item.share_in_force(self.label_of(month - ago)) > 0.0:
                return ago
        return 0

    def level(self, item: PopulationEffect, effect: Effect, month: int) -> float:
        """How much of an effect on everybody is delivered, as late as the effect starts.

        Where the effect does not stop with delivery, what was last delivered goes on.
        """
        late = effect.starts_after_months
        for then in range(month - late, -late - 1, -1):
            share = item.share_in_force(self.label_of(then))
            if share > 0.0 or effect.after_stop == "stops":
                return share
        return 0.0


def left_after(effect: Effect, stopped: int) -> float:
    """What is left of an effect some months after the last with delivery; 0 is delivered."""
    if effect.after_stop == "persists" or stopped <= 0:
        return 1.0
    return max(0.0, 1.0 - stopped / effect.fade_months) if effect.after_stop == "fades" else 0.0


def odds(uptake: Uptake, group: Group) -> float:
    """Ratio of odds of a group before the mean is set."""
    ratio = uptake.ratio_by_quintile[int(group[0]) - 1]
    for by, ratios in uptake.ratio_by:
        ratio *= dict(ratios).get(group[("quintile", "sex", "ethnicity", "age_band").index(by)], 1.0)
    return ratio


def acceptance(uptake: Uptake, groups: list[Group]) -> Callable[[Group], float]:
    """Chance of accepting by group, with the stated mean over those given: bisection on the log odds."""
    mean, low, high = uptake.mean.value, -50.0, 50.0
    names = [GROUPS[by] for by in ("quintile", "sex", "ethnicity", "age_band")]
    people = Counter(groups) or Counter(itertools.product(*names))  # where nobody is: one of each
    even = all(odds(uptake, group) == 1.0 for group in itertools.product(*names))
    if mean <= 0.0 or mean >= 1.0 or even:
        return lambda group: mean

    def chance(level: float, group: Group) -> float:
        return 1.0 / (1.0 + math.exp(-level) / odds(uptake, group))

    for _ in range(_HALVINGS):
        middle = (low + high) / 2.0
        if sum(chance(middle, group) * number for group, number in people.items()) < mean * people.total():
            low = middle
        else:
            high = middle
    return lambda group: chance(low, group)
