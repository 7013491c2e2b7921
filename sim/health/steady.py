"""Keeps the prevalence of every condition by age as it is at the start, apart from its published trend.

Prevalence, onset, remission and mortality come from different sources. Put together they would move each
prevalence to another level within years: a start-up transient that looks like a finding. So onsets (or, for a
condition whose onsets are counted, the later steps) are multiplied, by sex and five-year age group, until
at the start the flows into and out of each state balance. For a state with the share X at age a

    flow in - flow out = N (dX/da + g X) + deaths in the state - X x deaths of all,

with g the trend of `trend.csv`: a birth cohort meets the cross-section's share at every age, as in an
illness-death model in a steady state. The flows are those of the compiled hazards, so ratios of
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
from scipy.optimize import nnls

from sim.health.ages import N_AGES, by_sex_and_age
from sim.health.columns import STATUS
from sim.health.life import LifeCourse
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
_PRIOR_PEOPLE, _NEIGHBOURS = 20.0, 2  # weight of neighbouring ages, and how many groups on either side
_QUARTERLY_MONTHS = 24
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


def is_balanced(condition: Condition) -> bool:
    """Whether anything is moved so that a condition's prevalence holds."""
    return condition.balanced_by != NOTHING and "prevalence" in condition.tables


class Keeper:
    """Keeps prevalences on their trend through the pilot, quarter by quarter.

    Who dies first has several conditions, and with them goes part of the mortality that the first balance had
    to make good. So the balance is solved anew every quarter, as the divisors of death are, and every year
    from the third, when little is left to follow.

    Args:
        national: National tables.
        life: The pilot, compiled with balanced hazards.
        residents: Its residents at the start.
    """

    def __init__(self, national: National, life: LifeCourse, residents: Residents) -> None:
        self.national = national
        self._aims = _aims(national, residents)
        self._now = np.ones((len(life.transitions), N_SEXES, AGE_GROUPS))

    def __call__(self, life: LifeCourse, residents: Residents) -> FloatArray:
        """Set the balance of a quarter and return what it multiplies each transition by, (P, 2, 23)."""
        if residents.month >= _QUARTERLY_MONTHS and residents.month % MONTHS_A_YEAR:
            return self._now
        set_balance(life, np.ones((len(life.transitions), N_SEXES, AGE_GROUPS)))
        flows = _Flows(self.national, life.transitions, life.processes, residents, self._aims)
        out = np.ones((len(life.transitions), N_SEXES, AGE_GROUPS))
        for condition in self.national.conditions.values():
            if is_balanced(condition):
                for key, found in _balance(condition, flows).items():
                    out[life.index[key]] = found
        set_balance(life, out)
        self._now = out
        return out


def set_balance(life: LifeCourse, multiplier: FloatArray) -> None:
    """Let the hazards of conditions be those compiled times `multiplier`, (P, 2, 23)."""
    for p, one in enumerate(life.transitions):
        if one.attribute in life.residents.condition_names:
            life.processes.base[p] = life.compiled_base(one.key) * _by_age(multiplier[p])[:, :, None]


def reaching_bounds(processes: Processes, balance: FloatArray) -> Processes:
    """Return processes whose dominating hazards hold for every quarter of a balance, (quarters, P, 2, 23)."""
    most = np.stack([_by_age(one) for one in np.maximum(balance.max(axis=0), 1.0)])
    return _with_bound(processes, processes.bound * most)


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
    return balanced(transitions, processes, *solved(national, transitions, processes, residents))


def solved(
    national: National, transitions: Sequence[Transition], processes: Processes, residents: Residents
) -> tuple[dict[str, FloatArray], dict[str, FloatArray]]:
    """Return multipliers and people a year by transition, each (2, 23); arguments as for `steady`."""
    flows = _Flows(national, transitions, processes, residents, _aims(national, residents))
    multipliers: dict[str, FloatArray] = {}
    for condition in national.conditions.values():
        if is_balanced(condition):
            multipliers |= _balance(condition, flows)
    return multipliers, {key: flows.of(key).reshape(N_SEXES, AGE_GROUPS) for key in multipliers}


