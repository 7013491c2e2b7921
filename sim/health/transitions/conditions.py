"""Onset, moves between states and remission of each condition, with what raises the onset."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace

import numpy as np
import numpy.typing as npt

from sim.health.ages import N_AGES, by_sex_and_age
from sim.health.transitions.declared import FloatArray, Modifier, Transition, flat, grouped, ratio_table
from sim.kernels.life_course import AGE_GROUPS, AGES_A_GROUP
from sim.parameters.national import Condition, National
from sim.population.strata import N_QUINTILES, SEXES

PRESENT = "present"
"""The level of a condition that stands for every state with it."""
_ONE_STATE = 2  # codes of a condition that one has or has not


def condition_transitions(national: National, condition: Condition) -> Iterable[Transition]:
    """Yield onset, moves between states, and remission of a condition."""
    if "incidence" in condition.tables:
        yield _onset(national, condition)
    yield from _state_transitions(national, condition)
    if "remission" in condition.tables:
        yield from _remission(condition)


def _onset(national: National, condition: Condition) -> Transition:
    """Onset: incidence x adjustment x part of the deprivation gradient, normalised by the modifiers."""
    incidence = by_sex_and_age(condition.tables["incidence"])
    if "adjust" in condition.tables:
        incidence = incidence * by_sex_and_age(condition.tables["adjust"], default=1.0)
    barred = [_barred(other) for other in _excluding(national, condition)]
    barred += [_barred_at(national, factor, levels) for factor, levels in condition.onset_not_at.items()]
    return Transition(
        key=condition.key, stream=condition.stream, attribute=condition.key, from_code=0,
        to_code=condition.code(condition.onset_state), hazard=flat(incidence),
        gradient=_gradient(national, condition), cap=national.scalar("risk_ratio_cap"),
        widest_cap=national.scalar("risk_ratio_widest_cap"),
        modifiers=(*_risk_modifiers(national, condition), *barred), normalise="all",
    )  # fmt: skip


def _excluding(national: National, condition: Condition) -> list[str]:
    """Conditions that nobody has beside this one, whichever of the two folders says so."""
    return sorted(
        other.key
        for other in national.conditions.values()
        if other.key in condition.excludes or condition.key in other.excludes
    )


def _barred(other: str) -> Modifier:
    """Return the modifier by which whoever has `other` is not at risk."""
    ratio = ratio_table()
    ratio[:, :, 1:] = 0.0
    return Modifier(attribute=other, ratio=ratio)


def _barred_at(national: National, factor: str, levels: Sequence[str]) -> Modifier:
    """Return the modifier by which the onset comes to nobody at these levels of a risk factor."""
    ratio = ratio_table()
    for level in levels:
        ratio[:, :, national.risk_factors[factor].levels.index(level)] = 0.0
    return Modifier(attribute=factor, ratio=ratio)


def _state_transitions(national: National, condition: Condition) -> Iterable[Transition]:
    """Yield the moves between states that `state_transitions.csv` declares, one a pair of states."""
    table = condition.tables.get("state_transitions")
    if table is None:
        return
    for (before, after), rows in table.groupby(["from_state", "to_state"], sort=True):
        name = f"{before}_to_{after}"
        yield Transition(
            key=f"{condition.key}.{name}", stream=f"{condition.stream}.{name}", attribute=condition.key,
            from_code=condition.code(str(before)), to_code=condition.code(str(after)),
            hazard=flat(by_sex_and_age(rows)), cap=national.scalar("transition_ratio_cap"),
        )  # fmt: skip


def _remission(condition: Condition) -> Iterable[Transition]:
    """Yield remission from every state; a condition of one state has one transition, named as ever."""
    hazard = flat(by_sex_and_age(condition.tables["remission"]))
    for code, state in enumerate(condition.states[1:], start=1):
        name = "remission" if len(condition.states) == _ONE_STATE else f"{state}_remission"
        yield Transition(
            key=f"{condition.key}.{name}", stream=f"{condition.stream}.{name}", attribute=condition.key,
            from_code=code, to_code=0, hazard=hazard, cap=1.0,
        )  # fmt: skip


def with_register_links(national: National, transitions: Iterable[Transition]) -> list[Transition]:
    """Return the transitions, with those that put residents on a register of `joined_by` doing so."""
    joined = {
        name: (condition.key, condition.register.index(True))
        for condition in national.conditions.values()
        for name in condition.joined_by
    }
    return [
        replace(one, also=(*one.also, joined[one.key]))
        if one.key in joined and joined[one.key] not in one.also
        else one
        for one in transitions
    ]


def mortality_ratios(condition: Condition) -> npt.NDArray[np.float32]:
    """Return all-cause hazard ratios of death by sex, five-year age group and code, (2, 23, 16).

    A row of `mortality.csv` without a state is for all of them; one with a state is for that state.
    """
    ratio = ratio_table()
    table = condition.tables.get("mortality")
    if table is None:
        return ratio
    rows = table[table["state"] == ""]
    ratio[:, :, 1:] = grouped(by_sex_and_age(rows, default=1.0))[:, :, None]
    for state, rows in table[table["state"] != ""].groupby("state", sort=True):
        ratio[:, :, condition.code(str(state))] = grouped(by_sex_and_age(rows, default=1.0))
    return ratio


def _gradient(national: National, condition: Condition) -> FloatArray:
    """Return the part of the incidence gradient that modelled risk factors do not carry, (5,)."""
    table = condition.tables.get("gradient")
    if table is None or not (table["measure"] == "incidence_ratio").any():
        return np.ones(N_QUINTILES)
    rows = table[table["measure"] == "incidence_ratio"].sort_values("quintile")
    exponent = national.scalar("deprivation_gradient_share_beside_risk_factors")
    return np.asarray(rows["value"], dtype=np.float64) ** exponent


def _risk_modifiers(national: National, condition: Condition) -> Iterable[Modifier]:
    table = condition.tables.get("relative_risks")
    if table is None:
        return
    for factor, rows in table.groupby("factor", sort=True):
        ratio = ratio_table()
        columns = (rows[name] for name in ("level", "sex", "age_from", "age_to", "value"))
        for level, sex, age_from, age_to, value in zip(*columns, strict=True):
            code = codes_of_level(national, str(factor), str(level))
            sexes = slice(None) if sex == "all" else SEXES.index(str(sex))
            last = AGE_GROUPS if age_to >= N_AGES - 1 else (int(age_to) + 1) // AGES_A_GROUP
            ratio[sexes, int(age_from) // AGES_A_GROUP : last, code] = value
        yield Modifier(attribute=str(factor), ratio=ratio)


def codes_of_level(national: National, factor: str, level: str) -> int | slice:
    """Return the code of a risk factor's level or a condition's state; `present` is every state with it."""
    if factor in national.risk_factors:
        return national.risk_factors[factor].levels.index(level)
    condition = national.conditions.get(factor)
    if condition is not None and level in condition.states[1:] and level != PRESENT:
        return condition.code(level)
    return slice(1, None)
