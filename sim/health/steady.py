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

from sim.health.ages import N_AGES
from sim.health.condition_flows import N_GROUPS, Flows, aims_of, is_balanced
from sim.health.life import LifeCourse
from sim.health.transitions import Transition
from sim.kernels.life_course import AGE_GROUPS, AGES_A_GROUP, Processes
from sim.parameters.declaration import LEAVING
from sim.parameters.national import Condition, National
from sim.population.residents import Residents
from sim.population.strata import MONTHS_A_YEAR, N_SEXES

FloatArray = npt.NDArray[np.float64]
_HELD, _FREE = 0.05, 30.0  # standard deviations of the multiplier of a held flow, and of one that is free
_UNMET = 0.003  # part of a state's flows that may stay out of balance, beside one person a year
_QUARTERLY_MONTHS = 24
_MOST = 50.0  # largest multiplier


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
        self._aims = aims_of(national, residents)
        self._now = np.ones((len(life.transitions), N_SEXES, AGE_GROUPS))

    def __call__(self, life: LifeCourse, residents: Residents) -> FloatArray:
        """Set the balance of a quarter and return what it multiplies each transition by, (P, 2, 23)."""
        if residents.month >= _QUARTERLY_MONTHS and residents.month % MONTHS_A_YEAR:
            return self._now
        set_balance(life, np.ones((len(life.transitions), N_SEXES, AGE_GROUPS)))
        flows = Flows(self.national, life.transitions, life.processes, residents, self._aims)
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
    flows = Flows(national, transitions, processes, residents, aims_of(national, residents))
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


def _balance(condition: Condition, flows: Flows) -> dict[str, FloatArray]:
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
    from scipy.optimize import nnls

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
