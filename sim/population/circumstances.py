"""Circumstances: decile, ethnic and inclusion group, living alone, unpaid care, disability, care home.

Each is a share by council, sex, single year of age and quintile, fitted once to the start population so that
published totals hold, and then drawn for each resident by a keyed number. Disability and care-home residence
share a latent tendency to ill health with conditions and frailty (`sim.health.initial`).
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd
from scipy.special import ndtr, ndtri

from sim.parameters.errors import InputError
from sim.parameters.schemas import SCALARS
from sim.parameters.tables import read_table
from sim.population.draws import ill_health, uniforms
from sim.population.fitting import Margin, fit_margins
from sim.population.inclusion import draw_group, inclusion_shares
from sim.population.inputs import N_AGES, AreaTables, FloatArray, by_sex_age
from sim.population.strata import MONTHS_A_YEAR, N_QUINTILES, N_SEXES

Columns = dict[str, npt.NDArray[Any]]

PARAMETERS = Path(__file__).with_name("parameters.csv")
ETHNIC_GROUPS: tuple[str, ...] = (
    "White",
    "Asian, Asian British or Asian Welsh",
    "Black, Black British, Black Welsh, Caribbean or African",
    "Mixed or Multiple ethnic groups",
    "Other ethnic group",
)
"""Census 2021 groups, in the order of their codes."""


@dataclass(frozen=True, kw_only=True)
class Circumstances:
    """Shares from which circumstances are drawn. Grids are (C, 2, 111, 5): council, sex, age, quintile."""

    ethnic_group: FloatArray
    """(C, 5 quintiles, 5 groups) share in each group."""
    care_home: FloatArray
    """Share who live in a care home."""
    lives_alone: FloatArray
    """Share who live alone, of those not in a care home."""
    unpaid_carer: FloatArray
    """Share who give unpaid care, of those not in a care home."""
    disabled: FloatArray
    """Share disabled as the Equality Act has it."""
    inclusion: FloatArray
    """(C, 2, 111, 5, groups) share in each inclusion-health group but `none`."""


@cache
def population_parameters() -> dict[str, float]:
    """Return the scalars of `sim/population/parameters.csv` by name."""
    table = read_table(PARAMETERS, SCALARS)
    return dict(zip(table["name"], table["value"], strict=True))


def copula_rho(condition: str) -> float:
    """Return the share of the variance of the liability to a condition that is the common factor."""
    scalars = population_parameters()
    return scalars.get(f"copula_rho_{condition}", scalars["copula_rho"])


def correlated_uniform(uniform: FloatArray, factor: FloatArray, rho: float) -> FloatArray:
    """Return uniforms that share `rho` of the variance of their normal scores with `factor`.

    With z the factor and u the uniform, the result is Phi(sqrt(rho) z + sqrt(1 - rho) Phi^-1(u)): a
    one-factor Gaussian copula (Vasicek 1987). Its distribution stays uniform, so shares drawn by it stay.
    """
    mixed: FloatArray = ndtr(np.sqrt(rho) * factor + np.sqrt(1.0 - rho) * ndtri(uniform))
    return mixed


def count_residents(people: Columns, n_councils: int) -> FloatArray:
    """Return residents by council, sex, year of age and quintile at month 0, shape (C, 2, 111, 5)."""
    shape = (n_councils, N_SEXES, N_AGES, N_QUINTILES)
    index = np.ravel_multi_index(
        (people["council"], people["sex"], age_at_start(people), people["quintile"]), shape
    )
    return np.bincount(index, minlength=int(np.prod(shape))).reshape(shape).astype(np.float64)


def age_at_start(people: Columns) -> npt.NDArray[np.int64]:
    """Return age in years at month 0, at most 110; those yet to be born count as 0."""
    months = -people["birth_month"].astype(np.int64)
    return np.clip(months // MONTHS_A_YEAR, 0, N_AGES - 1)


def fit_circumstances(area: AreaTables, people: Columns) -> Circumstances:
    """Fit the shares of `area` to the start population `people`."""
    counts = count_residents(people, len(area.councils))
    table = area.table("households")
    care_home = np.broadcast_to(_grid(table, "care_home")[np.newaxis, :, :, np.newaxis], counts.shape)
    alone = np.broadcast_to(_grid(table, "living_alone")[np.newaxis, :, :, np.newaxis], counts.shape)
    carer = _level_councils(area, table, "unpaid_carer", counts)
    return Circumstances(
        ethnic_group=_ethnic_groups(area, counts.sum(axis=(1, 2))),
        care_home=care_home,
        lives_alone=alone,
        unpaid_carer=carer / (1.0 - care_home),
        disabled=_disabled(area, table, counts),
        inclusion=inclusion_shares(area, counts),
    )


def draw_circumstances(
    shares: Circumstances, people: Columns, person: npt.NDArray[np.integer], seed: int
) -> Columns:
    """Draw the circumstances of each resident by keyed numbers.

    Args:
        shares: Fitted shares.
        people: Columns council, sex, birth_month and quintile.
        person: Identity of each.
        seed: Population seed.

    Returns:
        Columns decile (0..9), ethnic_group, inclusion_group, lives_alone, unpaid_carer, disabled,
        care_home (uint8).
    """
    scalars = population_parameters()
    where = (people["council"], people["sex"], age_at_start(people), people["quintile"])
    factor = ill_health(person, seed)

    def draw(name: str) -> FloatArray:
        return uniforms(person, f"population.{name}", seed)

    def frail(name: str, rho: str) -> npt.NDArray[np.bool_]:
        share: FloatArray = getattr(shares, name)[where]
        return correlated_uniform(draw(name), factor, scalars[rho]) > 1.0 - share

    care_home = frail("care_home", "copula_rho_care_home")
    groups = shares.ethnic_group.cumsum(axis=-1)[people["council"], people["quintile"], :-1]
    upper = draw("decile") >= scalars["lower_decile_share"]
    columns: Columns = {
        "decile": 2 * people["quintile"].astype(np.uint8) + upper,
        "ethnic_group": (draw("ethnic_group")[:, np.newaxis] >= groups).sum(axis=1),
        "inclusion_group": draw_group(shares.inclusion[where], draw("inclusion_group")),
        "lives_alone": (draw("lives_alone") < shares.lives_alone[where]) & ~care_home,
        "unpaid_carer": (draw("unpaid_carer") < shares.unpaid_carer[where]) & ~care_home,
        "disabled": frail("disabled", "copula_rho_disability"),
        "care_home": care_home,
    }
    return {name: values.astype(np.uint8) for name, values in columns.items()}


def _grid(table: pd.DataFrame, measure: str) -> FloatArray:
    """Return a measure given by sex and age alone, shape (2, 111)."""
    rows = table[(table["measure"] == measure) & (table["council"] == "all") & (table["quintile"] == "all")]
    if rows.empty:
        raise InputError(file="households.csv", key="measure", found="no rows", allowed=f"rows of {measure}")
    return by_sex_age(rows, "households.csv")


def _levels(table: pd.DataFrame, measure: str, key: str) -> pd.DataFrame:
    """Return the rows of a level by council or by quintile, all others being `all`."""
    other = "quintile" if key == "council" else "council"
    return table[(table["measure"] == measure) & (table[key] != "all") & (table[other] == "all")]


def _level_councils(area: AreaTables, table: pd.DataFrame, measure: str, counts: FloatArray) -> FloatArray:
    """Return a share by sex and age, scaled in the councils whose own level is known."""
    share = np.broadcast_to(_grid(table, measure)[np.newaxis, :, :, np.newaxis], counts.shape).copy()
    levels = _levels(table, f"{measure}_level", "council")
    for key, first, last, value in levels[["council", "age_from", "age_to", "value"]].itertuples(index=False):
        council, ages = area.councils.index(key), slice(first, last + 1)
        people = counts[council, :, ages]
        share[council, :, ages] *= value * people.sum() / (people * share[council, :, ages]).sum()
    return share


def _disabled(area: AreaTables, table: pd.DataFrame, counts: FloatArray) -> FloatArray:
    """Return the share disabled: the age pattern fitted to the levels of councils and of quintiles.

    The levels by quintile are scaled to the total of the councils, which come first.
    """
    expected = counts * _grid(table, "disabled")[np.newaxis, :, :, np.newaxis]
    councils = _levels(table, "disabled_level", "council").set_index("council")["value"]
    quintiles = _levels(table, "disabled_level", "quintile").set_index("quintile")["value"]
    of_council = counts.sum(axis=(1, 2, 3)) * councils.loc[list(area.councils)].to_numpy()
    of_quintile = (
        counts.sum(axis=(0, 1, 2)) * quintiles.loc[[str(q + 1) for q in range(N_QUINTILES)]].to_numpy()
    )
    fit = fit_margins(
        expected,
        [
            Margin(name="disabled by council", axes=(0,), target=of_council),
            Margin(
                name="disabled by quintile",
                axes=(3,),
                target=of_quintile * of_council.sum() / of_quintile.sum(),
            ),
        ],
    )
    return np.divide(fit.table, counts, out=np.zeros_like(counts), where=counts > 0).clip(max=1.0)


def _ethnic_groups(area: AreaTables, counts: FloatArray) -> FloatArray:
    """Return ethnic group shares by council and quintile, shape (C, 5, 5).

    The councils' shares hold; within them the odds of being White follow the gradient by quintile.

    Args:
        area: Area tables.
        counts: (C, 5) residents by council and quintile.
    """
    table = area.table("ethnicity")
    by_council = np.zeros((len(area.councils), len(ETHNIC_GROUPS)))
    everyone = table[table["quintile"] == "all"]
    for council, group, value in everyone[["council", "group", "value"]].itertuples(index=False):
        if council in area.councils:
            by_council[area.councils.index(council), ETHNIC_GROUPS.index(group)] = value
    white = table[(table["council"] == "all") & (table["group"] == ETHNIC_GROUPS[0])].set_index("quintile")[
        "value"
    ]
    by_quintile = white.loc[[str(q + 1) for q in range(N_QUINTILES)]].to_numpy()
    ratio = np.repeat(((1 - by_quintile) / (1 - white.loc["all"]))[:, np.newaxis], len(ETHNIC_GROUPS), axis=1)
    ratio[:, 0] = by_quintile / white.loc["all"]
    by_council /= by_council.sum(axis=1, keepdims=True)
    fit = fit_margins(
        counts[:, :, np.newaxis] * by_council[:, np.newaxis, :] * ratio[np.newaxis],
        [
            Margin(name="residents", axes=(0, 1), target=counts),
            Margin(name="ethnic groups", axes=(0, 2), target=by_council * counts.sum(axis=1, keepdims=True)),
        ],
    )
    return fit.table / np.maximum(counts[:, :, np.newaxis], 1.0)