def balanced(
    transitions: Sequence[Transition], processes: Processes, multipliers: dict[str, FloatArray],
    flows: dict[str, FloatArray],
) -> Steady:  # fmt: skip
    """Return transitions and processes with the multipliers that were solved, and the flows beside them."""
    return Steady(
        transitions=[_scaled(one, multipliers.get(one.key)) for one in transitions],
        processes=_scaled_processes(transitions, processes, multipliers),
        multipliers=multipliers, flows=flows,
    )  # fmt: skip


@dataclass(frozen=True, kw_only=True)
class _Aim:
    """Where the shares of a condition's states are to stay."""

    share: FloatArray
    """(S, 2, 23) share in each state."""
    slope: FloatArray
    """(S, 2, 23) its change by year of age."""
    trend: FloatArray
    """(2, 23) its relative change by calendar year."""


def _aims(national: National, residents: Residents) -> dict[str, _Aim]:
    """Return the aims of every condition for the residents at the start."""
    counts = np.zeros((N_SEXES, N_AGES, N_QUINTILES))
    rows = residents.registered[: residents.size]
    age = np.clip(residents.age_years[rows], 0, N_AGES - 1)
    sex, quintile = (residents.column(name)[rows].astype(np.int64) for name in ("sex", "quintile"))
    np.add.at(counts, (sex, age, quintile), 1.0)
    counts = np.maximum(counts, _FEW)
    return {
        key: _aim(national, condition, counts)
        for key, condition in national.conditions.items()
        if is_balanced(condition)
    }


def _aim(national: National, condition: Condition, counts: FloatArray) -> _Aim:
    shares = condition_shares(condition, dict(national.risk_factors), counts)
    people = counts.sum(axis=2)
    number, age = _by_group(people), _by_group(people * np.arange(N_AGES))
    cases = (shares.share * counts).sum(axis=2)
    share = np.stack([_by_group(cases * among) / number for among in shares.states])
    trend = np.zeros((N_SEXES, N_AGES))
    if "trend" in condition.tables:
        trend = by_sex_and_age(condition.tables["trend"])
    return _Aim(
        share=share,
        slope=np.stack([_slope(one, age / number) for one in share]),
        trend=_by_group(trend * people) / number,
    )


