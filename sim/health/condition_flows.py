"""Flows into and out of the states of conditions, and what would keep each share by age on its trend."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from sim.health.ages import N_AGES, by_sex_and_age
from sim.health.columns import STATUS
from sim.health.starting_tables import condition_shares
from sim.health.transitions import DEATH_FROM_DELAY, Transition
from sim.kernels.flows import add_deaths, add_flow
from sim.kernels.life_course import AGE_GROUPS, AGES_A_GROUP, CODES, Processes
from sim.parameters.declaration import NOTHING
from sim.parameters.national import Condition, National
from sim.population.residents import DEAD, Residents
from sim.population.strata import MONTHS_A_YEAR, N_QUINTILES, N_SEXES

FloatArray = npt.NDArray[np.float64]
N_GROUPS = N_SEXES * AGE_GROUPS
_PRIOR_PEOPLE, _NEIGHBOURS = 20.0, 2  # weight of neighbouring ages, and how many groups on either side
_FEW = 1e-9


def is_balanced(condition: Condition) -> bool:
    """Whether anything is moved so that a condition's prevalence holds."""
    return condition.balanced_by != NOTHING and "prevalence" in condition.tables


@dataclass(frozen=True, kw_only=True)
class Aim:
    """Where the shares of a condition's states are to stay."""

    share: FloatArray
    """(S, 2, 23) share in each state."""
    slope: FloatArray
    """(S, 2, 23) its change by year of age."""
    trend: FloatArray
    """(2, 23) its relative change by calendar year."""


def aims_of(national: National, residents: Residents) -> dict[str, Aim]:
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


def _aim(national: National, condition: Condition, counts: FloatArray) -> Aim:
    shares = condition_shares(condition, dict(national.risk_factors), counts)
    people = counts.sum(axis=2)
    number, age = _by_group(people), _by_group(people * np.arange(N_AGES))
    cases = (shares.share * counts).sum(axis=2)
    share = np.stack([_by_group(cases * among) / number for among in shares.states])
    trend = np.zeros((N_SEXES, N_AGES))
    if "trend" in condition.tables:
        trend = by_sex_and_age(condition.tables["trend"])
    return Aim(
        share=share,
        slope=np.stack([_slope(one, age / number) for one in share]),
        trend=_by_group(trend * people) / number,
    )


class Flows:
    """Expected flows of hazards as they are over registered residents, a year, by sex and age group."""

    def __init__(
        self, national: National, transitions: Sequence[Transition], processes: Processes,
        residents: Residents, aims: dict[str, Aim],
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
