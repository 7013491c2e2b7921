"""Programmes that reach residents one by one: who is eligible, who is offered, who accepts, what it moves.

Every decision is keyed by resident, calendar month and the intervention's own stream, so that changing one
programme changes who is reached by no other, and a programme without effect changes nothing at all.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np
import numpy.typing as npt

from sim.health.ranked import Ranked
from sim.interventions.rank_moves import RankMoves
from sim.interventions.specification import (
    CohortProgramme,
    Effect,
    Eligibility,
    LevelMove,
    PopulationEffect,
    ScenarioSpecification,
    Uptake,
)
from sim.kernels.draws import keyed_uniforms
from sim.kernels.randomness import stream_key
from sim.parameters.errors import InputError
from sim.population.residents import NOT_REACHED, Residents
from sim.population.strata import MONTHS_A_YEAR, N_QUINTILES

FloatArray = npt.NDArray[np.float64]
Mask = npt.NDArray[np.bool_]


@dataclass(frozen=True, kw_only=True)
class Curve:
    """One effect as the kernels need it."""

    on: str
    """Key of the transition, or of the need class of the tables."""
    need: bool
    """Whether it multiplies a need."""
    reached: int
    """Column of `Residents.reached`."""
    multiplier: FloatArray
    """Multiplier by months since the resident was reached; the last one holds for ever."""


@dataclass(kw_only=True)
class ReachedThisMonth:
    """What a programme did in one month."""

    key: str
    rows: npt.NDArray[np.int64]
    cost: Mapping[str, float] = field(default_factory=dict)
    """Pounds by payer."""


def curves_of(scenario: ScenarioSpecification, months: int) -> list[Curve]:
    """Return every effect of a scenario on transitions and needs as a curve over months since reached."""
    found = []
    for column, intervention in enumerate(reaching(scenario)):
        departure = 1.0 - intervention.already_delivered
        own_ramp = intervention.ramp_months if isinstance(intervention, PopulationEffect) else 0
        for effect in intervention.effects:
            found.append(
                Curve(
                    on=_target(effect),
                    need=effect.on == "need",
                    reached=column,
                    multiplier=effect_curve(effect, departure, max(own_ramp, effect.ramp_months), months),
                )
            )
    return found


def reaching(scenario: ScenarioSpecification) -> list[CohortProgramme | PopulationEffect]:
    """Return the interventions that reach residents, in the order of their columns."""
    return [item for item in scenario.interventions if isinstance(item, CohortProgramme | PopulationEffect)]


def _target(effect: Effect) -> str:
    if effect.on != "mortality":
        return effect.key
    return "death" if effect.key == "all" else f"death.{effect.key}"


def effect_curve(effect: Effect, departure: float, ramp_months: int, months: int) -> FloatArray:
    """Return multiplier ** (departure x share in force) by months since reached, (n,).

    The share in force grows linearly on the log scale over the ramp, from `starts_after_months`, and is
    zero again after `lasts_months`. A multiplier of one gives ones exactly.
    """
    length = max(months, effect.starts_after_months + ramp_months) + 2
    since = np.arange(length) - effect.starts_after_months
    share = (
        np.clip((since + 1.0) / max(1, ramp_months), 0.0, 1.0) if ramp_months else (since >= 0).astype(float)
    )
    if effect.lasts_months is not None:
        share[since >= effect.lasts_months] = 0.0
    return np.asarray(effect.multiplier.value ** (departure * share), dtype=np.float64)


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
    """

    def __init__(
        self,
        scenario: ScenarioSpecification,
        residents: Residents,
        calendar_start: int,
        key: npt.NDArray[np.uint32],
        scale: float,
        set_also: Mapping[tuple[str, int, int], tuple[tuple[str, int], ...]],
        ranked: Ranked,
        population_key: npt.NDArray[np.uint32],
    ) -> None:
        self.items = reaching(scenario)
        self.ranks = RankMoves(self.items, residents, ranked, calendar_start, key, population_key)
        refuse_moves(scenario.name, self.items, tuple(self.ranks.factors))
        self.residents = residents
        self.calendar_start = calendar_start
        self.key = key
        self.scale = scale
        self.set_also = set_also
        self._since: list[int | None] = [None] * len(self.items)  # first month of each population effect
        self.moved: list[tuple[str, npt.NDArray[np.int64]]] = []
        """Attributes that were moved this month, and the rows of those moved."""

    def reach(self, month: int) -> list[ReachedThisMonth]:
        """Let every programme find and offer in one month; returns what each did."""
        year, index = divmod(self.calendar_start + month, MONTHS_A_YEAR)
        label = f"{year:04d}-{index + 1:02d}"
        done = []
        self.moved = []
        for column, item in enumerate(self.items):
            in_force = item.share_in_force(label)
            if in_force <= 0.0:
                if self._since[column] is not None:
                    self.residents.reached[: self.residents.size, column] = NOT_REACHED
                    self._since[column] = None
                continue
            rows = (
                self._cohort(item, column, month, in_force)
                if isinstance(item, CohortProgramme)
                else (self._population(item, column, month))
            )
            done.append(
                ReachedThisMonth(key=item.key, rows=rows, cost=_costs(item, rows.size / self.scale, in_force))
            )
        return done

    def contacts(self, month: int, n_cells: int) -> FloatArray:
        """Return the community contacts that programmes add in a month, (cells,), of the residents kept."""
        residents = self.residents
        total = np.zeros(n_cells)
        for column, item in enumerate(self.items):
            if isinstance(item, CohortProgramme) and item.contacts is not None:
                reached = residents.reached[: residents.size, column].astype(np.int64)
                since = month - reached
                followed = (reached != NOT_REACHED) & (since >= 0) & (since < item.contacts_months)
                rows = np.flatnonzero(followed & residents.registered)
                each = item.contacts.value / item.contacts_months * (1.0 - item.already_delivered)
                total += np.bincount(residents.cell[rows], minlength=total.size) * each
        return total

    def _population(self, item: PopulationEffect, column: int, month: int) -> npt.NDArray[np.int64]:
        """Everybody eligible is reached from the first month in which it is in force."""
        residents = self.residents
        fresh = residents.reached[: residents.size, column] == NOT_REACHED
        rows = np.flatnonzero(eligible(residents, item.eligible) & fresh)
        since = self._since[column]
        if since is None:
            since = self._since[column] = month
        residents.reached[rows, column] = since
        return rows

    def _cohort(
        self, item: CohortProgramme, column: int, month: int, in_force: float
    ) -> npt.NDArray[np.int64]:
        residents = self.residents
        mask = eligible(residents, item.eligible)
        reached = residents.reached[: residents.size, column].astype(np.int64)
        again = item.repeat_after_months
        mask &= (
            (reached == NOT_REACHED)
            if again is None
            else (reached == NOT_REACHED) | (month - reached >= again)
        )
        rows = np.flatnonzero(mask)
        if rows.size == 0:
            return rows
        draws = keyed_uniforms(
            residents.person[rows], self.calendar_start + month, self._stream(item.key), self.key
        )
        offer = draws[:, 0] < _offered_a_month(item) * in_force
        quintile = residents.column("quintile")[rows]
        accepts = draws[:, 1] < uptake_by_quintile(item.uptake, quintile)[quintile]
        chosen = np.flatnonzero(offer & accepts)
        if item.monthly_capacity is not None:
            room = round(item.monthly_capacity.value * in_force * self.scale)
            chosen = np.sort(chosen[np.argsort(draws[chosen, 2], kind="stable")[:room]])
        taken = rows[chosen]
        residents.reached[taken, column] = month
        for move in item.moves:
            if move.factor not in self.ranks.factors:
                self._move(move, taken, draws[chosen, 3], 1.0 - item.already_delivered)
        if any(move.factor in self.ranks.factors for move in item.moves):
            self.ranks.read(taken, month)
        return taken

    def _stream(self, key: str) -> int:
        return stream_key(f"programme/{key}")

    def _move(self, move: LevelMove, rows: npt.NDArray[np.int64], draw: FloatArray, departure: float) -> None:
        residents = self.residents
        labels = residents.attributes[move.factor].labels
        before, after = labels.index(move.from_level), labels.index(move.to_level)
        column = residents.column_of[move.factor]
        moved = rows[
            (residents.columns[rows, column] == before) & (draw < move.probability.value * departure)
        ]
        residents.columns[moved, column] = after
        self.moved.append((move.factor, moved))
        for attribute, code in self.set_also.get((move.factor, before, after), ()):
            changed = moved[residents.columns[moved, residents.column_of[attribute]] != code]
            residents.columns[changed, residents.column_of[attribute]] = code
            self.moved.append((attribute, changed))


