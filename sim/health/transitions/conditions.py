"""Onset and remission of each condition, with what raises the onset."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

import numpy as np

from sim.health.ages import N_AGES, by_sex_and_age, smooth_by_age
from sim.health.transitions.blood_pressure import pressure_in_balance, undetected_barred
from sim.health.transitions.declared import FloatArray, Modifier, Transition, flat, ratio_table
from sim.kernels.life_course import AGE_GROUPS, AGES_A_GROUP
from sim.parameters.national import Condition, National
from sim.population.strata import N_QUINTILES, SEXES


def condition_transitions(
    national: National, condition: Condition, treated: Mapping[tuple[int, int], FloatArray]
) -> Iterable[Transition]:
    """Yield onset and remission of a condition; `treated` are rates between levels of blood pressure."""
    if "incidence" in condition.tables:
        yield _onset(national, condition, treated)
    if "remission" in condition.tables:
        yield Transition(
            key=f"{condition.key}.remission", stream=f"{condition.stream}.remission", attribute=condition.key,
            from_code=1, to_code=0, hazard=flat(by_sex_and_age(condition.tables["remission"])), cap=1.0,
        )  # fmt: skip


def _onset(
    national: National, condition: Condition, treated: Mapping[tuple[int, int], FloatArray]
) -> Transition:
    """Onset: published incidence x adjustment x part of the deprivation gradient, normalised by modifiers."""
    incidence = by_sex_and_age(condition.tables["incidence"])
    if "adjust" in condition.tables:
        incidence = incidence * by_sex_and_age(condition.tables["adjust"], default=1.0)
    if condition.key == "hypertension":
        incidence = _not_through_treatment(national, condition, incidence, treated)
    modifiers = list(_risk_modifiers(national, condition))
    if condition.key == "hypertension":
        modifiers.append(undetected_barred())
    if condition.key in _EXCLUSIVE:
        barred = ratio_table()
        barred[:, :, 1:] = 0.0
        modifiers.append(Modifier(attribute=_EXCLUSIVE[condition.key], ratio=barred))
    return Transition(
        key=condition.key, stream=condition.stream, attribute=condition.key, from_code=0, to_code=1,
        hazard=flat(incidence), gradient=_gradient(national, condition),
        cap=national.scalar("risk_ratio_cap"), modifiers=tuple(modifiers), normalise="all",
    )  # fmt: skip


_EXCLUSIVE = {"type1_diabetes": "type2_diabetes", "type2_diabetes": "type1_diabetes"}


def _not_through_treatment(
    national: National,
    condition: Condition,
    incidence: FloatArray,
    treated: Mapping[tuple[int, int], FloatArray],
) -> FloatArray:
    """Return the register's onset rate less those who join it because raised pressure is detected."""
    pressure = pressure_in_balance(national)
    prevalence = smooth_by_age(condition.tables["prevalence"])
    starts = treated[1, 2] * pressure[1]
    return np.maximum(0.0, incidence - starts / np.maximum(1e-9, 1.0 - prevalence))


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
            code = _codes(national, str(factor), str(level))
            sexes = slice(None) if sex == "all" else SEXES.index(str(sex))
            last = AGE_GROUPS if age_to >= N_AGES - 1 else (int(age_to) + 1) // AGES_A_GROUP
            ratio[sexes, int(age_from) // AGES_A_GROUP : last, code] = value
        yield Modifier(attribute=str(factor), ratio=ratio)


def _codes(national: National, factor: str, level: str) -> int | slice:
    """Return the code of a risk factor's level; every state with a condition counts as present."""
    if factor in national.risk_factors:
        return national.risk_factors[factor].levels.index(level)
    return slice(1, None)
