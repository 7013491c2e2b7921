"""Every transition of the life course, declared: who is at risk, at which hazard, and what raises it.

A transition changes one coded attribute from one code to another. `sim/health/compiling.py` turns the list
into arrays for `sim/kernels/life_course.py`. To add one, add a row to a table or one function here.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

import numpy as np
import numpy.typing as npt

from sim.health.ages import N_AGES, by_sex_and_age, net_flow, rate, smooth_by_age
from sim.health.feedback import CARE_HOME, DECONDITIONING, DELAYED_STEPS, ED_DELAY, Feedback
from sim.kernels.life_course import AGE_GROUPS, AGES_A_GROUP, CODES
from sim.parameters.national import Condition, National
from sim.population.residents import DEAD, LEFT, REGISTERED
from sim.population.strata import MONTHS_A_YEAR, N_QUINTILES, N_SEXES, SEXES, age_band_of_year

FloatArray = npt.NDArray[np.float64]
DEATH, DEPARTURE = "death", "departure"
DEATH_FROM_DELAY = "death.ed_delay"
DEATHS = (DEATH, DEATH_FROM_DELAY)


@dataclass(frozen=True, kw_only=True)
class Modifier:
    """A ratio that depends on another attribute of the resident."""

    attribute: str
    ratio: npt.NDArray[np.float32]
    """(2, 23, 16) ratio by sex, five-year age group and code."""


@dataclass(frozen=True, kw_only=True)
class Transition:
    """One change that a resident may undergo."""

    key: str
    """How scenarios name it: a condition, `factor.transition`, `death`, `departure`."""
    stream: str
    """Name of its random stream."""
    attribute: str
    from_code: int
    to_code: int
    hazard: FloatArray
    """(2, 111, 5) hazard a year by sex, age and quintile, before gradient and modifiers."""
    gradient: FloatArray = field(default_factory=lambda: np.ones(N_QUINTILES))
    """(5,) ratios by quintile, normalised together with the modifiers."""
    cap: float
    """Largest ratio of anybody's hazard to the mean."""
    modifiers: tuple[Modifier, ...] = ()
    normalise: str = "none"
    """`all`: divided by the mean ratio of sex and age; `quintile`: of sex, age and quintile; `none`."""
    also: tuple[tuple[str, int], ...] = field(default=())
    """Attributes set to a code when it happens."""


def flat(hazard: FloatArray) -> FloatArray:
    """Spread a hazard by sex and age, (2, 111), over quintiles."""
    return np.repeat(hazard[:, :, None], N_QUINTILES, axis=2)


def ratio_table() -> npt.NDArray[np.float32]:
    """Return a table of ratios of one, (2, 23, 16)."""
    return np.ones((N_SEXES, AGE_GROUPS, CODES), np.float32)


def grouped(by_age: FloatArray) -> npt.NDArray[np.float32]:
    """Return values of five-year age groups, (2, 23), as means of single years, (2, 111)."""
    padded = np.concatenate(
        [by_age, np.repeat(by_age[:, -1:], AGE_GROUPS * AGES_A_GROUP - N_AGES, axis=1)], axis=1
    )
    means: npt.NDArray[np.float32] = (
        padded.reshape(N_SEXES, AGE_GROUPS, AGES_A_GROUP).mean(axis=2).astype(np.float32)
    )
    return means


def all_transitions(
    national: National, area_hazards: Mapping[str, FloatArray], feedback: Feedback
) -> list[Transition]:
    """Return the transitions of the model.

    Args:
        national: National tables.
        area_hazards: `death` (2, 111, 5) and `departure` (2, 111, 5) a year, and `care_home` (2, 111).
        feedback: What care does to residents; `death` is without the deaths that it brings.
    """
    treated = _blood_pressure_rates(national)
    found: list[Transition] = []
    for condition in national.conditions.values():
        found += _condition_transitions(national, condition, treated)
    found += _smoking(national)
    found += _blood_pressure(national, treated)
    found += _frailty(national, feedback)
    found.append(_care_home(national, area_hazards["care_home"], feedback))
    found += _exits(national, area_hazards)
    found.append(_death_from_delay(feedback))
    return found


