"""Death by cause: competing hazards, each with its own random stream and its own ratios.

Published ratios of a condition, of smoking and of frailty are for all causes of death. With x the excess
(ratio less one), s_c the share of deaths from cause c at that sex and age, and l_c the share of the excess
deaths that is coded to it (`cause_links.csv`, adding up to one), the ratio for the cause is

    RR_c = 1 + x l_c / s_c,        so that   sum over c of s_c RR_c = 1 + x.

Shares are those of all deaths; strictly they should be those of people without the condition, so the ratio
of the cause that a common condition feeds is a little low. A cause without deaths at an age takes no excess
there: its link goes to the others in proportion.

The families of ratios (conditions, cancers, smoking, frailty) are not adjusted for each other, and somebody
with COPD is often a smoker and frail. Each all-cause ratio is therefore raised to an exponent
(`life_course.csv`, `mortality_exponent_*`) such that, on the start population, what the joint model implies
for each family alone agrees with what was published for it (`python -m calibration.mortality_ratios`).
"""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np
import pandas as pd

from sim.health.ages import N_AGES, by_sex_and_age
from sim.health.columns import FRAILTY
from sim.health.transitions.declared import (
    CAUSES,
    DEATHS_BY_CAUSE,
    FloatArray,
    Modifier,
    Transition,
    grouped,
    ratio_table,
)
from sim.parameters.errors import InputError
from sim.parameters.national import Condition, National
from sim.population.residents import DEAD, REGISTERED
from sim.population.strata import N_SEXES, SEXES

LINKS = "mortality/cause_links.csv"
SMOKING = "smoking"
CANCER = "cancer"
"""Group of the conditions that are sites of cancer; their ratios come from survival, not from registers."""
OLD = 65
"""From this age the published ratio of each further condition is that of older people."""
_SLOWEST = "copd"
"""Curve of the excess risk that quitting leaves, for causes other than circulatory ones."""
_WHOLE = 1e-6


def deaths_by_cause(national: National, hazard: FloatArray) -> Iterable[Transition]:
    """Yield death by each cause; the causes' mean hazards add up to `hazard`, (2, 111, 5) a year.

    Raises:
        InputError: A condition, smoking or frailty has a ratio and no causes that its deaths go to.
    """
    shares = cause_shares(national)
    families = _families(national, link_shares(national))
    for c, key in enumerate(DEATHS_BY_CAUSE):
        modifiers = []
        for attribute, excess, links in families:
            ratio = _ratio_of_cause(excess[c], shares, links, c)
            if (ratio != 1.0).any():
                table = ratio_table()
                table[:, :, : ratio.shape[2]] = np.stack(
                    [grouped(ratio[:, :, code]) for code in range(ratio.shape[2])], axis=2
                )
                table[:, :, ratio.shape[2] :] = table[:, :, ratio.shape[2] - 1 : ratio.shape[2]]
                modifiers.append(Modifier(attribute=attribute, ratio=table))
        yield Transition(
            key=key, stream=key, attribute="status", from_code=REGISTERED, to_code=DEAD,
            hazard=hazard * shares[c][:, :, None], cap=national.scalar("death_bound_room"),
            modifiers=tuple(modifiers), ratio_most=_largest(national, shares[c]), normalise="causes",
        )  # fmt: skip


def _largest(national: National, share: FloatArray) -> FloatArray:
    """Return the largest ratio of a cause that counts, (2, 23), from its share of deaths (2, 111).

    `risk_ratio_cap` is the largest all-cause ratio within the range of the studies; the cause's ratio is cut
    where it would be if all of that excess went to the cause. Without it the product of four conditions that
    feed a rare cause runs into thousands, and one resident would carry the mean of a cell.
    """
    excess = national.scalar("risk_ratio_cap") - 1.0
    return grouped(1.0 + excess / np.where(share > 0.0, share, 1.0)).astype(np.float64)


Family = tuple[str, list[FloatArray], FloatArray]
"""An attribute, for each cause its all-cause excess (2, 111, codes), and the share that goes to each."""


def _families(national: National, links: dict[str, FloatArray]) -> list[Family]:
    """Return what raises death: every condition with a ratio, smoking, and frailty."""
    found: list[Family] = []
    for condition in national.conditions.values():
        if "mortality" in condition.tables:
            excess = condition_ratio(national, condition) - 1.0
            found.append((condition.key, [excess] * len(CAUSES), links[condition.key]))
    smoking = [smoking_ratio(national, cause) - 1.0 for cause in CAUSES]
    found.append((SMOKING, smoking, links[SMOKING]))
    frailty = frailty_ratio(national) - 1.0
    found.append(("frailty", [frailty] * len(CAUSES), links["frailty"]))
    return found


def _ratio_of_cause(excess: FloatArray, shares: FloatArray, links: FloatArray, c: int) -> FloatArray:
    """Return RR_c, (2, 111, codes), from an all-cause excess; shares (causes, 2, 111), links (causes,)."""
    open_links = np.where(shares > 0.0, links[:, None, None], 0.0)
    total = open_links.sum(axis=0)
    link = np.divide(open_links[c], total, out=np.zeros_like(total), where=total > 0.0)
    part = np.divide(link, shares[c], out=np.zeros_like(link), where=shares[c] > 0.0)
    return np.asarray(1.0 + excess * part[:, :, None])


