"""Rates of need by stratum: published rates by sex and age, times ratios that meet what is published.

Frailty and the number of conditions go together, so their published ratios overlap: multiplied as they are,
they would count the same illness twice. They are therefore taken as *marginal* figures, each as its source
measured it, and the two sets of factors are fitted to both at once on the start population, by iterative
proportional fitting on the log-additive rate

    rate(sex, age, quintile, f, c) = published(sex, age) x gradient(quintile) g(f) h(c) / mean(sex, age).

- Frailty: mean rate of a class over what residents of the same sex and age would have were they fit, at 65
  and over, as Han and others (2019) compare it.
- Conditions: mean rate of adults with so many named conditions over that of adults with none, not adjusted
  for age, as the segments of need were observed. What is left for h is what age and frailty do not explain.

Where the source has no ratio for a class, its factors are one. People's own propensity is independent of all
else and has mean one.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
import numpy.typing as npt

from sim.health.columns import FRAILTY
from sim.health.needs import (
    N_CONDITIONS,
    N_FRAILTY,
    N_STRATA,
    SHAPE,
    NeedClass,
    propensity_ratios,
)
from sim.parameters.national import National
from sim.population.residents import Residents
from sim.population.strata import AGE_BANDS, N_QUINTILES

FloatArray = npt.NDArray[np.float64]
OLD, ADULT = AGE_BANDS.index("65-74"), AGE_BANDS.index("18-44")
"""First age band of the people whom the ratios by frailty, and by conditions, were measured on."""
SHARE = "share_of_adults"
_SWEEPS = 500
_CLOSE = 1e-9


def annual_rates(
    classes: Sequence[NeedClass],
    by_sex_age: Mapping[str, FloatArray],
    national: National,
    residents: Residents,
) -> FloatArray:
    """Return needs per person-year of each class and stratum, (J, S), averaged over recent use.

    Args:
        classes: The classes.
        by_sex_age: Rate of each class by sex and age band, (2, 7).
        national: National tables: gradients, ratios by frailty and by conditions.
        residents: The start population, on which ratios are fitted; its strata are set.
    """
    people = np.bincount(residents.stratum[: residents.size], minlength=N_STRATA).reshape(SHAPE).astype(float)
    own = propensity_ratios(national)
    fitted: dict[tuple[str, str, str, str], tuple[FloatArray, FloatArray]] = {}
    out = np.empty((len(classes), N_STRATA))
    for j, need in enumerate(classes):
        gradient = quintile_ratios(national, need.rate_like)
        key = (need.rate_like, need.frailty_like, need.conditions_like, need.target)
        if key not in fitted:
            fitted[key] = fit_factors(
                people.sum(axis=5),
                by_sex_age[need.key],
                gradient,
                frailty_ratios(national, need.frailty_like),
                condition_ratios(national, need.conditions_like, people.sum(axis=5)),
            )
        frailty, conditions = fitted[key]
        relative = gradient[:, None, None, None] * frailty[:, None, None] * conditions[:, None]
        if need.clustered:
            relative = relative * own
        relative = np.broadcast_to(relative, SHAPE[2:])
        mean = np.einsum("saqfcp,qfcp->sa", people, relative) / np.maximum(1.0, people.sum(axis=(2, 3, 4, 5)))
        level = np.divide(by_sex_age[need.key], mean, out=np.zeros_like(mean), where=mean > 0.0)
        out[j] = (level[:, :, None, None, None, None] * relative).ravel()
    return out


def fit_factors(
    people: FloatArray, rate: FloatArray, gradient: FloatArray, frailty: FloatArray, conditions: FloatArray
) -> tuple[FloatArray, FloatArray]:
    """Return factors by frailty (4,) and by number of conditions (4,) that meet both marginal ratios.

    Args:
        people: (2, 7, 5, 4, 4) residents by sex, age band, quintile, frailty and conditions.
        rate: (2, 7) published rate.
        gradient: (5,) ratio by quintile.
        frailty: (4,) published ratio to fit; all ones where none is published.
        conditions: (4,) published ratio to none; all ones where none is published.
    """
    first, second = np.ones(N_FRAILTY), np.ones(N_CONDITIONS)
    asked = [(frailty, (frailty != 1.0).any()), (conditions, (conditions != 1.0).any())]
    for _ in range(_SWEEPS):
        moved = 0.0
        for which, (target, published) in enumerate(asked):
            if not published:
                continue
            mean = stratum_means(people, rate, gradient, first, second)
            found = frailty_marginal(people, mean) if which == 0 else conditions_marginal(people, mean)
            step = np.where(np.isfinite(found) & (found > 0.0), target / found, 1.0)
            if which == 0:
                first = first * step
            else:
                second = second * step
            moved = max(moved, float(np.abs(step - 1.0).max()))
        if moved < _CLOSE:
            break
    return first, second


def stratum_means(
    people: FloatArray, rate: FloatArray, gradient: FloatArray, frailty: FloatArray, conditions: FloatArray
) -> FloatArray:
    """Return the rate of each stratum, (2, 7, 5, 4, 4), with the published means by sex and age."""
    relative = gradient[:, None, None] * frailty[:, None] * conditions
    relative = np.broadcast_to(relative, people.shape[2:])
    mean = np.einsum("saqfc,qfc->sa", people, relative) / np.maximum(1.0, people.sum(axis=(2, 3, 4)))
    level = np.divide(rate, mean, out=np.zeros_like(mean), where=mean > 0.0)
    return np.asarray(level[:, :, None, None, None] * relative)


def frailty_marginal(people: FloatArray, rate: FloatArray) -> FloatArray:
    """Return rates by frailty at 65 and over as ratios to fit people of the same sex and age, (4,)."""
    n = people[:, OLD:].sum(axis=(2, 4))
    use = (people * rate)[:, OLD:].sum(axis=(2, 4))
    fit = np.divide(use[:, :, 0], n[:, :, 0], out=np.zeros(n.shape[:2]), where=n[:, :, 0] > 0.0)
    expected = (n * fit[:, :, None]).sum(axis=(0, 1))
    out = np.full(N_FRAILTY, np.nan)
    return np.asarray(np.divide(use.sum(axis=(0, 1)), expected, out=out, where=expected > 0.0))


def conditions_marginal(people: FloatArray, rate: FloatArray) -> FloatArray:
    """Return rates of adults by number of conditions as ratios to none, not adjusted for age, (4,)."""
    n = people[:, ADULT:].sum(axis=(0, 1, 2, 3))
    use = (people * rate)[:, ADULT:].sum(axis=(0, 1, 2, 3))
    each = np.divide(use, n, out=np.full(N_CONDITIONS, np.nan), where=n > 0.0)
    return np.asarray(each / each[0])


def quintile_ratios(national: National, need_class: str) -> FloatArray:
    """Return ratios by quintile, (5,), to the least deprived; ones where none is published."""
    table = national.tables["use_gradient"]
    rows = table[table["need_class"] == need_class].sort_values("quintile")
    return np.asarray(rows["value"], dtype=np.float64) if len(rows) == N_QUINTILES else np.ones(N_QUINTILES)


def frailty_ratios(national: National, need_class: str) -> FloatArray:
    """Return published ratios by frailty to fit, (4,)."""
    table = national.tables["frailty_use_ratio"]
    rows = table[table["need_class"] == need_class].set_index("level")["value"]
    return np.array([1.0 if level not in rows.index else float(rows[level]) for level in FRAILTY])


def condition_ratios(national: National, need_class: str, people: FloatArray) -> FloatArray:
    """Return ratios by number of conditions to none, (4,), from rates by segment of need.

    Segments rest on a weighted score that residents have not. Adults are therefore ranked by their number of
    named conditions as the source ranks them by need, and each class has the mean rate of the segments that
    lie at its ranks. Rates between the middles of segments are not interpolated.

    Args:
        national: National tables.
        need_class: Class of use.
        people: (2, 7, 5, 4, 4) residents by sex, age band, quintile, frailty and conditions.
    """
    table = national.tables["segment_use_rates"].sort_values("segment")
    rate = table[table["need_class"] == need_class]["value"].to_numpy(np.float64)
    if rate.size == 0:
        return np.ones(N_CONDITIONS)
    share = table[table["need_class"] == SHARE]["value"].to_numpy(np.float64)
    adults = people[:, ADULT:].sum(axis=(0, 1, 2, 3))
    ends = np.cumsum(np.append(0.0, adults / adults.sum()))
    upto = np.interp(ends, np.cumsum(np.append(0.0, share)), np.cumsum(np.append(0.0, share * rate)))
    size = np.diff(ends)
    mean = np.divide(np.diff(upto), size, out=np.full(N_CONDITIONS, rate[0]), where=size > 0.0)
    return np.asarray(mean / mean[0])
