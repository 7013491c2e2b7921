"""Risk equations: what a risk factor taken away does at once, and how fast quitting restores risk."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager

import numpy as np
import numpy.typing as npt
import pandas as pd
from scipy.linalg import expm

from calibration.life_course.checks import Check, Target, judged, of_check
from calibration.life_course.recording import expected_hazards
from sim.health.ages import N_AGES
from sim.health.life import LifeCourse
from sim.kernels.life_course import AGES_A_GROUP
from sim.model import HealthSystem
from sim.parameters.national import National
from sim.population.residents import Residents
from sim.population.strata import N_QUINTILES, N_SEXES, SEXES

FloatArray = npt.NDArray[np.float64]
TREATMENTS = ("statin",)
"""Columns that are taken away like a risk factor but are given to those at risk."""
SMOKING, CURRENT, EX = "smoking", "current", "ex_"
YEARS_AFTER = 10
"""Years since quitting that the published curves cover."""


# ---------------------------------------------------------------------------------------- fractions
def attributable_fractions(model: HealthSystem) -> pd.DataFrame:
    """Return by condition and risk factor how far its onset falls when everybody has the reference level.

    `model` sets the column of all residents to the reference level and sums the hazards of the kernel again.
    `levin` never asks the kernel for it: in each cell of sex, five years of age and quintile it is
    1 - 1 / sum(p RR), with the published ratios and the share p of each level among those at risk (Levin ML,
    Acta Unio Int Contra Cancrum 1953;9:531-541); cells are weighed by their onsets. The two differ where risk
    factors go together within a cell.

    Returns:
        Columns condition, factor, reference, model, levin.
    """
    life, national = model.parts.life, model.world.national
    shape = (1, N_SEXES, N_AGES, N_QUINTILES)
    rows = []
    with _everybody_at(model.residents, "council", 0):
        for key, condition in national.conditions.items():
            table = condition.tables.get("relative_risks")
            if table is None or key not in life.index:
                continue
            onsets = expected_hazards(life, [key], 0, shape)[key][0]
            if onsets.sum() == 0.0:
                continue
            for factor in sorted(set(table["factor"]) & set(national.risk_factors)):
                ratios = _published_ratios(national, table[table["factor"] == factor], factor)
                reference = _reference(national, table[table["factor"] == factor], factor)
                without = _without(life, key, factor, reference, shape)
                levin = _levin(life, key, factor, ratios, onsets)
                rows.append((
                    key, factor, national.risk_factors[factor].levels[reference],
                    1.0 - without / onsets.sum(), levin,
                ))  # fmt: skip
    return pd.DataFrame(rows, columns=["condition", "factor", "reference", "model", "levin"])


@contextmanager
def _everybody_at(residents: Residents, name: str, code: int) -> Iterator[None]:
    """Give all residents one code of an attribute while hazards are summed, and their own back."""
    column = residents.columns[:, residents.column_of[name]]
    own = column.copy()
    column[:] = code
    try:
        yield
    finally:
        column[:] = own


def _published_ratios(national: National, rows: pd.DataFrame, factor: str) -> FloatArray:
    """Return the ratios of a table of relative risks, (levels, 2, 111); one where it is silent."""
    levels = national.risk_factors[factor].levels
    out = np.ones((len(levels), N_SEXES, N_AGES))
    columns = (rows[name] for name in ("level", "sex", "age_from", "age_to", "value"))
    for level, sex, first, last, value in zip(*columns, strict=True):
        sexes = slice(None) if sex == "all" else SEXES.index(str(sex))
        out[levels.index(str(level)), sexes, int(first) : int(last) + 1] = value
    return out


def _reference(national: National, rows: pd.DataFrame, factor: str) -> int:
    """Return the code of the level to which the ratios refer: the first without a ratio."""
    levels = national.risk_factors[factor].levels
    named = set(rows["level"])
    return next(code for code, level in enumerate(levels) if level not in named)


def _without(life: LifeCourse, key: str, factor: str, reference: int, shape: tuple[int, ...]) -> float:
    """Return onsets a year when everybody has the reference level; residents are left as they were."""
    with _everybody_at(life.residents, factor, reference):
        return float(expected_hazards(life, [key], 0, shape)[key].sum())


def _levin(life: LifeCourse, key: str, factor: str, ratios: FloatArray, onsets: FloatArray) -> float:
    residents = life.residents
    transition = life.transitions[life.index[key]]
    free = residents.registered & (residents.column(transition.attribute) == transition.from_code)
    rows = np.flatnonzero(free)
    age = np.clip(residents.age_years[rows], 0, N_AGES - 1)
    sex, quintile, level = (
        residents.column(name)[rows].astype(np.int64) for name in ("sex", "quintile", factor)
    )
    groups = N_AGES // AGES_A_GROUP + 1
    cell = (sex * groups + age // AGES_A_GROUP) * N_QUINTILES + quintile
    size = N_SEXES * groups * N_QUINTILES
    mean = np.bincount(cell, ratios[level, sex, age], minlength=size) / np.maximum(
        1.0, np.bincount(cell, minlength=size)
    )
    fraction = 1.0 - 1.0 / np.maximum(mean, 1e-9)
    fraction[mean == 0.0] = 0.0
    s, a, q = np.indices(onsets.shape)
    weight = np.bincount(
        ((s * groups + a // AGES_A_GROUP) * N_QUINTILES + q).ravel(), onsets.ravel(), minlength=size
    )
    return float((fraction * weight).sum() / weight.sum())


def fraction_checks(table: pd.DataFrame, targets: Sequence[Target]) -> list[Check]:
    """Return the fall of each hazard against the fraction computed beside the model."""
    (target,) = of_check(targets, "paf")
    found = []
    for row in table.itertuples():
        given = row.factor in TREATMENTS
        found.append(
            Check(
                section=target.section, label=target.label, stratum=f"{row.condition}: {row.factor}",
                model=float(row.model), target=float(row.levin), unit=target.unit, use=target.use,
                allowed="shown only" if given else f"within {target.tolerance:g}",
                chance="exact but for factors that go together",
                met=None if given else bool(abs(row.model - row.levin) <= target.tolerance),
                source="Levin's formula", grade=target.grade,
                note="a treatment: those at risk have it, so the formula does not hold" if given else "",
            )
        )  # fmt: skip
    return found


# ---------------------------------------------------------------------------------------- quitting
def excess_left(national: National) -> pd.DataFrame:
    """Return the excess risk of each level of ex-smokers, by condition: (RR - 1) / (RR current - 1).

    Returns:
        Columns condition, level, left: of the ages and sex with the largest ratio of current smokers.
    """
    levels = national.risk_factors[SMOKING].levels
    rows = []
    for key, condition in national.conditions.items():
        table = condition.tables.get("relative_risks")
        if table is None or SMOKING not in set(table["factor"]):
            continue
        ratios = _published_ratios(national, table[table["factor"] == SMOKING], SMOKING)
        excess = ratios - 1.0
        now = excess[levels.index(CURRENT)]
        if now.max() <= 0.0:
            continue
        at = np.unravel_index(now.argmax(), now.shape)
        rows += [
            (key, level, float(excess[(code, *at)] / now[at]))
            for code, level in enumerate(levels)
            if level.startswith(EX)
        ]
    return pd.DataFrame(rows, columns=["condition", "level", "left"])


def published_curves(national: National) -> pd.DataFrame:
    """Return the published excess left by year since quitting; one column for each curve."""
    table = national.risk_factors[SMOKING].tables["excess_risk"]
    return table.pivot_table(index="years_since_quitting", columns="curve", values="value")


def pace_of_quitting(model: HealthSystem) -> pd.DataFrame:
    """Return the excess risk left on average t years after quitting for good, by condition.

    Residents pass through the levels of ex-smokers at the rates of the life course, relapse left out; the
    excess of each level is that of its ratios. The curve is the published one that the levels lie nearest to.

    Returns:
        Columns condition, curve, years, model, published.
    """
    life, national = model.parts.life, model.world.national
    levels = [level for level in national.risk_factors[SMOKING].levels if level.startswith(EX)]
    moves = np.zeros((len(levels), len(levels)))
    for i, before in enumerate(levels):
        for j, after in enumerate(levels):
            key = f"{SMOKING}.{before}_to_{after}"
            if i != j and key in life.index:
                moves[i, j] = life.transitions[life.index[key]].hazard[0, 60, 2]
        moves[i, i] = -moves[i].sum()
    curves = published_curves(national)
    middle = middle_of_levels(national, curves)
    years = np.arange(YEARS_AFTER + 1)
    where = np.stack([expm(moves * t)[0] for t in years])
    rows = []
    for key, some in excess_left(national).groupby("condition", sort=False):
        left = some.set_index("level")["left"].loc[levels].to_numpy()
        curve = str((middle.loc[levels].sub(left, axis=0)).abs().max().idxmin())
        for t in years:
            rows.append((key, curve, int(t), float(where[t] @ left), float(curves[curve].loc[t])))
    return pd.DataFrame(rows, columns=["condition", "curve", "years", "model", "published"])


def middle_of_levels(national: National, curves: pd.DataFrame) -> pd.DataFrame:
    """Return each published curve at the middle of each level of ex-smokers, index level."""
    phases = national.risk_factors[SMOKING].tables["phases"]
    at = (phases["years_from"] + phases["years_to"]) / 2.0
    return pd.DataFrame(
        {name: np.interp(at, curves.index.to_numpy(float), curves[name]) for name in curves},
        index=phases["level"],
    )


def quitting_checks(model: HealthSystem, targets: Sequence[Target]) -> list[Check]:
    """Return the excess left by level against the published curve, and the pace of losing it."""
    national = model.world.national
    pace = pace_of_quitting(model)
    middle = middle_of_levels(national, published_curves(national))
    found = []
    for key, some in excess_left(national).groupby("condition", sort=False):
        mine = pace[pace["condition"] == key]
        curve = str(mine["curve"].iloc[0])
        asked = middle[curve].loc[some["level"]].to_numpy()
        for target in of_check(targets, "quitting"):
            off = float(np.abs(some["left"].to_numpy() - asked).max())
            check = judged(target, off, "exact", f"curve {curve}, largest gap of a level")
            found.append(check.about(str(key)))
        for target in of_check(targets, "quitting_pace"):
            # a level's mean excess is not that of its own beginning
            gap = (mine["model"] - mine["published"])[mine["years"] > 0]
            worst = mine.loc[gap.abs().idxmax()]
            note = (
                f"curve {curve}; largest gap at {worst['years']} years: {worst['model']:.2f} left for "
                f"{worst['published']:.2f}"
            )
            found.append(judged(target, float(gap.abs().max()), "exact", note).about(str(key)))
    return found
