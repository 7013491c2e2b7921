"""Keeps the prevalence of every condition by age as it is at the start, apart from its published trend.

Prevalence, onset, remission and mortality come from different sources. Put together they would move each
prevalence to another level within years: a start-up transient that looks like a finding. So onsets (or, for a
condition whose onsets are counted, the later steps) are multiplied, by sex and five-year age group, until
at the start the flows into and out of each state balance. For a state with the share X at age a

    flow in - flow out = N (dX/da + g X) + deaths in the state - X x deaths of all,

with g the trend of `trend.csv`: a birth cohort meets the cross-section's share at every age (the illness-death
balance in a steady state). The flows are those of the compiled hazards over the start population, so ratios of
risk factors and the mortality that follows from several conditions at once are in them. Prevalence by age is
therefore built in; onset rates that are published and not used stay independent checks.

Of several flows the ones that a table measures are held: remission where `balanced_by` is onset, onset where
it is leaving. They give way only where the others cannot balance alone.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt
import pandas as pd
from scipy.optimize import lsq_linear

from sim.health.ages import N_AGES, by_sex_and_age
from sim.health.starting_tables import condition_shares
from sim.health.transitions import DEATH_FROM_DELAY, Transition
from sim.kernels.flows import add_deaths, add_flow
from sim.kernels.life_course import AGE_GROUPS, AGES_A_GROUP, CODES, Processes
from sim.parameters.declaration import LEAVING, NOTHING
from sim.parameters.national import Condition, National
from sim.population.residents import DEAD, Residents
from sim.population.strata import MONTHS_A_YEAR, N_QUINTILES, N_SEXES

FloatArray = npt.NDArray[np.float64]
N_GROUPS = N_SEXES * AGE_GROUPS
_HELD, _FREE = 0.05, 30.0  # standard deviations of the multiplier of a held flow, and of one that is free
_UNMET = 0.003  # part of a state's flows that may stay out of balance, beside one person a year
_MOST = 50.0  # largest multiplier
_FEW = 1e-9


@dataclass(frozen=True, kw_only=True)
class Steady:
    """The balanced hazards."""

    transitions: list[Transition]
    processes: Processes
    multipliers: dict[str, FloatArray]
    """By transition: (2, 23) multiplier by sex and five-year age group."""
    flows: dict[str, FloatArray]
    """By transition: (2, 23) people a year before the balance."""

    def table(self) -> pd.DataFrame:
        """Return people a year by transition, before and after, with the range of the multiplier."""
        rows = [
            {
                "transition": key, "before": self.flows[key].sum(), "after": (self.flows[key] * found).sum(),
                "lowest": found.min(), "highest": found.max(),
            }
            for key, found in self.multipliers.items()
        ]  # fmt: skip
        return pd.DataFrame(rows)


def steady(
    national: National, transitions: Sequence[Transition], processes: Processes, residents: Residents
) -> Steady:
    """Return transitions and processes whose hazards keep the starting prevalences.

    Args:
        national: National tables.
        transitions: All transitions.
        processes: The same, compiled on `residents`.
        residents: The start population at full scale, all of it registered; not changed.
    """
    flows = _Flows(national, transitions, processes, residents)
    multipliers: dict[str, FloatArray] = {}
    for condition in national.conditions.values():
        if condition.balanced_by != NOTHING:
            multipliers |= _balance(condition, flows)
    return Steady(
        transitions=[_scaled(one, multipliers.get(one.key)) for one in transitions],
        processes=_scaled_processes(transitions, processes, multipliers),
        multipliers=multipliers,
        flows={key: flows.of(key).reshape(N_SEXES, AGE_GROUPS) for key in multipliers},
    )


class _Flows:
    """Expected flows of the compiled hazards over the start population, a year, by sex and age group."""

    def __init__(
        self, national: National, transitions: Sequence[Transition], processes: Processes,
        residents: Residents,
    ) -> None:  # fmt: skip
        self.national, self.transitions, self.processes = national, transitions, processes
        self.residents = residents
        self.columns = residents.columns[: residents.size]
        self.age = np.clip(residents.age_years, 0, N_AGES - 1).astype(np.int64)
        self.sex = residents.column("sex").astype(np.int64)
        where = residents.column_of
        self._where = (where["sex"], where["quintile"])
        self._reached = residents.reached[: residents.size]
        self._names = list(national.conditions)
        chosen = np.array([where[name] for name in self._names], np.int64)
        dying = [
            p for p, one in enumerate(transitions)
            if one.attribute == "status" and one.to_code == DEAD and one.key != DEATH_FROM_DELAY
        ]  # fmt: skip
        shape = (chosen.size, CODES, N_GROUPS)
        self._people, self._deaths = np.zeros(shape), np.zeros(shape)
        add_deaths(
            self.columns, self.age, self._where, np.array(dying, np.int64), chosen, processes,
            self._reached, self._people, self._deaths,
        )  # fmt: skip
        self.counts = np.zeros((N_SEXES, N_AGES, N_QUINTILES))
        np.add.at(self.counts, (self.sex, self.age, residents.column("quintile").astype(np.int64)), 1.0)
        self._index = {one.key: p for p, one in enumerate(transitions)}
        self._kept: dict[str, FloatArray] = {}

    def of(self, key: str) -> FloatArray:
        """Return people a year to whom a transition happens, (46,)."""
        if key not in self._kept:
            one = self.transitions[self._index[key]]
            self._kept[key] = self._flow(key, one.attribute, one.from_code)
        return self._kept[key]

    def joining(self, key: str, condition: str) -> FloatArray:
        """Return people a year without a condition to whom another attribute's transition happens, (46,)."""
        return self._flow(key, condition, 0)

    def _flow(self, key: str, attribute: str, only: int) -> FloatArray:
        process = self._index[key]
        flow = np.zeros(N_GROUPS)
        where = (*self._where, self.residents.column_of[attribute])
        add_flow(
            self.columns, self.age, where, process, self.transitions[process].from_code, only, self.processes,
            self._reached, flow,
        )  # fmt: skip
        return flow * MONTHS_A_YEAR

    def lost(self, condition: str) -> FloatArray:
        """Return deaths a year in each code less the code's share of all deaths, (CODES, 46)."""
        k = self._names.index(condition)
        people, deaths = self._people[k], self._deaths[k] * MONTHS_A_YEAR
        share = people / np.maximum(people.sum(axis=0), 1.0)
        return np.asarray(deaths - share * deaths.sum(axis=0))

    def needed(self, condition: Condition) -> FloatArray:
        """Return the net flow a year into each state that keeps its share by age on its trend, (S, 46)."""
        shares = condition_shares(condition, dict(self.national.risk_factors), self.counts)
        people = np.maximum(self.counts.sum(axis=2), _FEW)
        prevalence = (shares.share * np.maximum(self.counts, _FEW / N_QUINTILES)).sum(axis=2) / people
        trend = np.zeros((N_SEXES, N_AGES))
        if "trend" in condition.tables:
            trend = by_sex_and_age(condition.tables["trend"])
        number = _by_group(people)
        out = []
        for code, among in enumerate(shares.states, start=1):
            share = prevalence * among
            growing = _by_group(trend * share * people)
            slope = _slope(_by_group(share * people) / number, _by_group(people * np.arange(N_AGES)) / number)
            out.append((number * slope + growing).ravel() + self.lost(condition.key)[code])
        return np.stack(out)