def condition_ratio(national: National, condition: Condition) -> FloatArray:
    """Return the all-cause ratio of a condition by sex, age and state, (2, 111, states), exponents applied.

    A row without a state is for all with the condition, unless there is one for their state.
    """
    table = condition.tables["mortality"]
    out = np.ones((N_SEXES, N_AGES, len(condition.states)))
    for code, state in enumerate(condition.states[1:], start=1):
        rows = table[table["state"].isin(["", state])].sort_values("state", kind="stable")
        out[:, :, code] = by_sex_and_age(rows, default=1.0)
    if condition.group == CANCER:
        return np.asarray(out ** national.scalar("mortality_exponent_cancer"))
    exponent = np.full(N_AGES, national.scalar("mortality_exponent_condition_under_65"), np.float64)
    exponent[OLD:] = national.scalar("mortality_exponent_condition_65_plus")
    return np.asarray(out ** exponent[None, :, None])


def smoking_ratio(national: National, cause: str) -> FloatArray:
    """Return the all-cause ratio of each level of smoking, (2, 111, levels), exponent applied.

    A former smoker keeps the share of the excess that the published curve leaves in the middle of the level:
    the circulatory curve for circulatory deaths, the slower one of COPD for the others.
    """
    factor = national.risk_factors[SMOKING]
    curve = "cvd" if cause == "circulatory" else _SLOWEST
    current = by_sex_and_age(_level(national, "current"), default=1.0)
    left = {"never": 0.0, "current": 1.0} | remaining_excess(national, curve)
    shape = np.array([left[level] for level in factor.levels])
    excess = current ** national.scalar("mortality_exponent_smoking") - 1.0
    return np.asarray(1.0 + excess[:, :, None] * shape)


def _level(national: National, level: str) -> pd.DataFrame:
    table = national.tables["smoking_mortality"]
    return table[table["level"] == level]


def remaining_excess(national: National, curve: str) -> dict[str, float]:
    """Return the share of a smoker's excess risk left in the middle of each level of ex-smoking."""
    tables = national.risk_factors[SMOKING].tables
    points = tables["excess_risk"]
    points = points[points["curve"] == curve].sort_values("years_since_quitting")
    phases = tables["phases"]
    middle = (phases["years_from"] + phases["years_to"]).to_numpy() / 2.0
    share = np.interp(middle, points["years_since_quitting"], points["value"])
    return dict(zip(phases["level"], map(float, share), strict=True))


def frailty_ratio(national: National) -> FloatArray:
    """Return the all-cause ratio of each class of frailty, (2, 111, 4), exponent applied.

    Published for 65 to 95; older people have the ratio of the last age, younger ones none.
    """
    table = national.tables["frailty_mortality"]
    out = np.ones((N_SEXES, N_AGES, len(FRAILTY)))
    for code, level in enumerate(FRAILTY[1:], start=1):
        rows = table[table["level"] == level]
        of_age = by_sex_and_age(rows, default=1.0)
        last = int(rows["age_to"].max())
        of_age[:, last + 1 :] = of_age[:, last : last + 1]
        out[:, :, code] = of_age
    return np.asarray(out ** national.scalar("mortality_exponent_frailty"))


def cause_shares(national: National) -> FloatArray:
    """Return the share of deaths by cause, sex and age, (causes, 2, 111), in the order of `CAUSES`.

    Raises:
        InputError: The table's causes are not those that the model knows.
    """
    table = national.tables["causes"]
    named = sorted(set(table["cause"]))
    if named != sorted(CAUSES):
        raise InputError(
            file="mortality/causes.csv", key="cause", found=", ".join(named), allowed=", ".join(CAUSES),
            names=CAUSES,
        )  # fmt: skip
    share = np.zeros((len(CAUSES), N_SEXES, N_AGES))
    columns = (table[name] for name in ("sex", "cause", "age_from", "age_to", "value"))
    for sex, cause, first, last, value in zip(*columns, strict=True):
        share[CAUSES.index(str(cause)), SEXES.index(str(sex)), int(first) : int(last) + 1] = value
    return np.asarray(share / share.sum(axis=0))


def link_shares(national: National) -> dict[str, FloatArray]:
    """Return the share of excess deaths that goes to each cause, (causes,), by condition or factor.

    Raises:
        InputError: Something with a ratio has no row, a cause is not one, or shares do not add up to one.
    """
    table = national.tables["cause_links"]
    found: dict[str, FloatArray] = {}
    for name, cause, value in zip(table["condition"], table["cause"], table["value"], strict=True):
        if cause not in CAUSES:
            raise InputError(file=LINKS, key="cause", found=cause, allowed=", ".join(CAUSES), names=CAUSES)
        found.setdefault(str(name), np.zeros(len(CAUSES)))[CAUSES.index(str(cause))] = value
    raised = [key for key, item in national.conditions.items() if "mortality" in item.tables]
    missing = [name for name in (*raised, SMOKING, "frailty") if name not in found]
    if missing:
        raise InputError(
            file=LINKS, key="condition", found=f"no row of {', '.join(missing)}",
            allowed="for everything with a ratio of mortality, the share of its excess deaths by cause",
            names=list(found),
        )  # fmt: skip
    uneven = [f"{name} {share.sum():g}" for name, share in found.items() if abs(share.sum() - 1) > _WHOLE]
    if uneven:
        raise InputError(
            file=LINKS, key="value", found=", ".join(uneven), allowed="shares that add up to 1 for each"
        )
    return found