def _condition_transitions(
    national: National, condition: Condition, treated: Mapping[tuple[int, int], FloatArray]
) -> Iterable[Transition]:
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
    if condition.key in _EXCLUSIVE:
        barred = ratio_table()
        barred[:, :, 1] = 0.0
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
    """Return the register's onset rate less those who join it because treatment starts."""
    pressure = _level_prevalence(national, "blood_pressure")
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
            code = _code(national, str(factor), str(level))
            sexes = slice(None) if sex == "all" else SEXES.index(str(sex))
            last = AGE_GROUPS if age_to >= N_AGES - 1 else (int(age_to) + 1) // AGES_A_GROUP
            ratio[sexes, int(age_from) // AGES_A_GROUP : last, code] = value
        yield Modifier(attribute=str(factor), ratio=ratio)


def _code(national: National, factor: str, level: str) -> int:
    if factor in national.risk_factors:
        return national.risk_factors[factor].levels.index(level)
    return 1


def _smoking(national: National) -> Iterable[Transition]:
    """Starting, quitting, relapse, and the passing of years since quitting (rate 1 / width of the level)."""
    factor = national.risk_factors["smoking"]
    table = factor.tables["transitions"]
    for (before, after), rows in table.groupby(["from_level", "to_level"], sort=True):
        hazard = flat(by_sex_and_age(rows))
        gradient = factor.tables.get("transition_gradient")
        if gradient is not None:
            chosen = gradient[(gradient["from_level"] == before) & (gradient["to_level"] == after)]
            if len(chosen):
                hazard = hazard * chosen.sort_values("quintile")["value"].to_numpy()[None, None, :]
        name = f"smoking.{before}_to_{after}"
        yield Transition(
            key=name, stream=name, attribute="smoking",
            from_code=factor.levels.index(before), to_code=factor.levels.index(after),
            hazard=hazard,
            cap=national.scalar("transition_ratio_cap") if before == "current" else _cap(str(after)),
        )  # fmt: skip


def _cap(after: str) -> float:
    """Return the cap of a change that nobody's risks raise: the passing of time, or relapse and starting."""
    return 2.0 if after == "current" else 1.0


def _level_prevalence(national: National, key: str) -> list[FloatArray]:
    """Return the share at each level of a risk factor by sex and age, each (2, 111), smooth in age."""
    factor = national.risk_factors[key]
    table = factor.tables["prevalence"]
    found = [smooth_by_age(table[table["level"] == level]) for level in factor.levels]
    rest = np.sum(found[1:], axis=0)
    return [1.0 - rest, *found[1:]]


def _blood_pressure_rates(national: National) -> dict[tuple[int, int], FloatArray]:
    """Return hazards a year between levels of blood pressure that keep HSE prevalences as they are by age.

    Levels: 0 normal, 1 raised and untreated, 2 treated and controlled, 3 treated and not controlled. Net
    flows follow from the slopes; the loss of control is a parameter and regaining it balances the books.
    """
    share = _level_prevalence(national, "blood_pressure")
    rises = np.maximum(0.0, -net_flow(share[0]))
    starts = np.maximum(0.0, rises - net_flow(share[1]))
    lost = np.full_like(share[0], national.scalar("blood_pressure_control_lost_per_year"))
    regained = np.maximum(0.0, lost * share[2] - net_flow(share[3]))
    return {
        (0, 1): rate(rises, share[0]),
        (1, 2): rate(starts, share[1]),
        (2, 3): lost,
        (3, 2): rate(regained, share[3]),
    }


def _blood_pressure(national: National, rates: Mapping[tuple[int, int], FloatArray]) -> Iterable[Transition]:
    levels = national.risk_factors["blood_pressure"].levels
    for (before, after), hazard in rates.items():
        name = f"blood_pressure.{levels[before]}_to_{levels[after]}"
        treated = (before, after) == (1, 2)
        yield Transition(
            key=name, stream=name, attribute="blood_pressure", from_code=before, to_code=after,
            hazard=flat(hazard), cap=national.scalar("transition_ratio_cap") if treated else 2.0,
            also=(("hypertension", 1),) if treated else (),
        )  # fmt: skip


def _frailty(national: National, feedback: Feedback) -> Iterable[Transition]:
    """Progress of the electronic frailty index through its classes that keeps prevalences by age."""
    table = national.tables["frailty_prevalence"]
    share = [smooth_by_age(table[table["level"] == level]) for level in ("mild", "moderate", "severe")]
    levels = [1.0 - sum(share, np.zeros_like(share[0])), *share]
    above = [np.sum(levels[k + 1 :], axis=0) for k in range(3)]
    gradient = _frailty_gradient(national)
    # a condition that shortens life is a deficit of the index; one that does not is none
    deficits = [condition for condition in national.conditions.values() if "mortality" in condition.tables]
    modifiers = [_per_condition(national, condition) for condition in deficits]
    mean = feedback.mean_ratio(DECONDITIONING)
    for k, name in enumerate(("mild", "moderate", "severe")):
        hazard = rate(np.maximum(0.0, net_flow(above[k])), levels[k]) / mean
        yield Transition(
            key=f"frailty.{name}", stream=f"frailty.{name}", attribute="frailty", from_code=k, to_code=k + 1,
            hazard=flat(hazard), gradient=gradient, cap=national.scalar("transition_ratio_cap"),
            modifiers=(*modifiers, _delayed(feedback, DECONDITIONING)), normalise="all",
        )  # fmt: skip


def _per_condition(national: National, condition: Condition) -> Modifier:
    """Return the ratio by which one condition raises the hazard of the next class of frailty."""
    ratio = ratio_table()
    ratio[:, :, 1] = national.scalar("frailty_ratio_per_condition")
    return Modifier(attribute=condition.key, ratio=ratio)


def _frailty_gradient(national: National) -> FloatArray:
    table = national.tables["frailty_gradient"]
    rows = table[table["level"] == "onset"].sort_values("quintile")
    return np.asarray(rows["value"], dtype=np.float64) if len(rows) else np.ones(N_QUINTILES)


def _delayed(feedback: Feedback, name: str) -> Modifier:
    """Return the ratio by days of delayed discharge in the last twelve months."""
    ratio = ratio_table()
    ratio[:, :] = feedback.ratio(name)
    return Modifier(attribute=DELAYED_STEPS, ratio=ratio)


def _care_home(national: National, hazard: FloatArray, feedback: Feedback) -> Transition:
    return Transition(
        key="care_home.entry", stream="care_home.entry", attribute="care_home", from_code=0, to_code=1,
        hazard=flat(hazard / feedback.mean_ratio(CARE_HOME)), cap=national.scalar("transition_ratio_cap"),
        modifiers=(_delayed(feedback, CARE_HOME),),
    )  # fmt: skip


def _death_from_delay(feedback: Feedback) -> Transition:
    """Return death in the month after an admission that waited long in A&E, by age and class of delay."""
    harm = feedback.harm_per_month
    worst = harm.max(axis=1)
    ratio = ratio_table()
    ratio[:, :, : harm.shape[1]] = 0.0
    if worst.any():
        group = age_band_of_year()[np.minimum(AGES_A_GROUP * np.arange(AGE_GROUPS), N_AGES - 1)]
        ratio[:, :, : harm.shape[1]] = (harm / np.maximum(worst, np.finfo(float).tiny)[:, None])[group]
    hazard = np.repeat((worst * MONTHS_A_YEAR)[None, age_band_of_year()], N_SEXES, axis=0)
    return Transition(
        key=DEATH_FROM_DELAY, stream=DEATH_FROM_DELAY, attribute="status", from_code=REGISTERED, to_code=DEAD,
        hazard=flat(hazard), cap=1.0, modifiers=(Modifier(attribute=ED_DELAY, ratio=ratio),),
    )  # fmt: skip


def _exits(national: National, hazards: Mapping[str, FloatArray]) -> Iterable[Transition]:
    yield Transition(
        key=DEATH, stream=DEATH, attribute="status", from_code=REGISTERED, to_code=DEAD,
        hazard=hazards[DEATH], cap=national.scalar("risk_ratio_cap"),
        modifiers=tuple(_mortality_modifiers(national)), normalise="quintile",
    )  # fmt: skip
    yield Transition(
        key=DEPARTURE, stream=DEPARTURE, attribute="status", from_code=REGISTERED, to_code=LEFT,
        hazard=hazards[DEPARTURE], cap=1.0,
    )  # fmt: skip


def _mortality_modifiers(national: National) -> Iterable[Modifier]:
    """Hazard ratios of death by condition, each raised to `multimorbidity_mortality_shrink`.

    Published all-cause ratios of single conditions are not adjusted for each other; the exponent keeps their
    product from counting shared deaths twice.
    """
    exponent = national.scalar("multimorbidity_mortality_shrink")
    for condition in national.conditions.values():
        if "mortality" in condition.tables:
            ratio = ratio_table()
            ratio[:, :, 1] = grouped(by_sex_and_age(condition.tables["mortality"], default=1.0)) ** exponent
            yield Modifier(attribute=condition.key, ratio=ratio)