def _by_group(values: FloatArray) -> FloatArray:
    """Sum values by sex and age, (2, 111), over five-year groups, (2, 23)."""
    return np.add.reduceat(values, np.arange(0, N_AGES, AGES_A_GROUP), axis=1)


def _slope(share: FloatArray, age: FloatArray) -> FloatArray:
    """Return the change a year of age of `share` (2, 23), between the neighbours of each group."""
    out = np.zeros_like(share)
    for group in range(AGE_GROUPS):
        before, after = max(group - 1, 0), min(group + 1, AGE_GROUPS - 1)
        out[:, group] = (share[:, after] - share[:, before]) / (age[:, after] - age[:, before])
    return out


def _balance(condition: Condition, flows: _Flows) -> dict[str, FloatArray]:
    """Return the multipliers of a condition's transitions."""
    own = [one for one in flows.transitions if one.attribute == condition.key]
    if not own:
        return {}
    need = flows.needed(condition)
    for one in flows.transitions:
        for attribute, code in one.also:
            if attribute == condition.key:
                need[code - 1] -= flows.joining(one.key, condition.key)
    rates = np.stack([flows.of(one.key) for one in own])
    held = np.array([_is_held(condition, one) for one in own])
    found = np.ones((len(own), N_GROUPS))
    for group in range(N_GROUPS):
        found[:, group] = _solve(own, rates[:, group], need[:, group], held)
    return {one.key: found[p].reshape(N_SEXES, AGE_GROUPS) for p, one in enumerate(own)}


def _is_held(condition: Condition, transition: Transition) -> bool:
    """Whether a transition keeps its table's rate where the others can balance alone."""
    if condition.balanced_by == LEAVING:
        return transition.from_code == 0
    return transition.to_code == 0


def _solve(
    own: Sequence[Transition], rate: FloatArray, need: FloatArray, held: npt.NDArray[np.bool_]
) -> FloatArray:
    """Return the multipliers, at least 0, under which each state gets what it needs, as near as may be."""
    matrix = np.zeros((need.size, len(own)))
    for p, one in enumerate(own):
        if one.from_code:
            matrix[one.from_code - 1, p] -= rate[p]
        if one.to_code:
            matrix[one.to_code - 1, p] += rate[p]
    unmet = 1.0 + _UNMET * np.abs(matrix).sum(axis=1)
    spread = np.where(held, _HELD, _FREE)
    system = np.vstack([matrix / unmet[:, None], np.diag(1.0 / spread)])
    aim = np.concatenate([need / unmet, 1.0 / spread])
    return np.asarray(lsq_linear(system, aim, bounds=(0.0, _MOST)).x)


def _by_age(multiplier: FloatArray) -> FloatArray:
    """Spread a multiplier by group, (2, 23), over single years of age, (2, 111)."""
    return np.repeat(multiplier, AGES_A_GROUP, axis=1)[:, :N_AGES]


def _scaled(transition: Transition, multiplier: FloatArray | None) -> Transition:
    if multiplier is None:
        return transition
    return replace(transition, hazard=transition.hazard * _by_age(multiplier)[:, :, None])


def _scaled_processes(
    transitions: Sequence[Transition], processes: Processes, multipliers: dict[str, FloatArray]
) -> Processes:
    """Return the processes with base and dominating hazards multiplied."""
    base, bound = processes.base.copy(), processes.bound.copy()
    for p, one in enumerate(transitions):
        if one.key in multipliers:
            by_age = _by_age(multipliers[one.key])
            base[p] *= by_age[:, :, None]
            bound[p] *= by_age
    zero = np.zeros((len(transitions), N_SEXES, 1))
    bound_sum = np.concatenate([zero, np.cumsum(bound * MONTHS_A_YEAR, axis=2)], axis=2)
    return processes._replace(base=base, bound=bound, bound_sum=bound_sum)