def _offered_a_month(item: CohortProgramme) -> float:
    """Return the chance that somebody eligible is offered the programme within a month; 1 when not stated."""
    if item.offered_per_year is None:
        return 1.0
    return float(-np.expm1(np.log1p(-min(item.offered_per_year.value, 1.0 - 1e-12)) / MONTHS_A_YEAR))


MOVABLE = ("smoking", "blood_pressure", "statin", "frailty")
"""Attributes that keep a level to which they are moved; factors that follow a rank can be moved as well."""


def refuse_moves(
    scenario: str, items: Sequence[CohortProgramme | PopulationEffect], ranked: Sequence[str]
) -> None:
    """Refuse moves that the model cannot keep; raises InputError.

    Falling back has hazards of its own where levels have transitions (relapse, loss of control), so a second
    one would count it twice; only moves of factors that follow a rank may state it.
    """
    for item in items:
        for move in item.moves if isinstance(item, CohortProgramme) else ():
            if move.factor not in (*MOVABLE, *ranked):
                raise InputError(
                    file=scenario, key=f"{item.key}.moves.factor", found=move.factor,
                    allowed=f"a factor whose level lasts: {', '.join((*MOVABLE, *ranked))}; or act on onset",
                    names=(*MOVABLE, *ranked),
                )  # fmt: skip
            if move.reverts_per_year is not None and move.factor not in ranked:
                raise InputError(
                    file=scenario,
                    key=f"{item.key}.moves.reverts_per_year",
                    found=move.reverts_per_year.value,
                    allowed="nothing: the model's own relapse and loss of control act on those moved",
                )  # fmt: skip