class _Flows:
    """Expected flows of hazards as they are over registered residents, a year, by sex and age group."""

    def __init__(
        self, national: National, transitions: Sequence[Transition], processes: Processes,
        residents: Residents, aims: dict[str, _Aim],
    ) -> None:  # fmt: skip
        self.transitions, self.processes, self.residents, self.aims = (
            transitions, processes, residents, aims,
        )  # fmt: skip
        where = residents.column_of
        rows = np.flatnonzero(residents.registered[: residents.size])
        self.columns, self._reached = residents.columns[rows], residents.reached[rows]
        self.age = np.clip(residents.age_years[rows], 0, N_AGES - 1).astype(np.int64)
        self._where = (where["sex"], where["quintile"])
        self._names = list(national.conditions)
        chosen = np.array([where[name] for name in self._names], np.int64)
        dying = sorted(
            (
                p
                for p, one in enumerate(transitions)
                if one.attribute == STATUS and one.to_code == DEAD and one.key != DEATH_FROM_DELAY
            ),
            key=lambda p: transitions[p].key,
        )
        shape = (chosen.size, CODES, N_GROUPS)
        self._people, self._deaths = np.zeros(shape), np.zeros(shape)
        add_deaths(
            self.columns, self.age, self._where, np.array(dying, np.int64), chosen, processes,
            self._reached, self._people, self._deaths,
        )  # fmt: skip
        self._number = self._people[0].sum(axis=0)
        self._by_age = np.zeros((N_SEXES, N_AGES))
        np.add.at(self._by_age, (self.columns[:, where["sex"]].astype(np.int64), self.age), 1.0)
        self._index = {one.key: p for p, one in enumerate(transitions)}
        self._kept: dict[str, FloatArray] = {}

    def of(self, key: str) -> FloatArray:
        """Return people a year to whom a transition happens, (46,).

        Of those who leave a state, as many are taken to be in it as are aimed at and not as many as happen
        to be: a rate follows no accident of a small group, and a stock that strays comes back.
        """
        if key not in self._kept:
            one = self.transitions[self._index[key]]
            if one.from_code and not one.modifiers:
                base = self.processes.base[self._index[key]].mean(axis=2) * MONTHS_A_YEAR
                rate = (_by_group(base * self._by_age) / np.maximum(_by_group(self._by_age), _FEW)).ravel()
                self._kept[key] = rate * self.aimed(one.attribute)[one.from_code - 1]
            else:
                self._kept[key] = self._flow(key, one.attribute, one.from_code)
        return self._kept[key]

    def aimed(self, condition: str) -> FloatArray:
        """Return how many people are to be in each state now, (S, 46)."""
        aim = self.aims[condition]
        grown = 1.0 + aim.trend * (self.residents.month / MONTHS_A_YEAR)
        return np.asarray((aim.share * grown).reshape(aim.share.shape[0], N_GROUPS) * self._number)

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
        """Return deaths a year in each state less the state's share of all deaths, (S, 46).

        The ratio of deaths in a state to those of everybody of the sex and ages borrows from neighbouring
        ages, with the weight of 20 people.
        """
        k = self._names.index(condition)
        aimed = self.aimed(condition)
        states = slice(1, 1 + aimed.shape[0])
        together = self._deaths[k].sum(axis=0) * MONTHS_A_YEAR / np.maximum(self._number, 1.0)
        expected = (self._people[k][states] * together).reshape(-1, N_SEXES, AGE_GROUPS)
        found = (self._deaths[k][states] * MONTHS_A_YEAR).reshape(-1, N_SEXES, AGE_GROUPS)
        near = _nearby(found) / np.maximum(_nearby(expected), _FEW)
        prior = _PRIOR_PEOPLE * together.reshape(N_SEXES, AGE_GROUPS)
        ratio = (found + prior * near) / np.maximum(expected + prior, _FEW)
        return np.asarray(aimed * together * (ratio.reshape(aimed.shape) - 1.0))

    def needed(self, condition: Condition) -> FloatArray:
        """Return the net flow a year into each state that keeps its share by age on its trend, (S, 46)."""
        aim = self.aims[condition.key]
        shape = (aim.share.shape[0], N_GROUPS)
        change = (aim.slope + aim.trend * aim.share).reshape(shape)
        return np.asarray(self._number * change + self.lost(condition.key))


def _nearby(values: FloatArray) -> FloatArray:
    """Sum values by age group, the last axis, over the group and two on either side."""
    padded = np.pad(values, ((0, 0), (0, 0), (_NEIGHBOURS, _NEIGHBOURS)))
    return np.asarray(
        np.lib.stride_tricks.sliding_window_view(padded, 2 * _NEIGHBOURS + 1, axis=2).sum(axis=3)
    )


def _by_group(values: FloatArray) -> FloatArray:
    """Sum values by sex and age, (2, 111), over five-year groups, (2, 23)."""
    return np.asarray(np.add.reduceat(values, np.arange(0, N_AGES, AGES_A_GROUP), axis=1))


def _slope(share: FloatArray, age: FloatArray) -> FloatArray:
    """Return the change a year of age of `share` (2, 23), between the neighbours of each group."""
    out = np.zeros_like(share)
    for group in range(AGE_GROUPS):
        before, after = max(group - 1, 0), min(group + 1, AGE_GROUPS - 1)
        out[:, group] = (share[:, after] - share[:, before]) / (age[:, after] - age[:, before])
    return out


def _balance(condition: Condition, flows: _Flows) -> dict[str, FloatArray]:
    """Return the multipliers of a condition's transitions."""
    by_key = sorted(flows.transitions, key=lambda one: one.key)  # sums and the solver round by order
    own = [one for one in by_key if one.attribute == condition.key]
    if not own:
        return {}
    need = flows.needed(condition)
    for one in by_key:
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
    return np.asarray(np.minimum(nnls(system, aim)[0], _MOST))


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
    return _with_bound(processes._replace(base=base), bound)


def _with_bound(processes: Processes, bound: FloatArray) -> Processes:
    """Return the processes with other dominating hazards."""
    zero = np.zeros((bound.shape[0], N_SEXES, 1))
    bound_sum = np.concatenate([zero, np.cumsum(bound * MONTHS_A_YEAR, axis=2)], axis=2)
    return processes._replace(bound=bound, bound_sum=bound_sum)
