"""Hazards of a count that grows one at a time, such that its distribution by age stays as it is.

With S_k(a) the share of a sex and quintile that has at least k at age a, p_k = S_k - S_(k+1), m the hazard of
death and m_k that of those with at least k, the net flow from k to k + 1 a person-year is

    F_(k+1) = dS_(k+1)/da + S_(k+1) (m_(k+1) - m),

and the hazard of one more, given k, is F_(k+1) / p_k. Migrants come and go as others of their age are. A
month's chance of one more is a twelfth of the yearly rate, exactly. Modifiers of the hazard are divided by
their mean among those with the same count, sex, quintile and age group: who has a high count has more
conditions too, and dividing by the mean over all would speed up high counts and hold back low ones.

Both means change as the years go by; `sim/health/count_balance.py` follows them.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from sim.health.ages import N_AGES
from sim.health.transitions.declared import DEATHS_BY_CAUSE, Transition
from sim.kernels.life_course import AGE_GROUPS, AGES_A_GROUP, Processes
from sim.kernels.ratio_means import mean_ratio
from sim.population.residents import Residents
from sim.population.strata import MONTHS_A_YEAR, N_QUINTILES, N_SEXES

FloatArray = npt.NDArray[np.float64]
AnyFloat = npt.NDArray[np.floating]
LARGEST_RATE = 1.0
"""Largest hazard a year of one more: above it are counts that hardly anybody of an age has."""
_PRIOR_PEOPLE = 40.0  # a mean of a quintile is drawn towards that of all with the weight of so many people
_FEWER = 8.0  # and that of all towards the count below, which is lower, with so many times less
_RARE = 0.02  # counts that fewer of an age have are cut to the dominating hazard of the others


class Means(NamedTuple):
    """What is measured on residents, to balance one count; of several quarters, with an axis before."""

    excess: AnyFloat
    """(2, 23, 5, most + 2) by sex, age group, quintile and k: (m_k - m) over the declared hazard of death."""
    ratio: AnyFloat
    """(2, 23, 5, most + 1) mean modifiers by sex, age group, quintile and count."""


@dataclass(frozen=True, kw_only=True)
class Count:
    """One counting transition and the distribution that it keeps."""

    place: int
    """Index of its transition."""
    most: int
    cap: float
    share: FloatArray
    """(2, 111, 5, most + 2) share with at least k, for k from 0 to most + 1."""
    factor: FloatArray
    """(2, 111, 5) what multiplies the balanced hazard."""
    deaths: FloatArray
    """(2, 111, 5) declared hazard of death a year."""
    let_go_at: int | None
    """Age at which the shares jump, because something else changes the count."""

    def measure(self, transitions: Sequence[Transition], residents: Residents, processes: Processes) -> Means:
        """Return the means that balance it, of those registered now."""
        attribute = transitions[self.place].attribute
        excess = _excess(self, attribute, transitions, residents, processes)
        by_age = _sums(residents, processes, self.place, attribute, self.most)
        total, count = (_of_groups(table) for table in by_age)
        prior = np.full((N_SEXES, AGE_GROUPS), _PRIOR_PEOPLE / _FEWER)
        pooled = _drawn_down(total.sum(axis=2), count.sum(axis=2), prior)[:, :, None, :]
        ratio = (total + _PRIOR_PEOPLE * pooled) / (count + _PRIOR_PEOPLE)
        return Means(excess, np.asarray(ratio))

    def hazards(self, means: Means) -> tuple[FloatArray, FloatArray, FloatArray]:
        """Return the mean number a month, (2, 111, 5), and the ratio to it by count.

        The ratio comes twice, each (2, 111, 5, most + 1): before and after division by the mean modifiers.
        """
        sooner = _by_age(means.excess) * self.deaths[..., None]
        flow = self._slope() + self.share * sooner
        flow = np.maximum(0.0, flow)[..., 1:] * self.factor[..., None]
        held = self.share[..., :-1] - self.share[..., 1:]
        yearly = np.divide(flow, held, out=np.zeros_like(flow), where=held > 0.0)
        yearly[..., -1] = 0.0
        monthly = -np.log1p(-np.minimum(yearly, LARGEST_RATE) / MONTHS_A_YEAR)
        base = flow[..., :-1].sum(axis=-1) / MONTHS_A_YEAR
        own = np.divide(monthly, base[..., None], out=np.zeros_like(monthly), where=base[..., None] > 0.0)
        return base, own, own / _by_age(means.ratio)

    def _slope(self) -> FloatArray:
        """Return dS/da, taken apart below and from the age at which counts that were held are let go."""
        if self.let_go_at is None:
            return np.asarray(np.gradient(self.share, axis=1))
        parts = (self.share[:, : self.let_go_at], self.share[:, self.let_go_at :])
        return np.concatenate([np.gradient(part, axis=1) for part in parts], axis=1)

    def bound(self, means: Means) -> FloatArray:
        """Return the dominating hazard a month, (2, 111): the largest of any quintile and count not rare."""
        base, own, _ = self.hazards(means)
        met = self.share[..., :-1] - self.share[..., 1:] > _RARE
        largest: FloatArray = np.where(met, own * base[..., None], 0.0).max(axis=(2, 3)) * self.cap
        return largest


def counts_of(transitions: Sequence[Transition], people: FloatArray) -> list[Count]:
    """Return the transitions that count, with the distributions that they keep among people (2, 111, 5)."""
    found = []
    for place, transition in enumerate(transitions):
        if transition.most is not None and transition.survivors is not None:
            deaths = sum(
                (transitions[p].hazard for p in _dying(transitions)),
                np.zeros((N_SEXES, N_AGES, N_QUINTILES)),
            )
            found.append(Count(
                place=place, most=transition.most, cap=transition.cap, factor=transition.hazard,
                share=transition.survivors(people), deaths=deaths, let_go_at=transition.jump_at,
            ))  # fmt: skip
    return found


def _dying(transitions: Sequence[Transition]) -> list[int]:
    """Return where the causes of death are, by key, so that sums over them round alike in any order."""
    where = {one.key: p for p, one in enumerate(transitions)}
    return [where[key] for key in DEATHS_BY_CAUSE if key in where]


def with_counts(transitions: Sequence[Transition], residents: Residents, processes: Processes) -> Processes:
    """Return compiled processes in which those that count have their hazards, balanced on `residents`."""
    counts = counts_of(transitions, _people(residents))
    if not counts:
        return processes
    counting = np.full(len(transitions), -1, np.int64)
    counting[[count.place for count in counts]] = np.arange(len(counts))
    most = np.array([count.most for count in counts], np.uint8)
    shape = (len(counts), N_SEXES, N_AGES, N_QUINTILES, int(most.max()) + 1)
    # before anything is measured: who is at risk of one more depends on it
    processes = processes._replace(counting=counting, most=most, own=np.zeros(shape, np.float32))
    for c, count in enumerate(counts):
        means = count.measure(transitions, residents, processes)
        processes.base[count.place], _, own = count.hazards(means)
        processes.own[c, ..., : count.most + 1] = own
        bound = count.bound(means)
        processes.bound[count.place] = bound
        processes.bound_sum[count.place, :, 1:] = np.cumsum(bound * MONTHS_A_YEAR, axis=1)
    return processes


def _excess(
    count: Count,
    attribute: str,
    transitions: Sequence[Transition],
    residents: Residents,
    processes: Processes,
) -> FloatArray:
    """Return (m_k - m) over the declared hazard of death, (2, 23, 5, most + 2), of hazards as they are now.

    Those with at least k are compared with what is declared for the same sexes, ages and quintiles, since the
    old and the deprived have more of whatever is counted.
    """
    shape = (N_SEXES, N_AGES, N_QUINTILES, count.most + 1)
    hazard, people = np.zeros(shape), np.zeros(shape)
    for p in _dying(transitions):
        total, people = _sums(residents, processes, p, attribute, count.most)
        hazard += total * processes.base[p][..., None] * MONTHS_A_YEAR
    tables = (hazard, people * count.deaths[..., None], people)
    found, declared, here = (np.cumsum(_of_groups(table)[..., ::-1], axis=-1)[..., ::-1] for table in tables)
    all_declared, all_here = (table[..., 0].sum(axis=2) for table in (declared, here))
    prior = _PRIOR_PEOPLE * np.divide(
        all_declared, all_here, out=np.ones_like(all_here), where=all_declared > 0.0
    )
    pooled = _drawn_down(found.sum(axis=2), declared.sum(axis=2), prior / _FEWER)
    prior = prior[..., None, None]
    ratio = (found + prior * pooled[:, :, None, :]) / (declared + prior)
    out = np.zeros((*ratio.shape[:3], count.most + 2))
    out[..., :-1] = ratio - ratio[..., :1]
    return out


def _sums(
    residents: Residents, processes: Processes, process: int, attribute: str, most: int
) -> tuple[FloatArray, FloatArray]:
    """Return summed ratios of a process and people at risk by sex, age, quintile and count, of those here."""
    shape = (N_SEXES, N_AGES, N_QUINTILES, most + 1)
    sex = residents.column("sex").astype(np.int64)
    age = np.clip(residents.age_years, 0, N_AGES - 1)
    where = (sex, age, residents.column("quintile"), np.minimum(residents.column(attribute), most))
    away = int(np.prod(shape))  # a cell of its own for those not registered
    cell = np.where(residents.registered, np.ravel_multi_index(where, shape), away)
    codes = residents.columns[: residents.size]
    found = mean_ratio(codes, sex, age, cell, away + 1, processes, process)
    total, at_risk = (table[:-1].reshape(shape) for table in found)
    return total, at_risk


def _drawn_down(total: FloatArray, count: FloatArray, prior: FloatArray) -> FloatArray:
    """Return total / count along the last axis, each drawn towards the one before it, the first to one."""
    out = np.empty_like(total)
    before = np.ones(total.shape[:-1])
    for k in range(total.shape[-1]):
        before = (total[..., k] + prior * before) / (count[..., k] + prior)
        out[..., k] = before
    return out


def _of_groups(of_age: FloatArray) -> FloatArray:
    """Return sums over five-year age groups: (2, 111, ...) to (2, 23, ...)."""
    room = AGE_GROUPS * AGES_A_GROUP - N_AGES
    padded = np.pad(of_age, [(0, 0), (0, room), *[(0, 0)] * (of_age.ndim - 2)])
    grouped: FloatArray = padded.reshape(N_SEXES, AGE_GROUPS, AGES_A_GROUP, *of_age.shape[2:]).sum(axis=2)
    return grouped


def _by_age(of_group: AnyFloat) -> FloatArray:
    """Return values of five-year age groups, (2, 23, ...), at each age, (2, 111, ...)."""
    return np.asarray(np.repeat(of_group, AGES_A_GROUP, axis=1)[:, :N_AGES], np.float64)


def _people(residents: Residents) -> FloatArray:
    """Return residents by sex, age and quintile, (2, 111, 5)."""
    out = np.zeros((N_SEXES, N_AGES, N_QUINTILES))
    age = np.clip(residents.age_years, 0, N_AGES - 1)
    np.add.at(out, (residents.column("sex"), age, residents.column("quintile")), 1.0)
    return out
