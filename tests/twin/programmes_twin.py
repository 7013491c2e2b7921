"""Programmes of the slow twin: one resident at a time is found, offered, accepts, and is moved."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from sim.health.frailty_score import class_moves
from sim.interventions.specification import CohortProgramme, Effect, Eligibility, PopulationEffect, Uptake
from sim.kernels.randomness import stream_key
from tests.twin.resident_twin import REGISTERED, ResidentTwin, uniform, words

if TYPE_CHECKING:
    from tests.twin.month_twin import MonthTwin
    from tests.twin.shared_tables import Factor

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
        """Let every programme in force find and offer; returns the rows that each reached."""
        year, index = divmod(self.model.shared.calendar_start + month, 12)
        found = {}
        for number, item in enumerate(self.items):
            in_force = item.share_in_force(f"{year:04d}-{index + 1:02d}")
            if in_force > 0.0:
                offer = self.offer if isinstance(item, CohortProgramme) else self.apply_to_all
                found[item.key] = [one.row for one in offer(number, month, in_force)]
            elif number in self.since:  # an effect on the population ends for everybody
                del self.since[number]
                for resident in self.model.residents:
                    resident.reached.pop(number, None)
        return found

    def apply_to_all(self, number: int, month: int, in_force: float) -> list[ResidentTwin]:
        """Everybody eligible is under the effect since its first month."""
        first = self.since.setdefault(number, month)
        fresh = [
            resident
            for resident in self.model.residents
            if self.admits(self.items[number].eligible, resident, month) and number not in resident.reached
        ]
        for resident in fresh:
            resident.reached[number] = first
        return fresh

    def offer(self, number: int, month: int, in_force: float) -> list[ResidentTwin]:
        """Offer to those eligible whom it did not reach lately; the first who accept take the places."""
        item, shared = self.items[number], self.model.shared
        admitted = [one for one in self.model.residents if self.admits(item.eligible, one, month)]
        candidates = [one for one in admitted if self.may_be_offered(item, number, one, month)]
        accept = acceptance(item.uptake, [resident.quintile for resident in candidates])
        a_year = 1.0 if item.offered_per_year is None else min(item.offered_per_year.value, _CERTAIN)
        offered = 1.0 if item.offered_per_year is None else -math.expm1(math.log1p(-a_year) / 12)
        occasion = shared.calendar_start + month
        willing = []
        for resident in candidates:
            draw = words(shared.key, resident.person, occasion, stream_key(f"programme/{item.key}"))
            offers, accepts, turn, moves = (uniform(word) for word in draw)
            if offers < offered * in_force and accepts < accept[resident.quintile]:
                willing.append((turn, resident, moves))
        if item.monthly_capacity is not None:
            willing.sort(key=lambda one: one[0])
            willing = willing[: round(item.monthly_capacity.value * in_force * shared.scale)]
        for _, resident, moves in willing:
            resident.reached[number] = month
            self.move(item, resident, moves, month)
            resident.read_ranks(month)
            if any(change.factor == "frailty" for change in item.moves):
                resident.refresh(month)
        return sorted((resident for _, resident, _ in willing), key=lambda one: one.row)

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
                    if lasts < change.reverts_per_year.value / 12 * (month - reached):
                        continue
                found.append(after - before)
        return found

    def admits(self, rule: Eligibility, resident: ResidentTwin, month: int) -> bool:
        """Whether a resident is registered and passes every filter."""
        age = (month - resident.birth_month) // 12
        conditions = [getattr(resident, name) for name in self.model.shared.conditions]
        quintiles = tuple(str(quintile) for quintile in rule.quintiles)
        named = (
            ("sex", rule.sexes), ("quintile", quintiles), ("frailty", rule.frailty),
            ("neighbourhood", rule.neighbourhoods), ("council", rule.councils), *rule.risk_factors,
        )  # fmt: skip
        return (
            resident.status == REGISTERED
            and rule.age_from <= age
            and (age <= rule.age_to or rule.age_to >= 110)
            and all(not levels or self.label(resident, name) in levels for name, levels in named)
            and (not rule.conditions or any(getattr(resident, name) for name in rule.conditions))
            and sum(code > 0 for code in conditions) >= rule.conditions_at_least
            and (rule.care_home is None or bool(resident.care_home) == rule.care_home)
            and resident.admissions_12m >= rule.recent_admissions_at_least
            and resident.attendances_12m >= rule.recent_attendances_at_least
        )

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
                    ratio *= strength(self.items[number], effect, month - reached)
        return ratio

    def ratio_of_need(self, resident: ResidentTwin, answers: tuple[str, ...], month: int) -> float:
        """The same for a class of needs, which answers to some classes of use."""
        ratio = 1.0
        for number, reached in resident.reached.items():
            for effect in self.items[number].effects:
                if effect.on == "need" and effect.key in answers:
                    ratio *= strength(self.items[number], effect, month - reached)
        return ratio


def strength(item: CohortProgramme | PopulationEffect, effect: Effect, since: int) -> float:
    """Multiplier some months after a resident was reached: it grows on the log scale and may end."""
    ramp = effect.ramp_months
    if isinstance(item, PopulationEffect):
        ramp = max(ramp, item.ramp_months)
    months = since - effect.starts_after_months
    if months < 0 or (effect.lasts_months is not None and months >= effect.lasts_months):
        return 1.0
    share = min(1.0, (months + 1) / ramp) if ramp else 1.0
    return effect.multiplier.value ** ((1.0 - item.already_delivered) * share)


def acceptance(uptake: Uptake, quintiles: list[int]) -> list[float]:
    """Chance of accepting by quintile, with the stated mean over those given: bisection on the log odds."""
    mean = uptake.mean.value
    if not quintiles or mean <= 0.0 or mean >= 1.0:
        return [mean] * 5
    low, high = -50.0, 50.0

    def chance(level: float, quintile: int) -> float:
        return 1.0 / (1.0 + math.exp(-level) / uptake.ratio_by_quintile[quintile])

    for _ in range(_HALVINGS):
        middle = (low + high) / 2.0
        if sum(chance(middle, quintile) for quintile in quintiles) < mean * len(quintiles):
            low = middle
        else:
            high = middle
    return [chance(low, quintile) for quintile in range(5)]