def _costs(item: CohortProgramme | PopulationEffect, reached: float, in_force: float) -> dict[str, float]:
    """Return pounds this month by payer: per person reached, and a twelfth of yearly costs in force."""
    found: dict[str, float] = {}
    for cost in item.costs:
        units = {"person": reached, "year": in_force / MONTHS_A_YEAR}.get(cost.per, 0.0)
        found[cost.payer] = found.get(cost.payer, 0.0) + units * cost.amount.value
    return found


def uptake_by_quintile(uptake: Uptake, quintile: npt.NDArray[np.integer]) -> FloatArray:
    """Return the probability of accepting by quintile, (5,), with the mean over `quintile` as stated.

    logit(p_q) = a + log(ratio_q); a is solved so that the mean over those eligible is the stated mean.
    """
    mean = uptake.mean.value
    if mean <= 0.0 or mean >= 1.0:
        return np.full(N_QUINTILES, mean)
    from scipy.optimize import brentq

    weight = np.bincount(quintile, minlength=N_QUINTILES) / max(1, quintile.size)
    shift = np.log(np.array(uptake.ratio_by_quintile))

    def gap(a: float) -> float:
        return float((weight / (1.0 + np.exp(-a - shift))).sum() - mean * weight.sum())

    centre = np.log(mean / (1.0 - mean))
    reach = np.abs(shift).max() + 1.0
    a = brentq(gap, centre - reach, centre + reach, xtol=1e-12)
    return np.asarray(1.0 / (1.0 + np.exp(-a - shift)))


def eligible(residents: Residents, rule: Eligibility) -> Mask:
    """Return which rows are registered and meet every filter of `rule`."""
    mask = residents.registered.copy()
    if rule.age_from > 0 or rule.age_to < 110:
        age = residents.age_years
        mask &= (age >= rule.age_from) & ((age <= rule.age_to) | (rule.age_to >= 110))
    for name, wanted in (
        ("sex", rule.sexes), ("quintile", tuple(str(q) for q in rule.quintiles)),
        ("neighbourhood", rule.neighbourhoods), ("council", rule.councils), ("frailty", rule.frailty),
        *rule.risk_factors,
    ):  # fmt: skip
        if wanted:
            mask &= _among(residents, name, wanted)
    if rule.conditions:
        mask &= np.logical_or.reduce([residents.column(condition) > 0 for condition in rule.conditions])
    if rule.conditions_at_least:
        mask &= _number_of_conditions(residents) >= rule.conditions_at_least
    if rule.care_home is not None:
        mask &= (residents.column("care_home") > 0) == rule.care_home
    for name, least in (("admissions_12m", rule.recent_admissions_at_least),
                        ("attendances_12m", rule.recent_attendances_at_least)):  # fmt: skip
        if least:
            mask &= residents.column(name) >= least
    return mask


def _among(residents: Residents, name: str, wanted: Sequence[str]) -> Mask:
    labels = residents.attributes[name].labels
    allowed = np.zeros(256, np.bool_)
    allowed[[labels.index(value) for value in wanted]] = True
    return np.asarray(allowed[residents.column(name)])


def _number_of_conditions(residents: Residents) -> npt.NDArray[np.int64]:
    names = residents.condition_names
    total = np.zeros(residents.size, np.int64)
    for name in names:
        total += residents.column(name) > 0
    return total
