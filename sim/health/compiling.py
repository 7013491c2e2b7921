"""From declared transitions to the arrays of the life-course kernel, normalised once at the baseline."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TypedDict

import numpy as np
import numpy.typing as npt

from sim.health.ages import N_AGES
from sim.health.competing import compete, joint_divisors, ratios_by_cell, reach
from sim.health.counting import with_counts
from sim.health.grouping import N_CELLS, cell_of_rows, smoothed_mean
from sim.health.transitions import Modifier, Transition
from sim.kernels.life_course import AGE_GROUPS, AGES_A_GROUP, CODES, MAX_ACCEPTED, Processes
from sim.kernels.randomness import check_streams, stream_key
from sim.kernels.ratio_means import competing_ratios, mean_ratio
from sim.population.residents import Residents
from sim.population.strata import MONTHS_A_YEAR, N_QUINTILES, N_SEXES

FloatArray = npt.NDArray[np.float64]


@dataclass(frozen=True, kw_only=True)
class Programme:
    """One effect of one intervention on one transition, as months since the resident was reached."""

    transition: str
    reached: int
    """Which column of `Residents.reached`."""
    curve: FloatArray
    """Multiplier by months since reached; the last value holds for ever."""


class ModifierArrays(TypedDict):
    """The fields of `Processes` that hold modifiers."""

    modifier_first: npt.NDArray[np.int64]
    modifier_column: npt.NDArray[np.int64]
    modifier_table: npt.NDArray[np.float32]


def compile_transitions(transitions: Sequence[Transition], residents: Residents, months: int) -> Processes:
    """Return the kernel's arrays with every hazard normalised on the residents as they are now.

    Args:
        transitions: What may happen.
        residents: The start population at full scale; not changed.
        months: Months of the run: the length of the calendar multipliers, all one.
    """
    check_streams([transition.stream for transition in transitions])
    if len(transitions) > MAX_ACCEPTED:
        raise ValueError(f"{len(transitions)} transitions exceed the kernel's {MAX_ACCEPTED}")
    n = len(transitions)
    base = np.stack([t.hazard * t.gradient for t in transitions]) / MONTHS_A_YEAR
    processes = Processes(
        column=np.array([residents.column_of[t.attribute] for t in transitions], np.int64),
        from_code=np.array([t.from_code for t in transitions], np.uint8),
        to_code=np.array([t.to_code for t in transitions], np.uint8),
        stream=np.array([stream_key(t.stream) for t in transitions], np.uint32),
        base=base,
        bound=np.zeros((n, N_SEXES, N_AGES)),
        bound_sum=np.zeros((n, N_SEXES, N_AGES + 1)),
        calendar=np.ones((n, months)),
        **_modifiers(transitions, residents),
        ratio_most=np.stack([t.ratio_most for t in transitions]),
        programme_first=np.zeros(n + 1, np.int64),
        programme=np.zeros(0, np.int64),
        programme_curve=np.ones((0, 1)),
    )
    divisors = _divisors(transitions, residents, processes)
    caps = np.array([t.cap for t in transitions])[:, None, None]
    bound = base.max(axis=3) * caps
    for p, transition in enumerate(transitions):
        if transition.widest_cap > transition.cap:
            most = bound[p] * transition.widest_cap / transition.cap
            bound[p] = np.clip(_largest(residents, processes, base[p] / divisors[p], p), bound[p], most)
    causes = compete(transitions)
    if causes.size:
        total, count, largest = ratios_by_cell(residents, processes, causes, base[causes].sum(axis=0))
        divisors[causes] = joint_divisors(total, count, base[causes])
        bound[causes] = (base[causes] / divisors[causes]).max(axis=3) * reach(largest) * caps[causes]
    bound_sum = np.concatenate([np.zeros((n, N_SEXES, 1)), np.cumsum(bound * MONTHS_A_YEAR, axis=2)], axis=2)
    processes = processes._replace(base=base / divisors, bound=bound, bound_sum=bound_sum)
    return with_counts(transitions, residents, processes)


def _modifiers(transitions: Sequence[Transition], residents: Residents) -> ModifierArrays:
    """Return the modifiers of all transitions, one after the other."""
    flat: list[Modifier] = [modifier for transition in transitions for modifier in transition.modifiers]
    counts = [len(transition.modifiers) for transition in transitions]
    tables = [modifier.ratio for modifier in flat]
    shape = (N_SEXES, AGE_GROUPS, CODES)
    return {
        "modifier_first": np.concatenate([[0], np.cumsum(counts)]).astype(np.int64),
        "modifier_column": np.array([residents.column_of[m.attribute] for m in flat], np.int64),
        "modifier_table": np.stack(tables) if tables else np.ones((0, *shape), np.float32),
    }


def _divisors(transitions: Sequence[Transition], residents: Residents, processes: Processes) -> FloatArray:
    """Return mean ratios by transition, sex, age and quintile, (P, 2, 111, 5), ones where not asked."""
    sex = residents.column("sex")
    age = np.clip(residents.age_years, 0, N_AGES - 1)
    cell = cell_of_rows(residents)
    out = np.ones((len(transitions), N_SEXES, N_AGES, N_QUINTILES))
    for p, transition in enumerate(transitions):
        if transition.normalise != "all":
            continue
        total, count = mean_ratio(residents.columns[: residents.size], sex, age, cell, N_CELLS, processes, p)
        shape = (N_SEXES, AGE_GROUPS, N_QUINTILES)
        mean = _mean(total.reshape(shape), count.reshape(shape), transition)
        out[p] = np.repeat(mean, AGES_A_GROUP, axis=1)[:, :N_AGES]
    return out


def _largest(residents: Residents, processes: Processes, base: FloatArray, p: int) -> FloatArray:
    """Return the largest hazard at the start by sex and age, (2, 111), of one's own ages or near ones."""
    everybody = np.zeros(residents.size, np.int64)
    age = np.clip(residents.age_years, 0, N_AGES - 1)
    _, _, largest = competing_ratios(
        residents.columns[: residents.size], residents.column("sex"), age, everybody, 1, processes,
        np.array([p]), np.ones(residents.size),
    )  # fmt: skip
    return np.asarray(base.max(axis=2) * reach(largest)[0])


def _mean(total: FloatArray, count: FloatArray, transition: Transition) -> FloatArray:
    """Return mean ratios of sex and age, (2, 23, 5): over quintiles too, weighted by the gradient."""
    total = np.repeat((total * transition.gradient).sum(axis=2, keepdims=True), N_QUINTILES, axis=2)
    count = np.repeat(count.sum(axis=2, keepdims=True), N_QUINTILES, axis=2)
    return smoothed_mean(total, count)
